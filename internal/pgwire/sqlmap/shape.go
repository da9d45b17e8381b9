package sqlmap

import (
	"slices"
	"strconv"

	"lodestar/internal/pgwire/pgcat"
	"lodestar/internal/pgwire/pgsql"
	"lodestar/internal/query"
	"lodestar/internal/text"
)

// with is a query of a with clause that can be named.
type with struct {
	name string
	sel  *pgsql.Select
	cols []pgsql.Ident
	up   *with
}

// query maps a select and what is inside it.
func (p *planner) query(s *pgsql.Select, ctes *with) (*shape, error) {
	for _, c := range s.With {
		ctes = &with{c.Name.Name, c.Select, c.Columns, ctes}
	}
	switch {
	case s.Op != "":
		return nil, unsupported(s.Pos(), text.Same("UNION / INTERSECT / EXCEPT"), shapeHint)
	case s.Values != nil:
		return nil, unsupported(s.Pos(), text.Same("VALUES"), shapeHint)
	case len(s.DistinctOn) > 0:
		return nil, unsupported(s.Pos(), text.Same("DISTINCT ON"), text.Text{})
	case s.Windows != nil:
		return nil, unsupported(s.Pos(), text.Text{ZH: "窗口函数", EN: "a window function"}, text.Text{})
	}
	src, err := p.from(s, ctes)
	if err != nil {
		return nil, err
	}
	for _, part := range conjuncts(s.Where, nil) {
		if err := p.filter(src, part); err != nil {
			return nil, err
		}
	}
	if sh, err := p.countRows(s, src); sh != nil || err != nil {
		return sh, err
	}
	if src.count {
		return nil, unsupported(s.Pos(), text.Text{ZH: "对 COUNT(*) 结果再查询", EN: "a query over the result of COUNT(*)"}, text.Text{})
	}
	aggregated := s.Grouped || s.Distinct || s.Having != nil || callsAggregate(s)
	out := &shape{open: src.open && !aggregated, limit: src.limit, offset: src.offset, order: src.order}
	c := &clause{p: p, src: src, out: out, identity: true}
	if aggregated {
		if err := c.groupBy(s); err != nil {
			return nil, err
		}
	} else {
		out.keys = src.keys
	}
	if err := c.items(s); err != nil {
		return nil, err
	}
	for _, part := range conjuncts(s.Having, nil) {
		if err := c.having(part); err != nil {
			return nil, err
		}
	}
	if s.OrderBy != nil || s.Limit != nil || s.Offset != nil {
		p.closed(out)
	}
	if err := c.orderBy(s); err != nil {
		return nil, err
	}
	for i := range out.cols {
		out.cols[i].term.again = false
	}
	return out, c.limits(s)
}

func conjuncts(x pgsql.Expr, out []pgsql.Expr) []pgsql.Expr {
	if x == nil {
		return out
	}
	if b, ok := x.(*pgsql.Binary); ok && b.Op == "and" {
		return conjuncts(b.R, conjuncts(b.L, out))
	}
	return append(out, x)
}

// from finds the one table or sub-select.
func (p *planner) from(s *pgsql.Select, ctes *with) (*shape, error) {
	if len(s.From) != 1 || s.From[0].Join != nil {
		at := s.Pos()
		if len(s.From) > 1 {
			at = s.From[1].Pos()
		} else if len(s.From) == 1 {
			at = s.From[0].Pos()
		}
		return nil, unsupported(at, text.Text{ZH: "连接（JOIN）", EN: "a join"}, text.Text{
			ZH: "关系已定义在数据集中：直接选用维度，例如 store__region", EN: "relationships are part of the datasets: just name the dimension, such as store__region"})
	}
	t := &s.From[0]
	switch {
	case t.Sub != nil:
		sh, err := p.query(t.Sub, ctes)
		if err != nil {
			return nil, err
		}
		return p.renamed(sh, t.As.Name, t.Columns, t.Pos())
	case t.Call != nil:
		return nil, unsupported(t.Pos(), text.Text{ZH: "FROM 里的函数", EN: "a function in FROM"}, text.Text{})
	}
	if len(t.Name) == 1 {
		for c := ctes; c != nil; c = c.up {
			if c.name == t.Name[0].Name {
				sh, err := p.query(c.sel, c.up)
				if err != nil {
					return nil, err
				}
				cols := c.cols
				if t.Columns != nil {
					cols = t.Columns
				}
				as := t.As.Name
				if as == "" {
					as = c.name
				}
				return p.renamed(sh, as, cols, t.Pos())
			}
		}
	}
	view, ok := p.w.Catalog.IsView(t.Name, p.sess)
	if !ok {
		return nil, pgsql.Fail(pgsql.StateNoTable, t.Pos(), text.Text{ZH: "没有这个表", EN: "there is no such table"})
	}
	tab := p.w.tables[view]
	if p.table != nil {
		return nil, unsupported(t.Pos(), text.Text{ZH: "一条语句里的第二个指标表", EN: "a second table of metrics in a statement"}, text.Text{})
	}
	p.table = tab
	sh := &shape{open: true, cols: slices.Clone(tab.columns), limit: -1, alias: view.Name, schema: view.Schema, base: tab}
	if t.As.Name != "" {
		sh.alias, sh.schema = t.As.Name, ""
	}
	return p.renamed(sh, sh.alias, t.Columns, t.Pos())
}

func (p *planner) renamed(sh *shape, alias string, cols []pgsql.Ident, at int) (*shape, error) {
	sh.alias = alias
	if len(cols) > len(sh.cols) {
		return nil, pgsql.Fail("42P10", at, text.Text{ZH: "列别名比列多", EN: "there are more column aliases than columns"})
	}
	for i, id := range cols {
		sh.cols[i].name = id.Name
		sh.base = nil
	}
	return sh, nil
}

// countRows maps SELECT COUNT(*) FROM (…): how many rows the inner query has.
func (p *planner) countRows(s *pgsql.Select, src *shape) (*shape, error) {
	if len(s.Items) != 1 || s.Grouped || s.Having != nil || s.Distinct {
		return nil, nil
	}
	call, ok := s.Items[0].X.(*pgsql.Call)
	if !ok || call.Name != "count" || call.Over != nil || call.Filter != nil || !(call.Star || len(call.Args) == 1 && isNumber(call.Args[0])) {
		return nil, nil
	}
	if src.open && src.base != nil {
		return nil, unsupported(call.Pos(), text.Text{ZH: "数指标表的行数", EN: "counting the rows of a table of metrics"}, text.Text{
			ZH: "指标表没有固定的行；请数一个查询的行数，或选用计数类指标", EN: "it has no rows of its own; count those of a query, or ask a metric that counts"})
	}
	p.closed(src)
	name := s.Items[0].As.Name
	if name == "" {
		name = "count"
	}
	out := &shape{limit: src.limit, offset: src.offset, keys: src.keys, count: true, cols: []column{{name: name}}}
	for _, c := range src.cols {
		p.needed = append(p.needed, c.term.names...)
	}
	if s.OrderBy != nil || s.Limit != nil || s.Offset != nil {
		n, err := p.constantInt(s.Limit)
		if err != nil {
			return nil, err
		}
		if n == 0 {
			p.noRows = true
		}
		if s.Offset != nil {
			return nil, unsupported(s.Offset.Pos(), text.Same("COUNT(*) … OFFSET"), text.Text{})
		}
	}
	return out, nil
}

func isNumber(x pgsql.Expr) bool {
	_, ok := x.(*pgsql.Number)
	return ok
}

// callsAggregate reports whether a select list or order calls an aggregate.
func callsAggregate(s *pgsql.Select) bool {
	found := false
	look := func(x pgsql.Expr) {
		pgsql.Walk(x, func(x pgsql.Expr) bool {
			if c, ok := x.(*pgsql.Call); ok && aggregates[c.Name] {
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

// clause is the select being mapped.
type clause struct {
	p        *planner
	src, out *shape
	// identity says that each group has exactly one row of the source.
	identity bool
	// grouped is set while what follows has to fit the groups.
	grouped bool
}

// groupBy finds the keys: those written, or all dimensions selected.
func (c *clause) groupBy(s *pgsql.Select) error {
	p := c.p
	var keys []query.By
	add := func(x pgsql.Expr, t term) error {
		for _, by := range t.bys {
			if !hasBy(keys, by) {
				p.at["by["+itoa(len(keys))+"]"] = x.Pos()
				keys = append(keys, by)
			}
		}
		return nil
	}
	if s.Grouped {
		for _, x := range s.GroupBy {
			at := x.Pos()
			x, err := groupExpr(s, x)
			if err != nil {
				return err
			}
			t, err := c.term(x)
			if err != nil {
				return err
			}
			t = p.settledTime(t)
			switch t.kind {
			case constTerm:
				continue
			case metricTerm:
				return pgsql.Fail(pgsql.StateGrouping, at, text.Text{ZH: "不能按指标分组", EN: "a metric cannot be grouped by"})
			case computedTerm:
				if len(t.names) > 0 {
					return pgsql.Fail(pgsql.StateGrouping, at, text.Text{ZH: "不能按指标分组", EN: "a metric cannot be grouped by"})
				}
				if t.order == "" {
					return unsupported(at, text.Text{ZH: "按计算结果分组", EN: "grouping by an expression"}, text.Text{
						ZH: "请在数据集中定义计算维度（dimensions），再按它分组", EN: "define a computed dimension in the dataset and group by that"})
				}
			}
			if err := add(x, t); err != nil {
				return err
			}
		}
	} else {
		for _, it := range s.Items {
			if _, star := it.X.(*pgsql.Star); star {
				for _, col := range c.src.cols {
					if err := add(it.X, p.settledTime(col.term)); err != nil {
						return err
					}
				}
				continue
			}
			if !plainKey(it.X) {
				continue
			}
			t, err := c.term(it.X)
			if err != nil {
				return err
			}
			if err := add(it.X, p.settledTime(t)); err != nil {
				return err
			}
		}
	}
	c.grouped = true
	if c.src.open {
		c.out.keys = keys
		return nil
	}
	for _, by := range c.src.keys {
		c.identity = c.identity && hasBy(keys, by)
	}
	if !c.identity && (c.src.limit >= 0 || c.src.offset > 0 || len(p.having) > 0) {
		return unsupported(s.Pos(), text.Text{ZH: "对带 HAVING 或 LIMIT 的子查询再分组", EN: "grouping the result of a sub-select with HAVING or LIMIT again"}, text.Text{})
	}
	if !c.identity {
		c.out.order = nil
	}
	c.out.keys = keys
	return nil
}

// settledTime is settled for times only.
func (p *planner) settledTime(t term) term {
	if t.kind == timeTerm {
		return p.settled(t)
	}
	return t
}

// plainKey reports whether an item holds no aggregate.
func plainKey(x pgsql.Expr) bool {
	plain := true
	pgsql.Walk(x, func(x pgsql.Expr) bool {
		if c, ok := x.(*pgsql.Call); ok && aggregates[c.Name] {
			plain = false
		}
		return plain
	})
	return plain
}

// groupExpr follows a number or an alias to the expression it means.
func groupExpr(s *pgsql.Select, x pgsql.Expr) (pgsql.Expr, error) {
	switch k := x.(type) {
	case *pgsql.Number:
		n, err := strconv.Atoi(k.Text)
		if err != nil || n < 1 || n > len(s.Items) {
			return nil, pgsql.Fail("42P10", x.Pos(), text.Text{ZH: "没有第 {n} 列", EN: "there is no column {n}"}, "n", k.Text)
		}
		return s.Items[n-1].X, nil
	case *pgsql.Column:
		if len(k.Parts) == 1 {
			for _, it := range s.Items {
				if it.As.Name == k.Parts[0].Name {
					return it.X, nil
				}
			}
		}
	}
	return x, nil
}

// items maps the select list.
func (c *clause) items(s *pgsql.Select) error {
	for _, it := range s.Items {
		if star, ok := it.X.(*pgsql.Star); ok {
			if n := len(star.Table); n > 0 && star.Table[n-1].Name != c.src.alias {
				return pgsql.Fail(pgsql.StateNoTable, star.Pos(), text.Text{ZH: "FROM 里没有这个表", EN: "there is no such table in FROM"})
			}
			for _, col := range c.src.cols {
				t, err := c.fit(col.term, star.Pos())
				if err != nil {
					return err
				}
				c.out.cols = append(c.out.cols, column{col.name, t})
			}
			continue
		}
		t, err := c.term(it.X)
		if err != nil {
			return err
		}
		if t, err = c.fit(t, it.X.Pos()); err != nil {
			return err
		}
		name := it.As.Name
		if name == "" {
			name = pgcat.NameOf(it.X)
		}
		c.out.cols = append(c.out.cols, column{name, t})
		for _, n := range t.names {
			c.p.note("metric:"+n, it.X.Pos())
		}
	}
	if len(c.out.cols) == 0 {
		return pgsql.Fail(pgsql.StateSyntax, s.Pos(), text.Text{ZH: "没有选择任何列", EN: "no column is selected"})
	}
	return nil
}

func (p *planner) note(path string, at int) {
	if _, have := p.at[path]; !have {
		p.at[path] = at
	}
}

// fit checks that a term has one value per group.
func (c *clause) fit(t term, at int) (term, error) {
	if !c.grouped {
		return t, nil
	}
	if t.kind == metricTerm && t.asked && !c.src.open && !c.identity && !t.again {
		return t, pgsql.Fail(pgsql.StateGrouping, at, text.Text{
			ZH: "{m} 要么放进聚合函数，要么出现在 GROUP BY 里", EN: "{m} must be inside an aggregate or in GROUP BY"}, "m", t.metric.Name)
	}
	t = c.p.settled(t)
	for _, by := range t.bys {
		if !hasBy(c.out.keys, by) {
			return t, pgsql.Fail(pgsql.StateGrouping, at, text.Text{
				ZH: "{d} 要出现在 GROUP BY 里", EN: "{d} must appear in GROUP BY"}, "d", by.Name())
		}
	}
	return t, nil
}

func (c *clause) orderBy(s *pgsql.Select) error {
	if s.OrderBy == nil {
		return nil
	}
	if c.src.limit >= 0 || c.src.offset > 0 {
		return unsupported(s.OrderBy[0].X.Pos(), text.Text{ZH: "对带 LIMIT 的子查询重新排序", EN: "ordering the result of a sub-select with LIMIT again"}, text.Text{
			ZH: "请把 ORDER BY 放在 LIMIT 所在的那一层", EN: "put ORDER BY where LIMIT is"})
	}
	c.out.order = nil
	for _, o := range s.OrderBy {
		t, err := c.orderTerm(s, o.X)
		if err != nil {
			return err
		}
		if t.kind == constTerm {
			continue
		}
		name := t.answerName()
		if name == "" || t.kind == computedTerm && t.order == "" {
			return unsupported(o.X.Pos(), text.Text{ZH: "按计算结果排序", EN: "ordering by an expression"}, text.Text{
				ZH: "请按某个维度或指标排序", EN: "order by a dimension or a metric"})
		}
		if o.NullsFirst != nil && *o.NullsFirst {
			return unsupported(o.X.Pos(), text.Same("NULLS FIRST"), text.Text{ZH: "没有值的行总是排在最后", EN: "rows without a value always come last"})
		}
		c.p.needed = append(c.p.needed, t.names...)
		if o.Desc {
			name = "-" + name
		}
		if !slices.Contains(c.out.order, name) {
			c.out.order = append(c.out.order, name)
		}
	}
	return nil
}

// orderTerm finds a number, an alias, or what an expression means.
func (c *clause) orderTerm(s *pgsql.Select, x pgsql.Expr) (term, error) {
	switch k := x.(type) {
	case *pgsql.Number:
		n, err := strconv.Atoi(k.Text)
		if err != nil || n < 1 || n > len(c.out.cols) {
			return term{}, pgsql.Fail("42P10", x.Pos(), text.Text{ZH: "没有第 {n} 列", EN: "there is no column {n}"}, "n", k.Text)
		}
		return c.out.cols[n-1].term, nil
	case *pgsql.Column:
		if len(k.Parts) == 1 {
			for _, col := range c.out.cols {
				if col.name == k.Parts[0].Name {
					return col.term, nil
				}
			}
		}
	}
	t, err := c.term(x)
	if err != nil {
		return t, err
	}
	if !c.grouped {
		t = c.p.settled(t)
		for _, by := range t.bys {
			if !hasBy(c.out.keys, by) {
				return t, pgsql.Fail(pgsql.StateGrouping, x.Pos(), text.Text{
					ZH: "{d} 没有被选中，不能按它排序", EN: "{d} is not selected and cannot be ordered by"}, "d", by.Name())
			}
		}
		return t, nil
	}
	return c.fit(t, x.Pos())
}

func (c *clause) limits(s *pgsql.Select) error {
	limit, err := c.p.constantInt(s.Limit)
	if err != nil {
		return err
	}
	offset, err := c.p.constantInt(s.Offset)
	if err != nil {
		return err
	}
	out := c.out
	if offset > 0 {
		if out.limit >= 0 || out.offset > 0 {
			return unsupported(s.Offset.Pos(), text.Text{ZH: "对带 LIMIT 的子查询再用 OFFSET", EN: "OFFSET over a sub-select with LIMIT"}, text.Text{})
		}
		if offset >= query.MaxLimit {
			return pgsql.Fail(pgsql.StateTooMany, s.Offset.Pos(), text.Text{ZH: "OFFSET 最大为 {n}", EN: "OFFSET is at most {n}"}, "n", query.MaxLimit-1)
		}
		out.offset = offset
	}
	if limit >= 0 && (out.limit < 0 || limit < out.limit) {
		out.limit = limit
	}
	return nil
}

// constantInt computes a limit; -1 when there is none.
func (p *planner) constantInt(x pgsql.Expr) (int, error) {
	if x == nil {
		return -1, nil
	}
	cast := &pgsql.Cast{At: pgsql.At(x.Pos()), X: x, To: pgsql.Type{At: pgsql.At(x.Pos()), Name: "int8"}}
	v, err := p.w.Catalog.Constant(p.ctx, cast, p.sess)
	if err != nil {
		return 0, err
	}
	n, ok := v.V.(int64)
	if !ok {
		return -1, nil // LIMIT NULL, or a parameter that is not known yet
	}
	if n < 0 {
		return 0, pgsql.Fail("2201W", x.Pos(), text.Text{ZH: "LIMIT 和 OFFSET 不能为负", EN: "LIMIT and OFFSET must not be negative"})
	}
	return int(min(n, 1<<31-1)), nil
}
