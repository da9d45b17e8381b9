package duckdb

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/duckdb/duckdb-go/v2"

	"lodestar/internal/warehouse"
)

var _ warehouse.Events = (*DB)(nil)

// eventSchema is what intake of events keeps besides its rows.
var eventSchema = [...]string{
	`CREATE SCHEMA IF NOT EXISTS events`,
	`CREATE TABLE IF NOT EXISTS events.position (pos BIGINT NOT NULL)`,
	`CREATE TABLE IF NOT EXISTS events.seen (id UUID NOT NULL, stored TIMESTAMP NOT NULL)`,
	`CREATE TABLE IF NOT EXISTS events.quarantine (
		id         BIGINT NOT NULL,
		message_id VARCHAR NOT NULL,
		call       VARCHAR NOT NULL,
		event      VARCHAR NOT NULL,
		source     VARCHAR NOT NULL,
		user_id    VARCHAR NOT NULL,
		received   TIMESTAMP NOT NULL,
		sent       TIMESTAMP,
		reasons    VARCHAR NOT NULL, -- JSON
		payload    VARCHAR NOT NULL,
		state      VARCHAR NOT NULL, -- open stored dismissed
		settled_at TIMESTAMP,
		settled_by VARCHAR NOT NULL
	)`,
	`CREATE TABLE IF NOT EXISTS events.reasons (
		id       BIGINT NOT NULL,    -- of the quarantined message
		layer    VARCHAR NOT NULL,
		kind     VARCHAR NOT NULL,
		property VARCHAR NOT NULL,
		found    VARCHAR NOT NULL,
		expected VARCHAR NOT NULL
	)`,
	`CREATE TABLE IF NOT EXISTS events.tallies (
		day      DATE NOT NULL,
		event    VARCHAR NOT NULL,
		source   VARCHAR NOT NULL,
		what     VARCHAR NOT NULL,
		property VARCHAR NOT NULL,
		n        BIGINT NOT NULL
	)`,
}

// EventPosition gives how far the log is stored; see warehouse.Events.
func (d *DB) EventPosition(ctx context.Context) (pos int64, err error) {
	err = d.db.QueryRowContext(ctx, "SELECT coalesce(max(pos), 0) FROM events.position").Scan(&pos)
	return pos, queryFault(ctx, err)
}

// eventChange is one transaction of StoreEvents.
type eventChange struct {
	db   *DB
	conn backConn
	now  []warehouse.State // as they are after the commit
}

// StoreEvents runs one transaction; see warehouse.Events. It takes turns with
// loads.
func (d *DB) StoreEvents(ctx context.Context, ids []warehouse.MessageID, fill func(fresh []bool) (warehouse.EventBatch, error)) (err error) {
	select {
	case d.turn <- struct{}{}:
		defer func() { <-d.turn }()
	case <-ctx.Done():
		return queryFault(ctx, ctx.Err())
	}
	c := &eventChange{db: d}
	if c.conn.Conn, err = d.db.Conn(ctx); err != nil {
		return queryFault(ctx, err)
	}
	defer func() { err = errors.Join(err, ignoreClosed(c.conn.Close())) }()
	if err = c.exec(ctx, "BEGIN TRANSACTION"); err != nil {
		return err
	}
	if err = c.run(ctx, ids, fill); err != nil {
		_, back := c.conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
		if back != nil && !strings.Contains(back.Error(), "no transaction is active") {
			err = errors.Join(err, back)
		}
		return err
	}
	for _, s := range c.now {
		d.remember(s)
	}
	return nil
}

func (c *eventChange) run(ctx context.Context, ids []warehouse.MessageID, fill func([]bool) (warehouse.EventBatch, error)) error {
	fresh, err := c.fresh(ctx, ids)
	if err != nil {
		return err
	}
	b, err := fill(fresh)
	if err != nil {
		return err
	}
	for _, t := range b.Tables {
		if err := c.table(ctx, b, t); err != nil {
			return err
		}
	}
	for _, t := range b.Taken {
		if err := c.take(ctx, b, t); err != nil {
			return err
		}
	}
	if err := c.append(ctx, "events", "seen", len(ids), func(i int) []driver.Value {
		if !fresh[i] {
			return nil
		}
		return []driver.Value{duckdb.UUID(ids[i]), b.At.UTC()}
	}); err != nil {
		return err
	}
	if err := c.setAside(ctx, b.Quarantine); err != nil {
		return err
	}
	if err := c.append(ctx, "events", "tallies", len(b.Tallies), func(i int) []driver.Value {
		t := b.Tallies[i]
		return []driver.Value{t.Day, t.Event, t.Source, t.What, t.Property, t.N}
	}); err != nil {
		return err
	}
	if err := c.settle(ctx, b.At, b.Settled); err != nil {
		return err
	}
	if b.Position != nil {
		if err := c.exec(ctx, "DELETE FROM events.position"); err != nil {
			return err
		}
		if err := c.exec(ctx, "INSERT INTO events.position VALUES (?)", *b.Position); err != nil {
			return err
		}
	}
	return c.exec(ctx, "COMMIT")
}

func (c *eventChange) exec(ctx context.Context, text string, args ...any) error {
	_, err := c.conn.ExecContext(ctx, text, args...)
	return queryFault(ctx, err)
}

// fresh tells which messages were never seen.
func (c *eventChange) fresh(ctx context.Context, ids []warehouse.MessageID) (out []bool, err error) {
	out = make([]bool, len(ids))
	first := make(map[warehouse.MessageID]bool, len(ids))
	for i, id := range ids {
		out[i] = !first[id]
		first[id] = true
	}
	if len(ids) == 0 {
		return out, nil
	}
	if err := c.exec(ctx, "CREATE OR REPLACE TEMP TABLE incoming (n INTEGER, id UUID)"); err != nil {
		return nil, err
	}
	if err := c.appendTo(ctx, "temp", "main", "incoming", len(ids), func(i int) []driver.Value {
		if !out[i] {
			return nil
		}
		return []driver.Value{int32(i), duckdb.UUID(ids[i])}
	}); err != nil {
		return nil, err
	}
	rows, err := c.conn.QueryContext(ctx, "SELECT n FROM temp.main.incoming SEMI JOIN events.seen USING (id)")
	if err != nil {
		return nil, queryFault(ctx, err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var n int
		if err := rows.Scan(&n); err != nil {
			return nil, queryFault(ctx, err)
		}
		out[n] = false
	}
	return out, queryFault(ctx, rows.Err())
}

func (c *eventChange) append(ctx context.Context, schema, table string, n int, row func(int) []driver.Value) error {
	return c.appendTo(ctx, "", schema, table, n, row)
}

// appendTo adds rows to a table; a nil row is left out.
func (c *eventChange) appendTo(ctx context.Context, catalog, schema, table string, n int, row func(int) []driver.Value) error {
	if n == 0 {
		return nil
	}
	return c.conn.Raw(func(raw any) (err error) {
		a, err := duckdb.NewAppender(raw.(*conn).Conn, catalog, schema, table)
		if err != nil {
			return fmt.Errorf("append to %s.%s: %w", schema, table, err)
		}
		defer func() { err = errors.Join(err, a.Close()) }()
		for i := range n {
			if i%4096 == 0 && ctx.Err() != nil {
				return queryFault(ctx, ctx.Err())
			}
			if cells := row(i); cells != nil {
				if err := a.AppendRow(cells...); err != nil {
					return fmt.Errorf("append to %s.%s: %w", schema, table, err)
				}
			}
		}
		return nil
	})
}

// table brings rows into the table of a dataset and writes the ledger.
func (c *eventChange) table(ctx context.Context, b warehouse.EventBatch, t warehouse.EventTable) error {
	current, err := newest(ctx, c.conn, t.Dataset)
	if err != nil {
		return queryFault(ctx, err)
	}
	var seq int64
	if err := c.conn.QueryRowContext(ctx, "SELECT coalesce(max(seq), 0) + 1 FROM ledger.loads").Scan(&seq); err != nil {
		return queryFault(ctx, err)
	}
	row := ledgerRow{seq: seq, load: "events", dataset: t.Dataset, mode: "events", file: "", actor: "events", at: b.At.UTC(), brought: b.At.UTC(),
		table: current.table, columns: current.columns, key: "unique", rows: current.rows, times: map[string][2]time.Time{}, mark: current.mark,
		unfit: current.unfit, outdated: current.outdated, absent: current.absent}
	for column, span := range current.times {
		row.times[column] = span
	}
	if current.table == "" {
		row.table, row.columns, row.rows, row.times = fmt.Sprintf("%s@%d", t.Dataset, seq), t.Columns, 0, map[string][2]time.Time{}
		fake := &change{db: c.db, conn: c.conn, spec: warehouse.LoadSpec{Columns: t.Columns}}
		if err := fake.create(ctx, "data", row.table); err != nil {
			return err
		}
	}
	order, err := orderOf(row.columns, t.Columns)
	if err != nil {
		return err
	}
	if t.Checked {
		if t.Rows, err = c.absent(ctx, row.table, t); err != nil {
			return err
		}
	}
	if len(t.Rows) == 0 && current.table != "" {
		return nil
	}
	cells := make([]driver.Value, len(row.columns)+1)
	if err := c.append(ctx, "data", row.table, len(t.Rows), func(i int) []driver.Value {
		for j, from := range order {
			cells[j] = stored(t.Rows[i][from], row.columns[j])
			if when, ok := cells[j].(time.Time); ok {
				widen(row.times, row.columns[j].Name, when)
			}
		}
		cells[len(order)] = seq
		return cells
	}); err != nil {
		return err
	}
	row.rows += int64(len(t.Rows))
	row.records, row.loaded = int64(len(t.Rows)), int64(len(t.Rows))
	// The events of a day are one entry of the ledger.
	if current.mode == "events" && current.at.Truncate(24*time.Hour).Equal(row.at.Truncate(24*time.Hour)) {
		row.records, row.loaded = row.records+current.records, row.loaded+current.loaded
		if err := c.exec(ctx, "DELETE FROM ledger.loads WHERE seq = ?", current.seq); err != nil {
			return err
		}
	}
	if err := row.findNewest(ctx, c.conn, b.Zone, current.newest); err != nil {
		return err
	}
	if err := row.insert(ctx, c.conn); err != nil {
		return queryFault(ctx, err)
	}
	c.now = append(c.now, row.state())
	return nil
}

// take lets rows go from the table of a dataset and writes the ledger. The
// bounds of times may be wider than what is left.
func (c *eventChange) take(ctx context.Context, b warehouse.EventBatch, t warehouse.TakenRows) error {
	row, err := newest(ctx, c.conn, t.Dataset)
	if err != nil || row.table == "" || len(t.Keys) == 0 {
		return queryFault(ctx, err)
	}
	if err := c.exec(ctx, "CREATE OR REPLACE TEMP TABLE taken (a VARCHAR, b VARCHAR)"); err != nil {
		return err
	}
	if err := c.appendTo(ctx, "temp", "main", "taken", len(t.Keys), func(i int) []driver.Value { return []driver.Value{t.Keys[i][0], t.Keys[i][1]} }); err != nil {
		return err
	}
	done, err := c.conn.ExecContext(ctx, fmt.Sprintf("DELETE FROM %s WHERE (%s, %s) IN (SELECT (a, b) FROM temp.main.taken)",
		dataTable(row.table), Dialect{}.Quote(t.Columns[0]), Dialect{}.Quote(t.Columns[1])))
	if err != nil {
		return queryFault(ctx, err)
	}
	n, err := done.RowsAffected()
	if err != nil {
		return err
	}
	if err := c.conn.QueryRowContext(ctx, "SELECT max(seq) + 1 FROM ledger.loads").Scan(&row.seq); err != nil {
		return queryFault(ctx, err)
	}
	row.load, row.mode, row.actor, row.at = "events", "events", "events", b.At.UTC()
	row.rows, row.records, row.loaded = row.rows-n, 0, 0
	if err := row.findNewest(ctx, c.conn, b.Zone, nil); err != nil {
		return err
	}
	if err := row.insert(ctx, c.conn); err != nil {
		return queryFault(ctx, err)
	}
	c.now = append(c.now, row.state())
	return nil
}

func widen(times map[string][2]time.Time, column string, at time.Time) {
	span, ok := times[column]
	if !ok || at.Before(span[0]) {
		span[0] = at
	}
	if !ok || at.After(span[1]) {
		span[1] = at
	}
	times[column] = span
}

// orderOf says where the value for each column of the table stands in a row.
func orderOf(table, given []warehouse.StoredColumn) ([]int, error) {
	if len(table) != len(given) {
		return nil, errSchema
	}
	at := map[string]int{}
	for i, c := range given {
		at[c.Name] = i
	}
	out := make([]int, len(table))
	for i, c := range table {
		j, ok := at[c.Name]
		if !ok || columnType(c) != columnType(given[j]) {
			return nil, errSchema
		}
		out[i] = j
	}
	return out, nil
}

// absent gives the rows whose first column is not in the table yet.
func (c *eventChange) absent(ctx context.Context, table string, t warehouse.EventTable) ([][]any, error) {
	if err := c.exec(ctx, "CREATE OR REPLACE TEMP TABLE replayed (n INTEGER, id VARCHAR)"); err != nil {
		return nil, err
	}
	if err := c.appendTo(ctx, "temp", "main", "replayed", len(t.Rows), func(i int) []driver.Value {
		return []driver.Value{int32(i), t.Rows[i][0]}
	}); err != nil {
		return nil, err
	}
	rows, err := c.conn.QueryContext(ctx, fmt.Sprintf("SELECT n FROM temp.main.replayed r WHERE EXISTS (SELECT 1 FROM %s t WHERE t.%s = r.id)",
		dataTable(table), Dialect{}.Quote(t.Columns[0].Name)))
	if err != nil {
		return nil, queryFault(ctx, err)
	}
	there := map[int]bool{}
	for rows.Next() {
		var n int
		if err := rows.Scan(&n); err != nil {
			return nil, errors.Join(queryFault(ctx, err), rows.Close())
		}
		there[n] = true
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return nil, queryFault(ctx, err)
	}
	seen := map[any]bool{}
	var out [][]any
	for i, row := range t.Rows {
		if !there[i] && !seen[row[0]] {
			out = append(out, row)
		}
		seen[row[0]] = true
	}
	return out, nil
}

// ForgetMessages forgets old messages; see warehouse.Events.
func (d *DB) ForgetMessages(ctx context.Context, before time.Time) error {
	select {
	case d.turn <- struct{}{}:
		defer func() { <-d.turn }()
	case <-ctx.Done():
		return queryFault(ctx, ctx.Err())
	}
	_, err := d.db.ExecContext(ctx, "DELETE FROM events.seen WHERE stored < ?", before.UTC())
	return queryFault(ctx, err)
}

// EventColumns gives the columns of a dataset's table as they are; none when it
// has none.
func (d *DB) EventColumns(ctx context.Context, dataset string) ([]warehouse.StoredColumn, error) {
	row, err := newest(ctx, d.db, dataset)
	if err != nil || row.table == "" {
		return nil, queryFault(ctx, err)
	}
	return row.columns, nil
}
