package app

import (
	"context"
	"path/filepath"

	"lodestar/internal/event"
)

// eventsDir is the folder of the data directory in which events wait to be
// stored.
const eventsDir = "events"

// openIntake takes events in, and goes on storing what was taken in before.
func (a *App) openIntake(ctx context.Context) (err error) {
	a.events, err = event.New(ctx, event.Config{Dir: filepath.Join(a.cfg.DataDir, eventsDir), Warehouse: a.warehouse, Model: a.model.Load,
		Catalog: a.catalog.Snapshot, Keys: a.db.WriteKeys(), Trail: a.trail(), Now: a.cfg.Now, Log: a.cfg.Log, Disk: a.cfg.EventLog})
	if err != nil {
		return err
	}
	a.onStop(a.events.Stop)
	return nil
}
