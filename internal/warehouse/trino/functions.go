package trino

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
	case "coalesce", "nullif", "abs", "floor", "ceil", "lower", "upper", "length", "substr", "starts_with",
		"year", "quarter", "month", "day", "hour":
		return call(function)
	case "greatest", "least":
		return extreme(function, args)
	case "left":
		return expr.Concat("substr(", x, ", 1, ", args[1], ")")
	case "right":
		return expr.Concat("substr(", x, ", greatest(length(", x, ") - ", args[1], " + 1, 1))")
	case "replace":
		return expr.Concat("(CASE WHEN ", args[1], " = '' THEN ", x, " ELSE ", call("replace"), " END)")
	case "concat":
		parts := make([]expr.SQL, len(args))
		for i, a := range args {
			parts[i] = expr.Concat("coalesce(", a, ", '')")
		}
		return expr.Concat("concat(", expr.Join(parts, ", "), ", '')")
	case "contains":
		return expr.Concat("(strpos(", x, ", ", args[1], ") > 0)")
	case "trim": // the function of the name drops every blank
		return expr.Concat("regexp_replace(", x, ", '^ +| +$', '')")
	case "like":
		return expr.Concat("(", x, " LIKE ", args[1], ")")
	case "dow":
		return call("day_of_week")
	case "date", "trunc_day":
		return expr.Concat("CAST(", x, " AS date)")
	case "days_between":
		return expr.Concat("date_diff('day', ", x, ", ", args[1], ")")
	case "trunc_week", "trunc_month", "trunc_quarter", "trunc_year":
		return expr.Concat("CAST(date_trunc('"+function[len("trunc_"):]+"', ", x, ") AS date)")
	}
	return arithmetic(function, args)
}

func double(x expr.SQL) expr.SQL { return expr.Concat("CAST(", x, " AS double)") }

func arithmetic(function string, args []expr.SQL) expr.SQL {
	x := args[0]
	switch function {
	case "sqrt":
		return expr.Concat("(CASE WHEN ", x, " >= 0 THEN sqrt(", double(x), ") END)")
	case "ln":
		return expr.Concat("(CASE WHEN ", x, " > 0 THEN ln(", double(x), ") END)")
	case "exp":
		return finite(expr.Concat("exp(", double(x), ")"))
	case "power":
		return finite(expr.Concat("power(", double(x), ", ", double(args[1]), ")"))
	case "mod":
		return expr.Concat("mod(", x, ", NULLIF(", args[1], ", 0))")
	case "mod_float":
		return expr.Concat("mod(", double(x), ", NULLIF(", double(args[1]), ", 0))")
	case "round", "round_float":
		n, ok := direct.WholeNumber(bare(args[1]))
		if !ok || n > 30 { // more digits than there are
			return x
		}
		return expr.Concat("round(", x, ", "+strconv.FormatInt(max(n, -300), 10)+")")
	}
	panic("trino: no function named " + function)
}

// bare takes a whole number out of its type.
func bare(x expr.SQL) expr.SQL {
	return expr.SQL{Text: strings.TrimSuffix(strings.TrimPrefix(x.Text, "BIGINT '"), "'"), Args: x.Args}
}

func finite(x expr.SQL) expr.SQL {
	return expr.Concat("(CASE WHEN is_finite(", x, ") THEN ", x, " END)")
}

// extreme ignores NULLs: each argument gives way to the next that has a value.
func extreme(name string, args []expr.SQL) expr.SQL {
	parts := make([]expr.SQL, len(args))
	for i := range args {
		turned := append(append([]expr.SQL{}, args[i:]...), args[:i]...)
		parts[i] = expr.Concat("coalesce(", expr.Join(turned, ", "), ")")
	}
	return expr.Concat(name+"(", expr.Join(parts, ", "), ")")
}

// Cast converts, giving NULL where the value does not convert.
func (d Dialect) Cast(x expr.SQL, from, to expr.Type) expr.SQL {
	if from == to {
		return x
	}
	try := func(x expr.SQL, typ string) expr.SQL { return expr.Concat("TRY_CAST(", x, " AS "+typ+")") }
	switch {
	case to == expr.String && from == expr.Timestamp:
		return expr.Concat("regexp_replace(regexp_replace(CAST(CAST(", x, ` AS timestamp(6)) AS varchar), '0+$', ''), '\.$', '')`)
	case from == expr.String && to == expr.Boolean:
		return expr.Concat("(CASE WHEN lower(trim(", x, ")) IN ('true', 't', '1', 'yes', 'y') THEN TRUE WHEN lower(trim(", x,
			")) IN ('false', 'f', '0', 'no', 'n') THEN FALSE END)")
	case from == expr.String && to == expr.Integer:
		return try(expr.Concat("round(", try(expr.Concat("trim(", x, ")"), "decimal(38,10)"), ")"), "bigint")
	case from == expr.String && to == expr.Date:
		return expr.Concat("(CASE WHEN regexp_like(", x, `, '^\s*[0-9]{4}-[0-9]{2}-[0-9]{2}\s*$') THEN `, try(expr.Concat("trim(", x, ")"), "date"), " END)")
	case from == expr.String:
		return try(expr.Concat("trim(", x, ")"), d.ColumnType(to, 0, 0))
	case to == expr.Integer && (from == expr.Float || from == expr.Decimal):
		return try(expr.Concat("truncate(", x, ")"), "bigint")
	}
	return try(x, d.ColumnType(to, 0, 0))
}
