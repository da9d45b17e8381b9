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
	old := c.current.table
	if err := c.followUnfit(ctx); err != nil {
		return err
	}
	if c.spec.Mode == "retain" {
		return c.retain(ctx)
	}
	if c.spec.Mode == "replace" || old == "" {
		return c.replace(ctx)
	}
	if !slices.Equal(normalColumns(c.current.columns), normalColumns(c.spec.Columns)) {
		return errSchema
	}
	c.final = old
	if c.spec.Mode != "append" {
		if err := c.takeOut(ctx, c.inNew(), c.spec.Mode == "upsert"); err != nil {
			return err
		}
	}
	names, there := strings.Join(c.storedNames(), ", "), ""
	if c.spec.Mode == "change" && c.spec.Lines {
		there = " WHERE " + lineColumn + " > 0"
	}
	n, err := c.execCount(ctx, fmt.Sprintf("INSERT INTO %s (%s) SELECT %s FROM %s%s",
		dataTable(old), names, names, dataTable(c.table), there))
	if err != nil {
		return err
	}
	c.gone = c.read - c.dropped - c.folded - n
	return c.exec(ctx, "DROP TABLE "+dataTable(c.table))
}

// replace makes the table of what was read that of the dataset.
func (c *change) replace(ctx context.Context) (err error) {
	c.final, c.previous = c.table, c.current.table
	if c.spec.Lines {
		if c.spec.Mode == "change" { // the first rows of all: nothing was there to go
			if c.gone, err = c.execCount(ctx, "DELETE FROM "+dataTable(c.table)+" WHERE "+lineColumn+" < 0"); err != nil {
				return err
			}
		}
		if err := c.exec(ctx, "ALTER TABLE "+dataTable(c.table)+" DROP COLUMN "+lineColumn); err != nil {
			return err
		}
	}
	if c.spec.Mode != "change" {
		c.spec.Mode = "replace"
	}
	return nil
}

// retain lets go of rows whose key was not read.
func (c *change) retain(ctx context.Context) error {
	if c.current.table == "" {
		return errNoTable(c.spec.Dataset)
	}
	was := byName(c.current.columns)
	for _, col := range c.spec.Columns {
		if old, ok := was[col.Name]; !ok || columnType(old) != columnType(col) {
			return errSchema
		}
	}
	c.final = c.current.table
	if err := c.takeOut(ctx, "NOT "+c.inNew(), true); err != nil {
		return err
	}
	c.deleted = c.replaced
	return c.exec(ctx, "DROP TABLE "+dataTable(c.table))
}

// Idle reports that nothing would change; see warehouse.Change.
func (c *change) Idle() bool { return c.spec.Mode == "retain" && c.replaced == 0 && !c.settled }

// takeOut removes the rows t of the dataset that meet a condition, and keeps
// them aside for an undo.
func (c *change) takeOut(ctx context.Context, where string, keep bool) (err error) {
	old := dataTable(c.current.table)
	if keep {
		c.previous = c.table
		if err := c.exec(ctx, fmt.Sprintf("CREATE TABLE previous.%s AS SELECT t.* FROM %s t WHERE %s",
			Dialect{}.Quote(c.previous), old, where)); err != nil {
			return err
		}
	}
	if c.spec.Mode == "change" && c.spec.Lines {
		if err := c.conn.QueryRowContext(ctx, fmt.Sprintf("SELECT count(*) FROM %s t WHERE %s",
			old, c.inNewWhere("n."+lineColumn+" < 0"))).Scan(&c.deleted); err != nil {
			return queryFault(ctx, err)
		}
	}
	c.replaced, err = c.execCount(ctx, fmt.Sprintf("DELETE FROM %s t WHERE %s", old, where))
	return err
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
		if last.mode == "change" {
			return warehouse.State{}, fault.New(fault.Conflict, "changes_stay", text.Text{
				EN: "the last rows of {dataset} came from its source's log of changes, which is not told again; change the rows there, or have all of them read again with lodestar sync {dataset} --full",
				ZH: "{dataset} 最近的数据来自源库的变更日志，日志不会重发，因此不能撤销；请在源库中修改，或执行 lodestar sync {dataset} --full 重新读取全部数据"},
				"dataset", c.spec.Dataset)
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
		actor: c.spec.Actor, at: c.spec.At, key: "none", brought: c.spec.At}
	if len(before) > 0 {
		row.columns, row.key, row.mark, row.brought = before[0].columns, before[0].key, before[0].mark, before[0].brought
		row.unfit, row.outdated, row.absent = before[0].unfit, before[0].outdated, before[0].absent
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
	if last.mode == "upsert" || last.mode == "retain" {
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
			actor: spec.Actor, at: spec.At, key: "none", brought: spec.At})
	}
	if err != nil {
		if rollback := c.Rollback(); rollback != nil {
			d.log.Error("roll back a drop", "dataset", spec.Dataset, "error", rollback)
		}
	}
	return err
}
