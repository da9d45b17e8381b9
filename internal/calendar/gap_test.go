package calendar_test

import (
	"testing"
	"time"

	"lodestar/internal/calendar"
	"lodestar/internal/fault"
	"lodestar/internal/text"
)

func seasons(t *testing.T) calendar.Calendar {
	t.Helper()
	z := zone(t, "Asia/Shanghai")
	day := func(s string) time.Time { return at(t, time.UTC, s) }
	c, err := calendar.New(z).With("season", []calendar.Span{
		{From: day("2026-01-10"), To: day("2026-03-01"), Label: text.Text{ZH: "春季", EN: "Spring"}},
		{From: day("2025-06-01"), To: day("2025-07-01"), Label: text.Same("Summer")},
		{From: day("2026-03-01"), Label: text.Same("Open")},
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestNamedPeriods(t *testing.T) {
	t.Parallel()
	c := seasons(t)
	v := func(s string) time.Time { return at(t, c.Zone, s) }
	for _, tt := range []struct{ at, start, next, label string }{
		{"2026-02-01", "2026-01-10", "2026-03-01", "Spring"},
		{"2025-06-30", "2025-06-01", "2025-07-01", "Summer"},
		{"2025-12-01", "2025-07-01", "2026-01-10", ""}, // a gap
		{"2030-12-01", "2026-03-01", "9000-01-01", "Open"},
	} {
		if c.Start(v(tt.at), "season").Format(time.DateOnly) != tt.start || c.Next(v(tt.at), "season").Format(time.DateOnly) != tt.next ||
			c.Label(v(tt.at), "season", text.EN) != tt.label {
			t.Errorf("%s: %s – %s %s", tt.at, c.Start(v(tt.at), "season"), c.Next(v(tt.at), "season"), c.Label(v(tt.at), "season", text.EN))
		}
	}
	if got := c.Periods(calendar.Range{From: v("2025-01-01"), To: v("2026-02-01")}, "season"); len(got) != 2 {
		t.Errorf("%v", got)
	}
	got, err := c.Relative(calendar.Relative{Last: "2 seasons"}, v("2026-04-01"))
	if err != nil || !got.Range.From.Equal(v("2025-06-01")) || !got.Range.To.Equal(v("2026-03-01")) {
		t.Errorf("last 2: %v %v", got.Range, err)
	}
	got, err = c.Relative(calendar.Relative{Last: "1 season"}, v("2025-12-01"))
	if err != nil || !got.Range.From.Equal(v("2025-06-01")) || !got.Range.To.Equal(v("2025-07-01")) {
		t.Errorf("last, in a gap: %v %v", got.Range, err)
	}
	if _, err := c.Relative(calendar.Relative{Last: "3 seasons"}, v("2026-04-01")); !fault.Is(err, fault.Invalid) {
		t.Errorf("more than there are: %v", err)
	}
	for _, tt := range []struct{ from, to, wantFrom, wantTo string }{
		{"2026-01-10", "2026-03-01", "2025-06-01", "2025-07-01"}, // whole
		{"2026-01-10", "2026-01-20", "2025-06-01", "2025-06-11"}, // so far
		{"2026-01-10", "2026-02-25", "2025-06-01", "2025-07-01"}, // clamped
		{"2026-03-01", "2026-03-02", "2026-01-10", "2026-01-11"},
	} {
		got, err := c.Previous(calendar.Range{From: v(tt.from), To: v(tt.to)}, "previous_season", "")
		if err != nil || !got.From.Equal(v(tt.wantFrom)) || !got.To.Equal(v(tt.wantTo)) {
			t.Errorf("%+v: %v %v", tt, got, err)
		}
	}
	if _, err := c.Previous(calendar.Range{From: v("2025-06-01"), To: v("2025-07-01")}, "previous_season", ""); !fault.Is(err, fault.Invalid) {
		t.Errorf("before the first: %v", err)
	}
}

func TestBadSpans(t *testing.T) {
	t.Parallel()
	day := func(s string) time.Time { return at(t, time.UTC, s) }
	c := calendar.New(time.UTC)
	for _, bad := range [][]calendar.Span{
		{{From: day("2026-01-02"), To: day("2026-01-02")}},
		{{From: day("2026-01-02"), To: day("2026-01-05")}, {From: day("2026-01-04"), To: day("2026-01-06")}},
		{{From: day("2026-01-02")}, {From: day("2026-01-02")}},
	} {
		if _, err := c.With("season", bad); !fault.Is(err, fault.Invalid) {
			t.Errorf("%v: %v", bad, err)
		}
	}
	if _, err := calendar.SpansOfDays([]calendar.Span{{From: day("2026-01-02"), Value: 1}, {From: day("2026-01-02"), Value: 2}}); !fault.Is(err, fault.Invalid) {
		t.Errorf("two values: %v", err)
	}
	got, err := calendar.SpansOfDays([]calendar.Span{{From: day("2026-01-03"), Value: 1}, {From: day("2026-01-02"), Value: 1},
		{From: day("2026-01-04"), Value: 2}, {From: day("2026-01-06"), Value: 2}, {From: day("2026-01-03"), Value: 1}})
	if err != nil || len(got) != 3 || !got[0].To.Equal(day("2026-01-04")) || !got[1].To.Equal(day("2026-01-05")) {
		t.Errorf("%v %v", got, err)
	}
}

// TestShifts: periods within a day, on a day when clocks change.
func TestShifts(t *testing.T) {
	t.Parallel()
	z := zone(t, "America/New_York")
	var spans []calendar.Span
	for d := at(t, time.UTC, "2026-03-07"); d.Before(at(t, time.UTC, "2026-03-10")); d = d.AddDate(0, 0, 1) {
		for i, name := range []string{"night", "day", "late"} {
			from := d.Add(time.Duration(i) * 8 * time.Hour)
			spans = append(spans, calendar.Span{From: from, To: from.Add(8 * time.Hour), Label: text.Same(name)})
		}
	}
	c, err := calendar.New(z).With("shift", spans)
	if err != nil {
		t.Fatal(err)
	}
	night := c.Period(at(t, z, "2026-03-08 04:00 -0400"), "shift")
	if night.To.Sub(night.From) != 7*time.Hour || c.Label(night.From, "shift", text.EN) != "night" {
		t.Errorf("%v", night)
	}
	back, err := c.Move(night, "shift", -3)
	if err != nil || back.To.Sub(back.From) != 8*time.Hour {
		t.Errorf("%v %v", back, err)
	}
}
