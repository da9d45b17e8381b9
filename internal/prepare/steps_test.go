package prepare_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"lodestar/internal/expr"
	"lodestar/internal/prepare"
	"lodestar/internal/steps"
	"lodestar/internal/warehouse"
	"lodestar/internal/warehouse/duckdb"
)

// columnsOf are the columns of the tables that properties are tried on.
var columnsOf = map[string][]warehouse.StoredColumn{
	"facts": {{Name: "id", Type: expr.Integer}, {Name: "k", Type: expr.Integer}, {Name: "s", Type: expr.String}, {Name: "txt", Type: expr.String},
		{Name: "n", Type: expr.Integer}, {Name: "d", Type: expr.Decimal, Precision: 12, Scale: 2}, {Name: "f", Type: expr.Float},
		{Name: "b", Type: expr.Boolean}, {Name: "day", Type: expr.Date}, {Name: "ts", Type: expr.Timestamp}},
	"dims":   {{Name: "k", Type: expr.Integer}, {Name: "label", Type: expr.String}, {Name: "d", Type: expr.Decimal, Precision: 12, Scale: 2}},
	"visits": {{Name: "k", Type: expr.Integer}, {Name: "ts", Type: expr.Timestamp}, {Name: "day", Type: expr.Date}, {Name: "s", Type: expr.String}, {Name: "n", Type: expr.Integer}},
	"more":   {{Name: "id", Type: expr.Integer}, {Name: "s", Type: expr.String}, {Name: "n", Type: expr.Float}, {Name: "extra", Type: expr.Boolean}},
}

// tableNames are those of columnsOf, in the order in which they are made.
var tableNames = []string{"facts", "dims", "more", "visits"}

var (
	words = []string{"", " ", "a", "B", "a,b,c", "x,,y", "Ａｂ　１２", " \u3000北京\t", "café", "1", "北京", "a", "𝒳"}
	texts = []string{"", " ", "12", "-7", "+3", "1.5", "1.234", ".5", "1e2", "0x1F", "1_000", "abc", "true", "否", "2026-01-05", "2026/1/5",
		"2026-02-30", "2026-01-05 08:30:00", "2026-01-05T08:30:00+08:00", "2026-01-05T08:30", "2026-01-05Z", "2026-01-05+08:00", "13812345678", "+86 138-1234-5678", "０１０－６２７７ １２３４",
		"0755 8888 7777", "+44 20 7946 0958", "12345", "99999999999999999999", "-0"}
)

func randomCell(t *rapid.T, c warehouse.StoredColumn) any {
	if rapid.IntRange(0, 4).Draw(t, "null") == 0 {
		return nil
	}
	switch {
	case c.Name == "txt":
		return rapid.SampledFrom(texts).Draw(t, c.Name)
	case c.Type == expr.String:
		return rapid.SampledFrom(words).Draw(t, c.Name)
	case c.Type == expr.Integer:
		return int64(rapid.IntRange(-2, 4).Draw(t, c.Name))
	case c.Type == expr.Decimal, c.Type == expr.Float:
		return float64(rapid.IntRange(-8, 8).Draw(t, c.Name)) / 4
	case c.Type == expr.Boolean:
		return rapid.Bool().Draw(t, c.Name)
	case c.Type == expr.Date:
		return time.Date(2026, 1, 1+rapid.IntRange(0, 100).Draw(t, c.Name), 0, 0, 0, 0, time.UTC)
	case rapid.Bool().Draw(t, "close"): // pauses of just half an hour, one time twice, midnights
		return time.Date(2026, 1, 5, 23, 10*rapid.IntRange(0, 20).Draw(t, c.Name), rapid.IntRange(0, 1).Draw(t, "more"), 0, time.UTC)
	}
	return time.Date(2026, 1, 1, 0, rapid.IntRange(0, 100_000).Draw(t, c.Name), 0, 0, time.UTC)
}

func randomTable(t *rapid.T, name string) rel {
	out := rel{}
	for _, c := range columnsOf[name] {
		out.cols = append(out.cols, c.Name)
	}
	for range rapid.SampledFrom([]int{0, 1, 3, 6, 12}).Draw(t, "rows of "+name) {
		row := make([]any, len(out.cols))
		for i, c := range columnsOf[name] {
			row[i] = randomCell(t, c)
		}
		out.rows = append(out.rows, row)
		if rapid.IntRange(0, 5).Draw(t, "again") == 0 {
			out.rows = append(out.rows, row)
		}
	}
	return out
}

func inputs(name string) *steps.Input {
	if columnsOf[name] == nil {
		return nil
	}
	var cols []steps.Column
	for _, c := range columnsOf[name] {
		cols = append(cols, steps.Column{Name: c.Name, Type: c.Type, Precision: c.Precision, Scale: c.Scale})
	}
	return steps.NewInput(name, cols, nil)
}

// some draws names of columns of the types; none when there are none.
func some(t *rapid.T, st *steps.Stage, most int, types ...expr.Type) []string {
	var names []string
	for _, c := range st.Columns {
		if len(types) == 0 || slices.Contains(types, c.Type) {
			names = append(names, c.Name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	names = rapid.Permutation(names).Draw(t, "columns")
	return names[:rapid.IntRange(1, min(most, len(names))).Draw(t, "how many")]
}

var numbers = []expr.Type{expr.Integer, expr.Decimal, expr.Float}

// conditions draws a condition over the columns there are.
func condition(t *rapid.T, st *steps.Stage) string {
	if n := some(t, st, 1, numbers...); n != nil && rapid.Bool().Draw(t, "by number") {
		return n[0] + rapid.SampledFrom([]string{" > 0", " <= 1", " is null", " in (0, 1, 2)", " <> 1 or " + n[0] + " is null"}).Draw(t, "condition")
	}
	if s := some(t, st, 1, expr.String); s != nil {
		return s[0] + rapid.SampledFrom([]string{" <> 'a'", " like 'a%'", " is not null", " in ('a', '北京')"}).Draw(t, "condition")
	}
	return "true"
}

// expression draws one over the columns there are.
func expression(t *rapid.T, st *steps.Stage) string {
	if n := some(t, st, 2, expr.Integer, expr.Float); n != nil && rapid.Bool().Draw(t, "number") {
		return rapid.SampledFrom([]string{n[0] + " * 2 + 1", "coalesce(" + n[0] + ", 0)", "if(" + n[0] + " > 0, 'up', 'down')",
			n[0] + " - " + n[len(n)-1], n[0] + " / 4", "null"}).Draw(t, "expression")
	}
	if s := some(t, st, 2, expr.String); s != nil {
		return rapid.SampledFrom([]string{"concat(" + s[0] + ", '-', " + s[len(s)-1] + ")", "length(" + s[0] + ")", "upper(" + s[0] + ")",
			"left(" + s[0] + ", 2)", s[0] + " = 'a'"}).Draw(t, "expression")
	}
	if d := some(t, st, 1, expr.Date); d != nil {
		return rapid.SampledFrom([]string{"year(" + d[0] + ")", "date_trunc('month', " + d[0] + ")", "dow(" + d[0] + ")"}).Draw(t, "expression")
	}
	return "1"
}

// ordered draws an order, some of it descending.
func ordering(t *rapid.T, st *steps.Stage) []string {
	out := some(t, st, 2)
	for i := range out {
		if rapid.Bool().Draw(t, "down") {
			out[i] = "-" + out[i]
		}
	}
	return out
}

func name(t *rapid.T) string { return "c" + rapid.StringMatching(`[a-z]{5}`).Draw(t, "name") }

// asOf draws a join that takes one row there by time.
func asOf(t *rapid.T, st *steps.Stage) *steps.Join {
	typ, other := expr.Timestamp, "ts"
	if rapid.IntRange(0, 3).Draw(t, "by day") == 0 {
		typ, other = expr.Date, "day"
	}
	a := &steps.AsOf{Time: "nothing", Other: other, Within: rapid.SampledFrom([]string{"", "1 day", "30 days", "20 minutes"}).Draw(t, "within"),
		Which: rapid.SampledFrom([]string{"", "last", "first", "first"}).Draw(t, "which")}
	if c := some(t, st, 1, typ); c != nil {
		a.Time = c[0]
	}
	j := &steps.Join{Dataset: "visits", Kind: rapid.SampledFrom([]string{"", "left", "inner", "anti"}).Draw(t, "kind"), On: map[string]string{}, AsOf: a}
	if n := some(t, st, 1, expr.Integer, expr.Decimal); n != nil {
		j.On[n[0]] = "k"
	}
	if s := some(t, st, 1, expr.String); s != nil && (len(j.On) == 0 || rapid.IntRange(0, 4).Draw(t, "by text") == 0) {
		j.On[s[0]] = "s"
	}
	if j.Kind != "anti" {
		j.Prefix, j.Columns = "v_", []string{"ts", "s", "n"}[:rapid.IntRange(0, 3).Draw(t, "taken")]
	}
	return j
}

// randomStep draws a step of a kind for the table; it may turn out not to fit.
func randomStep(t *rapid.T, st *steps.Stage, kind string) steps.Step {
	switch kind {
	case "select":
		return steps.Step{Select: some(t, st, 20)}
	case "drop":
		return steps.Step{Drop: some(t, st, 3)}
	case "rename":
		return steps.Step{Rename: map[string]string{some(t, st, 1)[0]: name(t)}}
	case "cast":
		to := rapid.SampledFrom([]expr.Type{expr.String, expr.Integer, expr.Decimal, expr.Float, expr.Boolean, expr.Date, expr.Timestamp}).Draw(t, "type")
		c := steps.Cast{Column: some(t, st, 1)[0], Type: to, OnError: rapid.SampledFrom([]string{"", "reject"}).Draw(t, "on error")}
		if st.Column("txt") != nil && st.Column("txt").Type == expr.String && rapid.Bool().Draw(t, "text") {
			c.Column = "txt"
		}
		if to == expr.Decimal {
			c.Precision, c.Scale = 12, 2
		}
		return steps.Step{Cast: []steps.Cast{c}}
	case "filter":
		return steps.Step{Filter: condition(t, st)}
	case "derive":
		return steps.Step{Derive: []steps.Derived{{Name: name(t), Expr: expression(t, st)}, {Name: some(t, st, 1)[0], Expr: expression(t, st)}}}
	case "join":
		j := &steps.Join{Dataset: "dims", Kind: rapid.SampledFrom([]string{"", "left", "inner", "full", "anti"}).Draw(t, "kind"), Many: rapid.Bool().Draw(t, "many"),
			On: map[string]string{}, Prefix: "o_"}
		if rapid.Bool().Draw(t, "as of") {
			return steps.Step{Join: asOf(t, st)}
		}
		if n := some(t, st, 1, expr.Integer, expr.Decimal); n != nil {
			j.On[n[0]] = rapid.SampledFrom([]string{"k", "k", "d"}).Draw(t, "key there")
		}
		if j.Kind != "anti" {
			j.Columns = []string{"label", "d"}
		} else {
			j.Prefix = ""
		}
		return steps.Step{Join: j}
	case "union":
		return steps.Step{Union: &steps.Union{Datasets: []string{"more", "dims"}, Origin: rapid.SampledFrom([]string{"", "origin"}).Draw(t, "origin")}}
	case "aggregate":
		a := &steps.Aggregate{By: some(t, st, 2)}
		if rapid.IntRange(0, 4).Draw(t, "whole") == 0 {
			a.By = nil
		}
		a.Values = append(a.Values, steps.Value{Name: "rows", Agg: "count"})
		if n := some(t, st, 1, numbers...); n != nil {
			a.Values = append(a.Values, steps.Value{Name: "v", Expr: n[0], Where: condition(t, st),
				Agg: rapid.SampledFrom([]string{"sum", "min", "max", "avg", "median", "count_distinct", "count"}).Draw(t, "agg")})
		}
		return steps.Step{Aggregate: a}
	case "deduplicate":
		d := &steps.Deduplicate{By: some(t, st, 2), Order: ordering(t, st), Keep: rapid.SampledFrom([]string{"", "first", "last"}).Draw(t, "keep")}
		if rapid.IntRange(0, 4).Draw(t, "whole") == 0 {
			d.By = nil
		}
		return steps.Step{Deduplicate: d}
	case "pivot":
		p := &steps.Pivot{By: some(t, st, 1), Agg: "count", Column: "nothing"}
		if n := some(t, st, 1, expr.Integer); n != nil {
			p.Column, p.Values = n[0], []steps.PivotValue{{Value: "1", Name: "p_one"}, {Value: "-2", Name: "p_two"}}
		} else if s := some(t, st, 1, expr.String); s != nil {
			p.Column, p.Values = s[0], []steps.PivotValue{{Value: "a", Name: "p_one"}, {Value: "北京", Name: "p_two"}}
		}
		if n := some(t, st, 1, numbers...); n != nil {
			p.Agg, p.Expr = rapid.SampledFrom([]string{"sum", "max", "count", "avg"}).Draw(t, "agg"), n[0]
		}
		return steps.Step{Pivot: p}
	case "unpivot":
		return steps.Step{Unpivot: &steps.Unpivot{Columns: some(t, st, 3, numbers...), Name: "which", Value: "value", DropMissing: rapid.Bool().Draw(t, "drop")}}
	case "fill":
		f := steps.Fill{Column: some(t, st, 1)[0]}
		if rapid.Bool().Draw(t, "constant") {
			f.With = map[expr.Type]string{expr.String: "none", expr.Boolean: "true", expr.Date: "2026-05-05", expr.Timestamp: "2026-05-05 10:00:00"}[st.Column(f.Column).Type]
			if f.With == "" {
				f.With = "7"
			}
		} else {
			f.From, f.Order, f.By = rapid.SampledFrom([]string{"before", "after"}).Draw(t, "from"), ordering(t, st), some(t, st, 1)
		}
		return steps.Step{Fill: []steps.Fill{f}}
	case "split":
		s := &steps.Split{By: ",", Column: "nothing"}
		if c := some(t, st, 1, expr.String); c != nil {
			s.Column = c[0]
		}
		if s.Rows = rapid.Bool().Draw(t, "rows"); s.Rows {
			s.Position = rapid.SampledFrom([]string{"", "pos"}).Draw(t, "position")
		} else {
			s.Into = []string{"part_one", "part_two"}[:rapid.IntRange(1, 2).Draw(t, "parts")]
		}
		return steps.Step{Split: s}
	case "standardise":
		s := steps.Standard{Column: "nothing", As: rapid.SampledFrom([]string{"trim", "lower", "upper", "width", "phone"}).Draw(t, "as"),
			OnError: rapid.SampledFrom([]string{"", "keep"}).Draw(t, "on error")}
		if c := some(t, st, 1, expr.String); c != nil {
			s.Column = c[0]
		}
		return steps.Step{Standardise: []steps.Standard{s, {Column: s.Column, As: "lower"}}}
	case "map":
		m := &steps.Mapping{Column: "nothing", Into: rapid.SampledFrom([]string{"", "mapped"}).Draw(t, "into"), Values: map[string]string{"1": "10", "2": "20"}}
		if c := some(t, st, 1, expr.String, expr.Integer); c != nil {
			m.Column = c[0]
		}
		switch rapid.IntRange(0, 2).Draw(t, "default") {
		case 0:
			m.Keep = true
		case 1:
			m.Default = rapid.SampledFrom([]string{"0", "other"}).Draw(t, "default")
		}
		m.Missing = rapid.SampledFrom([]string{"", "0"}).Draw(t, "missing")
		return steps.Step{Map: m}
	case "mask":
		m := steps.Mask{How: "drop", Column: some(t, st, 1)[0]}
		if c := some(t, st, 1, numbers...); c != nil && rapid.Bool().Draw(t, "number") {
			m = steps.Mask{Column: c[0], How: "generalise", Step: 2}
		} else if c := some(t, st, 1, expr.Date); c != nil && rapid.Bool().Draw(t, "date") {
			m = steps.Mask{Column: c[0], How: "generalise", To: rapid.SampledFrom([]string{"week", "month", "quarter", "year"}).Draw(t, "to")}
		} else if c := some(t, st, 1, expr.String); c != nil {
			m = steps.Mask{Column: c[0], How: "partial", Left: rapid.IntRange(0, 2).Draw(t, "left"), Right: rapid.IntRange(0, 2).Draw(t, "right")}
		}
		return steps.Step{Mask: []steps.Mask{m}}
	case "session":
		x := &steps.Session{By: some(t, st, 2), Time: "nothing", Gap: rapid.SampledFrom([]string{"", "30 minutes", "10 minutes", "1 second", "2 weeks"}).Draw(t, "gap"),
			Midnight: rapid.Bool().Draw(t, "midnight"), As: rapid.SampledFrom([]string{"", "visit"}).Draw(t, "as")}
		if c := some(t, st, 1, expr.Timestamp); c != nil {
			x.Time = c[0]
		}
		if rapid.Bool().Draw(t, "change") {
			x.Change = some(t, st, 2)
		}
		return steps.Step{Session: x}
	}
	s := &steps.Sample{Share: 0.5, Seed: rapid.SampledFrom([]string{"", "x"}).Draw(t, "seed")}
	if s.By = some(t, st, 2, expr.Integer, expr.String, expr.Date); s.By == nil || rapid.Bool().Draw(t, "count") {
		s.Share, s.Count = 0, 3
	}
	if s.By == nil {
		s.Share = 2 // no column whose text both sides write alike: the step is not taken
	}
	return steps.Step{Sample: s}
}

// scratch is an engine with the random tables in it.
type scratch struct {
	db     *duckdb.Scratch
	tables map[string]string
}

func openScratch(t *testing.T) *scratch {
	t.Helper()
	db, err := duckdb.OpenScratch(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return &scratch{db, map[string]string{}}
}

func (s *scratch) fill(t failer, name string, r rel) {
	table, err := s.db.Fill(context.Background(), name, columnsOf[name], r.rows)
	if err != nil {
		t.Fatalf("%v", err)
	}
	s.tables[name] = table
}

func (s *scratch) printer(zone *time.Location) prepare.Printer {
	return prepare.Printer{Dialect: s.db.Dialect(), Zone: zone,
		Table: func(dataset string, _ int) expr.SQL { return expr.SQL{Text: s.tables[dataset]} },
		Salt:  func(string) (string, error) { return "pepper", nil }}
}

func (s *scratch) ask(t failer, q expr.SQL) rel {
	t.Helper()
	rows, err := s.db.Query(context.Background(), q)
	if err != nil {
		t.Fatalf("%v\n%s\n%v", err, q.Text, q.Args)
	}
	defer rows.Close()
	out := rel{}
	for _, c := range rows.Columns() {
		out.cols = append(out.cols, c.Name)
	}
	for rows.Next() {
		row := slices.Clone(rows.Values())
		for i, v := range row {
			if d, ok := v.(warehouse.Decimal); ok {
				row[i] = d.Float64()
			}
		}
		out.rows = append(out.rows, row)
	}
	if err := rows.Err(); err != nil {
		t.Fatalf("%v\n%s", err, q.Text)
	}
	return out
}

// show writes a table so that equal ones look equal, whatever the order of rows.
func show(r rel) string {
	lines := make([]string, len(r.rows))
	for i, row := range r.rows {
		cells := make([]string, len(row))
		for j, v := range row {
			cells[j] = cell(v)
		}
		lines[i] = strings.Join(cells, " | ")
	}
	slices.Sort(lines)
	return strings.Join(r.cols, " | ") + "\n" + strings.Join(lines, "\n")
}

func asJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// TestSteps tries every kind of step, after up to three others, on random
// tables, and compares each stage with what plain Go code makes of the rows.
func TestSteps(t *testing.T) {
	t.Parallel()
	for _, kind := range steps.Kinds() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			s := openScratch(t)
			fitted := 0
			rapid.Check(t, func(t2 *rapid.T) {
				tables := map[string]rel{}
				for _, n := range tableNames {
					tables[n] = randomTable(t2, n)
				}
				var list []steps.Step
				for range rapid.IntRange(0, 3).Draw(t2, "before") {
					list = appended(t2, list, rapid.SampledFrom(steps.Kinds()).Draw(t2, "kind"))
				}
				before := len(list)
				if list = appended(t2, list, kind); len(list) > before {
					fitted++
				}
				compare(t, t2, s, list, tables)
			})
			if fitted == 0 {
				t.Errorf("no step of this kind was ever tried")
			}
		})
	}
}

// appended adds a random step where it fits.
func appended(t *rapid.T, list []steps.Step, kind string) []steps.Step {
	plan, found := steps.Type("steps", "facts", list, inputs)
	if len(found) > 0 {
		t.Fatal(found)
	}
	next := append(slices.Clone(list), randomStep(t, plan.Last(), kind))
	if len(steps.Validate("steps", next)) > 0 {
		return list
	}
	if _, found := steps.Type("steps", "facts", next, inputs); len(found) > 0 {
		return list
	}
	return next
}

func compare(t *testing.T, t2 failer, s *scratch, list []steps.Step, tables map[string]rel) {
	compareIn(t, t2, s, list, tables, inputs, time.UTC)
}

func compareIn(t *testing.T, t2 failer, s *scratch, list []steps.Step, tables map[string]rel, inputs func(string) *steps.Input, zone *time.Location) {
	plan, found := steps.Type("steps", "facts", list, inputs)
	if len(found) > 0 {
		t2.Fatalf("%v", found)
	}
	for _, n := range plan.Inputs() {
		s.fill(t2, n, tables[n])
	}
	st, err := s.printer(zone).Print(plan)
	if err != nil {
		t2.Fatalf("%v", err)
	}
	want := tables["facts"]
	for i := 1; i < len(plan.Stages); i++ {
		want = (&reference{t: t, in: "facts", others: tables, before: &plan.Stages[i-1], after: &plan.Stages[i], zone: zone}).step(plan.Stages[i].Step, want)
		got := s.ask(t2, st.Rows(i, 0))
		if !slices.Equal(got.cols, plan.Stages[i].Names()) {
			t2.Fatalf("columns %v, typed %v", got.cols, plan.Stages[i].Names())
		}
		if a, b := show(got), show(want); a != b {
			t2.Fatalf("step %d %s\ngot\n%s\nwant\n%s\n\nfrom %s\n%s", i, asJSON(list), a, b, show(tables["facts"]), st.Rows(i, 0).Text)
		}
	}
	if n := fmt.Sprint(s.ask(t2, st.Count([]int{len(list)}, nil)).rows[0][0]); n != fmt.Sprint(len(want.rows)) {
		t2.Fatalf("%s rows counted, %d there", n, len(want.rows))
	}
}
