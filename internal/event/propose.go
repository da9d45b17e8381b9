package event

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"lodestar/internal/access"
	"lodestar/internal/catalog"
	"lodestar/internal/expr"
	"lodestar/internal/semantic"
	"lodestar/internal/text"
	"lodestar/internal/warehouse"
)

// Proposal is an entry of the plan that is missing, or more properties for one
// that is there.
type Proposal struct {
	Name    string         `json:"name"`
	Sent    string         `json:"sent"` // as it is sent; empty when only a metric needs it
	Extends bool           `json:"extends"`
	Seen    int64          `json:"seen"` // messages looked at
	NeedBy  []string       `json:"neededBy" nullable:"false"`
	Found   []PropertySeen `json:"properties" nullable:"false"`
	// Metadata and Spec are the entry; YAML is the same, to apply.
	Metadata catalog.Metadata    `json:"metadata"`
	Spec     *semantic.EventSpec `json:"spec"`
	YAML     string              `json:"yaml"`
	Because  text.Text           `json:"because"`
}

// PropertySeen is what values of a property are like.
type PropertySeen struct {
	Name   string    `json:"name"`
	Sent   string    `json:"sent"`
	Type   expr.Type `json:"type"`
	Share  float64   `json:"share"`            // of messages that have it
	Values []string  `json:"values,omitempty"` // when they are few
}

// How much is looked at.
const (
	mostSampled  = 5000 // messages of an event
	mostProposed = 50
	fewValues    = 8  // distinct ones that look like a list
	oftenSeen    = 20 // times each, for that
)

// Propose looks at what is sent but not planned, and at what metrics need but is
// not there, and proposes entries of the plan.
func (s *Service) Propose(ctx context.Context, who access.Actor) ([]Proposal, error) {
	if err := who.Must(access.Editor); err != nil {
		return nil, err
	}
	m := s.Model()
	seen := map[string]*sampler{} // by name as it is folded
	if err := s.sampleOthers(ctx, m, seen); err != nil {
		return nil, err
	}
	if err := s.sampleExtras(ctx, m, seen); err != nil {
		return nil, err
	}
	s.wanted(m, seen)
	var out []Proposal
	for _, x := range seen {
		p, ok, err := x.propose()
		if err != nil {
			return nil, err
		}
		if ok {
			out = append(out, p)
		}
	}
	slices.SortFunc(out, func(a, b Proposal) int {
		return cmp.Or(cmp.Compare(len(b.NeedBy), len(a.NeedBy)), cmp.Compare(b.Seen, a.Seen), cmp.Compare(a.Name, b.Name))
	})
	return out[:min(len(out), mostProposed)], nil
}

// sampler looks at the messages of one event.
type sampler struct {
	name, sent string
	event      *semantic.Event // nil for a new one
	n          int64
	user       int64
	props      map[string]*values
	neededBy   []string
}

// values is what was seen of a property.
type values struct {
	sent  string
	n     int64
	kinds map[expr.Type]int64
	texts map[string]int64
}

func (x *sampler) add(props []byte) {
	x.n++
	members(props, func(key, v []byte) {
		name := asName(string(key))
		if isNull(v) || isObject(v) || isList(v) || name == "" {
			return
		}
		p := x.props[name]
		if p == nil {
			if len(x.props) >= 200 {
				return
			}
			p = &values{sent: string(key), kinds: map[expr.Type]int64{}, texts: map[string]int64{}}
			x.props[name] = p
		}
		p.n++
		t := typeOf(v)
		p.kinds[t]++
		if t == expr.String && len(p.texts) <= fewValues {
			p.texts[string(unquoted(v))]++
		}
	})
}

func typeOf(v []byte) expr.Type {
	switch kindOf(v) {
	case "boolean":
		return expr.Boolean
	case "number":
		if _, ok := integer(v); ok && !strings.ContainsAny(string(v), ".eE") {
			return expr.Integer
		}
		return expr.Float
	}
	s := string(unquoted(v))
	if _, err := time.Parse(time.DateOnly, s); err == nil {
		return expr.Date
	}
	if _, err := time.Parse(time.RFC3339Nano, s); err == nil {
		return expr.Timestamp
	}
	return expr.String
}

// kind is the type that all values fit.
func (v *values) kind() expr.Type {
	if len(v.kinds) == 1 {
		for t := range v.kinds {
			return t
		}
	}
	for t := range v.kinds {
		if t != expr.Integer && t != expr.Float {
			return expr.String
		}
	}
	return expr.Float
}

// asName makes a column's name of what is sent; "" when nothing is left of it.
func asName(sent string) string {
	var b strings.Builder
	for _, r := range semantic.FoldEventName(sent) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "_"):
			b.WriteByte('_')
		}
	}
	name := strings.TrimLeft(strings.Trim(b.String(), "_"), "0123456789_")
	if len(name) > 60 {
		name = strings.TrimRight(name[:60], "_")
	}
	if name != "" && slices.Contains([]string{semantic.EventMessageID, semantic.EventUserID, semantic.EventAnonymousID, semantic.EventTime,
		semantic.EventReceivedAt, semantic.EventSource, semantic.EventExtra}, name) {
		name = "event_" + name
	}
	return name
}

// sampleOthers looks at events that are not in the plan, stored or set aside.
func (s *Service) sampleOthers(ctx context.Context, m *semantic.Model, seen map[string]*sampler) error {
	used := map[string]int{} // names, and how many there are of each with a number behind it
	at := func(sent string) *sampler {
		folded := semantic.FoldEventName(sent)
		if m.EventNamed("track", sent) != nil || folded == "" {
			return nil
		}
		if seen[folded] == nil {
			name := asName(sent)
			if name == "" { // a name in Chinese, say
				name = fmt.Sprintf("event_%d", len(seen)+1)
			}
			// "Order, paid" is not the order_paid that there is, nor takes its place.
			for base := name; used[name] > 0 || m.Dataset(name) != nil; name = fmt.Sprintf("%s_%d", base, used[base]) {
				used[base] = max(used[base], 1) + 1
			}
			used[name] = max(used[name], 1)
			seen[folded] = &sampler{name: name, sent: sent, props: map[string]*values{}}
		}
		return seen[folded]
	}
	st, ok, err := s.Warehouse.State(ctx, semantic.OtherEvents)
	if err != nil {
		return err
	}
	if ok {
		if err := s.each(ctx, "SELECT event, properties FROM "+st.Table+fmt.Sprintf(" QUALIFY row_number() OVER (PARTITION BY event ORDER BY received_at DESC) <= %d", mostSampled), func(v []any) {
			if x := at(fmt.Sprint(v[0])); x != nil {
				props, _ := v[1].(string)
				x.add([]byte(props))
			}
		}); err != nil {
			return err
		}
	}
	list, err := s.Warehouse.Quarantined(ctx, warehouse.QuarantineFilter{State: "open", Kind: UnplannedEvent, Limit: mostSampled})
	for _, q := range list {
		msg := parse([]byte(q.Payload), q.Call)
		if x := at(msg.name); x != nil {
			x.add(msg.properties)
		}
	}
	return err
}

// sampleExtras looks at properties that are not in the plan.
func (s *Service) sampleExtras(ctx context.Context, m *semantic.Model, seen map[string]*sampler) error {
	for _, e := range m.Events() {
		st, ok, err := s.Warehouse.State(ctx, e.Name)
		if err != nil {
			return err
		}
		if !ok || e.Dataset.Column(semantic.EventExtra) == nil {
			continue
		}
		x := &sampler{name: e.Name, event: e, props: map[string]*values{}}
		if err := s.each(ctx, fmt.Sprintf("SELECT %s FROM %s ORDER BY %s DESC LIMIT %d", semantic.EventExtra, st.Table, semantic.EventReceivedAt, mostSampled), func(v []any) {
			extra, _ := v[0].(string)
			x.add([]byte(extra))
		}); err != nil {
			return err
		}
		for name := range x.props {
			if e.Dataset.Column(name) != nil { // planned since
				delete(x.props, name)
			}
		}
		if len(x.props) > 0 {
			seen[e.Name] = x
		}
	}
	return nil
}

func (s *Service) each(ctx context.Context, sql string, f func([]any)) error {
	rows, err := s.Warehouse.Query(ctx, expr.SQL{Text: sql})
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		f(rows.Values())
	}
	return rows.Err()
}

// wanted finds metrics over datasets that are not there: somebody has to report
// what they count.
func (s *Service) wanted(m *semantic.Model, seen map[string]*sampler) {
	for _, r := range s.Catalog().All() {
		spec, ok := r.Spec.(*semantic.MetricSpec)
		if !ok || spec.Dataset == "" || m.Dataset(spec.Dataset) != nil || r.State != catalog.Quarantined {
			continue
		}
		if _, there := s.Catalog().Get(semantic.KindDataset, spec.Dataset); there {
			continue // it is there, and bad for another reason
		}
		x := seen[spec.Dataset]
		if x == nil {
			x = &sampler{name: spec.Dataset, props: map[string]*values{}}
			seen[spec.Dataset] = x
		}
		x.neededBy = append(x.neededBy, r.Metadata.Name)
		for _, need := range []struct {
			src string
			t   expr.Type
		}{{spec.Expr, measured(spec.Agg)}, {spec.Where, expr.String}} {
			for _, name := range namesIn(need.src) {
				if x.props[name] == nil && asName(name) == name {
					x.props[name] = &values{sent: name, kinds: map[expr.Type]int64{need.t: 1}}
				}
			}
		}
	}
}

func measured(agg string) expr.Type {
	switch agg {
	case "count", "count_distinct":
		return expr.String
	}
	return expr.Float
}

// namesIn lists the plain names of an expression.
func namesIn(src string) []string {
	if strings.TrimSpace(src) == "" {
		return nil
	}
	n, err := expr.Parse(src)
	if err != nil {
		return nil
	}
	var out []string
	for _, name := range expr.Names(n) {
		if len(name.Parts) == 1 && !slices.Contains(out, name.Parts[0]) {
			out = append(out, name.Parts[0])
		}
	}
	return out
}

func (x *sampler) propose() (Proposal, bool, error) {
	p := Proposal{Name: x.name, Sent: x.sent, Extends: x.event != nil, Seen: x.n, NeedBy: x.neededBy, Found: []PropertySeen{}}
	if p.NeedBy == nil {
		p.NeedBy = []string{}
	}
	spec := &semantic.EventSpec{}
	meta := catalog.Metadata{Name: x.name}
	if x.event != nil {
		c := *x.event.Spec
		spec, meta = &c, x.event.Meta
		spec.Properties = slices.Clone(spec.Properties)
	} else if x.sent != "" {
		meta.Title = text.Same(x.sent)
		if semantic.FoldEventName(x.sent) != x.name {
			spec.Names = []string{x.sent}
		}
	}
	for name, v := range x.props {
		seen := PropertySeen{Name: name, Sent: v.sent, Type: v.kind(), Share: 1}
		if x.n > 0 {
			seen.Share = float64(v.n) / float64(x.n)
		}
		if n := len(v.texts); seen.Type == expr.String && n > 0 && n <= fewValues && v.n >= int64(n*oftenSeen) {
			for t := range v.texts {
				seen.Values = append(seen.Values, t)
			}
			slices.Sort(seen.Values)
		}
		p.Found = append(p.Found, seen)
	}
	slices.SortFunc(p.Found, func(a, b PropertySeen) int { return cmp.Or(cmp.Compare(b.Share, a.Share), cmp.Compare(a.Name, b.Name)) })
	for _, f := range p.Found {
		prop := semantic.Property{Name: f.Name, Type: f.Type, Values: f.Values, Required: x.event == nil && x.n >= oftenSeen && f.Share == 1}
		if semantic.FoldEventName(f.Sent) != f.Name {
			prop.Source = f.Sent
		}
		spec.Properties = append(spec.Properties, prop)
	}
	if hasErrors(spec.Validate(meta)) {
		return p, false, nil // such as a name that cannot be one
	}
	y, err := catalog.Encode([]*catalog.Resource{{Kind: semantic.KindEvent, Metadata: meta, Spec: spec}})
	p.Metadata, p.Spec, p.YAML = meta, spec, string(y)
	switch {
	case len(p.NeedBy) > 0:
		p.Because = text.Text{EN: "needed by {metrics}", ZH: "指标 {metrics} 需要"}.With("metrics", strings.Join(p.NeedBy, ", "))
	case p.Extends:
		p.Because = text.Text{EN: "sent, but not in the plan of {name}", ZH: "已上报，但不在 {name} 的计划中"}.With("name", x.name)
	default:
		p.Because = text.Text{EN: "sent {n} times, not in the plan", ZH: "已上报 {n} 次，不在计划中"}.With("n", x.n)
	}
	return p, true, err
}

func hasErrors(fs []catalog.Finding) bool {
	return slices.ContainsFunc(fs, func(f catalog.Finding) bool { return f.Severity == catalog.Error })
}
