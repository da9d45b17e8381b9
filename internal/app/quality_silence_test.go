package app_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sort"
	"testing"
	"time"

	"lodestar/internal/catalog"
	"lodestar/internal/expr"
	"lodestar/internal/quality"
	"lodestar/internal/semantic"
)

// sensorRow is one row of a sensor.
type sensorRow struct {
	line, machine string // "" for none
	at            time.Time
}

// drawReadings makes machines that each report in a rhythm of their own; some
// stop, some pause at night, some have wrong clocks.
func drawReadings(r *rand.Rand, start time.Time) []sensorRow {
	var out []sensorRow
	for i := range 3 + r.IntN(12) {
		line, machine := []string{"", "a", "b"}[min(r.IntN(9), 2)], fmt.Sprintf("m%d", i/2)
		every := time.Duration(5+r.IntN(2000)) * time.Minute
		at, stop := start.Add(time.Duration(r.IntN(86400))*time.Second), start.AddDate(0, 0, 80)
		if r.IntN(3) == 0 {
			stop = start.AddDate(0, 0, 5+r.IntN(75))
		}
		for at.Before(stop) && len(out) < 20000 {
			out = append(out, sensorRow{line, machine, at})
			if r.IntN(15) == 0 {
				out = append(out, out[len(out)-1]) // told twice
			}
			at = at.Add(every/2 + time.Duration(r.Int64N(int64(every)))).Truncate(time.Second)
		}
		if r.IntN(6) == 0 {
			out = append(out, sensorRow{line, machine, start.AddDate(2, 0, 0)})
		}
	}
	return out
}

// bruteSilence finds who is silent: for each of them the newest row.
func bruteSilence(rows []sensorRow, keyOf func(sensorRow) string, timeOf func(time.Time) time.Time, asOf time.Time, within time.Duration) (judged, few int, silent map[string]time.Time) {
	var last time.Time
	for _, x := range rows {
		if at := timeOf(x.at); !at.After(asOf) && at.After(last) {
			last = at
		}
	}
	window := max(56*24*time.Hour, 3*within)
	times := map[string][]time.Time{}
	for _, x := range rows {
		if k, at := keyOf(x), timeOf(x.at); k != "" && !at.After(asOf) && last.Sub(at) < window {
			times[k] = append(times[k], at)
		}
	}
	var newest time.Time
	for _, list := range times {
		sort.Slice(list, func(i, j int) bool { return list[i].Before(list[j]) })
		if end := list[len(list)-1]; end.After(newest) {
			newest = end
		}
	}
	silent = map[string]time.Time{}
	if len(times) < 2 {
		return 0, 0, silent
	}
	for k, list := range times {
		most := within
		if within == 0 {
			if len(list) < 11 {
				few++
				continue
			}
			var longest time.Duration
			for i := 1; i < len(list); i++ {
				longest = max(longest, list[i].Sub(list[i-1]))
			}
			most = max(2*longest, time.Hour)
		}
		judged++
		if end := list[len(list)-1]; newest.Sub(end) > most {
			silent[k] = end
		}
	}
	return judged, few, silent
}

// TestSilenceAgainstBruteForce: who stopped while others reported, by their own
// rhythm and by a stated limit, of one column and of two, with times and days.
func TestSilenceAgainstBruteForce(t *testing.T) {
	t.Parallel()
	b := openQueryBench(t)
	rounds, found := 12, 0
	if engineOf(t) != nil {
		rounds = 3
	}
	for round := range rounds {
		r := rand.New(rand.NewPCG(uint64(round), 12))
		zone := []string{"UTC", "Asia/Shanghai", "America/New_York"}[round%3]
		loc, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		start := time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)
		rows := drawReadings(r, start)
		asOf := start.AddDate(0, 0, 70+r.IntN(20)).Add(9 * time.Hour)
		columns := []semantic.Column{{Name: "line", Type: expr.String}, {Name: "machine", Type: expr.String}, {Name: "at", Type: expr.Timestamp}, {Name: "day", Type: expr.Date}}
		rules := []semantic.QualityRule{{Rule: "silence", Column: "machine"}, {Rule: "silence", Columns: []string{"line", "machine"}},
			{Name: "stated", Rule: "silence", Column: "machine", Within: "30 hours"}, {Name: "some", Rule: "silence", Column: "machine", Within: "30 hours", Where: "line = 'b'"},
			{Name: "lenient", Rule: "silence", Column: "machine", Within: "30 hours", Allow: 0.5}}
		b.define([]*catalog.Resource{{Kind: "Workspace", Metadata: catalog.Metadata{Name: "workspace"}, Spec: &semantic.WorkspaceSpec{Zone: zone}},
			{Kind: "Dataset", Metadata: catalog.Metadata{Name: "readings"}, Spec: &semantic.DatasetSpec{Time: "at", Quality: rules, Columns: columns}},
			{Kind: "Dataset", Metadata: catalog.Metadata{Name: "daily"}, Spec: &semantic.DatasetSpec{Time: "day", Quality: rules, Columns: columns}}})
		var cells [][]string
		for _, x := range rows {
			cells = append(cells, []string{x.line, x.machine, x.at.Format(time.DateTime), x.at.Format(time.DateOnly)})
		}
		r.Shuffle(len(cells), func(i, j int) { cells[i], cells[j] = cells[j], cells[i] })
		b.now = asOf
		b.fill("readings", cells)
		b.fill("daily", cells)
		machine := func(x sensorRow) string { return x.machine }
		onB := func(x sensorRow) string {
			if x.line == "b" {
				return x.machine
			}
			return ""
		}
		both := func(x sensorRow) string {
			if x.line == "" {
				return ""
			}
			return x.line + " " + x.machine
		}
		y, m, d := asOf.In(loc).Date()
		for _, set := range []struct {
			name   string
			timeOf func(time.Time) time.Time
			asOf   time.Time
			write  func(time.Time) string
		}{
			{"readings", func(at time.Time) time.Time { return at }, asOf, func(at time.Time) string { return at.In(loc).Format("2006-01-02 15:04") }},
			{"daily", func(at time.Time) time.Time { return at.Truncate(24 * time.Hour) }, time.Date(y, m, d, 0, 0, 0, 0, time.UTC), func(at time.Time) string { return at.Format(time.DateOnly) }},
		} {
			run, err := b.quality(asOf).Run(t.Context(), checker, set.name)
			if err != nil {
				t.Fatal(err)
			}
			for i, of := range []struct {
				key    func(sensorRow) string
				within time.Duration
				allow  float64
			}{{machine, 0, 0}, {both, 0, 0}, {machine, 30 * time.Hour, 0}, {onB, 30 * time.Hour, 0}, {machine, 30 * time.Hour, 0.5}} {
				judged, few, silent := bruteSilence(rows, of.key, set.timeOf, set.asOf, of.within)
				got, state := run.Results[i], quality.Kept
				switch {
				case judged == 0:
					state = quality.Unknown
				case float64(len(silent)) > of.allow*float64(judged):
					state = quality.Broken
				}
				if got.State != state || got.Checked != int64(judged) || got.Broken != int64(len(silent)) || len(got.Columns) > 0 {
					t.Fatalf("round %d, %s of %s: %+v, want %s, %d of %d", round, got.Rule, set.name, got, state, len(silent), judged)
				}
				if (few > 0) != (got.State != quality.Unknown && !got.Note.IsZero()) && judged > 0 {
					t.Errorf("round %d, %s of %s: %d report seldom, the note is %q", round, got.Rule, set.name, few, got.Note.EN)
				}
				told := map[string]string{}
				if got.Examples != nil {
					for _, row := range got.Examples.Rows {
						key := fmt.Sprint(row[0])
						if len(row) == 5 {
							key += " " + fmt.Sprint(row[1])
						}
						told[key] = fmt.Sprint(row[len(row)-3])
					}
				}
				want := map[string]string{}
				for k, at := range silent {
					want[k] = set.write(at)
				}
				if fmt.Sprint(told) != fmt.Sprint(want) {
					t.Errorf("round %d, %s of %s: silent are %v, want %v", round, got.Rule, set.name, told, want)
				}
				found += len(silent)
			}
		}
	}
	if found < rounds {
		t.Errorf("only %d were silent: the test shows little", found)
	}
}

// TestSilenceSeldomCriesWolf: of machines that report by chance, in whichever
// rhythm, hardly one is called silent, and one that stops is.
func TestSilenceSeldomCriesWolf(t *testing.T) {
	t.Parallel()
	b := openQueryBench(t)
	r := rand.New(rand.NewPCG(12, 12))
	start, end := time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 3, 29, 0, 0, 0, 0, time.UTC)
	const machines = 1000
	var cells [][]string
	for i := range machines {
		mean := (2 + 70*r.Float64()) * float64(time.Hour)
		for at := start; ; {
			at = at.Add(time.Duration(r.ExpFloat64() * mean))
			if !at.Before(end) {
				break
			}
			cells = append(cells, []string{fmt.Sprint(i), at.Format(time.DateTime)})
		}
	}
	for at := start; at.Before(end.AddDate(0, 0, -3)); at = at.Add(4 * time.Hour) {
		cells = append(cells, []string{"stopped", at.Format(time.DateTime)})
	}
	b.define([]*catalog.Resource{{Kind: "Dataset", Metadata: catalog.Metadata{Name: "readings"}, Spec: &semantic.DatasetSpec{Time: "at",
		Quality: []semantic.QualityRule{{Rule: "silence", Column: "machine"}}, Columns: []semantic.Column{{Name: "machine", Type: expr.String}, {Name: "at", Type: expr.Timestamp}}}}})
	b.fill("readings", cells)
	run, err := b.quality(end).Run(t.Context(), checker, "readings")
	if err != nil {
		t.Fatal(err)
	}
	got := run.Results[0]
	t.Logf("%d of %d are called silent", got.Broken, got.Checked)
	if got.Checked < machines*8/10 || got.Broken > machines/200 {
		t.Errorf("%d of %d are called silent", got.Broken, got.Checked)
	}
	if got.Examples == nil || !slices.ContainsFunc(got.Examples.Rows, func(row []any) bool { return row[0] == "stopped" && row[1] == "2026-03-25 20:00" }) {
		t.Errorf("the one that stopped is not told: %+v", got.Examples)
	}
}
