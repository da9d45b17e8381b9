package duckdb

import (
	"strings"

	"lodestar/internal/expr"
)

// Call writes a scalar function by its canonical name; expr/functions.go says
// what each means.
func (Dialect) Call(function string, args []expr.SQL) expr.SQL {
	call := func(name string) expr.SQL { return expr.Concat(name+"(", expr.Join(args, ", "), ")") }
	part := func(field string) expr.SQL { return expr.Concat("extract("+field+" FROM ", args[0], ")") }
	function = strings.TrimSuffix(function, "_float")
	switch function {
	case "round":
		if len(args) == 2 && len(args[1].Text) > len("(-99)") { // more digits than a 32-bit number says are as good as all
			args = []expr.SQL{args[0], expr.Concat("CAST(greatest(-400, least(400, ", args[1], ")) AS INTEGER)")}
		}
		return call(function)
	case "coalesce", "nullif", "abs", "floor", "ceil", "greatest", "least", "lower", "upper",
		"length", "left", "right", "replace", "concat", "starts_with", "contains":
		return call(function)
	case "substr":
		return call("substring")
	case "trim": // the one-argument form drops every Unicode blank
		return expr.Concat("trim(", args[0], ", ' ')")
	case "sqrt", "ln":
		return expr.Concat("TRY(", call(function), ")")
	case "exp":
		return finite(call("exp"))
	case "power":
		return finite(expr.Concat("power(CAST(", args[0], " AS DOUBLE), CAST(", args[1], " AS DOUBLE))"))
	case "mod":
		return expr.Concat("mod(", args[0], ", NULLIF(", args[1], ", 0))")
	case "like":
		return expr.Concat("(", args[0], " LIKE ", args[1], ")")
	case "year", "quarter", "month", "day", "hour":
		return part(function)
	case "dow":
		return part("isodow")
	case "date", "trunc_day":
		return expr.Concat("CAST(", args[0], " AS DATE)")
	case "days_between":
		return expr.Concat("date_diff('day', ", args[0], ", ", args[1], ")")
	case "trunc_week", "trunc_month", "trunc_quarter", "trunc_year":
		return expr.Concat("CAST(date_trunc('"+function[len("trunc_"):]+"', CAST(", args[0], " AS TIMESTAMP)) AS DATE)")
	}
	panic("duckdb: no function named " + function)
}

// finite turns infinities and NaN, which DuckDB holds equal to itself, into NULL.
func finite(x expr.SQL) expr.SQL {
	return expr.Concat("NULLIF(NULLIF(NULLIF(", x,
		", CAST('inf' AS DOUBLE)), CAST('-inf' AS DOUBLE)), CAST('nan' AS DOUBLE))")
}
