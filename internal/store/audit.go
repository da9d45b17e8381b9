package store

import (
	"context"
	"encoding/json"
	"strings"

	"lodestar/internal/access"
	"lodestar/internal/audit"
)

// Audit keeps the trail.
type Audit struct{ db *DB }

var _ audit.Store = Audit{}

// Audit gives the store of the trail.
func (db *DB) Audit() Audit { return Audit{db} }

// Record writes one entry by itself.
func (a Audit) Record(ctx context.Context, e audit.Entry) error {
	return a.db.update(ctx, func(t *tx) error { return insertAudit(ctx, t, e) })
}

// insertAudit writes an entry inside the transaction of a change, without
// secrets.
func insertAudit(ctx context.Context, t *tx, e audit.Entry) error {
	e.Detail = audit.Redact(e.Detail)
	if e.Detail == nil {
		e.Detail = map[string]any{}
	}
	detail, err := json.Marshal(e.Detail)
	if err != nil {
		return err
	}
	_, err = t.exec(ctx, `INSERT INTO audit (at, actor, via, action, kind, name, detail) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		micros(e.At), e.Actor, e.Via, e.Action, e.Kind, e.Name, string(detail))
	return err
}

// insertEvent writes what package access did.
func insertEvent(ctx context.Context, t *tx, e access.Event) error {
	return insertAudit(ctx, t, audit.Entry{At: e.At, Actor: e.Actor, Via: e.Via, Action: e.Action,
		Kind: e.Kind, Name: e.Name, Detail: e.Detail})
}

// List gives entries, newest first.
func (a Audit) List(ctx context.Context, f audit.Filter, before int64, limit int) ([]audit.Entry, error) {
	var where []string
	var args []any
	add := func(cond string, arg any) {
		where = append(where, cond)
		args = append(args, arg)
	}
	for _, c := range [][2]string{{"actor", f.Actor}, {"action", f.Action}, {"kind", f.Kind}, {"name", f.Name}} {
		if c[1] != "" {
			add(c[0]+" = ?", c[1])
		}
	}
	if !f.Since.IsZero() {
		add("at >= ?", micros(f.Since))
	}
	if !f.Until.IsZero() {
		add("at < ?", micros(f.Until))
	}
	if before > 0 {
		add("id < ?", before)
	}
	q := `SELECT id, at, actor, via, action, kind, name, detail FROM audit`
	if len(where) > 0 {
		q += ` WHERE ` + strings.Join(where, " AND ")
	}
	return collect(ctx, a.db, a.db, scanEntry, q+` ORDER BY id DESC LIMIT ?`, append(args, limit)...)
}

func scanEntry(s scanner) (audit.Entry, error) {
	var e audit.Entry
	var at int64
	var detail string
	if err := s.Scan(&e.ID, &at, &e.Actor, &e.Via, &e.Action, &e.Kind, &e.Name, &detail); err != nil {
		return e, err
	}
	e.At = instant(at)
	if detail == "{}" {
		return e, nil
	}
	return e, json.Unmarshal([]byte(detail), &e.Detail)
}
