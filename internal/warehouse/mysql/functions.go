package mysql

import (
	"strconv"
	"strings"

	"lodestar/internal/expr"
	"lodestar/internal/warehouse/direct"
)

// Call writes a scalar function by its canonical name; expr/functions.go says
// what each means.
func (Dialect) Call(function string, args []expr.SQL) expr.SQL {
	call := func(name string) expr.SQL { return expr.Concat(name+"(", expr.Join(args, ", "), ")") }
	x := args[0]
	switch function {
	case "coalesce", "nullif", "abs", "floor", "ceil", "replace", "lower", "upper", "left", "right", "sqrt", "ln", "trim",
		"year", "quarter", "month", "day", "hour", "mod":
		return call(strings.ToUpper(function))
	case "mod_float":
		return call("MOD")
	case "greatest", "least":
		return extreme(strings.ToUpper(function), args)
	case "length":
		return call("CHAR_LENGTH")
	case "substr":
		return call("SUBSTRING")
	case "concat":
		parts := make([]expr.SQL, len(args))
		for i, a := range args {
			parts[i] = expr.Concat("COALESCE(", a, ", '')")
		}
		return expr.Concat("CONCAT(", expr.Join(parts, ", "), ")")
	case "starts_with":
		return expr.Concat("(LEFT(", x, ", CHAR_LENGTH(", args[1], ")) = ", args[1], ")")
	case "contains":
		return expr.Concat("(LOCATE(", args[1], ", ", x, ") > 0)")
	case "like":
		// There is always an escape character: one is chosen and escaped.
		return expr.Concat("(", x, " LIKE REPLACE(", args[1], ", '|', '||') ESCAPE '|')")
	case "dow":
		return expr.Concat("(WEEKDAY(", x, ") + 1)")
	case "date", "trunc_day":
		return expr.Concat("CAST(", x, " AS DATE)")
	case "days_between":
		return expr.Concat("DATEDIFF(", args[1], ", ", x, ")")
	case "trunc_week":
		return expr.Concat("(CAST(", x, " AS DATE) - INTERVAL WEEKDAY(", x, ") DAY)")
	case "trunc_month":
		return expr.Concat("CAST(DATE_FORMAT(", x, ", '%Y-%m-01') AS DATE)")
	case "trunc_quarter":
		return expr.Concat("(MAKEDATE(YEAR(", x, "), 1) + INTERVAL (QUARTER(", x, ") - 1) * 3 MONTH)")
	case "trunc_year":
		return expr.Concat("MAKEDATE(YEAR(", x, "), 1)")
	case "exp":
		return expr.Concat("(CASE WHEN ", x, " > 709.78 THEN NULL ELSE EXP(", x, ") END)")
	case "power":
		return power(x, args[1])
	case "round":
		return roundExact(x, args[1])
	case "round_float":
		return roundFloat(x, args[1])
	}
	panic("mysql: no function named " + function)
}

// extreme ignores NULLs: each argument gives way to the next that has a value.
func extreme(name string, args []expr.SQL) expr.SQL {
	parts := make([]expr.SQL, len(args))
	for i := range args {
		turned := append(append([]expr.SQL{}, args[i:]...), args[:i]...)
		parts[i] = expr.Concat("COALESCE(", expr.Join(turned, ", "), ")")
	}
	return expr.Concat(name+"(", expr.Join(parts, ", "), ")")
}

// power looks at the size of the result before it is computed: the engine ends
// the statement where there is none.
func power(x, y expr.SQL) expr.SQL {
	a, b := expr.Concat("CAST(", x, " AS DOUBLE)"), expr.Concat("CAST(", y, " AS DOUBLE)")
	return expr.Concat("(CASE WHEN ", b, " = 0 THEN 1 WHEN ", a, " = 0 THEN CASE WHEN ", b, " > 0 THEN 0 END WHEN ",
		a, " < 0 AND ", b, " <> FLOOR(", b, ") THEN NULL WHEN ", b, " * LN(ABS(", a, ")) > 709.78 THEN NULL ELSE POWER(", a, ", ", b, ") END)")
}

func roundExact(x, digits expr.SQL) expr.SQL {
	n, ok := direct.WholeNumber(digits)
	if !ok || n > 30 { // more digits than there are
		return x
	}
	return expr.Concat("ROUND(", x, ", "+strconv.FormatInt(max(n, -60), 10)+")")
}

// roundFloat rounds half away from zero; ROUND of a float goes to even digits.
func roundFloat(x, digits expr.SQL) expr.SQL {
	n, ok := direct.WholeNumber(digits)
	if !ok || n > 290 {
		return x
	}
	if n < -300 {
		return expr.Concat("(", x, " * 0)")
	}
	unit := "1e" + strconv.FormatInt(max(n, -n), 10)
	if n < 0 {
		return expr.Concat("(SIGN(", x, ") * FLOOR(ABS(", x, ") / "+unit+" + 0.5) * "+unit+")")
	}
	// From 2^52 on there is no fraction.
	return expr.Concat("(CASE WHEN ABS(", x, ") >= 4503599627370496e0 THEN ", x, " ELSE SIGN(", x, ") * FLOOR(ABS(", x,
		") * "+unit+" + 0.5) / "+unit+" END)")
}

const (
	numberPattern = `'^\s*[-+]?([0-9]{1,30}[.]?[0-9]{0,30}|[.][0-9]{1,30})([eE][-+]?[0-9]{1,2})?\s*$'`
	floatPattern  = `'^\s*[-+]?([0-9]{1,40}[.]?[0-9]{0,40}|[.][0-9]{1,40})([eE][-+]?[0-9]{1,3})?\s*$'`
	datePattern   = `'^\s*[0-9]{4}-[0-9]{2}-[0-9]{2}\s*$'`
)

// Cast converts, giving NULL where the value does not convert. The engine
// itself would take 0 for text that is no number.
func (d Dialect) Cast(x expr.SQL, from, to expr.Type) expr.SQL {
	if from == to {
		return x
	}
	as := func(x expr.SQL) expr.SQL { return expr.Concat("CAST(", x, " AS "+castType(to)+")") }
	switch {
	case from == expr.Null || from == "":
		return as(x)
	case to == expr.String && from == expr.Boolean:
		return expr.Concat("(CASE WHEN ", x, " THEN 'true' WHEN NOT ", x, " THEN 'false' END)")
	case to == expr.String && from == expr.Timestamp:
		return expr.Concat("(CASE WHEN MICROSECOND(", x, ") = 0 THEN DATE_FORMAT(", x, ", '%Y-%m-%d %H:%i:%s') ELSE TRIM(TRAILING '0' FROM DATE_FORMAT(",
			x, ", '%Y-%m-%d %H:%i:%s.%f')) END)")
	case from == expr.String:
		return castText(x, to)
	case to == expr.Integer && from != expr.Boolean:
		return toInteger(x)
	case to == expr.Decimal:
		return toDecimal(x)
	}
	return as(x)
}

func toInteger(x expr.SQL) expr.SQL {
	return expr.Concat("(CASE WHEN ", x, " >= -9223372036854775808 AND ", x, " < 9223372036854775808 THEN CAST(TRUNCATE(", x, ", 0) AS SIGNED) END)")
}

// toDecimal keeps as many digits as decimals have by default.
func toDecimal(x expr.SQL) expr.SQL {
	return expr.Concat("(CASE WHEN ABS(", x, ") < 1000000000000 THEN CAST(", x, " AS DECIMAL(18,6)) END)")
}

func castText(x expr.SQL, to expr.Type) expr.SQL {
	when := func(pattern string, then expr.SQL) expr.SQL {
		return expr.Concat("(CASE WHEN ", x, " REGEXP "+pattern+" THEN ", then, " END)")
	}
	number := expr.Concat("CAST(", x, " AS DECIMAL(65,30))")
	switch to {
	case expr.Integer:
		return when(numberPattern, toInteger(expr.Concat("ROUND(", number, ", 0)")))
	case expr.Decimal:
		return when(numberPattern, toDecimal(number))
	case expr.Float:
		double := expr.Concat("CAST(", x, " AS DOUBLE)")
		return when(floatPattern, expr.Concat("CASE WHEN ABS(", double, ") < 1.797e308 THEN ", double, " END"))
	case expr.Boolean:
		return expr.Concat("(CASE WHEN LOWER(TRIM(", x, ")) IN ('true', 't', '1', 'yes', 'y') THEN TRUE WHEN LOWER(TRIM(", x,
			")) IN ('false', 'f', '0', 'no', 'n') THEN FALSE END)")
	case expr.Date: // gives NULL for days that there are not
		return when(datePattern, expr.Concat("CAST(TRIM(", x, ") AS DATE)"))
	}
	return expr.Concat("CAST(", x, " AS "+castType(to)+")")
}
