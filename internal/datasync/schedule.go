package datasync

import (
	"context"
	"time"

	"lodestar/internal/semantic"
)

// Tick asks for the runs that are due now, and has sources forget readers that
// are no more. A schedule that was missed, however often, is caught up once.
func (s *Service) Tick(ctx context.Context) error {
	if err := s.prune(ctx); err != nil {
		return err
	}
	names := map[string]bool{}
	for _, name := range s.Datasets() {
		spec, err := s.synced(name)
		if err != nil {
			continue
		}
		names[name] = true
		if err := s.due(ctx, name, spec); err != nil {
			return err
		}
	}
	return s.letGo(ctx, names)
}

// due asks for a run of one dataset when its schedule says so.
func (s *Service) due(ctx context.Context, name string, spec semantic.DatasetSpec) error {
	s.mu.Lock()
	m, known := s.memories[name]
	_, open := s.open[name]
	s.mu.Unlock()
	if !known {
		if err := s.memorise(ctx, name, func(x *Memory) { m = *x; m.Since = s.Now().UTC() }); err != nil {
			return err
		}
	}
	if open || m.Paused {
		return nil
	}
	trigger := ""
	if next, ok := s.next(spec.Source.Sync.Schedule, m); ok && !next.After(s.Now()) {
		trigger = BySchedule
	}
	version, err := s.newest(ctx, spec.Source.Sync.After)
	if err != nil {
		return err
	}
	if version > m.Version {
		trigger = ByEvent
	}
	if trigger == "" {
		return nil
	}
	added, _, err := s.enqueue(ctx, s.newRun(name, spec, trigger))
	if err != nil || !added {
		return err
	}
	return s.memorise(ctx, name, func(m *Memory) { m.Version = max(m.Version, version) })
}

// next is when a schedule has a dataset run the next time; it may be past.
func (s *Service) next(schedule semantic.Schedule, m Memory) (time.Time, bool) {
	last := m.Last
	if last.IsZero() && schedule.Cron != "" {
		last = m.Since
	}
	next, ok := schedule.Next(s.Now(), last, s.zone())
	return next.UTC(), ok
}

// newest is the newest data version of some datasets.
func (s *Service) newest(ctx context.Context, datasets []string) (out int64, err error) {
	for _, name := range datasets {
		state, loaded, err := s.Warehouse.State(ctx, name)
		if err != nil {
			return 0, err
		}
		if loaded {
			out = max(out, state.Version)
		}
	}
	return out, nil
}

// prune lets go of old runs, once an hour.
func (s *Service) prune(ctx context.Context) error {
	now := s.Now()
	s.mu.Lock()
	due := now.Sub(s.pruned).Abs() >= time.Hour // also when the clock was put back
	if due {
		s.pruned = now
	}
	s.mu.Unlock()
	if !due {
		return nil
	}
	_, err := s.Store.Prune(ctx, keptRuns)
	return err
}
