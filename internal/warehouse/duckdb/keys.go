package duckdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"lodestar/internal/expr"
	"lodestar/internal/warehouse"
)

func quoteAll(names []string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = Dialect{}.Quote(n)
	}
	return out
}

// mostPlaces bounds the bits of placesTaken: 32 MiB for each thread.
const mostPlaces = 1 << 28

// KeysUnique reports whether no key is missing or repeated; see warehouse.Change.
func (c *change) KeysUnique(ctx context.Context) (bool, error) {
	unique, err := c.keysUnique(ctx)
	if err != nil || !unique || !c.meets() {
		return unique, err
	}
	met, err := c.exists(ctx, fmt.Sprintf("SELECT 1 FROM %s t WHERE %s LIMIT 1", dataTable(c.current.table), c.inNew()))
	return !met, err
}

// meets reports whether the rows read come beside rows that are there.
func (c *change) meets() bool { return c.spec.Mode == "append" && c.current.table != "" }

// keysUnique looks at the rows read. Keys of whole numbers and days that lie
// close together are counted in a set of bits, an order of magnitude faster
// than grouping; both are exact.
func (c *change) keysUnique(ctx context.Context) (bool, error) {
	numbers := c.numbered()
	if numbers != nil {
		place, places, rows, err := c.place(ctx, numbers)
		if err != nil || places == noPlaces {
			return false, err
		}
		if places != manyPlaces {
			var taken int64
			err := c.conn.QueryRowContext(ctx, fmt.Sprintf("SELECT coalesce(bit_count(bitstring_agg(%s, 0, %d)), 0) FROM %s",
				place, places-1, dataTable(c.table))).Scan(&taken)
			return taken == rows, queryFault(ctx, err)
		}
	}
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

// numbered gives the key's columns as expressions of whole numbers, or nil
// when one is neither a whole number nor a day.
func (c *change) numbered() []string {
	var out []string
	for _, name := range c.spec.Key {
		i := slices.IndexFunc(c.spec.Columns, func(s warehouse.StoredColumn) bool { return s.Name == name })
		if i < 0 {
			return nil
		}
		switch q := (Dialect{}).Quote(name); c.spec.Columns[i].Type {
		case expr.Integer:
			out = append(out, q)
		case expr.Date:
			out = append(out, "date_diff('day', DATE '1970-01-01', "+q+")")
		default:
			return nil
		}
	}
	return out
}

// What place answers instead of a number of places.
const (
	noPlaces   = 0  // a key is missing, or there are more rows than places
	manyPlaces = -1 // too many to hold a bit for each
)

// place gives each key a number of its own from 0 on, as an expression, with
// how many numbers there are and how many rows.
func (c *change) place(ctx context.Context, numbers []string) (place string, places, rows int64, err error) {
	parts := []string{"count(*)"}
	for _, n := range numbers {
		parts = append(parts, "count("+n+")", "coalesce(min("+n+"), 0)", "coalesce(max("+n+"), 0)")
	}
	figures := make([]int64, len(parts))
	into := make([]any, len(parts))
	for i := range figures {
		into[i] = &figures[i]
	}
	err = c.conn.QueryRowContext(ctx, "SELECT "+strings.Join(parts, ", ")+" FROM "+dataTable(c.table)).Scan(into...)
	if err != nil {
		return "", 0, 0, queryFault(ctx, err)
	}
	rows, places = figures[0], 1
	var sum []string
	for i, n := range numbers {
		present, least, most := figures[1+3*i], figures[2+3*i], figures[3+3*i]
		if present < rows {
			return "", noPlaces, rows, nil
		}
		width := uint64(most) - uint64(least) // right also where the difference is beyond an int64
		if places == manyPlaces || width >= mostPlaces || places*int64(width+1) > min(mostPlaces, 64*rows+1) {
			places = manyPlaces
			continue
		}
		sum = append(sum, fmt.Sprintf("CAST(%s - (%d) AS BIGINT) * %d", n, least, places))
		places *= int64(width + 1)
	}
	if places != manyPlaces && places < rows {
		return "", noPlaces, rows, nil
	}
	return strings.Join(sum, " + "), places, rows, nil
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
	repeated := fmt.Sprintf(`SELECT r.%[1]s AS line, g.keep FROM %[2]s r JOIN (
		SELECT %[3]s, %[4]s(%[1]s) AS keep FROM %[2]s GROUP BY %[3]s HAVING count(*) > 1) g USING (%[3]s)
		WHERE r.%[1]s <> g.keep`, lineColumn, dataTable(c.table), keys, keep)
	if !c.meets() {
		return repeated
	}
	return fmt.Sprintf(`SELECT line, min(keep) AS keep FROM (%s UNION ALL
		SELECT r.%s, 0 FROM %s r SEMI JOIN %s t USING (%s)) GROUP BY line`,
		repeated, lineColumn, dataTable(c.table), dataTable(c.current.table), keys)
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

// Fold leaves only the last row of each key; see warehouse.Change.
func (c *change) Fold(ctx context.Context) error {
	unique, err := c.keysUnique(ctx)
	if err != nil {
		return err
	}
	if !unique {
		n, err := c.execCount(ctx, fmt.Sprintf("DELETE FROM %[1]s WHERE %[2]s NOT IN (SELECT arg_max(%[2]s, abs(%[2]s)) FROM %[1]s GROUP BY %[3]s)",
			dataTable(c.table), lineColumn, strings.Join(quoteAll(c.spec.Key), ", ")))
		if err != nil {
			return err
		}
		c.folded += n
	}
	if c.spec.Mode == "change" {
		return nil
	}
	c.gone, err = c.execCount(ctx, "DELETE FROM "+dataTable(c.table)+" WHERE "+lineColumn+" < 0")
	return err
}

// inNew is the condition that a row of t has the key of a row read.
func (c *change) inNew() string { return c.inNewWhere("") }

// inNewWhere is the same for those rows n read that meet a condition.
func (c *change) inNewWhere(condition string) string {
	return c.keyIn(dataTable(c.table), condition)
}

// keyIn is the condition that a row of t has the key of a row n of a table that
// meets a condition.
func (c *change) keyIn(table, condition string) string {
	var same []string
	for _, k := range quoteAll(c.spec.Key) {
		same = append(same, "n."+k+" = t."+k)
	}
	if condition != "" {
		same = append(same, condition)
	}
	return fmt.Sprintf("EXISTS (SELECT 1 FROM %s n WHERE %s)", table, strings.Join(same, " AND "))
}
