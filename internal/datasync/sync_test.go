package datasync_test

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"lodestar/internal/access"
	"lodestar/internal/audit"
	"lodestar/internal/datasync"
	"lodestar/internal/expr"
	"lodestar/internal/fault"
	"lodestar/internal/ingest"
	"lodestar/internal/job"
	"lodestar/internal/semantic"
	"lodestar/internal/source"
	"lodestar/internal/store"
	"lodestar/internal/warehouse/duckdb"
)

var (
	editor = access.Actor{Name: "mei", Role: access.Editor, Via: "test"}
	viewer = access.Actor{Name: "vi", Role: access.Viewer, Via: "test"}
)

// bench is a service over real stores, with places in memory.
type bench struct {
	*datasync.Service
	t        *testing.T
	db       *duckdb.DB
	meta     *store.DB
	loads    *ingest.Service
	mu       sync.Mutex
	datasets map[string]semantic.DatasetSpec
	places   map[string]*place
	now      time.Time
	step     func(string)
	dir      string
	zone     string
	queue    *job.Queue
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{t: t, dir: t.TempDir(), datasets: map[string]semantic.DatasetSpec{}, places: map[string]*place{},
		now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), zone: "Asia/Shanghai"}
	b.open()
	t.Cleanup(b.close)
	return b
}

func (b *bench) clock() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.now
}

func (b *bench) pass(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.now = b.now.Add(d)
}

func (b *bench) names() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []string
	for n := range b.datasets {
		out = append(out, n)
	}
	return out
}

func (b *bench) spec(name string) (semantic.DatasetSpec, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	s, ok := b.datasets[name]
	return s, ok
}

func (b *bench) define(name string, s semantic.DatasetSpec) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.datasets[name] = s
}

func (b *bench) open() {
	t := b.t
	t.Helper()
	var err error
	if b.db, err = duckdb.Open(duckdb.Config{Dir: filepath.Join(b.dir, "data"), MemoryLimit: "512MB", Threads: 2}); err != nil {
		t.Fatal(err)
	}
	if b.meta, err = store.Open(t.Context(), filepath.Join(b.dir, "meta.db"), store.Options{}); err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	if os.Getenv("LODESTAR_TEST_LOG") != "" {
		log = slog.New(slog.NewTextHandler(os.Stderr, nil))
	}
	workspace := func() semantic.WorkspaceSpec { return semantic.WorkspaceSpec{Zone: b.zone} }
	b.loads, err = ingest.New(ingest.Config{Warehouse: b.db, Dataset: b.spec, Datasets: b.names, Workspace: workspace, Now: b.clock, Log: log, Step: b.stepped})
	if err != nil {
		t.Fatal(err)
	}
	b.queue = job.NewQueue(job.Config{Store: b.meta.Jobs(), Now: b.clock, Log: log, Workers: 4, Poll: 5 * time.Millisecond, Alone: true})
	b.Service = datasync.New(datasync.Config{
		Open: func(ctx context.Context, name string) (source.Source, error) {
			p, ok := b.places[name]
			if !ok {
				return nil, fault.New(fault.NotFound, "unknown_connection", errFlaky.Text)
			}
			return p.open(ctx, name)
		},
		Dataset: b.spec, Datasets: b.names, Workspace: workspace, AddColumns: b.addColumns,
		Loads: b.loads, Warehouse: b.db, Store: b.meta.Syncs(), Queue: b.queue, Audit: audit.New(b.meta.Audit(), b.clock), Now: b.clock, Log: log,
		Installation: "here", Poll: time.Hour, Step: b.stepped})
	if err := b.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func (b *bench) stepped(name string) {
	b.mu.Lock()
	step := b.step
	b.mu.Unlock()
	if step != nil {
		step(name)
	}
}

func (b *bench) close() {
	ctx := context.Background()
	for _, err := range []error{b.Stop(ctx), b.loads.Stop(ctx), b.meta.Close(), b.db.Close()} {
		if err != nil {
			b.t.Error(err)
		}
	}
}

// addColumns is what the catalog does: the definition first, then the rows.
func (b *bench) addColumns(ctx context.Context, name string, columns []semantic.Column) error {
	s, _ := b.spec(name)
	s.Columns = append(slices.Clone(s.Columns), columns...)
	b.define(name, s)
	_, err := b.loads.Recast(ctx, editor, name)
	return err
}

func synced(mode string, change func(*semantic.Sync)) semantic.DatasetSpec {
	sync := &semantic.Sync{Mode: mode}
	if mode == semantic.SyncIncremental {
		sync.Cursor, sync.Lookback = "seq", "5"
	}
	if change != nil {
		change(sync)
	}
	return semantic.DatasetSpec{PrimaryKey: []string{"id"}, Columns: []semantic.Column{
		{Name: "id", Type: expr.Integer}, {Name: "seq", Source: "Seq", Type: expr.Integer}, {Name: "value", Type: expr.String}},
		Source: &semantic.Source{Connection: "shop", Table: "public.items", Sync: sync}}
}

// sync asks for a run and waits for its end.
func (b *bench) sync(name string, req datasync.Request) datasync.Run {
	b.t.Helper()
	r, err := b.Sync(b.t.Context(), editor, name, req)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.wait(r.ID)
}

// wait waits for the end of a run; pauses between attempts pass at once.
func (b *bench) wait(id string) datasync.Run {
	b.t.Helper()
	for {
		r, err := b.Run(b.t.Context(), viewer, id)
		if err != nil {
			b.t.Fatal(err)
		}
		if r.Ended() {
			return r
		}
		if !r.NextTry.IsZero() {
			b.pass(time.Minute)
		}
		b.breathe()
	}
}

// breathe lets others work.
func (b *bench) breathe() {
	b.t.Helper()
	select {
	case <-time.After(2 * time.Millisecond):
	case <-b.t.Context().Done():
		b.t.Fatal("no end")
	}
}

// rows reads a dataset as its place tells rows.
func (b *bench) rows(name, columns string) []string {
	b.t.Helper()
	state, ok, err := b.db.State(b.t.Context(), name)
	if err != nil {
		b.t.Fatal(err)
	}
	if !ok {
		return nil
	}
	rows, err := b.db.Query(b.t.Context(), expr.SQL{Text: "SELECT concat_ws('|', " + columns + ") FROM " + state.Table})
	if err != nil {
		b.t.Fatal(err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		out = append(out, rows.Values()[0].(string))
	}
	slices.Sort(out)
	return out
}

func (b *bench) equal(name string, p *place, when string) {
	b.t.Helper()
	if got, want := b.rows(name, "id, value"), p.rows(); !slices.Equal(got, want) {
		b.t.Fatalf("%s: %d rows here, %d there\n%s\n%s", when, len(got), len(want), strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestSyncedRowsAreThoseOfTheSource lets a source change, fail and be synced, by
// each mode, and compares its rows with those here after every run.
func TestSyncedRowsAreThoseOfTheSource(t *testing.T) {
	t.Parallel()
	for mode, change := range map[string]func(*semantic.Sync){
		semantic.SyncFull: nil, semantic.SyncChanges: nil,
		semantic.SyncIncremental: func(s *semantic.Sync) { s.Deletes = semantic.DeletesCompare },
	} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			b, p := newBench(t), newPlace(uint64(len(mode)))
			b.places["shop"] = p
			many := 99
			b.define("items", synced(mode, func(s *semantic.Sync) {
				s.Retries = &many
				if change != nil {
					change(s)
				}
			}))
			retried, pieces, deleted := 0, 0, int64(0)
			for i := range 25 {
				p.mu.Lock()
				p.flaky = i%2 == 1
				p.mu.Unlock()
				p.busy(p.rng.IntN(120))
				r := b.sync("items", datasync.Request{Full: i%8 == 6})
				if r.State != datasync.Done {
					t.Fatalf("%+v %+v", r, r.Error)
				}
				if r.Attempt > 1 {
					retried++
				}
				pieces, deleted = max(pieces, r.Pieces), deleted+r.Deleted
				b.equal("items", p, mode)
			}
			if retried == 0 || mode != semantic.SyncFull && (pieces < 2 || deleted == 0) {
				t.Errorf("%d retried, at most %d pieces, %d deleted: too little happened", retried, pieces, deleted)
			}
		})
	}
}

// TestNothingNewIsNoNewVersion: answers stay in caches while a source is quiet.
func TestNothingNewIsNoNewVersion(t *testing.T) {
	t.Parallel()
	b, p := newBench(t), newPlace(1)
	b.places["shop"] = p
	b.define("items", synced(semantic.SyncChanges, nil))
	p.busy(50)
	b.sync("items", datasync.Request{})
	before, _, err := b.db.State(t.Context(), "items")
	if err != nil {
		t.Fatal(err)
	}
	if r := b.sync("items", datasync.Request{}); r.State != datasync.Done || r.Pieces != 0 {
		t.Errorf("%+v", r)
	}
	after, _, err := b.db.State(t.Context(), "items")
	if err != nil || after.Version != before.Version {
		t.Errorf("version %d became %d, %v", before.Version, after.Version, err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.trimmed != len(p.log) {
		t.Errorf("%d of %d lines acknowledged", p.trimmed, len(p.log))
	}
}

// TestBackfillReadsARangeAgain and leaves the mark.
func TestBackfillReadsARangeAgain(t *testing.T) {
	t.Parallel()
	b, p := newBench(t), newPlace(2)
	b.places["shop"] = p
	b.define("items", synced(semantic.SyncIncremental, nil))
	for i := range 80 {
		p.write(op{key: string('0'+rune(i%10)) + "7", value: "old"}, op{key: "1" + string('0'+rune(i%10)), value: "x"})
	}
	b.sync("items", datasync.Request{})
	// Somebody mended old rows without touching their cursor.
	p.mu.Lock()
	for i := range p.log {
		p.log[i].value = "mended"
	}
	p.mu.Unlock()
	mark, err := b.db.Mark(t.Context(), "items")
	if err != nil {
		t.Fatal(err)
	}
	r := b.sync("items", datasync.Request{From: "100", To: "150"})
	if r.State != datasync.Done || r.Trigger != datasync.ByBackfill || r.Read == 0 {
		t.Fatalf("%+v", r)
	}
	after, err := b.db.Mark(t.Context(), "items")
	if err != nil || after != mark {
		t.Errorf("mark %q became %q, %v", mark, after, err)
	}
	mended := 0
	for _, row := range b.rows("items", "seq, value") {
		seq, value, _ := strings.Cut(row, "|")
		if in := len(seq) == 3 && seq >= "100" && seq < "150"; in != (value == "mended") {
			t.Errorf("%s: in the range %v", row, in)
		} else if in {
			mended++
		}
	}
	if int64(mended) != r.Loaded || mended == 0 {
		t.Errorf("%d mended, %d loaded", mended, r.Loaded)
	}
	for _, bad := range []datasync.Request{{From: "soon"}, {From: "1", Full: true}} {
		if _, err := b.Sync(t.Context(), editor, "items", bad); !fault.Is(err, fault.Invalid) {
			t.Errorf("%+v: %v", bad, err)
		}
	}
}

// TestRunsGoOnAfterAStop: the program stops in the midst of a run, which is
// neither lost nor counted as a failure.
func TestRunsGoOnAfterAStop(t *testing.T) {
	t.Parallel()
	b, p := newBench(t), newPlace(12)
	p.gate = make(chan struct{})
	b.places["shop"] = p
	b.define("items", synced(semantic.SyncChanges, func(s *semantic.Sync) { n := 0; s.Retries = &n }))
	p.busy(50)
	r, err := b.Sync(t.Context(), editor, "items", datasync.Request{})
	if err != nil {
		t.Fatal(err)
	}
	for r.Phase != datasync.Reading {
		b.breathe()
		if r, err = b.Run(t.Context(), viewer, r.ID); err != nil {
			t.Fatal(err)
		}
	}
	b.close()
	b.open()
	if r, err = b.Run(t.Context(), viewer, r.ID); err != nil || r.State != datasync.Waiting || r.Attempt != 0 {
		t.Fatalf("%+v %v", r, err)
	}
	close(p.gate)
	if err := b.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if r = b.wait(r.ID); r.State != datasync.Done || r.Attempt != 1 {
		t.Errorf("%+v %+v", r, r.Error)
	}
	b.equal("items", p, "after a stop")
}
