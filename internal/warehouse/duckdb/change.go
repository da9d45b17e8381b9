package duckdb

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"lodestar/internal/fault"
	"lodestar/internal/text"
	"lodestar/internal/warehouse"
)

// Columns of every stored table besides the dataset's own.
const (
	loadColumn = "_load" // version that brought the row
	lineColumn = "_line" // where it stood in the file; gone before commit
)

// change is one load in one transaction.
type change struct {
	db      *DB
	conn    backConn
	spec    warehouse.LoadSpec
	seq     int64
	current ledgerRow // newest before this change
	table   string    // what the rows are read into
	read    int64
	dropped int64
	folded  int64
	rejects int64

	// Set by Apply.
	final, previous string
	gone            int64 // rows read that say that one is gone
	replaced        int64 // rows that were there before and are not now
	deleted         int64 // of those, the ones that nothing took the place of
	done            bool

	unfit   string // table of keys that did not fit, made by this change; empty for none
	settled bool   // some of them are gone at the source
}

// Begin waits for its turn, then starts a change. The caller must end it with
// Commit or Rollback.
func (d *DB) Begin(ctx context.Context, spec warehouse.LoadSpec) (warehouse.Change, error) {
	c, err := d.begin(ctx, spec)
	if err != nil {
		return nil, err
	}
	return c, nil
}

func (d *DB) begin(ctx context.Context, spec warehouse.LoadSpec) (*change, error) {
	select {
	case d.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, queryFault(ctx, ctx.Err())
	}
	c := &change{db: d, spec: spec}
	if err := c.start(ctx); err != nil {
		return nil, errors.Join(err, c.Rollback())
	}
	return c, nil
}

func (c *change) start(ctx context.Context) (err error) {
	if c.conn.Conn, err = c.db.db.Conn(ctx); err != nil {
		return queryFault(ctx, err)
	}
	if err := c.exec(ctx, "BEGIN TRANSACTION"); err != nil {
		return err
	}
	if err := c.conn.QueryRowContext(ctx, "SELECT coalesce(max(seq), 0) + 1 FROM ledger.loads").Scan(&c.seq); err != nil {
		return queryFault(ctx, err)
	}
	c.current, err = newest(ctx, c.conn, c.spec.Dataset)
	if err != nil {
		return queryFault(ctx, err)
	}
	c.table = fmt.Sprintf("%s@%d", c.spec.Dataset, c.seq)
	return c.create(ctx, "data", c.table)
}

func (c *change) create(ctx context.Context, schema, table string) error {
	var b strings.Builder
	fmt.Fprintf(&b, "CREATE TABLE %s.%s (", schema, Dialect{}.Quote(table))
	for _, col := range c.spec.Columns {
		fmt.Fprintf(&b, "%s %s, ", Dialect{}.Quote(col.Name), columnType(col))
	}
	if c.spec.Lines {
		b.WriteString(lineColumn + " BIGINT, ")
	}
	b.WriteString(loadColumn + " BIGINT)")
	return c.exec(ctx, b.String())
}

func columnType(c warehouse.StoredColumn) string {
	return Dialect{}.ColumnType(c.Type, c.Precision, c.Scale)
}

func (c *change) exec(ctx context.Context, text string, args ...any) error {
	_, err := c.execCount(ctx, text, args...)
	return err
}

func (c *change) execCount(ctx context.Context, text string, args ...any) (int64, error) {
	r, err := c.conn.ExecContext(ctx, text, args...)
	if err != nil {
		return 0, queryFault(ctx, err)
	}
	return r.RowsAffected()
}

// Rollback gives up; see warehouse.Change.
func (c *change) Rollback() error {
	if c.done {
		return nil
	}
	c.done = true
	defer func() { <-c.db.turn }()
	if c.conn.Conn == nil {
		return nil
	}
	// The context of the load may be over; the rollback happens all the same.
	_, err := c.conn.ExecContext(context.Background(), "ROLLBACK")
	if err != nil && strings.Contains(err.Error(), "no transaction is active") {
		err = nil
	}
	return errors.Join(err, c.conn.Close())
}

// Commit ends the change; see warehouse.Change.
func (c *change) Commit(ctx context.Context, o warehouse.Outcome) (warehouse.State, error) {
	loaded := c.read - c.dropped - c.folded - c.gone
	if o.Records != loaded+o.Rejected+c.folded+c.gone || o.Rejected != c.rejects || loaded < 0 {
		return warehouse.State{}, fmt.Errorf("load of %s: %d records are not %d loaded + %d rejected (%d stored) + %d folded + %d gone",
			c.spec.Dataset, o.Records, loaded, o.Rejected, c.rejects, c.folded, c.gone)
	}
	row := ledgerRow{seq: c.seq, load: c.spec.ID, dataset: c.spec.Dataset, mode: c.spec.Mode,
		file: c.spec.File, hash: o.Hash, actor: c.spec.Actor, at: c.spec.At, table: c.final, previous: c.previous,
		records: o.Records, loaded: loaded, rejected: o.Rejected, columns: c.spec.Columns,
		mark: c.current.mark, folded: c.folded, gone: c.gone, deleted: c.deleted, brought: c.spec.Brought()}
	if o.Mark != nil {
		row.mark = *o.Mark
	}
	row.key = "none"
	if len(c.spec.Key) > 0 {
		row.key = "unique"
	}
	if c.spec.Mode == "append" && c.current.key == "broken" {
		row.key = "broken"
	}
	expected := loaded
	switch c.spec.Mode {
	case "replace":
	case "retain":
		row.records, row.loaded, row.folded = 0, 0, 0
		row.columns, row.key = c.current.columns, c.current.key
		expected = c.current.rows - c.replaced
	default:
		expected += c.current.rows - c.replaced
	}
	if row.table == c.current.table && row.loaded+row.gone == 0 { // nothing came, so nothing is newer
		row.brought = c.current.brought
	}
	if err := c.count(ctx, expected); err != nil {
		return warehouse.State{}, err
	}
	if err := c.weighUnfit(ctx, &row); err != nil {
		return warehouse.State{}, err
	}
	return c.commit(ctx, row)
}

// count checks that the table has as many rows as the figures say.
func (c *change) count(ctx context.Context, expected int64) error {
	var rows int64
	if err := c.conn.QueryRowContext(ctx, "SELECT count(*) FROM "+dataTable(c.final)).Scan(&rows); err != nil {
		return queryFault(ctx, err)
	}
	if rows != expected {
		return fmt.Errorf("load of %s: the table has %d rows, not %d", c.spec.Dataset, rows, expected)
	}
	return nil
}

// commit measures the table, writes the ledger row and makes both visible.
func (c *change) commit(ctx context.Context, row ledgerRow) (warehouse.State, error) {
	if err := c.measure(ctx, &row); err != nil {
		return warehouse.State{}, err
	}
	if err := row.insert(ctx, c.conn); err != nil {
		return warehouse.State{}, queryFault(ctx, err)
	}
	if err := c.forget(ctx); err != nil {
		return warehouse.State{}, err
	}
	if err := c.exec(ctx, "COMMIT"); err != nil {
		return warehouse.State{}, err
	}
	c.done = true
	state := row.state()
	c.db.remember(state)
	// What follows only tidies up; the change is in.
	if sweepErr := c.db.sweep(context.WithoutCancel(ctx)); sweepErr != nil {
		c.db.log.Warn("old tables stay until the next start", "error", sweepErr)
	}
	err := c.conn.Close()
	<-c.db.turn
	return state, err
}

// keptLoads is how many rows of the ledger a dataset keeps at least: what is
// synced every minute has many.
const keptLoads = 2000

// forget lets go of old rows of the ledger, now and then.
func (c *change) forget(ctx context.Context) error {
	if c.seq%100 != 0 {
		return nil
	}
	return c.exec(ctx, fmt.Sprintf(`DELETE FROM ledger.loads WHERE dataset = ? AND seq <=
		(SELECT seq FROM ledger.loads WHERE dataset = ? ORDER BY seq DESC LIMIT 1 OFFSET %d)`, keptLoads), c.spec.Dataset, c.spec.Dataset)
}

var errSchema = fault.New(fault.Conflict, "columns_changed", text.Text{
	EN: "the dataset's columns have changed since its rows were loaded; convert the rows to the new columns, or load with mode replace",
	ZH: "数据集的列定义在上次导入后已变更；请先按新定义转换已有数据，或以 replace 方式重新导入"})
