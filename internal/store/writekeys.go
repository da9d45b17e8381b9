package store

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"lodestar/internal/event"
)

// WriteKeys keeps the write keys of sources of events.
type WriteKeys struct{ db *DB }

var _ event.KeyStore = WriteKeys{}

// WriteKeys gives the store of write keys.
func (db *DB) WriteKeys() WriteKeys { return WriteKeys{db} }

func scanWriteKey(s scanner) (event.Key, error) {
	k := event.Key{Calls: []string{}}
	var calls string
	var on int
	var at int64
	var used sql.NullInt64
	err := s.Scan(&k.Name, &calls, &on, &k.By, &at, &k.Start, &k.Hash, &used)
	if calls != "" {
		k.Calls = strings.Split(calls, " ")
	}
	k.On, k.At, k.UsedAt = on != 0, instant(at), instantOrNil(used)
	return k, err
}

// Put keeps a key in place of the one of that name, but for its use.
func (w WriteKeys) Put(ctx context.Context, k event.Key) error {
	on := 0
	if k.On {
		on = 1
	}
	return w.db.update(ctx, func(t *tx) error {
		_, err := t.exec(ctx, `INSERT INTO write_keys (name, calls, is_on, by_user, at, start, hash) VALUES (?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (name) DO UPDATE SET calls = excluded.calls, is_on = excluded.is_on, by_user = excluded.by_user,
				at = excluded.at, start = excluded.start, hash = excluded.hash`,
			k.Name, strings.Join(k.Calls, " "), on, k.By, micros(k.At), k.Start, k.Hash)
		return err
	})
}

// List tells which keys are kept, by name.
func (w WriteKeys) List(ctx context.Context) ([]event.Key, error) {
	return collect(ctx, w.db, w.db, scanWriteKey, `SELECT name, calls, is_on, by_user, at, start, hash, used_at FROM write_keys ORDER BY name`)
}

// Used notes when the key of a name was used.
func (w WriteKeys) Used(ctx context.Context, name string, at time.Time) error {
	return w.db.update(ctx, func(t *tx) error {
		_, err := t.exec(ctx, `UPDATE write_keys SET used_at = ? WHERE name = ?`, micros(at), name)
		return err
	})
}

// Delete lets go of a key.
func (w WriteKeys) Delete(ctx context.Context, name string) (there bool, err error) {
	err = w.db.update(ctx, func(t *tx) error {
		n, err := t.exec(ctx, `DELETE FROM write_keys WHERE name = ?`, name)
		there = n > 0
		return err
	})
	return there, err
}
