package warehouse

import (
	"time"

	"lodestar/internal/calendar"
	"lodestar/internal/expr"
)

// Local writes the wall clock of a naive UTC timestamp, by the clock changes of
// its zone; see Calendar.Transitions.
func Local(d Dialect, zone []calendar.Transition, x expr.SQL) expr.SQL {
	return stepped(d, len(zone), func(i int) time.Time { return zone[i+1].At }, x, func(i int) expr.SQL { return moved(d, x, zone[i].Offset) })
}

// Offset writes by how many seconds clocks are ahead of a naive UTC timestamp.
func Offset(d Dialect, zone []calendar.Transition, x expr.SQL) expr.SQL {
	return stepped(d, len(zone), func(i int) time.Time { return zone[i+1].At }, x, func(i int) expr.SQL { return d.Literal(int64(zone[i].Offset), expr.Integer) })
}

// stepped writes n cases, of which each but the last is for times before an end,
// as a tree of comparisons: many of them cost few a row.
func stepped(d Dialect, n int, end func(i int) time.Time, x expr.SQL, leaf func(i int) expr.SQL) expr.SQL {
	var between func(from, to int) expr.SQL
	between = func(from, to int) expr.SQL {
		if from+1 == to {
			return leaf(from)
		}
		half := (from + to) / 2
		return expr.Concat("(CASE WHEN ", x, " < ", d.Literal(end(half-1), expr.Timestamp), " THEN ", between(from, half), " ELSE ", between(half, to), " END)")
	}
	return between(0, n)
}

// moved is a timestamp so many seconds later. Constant steps in each case are
// cheaper than one step by a computed number of seconds.
func moved(d Dialect, x expr.SQL, seconds int) expr.SQL {
	if seconds == 0 {
		return x
	}
	return d.AddSeconds(x, d.Literal(int64(seconds), expr.Integer))
}

// LocalSteps lists how the local times of a zone from one to another become UTC:
// one that a change of clocks skips is the later instant, one that occurs twice
// the earlier.
func LocalSteps(loc *time.Location, from, to time.Time) []LocalStep {
	list := calendar.Calendar{Zone: loc}.Transitions(from, to)
	steps := make([]LocalStep, 0, len(list))
	for i, t := range list[1:] {
		before := list[i].Offset
		steps = append(steps, LocalStep{Before: t.At.Add(time.Duration(max(before, t.Offset)) * time.Second).UTC(), Offset: before})
	}
	return append(steps, LocalStep{Offset: list[len(list)-1].Offset})
}

// Instant writes the UTC of a naive local timestamp, the other way than Local.
func Instant(d Dialect, steps []LocalStep, x expr.SQL) expr.SQL {
	return stepped(d, len(steps), func(i int) time.Time { return steps[i].Before }, x, func(i int) expr.SQL { return moved(d, x, -steps[i].Offset) })
}

// Matcher is a Dialect whose engine reads the regular expressions that Go
// reads: RE2.
type Matcher interface {
	// Matches is true where a text matches the expression somewhere.
	Matches(x expr.SQL, pattern string) expr.SQL
}

// Sampler is a Dialect that can pick rows of a stored table evenly and always
// the same ones.
type Sampler interface {
	// Sampled is true for about one row in n of the table of that alias.
	Sampled(alias string, n int64) expr.SQL
}
