package mysql

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"lodestar/internal/calendar"
	"lodestar/internal/expr"
	"lodestar/internal/warehouse"
	"lodestar/internal/warehouse/direct"
)

// Dialect writes SQL for MariaDB and MySQL, for sessions as Open sets them up:
// || joins texts, a backslash is a character, texts compare by bytes.
type Dialect struct {
	// MySQL is set for servers that are not MariaDB: a table of literals has
	// another form there.
	MySQL bool
}

var _ warehouse.Dialect = Dialect{}

// Name is "mysql".
func (Dialect) Name() string { return "mysql" }

// Rebind changes nothing.
func (Dialect) Rebind(text string) string { return text }

// Quote writes an identifier.
func (Dialect) Quote(ident string) string {
	return "`" + strings.ReplaceAll(ident, "`", "``") + "`"
}

// Literal writes a checked literal; text becomes an argument.
func (d Dialect) Literal(v any, t expr.Type) expr.SQL {
	raw := func(s string) expr.SQL { return expr.SQL{Text: s} }
	switch v := direct.Plain(v, t).(type) {
	case bool:
		return raw(strings.ToUpper(strconv.FormatBool(v)))
	case int64:
		return raw(direct.Signed(strconv.FormatInt(v, 10)))
	case warehouse.Decimal:
		return raw(direct.Signed(v.String()))
	case float64:
		return raw(direct.Signed(strconv.FormatFloat(v, 'e', -1, 64)))
	case time.Time:
		if t == expr.Date {
			return raw("DATE'" + v.Format(time.DateOnly) + "'")
		}
		return raw("TIMESTAMP'" + direct.Stamp(v) + "'")
	case string:
		// An argument would compare as the client's character set does.
		return expr.SQL{Text: "(? COLLATE " + d.collation() + ")", Args: []any{v}}
	}
	// A NULL of some precision would change the precision of what it meets.
	if t == expr.Null || t == "" || t == expr.Decimal {
		return raw("NULL")
	}
	return raw("CAST(NULL AS " + castType(t) + ")")
}

// castType is what CAST calls a type.
func castType(t expr.Type) string {
	switch t {
	case expr.Integer, expr.Boolean:
		return "SIGNED"
	case expr.String:
		return "CHAR"
	}
	return Dialect{}.ColumnType(t, 0, 0)
}

// ColumnType is the type for a stored column. Decimals default to (18,6).
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
		return "DATETIME(6)"
	}
	return "LONGTEXT"
}

// Divide is true division as a double; NULL when b is 0 or NULL.
func (Dialect) Divide(a, b expr.SQL) expr.SQL {
	return expr.Concat("(CAST(", a, " AS DOUBLE) / NULLIF(CAST(", b, " AS DOUBLE), 0))")
}

// Truncate gives the start of the period in which x lies, as a timestamp.
func (Dialect) Truncate(x expr.SQL, g calendar.Grain, weekStart time.Weekday, yearStart time.Month) expr.SQL {
	cut := func(format string) expr.SQL {
		return expr.Concat("CAST(DATE_FORMAT(", x, ", '"+format+"') AS DATETIME)")
	}
	months := func(modulus int) expr.SQL { // since the period began
		return expr.Concat("(", cut("%Y-%m-01"), " - INTERVAL (MONTH(", x, fmt.Sprintf(") + %d) %% %d MONTH)", 12-max(int(yearStart), 1), modulus))
	}
	switch g {
	case calendar.Millisecond:
		return expr.Concat("(CAST(", x, " AS DATETIME(6)) - INTERVAL (MICROSECOND(", x, ") % 1000) MICROSECOND)")
	case calendar.Second:
		return cut("%Y-%m-%d %H:%i:%s")
	case calendar.Minute:
		return cut("%Y-%m-%d %H:%i:00")
	case calendar.Hour:
		return cut("%Y-%m-%d %H:00:00")
	case calendar.Week: // WEEKDAY counts from Monday, 0
		return expr.Concat("(CAST(CAST(", x, " AS DATE) AS DATETIME) - INTERVAL (WEEKDAY(", x,
			fmt.Sprintf(") + %d) %% 7 DAY)", 7-(int(weekStart)+6)%7))
	case calendar.Month:
		return cut("%Y-%m-01")
	case calendar.Quarter:
		return months(3)
	case calendar.Year:
		return months(12)
	}
	return expr.Concat("CAST(CAST(", x, " AS DATE) AS DATETIME)")
}

// Order puts NULLs last, where they are anyway when the largest come first.
func (Dialect) Order(x expr.SQL, desc bool) expr.SQL {
	if desc {
		return expr.Concat(x, " DESC")
	}
	return expr.Concat(x, " IS NULL, ", x)
}

// AddSeconds moves a naive timestamp.
func (Dialect) AddSeconds(x, seconds expr.SQL) expr.SQL {
	return expr.Concat("(", x, " + INTERVAL ", seconds, " SECOND)")
}

// SecondsBetween counts whole seconds.
func (Dialect) SecondsBetween(from, to expr.SQL) expr.SQL {
	return expr.Concat("TIMESTAMPDIFF(SECOND, ", from, ", ", to, ")")
}

// Rows is VALUES with named columns.
func (d Dialect) Rows(names []string, types []expr.Type, rows [][]expr.SQL) expr.SQL {
	row := "("
	if d.MySQL {
		row = "ROW("
	}
	tuples := make([]expr.SQL, len(rows))
	for i, r := range rows {
		list := slices.Clone(r)
		for j, t := range types { // a text is else cut to the length of the first
			if t == expr.String {
				list[j] = expr.Concat("CAST(", r[j], " AS CHAR(16383))")
			}
		}
		tuples[i] = expr.Concat(row, expr.Join(list, ", "), ")")
	}
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = d.Quote(n)
	}
	return expr.Concat("(WITH v("+strings.Join(quoted, ", ")+") AS (VALUES ", expr.Join(tuples, ", "), ") SELECT * FROM v)")
}
