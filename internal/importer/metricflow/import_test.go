package metricflow

import (
	"strings"
	"testing"

	"lodestar/internal/catalog"
	"lodestar/internal/expr"
	"lodestar/internal/importer"
	"lodestar/internal/semantic"
	"lodestar/internal/text"
)

const legacyShop = `
semantic_models:
  - name: orders
    model: ref('fct_orders')
    defaults: {agg_time_dimension: ordered_at}
    entities:
      - {name: order_id, type: primary}
      - {name: customer, type: foreign, expr: customer_id}
    dimensions:
      - {name: ordered_at, type: TIME, type_params: {time_granularity: day}}
      - {name: big, type: categorical, expr: amount > 100}
    measures:
      - {name: revenue, agg: SUM, expr: amount, create_metric: true}
      - {name: orders, agg: count, expr: 1}
      - {name: refunds, agg: sum_boolean, expr: refunded}
  - name: customers
    model: ref('dim_customers')
    entities:
      - {name: customer, type: primary, expr: id}
    dimensions:
      - {name: region, type: categorical}
      - {name: since, type: time, type_params: {time_granularity: month}, expr: joined_on}
metrics:
  - name: orders
    type: simple
    time_granularity: week
    type_params: {measure: {name: orders, fill_nulls_with: 0, join_to_timespine: true}}
  - name: south_revenue
    type: simple
    type_params: {measure: revenue}
    filter: |
      {{ Dimension('customer__region') }} = 'South' and {{ TimeDimension('metric_time', 'day') }} >= CAST('2026-01-01' AS TIMESTAMP)
  - name: growth
    type: derived
    type_params:
      expr: (now - before) / before
      metrics:
        - {name: revenue, alias: now}
        - {name: revenue, alias: before, offset_window: 1 month}
  - name: so_far
    type: cumulative
    type_params: {measure: revenue, cumulative_type_params: {grain_to_date: month}}
  - name: weekly_orders
    type: cumulative
    filter: "{{ Dimension('order_id__big') }}"
    type_params: {measure: orders, window: 7 days}
  - name: per_order
    type: ratio
    filter: "{{ Entity('customer') }} is not null"
    type_params: {numerator: revenue, denominator: {name: orders, filter: "{{ Dimension('big') }}"}}
  - name: loyal
    type: simple
    type_params: {measure: revenue}
    filter: "{{ Metric('orders', ['customer']) }} > 3"
saved_queries:
  - name: by_region
    query_params:
      metrics: [revenue]
      group_by: ["Dimension('customer__region')", "TimeDimension('metric_time', 'month')"]
      order_by: ["Metric('revenue').descending(True)"]
      limit: 5
`

// build imports and compiles; findings that are errors fail the test.
func build(t *testing.T, schema importer.Schema, files ...string) (*Import, *semantic.Model) {
	t.Helper()
	var list []importer.File
	for i, f := range files {
		name := string(rune('a'+i)) + ".yaml"
		if strings.HasPrefix(f, "{") {
			name = "semantic_manifest.json"
		}
		list = append(list, importer.File{Name: name, Data: []byte(f)})
	}
	im := New(list, schema)
	for _, f := range im.Report().Findings {
		t.Errorf("finding: %s", f)
	}
	m, findings := semantic.Compile(im.Resources())
	for _, f := range findings {
		if f.Severity == catalog.Error {
			t.Errorf("compile: %s", f)
		}
	}
	return im, m
}

func spec(t *testing.T, im *Import, name string) *semantic.MetricSpec {
	t.Helper()
	for _, r := range im.Resources() {
		if s, ok := r.Spec.(*semantic.MetricSpec); ok && r.Metadata.Name == name {
			return s
		}
	}
	t.Fatalf("there is no metric %s", name)
	return nil
}

func TestLegacy(t *testing.T) {
	im, m := build(t, nil, legacyShop)
	for _, c := range []struct{ got, want string }{
		{spec(t, im, "orders").Expr, "1"}, {spec(t, im, "orders").Agg, "sum"}, {spec(t, im, "orders").Empty, "0"},
		{spec(t, im, "south_revenue").Where, "customer.region = 'South' and time.day >= timestamp '2026-01-01'"},
		{spec(t, im, "growth").Inputs["before"].Offset, "1 month"},
		{string(spec(t, im, "so_far").ToDate), "month"}, {spec(t, im, "so_far").Reread, "first"},
		{spec(t, im, "weekly_orders").Metric, "orders_of_orders_of_weekly_orders"}, {spec(t, im, "weekly_orders").Window, "7 day"},
		{spec(t, im, "orders_of_orders_of_weekly_orders").Where, "big"},
		{spec(t, im, "per_order").Denominator.Where, "customer is not null and big"},
		{spec(t, im, "loyal").Where, "orders_by_customer > 3"},
		{string(m.Dataset("orders").Column("amount").Type), "float"},
		{string(m.Dataset("orders").Column("ordered_at").Type), "timestamp"},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
	if !spec(t, im, "orders").Pad {
		t.Error("join_to_timespine is lost")
	}
	report := im.Report().Markdown(text.EN)
	if !strings.Contains(report, "## metric orders\n") || !strings.Contains(report, "time_granularity") {
		t.Errorf("the report does not tell of the default grain:\n%s", report)
	}
}

func TestSavedQuery(t *testing.T) {
	im, _ := build(t, nil, legacyShop)
	got, err := im.Translate(Query{SavedName: "by_region"})
	if err != nil {
		t.Fatal(err)
	}
	r := got.Request
	if len(r.By) != 2 || r.By[0].Dimension != "customer.region" || r.By[1].Time != "month" || r.Limit != 5 || r.Order[0] != "-revenue" {
		t.Errorf("%+v", r)
	}
	if strings.Join(got.Columns, " ") != "customer__region metric_time__month revenue" {
		t.Error(got.Columns)
	}
}

func TestNames(t *testing.T) {
	im, _ := build(t, nil, legacyShop)
	for _, c := range []struct{ ask, native, output string }{
		{"customer__region", "customer.region", "customer__region"},
		{"region", "customer.region", "customer__region"},
		{"CUSTOMER__since__month", "customer.joined_on", "customer__since__month"},
		{"customer__since", "customer.joined_on", "customer__since__month"},
		{"customer__since__extract_year", "customer.joined_on", "customer__since__extract_year"},
		{"order_id__ordered_at__week", "", "order_id__ordered_at__week"},
		{"metric_time__quarter", "", "metric_time__quarter"},
		{"metric_time", "", "metric_time__day"},
		{"customer", "customer", "customer"},
		{"order_id__customer", "customer", "customer"},
	} {
		it, err := im.understand(c.ask, "", "", []*metric{im.m.metric("revenue")})
		if err != nil {
			t.Errorf("%s: %v", c.ask, err)
		} else if it.native != c.native || it.output != c.output {
			t.Errorf("%s is %q and %q, want %q and %q", c.ask, it.native, it.output, c.native, c.output)
		}
	}
	if _, err := im.understand("customer__regoin", "", "", []*metric{im.m.metric("revenue")}); err == nil || !strings.Contains(err.Error(), "customer__region") {
		t.Errorf("a slip gives %v", err)
	}
}

func TestStrict(t *testing.T) {
	for _, c := range []struct{ src, rule, at string }{
		{"semantic_model:\n  name: a\n  node_relation: {alias: t}\n  measure: []\n", "unknown_key", "a.yaml:4"},
		{"metric:\n  name: a\n  type: simple\n  type_params: {measure: nothing}\n", "unknown_measure", "a.yaml:4"},
		{"metric:\n  name: a\n  type: simpel\n  type_params: {measure: b}\n", "bad_value", "a.yaml:2"},
		{"semantik_model: {}\n", "unknown_key", "a.yaml:1"},
		{"semantic_model:\n  name: a\n  name: b\n", "duplicate_key", "a.yaml:3"},
		{"metric:\n  name: a\n  type: ratio\n  type_params: {numerator: x, denominator: y}\n", "unknown_metric", "a.yaml:4"},
		{"semantic_model:\n  name: a\n  node_relation: {alias: t}\n  dimensions: [{name: d, type: categorical, expr: 'x::date'}]\n", "expression", "a.yaml:4"},
	} {
		im := New([]importer.File{{Name: "a.yaml", Data: []byte(c.src)}}, nil)
		found := false
		for _, f := range im.Report().Findings {
			found = found || f.Rule == c.rule && strings.HasPrefix(f.String(), c.at)
		}
		if !found {
			t.Errorf("no %s at %s in %v", c.rule, c.at, im.Report().Findings)
		}
	}
}

const latestShop = `
models:
  - name: fct_orders
    description: orders of the shop
    data_tests: [unique]
    semantic_model: {enabled: true, name: orders}
    agg_time_dimension: ordered_at
    columns:
      - {name: order_id, entity: {type: primary, name: order}}
      - {name: customer_id, entity: {type: foreign, name: customer}}
      - {name: ordered_at, granularity: day, dimension: {type: time}}
      - {name: channel, dimension: categorical}
    derived_semantics:
      dimensions:
        - {name: big, type: categorical, expr: amount > 100}
    metrics:
      - {name: revenue, type: simple, agg: sum, expr: amount}
      - {name: orders, type: simple, agg: count, expr: order_id, filter: "{{ Dimension('order__big') }}"}
      - {name: last_7, type: cumulative, input_metric: revenue, window: 7 days, period_agg: last}
  - name: not_semantic
    columns: [{name: x}]
  - name: all_days
    time_spine: {standard_granularity_column: d, custom_granularities: [{name: season, column_name: season_start}]}
    columns: [{name: d, granularity: day}]
metrics:
  - {name: per_order, type: ratio, numerator: revenue, denominator: {name: orders}}
  - name: growth
    type: derived
    expr: revenue - before
    input_metrics: [revenue, {name: revenue, alias: before, offset_window: 1 week}]
`

func TestLatest(t *testing.T) {
	schema := func(table string) ([]importer.Column, bool) {
		return []importer.Column{{Name: "order_id", Type: expr.Integer}, {Name: "customer_id", Type: expr.Integer},
			{Name: "ordered_at", Type: expr.Date}, {Name: "channel", Type: expr.String}, {Name: "amount", Type: expr.Decimal}}, table == "fct_orders"
	}
	im, m := build(t, schema, latestShop)
	if m.Dataset("orders").Column("amount").Type != expr.Decimal || m.Dataset("orders").Time.String() != "ordered_at" {
		t.Error("the types of the table are not used")
	}
	if s := spec(t, im, "orders"); s.Where != "big" || s.Expr != "case when order_id is not null then 1 else 0 end" {
		t.Errorf("%+v", s)
	}
	if s := spec(t, im, "growth"); s.Inputs["before"].Offset != "1 week" || s.Expr != "revenue - before" {
		t.Errorf("%+v", s)
	}
	if w := m.Workspace(); w.Spines["day"] != "all_days.d" || w.Calendar != calendarName {
		t.Errorf("%+v", w)
	}
}

func TestCompiledManifest(t *testing.T) {
	im, _ := build(t, nil, `{"semantic_models": [{"name": "orders", "defaults": {"agg_time_dimension": "ordered_at"}, "description": null,
 "node_relation": {"alias": "fct_orders", "schema_name": "shop", "database": "db", "relation_name": null},
 "primary_entity": null, "entities": [{"name": "order_id", "type": "primary", "role": null, "expr": null}],
 "measures": [{"name": "revenue", "agg": "sum", "create_metric": false, "expr": "amount", "agg_params": null, "agg_time_dimension": null}],
 "dimensions": [{"name": "ordered_at", "type": "time", "is_partition": false, "expr": null,
  "type_params": {"time_granularity": "day", "validity_params": null}}]}],
 "metrics": [{"name": "last_7", "type": "cumulative", "type_params": {"measure": {"name": "revenue", "filter": null, "alias": null},
  "window": {"count": 7, "granularity": "day"}, "metrics": [], "cumulative_type_params": {"window": {"count": 7, "granularity": "day"},
  "grain_to_date": null, "period_agg": "first"}, "input_measures": [{"name": "revenue"}]},
  "filter": {"where_filters": [{"where_sql_template": "{{ Entity('order_id') }} is not null"}]}}],
 "project_configuration": {"time_spines": []}, "saved_queries": []}`)
	if s := spec(t, im, "last_7"); s.Window != "7 day" || s.Metric != "revenue_of_last_7" {
		t.Errorf("%+v", s)
	}
	if s := im.Sources()["orders"]; s.Table != "shop.fct_orders" {
		t.Errorf("%+v", s)
	}
}

func TestReferences(t *testing.T) {
	for src, want := range map[string]reference{
		"Dimension('a__b')":                              {kind: "Dimension", name: "a__b"},
		`Dimension("a__t__month")`:                       {kind: "Dimension", name: "a__t", grain: "month"},
		"Dimension('a__t').grain('week')":                {kind: "Dimension", name: "a__t", grain: "week"},
		"Dimension('a__t').date_part('dow')":             {kind: "Dimension", name: "a__t", part: "dow"},
		"TimeDimension('metric_time', 'DAY')":            {kind: "TimeDimension", name: "metric_time", grain: "day"},
		"TimeDimension('t', 'day', entity_path=['a'])":   {kind: "TimeDimension", name: "a__t", grain: "day"},
		"Entity('u', entity_path=['a', 'b'])":            {kind: "Entity", name: "a__b__u"},
		"Metric('m', group_by=['Entity(\"u\")'])":        {kind: "Metric", name: "m", by: []string{"u"}},
		" Metric( 'm' , [ 'a__u' ] ).descending(True)  ": {kind: "Metric", name: "m", by: []string{"a__u"}, desc: true},
	} {
		got, err := parseReference(src)
		if err != nil || got.kind != want.kind || got.name != want.name || got.grain != want.grain || got.part != want.part ||
			strings.Join(got.by, ",") != strings.Join(want.by, ",") || got.desc != want.desc {
			t.Errorf("%s is %+v, %v", src, got, err)
		}
	}
	for _, bad := range []string{"", "Dimension(", "Dimension('a'", "Dimension()", "Column('a')", "Dimension('a').upper()", "Dimension('a') b", "Metric('m', ['a'"} {
		if got, err := parseReference(bad); err == nil {
			t.Errorf("%q is read as %+v", bad, got)
		}
	}
}

func TestCasts(t *testing.T) {
	for src, want := range map[string]string{
		"cast(a as timestamp) >= CAST('2020-01-01' AS TIMESTAMP)": "concat('" + asTimestamp + "', a) >= concat('" + asTimestamp + "', '2020-01-01')",
		"try_cast(cast(a as timestamp) as date)":                  "try_cast(concat('" + asTimestamp + "', a) as date)",
		"b = 'cast(x as timestamp)'":                              "b = 'cast(x as timestamp)'",
		"cast(f(a, (b)) as integer)":                              "cast(f(a, (b)) as integer)",
		"cast(a as timestamp":                                     "cast(a as timestamp",
	} {
		if got := timestamps(src); got != want {
			t.Errorf("%s became %s", src, got)
		}
	}
}

// FuzzImport shows that no text makes the importer fall over.
func FuzzImport(f *testing.F) {
	f.Add(legacyShop)
	f.Add(latestShop)
	f.Add("metric: {name: a, type: derived, type_params: {expr: a, metrics: [a]}}")
	f.Add("semantic_model: {name: a, node_relation: {alias: t}, entities: [{name: e, type: natural}], dimensions: [{name: d, type: time, type_params: {time_granularity: day, validity_params: {is_start: true}}}]}")
	f.Fuzz(func(t *testing.T, src string) {
		im := New([]importer.File{{Name: "a.yaml", Data: []byte(src)}}, nil)
		semantic.Compile(im.Resources())
		for _, name := range im.Saved() {
			if _, err := im.Translate(Query{SavedName: name}); err == nil {
				semantic.Compile(im.Resources())
			}
		}
	})
}
