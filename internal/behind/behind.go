// Package behind runs work that has time so that what somebody waits for comes
// first.
//
// Loads and questions share the cores. What loads do runs on threads of lower
// priority, and so do the engine's own threads, which work for both: the thread
// of a question, and those that serve HTTP, get a core as soon as they want one.
package behind

import "runtime"

// Do runs do on a thread of its own, with lower priority where the system has
// that for threads. Threads that do starts inherit it. A panic comes to the
// caller.
func Do(do func()) {
	var panicked any
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() { panicked = recover() }()
		runtime.LockOSThread()
		if mainThread() { // which never ends; as long as it is held, another one is taken
			defer runtime.UnlockOSThread()
			Do(do)
			return
		}
		lowerPriority() // and never unlocked: the thread ends with the goroutine
		do()
	}()
	if <-done; panicked != nil {
		panic(panicked)
	}
}
