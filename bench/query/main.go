// Command query asks twenty typical questions of the engine and, in SQL
// written by hand, of the same warehouse; see README.md.
package main

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"time"

	"lodestar/bench/internal/bed"
	"lodestar/bench/internal/figure"
	"lodestar/internal/expr"
	"lodestar/internal/query"
)

//go:embed questions
var files embed.FS

const rounds = 5

type question struct {
	name string
	ask  query.Request
	sql  string
}

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
	questions, err := read(ctx, b)
	if err != nil {
		return err
	}
	var ratios []float64
	different := 0
	for _, q := range questions {
		ours, theirs, err := race(ctx, b, q)
		if err != nil {
			different++
			figure.Say("%s: %v", q.name, err)
			continue
		}
		ratios = append(ratios, ours/theirs)
		figure.Against("query", q.name, ours, "ms", theirs)
	}
	slices.Sort(ratios)
	if len(ratios) > 0 {
		figure.Against("query", "median overhead", ratios[len(ratios)/2], "ratio", 1)
		figure.Against("query", "worst overhead", ratios[len(ratios)-1], "ratio", 1)
	}
	if err := b.Close(ctx); err != nil {
		return err
	}
	if different > 0 {
		return fmt.Errorf("%d of %d questions failed", different, len(questions))
	}
	return nil
}

// read takes in the questions and puts the warehouse's table names into the
// statements.
func read(ctx context.Context, b *bed.Bed) ([]question, error) {
	names, err := fs.Glob(files, "questions/*.json")
	if err != nil {
		return nil, err
	}
	var out []question
	for _, name := range names {
		q := question{name: strings.TrimSuffix(strings.TrimPrefix(name, "questions/"), ".json")}
		text, err := files.ReadFile(name)
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal(text, &q.ask); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		sql, err := files.ReadFile(strings.TrimSuffix(name, ".json") + ".sql")
		if err != nil {
			return nil, err
		}
		if q.sql, err = tables(ctx, b, string(sql)); err != nil {
			return nil, err
		}
		out = append(out, q)
	}
	return out, nil
}

func tables(ctx context.Context, b *bed.Bed, sql string) (string, error) {
	var failed error
	placeholder := regexp.MustCompile(`\{(\w+)\}`)
	out := placeholder.ReplaceAllStringFunc(sql, func(s string) string {
		state, ok, err := b.DB.State(ctx, strings.Trim(s, "{}"))
		if err != nil || !ok {
			failed = fmt.Errorf("no rows of %s: %v", s, err)
		}
		return state.Table
	})
	return out, failed
}

// race asks both, taking turns, and gives the median times in milliseconds
// once the results agree.
func race(ctx context.Context, b *bed.Bed, q question) (ours, theirs float64, err error) {
	var a, h []time.Duration
	for round := range rounds + 1 {
		start := time.Now()
		res, err := fresh(b).Query(ctx, bed.Who(), q.ask)
		if err != nil {
			return 0, 0, err
		}
		mine := time.Since(start)
		start = time.Now()
		rows, err := byHand(ctx, b, q.sql)
		if err != nil {
			return 0, 0, err
		}
		if round == 0 { // also warms both up
			if err := agree(res, rows); err != nil {
				return 0, 0, err
			}
			continue
		}
		a, h = append(a, mine), append(h, time.Since(start))
	}
	return figure.Millis(figure.Quantile(a, 0.5)), figure.Millis(figure.Quantile(h, 0.5)), nil
}

// fresh is an engine that has cached nothing.
func fresh(b *bed.Bed) *query.Engine { return b.NewEngine() }

func byHand(ctx context.Context, b *bed.Bed, sql string) (*table, error) {
	rows, err := b.DB.Query(ctx, expr.SQL{Text: sql})
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	t := &table{}
	for _, c := range rows.Columns() {
		t.columns = append(t.columns, c.Name)
	}
	for rows.Next() {
		t.rows = append(t.rows, slices.Clone(rows.Values()))
	}
	return t, rows.Err()
}
