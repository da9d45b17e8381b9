package store

import (
	"context"
	"database/sql"
	"encoding/base64"
	"errors"

	"lodestar/internal/fault"
	"lodestar/internal/text"
	"lodestar/internal/vault"
)

// Secrets keeps what the vault has sealed.
type Secrets struct{ db *DB }

var _ vault.Store = Secrets{}

// Secrets gives the store of sealed secrets.
func (db *DB) Secrets() Secrets { return Secrets{db} }

func scanSecret(s scanner) (vault.Entry, error) {
	var out vault.Entry
	var at int64
	err := s.Scan(&out.Name, &out.By, &at)
	out.At = instant(at)
	return out, err
}

// Put keeps a sealed secret in place of the one of that name.
func (s Secrets) Put(ctx context.Context, x vault.Sealed) error {
	return s.db.update(ctx, func(t *tx) error {
		_, err := t.exec(ctx, `INSERT INTO secrets (name, by_user, at, sealed) VALUES (?, ?, ?, ?)
			ON CONFLICT (name) DO UPDATE SET by_user = excluded.by_user, at = excluded.at, sealed = excluded.sealed`,
			x.Name, x.By, micros(x.At), base64.StdEncoding.EncodeToString(x.Text))
		return err
	})
}

// Get gives a sealed secret.
func (s Secrets) Get(ctx context.Context, name string) (vault.Sealed, error) {
	var out vault.Sealed
	var at int64
	var sealed string
	err := s.db.row(ctx, `SELECT name, by_user, at, sealed FROM secrets WHERE name = ?`, name).Scan(&out.Name, &out.By, &at, &sealed)
	if errors.Is(err, sql.ErrNoRows) {
		return out, fault.New(fault.NotFound, "no_secret", text.Text{EN: "there is no secret {name}", ZH: "没有名为 {name} 的密钥"}, "name", name)
	}
	if err != nil {
		return out, s.db.engine.translate(err)
	}
	out.At = instant(at)
	out.Text, err = base64.StdEncoding.DecodeString(sealed)
	return out, err
}

// List tells which secrets are kept, by name.
func (s Secrets) List(ctx context.Context) ([]vault.Entry, error) {
	return collect(ctx, s.db, s.db, scanSecret, `SELECT name, by_user, at FROM secrets ORDER BY name`)
}

// Delete lets go of a secret.
func (s Secrets) Delete(ctx context.Context, name string) (there bool, err error) {
	err = s.db.update(ctx, func(t *tx) error {
		n, err := t.exec(ctx, `DELETE FROM secrets WHERE name = ?`, name)
		there = n > 0
		return err
	})
	return there, err
}
