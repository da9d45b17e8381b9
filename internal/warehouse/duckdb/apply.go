package duckdb

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"lodestar/internal/fault"
	"lodestar/internal/text"
	"lodestar/internal/warehouse"
)

// Apply brings the rows into the dataset's table; see warehouse.Change.
func (c *change) Apply(ctx context.Context) error {
	if c.spec.Lines {
		if err := c.exec(ctx, "ALTER TABLE "+dataTable(c.table)+" DROP COLUMN "+lineColumn); err != nil {
			return err
		}
	}
	old := c.current.table
	if c.spec.Mode == "replace" || old == "" {
		c.final, c.previous = c.table, old
		c.spec.Mode = "replace"
		return nil
	}
	if !slices.Equal(normalColumns(c.current.columns), normalColumns(c.spec.Columns)) {
		return errSchema
	}
	c.final = old
	if c.spec.Mode == "upsert" {
		c.previous = c.table
		if err := c.exec(ctx, fmt.Sprintf("CREATE TABLE previous.%s AS SELECT t.* FROM %s t WHERE %s",
			Dialect{}.Quote(c.previous), dataTable(old), c.inNew())); err != nil {
			return err
		}
		if err := c.exec(ctx, fmt.Sprintf("DELETE FROM %s t WHERE %s", dataTable(old), c.inNew())); err != nil {
			return err
		}
	}
	names := strings.Join(c.storedNames(), ", ")
	if err := c.exec(ctx, fmt.Sprintf("INSERT INTO %s (%s) SELECT %s FROM %s",
		dataTable(old), names, names, dataTable(c.table))); err != nil {
		return err
	}
	return c.exec(ctx, "DROP TABLE "+dataTable(c.table))
}

func (c *change) storedNames() []string {
	var names []string
	for _, col := range c.spec.Columns {
		names = append(names, Dialect{}.Quote(col.Name))
	}
	return append(names, loadColumn)
}

// normalColumns writes out the default digits of decimals.
func normalColumns(columns []warehouse.StoredColumn) []string {
	out := make([]string, len(columns))
	for i, c := range columns {
		out[i] = c.Name + " " + columnType(c)
	}
	slices.Sort(out) // the order of columns does not matter
	return out
}

// Undo takes the newest change of a dataset's rows back. It is a change of its
// own, with a new version, and cannot be undone in turn. fault.Conflict when
// there is nothing to take back.
func (d *DB) Undo(ctx context.Context, spec warehouse.LoadSpec) (warehouse.State, error) {
	spec.Mode = "undo"
	c, err := d.begin(ctx, spec)
	if err != nil {
		return warehouse.State{}, err
	}
	state, err := c.undo(ctx)
	if err != nil {
		if rollback := c.Rollback(); rollback != nil {
			d.log.Error("roll back an undo", "dataset", spec.Dataset, "error", rollback)
		}
	}
	return state, err
}

func (c *change) undo(ctx context.Context) (warehouse.State, error) {
	last := c.current
	if !last.canUndo() {
		if last.mode == "recast" {
			return warehouse.State{}, fault.New(fault.Conflict, "rows_follow_definition", text.Text{
				EN: "the rows of {dataset} last changed with its definition; change the definition back instead",
				ZH: "{dataset} 上一次变化来自定义的修改；请改回定义"}, "dataset", c.spec.Dataset)
		}
		return warehouse.State{}, fault.New(fault.Conflict, "nothing_to_undo", text.Text{
			EN: "the last change of {dataset} cannot be undone: there is no earlier version",
			ZH: "{dataset} 没有可以恢复的上一个版本"}, "dataset", c.spec.Dataset)
	}
	before, err := ledgerRows(ctx, c.conn, "WHERE dataset = ? AND seq < ? ORDER BY seq DESC LIMIT 1", c.spec.Dataset, last.seq)
	if err != nil {
		return warehouse.State{}, queryFault(ctx, err)
	}
	row := ledgerRow{seq: c.seq, load: c.spec.ID, dataset: c.spec.Dataset, mode: "undo", file: last.file,
		actor: c.spec.Actor, at: c.spec.At, key: "none"}
	if len(before) > 0 {
		row.columns, row.key = before[0].columns, before[0].key
	}
	if err := c.exec(ctx, "DROP TABLE "+dataTable(c.table)); err != nil {
		return warehouse.State{}, err
	}
	switch last.mode {
	case "replace":
		row.table = last.previous
	default:
		row.table = last.table
		if err := c.exec(ctx, fmt.Sprintf("DELETE FROM %s WHERE %s = %d", dataTable(last.table), loadColumn, last.seq)); err != nil {
			return warehouse.State{}, err
		}
	}
	if last.mode == "upsert" {
		if err := c.exec(ctx, fmt.Sprintf("INSERT INTO %s BY NAME SELECT * FROM previous.%s",
			dataTable(last.table), Dialect{}.Quote(last.previous))); err != nil {
			return warehouse.State{}, err
		}
	}
	return c.commit(ctx, row)
}

// Drop forgets a dataset's rows for good. Its version still grows.
func (d *DB) Drop(ctx context.Context, spec warehouse.LoadSpec) error {
	spec.Mode = "drop"
	c, err := d.begin(ctx, spec)
	if err != nil {
		return err
	}
	if err = c.exec(ctx, "DROP TABLE "+dataTable(c.table)); err == nil {
		_, err = c.commit(ctx, ledgerRow{seq: c.seq, load: spec.ID, dataset: spec.Dataset, mode: "drop",
			actor: spec.Actor, at: spec.At, key: "none"})
	}
	if err != nil {
		if rollback := c.Rollback(); rollback != nil {
			d.log.Error("roll back a drop", "dataset", spec.Dataset, "error", rollback)
		}
	}
	return err
}
