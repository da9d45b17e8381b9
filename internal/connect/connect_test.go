package connect_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"lodestar/internal/access"
	"lodestar/internal/audit"
	"lodestar/internal/catalog"
	"lodestar/internal/connect"
	"lodestar/internal/expr"
	"lodestar/internal/fault"
	"lodestar/internal/ingest"
	"lodestar/internal/kinds"
	"lodestar/internal/semantic"
	"lodestar/internal/source"
	"lodestar/internal/source/sourcetest"
	"lodestar/internal/text"
)

// sampled is a source that is known by its records.
type sampled struct {
	place
	sample source.Glimpse
}

func (s sampled) Peek(context.Context, string) (source.Glimpse, error) { return s.sample, nil }

// place is a source that knows its streams and reads nothing.
type place struct {
	source.Source
	streams []source.Stream
	wait    bool
	files   bool
	open    *int
}

func (p place) Discover(ctx context.Context) ([]source.Stream, error) {
	if p.wait {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return p.streams, nil
}

func (p place) Describe(_ context.Context, name string) (source.Stream, error) {
	for _, s := range p.streams {
		if s.Name == name {
			return s, nil
		}
	}
	return source.Stream{}, fault.New(fault.NotFound, "unknown_stream", text.Same("none"))
}

func (p place) Close() error {
	*p.open--
	return nil
}

// filed is a place whose streams are files; what is in them is told by world.
type filed struct{ place }

func (f filed) Sample(_ context.Context, name string, out source.Spool) error {
	to, err := out.File(name)
	if err != nil {
		return err
	}
	return to.Close()
}

type nothing struct{}

func (nothing) Current(context.Context) ([]catalog.Record, error) { return nil, nil }
func (nothing) Commit(context.Context, []catalog.Record, []audit.Entry) (int64, error) {
	return 1, nil
}
func (nothing) Revisions(context.Context, string, string) ([]catalog.Record, error) { return nil, nil }

var (
	admin  = access.Actor{Name: "mei", Role: access.Admin}
	editor = access.Actor{Name: "ed", Role: access.Editor}
	viewer = access.Actor{Name: "vi", Role: access.Viewer}
)

const definitions = `
kind: Connection
metadata: {name: shop}
spec: {type: postgres, host: db, user: reader}
---
kind: Dataset
metadata: {name: orders}
spec:
  columns: [{name: id, type: integer}]
  source: {connection: shop, table: public.orders}
`

var orders = source.Stream{Name: "public.orders", Key: []string{"Id"}, Modes: []string{source.Full, source.Incremental}, Columns: []source.Column{
	{Name: "Id", Type: expr.Integer}, {Name: "orderedAt", Type: expr.Timestamp}, {Name: "金额", Type: expr.Decimal, Precision: 12, Scale: 2},
	{Name: "last_updated", Type: expr.Timestamp}, {Name: "week", Type: expr.Integer}}}

// world is a service over one connection; opened counts what was not closed.
func world(t *testing.T, p place, refuse error) (s *connect.Service, opened *int) {
	t.Helper()
	opened = new(int)
	p.open = opened
	cat, err := catalog.Open(context.Background(), catalog.Config{Kinds: kinds.All(), Store: nothing{}, Now: time.Now,
		Log: slog.New(slog.DiscardHandler), Checker: catalog.CheckerFunc(kinds.Check)})
	if err != nil {
		t.Fatal(err)
	}
	rs, findings := catalog.Decode("d.yaml", []byte(definitions), kinds.All())
	if len(findings) > 0 {
		t.Fatal(findings)
	}
	for _, r := range rs {
		if _, err := cat.Put(context.Background(), admin, r, catalog.PutOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	return connect.New(connect.Config{Catalog: cat.Snapshot, Now: time.Now, Open: func(_ context.Context, spec *semantic.ConnectionSpec) (source.Source, error) {
		if refuse != nil {
			return nil, refuse
		}
		*opened++
		if p.files {
			return filed{p}, nil
		}
		return p, nil
	}, Look: func(_ context.Context, _ access.Actor, format semantic.Format, fill func(source.Spool) error) (ingest.Detection, error) {
		var spool sourcetest.Spool
		if err := fill(&spool); err != nil {
			return ingest.Detection{}, err
		}
		format.Type = "csv"
		return ingest.Detection{Name: spool.Files[0].Name, Spec: &semantic.DatasetSpec{PrimaryKey: []string{"id"}, Source: &semantic.Source{Format: &format},
			Columns: []semantic.Column{{Name: "id", Type: expr.Integer}}}}, nil
	}}), opened
}

func TestTry(t *testing.T) {
	t.Parallel()
	s, opened := world(t, place{streams: []source.Stream{orders}}, nil)
	got, err := s.TestStored(t.Context(), editor, "shop")
	if err != nil || !got.OK || got.Streams != 1 || got.Error != nil {
		t.Errorf("%+v %v", got, err)
	}
	spec := connect.Draft{Spec: semantic.ConnectionSpec{Type: "postgres", Host: "db", User: "x"}}
	if got, err := s.Test(t.Context(), admin, spec); err != nil || !got.OK {
		t.Errorf("%+v %v", got, err)
	}
	if _, err := s.Test(t.Context(), admin, connect.Draft{Spec: semantic.ConnectionSpec{Type: "postgres", Host: "db"}}); !fault.Is(err, fault.Invalid) || len(fault.Of(err).Fields) != 1 {
		t.Errorf("without a user: %v", err)
	}
	if *opened != 0 {
		t.Errorf("%d are still open", *opened)
	}
}

// What goes wrong is in the answer; what is asked wrong is a fault.
func TestTryFails(t *testing.T) {
	t.Parallel()
	refused := fault.New(fault.Unavailable, "engine_unreachable", text.Same("nobody is there"))
	s, _ := world(t, place{}, refused)
	got, err := s.TestStored(t.Context(), editor, "shop")
	if err != nil || got.OK || got.Error == nil || got.Error.Code != "engine_unreachable" {
		t.Errorf("%+v %v", got, err)
	}
	s, _ = world(t, place{}, errors.New("a driver's own words with hunter2"))
	if got, err := s.TestStored(t.Context(), editor, "shop"); err != nil || got.Error == nil || strings.Contains(got.Error.Text.EN, "hunter2") {
		t.Errorf("%+v %v", got, err)
	}
	if _, err := s.TestStored(t.Context(), editor, "nowhere"); !fault.Is(err, fault.NotFound) {
		t.Error(err)
	}
}

func TestNoAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, opened := world(t, place{wait: true}, nil)
		got, err := s.TestStored(t.Context(), editor, "shop")
		if err != nil || got.Error == nil || got.Error.Code != "no_answer" || got.Millis != 30_000 {
			t.Errorf("%+v %v", got, err)
		}
		if _, err := s.Streams(t.Context(), editor, "shop"); fault.Of(err).Code != "no_answer" {
			t.Error(err)
		}
		given, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := s.TestStored(given, editor, "shop"); !errors.Is(err, context.Canceled) {
			t.Errorf("given up: %v", err)
		}
		if *opened != 0 {
			t.Errorf("%d are still open", *opened)
		}
	})
}

func TestPropose(t *testing.T) {
	t.Parallel()
	s, _ := world(t, place{streams: []source.Stream{orders, {Name: "empty"}}}, nil)
	got, err := s.Propose(t.Context(), editor, "shop", connect.Ask{Stream: "public.orders"})
	if err != nil {
		t.Fatal(err)
	}
	want := semantic.DatasetSpec{PrimaryKey: []string{"id"}, Time: "ordered_at",
		Source: &semantic.Source{Connection: "shop", Table: "public.orders",
			Sync: &semantic.Sync{Mode: semantic.SyncIncremental, Cursor: "last_updated", Schedule: semantic.Schedule{Every: "15 minutes"}}},
		Columns: []semantic.Column{{Name: "id", Source: "Id", Type: expr.Integer, Title: text.Text{EN: "Id"}},
			{Name: "ordered_at", Source: "orderedAt", Type: expr.Timestamp, Title: text.Text{EN: "orderedAt"}},
			{Name: "amount", Source: "金额", Type: expr.Decimal, Precision: 12, Scale: 2, Title: text.Text{ZH: "金额"}},
			{Name: "last_updated", Type: expr.Timestamp},
			{Name: "week_value", Source: "week", Type: expr.Integer, Title: text.Text{EN: "week"}}}}
	if diff := cmp.Diff(want, got.Spec, cmpopts.IgnoreUnexported(semantic.DatasetSpec{})); diff != "" {
		t.Error(diff)
	}
	if got.Name != "orders_2" || !slices.Equal(got.Used, []string{"orders"}) || !slices.Equal(got.Cursors, []string{"last_updated", "id"}) {
		t.Errorf("%s %v %v", got.Name, got.Used, got.Cursors)
	}
	for _, f := range got.Spec.Validate(catalog.Metadata{Name: got.Name}) {
		t.Errorf("what is proposed is refused: %+v", f)
	}
	if _, err := s.Propose(t.Context(), editor, "shop", connect.Ask{Stream: "empty"}); fault.Of(err).Code != "no_columns" {
		t.Error(err)
	}
	if _, err := s.Propose(t.Context(), editor, "shop", connect.Ask{Stream: "public.secret"}); !fault.Is(err, fault.NotFound) {
		t.Error(err)
	}
}

// What files hold is found by looking into one; the dataset is called by the
// file, or by the folder of many, and reads them as they were read here.
func TestProposeFiles(t *testing.T) {
	t.Parallel()
	for stream, want := range map[string]string{
		"sales.csv": "sales", "in/sales 2026.csv.gz": "sales_2026", "orders/*.csv": "orders_2", "*.csv": "shop", "**/2026-*.json": "shop", `a/\[x].csv`: "a",
	} {
		s, opened := world(t, place{files: true, streams: []source.Stream{{Name: stream, Modes: []string{source.Full, source.Changes}}}}, nil)
		got, err := s.Propose(t.Context(), editor, "shop", connect.Ask{Stream: stream, Format: &semantic.Format{Delimiter: "|"}})
		if err != nil {
			t.Fatal(err)
		}
		spec := semantic.Source{Connection: "shop", Table: stream, Format: &semantic.Format{Delimiter: "|"},
			Sync: &semantic.Sync{Mode: semantic.SyncChanges, Schedule: semantic.Schedule{Every: "5 minutes"}}}
		if diff := cmp.Diff(&spec, got.Spec.Source); diff != "" || got.Name != want || got.Detection.Name != stream {
			t.Errorf("%s becomes %s of %s: %s", stream, got.Name, got.Detection.Name, diff)
		}
		if *opened != 0 {
			t.Error("it is still open")
		}
	}
}

// The way to keep a copy up to date follows from what the stream allows.
func TestProposedMode(t *testing.T) {
	t.Parallel()
	change := func(f func(*source.Stream)) source.Stream {
		s := orders
		s.Columns, s.Modes = slices.Clone(s.Columns), slices.Clone(s.Modes)
		f(&s)
		return s
	}
	for want, stream := range map[string]source.Stream{
		"changes":                  change(func(s *source.Stream) { s.Modes = append(s.Modes, source.Changes) }),
		"full":                     change(func(s *source.Stream) { s.Key = nil }),
		"full only key":            change(func(s *source.Stream) { s.Columns = s.Columns[:1] }),
		"full no mode":             change(func(s *source.Stream) { s.Modes = []string{source.Full} }),
		"incremental last_updated": orders,
	} {
		s, _ := world(t, place{streams: []source.Stream{stream}}, nil)
		got, err := s.Propose(t.Context(), editor, "shop", connect.Ask{Stream: stream.Name})
		mode, cursor, _ := strings.Cut(want, " ")
		if err != nil || got.Spec.Source.Sync.Mode != mode || mode == "incremental" && got.Spec.Source.Sync.Cursor != cursor {
			t.Errorf("%s: %+v %v", want, got.Spec.Source.Sync, err)
		}
	}
}

// A sample is made shorter, and tells what is wrong beside what was seen.
func TestPeek(t *testing.T) {
	t.Parallel()
	record := map[string]any{"id": json.Number("1"), "tags": []any{"a", "b", "c", "d", "e"}, "note": strings.Repeat("北", 300)}
	opened, typed := 1, ""
	p := sampled{place{open: &opened}, source.Glimpse{Stream: source.Stream{Name: "leads", Columns: orders.Columns[:1], Modes: []string{source.Full}}, Records: []any{record},
		Answer: map[string]any{"data": []any{record}}, Path: "data", Lists: []source.List{{Path: "data", Count: 1}}, Pages: []int{1}, Wrong: fault.New(fault.Invalid, "endless_pages", text.Same("again"))}}
	s := connect.New(connect.Config{Now: time.Now, Open: func(ctx context.Context, _ *semantic.ConnectionSpec) (source.Source, error) {
		typed, _ = connect.Typed(ctx, "crm_token")
		return p, nil
	}})
	draft := connect.Draft{Secrets: map[string]string{"crm_token": "hunter2"}, Spec: semantic.ConnectionSpec{Type: "rest", URL: "https://x", Streams: []semantic.RESTStream{{Name: "leads"}}}}
	got, err := s.Peek(t.Context(), admin, draft, "leads")
	if err != nil || got.Error == nil || got.Error.Code != "endless_pages" || got.Path != "data" || len(got.Columns) != 1 || typed != "hunter2" || opened != 0 {
		t.Fatalf("%+v %v %q %d", got, err, typed, opened)
	}
	want := `{"id":1,"note":"` + strings.Repeat("北", 200) + `…","tags":["a","b","c","… +2"]}`
	if string(got.Records[0]) != want || string(got.Answer) != `{"data":[`+want+`]}` {
		t.Errorf("%s\n%s", got.Records, got.Answer)
	}
	if _, err := s.Peek(t.Context(), editor, draft, "leads"); !fault.Is(err, fault.Denied) {
		t.Error(err)
	}
	draft.Spec.Streams = nil
	if _, err := s.Peek(t.Context(), admin, draft, "leads"); !fault.Is(err, fault.Invalid) {
		t.Error(err)
	}
	s, _ = world(t, place{streams: []source.Stream{orders}}, nil)
	draft.Spec = semantic.ConnectionSpec{Type: "postgres", Host: "db", User: "x"}
	if got, err := s.Peek(t.Context(), admin, draft, "public.orders"); err != nil || got.Error == nil || got.Error.Code != "nothing_to_see" {
		t.Errorf("%+v %v", got, err)
	}
}

func TestRights(t *testing.T) {
	t.Parallel()
	s, opened := world(t, place{streams: []source.Stream{orders}}, nil)
	_, draft := s.Test(t.Context(), editor, connect.Draft{})
	_, stored := s.TestStored(t.Context(), viewer, "shop")
	_, streams := s.Streams(t.Context(), viewer, "shop")
	_, offer := s.Propose(t.Context(), viewer, "shop", connect.Ask{Stream: "public.orders"})
	for i, err := range []error{draft, stored, streams, offer} {
		if !fault.Is(err, fault.Denied) {
			t.Errorf("%d: %v", i, err)
		}
	}
	if *opened != 0 {
		t.Error("connected without the right to")
	}
}
