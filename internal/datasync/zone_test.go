package datasync_test

import (
	"context"
	"slices"
	"testing"

	"lodestar/internal/datasync"
	"lodestar/internal/expr"
	"lodestar/internal/semantic"
	"lodestar/internal/source"
)

// TestTimesOfClocks has a column of times that say no zone: they are read in that
// of the column here, of the dataset or of the workspace, as those of files are.
func TestTimesOfClocks(t *testing.T) {
	t.Parallel()
	for mode := range map[string]bool{semantic.SyncFull: true, semantic.SyncIncremental: true, semantic.SyncChanges: true} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			b, p := newBench(t), newPlace(1)
			b.places["shop"] = p
			p.columns[2] = source.Column{Name: "Value", Type: expr.Timestamp, Local: true}
			p.write(op{key: "1", value: "2026-03-01 07:30:00"}, op{key: "2", value: "1969-12-31 23:59:59.25"}, op{key: "3", value: "1986-05-04 02:30:00"})
			spec := synced(mode, nil)
			spec.Columns = slices.Clone(spec.Columns)
			spec.Columns[2].Type = expr.Timestamp
			for _, c := range []struct {
				dataset, column string
				want            []string
			}{
				{"", "", []string{"1|2026-02-28 23:30:00", "2|1969-12-31 15:59:59.25", "3|1986-05-03 18:30:00"}}, // Shanghai, whose clocks skipped 02:00 that day
				{"America/New_York", "", []string{"1|2026-03-01 12:30:00", "2|1970-01-01 04:59:59.25", "3|1986-05-04 06:30:00"}},
				{"America/New_York", "UTC", []string{"1|2026-03-01 07:30:00", "2|1969-12-31 23:59:59.25", "3|1986-05-04 02:30:00"}},
			} {
				spec.Zone, spec.Columns[2].Zone = c.dataset, c.column
				b.define("items", spec)
				if r := b.sync("items", datasync.Request{}); r.State != datasync.Done {
					t.Fatalf("%+v", r.Error)
				}
				if got := b.rows("items", "id, value"); !slices.Equal(got, c.want) {
					t.Errorf("%s %s: %q, want %q", c.dataset, c.column, got, c.want)
				}
			}
		})
	}
}

// TestMomentsStay has a column of moments: no zone here moves them.
func TestMomentsStay(t *testing.T) {
	t.Parallel()
	b, p := newBench(t), newPlace(1)
	b.places["shop"] = p
	p.columns[2] = source.Column{Name: "Value", Type: expr.Timestamp}
	p.write(op{key: "1", value: "2026-03-01 07:30:00"})
	spec := synced(semantic.SyncChanges, nil)
	spec.Columns[2].Type, spec.Columns[2].Zone = expr.Timestamp, "America/New_York"
	b.define("items", spec)
	if r := b.sync("items", datasync.Request{}); r.State != datasync.Done {
		t.Fatalf("%+v", r.Error)
	}
	if got := b.rows("items", "id, value"); !slices.Equal(got, []string{"1|2026-03-01 07:30:00"}) {
		t.Errorf("got %q", got)
	}
}

// asked is a source that notes what range it is asked for.
type asked struct {
	source.Source
	ranges *[]string
}

func (a asked) Describe(context.Context, string) (source.Stream, error) {
	return source.Stream{Name: "public.items", Modes: []string{source.Incremental}, Columns: []source.Column{{Name: "ID", Type: expr.Integer}, {Name: "Seq", Type: expr.Timestamp, Local: true}, {Name: "Value", Type: expr.String}}}, nil
}

func (a asked) Read(_ context.Context, q source.Request, _ source.Spool) (source.Result, error) {
	*a.ranges = append(*a.ranges, q.From+" to "+q.To)
	return source.Result{Mark: q.Mark}, nil
}

// TestRangeOfClocks asks for a range of a cursor whose times say no zone: as they
// are there.
func TestRangeOfClocks(t *testing.T) {
	t.Parallel()
	b, p := newBench(t), newPlace(1)
	b.places["shop"] = p
	var ranges []string
	p.wrap = func(s source.Source) source.Source { return asked{s, &ranges} }
	spec := synced(semantic.SyncIncremental, func(s *semantic.Sync) { s.Lookback = "" })
	spec.Columns[1].Type, spec.Columns[1].Zone = expr.Timestamp, "America/New_York"
	b.define("items", spec)
	if r := b.sync("items", datasync.Request{From: "2026-03-01 12:00", To: "2026-03-02"}); r.State != datasync.Done { // in Shanghai
		t.Fatalf("%+v", r.Error)
	}
	if want := []string{"2026-02-28 23:00:00 to 2026-03-01 11:00:00"}; !slices.Equal(ranges, want) {
		t.Errorf("asked for %q, want %q", ranges, want)
	}
}

// once is a source that gives everything once.
type once struct{ source.Source }

func (o once) Describe(ctx context.Context, stream string) (source.Stream, error) {
	s, err := o.Source.Describe(ctx, stream)
	s.Once, s.Modes = true, []string{source.Changes}
	return s, err
}

func (o once) Read(ctx context.Context, q source.Request, out source.Spool) (source.Result, error) {
	r, err := o.Source.Read(ctx, q, out)
	r.Whole = false // it is what has come
	return r, err
}

// TestGivenOnce has a source that gives everything once: what is stored stays,
// also when it is to be read anew, or by another key.
func TestGivenOnce(t *testing.T) {
	t.Parallel()
	b, p := newBench(t), newPlace(1)
	b.places["shop"] = p
	p.wrap = func(s source.Source) source.Source { return once{s} }
	p.write(op{key: "1", value: "a"}, op{key: "2", value: "b"})
	spec := synced(semantic.SyncChanges, nil)
	b.define("items", spec)
	if r := b.sync("items", datasync.Request{}); r.State != datasync.Done {
		t.Fatalf("%+v", r.Error)
	}
	p.mu.Lock()
	p.log, p.trimmed = nil, 0 // what was read and acknowledged is gone
	p.mu.Unlock()
	want := []string{"1|a", "2|b"}
	if r := b.sync("items", datasync.Request{Full: true}); r.State != datasync.Failed || r.Error.Code != "given_once" || len(p.forgot) > 0 {
		t.Errorf("%s %+v, forgot %v", r.State, r.Error, p.forgot)
	}
	if got := b.rows("items", "id, value"); !slices.Equal(got, want) {
		t.Errorf("after asking for everything: %q", got)
	}
	b.places["other"] = p // the connection has another name
	p.write(op{key: "3", value: "c"})
	spec.Source = &semantic.Source{Connection: "other", Table: spec.Source.Table, Sync: spec.Source.Sync}
	b.define("items", spec)
	if r := b.sync("items", datasync.Request{}); r.State != datasync.Done {
		t.Fatalf("%+v", r.Error)
	}
	if got := b.rows("items", "id, value"); !slices.Equal(got, append(want, "3|c")) {
		t.Errorf("by another connection: %q", got)
	}
}
