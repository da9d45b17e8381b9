package datasync_test

import (
	"slices"
	"testing"
	"time"

	"lodestar/internal/access"
	"lodestar/internal/datasync"
	"lodestar/internal/expr"
	"lodestar/internal/fault"
	"lodestar/internal/semantic"
	"lodestar/internal/source"
	"lodestar/internal/text"
)

// tick looks at the schedules and gives the runs of a dataset, oldest first.
func (b *bench) tick(name string) []datasync.Run {
	b.t.Helper()
	if err := b.Tick(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
	if err := b.queue.Start(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
	runs, err := b.meta.Syncs().Runs(b.t.Context(), name, 1000)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, r := range runs {
		b.wait(r.ID)
	}
	if runs, err = b.meta.Syncs().Runs(b.t.Context(), name, 1000); err != nil {
		b.t.Fatal(err)
	}
	slices.Reverse(runs)
	return runs
}

// TestSchedules walks through two days, with hours during which nobody looked,
// and checks when runs began against a count by hand.
func TestSchedules(t *testing.T) {
	t.Parallel()
	b := newBench(t) // it is 12:00 UTC, 20:00 in Shanghai, a Sunday
	b.places["shop"] = newPlace(3)
	b.define("often", synced(semantic.SyncChanges, func(s *semantic.Sync) { s.Every = "45 minutes" }))
	b.define("daily", synced(semantic.SyncFull, func(s *semantic.Sync) { s.Cron = "30 6 * * 1-5" }))
	b.define("by_hand", synced(semantic.SyncFull, nil))
	b.define("after", synced(semantic.SyncFull, func(s *semantic.Sync) { s.After = []string{"daily"} }))
	began := b.clock()
	at := func(name string) (out []string) {
		for _, r := range b.tick(name) {
			if r.State != datasync.Done {
				t.Fatalf("%+v", r)
			}
			out = append(out, r.CreatedAt.Sub(began).String())
		}
		return out
	}
	for b.clock().Sub(began) < 50*time.Hour {
		for _, name := range []string{"often", "daily", "by_hand", "after"} {
			at(name)
		}
		if h := b.clock().Sub(began); h == 20*time.Hour {
			b.pass(9 * time.Hour) // switched off
		} else {
			b.pass(15 * time.Minute)
		}
	}
	var often []string
	for h := time.Duration(0); h <= 50*time.Hour; h += 45 * time.Minute {
		if h > 20*time.Hour && h < 29*time.Hour {
			h = 29 * time.Hour // once, however often it was missed
		}
		often = append(often, h.String())
	}
	if got := at("often"); !slices.Equal(got, often) {
		t.Errorf("every 45 minutes: %v\nwant %v", got, often)
	}
	// 06:30 in Shanghai is 22:30 UTC of the day before: 10.5 and 34.5 hours on.
	if got := at("daily"); !slices.Equal(got, []string{"10h30m0s", "34h30m0s"}) {
		t.Errorf("by cron: %v", got)
	}
	if got := at("by_hand"); len(got) != 0 {
		t.Errorf("by hand: %v", got)
	}
	if got := at("after"); len(got) != 2 {
		t.Errorf("after daily: %v", got)
	}
}

// TestUpcoming compares the times that are told beforehand with those at which
// runs then begin.
func TestUpcoming(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.places["shop"] = newPlace(3)
	for name, schedule := range map[string]semantic.Schedule{"often": {Every: "45 minutes"}, "daily": {Cron: "30 6,18 * * 1-5"}} {
		b.define(name, synced(semantic.SyncFull, func(s *semantic.Sync) { s.Schedule = schedule }))
	}
	told := func(name string, s semantic.Schedule) []time.Time {
		t.Helper()
		u, err := b.Upcoming(t.Context(), viewer, name, s)
		if err != nil {
			t.Fatal(err)
		}
		if u.Due {
			return append([]time.Time{b.clock()}, u.Times...)
		}
		return u.Times
	}
	often, daily := told("often", semantic.Schedule{Every: "45 minutes"}), told("daily", semantic.Schedule{Cron: "30 6,18 * * 1-5"})
	if len(often) != 6 || len(daily) != 5 {
		t.Fatalf("%v\n%v", often, daily)
	}
	for began := b.clock(); b.clock().Sub(began) < 75*time.Hour; b.pass(15 * time.Minute) {
		b.tick("often")
		b.tick("daily")
	}
	for name, want := range map[string][]time.Time{"often": often, "daily": daily} {
		var got []time.Time
		for _, r := range b.tick(name)[:len(want)] {
			got = append(got, r.CreatedAt)
		}
		if !slices.EqualFunc(got, want, time.Time.Equal) {
			t.Errorf("%s ran at %v\ntold: %v", name, got, want)
		}
	}
	// Another schedule goes on from the last run; one that is missed runs at once.
	now := b.clock()
	if got := told("often", semantic.Schedule{Every: "1 day"}); !got[0].After(now.Add(23*time.Hour)) || got[1].Sub(got[0]) != 24*time.Hour {
		t.Errorf("every day from now on: %v at %s", got, now)
	}
	b.pass(2 * time.Hour)
	if u, err := b.Upcoming(t.Context(), viewer, "often", semantic.Schedule{Every: "1 hour"}); err != nil || !u.Due || !u.Times[0].Equal(b.clock().Add(time.Hour)) {
		t.Errorf("an hour after two hours: %+v %v", u, err)
	}
	if u, err := b.Upcoming(t.Context(), viewer, "often", semantic.Schedule{After: []string{"daily"}}); err != nil || u.Due || len(u.Times) != 0 {
		t.Errorf("without a clock: %+v %v", u, err)
	}
	if u, err := b.Upcoming(t.Context(), viewer, "often", semantic.Schedule{Cron: "0 0 30 2 *"}); err != nil || u.Due || len(u.Times) != 0 {
		t.Errorf("on a day that never comes: %+v %v", u, err)
	}
	_, err := b.Upcoming(t.Context(), viewer, "often", semantic.Schedule{Every: "soon", Cron: "61 * * * *"})
	var paths []string
	for _, f := range fault.Of(err).Fields {
		paths = append(paths, f.Path)
	}
	if !slices.Equal(paths, []string{"every", "cron", "cron"}) {
		t.Errorf("%v: %v", err, paths)
	}
	if _, err := b.Upcoming(t.Context(), access.Actor{}, "often", semantic.Schedule{}); !fault.Is(err, fault.Denied) && !fault.Is(err, fault.Unauthenticated) {
		t.Error(err)
	}
}

// TestPausedSchedulesWait and catch up once.
func TestPausedSchedulesWait(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.places["shop"] = newPlace(4)
	b.define("items", synced(semantic.SyncFull, func(s *semantic.Sync) { s.Every = "1 hour" }))
	if n := len(b.tick("items")); n != 1 {
		t.Fatal(n)
	}
	st, err := b.Pause(t.Context(), editor, "items", true)
	if err != nil || !st.Paused || !st.Next.IsZero() {
		t.Fatalf("%+v %v", st, err)
	}
	b.pass(5 * time.Hour)
	if n := len(b.tick("items")); n != 1 {
		t.Errorf("%d runs while paused", n)
	}
	if r := b.sync("items", datasync.Request{}); r.State != datasync.Done {
		t.Errorf("by hand while paused: %+v", r)
	}
	b.pass(5 * time.Hour)
	if _, err := b.Pause(t.Context(), editor, "items", false); err != nil {
		t.Fatal(err)
	}
	b.tick("items")
	if n := len(b.tick("items")); n != 3 {
		t.Errorf("%d runs after it went on", n)
	}
	if _, err := b.Pause(t.Context(), viewer, "items", true); !fault.Is(err, fault.Denied) {
		t.Error(err)
	}
}

// TestOneRunAtATime of a dataset, and two of a connection.
func TestOneRunAtATime(t *testing.T) {
	t.Parallel()
	b, p := newBench(t), newPlace(5)
	p.gate = make(chan struct{})
	b.places["shop"] = p
	names := []string{"a", "b", "c", "d"}
	var runs []datasync.Run
	for _, name := range names {
		b.define(name, synced(semantic.SyncFull, nil))
		r, err := b.Sync(t.Context(), editor, name, datasync.Request{})
		if err != nil {
			t.Fatal(err)
		}
		again, err := b.Sync(t.Context(), editor, name, datasync.Request{})
		if err != nil || again.ID != r.ID {
			t.Errorf("a second run of %s: %+v, %v", name, again, err)
		}
		runs = append(runs, r)
	}
	if _, err := b.Sync(t.Context(), editor, "a", datasync.Request{Full: true}); !fault.Is(err, fault.Conflict) {
		t.Errorf("another wish while it runs: %v", err)
	}
	for range 200 {
		running := 0
		for _, r := range runs {
			now, err := b.Run(t.Context(), viewer, r.ID)
			if err != nil {
				t.Fatal(err)
			}
			if now.State == datasync.Running {
				running++
			}
		}
		if running > 2 {
			t.Fatalf("%d at a time", running)
		}
		p.mu.Lock()
		opened := p.opened
		p.mu.Unlock()
		if running == 2 && opened == 2 {
			break
		}
		b.breathe()
	}
	// One that waits and one that runs are cancelled.
	for _, r := range runs[2:] {
		if _, err := b.Cancel(t.Context(), editor, r.ID); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := b.Cancel(t.Context(), editor, runs[0].ID); err != nil {
		t.Fatal(err)
	}
	if r := b.wait(runs[0].ID); r.State != datasync.Canceled || r.Error.Code != "sync_canceled" {
		t.Errorf("%+v", r)
	}
	close(p.gate)
	if r := b.wait(runs[1].ID); r.State != datasync.Done {
		t.Errorf("%+v", r)
	}
	for _, r := range runs[2:] {
		if r := b.wait(r.ID); r.State != datasync.Canceled {
			t.Errorf("%+v", r)
		}
	}
	if r := b.sync("a", datasync.Request{}); r.State != datasync.Done {
		t.Errorf("after a cancelled one: %+v", r)
	}
}

// TestFaultsThatStayAreNotTriedAgain, others are, and both are told.
func TestFaultsThatStayAreNotTriedAgain(t *testing.T) {
	t.Parallel()
	b, p := newBench(t), newPlace(6)
	b.places["shop"] = p
	b.define("items", synced(semantic.SyncFull, func(s *semantic.Sync) { n := 2; s.Retries = &n }))
	for kind, attempts := range map[fault.Kind]int{fault.Invalid: 1, fault.Conflict: 1, fault.NotFound: 1, fault.Denied: 1, fault.Unavailable: 3, fault.Timeout: 3} {
		p.mu.Lock()
		p.failing = fault.New(kind, "broken", text.Text{EN: "it is broken", ZH: "坏了"})
		p.mu.Unlock()
		r := b.sync("items", datasync.Request{})
		if r.State != datasync.Failed || r.Attempt != attempts || r.Error.Code != "broken" || r.Error.Text.ZH != "坏了" {
			t.Errorf("%s: %+v", kind, r)
		}
	}
	st, err := b.Status(t.Context(), viewer, "items")
	if err != nil || !st.Failing || st.Last == nil || st.Current != nil || len(st.Runs) != 6 {
		t.Errorf("%+v %v", st, err)
	}
}

// TestColumnsThatChange are taken in, told, or hold the sync, as the dataset says.
func TestColumnsThatChange(t *testing.T) {
	t.Parallel()
	for rule, want := range map[string]string{"": "columns_new", semantic.DriftAdd: "columns_added", semantic.DriftFail: "columns_new"} {
		b, p := newBench(t), newPlace(7)
		b.places["shop"] = p
		b.define("items", synced(semantic.SyncIncremental, func(s *semantic.Sync) { s.Drift = rule }))
		p.busy(20)
		first := b.sync("items", datasync.Request{})
		p.mu.Lock()
		p.columns = append(p.columns, source.Column{Name: "Store ID", Type: expr.Decimal, Precision: 12, Scale: 2})
		p.mu.Unlock()
		p.busy(20)
		r := b.sync("items", datasync.Request{})
		code := ""
		if rule == semantic.DriftFail {
			if code = r.Error.Code; r.State != datasync.Failed {
				t.Errorf("%q: %+v", rule, r)
			}
		} else {
			if len(r.Warnings) == 1 {
				code = r.Warnings[0].Code
			}
			b.equal("items", p, rule)
		}
		if code != want || first.State != datasync.Done || len(first.Warnings) != 0 {
			t.Errorf("%q: %q, want %q; first %+v", rule, code, want, first)
		}
		spec, _ := b.spec("items")
		if added := len(spec.Columns) == 4; added != (rule == semantic.DriftAdd) {
			t.Errorf("%q: columns %+v", rule, spec.Columns)
		} else if added && (spec.Columns[3].Name != "store_id" || spec.Columns[3].Source != "Store ID" || spec.Columns[3].Scale != 2) {
			t.Errorf("%+v", spec.Columns[3])
		}
		st, err := b.Status(t.Context(), viewer, "items")
		if drift := len(st.Drift) == 1; err != nil || drift != (rule == "") {
			t.Errorf("%q: %+v, %v", rule, st.Drift, err)
		}
	}
}

// TestColumnsThatGoHoldTheSync and change nothing here.
func TestColumnsThatGoHoldTheSync(t *testing.T) {
	t.Parallel()
	for want, change := range map[string]func(p *place){
		"column_gone":    func(p *place) { p.columns = p.columns[:2] },
		"column_retyped": func(p *place) { p.columns[1].Type = expr.String },
		"column_unfit":   func(p *place) { p.columns[1].Type = expr.Boolean },
	} {
		b, p := newBench(t), newPlace(8)
		b.places["shop"] = p
		b.define("items", synced(semantic.SyncIncremental, nil))
		p.busy(30)
		if want != "column_unfit" {
			b.sync("items", datasync.Request{})
		}
		before := b.rows("items", "id, seq, value")
		p.mu.Lock()
		change(p)
		p.mu.Unlock()
		p.busy(30)
		r := b.sync("items", datasync.Request{})
		if r.State != datasync.Failed || r.Attempt != 1 || r.Error.Code != want {
			t.Errorf("%s: %+v %+v", want, r, r.Error)
		}
		if after := b.rows("items", "id, seq, value"); !slices.Equal(before, after) {
			t.Errorf("%s: the rows have changed", want)
		}
		if want == "column_retyped" { // which reading everything once more accepts
			if r := b.sync("items", datasync.Request{Full: true}); r.State != datasync.Done {
				t.Errorf("%+v %+v", r, r.Error)
			}
			if r := b.sync("items", datasync.Request{}); r.State != datasync.Done {
				t.Errorf("%+v %+v", r, r.Error)
			}
			b.equal("items", p, want)
		}
	}
}

// TestReadersThatAreNoMoreAreForgotten: a source keeps nothing for a dataset
// that is gone, or is read in another way.
func TestReadersThatAreNoMoreAreForgotten(t *testing.T) {
	t.Parallel()
	b, p := newBench(t), newPlace(9)
	b.places["shop"] = p
	b.define("items", synced(semantic.SyncChanges, nil))
	b.define("other", synced(semantic.SyncChanges, nil))
	p.busy(10)
	b.sync("items", datasync.Request{})
	b.sync("other", datasync.Request{})
	b.define("items", synced(semantic.SyncFull, nil))
	forgotten := func() []string {
		for range 20_000 {
			b.tick("items")
			p.mu.Lock()
			n := len(p.forgot)
			p.mu.Unlock()
			if n > 0 {
				break
			}
			b.breathe()
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		return slices.Clone(p.forgot)
	}
	got := forgotten()
	if len(got) == 0 || got[0][len(got[0])-6:] != "_items" {
		t.Errorf("forgotten: %v", got)
	}
	if r := b.sync("other", datasync.Request{}); r.State != datasync.Done {
		t.Errorf("%+v %+v", r, r.Error)
	}
}

// TestAnotherTableIsReadFromItsBeginning and takes the place of the rows of the
// one before.
func TestAnotherTableIsReadFromItsBeginning(t *testing.T) {
	t.Parallel()
	b, p, q := newBench(t), newPlace(10), newPlace(11)
	b.places["shop"], b.places["mall"] = p, q
	b.define("items", synced(semantic.SyncIncremental, nil))
	p.busy(90)
	q.busy(30)
	b.sync("items", datasync.Request{})
	moved := synced(semantic.SyncIncremental, nil)
	moved.Source.Connection = "mall"
	b.define("items", moved)
	if r := b.sync("items", datasync.Request{}); r.State != datasync.Done || r.Connection != "mall" {
		t.Errorf("%+v", r)
	}
	b.equal("items", q, "moved")
}
