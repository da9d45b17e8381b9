package calendar

import (
	"strconv"
	"strings"
	"time"

	"lodestar/internal/fault"
	"lodestar/internal/text"
)

// maxSpan bounds the number in a span such as "30 days".
const maxSpan = 100000

// ParseGrain reads the name of a grain, singular or plural, in any case. The
// error is an Invalid fault.
func ParseGrain(s string) (Grain, error) {
	word := Grain(strings.TrimSuffix(strings.ToLower(strings.TrimSpace(s)), "s"))
	for _, g := range Grains() {
		if word == g {
			return g, nil
		}
	}
	return "", fault.New(fault.Invalid, "unknown_grain", text.Text{
		ZH: "没有名为 {grain} 的时间粒度，可用的有 millisecond second minute hour day week month quarter year",
		EN: "no time grain {grain}; there are millisecond second minute hour day week month quarter year"}, "grain", s)
}

// ParseSpan reads a number of plain periods such as "30 days" or "1 week"; the
// number is at least 1. The error is an Invalid fault.
func ParseSpan(s string) (n int, g Grain, err error) { return parseSpan(s, ParseGrain) }

// Span is ParseSpan for all grains of the calendar: "10 working_days".
func (c Calendar) Span(s string) (n int, g Grain, err error) { return parseSpan(s, c.Grain) }

func parseSpan(s string, grain func(string) (Grain, error)) (n int, g Grain, err error) {
	fields := strings.Fields(s)
	if len(fields) == 2 {
		n, err = strconv.Atoi(fields[0])
		if err == nil && n >= 1 && n <= maxSpan {
			g, err = grain(fields[1])
			return n, g, err
		}
	}
	return 0, "", fault.New(fault.Invalid, "bad_span", text.Text{
		ZH: "{span} 不是时间长度，写法如 30 days、1 week", EN: "{span} is not a length of time; write for example 30 days or 1 week"}, "span", strconv.Quote(s))
}

// Relative is time counted from a moment; exactly one field is set.
type Relative struct {
	Last   string // "30 days": that many complete periods, ending before the current one
	This   Grain  // the whole current period
	ToDate Grain  // the current period up to the moment
}

// Resolved is relative time worked out.
type Resolved struct {
	Range Range
	// Grain and N tell how far to Shift back for the period before: -N of Grain.
	Grain Grain
	N     int
	// Partial is set when the range ends inside a period or after the moment.
	Partial bool
}

// Relative works out relative time as of a moment. A moment at the very start
// of a period belongs to that period; its to-date range is empty. The error is
// an Invalid fault.
func (c Calendar) Relative(rel Relative, asOf time.Time) (Resolved, error) {
	set := 0
	for _, on := range []bool{rel.Last != "", rel.This != "", rel.ToDate != ""} {
		if on {
			set++
		}
	}
	if set != 1 {
		return Resolved{}, fault.New(fault.Invalid, "bad_relative_time", text.Text{
			ZH: "相对时间只能写 last、this、to_date 中的一个", EN: "relative time needs exactly one of last, this and to_date"})
	}
	if rel.Last != "" {
		n, g, err := c.Span(rel.Last)
		if err != nil {
			return Resolved{}, err
		}
		return c.last(n, g, asOf)
	}
	g, err := c.Grain(string(rel.This + rel.ToDate))
	if err != nil {
		return Resolved{}, err
	}
	if !c.In(asOf, g) {
		return Resolved{}, c.noPeriod(g)
	}
	whole := c.Period(asOf, g)
	if rel.ToDate != "" {
		whole.To = asOf.In(c.zone())
	}
	return Resolved{Range: whole, Grain: g, N: 1, Partial: true}, nil
}

// last is the n periods that were complete at a moment. Gaps between them are
// part of the range; one after the last of them is not.
func (c Calendar) last(n int, g Grain, asOf time.Time) (Resolved, error) {
	out := Resolved{Grain: g, N: n}
	gaps := c.gapped(g)
	if gaps == nil {
		to := c.Start(asOf, g)
		out.Range = Range{c.back(to, g, n), to}
		return out, nil
	}
	zone := c.zone()
	civil := Civil(asOf, zone)
	newest, ok := gaps.move(civil, -1)
	oldest, also := gaps.move(civil, -n)
	if !ok || !also {
		return out, c.noPeriod(g)
	}
	out.Range = Range{first(oldest.From, zone), first(newest.To, zone)}
	return out, nil
}

// back is the start of the n-th period before the one that starts at t.
func (c Calendar) back(t time.Time, g Grain, n int) time.Time {
	if g.Fine() {
		return c.Start(c.Add(t, g, -n), g)
	}
	return c.Add(t, g, -n)
}
