package duckdb

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"lodestar/internal/warehouse"
)

// What does not fit is set aside, and an older version of the row goes on
// counting, or there is no row at all. The table of a dataset in schema unfit has
// the keys of those whose newest version was set aside, until a later one fits, the
// row is gone at its source or everything is read anew. Each change writes a table
// of its own, so that an undo only goes back to that of before.

func unfitTable(name string) string { return "unfit." + Dialect{}.Quote(name) }

// Refused takes keys of records that were set aside; see warehouse.Change.
func (c *change) Refused(ctx context.Context, path string, keepLast bool) error {
	types := []string{"'line': 'BIGINT'"}
	for i, k := range c.spec.Key {
		at := slices.IndexFunc(c.spec.Columns, func(s warehouse.StoredColumn) bool { return s.Name == k })
		if at < 0 {
			return fmt.Errorf("refused: the key %s is not stored", k)
		}
		types = append(types, fmt.Sprintf("'c%d': %s", i, quoteText(columnType(c.spec.Columns[at]))))
	}
	var values []string
	for i, k := range quoteAll(c.spec.Key) {
		values = append(values, fmt.Sprintf("c%d AS %s", i, k))
	}
	later := ""
	if keepLast {
		later = "abs(n." + lineColumn + ") > t.line"
	}
	if err := c.exec(ctx, fmt.Sprintf(`CREATE TABLE %s AS SELECT DISTINCT %s FROM (SELECT line, %s FROM read_csv(%s, auto_detect = false,
		header = false, delim = ',', quote = '"', escape = '"', new_line = '\n', nullstr = '', allow_quoted_nulls = false,
		strict_mode = true, max_line_size = %d, compression = 'none', columns = {%s})) t WHERE NOT %s`, unfitTable(c.table), strings.Join(quoteAll(c.spec.Key), ", "),
		strings.Join(values, ", "), quoteText(path), maxLine, strings.Join(types, ", "), c.inNewWhere(later))); err != nil {
		return err
	}
	c.unfit = c.table
	return nil
}

// followUnfit adds to the keys refused by this change those of before that it
// says nothing about. It comes before the rows read become rows of the dataset.
func (c *change) followUnfit(ctx context.Context) error {
	was := c.current.unfit
	if was == "" || c.spec.Mode == "replace" || c.current.table == "" {
		return nil
	}
	if same, err := c.unfitKey(ctx, was); err != nil || !same {
		return err // of another key nothing is known
	}
	keys := strings.Join(quoteAll(c.spec.Key), ", ")
	if c.unfit == "" {
		if err := c.exec(ctx, fmt.Sprintf("CREATE TABLE %s AS SELECT %s FROM %s LIMIT 0", unfitTable(c.table), keys, unfitTable(was))); err != nil {
			return err
		}
		c.unfit = c.table
	}
	stays := "NOT " + c.inNew()
	if c.spec.Mode == "retain" {
		stays = c.inNew()
	}
	n, err := c.execCount(ctx, fmt.Sprintf("INSERT INTO %[1]s SELECT %[2]s FROM %[3]s t WHERE %[4]s EXCEPT SELECT %[2]s FROM %[1]s",
		unfitTable(c.unfit), keys, unfitTable(was), stays))
	c.settled = c.spec.Mode == "retain" && n != c.current.outdated+c.current.absent
	return err
}

// unfitKey reports whether the keys of a table are those of the dataset.
func (c *change) unfitKey(ctx context.Context, table string) (bool, error) {
	var n, all int
	err := c.conn.QueryRowContext(ctx, "SELECT count(*) FILTER (WHERE list_contains(string_split(?, chr(0)), column_name)), count(*) FROM duckdb_columns() WHERE schema_name = 'unfit' AND table_name = ?",
		strings.Join(c.spec.Key, "\x00"), table).Scan(&n, &all)
	return n == all && all == len(c.spec.Key) && all > 0, queryFault(ctx, err)
}

// recastUnfit gives the keys of before the types of now. One that does not convert
// is that of no row any more.
func (c *change) recastUnfit(ctx context.Context) error {
	was := c.current.unfit
	if was == "" {
		return nil
	}
	if same, err := c.unfitKey(ctx, was); err != nil || !same {
		return err
	}
	old, is := byName(c.current.columns), byName(c.spec.Columns)
	var values, present []string
	for _, k := range c.spec.Key {
		value := recastValue(old[k], is[k])
		values = append(values, value+" AS "+Dialect{}.Quote(k))
		present = append(present, value+" IS NOT NULL")
	}
	c.unfit = c.table
	return c.exec(ctx, fmt.Sprintf("CREATE TABLE %s AS SELECT DISTINCT %s FROM %s WHERE %s", unfitTable(c.unfit),
		strings.Join(values, ", "), unfitTable(was), strings.Join(present, " AND ")))
}

// weighUnfit counts what the keys mean for the rows that are there now.
func (c *change) weighUnfit(ctx context.Context, row *ledgerRow) error {
	if c.unfit == "" {
		return nil
	}
	var all int64
	if err := c.conn.QueryRowContext(ctx, fmt.Sprintf("SELECT count(*), count(*) FILTER (WHERE %s) FROM %s t",
		c.keyIn(dataTable(row.table), ""), unfitTable(c.unfit))).Scan(&all, &row.outdated); err != nil {
		return queryFault(ctx, err)
	}
	if row.unfit, row.absent = c.unfit, all-row.outdated; all > 0 {
		return nil
	}
	row.unfit = ""
	return c.exec(ctx, "DROP TABLE "+unfitTable(c.unfit))
}

// Missing counts rows of the source that are not here; see warehouse.Change.
func (c *change) Missing(ctx context.Context, column string, most int) (n int64, values []string, err error) {
	if c.current.table == "" {
		return 0, nil, errNoTable(c.spec.Dataset)
	}
	from := " FROM " + dataTable(c.table) + " t WHERE NOT " + c.keyIn(dataTable(c.current.table), "")
	if c.current.unfit != "" {
		if ok, err := c.unfitKey(ctx, c.current.unfit); err != nil {
			return 0, nil, err
		} else if ok {
			from += " AND NOT " + c.keyIn(unfitTable(c.current.unfit), "")
		}
	}
	if err := c.conn.QueryRowContext(ctx, "SELECT count(*)"+from).Scan(&n); err != nil || n == 0 || column == "" {
		return n, nil, queryFault(ctx, err)
	}
	v := "t." + Dialect{}.Quote(column)
	rows, err := c.conn.QueryContext(ctx, fmt.Sprintf("SELECT DISTINCT %[1]s AS v%[2]s AND %[1]s IS NOT NULL ORDER BY TRY_CAST(v AS HUGEINT), v LIMIT %[3]d", v, from, most))
	if err != nil {
		return n, nil, queryFault(ctx, err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var value string
		if err := rows.Scan(&value); err != nil {
			return n, nil, queryFault(ctx, err)
		}
		values = append(values, value)
	}
	return n, values, queryFault(ctx, rows.Err())
}
