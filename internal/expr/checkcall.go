package expr

import "lodestar/internal/text"

func (c *checker) call(n *Call) (*term, error) {
	f, ok := findFunction(n.Function)
	if !ok {
		return nil, fail(n.Span, "unknown_function", text.Text{
			ZH: "没有名为 {name} 的函数", EN: "no function named {name}"}, "name", n.Function).
			suggest(n.Function, functionNames())
	}
	if len(n.Args) < len(f.params)-f.optional || len(n.Args) > len(f.params) && !f.variadic {
		return nil, fail(n.Span, "wrong_arguments", text.Text{
			ZH: "参数个数不对，写法是 {s}", EN: "wrong number of arguments; write {s}"}, "s", f.Signature)
	}
	args, err := c.terms(n.Args)
	if err != nil {
		return nil, err
	}
	class := func(i int) class { return f.params[min(i, len(f.params)-1)] }
	for i := range args {
		if args[i], err = fit(args[i], class(i), n.Args[i]); err != nil {
			return nil, err
		}
	}
	return build(f, n, args)
}

// fit checks one argument and coerces it.
func fit(t *term, want class, n Node) (*term, error) {
	switch want {
	case number:
		return t, needNumber(t)
	case whole:
		return t, need(t, Integer)
	case wholeFix:
		if _, ok := literalInt(t); !ok {
			return t, fail(t.where, "wrong_arguments", text.Text{
				ZH: "小数位数要直接写成整数", EN: "the number of decimals must be written as an integer"})
		}
		return t, nil
	case textual:
		return t, need(t, String)
	case condition:
		return t, need(t, Boolean)
	case moment, instant:
		return fitMoment(t, want)
	case unitName:
		switch s, _ := n.(*Text); {
		case s == nil:
		case s.Value == "day", s.Value == "week", s.Value == "month", s.Value == "quarter", s.Value == "year":
			return t, nil
		}
		return t, fail(t.where, "wrong_arguments", text.Text{
			ZH: "周期要写 'day'、'week'、'month'、'quarter' 或 'year'",
			EN: "the period must be 'day', 'week', 'month', 'quarter' or 'year'"})
	}
	return t, nil
}

// fitMoment wraps timestamps so that functions see local time.
func fitMoment(t *term, want class) (*term, error) {
	t, err := asTime(t, Timestamp)
	if err != nil {
		return t, err
	}
	switch {
	case t.typ == Null, t.typ == Date && want == moment:
		return t, nil
	case t.typ == Timestamp:
		return &term{op: opLocal, typ: Timestamp, args: []*term{t}, where: t.where}, nil
	}
	if want == instant {
		return t, need(t, Timestamp)
	}
	return t, need(t, Date)
}

// literalInt gives the value of an integer literal, perhaps negated.
func literalInt(t *term) (int64, bool) {
	if t.op == opNegate {
		v, ok := literalInt(t.args[0])
		return -v, ok
	}
	v, ok := t.val.(int64)
	return v, ok && t.op == opLiteral
}

func build(f Function, n *Call, args []*term) (*term, error) {
	t := &term{op: opCall, name: f.Name, typ: f.result, args: args, where: n.Span}
	for _, a := range args {
		t.factors = max(t.factors, a.factors)
	}
	switch f.result {
	case sameAsFirst:
		t.typ = args[0].typ
	case common:
		values := args
		if f.Name == "if" {
			values = args[1:]
		}
		typ, factors, err := unify(values)
		if err != nil {
			return nil, err
		}
		t.typ, t.factors = typ, factors
		if typ == Boolean && (f.Name == "greatest" || f.Name == "least") {
			return nil, fail(n.Span, "wrong_type", text.Text{ZH: "真假值不能比大小", EN: "true and false have no order"})
		}
	}
	switch f.Name {
	case "if":
		t.op = opCase
	case "nullif":
		return nullif(t)
	case "date":
		return dateOf(args[0], n.Span), nil
	case "days_between":
		t.args = []*term{dateOf(args[0], n.Span), dateOf(args[1], n.Span)}
	case "date_trunc":
		t.name = "trunc_" + args[0].val.(string)
		t.args = args[1:]
	case "round":
		if len(args) == 1 {
			t.args = append(t.args, &term{op: opLiteral, typ: Integer, val: int64(0), where: n.Span})
		}
	case "left", "right":
		t.args[1] = atLeast(args[1], 0)
	case "substr":
		t.args[1] = atLeast(args[1], 1)
		if len(args) == 3 {
			t.args[2] = atLeast(args[2], 0)
		}
	}
	return t, nil
}

// nullif compares like =; the first argument is what remains.
func nullif(t *term) (*term, error) {
	l, r, err := comparing(t.args[0], t.args[1], t.where)
	if err != nil {
		return nil, err
	}
	if l.op == opLocal && t.args[0].op != opLocal || l.op == opMidnight {
		return nil, dateOrTimestamp(t.where)
	}
	t.args, t.typ = []*term{l, r}, l.typ
	return t, nil
}

// dateOf is the day of a date (itself) or of a local timestamp.
func dateOf(t *term, at Span) *term {
	if t.typ == Date {
		return t
	}
	return &term{op: opCall, name: "date", typ: Date, args: []*term{t}, where: at}
}

// atLeast keeps a count or position from going below least; NULL stays NULL.
func atLeast(t *term, least int64) *term {
	if v, ok := literalInt(t); ok {
		return &term{op: opLiteral, typ: Integer, val: max(v, least), where: t.where}
	}
	bound := &term{op: opLiteral, typ: Integer, val: least, where: t.where}
	below := &term{op: opBinary, name: "<", typ: Boolean, args: []*term{t, bound}, where: t.where}
	return &term{op: opCase, typ: Integer, args: []*term{below, bound, t}, where: t.where}
}
