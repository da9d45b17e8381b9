package cube_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lodestar/internal/catalog"
	"lodestar/internal/expr"
	"lodestar/internal/importer"
	"lodestar/internal/importer/cube"
	"lodestar/internal/semantic"
)

const shop = `
cubes:
  - name: base
    public: false
    dimensions:
      - {name: id, sql: id, type: number, primary_key: true}
      - {name: created_at, sql: "{CUBE}.created_at", type: time}
  - name: orders
    extends: base
    sql_table: public.orders
    title: Orders
    joins:
      - {name: customers, sql: "{CUBE}.customer_id = {customers.id}", relationship: many_to_one}
    dimensions:
      - {name: status, sql: status, type: string}
      - {name: big, sql: "{amount} > 100 and {CUBE}.status <> 'x'", type: boolean}
      - {name: amount, sql: amount, type: number}
      - name: size
        type: string
        case:
          when: [{sql: "{CUBE}.amount > 100", label: large}]
          else: {label: small}
      - {name: casted, sql: "{CUBE}.amount::text", type: string}
      - {name: spot, type: geo, latitude: {sql: lat}, longitude: {sql: lon}}
    segments:
      - {name: done, sql: "{CUBE}.status = 'done'"}
    measures:
      - {name: count, type: count, drill_members: [id]}
      - {name: revenue, type: sum, sql: "{amount}", format: currency, currency: EUR}
      - name: done_revenue
        type: sum
        sql: amount
        filters: [{sql: "{CUBE}.status = 'done'"}, {sql: "{customers.city} = 'Paris'"}]
      - {name: aov, type: number, sql: "{revenue} / NULLIF({count}, 0)"}
      - {name: spread, type: number, sql: "MAX(amount) - MIN({CUBE}.amount)"}
      - {name: buyers, type: countDistinctApprox, sql: customer_id}
      - {name: last_week, type: sum, sql: amount, rolling_window: {trailing: 7 day}}
      - {name: so_far, type: sum, sql: amount, rolling_window: {type: to_date, granularity: month}}
      - {name: ever, type: count, rolling_window: {trailing: unbounded}}
      - {name: year_ago, type: number, multi_stage: true, sql: "{revenue}", time_shift: [{interval: 1 year, type: prior}]}
      - {name: ahead, type: sum, sql: amount, rolling_window: {leading: 7 day}}
      - {name: place, type: rank, multi_stage: true}
      - {name: secret, type: sum, sql: "{FILTER_PARAMS.orders.status.filter('status')}"}
    pre_aggregations:
      - {name: main, measures: [count], timeDimension: created_at, granularity: day}
  - name: customers
    sql: SELECT * FROM customers
    joins:
      - {name: orders, sql: "{orders}.customer_id = {CUBE}.id", relationship: one_to_many}
    dimensions:
      - {name: id, sql: id, type: number, primaryKey: true}
      - {name: city, sql: CITY, type: string}
    measures:
      - {name: count, type: count}
views:
  - name: sales
    cubes: [{join_path: orders.customers, includes: "*", prefix: true}]
`

func read(t *testing.T, src string) ([]*catalog.Resource, *importer.Report) {
	t.Helper()
	return cube.Import([]importer.File{{Name: "model.yaml", Data: []byte(src)}}, nil)
}

func metrics(rs []*catalog.Resource) map[string]*semantic.MetricSpec {
	out := map[string]*semantic.MetricSpec{}
	for _, r := range rs {
		if s, ok := r.Spec.(*semantic.MetricSpec); ok {
			out[r.Metadata.Name] = s
		}
	}
	return out
}

func TestShop(t *testing.T) {
	rs, report := read(t, shop)
	if len(report.Findings) > 0 {
		t.Fatal(report.Findings)
	}
	model, findings := semantic.Compile(rs)
	for _, f := range findings {
		if f.Severity == catalog.Error {
			t.Error(f)
		}
	}
	want := map[string]*semantic.MetricSpec{
		"orders_count":    {Type: "simple", Dataset: "orders", Agg: "count"},
		"customers_count": {Type: "simple", Dataset: "customers", Agg: "count"},
		"revenue":         {Type: "simple", Dataset: "orders", Agg: "sum", Expr: "amount", Unit: "EUR"},
		"done_revenue": {Type: "simple", Dataset: "orders", Agg: "sum", Expr: "amount",
			Where: "(status = 'done') and (customers.city = 'Paris')"},
		"aov":       {Type: "derived", Expr: "revenue / NULLIF(orders_count, 0)"},
		"spread":    {Type: "derived", Expr: "part_1 - part_2", Inputs: map[string]semantic.Input{"part_1": {Metric: "spread_1"}, "part_2": {Metric: "spread_2"}}},
		"spread_1":  {Type: "simple", Dataset: "orders", Agg: "max", Expr: "amount"},
		"spread_2":  {Type: "simple", Dataset: "orders", Agg: "min", Expr: "amount"},
		"buyers":    {Type: "simple", Dataset: "orders", Agg: "count_distinct", Expr: "customer_id", Approximate: true},
		"last_week": {Type: "cumulative", Metric: "last_week_base", Window: "7 day"},
		"so_far":    {Type: "cumulative", Metric: "so_far_base", ToDate: "month"},
		"ever":      {Type: "cumulative", Metric: "ever_base"},
		"year_ago":  {Type: "derived", Expr: "earlier", Inputs: map[string]semantic.Input{"earlier": {Metric: "revenue", Offset: "1 year"}}},
	}
	got := metrics(rs)
	for name, w := range want {
		if d := cmp.Diff(w, got[name]); d != "" {
			t.Errorf("%s: %s", name, d)
		}
		if model.Metric(name) == nil {
			t.Errorf("%s does not compile", name)
		}
	}
	for _, name := range []string{"ahead", "place", "secret"} {
		if got[name] != nil {
			t.Errorf("%s was guessed: %+v", name, got[name])
		}
	}
	orders := model.Dataset("orders").Spec
	if d := cmp.Diff([]semantic.Relationship{{Name: "customers", To: "customers", Columns: map[string]string{"customer_id": "id"}, Cardinality: "many_to_one"}},
		orders.Relationships); d != "" {
		t.Error(d)
	}
	dims := map[string]string{}
	for _, d := range orders.Dimensions {
		dims[d.Name] = d.Expr
	}
	if d := cmp.Diff(map[string]string{"big": "amount > 100 and status <> 'x'", "done": "status = 'done'",
		"size": "case when amount > 100 then 'large' else 'small' end"}, dims); d != "" {
		t.Error(d)
	}
	if orders.Time != "created_at" || !slices.Equal(orders.PrimaryKey, []string{"id"}) {
		t.Errorf("%q %v", orders.Time, orders.PrimaryKey)
	}
	if c := model.Dataset("customers").Spec.Columns[1]; c.Name != "city" || c.Source != "CITY" || c.Type != expr.String {
		t.Errorf("%+v", c)
	}
}

// TestLosses: whatever is left out is named with its place, in both languages.
func TestLosses(t *testing.T) {
	_, report := read(t, shop)
	var got []string
	for _, l := range report.Losses {
		got = append(got, l.Object+" "+l.Rule)
		if l.Line == 0 || l.Text.ZH == "" || l.Text.EN == "" {
			t.Errorf("%+v", l)
		}
	}
	slices.Sort(got)
	want := []string{"cube base visibility", "cube orders dimension", "cube orders pre_aggregation", "cube orders segment", "cube orders sql",
		"measure orders.ahead sql", "measure orders.count drill_members", "measure orders.place sql", "measure orders.secret sql", "view sales view"}
	for _, w := range want {
		if !slices.Contains(got, w) {
			t.Errorf("%q is not among %v", w, got)
		}
	}
	for _, o := range []string{"cube orders", "cube customers", "measure orders.aov", "view sales"} {
		if !slices.Contains(report.Objects, o) {
			t.Errorf("%q was not read", o)
		}
	}
}

func TestStrict(t *testing.T) {
	for name, c := range map[string]struct{ from, to, rule, suggestion string }{
		"cube":           {"sql_table: public.orders", "sql_tabel: public.orders", "unknown_key", "sql_table"},
		"measure":        {"{name: count, type: count, drill_members: [id]}", "{name: count, type: count, filter_by: x}", "unknown_key", ""},
		"window":         {"{trailing: 7 day}", "{trailin: 7 day, trailing: 7 day}", "unknown_key", "trailing"},
		"view":           {"prefix: true", "prefixed: true", "unknown_key", "prefix"},
		"join":           {"relationship: many_to_one", "relationship: many", "bad_join", ""},
		"roll-up":        {"granularity: day}", "granulariti: day}", "unknown_key", "granularity"},
		"extends nobody": {"extends: base", "extends: bass", "unknown_cube", ""},
		"jinja":          {"title: Orders", "title: \"{{ name }}\"", "jinja", ""},
	} {
		t.Run(name, func(t *testing.T) {
			src := strings.Replace(shop, c.from, c.to, 1)
			if src == shop {
				t.Fatal("nothing was changed")
			}
			_, report := read(t, src)
			if len(report.Findings) == 0 {
				t.Fatal("nothing was found")
			}
			f := report.Findings[0]
			if f.Rule != c.rule || f.Line == 0 || f.File != "model.yaml" || c.suggestion != "" && f.Suggestion != c.suggestion {
				t.Errorf("%+v", f)
			}
		})
	}
}
