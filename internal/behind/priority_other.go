//go:build !linux

package behind

// give and everyThread do nothing where a priority is that of a whole process.
func give(int, rank) {}

func everyThread(rank) {}

func mainThread() bool { return false }
