package semantic_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lodestar/internal/catalog"
	"lodestar/internal/semantic"
)

// shop is a sound set of definitions that tests add to.
const shop = `
kind: Workspace
metadata: {name: workspace}
spec: {zone: Asia/Shanghai, weekStart: sunday, yearStart: 4}
---
kind: Dataset
metadata: {name: cities, title: {zh: 城市, en: Cities}}
spec:
  columns: [{name: city_id, type: integer}, {name: name, type: string}]
  primaryKey: [city_id]
---
kind: Dataset
metadata: {name: stores}
spec:
  columns: [{name: store_id, type: string}, {name: name, type: string}, {name: city_id, type: integer}]
  primaryKey: [store_id]
  relationships: [{name: city, to: cities, columns: {city_id: city_id}, cardinality: many_to_one}]
---
kind: Dataset
metadata: {name: orders}
spec:
  columns:
    - {name: order_id, type: string}
    - {name: store_id, type: string}
    - {name: from_id, type: string}
    - {name: amount, type: decimal, source: 销售额}
    - {name: at, type: timestamp}
    - {name: channel, type: string}
  primaryKey: [order_id]
  time: at
  relationships:
    - {name: store, to: stores, columns: {store_id: store_id}, cardinality: many_to_one}
    - {name: sent_from, to: stores, columns: {from_id: store_id}, cardinality: many_to_one}
  dimensions:
    - {name: big, expr: "amount >= 100"}
    - {name: far, expr: "big and store.city.name <> sent_from.city.name"}
---
kind: Dataset
metadata: {name: lines}
spec:
  columns: [{name: order_id, type: string}, {name: qty, type: integer}]
  time: order.at
  relationships: [{name: order, to: orders, columns: {order_id: order_id}, cardinality: many_to_one}]
---
kind: Metric
metadata: {name: revenue, title: {zh: 销售额, en: Revenue}}
spec: {type: simple, dataset: orders, agg: sum, expr: "` + "`销售额`" + `", unit: CNY}
---
kind: Metric
metadata: {name: orders}
spec: {type: simple, dataset: orders, agg: count}
---
kind: Metric
metadata: {name: units}
spec: {type: simple, dataset: lines, agg: sum, expr: qty}
---
kind: Metric
metadata: {name: aov}
spec: {type: derived, expr: revenue / orders, unit: CNY}
`

func compileText(t *testing.T, src string) (*semantic.Model, []catalog.Finding) {
	t.Helper()
	rs, findings := catalog.Decode("model.yaml", []byte(src), semantic.Kinds())
	if len(findings) > 0 {
		t.Fatalf("decode: %+v", findings)
	}
	return semantic.Compile(rs)
}

func brief(fs []catalog.Finding) []string {
	out := []string{}
	for _, f := range fs {
		s := f.Kind + " " + f.Name + " " + f.Path + " " + f.Rule
		if f.Suggestion != "" {
			s += " → " + f.Suggestion
		}
		out = append(out, s)
	}
	return out
}

func TestCompileSoundModel(t *testing.T) {
	m, findings := compileText(t, shop)
	if len(findings) > 0 {
		t.Fatal(brief(findings))
	}
	if d := m.Dataset("lines"); d.Time == nil || d.Time.String() != "order.at" {
		t.Errorf("time of lines: %v", d.Time)
	}
	if c := m.Calendar(); c.Zone.String() != "Asia/Shanghai" || c.WeekStart != 0 || c.YearStart != 4 {
		t.Errorf("calendar %+v", c)
	}
	aov := m.Metric("aov")
	if aov.Class != semantic.Algebraic || len(aov.Leaves) != 2 || aov.Formula.Operands[0].Name != "revenue" {
		t.Errorf("aov: %+v", aov)
	}
	again, _ := compileText(t, shop)
	if m.Revision != again.Revision {
		t.Error("equal definitions must have equal revisions")
	}
	other, _ := compileText(t, strings.Replace(shop, ">= 100", ">= 200", 1))
	if m.Revision == other.Revision {
		t.Error("other definitions must have another revision")
	}
}

// TestCompileFindings adds one bad definition at a time; everything else must
// stay in the model.
func TestCompileFindings(t *testing.T) {
	tests := []struct{ name, add, want string }{
		{"unknown column", "kind: Metric\nmetadata: {name: x}\nspec: {type: simple, dataset: orders, agg: sum, expr: amuont}",
			"Metric x spec.expr unknown_name → amount"},
		{"unknown dataset", "kind: Metric\nmetadata: {name: x}\nspec: {type: simple, dataset: order, agg: count}",
			"Metric x spec.dataset unknown_reference → orders"},
		{"ambiguous path", "kind: Metric\nmetadata: {name: x}\nspec: {type: simple, dataset: orders, agg: count, where: \"name = 'a'\"}",
			"Metric x spec.where ambiguous_path → store.name"},
		{"one path is suggested", "kind: Metric\nmetadata: {name: x}\nspec: {type: simple, dataset: lines, agg: count, where: \"channel = 'a'\"}",
			"Metric x spec.where unknown_name → order.channel"},
		{"unknown relationship", "kind: Metric\nmetadata: {name: x}\nspec: {type: simple, dataset: orders, agg: count, where: \"stor.city.name = 'a'\"}",
			"Metric x spec.where unknown_relationship → store.city.name"},
		{"own name in front", "kind: Metric\nmetadata: {name: x}\nspec: {type: simple, dataset: orders, agg: count, where: \"orders.channel = 'a'\"}",
			"Metric x spec.where unknown_name → channel"},
		{"sum of text", "kind: Metric\nmetadata: {name: x}\nspec: {type: simple, dataset: orders, agg: sum, expr: channel}",
			"Metric x spec.expr wrong_type"},
		{"filter that is no condition", "kind: Metric\nmetadata: {name: x}\nspec: {type: simple, dataset: orders, agg: count, where: amount}",
			"Metric x spec.where wrong_type"},
		{"time that is none", "kind: Metric\nmetadata: {name: x}\nspec: {type: simple, dataset: orders, agg: count, time: channel}",
			"Metric x spec.time not_time"},
		{"unknown metric in a formula", "kind: Metric\nmetadata: {name: x}\nspec: {type: derived, expr: revenu / orders}",
			"Metric x spec.expr unknown_name → revenue"},
		{"unknown input", "kind: Metric\nmetadata: {name: x}\nspec: {type: ratio, numerator: {metric: revenu}, denominator: {metric: orders}}",
			"Metric x spec.numerator.metric unknown_reference → revenue"},
		{"filter of an input", "kind: Metric\nmetadata: {name: x}\nspec: {type: ratio, numerator: {metric: units, where: \"channel = 'a'\"}, denominator: {metric: orders}}",
			"Metric x spec.numerator.where unknown_name → order.channel"},
		{"cycle", "kind: Metric\nmetadata: {name: x}\nspec: {type: derived, expr: y + 1}\n---\nkind: Metric\nmetadata: {name: y}\nspec: {type: derived, expr: x * 2}",
			"Metric x spec.expr broken_reference\nMetric y spec.expr cycle"},
		{"unlike units", "kind: Metric\nmetadata: {name: x}\nspec: {type: derived, expr: revenue + share}\n---\nkind: Metric\nmetadata: {name: share}\nspec: {type: derived, expr: revenue / orders, unit: percent}",
			"Metric x spec.expr unlike_units"},
		{"unused input", "kind: Metric\nmetadata: {name: x}\nspec: {type: derived, expr: a + 1, inputs: {a: {metric: orders}, b: {metric: orders}}}",
			"Metric x spec.inputs.b unused_input"},
		{"key types", "kind: Dataset\nmetadata: {name: x}\nspec: {columns: [{name: c, type: string}], relationships: [{name: city, to: cities, columns: {c: city_id}, cardinality: many_to_one}]}",
			"Dataset x spec.relationships[0].columns.c key_type → cast(c as integer)"},
		{"no key there", "kind: Dataset\nmetadata: {name: x}\nspec: {columns: [{name: c, type: string}], relationships: [{name: l, to: lines, columns: {c: order_id}, cardinality: many_to_one}]}",
			"Dataset x spec.relationships[0].to no_primary_key"},
		{"not the whole key", "kind: Dataset\nmetadata: {name: p}\nspec: {columns: [{name: a, type: string}, {name: b, type: string}], primaryKey: [a, b]}\n---\nkind: Dataset\nmetadata: {name: x}\nspec: {columns: [{name: c, type: string}], relationships: [{name: p, to: p, columns: {c: a}, cardinality: many_to_one}]}",
			"Dataset x spec.relationships[0].columns incomplete_key"},
		{"more than the key", "kind: Dataset\nmetadata: {name: x}\nspec: {columns: [{name: c, type: integer}, {name: n, type: string}], relationships: [{name: city, to: cities, columns: {c: city_id, n: name}, cardinality: many_to_one}]}",
			"Dataset x spec.relationships[0].columns.n not_a_key"},
		{"circle of dimensions", "kind: Dataset\nmetadata: {name: x}\nspec: {columns: [{name: c, type: integer}], dimensions: [{name: a, expr: b + 1}, {name: b, expr: a + 1}]}",
			"Dataset x spec.dimensions[0].expr cycle\nDataset x spec.dimensions[1].expr cycle"},
		{"dependants of a bad dataset", "kind: Dataset\nmetadata: {name: x}\nspec: {columns: [{name: c, type: integer}], time: c}\n---\nkind: Metric\nmetadata: {name: m}\nspec: {type: simple, dataset: x, agg: count}\n---\nkind: Metric\nmetadata: {name: n}\nspec: {type: derived, expr: m + orders}",
			"Dataset x spec.time not_time\nMetric m spec.dataset broken_reference\nMetric n spec.expr broken_reference"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m, findings := compileText(t, shop+"---\n"+tt.add)
			if diff := cmp.Diff(strings.Split(tt.want, "\n"), brief(findings)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			for _, f := range findings {
				if f.Text.ZH == "" || f.Text.EN == "" || strings.Contains(f.Text.EN+f.Text.ZH, "{") {
					t.Errorf("text %+v", f.Text)
				}
			}
			for _, name := range []string{"revenue", "orders", "units", "aov"} {
				if m.Metric(name) == nil {
					t.Errorf("%s is gone", name)
				}
			}
		})
	}
}

func TestValidate(t *testing.T) {
	tests := []struct {
		name string
		spec catalog.Spec
		want []string
	}{
		{"empty dataset", &semantic.DatasetSpec{}, []string{"columns required"}},
		{"bad columns", &semantic.DatasetSpec{Columns: []semantic.Column{{Name: "Order ID", Type: "text"}, {Name: "a", Type: "integer", Scale: 2}, {Name: "a", Type: "date"}}},
			[]string{"columns[0].name bad_name", "columns[0].type bad_value", "columns[1].precision bad_value", "columns[2].name duplicate", "columns[2].source duplicate"}},
		{"bad key and zone", &semantic.DatasetSpec{Columns: []semantic.Column{{Name: "a", Type: "date"}}, PrimaryKey: []string{"b"}, Zone: "Mars/Base"},
			[]string{"zone unknown_zone", "primaryKey[0] unknown_column"}},
		{"no type", &semantic.MetricSpec{}, []string{"type bad_value"}},
		{"simple with parts of a ratio", &semantic.MetricSpec{Type: "simple", Dataset: "a", Agg: "count", Numerator: &semantic.Input{Metric: "x"}}, []string{"numerator not_for_type"}},
		{"percentile", &semantic.MetricSpec{Type: "simple", Dataset: "a", Agg: "percentile", Expr: "x", Percentile: 90}, []string{"percentile bad_value"}},
		{"syntax", &semantic.MetricSpec{Type: "derived", Expr: "a +"}, []string{"expr syntax"}},
		{"workspace", &semantic.WorkspaceSpec{Zone: "UTC", WeekStart: "mon", YearStart: 13, AsOf: "soon", Currency: "yuan"},
			[]string{"weekStart bad_value", "yearStart bad_value", "asOf bad_value", "currency bad_value"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, f := range tt.spec.Validate(catalog.Metadata{Name: "workspace"}) {
				got = append(got, f.Path+" "+f.Rule)
			}
			slices.Sort(got)
			slices.Sort(tt.want)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestDimensions(t *testing.T) {
	m, _ := compileText(t, shop)
	fits := map[string]bool{}
	for _, d := range m.Dimensions([]string{"revenue", "units"}) {
		fits[d.Name] = d.Fits
		if d.Fits == !d.Reason.IsZero() {
			t.Errorf("%s: fits %v, reason %v", d.Name, d.Fits, d.Reason)
		}
	}
	// order_id of both is the order's key; everything else of orders is one
	// relationship further from lines.
	want := map[string]bool{"order_id": true, "channel": false, "store.city.name": false, "qty": false, "order.channel": false, "order.store.city.name": false}
	for name, ok := range want {
		if got, there := fits[name]; !there || got != ok {
			t.Errorf("%s: fits %v (listed %v), want %v", name, got, there, ok)
		}
	}
	if ok, _ := m.TimeFits([]string{"revenue", "units"}); !ok {
		t.Error("both have time")
	}
	if n := len(m.Dimensions(nil)); n < 10 {
		t.Errorf("%d dimensions in all", n)
	}
}

// TestDimensionTitlesDiffer: a store and the home store of a member are not
// called the same.
func TestDimensionTitlesDiffer(t *testing.T) {
	m, findings := compileText(t, `
kind: Dataset
metadata: {name: stores, title: Store}
spec: {columns: [{name: id, type: string}, {name: name, type: string, title: Store}], primaryKey: [id]}
---
kind: Dataset
metadata: {name: members, title: Member}
spec:
  columns: [{name: id, type: string}, {name: home_id, type: string}]
  primaryKey: [id]
  relationships: [{name: home, to: stores, columns: {home_id: id}, cardinality: many_to_one}]
---
kind: Dataset
metadata: {name: sales, title: Sales}
spec:
  columns: [{name: store_id, type: string}, {name: from_id, type: string}, {name: member_id, type: string}]
  relationships:
    - {name: store, to: stores, columns: {store_id: id}, cardinality: many_to_one}
    - {name: from, to: stores, columns: {from_id: id}, cardinality: many_to_one}
    - {name: member, to: members, columns: {member_id: id}, cardinality: many_to_one}
---
kind: Metric
metadata: {name: sales}
spec: {type: simple, dataset: sales, agg: count}
`)
	if len(findings) > 0 {
		t.Fatal(findings)
	}
	titles := map[string]string{}
	for _, d := range m.Dimensions([]string{"sales"}) {
		titles[d.Name] = d.Title.EN
	}
	for name, want := range map[string]string{"store.name": "Store", "from.name": "Store (from.name)", "member.home.name": "Member · Store"} {
		if titles[name] != want {
			t.Errorf("%s is called %q, want %q", name, titles[name], want)
		}
	}
}

func TestRename(t *testing.T) {
	spec := &semantic.MetricSpec{Type: "derived", Expr: "revenue/orders + revenue_tax", Inputs: map[string]semantic.Input{"revenue_tax": {Metric: "revenue"}}}
	got := spec.Rename("Metric", "revenue", "sales").(*semantic.MetricSpec)
	if got.Expr != "sales/orders + revenue_tax" || got.Inputs["revenue_tax"].Metric != "sales" || spec.Inputs["revenue_tax"].Metric != "revenue" {
		t.Errorf("%+v", got)
	}
}

func TestMetricClasses(t *testing.T) {
	m, findings := compileText(t, shop+`---
kind: Metric
metadata: {name: net}
spec: {type: derived, expr: "revenue - revenue * 0.1"}
---
kind: Metric
metadata: {name: mean}
spec: {type: simple, dataset: orders, agg: avg, expr: amount}
---
kind: Metric
metadata: {name: places}
spec: {type: simple, dataset: orders, agg: count_distinct, expr: store.city_id}
---
kind: Metric
metadata: {name: per_place}
spec: {type: derived, expr: revenue / places}
`)
	if len(findings) > 0 {
		t.Fatal(brief(findings))
	}
	want := map[string]semantic.Class{"revenue": semantic.Additive, "net": semantic.Additive, "mean": semantic.Algebraic,
		"aov": semantic.Algebraic, "places": semantic.Holistic, "per_place": semantic.Holistic}
	for name, class := range want {
		if got := m.Metric(name).Class; got != class {
			t.Errorf("%s is %s, want %s", name, got, class)
		}
	}
}
