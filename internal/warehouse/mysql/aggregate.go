package mysql

import (
	"strconv"

	"lodestar/internal/expr"
	"lodestar/internal/warehouse"
)

// Aggregate writes one aggregate call. There is no FILTER: rows to leave out
// become NULL.
func (Dialect) Aggregate(a warehouse.Aggregate) expr.SQL {
	x := a.Arg
	if x.Text == "" {
		x = expr.SQL{Text: "1"}
		if a.Filter.Text == "" {
			return expr.SQL{Text: "COUNT(*)"}
		}
	}
	if a.Filter.Text != "" {
		x = expr.Concat("CASE WHEN ", a.Filter, " THEN ", x, " END")
	}
	switch a.Func {
	case "count":
		return expr.Concat("COUNT(", x, ")")
	case "count_distinct":
		return expr.Concat("COUNT(DISTINCT ", x, ")")
	case "avg":
		return expr.Concat("AVG(CAST(", x, " AS DOUBLE))")
	case "median":
		return percentile(x, 0.5, false)
	case "percentile":
		return percentile(x, a.Percentile, a.Discrete)
	case "sum":
		return expr.Concat("SUM(", x, ")")
	case "min":
		return expr.Concat("MIN(", x, ")")
	case "max", "any":
		return expr.Concat("MAX(", x, ")")
	}
	panic("mysql: no aggregate named " + a.Func)
}

// percentile takes the value out of the sorted list of a group's values:
// PERCENTILE_CONT exists only as a window function, and only in MariaDB. A
// list that was cut short is found by Check after the statement.
func percentile(x expr.SQL, p float64, discrete bool) expr.SQL {
	x = expr.Concat("CAST(", x, " AS DOUBLE)")
	list := expr.Concat("GROUP_CONCAT(", x, " ORDER BY ", x, " SEPARATOR ',')")
	level := strconv.FormatFloat(p, 'e', -1, 64)
	nth := func(n expr.SQL) expr.SQL {
		return expr.Concat("CAST(SUBSTRING_INDEX(SUBSTRING_INDEX(", list, ", ',', ", n, "), ',', -1) AS DOUBLE)")
	}
	if discrete {
		return nth(expr.Concat("GREATEST(CAST(CEIL("+level+" * COUNT(", x, ")) AS SIGNED), 1)"))
	}
	at := expr.Concat("("+level+" * (COUNT(", x, ") - 1))")
	value := func(rounded string) expr.SQL { return nth(expr.Concat("CAST("+rounded+"(", at, ") AS SIGNED) + 1")) }
	share := expr.Concat("(", at, " - FLOOR(", at, "))")
	return expr.Concat("(", value("FLOOR"), " * (1 - ", share, ") + ", value("CEIL"), " * ", share, ")")
}
