// Command peers asks the same questions of this planner, of Malloy and of
// MetricFlow, over the same rows in the same DuckDB file, compares the answers
// and prints how the times relate. It installs the two from npm and PyPI below
// LODESTAR_BENCH_DIR.
package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"lodestar/bench/internal/bed"
	"lodestar/bench/internal/figure"
	"lodestar/internal/expr"
	"lodestar/internal/query"
	"lodestar/internal/semantic"
)

//go:embed questions.json
var questionsJSON []byte

const (
	here       = "bench/peers"
	planRounds = 500
	wanted     = 5 // times faster than Malloy's warm compiler
)

// question is asked in three languages. Rows have the columns of Ask's answer.
type question struct {
	Name          string          `json:"name"`
	Ask           json.RawMessage `json:"ask"`
	Malloy        string          `json:"malloy"`
	MalloyColumns []string        `json:"malloyColumns"`
	NoMalloy      string          `json:"noMalloy"` // why it cannot be asked
	MF            []string        `json:"mf"`
	MFColumns     []string        `json:"mfColumns"`

	plan, run time.Duration // ours: p50 of planning; planning and running, the best of three
	rows      []string
}

func main() {
	if err := run(context.Background()); err != nil {
		figure.Fail(err)
	}
}

func run(ctx context.Context) error {
	lines, err := bed.Lines()
	if err != nil {
		return err
	}
	var questions []*question
	if err := json.Unmarshal(questionsJSON, &questions); err != nil {
		return err
	}
	packages, err := filepath.Abs(filepath.Join(filepath.Dir(bed.Dir(lines)), "peers"))
	if err != nil {
		return err
	}
	install := exec.CommandContext(ctx, here+"/install", packages)
	install.Stderr = os.Stderr
	if err := install.Run(); err != nil {
		return fmt.Errorf("installing the peers: %w", err)
	}
	b, err := bed.Loaded(ctx)
	if err != nil {
		return err
	}
	err = errors.Join(prepare(ctx, b), ours(ctx, b, questions), b.Close(ctx))
	if err != nil {
		return err
	}
	database, err := filepath.Abs(filepath.Join(bed.DataDir(lines), "warehouse.duckdb"))
	if err != nil {
		return err
	}
	return errors.Join(malloy(ctx, packages, database, questions), metricflow(ctx, packages, database, questions))
}

// prepare gives the tables the names that the peers know, and a table of days.
func prepare(ctx context.Context, b *bed.Bed) error {
	exec := func(sql string) error {
		rows, err := b.DB.Query(ctx, expr.SQL{Text: sql})
		if err != nil {
			return err
		}
		for rows.Next() {
		}
		return errors.Join(rows.Err(), rows.Close())
	}
	for _, d := range b.Model.Datasets() {
		s, _, err := b.DB.State(ctx, d.Name)
		if err != nil {
			return err
		}
		if err := exec("CREATE OR REPLACE VIEW main." + d.Name + " AS SELECT * FROM " + s.Table); err != nil {
			return err
		}
	}
	return exec("CREATE OR REPLACE TABLE main.metricflow_time_spine AS SELECT CAST(d AS DATE) AS date_day " +
		"FROM range(DATE '2023-12-01', DATE '2026-02-01', INTERVAL 1 DAY) AS r(d)")
}

// ours measures this planner, and keeps its answers.
func ours(ctx context.Context, b *bed.Bed, questions []*question) error {
	engine := query.New(query.Config{Model: func() *semantic.Model { return b.Model }, Warehouse: b.DB, Now: time.Now, CacheBytes: -1})
	defer engine.Close()
	for _, q := range questions {
		r, err := query.Decode(q.Ask)
		if err != nil {
			return fmt.Errorf("%s: %w", q.Name, err)
		}
		var plans []time.Duration
		for range planRounds {
			start := time.Now()
			if _, err := engine.Statements(ctx, bed.Who(), r); err != nil {
				return fmt.Errorf("%s: %w", q.Name, err)
			}
			plans = append(plans, time.Since(start))
		}
		q.plan = figure.Quantile(plans, 0.5)
		for i := range 3 {
			start := time.Now()
			out, err := engine.Query(ctx, bed.Who(), r)
			if err != nil {
				return fmt.Errorf("%s: %w", q.Name, err)
			}
			if took := time.Since(start); i == 0 || took < q.run {
				q.run = took
			}
			q.rows = texts(out.Rows)
		}
	}
	return nil
}
