// Command planner measures how long it takes to plan a question, from the
// query object to the statements that would run, in a model of 500 metrics.
package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"lodestar/bench/internal/bed"
	"lodestar/bench/internal/figure"
	"lodestar/bench/model"
	"lodestar/internal/catalog"
	"lodestar/internal/kinds"
	"lodestar/internal/query"
	"lodestar/internal/semantic"
)

const (
	metrics = 500
	rounds  = 3000
	limit   = 2 // ms
)

func main() {
	if err := run(context.Background()); err != nil {
		figure.Fail(err)
	}
}

func run(ctx context.Context) error {
	b, err := bed.Loaded(ctx)
	if err != nil {
		return err
	}
	return errors.Join(measure(ctx, b), b.Close(ctx))
}

func measure(ctx context.Context, b *bed.Bed) error {
	m, took, err := large()
	if err != nil {
		return err
	}
	figure.Print("planner", fmt.Sprintf("compile %d metrics", len(m.Metrics())), figure.Millis(took), "ms")
	engine := query.New(query.Config{Model: func() *semantic.Model { return m }, Warehouse: b.DB, Now: time.Now})
	ask := query.Request{
		Metrics: []query.MetricRef{{Metric: "revenue"}, {Metric: "orders"}, {Metric: "order_value"}, {Metric: "visits"},
			{Metric: "conversion"}, {Metric: "returned"}},
		By:   []query.By{{Dimension: "store.name"}, {Dimension: "store.city.name"}, {Dimension: "store.city.region"}, {Time: "month"}},
		Time: &query.TimeRange{From: "2025-10-01", To: "2026-01-01"}, Compare: &query.Compare{To: "previous_year"},
		Top: &query.Top{N: 10, By: "revenue", Others: true},
	}
	var times []time.Duration
	for range rounds {
		start := time.Now()
		if _, err := engine.Statements(ctx, bed.Who(), ask); err != nil {
			return err
		}
		times = append(times, time.Since(start))
	}
	figure.Print("planner", "6 metrics, 3 facts, 4 dimensions, top and comparison: p50", figure.Millis(figure.Quantile(times, 0.5)), "ms")
	figure.Against("planner", "6 metrics, 3 facts, 4 dimensions, top and comparison: p99", figure.Millis(figure.Quantile(times, 0.99)), "ms", limit)
	return nil
}

// large is the benchmark's model with metrics added until there are 500.
func large() (*semantic.Model, time.Duration, error) {
	rs, findings := catalog.Decode("model.yaml", model.YAML, kinds.All())
	if len(findings) > 0 {
		return nil, 0, errors.New(findings[0].Text.EN)
	}
	have := 0
	for _, r := range rs {
		if r.Kind == "Metric" {
			have++
		}
	}
	for i := range metrics - have {
		spec := &semantic.MetricSpec{Type: "simple", Dataset: "order_lines", Agg: "sum", Expr: "amount",
			Where: fmt.Sprintf("store_id = %d and channel = 'web'", i)}
		if i%3 == 0 {
			spec = &semantic.MetricSpec{Type: "derived", Expr: fmt.Sprintf("revenue / (orders + %d)", i+1)}
		}
		rs = append(rs, &catalog.Resource{Kind: "Metric", Metadata: catalog.Metadata{Name: fmt.Sprintf("filler_%d", i)}, Spec: spec})
	}
	start := time.Now()
	m, findings := semantic.Compile(rs)
	took := time.Since(start)
	if len(m.Metrics()) != metrics {
		return nil, 0, fmt.Errorf("%d metrics compiled: %v", len(m.Metrics()), findings)
	}
	return m, took, nil
}
