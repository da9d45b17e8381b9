package pgcat

import (
	"strings"

	"lodestar/internal/pgwire/pgsql"
	"lodestar/internal/text"
)

// source gives the rows of a from clause, each as wide as the whole scope so
// far; lateral parts see the row to their left.
type source func(*run, *frame) ([][]any, error)

// condition is a part of a where clause with the width of the row it needs.
type condition struct {
	fn    fn
	needs int // columns up to here
	equal []equality
}

// equality says that two positions of the row are equal.
type equality struct{ left, right int }

// from compiles the tables into the scope and gives their rows, filtered by
// the where clause as early as can be.
func (c *compiler) from(sc *scope, tables []pgsql.Table, where pgsql.Expr) (source, error) {
	src := source(func(r *run, f *frame) ([][]any, error) { return [][]any{nil}, nil })
	width := 0
	var steps []func(r *run, f *frame, rows [][]any) ([][]any, error)
	var ends []int
	for i := range tables {
		step, err := c.table(sc, &tables[i], &width)
		if err != nil {
			return nil, err
		}
		steps, ends = append(steps, step), append(ends, width)
	}
	var conds []condition
	for _, part := range conjuncts(where, nil) {
		cond, err := c.condition(sc, part)
		if err != nil {
			return nil, err
		}
		conds = append(conds, cond)
	}
	if len(steps) == 0 {
		return filtered(src, conds), nil
	}
	begin := 0
	for i, step := range steps {
		var now, later []condition
		for _, cond := range conds {
			if cond.needs <= ends[i] {
				now = append(now, cond)
			} else {
				later = append(later, cond)
			}
		}
		conds = later
		src = chained(src, step, now, begin, ends[i], lateral(&tables[i]))
		begin = ends[i]
	}
	return filtered(src, conds), nil
}

// chained joins the rows before with those of a step under conditions.
func chained(before source, step func(*run, *frame, [][]any) ([][]any, error), conds []condition, begin, end int, lateral bool) source {
	hashed := false
	for _, cond := range conds {
		hashed = hashed || !lateral && begin > 0 && len(cond.equal) > 0
	}
	return func(r *run, f *frame) ([][]any, error) {
		left, err := before(r, f)
		if err != nil || len(left) == 0 {
			return nil, err
		}
		if hashed {
			others, err := step(r, f, [][]any{make([]any, begin)})
			if err != nil {
				return nil, err
			}
			return hashJoin(r, f, "inner", left, others, conds, begin, end)
		}
		joined, err := step(r, f, left)
		if err != nil {
			return nil, err
		}
		return keep(r, f, joined, conds)
	}
}

func filtered(src source, conds []condition) source {
	if len(conds) == 0 {
		return src
	}
	return func(r *run, f *frame) ([][]any, error) {
		rows, err := src(r, f)
		if err != nil {
			return nil, err
		}
		return keep(r, f, rows, conds)
	}
}

func keep(r *run, f *frame, rows [][]any, conds []condition) ([][]any, error) {
	if len(conds) == 0 {
		return rows, nil
	}
	out := rows[:0:0]
	inner := &frame{run: r, up: f}
	for _, row := range rows {
		if err := r.step(1); err != nil {
			return nil, err
		}
		inner.row = row
		ok := true
		for _, cond := range conds {
			v, err := cond.fn(inner)
			if err != nil {
				return nil, err
			}
			if b, _ := v.(bool); !b {
				ok = false
				break
			}
		}
		if ok {
			out = append(out, row)
		}
	}
	return out, nil
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

func (c *compiler) condition(sc *scope, x pgsql.Expr) (condition, error) {
	var used []int
	sc.used = &used
	t, err := c.boolean(sc, x)
	sc.used = nil
	cond := condition{fn: t.fn}
	for _, at := range used {
		cond.needs = max(cond.needs, at+1)
	}
	if b, ok := x.(*pgsql.Binary); ok && b.Op == "=" && len(used) == 2 && isColumn(b.L) && isColumn(b.R) &&
		sc.typeAt(used[0]).isText() == sc.typeAt(used[1]).isText() {
		cond.equal = []equality{{min(used[0], used[1]), max(used[0], used[1])}}
	}
	return cond, err
}

func isColumn(x pgsql.Expr) bool {
	if c, ok := x.(*pgsql.Cast); ok {
		x = c.X
		if _, ok := x.(*pgsql.Column); !ok {
			return false
		}
		return c.To.Name == "oid" || c.To.Name == "regclass" // the number stays
	}
	_, ok := x.(*pgsql.Column)
	return ok
}

// table compiles one part of a from clause, which adds its columns to the
// scope, and gives what widens rows by it.
func (c *compiler) table(sc *scope, t *pgsql.Table, width *int) (func(*run, *frame, [][]any) ([][]any, error), error) {
	if t.Join != nil {
		return c.join(sc, t, width)
	}
	begin := *width
	cols, name, schema, rows, err := c.leaf(sc, t)
	if err != nil {
		return nil, err
	}
	for i, id := range t.Columns {
		if i < len(cols) {
			cols[i].Name = id.Name
		}
	}
	if t.As.Name != "" {
		name, schema = t.As.Name, ""
	}
	for _, r := range sc.rels {
		if r.name == name && r.schema == schema && name != "?" {
			return nil, pgsql.Fail("42712", t.Pos(), text.Text{ZH: "表名 {name} 用了不止一次，请起别名", EN: "the table name {name} is used more than once; give an alias"}, "name", name)
		}
	}
	sc.rels = append(sc.rels, rel{name: name, schema: schema, columns: cols, at: begin})
	*width = begin + len(cols)
	total := *width
	return func(r *run, f *frame, left [][]any) ([][]any, error) {
		var out [][]any
		var fixed [][]any
		perRow := t.Lateral || t.Call != nil
		if !perRow {
			var err error
			if fixed, err = rows(r, f); err != nil {
				return nil, err
			}
		}
		inner := &frame{run: r, up: f}
		for _, l := range left {
			right := fixed
			if perRow {
				inner.row = l
				var err error
				if right, err = rows(r, inner); err != nil {
					return nil, err
				}
			}
			if err := r.step(len(right) * (total - len(cols) + 1)); err != nil {
				return nil, err
			}
			for _, row := range right {
				out = append(out, glue(l, row, total))
			}
		}
		return out, nil
	}, nil
}

func glue(l, r []any, width int) []any {
	if len(l) == 0 {
		return r
	}
	out := make([]any, 0, width)
	return append(append(out, l...), r...)
}

// leaf finds what a table, sub-select or function gives. rows is called with
// the enclosing frame, or for lateral parts and functions with one over the
// row to the left.
func (c *compiler) leaf(sc *scope, t *pgsql.Table) (cols []Column, name, schema string, rows source, err error) {
	switch {
	case t.Sub != nil:
		up := sc.up
		if t.Lateral {
			up = sc
		}
		p, err := c.query(t.Sub, up)
		if err != nil {
			return nil, "", "", nil, err
		}
		name := t.As.Name
		if name == "" {
			name = "?"
		}
		return append([]Column(nil), p.Columns...), name, "", p.run, nil
	case t.Call != nil:
		return c.tableFunction(sc, t)
	}
	last := t.Name[len(t.Name)-1].Name
	if len(t.Name) == 1 {
		for e := c.ctes; e != nil; e = e.up {
			if e.name == last {
				return append([]Column(nil), e.plan.Columns...), last, "", func(r *run, f *frame) ([][]any, error) {
					if rows, ok := r.ctes[e]; ok {
						return rows, nil
					}
					rows, err := e.plan.run(r, f)
					r.ctes[e] = rows
					return rows, err
				}, nil
			}
		}
	}
	tab, err := c.cat.find(t.Name, c.sess)
	if err != nil {
		return nil, "", "", nil, err
	}
	return append([]Column(nil), tab.Columns...), tab.Name, tab.Schema, func(*run, *frame) ([][]any, error) {
		return c.cat.rowsOf(tab, c.sess), nil
	}, nil
}

func (c *compiler) tableFunction(sc *scope, t *pgsql.Table) ([]Column, string, string, source, error) {
	call, err := c.expr(sc, t.Call)
	if err != nil {
		return nil, "", "", nil, err
	}
	name := t.Call.Name
	if t.As.Name != "" {
		name = t.As.Name
	}
	cols := []Column{{name, call.typ}}
	if t.Call.Name == "_pg_expandarray" {
		cols = []Column{{"x", Int4}, {"n", Int4}}
	} else if fields := tupleColumns(t.Call.Name); fields != nil {
		cols = fields
	}
	wide := len(cols)
	if t.Ordinality {
		cols = append(cols, Column{"ordinality", Int8})
	}
	return cols, name, "", func(r *run, f *frame) ([][]any, error) {
		// f is a frame over the row to the left, as the expression expects.
		v, err := call.fn(f)
		if err != nil {
			return nil, err
		}
		items := Array{v}
		if call.srf {
			items, _ = v.(Array)
		}
		var out [][]any
		for i, x := range items {
			row := []any{x}
			if tup, ok := x.(Tuple); ok && wide > 1 {
				row = append([]any(nil), tup...)
			}
			if t.Ordinality {
				row = append(row, int64(i+1))
			}
			out = append(out, row)
		}
		return out, nil
	}, nil
}

// join compiles two parts and what holds between them.
func (c *compiler) join(sc *scope, t *pgsql.Table, width *int) (func(*run, *frame, [][]any) ([][]any, error), error) {
	j := t.Join
	firstRel := len(sc.rels)
	left, err := c.table(sc, &j.L, width)
	if err != nil {
		return nil, err
	}
	middle, middleRel := *width, len(sc.rels)
	right, err := c.table(sc, &j.R, width)
	if err != nil {
		return nil, err
	}
	end := *width
	conds, err := c.joinConditions(sc, j, firstRel, middleRel)
	if err != nil {
		return nil, err
	}
	if lateral(&j.R) {
		return joinByRow(j.Kind, left, right, conds, middle, end), nil
	}
	return func(r *run, f *frame, outer [][]any) ([][]any, error) {
		rows, err := left(r, f, outer)
		if err != nil || len(rows) == 0 && (j.Kind == "inner" || j.Kind == "left" || j.Kind == "cross") {
			return nil, err
		}
		// The right side does not look at the left one, so it is read once.
		blank := make([]any, middle)
		others, err := right(r, f, [][]any{blank})
		if err != nil {
			return nil, err
		}
		return hashJoin(r, f, j.Kind, rows, others, conds, middle, end)
	}, nil
}

func lateral(t *pgsql.Table) bool {
	if t.Join != nil {
		return lateral(&t.Join.L) || lateral(&t.Join.R)
	}
	return t.Lateral || t.Call != nil
}

func (c *compiler) joinConditions(sc *scope, j *pgsql.Join, firstRel, middleRel int) ([]condition, error) {
	var conds []condition
	for _, part := range conjuncts(j.On, nil) {
		cond, err := c.condition(sc, part)
		if err != nil {
			return nil, err
		}
		conds = append(conds, cond)
	}
	names := j.Using
	if j.Natural {
		for _, l := range sc.rels[firstRel:middleRel] {
			for _, col := range l.columns {
				for _, r := range sc.rels[middleRel:] {
					if columnAt(r, col.Name) >= 0 {
						names = append(names, pgsql.Ident{Name: col.Name})
					}
				}
			}
		}
	}
	for _, id := range names {
		l, r := -1, -1
		for i := firstRel; i < len(sc.rels); i++ {
			if at := columnAt(sc.rels[i], id.Name); at >= 0 {
				if i < middleRel && l < 0 {
					l = sc.rels[i].at + at
				} else if i >= middleRel && r < 0 {
					r = sc.rels[i].at + at
					if sc.rels[i].hidden == nil {
						sc.rels[i].hidden = make([]bool, len(sc.rels[i].columns))
					}
					sc.rels[i].hidden[at] = true
				}
			}
		}
		if l < 0 || r < 0 {
			return nil, noColumn(id.Pos(), id.Name)
		}
		conds = append(conds, condition{equal: []equality{{l, r}}, fn: func(f *frame) (any, error) {
			if f.row[l] == nil || f.row[r] == nil {
				return nil, nil
			}
			n, ok := compare(f.row[l], f.row[r])
			return ok && n == 0, nil
		}})
	}
	return conds, nil
}

func columnAt(r rel, name string) int {
	for i, c := range r.columns {
		if c.Name == name {
			return i
		}
	}
	return -1
}

// joinByRow reads the right side again for each row of the left.
func joinByRow(kind string, left, right func(*run, *frame, [][]any) ([][]any, error), conds []condition, middle, end int) func(*run, *frame, [][]any) ([][]any, error) {
	return func(r *run, f *frame, outer [][]any) ([][]any, error) {
		rows, err := left(r, f, outer)
		if err != nil {
			return nil, err
		}
		var out [][]any
		for _, row := range rows {
			wide, err := right(r, f, [][]any{row})
			if err != nil {
				return nil, err
			}
			if wide, err = keep(r, f, wide, conds); err != nil {
				return nil, err
			}
			if len(wide) == 0 && kind == "left" {
				wide = [][]any{glue(row, make([]any, end-middle), end)}
			}
			out = append(out, wide...)
		}
		return out, nil
	}
}

// hashJoin joins rows with others (which are as wide as the joined row, empty
// on the left) by the equalities among the conditions.
func hashJoin(r *run, f *frame, kind string, rows, others [][]any, conds []condition, middle, end int) ([][]any, error) {
	var eq []equality
	for _, cond := range conds {
		for _, e := range cond.equal {
			if e.left < middle && e.right >= middle {
				eq = append(eq, e)
			}
		}
	}
	index := map[string][]int{}
	key := func(row []any, right bool) (string, bool) {
		var b []byte
		for _, e := range eq {
			v := row[e.left]
			if right {
				v = row[e.right]
			}
			if v == nil {
				return "", false
			}
			b = appendKey(b, v)
		}
		return string(b), true
	}
	all := make([]int, 0, len(others))
	for i, o := range others {
		if len(eq) == 0 {
			all = append(all, i)
		} else if k, ok := key(o, true); ok {
			index[k] = append(index[k], i)
		}
	}
	if err := r.step(len(others)); err != nil {
		return nil, err
	}
	met := make([]bool, len(others))
	var out [][]any
	inner := &frame{run: r, up: f}
	for _, l := range rows {
		candidates := all
		if len(eq) > 0 {
			k, ok := key(l, false)
			candidates = nil
			if ok {
				candidates = index[k]
			}
		}
		found := false
		if err := r.step(len(candidates) + 1); err != nil {
			return nil, err
		}
		for _, i := range candidates {
			joined := glue(l, others[i][middle:], end)
			inner.row = joined
			ok := true
			for _, cond := range conds {
				v, err := cond.fn(inner)
				if err != nil {
					return nil, err
				}
				if b, _ := v.(bool); !b {
					ok = false
					break
				}
			}
			if ok {
				found, met[i] = true, true
				out = append(out, joined)
				if err := r.step(end); err != nil {
					return nil, err
				}
			}
		}
		if !found && (kind == "left" || kind == "full") {
			out = append(out, glue(l, make([]any, end-middle), end))
		}
	}
	if kind == "right" || kind == "full" {
		for i, o := range others {
			if !met[i] {
				out = append(out, append(make([]any, middle), o[middle:]...))
			}
		}
	}
	return out, nil
}

func noColumn(at int, name string) error {
	return pgsql.Fail(pgsql.StateNoColumn, at, text.Text{ZH: "没有名为 {name} 的列", EN: "column {name} does not exist"}, "name", quoteIdent(name))
}

func quoteIdent(s string) string {
	plain := s != ""
	for i, r := range s {
		if !(r == '_' || r >= 'a' && r <= 'z' || i > 0 && (r >= '0' && r <= '9' || r == '$')) {
			plain = false
		}
	}
	if plain {
		return s
	}
	return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
}
