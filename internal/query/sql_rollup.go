package query

import (
	"time"

	"lodestar/internal/calendar"
	"lodestar/internal/expr"
	"lodestar/internal/semantic"
	"lodestar/internal/warehouse"
)

// rolled is a column of the scan's roll-up.
func (w scanWriter) rolled(column string) expr.SQL {
	return raw(baseAlias + "." + w.d.Quote(column))
}

// rolledAggregate puts the parts of a roll-up together.
func (w scanWriter) rolledAggregate(l scanLeaf) expr.SQL {
	agg := w.p.q.leafOf(l.slot).agg()
	var filter expr.SQL
	if len(l.filter) > 0 {
		filter = w.filter(l.filter)
	}
	parts := partsOf(agg)
	out := make([]expr.SQL, len(parts))
	for i, p := range parts {
		out[i] = w.d.Aggregate(warehouse.Aggregate{Func: combining(p.Func), Arg: w.rolled(w.s.rollup.part[p.Text()]), Filter: filter})
	}
	if len(out) == 2 { // an average is its sum by its count
		return w.d.Divide(out[0], out[1])
	}
	return out[0]
}

// rolledWithin bounds the periods of a roll-up; their labels are wall clocks.
func (w scanWriter) rolledWithin() []expr.SQL {
	var out []expr.SQL
	bound := func(op string, at time.Time) {
		if !at.IsZero() {
			label := w.p.q.label(w.p.q.cal.Start(at, w.s.rollup.def.Grain), calendar.Day)
			out = append(out, expr.Concat(w.rolled(w.s.rollup.time), op, w.d.Literal(label, expr.Timestamp)))
		}
	}
	bound(" >= ", w.s.within.From)
	bound(" < ", w.s.within.To)
	return out
}

// rolledField is a column of the roll-up, if it is one.
func (w scanWriter) rolledField(f *semantic.Field) (expr.SQL, bool) {
	if w.s.rollup == nil {
		return expr.SQL{}, false
	}
	column, ok := w.s.rollup.key[f.String()]
	return w.rolled(column), ok
}
