package event

import (
	"context"
	"errors"
	"log/slog"
	"regexp"
	"sync"
	"sync/atomic"
	"time"

	"lodestar/internal/audit"
	"lodestar/internal/catalog"
	"lodestar/internal/eventlog"
	"lodestar/internal/fault"
	"lodestar/internal/semantic"
	"lodestar/internal/warehouse"
)

// Store is the warehouse that events go to.
type Store interface {
	warehouse.Events
	warehouse.Quarantine
}

// Config is what a Service needs. What has a default may be left empty.
type Config struct {
	Dir       string // of the log; made when missing
	Warehouse Store
	Model     func() *semantic.Model
	Catalog   func() catalog.Snapshot // for what rests on events
	Keys      KeyStore
	Trail     audit.Recorder
	Now       func() time.Time
	Log       *slog.Logger

	Every  time.Duration // within which what came in becomes rows; default 1 second
	Batch  int64         // bytes of the log that are stored together; default 4 MB, some 10,000 events
	Window time.Duration // for which message ids are remembered; default 24 hours
	Disk   eventlog.Config
}

// Service takes in events and makes rows of them. It is safe for concurrent
// use.
type Service struct {
	Config
	log      *eventlog.Log
	ring     keyRing
	changing sync.Mutex // of keys
	places   chan struct{}

	stop    context.CancelFunc
	ended   chan struct{}
	read    []message            // of the mover, to use again
	noted   map[string]time.Time // of the mover: when the use of keys was written down
	storing sync.Mutex           // one change of rows at a time: the mover or a replay
	plan    atomic.Pointer[plan]
	stored  atomic.Int64 // position
	failing atomic.Pointer[string]
}

var keyName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,59}$`)

// mostAtOnce is how many requests are unpacked at once.
const mostAtOnce = 64

// New opens the log and starts to move what is in it. Call Stop in any case of
// success.
func New(ctx context.Context, c Config) (*Service, error) {
	if c.Every == 0 {
		c.Every = time.Second
	}
	if c.Batch == 0 {
		c.Batch = 4 << 20
	}
	if c.Window == 0 {
		c.Window = 24 * time.Hour
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	s := &Service{Config: c, places: make(chan struct{}, mostAtOnce), noted: map[string]time.Time{}, ended: make(chan struct{})}
	if err := s.loadKeys(ctx); err != nil {
		return nil, err
	}
	pos, err := c.Warehouse.EventPosition(ctx)
	if err != nil {
		return nil, err
	}
	c.Disk.Dir, c.Disk.Log = c.Dir, c.Log
	if s.log, err = eventlog.Open(c.Disk, pos); err != nil {
		return nil, err
	}
	s.stored.Store(pos)
	run, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.stop = stop
	go s.move(run, pos)
	return s, nil
}

// Stop takes nothing more in and waits until what is under way is stored. What
// is left in the log is stored after the next start.
func (s *Service) Stop(context.Context) error {
	err := s.log.Close()
	s.stop()
	<-s.ended
	return err
}

// Drain waits until everything that was acknowledged before the call is stored.
func (s *Service) Drain(ctx context.Context) error {
	end := s.log.End()
	for s.stored.Load() < end {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-s.ended:
			return errors.New("the mover of events has ended")
		case <-time.After(5 * time.Millisecond):
		}
	}
	return nil
}

// Progress says how intake is doing.
type Progress struct {
	Behind  int64  `json:"behind"`            // bytes of the log that are not stored yet
	Failing string `json:"failing,omitempty"` // why nothing is stored at the moment
}

// Progress says how intake is doing.
func (s *Service) Progress() Progress {
	p := Progress{Behind: s.log.Behind()}
	if why := s.failing.Load(); why != nil {
		p.Failing = *why
	}
	return p
}

func canceled(err error) bool {
	return errors.Is(err, context.Canceled) || fault.Is(err, fault.Canceled)
}
