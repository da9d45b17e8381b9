package semantic_test

import (
	"slices"
	"strings"
	"testing"

	"lodestar/internal/catalog"
	"lodestar/internal/expr"
	"lodestar/internal/semantic"
)

const shopEvents = `
{kind: Entity, metadata: {name: user}, spec: {ids: [user_id, phone]}}
---
kind: Event
metadata: {name: order_paid, title: {zh: 订单支付, en: Order paid}}
spec:
  key: true
  names: [下单成功]
  ids: [user_id, phone]
  after: [cart_added]
  properties:
    - {name: order_id, source: orderId, type: string, required: true}
    - {name: amount, type: decimal, min: 0}
---
{kind: Event, metadata: {name: cart_added}, spec: {onUnplanned: drop}}
---
{kind: Metric, metadata: {name: paid}, spec: {type: simple, dataset: order_paid, agg: sum, expr: amount}}
---
{kind: Metric, metadata: {name: signed}, spec: {type: simple, dataset: identifies, agg: count}}
`

// TestEventIsDataset: an event is a dataset to metrics, with its properties,
// its ids and the columns that all events have.
func TestEventIsDataset(t *testing.T) {
	t.Parallel()
	rs, findings := catalog.Decode("a.yaml", []byte(shopEvents), semantic.Kinds())
	m, more := semantic.Compile(rs)
	if findings = append(findings, more...); len(findings) > 0 {
		t.Fatal(findings)
	}
	var columns []string
	for _, c := range m.Dataset("order_paid").Spec.Columns {
		columns = append(columns, c.Name+" "+string(c.Type))
	}
	want := []string{"message_id string", "user_id string", "anonymous_id string", "time timestamp", "received_at timestamp",
		"source string", "order_id string", "amount decimal", "phone string", "extra string"}
	if !slices.Equal(columns, want) {
		t.Errorf("columns %v, want %v", columns, want)
	}
	if m.Dataset("cart_added").Column(semantic.EventExtra) != nil {
		t.Error("an event that drops what is not planned keeps it in a column")
	}
	if p := m.Metric("paid"); p == nil || p.Type != expr.Decimal || p.Simple.Time.Name() != "time" {
		t.Errorf("the metric over the event is %+v", p)
	}
	if m.Metric("signed") == nil {
		t.Error("identify calls are no dataset")
	}
	for _, sent := range []string{"order_paid", "Order Paid", "orderPaid", "order-paid", "下单成功"} {
		if e := m.EventNamed("track", sent); e == nil || e.Name != "order_paid" {
			t.Errorf("%s is sent for %v", sent, e)
		}
	}
	if m.EventNamed("page", "order_paid") != nil {
		t.Error("a page is taken for a tracked event")
	}
}

// TestEventFindings: what is wrong with a plan is said where it stands.
func TestEventFindings(t *testing.T) {
	t.Parallel()
	event := func(spec string) string { return "{kind: Event, metadata: {name: a}, spec: {" + spec + "}}" }
	for src, want := range map[string]string{
		event(""): "",
		event("properties: [{name: x, type: integer, values: ['1'], min: 0}]"):                                    "",
		event("properties: [{name: user_id, type: string}]"):                                                      "spec.properties[0].name duplicate",
		event("properties: [{name: x, type: text}]"):                                                              "spec.properties[0].type bad_value",
		event("properties: [{name: x, type: string, min: 1}]"):                                                    "spec.properties[0].min not_here",
		event("properties: [{name: x, type: float, min: 2, max: 1}]"):                                             "spec.properties[0].max bad_value",
		event("properties: [{name: x, type: string, pattern: '('}]"):                                              "spec.properties[0].pattern bad_value",
		event("properties: [{name: x, type: string, source: y}, {name: y, type: string}]"):                        "spec.properties[1].source duplicate",
		event("onViolation: drop"):                                                                                "spec.onViolation bad_value",
		event("after: [a]"):                                                                                       "spec.after[0] cycle",
		event("calls: [identify]"):                                                                                "spec.calls[0] bad_value",
		event("") + "\n---\n{kind: Dataset, metadata: {name: a}, spec: {columns: [{name: x, type: string}]}}":     "metadata.name name_taken",
		event("") + "\n---\n{kind: Event, metadata: {name: b}, spec: {names: [A]}}":                               "spec.names[0] name_taken",
		event("after: [b]") + "\n---\n{kind: Event, metadata: {name: b}, spec: {after: [a]}}":                     "spec.after cycle spec.after cycle",
		event("") + "\n---\n{kind: Dataset, metadata: {name: pages}, spec: {columns: [{name: x, type: string}]}}": "spec.metadata.name name_taken",
		"{kind: Event, metadata: {name: report}, spec: {}}":                                                       "spec.spec reserved_name",
		"{kind: Event, metadata: {name: pages}, spec: {}}":                                                        "spec.spec reserved_name",
		"{kind: Entity, metadata: {name: a}, spec: {ids: [x, x]}}":                                                "spec.ids[1] duplicate",
		"{kind: Workspace, metadata: {name: workspace}, spec: {zone: UTC, events: {unplanned: drop, retain: 5}}}": "spec.events.retain bad_span spec.events.unplanned bad_value",
	} {
		paths, words := problemsOf(t, src)
		slices.Sort(paths)
		if got := strings.Join(paths, " "); got != want {
			t.Errorf("%s\n gives %q, want %q (%s)", src, got, want, words)
		}
	}
}

// TestMetricOverEvent: the catalog takes an event where a dataset is named, and
// does not let it go while it is in use.
func TestMetricOverEvent(t *testing.T) {
	t.Parallel()
	rs, findings, err := catalog.Judged(t.Context(), catalog.Config{Kinds: semantic.Kinds()}, []catalog.File{{Name: "a.yaml", Text: shopEvents}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range findings {
		t.Errorf("finding %+v", f)
	}
	snap := catalog.NewSnapshot(1, rs)
	if used := snap.UsedBy(semantic.KindEvent, "order_paid"); len(used) != 1 || used[0].Name != "paid" {
		t.Errorf("order_paid is used by %v", used)
	}
	if used := snap.UsedBy(semantic.KindEvent, "cart_added"); len(used) != 1 || used[0].Name != "order_paid" {
		t.Errorf("cart_added is used by %v", used)
	}
}
