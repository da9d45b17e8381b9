package clickhouse

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

// Dialect writes SQL for ClickHouse.
type Dialect struct{}

var _ warehouse.Dialect = Dialect{}

// Name is "clickhouse".
func (Dialect) Name() string { return "clickhouse" }

// Rebind keeps placeholders and escapes what looks like one inside quotes: the
// client puts arguments in by itself.
func (Dialect) Rebind(text string) string {
	var b strings.Builder
	var open byte
	for i := range len(text) {
		c := text[i]
		switch {
		case open == 0 && (c == '\'' || c == '`'):
			open = c
		case c == open:
			open = 0
		case c == '?' && open != 0:
			b.WriteByte('\\')
		}
		b.WriteByte(c)
	}
	return b.String()
}

// Quote writes an identifier.
func (Dialect) Quote(ident string) string {
	return "`" + strings.NewReplacer("\\", "\\\\", "`", "\\`").Replace(ident) + "`"
}

// Literal writes a checked literal; text becomes an argument.
func (d Dialect) Literal(v any, t expr.Type) expr.SQL {
	raw := func(s string) expr.SQL { return expr.SQL{Text: s} }
	switch v := direct.Plain(v, t).(type) {
	case bool:
		return raw(strconv.FormatBool(v))
	case int64:
		if v != int64(int32(v)) {
			return raw("toInt64(" + strconv.FormatInt(v, 10) + ")")
		}
		// Small ones fit in with floats, which Int64 does not. A bare one would
		// have no sign, and its sums would not fit in with other integers.
		return raw("toInt32(" + strconv.FormatInt(v, 10) + ")")
	case warehouse.Decimal:
		return raw(fmt.Sprintf("toDecimal128('%s', %d)", v, v.Scale()))
	case float64:
		return raw("toFloat64(" + strconv.FormatFloat(v, 'e', -1, 64) + ")")
	case time.Time:
		if t == expr.Date {
			return raw("toDate32('" + v.Format(time.DateOnly) + "')")
		}
		return raw("toDateTime64('" + direct.Stamp(v) + "', 6, 'UTC')")
	case string:
		return expr.SQL{Text: "?", Args: []any{v}}
	}
	if t == expr.Null || t == "" || t == expr.Decimal {
		return raw("NULL")
	}
	return raw("CAST(NULL AS " + d.ColumnType(t, 0, 0) + ")")
}

// ColumnType is the type for a stored column. Decimals default to (18,6).
func (Dialect) ColumnType(t expr.Type, precision, scale int) string {
	name := "String"
	switch t {
	case expr.Integer:
		name = "Int64"
	case expr.Decimal:
		if precision == 0 {
			precision, scale = 18, 6
		}
		name = fmt.Sprintf("Decimal(%d, %d)", precision, scale)
	case expr.Float:
		name = "Float64"
	case expr.Boolean:
		name = "Bool"
	case expr.Date:
		name = "Date32"
	case expr.Timestamp:
		name = "DateTime64(6, 'UTC')"
	}
	return "Nullable(" + name + ")"
}

// Divide is true division as a Float64; NULL when b is 0 or NULL.
func (Dialect) Divide(a, b expr.SQL) expr.SQL {
	return expr.Concat("(toFloat64(", a, ") / nullIf(toFloat64(", b, "), 0))")
}

// Aggregate writes one aggregate call. Over no rows, all but counts are NULL.
func (Dialect) Aggregate(a warehouse.Aggregate) expr.SQL {
	x := a.Arg
	if a.Filter.Text != "" && x.Text != "" {
		x = expr.Concat("if(", a.Filter, ", ", x, ", NULL)")
	}
	quantile := func(p float64) expr.SQL {
		return expr.Concat("quantileExactInclusiveOrNull("+strconv.FormatFloat(p, 'f', -1, 64)+")(toFloat64(", x, "))")
	}
	switch a.Func {
	case "count":
		switch {
		case x.Text != "":
			return expr.Concat("toInt64(count(", x, "))")
		case a.Filter.Text != "":
			return expr.Concat("toInt64(countIf(", a.Filter, "))")
		}
		return expr.SQL{Text: "toInt64(count())"}
	case "count_distinct":
		return expr.Concat("toInt64(uniqExact(", x, "))")
	case "avg":
		return expr.Concat("avgOrNull(toFloat64(", x, "))")
	case "median":
		return quantile(0.5)
	case "percentile":
		if a.Discrete { // its own discrete percentiles are others at the edges
			return expr.Concat("if(count(", x, ") = 0, NULL, arraySort(groupArray(toFloat64(", x, ")))[greatest(1, toInt64(ceil("+
				strconv.FormatFloat(a.Percentile, 'e', -1, 64)+" * count(", x, "))))])")
		}
		return quantile(a.Percentile)
	case "sum", "min", "max", "any":
		return expr.Concat(a.Func+"OrNull(", x, ")")
	}
	panic("clickhouse: no aggregate named " + a.Func)
}

// instant makes a timestamp of a date or timestamp.
func instant(x expr.SQL) expr.SQL { return expr.Concat("toDateTime64(", x, ", 6, 'UTC')") }

// Truncate gives the start of the period in which x lies, as a timestamp. It
// counts in Date32, which reaches further than ClickHouse's own functions.
func (Dialect) Truncate(x expr.SQL, g calendar.Grain, weekStart time.Weekday, yearStart time.Month) expr.SQL {
	day := expr.Concat("toDate32(", x, ")")
	first := expr.Concat("subtractDays(", day, ", toDayOfMonth(", x, ") - 1)")
	months := func(modulus int) expr.SQL {
		return instant(expr.Concat("subtractMonths(", first, ", (toMonth(", x, fmt.Sprintf(") + %d) %% %d)", 12-max(int(yearStart), 1), modulus)))
	}
	switch g {
	case calendar.Millisecond:
		return expr.Concat("toDateTime64(toStartOfMillisecond(", instant(x), "), 6, 'UTC')")
	case calendar.Second:
		return expr.Concat("toDateTime64(toStartOfSecond(", instant(x), "), 6, 'UTC')")
	case calendar.Minute:
		return expr.Concat("addMinutes(", instant(day), ", toHour(", x, ") * 60 + toMinute(", x, "))")
	case calendar.Hour:
		return expr.Concat("addHours(", instant(day), ", toHour(", x, "))")
	case calendar.Week:
		return instant(expr.Concat("subtractDays(", day, ", (toDayOfWeek(", x, fmt.Sprintf(") + %d) %% 7)", 6-(int(weekStart)+6)%7)))
	case calendar.Month:
		return instant(first)
	case calendar.Quarter:
		return months(3)
	case calendar.Year:
		return months(12)
	}
	return instant(day)
}

// Order puts NULLs last.
func (Dialect) Order(x expr.SQL, desc bool) expr.SQL { return warehouse.NullsLast(x, desc) }

// Rows is a table function over literals.
func (d Dialect) Rows(names []string, types []expr.Type, rows [][]expr.SQL) expr.SQL {
	columns := make([]string, len(names))
	for i, n := range names {
		columns[i] = d.Quote(n) + " " + strings.ReplaceAll(d.ColumnType(types[i], 38, 10), "'", "\\'")
	}
	tuples := make([]expr.SQL, len(rows))
	for i, r := range rows {
		tuples[i] = expr.Concat("(", expr.Join(r, ", "), ")")
	}
	return expr.Concat("(SELECT * FROM values('"+strings.Join(columns, ", ")+"', ", expr.Join(tuples, ", "), "))")
}

// AddSeconds moves a naive timestamp.
func (Dialect) AddSeconds(x, seconds expr.SQL) expr.SQL {
	return expr.Concat("addSeconds(", instant(x), ", ", seconds, ")")
}

// SecondsBetween counts whole seconds.
func (Dialect) SecondsBetween(from, to expr.SQL) expr.SQL {
	return expr.Concat("age('second', ", instant(from), ", ", instant(to), ")")
}
