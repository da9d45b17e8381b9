package query

import (
	"time"

	"lodestar/internal/calendar"
	"lodestar/internal/text"
)

// A bucket is a period, known by its label: the wall clock of its start as a
// time in UTC. That is what statements group by.

func (q *question) labels(r calendar.Range, g calendar.Grain) ([]time.Time, error) {
	starts, complete := q.cal.PeriodsUpTo(r, g, mostPeriods)
	if !complete {
		return nil, invalid("by", "too_many_periods", text.Text{
			ZH: "时间范围内的 {grain} 太多（上限 {n}），请缩短范围或改用更粗的粒度",
			EN: "the range holds too many {grain}s (at most {n}); shorten it or use a coarser grain"}, "grain", g, "n", mostPeriods)
	}
	out := make([]time.Time, len(starts))
	for i, s := range starts {
		out[i] = q.label(s, g)
	}
	return out, nil
}

func (q *question) label(start time.Time, g calendar.Grain) time.Time {
	if q.cal.HasGaps(g) {
		return q.cal.Floor(calendar.Civil(start, q.cal.Zone), g)
	}
	unit, fine := g.Length()
	if !fine {
		unit = 24 * time.Hour
	}
	return calendar.Civil(start, q.cal.Zone).Truncate(unit)
}

// pair aligns a bucket with its counterpart in the earlier range.
type pair struct{ previous, current time.Time }

// alignment is how the buckets of both ranges of a comparison correspond.
type alignment struct {
	earlier map[time.Time]time.Time // current → previous
	runs    []run                   // previous → current
}

// align works out the alignment for a grain, once for each question.
func (q *question) align(g calendar.Grain) (alignment, error) {
	if a, ok := q.times.aligned[g]; ok {
		return a, nil
	}
	// Partial ranges still show whole buckets, so the buckets of the whole
	// range are aligned, not only those before asOf.
	current, err := q.labels(*q.times.whole, g)
	if err != nil {
		return alignment{}, err
	}
	before, err := q.labels(*q.times.previous, g)
	if err != nil {
		return alignment{}, err
	}
	pairs := q.pairs(g, before, current)
	a := alignment{earlier: make(map[time.Time]time.Time, len(pairs)), runs: runs(before, pairs)}
	for _, p := range pairs {
		a.earlier[p.current] = p.previous
	}
	q.times.aligned[g] = a
	return a, nil
}

// pairs aligns buckets, oldest first. With a date-wise comparison by month or
// year, a day has the day of the same number as its counterpart, or none;
// hours and minutes face those that clocks show alike, also where clocks change
// in one of the ranges; everything else goes by position. See ordinal.go for
// fiscal periods and working days.
func (q *question) pairs(g calendar.Grain, before, current []time.Time) []pair {
	if pairs, ok := q.ordinalPairs(g, before, current); ok {
		return pairs
	}
	if shift, n := q.dateShift(g); shift != "" {
		return byDate(before, current, shift, n)
	}
	if g.Fine() {
		return byClock(before, current, q.clock(q.times.whole.From).Sub(q.clock(q.times.previous.From)))
	}
	var out []pair
	for i := 0; i < len(before) && i < len(current); i++ {
		out = append(out, pair{before[i], current[i]})
	}
	return out
}

// dateShift tells by which grain days and finer buckets are aligned by date.
func (q *question) dateShift(g calendar.Grain) (calendar.Grain, int) {
	fine := g.Fine() || g == calendar.Day
	if !fine || q.times.align != "" && q.times.align != "date" {
		return "", 0
	}
	switch q.compare.To {
	case "previous_month":
		return calendar.Month, 1
	case "previous_year":
		return calendar.Year, 1
	}
	return "", 0
}

func byDate(before, current []time.Time, shift calendar.Grain, n int) []pair {
	exists := make(map[time.Time]bool, len(before))
	for _, b := range before {
		exists[b] = true
	}
	var out []pair
	for _, c := range current {
		months := n
		if shift == calendar.Year {
			months = 12 * n
		}
		p := c.AddDate(0, -months, 0)
		if p.Day() == c.Day() && exists[p] {
			out = append(out, pair{p, c})
		}
	}
	return out
}

// clock is the wall clock of an instant; that of the start of a day is midnight,
// even on a day without one.
func (q *question) clock(t time.Time) time.Time {
	if q.cal.Start(t, calendar.Day).Equal(t) {
		return q.label(t.Add(12*time.Hour), calendar.Day)
	}
	return calendar.Civil(t, q.cal.Zone)
}

func byClock(before, current []time.Time, shift time.Duration) []pair {
	exists := make(map[time.Time]bool, len(before))
	for _, b := range before {
		exists[b] = true
	}
	var out []pair
	for _, c := range current {
		if p := c.Add(-shift); exists[p] {
			out = append(out, pair{p, c})
		}
	}
	return out
}

// run is a stretch of earlier buckets that move by the same time; an unmapped
// stretch has no counterpart.
type run struct {
	until  time.Time // first bucket after the run; zero for the last run
	shift  time.Duration
	mapped bool
}

// runs compresses an alignment of all earlier buckets.
func runs(before []time.Time, pairs []pair) []run {
	to := make(map[time.Time]time.Time, len(pairs))
	for _, p := range pairs {
		to[p.previous] = p.current
	}
	var out []run
	for _, b := range before {
		c, mapped := to[b]
		r := run{shift: c.Sub(b), mapped: mapped}
		if !mapped {
			r.shift = 0
		}
		if n := len(out); n > 0 && out[n-1].mapped == r.mapped && out[n-1].shift == r.shift {
			continue
		} else if n > 0 {
			out[n-1].until = b
		}
		out = append(out, r)
	}
	return out
}
