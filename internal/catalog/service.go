package catalog

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"lodestar/internal/access"
	"lodestar/internal/audit"
	"lodestar/internal/expr"
	"lodestar/internal/fault"
	"lodestar/internal/text"
)

// Checker finds what is wrong with a whole set of resources together: types
// across definitions, paths, cycles. It must not keep or change them.
type Checker interface {
	Check(ctx context.Context, rs []*Resource) []Finding
}

// CheckerFunc makes a function a Checker.
type CheckerFunc func(ctx context.Context, rs []*Resource) []Finding

// Check calls the function.
func (f CheckerFunc) Check(ctx context.Context, rs []*Resource) []Finding { return f(ctx, rs) }

// Trial is a change about to be stored, for what must be tried out first.
type Trial struct {
	Before, After Snapshot // After is judged, too
	Changed       []Ref    // created, updated or deleted
}

// Renamer is implemented by specs that can follow a resource to another name.
type Renamer interface {
	// Rename gives a copy in which every reference to the resource, also
	// inside expressions, has the new name.
	Rename(kind, from, to string) Spec
}

// Config is what a Service needs. Checker, Try and KnownPerson may be nil.
type Config struct {
	Kinds   []Kind
	Store   Store
	Checker Checker
	// Try, when not nil, tries a change that is free of errors before it is
	// stored; an error among its findings refuses the change. Nobody else can
	// change definitions meanwhile.
	Try func(ctx context.Context, t Trial) []Finding
	Now func() time.Time
	Log *slog.Logger
	// KnownPerson reports whether a user has this name; owners and stewards
	// that look like user names and are unknown get a warning.
	KnownPerson func(name string) bool
}

// Service keeps the definitions. It is safe for concurrent use; reads never
// wait for writes.
type Service struct {
	Config
	byKind map[string]Kind

	write sync.Mutex  // one change at a time
	tombs map[Ref]int // last revision of deleted names; under write
	state atomic.Pointer[state]
	subs  []*subscriber // under write
}

type state struct {
	snap  Snapshot
	index *index
}

type subscriber struct{ call func(Snapshot) }

// Open loads the catalog. What is bad or needs something bad is quarantined
// with the reasons; a record of a kind that this program does not know is left
// out and logged.
func Open(ctx context.Context, c Config) (*Service, error) {
	s := &Service{Config: c, byKind: map[string]Kind{}, tombs: map[Ref]int{}}
	for _, k := range c.Kinds {
		s.byKind[k.Name] = k
	}
	records, err := c.Store.Current(ctx)
	if err != nil {
		return nil, fmt.Errorf("load catalog: %w", err)
	}
	var rs []*Resource
	var seq int64
	for _, rec := range records {
		seq = max(seq, rec.Seq)
		if rec.Body == nil {
			s.tombs[key(rec.Kind, rec.Name)] = rec.Revision
			continue
		}
		r, err := s.restore(rec)
		if err != nil {
			c.Log.ErrorContext(ctx, "resource left out", "kind", rec.Kind, "name", rec.Name, "error", err)
			continue
		}
		rs = append(rs, r)
	}
	s.publish(int(seq), s.judge(ctx, rs))
	return s, nil
}

// restore makes a resource of a record. Fields that this program does not know
// become findings, not errors.
func (s *Service) restore(rec Record) (*Resource, error) {
	k, ok := s.byKind[rec.Kind]
	if !ok {
		return nil, fmt.Errorf("unknown kind %q", rec.Kind)
	}
	var b body
	if err := json.Unmarshal(rec.Body, &b); err != nil {
		return nil, err
	}
	r := &Resource{Kind: rec.Kind, Metadata: b.Metadata, Spec: k.New(), Revision: rec.Revision,
		Author: rec.Author, UpdatedAt: rec.At, State: Published, Positions: rec.Positions}
	if err := json.Unmarshal(b.Spec, r.Spec); err != nil {
		_, findings := DecodeJSON(k, rec.Name, rec.Body)
		if len(findings) == 0 {
			return nil, err
		}
		r.Spec = k.New()
		r.broken = findings
	}
	return r, nil
}

// Snapshot gives the current set.
func (s *Service) Snapshot() Snapshot { return s.current().snap }

func (s *Service) current() *state { return s.state.Load() }

// Subscribe calls f with the snapshot after each change, in order, until
// cancel is called. The change waits for f, which must not change the catalog
// itself.
func (s *Service) Subscribe(f func(Snapshot)) (cancel func()) {
	s.write.Lock()
	defer s.write.Unlock()
	sub := &subscriber{call: f}
	s.subs = append(s.subs, sub)
	return func() {
		s.write.Lock()
		defer s.write.Unlock()
		for i, other := range s.subs {
			if other == sub {
				s.subs = append(s.subs[:i:i], s.subs[i+1:]...)
				return
			}
		}
	}
}

// publish makes resources that are judged the current set. Called with write
// held, or before the service is shared.
func (s *Service) publish(revision int, judged []*Resource) {
	snap := NewSnapshot(revision, judged)
	var before *index
	if now := s.current(); now != nil {
		before = now.index
	}
	s.state.Store(&state{snap: snap, index: newIndex(snap, before)})
	for _, sub := range s.subs {
		sub.call(snap)
	}
}

// Recheck judges everything anew: for when what the Checker knows has changed,
// such as a dataset's columns.
func (s *Service) Recheck(ctx context.Context) {
	s.write.Lock()
	defer s.write.Unlock()
	snap := s.Snapshot()
	s.publish(snap.Revision, s.judge(ctx, snap.all))
}

// KindOf finds a kind by its name or plural; the fault is NotFound with a
// suggestion.
func (s *Service) KindOf(name string) (Kind, error) {
	var names []string
	for _, k := range s.Kinds {
		if k.Name == name || k.Plural == name {
			return k, nil
		}
		names = append(names, k.Name)
	}
	return Kind{}, fault.New(fault.NotFound, "unknown_kind", text.Text{
		EN: "there is no kind {kind}; the kinds are {kinds}",
		ZH: "没有 {kind} 这种定义，可用的种类有 {kinds}"}, "kind", name, "kinds", strings.Join(names, ", "))
}

// Get gives one resource. Viewers may.
func (s *Service) Get(ctx context.Context, who access.Actor, kind, name string) (*Resource, error) {
	if err := who.Must(access.Viewer); err != nil {
		return nil, err
	}
	snap := s.Snapshot()
	if r, ok := snap.Get(kind, name); ok {
		return r, nil
	}
	return nil, s.notFound(snap, kind, name)
}

func (s *Service) notFound(snap Snapshot, kind, name string) error {
	k, err := s.KindOf(kind)
	if err != nil {
		return err
	}
	var names []string
	for _, r := range snap.all {
		if r.Kind == kind {
			names = append(names, r.Metadata.Name)
		}
	}
	f := fault.New(fault.NotFound, "unknown_"+strings.ToLower(kind), text.Text{
		EN: "there is no {kind} named {name}", ZH: "没有名为 {name} 的{kind}"},
		"kind", k.Title, "name", name)
	if near := expr.Didyoumean(name, names); near != "" {
		f.Params["suggestion"] = near
		f.Text.EN += fmt.Sprintf("; did you mean %q?", near)
		f.Text.ZH += fmt.Sprintf("，是不是想写 %q？", near)
	}
	return f
}

// commit stores records with their audit entries and publishes the result,
// which is judged. Called with write held.
func (s *Service) commit(ctx context.Context, judged []*Resource, records []Record, entries []audit.Entry) error {
	seq, err := s.Store.Commit(ctx, records, entries)
	if err != nil {
		return err
	}
	for _, rec := range records {
		if rec.Action == Delete {
			s.tombs[key(rec.Kind, rec.Name)] = rec.Revision
		} else {
			delete(s.tombs, key(rec.Kind, rec.Name))
		}
	}
	s.publish(int(seq), judged)
	return nil
}
