package metricflow

import (
	"regexp"
	"strings"

	"lodestar/internal/expr"
)

// CAST(x AS TIMESTAMP) has no word in the expression language, where times are
// written as literals. Until the tree is rebuilt, concat(mark, x) stands for it.
const asTimestamp = "CAST … AS TIMESTAMP"

var (
	castBegin = regexp.MustCompile(`(?i)\b(?:try_)?cast\s*\(`)
	castEnd   = regexp.MustCompile(`(?i)\sas\s+timestamp(?:tz|\s+with(?:out)?\s+time\s+zone)?\s*$`)
)

// parseSQL parses the part of SQL that models use. The error is that of the
// expression language.
func parseSQL(src string) (expr.Node, error) { return expr.Parse(timestamps(src)) }

// timestamps rewrites casts to timestamps.
func timestamps(src string) string {
	var b strings.Builder
	for {
		at := castBegin.FindStringIndex(masked(src))
		if at == nil {
			return b.String() + src
		}
		end := closing(src[at[1]:])
		if end < 0 {
			return b.String() + src
		}
		inner := src[at[1] : at[1]+end]
		b.WriteString(src[:at[0]])
		if m := castEnd.FindStringIndex(masked(inner)); m != nil {
			b.WriteString("concat('" + asTimestamp + "', " + timestamps(inner[:m[0]]) + ")")
		} else {
			b.WriteString(src[at[0]:at[1]] + timestamps(inner) + ")")
		}
		src = src[at[1]+end+1:]
	}
}

// masked blanks out text literals, byte for byte.
func masked(src string) string {
	out := []byte(src)
	inside := false
	for i, c := range out {
		if c == '\'' {
			inside = !inside
		} else if inside {
			out[i] = 'x'
		}
	}
	return string(out)
}

// closing finds the bracket that closes one that is open already; -1 for none.
func closing(src string) int {
	depth := 1
	for i, c := range []byte(masked(src)) {
		switch c {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}
