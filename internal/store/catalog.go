package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"lodestar/internal/audit"
	"lodestar/internal/catalog"
)

// Catalog keeps definitions and their revisions. A new kind needs nothing here.
type Catalog struct{ db *DB }

var _ catalog.Store = Catalog{}

// Catalog gives the store of definitions.
func (db *DB) Catalog() Catalog { return Catalog{db} }

const recordColumns = `r.seq, r.kind, r.name, r.revision, r.action, r.author, r.via, r.at, r.body, r.positions`

func scanRecord(s scanner) (catalog.Record, error) {
	var r catalog.Record
	var at int64
	var body sql.NullString
	var positions string
	if err := s.Scan(&r.Seq, &r.Kind, &r.Name, &r.Revision, &r.Action, &r.Author, &r.Via, &at, &body, &positions); err != nil {
		return r, err
	}
	r.At = instant(at)
	if body.Valid {
		r.Body = json.RawMessage(body.String)
	}
	if err := json.Unmarshal([]byte(positions), &r.Positions); err != nil {
		return r, fmt.Errorf("positions of %s %s: %w", r.Kind, r.Name, err)
	}
	return r, nil
}

// Current gives the newest record of every name.
func (c Catalog) Current(ctx context.Context) ([]catalog.Record, error) {
	return collect(ctx, c.db, c.db, scanRecord, `SELECT `+recordColumns+`
		FROM resources h JOIN resource_revisions r ON r.seq = h.seq ORDER BY r.kind, r.name`)
}

// Revisions gives all records of a name, newest first.
func (c Catalog) Revisions(ctx context.Context, kind, name string) ([]catalog.Record, error) {
	return collect(ctx, c.db, c.db, scanRecord, `SELECT `+recordColumns+`
		FROM resource_revisions r WHERE r.kind = ? AND r.name = ? ORDER BY r.revision DESC`, kind, name)
}

// Commit appends records with their audit entries.
func (c Catalog) Commit(ctx context.Context, records []catalog.Record, entries []audit.Entry) (int64, error) {
	var last int64
	err := c.db.update(ctx, func(t *tx) error {
		for _, r := range records {
			seq, err := appendRecord(ctx, t, r)
			if err != nil {
				return err
			}
			last = seq
		}
		for _, e := range entries {
			if err := insertAudit(ctx, t, e); err != nil {
				return err
			}
		}
		return nil
	})
	return last, err
}

func appendRecord(ctx context.Context, t *tx, r catalog.Record) (int64, error) {
	have, author := 0, ""
	err := t.row(ctx, `SELECT r.revision, CASE WHEN r.body IS NULL THEN '' ELSE r.author END
		FROM resources h JOIN resource_revisions r ON r.seq = h.seq WHERE h.kind = ? AND h.name = ?`,
		r.Kind, r.Name).Scan(&have, &author)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, err
	}
	if r.Revision != have+1 {
		return 0, catalog.RevisionConflict(catalog.Ref{Kind: r.Kind, Name: r.Name}, have, author)
	}
	if r.Positions == nil {
		r.Positions = map[string]catalog.Position{}
	}
	positions, err := json.Marshal(r.Positions)
	if err != nil {
		return 0, err
	}
	var seq int64
	err = t.row(ctx, `INSERT INTO resource_revisions (kind, name, revision, action, author, via, at, body, positions)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING seq`,
		r.Kind, r.Name, r.Revision, string(r.Action), r.Author, r.Via, micros(r.At),
		sql.NullString{String: string(r.Body), Valid: r.Body != nil}, string(positions)).Scan(&seq)
	if err != nil {
		return 0, err
	}
	_, err = t.exec(ctx, `INSERT INTO resources (kind, name, revision, seq) VALUES (?, ?, ?, ?)
		ON CONFLICT (kind, name) DO UPDATE SET revision = excluded.revision, seq = excluded.seq`,
		r.Kind, r.Name, r.Revision, seq)
	return seq, err
}
