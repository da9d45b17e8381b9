package query

import (
	"maps"
	"slices"
)

// mergeScans reads the same rows once: scans of the same dataset, period, time
// and keys become one. Conditions that all share stay where rows are read, the
// others become filters of their aggregates. A group exists only where a
// metric has rows, so when every aggregate is filtered, rows that pass no
// filter are left out.
func mergeScans(p plan) plan {
	if p.q.rows != nil { // scans of other rows of the same dataset
		return p
	}
	var merged []scan
	for _, s := range p.scans {
		at := slices.IndexFunc(merged, func(m scan) bool { return sameRows(m, s) })
		if at < 0 {
			m := s
			m.leaves = []scanLeaf{{slot: s.leaves[0].slot, filter: s.where, unread: s.leaves[0].unread}}
			merged = append(merged, m)
			continue
		}
		merged[at].leaves = append(merged[at].leaves, scanLeaf{slot: s.leaves[0].slot, filter: s.where, unread: s.leaves[0].unread})
		merged[at].stretches = bothStretches(merged[at].stretches, s.stretches)
	}
	for i := range merged {
		shareConditions(&merged[i], len(p.keys) > 0)
	}
	p.scans = merged
	return p
}

// bothStretches joins what two scans name of the periods that only the
// calendar knows.
func bothStretches(a, b map[string][]stretch) map[string][]stretch {
	if len(b) == 0 {
		return a
	}
	out := maps.Clone(b)
	maps.Copy(out, a)
	return out
}

func sameRows(a, b scan) bool {
	return a.dataset == b.dataset && a.period == b.period && sameField(a.time, b.time) && a.within == b.within &&
		sameField(a.own, b.own) && a.spine == b.spine && a.level == nil && b.level == nil && sameJourney(a, b) &&
		slices.EqualFunc(a.keys, b.keys, sameField)
}

// shareConditions splits what the leaves' filters have in common off to where.
func shareConditions(s *scan, grouped bool) {
	s.where = nil
	for _, c := range s.leaves[0].filter {
		if !slices.ContainsFunc(s.leaves, func(l scanLeaf) bool { return !hasCond(l.filter, c) }) {
			s.where = append(s.where, c)
		}
	}
	s.either = grouped
	for i, l := range s.leaves {
		var rest []cond
		for _, c := range l.filter {
			if !hasCond(s.where, c) {
				rest = append(rest, c)
			}
		}
		s.leaves[i].filter = rest
		s.either = s.either && len(rest) > 0
	}
}

func hasCond(list []cond, c cond) bool {
	return slices.ContainsFunc(list, func(have cond) bool { return have.text == c.text })
}
