package query

import (
	"lodestar/internal/expr"
	"lodestar/internal/semantic"
)

// on writes the condition of a join: the key, what else must be equal, and
// that the row there holds at the metric's time.
func (w scanWriter) on(j join) expr.SQL {
	if j.lookup != nil {
		return w.lookupOn(j)
	}
	if j.bundle != nil {
		return w.bundleOn(j)
	}
	var out []expr.SQL
	equal := func(there, alias, here string) {
		out = append(out, raw(j.alias+"."+w.d.Quote(there)+" = "+alias+"."+w.d.Quote(here)))
	}
	for _, p := range j.rel.Pairs {
		equal(p[1], j.from, p[0])
	}
	for _, a := range j.rel.Also {
		if a.Here != nil {
			equal(a.There.Name, j.from, a.Here.Name)
		} else if c := a.StartColumn(w.s.dataset); c != nil {
			equal(a.There.Name, baseAlias, c.Name)
		}
	}
	if v := j.rel.Valid; v != nil {
		from, at := w.comparable(j, v.From)
		to, before := w.comparable(j, v.To)
		out = append(out, expr.Concat(from, " <= ", at),
			expr.Concat("(", to, " > ", before, " OR ", to, " IS NULL)"))
	}
	return expr.Join(out, " AND ")
}

// comparable writes a column of a validity and the metric's time so that they
// can be compared: a date is the midnight of wall clocks.
func (w scanWriter) comparable(j join, c *semantic.Column) (there, at expr.SQL) {
	there, at = raw(j.alias+"."+w.d.Quote(c.Name)), w.field(w.s.own)
	if c.Type == w.s.own.Type {
		return there, at
	}
	clock := func(x expr.SQL, t expr.Type) expr.SQL {
		if t == expr.Date {
			return w.d.Cast(x, expr.Date, expr.Timestamp)
		}
		return local(w.d, w.s.zone, x)
	}
	return clock(there, c.Type), clock(at, w.s.own.Type)
}

// clocks visits the timestamps that validities compare with dates.
func (s *scan) clocks(visit func(*semantic.Field)) {
	for _, j := range s.joins {
		if j.bundle != nil {
			for _, m := range j.bundle.marks {
				typedFields(m.typed, visit)
			}
		}
		if j.rel == nil || j.rel.Valid == nil {
			continue
		}
		for _, c := range []*semantic.Column{j.rel.Valid.From, j.rel.Valid.To} {
			if c.Type != s.own.Type {
				visit(&semantic.Field{Dataset: j.rel.To, Column: c, Type: c.Type})
			}
		}
	}
}
