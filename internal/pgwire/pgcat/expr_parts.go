package pgcat

import (
	"strings"

	"lodestar/internal/pgwire/pgsql"
	"lodestar/internal/text"
)

func (c *compiler) in(sc *scope, x *pgsql.In) (typed, error) {
	if x.Sub != nil {
		q := &pgsql.Quantified{At: x.At, Op: "=", X: x.X, Sub: x.Sub}
		if x.Not {
			q.Op, q.All = "<>", true
		}
		return c.quantified(sc, q)
	}
	var out typed
	for i, item := range x.List {
		eq, err := c.binary(sc, &pgsql.Binary{At: x.At, Op: "=", L: x.X, R: item})
		if err != nil {
			return eq, err
		}
		if i == 0 {
			out = eq
			continue
		}
		a, b := out.fn, eq.fn
		out.fn = func(f *frame) (any, error) {
			l, err := a(f)
			if err != nil || l == true {
				return l, err
			}
			r, err := b(f)
			if r == true || l != nil {
				return r, err
			}
			return nil, err
		}
	}
	if x.Not {
		fn := out.fn
		out.fn = func(f *frame) (any, error) {
			v, err := fn(f)
			if b, ok := v.(bool); ok {
				return !b, err
			}
			return nil, err
		}
	}
	out.typ = Bool
	return out, nil
}

// quantified is x op any/all of a list of values.
func (c *compiler) quantified(sc *scope, x *pgsql.Quantified) (typed, error) {
	a, err := c.expr(sc, x.X)
	if err != nil {
		return a, err
	}
	var items fn
	element := Unknown
	if x.Sub != nil {
		p, err := c.query(x.Sub, sc)
		if err != nil {
			return a, err
		}
		if len(p.Columns) > 0 {
			element = p.Columns[0].Type
		}
		items = func(f *frame) (any, error) {
			rows, err := p.run(f.run, f)
			out := make(Array, len(rows))
			for i, r := range rows {
				if out[i] = r[0]; len(r) > 1 {
					out[i] = Tuple(r)
				}
			}
			return out, err
		}
	} else {
		b, err := c.expr(sc, x.Y)
		if err != nil {
			return b, err
		}
		if b.typ == Unknown {
			if b, err = c.coerce(b, a.typ.ArrayOf(), x.Y.Pos()); err != nil {
				return b, err
			}
		}
		element = b.typ.Element()
		items = b.fn
	}
	if a.typ == Unknown && element != Unknown && element != 0 {
		if a, err = c.follow(a, element, x.X.Pos()); err != nil {
			return a, err
		}
	}
	var left, right any
	var one fn
	l := func(*frame) (any, error) { return left, nil }
	r := func(*frame) (any, error) { return right, nil }
	switch x.Op {
	case "=", "<>", "<", ">", "<=", ">=":
		one = comparison(x.Op, l, r, a.typ, element, x.Pos())
	case "~", "~*", "!~", "!~*", "~~", "~~*", "!~~", "!~~*":
		op := strings.TrimPrefix(x.Op, "!")
		one = c.matcher(typed{fn: l}, typed{fn: r}, strings.HasPrefix(op, "~~"), strings.HasSuffix(op, "*"), x.Op[0] == '!', `\`, x.Pos()).fn
	default:
		return a, pgsql.Unsupported(x.Pos(), text.Text{ZH: "运算符 {op}", EN: "the operator {op}"}.With("op", x.Op))
	}
	return typed{typ: Bool, fn: func(f *frame) (any, error) {
		v, list, err := pair(f, a.fn, items)
		if err != nil {
			return nil, err
		}
		arr, ok := list.(Array)
		if !ok {
			return nil, nil
		}
		if err := f.run.step(len(arr)); err != nil {
			return nil, err
		}
		var out any = x.All
		for _, item := range arr {
			left, right = v, item
			b, err := one(f)
			if err != nil {
				return nil, err
			}
			if b == !x.All {
				return !x.All, nil
			}
			if b == nil {
				out = nil
			}
		}
		return out, nil
	}}, nil
}

func (c *compiler) caseWhen(sc *scope, x *pgsql.Case) (typed, error) {
	var conds []fn
	var values []typed
	var where []int
	for _, w := range x.Whens {
		cond := w.If
		if x.Operand != nil {
			cond = &pgsql.Binary{At: pgsql.At(w.If.Pos()), Op: "=", L: x.Operand, R: w.If}
		}
		t, err := c.boolean(sc, cond)
		if err != nil {
			return t, err
		}
		v, err := c.expr(sc, w.Then)
		if err != nil {
			return v, err
		}
		conds, values, where = append(conds, t.fn), append(values, v), append(where, w.Then.Pos())
	}
	last := constant(nil, Unknown)
	at := x.Pos()
	if x.Else != nil {
		var err error
		if last, err = c.expr(sc, x.Else); err != nil {
			return last, err
		}
		at = x.Else.Pos()
	}
	values, where = append(values, last), append(where, at)
	typ, err := c.unify(values, where)
	if err != nil {
		return typed{}, err
	}
	return typed{typ: typ, fn: func(f *frame) (any, error) {
		for i, cond := range conds {
			b, err := cond(f)
			if err != nil {
				return nil, err
			}
			if b == true {
				return values[i].fn(f)
			}
		}
		return values[len(conds)].fn(f)
	}}, nil
}

// unify gives all values one type: the first that is known, or the wider of
// numbers.
func (c *compiler) unify(values []typed, where []int) (OID, error) {
	typ := Unknown
	for _, v := range values {
		switch {
		case typ == Unknown:
			typ = v.typ
		case typ.isNumber() && v.typ.isNumber() && rank(v.typ) > rank(typ), typ == Name && v.typ == Text, typ.isReg() && v.typ == Text:
			typ = v.typ
		}
	}
	if typ == Unknown {
		typ = Text
	}
	for i := range values {
		var err error
		if values[i], err = c.coerce(values[i], typ, where[i]); err != nil {
			return typ, err
		}
	}
	return typ, nil
}

func rank(t OID) int {
	for i, x := range []OID{Int2, Int4, OIDType, Int8, Numeric, Float4, Float8} {
		if x == t {
			return i + 1
		}
	}
	return 0
}

func (c *compiler) sub(sc *scope, x *pgsql.Sub) (typed, error) {
	p, err := c.query(x.Select, sc)
	if err != nil {
		return typed{}, err
	}
	switch x.Kind {
	case "exists":
		return typed{typ: Bool, fn: func(f *frame) (any, error) {
			rows, err := p.run(f.run, f)
			return len(rows) > 0, err
		}}, nil
	case "array":
		return typed{typ: p.Columns[0].Type.ArrayOf(), fn: func(f *frame) (any, error) {
			rows, err := p.run(f.run, f)
			out := make(Array, len(rows))
			for i, r := range rows {
				out[i] = r[0]
			}
			return out, err
		}}, nil
	}
	if len(p.Columns) != 1 {
		return typed{}, pgsql.Fail(pgsql.StateSyntax, x.Pos(), text.Text{ZH: "子查询只能返回一列", EN: "the sub-select must return one column"})
	}
	return typed{typ: p.Columns[0].Type, fn: func(f *frame) (any, error) {
		rows, err := p.run(f.run, f)
		if err != nil || len(rows) == 0 {
			return nil, err
		}
		if len(rows) > 1 {
			return nil, pgsql.Fail(pgsql.StateWrongCount, x.Pos(), text.Text{ZH: "子查询返回了多行", EN: "the sub-select returned more than one row"})
		}
		return rows[0][0], nil
	}}, nil
}

func (c *compiler) list(sc *scope, items []pgsql.Expr, array bool) (typed, error) {
	var list []typed
	var where []int
	for _, x := range items {
		t, err := c.expr(sc, x)
		if err != nil {
			return t, err
		}
		list, where = append(list, t), append(where, x.Pos())
	}
	out := typed{typ: Record}
	if array {
		typ, err := c.unify(list, where)
		if err != nil {
			return out, err
		}
		out.typ = typ.ArrayOf()
	}
	fns := make([]fn, len(list))
	for i, t := range list {
		fns[i] = t.fn
	}
	out.fn = func(f *frame) (any, error) {
		vals, err := all(f, fns)
		if array {
			return Array(vals), err
		}
		return Tuple(vals), err
	}
	return out, nil
}

func (c *compiler) index(sc *scope, x *pgsql.Index) (typed, error) {
	a, err := c.expr(sc, x.X)
	if err != nil {
		return a, err
	}
	i, err := c.expr(sc, x.I)
	if err != nil {
		return i, err
	}
	if i, err = c.coerce(i, Int4, x.I.Pos()); err != nil {
		return i, err
	}
	zero := int64(1)
	if a.typ == Int2Vector || a.typ == OIDVector {
		zero = 0 // as in PostgreSQL, these count from 0
	}
	return typed{typ: a.typ.Element(), fn: func(f *frame) (any, error) {
		v, at, err := pair(f, a.fn, i.fn)
		arr, _ := v.(Array)
		n, ok := at.(int64)
		if err != nil || !ok || n < zero || n-zero >= int64(len(arr)) {
			return nil, err
		}
		return arr[n-zero], nil
	}}, nil
}

func (c *compiler) field(sc *scope, x *pgsql.Field) (typed, error) {
	t, err := c.expr(sc, x.X)
	if err != nil {
		return t, err
	}
	n := 0
	if x.Name == "n" {
		n = 1
	}
	pick := func(v any) any {
		if tup, ok := v.(Tuple); ok && n < len(tup) {
			return tup[n]
		}
		return nil
	}
	return typed{typ: Int4, srf: t.srf, fn: func(f *frame) (any, error) {
		v, err := t.fn(f)
		if err != nil {
			return nil, err
		}
		if list, ok := v.(Array); ok && t.srf {
			out := make(Array, len(list))
			for i, x := range list {
				out[i] = pick(x)
			}
			return out, nil
		}
		return pick(v), nil
	}}, nil
}
