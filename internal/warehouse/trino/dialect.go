package trino

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"lodestar/internal/calendar"
	"lodestar/internal/expr"
	"lodestar/internal/warehouse"
	"lodestar/internal/warehouse/direct"
)

// Dialect writes SQL for Trino.
type Dialect struct{}

var _ warehouse.Dialect = Dialect{}

// Name is "trino".
func (Dialect) Name() string { return "trino" }

// Rebind changes nothing.
func (Dialect) Rebind(text string) string { return text }

// Quote writes an identifier.
func (Dialect) Quote(ident string) string {
	return `"` + strings.ReplaceAll(ident, `"`, `""`) + `"`
}

// Literal writes a checked literal; text becomes an argument.
func (d Dialect) Literal(v any, t expr.Type) expr.SQL {
	raw := func(s string) expr.SQL { return expr.SQL{Text: s} }
	switch v := direct.Plain(v, t).(type) {
	case bool:
		return raw(strings.ToUpper(strconv.FormatBool(v)))
	case int64:
		return raw("BIGINT '" + strconv.FormatInt(v, 10) + "'")
	case warehouse.Decimal:
		return raw("DECIMAL '" + v.String() + "'")
	case float64:
		return raw("DOUBLE '" + strconv.FormatFloat(v, 'e', -1, 64) + "'")
	case time.Time:
		if t == expr.Date {
			return raw("DATE '" + v.Format(time.DateOnly) + "'")
		}
		return raw("TIMESTAMP '" + v.Format("2006-01-02 15:04:05.000000") + "'")
	case string:
		return expr.SQL{Text: "CAST(? AS varchar)", Args: []any{v}}
	}
	if t == expr.Null || t == "" || t == expr.Decimal {
		return raw("NULL")
	}
	return raw("CAST(NULL AS " + d.ColumnType(t, 0, 0) + ")")
}

// ColumnType is Trino's type for a stored column. Decimals default to (18,6).
func (Dialect) ColumnType(t expr.Type, precision, scale int) string {
	switch t {
	case expr.Integer:
		return "bigint"
	case expr.Decimal:
		if precision == 0 {
			precision, scale = 18, 6
		}
		return fmt.Sprintf("decimal(%d,%d)", precision, scale)
	case expr.Float:
		return "double"
	case expr.Boolean:
		return "boolean"
	case expr.Date:
		return "date"
	case expr.Timestamp:
		return "timestamp(6)"
	}
	return "varchar"
}

// Divide is true division as a double; NULL when b is 0 or NULL.
func (Dialect) Divide(a, b expr.SQL) expr.SQL {
	return expr.Concat("(CAST(", a, " AS double) / NULLIF(CAST(", b, " AS double), 0))")
}

// Aggregate writes one aggregate call.
func (Dialect) Aggregate(a warehouse.Aggregate) expr.SQL {
	filter := func(call expr.SQL) expr.SQL {
		if a.Filter.Text == "" {
			return call
		}
		return expr.Concat(call, " FILTER (WHERE ", a.Filter, ")")
	}
	switch a.Func {
	case "count":
		if a.Arg.Text == "" {
			return filter(expr.SQL{Text: "count(*)"})
		}
		return filter(expr.Concat("count(", a.Arg, ")"))
	case "count_distinct":
		return filter(expr.Concat("count(DISTINCT ", a.Arg, ")"))
	case "avg":
		return filter(expr.Concat("avg(CAST(", a.Arg, " AS double))"))
	case "median":
		return percentile(a, 0.5)
	case "percentile":
		return percentile(a, a.Percentile)
	case "any":
		return filter(expr.Concat("arbitrary(", a.Arg, ")"))
	case "sum", "min", "max":
		return filter(expr.Concat(a.Func+"(", a.Arg, ")"))
	}
	panic("trino: no aggregate named " + a.Func)
}

// percentile takes the value out of the sorted array of a group's values,
// between two neighbours where it lies there.
func percentile(a warehouse.Aggregate, p float64) expr.SQL {
	keep := expr.Concat(a.Arg, " IS NOT NULL")
	if a.Filter.Text != "" {
		keep = expr.Concat("(", a.Filter, ") AND ", keep)
	}
	level := "DOUBLE '" + strconv.FormatFloat(p, 'e', -1, 64) + "'"
	of := func(lambda string) expr.SQL {
		return expr.Concat("element_at(transform(ARRAY[array_sort(array_agg(CAST(", a.Arg, " AS double)) FILTER (WHERE ", keep, "))], a -> "+lambda+"), 1)")
	}
	if a.Discrete {
		return of("element_at(a, greatest(CAST(ceil(" + level + " * cardinality(a)) AS integer), 1))")
	}
	at := "(" + level + " * (cardinality(a) - 1))"
	value := func(rounded string) string { return "element_at(a, CAST(" + rounded + "(" + at + ") AS integer) + 1)" }
	share := "(" + at + " - floor(" + at + "))"
	return of(value("floor") + " * (1 - " + share + ") + " + value("ceil") + " * " + share)
}

// Truncate gives the start of the period in which x lies, as a timestamp.
func (Dialect) Truncate(x expr.SQL, g calendar.Grain, weekStart time.Weekday, yearStart time.Month) expr.SQL {
	x = expr.Concat("CAST(", x, " AS timestamp(6))")
	by := ""
	switch g {
	case calendar.Week: // date_trunc counts weeks from Monday
		if days := (int(weekStart) + 6) % 7; days > 0 {
			by = fmt.Sprintf("INTERVAL '%d' DAY", days)
		}
	case calendar.Quarter, calendar.Year:
		months := max(int(yearStart)-1, 0)
		if g == calendar.Quarter {
			months %= 3
		}
		if months > 0 { // the day goes first: clamped month ends do not matter
			by = fmt.Sprintf("INTERVAL '%d' MONTH", months)
			x = expr.Concat("date_trunc('month', ", x, ")")
		}
	}
	if by == "" {
		return expr.Concat("date_trunc('"+string(g)+"', ", x, ")")
	}
	return expr.Concat("(date_trunc('"+string(g)+"', ", x, " - "+by+") + "+by+")")
}

// Order puts NULLs last.
func (Dialect) Order(x expr.SQL, desc bool) expr.SQL { return warehouse.NullsLast(x, desc) }

// Rows is VALUES with named columns.
func (d Dialect) Rows(names []string, _ []expr.Type, rows [][]expr.SQL) expr.SQL {
	return direct.Values(d.Quote, names, rows)
}

// AddSeconds moves a naive timestamp.
func (Dialect) AddSeconds(x, seconds expr.SQL) expr.SQL {
	return expr.Concat("date_add('second', ", seconds, ", CAST(", x, " AS timestamp(6)))")
}

// SecondsBetween counts whole seconds.
func (Dialect) SecondsBetween(from, to expr.SQL) expr.SQL {
	return expr.Concat("date_diff('second', ", from, ", ", to, ")")
}
