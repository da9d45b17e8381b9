package quality

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"strconv"
	"time"

	"lodestar/internal/calendar"
	"lodestar/internal/expr"
	"lodestar/internal/semantic"
	"lodestar/internal/warehouse"
)

// place is where the rows of a dataset are, and how to write SQL for them.
type place struct {
	dataset *semantic.Dataset
	state   warehouse.State
	house   warehouse.Warehouse
	d       warehouse.Dialect
	cal     calendar.Calendar
	clocks  []calendar.Transition // that its timestamps can meet
}

// placeOf finds the rows of a dataset; ok is false when there are none.
func (s *Service) placeOf(ctx context.Context, m *semantic.Model, d *semantic.Dataset) (p *place, ok bool, err error) {
	state, ok, err := s.Warehouse.State(ctx, d.Name)
	if err != nil || !ok {
		return nil, false, err
	}
	p = &place{dataset: d, state: state, house: s.Warehouse, cal: m.Calendar()}
	if all, several := s.Warehouse.(warehouse.Engines); several && state.Engine != "" {
		if p.house, err = all.Engine(ctx, state.Engine); err != nil {
			return nil, false, err
		}
	}
	p.d = p.house.Dialect()
	p.clocks = p.cal.Transitions(p.clockBounds())
	return p, true, nil
}

// Where nothing is known of the data, clocks are right for these years.
var (
	firstYear = time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC)
	lastYear  = time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)
)

func (p *place) clockBounds() (from, to time.Time) {
	for _, c := range p.dataset.Spec.Columns {
		if c.Type != expr.Timestamp {
			continue
		}
		lo, some := p.state.MinTime[c.Name]
		hi := p.state.MaxTime[c.Name]
		switch {
		case !some:
			continue // it holds no values
		case from.IsZero():
			from, to = lo, hi
			continue
		}
		if lo.Before(from) {
			from = lo
		}
		if hi.After(to) {
			to = hi
		}
	}
	if from.IsZero() || p.state.MinTime == nil {
		return firstYear, lastYear
	}
	return from.UTC(), to.Add(time.Second).UTC()
}

// ask runs a statement with ? for its arguments.
func (p *place) ask(ctx context.Context, q expr.SQL, each func([]any) error) (err error) {
	q.Text = p.d.Rebind(q.Text)
	rows, err := p.house.Query(ctx, q)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		if err := each(rows.Values()); err != nil {
			return err
		}
	}
	return rows.Err()
}

// one runs a statement that gives one row.
func (p *place) one(ctx context.Context, q expr.SQL) (out []any, err error) {
	err = p.ask(ctx, q, func(v []any) error {
		out = append([]any(nil), v...)
		return nil
	})
	if err == nil && out == nil {
		err = fmt.Errorf("quality: no row of figures about %s", p.dataset.Name)
	}
	return out, err
}

func raw(s string) expr.SQL { return expr.SQL{Text: s} }

// alias is what the table of the dataset is called in statements.
const alias = "t"

func (p *place) from() expr.SQL { return raw(p.state.Table + " AS " + alias) }

func (p *place) column(name string) expr.SQL { return raw(alias + "." + p.d.Quote(name)) }

// condition writes a condition over the dataset's own columns; no text for
// none.
func (p *place) condition(t *expr.Typed) expr.SQL {
	if t == nil {
		return expr.SQL{}
	}
	printer := expr.Printer{Dialect: p.d, Zone: p.cal.Zone, Local: func(x expr.SQL) expr.SQL { return warehouse.Local(p.d, p.clocks, x) }}
	printer.LocalColumn = func(ref any) (expr.SQL, bool) {
		f := ref.(*semantic.Field)
		if f.Computed != nil {
			return expr.SQL{}, false
		}
		return p.clock(f.Column.Name), true
	}
	printer.Column = func(ref any) expr.SQL {
		f := ref.(*semantic.Field)
		if f.Computed != nil {
			return printer.Print(f.Computed.Typed)
		}
		return p.column(f.Column.Name)
	}
	return printer.Print(t)
}

// period writes the start of the period in which the dataset's time lies, as
// a naive local timestamp.
func (p *place) period(g calendar.Grain) expr.SQL {
	x := p.column(p.dataset.Time.Column.Name)
	if p.dataset.Time.Type == expr.Timestamp {
		x = p.clock(p.dataset.Time.Column.Name)
	}
	return p.d.Truncate(x, g, p.cal.WeekStart, p.cal.YearStart)
}

// clock writes a timestamp by the clocks of the calendar.
func (p *place) clock(name string) expr.SQL {
	if k, ok := p.state.Kept[name]; ok {
		return k.Local(p.d, p.clocks, p.column(k.Column), p.column(name))
	}
	return warehouse.Local(p.d, p.clocks, p.column(name))
}

// both puts conditions together, those without text left out.
func both(conditions ...expr.SQL) expr.SQL {
	var out []expr.SQL
	for _, c := range conditions {
		if c.Text != "" {
			out = append(out, expr.Concat("(", c, ")"))
		}
	}
	return expr.Join(out, " AND ")
}

func where(conditions ...expr.SQL) expr.SQL {
	if c := both(conditions...); c.Text != "" {
		return expr.Concat(" WHERE ", c)
	}
	return expr.SQL{}
}

func (p *place) count(filter expr.SQL) expr.SQL {
	return p.d.Aggregate(warehouse.Aggregate{Func: "count", Filter: filter})
}

func (p *place) present(columns []string) expr.SQL {
	out := make([]expr.SQL, len(columns))
	for i, c := range columns {
		out[i] = expr.Concat(p.column(c), " IS NOT NULL")
	}
	return both(out...)
}

// whole reads a count.
func whole(v any) int64 {
	switch v := v.(type) {
	case int64:
		return v
	case float64:
		return int64(v)
	case warehouse.Decimal:
		return new(big.Int).Quo(v.Unscaled(), new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(v.Scale())), nil)).Int64()
	}
	return 0
}

// number reads a value exactly; nil for none.
func number(v any) *big.Rat {
	switch v := v.(type) {
	case int64:
		return new(big.Rat).SetInt64(v)
	case float64:
		return new(big.Rat).SetFloat64(v)
	case warehouse.Decimal:
		out, _ := new(big.Rat).SetString(v.String())
		return out
	}
	return nil
}

// key writes a value so that equal values of whichever engine are equal texts.
func key(v any) string {
	switch v := v.(type) {
	case string:
		return strconv.Quote(v)
	case time.Time:
		return v.UTC().Format(time.RFC3339Nano)
	case bool:
		return strconv.FormatBool(v)
	}
	if n := number(v); n != nil {
		return n.RatString()
	}
	return ""
}

// shown writes a value for people and JSON.
func (p *place) shown(v any, t expr.Type) any {
	at, ok := v.(time.Time)
	switch {
	case !ok:
		return v
	case t == expr.Timestamp:
		return at.In(p.cal.Zone).Format(time.RFC3339)
	}
	return at.Format(time.DateOnly)
}

func (p *place) typeOf(column string) expr.Type {
	if c := p.dataset.Column(column); c != nil {
		return c.Type
	}
	return expr.Null
}
