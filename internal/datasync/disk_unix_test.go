//go:build !windows

package datasync_test

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"lodestar/internal/datasync"
	"lodestar/internal/semantic"
)

// fullDisk tells the test below that it is alone in its process, where no file
// may grow beyond what it says. That stands for a full disk: it needs no right.
const fullDisk = "LODESTAR_TEST_FULL_DISK"

// TestFullDisk fills the disk at every step of a sync: the run says what to do,
// the rows stay as they were, nothing is left in the staging directory, and once
// there is room the rows are those of the source.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	if os.Getenv(fullDisk) == "" {
		child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestFullDisk$", "-test.v")
		child.Env = append(os.Environ(), fullDisk+"=1")
		out, err := child.CombinedOutput()
		if err != nil || !strings.Contains(string(out), "filled 4 times") {
			t.Fatalf("%v\n%s", err, out)
		}
		return
	}
	signal.Ignore(syscall.SIGXFSZ)
	var most syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &most); err != nil {
		t.Fatal(err)
	}
	limit := func(n uint64) {
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: n, Max: most.Max}); err != nil {
			t.Error(err)
		}
	}
	defer limit(most.Cur)
	b, p := newBench(t), newPlace(22)
	b.places["shop"], p.limit = p, 1<<30
	none := 0
	b.define("items", synced(semantic.SyncChanges, func(s *semantic.Sync) { s.Retries = &none }))
	p.busy(200)
	if r := b.sync("items", datasync.Request{}); r.State != datasync.Done {
		t.Fatalf("%+v %+v", r, r.Error)
	}
	filled := 0
	for _, c := range []struct {
		at   string
		room uint64 // of each file
		told bool   // there is room for the run's own end
	}{{"before spool", 8 << 20, true}, {"before load", 4 << 20, true}, {"before load", 0, false}, {"before commit", 0, false}} {
		before := b.rows("items", "id, value")
		var large []op
		for i := range 30_000 {
			large = append(large, op{key: fmt.Sprint(1000 + i), value: strings.Repeat(fmt.Sprintf("%d of %d. ", i*7919%30_011, filled), 40)})
		}
		p.write(large...)
		var once sync.Once
		b.mu.Lock()
		b.step = func(name string) {
			if name == c.at {
				once.Do(func() {
					limit(c.room)
					if !c.told { // until somebody has made room
						time.AfterFunc(300*time.Millisecond, func() { limit(most.Cur) })
					}
				})
			}
		}
		b.mu.Unlock()
		r, err := b.Sync(t.Context(), editor, "items", datasync.Request{})
		for began := time.Now(); err == nil && !r.Ended() && time.Since(began) < 5*time.Minute; {
			b.breathe()
			b.pass(100 * time.Millisecond) // pauses between attempts
			r, err = b.Run(t.Context(), viewer, r.ID)
		}
		if err != nil || !r.Ended() {
			t.Fatalf("%s: %+v, %v", c.at, r, err)
		}
		limit(most.Cur)
		b.mu.Lock()
		b.step = nil
		b.mu.Unlock()
		if c.told {
			if r.State != datasync.Failed || r.Error.Code != "disk_full" || !strings.Contains(r.Error.Text.EN, "the disk of the data directory") {
				t.Errorf("%s: %s %+v", c.at, r.State, r.Error)
			}
			if after := b.rows("items", "id, value"); len(after) != len(before) {
				t.Errorf("%s: %d rows became %d", c.at, len(before), len(after))
			}
		}
		filled++
		if left, err := os.ReadDir(b.db.Staging()); err != nil || len(left) != 0 {
			t.Errorf("%s: left in the staging directory: %v, %v", c.at, left, err)
		}
		if r = b.sync("items", datasync.Request{}); r.State != datasync.Done {
			t.Errorf("%s: afterwards %s %+v", c.at, r.State, r.Error)
		}
		if got, want := b.rows("items", "id, value"), p.rows(); strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("%s: %d rows here, %d there", c.at, len(got), len(want))
		}
	}
	t.Logf("filled %d times", filled)
}
