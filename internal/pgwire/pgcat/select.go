package pgcat

import (
	"strconv"

	"lodestar/internal/pgwire/pgsql"
	"lodestar/internal/text"
)

// grouping collects the aggregates of a query.
type grouping struct {
	aggs []aggregate
}

// windowCall is a ranking function over rows.
type windowCall struct {
	name      string
	partition []fn
	order     []fn
	keys      []sortKey
	at        int // of its value in the row
}

// output is a column of a select.
type output struct {
	name string
	typed
}

func (c *compiler) selectRows(s *pgsql.Select, up *scope) (*Plan, error) {
	sc := &scope{c: c, up: up, wins: new([]*windowCall)}
	src, err := c.from(sc, s.From, s.Where)
	if err != nil {
		return nil, err
	}
	grouped := s.Grouped || isAggregated(s)
	var keys []fn
	if grouped {
		if keys, err = c.groupKeys(sc, s); err != nil {
			return nil, err
		}
		sc.group = &grouping{}
	}
	outs, err := c.outputs(sc, s)
	if err != nil {
		return nil, err
	}
	p := &Plan{}
	for _, o := range outs {
		p.Columns = append(p.Columns, Column{o.name, o.typ})
	}
	visible := len(outs)
	var sort []sortKey
	for _, o := range s.OrderBy {
		at, ok := outputColumn(o.X, p.Columns)
		if !ok {
			t, err := c.expr(sc, o.X)
			if err != nil {
				return nil, err
			}
			at = len(outs)
			outs = append(outs, output{"", t})
		}
		sort = append(sort, keyFor(o, at))
	}
	var on []int
	for _, x := range s.DistinctOn {
		at, ok := outputColumn(x, p.Columns)
		if !ok {
			t, err := c.expr(sc, x)
			if err != nil {
				return nil, err
			}
			at = len(outs)
			outs = append(outs, output{"", t})
		}
		on = append(on, at)
	}
	var having fn
	if s.Having != nil {
		t, err := c.boolean(sc, s.Having)
		if err != nil {
			return nil, err
		}
		having = t.fn
	}
	limit, err := c.constantInt(s.Limit, up)
	if err != nil {
		return nil, err
	}
	offset, err := c.constantInt(s.Offset, up)
	if err != nil {
		return nil, err
	}
	wins := *sc.wins
	if grouped && len(wins) > 0 {
		return nil, pgsql.Unsupported(s.Pos(), text.Text{ZH: "分组之上的窗口函数", EN: "a window function over groups"})
	}
	p.run = func(r *run, f *frame) ([][]any, error) {
		rows, err := src(r, f)
		if err != nil {
			return nil, err
		}
		var frames []*frame
		if grouped {
			if frames, err = groupRows(r, f, rows, keys, sc.group, s.Grouped, sc.width()); err != nil {
				return nil, err
			}
		} else {
			if rows, err = ranked(r, f, rows, wins, sc.width()); err != nil {
				return nil, err
			}
			frames = make([]*frame, len(rows))
			for i, row := range rows {
				frames[i] = &frame{run: r, row: row, up: f}
			}
		}
		list, err := project(r, frames, outs, having)
		if err != nil {
			return nil, err
		}
		if s.Distinct && on == nil {
			list = distinct(list, visible, nil)
		}
		sortRows(list, sort)
		if on != nil {
			list = distinct(list, visible, on)
		}
		if list, err = cut(list, f, limit, offset); err != nil {
			return nil, err
		}
		for i, row := range list {
			list[i] = row[:visible:visible]
		}
		return list, nil
	}
	return p, nil
}

func (s *scope) width() int {
	n := 0
	for _, r := range s.rels {
		n = max(n, r.at+len(r.columns))
	}
	return n
}

func (s *scope) typeAt(at int) OID {
	for _, r := range s.rels {
		if at >= r.at && at < r.at+len(r.columns) {
			return r.columns[at-r.at].Type
		}
	}
	return Unknown
}

func distinct(rows [][]any, visible int, on []int) [][]any {
	seen := map[string]bool{}
	out := rows[:0:0]
	for _, row := range rows {
		var k string
		if on == nil {
			k = keyOf(row[:visible])
		} else {
			vals := make([]any, len(on))
			for i, at := range on {
				vals[i] = row[at]
			}
			k = keyOf(vals)
		}
		if !seen[k] {
			seen[k] = true
			out = append(out, row)
		}
	}
	return out
}

// project computes the output of each row; set-returning columns make more.
func project(r *run, frames []*frame, outs []output, having fn) ([][]any, error) {
	out := make([][]any, 0, len(frames))
	for _, f := range frames {
		if err := r.step(1); err != nil {
			return nil, err
		}
		if having != nil {
			v, err := having(f)
			if err != nil {
				return nil, err
			}
			if b, _ := v.(bool); !b {
				continue
			}
		}
		row := make([]any, len(outs))
		most, sets := 0, false
		for i, o := range outs {
			v, err := o.fn(f)
			if err != nil {
				return nil, err
			}
			row[i] = v
			if o.srf {
				list, _ := v.(Array)
				sets, most = true, max(most, len(list))
			}
		}
		if !sets {
			out = append(out, row)
			continue
		}
		if err := r.step(most); err != nil {
			return nil, err
		}
		for n := range most {
			wide := append([]any(nil), row...)
			for i, o := range outs {
				if o.srf {
					wide[i] = nil
					if list, _ := row[i].(Array); n < len(list) {
						wide[i] = list[n]
					}
				}
			}
			out = append(out, wide)
		}
	}
	return out, nil
}

// outputs compiles the select list; stars become columns.
func (c *compiler) outputs(sc *scope, s *pgsql.Select) ([]output, error) {
	var out []output
	for _, it := range s.Items {
		if star, ok := it.X.(*pgsql.Star); ok {
			some, err := c.star(sc, star)
			if err != nil {
				return nil, err
			}
			out = append(out, some...)
			continue
		}
		if f, ok := it.X.(*pgsql.Field); ok && f.Name == "*" {
			return nil, pgsql.Unsupported(f.Pos(), text.Text{ZH: "展开复合值 (x).*", EN: "expanding a composite value with (x).*"})
		}
		t, err := c.expr(sc, it.X)
		if err != nil {
			return nil, err
		}
		name := it.As.Name
		if name == "" {
			name = NameOf(it.X)
		}
		out = append(out, output{name, t})
	}
	return out, nil
}

func (c *compiler) star(sc *scope, star *pgsql.Star) ([]output, error) {
	var out []output
	found := false
	for _, r := range sc.rels {
		if n := len(star.Table); n > 0 && (star.Table[n-1].Name != r.name || n > 1 && star.Table[n-2].Name != r.schema) {
			continue
		}
		found = true
		for i, col := range r.columns {
			if len(star.Table) == 0 && r.hidden != nil && r.hidden[i] {
				continue
			}
			at := r.at + i
			out = append(out, output{col.Name, typed{typ: col.Type, fn: func(f *frame) (any, error) {
				if at >= len(f.row) {
					return nil, nil
				}
				return f.row[at], nil
			}}})
		}
	}
	if !found {
		return nil, pgsql.Fail(pgsql.StateNoTable, star.Pos(), text.Text{ZH: "FROM 里没有这个表", EN: "there is no such table in FROM"})
	}
	return out, nil
}

// NameOf is the column name that PostgreSQL gives an expression without alias.
func NameOf(x pgsql.Expr) string {
	switch x := x.(type) {
	case *pgsql.Column:
		return x.Parts[len(x.Parts)-1].Name
	case *pgsql.Call:
		switch x.Name {
		case "btrim", "ltrim", "rtrim", "timezone":
			return x.Name
		}
		return x.Name
	case *pgsql.Cast:
		if n := NameOf(x.X); n != "?column?" {
			return n
		}
		return x.To.Name
	case *pgsql.Case:
		if x.Else != nil {
			if n := NameOf(x.Else); n != "?column?" {
				return n
			}
		}
		return "case"
	case *pgsql.Field:
		return x.Name
	case *pgsql.Index:
		return NameOf(x.X)
	case *pgsql.Array:
		return "array"
	case *pgsql.Row:
		return "row"
	case *pgsql.Bool:
		return "bool"
	case *pgsql.Sub:
		if x.Kind != "" {
			return x.Kind
		}
		if len(x.Select.Items) == 1 {
			if it := x.Select.Items[0]; it.As.Name != "" {
				return it.As.Name
			} else {
				return NameOf(it.X)
			}
		}
	}
	return "?column?"
}

func isAggregated(s *pgsql.Select) bool {
	found := s.Having != nil
	look := func(x pgsql.Expr) {
		pgsql.Walk(x, func(x pgsql.Expr) bool {
			if call, ok := x.(*pgsql.Call); ok && call.Over == nil && isAggregate(call.Name) {
				found = true
			}
			return !found
		})
	}
	for _, it := range s.Items {
		look(it.X)
	}
	for _, o := range s.OrderBy {
		look(o.X)
	}
	return found
}

func (c *compiler) groupKeys(sc *scope, s *pgsql.Select) ([]fn, error) {
	var out []fn
	for _, x := range s.GroupBy {
		if n, ok := x.(*pgsql.Number); ok {
			at, err := strconv.Atoi(n.Text)
			if err != nil || at < 1 || at > len(s.Items) {
				return nil, pgsql.Fail("42P10", x.Pos(), text.Text{ZH: "没有第 {n} 列", EN: "there is no column {n}"}, "n", n.Text)
			}
			x = s.Items[at-1].X
		} else if col, ok := x.(*pgsql.Column); ok && len(col.Parts) == 1 {
			if _, err := c.column(sc, col); err != nil {
				for _, it := range s.Items {
					if it.As.Name == col.Parts[0].Name {
						x = it.X
					}
				}
			}
		}
		t, err := c.expr(sc, x)
		if err != nil {
			return nil, err
		}
		out = append(out, t.fn)
	}
	return out, nil
}

// groupRows makes a frame per group: the first of its rows, and aggregates.
func groupRows(r *run, up *frame, rows [][]any, keys []fn, g *grouping, explicit bool, width int) ([]*frame, error) {
	index := map[string]int{}
	var groups [][][]any
	f := &frame{run: r, up: up}
	for _, row := range rows {
		if err := r.step(1); err != nil {
			return nil, err
		}
		f.row = row
		vals := make([]any, len(keys))
		for i, k := range keys {
			v, err := k(f)
			if err != nil {
				return nil, err
			}
			vals[i] = v
		}
		k := keyOf(vals)
		at, ok := index[k]
		if !ok {
			at = len(groups)
			index[k] = at
			groups = append(groups, nil)
		}
		groups[at] = append(groups[at], row)
	}
	if len(groups) == 0 && !explicit {
		groups = [][][]any{nil}
	}
	out := make([]*frame, len(groups))
	for i, list := range groups {
		fr := &frame{run: r, up: up, row: make([]any, width)}
		if len(list) > 0 {
			fr.row = list[0]
		}
		for _, a := range g.aggs {
			v, err := a.over(r, up, list)
			if err != nil {
				return nil, err
			}
			fr.aggs = append(fr.aggs, v)
		}
		out[i] = fr
	}
	return out, nil
}

// ranked adds the values of window functions to the rows.
func ranked(r *run, up *frame, rows [][]any, wins []*windowCall, width int) ([][]any, error) {
	if len(wins) == 0 {
		return rows, nil
	}
	out := make([][]any, len(rows))
	for i, row := range rows {
		out[i] = append(append(make([]any, 0, width+len(wins)), row...), make([]any, width-len(row)+len(wins))...)
	}
	for _, w := range wins {
		parts := map[string][][]any{} // rows of order values, then the row's number
		var order []string
		f := &frame{run: r, up: up}
		for i, row := range out {
			if err := r.step(1); err != nil {
				return nil, err
			}
			f.row = row
			vals, err := all(f, w.partition)
			if err != nil {
				return nil, err
			}
			k := keyOf(vals)
			if vals, err = all(f, w.order); err != nil {
				return nil, err
			}
			if parts[k] == nil {
				order = append(order, k)
			}
			parts[k] = append(parts[k], append(vals, i))
		}
		for _, k := range order {
			list := parts[k]
			sortRows(list, w.keys)
			w.number(list, out)
		}
	}
	return out, nil
}

func all(f *frame, fns []fn) ([]any, error) {
	out := make([]any, len(fns), len(fns)+1)
	for i, x := range fns {
		v, err := x(f)
		if err != nil {
			return nil, err
		}
		out[i] = v
	}
	return out, nil
}

func (w *windowCall) number(list, rows [][]any) {
	rank, dense := 0, 0
	for n, row := range list {
		i := row[len(row)-1].(int)
		if n == 0 || lessRow(list[n-1], row, w.keys) {
			rank, dense = n+1, dense+1
		}
		v := int64(n + 1)
		switch w.name {
		case "rank":
			v = int64(rank)
		case "dense_rank":
			v = int64(dense)
		case "count":
			v = int64(len(list))
		}
		rows[i][w.at] = v
	}
}
