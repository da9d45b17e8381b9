package engines

import (
	"context"
	"errors"
	"log/slog"
	"reflect"
	"sync"
	"time"

	"lodestar/internal/expr"
	"lodestar/internal/fault"
	"lodestar/internal/text"
	"lodestar/internal/warehouse"
	"lodestar/internal/warehouse/direct"
	"lodestar/internal/warehouse/gate"
)

// Local is the warehouse that keeps rows here.
type Local interface {
	warehouse.Warehouse
	warehouse.Host
	warehouse.Materials
}

// Config is what a Set needs.
type Config struct {
	Local Local
	Gate  gate.Config // of each connection: its line is its own
	// Secret reads what a reference stands for.
	Secret func(context.Context, Secret) (string, error)
	Now    func() time.Time
	Log    *slog.Logger
}

// Set is a warehouse over all engines. It is safe for concurrent use.
type Set struct {
	Local
	c Config

	mu     sync.Mutex
	places map[string]string // dataset → connection
	links  map[string]*link  // by name of the connection
}

var (
	_ warehouse.Engines   = (*Set)(nil)
	_ warehouse.Host      = (*Set)(nil)
	_ warehouse.Materials = (*Set)(nil)
)

// New makes a set with no connections.
func New(c Config) *Set {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Set{Local: c.Local, c: c, places: map[string]string{}, links: map[string]*link{}}
}

// Place says where the rows of a dataset are.
type Place struct {
	Connection string
	Table      direct.Table
}

// Follow takes over definitions. A connection that changed or went away is
// closed; statements under way on it end as they would have.
func (s *Set) Follow(connections []Connection, datasets map[string]Place) {
	tables := map[string]map[string]direct.Table{}
	places := map[string]string{}
	for dataset, p := range datasets {
		places[dataset] = p.Connection
		if tables[p.Connection] == nil {
			tables[p.Connection] = map[string]direct.Table{}
		}
		tables[p.Connection][dataset] = p.Table
	}
	s.mu.Lock()
	old := s.links
	s.places, s.links = places, map[string]*link{}
	for _, c := range connections {
		l := old[c.Name]
		if l == nil || !reflect.DeepEqual(l.of, c) {
			l = &link{set: s, of: c}
		} else {
			delete(old, c.Name)
		}
		l.follow(tables[c.Name])
		s.links[c.Name] = l
	}
	s.mu.Unlock()
	for name, l := range old {
		if err := l.close(); err != nil {
			s.c.Log.Warn("close a connection", "connection", name, "error", err)
		}
	}
}

// Close closes all connections; that of Local is another's.
func (s *Set) Close() error {
	s.mu.Lock()
	links := s.links
	s.links = map[string]*link{}
	s.mu.Unlock()
	var err error
	for _, l := range links {
		err = errors.Join(err, l.close())
	}
	return err
}

// State tells of a dataset's rows, wherever they are.
func (s *Set) State(ctx context.Context, dataset string) (warehouse.State, bool, error) {
	s.mu.Lock()
	name, away := s.places[dataset]
	s.mu.Unlock()
	if !away {
		return s.Local.State(ctx, dataset)
	}
	house, err := s.Engine(ctx, name)
	if err != nil {
		return warehouse.State{}, false, err
	}
	state, ok, err := house.State(ctx, dataset)
	state.Engine = name
	return state, ok, err
}

// Engine gives the warehouse of a connection, which is opened now if it is not.
func (s *Set) Engine(ctx context.Context, name string) (warehouse.Warehouse, error) {
	s.mu.Lock()
	l := s.links[name]
	s.mu.Unlock()
	if l == nil {
		return nil, fault.New(fault.Unavailable, "no_connection", text.Text{
			EN: "there is no connection {connection} any more; ask again", ZH: "连接 {connection} 已不存在，请重试"}, "connection", name)
	}
	return l.open(ctx)
}

// house is a connection's warehouse, whose faults name the connection.
type house struct {
	*gate.Gate
	link *link
}

var _ warehouse.Host = house{}

func (h house) Query(ctx context.Context, q expr.SQL) (warehouse.Rows, error) {
	return h.named(h.Gate.Query(ctx, q))
}

func (h house) QueryWith(ctx context.Context, q expr.SQL, guests []warehouse.Guest) (warehouse.Rows, error) {
	return h.named(h.Gate.QueryWith(ctx, q, guests))
}

func (h house) State(ctx context.Context, dataset string) (warehouse.State, bool, error) {
	s, ok, err := h.Gate.State(ctx, dataset)
	return s, ok, h.link.fault(err)
}

func (h house) named(rows warehouse.Rows, err error) (warehouse.Rows, error) {
	if err != nil {
		return nil, h.link.fault(err)
	}
	return namedRows{rows, h.link}, nil
}

type namedRows struct {
	warehouse.Rows
	link *link
}

func (r namedRows) Err() error { return r.link.fault(r.Rows.Err()) }
