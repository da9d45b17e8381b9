package ingest

import (
	"context"
	"fmt"
	"strings"
	"time"

	"lodestar/internal/access"
	"lodestar/internal/expr"
	"lodestar/internal/warehouse"
)

const (
	topValues = 10
	bins      = 20
)

// Profile describes the values of each column of a dataset.
func (s *Service) Profile(ctx context.Context, actor access.Actor, dataset string) (Profile, error) {
	if err := actor.Must(access.Viewer); err != nil {
		return Profile{}, err
	}
	state, columns, err := s.loaded(ctx, dataset)
	if err != nil {
		return Profile{}, err
	}
	out := Profile{Rows: state.Rows, Columns: []ColumnProfile{}}
	for _, c := range columns {
		p, err := s.profile(ctx, state, c)
		if err != nil {
			return out, err
		}
		out.Columns = append(out.Columns, p)
	}
	return out, nil
}

func (s *Service) profile(ctx context.Context, state warehouse.State, c warehouse.StoredColumn) (ColumnProfile, error) {
	p := ColumnProfile{Name: c.Name, Type: c.Type}
	x := s.Warehouse.Dialect().Quote(c.Name)
	parts := []string{"count(*) - count(" + x + ")", "count(DISTINCT " + x + ")", "min(" + x + ")", "max(" + x + ")"}
	if c.Type.IsNumber() {
		parts = append(parts, "avg(CAST("+x+" AS DOUBLE PRECISION))")
	}
	var low, high any
	err := s.each(ctx, expr.SQL{Text: "SELECT " + strings.Join(parts, ", ") + " FROM " + state.Table}, func(v []any) error {
		p.Missing, _ = v[0].(int64)
		p.Distinct, _ = v[1].(int64)
		low, high = v[2], v[3]
		p.Min, p.Max = display(low, c.Type), display(high, c.Type)
		if len(v) > 4 {
			p.Mean = v[4]
		}
		return nil
	})
	if err != nil || low == nil {
		return p, err
	}
	err = s.each(ctx, expr.SQL{Text: fmt.Sprintf("SELECT %[1]s, count(*) FROM %[2]s WHERE %[1]s IS NOT NULL GROUP BY %[1]s ORDER BY count(*) DESC, %[1]s LIMIT %[3]d",
		x, state.Table, topValues)}, func(v []any) error {
		n, _ := v[1].(int64)
		p.Top = append(p.Top, Value{display(v[0], c.Type), n})
		return nil
	})
	if err != nil {
		return p, err
	}
	p.Histogram, err = s.histogram(ctx, state, c, low, high)
	return p, err
}

// histogram counts values in equal bins between the bounds.
func (s *Service) histogram(ctx context.Context, state warehouse.State, c warehouse.StoredColumn, low, high any) ([]Bin, error) {
	x := s.Warehouse.Dialect().Quote(c.Name)
	var from, to float64
	edge := func(f float64) any { return f }
	switch {
	case c.Type.IsNumber():
		from, to = float(low), float(high)
		x = "CAST(" + x + " AS DOUBLE PRECISION)"
	case c.Type.IsTime():
		a, _ := low.(time.Time)
		b, _ := high.(time.Time)
		from, to = float64(a.Unix()), float64(b.Unix())
		x = "CAST(extract(epoch FROM " + x + ") AS DOUBLE PRECISION)"
		edge = func(f float64) any { return display(time.Unix(int64(f), 0).UTC(), c.Type) }
	default:
		return nil, nil
	}
	if !(from < to) {
		return nil, nil
	}
	width := (to - from) / bins
	out := make([]Bin, bins)
	for i := range out {
		out[i] = Bin{From: edge(from + float64(i)*width), To: edge(from + float64(i+1)*width)}
	}
	lit := func(f float64) string { return s.Warehouse.Dialect().Literal(f, expr.Float).Text }
	text := fmt.Sprintf("SELECT CAST(floor((%s - %s) / %s) AS BIGINT) AS bin, count(*) FROM %s WHERE %s IS NOT NULL GROUP BY 1",
		x, lit(from), lit(width), state.Table, x)
	err := s.each(ctx, expr.SQL{Text: text}, func(v []any) error {
		bin, _ := v[0].(int64)
		n, _ := v[1].(int64)
		out[min(max(bin, 0), bins-1)].Count += n
		return nil
	})
	return out, err
}

func float(v any) float64 {
	switch v := v.(type) {
	case int64:
		return float64(v)
	case float64:
		return v
	case warehouse.Decimal:
		return v.Float64()
	}
	return 0
}
