package store

import (
	"context"
	"encoding/json"
	"fmt"

	"lodestar/internal/identity"
)

// Identity keeps what people decided on ids, and reports.
type Identity struct{ db *DB }

var _ identity.Store = Identity{}

// Identity gives the store of decisions on ids.
func (db *DB) Identity() Identity { return Identity{db} }

const decisionColumns = `a_kind, a_value, b_kind, b_value, together, by_user, at, why`

func scanDecision(s scanner) (identity.Decision, error) {
	var d identity.Decision
	var together int
	var at int64
	err := s.Scan(&d.A.Kind, &d.A.Value, &d.B.Kind, &d.B.Value, &together, &d.By, &at, &d.Why)
	d.Together, d.At = together != 0, instant(at)
	return d, err
}

// Decide keeps a decision in place of an earlier one on the same ids.
func (s Identity) Decide(ctx context.Context, entity string, d identity.Decision) error {
	return s.db.update(ctx, func(t *tx) error {
		_, err := t.exec(ctx, `INSERT INTO identity_decisions (entity, `+decisionColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (entity, a_kind, a_value, b_kind, b_value) DO UPDATE SET
			together = excluded.together, by_user = excluded.by_user, at = excluded.at, why = excluded.why`,
			entity, d.A.Kind, d.A.Value, d.B.Kind, d.B.Value, flag(d.Together), d.By, micros(d.At), d.Why)
		return err
	})
}

// Undecide forgets a decision.
func (s Identity) Undecide(ctx context.Context, entity string, a, b identity.ID) (there bool, err error) {
	err = s.db.update(ctx, func(t *tx) error {
		n, err := t.exec(ctx, `DELETE FROM identity_decisions WHERE entity = ? AND a_kind = ? AND a_value = ? AND b_kind = ? AND b_value = ?`,
			entity, a.Kind, a.Value, b.Kind, b.Value)
		there = n > 0
		return err
	})
	return there, err
}

// Decisions lists decisions, oldest first.
func (s Identity) Decisions(ctx context.Context, entity string) ([]identity.Decision, error) {
	return collect(ctx, s.db, s.db, scanDecision, `SELECT `+decisionColumns+` FROM identity_decisions WHERE entity = ?
		ORDER BY at, a_kind, a_value, b_kind, b_value`, entity)
}

// Report keeps a report in place of an earlier one of the same day.
func (s Identity) Report(ctx context.Context, r identity.Report) error {
	body, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("report of %s: %w", r.Entity, err)
	}
	return s.db.update(ctx, func(t *tx) error {
		_, err := t.exec(ctx, `INSERT INTO identity_reports (entity, day, body) VALUES (?, ?, ?)
			ON CONFLICT (entity, day) DO UPDATE SET body = excluded.body`, r.Entity, r.At.UTC().Format("2006-01-02"), string(body))
		return err
	})
}

func scanReport(s scanner) (identity.Report, error) {
	var r identity.Report
	var body string
	if err := s.Scan(&body); err != nil {
		return r, err
	}
	return r, json.Unmarshal([]byte(body), &r)
}

// Reports lists reports, newest first.
func (s Identity) Reports(ctx context.Context, entity string, limit int) ([]identity.Report, error) {
	return collect(ctx, s.db, s.db, scanReport, `SELECT body FROM identity_reports WHERE entity = ? ORDER BY day DESC LIMIT ?`, entity, limit)
}
