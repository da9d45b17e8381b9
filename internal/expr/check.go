package expr

import (
	"errors"

	"lodestar/internal/text"
)

// Check finds what the names of an expression mean and whether the types fit.
// The rules: integer, decimal and float mix freely in arithmetic, `/` always
// gives float, text never turns into a number or a number into text, and a
// text literal next to a date or timestamp must read as one. The error is an
// *Error with the position of the first thing that is wrong.
func Check(n Node, s Scope) (*Typed, error) {
	c := checker{scope: s, typed: &Typed{node: n}}
	root, err := c.term(n)
	if err != nil {
		return nil, err
	}
	if size(root, map[*term]int{}) > maxTerms {
		return nil, fail(n.Where(), "too_long", text.Text{
			ZH: "表达式展开后太大，请拆成几个", EN: "the expression grows too large when written out; split it up"})
	}
	c.typed.root = root
	return c.typed, nil
}

// maxTerms bounds the checked tree as it is printed, where parts that between,
// case and a few functions need twice are counted twice.
const maxTerms = 100_000

// size counts terms up to a little over maxTerms; shared ones are walked once
// and counted each time.
func size(t *term, known map[*term]int) int {
	if n, ok := known[t]; ok {
		return n
	}
	n := 1
	for _, a := range t.args {
		n = min(n+size(a, known), maxTerms+1)
	}
	known[t] = n
	return n
}

// CheckBool is Check for filters and rules: the whole must be boolean.
func CheckBool(n Node, s Scope) (*Typed, error) {
	t, err := Check(n, s)
	if err != nil {
		return nil, err
	}
	if t.Type() != Boolean && t.Type() != Null {
		return nil, fail(n.Where(), "wrong_type", text.Text{
			ZH: "这里要写条件，例如 {x} > 0；现在的结果是{t}",
			EN: "a condition is needed here, such as {x} > 0; this gives {t}"}, "x", short(n), "t", typeName(t.Type()))
	}
	return t, nil
}

// CheckNumber is Check for formulas: the whole must be a number.
func CheckNumber(n Node, s Scope) (*Typed, error) {
	t, err := Check(n, s)
	if err != nil {
		return nil, err
	}
	if !t.Type().IsNumber() && t.Type() != Null {
		return nil, fail(n.Where(), "wrong_type", text.Text{
			ZH: "公式的结果要是数字，现在是{t}", EN: "a formula must give a number; this gives {t}"}, "t", typeName(t.Type()))
	}
	return t, nil
}

func short(n Node) string {
	s := []rune(n.String())
	if len(s) > 40 {
		return string(s[:40]) + "…"
	}
	return string(s)
}

// typeName is the type in words.
func typeName(t Type) text.Text {
	switch t {
	case String:
		return text.Text{ZH: "文本", EN: "text"}
	case Integer:
		return text.Text{ZH: "整数", EN: "an integer"}
	case Decimal:
		return text.Text{ZH: "小数", EN: "a decimal"}
	case Float:
		return text.Text{ZH: "浮点数", EN: "a float"}
	case Boolean:
		return text.Text{ZH: "真假值", EN: "true or false"}
	case Date:
		return text.Text{ZH: "日期", EN: "a date"}
	case Timestamp:
		return text.Text{ZH: "时间", EN: "a timestamp"}
	}
	return text.Text{ZH: "空值", EN: "null"}
}

type checker struct {
	scope Scope
	typed *Typed
}

func (c *checker) term(n Node) (*term, error) {
	switch n := n.(type) {
	case *Name:
		return c.resolve(n)
	case *Number:
		typ, val, ok := numberLiteral(n.Text)
		if !ok {
			return nil, checkNumber(token{Span: n.Span, text: n.Text})
		}
		t := &term{op: opLiteral, typ: typ, val: val, where: n.Span}
		if typ == Decimal {
			t.factors = 1
		}
		return t, nil
	case *Text:
		return &term{op: opLiteral, typ: String, val: n.Value, where: n.Span}, nil
	case *Bool:
		return &term{op: opLiteral, typ: Boolean, val: n.Value, where: n.Span}, nil
	case *None:
		return &term{op: opLiteral, typ: Null, where: n.Span}, nil
	case *Moment:
		return moments(n.Span, n.Type, n.Value)
	case *Unary:
		return c.unary(n)
	case *Binary:
		return c.binary(n)
	case *IsNull:
		x, err := c.term(n.X)
		if err != nil {
			return nil, err
		}
		return not(n.Not, &term{op: opIsNull, typ: Boolean, args: []*term{x}, where: n.Span}), nil
	case *In:
		return c.in(n)
	case *Between:
		return c.between(n)
	case *Like:
		args, err := c.terms([]Node{n.X, n.Pattern})
		if err != nil {
			return nil, err
		}
		for _, a := range args {
			if err := need(a, String); err != nil {
				return nil, err
			}
		}
		return not(n.Not, &term{op: opCall, name: "like", typ: Boolean, args: args, where: n.Span}), nil
	case *Case:
		return c.caseWhen(n)
	case *Call:
		return c.call(n)
	case *Cast:
		return c.cast(n)
	}
	return nil, fail(Span{}, "syntax", text.Text{ZH: "表达式是空的", EN: "the expression is empty"})
}

func (c *checker) terms(list []Node) ([]*term, error) {
	out := make([]*term, len(list))
	for i, n := range list {
		t, err := c.term(n)
		if err != nil {
			return nil, err
		}
		out[i] = t
	}
	return out, nil
}

func (c *checker) resolve(n *Name) (*term, error) {
	sym, err := c.scope.Resolve(n.Parts)
	if err != nil {
		var e *Error
		if errors.As(err, &e) {
			found := *e
			found.Offset, found.End = n.Offset, n.End
			return nil, &found
		}
		return nil, err
	}
	known := false
	for _, s := range c.typed.symbols {
		known = known || s.Ref == sym.Ref
	}
	if !known {
		c.typed.symbols = append(c.typed.symbols, sym)
	}
	t := &term{op: opColumn, typ: sym.Type, sym: sym, where: n.Span}
	if sym.Type == Decimal {
		t.factors = 1
	}
	return t, nil
}

func moments(at Span, t Type, s string) (*term, error) {
	when, civil, ok := parseMoment(t, s)
	if !ok {
		return nil, badMoment(at, t, s)
	}
	return &term{op: opMoment, typ: t, at: when, civil: civil, where: at}, nil
}

func not(yes bool, t *term) *term {
	if !yes {
		return t
	}
	return &term{op: opNot, typ: Boolean, args: []*term{t}, where: t.where}
}

// need checks that a term is of the type, or NULL.
func need(t *term, want Type) error {
	if t.typ == want || t.typ == Null {
		return nil
	}
	return fail(t.where, "wrong_type", text.Text{
		ZH: "这里要的是{want}，现在是{got}", EN: "{want} is needed here, not {got}"},
		"want", typeName(want), "got", typeName(t.typ))
}

func needNumber(t *term) error {
	if t.typ.IsNumber() || t.typ == Null {
		return nil
	}
	e := fail(t.where, "wrong_type", text.Text{
		ZH: "这里要的是数字，现在是{got}", EN: "a number is needed here, not {got}"}, "got", typeName(t.typ))
	if t.typ == String {
		e.Text.ZH += "；要把文本当数字用，请写 cast(… as decimal)"
		e.Text.EN += "; to use text as a number write cast(… as decimal)"
	}
	return e
}

func (c *checker) unary(n *Unary) (*term, error) {
	x, err := c.term(n.X)
	if err != nil {
		return nil, err
	}
	if n.Op == "not" {
		if err := need(x, Boolean); err != nil {
			return nil, err
		}
		return &term{op: opNot, typ: Boolean, args: []*term{x}, where: n.Span}, nil
	}
	if err := needNumber(x); err != nil {
		return nil, err
	}
	return &term{op: opNegate, typ: x.typ, args: []*term{x}, where: n.Span, factors: x.factors}, nil
}

func (c *checker) binary(n *Binary) (*term, error) {
	args, err := c.terms([]Node{n.L, n.R})
	if err != nil {
		return nil, err
	}
	l, r := args[0], args[1]
	t := &term{op: opBinary, name: n.Op, args: args, typ: Boolean, where: n.Span}
	switch n.Op {
	case "and", "or":
		return t, oneOf(need(l, Boolean), need(r, Boolean))
	case "||":
		t.typ = String
		return t, oneOf(need(l, String), need(r, String))
	case "+", "-", "*", "/", "%":
		return arithmetic(t, l, r)
	}
	if l.typ == Null || r.typ == Null {
		if isNullLiteral(l) || isNullLiteral(r) {
			return nil, nullCompared(n.Span)
		}
	}
	t.args[0], t.args[1], err = comparing(l, r, n.Span)
	if err == nil && l.typ == Boolean && n.Op != "=" && n.Op != "<>" {
		err = fail(n.Span, "wrong_type", text.Text{ZH: "真假值不能比大小", EN: "true and false have no order"})
	}
	return t, err
}

func oneOf(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

func isNullLiteral(t *term) bool { return t.op == opLiteral && t.val == nil }

func nullCompared(at Span) *Error {
	return fail(at, "null_comparison", text.Text{
		ZH: "与 null 比较永远不成立，请写 is null 或 is not null",
		EN: "a comparison with null never holds; write is null or is not null"})
}

func arithmetic(t, l, r *term) (*term, error) {
	if l.typ.IsTime() || r.typ.IsTime() {
		return nil, fail(t.where, "wrong_type", text.Text{
			ZH: "日期不能直接加减，相隔天数请写 days_between(开始, 结束)",
			EN: "dates cannot be added or subtracted; for days in between write days_between(from, to)"})
	}
	if err := oneOf(needNumber(l), needNumber(r)); err != nil {
		return nil, err
	}
	t.typ = wider(l.typ, r.typ)
	switch t.name {
	case "/":
		t.typ = Float
	case "%":
		t.op, t.name = opCall, "mod"
		t.factors = max(l.factors, r.factors)
	case "*":
		t.factors = l.factors + r.factors
		if t.typ == Decimal && t.factors > 2 {
			// Three decimals multiplied need more digits than engines have.
			t.typ, t.factors = Float, 0
			t.args = []*term{toFloat(l), toFloat(r)}
		}
	default:
		t.factors = max(l.factors, r.factors)
	}
	return t, nil
}

func toFloat(t *term) *term {
	if t.typ == Float || t.typ == Null {
		return t
	}
	return &term{op: opCast, typ: Float, args: []*term{t}, where: t.where}
}

// wider is the number type that holds both.
func wider(a, b Type) Type {
	switch {
	case a == Float || b == Float:
		return Float
	case a == Decimal || b == Decimal:
		return Decimal
	case a == Null && b == Null:
		return Null
	}
	return Integer
}

// comparing makes two terms comparable: text literals become times, and a
// date meets a timestamp as its local midnight.
func comparing(l, r *term, at Span) (*term, *term, error) {
	var err error
	if l, err = asTime(l, r.typ); err != nil {
		return l, r, err
	}
	if r, err = asTime(r, l.typ); err != nil {
		return l, r, err
	}
	switch {
	case l.typ == Null || r.typ == Null, l.typ == r.typ, l.typ.IsNumber() && r.typ.IsNumber():
		return l, r, nil
	case l.typ == Timestamp && r.typ == Date:
		l, r = mixed(l, r)
		return l, r, nil
	case l.typ == Date && r.typ == Timestamp:
		r, l = mixed(r, l)
		return l, r, nil
	}
	return l, r, fail(at, "wrong_type", text.Text{
		ZH: "{l}与{r}不能比较", EN: "cannot compare {l} with {r}"}, "l", typeName(l.typ), "r", typeName(r.typ))
}

// asTime reads a text literal as the time type that it is used with. With a
// date it may also be a timestamp.
func asTime(t *term, with Type) (*term, error) {
	if !with.IsTime() || t.op != opLiteral || t.typ != String {
		return t, nil
	}
	s := t.val.(string)
	if _, _, ok := parseMoment(Date, s); ok && with == Date {
		return moments(t.where, Date, s)
	}
	if _, _, ok := parseMoment(Timestamp, s); !ok {
		return t, badMoment(t.where, with, s)
	}
	return moments(t.where, Timestamp, s)
}

// mixed compares a timestamp with a date.
func mixed(ts, d *term) (*term, *term) {
	if d.op == opMoment {
		return ts, &term{op: opMoment, typ: Timestamp, at: d.at, civil: true, where: d.where}
	}
	return &term{op: opLocal, typ: Timestamp, args: []*term{ts}, where: ts.where},
		&term{op: opMidnight, typ: Timestamp, args: []*term{d}, where: d.where}
}

func (c *checker) in(n *In) (*term, error) {
	args, err := c.terms(append([]Node{n.X}, n.List...))
	if err != nil {
		return nil, err
	}
	for i, item := range args[1:] {
		if isNullLiteral(item) {
			return nil, nullCompared(item.where)
		}
		x, y, err := comparing(args[0], item, item.where)
		if err != nil {
			return nil, err
		}
		if x != args[0] {
			return nil, dateOrTimestamp(item.where)
		}
		args[i+1] = y
	}
	return not(n.Not, &term{op: opIn, typ: Boolean, args: args, where: n.Span}), nil
}

func dateOrTimestamp(at Span) *Error {
	return fail(at, "wrong_type", text.Text{
		ZH: "日期与时间混用，请用 date(…) 把时间转为日期",
		EN: "a date and a timestamp are mixed; turn the timestamp into a date with date(…)"})
}

// between is x >= lo and x <= hi.
func (c *checker) between(n *Between) (*term, error) {
	args, err := c.terms([]Node{n.X, n.Lo, n.Hi})
	if err != nil {
		return nil, err
	}
	if isNullLiteral(args[0]) || isNullLiteral(args[1]) || isNullLiteral(args[2]) {
		return nil, nullCompared(n.Span)
	}
	half := func(op string, bound *term) (*term, error) {
		l, r, err := comparing(args[0], bound, bound.where)
		if err == nil && l.typ == Boolean {
			err = need(l, Integer)
		}
		return &term{op: opBinary, name: op, typ: Boolean, args: []*term{l, r}, where: n.Span}, err
	}
	lo, err := half(">=", args[1])
	if err != nil {
		return nil, err
	}
	hi, err := half("<=", args[2])
	if err != nil {
		return nil, err
	}
	both := &term{op: opBinary, name: "and", typ: Boolean, args: []*term{lo, hi}, where: n.Span}
	return not(n.Not, both), nil
}

func (c *checker) caseWhen(n *Case) (*term, error) {
	var operand *term
	var err error
	if n.Operand != nil {
		if operand, err = c.term(n.Operand); err != nil {
			return nil, err
		}
	}
	var conds, values []*term
	for _, w := range n.Whens {
		cond, err := c.term(w.If)
		if err != nil {
			return nil, err
		}
		if operand != nil {
			if isNullLiteral(cond) {
				return nil, nullCompared(cond.where)
			}
			l, r, err := comparing(operand, cond, cond.where)
			if err != nil {
				return nil, err
			}
			cond = &term{op: opBinary, name: "=", typ: Boolean, args: []*term{l, r}, where: cond.where}
		} else if err := need(cond, Boolean); err != nil {
			return nil, err
		}
		value, err := c.term(w.Then)
		if err != nil {
			return nil, err
		}
		conds, values = append(conds, cond), append(values, value)
	}
	last := &term{op: opLiteral, typ: Null, where: n.Span}
	if n.Else != nil {
		if last, err = c.term(n.Else); err != nil {
			return nil, err
		}
	}
	values = append(values, last)
	typ, factors, err := unify(values)
	if err != nil {
		return nil, err
	}
	t := &term{op: opCase, typ: typ, where: n.Span, factors: factors}
	for i, cond := range conds {
		t.args = append(t.args, cond, values[i])
	}
	t.args = append(t.args, values[len(conds)])
	return t, nil
}

// unify finds the type that all values fit and turns text literals into times
// where the others are times. It writes to the slice.
func unify(values []*term) (Type, int, error) {
	typ, factors := Null, 0
	for _, v := range values {
		if v.typ.IsTime() {
			typ = v.typ
			break
		}
	}
	if typ.IsTime() {
		for i, v := range values {
			t, err := asTime(v, typ)
			if err != nil {
				return typ, 0, err
			}
			values[i] = t
		}
	}
	for _, v := range values {
		factors = max(factors, v.factors)
		switch {
		case v.typ == Null || v.typ == typ:
		case typ == Null:
			typ = v.typ
		case typ.IsNumber() && v.typ.IsNumber():
			typ = wider(typ, v.typ)
		case typ.IsTime() && v.typ.IsTime():
			return typ, 0, dateOrTimestamp(v.where)
		default:
			return typ, 0, fail(v.where, "wrong_type", text.Text{
				ZH: "这些值的类型要一致：前面是{a}，这里是{b}", EN: "these values must be of one type: {a} before, {b} here"},
				"a", typeName(typ), "b", typeName(v.typ))
		}
	}
	return typ, factors, nil
}

func (c *checker) cast(n *Cast) (*term, error) {
	x, err := c.term(n.X)
	if err != nil {
		return nil, err
	}
	ok := x.typ == n.To || x.typ == Null || n.To == String
	switch n.To {
	case Integer:
		ok = ok || x.typ.IsNumber() || x.typ == Boolean || x.typ == String
	case Decimal, Float:
		ok = ok || x.typ.IsNumber() || x.typ == String
	case Boolean:
		ok = ok || x.typ == String
	case Date:
		ok = ok || x.typ == Timestamp || x.typ == String
	}
	if !ok {
		return nil, fail(n.Span, "wrong_type", text.Text{
			ZH: "{a}不能转换为{b}", EN: "{a} cannot be cast to {b}"}, "a", typeName(x.typ), "b", typeName(n.To))
	}
	if x.typ == n.To {
		return x, nil
	}
	if x.typ == Timestamp {
		x = &term{op: opLocal, typ: Timestamp, args: []*term{x}, where: x.where}
	}
	if n.To == Integer && (x.typ == Decimal || x.typ == Float) {
		x = &term{op: opCall, name: "round", typ: x.typ, where: x.where,
			args: []*term{x, {op: opLiteral, typ: Integer, val: int64(0), where: x.where}}}
	}
	t := &term{op: opCast, typ: n.To, args: []*term{x}, where: n.Span}
	if n.To == Decimal {
		t.factors = 1
	}
	return t, nil
}
