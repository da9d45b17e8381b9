package duckdb

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"

	"lodestar/internal/calendar"
	"lodestar/internal/expr"
	"lodestar/internal/warehouse"
)

// Dialect writes SQL for DuckDB.
type Dialect struct{}

var _ warehouse.Dialect = Dialect{}

// Name is "duckdb".
func (Dialect) Name() string { return "duckdb" }

// Rebind changes nothing: DuckDB takes ? as it is.
func (Dialect) Rebind(text string) string { return text }

// Quote writes an identifier.
func (Dialect) Quote(ident string) string {
	return `"` + strings.ReplaceAll(ident, `"`, `""`) + `"`
}

// Literal writes a checked literal; text becomes an argument.
func (d Dialect) Literal(v any, t expr.Type) expr.SQL {
	switch v := v.(type) {
	case nil:
		// A NULL of some precision would change the precision of what it meets.
		if t == expr.Null || t == "" || t == expr.Decimal {
			return expr.SQL{Text: "NULL"}
		}
		return expr.SQL{Text: "CAST(NULL AS " + d.ColumnType(t, 0, 0) + ")"}
	case bool:
		return expr.SQL{Text: strings.ToUpper(strconv.FormatBool(v))}
	case int:
		return d.Literal(int64(v), t)
	case int64:
		if v != int64(int16(v)) { // products of numbers of 32 bits have 32 bits too
			return expr.SQL{Text: signed(strconv.FormatInt(v, 10)) + "::BIGINT"}
		}
		return expr.SQL{Text: signed(strconv.FormatInt(v, 10))}
	case *big.Int:
		return expr.SQL{Text: signed(v.String())}
	case warehouse.Decimal:
		return expr.SQL{Text: signed(v.String())}
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return expr.SQL{Text: "CAST(NULL AS DOUBLE)"}
		}
		s := strconv.FormatFloat(v, 'g', -1, 64)
		if !strings.ContainsAny(s, "e") { // an exponent makes it a DOUBLE already
			s = strconv.FormatFloat(v, 'e', -1, 64)
		}
		return expr.SQL{Text: signed(s)}
	case time.Time:
		if t == expr.Date {
			return expr.SQL{Text: "DATE '" + v.Format("2006-01-02") + "'"}
		}
		return expr.SQL{Text: "TIMESTAMP '" + v.UTC().Format("2006-01-02 15:04:05.999999") + "'"}
	case string:
		return d.textLiteral(v, t)
	}
	return expr.SQL{Text: "?", Args: []any{fmt.Sprint(v)}}
}

// signed puts a negative number in brackets: two signs in a row are a comment.
func signed(digits string) string {
	if strings.HasPrefix(digits, "-") {
		return "(" + digits + ")"
	}
	return digits
}

// textLiteral writes text as an argument, and text that stands for a value of
// another type as a checked literal of it, or NULL when it is none.
func (d Dialect) textLiteral(s string, t expr.Type) expr.SQL {
	switch t {
	case expr.Date:
		if v, err := time.Parse("2006-01-02", s); err == nil {
			return d.Literal(v, t)
		}
	case expr.Timestamp:
		for _, layout := range []string{time.RFC3339Nano, "2006-01-02 15:04:05", "2006-01-02T15:04:05", "2006-01-02"} {
			if v, err := time.Parse(layout, s); err == nil {
				return d.Literal(v, t)
			}
		}
	case expr.Integer, expr.Decimal:
		if v, err := warehouse.ParseDecimal(s); err == nil {
			return expr.SQL{Text: signed(v.String())}
		}
	case expr.Float:
		if v, err := strconv.ParseFloat(s, 64); err == nil {
			return d.Literal(v, t)
		}
	case expr.Boolean:
		if v, err := strconv.ParseBool(s); err == nil {
			return d.Literal(v, t)
		}
	default:
		return expr.SQL{Text: "?", Args: []any{s}}
	}
	return d.Literal(nil, t)
}

// ColumnType is DuckDB's type for a stored column. Decimals default to (18,6).
func (Dialect) ColumnType(t expr.Type, precision, scale int) string {
	switch t {
	case expr.Integer:
		return "BIGINT"
	case expr.Decimal:
		if precision == 0 {
			precision, scale = 18, 6
		}
		return fmt.Sprintf("DECIMAL(%d,%d)", precision, scale)
	case expr.Float:
		return "DOUBLE"
	case expr.Boolean:
		return "BOOLEAN"
	case expr.Date:
		return "DATE"
	case expr.Timestamp:
		return "TIMESTAMP"
	}
	return "VARCHAR"
}

// Cast converts, giving NULL where the value does not convert.
func (d Dialect) Cast(x expr.SQL, from, to expr.Type) expr.SQL {
	if from == to {
		return x
	}
	if to == expr.Integer && (from == expr.Float || from == expr.Decimal) {
		x = expr.Concat("trunc(", x, ")")
	}
	return expr.Concat("TRY_CAST(", x, " AS ", d.ColumnType(to, 0, 0), ")")
}

// Divide is true division as a DOUBLE; NULL when b is 0 or NULL.
func (Dialect) Divide(a, b expr.SQL) expr.SQL {
	return expr.Concat("(CAST(", a, " AS DOUBLE) / NULLIF(CAST(", b, " AS DOUBLE), 0))")
}

// Aggregate writes one aggregate call.
func (Dialect) Aggregate(a warehouse.Aggregate) expr.SQL {
	call := aggregateCall(a)
	if a.Filter.Text == "" {
		return call
	}
	return expr.Concat(call, " FILTER (WHERE ", a.Filter, ")")
}

func aggregateCall(a warehouse.Aggregate) expr.SQL {
	if a.Approximate {
		switch a.Func {
		case "count_distinct":
			return expr.Concat("approx_count_distinct(", a.Arg, ")")
		case "median":
			return expr.Concat("approx_quantile(CAST(", a.Arg, " AS DOUBLE), 0.5)")
		case "percentile":
			return expr.Concat("approx_quantile(CAST(", a.Arg, " AS DOUBLE), ", strconv.FormatFloat(a.Percentile, 'f', -1, 64), ")")
		}
	}
	switch a.Func {
	case "count":
		if a.Arg.Text == "" {
			return expr.SQL{Text: "count(*)"}
		}
		return expr.Concat("count(", a.Arg, ")")
	case "count_distinct":
		return expr.Concat("count(DISTINCT ", a.Arg, ")")
	case "avg":
		return expr.Concat("avg(CAST(", a.Arg, " AS DOUBLE))")
	case "median":
		return expr.Concat("quantile_cont(CAST(", a.Arg, " AS DOUBLE), 0.5)")
	case "percentile":
		name := "quantile_cont"
		if a.Discrete {
			name = "quantile_disc"
		}
		return expr.Concat(name+"(CAST(", a.Arg, " AS DOUBLE), ",
			strconv.FormatFloat(a.Percentile, 'f', -1, 64), ")")
	case "any":
		return expr.Concat("any_value(", a.Arg, ")")
	case "sum", "min", "max":
		return expr.Concat(a.Func+"(", a.Arg, ")")
	}
	panic("duckdb: no aggregate named " + a.Func)
}

// Truncate gives the start of the period in which x lies, as a timestamp.
func (Dialect) Truncate(x expr.SQL, g calendar.Grain, weekStart time.Weekday, yearStart time.Month) expr.SQL {
	switch g {
	case calendar.Week:
		// date_trunc counts weeks from Monday: shift so that weekStart is there.
		if shift := (int(weekStart) + 6) % 7; shift > 0 {
			days := fmt.Sprintf("to_days(%d)", shift)
			return expr.Concat("(date_trunc('week', CAST(", x, " AS TIMESTAMP) - "+days+") + "+days+")")
		}
	case calendar.Quarter, calendar.Year:
		if shift := shiftMonths(g, yearStart); shift > 0 {
			// Clamped month ends do not matter: the day within the month is
			// dropped first.
			months := fmt.Sprintf("to_months(%d)", shift)
			return expr.Concat("(date_trunc('"+string(g)+"', date_trunc('month', CAST(", x,
				" AS TIMESTAMP)) - "+months+") + "+months+")")
		}
	}
	return expr.Concat("date_trunc('"+string(g)+"', CAST(", x, " AS TIMESTAMP))")
}

// Order puts NULLs last.
func (Dialect) Order(x expr.SQL, desc bool) expr.SQL { return warehouse.NullsLast(x, desc) }

// Rows is VALUES with named columns.
func (d Dialect) Rows(names []string, _ []expr.Type, rows [][]expr.SQL) expr.SQL {
	tuples := make([]expr.SQL, len(rows))
	for i, r := range rows {
		tuples[i] = expr.Concat("(", expr.Join(r, ", "), ")")
	}
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = d.Quote(n)
	}
	return expr.Concat("(SELECT * FROM (VALUES ", expr.Join(tuples, ", "), ") AS v("+strings.Join(quoted, ", ")+"))")
}

func shiftMonths(g calendar.Grain, yearStart time.Month) int {
	if yearStart == 0 {
		return 0
	}
	if g == calendar.Quarter {
		return (int(yearStart) - 1) % 3
	}
	return int(yearStart) - 1
}

// AddSeconds moves a naive timestamp.
func (Dialect) AddSeconds(x, seconds expr.SQL) expr.SQL {
	return expr.Concat("(", x, " + to_seconds(", seconds, "))")
}

// SecondsBetween counts whole seconds.
func (Dialect) SecondsBetween(from, to expr.SQL) expr.SQL {
	return expr.Concat("date_sub('second', ", from, ", ", to, ")")
}
