package app

import (
	"context"
	"sync"
	"time"

	"lodestar/internal/identity"
)

// followIdentity is how often is looked whether ids have come in.
const followIdentity = 5 * time.Second

// openIdentity keeps unified entities up to date until the program stops.
func (a *App) openIdentity(ctx context.Context) error {
	a.identity = identity.New(identity.Config{Model: a.model.Load, Rows: a.engines, Load: a.warehouse, Store: a.db.Identity(),
		Audit: a.trail(), Now: a.cfg.Now, Log: a.cfg.Log})
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	var done sync.WaitGroup
	done.Go(func() {
		tick := time.NewTicker(followIdentity)
		defer tick.Stop()
		for {
			select {
			case <-running.Done():
				return
			case <-tick.C:
				if err := a.identity.Follow(running); err != nil && running.Err() == nil {
					a.cfg.Log.ErrorContext(running, "stitch entities", "error", err)
				}
			}
		}
	})
	a.onStop(func(context.Context) error {
		stop()
		done.Wait()
		return nil
	})
	return nil
}
