package metrictest_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lodestar/internal/catalog"
	"lodestar/internal/kinds"
	"lodestar/internal/metrictest"
	"lodestar/internal/semantic"
	"lodestar/internal/text"
	"lodestar/internal/warehouse/duckdb"
)

const shop = `
kind: Workspace
metadata: {name: workspace}
spec: {zone: Asia/Shanghai, asOf: now}
---
kind: Dataset
metadata: {name: orders}
spec:
  columns:
    - {name: id, type: string}
    - {name: at, type: timestamp}
    - {name: day, type: date}
    - {name: channel, type: string}
    - {name: amount, type: decimal, precision: 6, scale: 2}
    - {name: paid, type: boolean}
    - {name: items, type: integer}
  primaryKey: [id]
  time: at
---
kind: Metric
metadata: {name: revenue}
spec: {type: simple, dataset: orders, agg: sum, expr: amount}
---
kind: Metric
metadata: {name: orders}
spec: {type: simple, dataset: orders, agg: count}
---
`

// judged reads definitions as the command line does.
func judged(t *testing.T, src string) ([]*catalog.Resource, []catalog.Finding) {
	t.Helper()
	rs, findings, err := catalog.Judged(t.Context(), catalog.Config{Kinds: kinds.All(), Checker: catalog.CheckerFunc(kinds.Check),
		Now: time.Now}, []catalog.File{{Name: "shop.yaml", Text: src}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return rs, findings
}

func open(t *testing.T) metrictest.Bench {
	t.Helper()
	b, err := duckdb.OpenScratch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

// run gives the outcomes of the spec of one test over the shop.
func run(t *testing.T, spec string) []metrictest.Outcome {
	t.Helper()
	src := shop + "kind: Test\nmetadata: {name: t}\nspec:\n" + spec
	rs, findings := judged(t, src)
	for _, f := range findings {
		t.Fatal(f)
	}
	model, _ := semantic.Compile(rs)
	for _, r := range rs {
		if r.Kind == metrictest.KindTest {
			out, err := metrictest.Run(t.Context(), open(t), model, r)
			if err != nil {
				t.Fatal(err)
			}
			return out
		}
	}
	t.Fatal("no test")
	return nil
}

const rows = `  data:
    orders:
      - {id: a, at: 2026-01-31 23:30, day: 2026-01-31, channel: web, amount: 10.50, paid: true, items: 2}
      - {id: b, at: 2026-01-31T17:00:00Z, day: 2026-02-01, channel: web, amount: 1, items: 1}
      - {id: c, at: 2026-02-02, day: 2026-02-02, channel: app, amount: 4, paid: false}
`

func TestCasesPass(t *testing.T) {
	for name, c := range map[string]string{
		"rows in any order": `
    - query: {metrics: [revenue], by: [channel]}
      expect: [{channel: web, revenue: 11.5}, {channel: app, revenue: 4}]`,
		"in order": `
    - query: {metrics: [revenue], by: [channel], order: [-revenue]}
      ordered: true
      expect: [{channel: web, revenue: 11.5}, {channel: app, revenue: 4}]`,
		"some columns": `
    - query: {metrics: [revenue, orders], by: [channel]}
      expect: [{channel: web, orders: 2}, {channel: app, orders: 1}]`,
		"periods by their beginning, in the workspace's zone": `
    - query: {metrics: [orders], by: [{time: month}]}
      expect: [{time.month: 2026-01, orders: 1}, {time.month: 2026-02-01, orders: 2}]`,
		"hours": `
    - query: {metrics: [orders], by: [{time: hour}], where: "id = 'a'"}
      expect: [{time.hour: 2026-01-31 23:00, orders: 1}]`,
		"no value": `
    - query: {metrics: [revenue], by: [paid]}
      expect: [{paid: true, revenue: 10.5}, {paid: null, revenue: 1}, {paid: false, revenue: 4}]`,
		"no rows": `
    - query: {metrics: [orders], by: [channel], where: "channel = 'phone'"}
      expect: []`,
		"totals alone": `
    - query: {metrics: [orders], by: [channel], totals: true}
      totals: [{orders: 3}]`,
		"within a tolerance": `
    - query: {metrics: [revenue]}
      tolerance: 0.5
      expect: [{revenue: 16}]`,
		"an error": `
    - query: {metrics: [nothing]}
      error: unknown_metric`,
		"the clock follows the rows": `
    - query: {metrics: [orders], time: {last: 1 day}}
      expect: [{orders: 1}]`,
		"a dataset of one test is empty in none": `
    - query: {metrics: [orders], time: {from: 2020-01-01, to: 2021-01-01}}
      expect: [{orders: 0}]`,
	} {
		t.Run(name, func(t *testing.T) {
			for _, o := range run(t, rows+"  cases:"+c+"\n") {
				if !o.OK {
					t.Error(o)
				}
			}
		})
	}
}

func TestCasesFail(t *testing.T) {
	for name, c := range map[string]struct{ spec, rule, says string }{
		"another number": {rows + `  cases:
    - query: {metrics: [revenue], by: [channel]}
      expect: [{channel: web, revenue: 12}, {channel: app, revenue: 4}]`, "rows_differ",
			"  - web           12\n  + web         11.5\n    app            4"},
		"a row too many":   {rows + "  cases:\n    - query: {metrics: [orders], by: [channel]}\n      expect: [{channel: web, orders: 2}]", "rows_differ", "  + app           1"},
		"a row missing":    {rows + "  cases:\n    - query: {metrics: [orders]}\n      expect: [{orders: 3}, {orders: 3}]", "rows_differ", "  -      3"},
		"another order":    {rows + "  cases:\n    - query: {metrics: [orders], by: [channel], order: [orders]}\n      ordered: true\n      expect: [{channel: web, orders: 2}, {channel: app, orders: 1}]", "rows_differ", "- web"},
		"unknown column":   {rows + "  cases:\n    - query: {metrics: [orders], by: [channel]}\n      expect: [{chanel: web, orders: 2}]", "unknown_column", "did you mean channel?"},
		"no such error":    {rows + "  cases:\n    - query: {metrics: [orders]}\n      error: unknown_metric", "no_error", "unknown_metric"},
		"a query error":    {rows + "  cases:\n    - query: {metrics: [orders], by: [chanel]}\n      expect: [{orders: 2}]", "", "chanel"},
		"wrong cell":       {"  data: {orders: [{id: a, at: yesterday}]}\n  cases: [{query: {metrics: [orders]}}]", "bad_value", "yesterday"},
		"too large":        {"  data: {orders: [{id: a, amount: 10000}]}\n  cases: [{query: {metrics: [orders]}}]", "bad_value", "10000"},
		"unknown cell":     {"  data: {orders: [{id: a, amuont: 1}]}\n  cases: [{query: {metrics: [orders]}}]", "unknown_column", "did you mean amount?"},
		"a key twice":      {"  data: {orders: [{id: a}, {id: a}]}\n  cases: [{query: {metrics: [orders]}}]", "duplicate_key", "row 2"},
		"CSV out of shape": {"  csv: {orders: \"id,amount\\na\\n\"}\n  cases: [{query: {metrics: [orders]}}]", "bad_csv", "CSV"},
	} {
		t.Run(name, func(t *testing.T) {
			out := run(t, c.spec+"\n")
			o := out[0]
			if o.OK || c.rule != "" && o.Rule != c.rule || !strings.Contains(o.Words(text.EN), c.says) {
				t.Errorf("%s %v\n%s", o.Rule, o.OK, o.Words(text.EN))
			}
			if o.At.Line == 0 || o.Text.ZH == "" {
				t.Errorf("no place or no Chinese: %+v", o)
			}
		})
	}
}

func TestCSVIsTheSameRows(t *testing.T) {
	out := run(t, `  csv:
    orders: |
      id,at,amount,channel
      a,2026-01-05 10:00:00,10.25,
      b,2026-01-06,2,"app, new"
  cases:
    - query: {metrics: [revenue], by: [channel]}
      expect: [{channel: null, revenue: 10.25}, {channel: "app, new", revenue: 2}]
`)
	if !out[0].OK {
		t.Error(out[0])
	}
}

func TestValidate(t *testing.T) {
	for name, c := range map[string]struct{ spec, path, rule string }{
		"no cases":        {"{data: {orders: []}}", "spec.cases", "required"},
		"bad query":       {"{cases: [{query: {metrics: [orders], bye: [x]}}]}", "spec.cases[0].query.bye", "unknown_field"},
		"unlike rows":     {"{cases: [{query: {metrics: [orders]}, expect: [{orders: 1}, {order: 1}]}]}", "spec.cases[0].expect[1]", "other_columns"},
		"error and rows":  {"{cases: [{query: {metrics: [orders]}, error: x, expect: [{orders: 1}]}]}", "spec.cases[0].error", "bad_value"},
		"rows elsewhere":  {"{files: {orders: o.csv}, cases: [{query: {metrics: [orders]}}]}", "spec.files.orders", "rows_elsewhere"},
		"rows twice":      {"{data: {orders: []}, csv: {orders: id}, cases: [{query: {metrics: [orders]}}]}", "spec.csv.orders", "duplicate"},
		"unknown metric":  {"{cases: [{query: {metrics: [ordres]}}]}", "spec.cases[0].query.metrics[0]", "unknown_reference"},
		"unknown dataset": {"{data: {order: []}, cases: [{query: {metrics: [orders]}}]}", "spec.data.order", "unknown_reference"},
	} {
		t.Run(name, func(t *testing.T) {
			_, findings := judged(t, shop+"kind: Test\nmetadata: {name: t}\nspec: "+c.spec+"\n")
			if len(findings) == 0 || findings[0].Path != c.path || findings[0].Rule != c.rule {
				t.Errorf("got %v, want %s at %s", findings, c.rule, c.path)
			}
		})
	}
}

// TestWrittenAndReadAgain: what a test says survives the canonical YAML, no
// value and all.
func TestWrittenAndReadAgain(t *testing.T) {
	rs, _ := judged(t, shop+"kind: Test\nmetadata: {name: t}\nspec:\n"+rows+`  cases:
    - query: {metrics: [revenue], by: [paid, {time: month}], top: {n: 2, by: revenue}}
      expect: [{paid: null, revenue: 1}]
`)
	want := rs[len(rs)-1]
	for _, r := range rs {
		if r.Kind == metrictest.KindTest {
			want = r
		}
	}
	src, err := catalog.Encode([]*catalog.Resource{want})
	if err != nil {
		t.Fatal(err)
	}
	again, findings := catalog.Decode("again.yaml", src, kinds.All())
	if len(findings) > 0 {
		t.Fatal(findings)
	}
	if d := cmp.Diff(want.Spec, again[0].Spec); d != "" {
		t.Errorf("%s\n%s", d, src)
	}
}

func TestRenameKeepsTheAnswer(t *testing.T) {
	s := &metrictest.Spec{Data: map[string][]map[string]any{"orders": nil},
		Cases: []metrictest.Case{{Query: map[string]any{"metrics": []any{"revenue", map[string]any{"metric": "orders", "as": "n"}}}}}}
	s = s.Rename(semantic.KindMetric, "revenue", "sales").(*metrictest.Spec)
	s = s.Rename(semantic.KindMetric, "orders", "receipts").(*metrictest.Spec)
	s = s.Rename(semantic.KindDataset, "orders", "lines").(*metrictest.Spec)
	want := []any{map[string]any{"metric": "sales", "as": "revenue"}, map[string]any{"metric": "receipts", "as": "n"}}
	if d := cmp.Diff(want, s.Cases[0].Query["metrics"]); d != "" {
		t.Error(d)
	}
	if _, ok := s.Data["lines"]; !ok {
		t.Error("the dataset's rows did not follow")
	}
}

func TestGuard(t *testing.T) {
	const good = "kind: Test\nmetadata: {name: t}\nspec:\n" + rows + "  cases:\n    - {name: all, query: {metrics: [revenue]}, expect: [{revenue: 15.5}]}\n"
	const bad = "kind: Test\nmetadata: {name: t}\nspec:\n" + rows + "  cases:\n    - {name: all, query: {metrics: [revenue]}, expect: [{revenue: 99}]}\n"
	change := strings.Replace(shop, "agg: sum", "agg: max", 1)
	metric := catalog.Ref{Kind: semantic.KindMetric, Name: "revenue"}
	opened := 0
	guard := metrictest.Guard{Open: func(ctx context.Context) (metrictest.Bench, error) {
		opened++
		return duckdb.OpenScratch(ctx)
	}}
	for name, c := range map[string]struct {
		before, after string
		changed       catalog.Ref
		want          []string // severity of each finding
	}{
		"nothing broken":       {shop + good, shop + good, metric, nil},
		"broken":               {shop + good, change + good, metric, []string{"error"}},
		"was broken before":    {shop + bad, change + bad, metric, []string{"warning"}},
		"a new test fails":     {shop, shop + bad, catalog.Ref{Kind: metrictest.KindTest, Name: "t"}, []string{"error"}},
		"the dataset of it":    {shop + good, change + good, catalog.Ref{Kind: semantic.KindDataset, Name: "orders"}, []string{"error"}},
		"the whole workspace":  {shop + good, change + good, catalog.Ref{Kind: semantic.KindWorkspace, Name: "workspace"}, []string{"error"}},
		"nothing that matters": {shop + good, change + good, catalog.Ref{Kind: semantic.KindMetric, Name: "orders"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			before, _ := judged(t, c.before)
			after, _ := judged(t, c.after)
			var got []string
			for _, f := range guard.Try(t.Context(), catalog.Trial{Before: catalog.NewSnapshot(1, before), After: catalog.NewSnapshot(2, after),
				Changed: []catalog.Ref{c.changed}}) {
				got = append(got, string(f.Severity))
				if f.Kind != metrictest.KindTest || f.Line == 0 || !strings.Contains(f.Text.ZH, "t / all") {
					t.Errorf("%+v", f)
				}
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Error(d)
			}
		})
	}
	if opened != 6 {
		t.Errorf("an engine was opened %d times", opened)
	}
}
