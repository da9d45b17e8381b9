package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"lodestar/internal/fault"
	"lodestar/internal/job"
	"lodestar/internal/text"
)

// Jobs keeps background work.
type Jobs struct{ db *DB }

var _ job.Store = Jobs{}

// Jobs gives the store of background work.
func (db *DB) Jobs() Jobs { return Jobs{db} }

const jobColumns = `id, kind, payload, dedupe, state, attempt, max_attempts, run_at, lease_until, error, created_at, ended_at`

func scanJob(s scanner) (job.Job, error) {
	var j job.Job
	var payload string
	var run, lease, created, ended int64
	err := s.Scan(&j.ID, &j.Kind, &payload, &j.Dedupe, &j.State, &j.Attempt, &j.MaxAttempts, &run, &lease, &j.Error, &created, &ended)
	j.Payload, j.RunAt, j.LeaseUntil = json.RawMessage(payload), instant(run), instant(lease)
	j.CreatedAt, j.EndedAt = instant(created), instant(ended)
	return j, err
}

// Add stores a job unless its dedupe key holds it back.
func (s Jobs) Add(ctx context.Context, j job.Job) (id int64, added bool, err error) {
	err = s.db.update(ctx, func(t *tx) error {
		if j.Dedupe != "" {
			var have int64
			err := t.row(ctx, `SELECT id FROM jobs WHERE kind = ? AND dedupe = ? AND state IN ('waiting', 'running')`,
				j.Kind, j.Dedupe).Scan(&have)
			if err == nil {
				id = have
				return nil
			} else if !errors.Is(err, sql.ErrNoRows) {
				return err
			}
		}
		added = true
		return t.row(ctx, `INSERT INTO jobs (kind, payload, dedupe, state, attempt, max_attempts, run_at, lease_until, error, created_at, ended_at)
			VALUES (?, ?, ?, ?, 0, ?, ?, 0, '', ?, 0) RETURNING id`,
			j.Kind, string(j.Payload), j.Dedupe, string(job.Waiting), j.MaxAttempts, micros(j.RunAt), micros(j.CreatedAt)).Scan(&id)
	})
	return id, added && err == nil, err
}

// Take leases a job that is due.
func (s Jobs) Take(ctx context.Context, kinds []string, now, leaseUntil time.Time) (j job.Job, ok bool, err error) {
	if len(kinds) == 0 {
		return j, false, nil
	}
	in := strings.Repeat("?, ", len(kinds)-1) + "?"
	args := make([]any, len(kinds))
	for i, k := range kinds {
		args[i] = k
	}
	err = s.db.update(ctx, func(t *tx) error {
		// A worker that vanished during the last attempt: that was it.
		if _, err := t.exec(ctx, `UPDATE jobs SET state = 'failed', ended_at = ?, error = 'the worker vanished'
			WHERE state = 'running' AND lease_until <= ? AND attempt >= max_attempts`, micros(now), micros(now)); err != nil {
			return err
		}
		j, err = scanJob(t.row(ctx, `SELECT `+jobColumns+` FROM jobs WHERE kind IN (`+in+`)
			AND (state = 'waiting' AND run_at <= ? OR state = 'running' AND lease_until <= ?)
			ORDER BY run_at, id LIMIT 1`, append(args, micros(now), micros(now))...))
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		} else if err != nil {
			return err
		}
		j.State, j.Attempt, j.LeaseUntil, ok = job.Running, j.Attempt+1, leaseUntil, true
		_, err = t.exec(ctx, `UPDATE jobs SET state = 'running', attempt = ?, lease_until = ? WHERE id = ?`,
			j.Attempt, micros(leaseUntil), j.ID)
		return err
	})
	return j, ok && err == nil, err
}

// Release ends leases.
func (s Jobs) Release(ctx context.Context, kinds []string, now time.Time) (int, error) {
	return s.ofKinds(ctx, kinds, `UPDATE jobs SET state = 'waiting', run_at = ?, lease_until = 0 WHERE state = 'running' AND kind = ?`, micros(now))
}

// Hasten lets jobs wait no longer.
func (s Jobs) Hasten(ctx context.Context, kinds []string, now time.Time) (int, error) {
	return s.ofKinds(ctx, kinds, `UPDATE jobs SET run_at = ? WHERE state = 'waiting' AND run_at > ? AND kind = ?`, micros(now), micros(now))
}

// ofKinds changes jobs of each kind, and tells how many.
func (s Jobs) ofKinds(ctx context.Context, kinds []string, q string, args ...any) (n int, err error) {
	err = s.db.update(ctx, func(t *tx) error {
		for _, kind := range kinds {
			k, err := t.exec(ctx, q, append(slices.Clone(args), any(kind))...)
			if err != nil {
				return err
			}
			n += int(k)
		}
		return nil
	})
	return n, err
}

// Beat extends a lease.
func (s Jobs) Beat(ctx context.Context, id int64, attempt int, leaseUntil time.Time) (bool, error) {
	return s.atAttempt(ctx, `UPDATE jobs SET lease_until = ? WHERE id = ? AND attempt = ? AND state = 'running'`,
		micros(leaseUntil), id, attempt)
}

// Finish ends an attempt.
func (s Jobs) Finish(ctx context.Context, j job.Job) (bool, error) {
	return s.atAttempt(ctx, `UPDATE jobs SET state = ?, error = ?, run_at = ?, ended_at = ?
		WHERE id = ? AND attempt = ? AND state = 'running'`,
		string(j.State), j.Error, micros(j.RunAt), micros(j.EndedAt), j.ID, j.Attempt)
}

func (s Jobs) atAttempt(ctx context.Context, q string, args ...any) (bool, error) {
	var n int64
	err := s.db.update(ctx, func(t *tx) (err error) {
		n, err = t.exec(ctx, q, args...)
		return err
	})
	return n == 1 && err == nil, err
}

// Get finds a job.
func (s Jobs) Get(ctx context.Context, id int64) (job.Job, error) {
	j, err := scanJob(s.db.row(ctx, `SELECT `+jobColumns+` FROM jobs WHERE id = ?`, id))
	if errors.Is(err, sql.ErrNoRows) {
		return j, fault.New(fault.NotFound, "unknown_job", text.Text{EN: "there is no job {id}", ZH: "没有编号为 {id} 的任务"}, "id", id)
	}
	return j, s.db.engine.translate(err)
}

// Prune removes old ended jobs.
func (s Jobs) Prune(ctx context.Context, before time.Time) (int, error) {
	var n int64
	err := s.db.update(ctx, func(t *tx) (err error) {
		n, err = t.exec(ctx, `DELETE FROM jobs WHERE state IN ('done', 'failed') AND ended_at < ?`, micros(before))
		return err
	})
	return int(n), err
}
