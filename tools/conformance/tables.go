package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"lodestar/internal/expr"
)

// dataTable is a table with its rows. Cells are string, int64, float64, bool,
// time.Time or nil.
type dataTable struct {
	name    string
	File    string       `json:"file"`
	Columns []dataColumn `json:"columns"`
	Count   int          `json:"row_count"`
	rows    [][]any
}

type dataColumn struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

func (c dataColumn) typ() expr.Type {
	switch c.Type {
	case "BIGINT", "INTEGER":
		return expr.Integer
	case "DOUBLE":
		return expr.Float
	case "BOOLEAN":
		return expr.Boolean
	case "DATE":
		return expr.Date
	case "TIMESTAMP", "TIMESTAMP_NS":
		return expr.Timestamp
	}
	return expr.String
}

// read takes the rows from the file: nothing between commas is NULL, "" is the
// empty text.
func (t *dataTable) read(dir string) error {
	b, err := os.ReadFile(filepath.Join(dir, filepath.Base(t.File)))
	if err != nil {
		return err
	}
	records := splitCSV(string(b))
	if len(records) != t.Count+1 {
		return fmt.Errorf("%d rows, but %d are declared", len(records)-1, t.Count)
	}
	for i, name := range records[0] {
		if i >= len(t.Columns) || name.text != t.Columns[i].Name {
			return fmt.Errorf("column %d is %s, which is not declared so", i+1, name.text)
		}
	}
	for n, rec := range records[1:] {
		if len(rec) != len(t.Columns) {
			return fmt.Errorf("row %d has %d cells", n+1, len(rec))
		}
		row := make([]any, len(rec))
		for i, cell := range rec {
			if row[i], err = cell.value(t.Columns[i].typ()); err != nil {
				return fmt.Errorf("row %d, %s: %w", n+1, t.Columns[i].Name, err)
			}
		}
		t.rows = append(t.rows, row)
	}
	return nil
}

// csvCell knows whether it was quoted, which tells NULL from the empty text.
type csvCell struct {
	text   string
	quoted bool
}

func (c csvCell) value(t expr.Type) (any, error) {
	if c.text == "" && !c.quoted {
		return nil, nil
	}
	switch t {
	case expr.Integer:
		return strconv.ParseInt(c.text, 10, 64)
	case expr.Float:
		return strconv.ParseFloat(c.text, 64)
	case expr.Boolean:
		return strconv.ParseBool(c.text)
	case expr.Date, expr.Timestamp:
		return parseTime(c.text)
	}
	return c.text, nil
}

func parseTime(s string) (time.Time, error) {
	for _, layout := range []string{time.DateOnly, time.DateTime, "2006-01-02T15:04:05", time.RFC3339Nano} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is no time", s)
}

func splitCSV(s string) [][]csvCell {
	var out [][]csvCell
	var row []csvCell
	for len(s) > 0 {
		var c csvCell
		if s[0] == '"' {
			c.quoted = true
			i := 1
			for i < len(s) {
				if s[i] == '"' && i+1 < len(s) && s[i+1] == '"' {
					i += 2
				} else if s[i] == '"' {
					break
				} else {
					i++
				}
			}
			c.text = strings.ReplaceAll(s[1:i], `""`, `"`)
			s = s[min(i+1, len(s)):]
		} else if end := strings.IndexAny(s, ",\n"); end >= 0 {
			c.text, s = s[:end], s[end:]
		} else {
			c.text, s = s, ""
		}
		row = append(row, c)
		last := s == "" || s[0] == '\n'
		if s != "" {
			s = s[1:]
		}
		if last {
			out = append(out, row)
			row = nil
		}
	}
	return out
}

// make creates and fills the table.
func (t *dataTable) make(ctx context.Context, b bed) error {
	d := b.Dialect()
	columns := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		columns[i] = d.Quote(c.Name) + " " + d.ColumnType(c.typ(), 0, 0)
	}
	if err := b.Make(ctx, "TABLE", t.name, "("+strings.Join(columns, ", ")+")"); err != nil {
		return fmt.Errorf("make %s: %w", t.name, err)
	}
	for batch := range slices.Chunk(t.rows, 1000) {
		rows := make([]string, len(batch))
		for n, r := range batch {
			cells := make([]string, len(r))
			for i, v := range r {
				cells[i] = cellText(b, v, t.Columns[i].typ())
			}
			rows[n] = "(" + strings.Join(cells, ", ") + ")"
		}
		if err := b.Exec(ctx, "INSERT INTO "+b.Table(t.name)+" VALUES "+strings.Join(rows, ", ")); err != nil {
			return fmt.Errorf("fill %s: %w", t.name, err)
		}
	}
	return nil
}

func cellText(b bed, v any, t expr.Type) string {
	switch v := v.(type) {
	case nil:
		return "NULL"
	case string:
		return b.Text(v)
	}
	return b.Dialect().Literal(v, t).Text
}
