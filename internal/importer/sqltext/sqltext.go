package sqltext

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"lodestar/internal/catalog"
	"lodestar/internal/expr"
)

// MapNames rewrites every name of an expression and keeps the rest as it is.
// The error is that of expr.Parse or of f.
func MapNames(src string, f func(parts []string) ([]string, error)) (string, error) {
	src = doubleQuotes(src)
	n, err := expr.Parse(src)
	if err != nil {
		return "", err
	}
	runes := []rune(src)
	var b strings.Builder
	done := 0
	for _, name := range expr.Names(n) {
		to, err := f(name.Parts)
		if err != nil {
			return "", err
		}
		b.WriteString(string(runes[done:name.Offset]))
		for i, p := range to {
			if i > 0 {
				b.WriteByte('.')
			}
			b.WriteString(expr.QuoteName(p))
		}
		done = name.End
	}
	b.WriteString(string(runes[done:]))
	return strings.TrimSpace(b.String()), nil
}

// doubleQuotes makes "a name" of SQL one of the expression language. Text in
// single quotes stays.
func doubleQuotes(src string) string {
	var b strings.Builder
	for i := 0; i < len(src); i++ {
		c := src[i]
		if c != '\'' && c != '"' {
			b.WriteByte(c)
			continue
		}
		end := closing(src, i)
		part := src[i:end]
		if inner := strings.Trim(part, `"`); c == '"' && len(part) >= 2 && !strings.ContainsAny(inner, "\"`") {
			part = "`" + inner + "`"
		}
		b.WriteString(part)
		i = end - 1
	}
	return b.String()
}

// closing is the end of the quoted text that begins at i.
func closing(src string, i int) int {
	for j := i + 1; j < len(src); j++ {
		if src[j] == src[i] {
			if j+1 < len(src) && src[j+1] == src[i] {
				j++
				continue
			}
			return j + 1
		}
	}
	return len(src)
}

// Aggregate is a call of an aggregate function in SQL.
type Aggregate struct {
	Func string // sum count count_distinct min max avg median
	Arg  string // "" for count(*)
}

var aggregateCall = regexp.MustCompile(`(?i)^(sum|count|avg|min|max|median)\s*\(`)

// ErrNested is an aggregate inside another, or what follows one that changes
// it, such as OVER or FILTER.
var ErrNested = errors.New("an aggregate inside another, or with FILTER or OVER")

// Aggregates cuts the aggregate calls out of an expression: name stands in
// place of the i-th one.
func Aggregates(src string, name func(i int) string) (rest string, found []Aggregate, err error) {
	var b strings.Builder
	for i := 0; i < len(src); {
		if src[i] == '\'' || src[i] == '"' || src[i] == '`' {
			end := closing(src, i)
			b.WriteString(src[i:end])
			i = end
			continue
		}
		m := aggregateCall.FindStringSubmatchIndex(src[i:])
		if m == nil || i > 0 && isWord(src[i-1]) {
			b.WriteByte(src[i])
			i++
			continue
		}
		end := parenthesis(src, i+m[1]-1)
		if end < 0 {
			return "", nil, fmt.Errorf("a parenthesis is not closed")
		}
		a := Aggregate{Func: strings.ToLower(src[i+m[2] : i+m[3]]), Arg: strings.TrimSpace(src[i+m[1] : end-1])}
		if words := strings.Fields(a.Arg); len(words) > 1 && strings.EqualFold(words[0], "distinct") {
			if a.Func != "count" {
				return "", nil, fmt.Errorf("%s(distinct …)", a.Func)
			}
			a.Func, a.Arg = "count_distinct", strings.TrimSpace(a.Arg[len(words[0]):])
		}
		if a.Func == "count" && (a.Arg == "*" || a.Arg == "1") {
			a.Arg = ""
		}
		next := strings.ToLower(strings.TrimSpace(src[end:]))
		if _, inner, err := Aggregates(a.Arg, name); err != nil || len(inner) > 0 || strings.HasPrefix(next, "over") || strings.HasPrefix(next, "filter") {
			return "", nil, ErrNested
		}
		b.WriteString(name(len(found)))
		found = append(found, a)
		i = end
	}
	return b.String(), found, nil
}

func isWord(c byte) bool {
	return c == '_' || c == '.' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// parenthesis is the end of what the parenthesis at i opens, or -1.
func parenthesis(src string, i int) int {
	depth := 0
	for j := i; j < len(src); j++ {
		switch src[j] {
		case '\'', '"', '`':
			j = closing(src, j) - 1
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return j + 1
			}
		}
	}
	return -1
}

const longest = 60

// Name makes a valid name of any text: lower case, digits and single
// underscores, no word of the query language.
func Name(s string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(s) {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			b.WriteRune(r)
		} else if b.Len() > 0 && !strings.HasSuffix(b.String(), "_") {
			b.WriteByte('_')
		}
	}
	out := strings.TrimRight(b.String(), "_")
	if out == "" || out[0] <= '9' {
		out = "x" + out
	}
	if len(out) > longest {
		sum := sha256.Sum256([]byte(s))
		out = strings.TrimRight(out[:longest-9], "_") + "_" + hex.EncodeToString(sum[:4])
	}
	if catalog.ReservedName(out) {
		out += "_value"
	}
	return out
}

// Register hands out names, each once.
type Register map[string]bool

// Take gives the name, or one like it that is free.
func (r Register) Take(name string) string {
	base := Name(name)
	out := base
	for i := 2; r[out]; i++ {
		suffix := "_" + strconv.Itoa(i)
		out = base[:min(len(base), longest-len(suffix))] + suffix
	}
	r[out] = true
	return out
}

var column = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// Column gives the name when a text is nothing but a column, perhaps in
// quotes.
func Column(src string) (string, bool) {
	s := strings.TrimSpace(src)
	if len(s) > 2 && (s[0] == '"' || s[0] == '`') && s[len(s)-1] == s[0] && !strings.ContainsRune(s[1:len(s)-1], rune(s[0])) {
		return s[1 : len(s)-1], true
	}
	return s, column.MatchString(s)
}
