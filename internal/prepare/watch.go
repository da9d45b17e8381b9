package prepare

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// atLeast is how often datasets are looked through though nothing has changed:
// for schedules, and for what failed before.
const atLeast = 30 * time.Second

// Look makes what is due when rows or definitions have changed since the last
// look, and now and then in any case. What fails is logged.
func (s *Service) Look(ctx context.Context) {
	now, err := s.seen(ctx)
	if err == nil && now == s.looked.seen && time.Since(s.looked.at) < atLeast {
		return
	}
	if err == nil {
		err = s.Catch(ctx)
	}
	if err != nil && ctx.Err() == nil {
		s.Log.Error("look for datasets to be made", "error", err)
	}
	if s.looked.seen, err = s.seen(ctx); err != nil {
		s.looked.seen = ""
	}
	s.looked.at = time.Now()
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
