package query

import (
	"context"
	"fmt"
	"sync"

	"lodestar/internal/expr"
	"lodestar/internal/fault"
	"lodestar/internal/text"
	"lodestar/internal/warehouse"
)

// house is the warehouse of an engine.
func (e *Engine) house(ctx context.Context, name string) (warehouse.Warehouse, error) {
	if name == here {
		return e.c.Warehouse, nil
	}
	engines, ok := e.c.Warehouse.(warehouse.Engines)
	if !ok {
		return nil, fmt.Errorf("there is no engine %s", name)
	}
	return engines.Engine(ctx, name)
}

// rowsOf asks something of the rows of one dataset.
func (e *Engine) rowsOf(ctx context.Context, s warehouse.State, ask func(warehouse.Dialect) expr.SQL) ([][]any, error) {
	house, err := e.house(ctx, s.Engine)
	if err != nil {
		return nil, err
	}
	return e.rows(ctx, &statement{engine: s.Engine, sql: ask(house.Dialect())})
}

// rows runs a statement and takes all of its rows.
func (e *Engine) rows(ctx context.Context, s *statement) ([][]any, error) {
	return e.some(ctx, s, 0)
}

// some takes the first rows, or all when most is 0.
func (e *Engine) some(ctx context.Context, s *statement, most int) (out [][]any, err error) {
	rows, err := e.open(ctx, s, false)
	if err != nil {
		return nil, err
	}
	defer func() {
		if cerr := rows.Close(); err == nil {
			err = cerr
		}
	}()
	for (most == 0 || len(out) < most) && rows.Next() {
		out = append(out, append([]any(nil), rows.Values()...))
	}
	return out, rows.Err()
}

// open runs a statement, after those whose rows it reads: so none waits for a
// place while another one of the same answer holds one.
func (e *Engine) open(ctx context.Context, s *statement, stream bool) (warehouse.Rows, error) {
	house, err := e.house(ctx, s.engine)
	if err != nil {
		return nil, err
	}
	guests, err := e.fetch(ctx, house, s.guests)
	if err != nil {
		return nil, err
	}
	asker := warehouse.AskerOf(ctx)
	asker.Stream = stream
	ctx = warehouse.WithAsker(ctx, asker)
	if len(guests) == 0 {
		sql := s.sql
		sql.Text = house.Dialect().Rebind(sql.Text)
		return house.Query(ctx, sql)
	}
	return house.(warehouse.Host).QueryWith(ctx, s.sql, guests)
}

// fetch runs the statements of guests, all at once.
func (e *Engine) fetch(ctx context.Context, house warehouse.Warehouse, guests []guest) ([]warehouse.Guest, error) {
	if len(guests) == 0 {
		return nil, nil
	}
	host, ok := house.(warehouse.Host)
	if !ok {
		return nil, fmt.Errorf("%s takes no rows from elsewhere", house.Dialect().Name())
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	out := make([]warehouse.Guest, len(guests))
	var work sync.WaitGroup
	for i, g := range guests {
		work.Go(func() {
			rows, err := e.some(ctx, g.of, host.MostGuests()+1)
			if err == nil && len(rows) > host.MostGuests() {
				err = g.tooMany(host.MostGuests())
			}
			if err != nil {
				stop(err) // the first is the one that counts
			}
			out[i] = g.seated(rows)
		})
	}
	work.Wait()
	return out, context.Cause(ctx)
}

func (g guest) tooMany(most int) error {
	if g.dataset == "" {
		return fault.New(fault.Invalid, "across_engines_too_many", text.Text{
			EN: "the metrics are on several engines, and one gives more than {n} groups to combine; ask for fewer dimensions, add conditions, or import the dataset",
			ZH: "各指标位于不同引擎，其中一个返回的分组超过 {n} 个，无法合并；请减少维度、增加条件，或导入数据集"}, "n", most)
	}
	return acrossEngines(g.dataset, g.dataset)
}

// seated gives the rows types that hold their values.
func (g guest) seated(rows [][]any) warehouse.Guest {
	out := warehouse.Guest{Name: g.name, Columns: make([]warehouse.StoredColumn, len(g.columns)), Rows: rows}
	for i, c := range g.columns {
		for _, r := range rows {
			r[i] = warehouse.As(r[i], c.Type)
		}
		out.Columns[i] = fitting(c, rows, i)
	}
	return out
}

// fitting widens a column of numbers so that it holds all values: engines give
// sums more digits, and averages of anything as floats.
func fitting(c warehouse.StoredColumn, rows [][]any, at int) warehouse.StoredColumn {
	if !c.Type.IsNumber() && c.Type != expr.Null {
		return c
	}
	whole, scale := 0, c.Scale
	decimals, floats := c.Type == expr.Decimal, c.Type == expr.Float
	for _, r := range rows {
		switch v := r[at].(type) {
		case warehouse.Decimal:
			decimals, scale = true, max(scale, v.Scale())
			whole = max(whole, len(v.Unscaled().String())-v.Scale())
		case float64:
			floats = true
		}
	}
	const widest, int64Digits = 38, 19
	out := warehouse.StoredColumn{Name: c.Name, Type: expr.Integer}
	switch {
	case floats, decimals && max(whole, int64Digits)+scale > widest:
		out.Type = expr.Float
	case decimals:
		out.Type, out.Precision, out.Scale = expr.Decimal, widest, scale
	}
	return out
}
