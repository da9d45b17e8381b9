package calendar

import (
	"time"

	"lodestar/internal/fault"
	"lodestar/internal/text"
)

// Shift moves a range by n periods of a grain. Months clamp to their last day;
// an end at a month's first instant stays at one, and an end at another
// midnight counts by the last day inside, so that 1 to 30 March becomes all of
// February.
func (c Calendar) Shift(r Range, g Grain, n int) Range {
	if g == Week || g == Day || g == Hour || g == Minute {
		return Range{c.Add(r.From, g, n), c.Add(r.To, g, n)}
	}
	out := Range{From: c.Add(r.From, g, n)}
	if c.isStart(r.To, Day) && !c.isStart(r.To, Month) {
		out.To = c.Add(c.Add(c.Add(r.To, Day, -1), g, n), Day, 1)
	} else {
		out.To = c.Add(r.To, g, n)
	}
	return out
}

func (c Calendar) isStart(t time.Time, g Grain) bool { return c.Start(t, g).Equal(t) }

// Align says how a range moves by months or years: "date" keeps the date,
// "weekday" the day of the week (a month then counts as 4 weeks, a year as
// 52). It settles "": a range of whole weeks stays one, anything else keeps
// its date.
func (c Calendar) Align(r Range, align string) string {
	if align != "" {
		return align
	}
	if c.whole(r, Week) > 0 && c.whole(r, Month) == 0 {
		return "weekday"
	}
	return "date"
}

// Previous gives the range to compare with. To is previous_period,
// previous_week, previous_month or previous_year; align is as for Align.
//
// previous_period moves a range of exactly n whole years, quarters, months or
// weeks by n of them; a range from the start of a month, quarter or year that
// ends inside it moves to the same part of the one before; n whole days move
// by n days; anything else by its own length. When the grain is known, as for
// relative time, Shift says it more exactly. An unknown word is an Invalid
// fault.
func (c Calendar) Previous(r Range, to, align string) (Range, error) {
	if align != "" && align != "weekday" && align != "date" {
		return Range{}, fault.New(fault.Invalid, "unknown_align", text.Text{
			ZH: "对齐方式 {align} 不存在，可用的有 date、weekday", EN: "no alignment {align}; there are date and weekday"}, "align", align)
	}
	weekday := align == "weekday" || c.Align(r, align) == "weekday" && to != "previous_period"
	switch {
	case to == "previous_week":
		return c.Shift(r, Week, -1), nil
	case to == "previous_month" && weekday:
		return c.Shift(r, Week, -4), nil
	case to == "previous_month":
		return c.Shift(r, Month, -1), nil
	case to == "previous_year" && weekday:
		return c.Shift(r, Week, -52), nil
	case to == "previous_year":
		return c.Shift(r, Year, -1), nil
	case to == "previous_period" && weekday:
		days := c.days(r)
		return c.Shift(r, Week, -max(1, (days+6)/7)), nil
	case to == "previous_period":
		return c.previousPeriod(r), nil
	}
	return Range{}, fault.New(fault.Invalid, "unknown_comparison", text.Text{
		ZH: "没有名为 {to} 的对比期，可用的有 previous_period、previous_week、previous_month、previous_year",
		EN: "no comparison {to}; there are previous_period, previous_week, previous_month and previous_year"}, "to", to)
}

func (c Calendar) previousPeriod(r Range) Range {
	for _, g := range []Grain{Year, Quarter, Month, Week} {
		if n := c.whole(r, g); n > 0 {
			return c.Shift(r, g, -n)
		}
	}
	for _, g := range []Grain{Month, Quarter, Year} {
		if c.isStart(r.From, g) && !r.To.After(c.Next(r.From, g)) {
			return c.Shift(r, g, -1)
		}
	}
	if c.isStart(r.From, Day) && c.isStart(r.To, Day) {
		return c.Shift(r, Day, -c.days(r))
	}
	return Range{From: r.From.Add(-r.To.Sub(r.From)), To: r.From}
}

// whole counts the periods of the grain that the range consists of exactly, 0
// if it does not.
func (c Calendar) whole(r Range, g Grain) int {
	if !c.isStart(r.From, g) || !c.isStart(r.To, g) {
		return 0
	}
	return len(c.Periods(r, g))
}

// days counts the days that the range touches.
func (c Calendar) days(r Range) int {
	if !r.From.Before(r.To) {
		return 0
	}
	zone := c.zone()
	from := c.floor(Civil(c.noon(r.From), zone), Day)
	to := c.floor(Civil(c.noon(r.To.Add(-1)), zone), Day)
	return int(to.Sub(from)/(24*time.Hour)) + 1
}

// noon is an instant well inside the day of t, away from clock changes.
func (c Calendar) noon(t time.Time) time.Time { return c.Start(t, Day).Add(12 * time.Hour) }
