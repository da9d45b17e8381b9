package store

import (
	"context"
	"encoding/json"

	"lodestar/internal/quality"
	"lodestar/internal/text"
)

// Quality keeps what was found of quality rules.
type Quality struct{ db *DB }

var _ quality.Store = Quality{}

// Quality gives the store of quality runs.
func (db *DB) Quality() Quality { return Quality{db} }

// Put adds a run and forgets all but the newest of its dataset.
func (q Quality) Put(ctx context.Context, r quality.Run, keep int) error {
	versions, err := json.Marshal(r.Versions)
	if err != nil {
		return err
	}
	return q.db.update(ctx, func(t *tx) error {
		_, err := t.exec(ctx, `INSERT INTO quality_runs (id, dataset, at, millis, cause, by_user, row_count, versions, revision)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`, r.ID, r.Dataset, micros(r.At), r.Millis, r.Trigger, r.By, r.Rows, string(versions), r.Revision)
		if err != nil {
			return err
		}
		for i, x := range r.Results {
			if err := putResult(ctx, t, r.ID, i, x); err != nil {
				return err
			}
		}
		old := `SELECT id FROM quality_runs WHERE dataset = ? AND id NOT IN (SELECT id FROM quality_runs WHERE dataset = ? ORDER BY at DESC, id DESC LIMIT ?)`
		for _, from := range []string{"quality_results WHERE run", "quality_runs WHERE id"} {
			if _, err := t.exec(ctx, `DELETE FROM `+from+` IN (`+old+`)`, r.Dataset, r.Dataset, keep); err != nil {
				return err
			}
		}
		return nil
	})
}

// resultDetail is what of a result is never asked for by itself.
type resultDetail struct {
	Title    text.Text         `json:"title"`
	Note     text.Text         `json:"note"`
	Columns  []string          `json:"columns,omitempty"`
	Sampled  bool              `json:"sampled,omitempty"`
	Observed *float64          `json:"observed,omitempty"`
	Bound    *float64          `json:"bound,omitempty"`
	Examples *quality.Examples `json:"examples,omitempty"`
}

func putResult(ctx context.Context, t *tx, run string, i int, x quality.Result) error {
	detail, err := json.Marshal(resultDetail{x.Title, x.Note, x.Columns, x.Sampled, x.Observed, x.Bound, x.Examples})
	if err != nil {
		return err
	}
	_, err = t.exec(ctx, `INSERT INTO quality_results (run, place, rule, kind, severity, state, checked, broken, since, detail)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, run, i, x.Rule, x.Kind, x.Severity, x.State, x.Checked, x.Broken, micros(x.Since), string(detail))
	return err
}

const runColumns = `SELECT id, dataset, at, millis, cause, by_user, row_count, versions, revision FROM quality_runs r`

// Newest gives the newest run of each dataset, by dataset.
func (q Quality) Newest(ctx context.Context) ([]quality.Run, error) {
	return q.runs(ctx, true, runColumns+` WHERE NOT EXISTS (SELECT 1 FROM quality_runs o WHERE o.dataset = r.dataset
		AND (o.at > r.at OR o.at = r.at AND o.id > r.id)) ORDER BY dataset`)
}

// Runs lists the runs of a dataset, newest first; only the first has examples.
func (q Quality) Runs(ctx context.Context, dataset string, limit int) ([]quality.Run, error) {
	return q.runs(ctx, false, runColumns+` WHERE dataset = ? ORDER BY at DESC, id DESC LIMIT ?`, dataset, limit)
}

func (q Quality) runs(ctx context.Context, examples bool, statement string, args ...any) ([]quality.Run, error) {
	out, err := collect(ctx, q.db, q.db, scanRun, statement, args...)
	if err != nil {
		return nil, err
	}
	for i := range out {
		out[i].Results, err = collect(ctx, q.db, q.db, scanResult,
			`SELECT rule, kind, severity, state, checked, broken, since, detail FROM quality_results WHERE run = ? ORDER BY place`, out[i].ID)
		if err != nil {
			return nil, err
		}
		if !examples && i > 0 {
			for j := range out[i].Results {
				out[i].Results[j].Examples = nil
			}
		}
	}
	return out, nil
}

func scanRun(s scanner) (quality.Run, error) {
	var r quality.Run
	var at int64
	var versions string
	if err := s.Scan(&r.ID, &r.Dataset, &at, &r.Millis, &r.Trigger, &r.By, &r.Rows, &versions, &r.Revision); err != nil {
		return r, err
	}
	r.At = instant(at)
	return r, json.Unmarshal([]byte(versions), &r.Versions)
}

func scanResult(s scanner) (quality.Result, error) {
	var x quality.Result
	var since int64
	var src string
	if err := s.Scan(&x.Rule, &x.Kind, &x.Severity, &x.State, &x.Checked, &x.Broken, &since, &src); err != nil {
		return x, err
	}
	var d resultDetail
	err := json.Unmarshal([]byte(src), &d)
	x.Since = instant(since)
	x.Title, x.Note, x.Columns, x.Sampled, x.Observed, x.Bound, x.Examples = d.Title, d.Note, d.Columns, d.Sampled, d.Observed, d.Bound, d.Examples
	return x, err
}
