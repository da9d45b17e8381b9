package expr

import (
	"lodestar/internal/text"
)

// Parse reads an expression. The error is an *Error.
func Parse(src string) (Node, error) {
	toks, err := lex(src)
	if err != nil {
		return nil, err
	}
	p := parser{toks: toks}
	n, err := p.expression(0)
	if err == nil && p.tok().kind != tokEnd {
		err = p.unexpected()
	}
	if err != nil {
		return nil, err
	}
	return n.node, nil
}

// parser is a Pratt parser: expression(power) reads operators that bind
// stronger than power.
type parser struct {
	toks  []token
	at    int
	depth int
}

// tree is a node with its height, which is limited.
type tree struct {
	node   Node
	height int
}

// Binding powers, weakest first.
const (
	powerOr = iota + 1
	powerAnd
	powerNot
	powerCompare
	powerConcat
	powerAdd
	powerMultiply
	powerMinus
)

func (p *parser) tok() token { return p.toks[p.at] }

func (p *parser) advance() token {
	t := p.toks[p.at]
	if t.kind != tokEnd {
		p.at++
	}
	return t
}

func (p *parser) isSymbol(s string) bool { return p.tok().kind == tokSymbol && p.tok().text == s }
func (p *parser) isWord(s string) bool   { return p.tok().word == s }

func (p *parser) acceptSymbol(s string) bool {
	if p.isSymbol(s) {
		p.at++
		return true
	}
	return false
}

func (p *parser) acceptWord(s string) bool {
	if p.isWord(s) {
		p.at++
		return true
	}
	return false
}

func (p *parser) needSymbol(s string) *Error {
	if p.acceptSymbol(s) {
		return nil
	}
	return p.expected(s)
}

func (p *parser) needWord(s string) *Error {
	if p.acceptWord(s) {
		return nil
	}
	return p.expected(s)
}

func (p *parser) expected(s string) *Error {
	t := p.tok()
	if t.kind == tokEnd {
		return fail(t.Span, "syntax", text.Text{ZH: "表达式没有写完，缺少 {s}", EN: "the expression ends too early; {s} is missing"}, "s", s)
	}
	return fail(t.Span, "syntax", text.Text{ZH: "这里应为 {s}，而不是 {t}", EN: "expected {s}, not {t}"}, "s", s, "t", shown(t))
}

func (p *parser) unexpected() *Error {
	t := p.tok()
	if t.kind == tokEnd {
		return fail(t.Span, "syntax", text.Text{ZH: "表达式没有写完", EN: "the expression ends too early"})
	}
	return fail(t.Span, "syntax", text.Text{ZH: "这里不该有 {t}", EN: "{t} is not expected here"}, "t", shown(t))
}

func shown(t token) string {
	s := []rune(t.text)
	if len(s) > 30 {
		s = append(s[:30], '…')
	}
	if t.kind == tokText {
		return "'" + string(s) + "'"
	}
	return string(s)
}

// grow makes a tree over its parts, whose height counts.
func (p *parser) grow(n Node, parts ...tree) (tree, *Error) {
	h := 0
	for _, t := range parts {
		h = max(h, t.height)
	}
	if h+1 > maxDepth {
		return tree{}, tooDeep(n.Where())
	}
	return tree{n, h + 1}, nil
}

func tooDeep(at Span) *Error {
	return fail(at, "too_deep", text.Text{
		ZH: "表达式嵌套太深：最多 {max} 层", EN: "the expression is nested too deeply: at most {max} levels"}, "max", maxDepth)
}

func (p *parser) expression(power int) (tree, *Error) {
	p.depth++
	defer func() { p.depth-- }()
	if p.depth > maxDepth {
		return tree{}, tooDeep(p.tok().Span)
	}
	left, err := p.prefix()
	for err == nil {
		next := p.infixPower()
		if next <= power {
			return left, nil
		}
		left, err = p.infix(left, next)
	}
	return tree{}, err
}

// infixPower is the binding power of the operator at hand, 0 for none.
func (p *parser) infixPower() int {
	t := p.tok()
	if t.kind == tokSymbol {
		switch t.text {
		case "*", "/", "%":
			return powerMultiply
		case "+", "-":
			return powerAdd
		case "||":
			return powerConcat
		case "=", "<>", "<", "<=", ">", ">=":
			return powerCompare
		}
		return 0
	}
	switch t.word {
	case "or":
		return powerOr
	case "and":
		return powerAnd
	case "is", "in", "between", "like", "not":
		return powerCompare
	}
	return 0
}

func (p *parser) infix(left tree, power int) (tree, *Error) {
	if power == powerCompare {
		out, err := p.comparison(left)
		if err == nil && p.infixPower() == powerCompare {
			return tree{}, fail(p.tok().Span, "syntax", text.Text{
				ZH: "比较不能连写，请用 and 连接或加括号", EN: "comparisons do not chain; join them with and, or use brackets"})
		}
		return out, err
	}
	t := p.advance()
	op := t.text
	if t.kind == tokName {
		op = t.word
	}
	right, err := p.expression(power)
	if err != nil {
		return tree{}, err
	}
	return p.grow(&Binary{join(left, right), op, left.node, right.node}, left, right)
}

func join(a, b tree) Span { return Span{a.node.Where().Offset, b.node.Where().End} }

// since spans from the start of a node to the last token read.
func (p *parser) since(offset int) Span { return Span{offset, p.toks[p.at-1].End} }

func (p *parser) comparison(left tree) (tree, *Error) {
	start := left.node.Where().Offset
	if p.tok().kind == tokSymbol {
		op := p.advance().text
		right, err := p.expression(powerCompare)
		if err != nil {
			return tree{}, err
		}
		return p.grow(&Binary{join(left, right), op, left.node, right.node}, left, right)
	}
	if p.acceptWord("is") {
		not := p.acceptWord("not")
		if err := p.needWord("null"); err != nil {
			return tree{}, err
		}
		return p.grow(&IsNull{p.since(start), left.node, not}, left)
	}
	not := p.acceptWord("not")
	switch {
	case p.acceptWord("in"):
		return p.in(left, start, not)
	case p.acceptWord("between"):
		lo, err := p.expression(powerCompare)
		if err != nil {
			return tree{}, err
		}
		if err := p.needWord("and"); err != nil {
			return tree{}, err
		}
		hi, err := p.expression(powerCompare)
		if err != nil {
			return tree{}, err
		}
		return p.grow(&Between{p.since(start), left.node, lo.node, hi.node, not}, left, lo, hi)
	case p.acceptWord("like"):
		pattern, err := p.expression(powerCompare)
		if err != nil {
			return tree{}, err
		}
		return p.grow(&Like{p.since(start), left.node, pattern.node, not}, left, pattern)
	}
	return tree{}, p.expected("in, between, like")
}

func (p *parser) in(left tree, start int, not bool) (tree, *Error) {
	if err := p.needSymbol("("); err != nil {
		return tree{}, err
	}
	items, err := p.list()
	if err != nil {
		return tree{}, err
	}
	if len(items) == 0 {
		return tree{}, p.expected("a value / 值")
	}
	if err := p.needSymbol(")"); err != nil {
		return tree{}, err
	}
	return p.grow(&In{p.since(start), left.node, nodes(items), not}, append(items, left)...)
}

// list reads expressions up to a closing bracket, which it leaves.
func (p *parser) list() ([]tree, *Error) {
	var out []tree
	if p.isSymbol(")") {
		return nil, nil
	}
	for {
		t, err := p.expression(0)
		if err != nil {
			return nil, err
		}
		out = append(out, t)
		if !p.acceptSymbol(",") {
			return out, nil
		}
	}
}

func nodes(trees []tree) []Node {
	out := make([]Node, len(trees))
	for i, t := range trees {
		out[i] = t.node
	}
	return out
}

func (p *parser) prefix() (tree, *Error) {
	t := p.tok()
	switch t.kind {
	case tokNumber:
		p.at++
		if err := checkNumber(t); err != nil {
			return tree{}, err
		}
		return tree{&Number{t.Span, t.text}, 1}, nil
	case tokText:
		p.at++
		return tree{&Text{t.Span, t.text}, 1}, nil
	case tokQuoted:
		return p.name()
	case tokName:
		return p.word()
	case tokSymbol:
		switch t.text {
		case "(":
			p.at++
			inner, err := p.expression(0)
			if err != nil {
				return tree{}, err
			}
			return inner, p.needSymbol(")")
		case "-":
			return p.unary("-", powerMinus)
		}
	}
	return tree{}, p.unexpected()
}

func (p *parser) unary(op string, power int) (tree, *Error) {
	start := p.advance().Offset
	x, err := p.expression(power)
	if err != nil {
		return tree{}, err
	}
	return p.grow(&Unary{Span{start, x.node.Where().End}, op, x.node}, x)
}

func (p *parser) word() (tree, *Error) {
	t := p.tok()
	next := p.toks[p.at+1]
	switch t.word {
	case "true", "false":
		p.at++
		return tree{&Bool{t.Span, t.word == "true"}, 1}, nil
	case "null":
		p.at++
		return tree{&None{t.Span}, 1}, nil
	case "not":
		return p.unary("not", powerNot)
	case "case":
		return p.caseWhen()
	case "date", "timestamp":
		if next.kind == tokText {
			p.at += 2
			m := &Moment{Span{t.Offset, next.End}, Type(t.word), next.text}
			if _, _, ok := parseMoment(m.Type, m.Value); !ok {
				return tree{}, badMoment(next.Span, m.Type, m.Value)
			}
			return tree{m, 1}, nil
		}
	}
	if isKeyword(t.word) {
		return tree{}, p.unexpected()
	}
	if next.kind == tokSymbol && next.text == "(" {
		return p.call()
	}
	return p.name()
}

func (p *parser) name() (tree, *Error) {
	start := p.tok().Offset
	var parts []string
	for {
		t := p.tok()
		if t.kind != tokQuoted && (t.kind != tokName || isKeyword(t.word)) {
			return tree{}, p.expected("a name / 名称")
		}
		p.at++
		parts = append(parts, t.text)
		if !p.acceptSymbol(".") {
			return tree{&Name{p.since(start), parts}, 1}, nil
		}
	}
}

func (p *parser) call() (tree, *Error) {
	t := p.advance()
	p.at++ // the bracket
	if t.word == "cast" || t.word == "try_cast" {
		return p.cast(t)
	}
	if _, ok := findFunction(t.word); !ok {
		return tree{}, fail(t.Span, "unknown_function", text.Text{
			ZH: "没有名为 {name} 的函数", EN: "no function named {name}"}, "name", t.text).suggest(t.word, functionNames())
	}
	args, err := p.list()
	if err != nil {
		return tree{}, err
	}
	if err := p.needSymbol(")"); err != nil {
		return tree{}, err
	}
	return p.grow(&Call{p.since(t.Offset), t.word, nodes(args)}, args...)
}

func (p *parser) cast(t token) (tree, *Error) {
	x, err := p.expression(0)
	if err != nil {
		return tree{}, err
	}
	if err := p.needWord("as"); err != nil {
		return tree{}, err
	}
	to := p.tok()
	types := []string{"string", "integer", "decimal", "float", "boolean", "date"}
	for _, name := range types {
		if to.word == name {
			p.at++
			if err := p.needSymbol(")"); err != nil {
				return tree{}, err
			}
			return p.grow(&Cast{p.since(t.Offset), x.node, Type(name), t.word == "try_cast"}, x)
		}
	}
	if to.kind != tokName {
		return tree{}, p.expected("a type / 类型")
	}
	return tree{}, fail(to.Span, "wrong_type", text.Text{
		ZH: "不能转换为 {t}；可用的类型有 string integer decimal float boolean date",
		EN: "cannot cast to {t}; the types are string integer decimal float boolean date"}, "t", to.text).suggest(to.word, types)
}

func (p *parser) caseWhen() (tree, *Error) {
	start := p.advance().Offset
	c := &Case{}
	var parts []tree
	read := func() (Node, *Error) {
		t, err := p.expression(0)
		parts = append(parts, t)
		return t.node, err
	}
	var err *Error
	if !p.isWord("when") {
		if c.Operand, err = read(); err != nil {
			return tree{}, err
		}
	}
	for p.acceptWord("when") {
		var w When
		if w.If, err = read(); err != nil {
			return tree{}, err
		}
		if err = p.needWord("then"); err != nil {
			return tree{}, err
		}
		if w.Then, err = read(); err != nil {
			return tree{}, err
		}
		c.Whens = append(c.Whens, w)
	}
	if len(c.Whens) == 0 {
		return tree{}, p.expected("when")
	}
	if p.acceptWord("else") {
		if c.Else, err = read(); err != nil {
			return tree{}, err
		}
	}
	if err = p.needWord("end"); err != nil {
		return tree{}, err
	}
	c.Span = p.since(start)
	return p.grow(c, parts...)
}
