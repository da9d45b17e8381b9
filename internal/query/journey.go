package query

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"lodestar/internal/calendar"
	"lodestar/internal/expr"
	"lodestar/internal/semantic"
)

// journey is the other side of a scan: what came of its rows in the rows of
// another dataset.
type journey struct {
	of    *semantic.Journey
	other scan // the rows there; they are not grouped

	// Of conversions. A conversion goes to the latest base row before it,
	// whichever rows the question is about: so what it says of a day or a
	// channel does not depend on what else is asked. Conditions of the question
	// therefore choose among base rows after they are matched, those of the
	// definition before.
	inside []cond
	shown  *calendar.Range // of scan.time, whose own bounds are wider by the window; nil for none
	clock  bool            // one side has days only, so wall clocks are compared

	// Of retentions: cohorts whose label is before this have had their time.
	before time.Time
}

// slack is more than clocks are ever changed by; bounds that only save work may
// be that much too wide.
const slack = 48 * time.Hour

// follow adds the other side to a scan.
func (q *question) follow(s *scan, l leaf) {
	of := l.agg().Journey
	j := &journey{of: of, clock: of.Base.Time.Type == expr.Date || of.Other.Time.Type == expr.Date}
	s.journey = j
	s.reads = append(sideFields(of.Base), of.Tie...)
	conds := s.side(of.Base)
	j.other = scan{dataset: of.Other.Dataset, period: s.period, time: of.Other.Time, reads: sideFields(of.Other)}
	j.other.where = j.other.side(of.Other)
	if of.Arg != nil {
		namedFields(of.Arg, func(f *semantic.Field) { j.other.reads = append(j.other.reads, f) })
	}
	if slices.ContainsFunc(j.other.reads, (*semantic.Field).AtTime) {
		j.other.own = of.Other.Time
	}
	asked := calendar.Range{} // of the base's own time
	if s.time != nil && sameField(s.time, of.Base.Time) {
		asked = s.within
	}
	j.other.within.From = asked.From
	switch {
	case of.Return != nil:
		s.where = addConds(s.where, conds)
		cut := q.times.cuts[of]
		j.other.within.To = cut
		j.before = q.cal.Step(q.label(cut, of.Return.Period), of.Return.Period, -of.Return.After)
		return
	case of.Loose:
		s.where = addConds(s.where, conds)
	default:
		j.inside = conds
		if s.time != nil {
			shown := s.within
			j.shown = &shown
			s.within = calendar.Range{From: asked.From, To: q.until(asked.To, of.Window)}
		}
	}
	j.other.within.To = q.until(asked.To, of.Window)
}

// until is when no more conversions of rows before to are due; zero when there
// is no such moment.
func (q *question) until(to time.Time, window semantic.Span) time.Time {
	if to.IsZero() || window.N == 0 {
		return time.Time{}
	}
	return q.cal.Add(to, window.Grain, window.N).Add(slack)
}

// journeyFields visits the fields of both sides, as named.
func journeyFields(j *semantic.Journey, visit func(*semantic.Field)) {
	for _, side := range []semantic.Side{j.Base, j.Other} {
		for _, f := range sideFields(side) {
			visit(f)
		}
		for _, c := range side.Where {
			namedFields(c.Typed, visit)
		}
	}
	if j.Arg != nil {
		namedFields(j.Arg, visit)
	}
}

func sideFields(s semantic.Side) []*semantic.Field {
	return append([]*semantic.Field{s.Entity, s.Time}, s.Constant...)
}

// side takes over the conditions of a definition, and notes that they read the
// time of the rows.
func (s *scan) side(of semantic.Side) []cond {
	var out []cond
	for _, c := range of.Where {
		out = addConds(out, []cond{{c.Text, c.Typed}})
		if some, _ := ownTimes(c.Typed); some {
			s.own = of.Time
		}
		namedFields(c.Typed, func(f *semantic.Field) { s.reads = append(s.reads, f) })
	}
	if slices.ContainsFunc(append(sideFields(of), s.reads...), (*semantic.Field).AtTime) {
		s.own = of.Time
	}
	return out
}

func addConds(list, more []cond) []cond {
	out := list[:len(list):len(list)]
	for _, c := range more {
		if !hasCond(out, c) {
			out = append(out, c)
		}
	}
	return out
}

// sameJourney reports whether two scans of the same rows also lead to the same
// ones. Conversions have one aggregate each; a retention counts the cohort and
// those who came back.
func sameJourney(a, b scan) bool {
	if a.journey == nil || b.journey == nil {
		return a.journey == b.journey
	}
	return a.journey.of == b.journey.of && a.journey.of.Return != nil && len(a.where) == len(b.where) &&
		!slices.ContainsFunc(a.where, func(c cond) bool { return !hasCond(b.where, c) })
}

// eachOther runs part of a pass on the other sides of scans.
func (p *plan) eachOther(run func(*scan)) {
	for i := range p.scans {
		if j := p.scans[i].journey; j != nil {
			copied := *j
			run(&copied.other)
			p.scans[i].journey = &copied
		}
	}
}

// journeys lists those of the question, and of the questions behind the values
// of metrics that it uses as dimensions.
func (q *question) journeys() []*semantic.Journey {
	var out []*semantic.Journey
	for _, l := range q.leaves {
		if j := l.agg().Journey; j != nil && !slices.Contains(out, j) {
			out = append(out, j)
		}
	}
	for _, inner := range q.lookups {
		out = append(out, inner.journeys()...)
	}
	return out
}

// cutsText tells cuts apart in cache keys.
func (t times) cutsText() string {
	var out []string
	for j, cut := range t.cuts {
		out = append(out, fmt.Sprintf("%s %s %d", j.Other.Metric.Name, j.Return.Period, cut.Unix()))
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

// cuts finds, for each retention, up to when it is known who came back: whole
// periods, as far as both the moment asked and the data go.
func (q *question) cuts(asOf time.Time, ends map[*semantic.Journey]time.Time) map[*semantic.Journey]time.Time {
	out := map[*semantic.Journey]time.Time{}
	for j, end := range ends {
		if end.IsZero() || asOf.Before(end) {
			end = asOf
		}
		out[j] = q.cal.Start(end, j.Return.Period)
	}
	return out
}
