package gate

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"lodestar/internal/expr"
	"lodestar/internal/fault"
	"lodestar/internal/text"
	"lodestar/internal/warehouse"
)

// Config says how much may go on. Zero values take the defaults.
type Config struct {
	// Places is how many statements run at once; default one per core, at
	// least DefaultPlaces. Rows that are passed on to a reader while they come
	// take at most half of them.
	Places int
	// Waiting is how many statements may stand in line; default
	// DefaultWaiting. One person takes at most three quarters of it.
	Waiting int
	// MaxWait bounds the time in line; default DefaultMaxWait.
	MaxWait time.Duration
	// MaxRun bounds the time of a statement, until its rows were read; for a
	// stream until its first row can be. Default DefaultMaxRun.
	MaxRun time.Duration
}

// Defaults of Config.
const (
	DefaultPlaces  = 4
	DefaultWaiting = 1024
	DefaultMaxWait = time.Minute
	DefaultMaxRun  = time.Minute
)

// Gate is a warehouse with a line in front of it. It is safe for concurrent
// use.
type Gate struct {
	warehouse.Warehouse
	c    Config
	line *line
}

var (
	_ warehouse.Warehouse = (*Gate)(nil)
	_ warehouse.Host      = (*Gate)(nil)
)

// New puts a gate in front of w.
func New(w warehouse.Warehouse, c Config) *Gate {
	if c.Places <= 0 {
		c.Places = max(DefaultPlaces, runtime.GOMAXPROCS(0))
	}
	if c.Waiting <= 0 {
		c.Waiting = DefaultWaiting
	}
	if c.MaxWait <= 0 {
		c.MaxWait = DefaultMaxWait
	}
	if c.MaxRun <= 0 {
		c.MaxRun = DefaultMaxRun
	}
	return &Gate{Warehouse: w, c: c, line: newLine(c)}
}

// Front is the warehouse to ask through the gate: with what w can beyond asking.
// Tables that are kept are made and dropped past the line.
func (g *Gate) Front() warehouse.Warehouse {
	if kept, ok := g.Warehouse.(warehouse.Materials); ok {
		return front{g, kept}
	}
	return g
}

// front is a gate before a warehouse that keeps answers. An embedded Materials
// would hide its own method of that name.
type front struct {
	*Gate
	kept warehouse.Materials
}

var _ warehouse.Materials = front{}

func (f front) Materialise(ctx context.Context, name, fingerprint string, q expr.SQL) (warehouse.Material, error) {
	return f.kept.Materialise(ctx, name, fingerprint, q)
}

func (f front) Materials(ctx context.Context) ([]warehouse.Material, error) {
	return f.kept.Materials(ctx)
}

func (f front) DropMaterial(ctx context.Context, name string) error {
	return f.kept.DropMaterial(ctx, name)
}

// Stats are the counters of the gate since it was made.
func (g *Gate) Stats() Stats { return g.line.stats() }

// GiveWay waits while statements run, at most so long. What has time, such as a
// load, calls it between pieces of its work.
func (g *Gate) GiveWay(most time.Duration) {
	quiet := g.line.untilQuiet()
	if quiet == nil {
		return
	}
	patience := time.NewTimer(most)
	defer patience.Stop()
	select {
	case <-quiet:
	case <-patience.C:
	}
}

// Query waits for a place and runs one SELECT. Faults on top of those of the
// warehouse: RateLimited "too_many_questions" when the asker has too many
// statements in line, Unavailable "queue_full" when everybody together has, or
// when the place did not come in time. Both carry retryAfter, in seconds.
func (g *Gate) Query(ctx context.Context, q expr.SQL) (warehouse.Rows, error) {
	return g.pass(ctx, func(ctx context.Context) (warehouse.Rows, error) { return g.Warehouse.Query(ctx, q) })
}

// QueryWith is Query with rows from elsewhere, where the warehouse takes them.
func (g *Gate) QueryWith(ctx context.Context, q expr.SQL, guests []warehouse.Guest) (warehouse.Rows, error) {
	host, ok := g.Warehouse.(warehouse.Host)
	if !ok {
		return nil, fmt.Errorf("%s takes no rows from elsewhere", g.Dialect().Name())
	}
	return g.pass(ctx, func(ctx context.Context) (warehouse.Rows, error) { return host.QueryWith(ctx, q, guests) })
}

// MostGuests is how many rows from elsewhere the warehouse takes in.
func (g *Gate) MostGuests() int {
	if host, ok := g.Warehouse.(warehouse.Host); ok {
		return host.MostGuests()
	}
	return 0
}

// pass runs what gives rows when there is a place.
func (g *Gate) pass(ctx context.Context, run func(context.Context) (warehouse.Rows, error)) (warehouse.Rows, error) {
	asker := warehouse.AskerOf(ctx)
	if err := ctx.Err(); err != nil {
		return nil, gaveUp(err)
	}
	place, err := g.line.enter(ctx, asker)
	if err != nil {
		return nil, err
	}
	inner, cancel := context.WithCancelCause(ctx)
	clock := time.AfterFunc(g.c.MaxRun, func() { cancel(errTooLong) })
	done := func() {
		clock.Stop()
		cancel(nil)
		place.leave()
	}
	rows, err := run(inner)
	if err != nil {
		err = g.meant(inner, err)
		done()
		return nil, err
	}
	if asker.Stream {
		clock.Stop()
	}
	return &rowsInside{Rows: rows, g: g, ctx: inner, done: done}, nil
}

// errTooLong is why a statement was stopped.
var errTooLong = errors.New("the statement ran longer than allowed")

// meant says what stopped a statement.
func (g *Gate) meant(ctx context.Context, err error) error {
	if err == nil || !errors.Is(context.Cause(ctx), errTooLong) {
		if fault.Is(err, fault.Canceled) {
			g.line.count(func(s *Stats) { s.Canceled++ })
		}
		return err
	}
	g.line.count(func(s *Stats) { s.TimedOut++ })
	return fault.New(fault.Timeout, "query_timeout", text.Text{
		EN: "the query took longer than {seconds} seconds; ask for a shorter range or fewer dimensions",
		ZH: "查询超过 {seconds} 秒仍未完成；请缩短时间范围或减少维度"}, "seconds", seconds(g.c.MaxRun)).Wrap(err)
}

func seconds(d time.Duration) int { return int((d + time.Second - 1) / time.Second) }

// rowsInside holds a place until they are closed.
type rowsInside struct {
	warehouse.Rows
	g    *Gate
	ctx  context.Context
	done func()
}

// Err says what ended the rows early.
func (r *rowsInside) Err() error { return r.g.meant(r.ctx, r.Rows.Err()) }

// Close frees the place, once.
func (r *rowsInside) Close() error {
	err := r.Rows.Close()
	if r.done != nil {
		r.done()
		r.done = nil
	}
	return err
}

func gaveUp(err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return fault.New(fault.Timeout, "query_timeout", text.Text{
			EN: "the query took longer than allowed; ask for a shorter range or fewer dimensions",
			ZH: "查询超时；请缩短时间范围或减少维度"}).Wrap(err)
	}
	return fault.New(fault.Canceled, "canceled", text.Text{
		EN: "the query was cancelled", ZH: "查询已取消"}).Wrap(err)
}
