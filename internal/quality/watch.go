package quality

import (
	"context"
	"maps"
	"time"

	"lodestar/internal/semantic"
)

// How rules are checked by themselves.
const (
	directEvery = 24 * time.Hour   // where nobody tells when rows change
	pause       = 10 * time.Minute // after a run that failed
)

// Sweep checks the rules of all datasets that are due, one after the other.
// What fails is logged and tried again after a while.
func (s *Service) Sweep(ctx context.Context) {
	for _, d := range s.Model().Datasets() {
		if ctx.Err() != nil {
			return
		}
		trigger, err := s.due(ctx, d)
		if err == nil && trigger != "" {
			_, err = s.run(ctx, d.Name, trigger, "")
		}
		if err != nil && ctx.Err() == nil {
			s.Log.WarnContext(ctx, "quality rules were not checked", "dataset", d.Name, "error", err)
			s.mu.Lock()
			s.tried[d.Name] = s.Now()
			s.mu.Unlock()
		}
	}
}

// due tells why the rules of a dataset are to be checked now; "" when they are
// not.
func (s *Service) due(ctx context.Context, d *semantic.Dataset) (trigger string, err error) {
	if len(d.Rules()) == 0 {
		return "", nil
	}
	s.mu.RLock()
	last, known := s.newest[d.Name]
	tried, failed := s.tried[d.Name]
	busy := s.running[d.Name]
	s.mu.RUnlock()
	now := s.Now()
	if busy || failed && now.Sub(tried).Abs() < pause {
		return "", nil
	}
	when := d.Spec.QualitySchedule
	if !known || last.Revision != d.Revision {
		return ByChange, nil
	}
	if when != nil && (when.Every != "" || when.Cron != "") {
		if next, ok := when.Next(now, last.At, s.Model().Calendar().Zone); ok && !next.After(now) {
			return BySchedule, nil
		}
		if len(when.After) == 0 {
			return "", nil
		}
	}
	versions, err := s.versions(ctx, d)
	if err != nil {
		return "", err
	}
	if !maps.Equal(versions, last.Versions) {
		return ByChange, nil
	}
	if connection, _ := d.Spec.Direct(); connection != "" && when == nil && now.Sub(last.At) >= directEvery {
		return BySchedule, nil
	}
	return s.agedOut(ctx, d, last)
}

// agedOut tells that a promise of freshness or of an inspection stands otherwise
// than it was found: rows grow old without changing, and so do inspections.
func (s *Service) agedOut(ctx context.Context, d *semantic.Dataset, last Run) (string, error) {
	for _, r := range d.Rules() {
		now, ok, err := s.aged(ctx, d, r)
		if err != nil {
			return "", err
		}
		for _, x := range last.Results {
			if ok && x.Rule == r.ID && x.State != now.State {
				return BySchedule, nil
			}
		}
	}
	return "", nil
}

// aged judges a rule that time alone can break; ok is false for others, and
// where there are no rows.
func (s *Service) aged(ctx context.Context, d *semantic.Dataset, r *semantic.Rule) (out Result, ok bool, err error) {
	switch r.Rule {
	case semantic.RuleInspection:
		out, err = s.inspected(ctx, &check{rule: r})
		return out, true, err
	case semantic.RuleFreshness:
		asOf, err := s.AsOf(ctx)
		if err != nil {
			return Result{}, false, err
		}
		p, ok, err := s.placeOf(ctx, s.Model(), d)
		if err != nil || !ok {
			return Result{}, false, err
		}
		return p.fresh(&check{rule: r}, asOf), true, nil
	}
	return Result{}, false, nil
}
