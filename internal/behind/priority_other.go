//go:build !linux

package behind

// lowerPriority does nothing where a priority is that of a whole process.
func lowerPriority(int) {}

func mainThread() bool { return false }
