package ingest

import (
	"context"

	"lodestar/internal/access"
	"lodestar/internal/behind"
	"lodestar/internal/warehouse"
)

// Made is what a run that worked rows out says of itself.
type Made struct {
	Mode     string
	State    warehouse.State
	Records  int64
	Loaded   int64
	Rejected int64
	Gone     int64
	Warnings []Note
}

// Make runs work in the background as a load of a dataset, which is listed with
// all others and can be cancelled as they can. from says of what the rows are
// made, for display.
func (s *Service) Make(actor access.Actor, dataset, from string, work func(ctx context.Context, load string) (Made, error)) (Load, error) {
	if err := actor.Must(access.Editor); err != nil {
		return Load{}, err
	}
	r := s.newRun(actor, dataset, Replace, from)
	r.phase("reading")
	ctx, cancel := context.WithCancel(s.ctx)
	s.mu.Lock()
	r.cancel = cancel
	snapshot := r.load
	s.mu.Unlock()
	s.wait.Go(func() {
		defer close(r.done)
		defer cancel()
		var made Made
		var err error
		behind.Do(func() { made, err = r.make(ctx, work) })
		s.mu.Lock()
		if err == nil {
			r.load.Mode, r.load.Version = made.Mode, made.State.Version
			r.load.Records, r.load.Loaded, r.load.Rejected, r.load.Gone = made.Records, made.Loaded, made.Rejected, made.Gone
			r.load.Warnings = append(r.load.Warnings, made.Warnings...)
		}
		s.mu.Unlock()
		r.finish(ctx, err)
	})
	return snapshot, nil
}

func (r *run) make(ctx context.Context, work func(context.Context, string) (Made, error)) (made Made, err error) {
	defer failOnPanic(&err)
	return work(ctx, r.load.ID)
}
