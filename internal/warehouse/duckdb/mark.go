package duckdb

import (
	"context"
	"errors"

	"lodestar/internal/warehouse"
)

// Mark tells from where a dataset's source is read next: what the newest change
// of its rows was committed with. Empty when it was never said.
func (d *DB) Mark(ctx context.Context, dataset string) (string, error) {
	row, err := newest(ctx, d.db, dataset)
	return row.mark, queryFault(ctx, err)
}

// SetMark moves the mark without a change of rows, so that their version stays.
// fault.NotFound when nothing was ever loaded.
func (d *DB) SetMark(ctx context.Context, dataset, mark string) (err error) {
	c, err := d.begin(ctx, warehouse.LoadSpec{Dataset: dataset})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Rollback()) }()
	if c.current.seq == 0 {
		return errNoTable(dataset)
	}
	if err := c.exec(ctx, "DROP TABLE "+dataTable(c.table)); err != nil {
		return err
	}
	if err := c.exec(ctx, "UPDATE ledger.loads SET mark = ? WHERE seq = ?", mark, c.current.seq); err != nil {
		return err
	}
	return c.exec(ctx, "COMMIT")
}
