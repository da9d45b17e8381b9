package quality

import (
	"context"
	"crypto/rand"
	"log/slog"
	"strings"
	"sync"
	"time"

	"lodestar/internal/access"
	"lodestar/internal/audit"
	"lodestar/internal/behind"
	"lodestar/internal/fault"
	"lodestar/internal/semantic"
	"lodestar/internal/text"
	"lodestar/internal/warehouse"
)

// Config is what a Service works with.
type Config struct {
	Warehouse warehouse.Warehouse
	Model     func() *semantic.Model
	Store     Store
	// Ledger lists the newest loads of a dataset; nil when none are known.
	Ledger func(ctx context.Context, dataset string, limit int) ([]warehouse.LedgerEntry, error)
	// AsOf is the moment from which age is counted.
	AsOf func(ctx context.Context) (time.Time, error)
	Now  func() time.Time
	// Trail is where inspections are written down and looked up.
	Trail audit.Store
	Log   *slog.Logger // nil for none
	Keep  int          // runs of each dataset; 0 for DefaultKeep
}

// DefaultKeep is how many runs of a dataset are kept.
const DefaultKeep = 200

// Service checks rules. It is safe for concurrent use. Viewers may look;
// editors may run.
type Service struct {
	Config
	mu      sync.RWMutex
	newest  map[string]Run // by dataset
	running map[string]bool
	tried   map[string]time.Time // when a run by itself failed
}

// New makes a service and reads what was found before.
func New(ctx context.Context, c Config) (*Service, error) {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Keep == 0 {
		c.Keep = DefaultKeep
	}
	s := &Service{Config: c, newest: map[string]Run{}, running: map[string]bool{}, tried: map[string]time.Time{}}
	runs, err := c.Store.Newest(ctx)
	for _, r := range runs {
		s.newest[r.Dataset] = r
	}
	return s, err
}

// Run checks the rules of a dataset now and keeps the results. Faults:
// NotFound for a dataset that there is not, Conflict when its rules are being
// checked already, and those of the warehouse.
func (s *Service) Run(ctx context.Context, who access.Actor, dataset string) (Run, error) {
	if err := who.Must(access.Editor); err != nil {
		return Run{}, err
	}
	return s.run(ctx, dataset, ByHand, who.Name)
}

func (s *Service) run(ctx context.Context, dataset, trigger, by string) (Run, error) {
	model := s.Model()
	d := model.Dataset(dataset)
	if d == nil {
		return Run{}, semantic.UnknownDataset(dataset)
	}
	if !s.begin(dataset) {
		return Run{}, fault.New(fault.Conflict, "quality_running", text.Text{
			ZH: "数据集 {name} 的规则正在检查，请稍后再看", EN: "the rules of {name} are being checked just now; look again in a moment"}, "name", dataset)
	}
	defer s.end(dataset)
	ctx = warehouse.WithAsker(ctx, warehouse.Asker{Name: "quality"})
	r := Run{ID: strings.ToLower(rand.Text()), Dataset: dataset, At: s.Now().UTC(), Trigger: trigger, By: by, Revision: d.Revision, Results: []Result{}}
	s.mu.RLock()
	if last := s.newest[dataset].At; !r.At.After(last) { // runs are told apart by their time
		r.At = last.Add(time.Microsecond)
	}
	s.mu.RUnlock()
	start := time.Now()
	var err error
	behind.Do(func() { err = s.judge(ctx, model, d, &r) }) // rules go over all rows, and have time
	if err != nil {
		return r, err
	}
	r.Millis = float64(time.Since(start).Microseconds()) / 1000
	s.sinceWhen(&r)
	if err := s.Store.Put(ctx, r, s.Keep); err != nil {
		return r, err
	}
	s.mu.Lock()
	s.newest[dataset] = r
	delete(s.tried, dataset)
	s.mu.Unlock()
	return r, nil
}

func (s *Service) begin(dataset string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running[dataset] {
		return false
	}
	s.running[dataset] = true
	return true
}

func (s *Service) end(dataset string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.running, dataset)
}

// sinceWhen carries over since when a rule has been broken.
func (s *Service) sinceWhen(r *Run) {
	s.mu.RLock()
	before := s.newest[r.Dataset]
	s.mu.RUnlock()
	for i := range r.Results {
		x := &r.Results[i]
		if x.State != Broken {
			continue
		}
		x.Since = r.At
		for _, old := range before.Results {
			if old.Rule == x.Rule && old.State == Broken && !old.Since.IsZero() {
				x.Since = old.Since
			}
		}
	}
}

// judge fills in the verdicts about all rules of a dataset.
func (s *Service) judge(ctx context.Context, m *semantic.Model, d *semantic.Dataset, r *Run) error {
	asOf, err := s.AsOf(ctx)
	if err != nil {
		return err
	}
	versions, err := s.versions(ctx, d)
	if err != nil {
		return err
	}
	r.Versions = versions
	p, ok, err := s.placeOf(ctx, m, d)
	if err != nil {
		return err
	}
	var checks []*check
	for _, rule := range d.Rules() {
		c := &check{rule: rule, every: 1}
		if ok {
			c.every = p.sampling(rule)
		}
		checks = append(checks, c)
	}
	var counted map[*check]Result
	if ok {
		r.Rows = p.state.Rows
		counted, err = p.countRows(ctx, checks)
		if fault.Is(err, fault.Invalid) {
			counted, err = p.countEach(ctx, checks)
		}
	}
	if err != nil {
		return err
	}
	for _, c := range checks {
		result, done := counted[c]
		switch {
		case done:
		case c.rule.Rule == semantic.RuleInspection: // rows or none
			if result, err = s.inspected(ctx, c); err != nil {
				return err
			}
		case !ok:
			result = c.unknown(noRows)
		default:
			if result, err = s.judgeOne(ctx, m, p, c, asOf); err != nil {
				if result, err = c.failed(err); err != nil {
					return err
				}
			}
		}
		r.Results = append(r.Results, result)
	}
	return nil
}

// failed is the result of a rule whose statement failed for a reason that can
// be told; other reasons, and giving up, end the run.
func (c *check) failed(err error) (Result, error) {
	var f *fault.Error
	if fault.Is(err, fault.Canceled) || fault.Is(err, fault.Timeout) || !asFault(err, &f) {
		return Result{}, err
	}
	return c.unknown(f.Text), nil
}

func (s *Service) judgeOne(ctx context.Context, m *semantic.Model, p *place, c *check, asOf time.Time) (Result, error) {
	switch c.rule.Rule {
	case semantic.RulePattern:
		return p.matchHere(ctx, c)
	case semantic.RuleUnique:
		return p.unique(ctx, c)
	case semantic.RuleVolume:
		return s.volumes(ctx, p, c, asOf)
	case semantic.RuleDistribution:
		return p.drift(ctx, c, asOf)
	case semantic.RuleFreshness:
		return p.fresh(c, asOf), nil
	case semantic.RuleSilence:
		return p.silence(ctx, c, asOf)
	}
	to := c.rule.Dataset
	if c.rule.To != nil {
		to = c.rule.To.To
	} else if c.rule.Other != nil {
		to = c.rule.Other.Dataset
	}
	there, ok, err := s.placeOf(ctx, m, to)
	if err != nil {
		return Result{}, err
	}
	if !ok {
		return c.unknown(text.Text{ZH: "数据集 {name} 还没有数据", EN: "there are no rows of {name} yet"}.With("name", to.Name)), nil
	}
	if c.rule.Rule == semantic.RuleForeignKey {
		return p.foreign(ctx, c, there)
	}
	return p.reconcile(ctx, c, there, asOf)
}

// versions are the data versions that verdicts about a dataset depend on.
// Where others write to the rows there is none.
func (s *Service) versions(ctx context.Context, d *semantic.Dataset) (map[string]int64, error) {
	out := map[string]int64{}
	names := []string{d.Name}
	for _, r := range d.Rules() {
		if r.To != nil {
			names = append(names, r.To.To.Name)
		}
		if r.Other != nil {
			names = append(names, r.Other.Dataset.Name)
		}
	}
	if when := d.Spec.QualitySchedule; when != nil {
		names = append(names, when.After...)
	}
	for _, name := range names {
		if other := s.Model().Dataset(name); other != nil {
			if connection, _ := other.Spec.Direct(); connection != "" {
				continue
			}
		}
		state, _, err := s.Warehouse.State(ctx, name)
		if err != nil {
			return nil, err
		}
		out[name] = state.Version
	}
	return out, nil
}

// RuleReport is a dataset's rules with what was found of them last.
type RuleReport struct {
	Dataset string `json:"dataset"`
	Score   Score  `json:"score"`
	// CheckedAt is when the rules were checked last; the zero time for never.
	CheckedAt time.Time `json:"checkedAt,omitzero"`
	Millis    float64   `json:"millis"`
	Running   bool      `json:"running"`
	// Results stand in the order of the rules; a rule that was never checked is
	// unknown.
	Results []Result `json:"results" nullable:"false"`
}

// Report tells how the rules of a dataset stand.
func (s *Service) Report(_ context.Context, who access.Actor, dataset string) (RuleReport, error) {
	if err := who.Must(access.Viewer); err != nil {
		return RuleReport{}, err
	}
	d := s.Model().Dataset(dataset)
	if d == nil {
		return RuleReport{}, semantic.UnknownDataset(dataset)
	}
	list := s.standings(d, nil)
	s.mu.RLock()
	run, running := s.newest[dataset], s.running[dataset]
	s.mu.RUnlock()
	out := RuleReport{Dataset: dataset, Score: scoreOf(list), CheckedAt: run.At, Millis: run.Millis, Running: running, Results: []Result{}}
	for _, x := range list {
		out.Results = append(out.Results, x.Result)
	}
	return out, nil
}

// Runs lists the newest runs of a dataset, the last one first.
func (s *Service) Runs(ctx context.Context, who access.Actor, dataset string, limit int) ([]Run, error) {
	if err := who.Must(access.Viewer); err != nil {
		return nil, err
	}
	if s.Model().Dataset(dataset) == nil {
		return nil, semantic.UnknownDataset(dataset)
	}
	return s.Store.Runs(ctx, dataset, limit)
}
