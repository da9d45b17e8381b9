package clickhouse

import (
	"strconv"
	"strings"

	"lodestar/internal/expr"
	"lodestar/internal/warehouse/direct"
)

// Call writes a scalar function by its canonical name; expr/functions.go says
// what each means.
func (d Dialect) Call(function string, args []expr.SQL) expr.SQL {
	call := func(name string) expr.SQL { return expr.Concat(name+"(", expr.Join(args, ", "), ")") }
	long := func(x expr.SQL) expr.SQL { return expr.Concat("toInt64(", x, ")") }
	x := args[0]
	switch function {
	case "coalesce", "abs", "floor", "ceil":
		return call(function)
	case "nullif":
		return call("nullIf")
	case "lower", "upper", "left", "right":
		return call(function + "UTF8")
	case "substr":
		return call("substringUTF8")
	case "length":
		return long(call("lengthUTF8"))
	case "replace":
		return call("replaceAll")
	case "starts_with":
		return call("startsWith")
	case "contains":
		return expr.Concat("(position(", x, ", ", args[1], ") > 0)")
	case "trim":
		return expr.Concat("trim(BOTH ' ' FROM ", x, ")")
	case "like": // a backslash always escapes
		return expr.Concat("(", x, " LIKE replaceAll(", args[1], `, '\\', '\\\\'))`)
	case "concat":
		parts := make([]expr.SQL, len(args))
		for i, a := range args {
			parts[i] = expr.Concat("coalesce(", a, ", '')")
		}
		return expr.Concat("concat(", expr.Join(parts, ", "), ", '')")
	case "greatest", "least":
		return extreme(function, args)
	case "date", "trunc_day":
		return expr.Concat("toDate32(", x, ")")
	case "days_between":
		return long(expr.Concat("dateDiff('day', ", x, ", ", args[1], ")"))
	case "year", "quarter", "month", "hour", "day", "dow":
		names := map[string]string{"year": "toYear", "quarter": "toQuarter", "month": "toMonth", "hour": "toHour", "day": "toDayOfMonth", "dow": "toDayOfWeek"}
		return long(call(names[function]))
	case "trunc_week":
		return expr.Concat("subtractDays(toDate32(", x, "), toDayOfWeek(", x, ") - 1)")
	case "trunc_month", "trunc_quarter", "trunc_year":
		first := expr.Concat("subtractDays(toDate32(", x, "), toDayOfMonth(", x, ") - 1)")
		modulus := map[string]string{"trunc_month": "1", "trunc_quarter": "3", "trunc_year": "12"}[function]
		return expr.Concat("subtractMonths(", first, ", (toMonth(", x, ") - 1) % "+modulus+")")
	}
	return arithmetic(function, args)
}

func arithmetic(function string, args []expr.SQL) expr.SQL {
	x := args[0]
	switch function {
	case "sqrt":
		return expr.Concat("if(", x, " >= 0, sqrt(", x, "), NULL)")
	case "ln":
		return expr.Concat("if(", x, " > 0, log(", x, "), NULL)")
	case "exp":
		return finite(expr.Concat("exp(", x, ")"))
	case "power":
		return finite(expr.Concat("pow(toFloat64(", x, "), toFloat64(", args[1], "))"))
	case "mod":
		return expr.Concat("modulo(", x, ", nullIf(", args[1], ", 0))")
	case "mod_float":
		return expr.Concat("modulo(toFloat64(", x, "), nullIf(toFloat64(", args[1], "), 0))")
	case "round":
		n, ok := direct.WholeNumber(bare(args[1]))
		if !ok || n > 30 { // more digits than there are
			return x
		}
		return expr.Concat("round(", x, ", "+strconv.FormatInt(max(n, -38), 10)+")")
	case "round_float":
		return roundFloat(x, args[1])
	}
	panic("clickhouse: no function named " + function)
}

// bare takes a whole number out of its type.
func bare(x expr.SQL) expr.SQL {
	for _, typ := range []string{"toInt32(", "toInt64("} {
		if inner, ok := strings.CutPrefix(x.Text, typ); ok && len(x.Args) == 0 {
			return expr.SQL{Text: strings.TrimSuffix(inner, ")")}
		}
	}
	return x
}

func finite(x expr.SQL) expr.SQL { return expr.Concat("if(isFinite(", x, "), ", x, ", NULL)") }

// extreme ignores NULLs: each argument gives way to the next that has a value.
func extreme(name string, args []expr.SQL) expr.SQL {
	parts := make([]expr.SQL, len(args))
	for i := range args {
		turned := append(append([]expr.SQL{}, args[i:]...), args[:i]...)
		parts[i] = expr.Concat("coalesce(", expr.Join(turned, ", "), ")")
	}
	return expr.Concat(name+"(", expr.Join(parts, ", "), ")")
}

// roundFloat rounds half away from zero; round of a float goes to even digits.
func roundFloat(x, digits expr.SQL) expr.SQL {
	n, ok := direct.WholeNumber(bare(digits))
	if !ok || n > 290 {
		return x
	}
	if n < -300 {
		return expr.Concat("(", x, " * 0)")
	}
	unit := "1e" + strconv.FormatInt(max(n, -n), 10)
	if n < 0 {
		return expr.Concat("(sign(", x, ") * floor(abs(", x, ") / "+unit+" + 0.5) * "+unit+")")
	}
	// From 2^52 on there is no fraction.
	return expr.Concat("if(abs(", x, ") >= 4503599627370496, ", x, ", sign(", x, ") * floor(abs(", x, ") * "+unit+" + 0.5) / "+unit+")")
}

const (
	numberPattern = `'^\\s*[-+]?([0-9]{1,25}[.]?[0-9]{0,10}|[.][0-9]{1,10})\\s*$'`
	datePattern   = `'^\\s*[0-9]{4}-[0-9]{2}-[0-9]{2}\\s*$'`
)

// Cast converts, giving NULL where the value does not convert.
func (d Dialect) Cast(x expr.SQL, from, to expr.Type) expr.SQL {
	if from == to {
		return x
	}
	switch {
	case from == expr.Null || from == "":
		return expr.Concat("CAST(", x, " AS "+d.ColumnType(to, 0, 0)+")")
	case to == expr.String && from == expr.Timestamp:
		return expr.Concat("replaceRegexpOne(replaceRegexpOne(toString(", instant(x), `), '0+$', ''), '\\.$', '')`)
	case to == expr.String:
		return expr.Concat("toString(", x, ")")
	case from == expr.String:
		return castText(x, to)
	case to == expr.Integer && from == expr.Boolean:
		return expr.Concat("toInt64(", x, ")")
	case to == expr.Integer && from == expr.Decimal:
		return integer(expr.Concat("trunc(", x, ")"))
	case to == expr.Integer:
		return expr.Concat("accurateCastOrNull(trunc(", x, "), 'Int64')")
	case to == expr.Decimal:
		return exact(x)
	case to == expr.Float:
		return expr.Concat("toFloat64(", x, ")")
	case to == expr.Date:
		return expr.Concat("toDate32(", x, ")")
	}
	return instant(x)
}

// integer makes an integer of a decimal without a fraction: by itself, one that
// does not fit ends the statement.
func integer(x expr.SQL) expr.SQL {
	return expr.Concat("accurateCastOrNull(toInt256(", x, "), 'Int64')")
}

// exact keeps as many digits as decimals have by default.
func exact(x expr.SQL) expr.SQL {
	return expr.Concat("if(abs(", x, ") < 1e12, toDecimal64OrNull(toString(round(", x, ", 6)), 6), NULL)")
}

func castText(x expr.SQL, to expr.Type) expr.SQL {
	text := expr.Concat("trimBoth(", x, ")")
	switch to {
	case expr.Integer:
		return expr.Concat("if(match(", x, ", "+numberPattern+"), ", integer(expr.Concat("round(toDecimal128OrNull(", text, ", 10))")), ", NULL)")
	case expr.Decimal:
		return expr.Concat("if(match(", x, ", "+numberPattern+"), ", exact(expr.Concat("toDecimal128OrNull(", text, ", 10)")), ", NULL)")
	case expr.Float:
		return finite(expr.Concat("toFloat64OrNull(", text, ")"))
	case expr.Boolean:
		return expr.Concat("multiIf(lower(", text, ") IN ('true', 't', '1', 'yes', 'y'), true, lower(", text, ") IN ('false', 'f', '0', 'no', 'n'), false, NULL)")
	}
	// Days that there are not come out as other days.
	return expr.Concat("if(match(", x, ", "+datePattern+") AND toString(toDate32OrNull(", text, ")) = ", text, ", toDate32OrNull(", text, "), NULL)")
}
