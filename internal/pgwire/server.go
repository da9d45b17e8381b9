package pgwire

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"lodestar/internal/access"
	"lodestar/internal/pgwire/sqlmap"
	"lodestar/internal/query"
	"lodestar/internal/semantic"
)

const (
	mostConnections = 100              // signed in
	mostStrangers   = 100              // still to say who they are
	startLimit      = 30 * time.Second // to say so
	askLimit        = 2 * time.Minute  // of one statement, as over HTTP
	writeLimit      = 2 * time.Minute  // of one piece of an answer
	softStop        = 10 * time.Second // statements may go on so long when the server stops
	mostMessage     = 4 << 20          // bytes of one message
)

// Engine answers questions; it checks the rights.
type Engine interface {
	Query(ctx context.Context, who access.Actor, r query.Request) (*query.Result, error)
}

// Config is what a Server needs.
type Config struct {
	Access  *access.Service
	Engine  Engine
	Model   func() *semantic.Model
	TLS     *tls.Config // nil for no encryption: then only this machine may sign in
	Version string      // of the product
	Now     func() time.Time
	Log     *slog.Logger
}

// Server answers PostgreSQL clients.
type Server struct {
	cfg   Config
	world atomic.Pointer[worldOf]

	mu        sync.Mutex
	listener  net.Listener
	conns     map[*conn]bool
	byPID     map[uint32]*conn
	strangers int
	stopping  bool
	running   sync.WaitGroup
}

// worldOf is the tables of a model.
type worldOf struct {
	model *semantic.Model
	*sqlmap.World
}

// New makes a server that does not listen yet.
func New(cfg Config) *Server {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Server{cfg: cfg, conns: map[*conn]bool{}, byPID: map[uint32]*conn{}}
}

// tables gives the tables of the present model.
func (s *Server) tables() *sqlmap.World {
	m := s.cfg.Model()
	if w := s.world.Load(); w != nil && w.model == m {
		return w.World
	}
	w := &worldOf{m, sqlmap.New(m)}
	s.world.Store(w)
	return w.World
}

// Serve accepts connections until Stop. It returns nil after Stop.
func (s *Server) Serve(ln net.Listener) error {
	s.mu.Lock()
	s.listener = ln
	stopping := s.stopping
	s.mu.Unlock()
	if stopping {
		return ln.Close()
	}
	for {
		nc, err := ln.Accept()
		if err != nil {
			s.mu.Lock()
			stopping := s.stopping
			s.mu.Unlock()
			if stopping || errors.Is(err, net.ErrClosed) {
				return nil
			}
			var ne net.Error
			if errors.As(err, &ne) && ne.Timeout() {
				continue
			}
			return err
		}
		c := s.admit(nc)
		if c == nil {
			nc.Close()
			continue
		}
		go func() {
			defer s.running.Done()
			defer s.forget(c)
			c.serve()
		}()
	}
}

// admit counts a connection in; nil when there are too many strangers or the
// server is stopping.
func (s *Server) admit(nc net.Conn) *conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopping || s.strangers >= mostStrangers {
		return nil
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	c := &conn{s: s, nc: nc, ctx: ctx, end: cancel, stranger: true}
	s.strangers++
	s.conns[c] = true
	s.running.Add(1)
	return c
}

// join gives a connection that has signed in its number and secret; false when
// there are too many.
func (s *Server) join(c *conn, long bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	c.stranger = false
	s.strangers--
	if len(s.byPID) >= mostConnections {
		return false
	}
	c.secret = make([]byte, 4)
	if long {
		c.secret = make([]byte, 32)
	}
	rand.Read(c.secret)
	var b [4]byte
	for c.pid == 0 || s.byPID[c.pid] != nil {
		rand.Read(b[:])
		c.pid = uint32(b[0])<<16 | uint32(b[1])<<8 | uint32(b[2]) // positive for clients that count in int32
	}
	s.byPID[c.pid] = c
	return true
}

func (s *Server) forget(c *conn) {
	c.end(nil)
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.stranger {
		s.strangers--
	}
	delete(s.conns, c)
	if c.pid != 0 {
		delete(s.byPID, c.pid)
	}
}

// cancel stops the statement that a connection runs, if the secret is right.
func (s *Server) cancel(pid uint32, secret []byte) {
	s.mu.Lock()
	c := s.byPID[pid]
	s.mu.Unlock()
	if c != nil && subtle.ConstantTimeCompare(secret, c.secret) == 1 {
		c.cancelStatement()
	}
}

// Connections counts those that have signed in.
func (s *Server) Connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.byPID)
}

// errStopping is why statements end when the server stops.
var errStopping = errors.New("the server is stopping")

// Stop ends all connections: idle ones at once, the others when their
// statement is done or the time is up.
func (s *Server) Stop(ctx context.Context) error {
	s.mu.Lock()
	s.stopping = true
	var err error
	if s.listener != nil {
		err = s.listener.Close()
	}
	for c := range s.conns {
		c.stopWhenIdle()
	}
	s.mu.Unlock()
	done := make(chan struct{})
	go func() { s.running.Wait(); close(done) }()
	timer := time.NewTimer(softStop)
	defer timer.Stop()
	select {
	case <-done:
	case <-ctx.Done():
	case <-timer.C:
	}
	s.mu.Lock()
	for c := range s.conns {
		c.end(errStopping)
		c.nc.Close()
	}
	s.mu.Unlock()
	<-done
	if errors.Is(err, net.ErrClosed) {
		err = nil
	}
	return err
}
