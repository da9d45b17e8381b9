package duckdb

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"lodestar/internal/warehouse"
)

// State tells of a dataset's rows, from memory after the first question.
func (d *DB) State(ctx context.Context, dataset string) (warehouse.State, bool, error) {
	d.mu.RLock()
	s, ok := d.states[dataset]
	d.mu.RUnlock()
	if ok {
		return s, s.Table != "", nil
	}
	s, err := d.readState(ctx, dataset)
	if errors.Is(err, sql.ErrNoRows) {
		return warehouse.State{}, false, nil
	}
	if err != nil {
		return warehouse.State{}, false, queryFault(ctx, err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if newer, ok := d.states[dataset]; ok && newer.Version > s.Version {
		s = newer
	}
	d.states[dataset] = s
	return s, s.Table != "", nil
}

func (d *DB) readState(ctx context.Context, dataset string) (warehouse.State, error) {
	s := warehouse.State{Dataset: dataset}
	var table, key, times string
	err := d.db.QueryRowContext(ctx, `SELECT seq, tbl, row_count, rejected, loaded_at, key_state, times
		FROM ledger.loads WHERE dataset = ? ORDER BY seq DESC LIMIT 1`, dataset).
		Scan(&s.Version, &table, &s.Rows, &s.Rejects, &s.LoadedAt, &key, &times)
	if err != nil {
		return s, err
	}
	s.LoadedAt = s.LoadedAt.UTC()
	s.KeyBroken = key == "broken"
	if table != "" {
		s.Table = dataTable(table)
	}
	var bounds map[string][2]time.Time
	if err := json.Unmarshal([]byte(times), &bounds); err != nil {
		return s, fmt.Errorf("ledger of %s: %w", dataset, err)
	}
	s.MinTime, s.MaxTime = map[string]time.Time{}, map[string]time.Time{}
	for column, b := range bounds {
		s.MinTime[column], s.MaxTime[column] = b[0], b[1]
	}
	return s, nil
}

func dataTable(name string) string { return "data." + Dialect{}.Quote(name) }
