package duckdb

import (
	"context"
	"database/sql/driver"
	"errors"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/duckdb/duckdb-go/v2"

	"lodestar/internal/behind"
)

// engine opens connections to the database in a file. An engine that has given
// up, as it does when the disk is full in the midst of a checkpoint, answers
// nothing any more: once the last of its connections is closed another one is
// started in its place, which finds what was committed.
type engine struct {
	path     string
	settings []string // of the engine as a whole
	again    func()   // called when another one was started

	broken atomic.Bool
	mu     sync.Mutex
	inner  *duckdb.Connector // nil when it could not be started again
	open   int               // connections
}

func startEngine(path string, settings []string, again func()) (*engine, error) {
	e := &engine{path: path, settings: settings, again: again}
	return e, e.start(context.Background())
}

// start starts an engine. The caller holds e.mu, or nobody else knows e.
func (e *engine) start(ctx context.Context) (err error) {
	behind.Between(func() { err = e.begin(ctx) }) // the engine starts its threads
	return err
}

func (e *engine) begin(ctx context.Context) (err error) {
	inner, err := duckdb.NewConnector(e.path, connect)
	if err != nil {
		return err
	}
	c, err := inner.Connect(ctx)
	if err == nil {
		for _, s := range e.settings {
			if _, err = c.(driver.ExecerContext).ExecContext(ctx, s, nil); err != nil {
				break
			}
		}
		err = errors.Join(err, c.Close())
	}
	if err != nil {
		return errors.Join(err, inner.Close())
	}
	e.inner = inner
	e.broken.Store(false)
	return nil
}

// connect runs on every new connection; the settings here belong to a session.
func connect(execer driver.ExecerContext) error {
	_, err := execer.ExecContext(context.Background(), "SET schema = 'main'", nil)
	return err
}

// Connect opens a connection.
func (e *engine) Connect(ctx context.Context) (driver.Conn, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.broken.Load() || e.inner == nil {
		if err := e.restart(ctx); err != nil {
			return nil, err
		}
	}
	c, err := e.inner.Connect(ctx)
	if err != nil {
		e.note(err)
		return nil, err
	}
	e.open++
	return &conn{Conn: c.(*duckdb.Conn), e: e}, nil
}

func (e *engine) restart(ctx context.Context) error {
	if e.open > 0 {
		return errStopped
	}
	if e.inner != nil {
		if err := e.inner.Close(); err != nil {
			return err
		}
		e.inner = nil
	}
	if err := e.start(context.WithoutCancel(ctx)); err != nil {
		return errors.Join(errStopped, err)
	}
	e.again()
	return nil
}

// Driver is that of the connections.
func (e *engine) Driver() driver.Driver { return duckdb.Driver{} }

// Close ends the engine.
func (e *engine) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.inner == nil {
		return nil
	}
	return e.inner.Close()
}

// note finds out that the engine has given up.
func (e *engine) note(err error) {
	if err != nil && gaveUp(err) {
		e.broken.Store(true)
	}
}

func gaveUp(err error) bool { return strings.Contains(err.Error(), "database has been invalidated") }

// conn is a connection of an engine. Those of one that has given up are closed
// instead of being used again.
type conn struct {
	*duckdb.Conn
	e *engine
}

// ExecContext runs a statement that gives no rows.
func (c *conn) ExecContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Result, error) {
	r, err := c.Conn.ExecContext(ctx, text, args)
	c.e.note(err)
	return r, err
}

// QueryContext runs a statement.
func (c *conn) QueryContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Rows, error) {
	r, err := c.Conn.QueryContext(ctx, text, args)
	c.e.note(err)
	return r, err
}

// BeginTx begins a transaction.
func (c *conn) BeginTx(ctx context.Context, o driver.TxOptions) (driver.Tx, error) {
	tx, err := c.Conn.BeginTx(ctx, o)
	c.e.note(err)
	return tx, err
}

// ResetSession is asked before a connection is used again.
func (c *conn) ResetSession(context.Context) error {
	if c.e.broken.Load() {
		return driver.ErrBadConn
	}
	return nil
}

// IsValid is asked before a connection is kept.
func (c *conn) IsValid() bool { return !c.e.broken.Load() }

// Close closes.
func (c *conn) Close() error {
	c.e.mu.Lock()
	defer c.e.mu.Unlock()
	c.e.open--
	return c.Conn.Close()
}
