package postgres

import (
	"bytes"
	"context"
	"io"
	"slices"

	"github.com/jackc/pgx/v5"

	"lodestar/internal/expr"
	"lodestar/internal/source"
)

// The ends of time: what "infinity" says, and what later years say.
const (
	firstTime = "0001-01-01 00:00:00"
	lastTime  = "9999-12-31 23:59:59.999999"
)

// text is the expression whose text is a column's value in the spool, where it is
// wanted as a type.
func (c *column) text(want expr.Type) string {
	x := quote(c.Name)
	if c.Type.IsTime() && want.IsTime() {
		// The column itself is compared: bringing it to UTC costs more than that.
		last, y := "CAST('"+lastTime+"+00' AS pg_catalog."+c.base+")", x
		if c.base == "timestamptz" {
			y += " AT TIME ZONE 'UTC'"
		}
		end := func(at string) string { return "CAST('" + at + "' AS pg_catalog." + c.zoneless() + ")" }
		return "CASE WHEN " + x + " >= " + last + " THEN " + end(lastTime) + " WHEN " + x + " = '-infinity' THEN " + end(firstTime) + " ELSE " + y + " END"
	}
	switch c.base {
	case "bool", "bpchar":
		return "CAST(" + x + " AS pg_catalog.text)" // true and false; without the blanks that fill up
	case "timestamptz":
		return x + " AT TIME ZONE 'UTC'"
	case "money":
		return "CAST(" + x + " AS pg_catalog.numeric)"
	}
	return x
}

// zoneless is the type of a time in the spool.
func (c *column) zoneless() string {
	if c.Type == expr.Date {
		return "date"
	}
	return "timestamp"
}

// wanted turns a value of the change log into the text of one that is wanted as a
// type.
func (c *column) wanted(b []byte, want expr.Type) []byte {
	b = c.said(b)
	if !c.Type.IsTime() || !want.IsTime() {
		return b
	}
	end := ""
	switch year := bytes.IndexByte(b, '-'); {
	case string(b) == "-infinity":
		end = firstTime
	case string(b) == "infinity", year > 4 && !bytes.HasSuffix(b, []byte(" BC")):
		end = lastTime
	default:
		return b
	}
	if c.Type == expr.Date {
		end = end[:len("9999-12-31")]
	}
	return []byte(end)
}

// said turns a value of the change log into the same text.
func (c *column) said(b []byte) []byte {
	switch c.base {
	case "bool":
		if string(b) == "t" {
			return []byte("true")
		}
		return []byte("false")
	case "bpchar":
		return bytes.TrimRight(b, " ")
	case "timestamptz":
		return bytes.Replace(b, []byte("+00"), nil, 1)
	case "money":
		return money(b)
	}
	return b
}

// money leaves the digits, the point and the sign: sessions are in lc_monetary C.
func money(b []byte) []byte {
	out := make([]byte, 0, len(b))
	for _, c := range b {
		if c >= '0' && c <= '9' || c == '.' || c == '-' {
			out = append(out, c)
		}
	}
	return out
}

// selected gives the wanted columns, and their expressions for a SELECT.
func (t *table) selected(r source.Request) (columns []*column, list string, err error) {
	for i, want := range r.Columns {
		c := t.column(want.Name)
		if c == nil {
			return nil, "", source.NoColumn(r.Stream, want.Name)
		}
		if columns = append(columns, c); i > 0 {
			list += ", "
		}
		if want.Name == r.Cursor && r.Mode == source.Incremental { // rows are read on from what is written of it
			list += c.text(expr.String)
			continue
		}
		list += c.text(want.Type)
	}
	return columns, list, nil
}

// begin starts a transaction that sees one moment.
func (r *reader) begin(ctx context.Context, c *pgx.Conn) (pgx.Tx, error) {
	tx, err := c.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	return tx, r.fault(ctx, "", err)
}

// copyOut runs a SELECT whose text goes to the spool.
func (r *reader) copyOut(ctx context.Context, c *pgx.Conn, t *table, header []string, query string, out source.Spool, w *counter) error {
	rows, err := out.Rows(header)
	if err != nil {
		return err
	}
	if w.to, err = rows.CSV(); err != nil {
		return err
	}
	if _, err = c.PgConn().CopyTo(ctx, w, "COPY ("+query+") TO STDOUT (FORMAT csv)"); w.err != nil {
		return w.err
	}
	return r.fault(ctx, r.grantSelect(t), err)
}

func (r *reader) grantSelect(t *table) string {
	return "GRANT USAGE ON SCHEMA " + quote(t.schema) + " TO " + quote(r.config.User) +
		"; GRANT SELECT ON " + t.full() + " TO " + quote(r.config.User)
}

// counter passes records on, and keeps the last one. The server sends each row
// in a message of its own, so a write is a record.
type counter struct {
	to    io.Writer
	rows  int64
	bytes int64
	most  int64 // bytes; 0 for no limit
	last  []byte
	err   error // of to, or errEnough
}

// errEnough ends a copy at its limit of bytes.
var errEnough = enough{}

type enough struct{}

func (enough) Error() string { return "enough" }

func (w *counter) Write(record []byte) (int, error) {
	n, err := w.to.Write(record)
	if err != nil {
		w.err = err
		return n, err
	}
	w.rows++
	w.bytes += int64(n)
	w.last = append(w.last[:0], record...)
	if w.most > 0 && w.bytes >= w.most {
		w.err = errEnough
	}
	return n, w.err
}

// Read reads what is new.
func (r *reader) Read(ctx context.Context, q source.Request, out source.Spool) (source.Result, error) {
	if err := q.Check(); err != nil {
		return source.Result{}, err
	}
	c, err := r.conn(ctx)
	if err != nil {
		return source.Result{}, err
	}
	t, err := r.look(ctx, c, q.Stream)
	if err != nil {
		return source.Result{}, err
	}
	if why := r.whyNotRead(t); !why.IsZero() {
		return source.Result{}, source.NoRight(name, r.grantSelect(t), nil)
	}
	switch q.Mode {
	case source.Incremental:
		return r.incremental(ctx, c, t, q, out)
	case source.Changes:
		return r.changes(ctx, c, t, q, out)
	}
	return r.full(ctx, c, t, q, out)
}

func (r *reader) full(ctx context.Context, c *pgx.Conn, t *table, q source.Request, out source.Spool) (source.Result, error) {
	_, list, err := t.selected(q)
	if err != nil {
		return source.Result{}, err
	}
	var w counter
	if err := r.copyOut(ctx, c, t, q.Names(), "SELECT "+list+" FROM "+t.full(), out, &w); err != nil {
		return source.Result{}, err
	}
	return source.Result{Whole: true, Rows: w.rows}, nil
}

// sortBy sorts names by their places.
func sortBy(names []string, at map[string]int) {
	slices.SortFunc(names, func(a, b string) int { return at[a] - at[b] })
}
