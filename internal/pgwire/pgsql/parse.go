package pgsql

import (
	"strconv"
	"strings"

	"lodestar/internal/text"
)

// maxDepth bounds nesting.
const maxDepth = 150

// Parsed is a statement with its place in the text it was read from.
type Parsed struct {
	Statement Statement
	Start     int
	End       int // exclusive, without the semicolon
	Params    int // the largest N of its $N
}

// Parse reads all statements of a text, separated by semicolons. The error is
// an *Error.
func Parse(src string) ([]Parsed, error) {
	toks, err := lex(src)
	if err != nil {
		return nil, err
	}
	p := &parser{src: src, toks: toks}
	var out []Parsed
	for {
		for p.accept(";") {
		}
		if p.tok().kind == tokEnd {
			return out, nil
		}
		start, first := p.tok().at, p.at
		s, err := p.statement()
		if err != nil {
			return nil, err
		}
		if p.tok().kind != tokEnd && !p.is(";") {
			return nil, p.unexpected()
		}
		out = append(out, Parsed{s, start, p.toks[p.at-1].end, params(p.toks[first:p.at])})
	}
}

func params(toks []token) int {
	n := 0
	for _, t := range toks {
		if t.kind == tokParam {
			if k, err := strconv.Atoi(t.text); err == nil && k <= 65535 {
				n = max(n, k)
			}
		}
	}
	return n
}

type parser struct {
	src   string
	toks  []token
	at    int
	depth int
}

func (p *parser) tok() token { return p.toks[p.at] }

func (p *parser) peek(n int) token {
	if p.at+n < len(p.toks) {
		return p.toks[p.at+n]
	}
	return p.toks[len(p.toks)-1]
}

func (p *parser) advance() token {
	t := p.toks[p.at]
	if t.kind != tokEnd {
		p.at++
	}
	return t
}

func (p *parser) here() At { return At(p.tok().at) }

// is reports whether a mark or operator is next.
func (p *parser) is(s string) bool {
	t := p.tok()
	return (t.kind == tokMark || t.kind == tokOperator) && t.text == s
}

func (p *parser) accept(s string) bool {
	if p.is(s) {
		p.at++
		return true
	}
	return false
}

func (p *parser) need(s string) error {
	if p.accept(s) {
		return nil
	}
	return p.expected(s)
}

// word reports whether these words are next, in this order.
func (p *parser) word(words ...string) bool {
	for i, w := range words {
		if t := p.peek(i); t.kind != tokWord || t.text != w {
			return false
		}
	}
	return true
}

func (p *parser) oneOf(words ...string) bool {
	t := p.tok()
	if t.kind == tokWord {
		for _, w := range words {
			if t.text == w {
				return true
			}
		}
	}
	return false
}

func (p *parser) acceptWord(words ...string) bool {
	if p.word(words...) {
		p.at += len(words)
		return true
	}
	return false
}

func (p *parser) needWord(w string) error {
	if p.acceptWord(w) {
		return nil
	}
	return p.expected(strings.ToUpper(w))
}

func (p *parser) expected(s string) error {
	t := p.tok()
	if t.kind == tokEnd {
		return Fail(StateSyntax, t.at, text.Text{ZH: "语句没有写完，缺少 {s}", EN: "the statement ends too early; {s} is missing"}, "s", s)
	}
	return Fail(StateSyntax, t.at, text.Text{ZH: "这里应为 {s}，而不是 {t}", EN: "expected {s}, not {t}"}, "s", s, "t", p.shown(t))
}

func (p *parser) unexpected() error {
	t := p.tok()
	if t.kind == tokEnd {
		return Fail(StateSyntax, t.at, text.Text{ZH: "语句没有写完", EN: "the statement ends too early"})
	}
	return Fail(StateSyntax, t.at, text.Text{ZH: "这里不该有 {t}", EN: "{t} is not expected here"}, "t", p.shown(t))
}

func (p *parser) shown(t token) string {
	s := []rune(p.src[t.at:t.end])
	if len(s) > 30 {
		s = append(s[:30], '…')
	}
	return string(s)
}

func (p *parser) enter() error {
	p.depth++
	if p.depth > maxDepth {
		return Fail(StateTooComplex, p.tok().at, text.Text{
			ZH: "语句嵌套太深：最多 {n} 层", EN: "the statement is nested too deeply: at most {n} levels"}, "n", maxDepth)
	}
	return nil
}

func (p *parser) leave() { p.depth-- }

// ident reads a name; reserved words need quotes.
func (p *parser) ident() (Ident, error) {
	t := p.tok()
	if t.kind == tokQuoted || t.kind == tokWord && !reserved(t.text) {
		p.at++
		return Ident{At(t.at), t.text, t.kind == tokQuoted}, nil
	}
	return Ident{}, p.expected("a name / 名称")
}

// label reads a name where any word will do, as after AS or a dot.
func (p *parser) label() (Ident, error) {
	t := p.tok()
	if t.kind == tokQuoted || t.kind == tokWord {
		p.at++
		return Ident{At(t.at), t.text, t.kind == tokQuoted}, nil
	}
	return Ident{}, p.expected("a name / 名称")
}

// dotted reads a.b.c.
func (p *parser) dotted() ([]Ident, error) {
	first, err := p.ident()
	out := []Ident{first}
	for err == nil && p.accept(".") {
		var next Ident
		next, err = p.label()
		out = append(out, next)
	}
	return out, err
}

func (p *parser) idents() ([]Ident, error) {
	if err := p.need("("); err != nil {
		return nil, err
	}
	var out []Ident
	for {
		id, err := p.label()
		if err != nil {
			return nil, err
		}
		out = append(out, id)
		if !p.accept(",") {
			return out, p.need(")")
		}
	}
}

// integer reads a whole number that is written out.
func (p *parser) integer() (int, error) {
	sign := 1
	if p.accept("-") {
		sign = -1
	}
	t := p.tok()
	if t.kind != tokNumber {
		return 0, p.expected("a number / 数字")
	}
	n, err := strconv.Atoi(t.text)
	if err != nil {
		return 0, Fail(StateBadValue, t.at, text.Text{ZH: "{n} 不是可用的整数", EN: "{n} is no usable whole number"}, "n", t.text)
	}
	p.at++
	return sign * n, nil
}

// reservedWords cannot be names without quotes.
const reservedWords = ` all and any array as asc between both case cast collate cross current_catalog current_date
 current_role current_time current_timestamp current_user default desc distinct else end except exists false fetch
 for from full group having ilike in inner intersect into is isnull join lateral leading left like limit localtime
 localtimestamp natural not notnull null offset on or order right returning select session_user similar some
 table then trailing true union unique user using when where window with `

var reservedSet = func() map[string]bool {
	out := map[string]bool{}
	for w := range strings.FieldsSeq(reservedWords) {
		out[w] = true
	}
	return out
}()

func reserved(w string) bool { return reservedSet[w] }
