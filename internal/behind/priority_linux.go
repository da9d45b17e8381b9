package behind

import (
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// slice is for how long, in nanoseconds, a thread of lower priority keeps a core
// when another one wants it; 3 milliseconds are usual.
const slice = 100_000

// lowerPriority lowers the priority of the calling thread. A thread may always
// do that; where it may not, it runs as everything else does.
func lowerPriority(by int) {
	// The system call gives 20 less the priority, so that it is never negative.
	now, err := syscall.Getpriority(syscall.PRIO_PROCESS, 0)
	if err != nil {
		return
	}
	nice := min(20-now+by, 19)
	// Kernels before 6.12 take no notice of the slice.
	if unix.SchedSetAttr(0, &unix.SchedAttr{Nice: int32(nice), Runtime: slice}, 0) != nil {
		_ = syscall.Setpriority(syscall.PRIO_PROCESS, 0, nice)
	}
}

func mainThread() bool { return syscall.Gettid() == os.Getpid() }
