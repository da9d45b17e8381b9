package event_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"lodestar/internal/access"
	"lodestar/internal/audit"
	"lodestar/internal/catalog"
	"lodestar/internal/event"
	"lodestar/internal/eventlog"
	"lodestar/internal/expr"
	"lodestar/internal/semantic"
	"lodestar/internal/warehouse/duckdb"
)

var admin = access.Actor{Name: "ad", Role: access.Admin, Via: access.ViaSession}

// keys is a store of write keys in memory.
type keys struct {
	mu   sync.Mutex
	list []event.Key
}

func (k *keys) Put(_ context.Context, n event.Key) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	for i := range k.list {
		if k.list[i].Name == n.Name {
			k.list[i] = n
			return nil
		}
	}
	k.list = append(k.list, n)
	return nil
}

func (k *keys) List(context.Context) ([]event.Key, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return append([]event.Key(nil), k.list...), nil
}

func (k *keys) Used(_ context.Context, name string, at time.Time) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	for i := range k.list {
		if k.list[i].Name == name {
			k.list[i].UsedAt = &at
		}
	}
	return nil
}

func (k *keys) Delete(_ context.Context, name string) (bool, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for i := range k.list {
		if k.list[i].Name == name {
			k.list = append(k.list[:i], k.list[i+1:]...)
			return true, nil
		}
	}
	return false, nil
}

type noTrail struct{}

func (noTrail) Record(context.Context, audit.Entry) error { return nil }

// bench is a service over a warehouse of its own.
type bench struct {
	t      *testing.T
	dir    string
	db     *duckdb.DB
	svc    *event.Service
	keys   *keys
	key    string
	now    time.Time
	mu     sync.Mutex
	model  *semantic.Model
	snap   catalog.Snapshot
	change func(*event.Config)
}

func noon() time.Time { return time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC) }

// newBench starts a service with definitions.
func newBench(t *testing.T, plan string) *bench {
	t.Helper()
	b := &bench{t: t, dir: t.TempDir(), keys: &keys{}, now: noon()}
	b.define(plan)
	b.start()
	t.Cleanup(b.stop)
	_, secret, err := b.svc.CreateKey(t.Context(), admin, event.NewKey{Name: "web"})
	if err != nil {
		t.Fatal(err)
	}
	b.key = secret
	return b
}

func (b *bench) define(plan string) {
	b.t.Helper()
	rs, findings := catalog.Decode("plan.yaml", []byte(plan), semantic.Kinds())
	m, more := semantic.Compile(rs)
	for _, f := range append(findings, more...) {
		b.t.Fatalf("plan: %s %s: %s", f.Name, f.Path, f.Text.EN)
	}
	for _, r := range rs {
		r.State = catalog.Published
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.model, b.snap = m, catalog.NewSnapshot(1, rs)
}

func (b *bench) start() {
	b.t.Helper()
	var err error
	if b.db, err = duckdb.Open(duckdb.Config{Dir: b.dir, Threads: 1, MemoryLimit: "500MB"}); err != nil {
		b.t.Fatal(err)
	}
	c := event.Config{Dir: b.dir + "/events", Warehouse: b.db, Keys: b.keys, Trail: noTrail{}, Every: time.Millisecond,
		Model:   func() *semantic.Model { b.mu.Lock(); defer b.mu.Unlock(); return b.model },
		Catalog: func() catalog.Snapshot { b.mu.Lock(); defer b.mu.Unlock(); return b.snap },
		Now:     func() time.Time { b.mu.Lock(); defer b.mu.Unlock(); return b.now },
		Disk:    eventlog.Config{Free: func(string) (int64, error) { return 1 << 40, nil }}}
	if b.change != nil {
		b.change(&c)
	}
	if b.svc, err = event.New(b.t.Context(), c); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) stop() {
	if b.svc == nil {
		return
	}
	if err := b.svc.Stop(context.Background()); err != nil {
		b.t.Error(err)
	}
	if err := b.db.Close(); err != nil {
		b.t.Error(err)
	}
	b.svc = nil
}

func (b *bench) again() { b.stop(); b.start() }

func (b *bench) send(call, body string) error {
	return b.svc.Take(b.t.Context(), event.Request{Call: call, Key: b.key, Body: []byte(body)})
}

// must sends and waits until it is stored.
func (b *bench) must(call, body string) {
	b.t.Helper()
	if err := b.send(call, body); err != nil {
		b.t.Fatalf("%s: %v", body, err)
	}
	b.drain()
}

func (b *bench) drain() {
	b.t.Helper()
	if err := b.svc.Drain(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
}

// rows asks the warehouse for columns of a dataset, ordered, as texts.
func (b *bench) rows(dataset, columns string) []string {
	b.t.Helper()
	st, ok, err := b.db.State(b.t.Context(), dataset)
	if err != nil {
		b.t.Fatal(err)
	}
	if !ok {
		return nil
	}
	r, err := b.db.Query(b.t.Context(), expr.SQL{Text: "SELECT " + columns + " FROM " + st.Table + " ORDER BY ALL"})
	if err != nil {
		b.t.Fatal(err)
	}
	defer r.Close()
	var out []string
	for r.Next() {
		var row []string
		for _, v := range r.Values() {
			row = append(row, fmt.Sprint(v))
		}
		out = append(out, strings.Join(row, " "))
	}
	if err := r.Err(); err != nil {
		b.t.Fatal(err)
	}
	if st.Rows != int64(len(out)) {
		b.t.Errorf("%s has %d rows, its state says %d", dataset, len(out), st.Rows)
	}
	return out
}

func shopModel(t testing.TB) *semantic.Model {
	t.Helper()
	rs, findings := catalog.Decode("plan.yaml", []byte(shop), semantic.Kinds())
	m, more := semantic.Compile(rs)
	if len(findings)+len(more) > 0 {
		t.Fatal(findings, more)
	}
	return m
}
