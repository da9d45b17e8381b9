package app_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"lodestar/internal/access"
	"lodestar/internal/catalog"
	"lodestar/internal/expr"
	"lodestar/internal/fault"
	"lodestar/internal/query"
	"lodestar/internal/semantic"
	"lodestar/internal/store/storetest"
	"lodestar/internal/warehouse"
	"lodestar/internal/warehouse/direct"
	"lodestar/internal/warehouse/gate"
	"lodestar/internal/warehouse/postgres"
)

// soaking reports whether long trials were asked for, with make soak.
func soaking() bool { return os.Getenv("LODESTAR_SOAK") != "" }

// crowd fills a dataset with rows of very many customers; numbers is how the
// engine writes so many of them.
func (b *queryBench) crowd(numbers string, rows int) {
	b.define([]*catalog.Resource{
		{Kind: "Dataset", Metadata: catalog.Metadata{Name: "sales"}, Spec: &semantic.DatasetSpec{Columns: []semantic.Column{
			{Name: "who", Type: expr.Integer}, {Name: "amount", Type: expr.Decimal, Precision: 18, Scale: 2}, {Name: "note", Type: expr.String}}}},
		{Kind: "Metric", Metadata: catalog.Metadata{Name: "amount"}, Spec: &semantic.MetricSpec{Type: "simple", Dataset: "sales", Agg: "sum", Expr: "amount"}},
		{Kind: "Metric", Metadata: catalog.Metadata{Name: "middle"}, Spec: &semantic.MetricSpec{Type: "simple", Dataset: "sales", Agg: "median", Expr: "amount"}},
		{Kind: "Metric", Metadata: catalog.Metadata{Name: "notes"}, Spec: &semantic.MetricSpec{Type: "simple", Dataset: "sales", Agg: "count_distinct", Expr: "note"}},
	})
	b.fill("sales", nil)
	s := b.states["sales"]
	b.exec(fmt.Sprintf("INSERT INTO %s SELECT i, i / 100, 'note ' || (i %% 1000) FROM "+numbers+" AS t(i)", s.Table, rows))
	s.Rows = int64(rows)
	b.states["sales"] = s
}

// TestCancelledQueriesLeakNothing gives questions up while they wait, while
// the engine works, and while rows are read. make soak gives up many more.
func TestCancelledQueriesLeakNothing(t *testing.T) {
	b := openQueryBench(t)
	b.crowd("range(%d)", 1_000_000)
	queries := 200
	if soaking() {
		queries = 5000
	}
	b.giveUp(t, queries, b.db.Busy)
}

// TestCancelledQueriesOnPostgres does the same where the engine is a server,
// and asks the server what it is still at.
func TestCancelledQueriesOnPostgres(t *testing.T) {
	dsn := storetest.Postgres(t)
	admin := administrator(t, "pgx", dsn)
	b := newQueryBench(t)
	server{"CREATE SCHEMA ", `"`, running(admin), func(ctx context.Context, tables map[string]direct.Table) (*direct.Warehouse, error) {
		return postgres.Open(ctx, postgres.Config{DSN: dsn, Tables: tables})
	}}.prepare(b)
	b.crowd("generate_series(1, %d)", 300_000)
	queries := 60
	if soaking() {
		queries = 1000
	}
	b.giveUp(t, queries, func() (n int) {
		if err := admin.QueryRowContext(context.WithoutCancel(t.Context()), "SELECT count(*) FROM pg_stat_activity "+
			"WHERE datname = current_database() AND state <> 'idle' AND pid <> pg_backend_pid()").Scan(&n); err != nil {
			t.Error(err)
		}
		return n
	})
}

// giveUp asks very many questions with little patience, and looks for what is
// left of them. Busy counts connections at work.
func (b *queryBench) giveUp(t *testing.T, queries int, busyNow func() int) {
	t.Helper()
	g := gate.New(b, gate.Config{Places: 3})
	e := query.New(query.Config{Model: func() *semantic.Model { return b.model }, Warehouse: g.Front(), CacheBytes: -1,
		Now: func() time.Time { return b.now }})
	defer e.Close()
	ask := func(ctx context.Context, i int) error {
		who := access.Actor{Name: fmt.Sprint("p", i%5), Role: access.Viewer}
		r := query.Request{Metrics: []query.MetricRef{{Metric: "amount"}, {Metric: "middle"}, {Metric: "notes"}},
			By: []query.By{{Dimension: "who"}}, Where: fmt.Sprintf("who >= %d", i%50)}
		if i%3 > 0 {
			_, err := e.Query(ctx, who, r)
			return err
		}
		r.Metrics = r.Metrics[:1]
		s, err := e.Stream(ctx, who, r)
		if err != nil {
			return err
		}
		for {
			rows, err := s.Next()
			if rows == nil {
				return errors.Join(err, s.Close())
			}
		}
	}
	if err := ask(t.Context(), 0); err != nil { // also opens what stays open
		t.Fatal(err)
	}
	settle := func() (goroutines, busy int) {
		for range 2000 {
			goroutines, busy = runtime.NumGoroutine(), busyNow()
			if busy == 0 && g.Stats().Running == 0 {
				break
			}
			runtime.Gosched()
			<-time.After(time.Millisecond)
		}
		return goroutines, busy
	}
	before, _ := settle()
	rng := rand.New(rand.NewPCG(3, 9))
	var wg sync.WaitGroup
	var given, finished atomic.Int64
	room := make(chan struct{}, 40)
	for i := range queries {
		room <- struct{}{}
		patience := time.Duration(rng.IntN(60_000)) * time.Microsecond
		wg.Go(func() {
			defer func() { <-room }()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			timer := time.AfterFunc(patience, cancel)
			defer timer.Stop()
			switch err := ask(ctx, i); {
			case err == nil:
				finished.Add(1)
			case fault.Is(err, fault.Canceled):
				given.Add(1)
			default:
				t.Errorf("question %d: %v", i, err)
			}
		})
	}
	wg.Wait()
	after, busy := settle()
	if s := g.Stats(); busy != 0 || s.Running != 0 || s.Waiting != 0 {
		t.Errorf("%d connections still at work, %+v", busy, s)
	}
	if after > before+5 { // the pool may keep some idle connections more
		t.Errorf("%d goroutines, %d before", after, before)
	}
	if given.Load() < int64(queries)/2 {
		t.Errorf("only %d of %d were given up, %d finished: the trial is too easy", given.Load(), queries, finished.Load())
	}
	if err := ask(t.Context(), 1); err != nil {
		t.Errorf("afterwards: %v", err)
	}
	t.Logf("%d given up, %d finished", given.Load(), finished.Load())
}

var _ warehouse.Warehouse = (*queryBench)(nil)
