package event_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"lodestar/internal/access"
	"lodestar/internal/event"
	"lodestar/internal/fault"
	"lodestar/internal/warehouse"
)

var editor = access.Actor{Name: "ed", Role: access.Editor, Via: access.ViaSession}

func paid(id, props string) string {
	return fmt.Sprintf(`{"type":"track","event":"order_paid","messageId":%q,"userId":"u","properties":%s}`, id, props)
}

// TestReasons: whatever breaks the plan is set aside with every reason, by
// layer, with what was found and what was expected.
func TestReasons(t *testing.T) {
	t.Parallel()
	b := newBench(t, shop+"\n---\n{kind: Event, metadata: {name: strict}, spec: {onUnplanned: quarantine, ids: [phone]}}\n---\n"+
		"{kind: Workspace, metadata: {name: workspace}, spec: {zone: Asia/Shanghai, events: {unplanned: quarantine}}}")
	for i, c := range []struct{ message, want string }{
		{paid("m", `{}`), "property required_missing order_id"},
		{paid("m", `{"order_id":null}`), "property required_missing order_id"},
		{paid("m", `{"order_id":7}`), "property wrong_type order_id"},
		{paid("m", `{"order_id":"x7"}`), "property no_match order_id"},
		{paid("m", `{"order_id":"o7\n"}`), "property no_match order_id"},
		{paid("m", `{"order_id":"o1","amount":-1}`), "property out_of_range amount"},
		{paid("m", `{"order_id":"o1","amount":1000.01}`), "property out_of_range amount"},
		{paid("m", `{"order_id":"o1","amount":"a lot"}`), "property wrong_type amount"},
		{paid("m", `{"order_id":"o1","amount":"1/2"}`), "property wrong_type amount"},
		{paid("m", `{"order_id":"o1","items":1.5}`), "property wrong_type items"},
		{paid("m", `{"order_id":"o1","items":9223372036854775808}`), "property wrong_type items"},
		{paid("m", `{"order_id":"o1","channel":"phone"}`), "property not_allowed channel"},
		{paid("m", `{"order_id":"o1","first":"true"}`), "property wrong_type first"},
		{paid("m", `{"order_id":"o1","day":"2026-02-30"}`), "property wrong_type day"},
		{paid("m", `{"order_id":"o1","paid_at":"2026-03-04 12:00:00"}`), "property wrong_type paid_at"},
		{paid("m", `{"order_id":"o1","address":{"city":5}}`), "property wrong_type city"},
		{paid("m", `{"items":"2","channel":"x"}`), "property not_allowed channel, property required_missing order_id, property wrong_type items"},
		{`{"type":"track","event":"order_paid","messageId":"m","anonymousId":"a","properties":{"order_id":"o1"}}`, "id missing_id user_id"},
		{`{"type":"track","event":"order_paid","messageId":"m","properties":{"order_id":"o1"}}`, "id missing_id userId"},
		{`{"type":"track","event":"strict","messageId":"m","userId":"u","properties":{"phone":"1","colour":"red"}}`, "property unknown_property colour"},
		{`{"type":"track","event":"strict","messageId":"m","userId":"u"}`, "id missing_id phone"},
		{`{"type":"track","event":"Nobody","messageId":"m","userId":"u"}`, "event unplanned_event "},
		{`{"type":"track","event":" ","messageId":"m","userId":"u"}`, "event no_name "},
		{`{"type":"buy","event":"x","messageId":"m","userId":"u"}`, "event unknown_call "},
		{`{"event":"x","messageId":"m","userId":"u"}`, "event unknown_call "},
		{`{"type":"track","event":"signed_up","messageId":"m","userId":"u","timestamp":"now","properties":{"plan":"a"}}`, "event bad_time timestamp"},
		{`{"type":"track","event":"signed_up","messageId":"m","userId":"` + strings.Repeat("u", 300) + `","properties":{"plan":"a"}}`, "id bad_id userId"},
		{`{"type":"track","event":"signed_up","messageId":"m","userId":"u","properties":{"plan":"` + strings.Repeat("a", 33<<10) + `"}}`, "event too_large "},
	} {
		b.must("batch", `{"batch":[`+strings.Replace(c.message, `"messageId":"m"`, fmt.Sprintf(`"messageId":"m%d"`, i), 1)+`]}`)
		list, err := b.svc.Quarantine(t.Context(), editor, event.Filter{Limit: 1})
		if err != nil || len(list) == 0 || list[0].MessageID != fmt.Sprint("m", i) {
			t.Fatalf("%.100s was not set aside: %v", c.message, err)
		}
		var got []string
		for _, r := range list[0].Reasons {
			got = append(got, r.Layer+" "+r.Kind+" "+r.Property)
			if r.Text.EN == "" || r.Text.ZH == "" || strings.Contains(r.Text.EN, "{") {
				t.Errorf("%+v", r)
			}
		}
		slices.Sort(got)
		if s := strings.Join(got, ", "); s != c.want {
			t.Errorf("%.100s\n gives %s, want %s", c.message, s, c.want)
		}
	}
	if rows := b.rows("order_paid", "message_id"); len(rows) > 0 {
		t.Errorf("stored all the same: %v", rows)
	}
}

// TestKeptInSpite: an event whose plan says so is stored without the values that
// do not fit, and still counted.
func TestKeptInSpite(t *testing.T) {
	t.Parallel()
	b := newBench(t, shop)
	b.must("track", `{"event":"signed_up","messageId":"m1","userId":"u","properties":{"plan":5}}`)
	if got := b.rows("signed_up", "message_id, plan"); len(got) != 1 || got[0] != "m1 <nil>" {
		t.Errorf("%v", got)
	}
	if counts, err := b.svc.Counts(t.Context(), editor); err != nil || len(counts) != 0 {
		t.Errorf("%v %v", counts, err)
	}
}

// TestMendAndReplay: what was set aside is mended by hand, by a rule for all of
// a reason, or by changing the plan, and is stored once, with its own times.
func TestMendAndReplay(t *testing.T) {
	t.Parallel()
	b := newBench(t, shop)
	ctx := t.Context()
	replay := func(r event.Replay) event.Replayed {
		t.Helper()
		out, err := b.svc.Replay(ctx, editor, r)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	batch := []string{paid("hand", `{"order_id":"no"}`), paid("planned", `{"order_id":"o1","channel":"phone"}`)}
	for i := range 5 {
		batch = append(batch, paid(fmt.Sprint("text", i), `{"order_id":"o1","items":"1,000"}`), paid(fmt.Sprint("name", i), `{"orderNo":"o2"}`),
			paid(fmt.Sprint("none", i), `{"order_id":"o3","channel":"?"}`))
	}
	b.must("batch", `{"sentAt":"2026-03-04T13:00:00Z","context":{"page":{"url":"/p"}},"batch":[`+strings.Join(batch, ",")+`]}`)
	b.must("batch", `{"batch":[`+strings.Join(batch, ",")+`]}`) // again: the sender did not hear
	if got := replay(event.Replay{}); got.Tried != 17 || got.Stored != 0 {
		t.Fatalf("nothing has changed: %+v", got)
	}
	cast := event.Replay{Filter: event.Filter{Event: "order_paid", Kind: event.WrongType, Property: "items"}, Rule: &event.Rule{Do: "cast", Property: "items"}, Dry: true}
	if got := replay(cast); got.Tried != 5 || got.Stored != 5 || len(b.rows("order_paid", "message_id")) != 0 {
		t.Fatalf("a trial: %+v", got)
	}
	cast.Dry = false
	if got := replay(cast); got.Stored != 5 {
		t.Fatalf("cast: %+v", got)
	}
	if got := replay(event.Replay{Filter: event.Filter{Kind: event.RequiredMissing}, Rule: &event.Rule{Do: "rename", Property: "orderNo", To: "order_id"}}); got.Stored != 5 {
		t.Fatalf("rename: %+v", got)
	}
	if got := replay(event.Replay{Filter: event.Filter{Kind: event.NotAllowed}, Rule: &event.Rule{Do: "default", Property: "channel", Value: "web"}}); got.Stored != 6 {
		t.Fatalf("default: %+v", got)
	}
	list, err := b.svc.Quarantine(ctx, editor, event.Filter{})
	if err != nil || len(list) != 1 || list[0].MessageID != "hand" {
		t.Fatalf("%+v %v", list, err)
	}
	if _, err := b.svc.Edit(ctx, editor, list[0].ID, []byte(`{"a":1,"a":2}`)); !fault.Is(err, fault.Invalid) {
		t.Errorf("two keys: %v", err)
	}
	edited := strings.Replace(string(list[0].Payload), `"no"`, `"o9"`, 1)
	if got, err := b.svc.Edit(ctx, editor, list[0].ID, []byte(edited)); err != nil || got.Stored != 1 {
		t.Errorf("by hand: %+v %v", got, err)
	}
	rows := b.rows("order_paid", "message_id, order_id, items, channel, page")
	want := []string{"hand o9 <nil> <nil> /p", "planned o1 <nil> web /p"}
	for i := range 5 {
		want = append(want, fmt.Sprintf("name%d o2 <nil> <nil> /p", i), fmt.Sprintf("none%d o3 <nil> web /p", i), fmt.Sprintf("text%d o1 1000 <nil> /p", i))
	}
	slices.Sort(want)
	if !slices.Equal(rows, want) {
		t.Errorf("got %v\nwant %v", rows, want)
	}
}

// TestPlanChanges: rows follow the plan, and what was set aside is stored once
// the plan allows it; names that were wrong are put right.
func TestPlanChanges(t *testing.T) {
	t.Parallel()
	b := newBench(t, shop)
	ctx := t.Context()
	b.must("batch", `{"batch":[`+paid("a", `{"order_id":"o1","coupon":"c1"}`)+","+paid("b", `{"order_id":"o1","channel":"phone"}`)+`]}`)
	b.define(strings.NewReplacer("values: [web, app]", "values: [web, app, phone]", "- {name: items, type: integer}", "- {name: items, type: decimal}\n    - {name: coupon, type: string}").Replace(shop))
	if got, err := b.svc.Replay(ctx, editor, event.Replay{}); err != nil || got.Stored != 1 {
		t.Errorf("%+v %v", got, err)
	}
	b.must("batch", `{"batch":[`+paid("c", `{"order_id":"o1","coupon":"c2","items":1.5}`)+`]}`)
	if got := b.rows("order_paid", "message_id, channel, coupon, items, extra"); !slices.Equal(got, []string{
		`a <nil> <nil> <nil> {"coupon":"c1"}`, "b phone <nil> <nil> <nil>", "c <nil> c2 1.500000 <nil>"}) {
		t.Errorf("%v", got)
	}
	// Texts that are no numbers keep a column from becoming one: its events wait.
	b.define(strings.Replace(shop, "{name: order_id, type: string, required: true, pattern: 'o[0-9]+'}", "{name: order_id, type: integer}", 1))
	b.must("batch", `{"batch":[`+paid("d", `{"order_id":1}`)+`]}`)
	if list, err := b.svc.Quarantine(ctx, editor, event.Filter{}); err != nil || len(list) != 1 || list[0].Reasons[0].Kind != event.ColumnsDiffer {
		t.Errorf("%+v %v", list, err)
	}
	// Without those rows they are stored.
	if err := b.db.Drop(ctx, warehouse.LoadSpec{ID: "drop", Dataset: "order_paid", Actor: "ed", At: noon()}); err != nil {
		t.Fatal(err)
	}
	b.must("batch", `{"batch":[`+paid("e", `{"order_id":2}`)+`]}`)
	if got, err := b.svc.Replay(ctx, editor, event.Replay{}); err != nil || got.Stored != 1 {
		t.Errorf("%+v %v", got, err)
	}
	if got := b.rows("order_paid", "message_id, order_id"); !slices.Equal(got, []string{"d 1", "e 2"}) {
		t.Errorf("%v", got)
	}
}

// TestCountsTellNoValues to those who may not see what was sent.
func TestCountsTellNoValues(t *testing.T) {
	t.Parallel()
	b := newBench(t, shop)
	b.must("batch", `{"batch":[`+paid("a", `{"order_id":"13800138000"}`)+`]}`)
	for who, want := range map[access.Actor]bool{editor: true, {Name: "vi", Role: access.Viewer, Via: access.ViaSession}: false} {
		counts, err := b.svc.Counts(t.Context(), who)
		if err != nil || len(counts) != 1 {
			t.Fatal(counts, err)
		}
		if got := strings.Contains(fmt.Sprintf("%+v", counts), "13800138000"); got != want {
			t.Errorf("%s: %+v", who.Name, counts)
		}
	}
}

// TestReplaysTogether: whoever else replays at the same time, each message is
// stored once and counted once.
func TestReplaysTogether(t *testing.T) {
	t.Parallel()
	b := newBench(t, shop)
	var batch []string
	for i := range 100 {
		batch = append(batch, paid(fmt.Sprint("m", i), `{"order_id":"o1","channel":"phone"}`))
	}
	b.must("batch", `{"batch":[`+strings.Join(batch, ",")+`]}`)
	b.define(strings.Replace(shop, "values: [web, app]", "values: [web, app, phone]", 1))
	var stored atomic.Int64
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			got, err := b.svc.Replay(t.Context(), editor, event.Replay{})
			if err != nil {
				t.Error(err)
			}
			stored.Add(got.Stored)
		})
	}
	all.Wait()
	if n := len(b.rows("order_paid", "message_id")); n != 100 || stored.Load() != 100 {
		t.Errorf("%d rows, %d stored", n, stored.Load())
	}
	r, err := b.svc.Report(t.Context(), editor, 1)
	if err != nil || r.Events[slices.IndexFunc(r.Events, func(h event.Health) bool { return h.Name == "order_paid" })].Stored != 100 {
		t.Errorf("%+v %v", r.Events, err)
	}
}

func TestDismiss(t *testing.T) {
	t.Parallel()
	b := newBench(t, shop)
	b.must("batch", `{"batch":[`+paid("a", `{}`)+","+paid("b", `{}`)+`]}`)
	if _, err := b.svc.Dismiss(t.Context(), editor, event.Filter{}); !fault.Is(err, fault.Invalid) {
		t.Errorf("everything at once: %v", err)
	}
	if n, err := b.svc.Dismiss(t.Context(), editor, event.Filter{Kind: event.RequiredMissing}); n != 2 || err != nil {
		t.Errorf("%d %v", n, err)
	}
	if list, err := b.svc.Quarantine(t.Context(), editor, event.Filter{State: "dismissed"}); err != nil || len(list) != 2 || list[0].SettledBy != "ed" {
		t.Errorf("%+v %v", list, err)
	}
	if got, err := b.svc.Replay(t.Context(), editor, event.Replay{}); err != nil || got.Tried != 0 {
		t.Errorf("%+v %v", got, err)
	}
}

// TestPlannedLater: events that came before they were planned go where they
// belong once they are, or to the quarantine, and are nowhere twice.
func TestPlannedLater(t *testing.T) {
	t.Parallel()
	b := newBench(t, shop)
	b.must("batch", `{"sentAt":"2026-03-04T13:00:00Z","batch":[
		{"type":"track","event":"Lead Sent","messageId":"a","userId":"u","timestamp":"2026-03-04T12:30:00Z","properties":{"leadId":"l1","score":2}},
		{"type":"track","event":"leadSent","messageId":"b","anonymousId":"v","properties":{"leadId":7}},
		{"type":"track","event":"Other","messageId":"c","userId":"u"}]}`)
	b.define(shop + "\n---\n{kind: Event, metadata: {name: lead_sent}, spec: {properties: [{name: lead_id, type: string, required: true}, {name: score, type: integer}]}}")
	got, err := b.svc.Replay(t.Context(), editor, event.Replay{Filter: event.Filter{Event: "lead_sent"}})
	if err != nil || got.Tried != 2 || got.Stored != 1 || got.Left != 1 {
		t.Fatalf("%+v %v", got, err)
	}
	if rows := b.rows("lead_sent", "message_id, user_id, time, lead_id, score"); !slices.Equal(rows, []string{"a u 2026-03-04 11:30:00 +0000 UTC l1 2"}) {
		t.Errorf("%v", rows)
	}
	if rows := b.rows("other_events", "message_id"); !slices.Equal(rows, []string{"c"}) {
		t.Errorf("left: %v", rows)
	}
	got, err = b.svc.Replay(t.Context(), editor, event.Replay{Filter: event.Filter{Event: "lead_sent", Kind: event.WrongType}, Rule: &event.Rule{Do: "cast", Property: "lead_id"}})
	if err != nil || got.Stored != 1 {
		t.Fatalf("%+v %v", got, err)
	}
	if rows := b.rows("lead_sent", "message_id, lead_id"); !slices.Equal(rows, []string{"a l1", "b 7"}) {
		t.Errorf("%v", rows)
	}
	b.again()
	if got, err := b.svc.Replay(t.Context(), editor, event.Replay{}); err != nil || got.Tried != 0 {
		t.Errorf("again: %+v %v", got, err)
	}
}

// TestPlannedLaterSameID: of two events that came with one id, a day apart, the
// one that is not planned stays.
func TestPlannedLaterSameID(t *testing.T) {
	t.Parallel()
	b := newBench(t, shop)
	b.must("track", `{"event":"Lead Sent","messageId":"a","userId":"u"}`)
	if err := b.db.ForgetMessages(t.Context(), noon().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	b.must("track", `{"event":"Other","messageId":"a","userId":"u"}`)
	b.define(shop + "\n---\n{kind: Event, metadata: {name: lead_sent}, spec: {}}")
	if got, err := b.svc.Replay(t.Context(), editor, event.Replay{}); err != nil || got.Stored != 1 {
		t.Errorf("%+v %v", got, err)
	}
	if planned, rest := b.rows("lead_sent", "message_id"), b.rows("other_events", "message_id, event"); !slices.Equal(planned, []string{"a"}) || !slices.Equal(rest, []string{"a Other"}) {
		t.Errorf("%v %v", planned, rest)
	}
}
