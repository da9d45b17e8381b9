package duckdb

import (
	"os"
	"syscall"
)

// lower is by how much the priority of threads that work for loads is lower:
// they get about a tenth of a core that another thread wants, and all of one
// that nobody wants.
const lower = 10

// lowerPriority makes the calling thread come after others. A thread may always
// do that; where it may not, loads run as everything else does.
func lowerPriority() {
	// The system call gives 20 less the priority, so that it is never negative.
	if now, err := syscall.Getpriority(syscall.PRIO_PROCESS, 0); err == nil {
		_ = syscall.Setpriority(syscall.PRIO_PROCESS, 0, 20-now+lower)
	}
}

func mainThread() bool { return syscall.Gettid() == os.Getpid() }
