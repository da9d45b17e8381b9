package testserver

import (
	"fmt"
	"regexp"
	"strings"
)

// token of T-SQL: a text, a name in brackets, a word, or one sign.
var tsqlToken = regexp.MustCompile(`(?s)^(?:[Nn]?'(?:[^']|'')*'|\[(?:[^\]]|\]\])*\]|[A-Za-z_][A-Za-z0-9_]*|[0-9]+(?:\.[0-9]+)?|\s+|[<>!]=|<>|.)`)

// fromTSQL says a statement in PostgreSQL's words: names in brackets, N'texts',
// TOP, CONVERT and DATEADD. The rest is left to the functions and operators of
// sqlserver.sql.
func fromTSQL(statement string) (string, error) {
	var in []string
	for rest := statement; rest != ""; {
		t := tsqlToken.FindString(rest)
		if t == "" {
			return "", fmt.Errorf("no token begins at %.20q", rest)
		}
		if rest = rest[len(t):]; strings.TrimSpace(t) != "" {
			in = append(in, t)
		}
	}
	var out []string
	limit := ""
	for i := 0; i < len(in); i++ {
		t := in[i]
		next := func() string { i++; return in[min(i, len(in)-1)] }
		switch word := strings.ToUpper(t); {
		case strings.HasPrefix(t, "["):
			name := strings.ReplaceAll(t[1:len(t)-1], "]]", "]")
			out = append(out, `"`+strings.ReplaceAll(name, `"`, `""`)+`"`)
		case strings.HasSuffix(t, "'"):
			out = append(out, strings.TrimLeft(t, "Nn")+"::text")
		case word == "TOP":
			limit = " LIMIT " + next()
		case word == "CONVERT":
			if next() != "(" {
				return "", fmt.Errorf("CONVERT without an argument in %s", statement)
			}
			out = append(out, "to_"+strings.ToLower(next()), "(")
			for t := next(); t != ","; t = next() { // the length of the type
				if i >= len(in) {
					return "", fmt.Errorf("CONVERT has no end in %s", statement)
				}
			}
		case word == "DATEADD":
			out = append(out, "dateadd", next(), "'"+next()+"'::text")
		default:
			out = append(out, t)
		}
	}
	return strings.Join(out, " ") + limit, nil
}
