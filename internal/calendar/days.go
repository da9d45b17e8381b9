package calendar

import (
	"slices"
	"strings"
	"time"

	"lodestar/internal/fault"
	"lodestar/internal/text"
)

// Grains of single days, with gaps in between.
const (
	WorkingDay Grain = "working_day"
	TradingDay Grain = "trading_day"
)

// DayKind says what is special about a day.
type DayKind string

// The kinds.
const (
	Holiday  DayKind = "holiday"  // off, whatever day of the week it is
	Workday  DayKind = "workday"  // worked, though it is a weekend: a make-up day
	Festival DayKind = "festival" // the date of a festival, in years of which no days off are known
)

// SpecialDay is a holiday, a make-up working day or the date of a festival.
type SpecialDay struct {
	Date time.Time // midnight in UTC
	Kind DayKind
	ID   string // spring_festival; the same for all days of a holiday, in every year
	Name text.Text
	Main bool // the day from which "same day relative to the holiday" counts; else the first of its days
}

// Days says which days are worked and traded. It is immutable; nil is Monday
// to Friday without holidays.
type Days struct {
	week    [7]bool
	trade   [7]bool
	byDate  map[time.Time]SpecialDay
	closed  map[time.Time]bool
	open    map[time.Time]bool
	noHolid bool // trading goes on during holidays
	mains   map[string][]time.Time
	names   map[string]text.Text
}

// DayRules are what NewDays makes Days of.
type DayRules struct {
	Week    []time.Weekday // worked; nil for Monday to Friday
	Special []SpecialDay

	// Trading days are those of TradeWeek that are no holidays. Make-up days do
	// not add any: exchanges stay closed on weekends.
	TradeWeek    []time.Weekday // nil for Week
	Closed, Open []time.Time    // exceptions, as midnights in UTC
	OnHolidays   bool           // open on holidays too, as shops are
}

// NewDays makes Days. The same date twice keeps the later entry; a festival
// never replaces a holiday.
func NewDays(r DayRules) *Days {
	if r.Week == nil {
		r.Week = []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday}
	}
	if r.TradeWeek == nil {
		r.TradeWeek = r.Week
	}
	d := &Days{byDate: map[time.Time]SpecialDay{}, closed: setOf(r.Closed), open: setOf(r.Open), noHolid: r.OnHolidays,
		mains: map[string][]time.Time{}, names: map[string]text.Text{}}
	for _, w := range r.Week {
		d.week[w] = true
	}
	for _, w := range r.TradeWeek {
		d.trade[w] = true
	}
	for _, s := range r.Special {
		if s.ID != "" {
			d.names[s.ID] = s.Name
		}
		if s.Kind != Festival {
			d.byDate[s.Date] = s
		}
	}
	d.findMains(r.Special)
	return d
}

// findMains keeps one day for each time a holiday comes round: the one marked
// as main, or else the first of days not more than two months apart.
func (d *Days) findMains(special []SpecialDay) {
	list := slices.DeleteFunc(slices.Clone(special), func(s SpecialDay) bool { return s.ID == "" || s.Kind == Workday })
	slices.SortStableFunc(list, func(a, b SpecialDay) int { return a.Date.Compare(b.Date) })
	marked := map[string]bool{}
	const near = 60 * 24 * time.Hour
	for _, s := range list {
		have := d.mains[s.ID]
		n := len(have)
		switch {
		case n == 0 || s.Date.Sub(have[n-1]) > near:
			d.mains[s.ID] = append(have, s.Date)
			marked[s.ID] = s.Main
		case s.Main && !marked[s.ID]:
			have[n-1] = s.Date
			marked[s.ID] = true
		}
	}
}

func setOf(days []time.Time) map[time.Time]bool {
	out := make(map[time.Time]bool, len(days))
	for _, d := range days {
		out[d] = true
	}
	return out
}

func (d *Days) working(day time.Time) bool {
	if d == nil {
		return day.Weekday() != time.Saturday && day.Weekday() != time.Sunday
	}
	if s, ok := d.byDate[day]; ok {
		return s.Kind == Workday
	}
	return d.week[day.Weekday()]
}

func (d *Days) trading(day time.Time) bool {
	if d == nil {
		return d.working(day)
	}
	if d.open[day] || d.closed[day] {
		return d.open[day]
	}
	if s, ok := d.byDate[day]; ok && s.Kind == Holiday && !d.noHolid {
		return false
	}
	return d.trade[day.Weekday()]
}

// dayOf is the local date of an instant as midnight in UTC.
func (c Calendar) dayOf(t time.Time) time.Time { return c.floor(Civil(t, c.zone()), Day) }

// IsWorkingDay reports whether people work on the day of an instant.
func (c Calendar) IsWorkingDay(t time.Time) bool { return c.Days.working(c.dayOf(t)) }

// IsTradingDay reports whether the day of an instant is one of business.
func (c Calendar) IsTradingDay(t time.Time) bool { return c.Days.trading(c.dayOf(t)) }

// Special gives what is special about the day of an instant.
func (c Calendar) Special(t time.Time) (SpecialDay, bool) {
	if c.Days == nil {
		return SpecialDay{}, false
	}
	s, ok := c.Days.byDate[c.dayOf(t)]
	return s, ok
}

// WorkingDays counts the working days that begin in a range.
func (c Calendar) WorkingDays(r Range) int { return c.countDays(r, WorkingDay) }

// TradingDays counts the trading days that begin in a range.
func (c Calendar) TradingDays(r Range) int { return c.countDays(r, TradingDay) }

func (c Calendar) countDays(r Range, g Grain) int {
	n := 0
	for _, day := range c.Periods(r, g) {
		if !day.Before(r.From) {
			n++
		}
	}
	return n
}

// AddWorkingDays is the start of the n-th working day after the day of t, or
// before it when n is negative. With 0 it is the day itself when worked, else
// the next working day.
func (c Calendar) AddWorkingDays(t time.Time, n int) time.Time {
	g := dayGrain{c.Days, (*Days).working}
	day := c.dayOf(t)
	if n == 0 && !g.is(g.days, day) {
		n = 1
	}
	s, ok := g.move(day, n)
	if !ok {
		return t
	}
	return first(s.From, c.zone())
}

// Holidays lists the names by which days can be related to a holiday.
func (c Calendar) Holidays() []string {
	if c.Days == nil {
		return nil
	}
	out := make([]string, 0, len(c.Days.mains))
	for id := range c.Days.mains {
		out = append(out, id)
	}
	slices.Sort(out)
	return out
}

// HolidayNear gives the day of a holiday, of all times that it comes round,
// that is nearest to a range, and the one before that. Days are midnights in
// UTC. Faults: Invalid for a holiday that the calendar does not have, or whose
// date in the year before it does not know.
func (c Calendar) HolidayNear(r Range, id string) (day, before time.Time, err error) {
	var list []time.Time
	if c.Days != nil {
		list = c.Days.mains[id]
	}
	if len(list) == 0 {
		return day, before, fault.New(fault.Invalid, "unknown_holiday", text.Text{
			ZH: "日历里没有名为 {name} 的节日，可用的有 {all}", EN: "the calendar has no holiday {name}; there are {all}"},
			"name", id, "all", strings.Join(c.Holidays(), ", "))
	}
	from, to := c.dayOf(r.From), c.dayOf(r.To.Add(-1))
	best, at := time.Duration(1<<62), 0
	for i, d := range list {
		away := max(from.Sub(d), d.Sub(to), 0)
		if away < best {
			best, at = away, i
		}
	}
	const most = 370 * 24 * time.Hour // a range must not be set against a holiday of another decade
	if at == 0 || best > most {
		return day, before, fault.New(fault.Invalid, "holiday_year_unknown", text.Text{
			ZH: "日历不知道这段时间及上一年 {name} 的日期，请在日历的 holidays 中补充",
			EN: "the calendar does not know when {name} is around this time and in the year before; add it to the calendar's holidays"},
			"name", id)
	}
	return list[at], list[at-1], nil
}

// dayGrain is a grain of those single days for which is holds.
type dayGrain struct {
	days *Days
	is   func(*Days, time.Time) bool
}

// mostRest bounds the days off in a row; a calendar with more has no next day.
const mostRest = 400

func (g dayGrain) find(civil time.Time) (Span, bool) {
	day := civil.Truncate(24 * time.Hour)
	if g.is(g.days, day) {
		return Span{From: day, To: day.AddDate(0, 0, 1)}, true
	}
	gap := beyond(civil)
	if s, ok := g.walk(day, -1); ok {
		gap.From = s.To
	}
	if s, ok := g.walk(day, 1); ok {
		gap.To = s.From
	}
	return gap, false
}

func (g dayGrain) walk(day time.Time, step int) (Span, bool) {
	for range mostRest {
		day = day.AddDate(0, 0, step)
		if g.is(g.days, day) {
			return Span{From: day, To: day.AddDate(0, 0, 1)}, true
		}
	}
	return Span{}, false
}

func (g dayGrain) move(civil time.Time, n int) (Span, bool) {
	day := civil.Truncate(24 * time.Hour)
	s, ok := Span{From: day, To: day.AddDate(0, 0, 1)}, g.is(g.days, day)
	step := 1
	if n < 0 {
		step, n = -1, -n
	}
	for range n {
		if s, ok = g.walk(s.From, step); !ok {
			return s, false
		}
	}
	return s, ok
}
