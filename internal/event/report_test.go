package event_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"lodestar/internal/access"
	"lodestar/internal/catalog"
	"lodestar/internal/event"
	"lodestar/internal/kinds"
	"lodestar/internal/semantic"
)

func (b *bench) at(t time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.now = t
}

func (b *bench) report() (event.Report, map[string]event.Health) {
	b.t.Helper()
	r, err := b.svc.Report(b.t.Context(), access.Actor{Name: "vi", Role: access.Viewer}, 7)
	if err != nil {
		b.t.Fatal(err)
	}
	by := map[string]event.Health{}
	for _, e := range r.Events {
		by[e.Name] = e
	}
	return r, by
}

// TestReport: what came is counted by day and kind; a drop against the same
// weekday and silence are told; so is what rests on an event.
func TestReport(t *testing.T) {
	t.Parallel()
	b := newBench(t, shop+"\n---\n{kind: Metric, metadata: {name: revenue}, spec: {type: simple, dataset: order_paid, agg: sum, expr: amount}}")
	n := 0
	day := func(d, paidN, upN, bad int) {
		b.at(noon().AddDate(0, 0, d))
		var list []string
		for i := range paidN {
			n++
			props := `{"order_id":"o1"}`
			if i < bad {
				props = `{"order_id":"o1","items":"x","channel":"?"}`
			}
			list = append(list, paid(fmt.Sprint("m", n), props))
		}
		for range upN {
			n++
			list = append(list, fmt.Sprintf(`{"type":"track","event":"signed_up","messageId":"m%d","userId":"u","properties":{"plan":"a"}}`, n))
		}
		if len(list) > 0 {
			b.must("batch", `{"batch":[`+strings.Join(list, ",")+`]}`)
		}
	}
	for week := 4; week > 0; week-- {
		day(-7*week-1, 40+week, 20, 0)
	}
	day(-1, 10, 0, 4)
	day(0, 5, 1, 0)
	b.must("batch", `{"batch":[`+paid(fmt.Sprint("m", n-1), `{"order_id":"o1"}`)+`]}`) // again
	rep, by := b.report()
	p, s := by["order_paid"], by["signed_up"]
	// 41, 42, 43, 44 were there on that weekday: 42.5 is usual.
	if p.Usual != 42.5 || p.Change == nil || math.Abs(*p.Change-(10/42.5-1)) > 1e-9 {
		t.Errorf("usual %v, change %v", p.Usual, p.Change)
	}
	if p.Received != 15 || p.Stored != 11 || p.Set != 4 || p.Open != 4 || p.Duplicates != 1 || p.State != "bad" {
		t.Errorf("%+v", p)
	}
	if want := []event.Violation{{event.NotAllowed, "channel", 4}, {event.WrongType, "items", 4}}; !slices.Equal(p.Violations, want) {
		t.Errorf("%+v", p.Violations)
	}
	if len(p.Days) != 7 || p.Days[5] != (event.DayReport{Day: "2026-03-03", Received: 10, Stored: 6, Set: 4}) || p.Days[6].Received != 5 {
		t.Errorf("%+v", p.Days)
	}
	var codes []string
	for _, w := range append(p.Why, s.Why...) {
		codes = append(codes, w.Code)
	}
	if !slices.Equal(codes, []string{"dropped", "violations", "open", "silent"}) || s.State != "bad" {
		t.Errorf("%v, signed_up is %s", codes, s.State)
	}
	if !slices.Equal(p.Metrics, []string{"revenue"}) || len(s.Metrics) != 0 {
		t.Errorf("rests on order_paid: %v, on signed_up: %v", p.Metrics, s.Metrics)
	}
	if p.Last == nil || !p.Last.Equal(noon()) || rep.To != "2026-03-04" {
		t.Errorf("%v %s", p.Last, rep.To)
	}
	// Summing up many small counts changes none.
	if _, err := b.db.PurgeQuarantine(t.Context(), noon().AddDate(-1, 0, 0)); err != nil {
		t.Fatal(err)
	}
	if _, again := b.report(); again["order_paid"].Received != 15 || again["order_paid"].Usual != 42.5 {
		t.Errorf("%+v", again["order_paid"])
	}
}

// TestChains: a step counts as covered when the same person took the one before
// earlier; compared with counting by hand.
func TestChains(t *testing.T) {
	t.Parallel()
	b := newBench(t, `
{kind: Event, metadata: {name: seen}, spec: {}}
---
{kind: Event, metadata: {name: clicked}, spec: {after: [seen]}}
---
{kind: Event, metadata: {name: lead}, spec: {ids: [phone], after: [clicked, call]}}
---
{kind: Event, metadata: {name: call}, spec: {ids: [phone]}}
`)
	var list []string
	do := func(event, who, phone string, minute int) {
		list = append(list, fmt.Sprintf(`{"type":"track","event":%q,"messageId":"m%d","anonymousId":%q,"timestamp":"2026-03-04T11:%02d:00Z","properties":{"phone":%q}}`,
			event, len(list), who, minute, phone))
	}
	do("seen", "a", "", 1)
	do("clicked", "a", "", 2)
	do("clicked", "b", "", 2) // without having seen it
	do("clicked", "c", "", 2) // seen later
	do("seen", "c", "", 3)
	do("lead", "a", "1", 4)
	do("lead", "z", "2", 4)
	do("call", "q", "2", 3) // the phone is the same, the visitor is not
	b.must("batch", `{"batch":[`+strings.Join(list, ",")+`]}`)
	rep, _ := b.report()
	got := map[string]string{}
	for _, c := range rep.Chains {
		got[c.After+">"+c.Event] = fmt.Sprintf("%d of %d by %s", c.Before, c.Took, c.By)
	}
	want := map[string]string{"seen>clicked": "1 of 3 by ", "clicked>lead": "1 of 2 by ", "call>lead": "1 of 2 by phone"}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestPropose: what is sent but not planned, and what a metric needs, become
// entries that can be applied as they are.
// TestReportOfManyNames: names that somebody makes up do not fill the report.
func TestReportOfManyNames(t *testing.T) {
	t.Parallel()
	b := newBench(t, shop)
	var list []string
	for i := range 3000 {
		list = append(list, fmt.Sprintf(`{"type":"track","event":"made up %d","userId":"u"}`, i))
	}
	list = append(list, `{"type":"track","event":"often","userId":"u"}`, `{"type":"track","event":"often","userId":"u"}`, paid("p", `{"order_id":"o1"}`))
	b.must("batch", `{"batch":[`+strings.Join(list, ",")+`]}`)
	r, err := b.svc.Report(t.Context(), editor, 30)
	if err != nil || len(r.Events) > 210 {
		t.Fatalf("%d events, %v", len(r.Events), err)
	}
	received, names := int64(0), map[string]event.Health{}
	for _, e := range r.Events {
		received += e.Received
		names[e.Name] = e
	}
	if received != 3003 || names["often"].Received != 2 || names["order_paid"].Received != 1 || names["…"].Received != 3001-200 || !strings.HasPrefix(names["…"].Title.EN, "2,801 more") {
		t.Errorf("%d received, %+v", received, names["…"])
	}
}

// TestProposedNames: what is proposed takes the place of nothing, nor of each other.
func TestProposedNames(t *testing.T) {
	t.Parallel()
	b := newBench(t, shop)
	for _, name := range []string{"Order, paid", "Lead (sent)", "Lead: sent", "Lead sent!", "lead_sent_2", "other events"} {
		b.must("track", fmt.Sprintf(`{"event":%q,"userId":"u","properties":{"x":1}}`, name))
	}
	out, err := b.svc.Propose(t.Context(), editor)
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]string{}
	for _, p := range out {
		if first, twice := names[p.Name]; twice || b.model.Dataset(p.Name) != nil || p.Name == "other_events" {
			t.Errorf("%q is proposed as %s, as %q is", p.Sent, p.Name, first)
		}
		names[p.Name] = p.Sent
	}
	if len(names) != 6 {
		t.Errorf("%v", names)
	}
}

func TestPropose(t *testing.T) {
	t.Parallel()
	b := newBench(t, shop)
	var list []string
	for i := range 60 {
		list = append(list, fmt.Sprintf(`{"type":"track","event":"Cart Viewed","messageId":"c%d","userId":"u","properties":{"itemCount":%d,"total":%d.5,"kind":%q,"on":"2026-01-02","ref":"r%d"%s}}`,
			i, i, i, []string{"big", "small"}[i%2], i, []string{`,"gift":true`, ""}[i%2]))
	}
	list = append(list, `{"type":"track","event":"看商品","messageId":"z","userId":"u"}`, paid("p", `{"order_id":"o1","couponCode":"c"}`))
	b.must("batch", `{"batch":[`+strings.Join(list, ",")+`]}`)
	rs, _ := catalog.Decode("m.yaml", []byte(shop+"\n---\n{kind: Metric, metadata: {name: refunds}, spec: {type: simple, dataset: order_refunded, agg: sum, expr: refund, where: \"reason <> 'test'\"}}"), semantic.Kinds())
	for _, r := range rs {
		r.State = catalog.Published
		if r.Kind == semantic.KindMetric {
			r.State = catalog.Quarantined
		}
	}
	b.mu.Lock()
	b.snap = catalog.NewSnapshot(2, rs)
	b.mu.Unlock()
	out, err := b.svc.Propose(t.Context(), editor)
	if err != nil {
		t.Fatal(err)
	}
	by := map[string]event.Proposal{}
	src := ""
	for _, p := range out {
		by[p.Sent+"/"+p.Name] = p
		if src += "\n---\n" + p.YAML; p.Because.ZH == "" {
			t.Errorf("%+v", p)
		}
	}
	if len(out) != 4 || out[0].Name != "order_refunded" {
		t.Errorf("%d proposals, first %s", len(out), out[0].Name)
	}
	var seen []string
	for _, f := range by["Cart Viewed/cart_viewed"].Found {
		seen = append(seen, fmt.Sprintf("%s %s %v %v", f.Name, f.Type, f.Share, f.Values))
	}
	if want := []string{"item_count integer 1 []", "kind string 1 [big small]", "on date 1 []", "ref string 1 []", "total float 1 []", "gift boolean 0.5 []"}; !slices.Equal(seen, want) {
		t.Errorf("%v", seen)
	}
	applied, findings := catalog.Decode("p.yaml", []byte(src), kinds.All())
	m, more := semantic.Compile(append(applied, rs[2:]...))
	if findings = append(findings, more...); len(findings) > 0 {
		t.Fatalf("%+v\n%s", findings, src)
	}
	for sent, want := range map[string]string{"Cart Viewed": "cart_viewed", "看商品": by["看商品/"+firstNamed(out, "看商品")].Name, "order_paid": "order_paid", "order_refunded": "order_refunded"} {
		if e := m.EventNamed("track", sent); e == nil || e.Name != want {
			t.Errorf("%s is %v, want %s", sent, e, want)
		}
	}
	if m.Dataset("order_paid").Column("coupon_code") == nil || m.Metric("refunds") == nil {
		t.Error("what is missing is missing still")
	}
}

func firstNamed(list []event.Proposal, sent string) string {
	for _, p := range list {
		if p.Sent == sent {
			return p.Name
		}
	}
	return ""
}
