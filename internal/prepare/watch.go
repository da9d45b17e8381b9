package prepare

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// How often it is looked whether anything is to be made: for changes of rows
// and definitions, and for schedules and what failed before.
const (
	everySoOften = time.Second
	atLeast      = 30 * time.Second
)

// Watch keeps datasets up to date in the background until Stop.
func (s *Service) Watch() {
	ctx, cancel := context.WithCancel(context.Background())
	s.stop = cancel
	s.wait.Go(func() {
		tick := time.NewTicker(everySoOften)
		defer tick.Stop()
		var seen string
		var last time.Time
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			now, err := s.seen(ctx)
			if err == nil && now == seen && time.Since(last) < atLeast {
				continue
			}
			if err == nil {
				err = s.Catch(ctx)
			}
			if err != nil && ctx.Err() == nil {
				s.Log.Error("look for datasets to be made", "error", err)
			}
			if seen, err = s.seen(ctx); err != nil {
				seen = ""
			}
			last = time.Now()
		}
	})
}

// Stop ends Watch. A refresh under way is the list of loads' to end.
func (s *Service) Stop() {
	if s.stop != nil {
		s.stop()
	}
	s.wait.Wait()
}

// seen is the state of definitions and rows as far as steps read them.
func (s *Service) seen(ctx context.Context) (string, error) {
	m := s.Model()
	var b strings.Builder
	b.WriteString(m.Revision)
	for _, d := range m.Datasets() {
		if !d.Spec.Prepared() {
			continue
		}
		plan := m.Plan(d)
		if plan == nil {
			continue
		}
		for _, name := range append(plan.Inputs(), d.Name) {
			state, _, err := s.Warehouse.State(ctx, name)
			if err != nil {
				return "", err
			}
			fmt.Fprintf(&b, " %s@%d", name, state.Version)
		}
	}
	return b.String(), nil
}
