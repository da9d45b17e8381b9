package warehouse

import (
	"time"

	"lodestar/internal/calendar"
	"lodestar/internal/expr"
)

// Local writes the wall clock of a naive UTC timestamp, by the clock changes of
// its zone; see Calendar.Transitions.
func Local(d Dialect, zone []calendar.Transition, x expr.SQL) expr.SQL {
	last := zone[len(zone)-1]
	if len(zone) == 1 {
		if last.Offset == 0 {
			return x
		}
		return d.AddSeconds(x, d.Literal(int64(last.Offset), expr.Integer))
	}
	// Constant steps in each branch are cheaper than one step by a computed
	// number of seconds.
	out := expr.Concat("(CASE")
	for i, t := range zone[:len(zone)-1] {
		out = expr.Concat(out, " WHEN ", x, " < ", d.Literal(zone[i+1].At, expr.Timestamp),
			" THEN ", d.AddSeconds(x, d.Literal(int64(t.Offset), expr.Integer)))
	}
	return expr.Concat(out, " ELSE ", d.AddSeconds(x, d.Literal(int64(last.Offset), expr.Integer)), " END)")
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

// Instant writes the UTC of a naive local timestamp, the other way than Local. The
// steps become a tree of comparisons, so that many of them cost few a row.
func Instant(d Dialect, steps []LocalStep, x expr.SQL) expr.SQL {
	if len(steps) == 1 {
		if steps[0].Offset == 0 {
			return x
		}
		return d.AddSeconds(x, d.Literal(int64(-steps[0].Offset), expr.Integer))
	}
	half := len(steps) / 2
	return expr.Concat("(CASE WHEN ", x, " < ", d.Literal(steps[half-1].Before, expr.Timestamp), " THEN ",
		Instant(d, steps[:half], x), " ELSE ", Instant(d, steps[half:], x), " END)")
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
