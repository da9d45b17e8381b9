package semantic

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"
	"sync"

	"lodestar/internal/catalog"
)

// Compiler compiles one set of definitions after the other, as Compile does,
// and takes over what cannot have changed: when datasets, calendars and the
// workspace are the same, the metrics that are the same and need only such. It
// goes by the specifications themselves, which never change once they are part
// of a resource. The zero Compiler is ready; it is safe for concurrent use.
type Compiler struct {
	mu    sync.Mutex
	known []*compiled // the latest first
}

// mostKnown is how many sets are remembered: what is about to be stored, what
// is in use, and what was before.
const mostKnown = 3

// compiled is a set of definitions with what became of it.
type compiled struct {
	resources map[catalog.Ref]digested // of our kinds and roll-ups
	model     *Model
	findings  []catalog.Finding
	crossed   bool // datasets need metrics
}

// digested is a resource with a fingerprint of it.
type digested struct {
	*catalog.Resource
	digest [sha256.Size]byte
}

// Compile is the function Compile with a memory.
func (c *Compiler) Compile(rs []*catalog.Resource) (*Model, []catalog.Finding) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var base *compiled
	changed := map[string]bool{}
	for _, k := range c.known {
		others, metrics := k.differ(rs)
		switch {
		case !others && len(metrics) == 0:
			return k.model, slices.Clone(k.findings)
		case !others && !k.crossed && base == nil:
			base, changed = k, metrics
		}
	}
	next := &compiled{resources: map[catalog.Ref]digested{}, crossed: crossed(rs)}
	var prints []digested
	for _, r := range rs {
		if isKept(r) {
			d := c.digest(r)
			next.resources[r.Ref()] = d
			prints = append(prints, d)
		}
	}
	if base == nil {
		next.model, next.findings = compileAll(rs, fingerprint(prints))
	} else {
		next.model, next.findings = base.again(rs, changed, fingerprint(prints))
	}
	c.known = append([]*compiled{next}, c.known[:min(len(c.known), mostKnown-1)]...)
	return next.model, slices.Clone(next.findings)
}

func isKept(r *catalog.Resource) bool { return isOurs(r.Kind) || r.Kind == KindRollup }

// crossed reports whether a dimension is the value of a metric: datasets and
// metrics are then compiled together.
func crossed(rs []*catalog.Resource) bool {
	return slices.ContainsFunc(rs, func(r *catalog.Resource) bool {
		d, ok := r.Spec.(*DatasetSpec)
		return ok && slices.ContainsFunc(d.Dimensions, func(dim Dimension) bool { return dim.Metric != "" })
	})
}

// differ tells whether anything but metrics and roll-ups is not the same, and
// which metrics are new, changed or gone. A roll-up counts as a nameless metric:
// all roll-ups are compiled anew with any change.
func (k *compiled) differ(rs []*catalog.Resource) (others bool, metrics map[string]bool) {
	metrics = map[string]bool{}
	differs := func(r *catalog.Resource) {
		switch r.Kind {
		case KindMetric:
			metrics[r.Metadata.Name] = true
		case KindRollup:
			metrics[""] = true
		default:
			others = true
		}
	}
	seen := 0
	for _, r := range rs {
		if !isKept(r) {
			continue
		}
		have, there := k.resources[r.Ref()]
		if there {
			seen++
		}
		if !there || !have.Same(r) {
			differs(r)
		}
	}
	if seen < len(k.resources) {
		left := make(map[catalog.Ref]bool, len(rs))
		for _, r := range rs {
			left[r.Ref()] = true
		}
		for ref, r := range k.resources {
			if !left[ref] {
				differs(r.Resource)
			}
		}
	}
	return others, metrics
}

// again compiles the metrics that are changed or need one that is; datasets,
// calendars and the other metrics are those of before.
func (k *compiled) again(rs []*catalog.Resource, changed map[string]bool, revision string) (*Model, []catalog.Finding) {
	c := newCompiler()
	m := *k.model
	m.Revision, m.metrics, m.rollups = revision, map[string]*Metric{}, nil
	c.model = &m
	kept := k.untouched(changed)
	maps.Copy(m.metrics, kept)
	for _, f := range k.findings {
		if f.Kind != KindRollup && (f.Kind != KindMetric || kept[f.Name] != nil) {
			c.findings = append(c.findings, f)
		}
	}
	var fresh []*catalog.Resource
	for _, r := range rs {
		switch {
		case r.Kind == KindMetric && kept[r.Metadata.Name] != nil:
			c.metricSpecs[r.Metadata.Name] = r
			c.metricNames = append(c.metricNames, r.Metadata.Name)
		case r.Kind == KindMetric:
			fresh = append(fresh, r)
		case (r.Kind == KindDataset || r.Kind == KindEvent) && k.model.datasets[r.Metadata.Name] == nil:
			c.bad[catalog.Ref{Kind: KindDataset, Name: r.Metadata.Name}] = true
		}
	}
	c.take(fresh)
	c.finish(rs)
	return c.model, c.findings
}

// untouched are the metrics that are neither changed nor need one that is.
func (k *compiled) untouched(changed map[string]bool) map[string]*Metric {
	fine := map[string]bool{}
	var check func(name string) bool
	check = func(name string) bool {
		if known, seen := fine[name]; seen {
			return known
		}
		m := k.model.metrics[name]
		fine[name] = false // also for what goes round in a circle
		if m == nil || changed[name] {
			return false
		}
		for _, ref := range m.Spec.Refs() {
			if ref.Kind == KindMetric && !check(ref.Name) {
				return false
			}
		}
		fine[name] = true
		return true
	}
	out := make(map[string]*Metric, len(k.model.metrics))
	for name, m := range k.model.metrics {
		if check(name) {
			out[name] = m
		}
	}
	return out
}

// digest is the fingerprint of a resource, from memory where it is the same.
func (c *Compiler) digest(r *catalog.Resource) digested {
	for _, k := range c.known {
		if have, ok := k.resources[r.Ref()]; ok && have.Same(r) {
			return digested{r, have.digest}
		}
	}
	return digest(r)
}

func digest(r *catalog.Resource) digested {
	h := sha256.New()
	// Specs hold nothing that JSON cannot write, and a hash takes all.
	if err := json.NewEncoder(h).Encode([]any{r.Kind, r.Metadata, r.Revision, r.Spec}); err != nil {
		panic("semantic: a specification that is not JSON: " + err.Error())
	}
	return digested{r, [sha256.Size]byte(h.Sum(nil))}
}

// fingerprint tells definitions apart, whatever their order.
func fingerprint(rs []digested) string {
	slices.SortFunc(rs, func(a, b digested) int {
		if a.Kind != b.Kind {
			return compareText(a.Kind, b.Kind)
		}
		return compareText(a.Metadata.Name, b.Metadata.Name)
	})
	h := sha256.New()
	for _, r := range rs {
		if isOurs(r.Kind) {
			h.Write(r.digest[:])
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:12])
}
