package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"lodestar/internal/datasync"
	"lodestar/internal/fault"
	"lodestar/internal/text"
)

// Syncs keeps the runs of syncs, and what is remembered from one to the next.
type Syncs struct{ db *DB }

var _ datasync.Store = Syncs{}

// Syncs gives the store of syncs.
func (db *DB) Syncs() Syncs { return Syncs{db} }

func scanSync(s scanner) (out datasync.Run, err error) {
	var body string
	if err := s.Scan(&body); err != nil {
		return out, err
	}
	return out, json.Unmarshal([]byte(body), &out)
}

// PutRun stores a run in place of what was there.
func (s Syncs) PutRun(ctx context.Context, r datasync.Run) error {
	body, err := json.Marshal(r)
	if err != nil {
		return err
	}
	ended := 0
	if r.Ended() {
		ended = 1
	}
	return s.db.update(ctx, func(t *tx) error {
		_, err := t.exec(ctx, `INSERT INTO sync_runs (id, dataset, ended, created_at, body) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (id) DO UPDATE SET ended = excluded.ended, body = excluded.body`,
			r.ID, r.Dataset, ended, micros(r.CreatedAt), string(body))
		return err
	})
}

// GetRun finds a run.
func (s Syncs) GetRun(ctx context.Context, id string) (datasync.Run, error) {
	r, err := scanSync(s.db.row(ctx, `SELECT body FROM sync_runs WHERE id = ?`, id))
	if errors.Is(err, sql.ErrNoRows) {
		return r, fault.New(fault.NotFound, "unknown_sync", text.Text{EN: "there is no sync {id}", ZH: "没有同步记录 {id}"}, "id", id)
	}
	return r, s.db.engine.translate(err)
}

// Runs lists runs, newest first.
func (s Syncs) Runs(ctx context.Context, dataset string, limit int) ([]datasync.Run, error) {
	if dataset == "" {
		return collect(ctx, s.db, s.db, scanSync, `SELECT body FROM sync_runs ORDER BY created_at DESC, id LIMIT ?`, limit)
	}
	return collect(ctx, s.db, s.db, scanSync, `SELECT body FROM sync_runs WHERE dataset = ? ORDER BY created_at DESC, id LIMIT ?`, dataset, limit)
}

// Open lists the runs that have not ended, oldest first.
func (s Syncs) Open(ctx context.Context) ([]datasync.Run, error) {
	return collect(ctx, s.db, s.db, scanSync, `SELECT body FROM sync_runs WHERE ended = 0 ORDER BY created_at, id`)
}

// Prune lets go of runs that ended, but for the newest of each dataset.
func (s Syncs) Prune(ctx context.Context, keep int) (int, error) {
	var n int64
	err := s.db.update(ctx, func(t *tx) (err error) {
		n, err = t.exec(ctx, `DELETE FROM sync_runs WHERE ended = 1 AND id IN (SELECT id FROM (
			SELECT id, row_number() OVER (PARTITION BY dataset ORDER BY created_at DESC, id) AS n FROM sync_runs WHERE ended = 1) old WHERE n > ?)`, keep)
		return err
	})
	return int(n), err
}

type memoryRow struct {
	dataset string
	memory  datasync.Memory
}

func scanMemory(s scanner) (out memoryRow, err error) {
	var body string
	if err := s.Scan(&out.dataset, &body); err != nil {
		return out, err
	}
	return out, json.Unmarshal([]byte(body), &out.memory)
}

// Memories gives what is remembered of each dataset.
func (s Syncs) Memories(ctx context.Context) (map[string]datasync.Memory, error) {
	rows, err := collect(ctx, s.db, s.db, scanMemory, `SELECT dataset, body FROM sync_memories`)
	out := map[string]datasync.Memory{}
	for _, r := range rows {
		out[r.dataset] = r.memory
	}
	return out, err
}

// PutMemory remembers.
func (s Syncs) PutMemory(ctx context.Context, dataset string, m datasync.Memory) error {
	body, err := json.Marshal(m)
	if err != nil {
		return err
	}
	return s.db.update(ctx, func(t *tx) error {
		_, err := t.exec(ctx, `INSERT INTO sync_memories (dataset, body) VALUES (?, ?)
			ON CONFLICT (dataset) DO UPDATE SET body = excluded.body`, dataset, string(body))
		return err
	})
}

// DropMemory forgets a dataset.
func (s Syncs) DropMemory(ctx context.Context, dataset string) error {
	return s.db.update(ctx, func(t *tx) error {
		_, err := t.exec(ctx, `DELETE FROM sync_memories WHERE dataset = ?`, dataset)
		return err
	})
}
