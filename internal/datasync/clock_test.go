package datasync_test

import (
	"testing"
	"time"

	"lodestar/internal/datasync"
	"lodestar/internal/fault"
	"lodestar/internal/semantic"
	"lodestar/internal/text"
)

// TestClocksThatJump has a clock that is put forward a day, back again, and back
// an hour in the middle of runs: what is due is read once, nothing waits for the
// clock to come back to where it was, and nothing ends before it began.
func TestClocksThatJump(t *testing.T) {
	t.Parallel()
	b, p := newBench(t), newPlace(21)
	b.places["shop"] = p
	many := 50
	b.define("items", synced(semantic.SyncChanges, func(s *semantic.Sync) { s.Every, s.Retries = "10 minutes", &many }))
	ticks := func(times int, want int) {
		t.Helper()
		before := len(b.tick("items"))
		for range times {
			p.busy(5)
			b.pass(time.Minute)
			b.tick("items")
		}
		if n := len(b.tick("items")) - before; n < want-1 || n > want+1 {
			t.Errorf("%d runs in %d minutes", n, times)
		}
		if r := b.sync("items", datasync.Request{}); r.State != datasync.Done {
			t.Errorf("%+v %+v", r, r.Error)
		}
		b.equal("items", p, "in time")
	}
	ticks(30, 3)
	b.pass(24 * time.Hour)
	ticks(30, 4)
	b.pass(-24 * time.Hour)
	ticks(30, 4)
	// An hour back in the middle of a run, and then while one waits to be tried
	// again.
	b.mu.Lock()
	b.step = func(name string) {
		if name == "after spool" {
			b.pass(-time.Hour)
		}
	}
	b.mu.Unlock()
	if r := b.sync("items", datasync.Request{Full: true}); r.State != datasync.Done {
		t.Errorf("%+v %+v", r, r.Error)
	}
	b.mu.Lock()
	b.step = nil
	b.mu.Unlock()
	p.mu.Lock()
	p.failing = fault.New(fault.Unavailable, "down", text.Text{EN: "it is down", ZH: "停机"})
	p.mu.Unlock()
	r, err := b.Sync(t.Context(), editor, "items", datasync.Request{})
	if err != nil {
		t.Fatal(err)
	}
	for r.NextTry.IsZero() {
		b.breathe()
		if r, err = b.Run(t.Context(), viewer, r.ID); err != nil {
			t.Fatal(err)
		}
	}
	b.pass(-time.Hour)
	p.mu.Lock()
	p.failing = nil
	p.mu.Unlock()
	for i := 0; !r.Ended() && i < 5000; i++ { // for less than an hour
		b.breathe()
		b.pass(100 * time.Millisecond)
		if r, err = b.Run(t.Context(), viewer, r.ID); err != nil {
			t.Fatal(err)
		}
	}
	if r.State != datasync.Done {
		t.Errorf("%+v %+v", r, r.Error)
	}
	ticks(30, 4)
	for _, r := range b.tick("items") {
		if r.EndedAt.Before(r.StartedAt) || r.StartedAt.Before(r.CreatedAt) || r.Behind < 0 {
			t.Errorf("created %s, began %s, ended %s, behind %d", r.CreatedAt, r.StartedAt, r.EndedAt, r.Behind)
		}
	}
}
