package event_test

import (
	"strings"
	"testing"

	"lodestar/internal/event"
	"lodestar/internal/fault"
)

const orders = `
{kind: Workspace, metadata: {name: workspace}, spec: {zone: Asia/Shanghai}}
---
kind: Event
metadata: {name: order_paid}
spec: {ids: [phone], properties: [{name: amount, type: decimal, precision: 12, scale: 2, required: true}, {name: city, source: address.city, type: string}]}
`

func (b *bench) post(h event.Hook, body string) error {
	b.t.Helper()
	challenge, err := b.svc.TakeHook(b.t.Context(), h, b.key, []byte(body))
	if challenge != "" {
		b.t.Errorf("a challenge: %s", challenge)
	}
	if err == nil {
		b.drain()
	}
	return err
}

// TestHook reads what other programs post: one record, a list, a list somewhere
// in the body; with ids or without, times in many ways, and nobody whose it is.
func TestHook(t *testing.T) {
	t.Parallel()
	b := newBench(t, orders)
	h := event.Hook{Event: "order_paid", Records: "data.orders", ID: "no", Time: "paid.at", User: "buyer"}
	for _, body := range []string{
		`{"data": {"orders": [
			{"no": 1, "paid": {"at": 1772611200}, "amount": 1.5, "phone": "13800000001", "buyer": "u1"},
			{"no": "2", "paid": {"at": "1772611200123"}, "amount": "2.25", "phone": "13800000002", "address": {"city": "上海"}},
			{"no": 3, "paid": {"at": "2026-03-04 08:00:00"}, "amount": 3, "phone": "13800000003"},
			{"no": 4, "paid": {"at": "2026-03-04T09:00:00+08:00"}, "amount": 4, "phone": "13800000004", "buyer": 7},
			{"no": 5, "amount": 5, "phone": "13800000005"},
			{"no": 8, "paid": {"at": "1772611200.000216"}, "amount": 8, "phone": "p8"},
			{"no": 9, "paid": {"at": "20260304"}, "amount": 9, "phone": "p9"},
			{"no": 10, "paid": {"at": 20260304}, "amount": 10, "phone": "p10"},
			{"no": 11, "paid": {"at": "20260304080000"}, "amount": 11, "phone": "p11"}]}}`,
		` {"data": {"orders": [{"no": 2, "amount": 99, "phone": "13800000002"}]}}`, // it comes again
	} {
		if err := b.post(h, body); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.post(event.Hook{Event: "order_paid"}, ` [{"amount": 6, "phone": "p6"}, {"amount": 6, "phone": "p6"}] `); err != nil {
		t.Fatal(err)
	}
	if err := b.post(event.Hook{Event: "Order Paid"}, `{"amount": 7, "phone": "p7"}`); err != nil {
		t.Fatal(err)
	}
	want := `1.50 2026-03-04 08:00:00 +0000 UTC u1 13800000001 <nil>
2.25 2026-03-04 08:00:00.123 +0000 UTC <nil> 13800000002 上海
3.00 2026-03-04 00:00:00 +0000 UTC <nil> 13800000003 <nil>
4.00 2026-03-04 01:00:00 +0000 UTC 7 13800000004 <nil>
5.00 2026-03-04 12:00:00 +0000 UTC <nil> 13800000005 <nil>
6.00 2026-03-04 12:00:00 +0000 UTC <nil> p6 <nil>
6.00 2026-03-04 12:00:00 +0000 UTC <nil> p6 <nil>
7.00 2026-03-04 12:00:00 +0000 UTC <nil> p7 <nil>
8.00 2026-03-04 08:00:00.000216 +0000 UTC <nil> p8 <nil>
9.00 2026-03-03 16:00:00 +0000 UTC <nil> p9 <nil>
10.00 2026-03-03 16:00:00 +0000 UTC <nil> p10 <nil>
11.00 2026-03-04 00:00:00 +0000 UTC <nil> p11 <nil>`
	if got := strings.Join(b.rows("order_paid", "amount, time, user_id, phone, city"), "\n"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := strings.Join(b.rows("order_paid", "source"), " "); got != strings.TrimSpace(strings.Repeat("web ", 12)) {
		t.Errorf("sources: %s", got)
	}
}

// TestHookSetAside: records that break the plan are set aside and come back when
// they are mended, though they are nobody's; so do those that came before they
// were planned.
func TestHookSetAside(t *testing.T) {
	t.Parallel()
	b := newBench(t, orders)
	for _, c := range [][2]string{
		{"order_paid", `[{"phone": "p1"}, {"phone": "p2", "amount": "much"}, {"phone": "p3", "amount": 3}]`},
		{"refunded", `{"amount": 4}`},
	} {
		if err := b.post(event.Hook{Event: c[0]}, c[1]); err != nil {
			t.Fatal(err)
		}
	}
	if got := strings.Join(b.rows("order_paid", "phone"), " "); got != "p3" {
		t.Errorf("stored: %s", got)
	}
	if got := strings.Join(b.rows("other_events", "event, user_id, properties"), " "); got != `refunded <nil> {"amount": 4}` {
		t.Errorf("outside the plan: %s", got)
	}
	b.define(strings.Replace(orders, ", required: true", "", 1) + `
---
{kind: Event, metadata: {name: refunded}, spec: {properties: [{name: amount, type: integer}]}}`)
	if _, err := b.svc.Replay(b.t.Context(), admin, event.Replay{}); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(b.rows("order_paid", "phone, amount"), ", "); got != "p1 <nil>, p3 3.00" {
		t.Errorf("after the plan was eased: %s", got)
	}
	if got := strings.Join(b.rows("refunded", "amount, user_id"), ", "); got != "4 <nil>" {
		t.Errorf("planned later: %s", got)
	}
}

// TestHookLongIDs has ids that are too long and begin alike: they are set aside,
// each of them, not taken for one that came twice.
func TestHookLongIDs(t *testing.T) {
	t.Parallel()
	b := newBench(t, orders)
	long := strings.Repeat("x", 300)
	h := event.Hook{Event: "order_paid", ID: "no"}
	for range 2 { // and again
		if err := b.post(h, `[{"no": "`+long+`1", "amount": 1}, {"no": "`+long+`2", "amount": 2}]`); err != nil {
			t.Fatal(err)
		}
	}
	list, err := b.svc.Quarantine(t.Context(), admin, event.Filter{})
	if err != nil || len(list) != 2 {
		t.Errorf("%d were set aside, want 2: %v", len(list), err)
	}
}

// TestHookRefuses what is no list of records, and tells why; nothing of it is
// taken.
func TestHookRefuses(t *testing.T) {
	t.Parallel()
	b := newBench(t, orders)
	h := event.Hook{Event: "order_paid", Records: "data"}
	for body, code := range map[string]string{
		`{"list": []}`:                     "no_records",
		`{"data": 5}`:                      "not_an_object",
		`{"data": [{"amount": 1}, "two"]}`: "not_an_object",
		`{"data": [`:                       "bad_json",
		`{"data": [{}` + strings.Repeat(`,{}`, 10_000) + `]}`:     "too_many_records",
		`{"data": "` + strings.Repeat("x", event.MostBody) + `"}`: "body_too_large",
	} {
		err := b.post(h, body)
		f := fault.Of(err)
		if err == nil || f.Code != code && (len(f.Fields) == 0 || f.Fields[0].Code != code) {
			t.Errorf("%.40s: %v, want %s", body, err, code)
		}
	}
	long := h
	long.Event = strings.Repeat("x", 201)
	if err := b.post(long, `{"data": [{}]}`); fault.Of(err).Code != "name_too_long" { // it would be written once for each record
		t.Errorf("a long name: %v", err)
	}
	long.Event, long.ID = strings.Repeat("x", 200), "n"
	if err := b.post(long, `{"data": [{"n": 1}`+strings.Repeat(`,{"n": 2}`, 9_999)+`]}`); fault.Of(err).Code != "records_too_large" {
		t.Errorf("many records of a long name: %v", err)
	}
	if got := b.rows("order_paid", "*"); len(got) > 0 {
		t.Errorf("taken: %v", got)
	}
	if _, err := b.svc.TakeHook(t.Context(), h, "lsw_other", []byte(`{}`)); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("another key: %v", err)
	}
	challenge, err := b.svc.TakeHook(t.Context(), h, b.key, []byte(`{"type": "url_verification", "token": "t", "challenge": "aj\u0032"}`))
	if challenge != "aj2" || err != nil {
		t.Errorf("%q, %v", challenge, err)
	}
}
