package app

import (
	"context"
	"sync"
	"time"
)

// How often is looked whether anything has changed that something follows.
const (
	watchIdentity = 5 * time.Second
	watchPrepare  = time.Second
	watchQuality  = 15 * time.Second
)

// watch lets what follows the rows look for changes while the program serves. A
// command on a data directory does what it is asked for, and no more.
func (a *App) watch(ctx context.Context) {
	a.repeat(ctx, watchQuality, a.quality.Sweep)
	a.repeat(ctx, watchPrepare, a.prepare.Look)
	a.repeat(ctx, watchIdentity, a.identity.Follow)
}

// repeat calls look again and again until the program stops, and then waits for
// its end.
func (a *App) repeat(ctx context.Context, every time.Duration, look func(context.Context)) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	var done sync.WaitGroup
	done.Go(func() {
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				look(ctx)
			}
		}
	})
	a.onStop(func(context.Context) error {
		cancel()
		done.Wait()
		return nil
	})
}
