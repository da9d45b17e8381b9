package app_test

import "testing"

// TestSessionsOfPeople: visits of all devices of a customer become sessions, and
// an order finds the session that came before it, without SQL; who is one
// customer follows what is known of ids.
func TestSessionsOfPeople(t *testing.T) {
	t.Parallel()
	a, j, orders, visits := shopOfMany(t)
	var report any
	j.post("/entities/customer/identity/refresh", nil, &report)
	apply(t, a, `
kind: Dataset
metadata: {name: visit_sessions}
spec:
  primaryKey: [id]
  time: at
  source:
    from: visits
    steps:
      - join: {dataset: unified_customer_by_device, on: {device: device}, columns: [id], prefix: customer_}
      - session: {by: [customer_id], time: at, gap: 2 hours}
---
kind: Dataset
metadata: {name: attributed}
spec:
  primaryKey: [id]
  time: at
  source:
    from: orders
    steps:
      - join: {dataset: unified_customer_by_phone, on: {phone: phone}, columns: [id], prefix: customer_}
      - join: {dataset: visit_sessions, on: {customer_id: customer_id}, columns: [session_id, customer_id, at], prefix: last_, asof: {time: at, other: at, within: 1 day}}
---
{kind: Metric, metadata: {name: visiting}, spec: {type: simple, dataset: visit_sessions, agg: count_distinct, expr: customer_id}}
---
{kind: Metric, metadata: {name: sessions}, spec: {type: simple, dataset: visit_sessions, agg: count_distinct, expr: session_id}}
---
{kind: Metric, metadata: {name: first_rows}, spec: {type: simple, dataset: visit_sessions, agg: count, where: session_row = 1}}
---
{kind: Metric, metadata: {name: ordered}, spec: {type: simple, dataset: attributed, agg: count}}
---
{kind: Metric, metadata: {name: led}, spec: {type: simple, dataset: attributed, agg: count, where: last_session_id is not null and last_customer_id = customer_id and last_at <= at}}
---
{kind: Metric, metadata: {name: found}, spec: {type: simple, dataset: attributed, agg: count, where: last_session_id is not null}}
`)
	for _, name := range []string{"visit_sessions", "attributed"} {
		var l struct {
			ID, State string
			Error     any
		}
		j.post("/datasets/"+name+"/refresh", nil, &l)
		for l.State == "running" {
			j.do("GET", "/loads/"+l.ID, nil, &l)
		}
		if l.State != "done" {
			t.Fatalf("%s: %+v", name, l)
		}
	}
	count := func(metric string) float64 {
		t.Helper()
		rows := j.query(map[string]any{"metrics": []string{metric}}).Rows
		if len(rows) != 1 {
			t.Fatalf("%s: %v", metric, rows)
		}
		n, _ := rows[0][0].(float64)
		return n
	}
	if got, want := count("visiting"), distinct(visits); got != want {
		t.Errorf("%v customers have sessions, want %v", got, want)
	}
	if s, first := count("sessions"), count("first_rows"); s != first || s <= count("visiting") || s >= float64(len(visits)) {
		t.Errorf("%v sessions, %v first rows, of %d visits", s, first, len(visits))
	}
	if got := count("ordered"); got != float64(len(orders)+1) { // and one of nobody
		t.Errorf("%v orders, want %d", got, len(orders)+1)
	}
	if led, found := count("led"), count("found"); led == 0 || led != found || led >= float64(len(orders)) {
		t.Errorf("%v orders of %v that found a session found one of their customer before them", led, found)
	}
	if code := statusOf(a, "DELETE", "/entities/customer", ""); code != 409 {
		t.Errorf("the entity that they are made of is deleted: %d", code)
	}
}
