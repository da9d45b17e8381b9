package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"lodestar/internal/expr"
	"lodestar/internal/warehouse"
	"lodestar/internal/warehouse/direct"
	"lodestar/internal/warehouse/duckdb"
)

// bed is an engine that cases run on. It takes the statements that make and
// fill tables, and gives warehouses over them.
type bed interface {
	Dialect() warehouse.Dialect
	// Make makes a table or view: CREATE what name body.
	Make(ctx context.Context, what, name, body string) error
	// Exec runs another statement as one who may write.
	Exec(ctx context.Context, statement string) error
	// Table is the name of a table in statements, schema and quotes included;
	// Text a text.
	Table(name string) string
	Text(s string) string
	// Open gives a warehouse in which each dataset is a table. The schema of the
	// tables is the bed's.
	Open(ctx context.Context, tables map[string]direct.Table) (house, error)
	// Version is the engine's.
	Version() string
	// Close removes the tables, and the engine if it was started for the bed.
	Close() error
}

// house is a warehouse that is closed after use.
type house interface {
	warehouse.Warehouse
	Close() error
}

// openBed finds an engine by its name. The empty dsn is for one that is thrown
// away.
func openBed(ctx context.Context, engine, dsn string) (bed, error) {
	if engine == "duckdb" {
		if dsn != "" {
			return nil, errors.New("-dsn is for engines over the network; duckdb is in this program")
		}
		return openDuckDB(ctx)
	}
	i := slices.IndexFunc(servers, func(k serverKind) bool { return k.name == engine })
	if i < 0 {
		return nil, fmt.Errorf("no engine %s; there are %s", engine, strings.Join(engineNames(), ", "))
	}
	return servers[i].open(ctx, dsn)
}

func engineNames() []string {
	out := []string{"duckdb"}
	for _, k := range servers {
		out = append(out, k.name)
	}
	return out
}

// quoted is a text in standard SQL.
func quoted(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// duckBed is the embedded engine over a directory that is thrown away.
type duckBed struct {
	*duckdb.DB
	dir, version string
}

func openDuckDB(ctx context.Context) (bed, error) {
	dir, err := os.MkdirTemp("", "conformance")
	if err != nil {
		return nil, err
	}
	db, err := duckdb.Open(duckdb.Config{Dir: dir, MemoryLimit: "1GB", Threads: 2})
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	b := &duckBed{DB: db, dir: dir}
	row, err := oneRow(ctx, db, expr.SQL{Text: "SELECT version()"})
	if err != nil {
		return nil, errors.Join(err, b.Close())
	}
	b.version = strings.TrimPrefix(fmt.Sprint(row[0]), "v")
	return b, nil
}

// Make makes a table or view.
func (b *duckBed) Make(ctx context.Context, what, name, body string) error {
	return b.Exec(ctx, "CREATE "+what+" "+b.Table(name)+" "+body)
}

// Exec runs a statement to its end.
func (b *duckBed) Exec(ctx context.Context, statement string) error {
	rows, err := b.Query(ctx, expr.SQL{Text: statement})
	if err != nil {
		return err
	}
	for rows.Next() {
	}
	return errors.Join(rows.Err(), rows.Close())
}

// Table is in the schema of the warehouse.
func (b *duckBed) Table(name string) string { return "main." + b.Dialect().Quote(name) }

// Text writes a text.
func (b *duckBed) Text(s string) string { return quoted(s) }

// Version is DuckDB's.
func (b *duckBed) Version() string { return b.version }

// Open gives a warehouse without a ledger: what it says of tables it reads from
// them.
func (b *duckBed) Open(_ context.Context, tables map[string]direct.Table) (house, error) {
	return &duckHouse{b, tables, map[string]warehouse.State{}}, nil
}

// Close throws the directory away.
func (b *duckBed) Close() error { return errors.Join(b.DB.Close(), os.RemoveAll(b.dir)) }

// duckHouse is a warehouse over a duckBed. It asks one question at a time.
type duckHouse struct {
	*duckBed
	tables map[string]direct.Table
	states map[string]warehouse.State
}

// State reads how many rows there are and how far their times reach.
func (h *duckHouse) State(ctx context.Context, dataset string) (warehouse.State, bool, error) {
	if s, ok := h.states[dataset]; ok {
		return s, true, nil
	}
	table, ok := h.tables[dataset]
	if !ok {
		return warehouse.State{}, false, nil
	}
	s := warehouse.State{Dataset: dataset, Table: h.Table(table.Name), Version: 1, LoadedAt: now(),
		MinTime: map[string]time.Time{}, MaxTime: map[string]time.Time{}}
	list := "count(*)"
	var times []string
	for _, c := range table.Columns {
		if c.Type.IsTime() {
			x := h.Dialect().Quote(c.Name)
			times, list = append(times, c.Name), list+", min("+x+"), max("+x+")"
		}
	}
	row, err := oneRow(ctx, h, expr.SQL{Text: "SELECT " + list + " FROM " + s.Table})
	if err != nil {
		return s, false, err
	}
	s.Rows, _ = row[0].(int64)
	for i, name := range times {
		if at, ok := row[1+2*i].(time.Time); ok {
			s.MinTime[name] = at
		}
		if at, ok := row[2+2*i].(time.Time); ok {
			s.MaxTime[name] = at
		}
	}
	h.states[dataset] = s
	return s, true, nil
}

// Close leaves the engine open: it is the bed's.
func (h *duckHouse) Close() error { return nil }

// oneRow gives the first row of an answer.
func oneRow(ctx context.Context, w interface {
	Query(context.Context, expr.SQL) (warehouse.Rows, error)
}, q expr.SQL) (row []any, err error) {
	rows, err := w.Query(ctx, q)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	if !rows.Next() {
		return nil, errors.Join(rows.Err(), errors.New("no row"))
	}
	row = slices.Clone(rows.Values())
	for rows.Next() {
	}
	return row, rows.Err()
}
