package duckdb

import (
	"fmt"

	"lodestar/internal/expr"
	"lodestar/internal/warehouse"
)

var (
	_ warehouse.Matcher = Dialect{}
	_ warehouse.Sampler = Dialect{}
)

// Matches asks DuckDB's RE2. The pattern is an argument.
func (d Dialect) Matches(x expr.SQL, pattern string) expr.SQL {
	return expr.Concat("regexp_matches(", x, ", ", expr.SQL{Text: "?", Args: []any{pattern}}, ")")
}

// sampleRun is how many rows in a row are taken: DuckDB reads them as one
// piece, and skips pieces of which nothing is wanted.
const sampleRun = 2048

// Sampled takes every nth run of rows, by their place in the table.
func (Dialect) Sampled(alias string, n int64) expr.SQL {
	return expr.SQL{Text: fmt.Sprintf("((%s.rowid // %d) %% %d = 0)", alias, sampleRun, n)}
}
