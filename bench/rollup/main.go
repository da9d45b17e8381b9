// Command rollup asks questions of 50 million rows, once with roll-ups to
// answer from and once without, and compares times and answers.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"lodestar/bench/internal/bed"
	"lodestar/bench/internal/figure"
	"lodestar/internal/catalog"
	"lodestar/internal/expr"
	"lodestar/internal/kinds"
	"lodestar/internal/query"
	"lodestar/internal/semantic"
	"lodestar/internal/warehouse"
	"lodestar/internal/warehouse/duckdb"
)

const (
	defaultRows = 50_000_000
	stores      = 400
	days        = 731
	wanted      = 30 // times faster
)

func main() {
	if err := run(context.Background()); err != nil {
		figure.Fail(err)
	}
}

func run(ctx context.Context) error {
	rows := int64(defaultRows)
	if s := os.Getenv("ROWS"); s != "" {
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil || n < 1000 {
			return fmt.Errorf("ROWS=%s: give a number of at least 1000", s)
		}
		rows = n
	}
	db, err := duckdb.Open(duckdb.Config{Dir: filepath.Join(filepath.Dir(bed.Dir(0)), fmt.Sprintf("rollup-%d", rows)), MemoryLimit: "4GB"})
	if err != nil {
		return err
	}
	return errors.Join(measure(ctx, &facts{DB: db, rows: rows}), db.Close())
}

// facts is the warehouse with two tables that the benchmark made itself.
type facts struct {
	*duckdb.DB
	rows int64
}

// State tells of the two tables.
func (f *facts) State(_ context.Context, name string) (warehouse.State, bool, error) {
	s := warehouse.State{Dataset: name, Table: "main." + name, Version: 1, Rows: stores, LoadedAt: last(),
		MinTime: map[string]time.Time{}, MaxTime: map[string]time.Time{}}
	s.Newest = s.MaxTime
	if name == "sales" {
		s.Rows = f.rows
		s.MinTime["sold_at"], s.MaxTime["sold_at"] = first(), last()
	}
	return s, true, nil
}

func first() time.Time { return time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC) }
func last() time.Time  { return first().AddDate(0, 0, days).Add(-time.Second) }

const definitions = `
kind: Workspace
metadata: {name: workspace}
spec: {zone: UTC, weekStart: monday, asOf: latest}
---
kind: Dataset
metadata: {name: stores}
spec:
  columns: [{name: store_id, type: integer}, {name: name, type: string}, {name: region, type: string}]
  primaryKey: [store_id]
---
kind: Dataset
metadata: {name: sales}
spec:
  columns:
    - {name: sold_at, type: timestamp, zone: UTC}
    - {name: store_id, type: integer}
    - {name: channel, type: string}
    - {name: quantity, type: integer}
    - {name: amount, type: decimal, precision: 12, scale: 2}
    - {name: discount, type: decimal, precision: 12, scale: 2}
  time: sold_at
  relationships: [{name: store, to: stores, columns: {store_id: store_id}, cardinality: many_to_one}]
---
kind: Metric
metadata: {name: revenue}
spec: {type: simple, dataset: sales, agg: sum, expr: amount}
---
kind: Metric
metadata: {name: units}
spec: {type: simple, dataset: sales, agg: sum, expr: quantity}
---
kind: Metric
metadata: {name: discounts}
spec: {type: simple, dataset: sales, agg: sum, expr: discount}
---
kind: Metric
metadata: {name: lines}
spec: {type: simple, dataset: sales, agg: count}
---
kind: Metric
metadata: {name: largest}
spec: {type: simple, dataset: sales, agg: max, expr: amount}
---
kind: Metric
metadata: {name: line_value}
spec: {type: derived, expr: revenue / lines}
`

const kept = `
---
kind: Rollup
metadata: {name: daily_by_channel}
spec: {dataset: sales, grain: day, dimensions: [channel]}
---
kind: Rollup
metadata: {name: monthly_by_store}
spec: {dataset: sales, grain: month, dimensions: [store_id, store.name, store.region, channel]}
`

// questions are what is asked; each must be answered from a roll-up.
var questions = [][2]string{
	{"a year in one number", `{"metrics": ["revenue"], "time": {"from": "2025-01-01", "to": "2026-01-01"}}`},
	{"by day", `{"metrics": ["revenue", "lines"], "by": [{"time": "day"}]}`},
	{"by channel and week", `{"metrics": ["revenue", "units", "line_value"], "by": ["channel", {"time": "week"}]}`},
	{"90 days of a channel, compared", `{"metrics": ["revenue"], "by": [{"time": "day"}], "where": "channel = 'app'", "time": {"from": "2025-09-01", "to": "2025-11-30"}, "compare": {"to": "previous_year"}}`},
	{"by store", `{"metrics": ["revenue", "largest"], "by": ["store.name"], "totals": true}`},
	{"top stores by month with others", `{"metrics": ["revenue"], "by": ["store.name", {"time": "month"}], "top": {"n": 10, "by": "revenue", "others": true}}`},
	{"regions by quarter", `{"metrics": ["revenue", "discounts"], "by": ["store.region", {"time": "quarter"}], "where": "channel <> 'web'"}`},
}

func compile(yaml string) (*semantic.Model, error) {
	rs, findings := catalog.Decode("rollup.yaml", []byte(yaml), kinds.All())
	m, more := semantic.Compile(rs)
	for _, f := range append(findings, more...) {
		if f.Severity == catalog.Error {
			return nil, fmt.Errorf("%s %s %s: %s", f.Kind, f.Name, f.Path, f.Text.EN)
		}
	}
	return m, nil
}

func (f *facts) engine(yaml string) (*query.Engine, error) {
	m, err := compile(yaml)
	return query.New(query.Config{Model: func() *semantic.Model { return m }, Warehouse: f, Now: last, CacheBytes: -1}), err
}

// fill makes the tables, once. Rows come in the order of their time, as they
// do when a shop sends them.
func (f *facts) fill(ctx context.Context) error {
	figure.Say("making %d rows", f.rows)
	exec := func(sql string) error {
		rows, err := f.Query(ctx, expr.SQL{Text: sql})
		if err != nil {
			return err
		}
		for rows.Next() {
		}
		return errors.Join(rows.Err(), rows.Close())
	}
	if err := exec(fmt.Sprintf(`CREATE TABLE IF NOT EXISTS main.stores AS SELECT i AS store_id, 'Store ' || i AS name,
		['East', 'South', 'North', 'West'][1 + i %% 4] AS region FROM range(1, %d) AS r(i)`, stores+1)); err != nil {
		return err
	}
	return exec(fmt.Sprintf(`CREATE TABLE IF NOT EXISTS main.sales AS SELECT
		TIMESTAMP '2024-01-01' + to_seconds(CAST(i * %d // %d AS BIGINT)) AS sold_at,
		1 + CAST(hash(i) %% %d AS BIGINT) AS store_id,
		['web', 'app', 'shop'][1 + CAST(hash(i + 1) %% 3 AS BIGINT)] AS channel,
		1 + CAST(hash(i + 2) %% 5 AS BIGINT) AS quantity,
		CAST(CAST(hash(i + 3) %% 100000 AS BIGINT) / 100 AS DECIMAL(12, 2)) AS amount,
		CAST(CASE WHEN hash(i + 4) %% 4 = 0 THEN CAST(hash(i + 5) %% 2000 AS BIGINT) / 100 ELSE 0 END AS DECIMAL(12, 2)) AS discount
		FROM range(%d) AS r(i)`, days*86400, f.rows, stores, f.rows))
}

func measure(ctx context.Context, f *facts) error {
	if err := f.fill(ctx); err != nil {
		return err
	}
	base, err := f.engine(definitions)
	if err != nil {
		return err
	}
	defer base.Close()
	rolled, err := f.engine(definitions + kept)
	if err != nil {
		return err
	}
	defer rolled.Close()
	for _, name := range []string{"daily_by_channel", "monthly_by_store"} {
		start := time.Now()
		status, err := rolled.RefreshRollup(ctx, bed.Who(), name)
		if err != nil {
			return err
		}
		figure.Print("rollup", fmt.Sprintf("build %s, %d rows", name, status.Rows), figure.Millis(time.Since(start)), "ms")
	}
	var ratios []float64
	for _, q := range questions {
		ratio, err := race(ctx, base, rolled, q)
		if err != nil {
			return fmt.Errorf("%s: %w", q[0], err)
		}
		ratios = append(ratios, ratio)
	}
	slices.Sort(ratios)
	figure.Against("rollup", "times faster at the median", ratios[len(ratios)/2], "times", wanted)
	figure.Against("rollup", "times faster at worst", ratios[0], "times", wanted)
	return nil
}

// race asks both ways, the better of several times each, and compares.
func race(ctx context.Context, base, rolled *query.Engine, q [2]string) (float64, error) {
	r, err := query.Decode([]byte(q[1]))
	if err != nil {
		return 0, err
	}
	plan, err := rolled.Plan(ctx, bed.Who(), r)
	if err != nil {
		return 0, err
	}
	for _, s := range plan.Statements {
		used := slices.ContainsFunc(plan.Rollups, func(u query.RollupUse) bool { return u.Used && u.Part == s.Part })
		if !used {
			return 0, fmt.Errorf("%s is not answered from a roll-up: %+v", s.Part, plan.Rollups)
		}
	}
	slow, want, err := best(ctx, base, r, 3)
	if err != nil {
		return 0, err
	}
	fast, got, err := best(ctx, rolled, r, 10)
	if err != nil {
		return 0, err
	}
	for _, part := range [][2]any{{got.Rows, want.Rows}, {got.Others, want.Others}, {got.Totals, want.Totals}} {
		if have, want := fmt.Sprint(part[0]), fmt.Sprint(part[1]); have != want {
			return 0, fmt.Errorf("the answers differ: %.200s and %.200s", have, want)
		}
	}
	figure.Against("rollup", q[0], figure.Millis(fast), "ms", figure.Millis(slow))
	return float64(slow) / float64(fast), nil
}

func best(ctx context.Context, e *query.Engine, r query.Request, times int) (time.Duration, *query.Result, error) {
	var least time.Duration
	for i := range times {
		start := time.Now()
		out, err := e.Query(ctx, bed.Who(), r)
		took := time.Since(start)
		if err != nil {
			return 0, nil, err
		}
		if i == 0 || took < least {
			least = took
		}
		if i == times-1 {
			return least, out, nil
		}
	}
	return 0, nil, errors.New("asked no times")
}
