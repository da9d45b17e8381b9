package semantic

import (
	"lodestar/internal/calendar"
	"lodestar/internal/expr"
)

// Journey says that an aggregation looks at what came of the rows of its
// dataset, the base, in the rows of another one: the conversions that base rows
// led to, or the entities of base rows that came back. Which rows are asked
// for, and how they are grouped, is said of the base.
type Journey struct {
	Base, Other Side
	// Arg is what is aggregated over conversions, seen from Other.Dataset; nil
	// for a count of rows.
	Arg    *expr.Typed
	Window Span // how long after its base row a conversion counts; N is 0 for ever
	// Tie orders base rows of one time; the last of them takes the conversion.
	Tie    []*Field
	Loose  bool    // by MetricFlow's rules: conditions of the question hold before rows are matched
	Return *Return // of a retention; nil for conversions
}

// Side is a dataset of a journey.
type Side struct {
	Metric   *Metric // whose rows they are
	Dataset  *Dataset
	Time     *Field
	Entity   *Field
	Constant []*Field // equal on both sides, in the same order
	Where    []Condition
}

// Condition is one that is part of a definition.
type Condition struct {
	Text  string
	Typed *expr.Typed
}

// Return says when an entity counts as having come back.
type Return struct {
	Period  calendar.Grain // day, week or month
	After   int            // periods later
	Bounded bool           // in exactly that period, not in any later one
}

// Read is a dataset that an aggregation reads, with the time of its rows.
type Read struct {
	Dataset *Dataset
	Time    *Field // nil when the dataset has no time
}

// Reads lists the facts that the aggregation reads: its own dataset, then that
// which a journey leads to.
func (a *Aggregation) Reads() []Read {
	out := []Read{{a.Dataset, a.Time}}
	if a.Journey != nil {
		out = append(out, Read{a.Journey.Other.Dataset, a.Journey.Other.Time})
	}
	return out
}
