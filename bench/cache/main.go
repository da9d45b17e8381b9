// Command cache measures how long an answer takes that was given before.
package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"lodestar/bench/internal/bed"
	"lodestar/bench/internal/figure"
	"lodestar/internal/query"
)

const (
	hits  = 2000
	limit = 2 // ms at the service
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
	for name, ask := range map[string]query.Request{
		"12 months by region": {Metrics: []query.MetricRef{{Metric: "revenue"}, {Metric: "orders"}},
			By:   []query.By{{Dimension: "store.city.region"}, {Time: "month"}},
			Time: &query.TimeRange{From: "2025-01-01", To: "2026-01-01"}},
		"last 30 days": {Metrics: []query.MetricRef{{Metric: "revenue"}}, By: []query.By{{Time: "day"}},
			Time: &query.TimeRange{Last: "30 days"}, AsOf: "2026-01-01"},
	} {
		start := time.Now()
		if _, err := b.Engine.Query(ctx, bed.Who(), ask); err != nil {
			return err
		}
		first := time.Since(start)
		var times []time.Duration
		for range hits {
			start := time.Now()
			res, err := b.Engine.Query(ctx, bed.Who(), ask)
			if err != nil {
				return err
			}
			if !res.Cached {
				return fmt.Errorf("%s: the answer was not in the cache", name)
			}
			times = append(times, time.Since(start))
		}
		figure.Print("cache", name+", first answer", figure.Millis(first), "ms")
		figure.Against("cache", name+", p50", figure.Millis(figure.Quantile(times, 0.5)), "ms", limit)
		figure.Against("cache", name+", p99", figure.Millis(figure.Quantile(times, 0.99)), "ms", limit)
	}
	return nil
}
