package calendar_test

import (
	"testing"
	"time"

	"lodestar/internal/calendar"
	"lodestar/internal/fault"
	"lodestar/internal/text"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// at reads a local time such as 2026-01-05 or 2026-01-05 08:30 -0500.
func at(t testing.TB, z *time.Location, s string) time.Time {
	t.Helper()
	for _, layout := range []string{"2006-01-02 15:04 -0700", "2006-01-02 15:04", "2006-01-02"} {
		if v, err := time.ParseInLocation(layout, s, z); err == nil {
			return v
		}
	}
	t.Fatalf("bad time %q", s)
	return time.Time{}
}

func show(v time.Time) string { return v.Format("2006-01-02 15:04 -0700") }

func TestStartAndNextAtClockChanges(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		zone, at    string
		grain       calendar.Grain
		start, next string
	}{
		// Spring forward in New York: the day has 23 hours, 02:00 does not exist.
		{"America/New_York", "2026-03-08 12:00 -0400", calendar.Day, "2026-03-08 00:00 -0500", "2026-03-09 00:00 -0400"},
		{"America/New_York", "2026-03-08 01:30 -0500", calendar.Hour, "2026-03-08 01:00 -0500", "2026-03-08 03:00 -0400"},
		// Fall back: 01:00 comes twice and is one hour of two.
		{"America/New_York", "2026-11-01 01:30 -0400", calendar.Hour, "2026-11-01 01:00 -0400", "2026-11-01 02:00 -0500"},
		{"America/New_York", "2026-11-01 01:30 -0500", calendar.Hour, "2026-11-01 01:00 -0400", "2026-11-01 02:00 -0500"},
		{"America/New_York", "2026-11-01 20:00 -0500", calendar.Day, "2026-11-01 00:00 -0400", "2026-11-02 00:00 -0500"},
		// Santiago skips midnight: the day begins at 01:00.
		{"America/Santiago", "2026-09-06 12:00 -0300", calendar.Day, "2026-09-06 01:00 -0300", "2026-09-07 00:00 -0300"},
		{"America/Santiago", "2026-09-05 12:00 -0400", calendar.Day, "2026-09-05 00:00 -0400", "2026-09-06 01:00 -0300"},
		// Lord Howe moves by half an hour.
		{"Australia/Lord_Howe", "2026-04-05 01:45 +1030", calendar.Hour, "2026-04-05 01:00 +1100", "2026-04-05 02:00 +1030"},
		{"Asia/Kolkata", "2026-01-05 10:20 +0530", calendar.Hour, "2026-01-05 10:00 +0530", "2026-01-05 11:00 +0530"},
		{"Asia/Shanghai", "2026-01-04 23:59 +0800", calendar.Week, "2025-12-29 00:00 +0800", "2026-01-05 00:00 +0800"},
		// Samoa never had 30 December 2011.
		{"Pacific/Apia", "2011-12-29 12:00 -1000", calendar.Day, "2011-12-29 00:00 -1000", "2011-12-31 00:00 +1400"},
	} {
		z := zone(t, tt.zone)
		c := calendar.New(z)
		v := at(t, z, tt.at)
		if got := show(c.Start(v, tt.grain)); got != tt.start {
			t.Errorf("%s %s: %s starts %s, want %s", tt.zone, tt.at, tt.grain, got, tt.start)
		}
		if got := show(c.Next(v, tt.grain)); got != tt.next {
			t.Errorf("%s %s: next %s is %s, want %s", tt.zone, tt.at, tt.grain, got, tt.next)
		}
	}
}

func TestCustoms(t *testing.T) {
	t.Parallel()
	c := calendar.Calendar{Zone: time.UTC, WeekStart: time.Sunday, YearStart: time.April}
	v := at(t, time.UTC, "2026-02-18")
	for g, want := range map[calendar.Grain]string{calendar.Week: "2026-02-15", calendar.Month: "2026-02-01",
		calendar.Quarter: "2026-01-01", calendar.Year: "2025-04-01"} {
		if got := c.Start(v, g).Format("2006-01-02"); got != want {
			t.Errorf("%s starts %s, want %s", g, got, want)
		}
	}
	var zero calendar.Calendar
	if got := zero.Start(v, calendar.Year); !got.Equal(at(t, time.UTC, "2026-01-01")) {
		t.Errorf("the zero calendar starts the year %s", got)
	}
}

func TestAdd(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		zone, at string
		grain    calendar.Grain
		n        int
		want     string
	}{
		{"UTC", "2026-01-31 10:00 +0000", calendar.Month, 1, "2026-02-28 10:00 +0000"},
		{"UTC", "2024-02-29 00:00 +0000", calendar.Year, 1, "2025-02-28 00:00 +0000"},
		{"UTC", "2026-03-31 00:00 +0000", calendar.Quarter, -1, "2025-12-31 00:00 +0000"},
		{"UTC", "2026-03-31 00:00 +0000", calendar.Month, -13, "2025-02-28 00:00 +0000"},
		{"America/New_York", "2026-03-07 12:00 -0500", calendar.Day, 1, "2026-03-08 12:00 -0400"},
		{"America/New_York", "2026-03-07 02:30 -0500", calendar.Day, 1, "2026-03-08 03:30 -0400"},
		{"America/New_York", "2026-03-08 01:00 -0500", calendar.Hour, 1, "2026-03-08 03:00 -0400"},
		{"America/Santiago", "2026-09-06 01:00 -0300", calendar.Day, 1, "2026-09-07 00:00 -0300"},
		{"America/Santiago", "2026-08-30 00:00 -0400", calendar.Week, 1, "2026-09-06 01:00 -0300"},
		{"America/New_York", "2026-11-01 01:30 -0500", calendar.Minute, 30, "2026-11-01 02:00 -0500"},
	} {
		z := zone(t, tt.zone)
		if got := show(calendar.New(z).Add(at(t, z, tt.at), tt.grain, tt.n)); got != tt.want {
			t.Errorf("%s + %d %s: %s, want %s", tt.at, tt.n, tt.grain, got, tt.want)
		}
	}
}

func TestResolve(t *testing.T) {
	t.Parallel()
	ny := zone(t, "America/New_York")
	for _, tt := range []struct{ civil, want string }{
		{"2026-03-08 02:30", "2026-03-08 03:30 -0400"}, // never shown: later
		{"2026-11-01 01:30", "2026-11-01 01:30 -0400"}, // shown twice: earlier
		{"2026-07-01 00:00", "2026-07-01 00:00 -0400"},
	} {
		civil := at(t, time.UTC, tt.civil)
		got := calendar.Resolve(civil, ny)
		if show(got) != tt.want {
			t.Errorf("%s: %s, want %s", tt.civil, show(got), tt.want)
		}
	}
	apia := zone(t, "Pacific/Apia")
	if got := show(calendar.Resolve(at(t, time.UTC, "2011-12-30 10:00"), apia)); got != "2011-12-31 10:00 +1400" {
		t.Errorf("a missing day: %s", got)
	}
}

func TestPrevious(t *testing.T) {
	t.Parallel()
	z := zone(t, "Asia/Shanghai")
	c := calendar.New(z)
	for _, tt := range []struct{ from, to, compare, align, wantFrom, wantTo string }{
		// whole periods
		{"2026-03-01", "2026-04-01", "previous_period", "", "2026-02-01", "2026-03-01"},
		{"2026-01-01", "2026-03-01", "previous_period", "", "2025-11-01", "2026-01-01"},
		{"2026-01-01", "2026-04-01", "previous_period", "", "2025-10-01", "2026-01-01"},
		{"2026-01-01", "2027-01-01", "previous_period", "", "2025-01-01", "2026-01-01"},
		{"2026-01-05", "2026-01-12", "previous_period", "", "2025-12-29", "2026-01-05"},
		{"2026-01-05", "2026-02-02", "previous_period", "", "2025-12-08", "2026-01-05"},
		// the part so far
		{"2026-03-01", "2026-03-11", "previous_period", "", "2026-02-01", "2026-02-11"},
		{"2026-03-01", "2026-03-31", "previous_period", "", "2026-02-01", "2026-03-01"},
		{"2026-03-01", "2026-03-11 15:30", "previous_period", "", "2026-02-01", "2026-02-11 15:30"},
		{"2026-03-01", "2026-03-30 15:30", "previous_period", "", "2026-02-01", "2026-02-28 15:30"},
		{"2026-04-01", "2026-05-21", "previous_period", "", "2026-01-01", "2026-02-21"},
		// days and anything else
		{"2026-03-03", "2026-03-13", "previous_period", "", "2026-02-21", "2026-03-03"},
		{"2026-03-03 08:00", "2026-03-03 10:00", "previous_period", "", "2026-03-03 06:00", "2026-03-03 08:00"},
		// named
		{"2026-03-01", "2026-04-01", "previous_year", "", "2025-03-01", "2025-04-01"},
		{"2024-02-01", "2024-03-01", "previous_year", "", "2023-02-01", "2023-03-01"},
		{"2025-02-01", "2025-03-01", "previous_year", "", "2024-02-01", "2024-03-01"},
		{"2026-03-10", "2026-03-31", "previous_month", "", "2026-02-10", "2026-03-01"},
		{"2026-03-04", "2026-03-05", "previous_week", "", "2026-02-25", "2026-02-26"},
		// whole weeks stay weeks when they move by months or years, unless told otherwise
		{"2026-10-26", "2026-11-16", "previous_year", "", "2025-10-27", "2025-11-17"},
		{"2026-10-26", "2026-11-16", "previous_month", "", "2026-09-28", "2026-10-19"},
		{"2026-10-26", "2026-11-16", "previous_year", "date", "2025-10-26", "2025-11-16"},
		// same weekday
		{"2026-03-04", "2026-03-05", "previous_year", "weekday", "2025-03-05", "2025-03-06"},
		{"2026-03-04", "2026-03-05", "previous_month", "weekday", "2026-02-04", "2026-02-05"},
		{"2026-03-01", "2026-04-01", "previous_period", "weekday", "2026-01-25", "2026-02-25"},
		{"2026-03-04", "2026-03-05", "previous_period", "weekday", "2026-02-25", "2026-02-26"},
	} {
		r := calendar.Range{From: at(t, z, tt.from), To: at(t, z, tt.to)}
		got, err := c.Previous(r, tt.compare, tt.align)
		if err != nil {
			t.Fatal(err)
		}
		if !got.From.Equal(at(t, z, tt.wantFrom)) || !got.To.Equal(at(t, z, tt.wantTo)) {
			t.Errorf("%s of %s – %s %s: %s – %s, want %s – %s", tt.compare, tt.from, tt.to, tt.align, show(got.From), show(got.To), tt.wantFrom, tt.wantTo)
		}
	}
	for _, bad := range [][2]string{{"last_period", ""}, {"previous_year", "monday"}, {"", ""}} {
		if _, err := c.Previous(calendar.Range{}, bad[0], bad[1]); !fault.Is(err, fault.Invalid) {
			t.Errorf("%v: %v", bad, err)
		}
	}
}

func TestRelative(t *testing.T) {
	t.Parallel()
	z := zone(t, "America/New_York")
	c := calendar.New(z)
	now := at(t, z, "2026-03-11 15:30 -0400")
	for _, tt := range []struct {
		rel              calendar.Relative
		from, to         string
		partial          bool
		beforeFr, before string
	}{
		{calendar.Relative{Last: "30 days"}, "2026-02-09", "2026-03-11", false, "2026-01-10", "2026-02-09"},
		{calendar.Relative{Last: "1 week"}, "2026-03-02", "2026-03-09", false, "2026-02-23", "2026-03-02"},
		{calendar.Relative{Last: "3 months"}, "2025-12-01", "2026-03-01", false, "2025-09-01", "2025-12-01"},
		{calendar.Relative{Last: "2 hours"}, "2026-03-11 13:00", "2026-03-11 15:00", false, "2026-03-11 11:00", "2026-03-11 13:00"},
		{calendar.Relative{This: calendar.Month}, "2026-03-01", "2026-04-01", true, "2026-02-01", "2026-03-01"},
		{calendar.Relative{ToDate: calendar.Month}, "2026-03-01", "2026-03-11 15:30", true, "2026-02-01", "2026-02-11 15:30"},
		{calendar.Relative{ToDate: calendar.Week}, "2026-03-09", "2026-03-11 15:30", true, "2026-03-02", "2026-03-04 15:30"},
		{calendar.Relative{ToDate: calendar.Year}, "2026-01-01", "2026-03-11 15:30", true, "2025-01-01", "2025-03-11 15:30"},
	} {
		got, err := c.Relative(tt.rel, now)
		if err != nil {
			t.Fatal(err)
		}
		if !got.Range.From.Equal(at(t, z, tt.from)) || !got.Range.To.Equal(at(t, z, tt.to)) || got.Partial != tt.partial {
			t.Errorf("%+v: %s – %s %v", tt.rel, show(got.Range.From), show(got.Range.To), got.Partial)
		}
		prev := c.Shift(got.Range, got.Grain, -got.N)
		if !prev.From.Equal(at(t, z, tt.beforeFr)) || !prev.To.Equal(at(t, z, tt.before)) {
			t.Errorf("%+v before: %s – %s", tt.rel, show(prev.From), show(prev.To))
		}
	}
	for _, bad := range []calendar.Relative{{}, {Last: "x"}, {Last: "0 days"}, {This: "fortnight"}, {This: calendar.Day, Last: "1 day"}} {
		if _, err := c.Relative(bad, now); !fault.Is(err, fault.Invalid) {
			t.Errorf("%+v: %v", bad, err)
		}
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]calendar.Grain{"week": calendar.Week, "Days": calendar.Day, " month ": calendar.Month} {
		if g, err := calendar.ParseGrain(s); err != nil || g != want {
			t.Errorf("%q: %s %v", s, g, err)
		}
	}
	for s, want := range map[string]int{"30 days": 30, "1 week": 1, "12  Months": 12} {
		if n, _, err := calendar.ParseSpan(s); err != nil || n != want {
			t.Errorf("%q: %d %v", s, n, err)
		}
	}
	for _, s := range []string{"", "days", "30", "-1 days", "0 days", "1.5 days", "1 fortnight", "999999999999 days", "1 day ago"} {
		if _, _, err := calendar.ParseSpan(s); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", s, err)
		}
	}
}

func TestLabel(t *testing.T) {
	t.Parallel()
	c := calendar.New(zone(t, "Asia/Shanghai"))
	fiscal := calendar.Calendar{YearStart: time.April, WeekStart: time.Sunday}
	for _, tt := range []struct {
		c      calendar.Calendar
		at     string
		g      calendar.Grain
		zh, en string
	}{
		{c, "2026-02-01", calendar.Week, "2026年第5周", "2026-W05"},
		{c, "2027-01-02", calendar.Week, "2026年第53周", "2026-W53"},
		{c, "2024-12-31", calendar.Week, "2025年第1周", "2025-W01"},
		{c, "2026-01-05", calendar.Day, "2026年1月5日", "5 Jan 2026"},
		{c, "2026-01-05", calendar.Month, "2026年1月", "Jan 2026"},
		{c, "2026-05-05", calendar.Quarter, "2026年第2季度", "2026 Q2"},
		{c, "2026-05-05", calendar.Year, "2026年", "2026"},
		{c, "2026-05-05 08:30", calendar.Hour, "2026-05-05 08:00", "2026-05-05 08:00"},
		{fiscal, "2026-05-05", calendar.Year, "2027财年", "FY2027"},
		{fiscal, "2026-02-05", calendar.Quarter, "2026财年第4季度", "FY2026 Q4"},
	} {
		z := tt.c.Zone
		if z == nil {
			z = time.UTC
		}
		v := at(t, z, tt.at)
		if zh, en := tt.c.Label(v, tt.g, text.ZH), tt.c.Label(v, tt.g, text.EN); zh != tt.zh || en != tt.en {
			t.Errorf("%s %s: %s, %s, want %s, %s", tt.at, tt.g, zh, en, tt.zh, tt.en)
		}
	}
}

func TestTransitions(t *testing.T) {
	t.Parallel()
	c := calendar.New(zone(t, "America/New_York"))
	got := c.Transitions(at(t, time.UTC, "2026-01-01"), at(t, time.UTC, "2027-01-01"))
	want := []calendar.Transition{
		{at(t, time.UTC, "2026-01-01"), -5 * 3600},
		{at(t, time.UTC, "2026-03-08 07:00"), -4 * 3600},
		{at(t, time.UTC, "2026-11-01 06:00"), -5 * 3600},
	}
	if len(got) != len(want) {
		t.Fatalf("%v", got)
	}
	for i := range want {
		if !got[i].At.Equal(want[i].At) || got[i].Offset != want[i].Offset || got[i].At.Location() != time.UTC {
			t.Errorf("%d: %v, want %v", i, got[i], want[i])
		}
	}
	if got := (calendar.Calendar{}).Transitions(time.Unix(0, 0), time.Unix(1, 0)); len(got) != 1 || got[0].Offset != 0 {
		t.Errorf("UTC: %v", got)
	}
}

func TestPeriodsUpTo(t *testing.T) {
	t.Parallel()
	c := calendar.New(time.UTC)
	r := calendar.Range{From: at(t, time.UTC, "2026-01-15"), To: at(t, time.UTC, "2026-04-01")}
	if got := c.Periods(r, calendar.Month); len(got) != 3 || !got[0].Equal(at(t, time.UTC, "2026-01-01")) {
		t.Errorf("%v", got)
	}
	if got, complete := c.PeriodsUpTo(r, calendar.Minute, 10); complete || len(got) != 10 {
		t.Errorf("%d %v", len(got), complete)
	}
	if got, complete := c.PeriodsUpTo(r, calendar.Month, 3); !complete || len(got) != 3 {
		t.Errorf("%d %v", len(got), complete)
	}
	if got := c.Periods(calendar.Range{From: r.To, To: r.From}, calendar.Day); got != nil {
		t.Errorf("an empty range: %v", got)
	}
}
