package audit_test

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"lodestar/internal/access"
	"lodestar/internal/audit"
	"lodestar/internal/fault"
)

// memory is an audit.Store in memory.
type memory struct{ all []audit.Entry }

func (m *memory) Record(_ context.Context, e audit.Entry) error {
	e.ID = int64(len(m.all) + 1)
	m.all = append(m.all, e)
	return nil
}

func (m *memory) List(_ context.Context, f audit.Filter, before int64, limit int) ([]audit.Entry, error) {
	var out []audit.Entry
	for _, e := range slices.Backward(m.all) {
		if (f.Actor == "" || f.Actor == e.Actor) && (before == 0 || e.ID < before) && len(out) < limit {
			out = append(out, e)
		}
	}
	return out, nil
}

func TestTrail(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	at := time.Date(2026, 1, 5, 12, 0, 0, 0, time.UTC)
	s := audit.New(&memory{}, func() time.Time { return at })
	for i := range 5 {
		if err := s.Record(ctx, audit.Entry{Actor: "mei", Action: "metric.update", Name: fmt.Sprint(i)}); err != nil {
			t.Fatal(err)
		}
	}
	admin := access.Actor{Name: "a", Role: access.Admin}
	var names []string
	f := audit.Filter{Limit: 2}
	for {
		p, err := s.List(ctx, admin, f)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range p.Items {
			names = append(names, e.Name)
			if !e.At.Equal(at) {
				t.Errorf("at %v", e.At)
			}
		}
		if f.Cursor = p.Next; p.Next == "" {
			break
		}
	}
	if !slices.Equal(names, []string{"4", "3", "2", "1", "0"}) {
		t.Error(names)
	}
	for _, c := range []string{"!", "-1", "0"} {
		if _, err := s.List(ctx, admin, audit.Filter{Cursor: c}); !fault.Is(err, fault.Invalid) {
			t.Errorf("cursor %q: %v", c, err)
		}
	}
	if _, err := s.List(ctx, access.Actor{Name: "e", Role: access.Editor}, audit.Filter{}); !fault.Is(err, fault.Denied) {
		t.Error(err)
	}
	if p, err := s.List(ctx, admin, audit.Filter{Actor: "nobody"}); err != nil || p.Items == nil {
		t.Errorf("%+v %v", p, err)
	}
}

func TestRedact(t *testing.T) {
	t.Parallel()
	in := map[string]any{"name": "a", "newPassword": "x", "API-Key": "k", "tokenChanged": true,
		"deep": map[string]any{"client_secret": 1, "list": []any{map[string]any{"cookie": "c", "n": 1}}}}
	want := map[string]any{"name": "a", "newPassword": audit.Redacted, "API-Key": audit.Redacted, "tokenChanged": true,
		"deep": map[string]any{"client_secret": audit.Redacted, "list": []any{map[string]any{"cookie": audit.Redacted, "n": 1}}}}
	if got := audit.Redact(in); !reflect.DeepEqual(got, want) {
		t.Errorf("%v", got)
	}
	if in["newPassword"] != "x" || audit.Redact(nil) != nil {
		t.Error("the original was changed")
	}
}
