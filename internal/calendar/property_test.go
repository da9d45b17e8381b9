package calendar_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"lodestar/internal/calendar"
)

func zones() []string {
	return []string{"UTC", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Asia/Shanghai", "America/Santiago",
		"Europe/London", "Pacific/Apia", "America/St_Johns", "Africa/Cairo", "Asia/Kathmandu"}
}

// instants are drawn near clock changes as often as anywhere.
func drawInstant(t *rapid.T, z *time.Location) time.Time {
	at := time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "second"), 0).In(z)
	if rapid.Bool().Draw(t, "near a change") {
		if _, end := at.ZoneBounds(); !end.IsZero() {
			return end.Add(time.Duration(rapid.IntRange(-40*3600, 40*3600).Draw(t, "off")) * time.Second).In(z)
		}
	}
	return at
}

func drawCalendar(t *rapid.T, tb testing.TB) calendar.Calendar {
	return calendar.Calendar{
		Zone:      zone(tb, rapid.SampledFrom(zones()).Draw(t, "zone")),
		WeekStart: time.Weekday(rapid.IntRange(0, 6).Draw(t, "week start")),
		YearStart: time.Month(rapid.IntRange(0, 12).Draw(t, "year start")),
	}
}

// label names the period of a wall clock in another way than the package: by
// walking back day by day.
func label(c calendar.Calendar, civil time.Time, g calendar.Grain) string {
	first := max(c.YearStart, time.January)
	begins := func(d time.Time) bool {
		switch g {
		case calendar.Week:
			return d.Weekday() == c.WeekStart
		case calendar.Month:
			return d.Day() == 1
		case calendar.Quarter:
			return d.Day() == 1 && (int(d.Month())-int(first)+12)%3 == 0
		case calendar.Year:
			return d.Day() == 1 && d.Month() == first
		}
		return true
	}
	switch g {
	case calendar.Minute:
		return civil.Format("2006-01-02 15:04")
	case calendar.Hour:
		return civil.Format("2006-01-02 15")
	}
	d := time.Date(civil.Year(), civil.Month(), civil.Day(), 0, 0, 0, 0, time.UTC)
	for !begins(d) {
		d = d.AddDate(0, 0, -1)
	}
	return d.Format("2006-01-02")
}

// TestPeriodsPartitionTime: each instant lies in exactly one period, and the
// period begins at the first instant that carries its name.
func TestPeriodsPartitionTime(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		c := drawCalendar(rt, t)
		g := rapid.SampledFrom(calendar.Grains()).Draw(rt, "grain")
		at := drawInstant(rt, c.Zone)
		start, next := c.Start(at, g), c.Next(at, g)
		if start.After(at) || !next.After(at) {
			rt.Fatalf("%s lies not in [%s, %s)", at, start, next)
		}
		if !c.Start(start, g).Equal(start) || !c.Start(next, g).Equal(next) || !c.Next(start, g).Equal(next) {
			rt.Fatalf("[%s, %s) is not one period", start, next)
		}
		if before := c.Start(start.Add(-time.Millisecond), g); !c.Next(before, g).Equal(start) {
			rt.Fatalf("gap or overlap before %s", start)
		}
		name := label(c, calendar.Civil(start, c.Zone), g)
		if old := label(c, calendar.Civil(start.Add(-time.Second), c.Zone), g); old == name && !g.Fine() {
			rt.Fatalf("%s starts at %s, but was there a second earlier", name, start)
		}
	})
}

// TestStartByBruteForce walks back minute by minute through two days to the
// first that shows the date of an instant.
func TestStartByBruteForce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		name := rapid.SampledFrom([]string{"UTC", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Asia/Shanghai", "America/Santiago"}).Draw(rt, "zone")
		c := calendar.New(zone(t, name))
		at := drawInstant(rt, c.Zone).Truncate(time.Minute)
		for _, g := range []calendar.Grain{calendar.Hour, calendar.Day} {
			layout := "2006-01-02"
			if g == calendar.Hour {
				layout = "2006-01-02 15"
			}
			want := at
			for back := at; at.Sub(back) < 27*time.Hour; back = back.Add(-time.Minute) {
				if back.Format(layout) == at.Format(layout) {
					want = back
				}
			}
			// Zones differ from UTC by seconds long ago; these years have none.
			if got := c.Start(at, g); !got.Equal(want) {
				rt.Fatalf("%s of %s starts %s, want %s", g, at, got, want)
			}
		}
	})
}

func TestPeriodsByBruteForce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		c := drawCalendar(rt, t)
		g := rapid.SampledFrom([]calendar.Grain{calendar.Day, calendar.Week, calendar.Month, calendar.Quarter, calendar.Year}).Draw(rt, "grain")
		from := drawInstant(rt, c.Zone)
		r := calendar.Range{From: from, To: from.AddDate(0, 0, rapid.IntRange(1, 500).Draw(rt, "days"))}
		got := c.Periods(r, g)
		for i, p := range got {
			if i > 0 && !c.Next(got[i-1], g).Equal(p) {
				rt.Fatalf("%s does not follow %s", p, got[i-1])
			}
		}
		if got[0].After(r.From) || !got[len(got)-1].Before(r.To) || c.Next(got[len(got)-1], g).Before(r.To) {
			rt.Fatalf("%v does not cover %v", got, r)
		}
		// Back and forth by whole periods leads home.
		n := rapid.IntRange(0, 30).Draw(rt, "n")
		if home := c.Add(c.Add(got[0], g, n), g, -n); !home.Equal(got[0]) {
			rt.Fatalf("%d %s away and back: %s, from %s", n, g, home, got[0])
		}
	})
}

// TestAddCountsPeriods: adding n periods to a start is what stepping n times
// gives.
func TestAddCountsPeriods(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		c := drawCalendar(rt, t)
		if c.Zone.String() == "Pacific/Apia" {
			rt.Skip("a calendar with a day missing counts one less")
		}
		g := rapid.SampledFrom([]calendar.Grain{calendar.Day, calendar.Week, calendar.Month, calendar.Quarter, calendar.Year}).Draw(rt, "grain")
		start := c.Start(drawInstant(rt, c.Zone), g)
		n := rapid.IntRange(0, 40).Draw(rt, "n")
		want := start
		for range n {
			want = c.Next(want, g)
		}
		if got := c.Add(start, g, n); !got.Equal(want) {
			rt.Fatalf("%s + %d %s: %s, want %s", start, n, g, got, want)
		}
	})
}

// TestResolveShowsTheClock: where the wall clock exists, Resolve finds the
// first instant that shows it.
func TestResolveShowsTheClock(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		z := zone(t, rapid.SampledFrom(zones()).Draw(rt, "zone"))
		at := drawInstant(rt, z)
		civil := calendar.Civil(at, z)
		got := calendar.Resolve(civil, z)
		if !calendar.Civil(got, z).Equal(civil) || got.After(at) {
			rt.Fatalf("%s resolves to %s", civil, got)
		}
		// Never shown: later, and never by more than a day.
		if off := calendar.Resolve(civil.Add(time.Hour), z).Sub(got); off < 0 || off > 25*time.Hour {
			rt.Fatalf("an hour later is %s away", off)
		}
	})
}

// TestTransitionsGiveLocalTime: local time computed from the list is what the
// zone says, for any instant in the range.
func TestTransitionsGiveLocalTime(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		c := drawCalendar(rt, t)
		from := drawInstant(rt, c.Zone)
		to := from.AddDate(rapid.IntRange(0, 5).Draw(rt, "years"), 0, 1)
		at := from.Add(time.Duration(rapid.Int64Range(0, int64(to.Sub(from))-1).Draw(rt, "at")))
		list := c.Transitions(from, to)
		offset := 0
		for _, tr := range list {
			if !tr.At.After(at) {
				offset = tr.Offset
			}
		}
		if local := at.UTC().Add(time.Duration(offset) * time.Second); !local.Equal(calendar.Civil(at, c.Zone)) {
			rt.Fatalf("%s is %s", at, local)
		}
	})
}

// TestPreviousKeepsWholePeriods: the period before n whole periods ends where
// they begin and has n of them.
func TestPreviousKeepsWholePeriods(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		c := drawCalendar(rt, t)
		if c.Zone.String() == "Pacific/Apia" {
			rt.Skip("a calendar with a day missing counts one less")
		}
		g := rapid.SampledFrom([]calendar.Grain{calendar.Week, calendar.Month, calendar.Year}).Draw(rt, "grain")
		from := c.Start(drawInstant(rt, c.Zone), g)
		n := rapid.IntRange(1, 2).Draw(rt, "n")
		r := calendar.Range{From: from, To: c.Add(from, g, n)}
		prev, err := c.Previous(r, "previous_period", "")
		if err != nil || !prev.To.Equal(r.From) || !prev.From.Before(prev.To) {
			rt.Fatalf("%v before %v: %v", prev, r, err)
		}
		if got := c.Shift(r, g, -n); !got.To.Equal(r.From) {
			rt.Fatalf("%v shifted to %v", r, got)
		}
	})
}
