package datasync

import (
	"context"
	"crypto/rand"
	"log/slog"
	"strings"
	"sync"
	"time"

	"lodestar/internal/access"
	"lodestar/internal/audit"
	"lodestar/internal/fault"
	"lodestar/internal/ingest"
	"lodestar/internal/job"
	"lodestar/internal/semantic"
	"lodestar/internal/source"
	"lodestar/internal/warehouse"
)

// Loader brings spools into the warehouse; *ingest.Service is one.
type Loader interface {
	NewSpool(o ingest.SpoolOptions) (*ingest.Spool, error)
	LoadSpool(ctx context.Context, actor access.Actor, req ingest.SpoolLoad) (ingest.Load, error)
	Others(ctx context.Context, actor access.Actor, req ingest.SpoolLoad) ([]semantic.Column, error)
	Missing(ctx context.Context, actor access.Actor, req ingest.SpoolLoad, column string, most int) (n int64, values []string, err error)
}

// Warehouse keeps marks beside rows.
type Warehouse interface {
	State(ctx context.Context, dataset string) (warehouse.State, bool, error)
	// Mark is what the newest change of the rows was committed with.
	Mark(ctx context.Context, dataset string) (string, error)
	// SetMark moves the mark without a change of rows.
	SetMark(ctx context.Context, dataset, mark string) error
}

// Config is what a Service needs; everything but the last part must be given.
type Config struct {
	// Open connects to a place by the name of its connection.
	Open      func(ctx context.Context, connection string) (source.Source, error)
	Dataset   func(name string) (semantic.DatasetSpec, bool)
	Datasets  func() []string
	Workspace func() semantic.WorkspaceSpec
	// AddColumns gives a dataset's definition further columns; its rows follow.
	AddColumns func(ctx context.Context, dataset string, columns []semantic.Column) error
	Loads      Loader
	Warehouse  Warehouse
	Store      Store
	Queue      *job.Queue
	Audit      audit.Recorder
	Now        func() time.Time
	Log        *slog.Logger
	// Installation tells this program apart from others that read the same
	// sources.
	Installation string

	PerConnection int               // runs at a time on one connection; default 2
	Poll          time.Duration     // how often schedules are looked at; default 1 second
	Step          func(name string) // called before and after each step of a run, for trials; nil for none
}

// Service runs syncs. It is safe for concurrent use. Viewers may look; editors
// may run, cancel and pause.
type Service struct {
	Config
	ctx  context.Context
	stop context.CancelFunc
	loop sync.WaitGroup

	mu       sync.Mutex
	memories map[string]Memory
	open     map[string]string // id of the run that has not ended, by dataset
	live     map[string]*live  // runs that are running, by id
	busy     map[string]int    // how many run, by connection
	pruned   time.Time
}

// live is a run under way in this process.
type live struct {
	run    Run // guarded by Service.mu
	spool  *ingest.Spool
	cancel context.CancelCauseFunc
}

// The kinds of jobs.
const (
	kindRun    = "sync"
	kindForget = "sync.forget"
)

// keptRuns is how many runs of a dataset are kept.
const keptRuns = 300

// New makes a Service and gives the queue its handlers.
func New(c Config) *Service {
	if c.PerConnection == 0 {
		c.PerConnection = 2
	}
	if c.Poll == 0 {
		c.Poll = time.Second
	}
	if c.Step == nil {
		c.Step = func(string) {}
	}
	s := &Service{Config: c, memories: map[string]Memory{}, open: map[string]string{}, live: map[string]*live{}, busy: map[string]int{}}
	s.ctx, s.stop = context.WithCancel(context.Background())
	c.Queue.Handle(kindRun, s.handle)
	c.Queue.Handle(kindForget, s.handleForget)
	return s
}

// Load reads what an earlier process left. It comes before everything else.
func (s *Service) Load(ctx context.Context) error {
	memories, err := s.Store.Memories(ctx)
	if err != nil {
		return err
	}
	open, err := s.Store.Open(ctx)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.memories = memories
	for _, r := range open {
		s.open[r.Dataset] = r.ID
	}
	return nil
}

// Start takes up the runs that were left, and begins to watch the schedules.
func (s *Service) Start(ctx context.Context) error {
	open, err := s.Store.Open(ctx)
	if err != nil {
		return err
	}
	for _, r := range open {
		if err := s.add(ctx, r); err != nil {
			return err
		}
	}
	s.loop.Go(s.watch)
	return s.Queue.Start(ctx)
}

// Stop ends the watch and the runs under way, which go on at the next start.
func (s *Service) Stop(ctx context.Context) error {
	s.stop()
	s.loop.Wait()
	return s.Queue.Stop(ctx)
}

// watch looks at the schedules again and again.
func (s *Service) watch() {
	tick := time.NewTicker(s.Poll)
	defer tick.Stop()
	for {
		if err := s.Tick(s.ctx); err != nil && s.ctx.Err() == nil {
			s.Log.Error("look at the schedules of syncs", "error", err)
		}
		select {
		case <-s.ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// synced gives the definition of a dataset that is synced.
func (s *Service) synced(dataset string) (semantic.DatasetSpec, error) {
	spec, ok := s.Dataset(dataset)
	if !ok {
		return spec, semantic.UnknownDataset(dataset)
	}
	if spec.Source == nil || spec.Source.Sync == nil {
		return spec, errNotSynced(dataset)
	}
	return spec, nil
}

// Sync starts a run of a dataset, or gives the one that has not ended when it does
// what is asked.
func (s *Service) Sync(ctx context.Context, actor access.Actor, dataset string, req Request) (Run, error) {
	if err := actor.Must(access.Editor); err != nil {
		return Run{}, err
	}
	spec, err := s.synced(dataset)
	if err != nil {
		return Run{}, err
	}
	if req, err = s.normal(spec, req); err != nil {
		return Run{}, err
	}
	r := s.newRun(dataset, spec, ByPerson)
	r.Actor, r.From, r.To, r.Full = actor.Name, req.From, req.To, req.Full
	if r.From != "" || r.To != "" {
		r.Trigger = ByBackfill
	}
	added, have, err := s.enqueue(ctx, r)
	if err != nil {
		return Run{}, err
	}
	if !added {
		if req != (Request{}) && (have.From != req.From || have.To != req.To || have.Full != req.Full) {
			return Run{}, errRuns(dataset)
		}
		if err := s.add(ctx, have); err != nil { // it may be one that a crash left
			return Run{}, err
		}
		return have, s.Queue.Start(ctx)
	}
	s.record(ctx, actor, "sync.start", dataset, map[string]any{"run": r.ID, "from": r.From, "to": r.To, "full": r.Full})
	return r, s.Queue.Start(ctx) // a command on a data directory has not started it
}

func (s *Service) newRun(dataset string, spec semantic.DatasetSpec, trigger string) Run {
	return Run{ID: strings.ToLower(rand.Text()), Dataset: dataset, Connection: spec.Source.Connection, Table: spec.Source.Table,
		Mode: spec.Source.Sync.Mode, Trigger: trigger, State: Waiting, CreatedAt: s.Now().UTC()}
}

// enqueue adds a run unless one of the dataset has not ended, which it gives.
func (s *Service) enqueue(ctx context.Context, r Run) (added bool, have Run, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if id, ok := s.open[r.Dataset]; ok {
		if l := s.live[id]; l != nil {
			return false, l.run, nil
		}
		have, err = s.Store.GetRun(ctx, id)
		return false, have, err
	}
	m := s.memories[r.Dataset]
	m.Last = r.CreatedAt
	if err := s.remember(ctx, r.Dataset, m); err != nil {
		return false, r, err
	}
	if err := s.Store.PutRun(ctx, r); err != nil {
		return false, r, err
	}
	s.open[r.Dataset] = r.ID
	return true, r, s.add(ctx, r)
}

// add gives a run to the queue; a second time does nothing.
func (s *Service) add(ctx context.Context, r Run) error {
	_, _, err := s.Queue.Add(ctx, job.New{Kind: kindRun, Payload: r.ID, Dedupe: r.ID, MaxAttempts: 1 << 30})
	return err
}

// remember keeps a memory. The caller holds s.mu.
func (s *Service) remember(ctx context.Context, dataset string, m Memory) error {
	if m.Since.IsZero() {
		m.Since = s.Now().UTC()
	}
	if err := s.Store.PutMemory(ctx, dataset, m); err != nil {
		return err
	}
	s.memories[dataset] = m
	return nil
}

// memorise changes what is remembered of a dataset.
func (s *Service) memorise(ctx context.Context, dataset string, change func(m *Memory)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.memories[dataset]
	change(&m)
	return s.remember(ctx, dataset, m)
}

// Cancel ends a run. What it has committed stays; a run that is over stays over.
func (s *Service) Cancel(ctx context.Context, actor access.Actor, id string) (Run, error) {
	if err := actor.Must(access.Editor); err != nil {
		return Run{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.Store.GetRun(ctx, id)
	if err != nil || r.Ended() {
		return r, err
	}
	s.record(ctx, actor, "sync.cancel", r.Dataset, map[string]any{"run": r.ID})
	if l := s.live[id]; l != nil {
		l.cancel(errCanceled)
		return l.run, nil
	}
	r.State, r.EndedAt, r.NextTry = Canceled, s.Now().UTC(), time.Time{}
	delete(s.open, r.Dataset)
	return r, s.Store.PutRun(ctx, r)
}

// Pause stops a dataset's schedule, or lets it go on. Runs can be asked for all
// the same.
func (s *Service) Pause(ctx context.Context, actor access.Actor, dataset string, paused bool) (Status, error) {
	if err := actor.Must(access.Editor); err != nil {
		return Status{}, err
	}
	if _, err := s.synced(dataset); err != nil {
		return Status{}, err
	}
	if err := s.memorise(ctx, dataset, func(m *Memory) { m.Paused = paused }); err != nil {
		return Status{}, err
	}
	action := "sync.resume"
	if paused {
		action = "sync.pause"
	}
	s.record(ctx, actor, action, dataset, nil)
	return s.status(ctx, dataset, keptShown)
}

func (s *Service) record(ctx context.Context, actor access.Actor, action, dataset string, detail map[string]any) {
	err := s.Audit.Record(context.WithoutCancel(ctx), audit.Entry{At: s.Now(), Actor: actor.Name, Via: actor.Via,
		Action: action, Kind: semantic.KindDataset, Name: dataset, Detail: detail})
	if err != nil {
		s.Log.Error("audit", "action", action, "dataset", dataset, "error", err)
	}
}

// step does one step of a run between its two hooks.
func (s *Service) step(name string, do func() error) error {
	s.Step("before " + name)
	err := do()
	s.Step("after " + name)
	return err
}

// permanent reports whether trying again as it is will not help.
func permanent(err error) bool {
	switch fault.Of(err).Kind {
	case fault.Unavailable, fault.Timeout, fault.Internal, fault.Canceled, fault.RateLimited:
		return false
	}
	return true
}

func (s *Service) zone() *time.Location {
	loc, err := time.LoadLocation(s.Workspace().Zone)
	if err != nil {
		return time.UTC
	}
	return loc
}

// Figures count the runs under way and waiting, for those who run the server.
func (s *Service) Figures() (running, waiting int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.live), len(s.open) - len(s.live)
}
