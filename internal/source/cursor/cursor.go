// Package cursor is what connectors of databases have in common when they read
// by a cursor: in the order of cursor and key, in pieces, from a mark less a
// lookback.
package cursor

import (
	"cmp"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"lodestar/internal/source"
	"lodestar/internal/text"
)

// Place is the mark of reading by cursor.
type Place struct {
	// High is the greatest cursor below which no more is expected, but for what
	// the lookback is for.
	High string `json:"high,omitempty"`
	// Bound and After are those of a pass that ended at a limit: a row that may
	// still be committed is not below Bound, and After is the cursor and the key
	// of the last row read.
	Bound string   `json:"bound,omitempty"`
	After []string `json:"after,omitempty"`
	// There and Here are what the clocks there and here said when a pass began:
	// the next one finds out by them whether the clock there was put back.
	There string    `json:"there,omitempty"`
	Here  time.Time `json:"here,omitzero"`
	// Prepared are the transactions that were prepared to be committed when the pass
	// began, each with a bound that was there before it.
	Prepared map[string]string `json:"prepared,omitempty"`
}

// mostRows is how many rows are read at a time when nobody says.
const mostRows = 5_000_000

// Dialect writes SQL.
type Dialect struct {
	Quote func(name string) string
	// Typed is a value of a column.
	Typed func(column, value string) string
	// Back is a value of the cursor less the lookback.
	Back func(value string) string
}

// Pass is one reading of what is beyond the mark.
type Pass struct {
	Request source.Request
	Place   Place
	Dialect
}

// Begin reads the mark.
func Begin(r source.Request, d Dialect) (*Pass, error) {
	p := &Pass{Request: r, Dialect: d}
	if r.Mark == "" || p.Gap() {
		return p, nil
	}
	if err := json.Unmarshal([]byte(r.Mark), &p.Place); err != nil {
		return nil, source.BadMark(err)
	}
	if n := len(p.Place.After); n > 0 && n != len(p.columns()) {
		return nil, source.BadMark(errors.New("another key"))
	}
	return p, nil
}

// hasty is by how much clocks may differ in what time has passed.
const hasty = time.Minute

// Bounded begins a pass over a cursor of times with the bound of what can be read
// now. A clock there that was put back since the last pass, as it is every autumn
// where times are local, leaves rows below the greatest cursor that were never
// read: then reading begins as much earlier.
func (p *Pass) Bounded(bound string, here time.Time) {
	back := here.Sub(p.Place.Here) - passed(p.Place.There, bound)
	if !p.Place.Here.IsZero() && p.Place.There != "" && back > hasty {
		p.Place.High = earlier(p.Place.High, back)
	}
	p.Place.Bound, p.Place.There, p.Place.Here = bound, bound, here.UTC()
}

// Prepare lowers the bound for transactions that are prepared and may be committed
// at any time. When they began is not known, but one that was not prepared when the
// last pass began was running then, or began later: in either case not before that
// pass's bound. first is the bound of those that were there before the first pass.
func (p *Pass) Prepare(transactions []string, before, first string) {
	known := p.Place.Prepared
	p.Place.Prepared = map[string]string{}
	for _, id := range transactions {
		at, ok := known[id]
		if !ok {
			at = cmp.Or(before, first)
		}
		p.Place.Prepared[id] = at
		p.Place.Bound = min(p.Place.Bound, at)
	}
}

// layouts are those of the cursors that tell the time.
var layouts = []string{"2006-01-02 15:04:05.999999", time.DateOnly}

// passed is how much time lies between two moments; for ever when one of them is
// none, so that nothing is read twice for it.
func passed(from, to string) time.Duration {
	for _, layout := range layouts {
		a, err := time.Parse(layout, from)
		b, err2 := time.Parse(layout, to)
		if err == nil && err2 == nil {
			if layout == time.DateOnly {
				b = b.AddDate(0, 0, 1) // some time of that day
			}
			return b.Sub(a)
		}
	}
	return 1<<63 - 1
}

// earlier is a moment less some time, as far as it is one.
func earlier(value string, d time.Duration) string {
	for _, layout := range layouts {
		if at, err := time.Parse(layout, value); err == nil {
			return at.Add(-d).Format(layout)
		}
	}
	return value
}

// Gap reports whether the cursor is bounded by the request, not by the mark.
func (p *Pass) Gap() bool { return p.Request.From != "" || p.Request.To != "" }

// Limit is how many rows are read at most.
func (p *Pass) Limit() int64 {
	if p.Request.Rows > 0 {
		return p.Request.Rows
	}
	return mostRows
}

// columns are those that the rows are read in the order of.
func (p *Pass) columns() []string {
	out := []string{p.Request.Cursor}
	for _, k := range p.Request.Key {
		if !slices.Contains(out, k) {
			out = append(out, k)
		}
	}
	return out
}

// Order lists them for an ORDER BY.
func (p *Pass) Order() string {
	var out []string
	for _, name := range p.columns() {
		out = append(out, p.Quote(name))
	}
	return strings.Join(out, ", ")
}

// Where is the condition on the rows.
func (p *Pass) Where() string {
	name := p.Request.Cursor
	x := p.Quote(name)
	switch {
	case p.Gap():
		out := x + " IS NOT NULL"
		if p.Request.From != "" {
			out += " AND " + x + " >= " + p.Typed(name, p.Request.From)
		}
		if p.Request.To != "" {
			out += " AND " + x + " < " + p.Typed(name, p.Request.To)
		}
		return out
	case len(p.Place.After) > 0:
		return x + " >= " + p.Typed(name, p.Place.After[0]) + " AND " + p.beyond(p.columns(), p.Place.After)
	case p.Place.High != "":
		return x + " >= " + p.Back(p.Place.High)
	}
	return x + " IS NOT NULL"
}

// beyond compares rows of values, spelled out: engines differ in how well they
// take a comparison of rows.
func (p *Pass) beyond(names, values []string) string {
	x, v := p.Quote(names[0]), p.Typed(names[0], values[0])
	if len(names) == 1 {
		return x + " > " + v
	}
	return "(" + x + " > " + v + " OR " + x + " = " + v + " AND " + p.beyond(names[1:], values[1:]) + ")"
}

// Last picks cursor and key from the last row that was read, which has the
// request's columns; nil for none gives those of the place.
func (p *Pass) Last(row [][]byte, more bool) ([]string, error) {
	if row == nil {
		return p.Place.After, nil
	}
	var out []string
	for _, name := range p.columns() {
		value := row[p.Request.Index(name)]
		if value == nil && more {
			return nil, source.NotPossible(text.Text{
				EN: "{column} is part of the key and has no value in some row; choose a key that every row has",
				ZH: "主键列 {column} 在某些行没有值；请选择每行都有值的主键"}.With("column", name))
		}
		out = append(out, string(value))
	}
	return out, nil
}

// Mark says from where to go on: within the pass when there is more, else from
// high.
func (p *Pass) Mark(last []string, more bool, high string) (source.Mark, error) {
	next := Place{High: high, There: p.Place.There, Here: p.Place.Here, Prepared: p.Place.Prepared}
	if more {
		next.High, next.Bound, next.After = p.Place.High, p.Place.Bound, last
	}
	b, err := json.Marshal(next)
	return source.Mark(b), err
}

// Passed completes what a read has found with the mark to go on from and how
// far behind it is. less compares two values of the cursor; the new greatest one
// is not beyond the bound, and never lower than before.
func (p *Pass) Passed(result source.Result, row [][]byte, less func(a, b string) bool) (source.Result, error) {
	last, err := p.Last(row, result.More)
	if err != nil {
		return source.Result{}, err
	}
	high := p.Place.High
	if len(last) > 0 {
		high = last[0]
		if p.Place.Bound != "" && less(p.Place.Bound, high) {
			high = p.Place.Bound
		}
		if p.Place.High != "" && less(high, p.Place.High) {
			high = p.Place.High
		}
		if at, err := time.Parse("2006-01-02 15:04:05", last[0]); err == nil && result.More {
			result.Behind = max(0, time.Since(at))
		}
	}
	result.Mark, err = p.Mark(last, result.More, high)
	return result, err
}

// Minus is an integer less the lookback, as far as that goes.
func Minus(value string, lookback int64) string {
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil || n-lookback > n {
		return value
	}
	return strconv.FormatInt(n-lookback, 10)
}

// NoCursor is the fault for a column that does not grow.
func NoCursor(column string) error {
	return source.NotPossible(text.Text{
		EN: "{column} is no cursor: it has to be an integer, a date or a timestamp",
		ZH: "{column} 不能作游标：须为整数、日期或时间列"}.With("column", column))
}
