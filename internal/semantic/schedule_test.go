package semantic_test

import (
	"slices"
	"testing"
	"time"

	"lodestar/internal/semantic"
)

// runs lists when a schedule runs within some time, looked at every minute under
// a clock that may be wrong.
func runs(t *testing.T, s semantic.Schedule, from time.Time, span time.Duration, clock func(time.Time) time.Time) (out []time.Time) {
	t.Helper()
	last := clock(from)
	for at := from; at.Before(from.Add(span)); at = at.Add(time.Minute) {
		now := clock(at)
		if next, ok := s.Next(now, last, from.Location()); !ok {
			t.Fatalf("%+v has no next time after %s", s, now)
		} else if !next.After(now) {
			out, last = append(out, at), now
		}
	}
	return out
}

func right(at time.Time) time.Time { return at }

// TestSummerTime walks over the days on which clocks are put forward and back.
func TestSummerTime(t *testing.T) {
	t.Parallel()
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	for _, day := range []time.Time{time.Date(2026, 3, 7, 0, 0, 0, 0, zone), time.Date(2026, 10, 31, 0, 0, 0, 0, zone)} {
		spring := day.Month() == time.March
		var said []string
		for _, at := range runs(t, semantic.Schedule{Cron: "30 2 * * *"}, day, 72*time.Hour, right) {
			said = append(said, at.In(zone).Format("02 15:04"))
		}
		want := []string{"31 02:30", "01 02:30", "02 02:30"}
		if spring { // there is no half past two on the eighth
			want = []string{"07 02:30", "08 03:30", "09 02:30"}
		}
		if !slices.Equal(said, want) {
			t.Errorf("daily, from %s: %v, want %v", day, said, want)
		}
		for _, often := range []semantic.Schedule{{Cron: "*/15 * * * *"}, {Every: "15 minutes"}} {
			got := runs(t, often, day.Add(time.Minute), 72*time.Hour, right)
			for i := 1; i < len(got); i++ {
				if gap := got[i].Sub(got[i-1]); gap != 15*time.Minute {
					t.Errorf("%+v: %s after %s", often, gap, got[i-1])
				}
			}
		}
	}
}

// TestWrongClocks has a clock that is a day ahead for a while, and one that is
// put back: runs are neither many nor missing.
func TestWrongClocks(t *testing.T) {
	t.Parallel()
	from := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for name, clock := range map[string]func(at time.Time) time.Time{
		"ahead for a while": func(at time.Time) time.Time {
			if h := at.Sub(from); h > 5*time.Hour && h < 6*time.Hour {
				return at.AddDate(0, 0, 1)
			}
			return at
		},
		"put back an hour": func(at time.Time) time.Time {
			if at.Sub(from) > 5*time.Hour {
				return at.Add(-time.Hour)
			}
			return at
		},
		"put back a year": func(at time.Time) time.Time {
			if at.Sub(from) > 5*time.Hour {
				return at.AddDate(-1, 0, 0)
			}
			return at
		},
		"put forward a day": func(at time.Time) time.Time {
			if at.Sub(from) > 5*time.Hour {
				return at.AddDate(0, 0, 1)
			}
			return at
		},
	} {
		for _, s := range []semantic.Schedule{{Every: "10 minutes"}, {Cron: "*/10 * * * *"}} {
			got := runs(t, s, from, 24*time.Hour, clock)
			// Once more at most whenever the clock is changed, and never a gap.
			if n := len(got); n < 24*6-2 || n > 24*6+2 {
				t.Errorf("%s: %+v ran %d times in a day", name, s, n)
			}
			for i := 1; i < len(got); i++ {
				if gap := got[i].Sub(got[i-1]); gap > 20*time.Minute {
					t.Errorf("%s: %+v: a gap of %s after %s", name, s, gap, got[i-1])
				}
			}
		}
		daily := runs(t, semantic.Schedule{Cron: "30 6 * * *"}, from, 96*time.Hour, clock)
		if n := len(daily); n < 4 || n > 6 {
			t.Errorf("%s: daily, %d times in four days: %v", name, n, daily)
		}
	}
}
