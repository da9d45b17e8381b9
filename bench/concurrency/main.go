// Command concurrency opens 64 dashboards of 12 tiles at once, over HTTP: each
// of another store, so that nothing is shared at first, and then once more,
// when all answers are known.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"lodestar/bench/internal/figure"
	"lodestar/bench/internal/program"
)

const dashboards = 64

// tiles are the questions of a dashboard; %d is its store.
func tiles() []string {
	var out []string
	for _, q := range []string{
		`{"metrics": ["revenue"], "time": {"last": "30 days"}, "compare": {"to": "previous_period"}`,
		`{"metrics": ["orders"], "time": {"last": "30 days"}, "compare": {"to": "previous_period"}`,
		`{"metrics": ["units", "discount_rate"], "time": {"last": "30 days"}`,
		`{"metrics": ["revenue"], "by": [{"time": "day"}], "time": {"last": "90 days"}`,
		`{"metrics": ["revenue", "orders"], "by": [{"time": "week"}], "time": {"last": "26 weeks"}, "compare": {"to": "previous_year"}`,
		`{"metrics": ["revenue"], "by": ["channel"], "time": {"last": "30 days"}, "totals": true`,
		`{"metrics": ["revenue", "units"], "by": ["product.category.department"], "time": {"last": "90 days"}`,
		`{"metrics": ["revenue"], "by": ["product.name"], "time": {"last": "30 days"}, "top": {"n": 10, "by": "revenue", "others": true}`,
		`{"metrics": ["revenue"], "by": ["customer.level", {"time": "month"}], "time": {"last": "12 months"}`,
		`{"metrics": ["orders"], "by": ["channel", {"time": "week"}], "time": {"last": "13 weeks"}, "fill": true`,
		`{"metrics": ["discounts", "gross"], "by": [{"time": "month"}], "time": {"last": "24 months"}`,
		`{"metrics": ["lines"], "by": ["product.category.name"], "time": {"last": "30 days"}, "compare": {"to": "previous_period"}, "top": {"n": 5, "by": "lines"}`,
	} {
		out = append(out, q+`, "asOf": "2026-01-01", "where": "store.store_id = %d"}`)
	}
	return out
}

func main() {
	if err := run(context.Background()); err != nil {
		figure.Fail(err)
	}
}

func run(ctx context.Context) (err error) {
	dir, token, err := program.Prepare(ctx)
	if err != nil {
		return err
	}
	p, err := program.Serve(dir, token)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Stop()) }()
	if err := p.FirstAnswer(ctx); err != nil {
		return err
	}
	// Browsers of 64 people have a connection for each tile.
	http.DefaultTransport.(*http.Transport).MaxIdleConnsPerHost = dashboards * len(tiles())
	for _, pass := range []string{"cold", "warm"} {
		start := time.Now()
		tile, whole, failed := open(ctx, p)
		took := time.Since(start)
		figure.Print("concurrency", pass+", errors", float64(len(failed)), "of 768 tiles")
		for _, err := range failed[:min(3, len(failed))] {
			figure.Say("%s: %v", pass, err)
		}
		if len(failed) > 0 {
			return fmt.Errorf("%d tiles failed %s", len(failed), pass)
		}
		figure.Print("concurrency", pass+", a tile, p50", figure.Millis(figure.Quantile(tile, 0.5)), "ms")
		figure.Print("concurrency", pass+", a tile, p95", figure.Millis(figure.Quantile(tile, 0.95)), "ms")
		figure.Print("concurrency", pass+", a dashboard, p95", figure.Millis(figure.Quantile(whole, 0.95)), "ms")
		figure.Print("concurrency", pass+", all", figure.Millis(took), "ms")
	}
	return nil
}

// open opens all dashboards at once.
func open(ctx context.Context, p *program.Program) (tile, whole []time.Duration, failed []error) {
	var mu sync.Mutex
	var all sync.WaitGroup
	for n := range dashboards {
		all.Go(func() {
			start := time.Now()
			var one sync.WaitGroup
			for _, q := range tiles() {
				one.Go(func() {
					began := time.Now()
					err := p.Do(ctx, "POST", "/query", json.RawMessage(fmt.Sprintf(q, n+1)), nil)
					took := time.Since(began)
					mu.Lock()
					defer mu.Unlock()
					tile = append(tile, took)
					if err != nil {
						failed = append(failed, err)
					}
				})
			}
			one.Wait()
			mu.Lock()
			defer mu.Unlock()
			whole = append(whole, time.Since(start))
		})
	}
	all.Wait()
	return tile, whole, failed
}
