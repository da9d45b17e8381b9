package calendar_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"lodestar/internal/calendar"
	"lodestar/internal/fault"
	"lodestar/internal/text"
)

// retail is the 4-5-4 calendar that American retailers publish.
func retail(z *time.Location) calendar.Calendar {
	c := calendar.Calendar{Zone: z, WeekStart: time.Monday}
	c.Fiscal = calendar.Fiscal{Pattern: "454", Month: time.January, Weekday: time.Saturday, Nearest: true, NamedByStart: true}
	return c
}

// TestRetailYears holds years against the dates that the National Retail
// Federation publishes; 2006, 2012, 2017 and 2023 had 53 weeks.
func TestRetailYears(t *testing.T) {
	t.Parallel()
	c := retail(time.UTC)
	for _, y := range []struct {
		name, from string
		weeks      int
	}{
		{"FY2006", "2006-01-29", 53}, {"FY2007", "2007-02-04", 52}, {"FY2011", "2011-01-30", 52}, {"FY2012", "2012-01-29", 53},
		{"FY2013", "2013-02-03", 52}, {"FY2016", "2016-01-31", 52}, {"FY2017", "2017-01-29", 53}, {"FY2018", "2018-02-04", 52},
		{"FY2019", "2019-02-03", 52}, {"FY2020", "2020-02-02", 52}, {"FY2021", "2021-01-31", 52}, {"FY2022", "2022-01-30", 52},
		{"FY2023", "2023-01-29", 53}, {"FY2024", "2024-02-04", 52}, {"FY2025", "2025-02-02", 52}, {"FY2026", "2026-02-01", 52},
	} {
		from := at(t, time.UTC, y.from)
		p := c.Period(from.AddDate(0, 0, 100), calendar.FiscalYear)
		if !p.From.Equal(from) || len(c.Periods(p, calendar.FiscalWeek)) != y.weeks || c.Label(from, calendar.FiscalYear, text.EN) != y.name {
			t.Errorf("%s: %s – %s, %d weeks, called %s", y.name, show(p.From), show(p.To), len(c.Periods(p, calendar.FiscalWeek)), c.Label(from, calendar.FiscalYear, text.EN))
		}
	}
	// Months of 2024: February to January, 4-5-4 weeks each quarter.
	var months []string
	for _, m := range c.Periods(c.Period(at(t, time.UTC, "2024-06-01"), calendar.FiscalYear), calendar.FiscalMonth) {
		months = append(months, m.Format("01-02"))
	}
	want := []string{"02-04", "03-03", "04-07", "05-05", "06-02", "07-07", "08-04", "09-01", "10-06", "11-03", "12-01", "01-05"}
	for i := range want {
		if len(months) != 12 || months[i] != want[i] {
			t.Fatalf("months of 2024 begin %v, want %v", months, want)
		}
	}
	// January 2023 is the month of five weeks that took the 53rd.
	if p := c.Period(at(t, time.UTC, "2024-02-01"), calendar.FiscalMonth); show(p.From)[:10] != "2023-12-31" || show(p.To)[:10] != "2024-02-04" {
		t.Errorf("the last month of 2023: %v", p)
	}
	if got := c.Label(at(t, time.UTC, "2024-02-01"), calendar.FiscalWeek, text.ZH); got != "2023财年第53周" {
		t.Errorf("called %s", got)
	}
}

// TestSeptemberYears: a year that ends on the last Saturday of September, as
// Apple's does; 2017 and 2023 had 53 weeks.
func TestSeptemberYears(t *testing.T) {
	t.Parallel()
	c := calendar.Calendar{Zone: time.UTC, Fiscal: calendar.Fiscal{Pattern: "544", Month: time.September, Weekday: time.Saturday}}
	for name, want := range map[string][2]string{"FY2017": {"2016-09-25", "2017-10-01"}, "FY2022": {"2021-09-26", "2022-09-25"},
		"FY2023": {"2022-09-25", "2023-10-01"}, "FY2024": {"2023-10-01", "2024-09-29"}, "FY2025": {"2024-09-29", "2025-09-28"}} {
		p := c.Period(at(t, time.UTC, want[0]), calendar.FiscalYear)
		if show(p.From)[:10] != want[0] || show(p.To)[:10] != want[1] || c.Label(p.From, calendar.FiscalYear, text.EN) != name {
			t.Errorf("%s: %s – %s, %s", name, show(p.From), show(p.To), c.Label(p.From, calendar.FiscalYear, text.EN))
		}
	}
}

func TestSameFiscalWeek(t *testing.T) {
	t.Parallel()
	c := retail(time.UTC)
	for _, tt := range []struct{ from, to, compare, align, wantFrom, wantTo string }{
		{"2025-02-02", "2025-03-02", "previous_year", "fiscal", "2024-02-04", "2024-03-03"},
		{"2025-02-09", "2025-02-10", "previous_fiscal_year", "", "2024-02-11", "2024-02-12"},
		{"2024-02-04", "2025-02-02", "previous_year", "fiscal", "2023-01-29", "2024-02-04"},
		{"2024-01-28", "2024-02-04", "previous_fiscal_year", "", "2023-01-22", "2023-01-29"}, // week 53 looks at week 52
		{"2025-03-02", "2025-03-16", "previous_month", "fiscal", "2025-02-02", "2025-02-16"},
		{"2025-02-02", "2025-05-04", "previous_period", "fiscal", "2024-11-03", "2025-02-02"},
		{"2025-02-02", "2025-05-04", "previous_period", "", "2024-11-03", "2025-02-02"},
		{"2025-02-09", "2025-02-16", "previous_week", "fiscal", "2025-02-02", "2025-02-09"},
	} {
		got, err := c.Earlier(calendar.Range{From: at(t, time.UTC, tt.from), To: at(t, time.UTC, tt.to)}, calendar.Comparison{To: tt.compare, Align: tt.align})
		if err != nil || show(got.From)[:10] != tt.wantFrom || show(got.To)[:10] != tt.wantTo {
			t.Errorf("%+v: %s – %s %v", tt, show(got.From), show(got.To), err)
		}
	}
}

func TestParseYearEnd(t *testing.T) {
	t.Parallel()
	nearest, day, month, err := calendar.ParseYearEnd(" Nearest saturday  of January")
	if err != nil || !nearest || day != time.Saturday || month != time.January {
		t.Errorf("%v %v %v %v", nearest, day, month, err)
	}
	for _, s := range []string{"", "saturday", "first saturday of may", "last caturday of may", "last friday in may", "last friday of mai"} {
		if _, _, _, err := calendar.ParseYearEnd(s); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", s, err)
		}
	}
}

func drawFiscal(t *rapid.T) calendar.Fiscal {
	return calendar.Fiscal{
		Pattern:      rapid.SampledFrom(calendar.Patterns()).Draw(t, "pattern"),
		Month:        time.Month(rapid.IntRange(1, 12).Draw(t, "month")),
		Weekday:      time.Weekday(rapid.IntRange(0, 6).Draw(t, "weekday")),
		Nearest:      rapid.Bool().Draw(t, "nearest"),
		NamedByStart: rapid.Bool().Draw(t, "by start"),
	}
}

// TestFiscalPeriods: fiscal periods tile time in any zone, years have 52 or 53
// weeks and end as the rule says, months have the weeks of the pattern, and
// going on and back comes home but from week 53.
func TestFiscalPeriods(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		c := drawCalendar(rt, t)
		if c.Zone.String() == "Pacific/Apia" {
			rt.Skip("a day is missing there")
		}
		c.Fiscal = drawFiscal(rt)
		g := rapid.SampledFrom(calendar.FiscalGrains()).Draw(rt, "grain")
		v := drawInstant(rt, c.Zone)
		p := c.Period(v, g)
		if p.From.After(v) || !p.To.After(v) || !c.Start(p.To, g).Equal(p.To) || !c.Start(p.To.Add(-1), g).Equal(p.From) {
			rt.Fatalf("%s lies not in %v", v, p)
		}
		year := c.Period(v, calendar.FiscalYear)
		weeks := len(c.Periods(year, calendar.FiscalWeek))
		if weeks != 52 && weeks != 53 {
			rt.Fatalf("a year of %d weeks", weeks)
		}
		last := calendar.Civil(year.To.Add(-time.Second), c.Zone)
		end := time.Date(last.Year(), c.Fiscal.Month+1, 0, 0, 0, 0, 0, time.UTC)
		if away := last.Truncate(24 * time.Hour).Sub(end); last.Weekday() != c.Fiscal.Weekday ||
			c.Fiscal.Nearest && away.Abs() > 3*24*time.Hour && away.Abs() < 300*24*time.Hour ||
			!c.Fiscal.Nearest && (last.Month() != c.Fiscal.Month || end.Sub(last) >= 7*24*time.Hour) {
			rt.Fatalf("a year ends %s", last)
		}
		months := c.Periods(year, calendar.FiscalMonth)
		for i, m := range months {
			n := len(c.Periods(c.Period(m, calendar.FiscalMonth), calendar.FiscalWeek))
			want := int(c.Fiscal.Pattern[i%3] - '0')
			if i == 11 {
				want += weeks - 52
			}
			if n != want {
				rt.Fatalf("month %d has %d weeks", i+1, n)
			}
		}
		if len(months) != 12 || len(c.Periods(year, calendar.FiscalQuarter)) != 4 {
			rt.Fatalf("%d months", len(months))
		}
		n := rapid.IntRange(-30, 30).Draw(rt, "n")
		if home := c.Add(c.Add(p.From, g, n), g, -n); !home.Equal(p.From) {
			rt.Fatalf("%d %s away and back: %s, from %s", n, g, home, p.From)
		}
		day := c.Start(v, calendar.Day)
		if !day.Before(year.From.AddDate(0, 0, 7*51)) {
			return // weeks 52 and 53 may be clamped
		}
		moved := c.Add(day, calendar.FiscalYear, n)
		if home := c.Add(moved, calendar.FiscalYear, -n); !home.Equal(day) || calendar.Civil(moved.Add(12*time.Hour), c.Zone).Weekday() != calendar.Civil(day.Add(12*time.Hour), c.Zone).Weekday() {
			rt.Fatalf("%d years away and back: %s by %s, from %s", n, home, moved, day)
		}
	})
}

// TestWithoutPattern: fiscal periods are then the plain ones.
func TestWithoutPattern(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		c := drawCalendar(rt, t)
		v := drawInstant(rt, c.Zone)
		for i, g := range calendar.FiscalGrains() {
			plain := []calendar.Grain{calendar.Week, calendar.Month, calendar.Quarter, calendar.Year}[i]
			if c.Period(v, g) != c.Period(v, plain) || c.Add(v, g, 3) != c.Add(v, plain, 3) || c.Label(v, g, text.EN) != c.Label(v, plain, text.EN) {
				rt.Fatalf("%s is not a %s", g, plain)
			}
		}
	})
}
