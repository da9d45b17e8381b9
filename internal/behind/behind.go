// Package behind runs work that has time so that what somebody waits for comes
// first.
//
// Loads and questions share the cores. What loads do runs on threads of lower
// priority: the thread of a question, and those that serve HTTP, get a core as
// soon as they want one. The engine's own threads work for both, and are between:
// a question waits for its share on such a thread, which must not wait for loads.
package behind

import "runtime"

// By how much the priority of threads is lower than that of the program. Each
// step is a factor of 1.25 in what a thread gets of a core that others want.
const (
	between = 5  // a third of what a question's thread gets
	last    = 10 // a tenth
)

// Do runs do, which has time, on a thread of its own, with lower priority where
// the system has that for threads. Threads that do starts inherit it. A panic
// comes to the caller.
func Do(do func()) { on(last, do) }

// Between is Do for what starts threads that work for both: they come after
// questions and before what has time.
func Between(do func()) { on(between, do) }

func on(nice int, do func()) {
	var panicked any
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() { panicked = recover() }()
		runtime.LockOSThread()
		if mainThread() { // which never ends; as long as it is held, another one is taken
			defer runtime.UnlockOSThread()
			on(nice, do)
			return
		}
		lowerPriority(nice) // and never unlocked: the thread ends with the goroutine
		do()
	}()
	if <-done; panicked != nil {
		panic(panicked)
	}
}
