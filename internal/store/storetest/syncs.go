package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lodestar/internal/datasync"
	"lodestar/internal/expr"
	"lodestar/internal/fault"
	"lodestar/internal/ingest"
	"lodestar/internal/store"
	"lodestar/internal/text"
)

func testSyncs(t *testing.T, db *store.DB) {
	ctx, s := t.Context(), db.Syncs()
	_, err := s.GetRun(ctx, "none")
	wantFault(t, err, fault.NotFound, "unknown_sync")
	for i := range 12 {
		r := datasync.Run{ID: fmt.Sprint("r", i), Dataset: []string{"orders", "visits"}[i%2], State: datasync.Done,
			CreatedAt: noon().Add(time.Duration(i) * time.Minute), Loaded: int64(i)}
		if i == 3 || i == 8 {
			r.State = datasync.Running
		}
		check(t, s.PutRun(ctx, r))
	}
	open, err := s.Open(ctx)
	check(t, err)
	if len(open) != 2 || open[0].ID != "r3" || open[1].ID != "r8" {
		t.Fatalf("open: %+v", open)
	}
	want := open[0]
	want.State, want.Error = datasync.Failed, &ingest.Note{Code: "x", Text: text.Text{ZH: "坏了", EN: "broken"}}
	check(t, s.PutRun(ctx, want))
	got, err := s.GetRun(ctx, "r3")
	check(t, err)
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	list, err := s.Runs(ctx, "orders", 3)
	check(t, err)
	if len(list) != 3 || list[0].ID != "r10" || list[2].ID != "r6" {
		t.Errorf("runs: %+v", list)
	}
	if list, err = s.Runs(ctx, "", 100); err != nil || len(list) != 12 || list[0].ID != "r11" {
		t.Errorf("all runs: %d, %v", len(list), err)
	}
	n, err := s.Prune(ctx, 2)
	check(t, err)
	list, err = s.Runs(ctx, "orders", 100)
	check(t, err)
	// Six of visits and five of orders have ended; the sixth of orders is open.
	if n != 7 || len(list) != 3 || list[2].ID != "r6" {
		t.Errorf("%d pruned, left %+v", n, list)
	}
	m := datasync.Memory{Since: noon(), Columns: map[string]expr.Type{"ID": expr.Integer}, Held: []datasync.Held{{Reader: "r", Key: []string{"ID"}}}}
	check(t, s.PutMemory(ctx, "orders", datasync.Memory{Paused: true}))
	check(t, s.PutMemory(ctx, "orders", m))
	check(t, s.PutMemory(ctx, "visits", datasync.Memory{Version: 4}))
	all, err := s.Memories(ctx)
	check(t, err)
	if d := cmp.Diff(map[string]datasync.Memory{"orders": m, "visits": {Version: 4}}, all); d != "" {
		t.Error(d)
	}
	check(t, s.DropMemory(ctx, "visits"))
	check(t, s.DropMemory(ctx, "visits"))
	if all, err = s.Memories(ctx); err != nil || len(all) != 1 {
		t.Errorf("%v %v", all, err)
	}
}
