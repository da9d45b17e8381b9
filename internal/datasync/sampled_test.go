package datasync_test

import (
	"context"
	"slices"
	"testing"

	"lodestar/internal/datasync"
	"lodestar/internal/expr"
	"lodestar/internal/ingest"
	"lodestar/internal/semantic"
	"lodestar/internal/source"
)

// sampled is a source whose columns are those of a sample, which has the first
// records alone; what reading tells of others is set.
type sampled struct {
	source.Source
	others  *[]source.Column
	without *[]string
}

func (s sampled) Describe(ctx context.Context, stream string) (source.Stream, error) {
	out, err := s.Source.Describe(ctx, stream)
	out.Sampled = true
	return out, err
}

func (s sampled) Read(ctx context.Context, q source.Request, out source.Spool) (source.Result, error) {
	r, err := s.Source.Read(ctx, q, out)
	r.Others, r.Without = *s.others, *s.without
	return r, err
}

// TestColumnsThatASampleDoesNotHave: what is seen while rows are read counts as
// what a sample shows.
func TestColumnsThatASampleDoesNotHave(t *testing.T) {
	t.Parallel()
	warned := func(r datasync.Run, code string) bool {
		return slices.ContainsFunc(r.Warnings, func(n ingest.Note) bool { return n.Code == code })
	}
	for _, drift := range []string{semantic.DriftHold, semantic.DriftFail, semantic.DriftAdd} {
		b, p := newBench(t), newPlace(1)
		b.places["shop"] = p
		others, without := []source.Column{{Name: "Old", Type: expr.String}}, []string(nil)
		p.wrap = func(s source.Source) source.Source { return sampled{s, &others, &without} }
		b.define("items", synced(semantic.SyncFull, func(s *semantic.Sync) { s.Drift = drift }))
		p.write(op{key: "1", value: "a"})
		if r := b.sync("items", datasync.Request{}); r.State != datasync.Done || len(r.Warnings) > 0 {
			t.Fatalf("%s: %s %+v %+v", drift, r.State, r.Error, r.Warnings)
		}
		others = append(others, source.Column{Name: "Colour", Type: expr.String})
		if r := b.sync("items", datasync.Request{}); r.State != datasync.Done || !warned(r, "columns_new") {
			t.Errorf("%s: nothing is said of a new column: %s %+v %+v", drift, r.State, r.Error, r.Warnings)
		}
		r := b.sync("items", datasync.Request{})
		spec, _ := b.spec("items")
		has := slices.ContainsFunc(spec.Columns, func(c semantic.Column) bool { return c.Source == "Colour" })
		switch drift {
		case semantic.DriftHold:
			if r.State != datasync.Done || !warned(r, "columns_new") {
				t.Errorf("hold: %s %+v", r.State, r.Warnings)
			}
		case semantic.DriftFail:
			if r.State != datasync.Failed || r.Error.Code != "columns_new" {
				t.Errorf("fail: %s %+v", r.State, r.Error)
			}
		case semantic.DriftAdd:
			if r.State != datasync.Done || !has {
				t.Errorf("add: %s %+v %+v", r.State, r.Error, spec.Columns)
			}
		}
		if has != (drift == semantic.DriftAdd) {
			t.Errorf("%s: the new column is in the definition: %v", drift, has)
		}
		// Once everything was read on purpose, the column is known.
		if r := b.sync("items", datasync.Request{Full: true}); r.State != datasync.Done || warned(r, "columns_new") {
			t.Errorf("%s, everything: %s %+v %+v", drift, r.State, r.Error, r.Warnings)
		}
		if without = []string{"Value"}; !warned(b.sync("items", datasync.Request{}), "columns_missing") {
			t.Errorf("%s: nothing is said of a column that no record has", drift)
		}
	}
}
