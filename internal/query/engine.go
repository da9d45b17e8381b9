package query

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"lodestar/internal/access"
	"lodestar/internal/catalog"
	"lodestar/internal/fault"
	"lodestar/internal/semantic"
	"lodestar/internal/text"
	"lodestar/internal/warehouse"
)

// DefaultCacheBytes bounds the answers kept when Config does not say.
const DefaultCacheBytes = 64 << 20

// Config is what an Engine needs.
type Config struct {
	// Model gives the current model; it is called once per question.
	Model func() *semantic.Model
	// Draft compiles metrics that are not stored, by name, for previews.
	Draft     func(map[string]*semantic.MetricSpec) (*semantic.Model, []catalog.Finding)
	Warehouse warehouse.Warehouse
	Now       func() time.Time
	// AsOf gives the moment from which the age of rows is counted; nil is Now.
	AsOf func(context.Context) (time.Time, error)
	Log  *slog.Logger // nil for none
	Keep Keep         // of the log of questions; nil keeps no log
	// Trust tells which promises about a dataset are broken that bear on the
	// columns; nil when nobody checks any.
	Trust func(d *semantic.Dataset, columns []string) []Distrust
	// CacheBytes bounds the answers kept; 0 is DefaultCacheBytes, negative
	// keeps none.
	CacheBytes int64
	// Plain switches the optimiser off, for tests: the answer stays the same.
	Plain bool
}

// Engine answers questions. It is safe for concurrent use.
type Engine struct {
	c      Config
	cache  *cache
	flight flight

	members memberCache
	rollups *rollups
	log     *askLog
	periods periodCache
}

// New makes an engine.
func New(c Config) *Engine {
	if c.CacheBytes == 0 {
		c.CacheBytes = DefaultCacheBytes
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	e := &Engine{c: c, cache: newCache(c.CacheBytes)}
	e.rollups = newRollups(e)
	e.log = newAskLog(e)
	return e
}

// Close ends what the engine does in the background and writes its log.
func (e *Engine) Close() {
	e.rollups.close()
	e.log.close()
}

// Query answers a request. Viewers may ask. Faults: Invalid and NotFound for
// the request, with the paths of what is wrong; those of the warehouse.
func (e *Engine) Query(ctx context.Context, who access.Actor, r Request) (*Result, error) {
	if err := who.Must(access.Viewer); err != nil {
		return nil, err
	}
	return e.queryOn(ctx, who, e.c.Model(), r)
}

// queryOn answers a request on a model.
func (e *Engine) queryOn(ctx context.Context, who access.Actor, m *semantic.Model, r Request) (*Result, error) {
	start := time.Now()
	ctx = warehouse.WithAsker(ctx, warehouse.Asker{Name: who.Name})
	q, err := e.understandOn(ctx, m, r)
	if err != nil {
		return nil, err
	}
	key := q.cacheKey(r)
	cached := true
	b, ok := e.cache.get(key)
	if !ok {
		cached = false
		if b, err = e.flight.do(ctx, key, func(ctx context.Context) (*body, error) { return e.run(ctx, q, r, key) }); err != nil {
			return nil, err
		}
	}
	e.log.note(q, r, time.Since(start))
	out := q.result(b)
	e.distrust(q, out)
	out.Cached = cached
	out.Millis = float64(time.Since(start).Microseconds()) / 1000
	return out, nil
}

// understand resolves a request against the current model, data and clock.
func (e *Engine) understand(ctx context.Context, r Request) (*question, error) {
	return e.understandOn(ctx, e.c.Model(), r)
}

func (e *Engine) understandOn(ctx context.Context, m *semantic.Model, r Request) (*question, error) {
	q, err := resolve(m, r)
	if err != nil {
		return nil, err
	}
	if err := e.look(ctx, q, r); err != nil {
		return nil, err
	}
	return q, e.decideRank(ctx, q)
}

// look takes note of the state of all datasets that the question reads.
func (e *Engine) look(ctx context.Context, q *question, r Request) error {
	if err := e.completeCalendar(ctx, q, r); err != nil {
		return err
	}
	if err := e.lookAt(ctx, q); err != nil {
		return err
	}
	if !e.c.Plain {
		var err error
		if q.rollups, err = e.rollups.usable(ctx, q); err != nil {
			return err
		}
	}
	freshAt := e.c.Now()
	if e.c.AsOf != nil && slices.ContainsFunc(q.allFacts(), func(d *semantic.Dataset) bool { return d.Spec.Freshness != nil }) {
		var err error
		if freshAt, err = e.c.AsOf(ctx); err != nil {
			return err
		}
	}
	return q.settle(r, e.c.Now(), freshAt)
}

func (e *Engine) lookAt(ctx context.Context, q *question) error {
	if err := q.findLookups(); err != nil {
		return err
	}
	q.states = map[string]warehouse.State{}
	for _, d := range q.reads() {
		s, ok, err := e.c.Warehouse.State(ctx, d)
		if err != nil {
			return err
		}
		if ok {
			q.states[d] = s
		}
	}
	return nil
}

// reads lists the datasets that the question can touch: facts and what its
// names lead to.
func (q *question) reads() []string {
	out := q.calendarFrom[:len(q.calendarFrom):len(q.calendarFrom)]
	add := func(f *semantic.Field) {
		for _, r := range f.Path {
			out = appendOnce(out, r.To.Name)
			if r.Bridge != nil {
				out = appendOnce(out, r.Bridge.Dataset.Name)
			}
		}
	}
	for _, l := range q.leaves {
		agg := l.agg()
		for _, r := range agg.Reads() {
			out = appendOnce(out, r.Dataset.Name)
		}
		if len(l.over) > 0 || agg.Pad {
			for _, column := range q.model.Workspace().Spines {
				if f := q.model.SpineField(column); f != nil {
					out = appendOnce(out, f.Dataset.Name)
				}
			}
		}
		q.leafFields(l, func(f *semantic.Field) { storedFields(f, add) })
	}
	if q.rows != nil && q.rows.cross != nil {
		out = appendOnce(out, q.rows.cross.Dataset.Name)
	}
	for _, inner := range q.lookups {
		for _, name := range inner.reads() {
			out = appendOnce(out, name)
		}
	}
	return out
}

// mostTries is how often an answer is started again because rows changed
// between its statements.
const mostTries = 3

// run asks the warehouse. All statements of an answer see the same rows:
// when a load comes between them, the answer is started again.
func (e *Engine) run(ctx context.Context, q *question, r Request, key string) (*body, error) {
	for try := 1; ; try++ {
		b, err := e.body(ctx, q)
		after := *q
		if lookErr := e.look(ctx, &after, r); lookErr != nil {
			return nil, lookErr
		}
		if sameVersions(q.states, after.states) {
			if err == nil {
				e.cache.put(key, b)
			}
			return b, err
		}
		if try == mostTries {
			return nil, fault.New(fault.Unavailable, "data_changing", text.Text{
				ZH: "数据正在更新，请稍后再试", EN: "the data are changing just now; try again in a moment"})
		}
		q.cal, q.states, q.times, q.rollups = after.cal, after.states, after.times, after.rollups
		key = q.cacheKey(r)
	}
}

func sameVersions(a, b map[string]warehouse.State) bool {
	if len(a) != len(b) {
		return false
	}
	for name, s := range a {
		t, ok := b[name]
		// Rows that others write to may change between any two statements; the
		// number of a TTL does not tell.
		if !ok || t.Table != s.Table || t.Engine != s.Engine || t.Version != s.Version && s.TTL == 0 {
			return false
		}
	}
	return true
}
