package calendar_test

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"lodestar/internal/calendar"
	"lodestar/internal/fault"
	"lodestar/internal/text"
)

func china(tb testing.TB) calendar.Calendar {
	tb.Helper()
	days, ok := calendar.HolidaySet("china")
	if !ok {
		tb.Fatal("no holidays of China")
	}
	c := calendar.New(zone(tb, "Asia/Shanghai"))
	c.Days = calendar.NewDays(calendar.DayRules{Special: days})
	return c
}

// TestChinaNotices counts the days off and the make-up days of each notice, and
// the working days of each year: those that the notice leaves.
func TestChinaNotices(t *testing.T) {
	t.Parallel()
	c := china(t)
	for _, y := range []struct {
		year                   string
		off, makeUp, worked    int
		offDays, workedWeekend string
	}{
		// 2024: 1+8+3+5+1+3+7 days off; 251 working days. 2025: 1+8+3+5+3+8; 248. 2026: 3+9+3+5+3+3+7; 248.
		{"2024", 28, 8, 251, "01-01 02-10 02-17 04-04 04-06 05-01 05-05 06-10 09-15 09-17 10-01 10-07", "02-04 02-18 04-07 04-28 05-11 09-14 09-29 10-12"},
		{"2025", 28, 5, 248, "01-01 01-28 02-04 04-04 05-05 06-02 10-01 10-08", "01-26 02-08 04-27 09-28 10-11"},
		{"2026", 33, 6, 248, "01-01 01-03 02-15 02-23 04-06 05-05 06-19 09-27 10-07", "01-04 02-14 02-28 05-09 09-20 10-10"},
	} {
		first := at(t, c.Zone, y.year+"-01-01")
		whole := c.Period(first, calendar.Year)
		off, makeUp := 0, 0
		for _, d := range c.Periods(whole, calendar.Day) {
			s, special := c.Special(d)
			switch {
			case special && s.Kind == calendar.Holiday:
				off++
			case special:
				makeUp++
				if wd := d.Weekday(); wd != time.Saturday && wd != time.Sunday {
					t.Errorf("%s is worked, but a %s", d, wd)
				}
			}
		}
		if off != y.off || makeUp != y.makeUp || c.WorkingDays(whole) != y.worked {
			t.Errorf("%s: %d off, %d made up, %d worked", y.year, off, makeUp, c.WorkingDays(whole))
		}
		for _, d := range strings.Fields(y.offDays) {
			if c.IsWorkingDay(at(t, c.Zone, y.year+"-"+d)) {
				t.Errorf("%s-%s is worked", y.year, d)
			}
		}
		for _, d := range strings.Fields(y.workedWeekend) {
			if v := at(t, c.Zone, y.year+"-"+d); !c.IsWorkingDay(v) || c.IsTradingDay(v) {
				t.Errorf("%s-%s: worked %v, traded %v", y.year, d, c.IsWorkingDay(v), c.IsTradingDay(v))
			}
		}
	}
}

func TestHolidaySetsRead(t *testing.T) {
	t.Parallel()
	for _, name := range calendar.HolidaySets() {
		if days, ok := calendar.HolidaySet(name); !ok || len(days) == 0 {
			t.Errorf("%s: nothing", name)
		}
	}
	if _, ok := calendar.HolidaySet("../china"); ok {
		t.Error("a path was read")
	}
}

func TestWorkingDayArithmetic(t *testing.T) {
	t.Parallel()
	c := china(t)
	for _, tt := range []struct {
		at   string
		n    int
		want string
	}{
		{"2026-02-13", 1, "2026-02-14"},  // Saturday, made up
		{"2026-02-14", 1, "2026-02-24"},  // over nine days off
		{"2026-02-24", -1, "2026-02-14"}, //
		{"2026-02-18", 0, "2026-02-24"},
		{"2026-02-13", 0, "2026-02-13"},
		{"2026-02-18", -1, "2026-02-14"},
		{"2026-02-27", 2, "2026-03-02"},
		{"2025-09-30", 2, "2025-10-10"},
		{"2025-09-30", 3, "2025-10-11"},
	} {
		if got := c.AddWorkingDays(at(t, c.Zone, tt.at), tt.n); show(got)[:10] != tt.want {
			t.Errorf("%s + %d: %s, want %s", tt.at, tt.n, show(got), tt.want)
		}
	}
	var plain calendar.Calendar // no holidays: Monday to Friday
	if got := plain.AddWorkingDays(at(t, time.UTC, "2026-02-13"), 1); show(got)[:10] != "2026-02-16" {
		t.Errorf("without holidays: %s", got)
	}
	got, err := c.Relative(calendar.Relative{Last: "3 working_days"}, at(t, c.Zone, "2026-02-25 09:00"))
	if err != nil || show(got.Range.From)[:10] != "2026-02-13" || show(got.Range.To)[:10] != "2026-02-25" {
		t.Errorf("last 3 working days: %v %v", got.Range, err)
	}
	if n := c.WorkingDays(got.Range); n != 3 {
		t.Errorf("%d working days", n)
	}
	if _, err := c.Relative(calendar.Relative{This: calendar.WorkingDay}, at(t, c.Zone, "2026-02-17 09:00")); !fault.Is(err, fault.Invalid) {
		t.Errorf("this working day, on a holiday: %v", err)
	}
}

func TestEarlierByDaysAndHolidays(t *testing.T) {
	t.Parallel()
	c := china(t)
	for _, tt := range []struct{ from, to, compare, align, holiday, wantFrom, wantTo string }{
		// From a week before Spring Festival to a week after.
		{"2026-02-10", "2026-02-24", "previous_year", "holiday", "spring_festival", "2025-01-22", "2025-02-05"},
		{"2025-01-22", "2025-02-05", "previous_year", "holiday", "spring_festival", "2024-02-03", "2024-02-17"},
		{"2026-09-20", "2026-09-26", "previous_year", "holiday", "mid_autumn", "2025-10-01", "2025-10-07"},
		// March 2026 up to the 10th has 7 working days; so has February up to the 10th.
		{"2026-03-01", "2026-03-11", "previous_month", "working_day", "", "2026-02-01", "2026-02-11"},
		{"2026-03-01", "2026-03-24", "previous_month", "working_day", "", "2026-02-01", "2026-03-01"}, // the 16th is the 28th, made up
		{"2026-03-01", "2026-03-24", "previous_period", "working_day", "", "2026-02-01", "2026-03-01"},
		{"2026-03-01", "2026-04-01", "previous_month", "working_day", "", "2026-02-01", "2026-03-01"},
		{"2026-03-02", "2026-03-03", "previous_year", "working_day", "", "2025-03-03", "2025-03-04"},
		{"2026-02-24", "2026-02-25", "previous_month", "working_day", "", "2026-01-19", "2026-01-20"}, // the 12th
	} {
		got, err := c.Earlier(calendar.Range{From: at(t, c.Zone, tt.from), To: at(t, c.Zone, tt.to)},
			calendar.Comparison{To: tt.compare, Align: tt.align, Holiday: tt.holiday})
		if err != nil || show(got.From)[:10] != tt.wantFrom || show(got.To)[:10] != tt.wantTo {
			t.Errorf("%+v: %s – %s %v", tt, show(got.From), show(got.To), err)
		}
	}
	r := calendar.Range{From: at(t, c.Zone, "2026-02-10"), To: at(t, c.Zone, "2026-02-11")}
	for _, bad := range []calendar.Comparison{
		{To: "previous_year", Align: "holiday"}, {To: "previous_year", Align: "holiday", Holiday: "easter"},
		{To: "previous_month", Align: "holiday", Holiday: "spring_festival"}, {To: "previous_year", Holiday: "spring_festival"},
		{To: "previous_week", Align: "working_day"}, {To: "previous_decade"},
	} {
		if _, err := c.Earlier(r, bad); !fault.Is(err, fault.Invalid) {
			t.Errorf("%+v: %v", bad, err)
		}
	}
	old := calendar.Range{From: at(t, c.Zone, "2012-02-10"), To: at(t, c.Zone, "2012-02-11")}
	if _, err := c.Earlier(old, calendar.Comparison{To: "previous_year", Align: "holiday", Holiday: "spring_festival"}); !fault.Is(err, fault.Invalid) {
		t.Errorf("a year without dates: %v", err)
	}
}

// TestTradingDays: closed on make-up days; a shop that opens on holidays.
func TestTradingDays(t *testing.T) {
	t.Parallel()
	days, _ := calendar.HolidaySet("china")
	day := func(s string) time.Time { return at(t, time.UTC, s) }
	shop := calendar.New(time.UTC)
	shop.Days = calendar.NewDays(calendar.DayRules{Special: days, TradeWeek: []time.Weekday{0, 1, 2, 3, 4, 5, 6}, OnHolidays: true,
		Closed: []time.Time{day("2026-02-17")}, Open: []time.Time{day("2026-02-18")}})
	if n := shop.TradingDays(shop.Period(day("2026-06-01"), calendar.Year)); n != 364 {
		t.Errorf("open on %d days", n)
	}
	exchange := china(t)
	if n := exchange.TradingDays(exchange.Period(at(t, exchange.Zone, "2024-06-01"), calendar.Year)); n != 243 {
		t.Errorf("traded on %d days", n) // working days less 8 made up
	}
	if got := exchange.Label(at(t, exchange.Zone, "2024-02-19 10:00"), calendar.TradingDay, text.ZH); got != "2024年2月19日" {
		t.Errorf("called %s", got)
	}
}

// TestGappedGrains: with their gaps, working days and named periods tile time;
// periods do not hold instants outside, and moving there and back comes home.
func TestGappedGrains(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		c := drawCalendar(rt, t)
		c.Days = china(t).Days
		g := calendar.WorkingDay
		if rapid.Bool().Draw(rt, "named") {
			g = "season"
			c = drawSpans(rt, t, c)
		}
		v := drawInstant(rt, c.Zone)
		start, next := c.Start(v, g), c.Next(v, g)
		if start.After(v) || !next.After(v) {
			rt.Fatalf("%s lies not in [%s, %s)", v, start, next)
		}
		if !c.Start(next, g).Equal(next) || !c.Start(next.Add(-1), g).Equal(start) || c.In(v, g) != c.In(start, g) {
			rt.Fatalf("[%s, %s) is not one period or gap", start, next)
		}
		r := calendar.Range{From: v, To: v.AddDate(0, 0, 40)}
		list := c.Periods(r, g)
		for i, p := range list {
			if !c.In(p, g) || !c.Start(p, g).Equal(p) || !c.Next(p, g).After(r.From) || i > 0 && !list[i-1].Before(p) {
				rt.Fatalf("%v is not in order", list)
			}
		}
		if !c.In(v, g) {
			return
		}
		n := rapid.IntRange(-4, 4).Draw(rt, "n")
		p := c.Period(v, g)
		moved, err := c.Move(p, g, n)
		if err != nil {
			return
		}
		if home, err := c.Move(moved, g, -n); err != nil || home != p || !moved.From.Before(moved.To) {
			rt.Fatalf("%v by %d: %v and back %v %v", p, n, moved, home, err)
		}
	})
}

func drawSpans(rt *rapid.T, tb testing.TB, c calendar.Calendar) calendar.Calendar {
	var spans []calendar.Span
	from := time.Date(rapid.IntRange(1990, 2040).Draw(rt, "year"), 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range rapid.IntRange(1, 40).Draw(rt, "spans") {
		from = from.AddDate(0, 0, rapid.SampledFrom([]int{0, 0, 1, 7, 40}).Draw(rt, "gap"))
		to := from.AddDate(0, 0, rapid.IntRange(1, 200).Draw(rt, "days"))
		spans = append(spans, calendar.Span{From: from, To: to, Label: text.Same(string(rune('A' + i)))})
		from = to
	}
	rapid.Permutation(spans).Draw(rt, "order")
	out, err := c.With("season", spans)
	if err != nil {
		tb.Fatal(err)
	}
	if n := len(out.Spans("season")); n != len(spans) {
		rt.Fatalf("%d spans", n)
	}
	return out
}
