package query

import (
	"slices"

	"lodestar/internal/calendar"
	"lodestar/internal/expr"
	"lodestar/internal/semantic"
)

// How many rows there must be for each group by foreign keys to make
// aggregating before joining worth it.
const (
	earlyGain = 40
	// A condition on a related column leaves out rows that aggregating early
	// would have to go through, so then the gain must be larger.
	earlyGainFiltered = 4000
)

// aggregateEarly groups by foreign keys before joining, where that leaves far
// fewer rows to join: sums, counts, smallest and largest values of groups
// combine to those of larger groups. Everything that is aggregated must be the
// fact's own, and each key and condition all own or all related.
func aggregateEarly(p plan) plan {
	scans := make([]scan, len(p.scans))
	for i, s := range p.scans {
		s.early = p.canAggregateEarly(&s)
		scans[i] = s
	}
	p.scans = scans
	return p
}

func (p *plan) canAggregateEarly(s *scan) bool {
	if len(s.joins) == 0 || s.spine != nil || s.level != nil || s.journey != nil || s.own != nil || s.time != nil && !allOwn(s.time) {
		return false
	}
	if p.q.rows != nil {
		return false
	}
	if slices.ContainsFunc(s.joins, func(j join) bool { return j.rel == nil || len(j.rel.Also) > 0 }) {
		return false
	}
	for _, f := range s.keys {
		if f != nil && !allOwn(f) && !allRelated(f) {
			return false
		}
	}
	for i, f := range s.picked {
		if !allRelated(f) && !slices.Contains(p.keys, p.members.keys[i]) {
			return false
		}
	}
	gain := int64(earlyGain)
	for _, c := range s.where {
		own, related := sides(c.typed)
		if own && related {
			return false
		}
		if related {
			gain = earlyGainFiltered
		}
	}
	for _, l := range s.leaves {
		for _, c := range l.filter {
			if _, related := sides(c.typed); related {
				return false
			}
		}
		if l.unread {
			continue
		}
		agg := p.q.leafOf(l.slot).agg()
		if !combinable(agg.Func) {
			return false
		}
		if agg.Arg != nil {
			if _, related := sides(agg.Arg); related {
				return false
			}
		}
	}
	fact, ok := p.q.stateOf(s.dataset.Name)
	return ok && p.earlyGroups(s) <= fact.Rows/gain
}

// earlyGroups guesses how many groups by foreign keys and own keys there are.
func (p *plan) earlyGroups(s *scan) int64 {
	const ownKey, most = 20, 1 << 40
	groups := int64(1)
	for _, j := range s.joins {
		if j.from == baseAlias {
			to, _ := p.q.stateOf(j.rel.To.Name)
			groups = min(most, groups*max(1, to.Rows))
		}
	}
	for i, f := range s.keys {
		if f == nil {
			continue
		}
		k := p.q.keys[p.keys[i]]
		switch {
		case !k.isTime() && allOwn(f):
			groups = min(most, groups*ownKey)
		case k.isTime():
			groups = min(most, groups*p.periods(k, s))
		}
	}
	return groups
}

func (p *plan) periods(k key, s *scan) int64 {
	days := 1000.0
	if s.time != nil {
		days = s.within.To.Sub(s.within.From).Hours() / 24
	}
	each := map[calendar.Grain]float64{calendar.Millisecond: 1.0 / 86_400_000, calendar.Second: 1.0 / 86_400, calendar.Minute: 1.0 / 1440, calendar.Hour: 1.0 / 24, calendar.Day: 1, calendar.Week: 7,
		calendar.Month: 30, calendar.Quarter: 91, calendar.Year: 365}[k.by.Time]
	return int64(days/each) + 1
}

func allOwn(f *semantic.Field) bool {
	own := true
	storedFields(f, func(g *semantic.Field) { own = own && len(g.Path) == 0 })
	return own
}

func allRelated(f *semantic.Field) bool {
	related := true
	storedFields(f, func(g *semantic.Field) { related = related && len(g.Path) > 0 })
	return related
}

// sides tells whether an expression reads own columns and related ones.
func sides(t *expr.Typed) (own, related bool) {
	typedFields(t, func(f *semantic.Field) {
		own = own || len(f.Path) == 0
		related = related || len(f.Path) > 0
	})
	return own, related
}
