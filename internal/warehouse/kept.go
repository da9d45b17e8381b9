package warehouse

import (
	"time"

	"lodestar/internal/calendar"
	"lodestar/internal/expr"
)

// Kept is a time as a table of a server keeps it, beside the instant that
// State.Table makes of it. What clocks showed is not in the order of instants
// where they are put back or forward, so conditions on instants are written on
// them; those on what is kept come in addition, and find an index.
type Kept struct {
	Column string // of State.Table: what is kept
	// Steps are how what clocks showed becomes the instant; empty where the
	// instant itself is kept, in another type.
	Steps []LocalStep
	// Ends is set where values need not follow Steps: those within two days of
	// the ends of time, and those that are no time.
	Ends bool
}

// The years that a time can have.
var (
	firstTime = time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)
	endOfTime = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)
)

// Within is a range in which everything lies that is kept of instants in r: by a
// second, and by what clocks ever differ from UTC, wider than that. Its ends are
// zero where there is no bound.
func (k Kept) Within(r calendar.Range) (out calendar.Range) {
	least, most := 0, 0
	for i, s := range k.Steps {
		if least, most = min(least, s.Offset), max(most, s.Offset); i == 0 {
			least, most = s.Offset, s.Offset
		}
	}
	if !r.From.IsZero() {
		if at := r.From.UTC().Add(time.Duration(least-1) * time.Second); !at.Before(firstTime) {
			out.From = at
		}
	}
	if !r.To.IsZero() {
		if at := r.To.UTC().Add(time.Duration(most+1) * time.Second); at.Before(endOfTime) && r.To.Before(endOfTime) {
			out.To = at
		}
	}
	return out
}

// clocks are what two clocks showed until one was set: that of the column, and
// that of the one who asks, in seconds ahead of UTC.
type clocks struct {
	before     time.Time // by the column's; none for the last
	kept, asks int
}

// meet lists what the clocks of a column and those of a zone showed at the same
// time, in the order of the column's.
func (k Kept) meet(zone []calendar.Transition) (out []clocks) {
	for i, s := range k.Steps {
		last, ahead := i == len(k.Steps)-1, time.Duration(s.Offset)*time.Second
		for j, t := range zone {
			if j > 0 && !last && !t.At.Add(ahead).Before(s.Before) {
				break
			}
			c := clocks{s.Before, s.Offset, t.Offset}
			if j < len(zone)-1 {
				end := zone[j+1].At.Add(ahead)
				if i > 0 && !end.After(k.Steps[i-1].Before) {
					continue
				}
				if last || end.Before(c.before) {
					c.before = end
				}
			}
			if n := len(out); n > 0 && out[n-1].kept == c.kept && out[n-1].asks == c.asks {
				out[n-1].before = c.before
			} else {
				out = append(out, c)
			}
		}
	}
	return out
}

// Local writes the wall clock of a zone. kept is the column that is kept, x the
// instant that Table makes of it. Written on x alone, each change of the zone's
// clocks would hold all those of the column's.
func (k Kept) Local(d Dialect, zone []calendar.Transition, kept, x expr.SQL) expr.SQL {
	if len(k.Steps) == 0 || len(zone) == 1 {
		return Local(d, zone, x)
	}
	return k.ended(d, k.meet(zone), kept, func(c clocks) int { return c.asks - c.kept },
		func(seconds int) expr.SQL { return moved(d, kept, seconds) },
		expr.Concat("CASE WHEN ", x, " IS NULL THEN NULL"), moved(d, x, zone[0].Offset), moved(d, x, zone[len(zone)-1].Offset))
}

// Offset writes by how many seconds clocks of a zone are ahead of UTC.
func (k Kept) Offset(d Dialect, zone []calendar.Transition, kept, x expr.SQL) expr.SQL {
	if len(k.Steps) == 0 || len(zone) == 1 {
		return Offset(d, zone, x)
	}
	seconds := func(n int) expr.SQL { return d.Literal(int64(n), expr.Integer) }
	return k.ended(d, k.meet(zone), kept, func(c clocks) int { return c.asks }, seconds,
		expr.Concat("CASE"), seconds(zone[0].Offset), seconds(zone[len(zone)-1].Offset))
}

// ended writes a value for each of the clocks, and what is to be at the ends.
func (k Kept) ended(d Dialect, list []clocks, kept expr.SQL, of func(clocks) int, write func(int) expr.SQL, begin, first, last expr.SQL) expr.SQL {
	var runs []clocks // neighbours with the same value are one
	for _, c := range list {
		if n := len(runs); n > 0 && of(runs[n-1]) == of(c) {
			runs[n-1].before = c.before
		} else {
			runs = append(runs, c)
		}
	}
	out := stepped(d, len(runs), func(i int) time.Time { return runs[i].before }, kept, func(i int) expr.SQL { return write(of(runs[i])) })
	if !k.Ends {
		return out
	}
	const far = 48 * time.Hour
	return expr.Concat("(", begin, " WHEN ", kept, " < ", d.Literal(firstTime.Add(far), expr.Timestamp), " THEN ", first,
		" WHEN ", kept, " >= ", d.Literal(endOfTime.Add(-far), expr.Timestamp), " THEN ", last, " ELSE ", out, " END)")
}
