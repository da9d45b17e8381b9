package postgres

import "lodestar/internal/expr"

// Texts that read as numbers and as dates. Exponents have few digits, so that
// no text makes a number of a million digits.
const (
	numberPattern = `'^\s*[-+]?([0-9]{1,40}\.?[0-9]{0,40}|\.[0-9]{1,40})([eE][-+]?[0-9]{1,2})?\s*$'`
	floatPattern  = `'^\s*[-+]?([0-9]{1,40}\.?[0-9]{0,40}|\.[0-9]{1,40})([eE][-+]?[0-9]{1,3})?\s*$'`
	datePattern   = `'^\s*(?!0000)[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])\s*$'`
)

// Cast converts, giving NULL where the value does not convert: PostgreSQL
// itself ends the statement there, so the value is looked at first.
func (d Dialect) Cast(x expr.SQL, from, to expr.Type) expr.SQL {
	if from == to {
		return x
	}
	as := func(x expr.SQL) expr.SQL { return expr.Concat("CAST(", x, " AS "+castType(to)+")") }
	if from == expr.Null || from == "" {
		return as(x)
	}
	switch {
	case to == expr.String:
		return d.bytes(as(x))
	case from == expr.String:
		return d.castText(x, to)
	case to == expr.Integer && from == expr.Boolean:
		return expr.Concat("CAST(CAST(", x, " AS int) AS bigint)")
	case to == expr.Integer:
		return toInteger(x)
	case to == expr.Decimal:
		return toDecimal(x)
	}
	return as(x)
}

func toInteger(x expr.SQL) expr.SQL {
	return expr.Concat("(CASE WHEN ", x, " >= -9223372036854775808 AND ", x, " < 9223372036854775808 THEN CAST(trunc(", x, ") AS bigint) END)")
}

// toDecimal keeps as many digits as decimals have by default.
func toDecimal(x expr.SQL) expr.SQL {
	return expr.Concat("(CASE WHEN abs(", x, ") < 1000000000000 THEN round(CAST(", x, " AS numeric), 6) END)")
}

func (d Dialect) castText(x expr.SQL, to expr.Type) expr.SQL {
	when := func(pattern string, then expr.SQL) expr.SQL {
		return expr.Concat("(CASE WHEN ", x, " ~ "+pattern+" THEN ", then, " END)")
	}
	number := expr.Concat("CAST(", x, " AS numeric)")
	switch to {
	case expr.Integer:
		return when(numberPattern, toInteger(expr.Concat("round(", number, ")")))
	case expr.Decimal:
		return when(numberPattern, toDecimal(number))
	case expr.Float:
		return when(floatPattern, expr.Concat("CASE WHEN abs(", number, ") < 1e308 THEN CASE WHEN abs(", number,
			") > 1e-300 THEN CAST(", x, " AS double precision) ELSE 0 END END"))
	case expr.Boolean:
		return expr.Concat("(CASE WHEN lower(btrim(", x, ")) IN ('true', 't', '1', 'yes', 'y') THEN TRUE WHEN lower(btrim(", x,
			")) IN ('false', 'f', '0', 'no', 'n') THEN FALSE END)")
	case expr.Date:
		day := expr.Concat("btrim(", x, `, E' \t\r\n')`)
		first := expr.Concat("CAST(left(", day, ", 7) || '-01' AS date)")
		return when(datePattern, expr.Concat("CASE WHEN CAST(right(", day, ", 2) AS int) <= extract(day FROM ", first,
			" + interval '1 month - 1 day') THEN CAST(", day, " AS date) END"))
	}
	return expr.Concat("CAST(", x, " AS "+castType(to)+")")
}
