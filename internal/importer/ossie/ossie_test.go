package ossie_test

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"lodestar/internal/catalog"
	"lodestar/internal/importer"
	"lodestar/internal/importer/ossie"
	"lodestar/internal/kinds"
	"lodestar/internal/semantic"
	"lodestar/internal/text"
)

func sorted(rs []*catalog.Resource) []*catalog.Resource {
	rs = slices.Clone(rs)
	slices.SortFunc(rs, func(a, b *catalog.Resource) int {
		return strings.Compare(a.Kind+"/"+a.Metadata.Name, b.Kind+"/"+b.Metadata.Name)
	})
	return rs
}

// thereAndBack exports, imports and compares the canonical texts.
func thereAndBack(t interface {
	Fatalf(string, ...any)
}, rs []*catalog.Resource) []byte {
	data, _, err := ossie.Export("shop", rs)
	if err != nil {
		t.Fatalf("export: %v", err)
	}
	back, report := ossie.Import([]importer.File{{Name: "model.yaml", Data: data}}, kinds.All(), nil)
	if len(report.Findings) > 0 || len(report.Losses) > 0 {
		t.Fatalf("import: %v %v\n%s", report.Findings, report.Losses, data)
	}
	want, err := catalog.Encode(sorted(rs))
	if err != nil {
		t.Fatalf("encode: %v", err)
	}
	got, err := catalog.Encode(back)
	if err != nil {
		t.Fatalf("encode: %v", err)
	}
	if d := cmp.Diff(string(want), string(got)); d != "" {
		t.Fatalf("%s", d)
	}
	return data
}

func folder(t *testing.T, dir string) []*catalog.Resource {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatal(dir, err)
	}
	var out []*catalog.Resource
	for _, f := range files {
		src, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		rs, findings := catalog.Decode(f, src, kinds.All())
		if len(findings) > 0 {
			t.Fatal(findings)
		}
		out = append(out, rs...)
	}
	return out
}

func TestExamplesComeBackWhole(t *testing.T) {
	for _, dir := range []string{"../../cli/starter", "../../../examples/complete-journey", "../../../examples/cdnow"} {
		rs := folder(t, dir)
		data := thereAndBack(t, rs)
		if dir != "../../cli/starter" {
			continue
		}
		for _, want := range []string{"expression: SUM(orders.amount)", "expression: COUNT(orders.order_id)", "name: orders__store",
			`expression: "CAST(SUM(orders.amount) AS DOUBLE PRECISION) / NULLIF(COUNT(orders.order_id), 0)"`, "datatype: DateTime", "source: stores"} {
			if !strings.Contains(string(data), want) {
				t.Errorf("%q is not in\n%s", want, data)
			}
		}
	}
}

// TestAnythingComesBackWhole fills specs of every kind with anything that
// their types can hold.
func TestAnythingComesBackWhole(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var rs []*catalog.Resource
		names := map[string]bool{}
		for range rapid.IntRange(1, 6).Draw(rt, "n") {
			k := rapid.SampledFrom(kinds.All()).Draw(rt, "kind")
			name := rapid.StringMatching(`[a-z]{2}[a-z0-9]{0,8}(_[a-z]{1,5})?`).Draw(rt, "name")
			if rule, _ := catalog.CheckName(name); rule != "" || names[k.Name+name] {
				continue
			}
			names[k.Name+name] = true
			r := &catalog.Resource{Kind: k.Name, Spec: k.New()}
			fill(rt, reflect.ValueOf(&r.Metadata).Elem(), 0)
			r.Metadata.Name, r.Metadata.Annotations = name, nil
			fill(rt, reflect.ValueOf(r.Spec).Elem(), 0)
			rs = append(rs, r)
		}
		thereAndBack(rt, rs)
	})
}

// words are texts that trip up writers and readers of YAML and JSON.
var words = []string{"", "a", "amount", "sum(x) / 2", "null", "yes", "0", "1e3", "2026-01-05", " lead", "多 行\n第二行\n", `"quoted" 'too'`, "#x: y", "{a}", "\\", "😀", "a\tb"}

func fill(rt *rapid.T, v reflect.Value, depth int) {
	if v.Type() == reflect.TypeFor[text.Text]() {
		v.Set(reflect.ValueOf(text.Text{ZH: rapid.SampledFrom(words).Draw(rt, "zh"), EN: rapid.SampledFrom(words).Draw(rt, "en")}))
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() && rapid.Bool().Draw(rt, "set") {
				fill(rt, v.Field(i), depth+1)
			}
		}
	case reflect.Pointer:
		p := reflect.New(v.Type().Elem())
		fill(rt, p.Elem(), depth+1)
		v.Set(p)
	case reflect.Slice:
		out := reflect.MakeSlice(v.Type(), rapid.IntRange(0, 2).Draw(rt, "len"), 3)
		for i := range out.Len() {
			fill(rt, out.Index(i), depth+1)
		}
		v.Set(out)
	case reflect.Map:
		out := reflect.MakeMap(v.Type())
		for range rapid.IntRange(0, 2).Draw(rt, "len") {
			elem := reflect.New(v.Type().Elem()).Elem()
			fill(rt, elem, depth+1)
			out.SetMapIndex(reflect.ValueOf(rapid.SampledFrom([]string{"a", "b_c", "2026-01", "store.region"}).Draw(rt, "key")).Convert(v.Type().Key()), elem)
		}
		v.Set(out)
	case reflect.Interface:
		v.Set(reflect.ValueOf(rapid.SampledFrom([]any{"x", 1.5, true, []any{"a", map[string]any{"b": 2.0}}}).Draw(rt, "any")))
	case reflect.String:
		v.SetString(rapid.SampledFrom(words).Draw(rt, "text"))
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(rt, "bool"))
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(rapid.IntRange(-9, 99).Draw(rt, "int")))
	case reflect.Float64:
		v.SetFloat(rapid.SampledFrom([]float64{0, 0.1, -2.5, 1e9}).Draw(rt, "float"))
	}
}

const elsewhere = `
version: 0.2.0.dev0
semantic_model:
  - name: sales
    datasets:
      - name: Orders
        source: db.public.ORDERS
        primary_key: [ORDER_ID]
        ai_context: {synonyms: [receipts]}
        custom_extensions: [{vendor_name: SNOWFLAKE, data: '{"warm": true}'}]
        fields:
          - {name: order_id, datatype: String, expression: {dialects: [{dialect: ANSI_SQL, expression: ORDER_ID}]}}
          - {name: amount, datatype: Decimal, expression: {dialects: [{dialect: ANSI_SQL, expression: AMOUNT}]}}
          - {name: day, datatype: Date, dimension: {is_time: true}, expression: {dialects: [{dialect: ANSI_SQL, expression: ORDER_DAY}]}}
          - {name: big, expression: {dialects: [{dialect: ANSI_SQL, expression: "AMOUNT >= 100"}]}}
          - {name: odd, expression: {dialects: [{dialect: SNOWFLAKE, expression: "AMOUNT::int % 2"}]}}
          - {name: custkey, datatype: Integer, expression: {dialects: [{dialect: ANSI_SQL, expression: CUSTKEY}]}}
      - name: customers
        source: {kind: table, object: customers}
        fields:
          - {name: custkey, datatype: Integer, expression: {dialects: [{dialect: ANSI_SQL, expression: custkey}]}}
          - {name: vip, expression: {dialects: [{dialect: ANSI_SQL, expression: vip}]}}
    relationships:
      - {name: buyer, from: Orders, to: customers, from_columns: [CUSTKEY], to_columns: [custkey]}
    metrics:
      - name: revenue
        description: what came in
        expression: {dialects: [{dialect: ANSI_SQL, expression: SUM(Orders.amount)}]}
        custom_extensions: [{vendor_name: DBT, data: '{"a": 1}'}, {vendor_name: DBT, data: '{"b": 2}'}]
      - {name: aov, expression: {dialects: [{dialect: ANSI_SQL, expression: "SUM(Orders.amount) / COUNT(DISTINCT Orders.order_id)"}]}}
      - {name: vip_orders, expression: {dialects: [{dialect: ANSI_SQL, expression: "COUNT(CASE WHEN customers.vip = 'y' THEN Orders.order_id END)"}]}}
      - {name: running, expression: {dialects: [{dialect: ANSI_SQL, expression: "SUM(Orders.amount) OVER (ORDER BY Orders.day)"}]}}
`

func TestModelOfAnotherTool(t *testing.T) {
	rs, report := ossie.Import([]importer.File{{Name: "m.yaml", Data: []byte(elsewhere)}}, kinds.All(), nil)
	if len(report.Findings) > 0 {
		t.Fatal(report.Findings)
	}
	model, findings := semantic.Compile(rs)
	for _, f := range findings {
		t.Error(f)
	}
	got, err := catalog.Encode(rs)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"source: ORDER_ID", "amount >= 100", "primaryKey: [order_id]", "primaryKey: [custkey]", "expr: amount",
		"expr: m0 / m1", "time: day", "buyer.vip = 'y'", "ossie.dataset.SNOWFLAKE"} {
		if !strings.Contains(string(got), want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
	for _, name := range []string{"revenue", "aov", "vip_orders"} {
		if model.Metric(name) == nil {
			t.Errorf("no metric %s", name)
		}
	}
	var losses []string
	for _, l := range report.Losses {
		losses = append(losses, l.Object+" "+l.Rule)
		if l.Line == 0 || l.Text.ZH == "" {
			t.Errorf("%+v", l)
		}
	}
	want := []string{"dataset Orders dialect", "dataset Orders time_chosen", "dataset customers type_guessed",
		"relationship buyer key_assumed", "metric running expression"}
	slices.Sort(losses)
	slices.Sort(want)
	if d := cmp.Diff(want, losses); d != "" {
		t.Error(d)
	}
	// What other vendors said goes out again, and so does the table.
	data, _, err := ossie.Export("sales", rs)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`data: "{\"warm\": true}"`, `data: "{\"a\": 1}"`, `data: "{\"b\": 2}"`, "source: db.public.ORDERS", "vendor_name: SNOWFLAKE", "- receipts"} {
		if !strings.Contains(string(data), want) && !strings.Contains(string(data), strings.Replace(want, "- receipts", "synonyms: [receipts]", 1)) {
			t.Errorf("%q is not in\n%s", want, data)
		}
	}
	thereAndBack(t, rs)
}

func TestStrict(t *testing.T) {
	for name, c := range map[string]struct{ from, to, rule string }{
		"unknown key": {"primary_key:", "primary_keys:", "unknown_key"},
		"version":     {"0.2.0.dev0", "9.9", "unknown_version"},
		"bad side":    {"to: customers,", "to: nobody,", "bad_relationship"},
		"lists":       {"from_columns: [CUSTKEY]", "from_columns: [CUSTKEY, ORDER_ID]", "bad_relationship"},
	} {
		t.Run(name, func(t *testing.T) {
			_, report := ossie.Import([]importer.File{{Name: "m.yaml", Data: []byte(strings.Replace(elsewhere, c.from, c.to, 1))}}, kinds.All(), nil)
			if len(report.Findings) != 1 || report.Findings[0].Rule != c.rule || report.Findings[0].Line == 0 {
				t.Errorf("%v", report.Findings)
			}
		})
	}
}

// TestEditedElsewhere: what another tool changed is taken over where it can
// be, and named where it cannot.
func TestEditedElsewhere(t *testing.T) {
	rs := folder(t, "../../cli/starter")
	data, _, err := ossie.Export("shop", rs)
	if err != nil {
		t.Fatal(err)
	}
	src := strings.Replace(string(data), "description: Sum of the amounts of all orders", "description: All money", 1)
	src = strings.Replace(src, "          - name: store_id", "          - name: added\n            expression: {dialects: [{dialect: ANSI_SQL, expression: added}]}\n          - name: store_id", 1)
	if src == string(data) {
		t.Fatalf("nothing was edited in\n%s", data)
	}
	back, report := ossie.Import([]importer.File{{Name: "m.yaml", Data: []byte(src)}}, kinds.All(), nil)
	var rules []string
	for _, l := range report.Losses {
		rules = append(rules, fmt.Sprint(l.Object, " ", l.Rule))
	}
	if len(report.Findings) > 0 || !slices.Contains(rules, "metric revenue edited_elsewhere") {
		t.Errorf("%v %v", report.Findings, rules)
	}
	for _, r := range back {
		if r.Kind == semantic.KindMetric && r.Metadata.Name == "revenue" && (r.Metadata.Description.EN != "All money" || r.Metadata.Description.ZH == "") {
			t.Errorf("%+v", r.Metadata.Description)
		}
	}
}
