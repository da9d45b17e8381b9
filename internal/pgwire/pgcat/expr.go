package pgcat

import (
	"regexp"
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

// match compiles the pattern operators.
func (c *compiler) match(sc *scope, x *pgsql.Binary) (typed, error) {
	a, err := c.text(sc, x.L)
	if err != nil {
		return a, err
	}
	b, err := c.text(sc, x.R)
	if err != nil {
		return b, err
	}
	op := strings.TrimPrefix(x.Op, "!")
	fold := strings.HasSuffix(op, "*")
	like := strings.HasPrefix(op, "~~")
	return c.matcher(a, b, like, fold, strings.HasPrefix(x.Op, "!"), `\`, x.Pos()), nil
}

func (c *compiler) text(sc *scope, x pgsql.Expr) (typed, error) {
	t, err := c.expr(sc, x)
	if err != nil {
		return t, err
	}
	if t.typ.isText() && t.param == 0 {
		return t, nil
	}
	return c.coerce(t, Text, x.Pos())
}

func (c *compiler) matcher(a, b typed, like, fold, not bool, escape string, at int) typed {
	var last string
	var re *regexp.Regexp
	return typed{typ: Bool, fn: func(f *frame) (any, error) {
		l, r, err := pair(f, a.fn, b.fn)
		if err != nil || l == nil || r == nil {
			return nil, err
		}
		pattern := Format(r, Text, nil)
		if re == nil || pattern != last {
			src := pattern
			if like {
				src = likePattern(pattern, escape)
			}
			flags := "(?s)"
			if fold {
				flags = "(?is)"
			}
			if re, err = regexp.Compile(flags + src); err != nil {
				re = nil
				return nil, pgsql.Fail("2201B", at, text.Text{ZH: "正则表达式有误：{p}", EN: "the regular expression is wrong: {p}"}, "p", pattern)
			}
			last = pattern
		}
		return re.MatchString(Format(l, Text, nil)) != not, nil
	}}
}

// likePattern turns a LIKE pattern into a regular expression.
func likePattern(p, escape string) string {
	var b strings.Builder
	b.WriteString("^")
	rs := []rune(p)
	for i := 0; i < len(rs); i++ {
		switch r := rs[i]; {
		case escape != "" && string(r) == escape && i+1 < len(rs):
			i++
			b.WriteString(regexp.QuoteMeta(string(rs[i])))
		case r == '%':
			b.WriteString(".*")
		case r == '_':
			b.WriteString(".")
		default:
			b.WriteString(regexp.QuoteMeta(string(r)))
		}
	}
	b.WriteString("$")
	return b.String()
}

func (c *compiler) like(sc *scope, x *pgsql.Like) (typed, error) {
	a, err := c.text(sc, x.X)
	if err != nil {
		return a, err
	}
	b, err := c.text(sc, x.Pattern)
	if err != nil {
		return b, err
	}
	if x.Kind == "similar" {
		return a, pgsql.Unsupported(x.Pos(), text.Same("SIMILAR TO"))
	}
	escape := `\`
	if x.Escape != nil {
		e, ok := x.Escape.(*pgsql.Text)
		if !ok {
			return a, pgsql.Unsupported(x.Escape.Pos(), text.Text{ZH: "算出来的 ESCAPE", EN: "a computed ESCAPE"})
		}
		escape = e.Value
	}
	return c.matcher(a, b, true, x.Kind == "ilike", x.Not, escape, x.Pos()), nil
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
