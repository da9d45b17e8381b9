package duckdb

import (
	"context"
	"strings"

	"lodestar/internal/expr"
	"lodestar/internal/warehouse"
)

// Fill appends what the engine works out itself; see warehouse.Change.
func (c *change) Fill(ctx context.Context, f warehouse.Filling) (rows, rejects int64, err error) {
	var names []string
	for _, col := range c.spec.Columns {
		names = append(names, Dialect{}.Quote(col.Name))
	}
	if rows, err = c.fill(ctx, names, f.Rows, "row_number() OVER ()"); err != nil {
		return rows, 0, err
	}
	if f.Gone.Text != "" {
		n, err := c.fill(ctx, quoteAll(c.spec.Key), f.Gone, "-1")
		if err != nil {
			return rows, 0, err
		}
		rows += n
	}
	if f.Rejects.Text == "" {
		return rows, 0, nil
	}
	table := "reject." + Dialect{}.Quote(c.spec.ID)
	q := expr.Concat("CREATE TABLE "+table+" AS SELECT CAST(n AS BIGINT) AS n, CAST(line AS BIGINT) AS line, CAST(col AS VARCHAR) AS col, "+
		"CAST(reason AS VARCHAR) AS reason, CAST(value AS VARCHAR) AS value, CAST(raw AS VARCHAR) AS raw FROM (", f.Rejects, ") q")
	if err := c.exec(ctx, q.Text, q.Args...); err != nil {
		return rows, 0, err
	}
	err = c.conn.QueryRowContext(ctx, "SELECT count(*) FROM "+table+" WHERE n > 0").Scan(&c.rejects)
	return rows, c.rejects, queryFault(ctx, err)
}

func (c *change) fill(ctx context.Context, names []string, q expr.SQL, line string) (int64, error) {
	into, values := append(names[:len(names):len(names)], loadColumn), "q.*, ?"
	if c.spec.Lines {
		into, values = append(into, lineColumn), values+", "+line
	}
	text := expr.Concat("INSERT INTO "+dataTable(c.table)+" ("+strings.Join(into, ", ")+") SELECT ",
		expr.SQL{Text: values, Args: []any{c.seq}}, " FROM (", q, ") q")
	n, err := c.execCount(ctx, text.Text, text.Args...)
	c.read += n
	return n, err
}
