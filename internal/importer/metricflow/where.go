package metricflow

import (
	"slices"
	"strings"

	"lodestar/internal/expr"
	"lodestar/internal/semantic"
)

// where translates filters, joined with AND, as the metrics see them.
func (im *Import) where(metrics []*metric, filters []string) (string, error) {
	var all expr.Node
	for _, f := range filters {
		if strings.TrimSpace(f) == "" {
			continue
		}
		n, err := im.condition(metrics, f)
		if err != nil {
			return "", err
		}
		if all == nil {
			all = n
		} else {
			all = &expr.Binary{Op: "and", L: all, R: n}
		}
	}
	if all == nil {
		return "", nil
	}
	return all.String(), nil
}

// condition translates one filter. Names outside of {{ }} are columns of the
// answer.
func (im *Import) condition(metrics []*metric, filter string) (expr.Node, error) {
	sql, refs, err := references(filter)
	if err != nil {
		return nil, err
	}
	n, err := parseSQL(sql)
	if err != nil {
		return nil, err
	}
	return rebuild(n, func(x *expr.Name) (expr.Node, bool, error) {
		word := strings.Join(x.Parts, ".")
		for i, ref := range refs {
			if word == hole(i) {
				return im.reference(ref, metrics)
			}
		}
		return im.reference(reference{kind: "Dimension", name: strings.ToLower(word)}, metrics)
	})
}

// reference translates what stands between {{ and }}.
func (im *Import) reference(ref reference, metrics []*metric) (expr.Node, bool, error) {
	if ref.kind == "Metric" {
		n, err := im.metricDimension(ref, metrics)
		return n, false, err
	}
	it, err := im.understand(ref.name, ref.grain, ref.part, metrics)
	if err != nil {
		return nil, false, err
	}
	n, err := it.node()
	return n, it.time && it.part == "", err
}

// node writes an item as an expression.
func (it item) node() (expr.Node, error) {
	var n expr.Node
	switch {
	case it.own && it.part == "":
		return name("time", it.grain), nil
	case it.own:
		n = name("time", "day")
	default:
		n = name(strings.Split(it.native, ".")...)
	}
	if !it.time {
		return n, nil
	}
	if it.part != "" {
		return partOf(it.part, n), nil
	}
	switch it.grain {
	case "day":
		return function("date", n), nil
	case "week", "month", "quarter", "year":
		return function("date_trunc", literal(it.grain), n), nil
	}
	if slices.Contains(grains, it.grain) {
		if slices.Index(grains, it.grain) <= slices.Index(grains, it.e.dim.grain) {
			return n, nil // no finer than the rows are
		}
		return nil, lost("a filter by {grain} of {name}", "按 {grain} 的 {name} 条件", "grain", it.grain, "name", it.output)
	}
	return &expr.Name{Parts: append(strings.Split(it.native, "."), it.grain)}, nil // custom grain
}

// partOf writes a part of a date.
func partOf(part string, n expr.Node) expr.Node {
	if part == "doy" {
		first := function("date_trunc", literal("year"), n)
		return &expr.Binary{Op: "+", L: function("days_between", first, function("date", n)), R: whole("1")}
	}
	return function(part, n)
}

// metricDimension adds a dimension that holds a metric's value for each value
// of a key, and names it.
func (im *Import) metricDimension(ref reference, metrics []*metric) (expr.Node, error) {
	x := im.m.metric(ref.name)
	if x == nil || im.metrics[ref.name] == "" {
		return nil, lost("there is no metric {name}", "没有指标 {name}", "name", ref.name)
	}
	if len(ref.by) != 1 {
		return nil, lost("a metric in a filter is grouped by one entity here", "条件中的指标只能按一个实体分组")
	}
	facts, inner := im.facts(metrics), im.facts([]*metric{x})
	e, by, err := im.meeting(ref.by[0], facts, inner)
	if err != nil {
		return nil, err
	}
	d := semantic.Dimension{Name: nativeName(im.metrics[ref.name] + "_by_" + im.entities[e.name]), Metric: im.metrics[ref.name],
		By: im.nativeOf(inner, by)}
	hosts := []*table{e.at}
	if len(e.hops) == 0 {
		hosts = facts
	}
	for _, t := range hosts {
		if d.On = t.keys[e.name].column; d.On == "" {
			return nil, lost("the key {name} is an expression and holds no metric", "键 {name} 是表达式，不能对应指标值", "name", e.name)
		}
		if !slices.ContainsFunc(t.spec.Dimensions, func(o semantic.Dimension) bool { return o.Name == d.Name }) {
			t.spec.Dimensions = append(t.spec.Dimensions, d)
			im.edition++
		}
	}
	path := im.nativeOf(facts, e)
	if i := strings.LastIndex(path, "."); i >= 0 {
		return name(append(strings.Split(path[:i], "."), d.Name)...), nil
	}
	return name(d.Name), nil
}

// meeting finds the key by which a metric in a filter and the rows that are
// filtered come together. The name may be the key's path as either of them
// sees it; the other side has the key in the nearest place.
func (im *Import) meeting(dunder string, facts, inner []*table) (e, by *element, err error) {
	last := dunder
	if _, tail, ok := cutLast(dunder); ok {
		last = tail
	}
	here, there := dunder, last
	if _, err := im.find(dunder, inner); err == nil {
		here, there = last, dunder
	}
	if e, err = im.find(here, facts); err != nil {
		return nil, nil, err
	}
	if by, err = im.find(there, inner); err != nil {
		return nil, nil, err
	}
	if e.dim != nil || by.dim != nil {
		return nil, nil, lost("{name} is no entity", "{name} 不是实体", "name", dunder)
	}
	return e, by, nil
}
