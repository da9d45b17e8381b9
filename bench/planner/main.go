// Command planner measures a workspace of 2,000 metrics: how long a question
// takes to plan, from the query object to the statements that would run; how
// long the workspace takes to load, from files and at the start of the program;
// and how long a changed file takes until questions see the change.
package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"lodestar/bench/internal/bed"
	"lodestar/bench/internal/figure"
	"lodestar/bench/internal/large"
	"lodestar/internal/catalog"
	"lodestar/internal/kinds"
	"lodestar/internal/query"
	"lodestar/internal/semantic"
	"lodestar/internal/warehouse"
)

const (
	rounds = 3000
	limit  = 2 // ms
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
	if err := errors.Join(plan(ctx, b), b.Close(ctx)); err != nil {
		return err
	}
	return workspace(ctx)
}

// copied gives the copies of the order lines the state of these.
type copied struct{ warehouse.Warehouse }

func (c copied) State(ctx context.Context, name string) (warehouse.State, bool, error) {
	for i := range large.Facts {
		if name == large.Fact(i) {
			s, ok, err := c.Warehouse.State(ctx, "order_lines")
			s.Dataset = name
			return s, ok, err
		}
	}
	return c.Warehouse.State(ctx, name)
}

// asks are the questions that are planned.
func asks() map[string]query.Request {
	ten := query.Request{By: []query.By{{Dimension: "store.city.region"}, {Time: "week"}}, Where: "store.city.name <> 'City 01'",
		Time: &query.TimeRange{Last: "13 weeks"}, AsOf: "2026-01-01"}
	for i := range 10 { // of six facts: eight simple ones, a ratio, a derived one
		ten.Metrics = append(ten.Metrics, query.MetricRef{Metric: large.Metric(35 + i)})
	}
	return map[string]query.Request{
		"10 metrics over 6 datasets": ten,
		"6 metrics, 3 facts, 4 dimensions, top and comparison": {
			Metrics: []query.MetricRef{{Metric: "revenue"}, {Metric: "orders"}, {Metric: "order_value"}, {Metric: "visits"},
				{Metric: "conversion"}, {Metric: "returned"}},
			By:   []query.By{{Dimension: "store.name"}, {Dimension: "store.city.name"}, {Dimension: "store.city.region"}, {Time: "month"}},
			Time: &query.TimeRange{From: "2025-10-01", To: "2026-01-01"}, Compare: &query.Compare{To: "previous_year"},
			Top: &query.Top{N: 10, By: "revenue", Others: true},
		},
	}
}

func plan(ctx context.Context, b *bed.Bed) error {
	m, err := compile()
	if err != nil {
		return err
	}
	engine := query.New(query.Config{Model: func() *semantic.Model { return m }, Warehouse: copied{b.DB}, Now: time.Now})
	defer engine.Close()
	for name, ask := range asks() {
		var times []time.Duration
		for range rounds {
			start := time.Now()
			if _, err := engine.Statements(ctx, bed.Who(), ask); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			times = append(times, time.Since(start))
		}
		figure.Against("planner", name+": p50", figure.Millis(figure.Quantile(times, 0.5)), "ms", limit)
		figure.Against("planner", name+": p99", figure.Millis(figure.Quantile(times, 0.99)), "ms", limit)
	}
	return nil
}

// compile decodes and compiles the workspace, a few times.
func compile() (*semantic.Model, error) {
	var decoding, compiling []time.Duration
	var m *semantic.Model
	for range 3 {
		start := time.Now()
		var rs []*catalog.Resource
		for _, f := range large.Files() {
			some, findings := catalog.Decode(f.Name, []byte(f.Text), kinds.All())
			if len(findings) > 0 {
				return nil, errors.New(findings[0].Text.EN)
			}
			rs = append(rs, some...)
		}
		decoding = append(decoding, time.Since(start))
		start = time.Now()
		var findings []catalog.Finding
		m, findings = semantic.Compile(rs)
		compiling = append(compiling, time.Since(start))
		if len(m.Metrics()) != large.Metrics {
			return nil, fmt.Errorf("%d metrics compiled: %+v", len(m.Metrics()), findings[:min(3, len(findings))])
		}
	}
	figure.Print("planner", fmt.Sprintf("decode %d metrics from YAML", large.Metrics), figure.Millis(slices.Min(decoding)), "ms")
	figure.Print("planner", fmt.Sprintf("compile %d metrics", large.Metrics), figure.Millis(slices.Min(compiling)), "ms")
	return m, nil
}
