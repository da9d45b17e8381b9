package behind

import (
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// ranked is the rank of a thread as the system has it.
func ranked(t *testing.T, thread int) rank {
	t.Helper()
	attr, err := unix.SchedGetAttr(thread, 0)
	if err != nil {
		t.Fatal(err)
	}
	return rankOf(attr)
}

func rankOf(attr *unix.SchedAttr) rank {
	return rank{nice: int(attr.Nice), turn: time.Duration(attr.Runtime)}
}

// TestRanks runs in a process of its own, as it concerns all threads of one.
func TestRanks(t *testing.T) {
	if os.Getenv("LODESTAR_TEST_RANKS") == "" {
		cmd := exec.Command(os.Args[0], "-test.run=^TestRanks$", "-test.v")
		cmd.Env = append(os.Environ(), "LODESTAR_TEST_RANKS=1")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		return
	}
	usual := ranked(t, 0)
	if usual.turn == 0 {
		t.Log("this kernel has no turns of threads; only priorities are compared")
	}
	same := func(who string, got, want rank) {
		t.Helper()
		if usual.turn == 0 {
			want.turn = 0
		}
		if want.nice += usual.nice; got != want {
			t.Errorf("%s: %+v, not %+v", who, got, want)
		}
	}

	Ahead()
	busy := make(chan struct{})
	for range 8 { // each holds a thread, so that some are new
		go func() {
			for {
				select {
				case <-busy:
					return
				default:
				}
			}
		}()
	}
	Do(func() { same("what has time", ranked(t, 0), last) })
	Between(func() { same("what works for both", ranked(t, 0), between) })
	close(busy)
	// Threads of what has ended may take a moment to end.
	for until := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		others := notAhead(t, rank{nice: usual.nice, turn: min(usual.turn, ahead.turn)})
		if len(others) == 0 {
			return
		}
		if time.Now().After(until) {
			t.Fatalf("not ahead: %+v", others)
		}
	}
}

// notAhead are the threads of this process with another rank.
func notAhead(t *testing.T, want rank) (others []rank) {
	t.Helper()
	threads, err := os.ReadDir("/proc/self/task")
	if err != nil {
		t.Fatal(err)
	}
	for _, thread := range threads {
		id, err := strconv.Atoi(thread.Name())
		if err != nil {
			t.Fatal(err)
		}
		attr, err := unix.SchedGetAttr(id, 0)
		if err == unix.ESRCH {
			continue // it has ended since
		}
		if err != nil {
			t.Fatal(err)
		}
		if got := rankOf(attr); got != want {
			others = append(others, got)
		}
	}
	return others
}
