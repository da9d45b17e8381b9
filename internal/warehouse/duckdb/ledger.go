package duckdb

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"lodestar/internal/expr"
	"lodestar/internal/warehouse"
)

// ledgerRow is a row of ledger.loads.
type ledgerRow struct {
	seq                                    int64
	load, dataset, mode, file, hash, actor string
	at                                     time.Time
	table, previous                        string
	rows, records, loaded, rejected        int64
	key                                    string
	times                                  map[string][2]time.Time
	columns                                []warehouse.StoredColumn
	mark                                   string
	folded, gone, deleted                  int64
	unfit                                  string // table in schema unfit; empty for none
	outdated, absent                       int64  // of its keys those with a row and those without
	brought                                time.Time
	newest                                 map[string]newestTime // nil where an older program wrote the row
}

const ledgerColumns = `seq, load, dataset, mode, file, hash, actor, loaded_at, tbl, previous,
	row_count, records, loaded, rejected, key_state, times, columns, mark, folded, gone, deleted, unfit, outdated, absent, brought_at, newest`

type querier interface {
	QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error)
}

// newest gives the row that says what a dataset is; the zero row when nothing
// was ever loaded.
func newest(ctx context.Context, q querier, dataset string) (ledgerRow, error) {
	list, err := ledgerRows(ctx, q, "WHERE dataset = ? ORDER BY seq DESC LIMIT 1", dataset)
	if err != nil || len(list) == 0 {
		return ledgerRow{}, err
	}
	return list[0], nil
}

func ledgerRows(ctx context.Context, q querier, where string, args ...any) (list []ledgerRow, err error) {
	rows, err := q.QueryContext(ctx, "SELECT "+ledgerColumns+" FROM ledger.loads "+where, args...)
	if err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var r ledgerRow
		var times, columns, newest string
		var brought sql.NullTime
		if err := rows.Scan(&r.seq, &r.load, &r.dataset, &r.mode, &r.file, &r.hash, &r.actor, &r.at,
			&r.table, &r.previous, &r.rows, &r.records, &r.loaded, &r.rejected, &r.key, &times, &columns,
			&r.mark, &r.folded, &r.gone, &r.deleted, &r.unfit, &r.outdated, &r.absent, &brought, &newest); err != nil {
			return nil, fmt.Errorf("ledger: %w", err)
		}
		r.at = r.at.UTC()
		if r.brought = r.at; brought.Valid {
			r.brought = brought.Time.UTC()
		}
		if newest == "" {
			newest = "null"
		}
		if err := errors.Join(json.Unmarshal([]byte(times), &r.times), json.Unmarshal([]byte(columns), &r.columns), json.Unmarshal([]byte(newest), &r.newest)); err != nil {
			return nil, fmt.Errorf("ledger of %s: %w", r.dataset, err)
		}
		list = append(list, r)
	}
	return list, rows.Err()
}

func (r ledgerRow) insert(ctx context.Context, conn backConn) error {
	times, err := json.Marshal(r.times)
	if err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	columns, err := json.Marshal(r.columns)
	if err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	newest, err := json.Marshal(r.newest)
	if err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	_, err = conn.ExecContext(ctx, "INSERT INTO ledger.loads ("+ledgerColumns+") VALUES (?"+strings.Repeat(", ?", 25)+")",
		r.seq, r.load, r.dataset, r.mode, r.file, r.hash, r.actor, r.at.UTC(), r.table, r.previous,
		r.rows, r.records, r.loaded, r.rejected, r.key, string(times), string(columns),
		r.mark, r.folded, r.gone, r.deleted, r.unfit, r.outdated, r.absent, r.brought.UTC(), string(newest))
	return err
}

// state tells what the row makes of the dataset.
func (r ledgerRow) state() warehouse.State {
	s := warehouse.State{Dataset: r.dataset, Version: r.seq, Rows: r.rows, Rejects: r.rejected,
		Outdated: r.outdated, Absent: r.absent, LoadedAt: r.at.UTC(), BroughtAt: r.brought.UTC(), KeyBroken: r.key == "broken",
		MinTime: map[string]time.Time{}, MaxTime: map[string]time.Time{},
		Newest: map[string]time.Time{}, Future: map[string]int64{}}
	if r.table != "" {
		s.Table = dataTable(r.table)
	}
	for column, b := range r.times {
		s.MinTime[column], s.MaxTime[column] = b[0], b[1]
	}
	r.tellNewest(&s)
	return s
}

// canUndo reports whether the row tells how to go back. Rows follow their
// definition, so what changed them with it (recast) goes back with it too. The
// source of what came by a log was told that it need not keep it (change).
func (r ledgerRow) canUndo() bool {
	switch r.mode {
	case "replace", "append", "upsert", "retain":
		return true
	}
	return false
}

func (r ledgerRow) entry() warehouse.LedgerEntry {
	s := r.state()
	return warehouse.LedgerEntry{Version: r.seq, Load: r.load, Dataset: r.dataset, Mode: r.mode, File: r.file,
		Hash: r.hash, Actor: r.actor, At: r.at, Rows: r.rows, Records: r.records, Loaded: r.loaded,
		Rejected: r.rejected, Folded: r.folded, Gone: r.gone, Deleted: r.deleted, Outdated: r.outdated, Absent: r.absent, Synced: r.mark != "", Columns: r.columns, MaxTime: s.MaxTime, Newest: s.Newest}
}

// Ledger lists what was ever committed, newest first: of one dataset, or of
// all when dataset is empty; at most limit entries.
func (d *DB) Ledger(ctx context.Context, dataset string, limit int) ([]warehouse.LedgerEntry, error) {
	where, args := "", []any{}
	if dataset != "" {
		where, args = "WHERE dataset = ?", []any{dataset}
	}
	list, err := ledgerRows(ctx, d.db, fmt.Sprintf("%s ORDER BY seq DESC LIMIT %d", where, limit), args...)
	if err != nil {
		return nil, queryFault(ctx, err)
	}
	seen := map[string]bool{}
	out := make([]warehouse.LedgerEntry, len(list))
	for i, r := range list {
		out[i] = r.entry()
		out[i].CanUndo = !seen[r.dataset] && r.canUndo()
		seen[r.dataset] = true
	}
	return out, nil
}

// measure counts the table's rows and finds the bounds of its times, and the
// newest of them that count.
func (c *change) measure(ctx context.Context, row *ledgerRow) error {
	row.times, row.newest = map[string][2]time.Time{}, map[string]newestTime{}
	if row.table == "" {
		return nil
	}
	parts := []string{"count(*)"}
	var columns []string
	for _, col := range row.columns {
		if col.Type == expr.Date || col.Type == expr.Timestamp {
			name := Dialect{}.Quote(col.Name)
			parts = append(parts, fmt.Sprintf("CAST(min(%s) AS TIMESTAMP), CAST(max(%s) AS TIMESTAMP)", name, name))
			columns = append(columns, col.Name)
		}
	}
	bounds := make([]sql.NullTime, 2*len(columns))
	targets := []any{&row.rows}
	for i := range bounds {
		targets = append(targets, &bounds[i])
	}
	text := "SELECT " + strings.Join(parts, ", ") + " FROM " + dataTable(row.table)
	if err := c.conn.QueryRowContext(ctx, text).Scan(targets...); err != nil {
		return queryFault(ctx, err)
	}
	for i, name := range columns {
		if bounds[2*i].Valid {
			row.times[name] = [2]time.Time{bounds[2*i].Time.UTC(), bounds[2*i+1].Time.UTC()}
		}
	}
	return row.findNewest(ctx, c.conn, c.spec.Zone, c.stillThere(*row))
}
