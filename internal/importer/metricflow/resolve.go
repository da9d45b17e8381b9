package metricflow

import (
	"slices"
	"strings"

	"lodestar/internal/expr"
)

// item is a group-by name that has been understood.
type item struct {
	own    bool     // the metrics' own time, as metric_time or by its name
	e      *element // nil for metric_time
	native string   // path here; "" for the own time
	time   bool
	grain  string // of a time; standard or custom
	part   string // date part; "" for none
	output string // name of the column
}

const metricTime = "metric_time"

// find looks for a name that all tables have: its path may be given by the
// end, and of several the shortest counts. The element is as seen from the
// first table.
func (im *Import) find(dunder string, facts []*table) (*element, error) {
	dunder = strings.ToLower(dunder)
	if full, ok := im.fulls[dunder]; ok {
		dunder = full
	}
	var best *element
	for _, e := range im.elements(facts[0]) {
		if !im.fits(facts[0], e, dunder) {
			continue
		}
		everywhere := true
		for _, t := range facts[1:] {
			everywhere = everywhere && slices.ContainsFunc(im.elements(t), func(o *element) bool { return o.full() == e.full() && o.at == e.at || sameKey(o, e) })
		}
		if everywhere && (best == nil || len(e.path) < len(best.path)) {
			best = e
		}
	}
	if best == nil {
		var all []string
		for _, e := range im.elements(facts[0]) {
			all = append(all, e.full())
		}
		near := expr.Didyoumean(dunder, all)
		if near != "" {
			return nil, lost("there is no {name} for all metrics asked; did you mean {near}?", "所选指标没有共同的 {name}，是不是想写 {near}？",
				"name", dunder, "near", near)
		}
		return nil, lost("there is no {name} for all metrics asked", "所选指标没有共同的 {name}", "name", dunder)
	}
	return best, nil
}

// sameKey reports whether both are keys of one entity.
func sameKey(a, b *element) bool {
	return a.dim == nil && b.dim == nil && a.full() == b.full() && len(a.hops) == 0 && len(b.hops) == 0
}

// fits reports whether a name means the element: its whole path or the end of
// it, own keys also with the own key in front.
func (im *Import) fits(t *table, e *element, dunder string) bool {
	full := e.full()
	if full == dunder || strings.HasSuffix(full, "__"+dunder) {
		return true
	}
	return e.dim == nil && len(e.hops) == 0 && t.model.own() != "" && t.model.own()+"__"+e.name == dunder
}

// understand reads a group-by name, or a reference of a filter, as the metrics
// see it; without metrics the facts are the tables asked.
func (im *Import) understand(dunder, grain, part string, metrics []*metric) (item, error) {
	facts := im.facts(metrics)
	dunder = strings.ToLower(dunder)
	tries := []item{{grain: grain, part: part}}
	names := []string{dunder}
	if head, tail, ok := cutLast(dunder); ok && grain == "" && part == "" {
		if p, isPart := strings.CutPrefix(tail, "extract_"); isPart && slices.Contains(dateParts, p) {
			tries, names = append(tries, item{part: p}), append(names, head)
		} else if slices.Contains(grains, tail) || im.custom(tail) != nil {
			tries, names = append(tries, item{grain: tail}), append(names, head)
		}
	}
	var failed error
	for i, it := range tries {
		if names[i] == metricTime {
			return im.ownItem(it, nil, metrics), nil
		}
		if len(facts) == 0 {
			continue
		}
		e, err := im.find(names[i], facts)
		if err != nil {
			if failed == nil {
				failed = err
			}
			continue
		}
		return im.item(it, e, facts, metrics)
	}
	if failed == nil {
		failed = lost("there is no {name} without metrics", "没有指标时没有 {name}", "name", dunder)
	}
	return item{}, failed
}

func (im *Import) item(it item, e *element, facts []*table, metrics []*metric) (item, error) {
	it.e, it.time = e, e.dim != nil && e.dim.time
	if !it.time {
		if it.grain != "" || it.part != "" {
			return it, lost("{name} is no time", "{name} 不是时间", "name", e.full())
		}
		it.output = e.full()
		it.native = im.nativeOf(facts, e)
		return it, nil
	}
	if len(metrics) > 0 && im.isOwn(e, metrics) {
		return im.ownItem(it, e, metrics), nil
	}
	if it.grain == "" && it.part == "" {
		it.grain = e.dim.grain
	}
	it.native = im.nativeOf(facts, e)
	it.output = withGrain(e.full(), it)
	return it, nil
}

func withGrain(name string, it item) string {
	if it.part != "" {
		return name + "__extract_" + it.part
	}
	return name + "__" + it.grain
}

// isOwn reports whether a time is what all metrics are aggregated by.
func (im *Import) isOwn(e *element, metrics []*metric) bool {
	for _, x := range metrics {
		for _, leaf := range im.m.asked(x) {
			if len(e.hops) > 0 || leaf.agg.model != e.at.model || leaf.agg.time != e.name {
				return false
			}
		}
	}
	return true
}

// ownItem is the own time under the name it was asked by.
func (im *Import) ownItem(it item, e *element, metrics []*metric) item {
	it.own, it.time, it.e = true, true, e
	called := metricTime
	if e != nil {
		called = e.full()
	}
	if it.grain == "" && it.part == "" {
		switch {
		case e != nil:
			it.grain = e.dim.grain
		case len(metrics) == 0:
			it.grain = "day"
		}
		for _, x := range metrics {
			if e == nil {
				it.grain = coarser(im.defaultGrain(x), it.grain)
			}
		}
	}
	it.output = withGrain(called, it)
	return it
}

// defaultGrain is the grain of metric_time when none is given.
func (im *Import) defaultGrain(x *metric) string {
	if x.grain != "" {
		return x.grain
	}
	return coarser("day", im.offered(x))
}

// offered is the coarsest grain among the time dimensions of a metric's
// inputs: the finest that it can be asked by.
func (im *Import) offered(x *metric) string {
	out := ""
	for _, leaf := range im.m.asked(x) {
		if d := leaf.agg.model.dimension(leaf.agg.time); d != nil {
			out = coarser(d.grain, out)
		}
	}
	return out
}

// facts lists the tables whose rows the metrics aggregate, each once.
func (im *Import) facts(metrics []*metric) []*table {
	if len(metrics) == 0 && im.from != nil {
		return []*table{im.from} // a question without metrics
	}
	var out []*table
	for _, x := range metrics {
		for _, leaf := range im.m.asked(x) {
			if t := im.tableOf(leaf.agg.model); t != nil && !slices.Contains(out, t) {
				out = append(out, t)
			}
		}
	}
	return out
}

// nativeOf writes an element so that it means the same from all facts.
func (im *Import) nativeOf(facts []*table, e *element) string {
	path := im.native(facts[0], e, len(facts) == 1)
	for _, t := range facts[1:] {
		for _, o := range im.elements(t) {
			if o.full() == e.full() {
				im.native(t, o, false) // makes the relationships that the path needs
				break
			}
		}
	}
	return strings.Join(path, ".")
}

// custom gives the spine that defines a custom grain; nil for none.
func (im *Import) custom(grain string) *spine {
	for _, s := range im.m.spines {
		for _, c := range s.custom {
			if c.name == grain {
				return s
			}
		}
	}
	return nil
}
