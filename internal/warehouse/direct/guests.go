package direct

import (
	"context"

	"lodestar/internal/expr"
	"lodestar/internal/warehouse"
)

// MostGuests is how many rows QueryWith takes in: they go along in the text of
// the statement.
const MostGuests = 2000

var _ warehouse.Host = (*Warehouse)(nil)

// MostGuests is how many rows QueryWith takes in.
func (w *Warehouse) MostGuests() int { return MostGuests }

// QueryWith runs one SELECT with the guests written before it; see
// warehouse.Host. Engines that are only read make no tables.
func (w *Warehouse) QueryWith(ctx context.Context, q expr.SQL, guests []warehouse.Guest) (warehouse.Rows, error) {
	d := w.c.Dialect
	head := expr.SQL{}
	for i, g := range guests {
		word := ", "
		if i == 0 {
			word = "WITH "
		}
		head = expr.Concat(head, word+d.Quote(g.Name)+" AS ", table(d, g))
	}
	q = expr.Concat(head, " ", q)
	q.Text = d.Rebind(q.Text)
	return w.Query(ctx, q)
}

// table writes a guest as a SELECT in brackets.
func table(d warehouse.Dialect, g warehouse.Guest) expr.SQL {
	names, types := make([]string, len(g.Columns)), make([]expr.Type, len(g.Columns))
	for i, c := range g.Columns {
		names[i], types[i] = c.Name, c.Type
	}
	rows := g.Rows
	if len(rows) == 0 {
		rows = [][]any{make([]any, len(names))}
	}
	cells := make([][]expr.SQL, len(rows))
	for i, row := range rows {
		cells[i] = make([]expr.SQL, len(row))
		for j, v := range row {
			cells[i][j] = literal(d, v, g.Columns[j].Type)
		}
	}
	out := d.Rows(names, types, cells)
	if len(g.Rows) == 0 { // one row tells the types
		out = expr.Concat("(SELECT * FROM ", out, " AS r WHERE 1 = 0)")
	}
	return out
}

// literal writes a value, also one that is missing, as one of the type.
func literal(d warehouse.Dialect, v any, t expr.Type) expr.SQL {
	if v == nil {
		return d.Cast(d.Literal(nil, t), expr.Null, t)
	}
	return d.Literal(v, t)
}
