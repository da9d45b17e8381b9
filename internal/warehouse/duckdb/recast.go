package duckdb

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"lodestar/internal/expr"
	"lodestar/internal/fault"
	"lodestar/internal/text"
	"lodestar/internal/warehouse"
)

// Recast gives the dataset's table the columns of spec: values are converted,
// new columns are empty, columns that are not named go. A value that does not
// convert exactly makes it fail with fault.Conflict; the table stays.
func (d *DB) Recast(ctx context.Context, spec warehouse.LoadSpec) (warehouse.State, error) {
	spec.Mode = "recast"
	losses, _, err := d.RecastLoss(ctx, spec)
	if err != nil {
		return warehouse.State{}, err
	}
	for _, l := range losses {
		if l.Lost > 0 {
			return warehouse.State{}, fault.New(fault.Conflict, "recast_loses", text.Text{
				EN: "{lost} values of column {column} do not convert; mend them and load the file again",
				ZH: "列 {column} 中有 {lost} 个值无法转换；请修正后重新导入文件"}, "lost", l.Lost, "column", l.Column)
		}
	}
	c, err := d.begin(ctx, spec)
	if err != nil {
		return warehouse.State{}, err
	}
	state, err := c.recast(ctx)
	if err != nil {
		if rollback := c.Rollback(); rollback != nil {
			d.log.Error("roll back a conversion", "dataset", spec.Dataset, "error", rollback)
		}
	}
	return state, err
}

func (c *change) recast(ctx context.Context) (warehouse.State, error) {
	if c.current.table == "" {
		return warehouse.State{}, errNoTable(c.spec.Dataset)
	}
	was := byName(c.current.columns)
	var names, values []string
	for _, col := range c.spec.Columns {
		if old, ok := was[col.Name]; ok {
			names = append(names, Dialect{}.Quote(col.Name))
			values = append(values, recastValue(old, col))
		}
	}
	names, values = append(names, loadColumn), append(values, loadColumn)
	if err := c.exec(ctx, fmt.Sprintf("INSERT INTO %s (%s) SELECT %s FROM %s", dataTable(c.table),
		strings.Join(names, ", "), strings.Join(values, ", "), dataTable(c.current.table))); err != nil {
		return warehouse.State{}, err
	}
	row := ledgerRow{seq: c.seq, load: c.spec.ID, dataset: c.spec.Dataset, mode: "recast", file: c.current.file,
		hash: c.current.hash, actor: c.spec.Actor, at: c.spec.At, table: c.table, previous: c.current.table,
		records: c.current.rows, loaded: c.current.rows, key: "none", columns: c.spec.Columns, mark: c.current.mark, brought: c.current.brought}
	if len(c.spec.Key) > 0 {
		unique, err := c.KeysUnique(ctx)
		if err != nil {
			return warehouse.State{}, err
		}
		if row.key = "unique"; !unique {
			row.key = "broken"
		}
	}
	if err := c.recastUnfit(ctx); err != nil {
		return warehouse.State{}, err
	}
	if err := c.weighUnfit(ctx, &row); err != nil {
		return warehouse.State{}, err
	}
	return c.commit(ctx, row)
}

func errNoTable(dataset string) error {
	return fault.New(fault.NotFound, "no_rows", text.Text{
		EN: "nothing was loaded into {dataset} yet", ZH: "{dataset} 还没有导入数据"}, "dataset", dataset)
}

func byName(columns []warehouse.StoredColumn) map[string]warehouse.StoredColumn {
	out := map[string]warehouse.StoredColumn{}
	for _, c := range columns {
		out[c.Name] = c
	}
	return out
}

func recastValue(old, to warehouse.StoredColumn) string {
	name := Dialect{}.Quote(old.Name)
	if columnType(old) == columnType(to) {
		return name
	}
	return "TRY_CAST(" + name + " AS " + columnType(to) + ")"
}

// RecastLoss counts the values that would be lost, by column, and the rows.
// A value is lost when it does not convert, or comes back as another one.
func (d *DB) RecastLoss(ctx context.Context, spec warehouse.LoadSpec) (out []warehouse.Loss, rows int64, err error) {
	current, err := newest(ctx, d.db, spec.Dataset)
	if err != nil {
		return nil, 0, queryFault(ctx, err)
	}
	if current.table == "" {
		return nil, 0, errNoTable(spec.Dataset)
	}
	was, is := byName(current.columns), byName(spec.Columns)
	for _, col := range spec.Columns {
		old, ok := was[col.Name]
		if !ok {
			out = append(out, warehouse.Loss{Column: col.Name, To: col.Type})
			continue
		}
		if columnType(old) == columnType(col) {
			continue
		}
		l, err := d.loss(ctx, current.table, old, col)
		if err != nil {
			return nil, 0, err
		}
		out = append(out, l)
	}
	for _, old := range current.columns {
		if _, ok := is[old.Name]; !ok {
			out = append(out, warehouse.Loss{Column: old.Name, From: old.Type})
		}
	}
	return out, current.rows, nil
}

func (d *DB) loss(ctx context.Context, table string, old, to warehouse.StoredColumn) (l warehouse.Loss, err error) {
	l = warehouse.Loss{Column: to.Name, From: old.Type, To: to.Type}
	name, value := Dialect{}.Quote(old.Name), recastValue(old, to)
	bad := value + " IS NULL"
	switch {
	case old.Type == expr.String && to.Type.IsNumber():
		// Text reads back as itself but for zeros and signs: compare as numbers.
		bad += " OR CAST(" + value + " AS DOUBLE) <> TRY_CAST(" + name + " AS DOUBLE)"
	case old.Type == expr.String && to.Type == expr.Date:
		bad += " OR CAST(" + value + " AS TIMESTAMP) <> TRY_CAST(" + name + " AS TIMESTAMP)"
	case to.Type != expr.String && old.Type != expr.String:
		bad += " OR TRY_CAST(" + value + " AS " + columnType(old) + ") IS DISTINCT FROM " + name
	}
	where := fmt.Sprintf(" FROM %s WHERE %s IS NOT NULL AND (%s)", dataTable(table), name, bad)
	if err := d.db.QueryRowContext(ctx, "SELECT count(*)"+where).Scan(&l.Lost); err != nil {
		return l, queryFault(ctx, err)
	}
	rows, err := d.db.QueryContext(ctx, "SELECT DISTINCT CAST("+name+" AS VARCHAR) AS v"+where+" ORDER BY v LIMIT 5")
	if err != nil {
		return l, queryFault(ctx, err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return l, queryFault(ctx, err)
		}
		l.Samples = append(l.Samples, s)
	}
	return l, queryFault(ctx, rows.Err())
}

// RejectTable names the table of a load's rejects.
func (d *DB) RejectTable(load string) string { return "reject." + Dialect{}.Quote(load) }

// Bytes estimates what each dataset takes on disk, by name, from the blocks
// that its table uses.
func (d *DB) Bytes(ctx context.Context) (out map[string]int64, err error) {
	rows, err := d.db.QueryContext(ctx, `SELECT dataset, tbl FROM ledger.loads
		QUALIFY row_number() OVER (PARTITION BY dataset ORDER BY seq DESC) = 1`)
	if err != nil {
		return nil, queryFault(ctx, err)
	}
	tables := map[string]string{}
	for rows.Next() {
		var dataset, table string
		if err := rows.Scan(&dataset, &table); err != nil {
			return nil, errors.Join(queryFault(ctx, err), rows.Close())
		}
		if table != "" {
			tables[dataset] = table
		}
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return nil, queryFault(ctx, err)
	}
	out = map[string]int64{}
	for dataset, table := range tables {
		var blocks int64
		err := d.db.QueryRowContext(ctx, "SELECT count(DISTINCT block_id) FROM pragma_storage_info("+
			quoteText(dataTable(table))+") WHERE block_id >= 0").Scan(&blocks)
		if err != nil {
			return nil, queryFault(ctx, err)
		}
		out[dataset] = blocks * 256 << 10
	}
	return out, nil
}
