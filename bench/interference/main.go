// Command interference asks tiles of a dashboard while the program has nothing
// else to do, and while it reads a file of millions of rows again and again, and
// compares how long they take: tiles whose answer is known, tiles that a roll-up
// answers, and tiles that go over all rows.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"lodestar/bench/internal/bed"
	"lodestar/bench/internal/figure"
	"lodestar/bench/internal/program"
)

const (
	rounds = 8                // each idle first, then loading; many, as machines drift
	round  = 20 * time.Second // of either
	think  = 15 * time.Millisecond
)

func main() {
	if err := run(context.Background()); err != nil {
		figure.Fail(err)
	}
}

const definitions = `
kind: Connection
metadata: {name: arrivals}
spec: {type: folder, path: FOLDER, settled: 1 second}
---
kind: Dataset
metadata: {name: arriving}
spec:
  columns:
    - {name: order_id, type: integer}
    - {name: line_no, type: integer}
    - {name: ordered_at, type: timestamp, zone: UTC}
    - {name: store_id, type: integer}
    - {name: product_id, type: integer}
    - {name: customer_id, type: integer}
    - {name: channel, type: string}
    - {name: quantity, type: integer}
    - {name: amount, type: decimal, precision: 12, scale: 2}
    - {name: discount, type: decimal, precision: 12, scale: 2}
  time: ordered_at
  source: {connection: arrivals, table: order_lines.csv, sync: {mode: full}}
---
kind: Rollup
metadata: {name: daily}
spec: {dataset: order_lines, grain: day, dimensions: [channel]}
---
kind: Rollup
metadata: {name: monthly}
spec: {dataset: order_lines, grain: month, dimensions: [store_id, store.city.region, channel]}
`

func run(ctx context.Context) (err error) {
	lines, err := bed.Lines()
	if err != nil {
		return err
	}
	if err := os.Setenv("LODESTAR_FOLDERS", bed.Dir(lines)); err != nil {
		return err
	}
	prepared, token, err := program.Prepare(ctx)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp(bed.Dir(lines), "interference-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	data := filepath.Join(dir, "data")
	if err := os.CopyFS(data, os.DirFS(prepared)); err != nil {
		return err
	}
	p, err := program.Serve(data, token)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Stop()) }()
	if err := p.FirstAnswer(ctx); err != nil {
		return err
	}
	m := &measuring{p: p, lines: int64(lines), asked: map[string]int{}}
	if err := m.prepare(ctx, filepath.Join(bed.Dir(lines), "files")); err != nil {
		return err
	}
	return m.compare(ctx)
}

// measuring is a server under way.
type measuring struct {
	p     *program.Program
	lines int64
	asked map[string]int // tiles so far, by their kind
}

// prepare defines what is loaded and what roll-ups there are, and loads once.
func (m *measuring) prepare(ctx context.Context, folder string) error {
	yaml := []map[string]string{{"name": "interference.yaml", "text": strings.Replace(definitions, "FOLDER", folder, 1)}}
	if err := m.p.Do(ctx, "POST", "/apply", map[string]any{"files": yaml}, nil); err != nil {
		return err
	}
	for _, name := range []string{"daily", "monthly"} {
		if err := m.p.Do(ctx, "POST", "/rollups/"+name+"/refresh", struct{}{}, nil); err != nil {
			return err
		}
	}
	return m.check(ctx)
}

// compare takes turns between idle and loading, and prints how both differ.
func (m *measuring) compare(ctx context.Context) error {
	alone, err := m.load(ctx)
	if err != nil {
		return err
	}
	idle, busy := times{}, times{}
	var loads []time.Duration
	for i := range rounds {
		figure.Say("round %d of %d", i+1, rounds)
		if err := m.ask(ctx, idle, time.After(round)); err != nil {
			return err
		}
		done := make(chan error, 1)
		stop := make(chan struct{})
		go func() {
			took, err := m.loadUntil(ctx, stop)
			loads = append(loads, took...)
			done <- err
		}()
		err := m.ask(ctx, busy, time.After(round))
		close(stop)
		if err := errors.Join(err, <-done); err != nil {
			return err
		}
	}
	for _, k := range kinds {
		for _, q := range []float64{0.5, 0.95} {
			name := fmt.Sprintf("%s, p%g while loading, against idle", k.name, q*100)
			figure.Against("interference", name, figure.Millis(figure.Quantile(busy[k.name], q)), "ms", figure.Millis(figure.Quantile(idle[k.name], q)))
		}
		got := float64(figure.Quantile(busy[k.name], 0.95)) / float64(figure.Quantile(idle[k.name], 0.95))
		if got > k.wanted {
			figure.Say("%s: p95 is %.2f times that of idle, wanted %.1f", k.name, got, k.wanted)
		}
	}
	perSecond := func(d time.Duration) float64 { return float64(m.lines) / d.Seconds() }
	figure.Against("interference", "load while tiles are asked, against alone", perSecond(figure.Quantile(loads, 0.5)), "rows/s", perSecond(alone))
	return nil
}
