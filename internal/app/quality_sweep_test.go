package app_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"lodestar/internal/catalog"
	"lodestar/internal/expr"
	"lodestar/internal/quality"
	"lodestar/internal/semantic"
)

// TestSweep: rules are checked when they are new, when rows change and when a
// promise of freshness runs out, and not otherwise; of a large table about so
// many rows are looked at as the rule says, the same ones each time.
func TestSweep(t *testing.T) {
	t.Parallel()
	b := newQueryBench(t)
	b.onDuckDB()
	b.define([]*catalog.Resource{{Kind: "Dataset", Metadata: catalog.Metadata{Name: "visits"}, Revision: 1, Spec: &semantic.DatasetSpec{Time: "day",
		Columns: []semantic.Column{{Name: "id", Type: expr.Integer}, {Name: "day", Type: expr.Date}},
		Quality: []semantic.QualityRule{{Rule: "range", Column: "id", Min: "10000", Sample: 9000}, {Rule: "freshness", Within: "3 days"}}}}})
	const rows = 30_000
	fill := func() {
		var list [][]string
		for i := range rows {
			list = append(list, []string{fmt.Sprint(i), "2026-05-30"})
		}
		b.fill("visits", list)
	}
	fill()
	store, asOf := &keptRuns{}, time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	s, err := quality.New(t.Context(), quality.Config{Warehouse: b, Model: func() *semantic.Model { return b.model }, Store: store,
		AsOf: func(context.Context) (time.Time, error) { return asOf, nil }, Now: func() time.Time { return asOf }})
	if err != nil {
		t.Fatal(err)
	}
	sweep := func(what string, want int) {
		t.Helper()
		s.Sweep(t.Context())
		if len(store.runs) != want {
			t.Fatalf("%s: %d runs, want %d", what, len(store.runs), want)
		}
	}
	sweep("new rules", 1)
	first := store.runs[0].Results[0]
	if !first.Sampled || first.Checked < 6000 || first.Checked > 12000 || first.Broken == 0 || first.Broken >= first.Checked {
		t.Errorf("a sample of 9000: %+v", first)
	}
	sweep("nothing new", 1)
	fill()
	sweep("rows changed", 2)
	if again := store.runs[0].Results[0]; again.Checked != first.Checked || again.Broken != first.Broken || !again.Since.Equal(first.Since) {
		t.Errorf("the same rows are another sample: %+v, before %+v", again, first)
	}
	asOf = asOf.Add(72 * time.Hour)
	sweep("rows grew old", 3)
	if x := store.runs[0].Results[1]; x.State != quality.Broken {
		t.Errorf("%+v", x)
	}
	sweep("known to be old", 3)
}
