package mysql

import (
	"bytes"
	"context"
	"database/sql"
	"math"
	"regexp"
	"strconv"
	"time"

	"lodestar/internal/expr"
	"lodestar/internal/source"
	"lodestar/internal/source/cursor"
)

// asker is a database, or one connection to it.
type asker interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// selected gives the wanted columns, and their expressions for a SELECT.
func (t *table) selected(q source.Request) (columns []*column, list string, err error) {
	for i, want := range q.Columns {
		c := t.column(want.Name)
		if c == nil {
			return nil, "", source.NoColumn(q.Stream, want.Name)
		}
		if columns = append(columns, c); i > 0 {
			list += ", "
		}
		list += c.queried()
	}
	return columns, list, nil
}

// copied is what a query gave.
type copied struct {
	rows, bytes int64
	last        [][]byte
	enough      bool // it ended at its limit of bytes
}

// copyOut streams the rows of a query into the spool.
func (r *reader) copyOut(ctx context.Context, from asker, t *table, q source.Request, query string, most int64, out source.Spool) (did copied, err error) {
	columns, _, err := t.selected(q)
	if err != nil {
		return did, err
	}
	inner, cancel := context.WithCancel(ctx) // ends the query at a limit
	rows, err := from.QueryContext(inner, query)
	if err != nil {
		cancel()
		return did, r.fault(ctx, r.grant("SELECT", t.full()), err)
	}
	defer func() {
		cancel()
		if e := rows.Close(); err == nil && !did.enough {
			err = r.fault(ctx, "", e)
		}
	}()
	to, err := out.Rows(q.Names())
	if err != nil {
		return did, err
	}
	raw, into, values := make([]sql.RawBytes, len(columns)), make([]any, len(columns)), make([][]byte, len(columns))
	for i := range raw {
		into[i] = &raw[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return did, r.fault(ctx, "", err)
		}
		for i, c := range columns {
			values[i] = c.said(raw[i], q.Columns[i].Type)
			did.bytes += int64(len(values[i])) + 1
		}
		if err := to.Put(values); err != nil {
			return did, err
		}
		did.rows++
		if most > 0 && did.bytes >= most {
			did.enough = true
			break
		}
	}
	if did.rows > 0 && q.Mode == source.Incremental {
		for _, v := range values {
			did.last = append(did.last, bytes.Clone(v))
		}
	}
	if did.enough {
		return did, nil
	}
	return did, r.fault(ctx, "", rows.Err())
}

// Read reads what is new.
func (r *reader) Read(ctx context.Context, q source.Request, out source.Spool) (source.Result, error) {
	if err := q.Check(); err != nil {
		return source.Result{}, err
	}
	if err := source.Stopped(ctx, context.Cause(ctx)); err != nil {
		return source.Result{}, err
	}
	t, err := r.find(ctx, q.Stream)
	if err != nil {
		return source.Result{}, err
	}
	switch q.Mode {
	case source.Incremental:
		return r.incremental(ctx, t, q, out)
	case source.Changes:
		return r.changes(ctx, t, q, out)
	}
	return r.full(ctx, r.db, t, q, out)
}

func (r *reader) full(ctx context.Context, from asker, t *table, q source.Request, out source.Spool) (source.Result, error) {
	_, list, err := t.selected(q)
	if err != nil {
		return source.Result{}, err
	}
	did, err := r.copyOut(ctx, from, t, q, "SELECT "+list+" FROM "+t.full(), 0, out)
	return source.Result{Whole: err == nil, Rows: did.rows}, err
}

// incremental reads rows in the order of their cursor and key.
func (r *reader) incremental(ctx context.Context, t *table, q source.Request, out source.Spool) (source.Result, error) {
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
	if p.Gap() {
		did, err := r.copyOut(ctx, r.db, t, q, query+p.Where(), 0, out)
		return source.Result{Mark: q.Mark, Rows: did.rows}, err
	}
	if p.Place.Bound == "" && (col.base == "timestamp" || col.base == "datetime" || col.base == "date") {
		bound, err := r.bound(ctx, col)
		if err != nil {
			return source.Result{}, err
		}
		p.Bounded(bound, time.Now())
	}
	query += p.Where() + " ORDER BY " + p.Order() + " LIMIT " + strconv.FormatInt(p.Limit(), 10)
	did, err := r.copyOut(ctx, r.db, t, q, query, q.Bytes, out)
	if err != nil {
		return source.Result{}, err
	}
	return r.passed(ctx, p, col, did)
}

// passed says from where to go on.
func (r *reader) passed(ctx context.Context, p *cursor.Pass, col *column, did copied) (source.Result, error) {
	out := source.Result{Rows: did.rows, More: did.enough || did.rows >= p.Limit(), Mark: p.Request.Mark}
	last, err := p.Last(did.last, out.More)
	if err != nil {
		return out, err
	}
	high := p.Place.High
	if len(last) > 0 {
		x := col.typed(last[0])
		if p.Place.Bound != "" {
			x = "LEAST(" + x + ", " + col.typed(p.Place.Bound) + ")"
		}
		if p.Place.High != "" {
			x = "GREATEST(" + x + ", " + col.typed(p.Place.High) + ")"
		}
		var b []byte
		if err := r.db.QueryRowContext(ctx, "SELECT CAST("+x+" AS CHAR)").Scan(&b); err != nil {
			return out, r.fault(ctx, "", err)
		}
		high = string(col.said(b, col.Type))
		if at, err := time.Parse("2006-01-02 15:04:05", last[0]); err == nil && out.More {
			out.Behind = max(0, time.Since(at))
		}
	}
	out.Mark, err = p.Mark(last, out.More, high)
	return out, err
}

// bound is the time below which no row can come any more that is written with
// the time of its statement or later: that of the oldest transaction, where the
// user may see those, and in any case now.
func (r *reader) bound(ctx context.Context, col *column) (string, error) {
	zone := "'+00:00'"
	if col.base != "timestamp" { // those are in the server's zone, usually
		zone = "@@global.time_zone"
	}
	at := func(x, from string) string {
		return "COALESCE(CONVERT_TZ(" + x + ", " + from + ", " + zone + "), CONVERT_TZ(" + x + ", " + from + ", 'SYSTEM'))"
	}
	as := "DATETIME"
	if col.base == "date" {
		as = "DATE"
	}
	var now, oldest sql.NullString
	err := r.db.QueryRowContext(ctx, "SELECT CAST(CAST("+at("UTC_TIMESTAMP()", "'+00:00'")+" AS "+as+") AS CHAR)").Scan(&now)
	if err != nil {
		return "", r.fault(ctx, "", err)
	}
	err = r.db.QueryRowContext(ctx, "SELECT CAST(CAST("+at("MIN(trx_started)", "'SYSTEM'")+" AS "+as+") AS CHAR) FROM information_schema.innodb_trx WHERE trx_mysql_thread_id <> CONNECTION_ID()").Scan(&oldest)
	if number, _ := said(err); err != nil && number != 1227 { // the right PROCESS is missing
		return "", r.fault(ctx, "", err)
	}
	if oldest.Valid && oldest.String < now.String {
		return oldest.String, nil
	}
	return now.String, nil
}

// counts reports whether a column can be a cursor.
func (c *column) counts() bool {
	switch c.base {
	case "smallint", "mediumint", "int", "bigint", "decimal", "date", "datetime", "timestamp":
		return true
	}
	return false
}

var plainNumber = regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?$`)

// typed is a value of the column written as SQL.
func (c *column) typed(value string) string {
	switch c.base {
	case "tinyint", "smallint", "mediumint", "int", "bigint", "decimal", "year", "bit":
		if plainNumber.MatchString(value) || value == "true" || value == "false" {
			return value
		}
	case "datetime", "timestamp":
		return "CAST(" + literal(value) + " AS DATETIME(6))"
	case "date":
		return "CAST(" + literal(value) + " AS DATE)"
	case "binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob":
		return "UNHEX(" + literal(value) + ")"
	}
	return literal(value)
}

// back is a value less the lookback.
func (c *column) back(value string, q source.Request) string {
	x := c.typed(value)
	seconds := strconv.FormatInt(int64(math.Ceil(q.Lookback.Seconds())), 10)
	switch {
	case c.base == "date":
		return x + " - INTERVAL " + strconv.Itoa(int(math.Ceil(q.Lookback.Hours()/24))) + " DAY"
	case c.Type == expr.Timestamp:
		return x + " - INTERVAL " + seconds + " SECOND"
	}
	return x + " - " + strconv.FormatInt(q.LookbackNumber, 10)
}
