package duckdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"lodestar/internal/warehouse"
)

func quoteAll(names []string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = Dialect{}.Quote(n)
	}
	return out
}

// KeysUnique reports whether no key is missing or repeated; see warehouse.Change.
func (c *change) KeysUnique(ctx context.Context) (bool, error) {
	keys := quoteAll(c.spec.Key)
	missing := strings.Join(keys, " IS NULL OR ") + " IS NULL"
	found, err := c.exists(ctx, fmt.Sprintf("SELECT 1 FROM %s WHERE %s LIMIT 1", dataTable(c.table), missing))
	if err != nil || found {
		return false, err
	}
	found, err = c.exists(ctx, fmt.Sprintf("SELECT 1 FROM %s GROUP BY %s HAVING count(*) > 1 LIMIT 1",
		dataTable(c.table), strings.Join(keys, ", ")))
	return !found, err
}

func (c *change) exists(ctx context.Context, text string) (bool, error) {
	var one int
	err := c.conn.QueryRowContext(ctx, text).Scan(&one)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, queryFault(ctx, err)
}

func (c *change) duplicates(keepLast bool) string {
	keep := "min"
	if keepLast {
		keep = "max"
	}
	keys := strings.Join(quoteAll(c.spec.Key), ", ")
	return fmt.Sprintf(`SELECT r.%[1]s AS line, g.keep FROM %[2]s r JOIN (
		SELECT %[3]s, %[4]s(%[1]s) AS keep FROM %[2]s GROUP BY %[3]s HAVING count(*) > 1) g USING (%[3]s)
		WHERE r.%[1]s <> g.keep`, lineColumn, dataTable(c.table), keys, keep)
}

// Duplicates lists the rows to go; see warehouse.Change.
func (c *change) Duplicates(ctx context.Context, keepLast bool, each func(warehouse.Duplicate) error) (err error) {
	rows, err := c.conn.QueryContext(ctx, c.duplicates(keepLast)+" ORDER BY line")
	if err != nil {
		return queryFault(ctx, err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var d warehouse.Duplicate
		if err := rows.Scan(&d.Line, &d.Other); err != nil {
			return queryFault(ctx, err)
		}
		if err := each(d); err != nil {
			return err
		}
	}
	return queryFault(ctx, rows.Err())
}

// DropDuplicates removes them; see warehouse.Change.
func (c *change) DropDuplicates(ctx context.Context, keepLast bool) (int64, error) {
	n, err := c.execCount(ctx, fmt.Sprintf("DELETE FROM %s WHERE %s IN (SELECT line FROM (%s))",
		dataTable(c.table), lineColumn, c.duplicates(keepLast)))
	c.dropped += n
	return n, err
}

// KeysMeet reports whether old and new rows share a key; see warehouse.Change.
func (c *change) KeysMeet(ctx context.Context) (bool, error) {
	if c.current.table == "" {
		return false, nil
	}
	return c.exists(ctx, fmt.Sprintf("SELECT 1 FROM %s t WHERE %s LIMIT 1", dataTable(c.current.table), c.inNew()))
}

// inNew is the condition that a row of t has the key of a row read.
func (c *change) inNew() string {
	var same []string
	for _, k := range quoteAll(c.spec.Key) {
		same = append(same, "n."+k+" = t."+k)
	}
	return fmt.Sprintf("EXISTS (SELECT 1 FROM %s n WHERE %s)", dataTable(c.table), strings.Join(same, " AND "))
}
