package query

import (
	"slices"

	"lodestar/internal/calendar"
	"lodestar/internal/expr"
	"lodestar/internal/semantic"
)

// useRollups answers scans from roll-ups where the roll-up holds all that the
// scan reads. The one with the fewest rows is taken; every other is noted with
// the reason why it was not.
func useRollups(p plan) plan {
	scans := make([]scan, len(p.scans))
	for i, s := range p.scans {
		s.rollup, s.missed = nil, nil
		for _, r := range p.q.rollups {
			if r.def.Dataset != s.dataset {
				continue
			}
			if why := p.misfit(&s, r); why != "" {
				s.missed = append(s.missed, miss{r.def.Name, why})
			} else if s.rollup == nil || r.rows < s.rollup.rows {
				s.rollup = r
			}
		}
		scans[i] = s
	}
	p.scans = scans
	return p
}

// miss says why a roll-up did not answer a scan.
type miss struct{ rollup, why string }

// misfit tells why a roll-up cannot answer a scan; "" when it can.
func (p *plan) misfit(s *scan, r *rollup) string {
	if s.level != nil {
		return "balances need rows"
	}
	if s.journey != nil {
		return "what came of rows needs rows"
	}
	for _, l := range s.leaves {
		if l.unread {
			continue
		}
		if why := p.leafMisfit(s, r, p.q.leafOf(l.slot).agg()); why != "" {
			return why
		}
	}
	if rows := p.q.rows; rows != nil && (!rows.distinct || s.cross != nil || len(p.scans) > 1) {
		return "the rows themselves are asked"
	}
	if why := p.timeMisfit(s, r); why != "" {
		return why
	}
	several := false
	s.eachMark(func(*mark) { several = true })
	if several {
		return "members of rows are asked"
	}
	for i, f := range s.keys {
		if f != nil && p.q.keys[p.keys[i]].isTime() && !sameField(f, s.dataset.Time) {
			return "it is not split by " + f.String()
		}
	}
	for _, f := range p.rolledFields(s) {
		if !r.covers(f) {
			return "it is not split by " + f.String()
		}
		if s.own != nil && !sameField(s.own, s.dataset.Time) && f.AtTime() {
			return "it is split by another time"
		}
	}
	return ""
}

// rolledFields are what a roll-up must be split by, time aside, to answer a
// scan.
func (p *plan) rolledFields(s *scan) []*semantic.Field {
	var fields []*semantic.Field
	for i, f := range s.keys {
		if f != nil && !p.q.keys[p.keys[i]].isTime() {
			fields = append(fields, f)
		}
	}
	fields = append(fields, s.picked...)
	for _, c := range s.conds() {
		for _, sym := range c.typed.Symbols() {
			if f, ok := sym.Ref.(*semantic.Field); ok {
				fields = append(fields, f)
			}
		}
	}
	return fields
}

func (s *scan) conds() []cond {
	out := slices.Clone(s.where)
	for _, l := range s.leaves {
		out = append(out, l.filter...)
	}
	return out
}

func (p *plan) leafMisfit(s *scan, r *rollup, agg *semantic.Aggregation) string {
	if s.spine != nil && !combinable(agg.Func) {
		return agg.Func + " over other times needs rows"
	}
	for _, part := range partsOf(agg) {
		if r.part[part.Text()] == "" {
			return "it does not hold " + part.Text()
		}
	}
	return ""
}

// partsOf are the parts that an aggregate is computed from.
func partsOf(agg *semantic.Aggregation) []semantic.RollupPart {
	if agg.Func == "avg" {
		return []semantic.RollupPart{{Func: "sum", Arg: agg.Arg}, {Func: "count", Arg: agg.Arg}}
	}
	return []semantic.RollupPart{{Func: agg.Func, Arg: agg.Arg}}
}

// timeMisfit checks that all that is asked of time falls on whole periods of
// the roll-up.
func (p *plan) timeMisfit(s *scan, r *rollup) string {
	var grains []calendar.Grain
	for i, f := range s.keys {
		if f != nil && p.q.keys[p.keys[i]].isTime() {
			grains = append(grains, p.q.keys[p.keys[i]].by.Time)
		}
	}
	for _, c := range s.conds() {
		for _, sym := range c.typed.Symbols() {
			if own, ok := sym.Ref.(semantic.OwnTime); ok {
				grains = append(grains, own.Grain)
			}
		}
	}
	if s.spine != nil {
		grains = append(grains, s.spine.bucket)
	}
	bounded := s.time != nil && (!s.within.From.IsZero() || !s.within.To.IsZero())
	if len(grains) == 0 && !bounded {
		return ""
	}
	own := s.dataset.Time
	switch {
	case r.time == "":
		return "it is not split by time"
	case bounded && !sameField(s.time, own), s.own != nil && !sameField(s.own, own):
		return "it is split by another time"
	case own.Type == expr.Timestamp && r.cal.Zone.String() != p.q.cal.Zone.String():
		return "it is split by days of another time zone"
	case r.def.Grain != calendar.Day && (r.cal.WeekStart != p.q.cal.WeekStart || r.cal.YearStart != p.q.cal.YearStart):
		return "its weeks or years begin at another time"
	}
	for _, g := range grains {
		if !r.def.Grain.Nests(g) {
			return "its periods are longer than a " + string(g)
		}
	}
	if !bounded {
		return ""
	}
	for _, end := range []bool{false, true} {
		at := s.within.From
		if end {
			at = s.within.To
		}
		if !at.IsZero() && !p.q.cal.Start(at, r.def.Grain).Equal(at) {
			return "the range ends inside one of its periods"
		}
	}
	return ""
}

// covers reports whether the roll-up holds the field, or all that it is
// computed from.
func (r *rollup) covers(f *semantic.Field) bool {
	if r.key[f.String()] != "" {
		return true
	}
	if f.Computed == nil || f.Computed.Typed == nil {
		return false
	}
	for _, sym := range f.Computed.Typed.Symbols() {
		g, ok := sym.Ref.(*semantic.Field)
		if !ok || !r.covers(g.From(f.Path)) {
			return false
		}
	}
	return true
}
