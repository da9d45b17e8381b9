package app_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"lodestar/internal/calendar"
	"lodestar/internal/query"
)

// withOptions gives some metrics of a question an option.
func (w *world) withOptions(r asked) asked {
	d := w.rng
	r.Having, r.least, r.Order, r.Limit = "", nil, nil, 0
	r.Metrics = slices.Clone(r.Metrics)
	names := make([]string, len(r.By))
	var grain calendar.Grain
	for i, b := range r.By {
		names[i] = b.Name()
		grain = max(grain, b.Time)
	}
	for i := range r.Metrics {
		var some []string
		for _, n := range names {
			if d.one(3) {
				some = append(some, n)
			}
		}
		over := d.pick("", "", "period", "range")
		switch d.IntN(4) {
		case 0:
			if len(some) < len(names) || len(names) == 0 {
				r.Metrics[i].Share = &query.Share{Of: some, Over: over}
			}
		case 1:
			r.Metrics[i].Rank = &query.Rank{Within: some, Over: over, Order: d.pick("", "desc", "asc")}
		case 2:
			if grain == "" {
				continue
			}
			window := fmt.Sprintf("%d %ss", 1+d.IntN(5), grain)
			if grain == calendar.Day && d.one(3) {
				window = d.pick("1 week", "2 weeks", "1 month")
			}
			r.Metrics[i].Moving = &query.Moving{Window: window, Agg: d.pick("", "avg", "min", "max")}
		}
	}
	return r
}

// TestQueryOptionsAgainstOracle asks made-up worlds for shares, ranks and moving
// averages.
func TestQueryOptionsAgainstOracle(t *testing.T) {
	t.Parallel()
	b := openQueryBench(t)
	worlds, asks := 12, 12
	if testing.Short() {
		worlds = 8
	}
	for seed := range worlds {
		w := newWorld(uint64(1000 + seed))
		w.plain = true
		b.define(w.resources())
		w.fillBench(b)
		for range asks {
			checkOptionAsk(t, b, w, w.withOptions(w.request("")), seed)
		}
		if t.Failed() {
			return
		}
	}
}

func checkOptionAsk(t *testing.T, b *queryBench, w *world, r asked, seed int) {
	t.Helper()
	for _, plain := range []bool{false, true} {
		got, err := b.engine(plain).Query(t.Context(), asker, r.Request)
		if err != nil {
			t.Fatalf("seed %d plain %v: %v\n%s", seed, plain, err, describeRequest(r.Request))
		}
		o := &optionOracle{w.oracle(t, b, plainRequest(r), got), r.Request, nil}
		if diff := o.checkOptions(got); len(diff) > 0 {
			t.Fatalf("seed %d plain %v:\n%s\n%s", seed, plain, describeRequest(r.Request), strings.Join(diff[:min(len(diff), 20)], "\n"))
		}
	}
}

// TestSharesAddUp: the shares of what adds up come to 1 under each parent, the
// others included.
func TestSharesAddUp(t *testing.T) {
	t.Parallel()
	b := openQueryBench(t)
	for seed := range 12 {
		w := newWorld(uint64(2000 + seed))
		b.define(w.resources())
		w.fillBench(b)
		fact := w.datasets[slices.IndexFunc(w.datasets, func(s *worldSet) bool { return s.fact })]
		var adds []string
		for _, m := range w.metrics {
			if m.kind == "simple" && m.set == fact && w.adds(m) {
				adds = append(adds, m.name)
			}
		}
		at := fact.places("", 3)
		for range 8 {
			w.rng.Shuffle(len(at), func(i, j int) { at[i], at[j] = at[j], at[i] })
			r := query.Request{By: []query.By{{Dimension: at[0].path}, {Dimension: at[1].path}, {Time: "month"}},
				Metrics: []query.MetricRef{{Metric: w.rng.pick(adds...), As: "whole"}}, Totals: true}
			r.Metrics = append(r.Metrics, query.MetricRef{Metric: r.Metrics[0].Metric, As: "part", Share: &query.Share{}})
			parent := []int{2}
			if w.rng.one(2) {
				r.Metrics[1].Share.Of, parent = []string{at[0].path}, []int{0, 2}
			} else if w.rng.one(2) {
				r.Top = &query.Top{N: 1 + w.rng.IntN(3), By: "whole", Others: true}
			}
			addUp(t, b, r, parent)
		}
	}
}

func addUp(t *testing.T, b *queryBench, r query.Request, parent []int) {
	t.Helper()
	got, err := b.engine(false).Query(t.Context(), asker, r)
	if err != nil {
		t.Fatalf("%v\n%s", err, describeRequest(r))
	}
	sums, wholes := map[string]float64{}, map[string]float64{}
	for _, row := range slices.Concat(got.Rows, got.Others) {
		var id []string
		for _, k := range parent {
			id = append(id, keyCell(row[k]))
		}
		whole, _ := query.Float(row[3])
		part, _ := query.Float(row[4])
		sums[strings.Join(id, "|")] += part
		wholes[strings.Join(id, "|")] += whole
	}
	for id, sum := range sums {
		if wholes[id] != 0 && math.Abs(sum-1) > 1e-9 || wholes[id] == 0 && sum != 0 {
			t.Errorf("%s: shares under %q come to %v of %v", describeRequest(r), id, sum, wholes[id])
		}
	}
}
