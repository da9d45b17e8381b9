package duckdb

import (
	"context"

	"lodestar/internal/warehouse"
)

// State tells of a dataset's rows, from memory after the first question. The
// maps in it are shared: callers only read them.
func (d *DB) State(ctx context.Context, dataset string) (warehouse.State, bool, error) {
	d.mu.RLock()
	s, known := d.states[dataset]
	d.mu.RUnlock()
	if !known {
		row, err := newest(ctx, d.db, dataset)
		if err != nil {
			return warehouse.State{}, false, queryFault(ctx, err)
		}
		s = warehouse.State{Dataset: dataset} // never loaded; remembered, too
		if row.seq != 0 {
			s = row.state()
		}
		s = d.remember(s)
	}
	return s, s.Table != "", nil
}

// remember keeps the newest state and gives it.
func (d *DB) remember(s warehouse.State) warehouse.State {
	d.mu.Lock()
	defer d.mu.Unlock()
	if known, ok := d.states[s.Dataset]; ok && known.Version > s.Version {
		return known
	}
	d.states[s.Dataset] = s
	return s
}

func dataTable(name string) string { return "data." + Dialect{}.Quote(name) }
