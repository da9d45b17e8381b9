package warehousetest

import (
	"fmt"
	"testing"
	"time"

	"lodestar/internal/calendar"
	"lodestar/internal/expr"
	"lodestar/internal/warehouse"
)

// Dialect checks what an engine's SQL means. The warehouse may be empty.
func Dialect(t *testing.T, w warehouse.Warehouse) {
	d := w.Dialect()
	lit := d.Literal
	n := func(v int64) expr.SQL { return lit(v, expr.Integer) }
	null := func(t expr.Type) expr.SQL { return lit(nil, t) }
	s := func(v string) expr.SQL { return lit(v, expr.String) }
	at := func(v string) expr.SQL { return lit(v, expr.Timestamp) }
	dec := func(v string) expr.SQL { return lit(v, expr.Decimal) }
	call := func(f string, args ...expr.SQL) expr.SQL { return d.Call(f, args) }
	for name, c := range map[string]struct {
		x    expr.SQL
		want string
	}{
		"division is true":         {d.Divide(n(1), n(4)), "0.25"},
		"division by zero":         {d.Divide(n(1), n(0)), "<nil>"},
		"division by null":         {d.Divide(n(1), null(expr.Integer)), "<nil>"},
		"division of decimals":     {d.Divide(dec("1.5"), dec("0.5")), "3"},
		"cast that fails":          {d.Cast(s("x"), expr.String, expr.Integer), "<nil>"},
		"cast of text":             {d.Cast(s("12"), expr.String, expr.Integer), "12"},
		"cast drops the fraction":  {d.Cast(lit(1.9, expr.Float), expr.Float, expr.Integer), "1"},
		"cast of a date":           {d.Cast(s("2026-02-03"), expr.String, expr.Date), "2026-02-03 00:00:00 +0000 UTC"},
		"text compares by bytes":   {expr.Concat(s("a"), " = ", s("A")), "false"},
		"text sorts by bytes":      {expr.Concat(s("B"), " < ", s("a")), "true"},
		"text with a quote":        {s("it's ? \\ \""), "it's ? \\ \""},
		"null is not equal":        {expr.Concat(null(expr.String), " = ", s("a")), "<nil>"},
		"coalesce":                 {call("coalesce", null(expr.Integer), n(2)), "2"},
		"nullif":                   {call("nullif", n(2), n(2)), "<nil>"},
		"round half away":          {call("round", lit(2.5, expr.Float), n(0)), "3"},
		"round half away, below 0": {call("round", lit(-2.5, expr.Float), n(0)), "-3"},
		"sqrt below 0":             {call("sqrt", lit(-1.0, expr.Float)), "<nil>"},
		"ln of 0":                  {call("ln", lit(0.0, expr.Float)), "<nil>"},
		"exp too large":            {call("exp", lit(1e6, expr.Float)), "<nil>"},
		"power without a value":    {call("power", n(0), n(-1)), "<nil>"},
		"power":                    {call("power", n(2), n(10)), "1024"},
		"greatest ignores nulls":   {call("greatest", n(1), null(expr.Integer), n(3)), "3"},
		"mod keeps the sign":       {call("mod", n(-7), n(3)), "-1"},
		"mod by 0":                 {call("mod", n(7), n(0)), "<nil>"},
		"length in characters":     {call("length", s("北辰x")), "3"},
		"substr":                   {call("substr", s("北极星图"), n(2), n(2)), "极星"},
		"left":                     {call("left", s("北极星"), n(2)), "北极"},
		"right":                    {call("right", s("北极星"), n(1)), "星"},
		"trim keeps other blanks":  {call("length", call("trim", s("  a\t "))), "2"},
		"replace of nothing":       {call("replace", s("abc"), s(""), s("x")), "abc"},
		"concat with null":         {call("concat", s("a"), null(expr.String), s("b")), "ab"},
		"like":                     {call("like", s("a_c%"), s("a_c%")), "true"},
		"like minds case":          {call("like", s("ABC"), s("a%")), "false"},
		"like has no escape":       {call("like", s(`a\bc`), s(`a\b%`)), "true"},
		"contains is no pattern":   {call("contains", s("abc"), s("%")), "false"},
		"starts_with":              {call("starts_with", s("abc"), s("ab")), "true"},
		"dow of a Sunday":          {call("dow", at("2026-03-01 23:00:00")), "7"},
		"round to absurd digits":   {call("round", lit("1.25", expr.Decimal), n(999_999_999_999)), "1.25"},
		"infinite":                 {expr.SQL{Text: "CAST('inf' AS DOUBLE PRECISION)"}, "<nil>"},
		"not a number":             {expr.SQL{Text: "CAST('nan' AS DOUBLE PRECISION)"}, "<nil>"},
		"hour":                     {call("hour", at("2026-03-01 23:30:00")), "23"},
		"date":                     {call("date", at("2026-03-01 23:30:00")), "2026-03-01 00:00:00 +0000 UTC"},
		"days_between":             {call("days_between", lit("2026-03-02", expr.Date), lit("2026-02-28", expr.Date)), "-2"},
		"trunc_week":               {call("trunc_week", at("2026-03-01 23:30:00")), "2026-02-23 00:00:00 +0000 UTC"},
		"trunc_quarter":            {call("trunc_quarter", at("2026-03-01 23:30:00")), "2026-01-01 00:00:00 +0000 UTC"},
		"add seconds":              {d.AddSeconds(at("2026-03-01 23:30:00"), n(3600)), "2026-03-02 00:30:00 +0000 UTC"},
		"literal that is no date":  {lit("2026-13-01", expr.Date), "<nil>"},
		"quoted name":              {expr.SQL{Text: `(SELECT ` + d.Quote(`a"b`) + ` FROM (SELECT 7 AS ` + d.Quote(`a"b`) + `) x)`}, "7"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := fmt.Sprint(one(t, w, expr.Concat("SELECT ", c.x))); got != c.want {
				t.Errorf("%s: got %s, want %s", c.x.Text, got, c.want)
			}
		})
	}
	t.Run("aggregates", func(t *testing.T) { aggregates(t, w) })
	t.Run("truncation", func(t *testing.T) { truncation(t, w) })
}

// one runs a statement that gives one value.
func one(t *testing.T, w warehouse.Warehouse, q expr.SQL) any {
	t.Helper()
	q.Text = w.Dialect().Rebind(q.Text)
	rows, err := w.Query(t.Context(), q)
	if err != nil {
		t.Fatalf("%s: %v", q.Text, err)
	}
	defer rows.Close()
	if !rows.Next() {
		t.Fatalf("%s: no row, %v", q.Text, rows.Err())
	}
	return rows.Values()[0]
}

func aggregates(t *testing.T, w warehouse.Warehouse) {
	const rows = " FROM (SELECT 1 AS v, 1 AS f UNION ALL SELECT 2, 1 UNION ALL SELECT 2, 0 UNION ALL SELECT NULL, 1 UNION ALL SELECT 10, 0) t"
	v, keep := expr.SQL{Text: "v"}, expr.SQL{Text: "f = 1"}
	for name, c := range map[string]struct {
		a    warehouse.Aggregate
		want string
	}{
		"rows":            {warehouse.Aggregate{Func: "count"}, "5"},
		"count":           {warehouse.Aggregate{Func: "count", Arg: v}, "4"},
		"count, filtered": {warehouse.Aggregate{Func: "count", Filter: keep}, "3"},
		"distinct":        {warehouse.Aggregate{Func: "count_distinct", Arg: v}, "3"},
		"sum":             {warehouse.Aggregate{Func: "sum", Arg: v}, "15"},
		"sum, filtered":   {warehouse.Aggregate{Func: "sum", Arg: v, Filter: keep}, "3"},
		"sum of nothing":  {warehouse.Aggregate{Func: "sum", Arg: v, Filter: expr.SQL{Text: "f = 7"}}, "<nil>"},
		"min":             {warehouse.Aggregate{Func: "min", Arg: v}, "1"},
		"max, filtered":   {warehouse.Aggregate{Func: "max", Arg: v, Filter: keep}, "2"},
		"avg":             {warehouse.Aggregate{Func: "avg", Arg: v}, "3.75"},
		"median":          {warehouse.Aggregate{Func: "median", Arg: v}, "2"},
		"percentile":      {warehouse.Aggregate{Func: "percentile", Arg: v, Percentile: 0.9}, "7.6"},
		"any":             {warehouse.Aggregate{Func: "any", Arg: expr.SQL{Text: "CASE WHEN v = 10 THEN v END"}}, "10"},
	} {
		t.Run(name, func(t *testing.T) {
			got := one(t, w, expr.Concat("SELECT ", w.Dialect().Aggregate(c.a), rows))
			if f, ok := got.(float64); ok {
				got = fmt.Sprintf("%.6g", f)
			}
			if fmt.Sprint(got) != c.want {
				t.Errorf("got %v, want %s", got, c.want)
			}
		})
	}
}

// truncation compares with package calendar over customs and moments.
func truncation(t *testing.T, w warehouse.Warehouse) {
	d := w.Dialect()
	for _, weekStart := range []time.Weekday{time.Monday, time.Sunday, time.Saturday} {
		for _, yearStart := range []time.Month{time.January, time.April, time.November} {
			cal := calendar.Calendar{Zone: time.UTC, WeekStart: weekStart, YearStart: yearStart}
			for _, g := range calendar.Grains() {
				for day := range 40 {
					at := time.Date(2023, 12, 20, 23, 59, 30, 0, time.UTC).AddDate(0, 0, day*29)
					x := d.Truncate(d.Literal(at, expr.Timestamp), g, weekStart, yearStart)
					got, ok := one(t, w, expr.Concat("SELECT ", x)).(time.Time)
					if want := cal.Start(at, g); !ok || !got.Equal(want) {
						t.Fatalf("%s of %s, weeks from %s, years from %s: got %s, want %s", g, at, weekStart, yearStart, got, want)
					}
				}
			}
		}
	}
}
