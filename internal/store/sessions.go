package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"lodestar/internal/access"
	"lodestar/internal/fault"
	"lodestar/internal/text"
)

// Sessions keeps sign-ins.
type Sessions struct{ db *DB }

var _ access.SessionStore = Sessions{}

// Sessions gives the store of sign-ins.
func (db *DB) Sessions() Sessions { return Sessions{db} }

// Create begins a session.
func (s Sessions) Create(ctx context.Context, x access.Session, e access.Event) error {
	return s.db.update(ctx, func(t *tx) error {
		if _, err := getUser(ctx, t, x.User); err != nil {
			return err
		}
		if _, err := t.exec(ctx, `INSERT INTO sessions (hash, user_name, created_at, seen_at, expires_at) VALUES (?, ?, ?, ?, ?)`,
			x.Hash, x.User, micros(x.CreatedAt), micros(x.SeenAt), micros(x.ExpiresAt)); err != nil {
			return err
		}
		return insertEvent(ctx, t, e)
	})
}

// Get finds a session.
func (s Sessions) Get(ctx context.Context, hash string) (access.Session, error) {
	x := access.Session{Hash: hash}
	var created, seen, expires int64
	err := s.db.row(ctx, `SELECT user_name, created_at, seen_at, expires_at FROM sessions WHERE hash = ?`, hash).
		Scan(&x.User, &created, &seen, &expires)
	if errors.Is(err, sql.ErrNoRows) {
		return access.Session{}, fault.New(fault.NotFound, "unknown_session", text.Text{
			EN: "there is no such session", ZH: "登录会话不存在"})
	}
	x.CreatedAt, x.SeenAt, x.ExpiresAt = instant(created), instant(seen), instant(expires)
	return x, s.db.engine.translate(err)
}

// Touch notes that a session is in use.
func (s Sessions) Touch(ctx context.Context, hash string, at time.Time) error {
	return s.db.update(ctx, func(t *tx) error {
		_, err := t.exec(ctx, `UPDATE sessions SET seen_at = ? WHERE hash = ?`, micros(at), hash)
		return err
	})
}

// End ends a session.
func (s Sessions) End(ctx context.Context, hash string, e access.Event) error {
	return s.db.update(ctx, func(t *tx) error {
		n, err := t.exec(ctx, `DELETE FROM sessions WHERE hash = ?`, hash)
		if err != nil || n == 0 {
			return err
		}
		return insertEvent(ctx, t, e)
	})
}

// Expire removes what is over.
func (s Sessions) Expire(ctx context.Context, now, idleBefore time.Time) (int, error) {
	var n int64
	err := s.db.update(ctx, func(t *tx) (err error) {
		n, err = t.exec(ctx, `DELETE FROM sessions WHERE expires_at <= ? OR seen_at <= ?`, micros(now), micros(idleBefore))
		return err
	})
	return int(n), err
}
