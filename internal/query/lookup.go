package query

import (
	"lodestar/internal/calendar"
	"lodestar/internal/expr"
	"lodestar/internal/semantic"
)

// The value that a metric has for each value of a key is computed by a plan of
// its own, grouped by the key, and joined on it. Each key has at most one row
// there, so nothing is counted twice.

// lookupKey is the column whose values a lookup goes by.
func lookupKey(f *semantic.Field) *semantic.Field {
	on := f.Computed.Lookup.On
	return &semantic.Field{Path: f.Path, Dataset: f.Dataset, Column: on, Type: on.Type}
}

// eachLookup visits the values of metrics that the question uses as dimensions.
func (q *question) eachLookup(visit func(*semantic.Field)) {
	for _, l := range q.leaves {
		q.leafFields(l, func(f *semantic.Field) {
			readFields(f, func(f *semantic.Field) {
				if f.Computed != nil {
					visit(f)
				}
			})
		})
	}
}

// findLookups resolves the questions behind the values of metrics that the
// question uses as dimensions, and those behind these.
func (q *question) findLookups() error {
	var failed error
	q.eachLookup(func(f *semantic.Field) {
		if q.lookups[f.Computed] != nil || failed != nil {
			return
		}
		look := f.Computed.Lookup
		inner, err := resolve(q.model, Request{Metrics: []MetricRef{{Metric: look.Metric.Name, As: "value"}},
			By: []By{{Dimension: look.By, As: "key"}}})
		if err == nil {
			inner.cal = q.cal
			err = inner.findLookups()
		}
		if err != nil {
			failed = err
			return
		}
		if q.lookups == nil {
			q.lookups = map[*semantic.Computed]*question{}
		}
		q.lookups[f.Computed] = inner
	})
	return failed
}

// lookupPlan is the plan behind a lookup: all time, without the conditions of
// the question around it.
func (q *question) lookupPlan(c *semantic.Computed) plan {
	inner := *q.lookups[c]
	inner.states = q.states
	inner.times = times{now: q.times.now, asOf: q.times.asOf, cuts: q.times.cuts, aligned: map[calendar.Grain]alignment{}}
	return inner.draft("rows")
}

// lookupName is the path of a lookup among the joins of a scan; no path of
// relationships is called like it.
func lookupName(f *semantic.Field) string { return "=" + f.String() }

// joinLookup adds the join of a lookup, once.
func (p *plan) joinLookup(s *scan, f *semantic.Field) {
	name := lookupName(f)
	if s.alias(name) != "" {
		return
	}
	inner := p.q.lookupPlan(f.Computed)
	if inner.err == nil {
		inner = optimise(inner, p.raw, nil)
	}
	if inner.err != nil {
		p.err = inner.err
	}
	s.joins = append(s.joins, join{path: name, from: s.alias(pathName(f.Path)), alias: aliasName(s), lookup: f, plan: &inner})
}

// lookupTable writes the plan behind a lookup.
func (w scanWriter) lookupTable(j join) expr.SQL {
	body, err := j.plan.body(w.d)
	if err != nil {
		w.p.err = err
	}
	return expr.Concat("(", body, ")")
}

// lookupOn writes the condition of a lookup's join.
func (w scanWriter) lookupOn(j join) expr.SQL {
	return raw(j.alias + "." + columnName(w.d, 0) + " = " + j.from + "." + w.d.Quote(j.lookup.Computed.Lookup.On.Name))
}

// lookupValue writes the value: where the key is there but has no rows it is
// what the metric is over no rows.
func (w scanWriter) lookupValue(f *semantic.Field) expr.SQL {
	look := f.Computed.Lookup
	x := raw(w.s.alias(lookupName(f)) + "." + columnName(w.d, 1))
	if look.Metric.Spec.Rules == semantic.MetricFlowRules {
		return x
	}
	inner := w.p.q.lookups[f.Computed]
	empty, err := inner.empty(inner.metrics[0].value)
	if err != nil {
		w.p.err = err
	}
	if empty == nil {
		return x
	}
	return expr.Concat("CASE WHEN ", w.field(lookupKey(f)), " IS NOT NULL THEN ",
		w.d.Call("coalesce", []expr.SQL{x, w.d.Literal(empty, look.Metric.Type)}), " END")
}
