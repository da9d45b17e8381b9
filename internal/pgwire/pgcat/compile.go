package pgcat

import (
	"context"
	"strconv"
	"strings"
	"time"

	"lodestar/internal/pgwire/pgsql"
	"lodestar/internal/text"
)

// Column is a column of a table or result.
type Column struct {
	Name string
	Type OID
}

// Table is a table of the catalogue.
type Table struct {
	Schema, Name string
	Columns      []Column
	Rows         [][]any
}

// Session is what an answer depends on besides the catalogue.
type Session struct {
	Database, User, Version string
	Path                    []string // of schemas
	Setting                 func(name string) (string, bool)
	Settings                func() [][2]string // name, value
	SetConfig               func(name, value string) error
	Now                     time.Time // of the statement, in Zone
	Zone                    *time.Location
	Lang                    text.Lang // of comments
	PID                     uint32
	Params                  []Value // of the statement
	// ParamTypes, when not nil, takes the types that parameters turn out to
	// have; Params are then not needed.
	ParamTypes []OID
}

// Value is a parameter with its type.
type Value struct {
	Type OID
	V    any
}

// Plan is a query that is ready to run.
type Plan struct {
	Columns []Column
	run     func(*run, *frame) ([][]any, error)
}

// mostWork bounds how many rows a query may look at and how many cells it may
// put together, and with them its time and memory.
const mostWork = 12_000_000

// run is one execution.
type run struct {
	ctx  context.Context
	work int
	ctes map[*cte][][]any
}

func (r *run) step(n int) error {
	before := r.work
	r.work += n
	if r.work > mostWork {
		return pgsql.Fail(pgsql.StateTooMany, -1, text.Text{
			ZH: "对系统目录的查询过大，请加条件", EN: "this query of the catalogue is too large; narrow it down"})
	}
	if before>>10 != r.work>>10 {
		return r.ctx.Err()
	}
	return nil
}

// frame is where an expression looks for values.
type frame struct {
	run  *run
	row  []any
	aggs []any
	up   *frame
}

// fn computes an expression.
type fn func(*frame) (any, error)

// typed is a compiled expression.
type typed struct {
	fn  fn
	typ OID
	// srf says that the value is an Array of which each element makes a row.
	srf bool
	// constant text or number, for literals that take on a type
	lit   *string
	param int // N of a parameter whose type is not known yet
}

// rel is a table in scope.
type rel struct {
	name    string
	schema  string
	columns []Column
	hidden  []bool // merged by using
	at      int    // of its first value in the row
}

type scope struct {
	c    *compiler
	up   *scope
	rels []rel
	// depth counts how many queries enclose this one.
	depth int
	// grouping is set while the expressions of a grouped query are compiled.
	group *grouping
	wins  *[]*windowCall
	used  *[]int // positions of columns used, when not nil
}

type cte struct {
	name string
	plan *Plan
	up   *cte // visible before
}

type compiler struct {
	cat  *Catalog
	sess *Session
	ctes *cte
}

// Compile prepares a query. The error is a *pgsql.Error.
func (cat *Catalog) Compile(s *pgsql.Select, sess *Session) (*Plan, error) {
	c := &compiler{cat: cat, sess: sess}
	p, err := c.query(s, nil)
	if err != nil {
		return nil, err
	}
	c.shown(p)
	return p, nil
}

// shown turns what clients have no use for into text: literals without a type
// and numbers that stand for names.
func (c *compiler) shown(p *Plan) {
	var at []int
	types := make([]OID, len(p.Columns))
	for i, col := range p.Columns {
		types[i] = col.Type
		if col.Type == Unknown || col.Type.isReg() || !col.Type.Known() {
			p.Columns[i].Type = Text
			at = append(at, i)
		}
	}
	if at == nil {
		return
	}
	inner := p.run
	p.run = func(r *run, f *frame) ([][]any, error) {
		rows, err := inner(r, f)
		if err != nil {
			return nil, err
		}
		out := make([][]any, len(rows))
		for n, row := range rows {
			row = append([]any(nil), row...)
			for _, i := range at {
				if row[i] != nil {
					row[i] = c.textOf(row[i], types[i])
				}
			}
			out[n] = row
		}
		return out, nil
	}
}

// Run gives the rows.
func (p *Plan) Run(ctx context.Context) ([][]any, error) {
	r := &run{ctx: ctx, ctes: map[*cte][][]any{}}
	return p.run(r, &frame{run: r})
}

// Constant computes an expression that names no column.
func (cat *Catalog) Constant(ctx context.Context, x pgsql.Expr, sess *Session) (Value, error) {
	c := &compiler{cat: cat, sess: sess}
	t, err := c.expr(&scope{c: c}, x)
	if err != nil {
		return Value{}, err
	}
	r := &run{ctx: ctx, ctes: map[*cte][][]any{}}
	v, err := t.fn(&frame{run: r})
	return Value{t.typ, v}, err
}

// query compiles a select with all that surrounds it.
func (c *compiler) query(s *pgsql.Select, up *scope) (*Plan, error) {
	saved := c.ctes
	defer func() { c.ctes = saved }()
	for _, w := range s.With {
		p, err := c.query(w.Select, up)
		if err != nil {
			return nil, err
		}
		for i, id := range w.Columns {
			if i < len(p.Columns) {
				p.Columns[i].Name = id.Name
			}
		}
		c.ctes = &cte{name: w.Name.Name, plan: p, up: c.ctes}
	}
	switch {
	case s.Op != "":
		return c.setOp(s, up)
	case s.Values != nil:
		return c.values(s, up)
	}
	return c.selectRows(s, up)
}

// constantInt compiles limit and offset.
func (c *compiler) constantInt(x pgsql.Expr, up *scope) (fn, error) {
	if x == nil {
		return nil, nil
	}
	t, err := c.expr(&scope{c: c, up: up}, x)
	if err != nil {
		return nil, err
	}
	t, err = c.coerce(t, Int8, x.Pos())
	return t.fn, err
}

func cut(rows [][]any, up *frame, limit, offset fn) ([][]any, error) {
	f := &frame{run: up.run, up: up}
	if offset != nil {
		v, err := offset(f)
		if err != nil {
			return nil, err
		}
		if n, ok := v.(int64); ok && n > 0 {
			rows = rows[min(int(min(n, 1<<30)), len(rows)):]
		}
	}
	if limit != nil {
		v, err := limit(f)
		if err != nil {
			return nil, err
		}
		if n, ok := v.(int64); ok && n >= 0 {
			rows = rows[:min(int(min(n, 1<<30)), len(rows))]
		}
	}
	return rows, nil
}

func (c *compiler) setOp(s *pgsql.Select, up *scope) (*Plan, error) {
	l, err := c.query(s.Left, up)
	if err != nil {
		return nil, err
	}
	r, err := c.query(s.Right, up)
	if err != nil {
		return nil, err
	}
	if len(l.Columns) != len(r.Columns) {
		return nil, pgsql.Fail(pgsql.StateSyntax, s.Pos(), text.Text{ZH: "{op} 两边的列数不同", EN: "each side of {op} must have the same number of columns"}, "op", strings.ToUpper(s.Op))
	}
	out := &Plan{Columns: append([]Column(nil), l.Columns...)}
	for i := range out.Columns {
		if t := out.Columns[i].Type; t == Unknown || t == Name && r.Columns[i].Type == Text {
			out.Columns[i].Type = r.Columns[i].Type
		}
	}
	sort, err := c.outputOrder(s, out.Columns)
	if err != nil {
		return nil, err
	}
	limit, err := c.constantInt(s.Limit, up)
	if err != nil {
		return nil, err
	}
	offset, err := c.constantInt(s.Offset, up)
	if err != nil {
		return nil, err
	}
	out.run = func(run *run, f *frame) ([][]any, error) {
		a, err := l.run(run, f)
		if err != nil {
			return nil, err
		}
		b, err := r.run(run, f)
		if err != nil {
			return nil, err
		}
		rows := combine(s.Op, s.All, a, b)
		if err := run.step(len(rows)); err != nil {
			return nil, err
		}
		sortRows(rows, sort)
		return cut(rows, f, limit, offset)
	}
	return out, nil
}

func combine(op string, all bool, a, b [][]any) [][]any {
	count := map[string]int{}
	if op != "union" {
		for _, r := range b {
			count[keyOf(r)]++
		}
	}
	var out [][]any
	seen := map[string]bool{}
	take := func(r []any) {
		k := keyOf(r)
		if !all && seen[k] {
			return
		}
		seen[k] = true
		out = append(out, r)
	}
	for _, r := range a {
		switch k := keyOf(r); {
		case op == "union":
			take(r)
		case (op == "intersect") == (count[k] > 0):
			count[k]--
			if !all {
				count[k] = max(count[k]+1, 0)
			}
			take(r)
		case op == "except" && all:
			count[k]--
		}
	}
	if op == "union" {
		for _, r := range b {
			take(r)
		}
	}
	return out
}

// sortKey orders rows by a value beside or inside them.
type sortKey struct {
	at         int
	desc       bool
	nullsFirst bool
}

func keyFor(o pgsql.Order, at int) sortKey {
	k := sortKey{at: at, desc: o.Desc, nullsFirst: o.Desc}
	if o.NullsFirst != nil {
		k.nullsFirst = *o.NullsFirst
	}
	return k
}

// outputOrder is an order by over columns of the result only.
func (c *compiler) outputOrder(s *pgsql.Select, cols []Column) ([]sortKey, error) {
	var out []sortKey
	for _, o := range s.OrderBy {
		at, ok := outputColumn(o.X, cols)
		if !ok {
			return nil, pgsql.Unsupported(o.X.Pos(), text.Text{ZH: "这里按结果列以外的表达式排序", EN: "ordering by something other than a column of the result here"})
		}
		out = append(out, keyFor(o, at))
	}
	return out, nil
}

// outputColumn finds the result column that a number or plain name means.
func outputColumn(x pgsql.Expr, cols []Column) (int, bool) {
	switch x := x.(type) {
	case *pgsql.Number:
		if n, err := strconv.Atoi(x.Text); err == nil && n >= 1 && n <= len(cols) {
			return n - 1, true
		}
	case *pgsql.Column:
		if len(x.Parts) == 1 {
			for i, c := range cols {
				if c.Name == x.Parts[0].Name {
					return i, true
				}
			}
		}
	}
	return 0, false
}

func (c *compiler) values(s *pgsql.Select, up *scope) (*Plan, error) {
	sc := &scope{c: c, up: up}
	out := &Plan{}
	rows := make([][]typed, len(s.Values))
	for i, row := range s.Values {
		for j, x := range row {
			t, err := c.expr(sc, x)
			if err != nil {
				return nil, err
			}
			if i == 0 {
				out.Columns = append(out.Columns, Column{"column" + strconv.Itoa(j+1), t.typ})
			} else if out.Columns[j].Type == Unknown {
				out.Columns[j].Type = t.typ
			}
			rows[i] = append(rows[i], t)
		}
	}
	for i := range rows {
		for j := range rows[i] {
			var err error
			if rows[i][j], err = c.coerce(rows[i][j], out.Columns[j].Type, s.Pos()); err != nil {
				return nil, err
			}
		}
	}
	sort, err := c.outputOrder(s, out.Columns)
	if err != nil {
		return nil, err
	}
	limit, err := c.constantInt(s.Limit, up)
	if err != nil {
		return nil, err
	}
	offset, err := c.constantInt(s.Offset, up)
	if err != nil {
		return nil, err
	}
	out.run = func(run *run, f *frame) ([][]any, error) {
		inner := &frame{run: run, up: f}
		var list [][]any
		for _, row := range rows {
			vals := make([]any, len(row))
			for j, t := range row {
				v, err := t.fn(inner)
				if err != nil {
					return nil, err
				}
				vals[j] = v
			}
			list = append(list, vals)
		}
		sortRows(list, sort)
		return cut(list, f, limit, offset)
	}
	return out, nil
}
