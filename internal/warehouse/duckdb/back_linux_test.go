package duckdb

import (
	"os"
	"strconv"
	"syscall"
	"testing"
	"time"

	"lodestar/internal/behind"
)

// between counts the threads of this process that come after the calling one and
// before what loads do, once none of them ends any more.
func between(t *testing.T, loads int) int {
	t.Helper()
	for last, same := -1, 0; ; time.Sleep(5 * time.Millisecond) {
		n := betweenNow(t, loads)
		if same++; n != last {
			last, same = n, 0
		}
		if same == 10 {
			return n
		}
	}
}

func betweenNow(t *testing.T, loads int) (n int) {
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
		if its := nice(t, id); its > nice(t, 0) && its < loads {
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
// is that of whoever asks, and looks at the priorities of all others.
func TestThreadsComeAfterQuestions(t *testing.T) {
	loads := 0
	behind.Do(func() { loads = nice(t, 0) })
	before := between(t, loads)
	db, err := Open(Config{Dir: t.TempDir(), Threads: 3})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if got := between(t, loads) - before; got != 2 {
		t.Errorf("%d threads come after questions and before loads, not 2", got)
	}
}
