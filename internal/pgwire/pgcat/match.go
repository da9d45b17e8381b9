package pgcat

import (
	"regexp"
	"strings"

	"lodestar/internal/pgwire/pgsql"
	"lodestar/internal/text"
)

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
