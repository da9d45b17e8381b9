package ingest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"lodestar/internal/access"
	"lodestar/internal/audit"
	"lodestar/internal/catalog"
	"lodestar/internal/expr"
	"lodestar/internal/semantic"
	"lodestar/internal/warehouse"
)

// Loader is the engine as this package needs it.
type Loader interface {
	warehouse.Warehouse
	// Staging is the directory from which the engine may read files.
	Staging() string
	Begin(ctx context.Context, spec warehouse.LoadSpec) (warehouse.Change, error)
	// Undo takes the newest change of a dataset back; fault.Conflict when it cannot.
	Undo(ctx context.Context, spec warehouse.LoadSpec) (warehouse.State, error)
	Drop(ctx context.Context, spec warehouse.LoadSpec) error
	// Recast gives the dataset's table the columns of spec, converting values.
	Recast(ctx context.Context, spec warehouse.LoadSpec) (warehouse.State, error)
	// RecastLoss counts the values that would not convert, by column.
	RecastLoss(ctx context.Context, spec warehouse.LoadSpec) ([]warehouse.Loss, int64, error)
	Ledger(ctx context.Context, dataset string, limit int) ([]warehouse.LedgerEntry, error)
	// RejectTable names the table of a load's rejects (n, line, col, reason, value, raw).
	RejectTable(load string) string
	// Bytes estimates what each dataset takes on disk, by name.
	Bytes(ctx context.Context) (map[string]int64, error)
	// Room tells what all rows take on disk.
	Room(ctx context.Context) (warehouse.Room, error)
	// DescribeParquet lists the columns of a staged file and counts its rows.
	DescribeParquet(ctx context.Context, path string) ([]warehouse.FileColumn, int64, error)
	// ParquetText reads columns of a staged file, each value as text.
	ParquetText(ctx context.Context, path string, columns []string) (warehouse.Rows, error)
}

// Config is what a Service works with.
type Config struct {
	Warehouse Loader
	Dataset   func(name string) (semantic.DatasetSpec, bool) // as defined now
	Datasets  func() []string                                // names of all that are defined
	Workspace func() semantic.WorkspaceSpec
	// Create stores a dataset's definition and gives its revision; nil when
	// loads cannot define any.
	Create func(ctx context.Context, actor access.Actor, r *catalog.Resource) (revision int, err error)
	// Forget takes back what Create stored, when the load failed. Conflict
	// when it has been changed or is used; nil to leave definitions alone.
	Forget   func(ctx context.Context, actor access.Actor, name string, revision int) error
	Audit    audit.Recorder   // nil for none
	Now      func() time.Time // default time.Now
	Log      *slog.Logger     // default: discards
	MaxBytes int64            // of one upload; default 20 GiB
	// Free tells how many bytes of the disk are free; default asks the system.
	Free func(dir string) (int64, error)
	// GiveWay waits while questions are answered, at most so long; loads call it
	// again and again. nil for a load that has the machine to itself.
	GiveWay func(most time.Duration)
	Step    func(name string) // called before and after each step of a load, for trials; nil for none
}

// Service loads files and reports on what is loaded. It is safe for
// concurrent use. Viewers may look; editors may change.
type Service struct {
	Config
	mu      sync.Mutex
	uploads map[string]*staged
	runs    map[string]*run
	recent  []string // ids of runs, newest last
	wait    sync.WaitGroup
	stop    context.CancelFunc
	ctx     context.Context
	step    func(name string) // called before and after each step of a load
}

// New makes a Service and clears the staging directory of what an earlier
// process left there.
func New(c Config) (*Service, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Free == nil {
		c.Free = freeBytes
	}
	if c.MaxBytes == 0 {
		c.MaxBytes = 20 << 30
	}
	left, err := os.ReadDir(c.Warehouse.Staging())
	if err != nil {
		return nil, fmt.Errorf("staging directory: %w", err)
	}
	for _, e := range left {
		if err := os.RemoveAll(filepath.Join(c.Warehouse.Staging(), e.Name())); err != nil {
			return nil, fmt.Errorf("staging directory: %w", err)
		}
	}
	s := &Service{Config: c, uploads: map[string]*staged{}, runs: map[string]*run{}, step: c.Step}
	if s.step == nil {
		s.step = func(string) {}
	}
	s.ctx, s.stop = context.WithCancel(context.Background())
	return s, nil
}

// Stop cancels loads under way and waits for them, or for ctx.
func (s *Service) Stop(ctx context.Context) error {
	s.stop()
	done := make(chan struct{})
	go func() {
		s.wait.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-ctx.Done():
		return ctx.Err()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	for id, u := range s.uploads {
		errs = append(errs, u.discard())
		delete(s.uploads, id)
	}
	return errors.Join(errs...)
}

// record writes to the audit trail what was done.
func (s *Service) record(ctx context.Context, actor access.Actor, action, name string, detail map[string]any) {
	if s.Audit == nil {
		return
	}
	err := s.Audit.Record(context.WithoutCancel(ctx), audit.Entry{At: s.Now(), Actor: actor.Name, Via: actor.Via,
		Action: action, Kind: "Dataset", Name: name, Detail: detail})
	if err != nil {
		s.Log.Error("audit", "action", action, "dataset", name, "error", err)
	}
}

// zoneOf gives the zone in which a column's naive times are read.
func (s *Service) zoneOf(spec semantic.DatasetSpec, c semantic.Column) (*zone, error) {
	name := c.Zone
	if name == "" {
		name = spec.Zone
	}
	if name == "" {
		name = s.Workspace().Zone
	}
	if name == "" || c.Type != expr.Timestamp {
		return nil, nil
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return nil, errZone(name).Wrap(err)
	}
	return newZone(loc), nil
}
