package expr

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"lodestar/internal/text"
)

// Limits on what people may write; a definition near them is a mistake or an
// attack.
const (
	maxSource = 1 << 17 // bytes
	maxDepth  = 400     // nesting, also of a + b + c + …; engines stop near 1,000
)

type kind int

const (
	tokEnd kind = iota
	tokName
	tokQuoted // `…`
	tokNumber
	tokText
	tokSymbol
)

// token is a piece of source; text is lower-cased for names in word, and
// without quotes for quoted names and texts.
type token struct {
	Span
	kind kind
	text string
	word string // lower case, for keywords; "" unless tokName
}

// keywords cannot be names unless back-quoted.
const keywords = " and or not in is null like between case when then else end true false "

// Keywords lists the words that expressions are built of besides names and
// functions, for completion.
func Keywords() []string {
	return append(strings.Fields(keywords), "date", "timestamp", "cast", "try_cast")
}

func isKeyword(word string) bool { return strings.Contains(keywords, " "+word+" ") }

func isNameStart(r rune) bool { return r == '_' || unicode.IsLetter(r) }

func isNamePart(r rune) bool {
	return isNameStart(r) || unicode.IsDigit(r) || unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Mc, r)
}

// lex splits the source into tokens; the last is tokEnd.
func lex(source string) ([]token, *Error) {
	if len(source) > maxSource {
		return nil, fail(Span{0, 0}, "too_long", text.Text{
			ZH: "表达式太长：最多 {max} 字节", EN: "the expression is too long: at most {max} bytes"}, "max", maxSource)
	}
	if !utf8.ValidString(source) || strings.ContainsRune(source, 0) {
		return nil, fail(Span{0, 0}, "syntax", text.Text{
			ZH: "表达式不是有效的 UTF-8 文本", EN: "the expression is not valid UTF-8 text"})
	}
	l := lexer{src: []rune(source)}
	var out []token
	for {
		t, err := l.next()
		if err != nil {
			return nil, err
		}
		out = append(out, t)
		if t.kind == tokEnd {
			return out, nil
		}
	}
}

type lexer struct {
	src []rune
	at  int
}

func (l *lexer) peek(n int) rune {
	if l.at+n < len(l.src) {
		return l.src[l.at+n]
	}
	return 0
}

func (l *lexer) next() (token, *Error) {
	for l.at < len(l.src) && unicode.IsSpace(l.src[l.at]) {
		l.at++
	}
	start := l.at
	if start == len(l.src) {
		return token{Span: Span{start, start}}, nil
	}
	r := l.src[start]
	switch {
	case isNameStart(r):
		for l.at < len(l.src) && isNamePart(l.src[l.at]) {
			l.at++
		}
		s := string(l.src[start:l.at])
		return token{Span{start, l.at}, tokName, s, strings.ToLower(s)}, nil
	case r >= '0' && r <= '9', r == '.' && isDigit(l.peek(1)):
		return l.number()
	case r == '\'':
		return l.quoted('\'', tokText)
	case r == '`':
		return l.quoted('`', tokQuoted)
	}
	return l.symbol()
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' }

func (l *lexer) digits() {
	for isDigit(l.peek(0)) {
		l.at++
	}
}

func (l *lexer) number() (token, *Error) {
	start := l.at
	l.digits()
	if l.peek(0) == '.' {
		l.at++
		l.digits()
	}
	if r := l.peek(0); r == 'e' || r == 'E' {
		sign := 0
		if s := l.peek(1); s == '+' || s == '-' {
			sign = 1
		}
		if isDigit(l.peek(1 + sign)) {
			l.at += 1 + sign
			l.digits()
		}
	}
	if r := l.peek(0); isNamePart(r) || r == '.' {
		for isNamePart(l.peek(0)) || l.peek(0) == '.' {
			l.at++
		}
		s := string(l.src[start:l.at])
		return token{}, fail(Span{start, l.at}, "bad_literal", text.Text{
			ZH: "{s} 不是数字；以数字开头的名称要写在反引号里", EN: "{s} is not a number; a name that starts with a digit goes in backquotes"}, "s", s)
	}
	return token{Span{start, l.at}, tokNumber, string(l.src[start:l.at]), ""}, nil
}

// quoted reads up to the closing quote; a doubled quote stands for itself.
func (l *lexer) quoted(quote rune, k kind) (token, *Error) {
	start := l.at
	l.at++
	var b strings.Builder
	for l.at < len(l.src) {
		r := l.src[l.at]
		l.at++
		if r != quote {
			b.WriteRune(r)
			continue
		}
		if l.peek(0) == quote {
			b.WriteRune(quote)
			l.at++
			continue
		}
		if k == tokQuoted && b.Len() == 0 {
			return token{}, fail(Span{start, l.at}, "syntax", text.Text{ZH: "反引号里没有名称", EN: "no name between the backquotes"})
		}
		return token{Span{start, l.at}, k, b.String(), ""}, nil
	}
	return token{}, fail(Span{start, len(l.src)}, "syntax", text.Text{
		ZH: "缺少结尾的 {q}", EN: "closing {q} is missing"}, "q", string(quote))
}

func (l *lexer) symbol() (token, *Error) {
	start := l.at
	if l.at+1 < len(l.src) {
		switch two := string(l.src[start : start+2]); two {
		case "<=", ">=", "<>", "!=", "||":
			l.at += 2
			if two == "!=" {
				two = "<>"
			}
			return token{Span{start, l.at}, tokSymbol, two, ""}, nil
		}
	}
	r := l.src[start]
	l.at++
	at := Span{start, l.at}
	if strings.ContainsRune("+-*/%=<>(),.", r) {
		return token{at, tokSymbol, string(r), ""}, nil
	}
	e := fail(at, "syntax", text.Text{ZH: "不认识的字符 {c}", EN: "unexpected character {c}"}, "c", string(r))
	if plain := asciiTwin(r); plain != "" {
		e.Suggestion = plain
		e.Text = text.Text{ZH: e.Text.ZH + "，请改用半角的 " + plain, EN: e.Text.EN + "; write " + plain}
	}
	return token{}, e
}

// asciiTwin gives the character that was meant by one typed with a Chinese
// keyboard or copied from a document.
func asciiTwin(r rune) string {
	switch r {
	case '"', '“', '”', '‘', '’':
		return "'"
	case '（':
		return "("
	case '）':
		return ")"
	case '，', '、':
		return ","
	case '×':
		return "*"
	case '÷':
		return "/"
	case '−', '－', '–':
		return "-"
	case '≤':
		return "<="
	case '≥':
		return ">="
	case '≠':
		return "<>"
	case '＝':
		return "="
	case '＋':
		return "+"
	case '％':
		return "%"
	case '＜':
		return "<"
	case '＞':
		return ">"
	}
	return ""
}
