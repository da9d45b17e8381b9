package event_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"lodestar/internal/access"
	"lodestar/internal/event"
	"lodestar/internal/fault"
)

const shop = `
{kind: Entity, metadata: {name: user}, spec: {ids: [user_id, phone]}}
---
kind: Event
metadata: {name: order_paid}
spec:
  names: [下单成功]
  ids: [user_id]
  properties:
    - {name: order_id, type: string, required: true, pattern: 'o[0-9]+'}
    - {name: amount, type: decimal, precision: 12, scale: 2, min: 0, max: 1000}
    - {name: items, type: integer}
    - {name: channel, type: string, values: [web, app]}
    - {name: city, source: address.city, type: string}
    - {name: page, source: context.page.url, type: string}
    - {name: paid_at, type: timestamp}
    - {name: day, type: date}
    - {name: first, type: boolean}
    - {name: score, type: float}
---
{kind: Event, metadata: {name: signed_up}, spec: {onViolation: keep, properties: [{name: plan, type: string, required: true}]}}
`

// TestEventsBecomeRows: each call comes to its dataset, typed, with the time
// put right by the difference of the clocks.
func TestEventsBecomeRows(t *testing.T) {
	t.Parallel()
	b := newBench(t, shop)
	// The sender's clock is an hour ahead.
	b.must("batch", `{"sentAt": "2026-03-04T13:00:00Z", "context": {"page": {"url": "https://x/"}}, "batch": [
		{"type": "track", "event": "Order Paid", "messageId": "m1", "userId": "u1", "timestamp": "2026-03-04T12:59:00.5Z",
		 "properties": {"orderId": "o1", "amount": 12.345, "items": 2.0, "channel": "web", "address": {"city": "上海", "zip": "1"},
			"paid_at": "2026-03-04T20:00:00+08:00", "day": "2026-03-04", "first": true, "score": 1e3, "coupon": {"a": [1, "\"x"]}}},
		{"type": "track", "event": "下单成功", "messageId": "m2", "userId": 7, "anonymousId": "a2", "timestamp": "2026-03-04T12:00:00Z",
		 "properties": {"order_id": "o2", "amount": "0.10"}, "context": {}},
		{"type": "identify", "messageId": "m3", "userId": "u1", "anonymousId": "a1", "traits": {"phone": "1"}},
		{"type": "alias", "messageId": "m4", "userId": "u1", "previousId": "a1"},
		{"type": "group", "messageId": "m5", "userId": "u1", "groupId": "g1", "traits": {"size": 3}},
		{"type": "page", "messageId": "m6", "anonymousId": "a1", "name": "Home", "properties": {"url": "https://x/", "path": "/"}},
		{"type": "screen", "messageId": "m7", "anonymousId": "a1", "name": "Main"},
		{"type": "track", "event": "Not planned", "messageId": "m8", "userId": "u1", "properties": {"x": 1}}]}`)
	b.must("track", `{"event": "order_paid", "messageId": "m9", "userId": "u9", "properties": {"order_id": "o9"}}`)
	for _, c := range []struct{ dataset, columns, want string }{
		{"order_paid", "message_id, user_id, anonymous_id, time, received_at, source, order_id, amount, items, channel, city, page, paid_at, day, first, score, extra",
			`m1 u1 <nil> 2026-03-04 11:59:00.5 +0000 UTC 2026-03-04 12:00:00 +0000 UTC web o1 12.35 2 web 上海 https://x/ 2026-03-04 12:00:00 +0000 UTC 2026-03-04 00:00:00 +0000 UTC true 1000 {"coupon":{"a": [1, "\"x"]}}
m2 7 a2 2026-03-04 11:00:00 +0000 UTC 2026-03-04 12:00:00 +0000 UTC web o2 0.10 <nil> <nil> <nil> <nil> <nil> <nil> <nil> <nil> <nil>
m9 u9 <nil> 2026-03-04 12:00:00 +0000 UTC 2026-03-04 12:00:00 +0000 UTC web o9 <nil> <nil> <nil> <nil> <nil> <nil> <nil> <nil> <nil> <nil>`},
		{"identifies", "message_id, user_id, anonymous_id, traits", `m3 u1 a1 {"phone": "1"}`},
		{"aliases", "user_id, previous_id", "u1 a1"},
		{"groups", "group_id, traits", `g1 {"size": 3}`},
		{"pages", "kind, name, url, path", "page Home https://x/ /\nscreen Main <nil> <nil>"},
		{"other_events", "event, properties", `Not planned {"x": 1}`},
	} {
		if got := strings.Join(b.rows(c.dataset, c.columns), "\n"); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.dataset, got, c.want)
		}
	}
}

// TestExactlyOnce: messages that come again, in the same request, later, after a
// start, or with another content, are stored once; the first counts.
func TestExactlyOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t, shop)
	r := rand.New(rand.NewPCG(3, 4))
	want := map[string]bool{}
	for round := range 30 {
		var batch []string
		for range r.IntN(40) {
			id := fmt.Sprintf("m%d", r.IntN(400))
			want[id] = true
			batch = append(batch, fmt.Sprintf(`{"type":"track","event":"order_paid","messageId":%q,"userId":"u","properties":{"order_id":"o%d"}}`, id, round))
		}
		if err := b.send("batch", `{"batch":[`+strings.Join(batch, ",")+`]}`); err != nil {
			t.Fatal(err)
		}
		if round%7 == 6 {
			b.again()
		}
	}
	b.drain()
	var ids []string
	for id := range want {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	if got := b.rows("order_paid", "message_id"); !slices.Equal(got, ids) {
		t.Errorf("%d rows for %d messages", len(got), len(ids))
	}
}

// TestHostileBodies: what cannot be taken is refused as a whole, with what is
// wrong, and nothing of it is stored.
func TestHostileBodies(t *testing.T) {
	t.Parallel()
	b := newBench(t, shop)
	track := func(props string) string {
		return `{"event":"order_paid","messageId":"m","userId":"u","properties":` + props + `}`
	}
	many := func(n int) string {
		keys := make([]string, n)
		for i := range keys {
			keys[i] = fmt.Sprintf(`"k%d":1`, i)
		}
		return strings.Join(keys, ",")
	}
	for _, c := range []struct{ call, body, code string }{
		{"track", "", "bad_json"},
		{"track", "{", "bad_json"},
		{"track", `[]`, "not_an_object"},
		{"track", track(`{}`) + "x", "bad_json"},
		{"track", track(`{"a":NaN}`), "bad_json"},
		{"track", track(`{"a":Infinity}`), "bad_json"},
		{"track", track(`{"a":01}`), "bad_json"},
		{"track", track(`{"a":1e999}`), "number_too_large"},
		{"track", track(`{"a":1e-999999999}`), "number_too_large"},
		{"track", track(`{"a":` + strings.Repeat("9", 200) + `}`), "number_too_large"},
		{"track", track(`{"a":1,"a":2}`), "duplicate_key"},
		{"track", track(`{"a":1,"\u0061":2}`), "duplicate_key"},
		{"track", track(`{` + many(100) + `,"k7":1}`), "duplicate_key"},
		{"track", track(`{"a":"` + "\x01" + `"}`), "control_character"},
		{"track", track(`{"a":"\u0000"}`), "control_character"},
		{"track", track(`{"a":"\x"}`), "bad_json"},
		{"track", track(`{"a":"` + "\xff" + `"}`), "bad_encoding"},
		{"track", track(strings.Repeat(`{"a":`, 100) + "1" + strings.Repeat("}", 100)), "too_deep"},
		{"track", strings.Repeat("[", 500_000), "too_deep"},
		{"track", `{"batch":"` + strings.Repeat("x", event.MostBody) + `"}`, "body_too_large"},
		{"batch", `{}`, "no_batch"},
		{"batch", `{"batch":{}}`, "no_batch"},
		{"batch", `{"batch":[1]}`, "not_an_object"},
		{"batch", `{"batch":[{}` + strings.Repeat(",{}", 10_000) + `]}`, "too_many_records"},
		{"batch", `{"batch":[{}` + strings.Repeat(",{}", 999) + `],"context":{"x":"` + strings.Repeat("x", 20_000) + `"}}`, "batch_too_large"}, // 20 MB, were each kept with it
		{"track", `{"messageId":"m","userId":"u"}`, "bad_message"},
		{"track", `{"event":"x","messageId":"m"}`, "bad_message"},
		{"track", `{"event":"x","messageId":"m","userId":"u","timestamp":"yesterday"}`, "bad_message"},
		{"track", `{"event":"x","messageId":"m","userId":"u","timestamp":1772625600}`, "bad_message"},
		{"track", `{"event":"x","messageId":"m","userId":"u","timestamp":"2036-01-01T00:00:00Z"}`, "bad_message"},
		{"track", `{"event":"x","messageId":"m","userId":"u","timestamp":"0001-01-01T00:00:00Z"}`, "bad_message"},
		{"track", `{"event":{},"messageId":"m","userId":"u"}`, "bad_message"},
		{"track", `{"event":"x","messageId":"m","userId":"u","properties":[]}`, "bad_message"},
		{"track", track(`{"a":"` + strings.Repeat("x", event.MostMessage) + `"}`), "bad_message"},
		{"group", `{"messageId":"m","userId":"u"}`, "bad_message"},
		{"alias", `{"messageId":"m","userId":"u"}`, "bad_message"},
	} {
		err := b.send(c.call, c.body)
		if f := fault.Of(err); err == nil || f.Code != c.code || f.Kind != fault.Invalid && f.Kind != fault.TooLarge || f.Text.ZH == "" {
			t.Errorf("%.80s gives %v, want %s", c.body, err, c.code)
		}
	}
	b.drain()
	if rows := b.rows("order_paid", "message_id"); len(rows) > 0 {
		t.Errorf("stored all the same: %v", rows)
	}
}

// TestWriteKeys: a key opens what it is for while it is on; without one nothing
// is taken.
func TestWriteKeys(t *testing.T) {
	t.Parallel()
	b := newBench(t, shop)
	ctx := t.Context()
	const body = `{"event":"x","messageId":"m","userId":"u"}`
	_, page, err := b.svc.CreateKey(ctx, admin, event.NewKey{Name: "pages", Calls: []string{"page"}})
	if err != nil {
		t.Fatal(err)
	}
	take := func(call, key, body string) error {
		return b.svc.Take(ctx, event.Request{Call: call, Key: key, Body: []byte(body)})
	}
	for _, c := range []struct {
		call, key, body string
		want            fault.Kind
	}{
		{"track", "", body, fault.Unauthenticated},
		{"track", "lsw_guess", body, fault.Unauthenticated},
		{"track", page, body, fault.Denied},
		{"batch", page, `{"batch":[{"type":"page","messageId":"m","userId":"u"},` + body + `]}`, fault.Denied},
	} {
		if err := take(c.call, c.key, c.body); !fault.Is(err, c.want) {
			t.Errorf("%s with %.8s…: %v", c.call, c.key, err)
		}
	}
	if err := take("page", page, body); err != nil {
		t.Error(err)
	}
	if err := take("track", "", strings.Replace(body, "{", `{"writeKey":"`+b.key+`",`, 1)); err != nil {
		t.Error(err)
	}
	b.drain()
	if list, err := b.svc.ListKeys(ctx, admin); err != nil || list[0].UsedAt == nil || !list[0].UsedAt.Equal(noon()) {
		t.Errorf("last used: %+v %v", list, err)
	}
	if _, err := b.svc.SwitchKey(ctx, admin, "web", false); err != nil {
		t.Fatal(err)
	}
	if err := b.send("track", body); !fault.Is(err, fault.Denied) {
		t.Errorf("switched off: %v", err)
	}
	if err := b.svc.DeleteKey(ctx, admin, "pages"); err != nil {
		t.Fatal(err)
	}
	if err := take("page", page, body); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("deleted: %v", err)
	}
	list, err := b.svc.ListKeys(ctx, admin)
	if err != nil || len(list) != 1 || strings.Contains(fmt.Sprintf("%+v", list), b.key) {
		t.Errorf("%+v %v", list, err)
	}
	if _, _, err := b.svc.CreateKey(ctx, admin, event.NewKey{Name: "web"}); !fault.Is(err, fault.Conflict) {
		t.Errorf("twice: %v", err)
	}
	if _, _, err := b.svc.CreateKey(ctx, access.Actor{Name: "ed", Role: access.Editor}, event.NewKey{Name: "x"}); !fault.Is(err, fault.Denied) {
		t.Errorf("an editor makes keys: %v", err)
	}
}

// FuzzTake: no body, however odd, is stored unless it is JSON, breaks the
// service, or is answered by anything but a fault with words.
func FuzzTake(f *testing.F) {
	for _, seed := range []string{`{"batch":[{"type":"track","event":"order_paid","messageId":"m","userId":"u","properties":{"order_id":"o1","amount":1.5}}],"sentAt":"2026-03-04T12:00:00Z"}`,
		`{"batch":[{"type":"page","properties":{"url":"\u00e9\ud83d\ude00"}},{}]}`, `{"batch":[`, `{"batch":[{"a":{"a":[[1e5,-0.1,true,null]]}}]}`, "\xff"} {
		f.Add([]byte(seed))
	}
	plan := event.Judging(shopModel(f))
	f.Fuzz(func(t *testing.T, body []byte) {
		before := bytes.Clone(body)
		judged, err := plan("batch", body)
		if !bytes.Equal(before, body) {
			t.Fatal("the body was changed")
		}
		if err != nil {
			if fl := fault.Of(err); fl.Kind != fault.Invalid && fl.Kind != fault.TooLarge || fl.Text.EN == "" || fl.Text.ZH == "" {
				t.Fatalf("%v", err)
			}
			return
		}
		for _, j := range judged {
			if j.Table == "" && len(j.Reasons) == 0 {
				t.Fatalf("set aside without a reason: %+v", j)
			}
			for _, r := range j.Reasons {
				if words := r.Text(); words.ZH == "" || words.EN == "" || strings.Contains(words.EN, "{") && !strings.Contains(r.Found+r.Property+r.Expected, "{") {
					t.Fatalf("%+v has no words", r)
				}
			}
		}
	})
}

// TestNobodyTakesAnothersPlace: a message without an id is stored, whatever ids
// others made up before.
func TestNobodyTakesAnothersPlace(t *testing.T) {
	t.Parallel()
	b := newBench(t, shop)
	body := `{"event":"Other","userId":"u"}`
	place := func() (n int) {
		t.Helper()
		rows := b.rows("other_events", "received_at, message_id")
		if _, err := fmt.Sscanf(rows[len(rows)-1], noon().String()+" lodestar-%d-0", &n); err != nil {
			t.Fatal(rows, err)
		}
		return n
	}
	b.must("track", body)
	first := place()
	b.must("track", body)
	second := place()
	head := second - first - len(body)
	made := func(at int) string {
		return fmt.Sprintf(`{"event":"Made up","userId":"u","messageId":"lodestar-%d-0"}`, at)
	}
	next := second + head + len(body) + head + len(made(100))
	if next < 100 || next > 999 {
		t.Fatalf("the next message is at %d", next)
	}
	b.must("track", made(next))
	b.must("track", body)
	if rows := b.rows("other_events", "event"); len(rows) != 4 {
		t.Errorf("%v", rows)
	}
}
