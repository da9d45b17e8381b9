package behind

import (
	"os"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// give gives a thread, 0 for the calling one, its rank. A thread may always be
// lowered; where it may not, it runs as everything else does.
func give(thread int, r rank) {
	// The system call gives 20 less the priority, so that it is never negative.
	now, err := syscall.Getpriority(syscall.PRIO_PROCESS, thread)
	if err != nil {
		return
	}
	nice := min(20-now+r.nice, 19)
	// Kernels before 6.12 take no notice of the turn.
	if unix.SchedSetAttr(thread, &unix.SchedAttr{Nice: int32(nice), Runtime: uint64(r.turn.Nanoseconds())}, 0) != nil {
		_ = syscall.Setpriority(syscall.PRIO_PROCESS, thread, nice)
	}
}

// everyThread gives all threads of the program a rank, also those that start while
// it does so.
func everyThread(r rank) {
	given := map[string]bool{}
	for more := true; more; {
		more = false
		threads, err := os.ReadDir("/proc/self/task")
		if err != nil {
			return // without it, they have the turns that are usual
		}
		for _, t := range threads {
			if id, err := strconv.Atoi(t.Name()); err == nil && !given[t.Name()] {
				given[t.Name()], more = true, true
				give(id, r)
			}
		}
	}
}

func mainThread() bool { return syscall.Gettid() == os.Getpid() }
