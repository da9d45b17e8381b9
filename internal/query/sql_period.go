package query

import (
	"slices"
	"time"

	"lodestar/internal/calendar"
	"lodestar/internal/expr"
	"lodestar/internal/semantic"
	"lodestar/internal/text"
)

// Engines know days, weeks and months. Periods that only the calendar knows
// (fiscal months of weeks, working days, seasons) are written out: a search
// among the starts of those that the rows can lie in.

// stretch is a part of time that begins at an instant and has a label, or none
// for a gap between periods.
type stretch struct {
	start time.Time
	label time.Time // zero in a gap
}

// stretches lists the periods of a grain that the values of a time column can
// lie in, and the gaps between. The first has no beginning.
func (q *question) stretches(s *scan, f *semantic.Field, g calendar.Grain) ([]stretch, error) {
	starts, complete := q.cal.PeriodsUpTo(q.spanOf(s, f), g, mostPeriods)
	if !complete {
		return nil, invalid("by", "too_many_periods", text.Text{
			ZH: "时间范围内的 {grain} 太多（上限 {n}），请缩短范围或改用更粗的粒度",
			EN: "the range holds too many {grain}s (at most {n}); shorten it or use a coarser grain"}, "grain", g, "n", mostPeriods)
	}
	gaps := q.cal.HasGaps(g)
	out := []stretch{{}}
	for i, start := range starts {
		label := q.label(start, g)
		if n := len(out); i == 0 && !gaps {
			out[n-1].label = label
		} else {
			out = append(out, stretch{start, label})
		}
		if !gaps {
			continue
		}
		if end := q.cal.Next(start, g); i+1 == len(starts) || end.Before(starts[i+1]) {
			out = append(out, stretch{start: end})
		}
	}
	return out, nil
}

// spanOf is the time that a column's values span, as far as it is known and
// asked for.
func (q *question) spanOf(s *scan, f *semantic.Field) calendar.Range {
	out := calendar.Range{From: firstYear, To: lastYear}
	if state, ok := q.stateOf(f.Dataset.Name); ok && f.Column != nil {
		if lo, some := state.MinTime[f.Column.Name]; some {
			hi := state.MaxTime[f.Column.Name]
			if f.Type == expr.Date {
				lo, hi = calendar.Resolve(lo, q.cal.Zone), calendar.Resolve(hi, q.cal.Zone)
			}
			out = calendar.Range{From: lo, To: hi.Add(1)}
		}
	}
	if sameField(f, s.time) {
		if !s.within.From.IsZero() {
			out.From = calendar.Latest(out.From, s.within.From)
		}
		if !s.within.To.IsZero() {
			out.To = calendar.Earliest(out.To, s.within.To)
		}
	}
	return out
}

// namedPeriod writes the label of the period of a grain that engines do not
// know; ok is false for the others.
func (w scanWriter) namedPeriod(f *semantic.Field, g calendar.Grain) (x expr.SQL, ok bool) {
	list, ok := w.s.stretches[stretchKey(f, g)]
	if !ok {
		return expr.SQL{}, false
	}
	x = w.field(f)
	if len(list) == 1 {
		return expr.Concat("CASE WHEN ", x, " IS NOT NULL THEN ", w.labelOf(list[0]), " END"), true
	}
	return w.search(x, f, list, w.labelOf), true
}

// shownPeriod writes what stands for a period in conditions, where that is not
// its first day.
func (w scanWriter) shownPeriod(f *semantic.Field, g calendar.Grain) (x expr.SQL, ok bool) {
	t, ok := w.p.q.grainShown(g)
	list, some := w.s.stretches[stretchKey(f, g)]
	if !ok || !some {
		return expr.SQL{}, false
	}
	value := func(s stretch) expr.SQL {
		if s.label.IsZero() {
			return w.d.Literal(nil, t)
		}
		return w.d.Literal(w.p.q.valueOfPeriod(g, s.label, t), t)
	}
	x = w.field(f)
	if len(list) == 1 {
		return expr.Concat("CASE WHEN ", x, " IS NOT NULL THEN ", value(list[0]), " END"), true
	}
	return expr.Concat("(", w.search(x, f, list, value), ")"), true
}

func stretchKey(f *semantic.Field, g calendar.Grain) string { return string(g) + "\x00" + f.String() }

func (w scanWriter) labelOf(s stretch) expr.SQL {
	if s.label.IsZero() {
		return w.d.Literal(nil, expr.Timestamp)
	}
	return w.d.Literal(s.label, expr.Timestamp)
}

// search halves the list until one stretch is left. A missing time fails both
// tests and has no period.
func (w scanWriter) search(x expr.SQL, f *semantic.Field, list []stretch, value func(stretch) expr.SQL) expr.SQL {
	if len(list) == 1 {
		return value(list[0])
	}
	half := len(list) / 2
	at := list[half].start
	bound := w.d.Literal(at.UTC(), expr.Timestamp)
	if f.Type == expr.Date {
		bound = w.d.Literal(w.p.q.firstDate(at), expr.Date)
	}
	return expr.Concat("CASE WHEN ", x, " < ", bound, " THEN ", w.search(x, f, list[:half], value),
		" WHEN ", x, " >= ", bound, " THEN ", w.search(x, f, list[half:], value), " END")
}

// namePeriods finds, for each scan, the periods that only the calendar knows:
// those of its keys, and those that conditions and dimensions name.
func (q *question) namePeriods(s *scan, keys []int) error {
	var failed error
	name := func(f *semantic.Field, g calendar.Grain) {
		if _, _, plain := q.cal.Engine(g); plain || failed != nil {
			return
		}
		if !slices.Contains(q.cal.GrainNames(), g) {
			failed = q.unknownGrain("where", g)
			return
		}
		list, err := q.stretches(s, f, g)
		if err != nil {
			failed = err
			return
		}
		if s.stretches == nil {
			s.stretches = map[string][]stretch{}
		}
		s.stretches[stretchKey(f, g)] = list
	}
	for _, c := range s.where {
		for _, sym := range c.typed.Symbols() {
			switch ref := sym.Ref.(type) {
			case semantic.OwnTime:
				name(s.own, ref.Grain)
			case *semantic.Field:
				eachGrain(ref, name)
			}
		}
	}
	for _, f := range s.keys {
		if f != nil {
			eachGrain(f, name)
		}
	}
	if failed != nil {
		return failed
	}
	for i, k := range keys {
		if k == noKey || !q.keys[k].isTime() || s.keys[i] == nil {
			continue
		}
		g := q.keys[k].by.Time
		if _, _, ok := q.cal.Engine(g); ok {
			continue
		}
		list, err := q.stretches(s, s.keys[i], g)
		if err != nil {
			return err
		}
		if s.stretches == nil {
			s.stretches = map[string][]stretch{}
		}
		s.stretches[stretchKey(s.keys[i], g)] = list
	}
	return nil
}

// eachGrain visits the periods of time columns behind a field.
func eachGrain(f *semantic.Field, visit func(*semantic.Field, calendar.Grain)) {
	if f.Grain != "" {
		visit(f.Stored(), f.Grain)
		return
	}
	if f.Computed == nil || f.Computed.Typed == nil {
		return
	}
	for _, sym := range f.Computed.Typed.Symbols() {
		if g, ok := sym.Ref.(*semantic.Field); ok {
			eachGrain(g.From(f.Path), visit)
		}
	}
}
