package identity

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"maps"
	"slices"
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

// Rows is where the rows of datasets are; *engines.Set is one.
type Rows interface {
	warehouse.Warehouse
	// Engine gives the warehouse that State.Engine names.
	Engine(ctx context.Context, name string) (warehouse.Warehouse, error)
}

// Loader brings rows into the warehouse.
type Loader interface {
	Begin(ctx context.Context, spec warehouse.LoadSpec) (warehouse.Change, error)
	Ledger(ctx context.Context, dataset string, limit int) ([]warehouse.LedgerEntry, error)
	Staging() string
}

// Store keeps what people decided, and the reports of the past.
type Store interface {
	// Decide keeps a decision in place of an earlier one on the same two ids.
	Decide(ctx context.Context, entity string, d Decision) error
	// Undecide forgets one; it tells whether there was one.
	Undecide(ctx context.Context, entity string, a, b ID) (bool, error)
	Decisions(ctx context.Context, entity string) ([]Decision, error) // oldest first
	// Report keeps a report; those of the same day are replaced.
	Report(ctx context.Context, r Report) error
	Reports(ctx context.Context, entity string, limit int) ([]Report, error) // newest first
}

// Decision is what a person says of two ids, whatever sources say.
type Decision struct {
	A        ID        `json:"a"`
	B        ID        `json:"b"`
	Together bool      `json:"together"` // they are of one entity; otherwise they never are, whatever links them
	By       string    `json:"by"`
	At       time.Time `json:"at"`
	Why      string    `json:"why,omitempty"`
}

// Report is how stitching an entity has gone.
type Report struct {
	Entity    string    `json:"entity"`
	At        time.Time `json:"at"`
	IDs       int       `json:"ids"`
	Entities  int       `json:"entities"`
	Links     int       `json:"links"`
	Conflicts int       `json:"conflicts"` // links held back
	Largest   int       `json:"largest"`   // ids of the largest entity
	Refused   int       `json:"refused"`   // links with a value that is no id
	Sources   []Source  `json:"sources" nullable:"false"`
	Millis    int64     `json:"millis"`
	Again     bool      `json:"again"` // stitched from nothing, not only what is new
}

// Source is how well the ids of one source are known elsewhere.
type Source struct {
	Name    string  `json:"name"` // a dataset, or people for decisions
	IDs     int     `json:"ids"`
	Matched int     `json:"matched"`
	Rate    float64 `json:"rate"`
	Links   int     `json:"links"`
	Held    int     `json:"held"`
}

// Config is what a Service needs; everything must be given.
type Config struct {
	Model func() *semantic.Model
	Rows  Rows
	Load  Loader
	Store Store
	Audit audit.Recorder
	Now   func() time.Time
	Log   *slog.Logger
}

// Service keeps the unified entities up to date and answers who is who.
type Service struct {
	Config
	mu     sync.Mutex
	warm   map[string]*warm
	trying sync.Mutex // one trial at a time
}

// warm is a graph that is held, with what it was made of.
type warm struct {
	graph    *Graph
	spec     *semantic.EntitySpec
	shape    string           // of the datasets that are read
	versions map[string]int64 // of the datasets with links
	mapped   map[string]int64 // of all datasets with ids, when the maps were written
	refused  int
	report   Report
	used     time.Time
}

// people is the source of what persons decided; no dataset has that name.
const people = "people*"

// mostWhy is how many characters of a reason are kept.
const mostWhy = 2000

// byHand is the priority of decisions: above all that definitions can give.
const byHand = 1 << 40

// New makes a Service.
func New(c Config) *Service { return &Service{Config: c, warm: map[string]*warm{}} }

// Name is the unified entity around an id, as the datasets hold it. It tells
// nothing of the id.
func Name(entity string, id ID) string {
	sum := sha256.Sum256([]byte(entity + "\x00" + id.Kind + "\x00" + id.Value))
	return hex.EncodeToString(sum[:10])
}

// subject is an entity with the model that it is of: definitions may change while
// it is stitched.
type subject struct {
	*semantic.UnifiedEntity
	model *semantic.Model
}

func (s *Service) entity(name string) (subject, error) {
	m := s.Model()
	e := m.UnifiedEntity(name)
	if e == nil || len(e.Spec.Links) == 0 {
		return subject{}, fault.New(fault.NotFound, "no_identity", text.Text{
			EN: "there is no entity {name} whose ids are linked; write links into its definition",
			ZH: "没有名为 {name} 且写有 links 的实体；请在定义中写上哪些数据集连接了编号"}, "name", name)
	}
	return subject{e, m}, nil
}

// shape tells how the datasets of an entity are read, as far as its own
// definition does not say: which columns have ids, of what types, and when a row is of.
func (e subject) shape() string {
	var b strings.Builder
	for _, l := range e.Spec.Links {
		d := e.model.Linkable(l.Dataset)
		fmt.Fprintf(&b, "%s by %s:", l.Dataset, timeOf(d, l))
		for _, column := range slices.Sorted(maps.Keys(l.IDs)) {
			fmt.Fprintf(&b, " %s %s", column, d.Column(column).Type)
		}
		b.WriteByte('\n')
	}
	for _, m := range e.Maps {
		fmt.Fprintf(&b, "%s: %v\n", m.Dataset.Name, m.Columns)
	}
	return b.String()
}

// counting gives the decisions that count: those on ids that the definition has,
// as it compares them now, and of several on the same two the newest. They come
// and go oldest first.
func counting(spec *semantic.EntitySpec, all []Decision) []Decision {
	fs, decided := formsOf(spec), map[[2]ID]bool{}
	var out []Decision
	for _, d := range slices.Backward(all) {
		var ok bool
		if d.A, d.B, ok = fs.pair(d.A, d.B); ok && !decided[[2]ID{d.A, d.B}] {
			decided[[2]ID{d.A, d.B}] = true
			out = append(out, d)
		}
	}
	slices.Reverse(out)
	return out
}

// rulesOf are the rules of a definition, with the ids that people parted, of the
// decisions that count.
func rulesOf(spec *semantic.EntitySpec, decisions []Decision) Rules {
	r := Rules{Most: spec.Most, Priority: map[string]int{people: byHand}}
	for _, id := range spec.IDs {
		r.Kinds = append(r.Kinds, Kind{Name: id.Name, Most: id.Most})
	}
	for _, l := range spec.Links {
		r.Priority[l.Dataset] = max(r.Priority[l.Dataset], l.Priority)
	}
	for _, d := range decisions {
		if !d.Together {
			r.Apart = append(r.Apart, [2]ID{d.A, d.B})
		}
	}
	return r
}

// Refresh stitches an entity anew from what its sources say now.
func (s *Service) Refresh(ctx context.Context, who access.Actor, name string) (Report, error) {
	if err := who.Must(access.Editor); err != nil {
		return Report{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	w, err := s.refresh(ctx, name, true)
	if err != nil {
		return Report{}, err
	}
	return w.report, nil
}

// Latest gives the newest report, and those before, newest first.
func (s *Service) Latest(ctx context.Context, who access.Actor, name string) ([]Report, error) {
	if err := who.Must(access.Viewer); err != nil {
		return nil, err
	}
	if _, err := s.entity(name); err != nil {
		return nil, err
	}
	return s.Store.Reports(ctx, name, 400)
}

// Follow brings every entity up to date whose sources have changed. It is called
// again and again; graphs that nobody used for a while are let go. What fails is
// logged.
func (s *Service) Follow(ctx context.Context) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.Model().UnifiedEntities() {
		if len(e.Spec.Links) == 0 {
			continue
		}
		var err error
		behind.Do(func() { _, err = s.refresh(ctx, e.Name, false) })
		if err != nil && ctx.Err() == nil {
			s.Log.ErrorContext(ctx, "stitch an entity", "entity", e.Name, "error", err)
		}
	}
	for name, w := range s.warm {
		if w.graph != nil && s.Now().Sub(w.used) > keepWarm {
			w.graph = nil
		}
		if s.Model().UnifiedEntity(name) == nil {
			delete(s.warm, name)
		}
	}
}

// keepWarm is how long a graph is held after it was used.
const keepWarm = 10 * time.Minute

// refresh brings the graph and the maps up to date. Without need it does nothing
// when no rows have changed.
func (s *Service) refresh(ctx context.Context, name string, need bool) (*warm, error) {
	e, err := s.entity(name)
	if err != nil {
		return nil, err
	}
	began := s.Now()
	w, shape := s.warm[name], e.shape()
	if w == nil || w.spec != e.Spec || w.shape != shape {
		w = &warm{spec: e.Spec, shape: shape}
		s.warm[name] = w
	}
	now, err := s.versions(ctx, e)
	if err != nil {
		return nil, err
	}
	if !need && maps.Equal(now, w.mapped) {
		return w, nil
	}
	again, err := s.follow(ctx, e, w, now)
	if err != nil {
		w.graph, w.mapped = nil, nil
		return nil, err
	}
	if err := s.write(ctx, e, w.graph, began); err != nil {
		return nil, err
	}
	w.mapped, w.used = now, began
	w.report = reportOf(name, w.graph, w.refused, began)
	w.report.Again, w.report.Millis = again, s.Now().Sub(began).Milliseconds()
	return w, s.Store.Report(ctx, w.report)
}

// versions tells the data versions of all datasets that an entity reads.
func (s *Service) versions(ctx context.Context, e subject) (map[string]int64, error) {
	out := map[string]int64{}
	add := func(dataset string) error {
		if _, seen := out[dataset]; seen {
			return nil
		}
		state, _, err := s.Rows.State(ctx, dataset)
		out[dataset] = state.Version
		return err
	}
	for _, l := range e.Spec.Links {
		if err := add(l.Dataset); err != nil {
			return nil, err
		}
	}
	for _, m := range e.Maps {
		for _, c := range m.Columns {
			if err := add(c.Dataset); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

func reportOf(entity string, g *Graph, refused int, at time.Time) Report {
	r := Report{Entity: entity, At: at.UTC(), IDs: len(g.kind), Links: len(g.links), Refused: refused, Sources: []Source{}}
	for i := range g.kind {
		if g.entities.find(int32(i)) == int32(i) {
			r.Entities++
			r.Largest = max(r.Largest, int(g.entities.size[i]))
		}
	}
	for _, m := range g.Matches() {
		r.Conflicts += m.Held
		r.Sources = append(r.Sources, Source{Name: strings.TrimSuffix(m.Source, "*"), IDs: m.IDs, Matched: m.Matched, Rate: m.Rate(), Links: m.Links, Held: m.Held})
	}
	return r
}

// Decide takes down what a person says of two ids, and stitches their entity
// again.
func (s *Service) Decide(ctx context.Context, who access.Actor, name string, d Decision) (Report, error) {
	if err := who.Must(access.Editor); err != nil {
		return Report{}, err
	}
	e, err := s.entity(name)
	if err != nil {
		return Report{}, err
	}
	if d.A, d.B, err = pairOf(e.Spec, d.A, d.B); err != nil {
		return Report{}, err
	}
	d.By, d.At = who.Name, s.Now().UTC()
	if why := []rune(d.Why); len(why) > mostWhy {
		d.Why = string(why[:mostWhy])
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.Store.Decide(ctx, name, d); err != nil {
		return Report{}, err
	}
	action := "identity.part"
	if d.Together {
		action = "identity.join"
	}
	return s.decided(ctx, who, name, action, d)
}

// Undecide forgets a decision: what the sources say counts again.
func (s *Service) Undecide(ctx context.Context, who access.Actor, name string, a, b ID) (Report, error) {
	if err := who.Must(access.Editor); err != nil {
		return Report{}, err
	}
	e, err := s.entity(name)
	if err != nil {
		return Report{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	all, err := s.Store.Decisions(ctx, name)
	if err != nil {
		return Report{}, err
	}
	// It may have been decided under a definition that compared ids otherwise.
	fs, given, there := formsOf(e.Spec), [2]ID{a, b}, false
	x, y, usable := fs.pair(a, b)
	for _, d := range all {
		u, v, ok := fs.pair(d.A, d.B)
		if same := ok && usable && [2]ID{u, v} == [2]ID{x, y}; !same && [2]ID{d.A, d.B} != given {
			continue
		}
		gone, err := s.Store.Undecide(ctx, name, d.A, d.B)
		if err != nil {
			return Report{}, err
		}
		there = there || gone
	}
	if !there && !usable {
		return Report{}, badPair(e.Spec)
	}
	if !there {
		return Report{}, fault.New(fault.NotFound, "no_decision", text.Text{
			EN: "nothing was decided on these two ids", ZH: "没有针对这两个编号的人工决定"})
	}
	return s.decided(ctx, who, name, "identity.undecide", Decision{A: a, B: b})
}

// decided writes the trail and stitches from nothing: a decision may part what
// thousands of rows have joined.
func (s *Service) decided(ctx context.Context, who access.Actor, name, action string, d Decision) (Report, error) {
	delete(s.warm, name)
	// The ids themselves are personal: the trail names their kinds.
	err := s.Audit.Record(ctx, audit.Entry{At: s.Now(), Actor: who.Name, Via: who.Via, Action: action, Kind: semantic.KindEntity, Name: name,
		Detail: map[string]any{"kinds": []string{d.A.Kind, d.B.Kind}, "why": d.Why}})
	if err != nil {
		return Report{}, err
	}
	w, err := s.refresh(ctx, name, true)
	if err != nil {
		return Report{}, err
	}
	return w.report, nil
}

// Decisions lists what people decided, oldest first.
func (s *Service) Decisions(ctx context.Context, who access.Actor, name string) ([]Decision, error) {
	if err := who.Must(access.Editor); err != nil {
		return nil, err
	}
	return s.Store.Decisions(ctx, name)
}

func pairOf(spec *semantic.EntitySpec, a, b ID) (ID, ID, error) {
	a, b, ok := formsOf(spec).pair(a, b)
	if !ok {
		return a, b, badPair(spec)
	}
	return a, b, nil
}

func badPair(spec *semantic.EntitySpec) error {
	return fault.New(fault.Invalid, "bad_ids", text.Text{
		EN: "give two different ids, each with its kind ({kinds}) and a value", ZH: "请给出两个不同的编号，各有种类（{kinds}）和值"},
		"kinds", strings.Join(spec.Kinds(), ", "))
}
