package duckdb

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"lodestar/internal/expr"
	"lodestar/internal/warehouse"
)

// maxLine is the longest record that the engine reads, in bytes. The splitter
// in Go sets longer ones aside before.
const maxLine = 4 << 20

// Read appends the records of a text file; see warehouse.Change.
func (c *change) Read(ctx context.Context, file warehouse.CSV) (int64, error) {
	var types, names, values []string
	for i, col := range file.Columns {
		name := "c" + strconv.Itoa(i)
		stored := "VARCHAR"
		switch {
		case col.To == warehouse.LineColumn:
			stored = "BIGINT"
			names, values = append(names, lineColumn), append(values, name)
		case col.To >= 0:
			to := c.spec.Columns[col.To]
			names = append(names, Dialect{}.Quote(to.Name))
			value := name
			if col.Format != "" {
				value = fmt.Sprintf("CAST(strptime(%s, %s) AS %s)", name, quoteText(col.Format), columnType(to))
			} else {
				stored = columnType(to)
			}
			values = append(values, toUTC(value, col.Zone))
		}
		types = append(types, quoteText(name)+": "+quoteText(stored))
	}
	quote := ""
	if file.Quote != 0 {
		quote = string(rune(file.Quote))
	}
	nulls := []string{"''"}
	for _, n := range file.Nulls {
		nulls = append(nulls, quoteText(n))
	}
	newline := map[string]string{"\r\n": `\r\n`, "\r": `\r`}[file.Newline]
	if newline == "" {
		newline = `\n`
	}
	source := fmt.Sprintf(`read_csv(%s, auto_detect = false, header = false, skip = %d, delim = %s, quote = %s, escape = %s,
		new_line = %s, nullstr = [%s], allow_quoted_nulls = false, strict_mode = true, null_padding = false,
		ignore_errors = false, max_line_size = %d, compression = 'none', columns = {%s})`,
		quoteText(file.Path), file.Skip, quoteText(string(rune(file.Delimiter))), quoteText(quote), quoteText(quote),
		quoteText(newline), strings.Join(nulls, ", "), maxLine, strings.Join(types, ", "))
	return c.insert(ctx, names, values, source)
}

// ReadParquet appends the rows of a Parquet file; see warehouse.Change.
func (c *change) ReadParquet(ctx context.Context, path string, from []string, zones [][]warehouse.LocalStep) (int64, error) {
	var names, values []string
	for i, to := range c.spec.Columns {
		if from[i] == "" {
			continue
		}
		value := "CAST(" + Dialect{}.Quote(from[i]) + " AS " + columnType(to) + ")"
		names, values = append(names, Dialect{}.Quote(to.Name)), append(values, toUTC(value, zones[i]))
	}
	return c.insert(ctx, names, values, "read_parquet("+quoteText(path)+")")
}

func (c *change) insert(ctx context.Context, names, values []string, source string) (int64, error) {
	text := fmt.Sprintf("INSERT INTO %s (%s) SELECT %s FROM %s", dataTable(c.table),
		strings.Join(append(names, loadColumn), ", "),
		strings.Join(append(values, strconv.FormatInt(c.seq, 10)), ", "), source)
	n, err := c.execCount(ctx, text)
	if err != nil {
		return 0, err
	}
	c.read += n
	return n, nil
}

// toUTC moves a naive local timestamp to UTC. The steps become a tree of
// comparisons, so that a zone with many transitions costs few of them a row.
func toUTC(value string, steps []warehouse.LocalStep) string {
	if len(steps) == 0 || len(steps) == 1 && steps[0].Offset == 0 {
		return value
	}
	return "(" + value + " - to_seconds(" + stepTree(value, steps) + "))"
}

func stepTree(value string, steps []warehouse.LocalStep) string {
	if len(steps) == 1 {
		return strconv.Itoa(steps[0].Offset)
	}
	half := len(steps) / 2
	before := Dialect{}.Literal(steps[half-1].Before, expr.Timestamp).Text
	return "CASE WHEN " + value + " < " + before + " THEN " + stepTree(value, steps[:half]) +
		" ELSE " + stepTree(value, steps[half:]) + " END"
}

// Rejects takes the rejects from a text file; see warehouse.Change.
func (c *change) Rejects(ctx context.Context, path string) (int64, error) {
	table := "reject." + Dialect{}.Quote(c.spec.ID)
	if err := c.exec(ctx, "CREATE TABLE IF NOT EXISTS "+table+
		" (n BIGINT, line BIGINT, col VARCHAR, reason VARCHAR, value VARCHAR, raw VARCHAR)"); err != nil {
		return 0, err
	}
	err := c.exec(ctx, fmt.Sprintf(`INSERT INTO %s SELECT * FROM read_csv(%s, auto_detect = false,
		header = false, delim = ',', quote = '"', escape = '"', new_line = '\n', nullstr = '', allow_quoted_nulls = false,
		strict_mode = true, max_line_size = %d, compression = 'none', columns = {'n': 'BIGINT', 'line': 'BIGINT',
		'col': 'VARCHAR', 'reason': 'VARCHAR', 'value': 'VARCHAR', 'raw': 'VARCHAR'})`, table, quoteText(path), maxLine))
	if err != nil {
		return 0, err
	}
	err = c.conn.QueryRowContext(ctx, "SELECT count(*) FROM "+table+" WHERE n > 0").Scan(&c.rejects)
	return c.rejects, queryFault(ctx, err)
}
