// Command share asks for 200 metrics of 8 datasets by day, in one request and
// in one request each, and compares times and answers. The datasets are the
// order lines dealt out to eight tables.
package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"lodestar/bench/internal/bed"
	"lodestar/bench/internal/figure"
	"lodestar/bench/model"
	"lodestar/internal/catalog"
	"lodestar/internal/expr"
	"lodestar/internal/kinds"
	"lodestar/internal/query"
	"lodestar/internal/semantic"
	"lodestar/internal/warehouse"
)

const (
	datasets = 8
	each     = 25 // metrics of a dataset
	mixes    = 5  // of each kind, with other filters or expressions

	wantedMixed    = 3
	wantedAdditive = 8
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

func measure(ctx context.Context, b *bed.Bed) (err error) {
	w, err := deal(ctx, b)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.clear(ctx)) }()
	for _, kind := range []struct {
		name   string
		metric func(*rand.Rand, int) string
		wanted float64
	}{
		{"mixed filters", mixed, wantedMixed},
		{"additive expressions", additive, wantedAdditive},
	} {
		var ratios []float64
		for mix := range mixes {
			one, single, err := w.race(ctx, kind.metric, uint64(mix))
			if err != nil {
				return fmt.Errorf("%s, mix %d: %w", kind.name, mix+1, err)
			}
			figure.Against("share", fmt.Sprintf("%s, mix %d", kind.name, mix+1), figure.Millis(one), "ms", figure.Millis(single))
			ratios = append(ratios, float64(single)/float64(one))
		}
		slices.Sort(ratios)
		figure.Against("share", kind.name+", times faster at the median", ratios[len(ratios)/2], "times", kind.wanted)
		figure.Against("share", kind.name+", times faster at worst", ratios[0], "times", kind.wanted)
	}
	return nil
}

// conditions are what metrics are filtered by; some lead to other datasets.
func conditions() []string {
	return []string{"channel = 'web'", "channel = 'app'", "quantity > 1", "discount > 0", "amount >= 100",
		"store.city.region = 'East'", "store.city.region = 'North'", "customer_id is null"}
}

// mixed is a metric with a filter of none to two conditions.
func mixed(r *rand.Rand, _ int) string {
	what := [][2]string{{"sum", "amount"}, {"sum", "quantity"}, {"sum", "discount"}, {"sum", "amount + discount"},
		{"count", ""}, {"max", "amount"}}[r.IntN(6)]
	var where []string
	all := conditions()
	for range r.IntN(3) {
		where = append(where, all[r.IntN(len(all))])
	}
	return definition(what[0], what[1], strings.Join(where, " and "))
}

// additive is a metric that differs from others in its expression only.
func additive(r *rand.Rand, i int) string {
	return definition("sum", fmt.Sprintf("amount * %d + discount * %d - quantity * %d", 1+r.IntN(9), r.IntN(9), i), "")
}

func definition(agg, of, where string) string {
	out := "agg: " + agg
	if of != "" {
		out += fmt.Sprintf(", expr: %q", of)
	}
	if where != "" {
		out += fmt.Sprintf(", where: %q", where)
	}
	return out
}

// dealt is the warehouse with the tables of this benchmark on top.
type dealt struct {
	warehouse.Warehouse
	bed    *bed.Bed
	states map[string]warehouse.State
}

func (d *dealt) State(ctx context.Context, name string) (warehouse.State, bool, error) {
	if s, ok := d.states[name]; ok {
		return s, true, nil
	}
	return d.Warehouse.State(ctx, name)
}

func tableName(i int) string { return fmt.Sprintf("main.bench_share_%d", i) }

func deal(ctx context.Context, b *bed.Bed) (*dealt, error) {
	base, ok, err := b.DB.State(ctx, "order_lines")
	if err != nil || !ok {
		return nil, fmt.Errorf("no order lines: %w", err)
	}
	d := &dealt{Warehouse: b.DB, bed: b, states: map[string]warehouse.State{}}
	for i := range datasets {
		figure.Say("dealing out table %d of %d", i+1, datasets)
		err := d.exec(ctx, fmt.Sprintf("CREATE OR REPLACE TABLE %s AS SELECT * FROM %s WHERE order_id %% %d = %d", tableName(i), base.Table, datasets, i))
		if err != nil {
			return nil, err
		}
		s := base
		s.Dataset, s.Table, s.Rows = fmt.Sprintf("share%d", i), tableName(i), base.Rows/datasets
		d.states[s.Dataset] = s
	}
	return d, nil
}

func (d *dealt) exec(ctx context.Context, sql string) error {
	rows, err := d.bed.DB.Query(ctx, expr.SQL{Text: sql})
	if err != nil {
		return err
	}
	for rows.Next() {
	}
	return errors.Join(rows.Err(), rows.Close())
}

func (d *dealt) clear(ctx context.Context) error {
	var err error
	for i := range datasets {
		err = errors.Join(err, d.exec(ctx, "DROP TABLE IF EXISTS "+tableName(i)))
	}
	return err
}

// define adds the datasets and made-up metrics to the benchmark's model.
func define(metric func(*rand.Rand, int) string, seed uint64) (*semantic.Model, []query.MetricRef, error) {
	var y strings.Builder
	y.Write(model.YAML)
	for i := range datasets {
		fmt.Fprintf(&y, `
---
kind: Dataset
metadata: {name: share%d}
spec:
  columns:
    - {name: order_id, type: integer}
    - {name: ordered_at, type: timestamp, zone: UTC}
    - {name: store_id, type: integer}
    - {name: customer_id, type: integer}
    - {name: channel, type: string}
    - {name: quantity, type: integer}
    - {name: amount, type: decimal, precision: 12, scale: 2}
    - {name: discount, type: decimal, precision: 12, scale: 2}
  time: ordered_at
  relationships:
    - {name: store, to: stores, columns: {store_id: store_id}, cardinality: many_to_one}
`, i)
	}
	r := rand.New(rand.NewPCG(seed, 11))
	var refs []query.MetricRef
	for i := range datasets * each {
		name := fmt.Sprintf("shared%d", i)
		fmt.Fprintf(&y, "---\nkind: Metric\nmetadata: {name: %s}\nspec: {type: simple, dataset: share%d, %s}\n", name, i/each, metric(r, i%each))
		refs = append(refs, query.MetricRef{Metric: name})
	}
	rs, findings := catalog.Decode("share.yaml", []byte(y.String()), kinds.All())
	m, more := semantic.Compile(rs)
	for _, f := range append(findings, more...) {
		if f.Severity == catalog.Error {
			return nil, nil, fmt.Errorf("%s %s %s: %s", f.Kind, f.Name, f.Path, f.Text.EN)
		}
	}
	return m, refs, nil
}

// race asks both ways and compares the answers. Nothing is cached.
func (d *dealt) race(ctx context.Context, metric func(*rand.Rand, int) string, seed uint64) (one, single time.Duration, err error) {
	m, refs, err := define(metric, seed)
	if err != nil {
		return 0, 0, err
	}
	e := query.New(query.Config{Model: func() *semantic.Model { return m }, Warehouse: d, Now: time.Now, CacheBytes: -1})
	defer e.Close()
	ask := query.Request{Metrics: refs, By: []query.By{{Time: "day"}}}
	var all *query.Result
	for range 2 { // the first also warms up
		start := time.Now()
		if all, err = e.Query(ctx, bed.Who(), ask); err != nil {
			return 0, 0, err
		}
		one = time.Since(start)
	}
	for i, ref := range refs {
		ask.Metrics = []query.MetricRef{ref}
		start := time.Now()
		alone, err := e.Query(ctx, bed.Who(), ask)
		if err != nil {
			return 0, 0, err
		}
		single += time.Since(start)
		if err := same(all, alone, i+1); err != nil {
			return 0, 0, fmt.Errorf("%s: %w", ref.Metric, err)
		}
	}
	return one, single, nil
}

// same compares a column of the answer to all with the answer to one. Days
// without rows of the one are empty in the other.
func same(all, alone *query.Result, column int) error {
	want := map[any]any{}
	for _, r := range alone.Rows {
		want[r[0]] = r[1]
	}
	for _, r := range all.Rows {
		w, ok := want[r[0]]
		delete(want, r[0])
		a, b := fmt.Sprint(r[column]), fmt.Sprint(w)
		if !ok && a != "<nil>" && a != "0" || ok && a != b {
			return fmt.Errorf("on %v %s in one request, %s alone", r[0], a, b)
		}
	}
	if len(want) > 0 {
		return fmt.Errorf("%d days are missing in one request", len(want))
	}
	return nil
}
