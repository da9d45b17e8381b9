package duckdb

import (
	"maps"
	"os"
	"strconv"
	"syscall"
	"testing"
	"time"

	"lodestar/internal/behind"
)

// between tells which threads of this process come after the calling one and
// before what loads do.
func between(t *testing.T, loads int) map[int]bool {
	t.Helper()
	out := map[int]bool{}
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
			out[id] = true
		}
	}
	return out
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
	// Threads of what has ended may take a moment to end, on a busy machine a long one.
	same := 0
	for until := time.Now().Add(time.Minute); same < 10; time.Sleep(5 * time.Millisecond) {
		now := between(t, loads)
		maps.DeleteFunc(now, func(id int, _ bool) bool { return before[id] })
		if same++; len(now) != 2 {
			same = 0
		}
		if time.Now().After(until) {
			t.Fatalf("%d threads come after questions and before loads, not 2", len(now))
		}
	}
}
