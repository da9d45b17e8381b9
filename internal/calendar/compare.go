package calendar

import (
	"time"

	"lodestar/internal/fault"
	"lodestar/internal/text"
)

// Shift moves a range by n periods of a grain. Months clamp to their last day;
// an end at a month's first instant stays at one, and an end at another
// midnight counts by the last day inside, so that 1 to 30 March becomes all of
// February. Fiscal periods keep week and weekday in the same way, with week 53
// becoming week 52. Where a grain with gaps has no such period the range comes
// out empty; Move tells.
func (c Calendar) Shift(r Range, g Grain, n int) Range {
	if gaps := c.gapped(g); gaps != nil {
		out, _ := c.shiftGapped(r, gaps, n)
		return out
	}
	g = c.plain(g)
	whole := Month // an end at the start of one stays at one
	switch g {
	case Week, Day, Hour, Minute, Second, Millisecond, FiscalWeek:
		return Range{c.Add(r.From, g, n), c.Add(r.To, g, n)}
	case FiscalMonth, FiscalQuarter, FiscalYear:
		whole = g
	}
	out := Range{From: c.Add(r.From, g, n)}
	if c.isStart(r.To, Day) && !c.isStart(r.To, whole) {
		out.To = c.Add(c.Add(c.Add(r.To, Day, -1), g, n), Day, 1)
	} else {
		out.To = c.Add(r.To, g, n)
	}
	return out
}

// Move is Shift that fails, with an Invalid fault, where the grain has no
// period so far away.
func (c Calendar) Move(r Range, g Grain, n int) (Range, error) {
	gaps := c.gapped(g)
	if gaps == nil {
		return c.Shift(r, g, n), nil
	}
	out, ok := c.shiftGapped(r, gaps, n)
	if !ok {
		return out, c.noPeriod(g)
	}
	return out, nil
}

func (c Calendar) noPeriod(g Grain) error {
	return fault.New(fault.Invalid, "no_such_period", text.Text{
		ZH: "日历里没有所需的 {grain}，请补充它的周期或换一个时间范围",
		EN: "the calendar has no {grain} there; add periods to it or ask for another range"}, "grain", g)
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

// Previous is Earlier for a comparison without a holiday.
func (c Calendar) Previous(r Range, to, align string) (Range, error) {
	return c.Earlier(r, Comparison{To: to, Align: align})
}

func (c Calendar) previousPeriod(r Range) Range {
	for _, g := range []Grain{Year, Quarter, Month, FiscalYear, FiscalQuarter, FiscalMonth, Week, FiscalWeek} {
		if n := c.whole(r, g); n > 0 {
			return c.Shift(r, g, -n)
		}
	}
	for _, g := range []Grain{Month, Quarter, Year, FiscalMonth, FiscalQuarter, FiscalYear} {
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
