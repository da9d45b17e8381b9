package app_test

import (
	"math"
	"testing"
	"time"

	"lodestar/internal/demo"
	"lodestar/internal/explain"
)

// TestExplanationsAddUp explains every metric of the demo on the real engine
// and checks that parts add up to the change along the formula and along every
// dimension, and that members' values are those the engine gives by itself.
func TestExplanationsAddUp(t *testing.T) {
	t.Parallel()
	j, w := demoAt(t, demo.Options{Seed: 3})
	var listed struct {
		Items []struct{ Metadata struct{ Name string } }
	}
	j.do("GET", "/metrics?limit=200", nil, &listed)
	if len(listed.Items) == 0 {
		t.Fatal("no metrics")
	}
	dimensions := 0
	for _, m := range listed.Items {
		var x explain.Explanation
		start := time.Now()
		j.post("/explain", map[string]any{"metric": m.Metadata.Name}, &x)
		t.Logf("%4d ms %s: %s", time.Since(start).Milliseconds(), m.Metadata.Name, x.Sentence.ZH)
		if x.Sentence.ZH == "" || x.Sentence.EN == "" {
			t.Errorf("%s: no sentence", m.Metadata.Name)
		}
		for _, warning := range x.Warnings {
			if warning.Code == "dimension_failed" || warning.Code == "formula_not_split" {
				t.Errorf("%s: %s", m.Metadata.Name, warning.Text.EN)
			}
		}
		if x.Change == nil {
			continue
		}
		if !x.To.From.Equal(w.LastWeek) {
			t.Errorf("%s: explained %v", m.Metadata.Name, x.To)
		}
		if x.Formula != nil {
			total := x.Formula.Residual
			for _, p := range x.Formula.Parts {
				total += p.Contribution
			}
			near(t, m.Metadata.Name+" formula", total, x, x.Formula.Residual)
		}
		for _, d := range x.Dimensions {
			dimensions++
			if !d.Adds {
				continue
			}
			total := d.Overlap
			for _, member := range d.Members {
				total += member.Contribution
			}
			if d.Others != nil {
				total += d.Others.Contribution
			}
			near(t, m.Metadata.Name+" by "+d.Dimension, total, x, d.Overlap)
		}
	}
	if dimensions < 100 {
		t.Errorf("only %d splits by dimension", dimensions)
	}
}

func near(t *testing.T, what string, total float64, x explain.Explanation, more float64) {
	t.Helper()
	size := math.Max(math.Max(math.Abs(*x.ValueFrom), math.Abs(*x.ValueTo)), math.Abs(more))
	if math.Abs(total-*x.Change) > 1e-9*size {
		t.Errorf("%s: parts add up to %v, the change is %v", what, total, *x.Change)
	}
}

// TestExplainMembersAreTheEnginesOwn compares members' values with a plain
// question by the same dimension.
func TestExplainMembersAreTheEnginesOwn(t *testing.T) {
	t.Parallel()
	j, _ := demoAt(t, demo.Options{Seed: 4})
	for _, metric := range []string{"revenue", "conversion", "repeat_orders"} {
		var x explain.Explanation
		j.post("/explain", map[string]any{"metric": metric, "by": []string{"store.name"}, "limit": 100}, &x)
		if len(x.Dimensions) != 1 || len(x.Dimensions[0].Members) < 10 {
			t.Fatalf("%s: %+v", metric, x.Dimensions)
		}
		var answer struct{ Rows [][]any }
		j.post("/query", map[string]any{"metrics": []string{metric}, "by": []string{"store.name"},
			"time": map[string]any{"from": x.To.From, "to": x.To.To}}, &answer)
		want := map[any]any{}
		for _, row := range answer.Rows {
			want[row[0]] = row[1]
		}
		for _, m := range x.Dimensions[0].Members {
			v, ok := want[m.Value].(float64)
			if m.To == nil || !ok || math.Abs(*m.To-v) > 1e-9*math.Abs(v) {
				t.Errorf("%s of %v: explained %v, asked %v", metric, m.Value, m.To, want[m.Value])
			}
		}
	}
}
