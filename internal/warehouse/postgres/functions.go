package postgres

import (
	"strconv"

	"lodestar/internal/expr"
	"lodestar/internal/warehouse/direct"
)

// Call writes a scalar function by its canonical name; expr/functions.go says
// what each means.
func (d Dialect) Call(function string, args []expr.SQL) expr.SQL {
	call := func(name string) expr.SQL { return expr.Concat(name+"(", expr.Join(args, ", "), ")") }
	long := func(x expr.SQL) expr.SQL { return expr.Concat("CAST(", x, " AS bigint)") }
	part := func(field string) expr.SQL { return long(expr.Concat("extract("+field+" FROM ", args[0], ")")) }
	switch function {
	case "coalesce", "nullif", "abs", "floor", "ceil", "greatest", "least", "replace", "concat", "starts_with":
		return call(function)
	case "lower", "upper":
		if d.Fold == "" {
			return call(function)
		}
		return expr.Concat("(", function, "(", args[0], " COLLATE "+d.Fold+`) COLLATE "C")`)
	case "length":
		return long(call(function))
	case "left", "right":
		return expr.Concat(function+"(", args[0], ", ", count(args[1]), ")")
	case "substr":
		out := expr.Concat("substr(", args[0], ", ", count(args[1]))
		if len(args) == 3 { // the sum of both must fit too
			out = expr.Concat(out, ", ", count(args[2]))
		}
		return expr.Concat(out, ")")
	case "contains":
		return expr.Concat("(strpos(", args[0], ", ", args[1], ") > 0)")
	case "trim":
		return expr.Concat("btrim(", args[0], ", ' ')")
	case "like":
		return expr.Concat("(", args[0], " LIKE ", args[1], " ESCAPE '')")
	case "year", "quarter", "month", "day", "hour":
		return part(function)
	case "dow":
		return part("isodow")
	case "date", "trunc_day":
		return expr.Concat("CAST(", args[0], " AS date)")
	case "days_between":
		return long(expr.Concat(args[1], " - ", args[0]))
	case "trunc_week", "trunc_month", "trunc_quarter", "trunc_year":
		return expr.Concat("CAST(date_trunc('"+function[len("trunc_"):]+"', CAST(", args[0], " AS timestamp)) AS date)")
	}
	return arithmetic(function, args)
}

// count is a number of characters, which has 32 bits.
func count(n expr.SQL) expr.SQL { return expr.Concat("CAST(least(", n, ", 1000000000) AS int)") }

func double(x expr.SQL) expr.SQL { return expr.Concat("CAST(", x, " AS double precision)") }

// arithmetic writes the functions of numbers; where they have no value,
// PostgreSQL itself would end the statement.
func arithmetic(function string, args []expr.SQL) expr.SQL {
	x := args[0]
	switch function {
	case "sqrt":
		return expr.Concat("(CASE WHEN ", x, " >= 0 THEN sqrt(", double(x), ") END)")
	case "ln":
		return expr.Concat("(CASE WHEN ", x, " > 0 THEN ln(", double(x), ") END)")
	case "exp":
		return expr.Concat("(CASE WHEN ", x, " > 709.78 THEN NULL WHEN ", x, " < -708 THEN 0 ELSE exp(", double(x), ") END)")
	case "power":
		a, b := double(x), double(args[1])
		// The size of the result is known from the logarithm before it is computed.
		size := expr.Concat(b, " * ln(abs(", a, "))")
		return expr.Concat("(CASE WHEN ", b, " = 0 THEN 1 WHEN ", a, " = 0 THEN CASE WHEN ", b, " > 0 THEN 0 END WHEN ",
			a, " < 0 AND ", b, " <> floor(", b, ") THEN NULL WHEN ", size, " > 709.78 THEN NULL WHEN ", size,
			" < -708 THEN 0 ELSE power(", a, ", ", b, ") END)")
	case "mod":
		return expr.Concat("mod(", x, ", NULLIF(", args[1], ", 0))")
	case "mod_float":
		a, b := double(x), expr.Concat("NULLIF(", double(args[1]), ", 0)")
		return expr.Concat("(", a, " - ", b, " * trunc(", a, " / ", b, "))")
	case "round":
		return roundExact(x, args[1])
	case "round_float":
		return roundFloat(x, args[1])
	}
	panic("postgres: no function named " + function)
}

// mostDigits are more than any number has after the point.
const mostDigits = 40

func roundExact(x, digits expr.SQL) expr.SQL {
	x = expr.Concat("CAST(", x, " AS numeric)")
	n, ok := direct.WholeNumber(digits)
	if ok && n <= mostDigits {
		return expr.Concat("round(", x, ", "+strconv.FormatInt(max(n, -mostDigits), 10)+")")
	}
	return x // more digits than there are
}

// roundFloat rounds half away from zero in floats: what is shown as 2.675 may
// be a little less.
func roundFloat(x, digits expr.SQL) expr.SQL {
	n, ok := direct.WholeNumber(digits)
	if !ok || n > 290 {
		return x
	}
	if n < -300 {
		return expr.Concat("(", x, " * 0)")
	}
	unit := "'1e" + strconv.FormatInt(max(n, -n), 10) + "'::float8"
	if n < 0 {
		return expr.Concat("(sign(", x, ") * floor(abs(", x, ") / "+unit+" + 0.5) * "+unit+")")
	}
	// From 2^52 on there is no fraction.
	return expr.Concat("(CASE WHEN abs(", x, ") >= 4503599627370496 THEN ", x, " ELSE sign(", x, ") * floor(abs(", x,
		") * "+unit+" + 0.5) / "+unit+" END)")
}
