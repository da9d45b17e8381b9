package duckdb

import (
	"context"
	"database/sql"
	"runtime"
)

// Loads and questions share the cores. What loads do runs on threads of lower
// priority, and so do the engine's own threads, which work for both: the thread
// of a question, and those that serve HTTP, get a core as soon as they want one.

// behind runs do on a thread of its own, with lower priority where the system
// has that for threads. Threads that do starts inherit it.
func behind(do func()) {
	var panicked any
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() { panicked = recover() }()
		runtime.LockOSThread()
		if mainThread() { // which never ends; as long as it is held, another one is taken
			defer runtime.UnlockOSThread()
			behind(do)
			return
		}
		lowerPriority() // and never unlocked: the thread ends with the goroutine
		do()
	}()
	if <-done; panicked != nil {
		panic(panicked)
	}
}

// backConn is a connection whose statements run behind those of questions.
type backConn struct{ *sql.Conn }

// ExecContext runs a statement that gives no rows.
func (c backConn) ExecContext(ctx context.Context, text string, args ...any) (r sql.Result, err error) {
	behind(func() { r, err = c.Conn.ExecContext(ctx, text, args...) })
	return r, err
}

// QueryContext runs a statement; the engine has finished it when this returns.
func (c backConn) QueryContext(ctx context.Context, text string, args ...any) (rows *sql.Rows, err error) {
	behind(func() { rows, err = c.Conn.QueryContext(ctx, text, args...) })
	return rows, err
}

// QueryRowContext runs a statement for its one row.
func (c backConn) QueryRowContext(ctx context.Context, text string, args ...any) (row *sql.Row) {
	behind(func() { row = c.Conn.QueryRowContext(ctx, text, args...) })
	return row
}
