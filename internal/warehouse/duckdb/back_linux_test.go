package duckdb

import (
	"os"
	"strconv"
	"syscall"
	"testing"
	"time"

	"lodestar/internal/behind"
)

// lowered counts the threads of this process that come after the calling one,
// once none of them ends any more.
func lowered(t *testing.T) int {
	t.Helper()
	for last, same := -1, 0; ; time.Sleep(5 * time.Millisecond) {
		n := loweredNow(t)
		if same++; n != last {
			last, same = n, 0
		}
		if same == 10 {
			return n
		}
	}
}

func loweredNow(t *testing.T) (n int) {
	t.Helper()
	tasks, err := os.ReadDir("/proc/self/task")
	if err != nil {
		t.Fatal(err)
	}
	for _, task := range tasks {
		id, err := strconv.Atoi(task.Name())
		if err != nil {
			t.Fatal(err)
		}
		if nice(t, id) > nice(t, 0) {
			n++
		}
	}
	return n
}

// nice is the priority of a thread, 0 for the calling one; that of one which
// has ended is the highest.
func nice(t *testing.T, thread int) int {
	t.Helper()
	got, err := syscall.Getpriority(syscall.PRIO_PROCESS, thread)
	if err == syscall.ESRCH {
		return -20
	}
	if err != nil {
		t.Fatal(err)
	}
	return 20 - got
}

// TestThreadsComeAfterQuestions opens an engine with three threads, one of which
// is that of whoever asks, and looks at the priorities of all.
func TestThreadsComeAfterQuestions(t *testing.T) {
	before := lowered(t)
	db, err := Open(Config{Dir: t.TempDir(), Threads: 3})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if got := lowered(t) - before; got != 2 {
		t.Errorf("%d threads have a lower priority, not 2", got)
	}
	inside := 0
	behind.Do(func() { inside = nice(t, 0) })
	if mine := nice(t, 0); inside <= mine {
		t.Errorf("what loads do has priority %d, and everything else %d", inside, mine)
	}
}
