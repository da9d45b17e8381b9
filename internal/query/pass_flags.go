package query

// When grouping by the filters first is worth it: from so many filtered
// aggregates on, and up to so many different conditions, because each may
// double the groups.
const (
	flagLeaves = 4
	mostFlags  = 12
)

// groupByFlags first groups by the keys and by which conditions hold, and then
// puts those groups together for each aggregate. Engines test a filter for
// every aggregate and row; this way each condition is tested once a row, and
// equal aggregates are computed once.
func groupByFlags(p plan) plan {
	scans := make([]scan, len(p.scans))
	for i, s := range p.scans {
		s.flags = p.flagsOf(&s)
		scans[i] = s
	}
	p.scans = scans
	return p
}

// flagsOf lists the different conditions of a scan's aggregates, nil when
// grouping by them is not worth it or not right.
func (p *plan) flagsOf(s *scan) []cond {
	if s.early || s.spine != nil || s.level != nil || s.journey != nil {
		return nil
	}
	var flags []cond
	filtered := 0
	for _, l := range s.leaves {
		if l.unread {
			continue
		}
		if !combinable(p.q.leafOf(l.slot).agg().Func) {
			return nil
		}
		if len(l.filter) > 0 {
			filtered++
		}
		for _, c := range l.filter {
			if !hasCond(flags, c) {
				flags = append(flags, c)
			}
		}
	}
	if filtered < flagLeaves || len(flags) > mostFlags {
		return nil
	}
	return flags
}
