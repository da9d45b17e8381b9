package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"lodestar/internal/access"
)

// Tokens keeps API tokens.
type Tokens struct{ db *DB }

var _ access.TokenStore = Tokens{}

// Tokens gives the store of API tokens.
func (db *DB) Tokens() Tokens { return Tokens{db} }

const tokenColumns = `id, name, user_name, role, created_at, expires_at, used_at, hash`

func scanToken(s scanner) (access.Token, error) {
	var t access.Token
	var created int64
	var expires, used sql.NullInt64
	err := s.Scan(&t.ID, &t.Name, &t.User, &t.Role, &created, &expires, &used, &t.Hash)
	t.CreatedAt, t.ExpiresAt, t.UsedAt = instant(created), instantOrNil(expires), instantOrNil(used)
	return t, err
}

// Create adds a token.
func (k Tokens) Create(ctx context.Context, x access.Token, e access.Event) error {
	return k.db.update(ctx, func(t *tx) error {
		if _, err := getUser(ctx, t, x.User); err != nil {
			return err
		}
		_, err := t.exec(ctx, `INSERT INTO tokens (`+tokenColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
			x.ID, x.Name, x.User, string(x.Role), micros(x.CreatedAt), microsOrNull(x.ExpiresAt), microsOrNull(x.UsedAt), x.Hash)
		if t.engine.unique(err) {
			return access.TokenTaken(x.Name)
		} else if err != nil {
			return err
		}
		return insertEvent(ctx, t, e)
	})
}

func (k Tokens) one(ctx context.Context, where string, arg any) (access.Token, error) {
	t, err := scanToken(k.db.row(ctx, `SELECT `+tokenColumns+` FROM tokens WHERE `+where, arg))
	if errors.Is(err, sql.ErrNoRows) {
		return access.Token{}, access.UnknownToken()
	}
	return t, k.db.engine.translate(err)
}

// Find looks up by hash.
func (k Tokens) Find(ctx context.Context, hash string) (access.Token, error) {
	return k.one(ctx, `hash = ?`, hash)
}

// Get looks up by id.
func (k Tokens) Get(ctx context.Context, id string) (access.Token, error) {
	return k.one(ctx, `id = ?`, id)
}

// All lists tokens, by person and name.
func (k Tokens) All(ctx context.Context, user string) ([]access.Token, error) {
	return collect(ctx, k.db, k.db, scanToken, `SELECT `+tokenColumns+` FROM tokens
		WHERE ? = '' OR user_name = ? ORDER BY user_name, name`, user, user)
}

// Delete removes a token.
func (k Tokens) Delete(ctx context.Context, id string, e access.Event) error {
	return k.db.update(ctx, func(t *tx) error {
		n, err := t.exec(ctx, `DELETE FROM tokens WHERE id = ?`, id)
		if err != nil {
			return err
		}
		if n == 0 {
			return access.UnknownToken()
		}
		return insertEvent(ctx, t, e)
	})
}

// Used notes that a token was used.
func (k Tokens) Used(ctx context.Context, id string, at time.Time) error {
	return k.db.update(ctx, func(t *tx) error {
		_, err := t.exec(ctx, `UPDATE tokens SET used_at = ? WHERE id = ?`, micros(at), id)
		return err
	})
}
