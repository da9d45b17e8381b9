package catalog_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"lodestar/internal/access"
	"lodestar/internal/audit"
	"lodestar/internal/catalog"
	"lodestar/internal/fault"
	"lodestar/internal/text"
)

// shape is a spec with a field of every sort.
type shape struct {
	base
	Type    string             `json:"type"`
	Size    float64            `json:"size,omitempty"`
	Count   int                `json:"count,omitempty"`
	Open    bool               `json:"open,omitempty"`
	Words   []string           `json:"words,omitempty"`
	Parts   []part             `json:"parts,omitempty"`
	Values  map[string]float64 `json:"values,omitempty"`
	Inputs  map[string]part    `json:"inputs,omitempty"`
	Header  *int               `json:"header,omitempty"`
	Extra   *part              `json:"extra,omitempty"`
	Action  text.Text          `json:"action,omitzero"`
	Needs   []string           `json:"needs,omitempty"` // other shapes
	Formula string             `json:"formula,omitempty"`
}

// base shows that embedded fields are fields.
type base struct {
	Zone string `json:"zone,omitempty"`
}

type part struct {
	Name  string    `json:"name"`
	Title text.Text `json:"title,omitzero"`
	Deep  []part    `json:"deep,omitempty"`
	Extra *part     `json:"extra,omitempty"`
}

func (s *shape) Validate(catalog.Metadata) []catalog.Finding {
	var out []catalog.Finding
	if s.Type == "bad" {
		out = append(out, catalog.Finding{Path: "type", Rule: "bad_type", Severity: catalog.Error,
			Text: text.Text{EN: "bad is bad", ZH: "坏就是坏"}, Suggestion: "good"})
	}
	for i, p := range s.Parts {
		if p.Name == "odd" {
			out = append(out, catalog.Finding{Path: fmt.Sprintf("parts[%d].name", i), Rule: "odd", Severity: catalog.Warning, Text: text.Same("odd")})
		}
	}
	return out
}

func (s *shape) Refs() []catalog.Ref {
	var out []catalog.Ref
	for i, n := range s.Needs {
		out = append(out, catalog.Ref{Kind: "Shape", Name: n, Path: fmt.Sprintf("needs[%d]", i)})
	}
	return out
}

func (s *shape) Rename(kind, from, to string) catalog.Spec {
	c := *s
	c.Needs = slices.Clone(s.Needs)
	for i, n := range c.Needs {
		if kind == "Shape" && n == from {
			c.Needs[i] = to
		}
	}
	return &c
}

// stiff refers to a shape and cannot follow it to another name.
type stiff struct {
	Of string `json:"of"`
}

func (s *stiff) Validate(catalog.Metadata) []catalog.Finding { return nil }
func (s *stiff) Refs() []catalog.Ref {
	return []catalog.Ref{{Kind: "Shape", Name: s.Of, Path: "of"}}
}

func kinds() []catalog.Kind {
	return []catalog.Kind{
		{Name: "Shape", Plural: "shapes", Title: text.Text{EN: "shape", ZH: "图形"}, New: func() catalog.Spec { return &shape{} }},
		{Name: "Stiff", Plural: "stiffs", Title: text.Text{EN: "stiff", ZH: "硬件"}, New: func() catalog.Spec { return &stiff{} }},
	}
}

// memory is a catalog.Store in memory.
type memory struct {
	mu      sync.Mutex
	records []catalog.Record
	entries []audit.Entry
	broken  error
}

func (m *memory) Current(context.Context) ([]catalog.Record, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	newest := map[catalog.Ref]catalog.Record{}
	for _, r := range m.records {
		newest[catalog.Ref{Kind: r.Kind, Name: r.Name}] = r
	}
	var out []catalog.Record
	for _, r := range newest {
		out = append(out, r)
	}
	return out, nil
}

func (m *memory) Commit(_ context.Context, rs []catalog.Record, es []audit.Entry) (int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.broken != nil {
		return 0, m.broken
	}
	for _, r := range rs {
		have := 0
		for _, old := range m.records {
			if old.Kind == r.Kind && old.Name == r.Name {
				have = old.Revision
			}
		}
		if have+1 != r.Revision {
			return 0, catalog.RevisionConflict(catalog.Ref{Kind: r.Kind, Name: r.Name}, have, "")
		}
	}
	for _, r := range rs {
		r.Seq = int64(len(m.records) + 1)
		m.records = append(m.records, r)
	}
	m.entries = append(m.entries, es...)
	return int64(len(m.records)), nil
}

func (m *memory) Revisions(_ context.Context, kind, name string) ([]catalog.Record, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []catalog.Record
	for _, r := range m.records {
		if r.Kind == kind && r.Name == name {
			out = append([]catalog.Record{r}, out...)
		}
	}
	return out, nil
}

var (
	editor = access.Actor{Name: "mei", Role: access.Editor, Via: access.ViaSession}
	viewer = access.Actor{Name: "wu", Role: access.Viewer, Via: access.ViaSession}
)

func now() time.Time { return time.Date(2026, 1, 5, 12, 0, 0, 0, time.UTC) }

func openWith(t testing.TB, m *memory, change func(*catalog.Config)) *catalog.Service {
	t.Helper()
	c := catalog.Config{Kinds: kinds(), Store: m, Now: now, Log: slog.New(slog.DiscardHandler)}
	if change != nil {
		change(&c)
	}
	s, err := catalog.Open(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func newService(t testing.TB) (*catalog.Service, *memory) {
	m := &memory{}
	return openWith(t, m, nil), m
}

func sh(name string, needs ...string) *catalog.Resource {
	return &catalog.Resource{Kind: "Shape", Metadata: catalog.Metadata{Name: name}, Spec: &shape{Type: "good", Needs: needs}}
}

func put(t *testing.T, s *catalog.Service, r *catalog.Resource) *catalog.Resource {
	t.Helper()
	out, err := s.Put(context.Background(), editor, r, catalog.PutOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func wantFault(t *testing.T, err error, kind fault.Kind, code string) *fault.Error {
	t.Helper()
	if err == nil || fault.Of(err).Kind != kind || fault.Of(err).Code != code {
		t.Fatalf("got %v (%+v), want %v %s", err, fault.Of(err), kind, code)
	}
	return fault.Of(err)
}
