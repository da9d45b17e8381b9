package query

import (
	"lodestar/internal/expr"
	"lodestar/internal/semantic"
)

// leafFields visits every field that a leaf can need, as named: what it
// aggregates, its conditions, times and keys.
func (q *question) leafFields(l leaf, visit func(*semantic.Field)) {
	agg := l.agg()
	one := func(f *semantic.Field) {
		if f != nil {
			visit(f)
		}
	}
	typed := func(t *expr.Typed) {
		if t == nil {
			return
		}
		for _, s := range t.Symbols() {
			if f, ok := s.Ref.(*semantic.Field); ok {
				visit(f)
			}
		}
	}
	typed(agg.Arg)
	typed(agg.Where)
	typed(agg.Weight)
	one(agg.Time)
	if agg.Journey != nil {
		journeyFields(agg.Journey, visit)
	}
	if agg.Balance != nil {
		one(agg.Balance.Over)
		for _, f := range agg.Balance.By {
			one(f)
		}
	}
	for _, f := range l.filters {
		typed(f.On[agg.Dataset])
	}
	for _, f := range q.where {
		typed(f.On[agg.Dataset])
	}
	one(q.rangeField(l))
	for _, k := range q.keys {
		if k.isTime() {
			one(q.timeField(l, k))
		} else {
			one(k.field(l))
		}
	}
}

// atTime reports whether anything a leaf reads depends on its own time.
func (q *question) atTime(l leaf) bool {
	found := false
	q.leafFields(l, func(f *semantic.Field) { found = found || f.AtTime() })
	return found
}

// resolveValidity checks that leaves which read the row valid at their time
// have a time.
func resolveValidity(q *question, _ Request) error {
	for _, l := range q.leaves {
		if l.agg().Time == nil && q.atTime(l) {
			return noTime("by", l)
		}
	}
	return nil
}
