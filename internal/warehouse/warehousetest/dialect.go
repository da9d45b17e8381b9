package warehousetest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
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
		"cast of no date":          {d.Cast(s("2026-02-30"), expr.String, expr.Date), "<nil>"},
		"cast of a long number":    {d.Cast(s("99999999999999999999"), expr.String, expr.Integer), "<nil>"},
		"cast to text":             {d.Cast(n(-12), expr.Integer, expr.String), "-12"},
		"cast of true to text":     {d.Cast(lit(true, expr.Boolean), expr.Boolean, expr.String), "true"},
		"cast of true":             {d.Cast(lit(true, expr.Boolean), expr.Boolean, expr.Integer), "1"},
		"cast to true":             {d.Cast(s("TRUE"), expr.String, expr.Boolean), "true"},
		"cast of text to a float":  {d.Cast(s("1.5e3"), expr.String, expr.Float), "1500"},
		"cast of a time":           {d.Cast(at("2026-02-03 23:00:00"), expr.Timestamp, expr.Date), "2026-02-03 00:00:00 +0000 UTC"},
		"cast of a date":           {d.Cast(s("2026-02-03"), expr.String, expr.Date), "2026-02-03 00:00:00 +0000 UTC"},
		"text compares by bytes":   {expr.Concat(s("a"), " = ", s("A")), "false"},
		"text sorts by bytes":      {expr.Concat(s("B"), " < ", s("a")), "true"},
		"text with a blank":        {expr.Concat(s("a"), " = ", s("a ")), "false"},
		"text joined":              {expr.Concat("(", s("a"), " || ", s("b"), ")"), "ab"},
		"text with an accent":      {expr.Concat(s("e"), " = ", s("é")), "false"},
		"upper beyond ASCII":       {call("upper", s("éж")), "ÉЖ"},
		"two minus signs":          {expr.Concat("(-", n(-3), ")"), "3"},
		"numbers of 64 bits":       {expr.Concat("(", n(2000000000), " * ", n(4), ")"), "8000000000"},
		"text with a quote":        {s("it's ? \\ \""), "it's ? \\ \""},
		"null is not equal":        {expr.Concat(null(expr.String), " = ", s("a")), "<nil>"},
		"coalesce":                 {call("coalesce", null(expr.Integer), n(2)), "2"},
		"nullif":                   {call("nullif", n(2), n(2)), "<nil>"},
		"round to hundreds":        {call("round", n(1250), n(-2)), "1300"},
		"round a decimal":          {call("round", dec("-0.125"), n(2)), "-0.13"},
		"round half away":          {call("round_float", lit(2.5, expr.Float), n(0)), "3"},
		"round half away, below 0": {call("round_float", lit(-2.5, expr.Float), n(0)), "-3"},
		"sqrt below 0":             {call("sqrt", lit(-1.0, expr.Float)), "<nil>"},
		"ln of 0":                  {call("ln", lit(0.0, expr.Float)), "<nil>"},
		"exp too large":            {call("exp", lit(1e6, expr.Float)), "<nil>"},
		"power without a value":    {call("power", n(0), n(-1)), "<nil>"},
		"power":                    {call("power", n(2), n(10)), "1024"},
		"greatest ignores nulls":   {call("greatest", n(1), null(expr.Integer), n(3)), "3"},
		"mod keeps the sign":       {call("mod", n(-7), n(3)), "-1"},
		"mod of floats":            {call("mod_float", lit(-7.5, expr.Float), n(2)), "-1.5"},
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
		"like with a bar":          {call("like", s(`a|bc`), s(`a|b%`)), "true"},
		"contains is no pattern":   {call("contains", s("abc"), s("%")), "false"},
		"starts_with":              {call("starts_with", s("abc"), s("ab")), "true"},
		"dow of a Sunday":          {call("dow", at("2026-03-01 23:00:00")), "7"},
		"round to absurd digits":   {call("round", lit("1.25", expr.Decimal), n(999_999_999_999)), "1.25"},
		"hour":                     {call("hour", at("2026-03-01 23:30:00")), "23"},
		"date":                     {call("date", at("2026-03-01 23:30:00")), "2026-03-01 00:00:00 +0000 UTC"},
		"days_between":             {call("days_between", lit("2026-03-02", expr.Date), lit("2026-02-28", expr.Date)), "-2"},
		"trunc_week":               {call("trunc_week", at("2026-03-01 23:30:00")), "2026-02-23 00:00:00 +0000 UTC"},
		"trunc_quarter":            {call("trunc_quarter", at("2026-03-01 23:30:00")), "2026-01-01 00:00:00 +0000 UTC"},
		"add seconds":              {d.AddSeconds(at("2026-03-01 23:30:00"), n(3600)), "2026-03-02 00:30:00 +0000 UTC"},
		"seconds between":          {d.SecondsBetween(at("2026-03-01 23:30:00"), at("2026-03-02 00:30:01.9")), "3601"},
		"seconds between, back":    {d.SecondsBetween(at("2026-03-02 00:30:01.9"), at("2026-03-01 23:30:00")), "-3601"},
		"seconds of less than one": {d.SecondsBetween(at("2026-03-01 23:30:00.9"), at("2026-03-01 23:30:01.1")), "0"},
		"seconds between ends":     {d.SecondsBetween(at("1910-01-01 00:00:00"), at("2199-12-31 23:59:59")), "9151574399"},
		"literal that is no date":  {lit("2026-13-01", expr.Date), "<nil>"},
		"quoted name":              {expr.SQL{Text: `(SELECT ` + d.Quote(`a"b`) + ` FROM (SELECT 7 AS ` + d.Quote(`a"b`) + `) x)`}, "7"},
	} {
		t.Run(name, func(t *testing.T) {
			v := one(t, w, expr.Concat("SELECT ", c.x))
			if c.want == "true" || c.want == "false" {
				v = warehouse.As(v, expr.Boolean)
			}
			if d, ok := v.(warehouse.Decimal); ok { // how many zeros follow is the engine's
				v, _ = warehouse.ParseDecimal(strings.TrimSuffix(strings.TrimRight(d.String(), "0"), "."))
			}
			if got := fmt.Sprint(v); got != c.want {
				t.Errorf("%s: got %s, want %s", c.x.Text, got, c.want)
			}
		})
	}
	t.Run("aggregates", func(t *testing.T) { aggregates(t, w) })
	t.Run("order", func(t *testing.T) { order(t, w) })
	t.Run("literal rows", func(t *testing.T) { literalRows(t, w) })
	t.Run("truncation", func(t *testing.T) { truncation(t, w) })
	t.Run("clocks", func(t *testing.T) { clocks(t, w) })
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
		"rows":                               {warehouse.Aggregate{Func: "count"}, "5"},
		"count":                              {warehouse.Aggregate{Func: "count", Arg: v}, "4"},
		"count, filtered":                    {warehouse.Aggregate{Func: "count", Filter: keep}, "3"},
		"distinct":                           {warehouse.Aggregate{Func: "count_distinct", Arg: v}, "3"},
		"sum":                                {warehouse.Aggregate{Func: "sum", Arg: v}, "15"},
		"sum, filtered":                      {warehouse.Aggregate{Func: "sum", Arg: v, Filter: keep}, "3"},
		"sum of nothing":                     {warehouse.Aggregate{Func: "sum", Arg: v, Filter: expr.SQL{Text: "f = 7"}}, "<nil>"},
		"min":                                {warehouse.Aggregate{Func: "min", Arg: v}, "1"},
		"max, filtered":                      {warehouse.Aggregate{Func: "max", Arg: v, Filter: keep}, "2"},
		"avg":                                {warehouse.Aggregate{Func: "avg", Arg: v}, "3.75"},
		"median":                             {warehouse.Aggregate{Func: "median", Arg: v}, "2"},
		"percentile":                         {warehouse.Aggregate{Func: "percentile", Arg: v, Percentile: 0.9}, "7.6"},
		"percentile, one of the values":      {warehouse.Aggregate{Func: "percentile", Arg: v, Percentile: 0.9, Discrete: true}, "10"},
		"percentile, the lower of two":       {warehouse.Aggregate{Func: "percentile", Arg: v, Percentile: 0.5, Discrete: true, Filter: keep}, "1"},
		"percentile of nothing, one of them": {warehouse.Aggregate{Func: "percentile", Arg: v, Percentile: 0.5, Discrete: true, Filter: expr.SQL{Text: "f = 7"}}, "<nil>"},
		"any":                                {warehouse.Aggregate{Func: "any", Arg: expr.SQL{Text: "CASE WHEN v = 10 THEN v END"}}, "10"},
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

// order sorts values with a NULL among them, either way.
func order(t *testing.T, w warehouse.Warehouse) {
	d := w.Dialect()
	name := d.Quote("v")
	text := "SELECT v AS " + name + " FROM (SELECT 2 AS v UNION ALL SELECT NULL UNION ALL SELECT 10 UNION ALL SELECT 1) t ORDER BY "
	for desc, want := range map[bool]string{false: "[[1] [2] [10] [<nil>]]", true: "[[10] [2] [1] [<nil>]]"} {
		if got := all(t, w, expr.Concat(text, d.Order(expr.SQL{Text: name}, desc), " LIMIT 4")); fmt.Sprint(got) != want {
			t.Errorf("desc %v: got %v, want %s", desc, got, want)
		}
	}
}

// literalRows reads a table of literals of every type, and a long one.
func literalRows(t *testing.T, w warehouse.Warehouse) {
	d := w.Dialect()
	types := []expr.Type{expr.Integer, expr.String, expr.Timestamp, expr.Date, expr.Float}
	names := []string{"n", "s", "at", "day", "x"}
	row := func(values ...any) []expr.SQL {
		out := make([]expr.SQL, len(values))
		for i, v := range values {
			out[i] = d.Literal(v, types[i])
		}
		return out
	}
	day := time.Date(2026, 2, 3, 0, 0, 0, 0, time.UTC)
	table := d.Rows(names, types, [][]expr.SQL{row(nil, nil, nil, nil, nil), row(int64(2), "it's ?", day.Add(time.Hour), day, 0.5)})
	list := make([]string, len(names))
	for i, n := range names {
		list[i] = "v." + d.Quote(n)
	}
	got := all(t, w, expr.Concat("SELECT "+strings.Join(list, ", ")+" FROM ", table, " AS v ORDER BY ", d.Order(expr.SQL{Text: list[0]}, false)))
	if want := "[[2 it's ? 2026-02-03 01:00:00 +0000 UTC 2026-02-03 00:00:00 +0000 UTC 0.5] [<nil> <nil> <nil> <nil> <nil>]]"; fmt.Sprint(got) != want {
		t.Errorf("got  %v\nwant %s", got, want)
	}
	var many [][]expr.SQL
	for i := range 3000 {
		many = append(many, row(int64(i), "x", day.AddDate(0, 0, i), day, nil))
	}
	got = all(t, w, expr.Concat("SELECT ", d.Aggregate(warehouse.Aggregate{Func: "count"}), ", ", d.Aggregate(warehouse.Aggregate{Func: "max",
		Arg: expr.SQL{Text: "v." + d.Quote("at")}}), " FROM ", d.Rows(names, types, many), " AS v"))
	if want := "[[3000 2034-04-21 00:00:00 +0000 UTC]]"; fmt.Sprint(got) != want {
		t.Errorf("got %v, want %s", got, want)
	}
}

// all runs a statement and gives its rows.
func all(t *testing.T, w warehouse.Warehouse, q expr.SQL) (out [][]any) {
	t.Helper()
	q.Text = w.Dialect().Rebind(q.Text)
	rows, err := w.Query(t.Context(), q)
	if err != nil {
		t.Fatalf("%.2000s: %v", q.Text, err)
	}
	for rows.Next() {
		out = append(out, slices.Clone(rows.Values()))
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		t.Fatalf("%.2000s: %v", q.Text, err)
	}
	return out
}

// truncation compares with package calendar over customs and moments.
func truncation(t *testing.T, w warehouse.Warehouse) {
	d := w.Dialect()
	for _, weekStart := range []time.Weekday{time.Monday, time.Sunday, time.Saturday} {
		for _, yearStart := range []time.Month{time.January, time.April, time.November} {
			cal := calendar.Calendar{Zone: time.UTC, WeekStart: weekStart, YearStart: yearStart}
			for _, g := range calendar.Grains() {
				var list []expr.SQL
				var moments []time.Time
				for day := range 40 {
					at := time.Date(2023, 12, 20, 23, 59, 30, 0, time.UTC).AddDate(0, 0, day*29)
					moments = append(moments, at)
					list = append(list, expr.Concat(d.Truncate(d.Literal(at, expr.Timestamp), g, weekStart, yearStart), fmt.Sprintf(" AS t%d", day)))
				}
				for i, v := range all(t, w, expr.Concat("SELECT ", expr.Join(list, ", ")))[0] {
					got, ok := v.(time.Time)
					if want := cal.Start(moments[i], g); !ok || !got.Equal(want) {
						t.Fatalf("%s of %s, weeks from %s, years from %s: got %v, want %s", g, moments[i], weekStart, yearStart, v, want)
					}
				}
			}
		}
	}
}

// clocks compares with package calendar what clocks that showed a time make of it:
// its instant, and what clocks elsewhere showed then.
func clocks(t *testing.T, w warehouse.Warehouse) {
	d := w.Dialect()
	zone := func(name string) calendar.Calendar {
		loc, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		return calendar.Calendar{Zone: loc}
	}
	from, to := time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2040, 1, 1, 0, 0, 0, 0, time.UTC)
	own, asks := zone("America/New_York"), zone("Australia/Lord_Howe")
	changes := asks.Transitions(from, to)
	k := warehouse.Kept{Steps: warehouse.LocalSteps(own.Zone, from, to)}
	var shown []time.Time
	var rows [][]expr.SQL
	for i, c := range append(own.Transitions(from, to)[1:], changes[1:]...) {
		at := c.At.Add(time.Duration(i%41-20)*time.Hour + 12345*time.Millisecond)
		shown, rows = append(shown, at), append(rows, []expr.SQL{d.Literal(int64(i), expr.Integer), d.Literal(at, expr.Timestamp)})
	}
	table := d.Rows([]string{"n", "at"}, []expr.Type{expr.Integer, expr.Timestamp}, rows)
	read := expr.Concat("(SELECT v."+d.Quote("n")+" AS n, v."+d.Quote("at")+" AS shown, ", warehouse.Instant(d, k.Steps, expr.SQL{Text: "v." + d.Quote("at")}), " AS instant FROM ", table, " AS v)")
	x, instant := expr.SQL{Text: "t.shown"}, expr.SQL{Text: "t.instant"}
	got := all(t, w, expr.Concat("SELECT t.instant, ", k.Local(d, changes, x, instant), ", ", k.Offset(d, changes, x, instant), ", ", warehouse.Local(d, changes, x), " FROM ", read, " AS t ORDER BY t.n"))
	if len(got) != len(shown) {
		t.Fatalf("%d rows of %d", len(got), len(shown))
	}
	for i, at := range shown {
		want := calendar.Resolve(at, own.Zone)
		_, offset := want.In(asks.Zone).Zone()
		if want := fmt.Sprint([]any{want.UTC(), calendar.Civil(want, asks.Zone), int64(offset), calendar.Civil(at, asks.Zone)}); fmt.Sprint(got[i]) != want {
			t.Errorf("%s: got %v, want %s", at, got[i], want)
		}
	}
}
