package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"lodestar/internal/access"
)

// Users keeps people.
type Users struct{ db *DB }

var _ access.UserStore = Users{}

// Users gives the store of people.
func (db *DB) Users() Users { return Users{db} }

const userColumns = `name, title, role, lang, disabled, created_at, signed_in_at, password_hash`

func scanAccount(s scanner) (access.Account, error) {
	var a access.Account
	var disabled int
	var created int64
	var seen sql.NullInt64
	err := s.Scan(&a.Name, &a.Title, &a.Role, &a.Lang, &disabled, &created, &seen, &a.PasswordHash)
	a.Disabled, a.CreatedAt, a.SignedInAt = disabled != 0, instant(created), instantOrNil(seen)
	return a, err
}

// All lists the accounts by name.
func (u Users) All(ctx context.Context) ([]access.Account, error) {
	return collect(ctx, u.db, u.db, scanAccount, `SELECT `+userColumns+` FROM users ORDER BY name`)
}

// Get finds an account.
func (u Users) Get(ctx context.Context, name string) (access.Account, error) {
	a, err := getUser(ctx, u.db, name)
	return a, u.db.engine.translate(err)
}

func getUser(ctx context.Context, q querier, name string) (access.Account, error) {
	a, err := scanAccount(q.row(ctx, `SELECT `+userColumns+` FROM users WHERE name = ?`, name))
	if errors.Is(err, sql.ErrNoRows) {
		return access.Account{}, access.UnknownUser(name)
	}
	return a, err
}

// Count counts the accounts.
func (u Users) Count(ctx context.Context) (int, error) {
	var n int
	err := u.db.row(ctx, `SELECT count(*) FROM users`).Scan(&n)
	return n, u.db.engine.translate(err)
}

// Create adds an account.
func (u Users) Create(ctx context.Context, a access.Account, e access.Event) error {
	return u.db.update(ctx, func(t *tx) error { return insertUser(ctx, t, a, e) })
}

// CreateFirst adds the first account.
func (u Users) CreateFirst(ctx context.Context, a access.Account, e access.Event) error {
	return u.db.update(ctx, func(t *tx) error {
		var n int
		if err := t.row(ctx, `SELECT count(*) FROM users`).Scan(&n); err != nil {
			return err
		}
		if n > 0 {
			return access.AlreadySetUp()
		}
		return insertUser(ctx, t, a, e)
	})
}

func insertUser(ctx context.Context, t *tx, a access.Account, e access.Event) error {
	_, err := t.exec(ctx, `INSERT INTO users (`+userColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		a.Name, a.Title, string(a.Role), string(a.Lang), flag(a.Disabled), micros(a.CreatedAt),
		microsOrNull(a.SignedInAt), a.PasswordHash)
	if t.engine.unique(err) {
		return access.UserTaken(a.Name)
	} else if err != nil {
		return err
	}
	return insertEvent(ctx, t, e)
}

// Update changes an account.
func (u Users) Update(ctx context.Context, name string, change func(*access.Account) error, endSessions bool, e access.Event) error {
	return u.db.update(ctx, func(t *tx) error {
		a, err := getUser(ctx, t, name)
		if err != nil {
			return err
		}
		wasAdmin := enabledAdmin(a)
		if err := change(&a); err != nil {
			return err
		}
		if _, err := t.exec(ctx, `UPDATE users SET title = ?, role = ?, lang = ?, disabled = ?, password_hash = ? WHERE name = ?`,
			a.Title, string(a.Role), string(a.Lang), flag(a.Disabled), a.PasswordHash, name); err != nil {
			return err
		}
		if wasAdmin && !enabledAdmin(a) {
			if err := anAdminIsLeft(ctx, t); err != nil {
				return err
			}
		}
		if endSessions {
			if _, err := t.exec(ctx, `DELETE FROM sessions WHERE user_name = ?`, name); err != nil {
				return err
			}
		}
		return insertEvent(ctx, t, e)
	})
}

func enabledAdmin(a access.Account) bool { return a.Role == access.Admin && !a.Disabled }

func anAdminIsLeft(ctx context.Context, t *tx) error {
	var n int
	err := t.row(ctx, `SELECT count(*) FROM users WHERE role = ? AND disabled = 0`, string(access.Admin)).Scan(&n)
	if err == nil && n == 0 {
		return access.LastAdmin()
	}
	return err
}

// Delete removes an account; sessions and tokens go with it.
func (u Users) Delete(ctx context.Context, name string, e access.Event) error {
	return u.db.update(ctx, func(t *tx) error {
		a, err := getUser(ctx, t, name)
		if err != nil {
			return err
		}
		if _, err := t.exec(ctx, `DELETE FROM users WHERE name = ?`, name); err != nil {
			return err
		}
		if enabledAdmin(a) {
			if err := anAdminIsLeft(ctx, t); err != nil {
				return err
			}
		}
		return insertEvent(ctx, t, e)
	})
}

// Seen notes a sign-in.
func (u Users) Seen(ctx context.Context, name string, at time.Time) error {
	return u.db.update(ctx, func(t *tx) error {
		_, err := t.exec(ctx, `UPDATE users SET signed_in_at = ? WHERE name = ?`, micros(at), name)
		return err
	})
}
