package datasync

import (
	"context"
	"slices"
	"time"

	"lodestar/internal/access"
	"lodestar/internal/ingest"
	"lodestar/internal/semantic"
)

const (
	keptShown    = 50 // how many runs a status shows
	keptUpcoming = 5  // how many times of a schedule are told
)

// Status tells how the sync of a dataset stands.
func (s *Service) Status(ctx context.Context, actor access.Actor, dataset string) (Status, error) {
	if err := actor.Must(access.Viewer); err != nil {
		return Status{}, err
	}
	return s.status(ctx, dataset, keptShown)
}

// StatusAll tells how all syncs stand, by dataset, each with its newest run.
func (s *Service) StatusAll(ctx context.Context, actor access.Actor) ([]Status, error) {
	if err := actor.Must(access.Viewer); err != nil {
		return nil, err
	}
	out := []Status{}
	for _, name := range slices.Sorted(slices.Values(s.Datasets())) {
		if _, err := s.synced(name); err != nil {
			continue
		}
		one, err := s.status(ctx, name, 3)
		if err != nil {
			return nil, err
		}
		out = append(out, one)
	}
	return out, nil
}

// Upcoming tells when a dataset would run by itself if its schedule were this one.
func (s *Service) Upcoming(_ context.Context, actor access.Actor, dataset string, schedule semantic.Schedule) (Upcoming, error) {
	if err := actor.Must(access.Viewer); err != nil {
		return Upcoming{}, err
	}
	if _, err := s.synced(dataset); err != nil {
		return Upcoming{}, err
	}
	if wrong := schedule.Check(""); len(wrong) > 0 {
		return Upcoming{}, errSchedule(wrong)
	}
	s.mu.Lock()
	m := s.memories[dataset]
	s.mu.Unlock()
	now := s.Now().UTC()
	out := Upcoming{Times: []time.Time{}}
	at, ok := s.next(schedule, m)
	if ok && !at.After(now) {
		out.Due = true
		at, ok = schedule.Next(now, now, s.zone())
	}
	for ; ok && len(out.Times) < keptUpcoming; at, ok = schedule.Next(at, at, s.zone()) {
		out.Times = append(out.Times, at.UTC())
	}
	return out, nil
}

// Run tells of one run.
func (s *Service) Run(ctx context.Context, actor access.Actor, id string) (Run, error) {
	if err := actor.Must(access.Viewer); err != nil {
		return Run{}, err
	}
	r, err := s.Store.GetRun(ctx, id)
	return s.now(r), err
}

func (s *Service) status(ctx context.Context, dataset string, limit int) (Status, error) {
	spec, err := s.synced(dataset)
	if err != nil {
		return Status{}, err
	}
	runs, err := s.Store.Runs(ctx, dataset, limit)
	if err != nil {
		return Status{}, err
	}
	s.mu.Lock()
	m := s.memories[dataset]
	s.mu.Unlock()
	state, _, err := s.Warehouse.State(ctx, dataset)
	if err != nil {
		return Status{}, err
	}
	out := Status{Dataset: dataset, Outdated: state.Outdated, Absent: state.Absent, Connection: spec.Source.Connection, Table: spec.Source.Table, Mode: spec.Source.Sync.Mode,
		Schedule: spec.Source.Sync.Schedule, Paused: m.Paused, Drift: m.Drift, Runs: runs}
	for i := range runs {
		runs[i] = s.now(runs[i])
		r := &runs[i]
		switch {
		case !r.Ended():
			out.Current = r
		case out.Last == nil:
			out.Last, out.Failing = r, r.State == Failed
		}
		if r.State == Done && out.SyncedAt.IsZero() {
			out.SyncedAt, out.Behind = r.EndedAt, r.Behind
		}
	}
	if !m.Paused {
		out.Next, _ = s.next(spec.Source.Sync.Schedule, m)
	}
	return out, nil
}

// unfit are the notes on rows that differ from their source because what came for
// them did not fit.
func unfit(outdated, absent int64) []ingest.Note {
	var out []ingest.Note
	if outdated > 0 {
		out = append(out, ingest.NoteOutdated(outdated))
	}
	if absent > 0 {
		out = append(out, ingest.NoteAbsent(absent))
	}
	return out
}

// now is a run as it stands: what is under way is ahead of what is stored.
func (s *Service) now(r Run) Run {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.live[r.ID]
	if l == nil {
		return r
	}
	out := l.run
	if l.spool != nil {
		out.Bytes += l.spool.Bytes()
	}
	return out
}
