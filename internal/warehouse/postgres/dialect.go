package postgres

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

// Dialect writes SQL for PostgreSQL.
type Dialect struct {
	// Collate is set where the database does not compare text by bytes: texts
	// that are no columns then say that they do.
	Collate bool
	// Fold is the quoted collation that knows upper and lower case beyond
	// ASCII; empty for that of the database.
	Fold string
	// AnyValue is set for servers that have any_value, from version 16.
	AnyValue bool
}

var _ warehouse.Dialect = Dialect{}

// Name is "postgres".
func (Dialect) Name() string { return "postgres" }

// Rebind numbers the placeholders.
func (Dialect) Rebind(text string) string {
	return direct.Rebind(text, `'"`, func(n int) string { return "$" + strconv.Itoa(n) })
}

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
	case int64: // a bare number has 32 bits where it fits, and would overflow
		return raw(direct.Signed(strconv.FormatInt(v, 10)) + "::bigint")
	case warehouse.Decimal:
		return raw(direct.Signed(v.String()) + "::numeric")
	case float64:
		return raw("'" + strconv.FormatFloat(v, 'g', -1, 64) + "'::float8")
	case time.Time:
		if t == expr.Date {
			return raw("DATE '" + v.Format(time.DateOnly) + "'")
		}
		return raw("TIMESTAMP '" + direct.Stamp(v) + "'")
	case string:
		return d.bytes(expr.SQL{Text: "CAST(? AS text)", Args: []any{v}})
	}
	if t == expr.Null || t == "" {
		return raw("NULL")
	}
	return raw("CAST(NULL AS " + castType(t) + ")")
}

// bytes makes a text compare by bytes.
func (d Dialect) bytes(x expr.SQL) expr.SQL {
	if !d.Collate {
		return x
	}
	return expr.Concat("(", x, ` COLLATE "C")`)
}

// castType is the type to cast to; decimals keep the digits they have.
func castType(t expr.Type) string {
	if t == expr.Decimal {
		return "numeric"
	}
	return Dialect{}.ColumnType(t, 0, 0)
}

// ColumnType is PostgreSQL's type for a stored column. Decimals default to
// (18,6).
func (Dialect) ColumnType(t expr.Type, precision, scale int) string {
	switch t {
	case expr.Integer:
		return "bigint"
	case expr.Decimal:
		if precision == 0 {
			precision, scale = 18, 6
		}
		return fmt.Sprintf("numeric(%d,%d)", precision, scale)
	case expr.Float:
		return "double precision"
	case expr.Boolean:
		return "boolean"
	case expr.Date:
		return "date"
	case expr.Timestamp:
		return "timestamp"
	}
	return "text"
}

// Divide is true division as a double; NULL when b is 0 or NULL.
func (Dialect) Divide(a, b expr.SQL) expr.SQL {
	return expr.Concat("(CAST(", a, " AS double precision) / NULLIF(CAST(", b, " AS double precision), 0))")
}

// Aggregate writes one aggregate call.
func (d Dialect) Aggregate(a warehouse.Aggregate) expr.SQL {
	filter := func(call expr.SQL) expr.SQL {
		if a.Filter.Text == "" {
			return call
		}
		return expr.Concat(call, " FILTER (WHERE ", a.Filter, ")")
	}
	at := func(p float64) expr.SQL {
		name := "percentile_cont"
		if a.Discrete {
			name = "percentile_disc"
		}
		return filter(expr.Concat(name+"("+strconv.FormatFloat(p, 'f', -1, 64)+
			") WITHIN GROUP (ORDER BY CAST(", a.Arg, " AS double precision))"))
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
		return filter(expr.Concat("avg(CAST(", a.Arg, " AS double precision))"))
	case "median":
		return at(0.5)
	case "percentile":
		return at(a.Percentile)
	case "any":
		if d.AnyValue {
			return filter(expr.Concat("any_value(", a.Arg, ")"))
		}
		// Not every type has a smallest value, but arrays of every type do,
		// and there NULL comes last.
		return expr.Concat("(", filter(expr.Concat("min(ARRAY[", a.Arg, "])")), ")[1]")
	case "sum", "min", "max":
		return filter(expr.Concat(a.Func+"(", a.Arg, ")"))
	}
	panic("postgres: no aggregate named " + a.Func)
}

// Truncate gives the start of the period in which x lies, as a timestamp.
func (Dialect) Truncate(x expr.SQL, g calendar.Grain, weekStart time.Weekday, yearStart time.Month) expr.SQL {
	x = expr.Concat("CAST(", x, " AS timestamp)")
	by := ""
	switch g {
	case calendar.Week: // date_trunc counts weeks from Monday
		if days := (int(weekStart) + 6) % 7; days > 0 {
			by = fmt.Sprintf("interval '%d days'", days)
		}
	case calendar.Quarter, calendar.Year:
		months := max(int(yearStart)-1, 0)
		if g == calendar.Quarter {
			months %= 3
		}
		if months > 0 { // the day goes first: clamped month ends do not matter
			by = fmt.Sprintf("interval '%d months'", months)
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
	return expr.Concat("(", x, " + ", seconds, " * interval '1 second')")
}

// SecondsBetween counts whole seconds.
func (Dialect) SecondsBetween(from, to expr.SQL) expr.SQL {
	return expr.Concat("CAST(trunc(EXTRACT(EPOCH FROM (", to, " - ", from, "))) AS bigint)")
}
