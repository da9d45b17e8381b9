package postgres

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"lodestar/internal/expr"
	"lodestar/internal/source"
	"lodestar/internal/source/cursor"
)

// incremental reads rows in the order of their cursor and key.
func (r *reader) incremental(ctx context.Context, c *pgx.Conn, t *table, q source.Request, out source.Spool) (source.Result, error) {
	_, list, err := t.selected(q)
	if err != nil {
		return source.Result{}, err
	}
	col := t.column(q.Cursor)
	if !col.counts() {
		return source.Result{}, cursor.NoCursor(q.Cursor)
	}
	p, err := cursor.Begin(q, cursor.Dialect{Quote: quote,
		Typed: func(name, value string) string { return t.column(name).typed(value) },
		Back:  func(value string) string { return col.back(value, q) }})
	if err != nil {
		return source.Result{}, err
	}
	query := "SELECT " + list + " FROM " + t.full() + " WHERE "
	var w counter
	if p.Gap() {
		err := r.copyOut(ctx, c, t, q.Names(), query+p.Where(), out, &w)
		return source.Result{Mark: q.Mark, Rows: w.rows}, err
	}
	// What is not committed yet is looked for before the snapshot is taken.
	if p.Place.Bound == "" && col.Type.IsTime() {
		bound, err := r.bound(ctx, c, col)
		if err != nil {
			return source.Result{}, err
		}
		prepared, err := r.prepared(ctx, c)
		if err != nil {
			return source.Result{}, err
		}
		before := p.Place.There
		p.Bounded(bound, time.Now())
		p.Prepare(prepared, before, "-infinity")
	}
	w.most = q.Bytes
	query += p.Where() + fmt.Sprintf(" ORDER BY %s LIMIT %d", p.Order(), p.Limit())
	if err := r.copyOut(ctx, c, t, q.Names(), query, out, &w); err != nil && !errors.Is(err, errEnough) {
		return source.Result{}, err
	}
	return r.passed(ctx, p, col, &w)
}

// passed says from where to go on.
func (r *reader) passed(ctx context.Context, p *cursor.Pass, col *column, w *counter) (source.Result, error) {
	out := source.Result{Rows: w.rows, More: w.rows >= p.Limit() || errors.Is(w.err, errEnough), Mark: p.Request.Mark}
	var row [][]byte
	if w.rows > 0 {
		row = source.Fields(w.last)
	}
	last, err := p.Last(row, out.More)
	if err != nil {
		return out, err
	}
	high := p.Place.High
	if len(last) > 0 {
		c, err := r.conn(ctx) // a new one after a limit of bytes
		if err != nil {
			return out, err
		}
		var behind float64
		if high, behind, err = r.high(ctx, c, p, col, last[0]); err != nil {
			return out, err
		}
		if out.More {
			out.Behind = max(0, time.Duration(behind*float64(time.Second)))
		}
	}
	out.Mark, err = p.Mark(last, out.More, high)
	return out, err
}

// high is the new greatest cursor: not beyond the bound, and never lower than
// before. behind is how old the last row's is, in seconds.
func (r *reader) high(ctx context.Context, c *pgx.Conn, p *cursor.Pass, col *column, last string) (high string, behind float64, err error) {
	x := col.typed(last)
	if p.Place.Bound != "" {
		x = "least(" + x + ", " + col.typed(p.Place.Bound) + ")"
	}
	if p.Place.High != "" {
		x = "greatest(" + x + ", " + col.typed(p.Place.High) + ")"
	}
	age := "0"
	if col.Type.IsTime() {
		age = "coalesce(extract(epoch FROM " + col.now(r.zone) + " - nullif(nullif(CAST(" + col.typed(last) + " AS timestamp), 'infinity'), '-infinity')), 0)"
	}
	err = c.QueryRow(ctx, "SELECT CAST("+x+" AS text), CAST("+age+" AS float8)").Scan(&high, &behind)
	if col.base == "timestamptz" {
		high = string(col.said([]byte(high)))
	}
	return high, behind, r.fault(ctx, "", err)
}

// bound is the time below which no row can come any more that is written with
// the time of its transaction or later: that of the oldest one that runs, as far
// as the user may see others, and in any case now, so that one row of the year
// 9999 does not hide all others.
func (r *reader) bound(ctx context.Context, c *pgx.Conn, col *column) (string, error) {
	x := `least(clock_timestamp(), (SELECT min(xact_start) FROM pg_stat_activity
		WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'))`
	if col.base == "timestamptz" {
		x += " AT TIME ZONE 'UTC'"
	} else {
		x += " AT TIME ZONE " + literal(r.zone)
	}
	if col.Type == expr.Date {
		x = "CAST(" + x + " AS date)"
	}
	var bound string
	err := c.QueryRow(ctx, "SELECT CAST("+x+" AS text)").Scan(&bound)
	return bound, r.fault(ctx, "", err)
}

// prepared lists the transactions that wait to be committed by name. It comes after
// the bound, so that none is missed that is prepared in between.
func (r *reader) prepared(ctx context.Context, c *pgx.Conn) ([]string, error) {
	rows, err := c.Query(ctx, "SELECT CAST(transaction AS text) FROM pg_prepared_xacts WHERE database = current_database() ORDER BY 1")
	if err != nil {
		return nil, r.fault(ctx, "", err)
	}
	out, err := pgx.CollectRows(rows, pgx.RowTo[string])
	return out, r.fault(ctx, "", err)
}

// counts reports whether a column can be a cursor.
func (c *column) counts() bool {
	return c.Type == expr.Integer || c.Type.IsTime() || c.base == "numeric"
}

// typed is a value of the column written as SQL.
func (c *column) typed(value string) string {
	return "CAST(" + literal(value) + " AS " + c.Native + ")"
}

// now is the present as the column's values tell it.
func (c *column) now(zone string) string {
	if c.base == "timestamptz" {
		zone = "UTC"
	}
	return "(clock_timestamp() AT TIME ZONE " + literal(zone) + ")"
}

// back is a value less the lookback.
func (c *column) back(value string, q source.Request) string {
	x := c.typed(value)
	switch {
	case c.Type == expr.Date:
		return x + " - " + strconv.Itoa(int(math.Ceil(q.Lookback.Hours()/24)))
	case c.Type == expr.Timestamp:
		return x + " - make_interval(secs => " + strconv.FormatInt(int64(math.Ceil(q.Lookback.Seconds())), 10) + ")"
	case c.base == "numeric":
		return x + " - " + strconv.FormatInt(q.LookbackNumber, 10)
	}
	return cursor.Minus(value, q.LookbackNumber)
}
