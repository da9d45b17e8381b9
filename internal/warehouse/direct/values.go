package direct

import (
	"strings"

	"lodestar/internal/expr"
)

// Values writes a table of literal rows as standard SQL has it.
func Values(quote func(string) string, names []string, rows [][]expr.SQL) expr.SQL {
	tuples := make([]expr.SQL, len(rows))
	for i, r := range rows {
		tuples[i] = expr.Concat("(", expr.Join(r, ", "), ")")
	}
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = quote(n)
	}
	return expr.Concat("(SELECT * FROM (VALUES ", expr.Join(tuples, ", "), ") AS v("+strings.Join(quoted, ", ")+"))")
}
