package prepare

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"lodestar/internal/access"
	"lodestar/internal/fault"
	"lodestar/internal/ingest"
	"lodestar/internal/semantic"
	"lodestar/internal/text"
	"lodestar/internal/warehouse"
)

// Store is the engine as this package needs it.
type Store interface {
	warehouse.Warehouse
	Begin(ctx context.Context, spec warehouse.LoadSpec) (warehouse.Change, error)
	Ledger(ctx context.Context, dataset string, limit int) ([]warehouse.LedgerEntry, error)
	Mark(ctx context.Context, dataset string) (string, error)
}

// Runs keeps the list of loads, in which refreshes stand too.
type Runs interface {
	Make(actor access.Actor, dataset, from string, work func(ctx context.Context, load string) (ingest.Made, error)) (ingest.Load, error)
	Wait(ctx context.Context, id string) (ingest.Load, error)
}

// Config is what a Service works with.
type Config struct {
	Warehouse Store
	Model     func() *semantic.Model
	Runs      Runs
	Secret    func(ctx context.Context, name string) (string, error) // of the vault
	Now       func() time.Time                                       // default time.Now
	Log       *slog.Logger                                           // default: discards
}

// Service previews steps and keeps the rows of datasets made by them up to
// date. It is safe for concurrent use.
type Service struct {
	Config
	mu     sync.Mutex
	failed map[string]failure // by dataset
	// finding serialises looking for what is due, so that no dataset is made twice
	// at once.
	finding sync.Mutex
	looked  struct { // the last Look; they come one after the other
		seen string
		at   time.Time
	}
}

// failure is a refresh that did not work out; it is tried again when something
// has changed, or after a while.
type failure struct {
	of    string // what was to be made of what
	until time.Time
	pause time.Duration
	why   *ingest.Note
}

// New makes a Service.
func New(c Config) *Service {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Service{Config: c, failed: map[string]failure{}}
}

// dataset finds one that is made by steps.
func (s *Service) dataset(name string) (*semantic.Model, *semantic.Dataset, error) {
	m := s.Model()
	d := m.Dataset(name)
	switch {
	case d == nil:
		return m, nil, fault.New(fault.NotFound, "unknown_dataset", text.Text{
			EN: "there is no dataset named {name}, or its definition has errors", ZH: "没有名为 {name} 的数据集，或它的定义有错"}, "name", name)
	case !d.Spec.Prepared():
		return m, nil, fault.New(fault.Invalid, "not_prepared", text.Text{
			EN: "the rows of {name} are loaded, not made by steps", ZH: "{name} 的数据是导入的，不由步骤生成"}, "name", name)
	}
	return m, d, nil
}

// zoneOf gives the clocks of a workspace.
func zoneOf(m *semantic.Model) *time.Location {
	loc, err := time.LoadLocation(m.Workspace().Zone)
	if err != nil {
		return time.UTC // the workspace's validation says so
	}
	return loc
}

func errNoRows(name string) error {
	return fault.New(fault.Conflict, "input_without_rows", text.Text{
		EN: "nothing was loaded into {name} yet, so nothing can be made of it", ZH: "{name} 还没有数据，无从加工"}, "name", name)
}
