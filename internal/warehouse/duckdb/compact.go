package duckdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	_ "github.com/duckdb/duckdb-go/v2" // the driver

	"lodestar/internal/warehouse"
)

// Room measures the database's file. What is free is given back by Compact.
func (d *DB) Room(ctx context.Context) (r warehouse.Room, err error) {
	err = d.db.QueryRowContext(ctx, "SELECT block_size * total_blocks, block_size * free_blocks FROM pragma_database_size() WHERE database_name = 'warehouse'").Scan(&r.Bytes, &r.Free)
	return r, queryFault(ctx, err)
}

// Compact writes the database in dir anew, without the room that rows have left,
// and puts it in place of the old one when both hold the same tables with as many
// rows. Nobody else may have it open. It tells how large the file was and is.
func Compact(ctx context.Context, dir string) (before, after int64, err error) {
	path := filepath.Join(dir, "warehouse.duckdb")
	next := path + ".compact"
	info, err := os.Stat(path)
	if err != nil {
		return 0, 0, err
	}
	clear := func() error {
		for _, f := range []string{next, next + ".wal"} {
			if err := os.Remove(f); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
		return nil
	}
	if err := clear(); err != nil { // of an attempt that was broken off
		return 0, 0, err
	}
	if err := rewrite(ctx, path, next); err != nil {
		return 0, 0, errors.Join(err, clear())
	}
	if err := syncFile(next); err != nil {
		return 0, 0, errors.Join(err, clear())
	}
	if err := os.Rename(next, path); err != nil {
		return 0, 0, errors.Join(err, clear())
	}
	now, err := os.Stat(path)
	if err != nil {
		return 0, 0, err
	}
	return info.Size(), now.Size(), syncFile(dir)
}

// syncFile sees to it that a file, or the names in a directory, are on disk.
func syncFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// rewrite copies everything of a database to a new one.
func rewrite(ctx context.Context, path, next string) (err error) {
	db, err := sql.Open("duckdb", "")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1)
	for _, s := range []string{
		"ATTACH " + quoteText(path) + " AS old", "CHECKPOINT old", // its log goes with it
		"ATTACH " + quoteText(next) + " AS new", "COPY FROM DATABASE old TO new",
	} {
		if _, err := db.ExecContext(ctx, s); err != nil {
			return queryFault(ctx, err)
		}
	}
	have, err := contents(ctx, db, "old")
	if err != nil {
		return err
	}
	got, err := contents(ctx, db, "new")
	if err != nil {
		return err
	}
	if !maps.Equal(have, got) {
		return fmt.Errorf("compact: the copy does not hold what the database does: %v and %v", got, have)
	}
	for _, s := range []string{"CHECKPOINT new", "DETACH new", "DETACH old"} {
		if _, err := db.ExecContext(ctx, s); err != nil {
			return queryFault(ctx, err)
		}
	}
	return nil
}

// contents gives the rows of each table, and everything else that is defined.
func contents(ctx context.Context, db *sql.DB, database string) (out map[string]int64, err error) {
	out = map[string]int64{}
	each := func(q string, take func(name string)) error {
		rows, err := db.QueryContext(ctx, q, database)
		if err != nil {
			return queryFault(ctx, err)
		}
		for rows.Next() {
			var name string
			if err := rows.Scan(&name); err != nil {
				return errors.Join(err, rows.Close())
			}
			take(name)
		}
		return errors.Join(rows.Err(), rows.Close())
	}
	for _, q := range []string{
		"SELECT coalesce(sql, '') FROM duckdb_views() WHERE database_name = ? AND NOT internal",
		"SELECT coalesce(sql, '') FROM duckdb_indexes() WHERE database_name = ?",
		"SELECT coalesce(sql || last_value, sql, '') FROM duckdb_sequences() WHERE database_name = ?",
		"SELECT schema_name || '.' || table_name || ' ' || constraint_text FROM duckdb_constraints() WHERE database_name = ?",
		"SELECT schema_name || '.' || table_name || '.' || column_name || ' ' || data_type || coalesce(column_default, '') || is_nullable FROM duckdb_columns() WHERE database_name = ? AND NOT internal",
	} {
		if err := each(q, func(what string) { out[what]++ }); err != nil {
			return nil, err
		}
	}
	tables := map[string]bool{}
	if err := each("SELECT '\"' || replace(schema_name, '\"', '\"\"') || '\".\"' || replace(table_name, '\"', '\"\"') || '\"' FROM duckdb_tables() WHERE database_name = ?",
		func(table string) { tables[table] = true }); err != nil {
		return nil, err
	}
	for _, table := range slices.Sorted(maps.Keys(tables)) {
		var n int64
		if err := db.QueryRowContext(ctx, "SELECT count(*) FROM "+database+"."+table).Scan(&n); err != nil {
			return nil, queryFault(ctx, err)
		}
		out[table] = n
	}
	return out, nil
}
