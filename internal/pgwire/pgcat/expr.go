package pgcat

import (
	"strconv"
	"strings"

	"lodestar/internal/pgwire/pgsql"
	"lodestar/internal/text"
	"lodestar/internal/warehouse"
)

func constant(v any, t OID) typed {
	return typed{typ: t, fn: func(*frame) (any, error) { return v, nil }}
}

// expr compiles an expression.
func (c *compiler) expr(sc *scope, x pgsql.Expr) (typed, error) {
	switch x := x.(type) {
	case *pgsql.Column:
		return c.column(sc, x)
	case *pgsql.Number:
		return c.number(x)
	case *pgsql.Text:
		t := constant(x.Value, Unknown)
		t.lit = &x.Value
		return t, nil
	case *pgsql.Bool:
		return constant(x.Value, Bool), nil
	case *pgsql.Null:
		return constant(nil, Unknown), nil
	case *pgsql.Param:
		return c.param(x)
	case *pgsql.Unary:
		return c.unary(sc, x)
	case *pgsql.Binary:
		return c.binary(sc, x)
	case *pgsql.Is:
		return c.is(sc, x)
	case *pgsql.In:
		return c.in(sc, x)
	case *pgsql.Between:
		both := &pgsql.Binary{At: x.At, Op: "and", L: &pgsql.Binary{At: x.At, Op: ">=", L: x.X, R: x.Lo}, R: &pgsql.Binary{At: x.At, Op: "<=", L: x.X, R: x.Hi}}
		if x.Not {
			return c.expr(sc, &pgsql.Unary{At: x.At, Op: "not", X: both})
		}
		return c.expr(sc, both)
	case *pgsql.Like:
		return c.like(sc, x)
	case *pgsql.Case:
		return c.caseWhen(sc, x)
	case *pgsql.Call:
		return c.call(sc, x)
	case *pgsql.Cast:
		t, err := c.expr(sc, x.X)
		if err != nil {
			return t, err
		}
		to := typeByName[x.To.Name]
		if to == nil {
			return t, pgsql.Unsupported(x.To.Pos(), text.Text{ZH: "类型 {t}", EN: "the type {t}"}.With("t", x.To.Name))
		}
		if x.To.Array {
			return c.coerce(t, to.oid.ArrayOf(), x.Pos())
		}
		return c.coerce(t, to.oid, x.Pos())
	case *pgsql.Sub:
		return c.sub(sc, x)
	case *pgsql.Quantified:
		return c.quantified(sc, x)
	case *pgsql.Array:
		return c.list(sc, x.Items, true)
	case *pgsql.Row:
		return c.list(sc, x.Items, false)
	case *pgsql.Index:
		return c.index(sc, x)
	case *pgsql.Field:
		return c.field(sc, x)
	case *pgsql.Star:
		return typed{}, pgsql.Fail(pgsql.StateSyntax, x.Pos(), text.Text{ZH: "这里不能用 *", EN: "* is not expected here"})
	}
	return typed{}, pgsql.Fail(pgsql.StateUnsupported, x.Pos(), text.Text{ZH: "不支持这种表达式", EN: "this kind of expression is not supported"})
}

func (c *compiler) boolean(sc *scope, x pgsql.Expr) (typed, error) {
	t, err := c.expr(sc, x)
	if err != nil {
		return t, err
	}
	if t.typ != Bool {
		if t.typ == Unknown {
			return c.coerce(t, Bool, x.Pos())
		}
		return t, pgsql.Fail(pgsql.StateBadType, x.Pos(), text.Text{ZH: "这里应为条件，而不是 {t}", EN: "a condition is needed here, not {t}"}, "t", t.typ)
	}
	return t, nil
}

// column finds what a name means, here or in an enclosing query.
func (c *compiler) column(sc *scope, x *pgsql.Column) (typed, error) {
	name := x.Parts[len(x.Parts)-1].Name
	table, schema := "", ""
	if n := len(x.Parts); n > 1 {
		table = x.Parts[n-2].Name
		if n > 2 {
			schema = x.Parts[n-3].Name
		}
	}
	depth := 0
	for s := sc; s != nil; s = s.up {
		at, typ, whole := -1, Unknown, false
		for _, r := range s.rels {
			if table != "" && (r.name != table || schema != "" && r.schema != schema) {
				continue
			}
			i := columnAt(r, name)
			if i < 0 || r.hidden != nil && r.hidden[i] && table == "" {
				continue
			}
			if at >= 0 {
				return typed{}, pgsql.Fail(pgsql.StateAmbiguous, x.Pos(), text.Text{ZH: "列名 {name} 不明确，请写上表名", EN: "column {name} is ambiguous; write the table's name before it"}, "name", quoteIdent(name))
			}
			at, typ = r.at+i, r.columns[i].Type
		}
		if at < 0 && table == "" { // a whole row by the table's name
			for _, r := range s.rels {
				if r.name == name && len(r.columns) > 0 {
					at, typ, whole = r.at, r.columns[0].Type, len(r.columns) > 1
				}
			}
		}
		if at >= 0 {
			if s.used != nil {
				*s.used = append(*s.used, at)
			}
			if whole {
				return typed{}, pgsql.Unsupported(x.Pos(), text.Text{ZH: "把整行当作一个值", EN: "using a whole row as a value"})
			}
			up := depth
			return typed{typ: typ, fn: func(f *frame) (any, error) {
				for range up {
					f = f.up
				}
				if at >= len(f.row) {
					return nil, nil
				}
				return f.row[at], nil
			}}, nil
		}
		depth++
	}
	if table != "" {
		return typed{}, noColumn(x.Pos(), table+"."+name)
	}
	return typed{}, noColumn(x.Pos(), name)
}

func (c *compiler) number(x *pgsql.Number) (typed, error) {
	if n, err := strconv.ParseInt(x.Text, 10, 64); err == nil {
		t := constant(n, Int4)
		if int64(int32(n)) != n {
			t.typ = Int8
		}
		return t, nil
	}
	if d, err := warehouse.ParseDecimal(x.Text); err == nil {
		return constant(d, Numeric), nil
	}
	f, err := strconv.ParseFloat(x.Text, 64)
	if err != nil {
		return typed{}, badValue(x.Pos(), x.Text, Numeric)
	}
	return constant(f, Numeric), nil
}

func (c *compiler) param(x *pgsql.Param) (typed, error) {
	if c.sess.ParamTypes != nil {
		if x.N > len(c.sess.ParamTypes) {
			return typed{}, noParameter(x)
		}
		t := constant(nil, Unknown)
		if have := c.sess.ParamTypes[x.N-1]; have != 0 {
			t.typ = have
		} else {
			t.param = x.N
		}
		return t, nil
	}
	if x.N > len(c.sess.Params) {
		return typed{}, noParameter(x)
	}
	p := c.sess.Params[x.N-1]
	return constant(p.V, p.Type), nil
}

func noParameter(x *pgsql.Param) error {
	return pgsql.Fail(pgsql.StateNoParameter, x.Pos(), text.Text{ZH: "没有参数 ${n}", EN: "there is no parameter ${n}"}, "n", x.N)
}

// coerce gives a value another type, as a cast does.
func (c *compiler) coerce(t typed, to OID, at int) (typed, error) {
	if t.param > 0 && t.param <= len(c.sess.ParamTypes) && c.sess.ParamTypes[t.param-1] == 0 {
		c.sess.ParamTypes[t.param-1] = to
		if to.isReg() { // its name comes as text
			c.sess.ParamTypes[t.param-1] = Text
		}
		return constant(nil, to), nil
	}
	if t.typ == to || to == Unknown {
		return t, nil
	}
	if t.lit != nil {
		v, err := c.cast(*t.lit, Text, to, at)
		return constant(v, to), err
	}
	from, fn := t.typ, t.fn
	return typed{typ: to, srf: t.srf, fn: func(f *frame) (any, error) {
		v, err := fn(f)
		if err != nil || v == nil {
			return nil, err
		}
		return c.cast(v, from, to, at)
	}}, nil
}

func (c *compiler) unary(sc *scope, x *pgsql.Unary) (typed, error) {
	if x.Op == "not" {
		t, err := c.boolean(sc, x.X)
		fn := t.fn
		return typed{typ: Bool, fn: func(f *frame) (any, error) {
			v, err := fn(f)
			if b, ok := v.(bool); ok {
				return !b, err
			}
			return nil, err
		}}, err
	}
	t, err := c.expr(sc, x.X)
	if err != nil {
		return t, err
	}
	if x.Op == "+" {
		return t, nil
	}
	if x.Op != "-" {
		return t, pgsql.Unsupported(x.Pos(), text.Text{ZH: "运算符 {op}", EN: "the operator {op}"}.With("op", x.Op))
	}
	fn, at := t.fn, x.Pos()
	return typed{typ: t.typ, fn: func(f *frame) (any, error) {
		v, err := fn(f)
		if err != nil || v == nil {
			return nil, err
		}
		return arithmetic("-", int64(0), v, at)
	}}, nil
}

// both compiles two sides that have to be of one type; literals and parameters
// follow the other side.
func (c *compiler) both(sc *scope, l, r pgsql.Expr) (a, b typed, err error) {
	if a, err = c.expr(sc, l); err != nil {
		return a, b, err
	}
	if b, err = c.expr(sc, r); err != nil {
		return a, b, err
	}
	if a.typ == Unknown && b.typ != Unknown {
		a, err = c.follow(a, b.typ, l.Pos())
	} else if b.typ == Unknown && a.typ != Unknown {
		b, err = c.follow(b, a.typ, r.Pos())
	} else if a.typ == Unknown {
		if a, err = c.follow(a, Text, l.Pos()); err == nil {
			b, err = c.follow(b, Text, r.Pos())
		}
	}
	if a.typ == Date && b.typ == TimestampTZ || a.typ == Timestamp && b.typ == TimestampTZ {
		a, err = c.coerce(a, TimestampTZ, l.Pos())
	} else if b.typ == Date && a.typ == TimestampTZ || b.typ == Timestamp && a.typ == TimestampTZ {
		b, err = c.coerce(b, TimestampTZ, r.Pos())
	}
	return a, b, err
}

func (c *compiler) follow(t typed, to OID, at int) (typed, error) {
	if to.isReg() {
		to = OIDType
		if t.lit != nil {
			if _, err := strconv.Atoi(*t.lit); err != nil {
				to = Text // the name itself: compared as text it is simply different
			}
		}
	}
	if to == Record || to.Element() != 0 && t.lit != nil && !strings.HasPrefix(*t.lit, "{") {
		return t, nil
	}
	return c.coerce(t, to, at)
}

func (c *compiler) binary(sc *scope, x *pgsql.Binary) (typed, error) {
	switch x.Op {
	case "and", "or":
		return c.logic(sc, x)
	case "=", "<>", "<", ">", "<=", ">=":
		a, b, err := c.both(sc, x.L, x.R)
		if err != nil {
			return a, err
		}
		return typed{typ: Bool, fn: comparison(x.Op, a.fn, b.fn, a.typ, b.typ, x.Pos())}, nil
	case "~", "~*", "!~", "!~*", "~~", "~~*", "!~~", "!~~*":
		return c.match(sc, x)
	case "||":
		return c.concat(sc, x)
	case "+", "-", "*", "/", "%", "^":
		return c.arithmetic(sc, x)
	case "@>", "<@", "&&":
		a, b, err := c.both(sc, x.L, x.R)
		if err != nil {
			return a, err
		}
		return typed{typ: Bool, fn: func(f *frame) (any, error) {
			l, r, err := pair(f, a.fn, b.fn)
			if l == nil || r == nil {
				return nil, err
			}
			return overlaps(x.Op, l, r), nil
		}}, nil
	}
	// Operators on types that the catalogue has no values of are only an error
	// when they meet one.
	a, err := c.expr(sc, x.L)
	if err != nil {
		return a, err
	}
	b, err := c.expr(sc, x.R)
	if err != nil {
		return b, err
	}
	return typed{typ: Text, fn: func(f *frame) (any, error) {
		l, r, err := pair(f, a.fn, b.fn)
		if err != nil || l == nil || r == nil {
			return nil, err
		}
		return nil, pgsql.Unsupported(x.Pos(), text.Text{ZH: "运算符 {op}", EN: "the operator {op}"}.With("op", x.Op))
	}}, nil
}

func pair(f *frame, a, b fn) (l, r any, err error) {
	if l, err = a(f); err != nil {
		return nil, nil, err
	}
	r, err = b(f)
	if err != nil {
		return nil, nil, err
	}
	return l, r, nil
}

func overlaps(op string, l, r any) bool {
	a, _ := l.(Array)
	b, _ := r.(Array)
	if op == "<@" {
		a, b = b, a
	}
	met := 0
	for _, y := range b {
		for _, x := range a {
			if x != nil && y != nil {
				if n, ok := compare(x, y); ok && n == 0 {
					met++
					break
				}
			}
		}
	}
	if op == "&&" {
		return met > 0
	}
	return met == len(b)
}

func (c *compiler) logic(sc *scope, x *pgsql.Binary) (typed, error) {
	a, err := c.boolean(sc, x.L)
	if err != nil {
		return a, err
	}
	b, err := c.boolean(sc, x.R)
	stop := x.Op == "or"
	return typed{typ: Bool, fn: func(f *frame) (any, error) {
		l, err := a.fn(f)
		if err != nil || l == stop {
			return l, err
		}
		r, err := b.fn(f)
		if err != nil || r == stop || l == nil {
			if r == stop {
				return r, err
			}
			return nil, err
		}
		return r, nil
	}}, err
}

func comparison(op string, a, b fn, ta, tb OID, at int) fn {
	return func(f *frame) (any, error) {
		l, r, err := pair(f, a, b)
		if err != nil || l == nil || r == nil {
			return nil, err
		}
		n, ok := compare(l, r)
		if !ok {
			if op == "=" || op == "<>" {
				return op == "<>", nil
			}
			return nil, pgsql.Fail(pgsql.StateBadType, at, text.Text{ZH: "{a} 与 {b} 不能比较", EN: "cannot compare {a} with {b}"}, "a", ta, "b", tb)
		}
		switch op {
		case "=":
			return n == 0, nil
		case "<>":
			return n != 0, nil
		case "<":
			return n < 0, nil
		case ">":
			return n > 0, nil
		case "<=":
			return n <= 0, nil
		}
		return n >= 0, nil
	}
}

func (c *compiler) concat(sc *scope, x *pgsql.Binary) (typed, error) {
	a, err := c.expr(sc, x.L)
	if err != nil {
		return a, err
	}
	b, err := c.expr(sc, x.R)
	if err != nil {
		return b, err
	}
	if a.typ.Element() != 0 || b.typ.Element() != 0 {
		typ := a.typ
		if typ.Element() == 0 {
			typ = b.typ
		}
		return typed{typ: typ, fn: func(f *frame) (any, error) {
			l, r, err := pair(f, a.fn, b.fn)
			x, xok := l.(Array)
			y, yok := r.(Array)
			switch {
			case err != nil:
				return nil, err
			case xok && yok:
				return append(append(Array{}, x...), y...), nil
			case xok && r != nil:
				return append(append(Array{}, x...), r), nil
			case yok && l != nil:
				return append(Array{l}, y...), nil
			case xok:
				return x, nil
			}
			return r, nil
		}}, nil
	}
	if a, err = c.coerce(a, Text, x.L.Pos()); err != nil {
		return a, err
	}
	if b, err = c.coerce(b, Text, x.R.Pos()); err != nil {
		return b, err
	}
	return typed{typ: Text, fn: func(f *frame) (any, error) {
		l, r, err := pair(f, a.fn, b.fn)
		if err != nil || l == nil || r == nil {
			return nil, err
		}
		return Format(l, Text, nil) + Format(r, Text, nil), nil
	}}, nil
}

func (c *compiler) is(sc *scope, x *pgsql.Is) (typed, error) {
	if x.What == "distinct" {
		a, b, err := c.both(sc, x.X, x.Y)
		return typed{typ: Bool, fn: func(f *frame) (any, error) {
			l, r, err := pair(f, a.fn, b.fn)
			if err != nil {
				return nil, err
			}
			same := l == nil && r == nil
			if l != nil && r != nil {
				n, ok := compare(l, r)
				same = ok && n == 0
			}
			return same == x.Not, nil
		}}, err
	}
	t, err := c.expr(sc, x.X)
	if err != nil {
		return t, err
	}
	if t.param > 0 {
		t, err = c.coerce(t, Text, x.Pos())
	}
	return typed{typ: Bool, fn: func(f *frame) (any, error) {
		v, err := t.fn(f)
		if err != nil {
			return nil, err
		}
		yes := v == nil
		switch x.What {
		case "true":
			yes = v == true
		case "false":
			yes = v == false
		}
		return yes != x.Not, nil
	}}, err
}
