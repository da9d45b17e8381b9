package app_test

import (
	"fmt"
	"math"
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

// periodWorld is days with so many rows each.
type periodWorld struct {
	rows, ledger [][]string // at, amount, kind; day, amount
	perDay       map[string]int
	sums         map[string]int64 // in cents
	ledgerSums   map[string]int64
}

func drawPeriods(r *rand.Rand, zone *time.Location, days int) periodWorld {
	w := periodWorld{perDay: map[string]int{}, sums: map[string]int64{}, ledgerSums: map[string]int64{}}
	start := time.Date(2026, 2, 1, 0, 0, 0, 0, zone)
	for i := range days {
		day := start.AddDate(0, 0, i)
		n := 6 + r.IntN(5) + int(day.Weekday())
		if r.IntN(8) == 0 {
			n = r.IntN(30)
		}
		name := day.Format(time.DateOnly)
		for range n {
			cents := int64(r.IntN(9000)) - 500
			at := day.Add(time.Duration(r.IntN(23*3600)) * time.Second)
			w.rows = append(w.rows, []string{at.UTC().Format(time.DateTime), fmt.Sprintf("%.2f", float64(cents)/100), []string{"a", "b", "", "c"}[r.IntN(4)]})
			if at.In(zone).Format(time.DateOnly) == name {
				w.perDay[name]++
				w.sums[name] += cents
			} else {
				panic("a day of " + name)
			}
		}
		other := w.sums[name]
		if r.IntN(5) == 0 {
			other += int64(r.IntN(200))
		}
		w.ledgerSums[name] = other
		w.ledger = append(w.ledger, []string{name, fmt.Sprintf("%.2f", float64(other)/100)})
	}
	return w
}

func (w periodWorld) define(b *queryBench, zone string, rules []semantic.QualityRule) {
	b.define([]*catalog.Resource{
		{Kind: "Workspace", Metadata: catalog.Metadata{Name: "workspace"}, Spec: &semantic.WorkspaceSpec{Zone: zone}},
		{Kind: "Dataset", Metadata: catalog.Metadata{Name: "sales"}, Spec: &semantic.DatasetSpec{Time: "at", Quality: rules, Columns: []semantic.Column{
			{Name: "at", Type: expr.Timestamp}, {Name: "amount", Type: expr.Decimal, Precision: 12, Scale: 2}, {Name: "kind", Type: expr.String}}}},
		{Kind: "Dataset", Metadata: catalog.Metadata{Name: "ledger"}, Spec: &semantic.DatasetSpec{Time: "day", Columns: []semantic.Column{
			{Name: "day", Type: expr.Date}, {Name: "amount", Type: expr.Decimal, Precision: 12, Scale: 2}}}}})
	b.fill("sales", w.rows)
	b.fill("ledger", w.ledger)
}

// bruteVolume judges the newest seven days before today.
func (w periodWorld) bruteVolume(today time.Time, first time.Time, tolerance float64) (checked, broken int64) {
	var last time.Time
	for name := range w.perDay {
		d, _ := time.Parse(time.DateOnly, name)
		if d.Before(today) && d.After(last) {
			last = d
		}
	}
	for i := range 7 {
		day := last.AddDate(0, 0, -i)
		if day.Before(first) {
			continue
		}
		var before []float64
		for k := 1; k <= 8; k++ {
			if d := day.AddDate(0, 0, -7*k); d.After(first) {
				before = append(before, float64(w.perDay[d.Format(time.DateOnly)]))
			}
		}
		if len(before) < 3 {
			continue
		}
		sort.Float64s(before)
		m := before[len(before)/2]
		if len(before)%2 == 0 {
			m = (m + before[len(before)/2-1]) / 2
		}
		if m == 0 {
			continue
		}
		checked++
		if n := float64(w.perDay[day.Format(time.DateOnly)]); math.Abs(n-m) > tolerance*m+1e-9 {
			broken++
		}
	}
	return checked, broken
}

// TestPeriodRulesAgainstBruteForce: volumes by day and totals by day against
// another dataset, in zones, with days that are over and one that is not.
func TestPeriodRulesAgainstBruteForce(t *testing.T) {
	t.Parallel()
	b := openQueryBench(t)
	rounds, broke := 20, map[string]int64{}
	if engineOf(t) != nil {
		rounds = 4
	}
	tolerance := 0.4
	for round := range rounds {
		r := rand.New(rand.NewPCG(uint64(round), 3))
		zone := []string{"UTC", "Asia/Shanghai", "America/New_York"}[round%3]
		loc, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		days := 20 + r.IntN(60)
		w := drawPeriods(r, loc, days)
		w.define(b, zone, []semantic.QualityRule{
			{Rule: "volume", Tolerance: &tolerance},
			{Name: "few", Rule: "volume", By: "day", Min: "8", Max: "20"},
			{Rule: "reconcile", Column: "amount", By: "day", Against: &semantic.Against{Dataset: "ledger"}},
			{Name: "whole", Rule: "reconcile", Column: "amount", Against: &semantic.Against{Dataset: "ledger"}},
			{Rule: "freshness", Within: "2 days"}})
		asOf := time.Date(2026, 2, 1, 9, 0, 0, 0, loc).AddDate(0, 0, days-1+r.IntN(5))
		run, err := b.quality(asOf).Run(t.Context(), checker, "sales")
		if err != nil {
			t.Fatal(err)
		}
		y, m, d := asOf.Date()
		today, first := time.Date(y, m, d, 0, 0, 0, 0, time.UTC), time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)
		checked, broken := w.bruteVolume(today, first, tolerance)
		got := run.Results[0]
		if got.Checked != checked || got.Broken != broken || (got.State == quality.Unknown) != (checked == 0) {
			t.Errorf("round %d, volume: %+v, want %d of %d", round, got, broken, checked)
		}
		broke["volume"] += broken
		checked, broken = 0, 0
		var dated []string
		for name := range w.perDay {
			if at, _ := time.Parse(time.DateOnly, name); at.Before(today) {
				dated = append(dated, name)
			}
		}
		newest, _ := time.Parse(time.DateOnly, slices.Max(dated))
		for i := range 7 {
			checked++
			if n := w.perDay[newest.AddDate(0, 0, -i).Format(time.DateOnly)]; n < 8 || n > 20 {
				broken++
			}
		}
		if got := run.Results[1]; got.Checked != checked || got.Broken != broken {
			t.Errorf("round %d, bounds: %+v, want %d of %d", round, got, broken, checked)
		}
		broke["bounds"] += broken
		checked, broken = 0, 0
		var here, there int64
		top := slices.Max(slices.Collect(keysOfMap(w.perDay)))
		for name, sum := range w.ledgerSums {
			here, there = here+w.sums[name], there+sum
			if at, _ := time.Parse(time.DateOnly, name); !at.Before(today) || name > top {
				continue
			}
			checked++
			if sum != w.sums[name] {
				broken++
			}
		}
		if got := run.Results[2]; got.Checked != checked || got.Broken != broken {
			t.Errorf("round %d, reconcile: %+v, want %d of %d", round, got, broken, checked)
		}
		broke["reconcile"] += broken
		if got := run.Results[3]; (got.State == quality.Kept) != (here == there) {
			t.Errorf("round %d, totals %d and %d: %+v", round, here, there, got)
		}
		age := asOf.Sub(b.states["sales"].MaxTime["at"])
		if got := run.Results[4]; (got.State == quality.Broken) != (age > 48*time.Hour) {
			t.Errorf("round %d, %v old: %+v", round, age, got)
		}
	}
	for _, rule := range []string{"volume", "bounds", "reconcile"} {
		if broke[rule] == 0 {
			t.Errorf("%s was never broken", rule)
		}
	}
}

func keysOfMap[V any](m map[string]V) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// TestDrift: a column that moved is found, one that did not is not, and the
// index is that of the formula over the same bins.
func TestDrift(t *testing.T) {
	t.Parallel()
	b := openQueryBench(t)
	r := rand.New(rand.NewPCG(5, 5))
	var w periodWorld
	counts := map[string][2]float64{}
	var amounts [2][]float64
	start := time.Date(2026, 2, 2, 0, 0, 0, 0, time.UTC) // a Monday
	for i := range 7 * 9 {
		late := 0
		if i >= 7*8 {
			late = 1
		}
		for range 40 {
			kind := []string{"a", "b", "", "c"}[r.IntN(4)]
			if late == 1 && r.IntN(2) == 0 {
				kind = "c"
			}
			c := counts[kind]
			c[late]++
			counts[kind] = c
			amount := fmt.Sprintf("%.2f", r.NormFloat64()*10+float64(late)*4)
			var value float64
			fmt.Sscan(amount, &value)
			amounts[late] = append(amounts[late], value)
			w.rows = append(w.rows, []string{start.AddDate(0, 0, i).Add(time.Hour).Format(time.DateTime), amount, kind})
		}
	}
	w.define(b, "UTC", []semantic.QualityRule{{Rule: "distribution", Column: "kind"}, {Rule: "distribution", Column: "amount", Bound: 0.05},
		{Name: "still", Rule: "distribution", Column: "amount", By: "day"}, {Name: "months", Rule: "distribution", Column: "kind", By: "month"}})
	run, err := b.quality(start.AddDate(0, 0, 7*9).Add(time.Hour)).Run(t.Context(), checker, "sales")
	if err != nil {
		t.Fatal(err)
	}
	want := 0.0
	for _, c := range counts {
		p, q := c[0]/(40*56), c[1]/(40*7)
		want += (q - p) * math.Log(q/p)
	}
	got := run.Results[0]
	if got.State != quality.Broken || got.Observed == nil || math.Abs(*got.Observed-want) > 1e-9 || got.Checked != 280 {
		t.Errorf("kind: %+v, want an index of %v", got, want)
	}
	if got, want := run.Results[1], bruteDrift(amounts[0], amounts[1]); math.Abs(*got.Observed-want) > 1e-9 || (got.State == quality.Broken) != (want > 0.05) {
		t.Errorf("amount moved by 0.4 standard deviations: %+v, an index of %v, want %v", got, *got.Observed, want)
	}
	if got := run.Results[2]; got.State != quality.Unknown {
		t.Errorf("40 rows a day are too few: %+v", got)
	}
	if got := run.Results[3]; got.State != quality.Kept || got.Checked != 40*31 {
		t.Errorf("only two days of March moved: %+v", got)
	}
}

// bruteDrift is the index of two samples over tenths of the first.
func bruteDrift(base, now []float64) float64 {
	sorted := slices.Sorted(slices.Values(base))
	share := func(sample []float64, low, high float64) float64 {
		n := 0.0
		for _, x := range sample {
			if x > low && x <= high {
				n++
			}
		}
		return math.Max(n/float64(len(sample)), 1e-4)
	}
	sum, low := 0.0, math.Inf(-1)
	for i := 1; i <= 10; i++ {
		high := math.Inf(1)
		if i < 10 {
			at := float64(i) / 10 * float64(len(sorted)-1)
			k := int(at)
			high = sorted[k] + (at-float64(k))*(sorted[k+1]-sorted[k])
		}
		p, q := share(base, low, high), share(now, low, high)
		sum += (q - p) * math.Log(q/p)
		low = high
	}
	return sum
}

// TestReconcileFromWholePeriods: a month in the middle of which one side began is
// not compared; one from whose first day on both have rows is.
func TestReconcileFromWholePeriods(t *testing.T) {
	t.Parallel()
	b := openQueryBench(t)
	for first, checked := range map[string]int64{"2026-02-11": 2, "2026-03-01": 2, "2026-01-01": 4, "2026-04-02": 0} {
		var w periodWorld
		for day := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC); day.Month() < 5; day = day.AddDate(0, 0, 1) {
			name := day.Format(time.DateOnly)
			w.ledger = append(w.ledger, []string{name, "2.50"})
			if name >= first {
				w.rows = append(w.rows, []string{day.Add(9 * time.Hour).Format(time.DateTime), "2.50", "a"})
			}
		}
		w.define(b, "UTC", []semantic.QualityRule{{Rule: "reconcile", Column: "amount", By: "month", Against: &semantic.Against{Dataset: "ledger"}}})
		run, err := b.quality(time.Date(2026, 5, 3, 0, 0, 0, 0, time.UTC)).Run(t.Context(), checker, "sales")
		if err != nil {
			t.Fatal(err)
		}
		if got := run.Results[0]; got.Checked != checked || got.Broken != 0 {
			t.Errorf("from %s: %+v, want %d months", first, got, checked)
		}
	}
}
