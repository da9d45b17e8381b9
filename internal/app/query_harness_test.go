package app_test

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"lodestar/internal/access"
	"lodestar/internal/catalog"
	"lodestar/internal/expr"
	"lodestar/internal/query"
	"lodestar/internal/semantic"
	"lodestar/internal/warehouse"
	"lodestar/internal/warehouse/direct"
	"lodestar/internal/warehouse/duckdb"
)

// bench is a query engine over tables that a test fills by hand: a warehouse
// answers, what the ledger would say is set directly.
type queryBench struct {
	t      *testing.T
	db     *duckdb.DB // nil on other engines
	house  warehouse.Warehouse
	exec   func(statement string) // as one who may write
	schema string                 // quoted, for tables
	// opened, where set, gives a warehouse over the tables filled so far.
	opened func(tables map[string]direct.Table) warehouse.Warehouse
	tables map[string]direct.Table
	// places, where set, are the benches that datasets are spread over, the
	// combining one first; name is that of one of them.
	places []*queryBench
	name   string
	fills  uint64
	hosted *atomic.Int64 // statements with rows from elsewhere
	states map[string]warehouse.State
	model  *semantic.Model
	now    time.Time
}

var asker = access.Actor{Name: "mei", Role: access.Viewer}

// openQueryBench gives a bench over DuckDB, or over the engine of the test that
// this one is part of; see engines_test.go.
func openQueryBench(t *testing.T) *queryBench {
	t.Helper()
	b := newQueryBench(t)
	if on := engineOf(t); on != nil {
		on.prepare(b)
	} else {
		b.onDuckDB()
	}
	return b
}

func newQueryBench(t *testing.T) *queryBench {
	return &queryBench{t: t, tables: map[string]direct.Table{}, states: map[string]warehouse.State{}, now: time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)}
}

// onDuckDB opens a database for the bench.
func (b *queryBench) onDuckDB() {
	b.t.Helper()
	t := b.t
	db, err := duckdb.Open(duckdb.Config{Dir: t.TempDir(), MemoryLimit: "512MB", Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	b.db, b.house, b.schema = db, db, "main"
	b.exec = func(text string) {
		t.Helper()
		rows, err := db.Query(t.Context(), expr.SQL{Text: text})
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		for rows.Next() {
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
	}
}

// Dialect, Query and State make the bench a warehouse.
func (b *queryBench) Dialect() warehouse.Dialect { return b.house.Dialect() }

func (b *queryBench) Query(ctx context.Context, q expr.SQL) (warehouse.Rows, error) {
	return b.house.Query(ctx, q)
}

func (b *queryBench) State(_ context.Context, dataset string) (warehouse.State, bool, error) {
	s, ok := b.states[dataset]
	return s, ok, nil
}

// Engine and QueryWith let datasets be on several engines.
func (b *queryBench) Engine(_ context.Context, name string) (warehouse.Warehouse, error) {
	for _, p := range b.places {
		if p.name == name {
			return p, nil
		}
	}
	return nil, fmt.Errorf("no engine %s", name)
}

func (b *queryBench) QueryWith(ctx context.Context, q expr.SQL, guests []warehouse.Guest) (warehouse.Rows, error) {
	if b.hosted != nil {
		b.hosted.Add(1)
	}
	return b.house.(warehouse.Host).QueryWith(ctx, q, guests)
}

func (b *queryBench) MostGuests() int { return b.house.(warehouse.Host).MostGuests() }

// spread fills a dataset in one of the places.
func (b *queryBench) spread(dataset string, rows [][]string) {
	b.t.Helper()
	b.fills++
	at := b.places[rand.New(rand.NewPCG(b.fills, 11)).IntN(len(b.places))]
	at.model, at.now = b.model, b.now
	at.fill(dataset, rows)
	s := at.states[dataset]
	s.Engine, s.Version = at.name, b.states[dataset].Version+1
	b.states[dataset] = s
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

// fill replaces the rows of a dataset. Cells are texts of values; "" is NULL.
func (b *queryBench) fill(dataset string, rows [][]string) {
	b.t.Helper()
	if len(b.places) > 0 {
		b.spread(dataset, rows)
		return
	}
	d, dialect := b.model.Dataset(dataset), b.Dialect()
	name := "q_" + dataset
	table := b.schema + "." + dialect.Quote(name)
	columns := make([]string, len(d.Spec.Columns))
	stored := make([]warehouse.StoredColumn, len(d.Spec.Columns))
	for i, c := range d.Spec.Columns {
		columns[i] = dialect.Quote(c.Name) + " " + dialect.ColumnType(c.Type, c.Precision, c.Scale)
		stored[i] = warehouse.StoredColumn{Name: c.Name, Type: c.Type, Precision: c.Precision, Scale: c.Scale}
	}
	b.exec("DROP TABLE IF EXISTS " + table)
	b.exec("CREATE TABLE " + table + " (" + strings.Join(columns, ", ") + ")")
	for chunk := range slices.Chunk(rows, 1000) {
		tuples := make([]string, len(chunk))
		for i, r := range chunk {
			cells := make([]string, len(r))
			for j, c := range r {
				cells[j] = literalCell(dialect, c, d.Spec.Columns[j].Type)
			}
			tuples[i] = "(" + strings.Join(cells, ", ") + ")"
		}
		b.exec("INSERT INTO " + table + " VALUES " + strings.Join(tuples, ", "))
	}
	s := warehouse.State{Dataset: dataset, Table: table, Version: b.states[dataset].Version + 1, Rows: int64(len(rows)),
		LoadedAt: b.now, BroughtAt: b.now, MinTime: map[string]time.Time{}, MaxTime: map[string]time.Time{},
		Newest: map[string]time.Time{}, Future: map[string]int64{}}
	today := b.now
	if zone := b.model.Calendar().Zone; zone != nil {
		today = b.now.In(zone)
	}
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
			future := at.After(b.now)
			if c.Type == expr.Date {
				future = at.Format(time.DateOnly) > today.Format(time.DateOnly)
			}
			if future {
				s.Future[c.Name]++
			} else if hi, some := s.Newest[c.Name]; !some || at.After(hi) {
				s.Newest[c.Name] = at
			}
		}
	}
	if b.opened != nil {
		b.tables[dataset] = direct.Table{Schema: unquoted(b.schema), Name: name, Columns: stored}
		b.house = b.opened(b.tables)
		have, ok, err := b.house.State(b.t.Context(), dataset)
		if err != nil || !ok || have.Rows != s.Rows || fmt.Sprint(have.MinTime, have.MaxTime) != fmt.Sprint(s.MinTime, s.MaxTime) {
			b.t.Fatalf("state of %s: %+v, want %+v, %v", dataset, have, s, err)
		}
		s.Table = have.Table
	}
	b.states[dataset] = s
}

func literalCell(d warehouse.Dialect, cell string, t expr.Type) string {
	switch {
	case cell == "":
		return "NULL"
	case t == expr.Date:
		cell = cell[:len(time.DateOnly)]
	case t == expr.String:
		cell = strings.ReplaceAll(cell, emptyText, "")
		if d.Name() == "mysql" || d.Name() == "clickhouse" {
			cell = strings.ReplaceAll(cell, `\`, `\\`)
		}
		return "'" + strings.ReplaceAll(cell, "'", "''") + "'"
	}
	return d.Literal(cell, t).Text
}

func unquoted(name string) string { return strings.Trim(name, "\"`") }

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
