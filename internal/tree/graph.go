package tree

import (
	"slices"

	"lodestar/internal/catalog"
	"lodestar/internal/explain"
	"lodestar/internal/semantic"
	"lodestar/internal/text"
)

// graph is a tree opened along the metrics' formulas and the declared
// influences.
type graph struct {
	nodes []*vertex // the root first, then level by level
	edges []link
	byID  map[string]*vertex
}

// vertex is a metric in the tree, perhaps under a condition that a formula
// puts on it.
type vertex struct {
	id        string
	metric    *semantic.Metric
	where     string
	collapsed bool
	formula   *explain.Formula // nil for simple metrics and formulas too large to split
}

// link leads from a child to its parent.
type link struct {
	from, to  *vertex
	op        string
	leaves    []int      // formula: the child's leaf occurrences in the parent
	influence *Influence // nil for formula links
	lag       int
}

// nodeID names a vertex: the metric's name, and the condition when there is one.
func nodeID(metric, where string) string {
	if where == "" {
		return metric
	}
	return metric + " where " + where
}

// open builds the graph; root must be a metric of the model. Influences and
// nodes of unknown metrics are passed over.
func (s *Spec) open(model *semantic.Model) *graph {
	g := &graph{byID: map[string]*vertex{}}
	g.visit(model.Metric(s.Root), "")
	for i := 0; i < len(g.nodes); i++ {
		v := g.nodes[i]
		g.openFormula(v)
		if v.where != "" {
			continue
		}
		for j := range s.Influences {
			in := &s.Influences[j]
			from := model.Metric(in.From)
			if in.To != v.metric.Name || from == nil {
				continue
			}
			lag, err := lagPeriods(in.Lag, s.Period)
			if err != nil {
				continue
			}
			g.edges = append(g.edges, link{from: g.visit(from, ""), to: v, influence: in, lag: lag})
		}
	}
	for _, n := range s.Nodes {
		if v := g.byID[n.Metric]; v != nil {
			v.collapsed = n.Collapse
		}
	}
	return g
}

func (g *graph) visit(m *semantic.Metric, where string) *vertex {
	id := nodeID(m.Name, where)
	if v := g.byID[id]; v != nil {
		return v
	}
	v := &vertex{id: id, metric: m, where: where}
	g.byID[id] = v
	g.nodes = append(g.nodes, v)
	return v
}

// openFormula adds the operands of a vertex as its children: one link for each
// metric, also when it occurs several times.
func (g *graph) openFormula(v *vertex) {
	if v.metric.Formula == nil {
		return
	}
	f, err := explain.NewFormula(v.metric)
	if err != nil {
		return
	}
	v.formula = f
	first := len(g.edges)
	for _, o := range f.Operands() {
		child := g.visit(o.Metric, bothHold(v.where, o.Where))
		i := slices.IndexFunc(g.edges[first:], func(l link) bool { return l.from == child })
		if i >= 0 {
			g.edges[first+i].leaves = append(g.edges[first+i].leaves, o.Leaves...)
			continue
		}
		g.edges = append(g.edges, link{from: child, to: v, op: o.Op, leaves: o.Leaves})
	}
}

// bothHold joins two conditions, either of which may be "".
func bothHold(a, b string) string {
	switch {
	case a == "":
		return b
	case b == "":
		return a
	}
	return "(" + a + ") and (" + b + ")"
}

// relatives reports whether one vertex is part of the other's formula, on any
// level: then they move together by arithmetic, which says nothing.
func (g *graph) relatives(a, b *vertex) bool {
	return below(a.metric, b.metric.Name) || below(b.metric, a.metric.Name)
}

func below(m *semantic.Metric, name string) bool {
	if m.Name == name {
		return true
	}
	if m.Formula == nil {
		return false
	}
	return slices.ContainsFunc(m.Formula.Operands, func(o *semantic.Operand) bool { return below(o.Metric, name) })
}

// Check looks at a tree together with the definitions: that every metric has a
// time, that listed nodes are in the tree, and that no metric is made to
// influence itself in the same period.
func (s *Spec) Check(model *semantic.Model) []catalog.Finding {
	if model.Metric(s.Root) == nil {
		return nil // reported as a reference
	}
	var out []catalog.Finding
	add := func(path, rule string, severity catalog.Severity, t text.Text) {
		out = append(out, catalog.Finding{Path: "spec." + path, Rule: rule, Severity: severity, Text: t})
	}
	for _, r := range s.Refs() {
		if model.Metric(r.Name) == nil {
			continue
		}
		if ok, why := model.TimeFits([]string{r.Name}); !ok {
			add(r.Path, "metric_without_time", catalog.Error, why)
		}
	}
	g := s.open(model)
	for i, n := range s.Nodes {
		if model.Metric(n.Metric) != nil && g.byID[n.Metric] == nil {
			add(at("nodes", i, "metric"), "node_outside_tree", catalog.Warning, text.Text{
				ZH: "{metric} 既不在公式里也没有声明影响谁，图上不会出现",
				EN: "{metric} is in no formula and influences nothing declared, so the tree does not show it"}.With("metric", n.Metric))
		}
	}
	for i, in := range s.Influences {
		from, to := g.byID[in.From], g.byID[in.To]
		switch {
		case model.Metric(in.To) != nil && to == nil:
			add(at("influences", i, "to"), "influence_outside_tree", catalog.Warning, text.Text{
				ZH: "{metric} 不在树里，这条影响不会出现", EN: "{metric} is not in the tree, so this influence does not show"}.With("metric", in.To))
		case from != nil && to != nil && below(to.metric, in.From):
			add(at("influences", i, "from"), "influence_by_formula", catalog.Warning, text.Text{
				ZH: "{from} 本来就在 {to} 的公式里，不必再声明影响",
				EN: "{from} is part of the formula of {to} already; it need not be declared"}.With("from", in.From, "to", in.To))
		}
	}
	if ring := g.ring(); ring != nil {
		add("influences", "circular_influence", catalog.Error, text.Text{
			ZH: "{metric} 在同一周期里绕一圈影响自己；请给其中一条影响写上滞后",
			EN: "{metric} influences itself in the same period; give one of the influences a lag"}.With("metric", ring.id))
	}
	return out
}

// ring finds a vertex that leads back to itself by formulas and influences
// without lag; nil when there is none.
func (g *graph) ring() *vertex {
	const (
		fresh = iota
		open
		done
	)
	state := map[*vertex]int{}
	var walk func(v *vertex) *vertex
	walk = func(v *vertex) *vertex {
		state[v] = open
		for _, l := range g.edges {
			if l.from != v || l.lag > 0 {
				continue
			}
			if state[l.to] == open {
				return l.to
			}
			if state[l.to] == fresh {
				if r := walk(l.to); r != nil {
					return r
				}
			}
		}
		state[v] = done
		return nil
	}
	for _, v := range g.nodes {
		if state[v] == fresh {
			if r := walk(v); r != nil {
				return r
			}
		}
	}
	return nil
}
