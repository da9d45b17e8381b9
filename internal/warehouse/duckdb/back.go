package duckdb

import (
	"context"
	"database/sql"

	"lodestar/internal/behind"
)

// backConn is a connection whose statements run behind those of questions.
type backConn struct{ *sql.Conn }

// ExecContext runs a statement that gives no rows.
func (c backConn) ExecContext(ctx context.Context, text string, args ...any) (r sql.Result, err error) {
	behind.Do(func() { r, err = c.Conn.ExecContext(ctx, text, args...) })
	return r, err
}

// QueryContext runs a statement; the engine has finished it when this returns.
func (c backConn) QueryContext(ctx context.Context, text string, args ...any) (rows *sql.Rows, err error) {
	behind.Do(func() { rows, err = c.Conn.QueryContext(ctx, text, args...) })
	return rows, err
}

// QueryRowContext runs a statement for its one row.
func (c backConn) QueryRowContext(ctx context.Context, text string, args ...any) (row *sql.Row) {
	behind.Do(func() { row = c.Conn.QueryRowContext(ctx, text, args...) })
	return row
}
