package ingest

import (
	"context"
	"slices"

	"lodestar/internal/access"
	"lodestar/internal/warehouse"
)

// snapshot copies what a run says now. The caller holds s.mu.
func (r *run) snapshot() Load {
	l := r.load
	if l.State == Running {
		l.BytesDone = min(r.bytes.n.Load(), l.BytesTotal)
	}
	l.Warnings = slices.Clone(l.Warnings)
	return l
}

// Load tells how a load is doing.
func (s *Service) Load(ctx context.Context, actor access.Actor, id string) (Load, error) {
	if err := actor.Must(access.Viewer); err != nil {
		return Load{}, err
	}
	if r := s.run(id); r != nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		return r.snapshot(), nil
	}
	list, err := s.Warehouse.Ledger(ctx, "", 10_000)
	if err != nil {
		return Load{}, err
	}
	for _, e := range list {
		if e.Load == id {
			return ledgerLoad(e), nil
		}
	}
	return Load{}, errNoLoad(id)
}

func (s *Service) run(id string) *run {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.runs[id]
}

func ledgerLoad(e warehouse.LedgerEntry) Load {
	return Load{ID: e.Load, Dataset: e.Dataset, Mode: e.Mode, File: e.File, Actor: e.Actor, State: Done,
		Phase: "ended", Records: e.Records, Loaded: e.Loaded, Rejected: e.Rejected, Folded: e.Folded, Gone: e.Gone, Deleted: e.Deleted, Outdated: e.Outdated, Absent: e.Absent, Version: e.Version,
		StartedAt: e.At, EndedAt: e.At}
}

// Loads lists loads, newest first: of one dataset, or of all when dataset is
// empty; at most 200. Failed ones are known until the program ends.
func (s *Service) Loads(ctx context.Context, actor access.Actor, dataset string) ([]Load, error) {
	if err := actor.Must(access.Viewer); err != nil {
		return nil, err
	}
	list, err := s.Warehouse.Ledger(ctx, dataset, keptRuns)
	if err != nil {
		return nil, err
	}
	out := []Load{}
	seen := map[string]bool{}
	s.mu.Lock()
	for _, id := range s.recent {
		if r := s.runs[id]; dataset == "" || r.load.Dataset == dataset {
			out = append(out, r.snapshot())
			seen[id] = true
		}
	}
	s.mu.Unlock()
	for _, e := range list {
		if !seen[e.Load] {
			out = append(out, ledgerLoad(e))
		}
	}
	slices.SortStableFunc(out, func(a, b Load) int { return b.StartedAt.Compare(a.StartedAt) })
	return out[:min(len(out), keptRuns)], nil
}

// Wait waits until a load is over, or ctx.
func (s *Service) Wait(ctx context.Context, id string) (Load, error) {
	r := s.run(id)
	if r == nil {
		return Load{}, errNoLoad(id)
	}
	select {
	case <-r.done:
	case <-ctx.Done():
		return Load{}, errCanceled.Wrap(ctx.Err())
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return r.snapshot(), nil
}

// Cancel stops a load; what is loaded stays as it was. A load that is over
// stays over.
func (s *Service) Cancel(_ context.Context, actor access.Actor, id string) error {
	if err := actor.Must(access.Editor); err != nil {
		return err
	}
	r := s.run(id)
	if r == nil {
		return errNoLoad(id)
	}
	r.cancel()
	return nil
}

// Undo takes the newest change of a dataset's rows back.
func (s *Service) Undo(ctx context.Context, actor access.Actor, dataset string) (Load, error) {
	return s.direct(ctx, actor, dataset, "undo", func(spec warehouse.LoadSpec) (warehouse.State, error) {
		return s.Warehouse.Undo(ctx, spec)
	})
}

// DropDataset deletes a dataset's rows for good.
func (s *Service) DropDataset(ctx context.Context, actor access.Actor, dataset string) error {
	_, err := s.direct(ctx, actor, dataset, "drop", func(spec warehouse.LoadSpec) (warehouse.State, error) {
		return warehouse.State{}, s.Warehouse.Drop(ctx, spec)
	})
	return err
}

// direct makes a change that needs no file, and waits for it.
func (s *Service) direct(ctx context.Context, actor access.Actor, dataset, mode string,
	do func(warehouse.LoadSpec) (warehouse.State, error)) (Load, error) {
	if err := actor.Must(access.Editor); err != nil {
		return Load{}, err
	}
	if _, loaded, err := s.Warehouse.State(ctx, dataset); err != nil || !loaded {
		if err == nil {
			err = errNoRows(dataset)
		}
		return Load{}, err
	}
	r := s.newRun(actor, dataset, mode, "")
	defer close(r.done)
	spec := warehouse.LoadSpec{ID: r.load.ID, Dataset: dataset, Actor: actor.Name, At: s.Now().UTC(), Zone: s.location()}
	if def, ok := s.Dataset(dataset); ok && mode == "recast" {
		spec.Columns, spec.Key = stored(def), def.PrimaryKey
	}
	state, err := do(spec)
	s.mu.Lock()
	r.load.Version = state.Version
	s.mu.Unlock()
	r.finish(ctx, err)
	if err != nil {
		return Load{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return r.snapshot(), nil
}
