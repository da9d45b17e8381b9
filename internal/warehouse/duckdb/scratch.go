package duckdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/duckdb/duckdb-go/v2"

	"lodestar/internal/expr"
	"lodestar/internal/warehouse"
)

// Scratch is a database in memory for a few rows that nobody keeps. It reads
// and writes no files. It is safe for concurrent use.
type Scratch struct{ db *DB }

// OpenScratch makes an empty one. The caller closes it.
func OpenScratch(ctx context.Context) (*Scratch, error) {
	connector, err := duckdb.NewConnector("", connect)
	if err != nil {
		return nil, fmt.Errorf("open a database in memory: %w", err)
	}
	d := &DB{db: sql.OpenDB(connector), log: slog.New(slog.DiscardHandler), states: map[string]warehouse.State{}}
	for _, s := range []string{
		"SET GLOBAL TimeZone = 'UTC'",
		"SET GLOBAL memory_limit = '512MB'",
		"SET GLOBAL threads = 1", // a few rows: starting threads costs more
		"SET GLOBAL autoinstall_known_extensions = false",
		"SET GLOBAL autoload_known_extensions = false",
		"SET GLOBAL enable_external_access = false",
		"SET GLOBAL lock_configuration = true",
		"CREATE SCHEMA data",
	} {
		if _, err := d.db.ExecContext(ctx, s); err != nil {
			return nil, errors.Join(queryFault(ctx, err), d.db.Close())
		}
	}
	return &Scratch{d}, nil
}

// Dialect tells how DuckDB writes SQL.
func (s *Scratch) Dialect() warehouse.Dialect { return Dialect{} }

// Query runs one SELECT; see warehouse.Warehouse.
func (s *Scratch) Query(ctx context.Context, q expr.SQL) (warehouse.Rows, error) {
	return s.db.Query(ctx, q)
}

// Fill makes a table of the rows, in place of the one that the dataset had,
// and gives its name as SQL writes it. Values are nil, string (also for
// decimals), int64, float64, bool, or time.Time in UTC.
func (s *Scratch) Fill(ctx context.Context, dataset string, columns []warehouse.StoredColumn, rows [][]any) (string, error) {
	table := dataTable(dataset)
	defs, marks := make([]string, len(columns)), make([]string, len(columns))
	for i, c := range columns {
		typ := Dialect{}.ColumnType(c.Type, c.Precision, c.Scale)
		defs[i] = Dialect{}.Quote(c.Name) + " " + typ
		marks[i] = "CAST(? AS " + typ + ")"
	}
	tx, err := s.db.db.BeginTx(ctx, nil)
	if err != nil {
		return "", queryFault(ctx, err)
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(ctx, "CREATE OR REPLACE TABLE "+table+" ("+strings.Join(defs, ", ")+")"); err != nil {
		return "", queryFault(ctx, err)
	}
	if len(rows) > 0 {
		insert, err := tx.PrepareContext(ctx, "INSERT INTO "+table+" VALUES ("+strings.Join(marks, ", ")+")")
		if err != nil {
			return "", queryFault(ctx, err)
		}
		defer insert.Close()
		for _, row := range rows {
			if _, err := insert.ExecContext(ctx, row...); err != nil {
				return "", queryFault(ctx, err)
			}
		}
	}
	return table, queryFault(ctx, tx.Commit())
}

// Close forgets everything.
func (s *Scratch) Close() error { return s.db.Close() }
