package app_test

import (
	"math"
	"slices"
	"testing"

	"lodestar/internal/query"
	"lodestar/internal/semantic"
)

// TestPartsAddUp holds answers against each other, without an oracle: parts of
// what adds up come to the total, with the rest after a top; a total is the same
// with a top and without; that of a ratio is what its sides come to. Which
// metrics add up is what their class says. Members without a value are members.
// Rows that belong to several members at once are another matter, and warned of:
// see members.txt.
func TestPartsAddUp(t *testing.T) {
	t.Parallel()
	b := openQueryBench(t)
	additive, ratios, nulls := 0, 0, 0
	for seed := range 14 {
		w := newWorld(uint64(7000 + seed))
		w.plain = true
		b.define(w.resources())
		w.fillBench(b)
		for range 10 {
			ms, at := w.some()
			m := ms[0]
			by := []query.By{{Dimension: at[w.rng.IntN(len(at))].path}}
			r := query.Request{Metrics: []query.MetricRef{{Metric: m.name, As: "m"}}, By: by, Totals: true}
			whole := b.answer(t, r)
			if w.rng.one(2) {
				r.Top = &query.Top{N: 1 + w.rng.IntN(2), By: "m", Others: true}
			}
			got := b.answer(t, r)
			if !sameTable(got.Totals, whole.Totals) {
				t.Fatalf("%s: the total is %v with a top and %v without", describeRequest(r), got.Totals, whole.Totals)
			}
			if slices.ContainsFunc(whole.Rows, func(row []any) bool { return row[0] == nil }) {
				nulls++
			}
			class := b.model.Metric(m.name).Class
			if class != semantic.Additive && class != semantic.SemiAdditive && w.adds(m) {
				t.Fatalf("%s is %s", m.name, class)
			}
			if class == semantic.Additive {
				additive++
				sum, total := sumOf(got.Rows, got.Others), sumOf(got.Totals)
				if math.Abs(sum-total) > 1e-9*max(1, math.Abs(total)) {
					t.Fatalf("seed %d %s: parts come to %v of %v\n%v %v", seed, describeRequest(r), sum, total, got.Rows, got.Others)
				}
			}
			if m.kind == "ratio" && m.a.where == nil && m.b.where == nil {
				ratios++
				sides := b.answer(t, query.Request{Metrics: []query.MetricRef{{Metric: w.metrics[m.a.metric].name, As: "a"}, {Metric: w.metrics[m.b.metric].name, As: "b"}}})
				want := calculate("/", floatOrNil(sides.Rows[0][0]), floatOrNil(sides.Rows[0][1]))
				if have := floatOrNil(whole.Totals[0][1]); !closeTo(have, want) {
					t.Fatalf("seed %d %s: the total is %v, its sides say %v", seed, describeRequest(r), have, want)
				}
			}
		}
	}
	if additive < 20 || ratios < 5 || nulls < 20 {
		t.Errorf("%d additive metrics, %d ratios, %d answers with a member without a value: too few to show anything", additive, ratios, nulls)
	}
}

func (b *queryBench) answer(t *testing.T, r query.Request) *query.Result {
	t.Helper()
	got, err := b.engine(false).Query(t.Context(), asker, r)
	if err != nil {
		t.Fatalf("%v\n%s", err, describeRequest(r))
	}
	return got
}

func floatOrNil(v any) any {
	if x, ok := query.Float(v); ok {
		return x
	}
	return nil
}

func closeTo(a, b any) bool {
	if a == nil || b == nil {
		return a == b
	}
	return math.Abs(a.(float64)-b.(float64)) <= 1e-9*max(1, math.Abs(b.(float64)))
}
