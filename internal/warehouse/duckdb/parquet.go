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

// DescribeParquet lists the columns of a staged file and counts its rows.
func (d *DB) DescribeParquet(ctx context.Context, path string) (columns []warehouse.FileColumn, count int64, err error) {
	source := "read_parquet(" + quoteText(path) + ")"
	rows, err := d.db.QueryContext(ctx, "SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM "+source+")")
	if err != nil {
		return nil, 0, parquetFault(ctx, err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var name, kind string
		if err := rows.Scan(&name, &kind); err != nil {
			return nil, 0, queryFault(ctx, err)
		}
		c := warehouse.FileColumn{Name: name, Type: exprType(kind), Zoned: kind == "TIMESTAMP WITH TIME ZONE"}
		switch kind {
		case "HUGEINT", "UHUGEINT", "UBIGINT", "TIMESTAMP_NS", "BLOB", "TIME", "INTERVAL", "UUID":
		default:
			c.Exact = c.Type != expr.String || kind == "VARCHAR"
		}
		if _, err := fmt.Sscanf(kind, "DECIMAL(%d,%d)", &c.Precision, &c.Scale); err != nil {
			c.Precision, c.Scale = 0, 0
		}
		columns = append(columns, c)
	}
	if err := rows.Err(); err != nil {
		return nil, 0, parquetFault(ctx, err)
	}
	err = d.db.QueryRowContext(ctx, "SELECT count(*) FROM "+source).Scan(&count)
	return columns, count, parquetFault(ctx, err)
}

// ParquetText reads columns of a staged file, each value as text or nil.
func (d *DB) ParquetText(ctx context.Context, path string, columns []string) (warehouse.Rows, error) {
	parts := make([]string, len(columns))
	for i, c := range columns {
		parts[i] = "CAST(" + Dialect{}.Quote(c) + " AS VARCHAR)"
	}
	rows, err := d.Query(ctx, expr.SQL{Text: "SELECT " + strings.Join(parts, ", ") + " FROM read_parquet(" + quoteText(path) + ")"})
	return rows, parquetFault(ctx, err)
}

func parquetFault(ctx context.Context, err error) error {
	if err == nil || ctx.Err() != nil {
		return queryFault(ctx, err)
	}
	return fault.New(fault.Invalid, "broken_file", text.Text{
		EN: "this Parquet file is damaged or cut short; send it again",
		ZH: "Parquet 文件已损坏或不完整，请重新上传"}).Wrap(err)
}
