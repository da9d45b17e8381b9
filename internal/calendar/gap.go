package calendar

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"lodestar/internal/fault"
	"lodestar/internal/text"
)

// Periods with names, such as seasons, campaigns or shifts, and working days
// need not follow each other without gaps, and there may be a first and a last
// one. Time between them belongs to no period.

// Span is a period with a name of its own. From and To are wall clocks, given
// as times in UTC; To is not included.
type Span struct {
	From, To time.Time
	Label    text.Text
	Value    any // what answers show in place of the first day; nil for the label
}

// named is a grain made of spans, oldest first.
type named struct {
	grain Grain
	spans []Span
}

// gapped is a grain that does not cover all time.
type gapped interface {
	// find gives the period that a wall clock is in, or the gap.
	find(civil time.Time) (s Span, in bool)
	// move gives the n-th period after the one in which a wall clock is, or
	// before it when n is negative; from a gap the first is the nearest that
	// way. 0 is the period itself. ok is false where there is none.
	move(civil time.Time, n int) (s Span, ok bool)
}

// Beyond the first and last period of a grain.
var (
	farPast   = time.Date(1000, 1, 1, 0, 0, 0, 0, time.UTC)
	farFuture = time.Date(9000, 1, 1, 0, 0, 0, 0, time.UTC)
)

// With gives the calendar a grain made of spans, or another set of spans for
// a grain it has. Spans may come in any order and leave gaps; one that ends
// before it starts, or overlaps another, is an Invalid fault. A span without
// To lasts until the next begins, and the last one for ever.
func (c Calendar) With(g Grain, spans []Span) (Calendar, error) {
	list := slices.Clone(spans)
	slices.SortStableFunc(list, func(a, b Span) int { return a.From.Compare(b.From) })
	for i := range list {
		if list[i].To.IsZero() {
			list[i].To = farFuture
			if i+1 < len(list) {
				list[i].To = list[i+1].From
			}
		}
		if !list[i].From.Before(list[i].To) {
			return c, fault.New(fault.Invalid, "empty_span", text.Text{
				ZH: "日历周期 {grain} 中 {a} 的结束不晚于开始", EN: "of the periods {grain}, {a} does not end after it starts"},
				"grain", g, "a", list[i].say())
		}
		if i > 0 && list[i].From.Before(list[i-1].To) {
			return c, fault.New(fault.Invalid, "overlapping_spans", text.Text{
				ZH: "日历周期 {grain} 中 {a} 与 {b} 重叠", EN: "of the periods {grain}, {a} and {b} overlap"},
				"grain", g, "a", list[i-1].say(), "b", list[i].say())
		}
	}
	others := slices.DeleteFunc(slices.Clone(c.custom()), func(n named) bool { return n.grain == g })
	grains := append(others, named{g, list})
	c.grains = &grains
	return c, nil
}

// SpansOfDays makes spans of days that each carry a value, such as the
// columns of a date table: days next to each other with the same value are a
// span. Days may come in any order; the same day twice with different values is
// an Invalid fault.
func SpansOfDays(days []Span) ([]Span, error) {
	list := slices.Clone(days)
	slices.SortStableFunc(list, func(a, b Span) int { return a.From.Compare(b.From) })
	var out []Span
	for i, d := range list {
		d.To = d.From.AddDate(0, 0, 1)
		if i > 0 && list[i-1].From.Equal(d.From) {
			if list[i-1].Value == d.Value && list[i-1].Label == d.Label {
				continue
			}
			return nil, fault.New(fault.Invalid, "two_values", text.Text{
				ZH: "{day} 有两个不同的值：{a} 和 {b}", EN: "{day} has two values, {a} and {b}"},
				"day", d.From.Format(time.DateOnly), "a", list[i-1].Label, "b", d.Label)
		}
		if n := len(out); n > 0 && out[n-1].To.Equal(d.From) && out[n-1].Value == d.Value && out[n-1].Label == d.Label {
			out[n-1].To = d.To
			continue
		}
		out = append(out, d)
	}
	return out, nil
}

func (s Span) say() string {
	if !s.Label.IsZero() {
		return strconv.Quote(s.Label.In(text.ZH))
	}
	return s.From.Format(time.DateOnly)
}

// Spans lists the periods of a grain that With has given, oldest first; nil
// for any other grain.
func (c Calendar) Spans(g Grain) []Span {
	for _, n := range c.custom() {
		if n.grain == g {
			return n.spans
		}
	}
	return nil
}

func (c Calendar) custom() []named {
	if c.grains == nil {
		return nil
	}
	return *c.grains
}

// gapped gives the grain's way of finding periods, nil for one that covers all
// time.
func (c Calendar) gapped(g Grain) gapped {
	switch g {
	case WorkingDay:
		return dayGrain{c.Days, (*Days).working}
	case TradingDay:
		return dayGrain{c.Days, (*Days).trading}
	}
	for _, n := range c.custom() {
		if n.grain == g {
			return n
		}
	}
	return nil
}

// beyond is the gap of a grain without periods.
func beyond(civil time.Time) Span {
	switch {
	case civil.Before(farPast):
		return Span{To: farPast}
	case !civil.Before(farFuture):
		return Span{From: farFuture, To: farFuture.AddDate(900, 0, 0)}
	}
	return Span{From: farPast, To: farFuture}
}

// before counts the spans that begin at or before a wall clock.
func (n named) before(civil time.Time) int {
	i, found := slices.BinarySearchFunc(n.spans, civil, func(s Span, at time.Time) int { return s.From.Compare(at) })
	if found {
		i++
	}
	return i
}

func (n named) find(civil time.Time) (Span, bool) {
	i := n.before(civil)
	gap := beyond(civil)
	if i > 0 {
		if civil.Before(n.spans[i-1].To) {
			return n.spans[i-1], true
		}
		gap.From = Latest(gap.From, n.spans[i-1].To)
	}
	if i < len(n.spans) {
		gap.To = n.spans[i].From
	}
	return gap, false
}

func (n named) move(civil time.Time, by int) (Span, bool) {
	i := n.before(civil) - 1
	if _, in := n.find(civil); !in && by < 0 {
		i++
	}
	if i += by; i < 0 || i >= len(n.spans) {
		return Span{}, false
	}
	return n.spans[i], true
}

// In reports whether an instant lies in a period of the grain. Only grains with
// gaps ever say no.
func (c Calendar) In(t time.Time, g Grain) bool {
	gaps := c.gapped(g)
	if gaps == nil {
		return true
	}
	_, in := gaps.find(Civil(t, c.zone()))
	return in
}

// Holds is In for a wall clock.
func (c Calendar) Holds(civil time.Time, g Grain) bool {
	gaps := c.gapped(g)
	if gaps == nil {
		return true
	}
	_, in := gaps.find(civil)
	return in
}

// Engine says how an engine can find the periods of a grain by itself: as the
// plain grain, with weeks from a day. ok is false where it cannot.
func (c Calendar) Engine(g Grain) (plain Grain, weekStart time.Weekday, ok bool) {
	g = c.plain(g)
	if g == FiscalWeek {
		return Week, (c.Fiscal.Weekday + 1) % 7, true
	}
	return g, c.WeekStart, slices.Contains(Grains(), g)
}

// SubDay reports whether a grain that With has given has a period that begins
// or ends inside a day.
func (c Calendar) SubDay(g Grain) bool {
	midnight := func(t time.Time) bool { return t.Equal(t.Truncate(24 * time.Hour)) }
	return slices.ContainsFunc(c.Spans(g), func(s Span) bool { return !midnight(s.From) || !midnight(s.To) })
}

// HasGaps reports whether there is time that belongs to no period of the grain.
func (c Calendar) HasGaps(g Grain) bool { return c.gapped(g) != nil }

// moveGapped moves a wall clock by n periods and keeps its place in the
// period, at most to its end. In a gap it takes the near end of the period.
func moveGapped(g gapped, civil time.Time, n int) (time.Time, bool) {
	if n == 0 {
		return civil, true
	}
	from, in := g.find(civil)
	to, ok := g.move(civil, n)
	switch {
	case !ok && n < 0:
		return farPast, false
	case !ok:
		return farFuture, false
	case !in && n < 0:
		return to.To, true
	case !in:
		return to.From, true
	}
	into := civil.Sub(from.From)
	if length := to.To.Sub(to.From); into >= length {
		const day = 24 * time.Hour
		into = max(0, length-day+into%day) // the same clock on the last day
	}
	return to.From.Add(into), true
}

// clockIn is the wall clock of an instant; that of a period's first instant is
// the start by its name, even where clocks skipped that.
func (c Calendar) clockIn(t time.Time, g gapped) time.Time {
	zone := c.zone()
	civil := Civil(t, zone)
	if day := civil.Truncate(24 * time.Hour); first(day, zone).Equal(t) {
		civil = day
	}
	if s, _ := g.find(civil); first(s.From, zone).Equal(t) {
		return s.From
	}
	return civil
}

// shiftGapped moves a range by n periods; an end at the end of a period stays
// at one.
func (c Calendar) shiftGapped(r Range, g gapped, n int) (Range, bool) {
	zone := c.zone()
	from, to := c.clockIn(r.From, g), c.clockIn(r.To, g)
	begins, ok := moveGapped(g, from, n)
	if !ok {
		return Range{first(begins, zone), first(begins, zone)}, false
	}
	if !from.Before(to) {
		return Range{first(begins, zone), first(begins, zone)}, true
	}
	last, in := g.find(to.Add(-1))
	target, ok := g.move(to.Add(-1), n)
	if !ok {
		return Range{first(begins, zone), first(begins, zone)}, false
	}
	ends := target.To
	if into := to.Sub(last.From); in && to.Before(last.To) && into < target.To.Sub(target.From) {
		ends = target.From.Add(into)
	}
	return Range{first(begins, zone), first(ends, zone)}, true
}

// GrainNames lists all grains of the calendar: the plain ones, the fiscal
// ones, working and trading days, and those that With gave it.
func (c Calendar) GrainNames() []Grain {
	out := append(Grains(), FiscalGrains()...)
	out = append(out, WorkingDay, TradingDay)
	for _, n := range c.custom() {
		out = append(out, n.grain)
	}
	return out
}

// Grain reads the name of a grain of this calendar, singular or plural, in any
// case. The error is an Invalid fault.
func (c Calendar) Grain(s string) (Grain, error) {
	word := Grain(strings.ToLower(strings.TrimSpace(s)))
	all := c.GrainNames()
	for _, w := range []Grain{word, Grain(strings.TrimSuffix(string(word), "s"))} {
		if slices.Contains(all, w) {
			return w, nil
		}
	}
	names := make([]string, len(all))
	for i, g := range all {
		names[i] = string(g)
	}
	return "", fault.New(fault.Invalid, "unknown_grain", text.Text{
		ZH: "没有名为 {grain} 的时间粒度，可用的有 {all}",
		EN: "no time grain {grain}; there are {all}"}, "grain", s, "all", strings.Join(names, " "))
}
