package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"lodestar/internal/expr"
	"lodestar/internal/source"
	"lodestar/internal/text"
)

// place is the mark of reading by cursor.
type place struct {
	// High is the greatest cursor below which no more is expected, but for what
	// the lookback is for.
	High string `json:"high,omitempty"`
	// Bound and After are those of a pass that ended at a limit: a row that may
	// still be committed is not below Bound, and After is the cursor and the key
	// of the last row read.
	Bound string   `json:"bound,omitempty"`
	After []string `json:"after,omitempty"`
}

// mostRows is how many rows are read at a time when nobody says.
const mostRows = 5_000_000

// incremental reads rows in the order of their cursor and key.
func (r *reader) incremental(ctx context.Context, c *pgx.Conn, t *table, q source.Request, out source.Spool) (source.Result, error) {
	var at place
	if q.Mark != "" {
		if err := json.Unmarshal([]byte(q.Mark), &at); err != nil {
			return source.Result{}, source.BadMark(err)
		}
	}
	_, list, err := t.selected(q)
	if err != nil {
		return source.Result{}, err
	}
	p := pass{t: t, q: q, cursor: t.column(q.Cursor), at: at, gap: q.From != "" || q.To != ""}
	if n := len(at.After); n > 0 && n != len(p.ordered()) {
		return source.Result{}, source.BadMark(errors.New("another key"))
	}
	if !p.cursor.counts() {
		return source.Result{}, source.NotPossible(text.Text{
			EN: "{column} is no cursor: it has to be an integer, a date or a timestamp",
			ZH: "{column} 不能作游标：须为整数、日期或时间列"}.With("column", q.Cursor))
	}
	// What is not committed yet is looked for before the snapshot is taken.
	if p.at.Bound == "" && p.cursor.Type.IsTime() {
		if p.at.Bound, err = r.bound(ctx, c, p.cursor); err != nil {
			return source.Result{}, err
		}
	}
	query := "SELECT " + list + " FROM " + t.full() + p.where()
	w := counter{}
	if !p.gap {
		w.most = q.Bytes
		query += fmt.Sprintf(" ORDER BY %s LIMIT %d", p.order(), p.limit())
	}
	if err := r.copyOut(ctx, c, t, q.Names(), query, out, &w); err != nil && !errors.Is(err, errEnough) {
		return source.Result{}, err
	}
	if p.gap {
		return source.Result{Mark: q.Mark, Rows: w.rows}, nil
	}
	return r.passed(ctx, p, &w)
}

// passed says from where to go on.
func (r *reader) passed(ctx context.Context, p pass, w *counter) (source.Result, error) {
	out := source.Result{Rows: w.rows, More: w.rows >= p.limit() || errors.Is(w.err, errEnough), Mark: p.q.Mark}
	last := p.at.After
	if w.rows > 0 {
		last = nil
		fields := source.Fields(w.last)
		for _, name := range p.ordered() {
			value := fields[p.q.Index(name)]
			if value == nil && out.More {
				return out, source.NotPossible(text.Text{
					EN: "{column} is part of the key and has no value in some row; choose a key that every row has",
					ZH: "主键列 {column} 在某些行没有值；请选择每行都有值的主键"}.With("column", name))
			}
			last = append(last, string(value))
		}
	}
	next := place{High: p.at.High}
	if len(last) > 0 {
		var behind float64
		c, err := r.conn(ctx) // a new one after a limit of bytes
		if err != nil {
			return out, err
		}
		if next.High, behind, err = r.high(ctx, c, p, last[0]); err != nil {
			return out, err
		}
		if out.More {
			next = place{High: p.at.High, Bound: p.at.Bound, After: last}
			out.Behind = max(0, time.Duration(behind*float64(time.Second)))
		}
	}
	b, err := json.Marshal(next)
	out.Mark = source.Mark(b)
	return out, err
}

// high is the new greatest cursor: not beyond the bound, and never lower than
// before. behind is how old the last row's is, in seconds.
func (r *reader) high(ctx context.Context, c *pgx.Conn, p pass, last string) (high string, behind float64, err error) {
	typed := p.cursor.typed
	x := typed(last)
	if p.at.Bound != "" {
		x = "least(" + x + ", " + typed(p.at.Bound) + ")"
	}
	if p.at.High != "" {
		x = "greatest(" + x + ", " + typed(p.at.High) + ")"
	}
	age := "0"
	if p.cursor.Type.IsTime() {
		age = "coalesce(extract(epoch FROM " + p.cursor.now(r.zone) + " - nullif(nullif(CAST(" + typed(last) + " AS timestamp), 'infinity'), '-infinity')), 0)"
	}
	err = c.QueryRow(ctx, "SELECT CAST("+x+" AS text), CAST("+age+" AS float8)").Scan(&high, &behind)
	if p.cursor.base == "timestamptz" {
		high = string(p.cursor.said([]byte(high)))
	}
	return high, behind, r.fault(ctx, "", err)
}

// bound is the time below which no row can come any more that is written with
// the time of its transaction or later: that of the oldest one that runs, as far
// as the user may see others, and in any case now, so that one row of the year
// 9999 does not hide all others.
func (r *reader) bound(ctx context.Context, c *pgx.Conn, cursor *column) (string, error) {
	prepared := "SELECT min(prepared) FROM pg_prepared_xacts WHERE database = current_database()"
	x := `least(clock_timestamp(), (SELECT min(xact_start) FROM pg_stat_activity
		WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'), (` + prepared + "))"
	if cursor.base == "timestamptz" {
		x += " AT TIME ZONE 'UTC'"
	} else {
		x += " AT TIME ZONE " + literal(r.zone)
	}
	if cursor.Type == expr.Date {
		x = "CAST(" + x + " AS date)"
	}
	var bound string
	err := c.QueryRow(ctx, "SELECT CAST("+x+" AS text)").Scan(&bound)
	return bound, r.fault(ctx, "", err)
}

// pass is one reading of what is beyond the mark.
type pass struct {
	t      *table
	q      source.Request
	cursor *column
	at     place
	gap    bool
}

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

// ordered names the columns that the rows are read in the order of.
func (p pass) ordered() []string {
	out := []string{p.q.Cursor}
	for _, k := range p.q.Key {
		if !slices.Contains(out, k) {
			out = append(out, k)
		}
	}
	return out
}

func (p pass) order() string { return joined(p.ordered(), quote) }

func (p pass) limit() int64 {
	if p.q.Rows > 0 {
		return p.q.Rows
	}
	return mostRows
}

// where bounds the cursor.
func (p pass) where() string {
	x := quote(p.q.Cursor)
	switch {
	case p.gap:
		out := " WHERE true"
		if p.q.From != "" {
			out += " AND " + x + " >= " + p.cursor.typed(p.q.From)
		}
		if p.q.To != "" {
			out += " AND " + x + " < " + p.cursor.typed(p.q.To)
		}
		return out
	case len(p.at.After) > 0:
		i := -1
		values := joined(p.ordered(), func(name string) string { i++; return p.t.column(name).typed(p.at.After[i]) })
		return " WHERE (" + p.order() + ") > (" + values + ")"
	case p.at.High == "":
		return " WHERE " + x + " IS NOT NULL"
	}
	return " WHERE " + x + " >= " + p.back()
}

// back is the mark less the lookback.
func (p pass) back() string {
	high := p.cursor.typed(p.at.High)
	seconds := strconv.FormatInt(int64(math.Ceil(p.q.Lookback.Seconds())), 10)
	switch {
	case p.cursor.Type == expr.Date:
		days := int64(math.Ceil(p.q.Lookback.Hours() / 24))
		return high + " - " + strconv.FormatInt(days, 10)
	case p.cursor.Type == expr.Timestamp:
		return high + " - make_interval(secs => " + seconds + ")"
	case p.cursor.base == "numeric":
		return high + " - " + strconv.FormatInt(p.q.LookbackNumber, 10)
	}
	n, err := strconv.ParseInt(p.at.High, 10, 64)
	if err != nil || n < math.MinInt64+p.q.LookbackNumber {
		return high
	}
	return strconv.FormatInt(n-p.q.LookbackNumber, 10)
}
