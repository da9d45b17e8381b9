package calendar

import (
	"slices"
	"strings"
	"time"

	"lodestar/internal/fault"
	"lodestar/internal/text"
)

// Comparison says which earlier range to set against a range.
type Comparison struct {
	To      string // previous_period, or previous_ and a grain of the calendar: previous_year
	Align   string // see Aligns; "" settles itself
	Holiday string // with Align "holiday": which
}

// Aligns lists how a range can find its counterpart:
//
//   - date: the same date, clamped to the end of a shorter month;
//   - weekday: the same day of the week, a month being 4 weeks and a year 52;
//   - fiscal: the same week and weekday of the fiscal month, quarter or year;
//   - working_day: the n-th working day of the month;
//   - trading_day: the n-th trading day of the month;
//   - holiday: as many days before or after a holiday, such as Spring Festival.
func Aligns() []string {
	return []string{"date", "weekday", "fiscal", "working_day", "trading_day", "holiday"}
}

// Earlier gives the range to compare with; align "" is as for Align.
//
// previous_period moves a range of exactly n whole years, quarters, months,
// fiscal periods or weeks by n of them; a range from the start of a month,
// quarter or year that ends inside it moves to the same part of the one before;
// n whole days move by n days; anything else by its own length. When the grain
// is known, as for relative time, Shift says it more exactly. Faults: Invalid
// for words that do not exist or do not go together, for a period before the
// first, and for a holiday whose earlier date is not known.
func (c Calendar) Earlier(r Range, how Comparison) (Range, error) {
	if how.Align != "" && !slices.Contains(Aligns(), how.Align) {
		return Range{}, fault.New(fault.Invalid, "unknown_align", text.Text{
			ZH: "对齐方式 {align} 不存在，可用的有 {all}", EN: "no alignment {align}; there are {all}"},
			"align", how.Align, "all", strings.Join(Aligns(), ", "))
	}
	if how.Holiday != "" && how.Align != "holiday" {
		return Range{}, fault.New(fault.Invalid, "holiday_needs_align", text.Text{
			ZH: "写了 holiday 时，align 须为 holiday", EN: "holiday goes with align: holiday"})
	}
	g, err := c.comparedGrain(how)
	if err != nil {
		return Range{}, err
	}
	switch how.Align {
	case "holiday":
		return c.earlierByHoliday(r, g, how)
	case "working_day", "trading_day":
		return c.earlierByDays(r, g, Grain(how.Align), how)
	case "fiscal":
		if g == "" {
			return c.earlierFiscal(r), nil
		}
		return c.Move(r, fiscalOf(g), -1)
	}
	weekday := how.Align == "weekday" || g != "" && c.Align(r, how.Align) == "weekday"
	switch {
	case g == "" && weekday:
		return c.Shift(r, Week, -max(1, (c.days(r)+6)/7)), nil
	case g == "":
		return c.previousPeriod(r), nil
	case weekday && weeksOf(g) > 0:
		return c.Shift(r, Week, -weeksOf(g)), nil
	}
	return c.Move(r, g, -1)
}

// comparedGrain reads the word after previous_; "" is for previous_period.
func (c Calendar) comparedGrain(how Comparison) (Grain, error) {
	word, ok := strings.CutPrefix(how.To, "previous_")
	if ok && word == "period" {
		return "", nil
	}
	if ok && slices.Contains(c.GrainNames(), Grain(word)) {
		return Grain(word), nil
	}
	return "", fault.New(fault.Invalid, "unknown_comparison", text.Text{
		ZH: "没有名为 {to} 的对比期，可用的有 previous_period，或 previous_ 加时间粒度，例如 previous_week、previous_month、previous_year",
		EN: "no comparison {to}; there are previous_period, and previous_ with a grain such as previous_week, previous_month and previous_year"}, "to", how.To)
}

// weeksOf is how many weeks stand for a grain when weekdays are kept.
func weeksOf(g Grain) int {
	switch g {
	case Month:
		return 4
	case Quarter:
		return 13
	case Year:
		return 52
	}
	return 0
}

func fiscalOf(g Grain) Grain {
	switch g {
	case Week:
		return FiscalWeek
	case Month:
		return FiscalMonth
	case Quarter:
		return FiscalQuarter
	case Year:
		return FiscalYear
	}
	return g
}

func (c Calendar) earlierFiscal(r Range) Range {
	for _, g := range []Grain{FiscalYear, FiscalQuarter, FiscalMonth, FiscalWeek} {
		if n := c.whole(r, g); n > 0 {
			return c.Shift(r, g, -n)
		}
	}
	for _, g := range []Grain{FiscalMonth, FiscalQuarter, FiscalYear} {
		if !r.To.After(c.Next(r.From, g)) {
			return c.Shift(r, g, -1)
		}
	}
	return c.Shift(r, Week, -max(1, (c.days(r)+6)/7))
}

func goesNot(how Comparison) error {
	return fault.New(fault.Invalid, "align_mismatch", text.Text{
		ZH: "对齐方式 {align} 不能用于 {to}", EN: "the alignment {align} does not go with {to}"}, "align", how.Align, "to", how.To)
}

func (c Calendar) earlierByHoliday(r Range, g Grain, how Comparison) (Range, error) {
	if g != Year && g != FiscalYear {
		return Range{}, goesNot(how)
	}
	day, before, err := c.HolidayNear(r, how.Holiday)
	if err != nil {
		return Range{}, err
	}
	return c.Shift(r, Day, -int(day.Sub(before)/(24*time.Hour))), nil
}

// earlierByDays counts working or trading days in months: an end of the range
// that has n of them before it in its month comes to where n of them are over
// in the earlier month, and the range begins with the day after that is one.
func (c Calendar) earlierByDays(r Range, g, kind Grain, how Comparison) (Range, error) {
	months := map[Grain]int{Month: 1, Quarter: 3, Year: 12}[c.plain(g)]
	if g == "" {
		if n := c.whole(r, Month); n > 0 {
			return c.Shift(r, Month, -n), nil
		}
		if !r.To.After(c.Next(r.From, Month)) {
			months = 1
		} else {
			n := max(1, c.countDays(r, kind))
			return c.Move(r, kind, -n)
		}
	}
	if months == 0 {
		return Range{}, goesNot(how)
	}
	return Range{c.sameDayNumber(r.From, kind, months, true), c.sameDayNumber(r.To, kind, months, false)}, nil
}

func (c Calendar) sameDayNumber(t time.Time, kind Grain, months int, begins bool) time.Time {
	if c.isStart(t, Month) {
		return c.Add(t, Month, -months)
	}
	zone := c.zone()
	start := c.Start(t, Month)
	day := c.Start(t, Day)
	n := c.countDays(Range{start, day}, kind)
	earlier := c.Period(c.Add(start, Month, -months), Month)
	days := c.Periods(earlier, kind)
	if inside := t.Sub(day); inside > 0 { // part of a day: the same clock on the day of the same number
		if n >= len(days) {
			return earlier.To
		}
		return Resolve(c.floor(Civil(days[n], zone), Day).Add(Civil(t, zone).Sub(c.floor(Civil(t, zone), Day))), zone)
	}
	switch {
	case begins && n < len(days):
		return days[n]
	case begins || n > len(days):
		return earlier.To
	case n == 0:
		return earlier.From
	}
	return c.Next(days[n-1], Day)
}
