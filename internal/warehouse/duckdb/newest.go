package duckdb

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"lodestar/internal/expr"
	"lodestar/internal/warehouse"
)

// newestTime is the newest value of a column of times that counts, and how many
// rows are of the future; see warehouse.State.
type newestTime struct {
	At     *time.Time `json:"at"` // nil when all are of the future
	Future int64      `json:"future"`
}

type oneRow interface {
	QueryRowContext(ctx context.Context, text string, args ...any) *sql.Row
}

// findNewest finds the newest times that count, now that the bounds of the times
// are known. Rows are read only where some are of the future. known are values
// that the table had and has, unless they were taken from it: then only rows from
// there on are read.
func (r *ledgerRow) findNewest(ctx context.Context, q oneRow, zone *time.Location, known map[string]newestTime) (err error) {
	r.newest = map[string]newestTime{}
	for _, col := range r.columns {
		span, ok := r.times[col.Name]
		if !ok {
			continue
		}
		end := warehouse.Reached(col.Type, r.brought, zone)
		if top := span[1]; !top.After(end) {
			r.newest[col.Name] = newestTime{At: &top}
			continue
		}
		var found newestTime
		if at := known[col.Name].At; at != nil && !at.After(end) {
			if found, err = newestUpTo(ctx, q, r.table, col, *at, end); err != nil {
				return err
			}
		}
		if found.At == nil {
			if found, err = newestUpTo(ctx, q, r.table, col, span[0], end); err != nil {
				return err
			}
		}
		r.newest[col.Name] = found
	}
	return nil
}

// newestUpTo looks at the rows of a table that are not earlier than a time.
func newestUpTo(ctx context.Context, q oneRow, table string, col warehouse.StoredColumn, from, end time.Time) (out newestTime, err error) {
	x, bound := Dialect{}.Quote(col.Name), "?"
	if col.Type == expr.Date {
		bound = "CAST(? AS DATE)"
	}
	var at sql.NullTime
	err = q.QueryRowContext(ctx, fmt.Sprintf("SELECT CAST(max(%[1]s) FILTER (%[1]s <= %[2]s) AS TIMESTAMP), count(*) FILTER (%[1]s > %[2]s) FROM %[3]s WHERE %[1]s >= %[2]s",
		x, bound, dataTable(table)), end, end, from).Scan(&at, &out.Future)
	if at.Valid {
		t := at.Time.UTC()
		out.At = &t
	}
	return out, queryFault(ctx, err)
}

// stillThere gives the newest times before a change that only added rows.
func (c *change) stillThere(row ledgerRow) map[string]newestTime {
	if row.table != c.current.table || c.replaced > 0 || row.mode == "undo" {
		return nil
	}
	return c.current.newest
}

// tellNewest puts what the row knows of the newest times into a state. Where an
// older program wrote it, they are known when no row was of the future.
func (r ledgerRow) tellNewest(s *warehouse.State) {
	for _, col := range r.columns {
		top, ok := s.MaxTime[col.Name]
		if !ok {
			continue
		}
		n, known := r.newest[col.Name]
		switch {
		case known && n.At != nil:
			s.Newest[col.Name] = n.At.UTC()
		case !known && r.newest == nil && !top.After(warehouse.Reached(col.Type, r.brought, nil)):
			s.Newest[col.Name] = top
		}
		if n.Future > 0 {
			s.Future[col.Name] = n.Future
		}
	}
}

// completeNewest finds the newest times of the rows that there are where an older
// program wrote the ledger.
func (d *DB) completeNewest(ctx context.Context) error {
	list, err := ledgerRows(ctx, d.db, "WHERE newest = '' AND tbl <> '' AND seq IN (SELECT max(seq) FROM ledger.loads GROUP BY dataset)")
	if err != nil {
		return err
	}
	for _, r := range list {
		if err := r.findNewest(ctx, d.db, nil, nil); err != nil {
			return fmt.Errorf("newest times of %s: %w", r.dataset, err)
		}
		newest, err := json.Marshal(r.newest)
		if err != nil {
			return fmt.Errorf("newest times of %s: %w", r.dataset, err)
		}
		if _, err := d.db.ExecContext(ctx, "UPDATE ledger.loads SET newest = ? WHERE seq = ?", string(newest), r.seq); err != nil {
			return fmt.Errorf("newest times of %s: %w", r.dataset, err)
		}
	}
	return nil
}
