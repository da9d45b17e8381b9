package main

import (
	"context"
	"errors"
	"os"

	"lodestar/internal/expr"
	"lodestar/internal/warehouse"
	"lodestar/internal/warehouse/duckdb"
)

// bed is an engine that cases run on: it answers, and takes the statements
// that make and fill tables.
type bed interface {
	Dialect() warehouse.Dialect
	Query(ctx context.Context, q expr.SQL) (warehouse.Rows, error)
	Exec(ctx context.Context, q expr.SQL) error
	// Table is the name of a table in statements, schema and quotes included.
	Table(name string) string
	Close() error
}

// engine opens a bed. Tables that are there already may be dropped.
type engine struct {
	name string
	open func(ctx context.Context) (bed, error)
}

// engines are what cases can run on.
var engines = []engine{{"duckdb", openDuckDB}}

func engineNames() []string {
	var out []string
	for _, e := range engines {
		out = append(out, e.name)
	}
	return out
}

// duckBed is the embedded engine over a directory that is thrown away.
type duckBed struct {
	*duckdb.DB
	dir string
}

func openDuckDB(context.Context) (bed, error) {
	dir, err := os.MkdirTemp("", "conformance")
	if err != nil {
		return nil, err
	}
	db, err := duckdb.Open(duckdb.Config{Dir: dir, MemoryLimit: "1GB", Threads: 2})
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return &duckBed{db, dir}, nil
}

// Exec runs a statement to its end.
func (b *duckBed) Exec(ctx context.Context, q expr.SQL) error {
	rows, err := b.Query(ctx, q)
	if err != nil {
		return err
	}
	for rows.Next() {
	}
	return errors.Join(rows.Err(), rows.Close())
}

// Table is in the schema of the warehouse.
func (b *duckBed) Table(name string) string { return "main." + b.Dialect().Quote(name) }

// Close throws the directory away.
func (b *duckBed) Close() error { return errors.Join(b.DB.Close(), os.RemoveAll(b.dir)) }
