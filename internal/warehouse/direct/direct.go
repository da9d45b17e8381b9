package direct

import (
	"context"
	"database/sql"
	"errors"
	"reflect"
	"sync"
	"time"

	"lodestar/internal/expr"
	"lodestar/internal/warehouse"
)

// DefaultTTL is for how long the rows of a table count as unchanged when
// Config does not say.
const DefaultTTL = time.Minute

// Table says where the rows of a dataset are.
type Table struct {
	Schema  string // empty for the one of the connection
	Name    string
	Columns []warehouse.StoredColumn
	Sources map[string]string // names of columns there, where they differ
	// Zone names the zone in which days begin; empty when that is not known.
	Zone string
	// Zones name the zones of columns whose times say none there, as UTC is for
	// those that are missing.
	Zones map[string]string
}

// Config is what an engine contributes.
type Config struct {
	DB      *sql.DB
	Dialect warehouse.Dialect
	Tables  map[string]Table // by dataset
	// Look finds out how a table is read.
	Look func(ctx context.Context, t Table) (Reading, error)
	TTL  time.Duration
	// Timeout bounds a statement; 0 leaves it to the context.
	Timeout time.Duration
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// Value turns what the driver gives for a column into a value of
	// warehouse.Rows.
	Value func(v any, column *sql.ColumnType) any
	// Type tells the type of a column of an answer.
	Type func(column *sql.ColumnType) expr.Type
	// Fault says what an error of the engine means; nil for one it leaves to
	// others.
	Fault func(err error) error
	// Watch, if set, runs before a statement on its connection. What it gives
	// is called when the statement is over.
	Watch func(ctx context.Context, c *sql.Conn) (stop func(), err error)
	// Check, if set, runs on the connection after the last row was read.
	Check func(ctx context.Context, c *sql.Conn, statement string) error
	// Release, if set, runs when the warehouse is closed.
	Release func() error
}

// Warehouse asks an engine directly. It is safe for concurrent use.
type Warehouse struct {
	c Config

	mu     sync.Mutex
	tables map[string]Table
	states map[string]*look
}

var _ warehouse.Warehouse = (*Warehouse)(nil)

// New makes a warehouse. It takes over c.DB.
func New(c Config) *Warehouse {
	if c.TTL <= 0 {
		c.TTL = DefaultTTL
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Warehouse{c: c, tables: c.Tables, states: map[string]*look{}}
}

// Follow maps datasets to tables anew, and forgets what is known of those that
// changed. It takes over the map.
func (w *Warehouse) Follow(tables map[string]Table) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for name := range w.states {
		if !reflect.DeepEqual(tables[name], w.tables[name]) {
			delete(w.states, name)
		}
	}
	w.tables = tables
}

// Dialect tells how the engine writes SQL.
func (w *Warehouse) Dialect() warehouse.Dialect { return w.c.Dialect }

// Close closes all connections.
func (w *Warehouse) Close() error {
	err := w.c.DB.Close()
	if w.c.Release != nil {
		err = errors.Join(err, w.c.Release())
	}
	return err
}

// Ping answers nil when the engine takes statements.
func (w *Warehouse) Ping(ctx context.Context) error { return w.fault(ctx, w.c.DB.PingContext(ctx)) }

// Query runs one SELECT; see warehouse.Warehouse.
func (w *Warehouse) Query(ctx context.Context, q expr.SQL) (warehouse.Rows, error) {
	ctx, stop := context.WithCancel(ctx)
	if w.c.Timeout > 0 {
		ctx, stop = context.WithTimeout(ctx, w.c.Timeout)
	}
	r, err := w.query(ctx, q)
	if err != nil {
		err = w.fault(ctx, err)
		stop()
		return nil, err
	}
	r.cancel = stop
	return r, nil
}

func (w *Warehouse) query(ctx context.Context, q expr.SQL) (*rows, error) {
	conn, err := w.c.DB.Conn(ctx)
	if err != nil {
		return nil, err
	}
	r := &rows{ctx: ctx, w: w, conn: conn, statement: q.Text}
	if w.c.Watch != nil {
		if r.stop, err = w.c.Watch(ctx, conn); err != nil {
			return nil, errors.Join(err, conn.Close())
		}
	}
	if r.rows, err = conn.QueryContext(ctx, q.Text, q.Args...); err == nil {
		r.types, err = r.rows.ColumnTypes()
	}
	if err != nil {
		r.ended = true
		return nil, errors.Join(err, r.Close())
	}
	r.columns = make([]warehouse.Column, len(r.types))
	r.values, r.targets = make([]any, len(r.types)), make([]any, len(r.types))
	for i, t := range r.types {
		r.columns[i] = warehouse.Column{Name: t.Name(), Type: w.c.Type(t)}
		r.targets[i] = &r.values[i]
	}
	return r, nil
}

type rows struct {
	ctx       context.Context
	w         *Warehouse
	conn      *sql.Conn
	statement string
	rows      *sql.Rows
	types     []*sql.ColumnType
	columns   []warehouse.Column
	values    []any
	targets   []any
	err       error
	ended     bool // all rows were read, or an error came
	stop      func()
	cancel    context.CancelFunc
}

func (r *rows) Columns() []warehouse.Column { return r.columns }

func (r *rows) Next() bool {
	if r.ended {
		return false
	}
	if !r.rows.Next() {
		r.ended = true
		if r.err = r.rows.Err(); r.err == nil && r.w.c.Check != nil {
			r.err = r.w.c.Check(r.ctx, r.conn, r.statement)
		}
		return false
	}
	if r.err = r.rows.Scan(r.targets...); r.err != nil {
		r.ended = true
		return false
	}
	for i, v := range r.values {
		if v != nil {
			r.values[i] = r.w.c.Value(v, r.types[i])
		}
	}
	return true
}

func (r *rows) Values() []any { return r.values }

func (r *rows) Err() error { return r.w.fault(r.ctx, r.err) }

// Close stops a statement whose rows were not all read.
func (r *rows) Close() error {
	if r.cancel != nil {
		defer r.cancel()
		if !r.ended {
			r.cancel()
		}
	}
	var err error
	if r.rows != nil {
		err = r.rows.Close()
	}
	if r.stop != nil {
		r.stop()
		r.stop = nil
	}
	if cerr := r.conn.Close(); !errors.Is(cerr, sql.ErrConnDone) {
		err = errors.Join(err, cerr)
	}
	if !r.ended || r.ctx.Err() != nil {
		return nil // a connection that was cut complains of it
	}
	return err
}

// Look tells how a table is read; Reading.Kinds is empty when there is none.
func (w *Warehouse) Look(ctx context.Context, t Table) (Reading, error) {
	r, err := w.c.Look(ctx, t)
	return r, w.fault(ctx, err)
}
