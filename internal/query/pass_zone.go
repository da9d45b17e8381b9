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

// kept tells how the table of a server keeps a time column that is read in
// another form, and where that is.
func (w scanWriter) kept(f *semantic.Field) (k warehouse.Kept, x expr.SQL, ok bool) {
	if w.s.rollup != nil || f.Computed != nil || f.Grain != "" || f.Many() || w.crosses(f) {
		return k, x, false
	}
	state, _ := w.p.q.stateOf(f.Dataset.Name)
	k, ok = state.Kept[f.Column.Name]
	return k, raw(w.s.alias(pathName(f.Path)) + "." + w.d.Quote(k.Column)), ok
}

// clock writes a time column by the clocks of the query's zone.
func (w scanWriter) clock(f *semantic.Field) expr.SQL {
	if x, ok := w.keptClock(f); ok {
		return x
	}
	return local(w.d, w.s.zone, w.field(f))
}

func (w scanWriter) keptClock(f *semantic.Field) (expr.SQL, bool) {
	k, kept, ok := w.kept(f)
	if !ok {
		return expr.SQL{}, false
	}
	return k.Local(w.d, w.s.zone, kept, w.field(f)), true
}

// utc writes the instant of a wall clock that was worked out from a time column
// and lies close before it.
func (w scanWriter) utc(f *semantic.Field, clock expr.SQL) expr.SQL {
	offset := warehouse.Offset(w.d, w.s.zone, w.field(f))
	if k, kept, ok := w.kept(f); ok {
		offset = k.Offset(w.d, w.s.zone, kept, w.field(f))
	}
	return w.d.AddSeconds(clock, expr.Concat("(-", offset, ")"))
}

// keptWithin bounds what is kept of a time column that has to lie in r: where
// the column is read in another form, only that finds an index.
func (w scanWriter) keptWithin(f *semantic.Field, r calendar.Range) []expr.SQL {
	k, x, ok := w.kept(f)
	if !ok {
		return nil
	}
	return bounded(w.d, x, f.Type, k.Within(r))
}

// bounded tests that a time lies in a range.
func bounded(d warehouse.Dialect, x expr.SQL, t expr.Type, r calendar.Range) (out []expr.SQL) {
	if !r.From.IsZero() {
		out = append(out, expr.Concat(x, " >= ", d.Literal(r.From.UTC(), t)))
	}
	if !r.To.IsZero() {
		out = append(out, expr.Concat(x, " < ", d.Literal(r.To.UTC(), t)))
	}
	return out
}
