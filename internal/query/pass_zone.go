package query

import (
	"time"

	"lodestar/internal/calendar"
	"lodestar/internal/expr"
	"lodestar/internal/semantic"
	"lodestar/internal/warehouse"
)

// boundZones finds, for each scan, the clock changes of the query's zone that
// its rows can meet. Few changes make a short CASE; a range without any makes
// a plain addition. Dates never move.
func boundZones(p plan) plan {
	scans := make([]scan, len(p.scans))
	for i, s := range p.scans {
		from, to := p.clockBounds(&s)
		s.zone = p.q.cal.Transitions(from, to)
		scans[i] = s
	}
	p.scans = scans
	p.eachOther(func(s *scan) { s.zone = p.q.cal.Transitions(p.clockBounds(s)) })
	return p
}

// Where nothing is known of the data, clocks are right for these years.
var (
	firstYear = time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC)
	lastYear  = time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)
)

// clockBounds spans the timestamps that the scan reads.
func (p *plan) clockBounds(s *scan) (from, to time.Time) {
	unknown := false
	see := func(f *semantic.Field) {
		if f.Type != expr.Timestamp {
			return
		}
		state, ok := p.q.stateOf(f.Dataset.Name)
		lo, some := state.MinTime[f.Column.Name]
		hi := state.MaxTime[f.Column.Name]
		if !ok || !some {
			unknown = unknown || ok
			return
		}
		if sameField(f, s.time) {
			lo = calendar.Latest(lo, s.within.From)
			if !s.within.To.IsZero() {
				hi = calendar.Earliest(hi, s.within.To)
			}
		}
		if from.IsZero() || lo.Before(from) {
			from = lo
		}
		if to.IsZero() || hi.After(to) {
			to = hi
		}
	}
	s.eachField(p.q, see)
	s.clocks(see)
	if unknown {
		return firstYear, lastYear
	}
	if from.IsZero() {
		from = firstYear
	}
	if !from.Before(to) {
		to = from.Add(time.Second)
	}
	return from.UTC(), to.Add(time.Second).UTC()
}

func local(d warehouse.Dialect, zone []calendar.Transition, x expr.SQL) expr.SQL {
	return warehouse.Local(d, zone, x)
}

// utc writes the instant of a wall clock that was worked out from the instant
// x and lies close before it.
func utc(d warehouse.Dialect, zone []calendar.Transition, x, clock expr.SQL) expr.SQL {
	last := zone[len(zone)-1]
	back := func(offset int) expr.SQL { return d.AddSeconds(clock, d.Literal(int64(-offset), expr.Integer)) }
	if len(zone) == 1 {
		return back(last.Offset)
	}
	out := expr.Concat("(CASE")
	for i, t := range zone[:len(zone)-1] {
		out = expr.Concat(out, " WHEN ", x, " < ", d.Literal(zone[i+1].At, expr.Timestamp), " THEN ", back(t.Offset))
	}
	return expr.Concat(out, " ELSE ", back(last.Offset), " END)")
}
