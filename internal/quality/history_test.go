package quality

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"lodestar/internal/calendar"
	"lodestar/internal/semantic"
)

// TestHistoryIsThatOfTheLastRuns: for every day, the last run before its end of
// each dataset, looked for by itself.
func TestHistoryIsThatOfTheLastRuns(t *testing.T) {
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	cal := calendar.New(zone)
	orders, stores := &semantic.Dataset{Name: "orders"}, &semantic.Dataset{Name: "stores"}
	uses := []semantic.Use{{Dataset: orders, Columns: []string{"amount"}}, {Dataset: stores, Columns: []string{"id"}}}
	read := map[string]string{"orders": "amount", "stores": "id"}
	rapid.Check(t, func(t *rapid.T) {
		start := time.Date(2026, 10, 20, 3, 0, 0, 0, time.UTC)
		hours := rapid.IntRange(0, 24*30)
		var runs []Run
		for range rapid.IntRange(0, 12).Draw(t, "runs") {
			r := Run{Dataset: rapid.SampledFrom([]string{"orders", "stores"}).Draw(t, "dataset"), At: start.Add(time.Duration(hours.Draw(t, "at")) * time.Hour)}
			for range rapid.IntRange(0, 4).Draw(t, "results") {
				x := Result{State: rapid.SampledFrom([]string{Kept, Broken, Unknown}).Draw(t, "state"),
					Severity: rapid.SampledFrom([]string{semantic.SeverityError, semantic.SeverityWarning}).Draw(t, "severity")}
				if c := rapid.SampledFrom([]string{"", "amount", "id", "other"}).Draw(t, "column"); c != "" {
					x.Columns = []string{c}
				}
				r.Results = append(r.Results, x)
			}
			runs = append(runs, r)
		}
		slices.SortStableFunc(runs, func(a, b Run) int { return a.At.Compare(b.At) })
		now, since := start.AddDate(0, 0, 31), start.Add(time.Duration(hours.Draw(t, "since"))*time.Hour)
		got := fmt.Sprint(scoresByDay(runs, uses, cal, since, now))

		want := []DayScore{}
		for d := 0; d < 40; d++ {
			midnight := time.Date(2026, 10, 19+d, 0, 0, 0, 0, zone)
			end := time.Date(2026, 10, 20+d, 0, 0, 0, 0, zone)
			if midnight.After(now) || !end.After(since) {
				continue
			}
			kept, all, errors := 0.0, 0.0, 0
			for name, column := range read {
				var last *Run
				for i, r := range runs {
					if r.Dataset == name && r.At.Before(end) {
						last = &runs[i]
					}
				}
				for i := 0; last != nil && i < len(last.Results); i++ {
					x := last.Results[i]
					if x.State == Unknown || len(x.Columns) > 0 && x.Columns[0] != column {
						continue
					}
					weight := 1.0
					if x.Severity == semantic.SeverityError {
						weight = 3
					}
					if all += weight; x.State == Kept {
						kept += weight
					} else if weight == 3 {
						errors++
					}
				}
			}
			if all > 0 {
				want = append(want, DayScore{midnight.Format(time.DateOnly), kept / all, errors})
			}
		}
		if fmt.Sprint(want) != got {
			t.Fatalf("%s, want %v", got, want)
		}
	})
}
