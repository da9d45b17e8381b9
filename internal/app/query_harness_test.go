package app_test

import (
	"context"
	"encoding/csv"
	"fmt"
	"strings"
	"testing"
	"time"

	"lodestar/internal/access"
	"lodestar/internal/catalog"
	"lodestar/internal/expr"
	"lodestar/internal/query"
	"lodestar/internal/semantic"
	"lodestar/internal/warehouse"
	"lodestar/internal/warehouse/duckdb"
)

// bench is an engine over tables that a test fills by hand: DuckDB answers,
// what the ledger would say is set directly.
type queryBench struct {
	t      *testing.T
	db     *duckdb.DB
	states map[string]warehouse.State
	model  *semantic.Model
	now    time.Time
}

var asker = access.Actor{Name: "mei", Role: access.Viewer}

func openQueryBench(t *testing.T) *queryBench {
	t.Helper()
	db, err := duckdb.Open(duckdb.Config{Dir: t.TempDir(), MemoryLimit: "512MB", Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return &queryBench{t: t, db: db, states: map[string]warehouse.State{}, now: time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)}
}

// Dialect, Query and State make the bench a warehouse.
func (b *queryBench) Dialect() warehouse.Dialect { return b.db.Dialect() }

func (b *queryBench) Query(ctx context.Context, q expr.SQL) (warehouse.Rows, error) {
	return b.db.Query(ctx, q)
}

func (b *queryBench) State(_ context.Context, dataset string) (warehouse.State, bool, error) {
	s, ok := b.states[dataset]
	return s, ok, nil
}

func (b *queryBench) exec(text string) {
	b.t.Helper()
	rows, err := b.db.Query(b.t.Context(), expr.SQL{Text: text})
	if err != nil {
		b.t.Fatalf("%v\n%s", err, text)
	}
	for rows.Next() {
	}
	if err := rows.Err(); err != nil {
		b.t.Fatalf("%v\n%s", err, text)
	}
	if err := rows.Close(); err != nil {
		b.t.Fatal(err)
	}
}

// define compiles definitions; findings that are errors fail the test.
func (b *queryBench) define(rs []*catalog.Resource) []catalog.Finding {
	b.t.Helper()
	m, findings := semantic.Compile(rs)
	for _, f := range findings {
		if f.Severity == catalog.Error {
			b.t.Fatalf("%s %s %s: %s", f.Kind, f.Name, f.Path, f.Text.EN)
		}
	}
	b.model = m
	return findings
}

// fill replaces the rows of a dataset. Cells are SQL literals; "" is NULL.
func (b *queryBench) fill(dataset string, rows [][]string) {
	b.t.Helper()
	d := b.model.Dataset(dataset)
	table := "main." + b.Dialect().Quote("q_"+dataset)
	var create strings.Builder
	fmt.Fprintf(&create, "CREATE OR REPLACE TABLE %s (", table)
	for i, c := range d.Spec.Columns {
		if i > 0 {
			create.WriteString(", ")
		}
		create.WriteString(b.Dialect().Quote(c.Name) + " " + b.Dialect().ColumnType(c.Type, c.Precision, c.Scale))
	}
	b.exec(create.String() + ")")
	if len(rows) > 0 {
		var insert strings.Builder
		fmt.Fprintf(&insert, "INSERT INTO %s VALUES ", table)
		for i, r := range rows {
			cells := make([]string, len(r))
			for j, c := range r {
				cells[j] = "NULL"
				if c != "" {
					cells[j] = "'" + strings.ReplaceAll(c, "'", "''") + "'"
				}
			}
			if i > 0 {
				insert.WriteString(", ")
			}
			insert.WriteString("(" + strings.Join(cells, ", ") + ")")
		}
		b.exec(insert.String())
	}
	s := warehouse.State{Dataset: dataset, Table: table, Version: b.states[dataset].Version + 1, Rows: int64(len(rows)),
		LoadedAt: b.now, MinTime: map[string]time.Time{}, MaxTime: map[string]time.Time{}}
	for i, c := range d.Spec.Columns {
		if !c.Type.IsTime() {
			continue
		}
		for _, r := range rows {
			at, ok := parseStamp(r[i])
			if !ok {
				continue
			}
			if lo, some := s.MinTime[c.Name]; !some || at.Before(lo) {
				s.MinTime[c.Name] = at
			}
			if hi, some := s.MaxTime[c.Name]; !some || at.After(hi) {
				s.MaxTime[c.Name] = at
			}
		}
	}
	b.states[dataset] = s
}

func parseStamp(s string) (time.Time, bool) {
	for _, layout := range []string{"2006-01-02 15:04:05", time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// engine gives one that keeps no answers.
func (b *queryBench) engine(plain bool) *query.Engine {
	return query.New(query.Config{Model: func() *semantic.Model { return b.model }, Warehouse: b,
		Now: func() time.Time { return b.now }, CacheBytes: -1, Plain: plain})
}

func cell(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case float64:
		return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.6f", v), "0"), ".")
	case warehouse.Decimal:
		s := v.String()
		if strings.Contains(s, ".") {
			s = strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
		}
		return s
	}
	return fmt.Sprint(v)
}

func readCSV(t *testing.T, src string) [][]string {
	t.Helper()
	r := csv.NewReader(strings.NewReader(src))
	r.FieldsPerRecord = -1
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatalf("%v\n%s", err, src)
	}
	return rows
}
