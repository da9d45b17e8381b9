package pgsql

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"lodestar/internal/text"
)

// MaxSource is the longest statement that is read, in bytes.
const MaxSource = 256 << 10

type kind int

const (
	tokEnd kind = iota
	tokWord
	tokQuoted
	tokNumber
	tokText
	tokParam
	tokOperator // one or more operator characters
	tokMark     // ( ) [ ] , ; . : and ::
)

// token is a piece of a statement. text is the name in the case that counts,
// the operator, or the content of a literal.
type token struct {
	kind    kind
	text    string
	at, end int // bytes
}

// lex splits a text into tokens, the last of which is tokEnd.
func lex(src string) ([]token, *Error) {
	if len(src) > MaxSource {
		return nil, Fail(StateTooMany, -1, text.Text{
			ZH: "语句太长：最多 {max} 字节", EN: "the statement is too long: at most {max} bytes"}, "max", MaxSource)
	}
	if !utf8.ValidString(src) || strings.IndexByte(src, 0) >= 0 {
		return nil, Fail("22021", -1, text.Text{ZH: "语句不是有效的 UTF-8 文本", EN: "the statement is not valid UTF-8 text"})
	}
	l := lexer{src: src}
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
	src   string
	at    int
	signs int // up to here there are signs, each an operator by itself
}

func (l *lexer) byteAt(n int) byte {
	if l.at+n < len(l.src) {
		return l.src[l.at+n]
	}
	return 0
}

func (l *lexer) skip() *Error {
	for l.at < len(l.src) {
		switch {
		case strings.HasPrefix(l.src[l.at:], "--"):
			if n := strings.IndexByte(l.src[l.at:], '\n'); n >= 0 {
				l.at += n + 1
			} else {
				l.at = len(l.src)
			}
		case strings.HasPrefix(l.src[l.at:], "/*"):
			if err := l.comment(); err != nil {
				return err
			}
		default:
			r, n := utf8.DecodeRuneInString(l.src[l.at:])
			if !unicode.IsSpace(r) && r != '\ufeff' {
				return nil
			}
			l.at += n
		}
	}
	return nil
}

// comment skips one; they nest.
func (l *lexer) comment() *Error {
	start, depth := l.at, 0
	for l.at < len(l.src) {
		switch {
		case strings.HasPrefix(l.src[l.at:], "/*"):
			depth++
			l.at += 2
		case strings.HasPrefix(l.src[l.at:], "*/"):
			depth--
			l.at += 2
			if depth == 0 {
				return nil
			}
		default:
			l.at++
		}
	}
	return Fail(StateSyntax, start, text.Text{ZH: "注释没有结束", EN: "the comment does not end"})
}

func nameStart(r rune) bool { return r == '_' || unicode.IsLetter(r) }

func namePart(r rune) bool {
	return nameStart(r) || r == '$' || unicode.IsDigit(r) || unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Mc, r)
}

func digit(b byte) bool { return b >= '0' && b <= '9' }

func (l *lexer) next() (token, *Error) {
	if err := l.skip(); err != nil {
		return token{}, err
	}
	start := l.at
	if start == len(l.src) {
		return token{kind: tokEnd, at: start, end: start}, nil
	}
	c := l.src[start]
	r, _ := utf8.DecodeRuneInString(l.src[start:])
	switch {
	case (c == 'e' || c == 'E') && l.byteAt(1) == '\'':
		l.at++
		return l.text(start, true)
	case (c == 'n' || c == 'N') && l.byteAt(1) == '\'':
		l.at++
		return l.text(start, false)
	case c == '\'':
		return l.text(start, false)
	case c == '"':
		return l.quoted()
	case nameStart(r):
		for l.at < len(l.src) {
			r, n := utf8.DecodeRuneInString(l.src[l.at:])
			if !namePart(r) {
				break
			}
			l.at += n
		}
		return token{tokWord, lower(l.src[start:l.at]), start, l.at}, nil
	case digit(c) || c == '.' && digit(l.byteAt(1)):
		return l.number()
	case c == '$':
		return l.dollar()
	case c == ':' && l.byteAt(1) == ':':
		l.at += 2
		return token{tokMark, "::", start, l.at}, nil
	case strings.IndexByte("()[],;.:", c) >= 0:
		l.at++
		return token{tokMark, l.src[start:l.at], start, l.at}, nil
	case strings.IndexByte(operators, c) >= 0:
		return l.operator(), nil
	}
	e := Fail(StateSyntax, start, text.Text{ZH: "不认识的字符 {c}", EN: "unexpected character {c}"}, "c", string(r))
	if strings.ContainsRune("，（）；‘’“”＝＞＜", r) {
		e.Hinted(text.Text{ZH: "请改用半角符号", EN: "use the half-width character"})
	}
	return token{}, e
}

// lower folds an unquoted name as PostgreSQL does: ASCII letters only.
func lower(s string) string {
	for i := 0; i < len(s); i++ {
		if s[i] >= 'A' && s[i] <= 'Z' {
			b := []byte(s)
			for j := i; j < len(b); j++ {
				if b[j] >= 'A' && b[j] <= 'Z' {
					b[j] += 'a' - 'A'
				}
			}
			return string(b)
		}
	}
	return s
}

const operators = "+-*/<>=~!@#%^&|`?"

func (l *lexer) operator() token {
	start := l.at
	if start < l.signs {
		l.at++
		return token{tokOperator, l.src[start:l.at], start, l.at}
	}
	strange, last := false, start // whether there is such a character, and the last that is no sign
	for l.at < len(l.src) && strings.IndexByte(operators, l.src[l.at]) >= 0 {
		if rest := l.src[l.at:]; l.at > start && (strings.HasPrefix(rest, "--") || strings.HasPrefix(rest, "/*")) {
			break
		}
		if c := l.src[l.at]; c != '+' && c != '-' {
			last = l.at
			strange = strange || strings.IndexByte("~!@#%^&|`?", c) >= 0
		}
		l.at++
	}
	// As in PostgreSQL, an operator ends in + or - only with one of the
	// stranger characters inside, so that "=-1" is two.
	if !strange {
		l.signs, l.at = l.at, last+1
	}
	op := l.src[start:l.at]
	if op == "!=" {
		op = "<>"
	}
	return token{tokOperator, op, start, l.at}
}

func (l *lexer) number() (token, *Error) {
	start := l.at
	digits := func() {
		for digit(l.byteAt(0)) || l.byteAt(0) == '_' && digit(l.byteAt(1)) {
			l.at++
		}
	}
	digits()
	if l.byteAt(0) == '.' {
		l.at++
		digits()
	}
	if c := l.byteAt(0); c == 'e' || c == 'E' {
		n := 1
		if s := l.byteAt(1); s == '+' || s == '-' {
			n = 2
		}
		if digit(l.byteAt(n)) {
			l.at += n
			digits()
		}
	}
	if r, _ := utf8.DecodeRuneInString(l.src[l.at:]); l.at < len(l.src) && nameStart(r) {
		return token{}, Fail(StateSyntax, start, text.Text{
			ZH: "数字后面多了 {c}", EN: "{c} follows a number directly"}, "c", string(r))
	}
	return token{tokNumber, strings.ReplaceAll(l.src[start:l.at], "_", ""), start, l.at}, nil
}

func (l *lexer) quoted() (token, *Error) {
	start := l.at
	l.at++
	var b strings.Builder
	for l.at < len(l.src) {
		c := l.src[l.at]
		l.at++
		if c != '"' {
			b.WriteByte(c)
			continue
		}
		if l.byteAt(0) == '"' {
			b.WriteByte('"')
			l.at++
			continue
		}
		if b.Len() == 0 {
			return token{}, Fail(StateSyntax, start, text.Text{ZH: "双引号里没有名称", EN: "no name between the double quotes"})
		}
		return token{tokQuoted, b.String(), start, l.at}, nil
	}
	return token{}, Fail(StateSyntax, start, text.Text{ZH: "缺少结尾的双引号", EN: "closing double quote is missing"})
}

// text reads a literal; l.at is at its quote.
func (l *lexer) text(start int, escapes bool) (token, *Error) {
	l.at++
	var b strings.Builder
	for l.at < len(l.src) {
		c := l.src[l.at]
		l.at++
		switch {
		case c == '\'' && l.byteAt(0) == '\'':
			b.WriteByte('\'')
			l.at++
		case c == '\'':
			s := b.String()
			if !utf8.ValidString(s) || strings.IndexByte(s, 0) >= 0 {
				return token{}, Fail("22021", start, text.Text{ZH: "文本不是有效的 UTF-8", EN: "the text is not valid UTF-8"})
			}
			return token{tokText, s, start, l.at}, nil
		case c == '\\' && escapes && l.at < len(l.src):
			l.escape(&b)
		default:
			b.WriteByte(c)
		}
	}
	return token{}, Fail(StateSyntax, start, text.Text{ZH: "缺少结尾的引号", EN: "closing quote is missing"})
}

func (l *lexer) escape(b *strings.Builder) {
	c := l.src[l.at]
	l.at++
	switch c {
	case 'n':
		b.WriteByte('\n')
	case 't':
		b.WriteByte('\t')
	case 'r':
		b.WriteByte('\r')
	case 'b':
		b.WriteByte('\b')
	case 'f':
		b.WriteByte('\f')
	case 'x', 'u', 'U':
		most := map[byte]int{'x': 2, 'u': 4, 'U': 8}[c]
		v, n := 0, 0
		for n < most {
			d := strings.IndexByte("0123456789abcdef", l.byteAt(0)|0x20)
			if d < 0 || l.byteAt(0) == 0 {
				break
			}
			v = v<<4 | d
			l.at++
			n++
		}
		switch {
		case n == 0:
			b.WriteByte(c)
		case c == 'x':
			b.WriteByte(byte(v))
		default:
			b.WriteRune(rune(v))
		}
	default:
		b.WriteByte(c)
	}
}

// dollar reads $1 or a $tag$ quoted $tag$ text.
func (l *lexer) dollar() (token, *Error) {
	start := l.at
	l.at++
	if digit(l.byteAt(0)) {
		for digit(l.byteAt(0)) {
			l.at++
		}
		return token{tokParam, l.src[start+1 : l.at], start, l.at}, nil
	}
	for l.at < len(l.src) && l.src[l.at] != '$' {
		r, n := utf8.DecodeRuneInString(l.src[l.at:])
		if !namePart(r) {
			break
		}
		l.at += n
	}
	if l.byteAt(0) != '$' {
		return token{}, Fail(StateSyntax, start, text.Text{ZH: "不认识的字符 {c}", EN: "unexpected character {c}"}, "c", "$")
	}
	l.at++
	tag := l.src[start:l.at]
	n := strings.Index(l.src[l.at:], tag)
	if n < 0 {
		return token{}, Fail(StateSyntax, start, text.Text{ZH: "缺少结尾的 {q}", EN: "closing {q} is missing"}, "q", tag)
	}
	s := l.src[l.at : l.at+n]
	l.at += n + len(tag)
	return token{tokText, s, start, l.at}, nil
}
