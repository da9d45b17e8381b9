package direct

import (
	"time"

	"lodestar/internal/calendar"
	"lodestar/internal/expr"
	"lodestar/internal/warehouse"
)

// clock tells how the times of a column that say no zone become UTC.
type clock struct {
	steps []warehouse.LocalStep
	// Whether there are times so early, or so late, that no year of four digits
	// has them by UTC: they stay at the ends of time, as they do in loads.
	early, late bool
}

// margin is how far beyond the times that are there steps reach: rows that are
// written while the state holds are most likely among them.
const margin = 366 * 24 * time.Hour

// The ends of time, which say "since ever" and "for ever".
var (
	FirstTime = time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)
	LastTime  = time.Date(9999, 12, 31, 23, 59, 59, 999_999_000, time.UTC)
)

// Within is a time that is not beyond them.
func Within(at time.Time) time.Time {
	return calendar.Latest(FirstTime, calendar.Earliest(LastTime, at))
}

// farthest is more than clocks differ from UTC.
const farthest = 26 * time.Hour

// newClock makes the clock of a zone for times from lo to hi and about now.
func newClock(loc *time.Location, lo, hi, now time.Time) clock {
	from, to := lo.Add(-margin), hi.Add(margin)
	if now = now.Add(margin); to.Before(now) {
		to = now
	}
	return clock{warehouse.LocalSteps(loc, calendar.Latest(from, firstStep), calendar.Earliest(to, lastStep)), lo.Before(FirstTime.Add(farthest)), hi.After(LastTime.Add(-farthest))}
}

// Clocks are known in these years, as they are to loads.
var (
	firstStep = time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC)
	lastStep  = time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)
)

// instant writes the UTC of what the clock showed.
func (c clock) instant(d warehouse.Dialect, column string) string {
	x := expr.SQL{Text: column}
	out := warehouse.Instant(d, c.steps, x)
	end := func(at time.Time) expr.SQL { return d.Literal(at, expr.Timestamp) }
	if first := c.steps[0].Offset; c.early && first > 0 {
		out = expr.Concat("(CASE WHEN ", x, " < ", end(FirstTime.Add(time.Duration(first)*time.Second)), " THEN ", end(FirstTime), " ELSE ", out, " END)")
	}
	if last := c.steps[len(c.steps)-1].Offset; c.late && last < 0 {
		out = expr.Concat("(CASE WHEN ", x, " > ", end(LastTime.Add(time.Duration(last)*time.Second)), " THEN ", end(LastTime), " ELSE ", out, " END)")
	}
	return out.Text
}

// bounds are those of the instants of times from lo to hi. Where clocks skip an
// hour, what they would have shown there comes after what they show next.
func (c clock) bounds(lo, hi time.Time) (time.Time, time.Time) {
	first, last := c.utc(lo), c.utc(hi)
	for i, s := range c.steps[:len(c.steps)-1] {
		if lo.Before(s.Before) && !hi.Before(s.Before) {
			first = calendar.Earliest(first, s.Before.Add(-time.Duration(c.steps[i+1].Offset)*time.Second))
			last = calendar.Latest(last, s.Before.Add(-time.Duration(s.Offset)*time.Second))
		}
	}
	return first, last
}

func (c clock) utc(at time.Time) time.Time {
	i := 0
	for i < len(c.steps)-1 && !at.Before(c.steps[i].Before) {
		i++
	}
	return Within(at.Add(-time.Duration(c.steps[i].Offset) * time.Second))
}
