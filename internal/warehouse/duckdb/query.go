package duckdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/duckdb/duckdb-go/v2"

	"lodestar/internal/expr"
	"lodestar/internal/fault"
	"lodestar/internal/text"
	"lodestar/internal/warehouse"
)

// Query runs one SELECT; see warehouse.Warehouse.
func (d *DB) Query(ctx context.Context, q expr.SQL) (warehouse.Rows, error) {
	r, err := query(ctx, d.db, q)
	if err != nil {
		return nil, err
	}
	return r, nil
}

// asker is a database or one connection to it.
type asker interface {
	QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error)
}

func query(ctx context.Context, on asker, q expr.SQL) (*rows, error) {
	r, err := on.QueryContext(ctx, q.Text, q.Args...)
	if err != nil {
		return nil, queryFault(ctx, err)
	}
	types, err := r.ColumnTypes()
	if err != nil {
		return nil, errors.Join(queryFault(ctx, err), r.Close())
	}
	out := &rows{ctx: ctx, rows: r, columns: make([]warehouse.Column, len(types)),
		values: make([]any, len(types)), targets: make([]any, len(types))}
	for i, t := range types {
		out.columns[i] = columnOf(t.Name(), t.DatabaseTypeName())
		out.targets[i] = &out.values[i]
	}
	return out, nil
}

type rows struct {
	ctx     context.Context
	rows    *sql.Rows
	columns []warehouse.Column
	values  []any
	targets []any
	err     error
}

func (r *rows) Columns() []warehouse.Column { return r.columns }

func (r *rows) Next() bool {
	if r.err != nil || !r.rows.Next() {
		return false
	}
	if r.err = r.rows.Scan(r.targets...); r.err != nil {
		return false
	}
	for i, v := range r.values {
		r.values[i] = value(v)
	}
	return true
}

func (r *rows) Values() []any { return r.values }

func (r *rows) Err() error {
	if r.err != nil {
		return queryFault(r.ctx, r.err)
	}
	return queryFault(r.ctx, r.rows.Err())
}

func (r *rows) Close() error { return r.rows.Close() }

func value(v any) any {
	switch v := v.(type) {
	case duckdb.Decimal:
		return warehouse.BigDecimal(v.Value, int(v.Scale))
	case time.Time:
		return v.UTC()
	}
	return warehouse.Normalise(v)
}

// columnOf describes a column by DuckDB's name of its type.
func columnOf(name, engineType string) warehouse.Column {
	c := warehouse.Column{Name: name, Type: exprType(engineType)}
	switch {
	case c.Type == expr.Decimal:
		// What does not look like DECIMAL(18,2) leaves both unknown.
		if n, err := fmt.Sscanf(engineType, "DECIMAL(%d,%d)", &c.Precision, &c.Scale); err != nil || n != 2 {
			c.Precision, c.Scale = 0, 0
		}
	case engineType == "HUGEINT" || engineType == "UHUGEINT":
		c.Precision = 38
	}
	return c
}

// exprType maps DuckDB's name of a type.
func exprType(name string) expr.Type {
	name, _, _ = strings.Cut(name, "(")
	switch name {
	case "BOOLEAN":
		return expr.Boolean
	case "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT":
		return expr.Integer
	case "DECIMAL":
		return expr.Decimal
	case "FLOAT", "DOUBLE":
		return expr.Float
	case "DATE":
		return expr.Date
	case "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS", "TIMESTAMPTZ", "TIMESTAMP WITH TIME ZONE":
		return expr.Timestamp
	case "SQLNULL", "NULL":
		return expr.Null
	}
	return expr.String
}

var errStopped = fault.New(fault.Unavailable, "warehouse_stopped", text.Text{
	EN: "the warehouse has stopped after an error, most likely for want of space on its disk; what was stored is safe: free some space and try again, it starts again by itself",
	ZH: "数据仓库因错误已停止（多半是磁盘空间不足），已存入的数据安全；请清理磁盘后重试，它会自行重新启动"})

// The words by which the engine says that the disk is full.
var filled = []string{"No space left on device", "Disk quota exceeded", "File too large", "not enough disk space", "disk space limit"}

// queryFault says what an error of the engine means to the caller.
func queryFault(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	var f *fault.Error
	if errors.As(err, &f) {
		return err
	}
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return fault.New(fault.Timeout, "query_timeout", text.Text{
			EN: "the query took longer than allowed; ask for a shorter range or fewer dimensions",
			ZH: "查询超时；请缩短时间范围或减少维度"}).Wrap(err)
	case ctx.Err() != nil:
		return fault.New(fault.Canceled, "canceled", text.Text{
			EN: "the query was cancelled", ZH: "查询已取消"}).Wrap(err)
	case errors.Is(err, sql.ErrConnDone), strings.Contains(err.Error(), "database is closed"):
		return fault.New(fault.Unavailable, "warehouse_closed", text.Text{
			EN: "the warehouse is shutting down; try again shortly",
			ZH: "数据仓库正在关闭，请稍后再试"}).Wrap(err)
	}
	var e *duckdb.Error
	if errors.Is(err, errStopped) || gaveUp(err) {
		return errStopped.Wrap(err)
	}
	if !errors.As(err, &e) {
		return err
	}
	if slices.ContainsFunc(filled, func(say string) bool { return strings.Contains(e.Msg, say) }) {
		return fault.New(fault.Unavailable, "disk_full", text.Text{
			EN: "there is no space left on the disk of the data directory; free some and try again: nothing was changed",
			ZH: "数据目录所在磁盘空间不足；请清理后重试：数据未作改动"}).Wrap(err)
	}
	switch e.Type {
	case duckdb.ErrorTypeOutOfRange, duckdb.ErrorTypeConversion:
		return fault.New(fault.Invalid, "out_of_range", text.Text{
			EN: "a number in this calculation is too large; divide or cast it to float first",
			ZH: "计算中出现了过大的数值；请先相除，或转换为 float"}).Wrap(err)
	case duckdb.ErrorTypeOutOfMemory:
		return fault.New(fault.Unavailable, "out_of_memory", text.Text{
			EN: "this needs more memory than the warehouse may use; ask for fewer rows or raise --memory",
			ZH: "所需内存超出数据仓库的上限；请减少数据量，或调大 --memory"}).Wrap(err)
	}
	return err
}
