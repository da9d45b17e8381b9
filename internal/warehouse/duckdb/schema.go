package duckdb

import (
	"context"
	"fmt"
)

// schema makes what a new database needs; every statement may run again.
var schema = [...]string{
	`CREATE SCHEMA IF NOT EXISTS data`,
	`CREATE SCHEMA IF NOT EXISTS previous`,
	`CREATE SCHEMA IF NOT EXISTS reject`,
	`CREATE SCHEMA IF NOT EXISTS unfit`,
	`CREATE SCHEMA IF NOT EXISTS ledger`,
	`CREATE SCHEMA IF NOT EXISTS rollup`,
	`CREATE TABLE IF NOT EXISTS ledger.rollups (
		name        VARCHAR NOT NULL,
		seq         BIGINT NOT NULL,
		tbl         VARCHAR NOT NULL, -- table in schema rollup
		fingerprint VARCHAR NOT NULL, -- of what it was made
		row_count   BIGINT NOT NULL,
		built_at    TIMESTAMP NOT NULL
	)`,
	`CREATE TABLE IF NOT EXISTS ledger.loads (
		seq        BIGINT NOT NULL,   -- data version
		load       VARCHAR NOT NULL,  -- id of the run that made it
		dataset    VARCHAR NOT NULL,
		mode       VARCHAR NOT NULL,  -- replace append upsert change retain undo recast drop
		file       VARCHAR NOT NULL,  -- name as given by the person; never a path
		hash       VARCHAR NOT NULL,  -- SHA-256 of the file
		actor      VARCHAR NOT NULL,
		loaded_at  TIMESTAMP NOT NULL,
		tbl        VARCHAR NOT NULL,  -- table in schema data; empty after a drop
		previous   VARCHAR NOT NULL,  -- how to go back, see undo.go
		row_count  BIGINT NOT NULL,   -- rows in the table afterwards
		records    BIGINT NOT NULL,   -- records in the file
		loaded     BIGINT NOT NULL,
		rejected   BIGINT NOT NULL,
		key_state  VARCHAR NOT NULL,  -- none unique broken
		times      VARCHAR NOT NULL,  -- JSON {column: [min, max]}
		columns    VARCHAR NOT NULL   -- JSON list of the stored columns
	)`,
	// From where a source is read next, and what became of records besides.
	`ALTER TABLE ledger.loads ADD COLUMN IF NOT EXISTS mark VARCHAR DEFAULT ''`,
	`ALTER TABLE ledger.loads ADD COLUMN IF NOT EXISTS folded BIGINT DEFAULT 0`,
	`ALTER TABLE ledger.loads ADD COLUMN IF NOT EXISTS gone BIGINT DEFAULT 0`,
	`ALTER TABLE ledger.loads ADD COLUMN IF NOT EXISTS deleted BIGINT DEFAULT 0`,
	`ALTER TABLE ledger.loads ADD COLUMN IF NOT EXISTS unfit VARCHAR DEFAULT ''`,
	`ALTER TABLE ledger.loads ADD COLUMN IF NOT EXISTS outdated BIGINT DEFAULT 0`,
	`ALTER TABLE ledger.loads ADD COLUMN IF NOT EXISTS absent BIGINT DEFAULT 0`,
	// When the rows were brought in, and of each column of times the newest not
	// later than that, with the number of rows that are: JSON {column: {at, future}}.
	`ALTER TABLE ledger.loads ADD COLUMN IF NOT EXISTS brought_at TIMESTAMP`,
	`ALTER TABLE ledger.loads ADD COLUMN IF NOT EXISTS newest VARCHAR DEFAULT ''`,
}

// sweep drops tables that no ledger row needs any more. A dataset that is synced
// in many small loads keeps the rejects of the last one that had any. Keys that
// did not fit are kept for the newest change and for its undo.
func (d *DB) sweep(ctx context.Context) error {
	rows, err := d.db.QueryContext(ctx, `
		SELECT schema_name, table_name FROM duckdb_tables()
		WHERE schema_name IN ('data', 'previous', 'reject', 'unfit')
		  AND NOT EXISTS (SELECT 1 FROM (
			SELECT tbl, previous, load FROM ledger.loads
			QUALIFY row_number() OVER (PARTITION BY dataset ORDER BY seq DESC) = 1) l
			WHERE schema_name = 'data' AND table_name IN (l.tbl, l.previous)
			   OR schema_name = 'previous' AND table_name = l.previous
			   OR schema_name = 'reject' AND table_name = l.load)
		  AND NOT (schema_name = 'reject' AND table_name IN (
			SELECT max_by(load, seq) FROM ledger.loads r WHERE rejected > 0 AND mark <> '' AND NOT EXISTS (
				SELECT 1 FROM ledger.loads d WHERE d.dataset = r.dataset AND d.mode IN ('replace', 'drop') AND d.seq > r.seq)
			GROUP BY dataset))
		  AND NOT (schema_name = 'unfit' AND table_name IN (SELECT unfit FROM ledger.loads
			QUALIFY row_number() OVER (PARTITION BY dataset ORDER BY seq DESC) <= 2))`)
	if err != nil {
		return fmt.Errorf("sweep: %w", err)
	}
	defer rows.Close()
	var drop []string
	for rows.Next() {
		var schema, table string
		if err := rows.Scan(&schema, &table); err != nil {
			return fmt.Errorf("sweep: %w", err)
		}
		drop = append(drop, Dialect{}.Quote(schema)+"."+Dialect{}.Quote(table))
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("sweep: %w", err)
	}
	for _, table := range drop {
		if _, err := d.db.ExecContext(ctx, "DROP TABLE IF EXISTS "+table); err != nil {
			return fmt.Errorf("sweep %s: %w", table, err)
		}
		d.log.Debug("dropped a table that no load needs", "table", table)
	}
	return nil
}
