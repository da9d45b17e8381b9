package query_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"lodestar/internal/access"
	"lodestar/internal/calendar"
	"lodestar/internal/catalog"
	"lodestar/internal/expr"
	"lodestar/internal/query"
	"lodestar/internal/semantic"
	"lodestar/internal/warehouse"
)

var viewer = access.Actor{Name: "mei", Role: access.Viewer}

var noon = time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)

// fake is a warehouse that remembers statements and gives canned rows.
type fake struct {
	states  map[string]warehouse.State
	answers func(sql expr.SQL) [][]any
	asked   []expr.SQL
}

func (f *fake) Dialect() warehouse.Dialect { return plainDialect{} }

func (f *fake) Query(_ context.Context, q expr.SQL) (warehouse.Rows, error) {
	f.asked = append(f.asked, q)
	rows := &fakeRows{}
	if f.answers != nil {
		rows.rows = f.answers(q)
	}
	return rows, nil
}

func (f *fake) State(_ context.Context, dataset string) (warehouse.State, bool, error) {
	s, ok := f.states[dataset]
	return s, ok, nil
}

type fakeRows struct {
	rows [][]any
	at   int
}

func (r *fakeRows) Columns() []warehouse.Column { return nil }
func (r *fakeRows) Next() bool                  { r.at++; return r.at <= len(r.rows) }
func (r *fakeRows) Values() []any               { return r.rows[r.at-1] }
func (r *fakeRows) Err() error                  { return nil }
func (r *fakeRows) Close() error                { return nil }

// plainDialect writes SQL that is easy to read in tests.
type plainDialect struct{}

func (plainDialect) Name() string              { return "plain" }
func (plainDialect) Rebind(text string) string { return text }
func (plainDialect) Quote(s string) string     { return s }

func (plainDialect) Literal(v any, t expr.Type) expr.SQL {
	switch v := v.(type) {
	case nil:
		return expr.SQL{Text: "NULL"}
	case string:
		return expr.SQL{Text: "?", Args: []any{v}}
	case time.Time:
		if t == expr.Date {
			return expr.SQL{Text: "'" + v.Format(time.DateOnly) + "'"}
		}
		return expr.SQL{Text: "'" + v.Format("2006-01-02 15:04") + "'"}
	}
	return expr.SQL{Text: fmt.Sprint(v)}
}

func (plainDialect) Cast(x expr.SQL, _, to expr.Type) expr.SQL {
	return expr.Concat("cast(", x, " as "+string(to)+")")
}
func (plainDialect) Divide(a, b expr.SQL) expr.SQL { return expr.Concat("(", a, " / ", b, ")") }
func (plainDialect) Call(f string, args []expr.SQL) expr.SQL {
	return expr.Concat(f+"(", expr.Join(args, ", "), ")")
}
func (plainDialect) ColumnType(t expr.Type, _, _ int) string { return string(t) }
func (plainDialect) Aggregate(a warehouse.Aggregate) expr.SQL {
	arg := a.Arg
	if arg.Text == "" {
		arg = expr.SQL{Text: "*"}
	}
	out := expr.Concat(a.Func+"(", arg, ")")
	if a.Filter.Text != "" {
		out = expr.Concat(out, " filter (where ", a.Filter, ")")
	}
	return out
}
func (plainDialect) Truncate(x expr.SQL, g calendar.Grain, _ time.Weekday, _ time.Month) expr.SQL {
	return expr.Concat(string(g)+"(", x, ")")
}
func (plainDialect) Order(x expr.SQL, desc bool) expr.SQL {
	if desc {
		return expr.Concat(x, " DESC NULLS LAST")
	}
	return expr.Concat(x, " NULLS LAST")
}
func (plainDialect) Rows(names []string, _ []expr.Type, rows [][]expr.SQL) expr.SQL {
	out := expr.SQL{Text: "rows(" + strings.Join(names, ", ") + ")"}
	for _, r := range rows {
		out = expr.Concat(out, "[", expr.Join(r, ", "), "]")
	}
	return out
}
func (plainDialect) SecondsBetween(a, b expr.SQL) expr.SQL {
	return expr.Concat("seconds(", a, ", ", b, ")")
}
func (plainDialect) AddSeconds(x, s expr.SQL) expr.SQL { return expr.Concat("add(", x, ", ", s, ")") }

// compile makes a model of YAML definitions.
func compile(t testing.TB, src string) *semantic.Model {
	t.Helper()
	rs, findings := catalog.Decode("model.yaml", []byte(src), semantic.Kinds())
	m, more := semantic.Compile(rs)
	for _, f := range append(findings, more...) {
		if f.Severity == catalog.Error {
			t.Fatalf("%d %s %s: %s", f.Line, f.Name, f.Path, f.Text.EN)
		}
	}
	return m
}

// loaded gives every dataset of a model n rows from 2024 to yesterday.
func loaded(m *semantic.Model, n int64) map[string]warehouse.State {
	out := map[string]warehouse.State{}
	for _, d := range m.Datasets() {
		s := warehouse.State{Dataset: d.Name, Table: d.Name, Version: 1, Rows: n, LoadedAt: noon,
			MinTime: map[string]time.Time{}, MaxTime: map[string]time.Time{}}
		s.Newest = s.MaxTime
		for _, c := range d.Spec.Columns {
			if c.Type.IsTime() {
				s.MinTime[c.Name] = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
				s.MaxTime[c.Name] = time.Date(2026, 3, 9, 20, 0, 0, 0, time.UTC)
			}
		}
		out[d.Name] = s
	}
	return out
}

func engineOf(m *semantic.Model, f *fake, cache int64) *query.Engine {
	return query.New(query.Config{Model: func() *semantic.Model { return m }, Warehouse: f,
		Now: func() time.Time { return noon }, CacheBytes: cache})
}

func decode(t testing.TB, src string) query.Request {
	t.Helper()
	r, err := query.Decode([]byte(src))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// bigModel has three facts over shared dimensions and 500 metrics.
func bigModel() string {
	var b strings.Builder
	b.WriteString("kind: Workspace\nmetadata: {name: workspace}\nspec: {zone: America/New_York}\n")
	b.WriteString(`---
kind: Dataset
metadata: {name: cities}
spec: {columns: [{name: city, type: integer}, {name: region, type: string}, {name: country, type: string}], primaryKey: [city]}
---
kind: Dataset
metadata: {name: stores}
spec:
  columns: [{name: store, type: integer}, {name: name, type: string}, {name: kind, type: string}, {name: city, type: integer}]
  primaryKey: [store]
  relationships: [{name: city, to: cities, columns: {city: city}, cardinality: many_to_one}]
`)
	for f := range 3 {
		fmt.Fprintf(&b, `---
kind: Dataset
metadata: {name: fact%d}
spec:
  columns: [{name: id, type: integer}, {name: at, type: timestamp}, {name: store, type: integer}, {name: amount, type: decimal}, {name: who, type: string}, {name: channel, type: string}]
  time: at
  relationships: [{name: store, to: stores, columns: {store: store}, cardinality: many_to_one}]
`, f)
	}
	for i := range 300 {
		agg := []string{"sum", "count_distinct", "avg"}[i%3]
		where := ""
		if i%2 == 1 {
			where = ", where: \"channel = 'web'\""
		}
		fmt.Fprintf(&b, "---\nkind: Metric\nmetadata: {name: simple%d}\nspec: {type: simple, dataset: fact%d, agg: %s, expr: amount%s}\n", i, i/3%3, agg, where)
	}
	for i := range 200 {
		fmt.Fprintf(&b, "---\nkind: Metric\nmetadata: {name: ratio%d}\nspec: {type: derived, expr: \"simple%d / simple%d + simple%d\"}\n", i, i, i+5, i+50)
	}
	return b.String()
}

const bigAsk = `{"metrics": ["simple0", "simple4", "simple8", "ratio3", "ratio7", {"metric": "ratio11", "where": "store.kind = 'big'"}],
 "by": ["store.name", "store.kind", "store.city.region", {"time": "week"}], "where": "store.city.country = 'CN' and store.kind <> 'test'",
 "time": {"last": "12 weeks"}, "compare": {"to": "previous_year"}, "top": {"n": 10, "by": "simple0", "others": true}, "totals": true}`

// BenchmarkPlanner measures everything but the warehouse: six metrics over
// three facts, four dimensions, top and comparison, in a model of 500 metrics.
func BenchmarkPlanner(b *testing.B) {
	m := compile(b, bigModel())
	f := &fake{states: loaded(m, 1_000_000)}
	e := engineOf(m, f, -1)
	r := decode(b, bigAsk)
	for b.Loop() {
		f.asked = f.asked[:0]
		if _, err := e.Query(b.Context(), viewer, r); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkCompile compiles that model.
func BenchmarkCompile(b *testing.B) {
	rs, _ := catalog.Decode("model.yaml", []byte(bigModel()), semantic.Kinds())
	for b.Loop() {
		semantic.Compile(rs)
	}
}

// BenchmarkDimensions asks what fits six metrics of it.
func BenchmarkDimensions(b *testing.B) {
	m := compile(b, bigModel())
	for b.Loop() {
		m.Dimensions([]string{"simple0", "simple4", "simple8", "ratio3", "ratio7", "ratio11"})
	}
}
