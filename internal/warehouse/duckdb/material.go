package duckdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"

	"lodestar/internal/behind"
	"lodestar/internal/expr"
	"lodestar/internal/warehouse"
)

var _ warehouse.Materials = (*DB)(nil)

func materialTable(table string) string { return "rollup." + Dialect{}.Quote(table) }

// Materialise keeps the answer of a query; see warehouse.Materials. It takes
// turns with loads.
func (d *DB) Materialise(ctx context.Context, name, fingerprint string, q expr.SQL) (m warehouse.Material, err error) {
	select {
	case d.turn <- struct{}{}:
		defer func() { <-d.turn }()
	case <-ctx.Done():
		return m, queryFault(ctx, ctx.Err())
	}
	behind.Do(func() { m, err = d.materialise(ctx, name, fingerprint, q) })
	return m, err
}

func (d *DB) materialise(ctx context.Context, name, fingerprint string, q expr.SQL) (m warehouse.Material, err error) {
	tx, err := d.db.BeginTx(ctx, nil)
	if err != nil {
		return m, queryFault(ctx, err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(queryFault(ctx, err), ignoreDone(tx.Rollback()))
		}
	}()
	old, seq := "", int64(0)
	err = tx.QueryRowContext(ctx, "SELECT tbl FROM ledger.rollups WHERE name = ?", name).Scan(&old)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return m, err
	}
	if err = tx.QueryRowContext(ctx, "SELECT coalesce(max(seq), 0) + 1 FROM ledger.rollups").Scan(&seq); err != nil {
		return m, err
	}
	table := fmt.Sprintf("%s_%d", name, seq)
	if _, err = tx.ExecContext(ctx, "CREATE TABLE "+materialTable(table)+" AS "+q.Text, q.Args...); err != nil {
		return m, err
	}
	if err = narrow(ctx, tx, table); err != nil {
		return m, err
	}
	if old != "" {
		if _, err = tx.ExecContext(ctx, "DROP TABLE IF EXISTS "+materialTable(old)); err != nil {
			return m, err
		}
	}
	if _, err = tx.ExecContext(ctx, "DELETE FROM ledger.rollups WHERE name = ?", name); err != nil {
		return m, err
	}
	if _, err = tx.ExecContext(ctx, `INSERT INTO ledger.rollups (name, seq, tbl, fingerprint, row_count, built_at)
		SELECT ?, ?, ?, ?, (SELECT count(*) FROM `+materialTable(table)+`), now()::TIMESTAMP`, name, seq, table, fingerprint); err != nil {
		return m, err
	}
	if err = tx.Commit(); err != nil {
		return m, err
	}
	list, err := d.materials(ctx, "WHERE name = ?", name)
	if err != nil || len(list) != 1 {
		return m, err
	}
	return list[0], nil
}

// narrow keeps sums in 64 bits where all of them fit: reading 128 bits from
// disk takes some twenty times as long, and a sum over either is of one type.
func narrow(ctx context.Context, tx *sql.Tx, table string) (err error) {
	rows, err := tx.QueryContext(ctx, `SELECT column_name, CASE data_type WHEN 'HUGEINT' THEN 'BIGINT' ELSE 'DECIMAL(18, ' || numeric_scale || ')' END FROM duckdb_columns()
		WHERE schema_name = 'rollup' AND table_name = ? AND (data_type = 'HUGEINT' OR data_type LIKE 'DECIMAL%' AND numeric_precision > 18 AND numeric_scale <= 18)`, table)
	if err != nil {
		return err
	}
	narrower := map[string]string{}
	for rows.Next() {
		var name, to string
		if err := rows.Scan(&name, &to); err != nil {
			return errors.Join(err, rows.Close())
		}
		narrower[name] = to
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(narrower)) {
		column, to := Dialect{}.Quote(name), narrower[name]
		var fits bool
		if err := tx.QueryRowContext(ctx, fmt.Sprintf("SELECT bool_and(%s IS NULL OR TRY_CAST(%s AS %s) IS NOT NULL) IS NOT FALSE FROM %s",
			column, column, to, materialTable(table))).Scan(&fits); err != nil {
			return err
		}
		if !fits {
			continue
		}
		if _, err := tx.ExecContext(ctx, fmt.Sprintf("ALTER TABLE %s ALTER COLUMN %s TYPE %s", materialTable(table), column, to)); err != nil {
			return err
		}
	}
	return nil
}

func ignoreDone(err error) error {
	if errors.Is(err, sql.ErrTxDone) {
		return nil
	}
	return err
}

// Materials lists what is kept.
func (d *DB) Materials(ctx context.Context) ([]warehouse.Material, error) {
	return d.materials(ctx, "ORDER BY name")
}

func (d *DB) materials(ctx context.Context, where string, args ...any) (out []warehouse.Material, err error) {
	rows, err := d.db.QueryContext(ctx, "SELECT name, tbl, fingerprint, row_count, built_at FROM ledger.rollups "+where, args...)
	if err != nil {
		return nil, queryFault(ctx, err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var m warehouse.Material
		if err := rows.Scan(&m.Name, &m.Table, &m.Fingerprint, &m.Rows, &m.At); err != nil {
			return nil, err
		}
		m.Table, m.At = materialTable(m.Table), m.At.UTC()
		out = append(out, m)
	}
	return out, rows.Err()
}

// DropMaterial forgets a name.
func (d *DB) DropMaterial(ctx context.Context, name string) (err error) {
	tx, err := d.db.BeginTx(ctx, nil)
	if err != nil {
		return queryFault(ctx, err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(queryFault(ctx, err), ignoreDone(tx.Rollback()))
		}
	}()
	table := ""
	err = tx.QueryRowContext(ctx, "SELECT tbl FROM ledger.rollups WHERE name = ?", name).Scan(&table)
	if errors.Is(err, sql.ErrNoRows) {
		return tx.Rollback()
	}
	if err != nil {
		return err
	}
	if _, err = tx.ExecContext(ctx, "DROP TABLE IF EXISTS "+materialTable(table)); err != nil {
		return err
	}
	if _, err = tx.ExecContext(ctx, "DELETE FROM ledger.rollups WHERE name = ?", name); err != nil {
		return err
	}
	return tx.Commit()
}
