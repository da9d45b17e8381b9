// Package behind runs work that has time so that what somebody waits for comes
// first.
//
// Loads and questions share the cores. What loads do runs on threads of lower
// priority: the thread of a question, and those that serve HTTP, get a core as
// soon as they want one. The engine's own threads work for both, and are between:
// a question waits for its share on such a thread, which must not wait for loads.
package behind

import (
	"runtime"
	"time"
)

// rank is how threads stand to others that want the same core.
type rank struct {
	// nice is by how much their priority is lower than that of the program. Each
	// step is a factor of 1.25 in what a thread gets of a core that others want.
	nice int
	// turn is for how long a thread keeps a core that it was given. One with a
	// shorter turn that wakes up gets the core at once, as long as it had less
	// than its share; otherwise it waits for the next tick of the system's clock,
	// usually 4 milliseconds.
	turn time.Duration
}

var (
	ahead   = rank{nice: 0, turn: 100 * time.Microsecond} // the shortest there is
	between = rank{nice: 5, turn: 3 * time.Millisecond}   // a third of what a question's thread gets
	last    = rank{nice: 10, turn: 20 * time.Millisecond} // a tenth
)

// Ahead has the program's own threads, those there are and those they will start,
// take a core from whatever runs behind as soon as they have something to do. It
// is for a program that serves, and comes before it starts work that is behind.
func Ahead() { everyThread(ahead) }

// Do runs do, which has time, on a thread of its own, with lower priority where
// the system has that for threads. Threads that do starts inherit it. A panic
// comes to the caller.
func Do(do func()) { on(last, do) }

// Between is Do for what starts threads that work for both: they come after
// questions and before what has time.
func Between(do func()) { on(between, do) }

func on(r rank, do func()) {
	var panicked any
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() { panicked = recover() }()
		runtime.LockOSThread()
		if mainThread() { // which never ends; as long as it is held, another one is taken
			defer runtime.UnlockOSThread()
			on(r, do)
			return
		}
		give(0, r) // and never unlocked: the thread ends with the goroutine
		do()
	}()
	if <-done; panicked != nil {
		panic(panicked)
	}
}
