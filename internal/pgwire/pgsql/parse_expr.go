package pgsql

import (
	"strconv"

	"lodestar/internal/text"
)

// Binding powers, weakest first, as PostgreSQL has them.
const (
	powerOr = iota + 1
	powerAnd
	powerNot
	powerIs
	powerCompare
	powerLike
	powerOther
	powerAdd
	powerMultiply
	powerPower
	powerZone
	powerSign
)

func (p *parser) expressions() ([]Expr, error) {
	var out []Expr
	for {
		x, err := p.expression(0)
		if err != nil {
			return nil, err
		}
		out = append(out, x)
		if !p.accept(",") {
			return out, nil
		}
	}
}

func (p *parser) expression(power int) (Expr, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	left, err := p.prefix()
	for n := 0; err == nil; n++ {
		next := p.infixPower()
		if next <= power {
			return left, nil
		}
		if n > 5000 {
			return nil, Fail(StateTooComplex, p.tok().at, text.Text{ZH: "表达式太长", EN: "the expression is too long"})
		}
		left, err = p.infix(left, next)
	}
	return nil, err
}

func (p *parser) infixPower() int {
	t := p.tok()
	if t.kind == tokOperator {
		switch t.text {
		case "=", "<>", "<", ">", "<=", ">=":
			return powerCompare
		case "+", "-":
			return powerAdd
		case "*", "/", "%":
			return powerMultiply
		case "^":
			return powerPower
		}
		return powerOther
	}
	if t.kind != tokWord {
		return 0
	}
	switch t.text {
	case "or":
		return powerOr
	case "and":
		return powerAnd
	case "is", "isnull", "notnull":
		return powerIs
	case "in", "between", "like", "ilike", "similar":
		return powerLike
	case "not":
		if n := p.peek(1); n.kind == tokWord && (n.text == "in" || n.text == "between" || n.text == "like" || n.text == "ilike" || n.text == "similar") {
			return powerLike
		}
	case "operator":
		if p.peek(1).text == "(" {
			return powerOther
		}
	case "at":
		if p.word("at", "time", "zone") {
			return powerZone
		}
	case "collate":
		return powerSign + 1
	}
	return 0
}

func (p *parser) infix(left Expr, power int) (Expr, error) {
	switch power {
	case powerIs:
		return p.isTest(left)
	case powerLike:
		return p.like(left)
	case powerZone:
		at := p.here()
		p.at += 3
		zone, err := p.expression(powerZone)
		return &Call{At: at, Name: "timezone", Args: []Expr{zone, left}}, err
	case powerSign + 1:
		p.at++
		_, err := p.dotted()
		return left, err
	}
	t := p.advance()
	op := t.text
	if op == "operator" && t.kind == tokWord {
		var err error
		if op, err = p.operatorName(); err != nil {
			return nil, err
		}
	}
	if p.oneOf("any", "some", "all") && p.peek(1).text == "(" {
		return p.quantified(left, op, At(t.at))
	}
	right, err := p.expression(power)
	return &Binary{At(t.at), op, left, right}, err
}

// operatorName reads (schema.op) after OPERATOR.
func (p *parser) operatorName() (string, error) {
	if err := p.need("("); err != nil {
		return "", err
	}
	for p.tok().kind == tokWord || p.tok().kind == tokQuoted {
		p.at++
		if err := p.need("."); err != nil {
			return "", err
		}
	}
	t := p.advance()
	if t.kind != tokOperator {
		p.at--
		return "", p.expected("an operator / 运算符")
	}
	return t.text, p.need(")")
}

func (p *parser) quantified(left Expr, op string, at At) (Expr, error) {
	q := &Quantified{At: at, Op: op, X: left, All: p.tok().text == "all"}
	p.at++
	var err error
	if p.opensQuery() {
		p.at++
		q.Sub, err = p.query()
	} else {
		p.at++
		q.Y, err = p.expression(0)
	}
	if err != nil {
		return nil, err
	}
	return q, p.need(")")
}

func (p *parser) isTest(left Expr) (Expr, error) {
	n := &Is{At: p.here(), X: left, What: "null"}
	switch t := p.advance(); t.text {
	case "isnull":
		return n, nil
	case "notnull":
		n.Not = true
		return n, nil
	}
	n.Not = p.acceptWord("not")
	switch {
	case p.oneOf("null", "true", "false", "unknown"):
		n.What = p.advance().text
	case p.acceptWord("distinct", "from"):
		n.What = "distinct"
		var err error
		n.Y, err = p.expression(powerCompare)
		return n, err
	default:
		return nil, p.expected("NULL, TRUE, FALSE")
	}
	return n, nil
}

func (p *parser) like(left Expr) (Expr, error) {
	at := p.here()
	not := p.acceptWord("not")
	switch word := p.advance().text; word {
	case "in":
		n := &In{At: at, X: left, Not: not}
		var err error
		if p.opensQuery() {
			p.at++
			n.Sub, err = p.query()
		} else if err = p.need("("); err == nil {
			n.List, err = p.expressions()
		}
		if err != nil {
			return nil, err
		}
		return n, p.need(")")
	case "between":
		p.acceptWord("symmetric")
		lo, err := p.expression(powerLike)
		if err != nil {
			return nil, err
		}
		if err := p.needWord("and"); err != nil {
			return nil, err
		}
		hi, err := p.expression(powerLike)
		return &Between{at, left, lo, hi, not}, err
	default:
		if word == "similar" {
			if err := p.needWord("to"); err != nil {
				return nil, err
			}
		}
		n := &Like{At: at, Kind: word, X: left, Not: not}
		if p.oneOf("any", "all", "some") && p.peek(1).text == "(" {
			op := map[bool]string{false: "~~", true: "!~~"}[not]
			if word == "ilike" {
				op += "*"
			}
			return p.quantified(left, op, at)
		}
		var err error
		if n.Pattern, err = p.expression(powerLike); err != nil {
			return nil, err
		}
		if p.acceptWord("escape") {
			n.Escape, err = p.expression(powerLike)
		}
		return n, err
	}
}

func (p *parser) prefix() (Expr, error) {
	t := p.tok()
	switch {
	case p.word("not"):
		p.at++
		x, err := p.expression(powerNot)
		return &Unary{At(t.at), "not", x}, err
	case t.kind == tokOperator && t.text != "*":
		p.at++
		x, err := p.expression(powerSign)
		return &Unary{At(t.at), t.text, x}, err
	}
	return p.primary()
}

// primary reads a value and what may be hung on it: ::type, [i], .field.
func (p *parser) primary() (Expr, error) {
	bracket := p.is("(")
	x, err := p.atom()
	for err == nil {
		switch {
		case p.is("::"):
			at := p.here()
			p.at++
			var to Type
			to, err = p.typeName()
			x = &Cast{at, x, to}
		case p.is("["):
			at := p.here()
			p.at++
			var i Expr
			if i, err = p.expression(0); err != nil {
				return nil, err
			}
			if p.accept(":") {
				return nil, Unsupported(int(at), text.Text{ZH: "数组切片", EN: "slicing an array"})
			}
			x = &Index{at, x, i}
			err = p.need("]")
		case p.is(".") && bracket:
			at := p.here()
			p.at++
			if p.accept("*") {
				x = &Field{at, x, "*"}
				break
			}
			var id Ident
			id, err = p.label()
			x = &Field{at, x, id.Name}
		default:
			return x, nil
		}
	}
	return nil, err
}

func (p *parser) atom() (Expr, error) {
	t := p.tok()
	at := At(t.at)
	switch t.kind {
	case tokNumber:
		p.at++
		return &Number{at, t.text}, nil
	case tokText:
		p.at++
		s := t.text
		for p.tok().kind == tokText { // 'a' 'b' is one text
			s += p.advance().text
		}
		return &Text{at, s}, nil
	case tokParam:
		n, err := strconv.Atoi(t.text)
		if err != nil || n < 1 || n > 65535 {
			return nil, Fail(StateNoParameter, t.at, text.Text{ZH: "没有参数 ${n}", EN: "there is no parameter ${n}"}, "n", t.text)
		}
		p.at++
		return &Param{at, n}, nil
	case tokMark:
		if t.text == "(" {
			return p.bracket()
		}
	case tokWord:
		if x, err := p.special(t); x != nil || err != nil {
			return x, err
		}
		return p.named()
	case tokQuoted:
		return p.named()
	}
	return nil, p.unexpected()
}

func (p *parser) bracket() (Expr, error) {
	at := p.here()
	if p.opensQuery() {
		p.at++
		s, err := p.query()
		if err != nil {
			return nil, err
		}
		return &Sub{at, "", s}, p.need(")")
	}
	p.at++
	list, err := p.expressions()
	if err != nil {
		return nil, err
	}
	if err := p.need(")"); err != nil {
		return nil, err
	}
	if len(list) == 1 {
		return list[0], nil
	}
	return &Row{at, list}, nil
}

// named reads a column, table.*, a function call or type 'text'.
func (p *parser) named() (Expr, error) {
	start := p.at
	at := p.here()
	first, err := p.ident()
	if err != nil {
		return nil, err
	}
	parts := []Ident{first}
	for p.is(".") {
		p.at++
		if p.accept("*") {
			return &Star{at, parts}, nil
		}
		id, err := p.label()
		if err != nil {
			return nil, err
		}
		parts = append(parts, id)
	}
	if p.is("(") {
		return p.call(parts)
	}
	if p.tok().kind == tokText && !first.Quoted {
		p.at = start
		to, err := p.typeName()
		if err != nil {
			return nil, err
		}
		lit, err := p.atom()
		if err != nil {
			return nil, err
		}
		if to.Name == "interval" {
			p.intervalUnit(lit)
		}
		return &Cast{at, lit, to}, nil
	}
	// double precision '…' and timestamp with time zone '…'
	if typeStart(first.Name) && len(parts) == 1 && !first.Quoted && (p.oneOf("precision", "with", "without", "varying")) {
		save := p.at
		p.at = start
		if to, err := p.typeName(); err == nil && p.tok().kind == tokText {
			lit, err := p.atom()
			return &Cast{at, lit, to}, err
		}
		p.at = save
	}
	return &Column{at, parts}, nil
}

// intervalUnit takes the unit of interval '3' day into the text.
func (p *parser) intervalUnit(lit Expr) {
	if t, ok := lit.(*Text); ok && p.oneOf("year", "month", "day", "hour", "minute", "second", "week") {
		t.Value += " " + p.advance().text
	}
}

func (p *parser) call(name []Ident) (*Call, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	c := &Call{At: name[0].At, Name: lower(name[len(name)-1].Name)}
	if err := p.need("("); err != nil {
		return nil, err
	}
	if handled, err := p.oddArguments(c); err != nil || handled {
		if err != nil {
			return nil, err
		}
	} else if err := p.arguments(c); err != nil {
		return nil, err
	}
	if p.acceptWord("within", "group") {
		return nil, Unsupported(c.Pos(), text.Same("WITHIN GROUP"))
	}
	if p.word("filter") && p.peek(1).text == "(" {
		p.at += 2
		if err := p.needWord("where"); err != nil {
			return nil, err
		}
		x, err := p.expression(0)
		if err != nil {
			return nil, err
		}
		c.Filter = x
		if err := p.need(")"); err != nil {
			return nil, err
		}
	}
	if p.acceptWord("over") {
		if p.is("(") {
			w, err := p.window()
			c.Over = w
			return c, err
		}
		if _, err := p.ident(); err != nil {
			return nil, err
		}
		c.Over = &Window{Framed: true}
	}
	return c, nil
}

func (p *parser) arguments(c *Call) error {
	if p.accept(")") {
		return nil
	}
	if p.is("*") && p.peek(1).text == ")" {
		p.at += 2
		c.Star = true
		return nil
	}
	if p.acceptWord("distinct") {
		c.Distinct = true
	} else {
		p.acceptWord("all")
	}
	for {
		p.acceptWord("variadic")
		if t := p.tok(); (t.kind == tokWord || t.kind == tokQuoted) && (p.peek(1).text == "=>" || p.peek(1).text == ":=") {
			p.at += 2 // name => value: by position here
		}
		x, err := p.expression(0)
		if err != nil {
			return err
		}
		c.Args = append(c.Args, x)
		if !p.accept(",") {
			break
		}
	}
	if p.acceptWord("order", "by") {
		o, err := p.orders()
		if err != nil {
			return err
		}
		c.OrderBy = o
	}
	return p.need(")")
}

func (p *parser) window() (*Window, error) {
	if err := p.need("("); err != nil {
		return nil, err
	}
	w := &Window{}
	var err error
	if p.tok().kind == tokWord && !p.oneOf("partition", "order", "rows", "range", "groups") {
		p.at++
		w.Framed = true
	}
	if p.acceptWord("partition", "by") {
		if w.PartitionBy, err = p.expressions(); err != nil {
			return nil, err
		}
	}
	if p.acceptWord("order", "by") {
		if w.OrderBy, err = p.orders(); err != nil {
			return nil, err
		}
	}
	for p.oneOf("rows", "range", "groups", "between", "unbounded", "preceding", "following", "current", "row", "and") || p.tok().kind == tokNumber {
		w.Framed = true
		p.at++
	}
	return w, p.need(")")
}
