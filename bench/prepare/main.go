// Command prepare makes datasets by steps and by hand-written SQL that gives
// the same rows, on the same engine, and compares the times. ROWS says how many
// rows there are, 5 million without it.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"lodestar/bench/internal/figure"
	"lodestar/internal/expr"
	"lodestar/internal/prepare"
	"lodestar/internal/steps"
	"lodestar/internal/warehouse"
	"lodestar/internal/warehouse/duckdb"
)

const (
	defaultRows = 5_000_000
	rounds      = 7               // at least; the median of each counts
	atLeast     = 6 * time.Second // for each pipeline
	wanted      = 1.15
)

func main() {
	if err := run(context.Background()); err != nil {
		figure.Fail(err)
	}
}

func run(ctx context.Context) (err error) {
	rows := defaultRows
	if s := os.Getenv("ROWS"); s != "" {
		if rows, err = strconv.Atoi(s); err != nil || rows < 1000 {
			return fmt.Errorf("ROWS=%s: give a number of at least 1000", s)
		}
	}
	dir, err := os.MkdirTemp("", "lodestar-prepare-")
	if err != nil {
		return err
	}
	db, err := duckdb.Open(duckdb.Config{Dir: dir, MemoryLimit: "4GB"})
	if err != nil {
		return errors.Join(err, os.RemoveAll(dir))
	}
	b := &bench{DB: db}
	return errors.Join(b.measure(ctx, rows), db.Close(), os.RemoveAll(dir))
}

type bench struct {
	*duckdb.DB
	n int
}

var inputs = map[string][]steps.Column{
	"orders": {{Name: "id", Type: expr.Integer}, {Name: "customer", Type: expr.Integer}, {Name: "amount", Type: expr.String},
		{Name: "channel", Type: expr.String}, {Name: "city", Type: expr.String}, {Name: "phone", Type: expr.String}, {Name: "at_time", Type: expr.Timestamp}},
	"customers": {{Name: "id", Type: expr.Integer}, {Name: "segment", Type: expr.String}},
	"touches":   {{Name: "id", Type: expr.Integer}, {Name: "customer", Type: expr.Integer}, {Name: "campaign", Type: expr.String}, {Name: "at_time", Type: expr.Timestamp}},
}

// pipeline is a list of steps, and the statement that somebody would write for
// the same rows; {orders}, {customers} and {touches} stand for the tables.
type pipeline struct {
	name  string
	steps []steps.Step
	sql   string
}

func pipelines() []pipeline {
	return []pipeline{
		{"derive and filter", []steps.Step{{Select: []string{"id", "customer", "channel", "at_time"}}, {Filter: "channel <> 'test'"},
			{Derive: []steps.Derived{{Name: "day", Expr: "date(at_time)"}, {Name: "web", Expr: "channel = 'web'"}}}},
			`SELECT id, customer, channel, at_time, CAST(at_time AS DATE) AS day, channel = 'web' AS web FROM {orders} WHERE channel <> 'test'`},
		{"cast with checks", []steps.Step{{Select: []string{"id", "amount"}}, {Cast: []steps.Cast{{Column: "amount", Type: expr.Decimal, Precision: 18, Scale: 2}}}},
			`SELECT id, CASE WHEN regexp_full_match(amount, '\s*[+-]?[0-9]+(\.[0-9]{0,2}0*)?\s*') THEN TRY_CAST(amount AS DECIMAL(18,2)) END AS amount FROM {orders}`},
		{"join and aggregate", []steps.Step{{Join: &steps.Join{Dataset: "customers", On: map[string]string{"customer": "id"}, Columns: []string{"segment"}}},
			{Aggregate: &steps.Aggregate{By: []string{"segment", "channel"}, Values: []steps.Value{{Name: "n", Agg: "count"}, {Name: "buyers", Agg: "count_distinct", Expr: "customer"}}}}},
			`SELECT segment, channel, count(*) AS n, count(DISTINCT customer) AS buyers FROM {orders} o LEFT JOIN {customers} c ON o.customer = c.id GROUP BY ALL`},
		{"latest of each customer", []steps.Step{{Select: []string{"id", "customer", "channel", "at_time"}}, {Deduplicate: &steps.Deduplicate{By: []string{"customer"}, Order: []string{"at_time"}, Keep: "last"}}},
			`SELECT id, customer, channel, at_time FROM {orders} QUALIFY row_number() OVER (PARTITION BY customer ORDER BY at_time DESC NULLS LAST, id) = 1`},
		{"replace values", []steps.Step{{Select: []string{"id", "channel"}}, {Map: &steps.Mapping{Column: "channel", Keep: true, Values: map[string]string{"app": "mobile", "wx": "mobile", "web": "site"}}}},
			`SELECT id, CASE channel WHEN 'app' THEN 'mobile' WHEN 'wx' THEN 'mobile' WHEN 'web' THEN 'site' ELSE channel END AS channel FROM {orders}`},
		{"sessions", []steps.Step{{Select: []string{"id", "customer", "at_time"}}, {Session: &steps.Session{By: []string{"customer"}, Time: "at_time"}}},
			`WITH b AS (SELECT id, customer, at_time, CASE WHEN at_time - INTERVAL 30 MINUTE <= lag(at_time) OVER (PARTITION BY customer ORDER BY at_time, id) THEN 0 ELSE 1 END AS begins FROM {orders}),
			n AS (SELECT id, customer, at_time, sum(begins) OVER (PARTITION BY customer ORDER BY at_time, id) AS number FROM b),
			s AS (SELECT id, customer, at_time, number, min(at_time) OVER w AS start, row_number() OVER w AS nth FROM n WINDOW w AS (PARTITION BY customer, number ORDER BY at_time, id))
			SELECT id, customer, at_time, md5(concat(customer, ';', epoch_us(start))) AS session_id, start AS session_start, CAST(number AS BIGINT) AS session_number, nth AS session_row FROM s`},
		{"last touch within 30 days", []steps.Step{{Select: []string{"id", "customer", "at_time"}}, {Join: &steps.Join{Dataset: "touches", On: map[string]string{"customer": "customer"},
			Columns: []string{"campaign"}, AsOf: &steps.AsOf{Time: "at_time", Other: "at_time", Within: "30 days"}}}},
			`SELECT o.id, o.customer, o.at_time, CASE WHEN t.at_time >= o.at_time - INTERVAL 30 DAY THEN t.campaign END AS campaign FROM {orders} o
			ASOF LEFT JOIN (SELECT * FROM {touches} QUALIFY row_number() OVER (PARTITION BY customer, at_time ORDER BY id) = 1) t ON o.customer = t.customer AND o.at_time >= t.at_time`},
	}
}

func (b *bench) measure(ctx context.Context, rows int) error {
	figure.Say("making %d rows", rows)
	for name, q := range map[string]string{
		"customers": fmt.Sprintf("SELECT i AS id, 'segment ' || (i %% 7) AS segment FROM range(%d) r(i)", rows/20),
		"touches": fmt.Sprintf(`SELECT i AS id, (i * 104729) %% %d AS customer, 'campaign ' || (i %% 50) AS campaign, TIMESTAMP '2026-01-01' + to_seconds((i * 17) %% 8000000 // 60 * 60) AS at_time
			FROM range(%d) r(i)`, max(1, rows/20), rows/2),
		"orders": fmt.Sprintf(`SELECT i AS id, (i * 7919) %% %d AS customer, CASE WHEN i %% 100 = 0 THEN 'none' ELSE CAST((i %% 100000) / 100.0 AS DECIMAL(12,2))::VARCHAR END AS amount,
			['web', 'app', 'wx', 'store', 'test'][1 + i %% 5] AS channel, ['北京', '深圳市', '广东广州', '杭州'][1 + i %% 4] AS city,
			'138' || lpad((i %% 100000000)::VARCHAR, 8, '0') AS phone, TIMESTAMP '2026-01-01' + to_seconds((i * 31) %% 8000000) AS at_time FROM range(%d) r(i)`, max(1, rows/20), rows),
	} {
		if _, err := b.fill(ctx, name, stored(inputs[name]), expr.SQL{Text: q}); err != nil {
			return err
		}
	}
	for _, p := range pipelines() {
		if err := b.compare(ctx, p); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	return nil
}

// compare times a pipeline and the statement in turns, and holds their rows
// against each other.
func (b *bench) compare(ctx context.Context, p pipeline) error {
	plan, found := steps.Type("steps", "orders", p.steps, func(name string) *steps.Input { return steps.NewInput(name, inputs[name], []string{"id"}) })
	if len(found) > 0 {
		return fmt.Errorf("%+v", found)
	}
	tables := map[string]string{}
	for name := range inputs {
		state, _, err := b.State(ctx, name)
		if err != nil {
			return err
		}
		tables[name] = state.Table
	}
	st, err := prepare.Printer{Dialect: b.Dialect(), Table: func(name string, _ int) expr.SQL { return expr.SQL{Text: tables[name]} }}.Print(plan)
	if err != nil {
		return err
	}
	columns := stored(plan.Last().Columns)
	hand := replaced(p.sql, tables)
	if err := b.same(ctx, st.Stored(columns), hand); err != nil {
		return err
	}
	var times [2][]time.Duration
	both := []expr.SQL{st.Stored(columns), hand}
	for round, began := 0, time.Now(); round < rounds || time.Since(began) < atLeast; round++ {
		for i := range both {
			i = (i + round) % 2 // either is first as often
			took, err := b.fill(ctx, "made", columns, both[i])
			if err != nil {
				return err
			}
			times[i] = append(times[i], took)
		}
	}
	got, against := figure.Quantile(times[0], 0.5).Seconds(), figure.Quantile(times[1], 0.5).Seconds()
	ratio := got / against
	figure.Against("prepare", p.name, got, "s", against)
	if ratio > wanted {
		figure.Say("%s takes %.2f times as long as by hand; at most %.2f is wanted", p.name, ratio, wanted)
	}
	return nil
}

// same asks for rows that only one of two queries gives.
func (b *bench) same(ctx context.Context, x, y expr.SQL) (err error) {
	q := expr.Concat("SELECT count(*) FROM ((SELECT * FROM (", x, ") x EXCEPT ALL SELECT * FROM (", y, ") y) UNION ALL (SELECT * FROM (", y, ") y EXCEPT ALL SELECT * FROM (", x, ") x)) d")
	rows, err := b.Query(ctx, q)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	if !rows.Next() {
		return errors.Join(rows.Err(), errors.New("no answer"))
	}
	if n := rows.Values()[0]; n != int64(0) {
		return fmt.Errorf("%v rows differ from those by hand", n)
	}
	return rows.Err()
}

// fill makes the rows of a query those of a dataset.
func (b *bench) fill(ctx context.Context, dataset string, columns []warehouse.StoredColumn, q expr.SQL) (took time.Duration, err error) {
	b.n++
	began := time.Now()
	c, err := b.Begin(ctx, warehouse.LoadSpec{ID: fmt.Sprintf("bench%d", b.n), Dataset: dataset, Mode: "replace", At: began, Columns: columns})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, c.Rollback()) }()
	n, _, err := c.Fill(ctx, warehouse.Filling{Rows: q})
	if err != nil {
		return 0, err
	}
	if err := c.Apply(ctx); err != nil {
		return 0, err
	}
	_, err = c.Commit(ctx, warehouse.Outcome{Records: n})
	return time.Since(began), err
}

func stored(list []steps.Column) []warehouse.StoredColumn {
	out := make([]warehouse.StoredColumn, len(list))
	for i, c := range list {
		out[i] = warehouse.StoredColumn{Name: c.Name, Type: c.Type, Precision: c.Precision, Scale: c.Scale}
	}
	return out
}

func replaced(text string, tables map[string]string) expr.SQL {
	for name, table := range tables {
		text = strings.ReplaceAll(text, "{"+name+"}", table)
	}
	return expr.SQL{Text: text}
}
