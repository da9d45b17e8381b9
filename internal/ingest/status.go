package ingest

import (
	"context"
	"slices"
	"time"

	"lodestar/internal/access"
	"lodestar/internal/calendar"
	"lodestar/internal/fault"
	"lodestar/internal/semantic"
	"lodestar/internal/warehouse"
)

// Status tells of one dataset's rows.
func (s *Service) Status(ctx context.Context, actor access.Actor, dataset string) (Status, error) {
	if err := actor.Must(access.Viewer); err != nil {
		return Status{}, err
	}
	spec, ok := s.Dataset(dataset)
	if !ok {
		return Status{}, errNoDataset(dataset)
	}
	sizes, err := s.Warehouse.Bytes(ctx)
	if err != nil {
		return Status{}, err
	}
	asOf, err := s.AsOf(ctx)
	if err != nil {
		return Status{}, err
	}
	return s.status(ctx, dataset, spec, sizes, asOf)
}

// Room tells what all rows take on disk.
func (s *Service) Room(ctx context.Context, actor access.Actor) (warehouse.Room, error) {
	if err := actor.Must(access.Viewer); err != nil {
		return warehouse.Room{}, err
	}
	return s.Warehouse.Room(ctx)
}

// StatusAll tells of all datasets, by name.
func (s *Service) StatusAll(ctx context.Context, actor access.Actor) ([]Status, error) {
	if err := actor.Must(access.Viewer); err != nil {
		return nil, err
	}
	sizes, err := s.Warehouse.Bytes(ctx)
	if err != nil {
		return nil, err
	}
	asOf, err := s.AsOf(ctx)
	if err != nil {
		return nil, err
	}
	names := slices.Sorted(slices.Values(s.Datasets()))
	out := make([]Status, 0, len(names))
	for _, name := range names {
		spec, ok := s.Dataset(name)
		if !ok {
			continue
		}
		st, err := s.status(ctx, name, spec, sizes, asOf)
		if err != nil {
			return nil, err
		}
		out = append(out, st)
	}
	return out, nil
}

func (s *Service) status(ctx context.Context, name string, spec semantic.DatasetSpec, sizes map[string]int64, asOf time.Time) (Status, error) {
	out := Status{Name: name, Freshness: "none"}
	if spec.Freshness != nil {
		out.Promise = spec.Freshness.Within
	}
	if out.Connection, out.Table = spec.Direct(); out.Connection != "" {
		return out, nil
	}
	state, ok, err := s.Warehouse.State(ctx, name)
	if err != nil || !ok {
		out.Version = state.Version
		return out, err
	}
	list, err := s.Warehouse.Ledger(ctx, name, 1)
	if err != nil {
		return out, err
	}
	out.Rows, out.Rejects, out.LoadedAt, out.Version = state.Rows, state.Rejects, state.LoadedAt, state.Version
	out.Outdated, out.Absent = state.Outdated, state.Absent
	out.KeyBroken, out.Bytes, out.CanUndo = state.KeyBroken, sizes[name], len(list) > 0 && list[0].CanUndo
	if out.Rejects == 0 && len(list) > 0 && list[0].Synced {
		if _, out.Rejects, err = s.rejected(ctx, name); err != nil {
			return out, err
		}
	}
	out.DataTo = state.Newest[spec.Time]
	if out.Future = state.Future[spec.Time]; out.Future > 0 {
		to := state.MaxTime[spec.Time]
		out.FutureTo = &to
	}
	if spec.Freshness == nil {
		return out, nil
	}
	cal := calendar.New(s.location())
	fresh, ok := spec.Fresh(timesOf(state), cal)
	if !ok {
		return out, nil
	}
	due, err := spec.Freshness.Until(fresh, cal)
	if err != nil {
		return out, nil // validation reports the promise itself
	}
	out.Freshness = "fresh"
	if asOf.After(due) {
		out.Freshness, out.LateBy = "late", asOf.Sub(due).Round(time.Minute).String()
	}
	return out, nil
}

func timesOf(s warehouse.State) semantic.Times {
	return semantic.Times{Max: s.MaxTime, Newest: s.Newest, Loaded: s.LoadedAt}
}

func (s *Service) location() *time.Location {
	loc, err := time.LoadLocation(s.Workspace().Zone)
	if err != nil {
		return time.UTC
	}
	return loc
}

// AsOf is the moment from which age is counted: now, a day that the workspace
// names (its end), or, with "latest", the newest time of any dataset: then a
// dataset is late when it lags behind the others, however old they all are.
func (s *Service) AsOf(ctx context.Context) (time.Time, error) {
	switch set := s.Workspace().AsOf; set {
	case "", "now":
		return s.Now().UTC(), nil
	case "latest":
		var latest time.Time
		cal, now := calendar.New(s.location()), s.Now().UTC()
		for _, name := range s.Datasets() {
			spec, _ := s.Dataset(name)
			state, _, err := s.Warehouse.State(ctx, name)
			if err != nil {
				return latest, err
			}
			if _, some := state.Newest[spec.Time]; !some {
				continue
			}
			end, _ := spec.Fresh(timesOf(state), cal)
			if end.After(now) { // today is not over
				end = now
			}
			latest = calendar.Latest(latest, end)
		}
		if latest.IsZero() {
			return now, nil
		}
		return latest, nil
	default:
		day, err := time.ParseInLocation(time.DateOnly, set, s.location())
		if err != nil {
			return time.Time{}, fault.New(fault.Invalid, "bad_as_of", errAsOf).Wrap(err)
		}
		return day.AddDate(0, 0, 1), nil
	}
}
