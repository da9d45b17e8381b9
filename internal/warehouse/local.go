package warehouse

import (
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
