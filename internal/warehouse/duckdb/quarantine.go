package duckdb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"lodestar/internal/fault"
	"lodestar/internal/text"
	"lodestar/internal/warehouse"
)

var _ warehouse.Quarantine = (*DB)(nil)

// reason is what the reasons of a message hold, as far as they are counted.
type reason struct {
	Layer    string `json:"layer"`
	Kind     string `json:"kind"`
	Property string `json:"property"`
	Found    string `json:"found"`
	Expected string `json:"expected"`
}

// setAside stores quarantined messages with their reasons.
func (c *eventChange) setAside(ctx context.Context, list []warehouse.Quarantined) error {
	if len(list) == 0 {
		return nil
	}
	var last int64
	if err := c.conn.QueryRowContext(ctx, "SELECT coalesce(max(id), 0) FROM events.quarantine").Scan(&last); err != nil {
		return queryFault(ctx, err)
	}
	var reasons [][]driver.Value
	for i, q := range list {
		rows, err := reasonRows(last+int64(i)+1, q.Reasons)
		if err != nil {
			return err
		}
		reasons = append(reasons, rows...)
	}
	if err := c.append(ctx, "events", "quarantine", len(list), func(i int) []driver.Value {
		q := list[i]
		var sent driver.Value
		if !q.SentAt.IsZero() {
			sent = q.SentAt.UTC()
		}
		return []driver.Value{last + int64(i) + 1, q.MessageID, q.Call, q.Event, q.Source, q.UserID, q.Received.UTC(), sent,
			q.Reasons, q.Payload, "open", nil, ""}
	}); err != nil {
		return err
	}
	return c.append(ctx, "events", "reasons", len(reasons), func(i int) []driver.Value { return reasons[i] })
}

func reasonRows(id int64, encoded string) ([][]driver.Value, error) {
	var rs []reason
	if err := json.Unmarshal([]byte(encoded), &rs); err != nil {
		return nil, fmt.Errorf("reasons of a quarantined message: %w", err)
	}
	out := make([][]driver.Value, len(rs))
	for i, r := range rs {
		out[i] = []driver.Value{id, r.Layer, r.Kind, r.Property, r.Found, r.Expected}
	}
	return out, nil
}

// settle notes what became of messages.
func (c *eventChange) settle(ctx context.Context, at time.Time, list []warehouse.Settled) error {
	if len(list) == 0 {
		return nil
	}
	if err := c.exec(ctx, "CREATE OR REPLACE TEMP TABLE settling (id BIGINT, state VARCHAR, by_user VARCHAR, reasons VARCHAR)"); err != nil {
		return err
	}
	var reasons [][]driver.Value
	for _, s := range list {
		if s.Reasons == "" {
			continue
		}
		rows, err := reasonRows(s.ID, s.Reasons)
		if err != nil {
			return err
		}
		reasons = append(reasons, rows...)
	}
	if err := c.appendTo(ctx, "temp", "main", "settling", len(list), func(i int) []driver.Value {
		return []driver.Value{list[i].ID, list[i].State, list[i].By, list[i].Reasons}
	}); err != nil {
		return err
	}
	if err := c.exec(ctx, `UPDATE events.quarantine q SET state = s.state, settled_by = s.by_user,
			settled_at = CASE WHEN s.state = 'open' THEN NULL ELSE ?::TIMESTAMP END,
			reasons = CASE WHEN s.reasons = '' THEN q.reasons ELSE s.reasons END
		FROM temp.main.settling s WHERE q.id = s.id`, at.UTC()); err != nil {
		return err
	}
	if len(reasons) == 0 {
		return nil
	}
	if err := c.exec(ctx, "DELETE FROM events.reasons WHERE id IN (SELECT id FROM temp.main.settling WHERE reasons <> '')"); err != nil {
		return err
	}
	return c.append(ctx, "events", "reasons", len(reasons), func(i int) []driver.Value { return reasons[i] })
}

const quarantineColumns = "id, message_id, call, event, source, user_id, received, sent, reasons, payload, state, settled_at, settled_by"

// Quarantined lists messages; see warehouse.Quarantine.
func (d *DB) Quarantined(ctx context.Context, f warehouse.QuarantineFilter) (out []warehouse.Quarantined, err error) {
	where, args := []string{"TRUE"}, []any{}
	add := func(condition string, values ...any) {
		where, args = append(where, condition), append(args, values...)
	}
	if f.Event != "" {
		add("event = ?", f.Event)
	}
	if f.State != "" {
		add("state = ?", f.State)
	}
	if f.Kind != "" {
		add("EXISTS (SELECT 1 FROM events.reasons r WHERE r.id = q.id AND r.kind = ? AND (? = '' OR r.property = ?))", f.Kind, f.Prop, f.Prop)
	}
	if len(f.IDs) > 0 {
		marks := strings.TrimSuffix(strings.Repeat("?, ", len(f.IDs)), ", ")
		values := make([]any, len(f.IDs))
		for i, id := range f.IDs {
			values[i] = id
		}
		add("id IN ("+marks+")", values...)
	}
	order := "DESC"
	if f.Before > 0 {
		add("id < ?", f.Before)
	}
	if f.After != 0 {
		add("id > ?", max(f.After, 0))
		order = "ASC"
	}
	if f.Limit <= 0 || f.Limit > 10_000 {
		f.Limit = 10_000
	}
	rows, err := d.db.QueryContext(ctx, fmt.Sprintf("SELECT %s FROM events.quarantine q WHERE %s ORDER BY id %s LIMIT %d",
		quarantineColumns, strings.Join(where, " AND "), order, f.Limit), args...)
	if err != nil {
		return nil, queryFault(ctx, err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var q warehouse.Quarantined
		var sent, settled sql.NullTime
		if err := rows.Scan(&q.ID, &q.MessageID, &q.Call, &q.Event, &q.Source, &q.UserID, &q.Received, &sent,
			&q.Reasons, &q.Payload, &q.State, &settled, &q.SettledBy); err != nil {
			return nil, queryFault(ctx, err)
		}
		q.Received, q.SentAt, q.SettledAt = q.Received.UTC(), sent.Time, settled.Time
		out = append(out, q)
	}
	return out, queryFault(ctx, rows.Err())
}

// QuarantineCounts counts open messages by event and reason.
func (d *DB) QuarantineCounts(ctx context.Context) (out []warehouse.QuarantineCount, err error) {
	rows, err := d.db.QueryContext(ctx, `SELECT q.event, r.layer, r.kind, r.property, count(DISTINCT q.id), min(q.received), max(q.received),
			any_value(r.found), any_value(r.expected)
		FROM events.quarantine q JOIN events.reasons r USING (id) WHERE q.state = 'open'
		GROUP BY ALL ORDER BY 5 DESC, 1, 3, 4`)
	if err != nil {
		return nil, queryFault(ctx, err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var c warehouse.QuarantineCount
		if err := rows.Scan(&c.Event, &c.Layer, &c.Kind, &c.Property, &c.N, &c.First, &c.Last, &c.Found, &c.Expected); err != nil {
			return nil, queryFault(ctx, err)
		}
		c.First, c.Last = c.First.UTC(), c.Last.UTC()
		out = append(out, c)
	}
	return out, queryFault(ctx, rows.Err())
}

// OpenMessages counts open messages by event.
func (d *DB) OpenMessages(ctx context.Context) (out map[string]int64, err error) {
	rows, err := d.db.QueryContext(ctx, "SELECT event, count(*) FROM events.quarantine WHERE state = 'open' GROUP BY 1")
	if err != nil {
		return nil, queryFault(ctx, err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	out = map[string]int64{}
	for rows.Next() {
		var event string
		var n int64
		if err := rows.Scan(&event, &n); err != nil {
			return nil, queryFault(ctx, err)
		}
		out[event] = n
	}
	return out, queryFault(ctx, rows.Err())
}

// EditQuarantined gives an open message another payload.
func (d *DB) EditQuarantined(ctx context.Context, id int64, payload string) error {
	r, err := d.db.ExecContext(ctx, "UPDATE events.quarantine SET payload = ? WHERE id = ? AND state = 'open'", payload, id)
	if err != nil {
		return queryFault(ctx, err)
	}
	if n, err := r.RowsAffected(); err != nil || n > 0 {
		return err
	}
	return fault.New(fault.NotFound, "not_quarantined", text.Text{
		EN: "there is no open message {id} in quarantine", ZH: "隔离区中没有编号为 {id} 的待处理消息"}, "id", strconv.FormatInt(id, 10))
}

// PurgeQuarantine deletes what is old.
func (d *DB) PurgeQuarantine(ctx context.Context, before time.Time) (int64, error) {
	select {
	case d.turn <- struct{}{}:
		defer func() { <-d.turn }()
	case <-ctx.Done():
		return 0, queryFault(ctx, ctx.Err())
	}
	tx, err := d.db.BeginTx(ctx, nil)
	if err != nil {
		return 0, queryFault(ctx, err)
	}
	r, err := tx.ExecContext(ctx, "DELETE FROM events.quarantine WHERE received < ?", before.UTC())
	if err == nil {
		_, err = tx.ExecContext(ctx, "DELETE FROM events.reasons WHERE id NOT IN (SELECT id FROM events.quarantine)")
	}
	if err == nil {
		// Many small counts of one day become one.
		_, err = tx.ExecContext(ctx, `CREATE OR REPLACE TEMP TABLE summed AS SELECT day, event, source, what, property, sum(n)::BIGINT AS n FROM events.tallies GROUP BY ALL;
			DELETE FROM events.tallies; INSERT INTO events.tallies SELECT * FROM summed; DROP TABLE summed`)
	}
	if err != nil {
		return 0, errors.Join(queryFault(ctx, err), ignoreDone(tx.Rollback()))
	}
	if err := tx.Commit(); err != nil {
		return 0, queryFault(ctx, err)
	}
	return r.RowsAffected()
}

// Tallies sums up counts of days in [from, to).
func (d *DB) Tallies(ctx context.Context, from, to time.Time) (out []warehouse.Tally, err error) {
	rows, err := d.db.QueryContext(ctx, `SELECT day, event, source, what, property, sum(n)::BIGINT FROM events.tallies
		WHERE day >= ? AND day < ? GROUP BY ALL ORDER BY ALL`, from.Format(time.DateOnly), to.Format(time.DateOnly))
	if err != nil {
		return nil, queryFault(ctx, err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var t warehouse.Tally
		if err := rows.Scan(&t.Day, &t.Event, &t.Source, &t.What, &t.Property, &t.N); err != nil {
			return nil, queryFault(ctx, err)
		}
		t.Day = t.Day.UTC()
		out = append(out, t)
	}
	return out, queryFault(ctx, rows.Err())
}
