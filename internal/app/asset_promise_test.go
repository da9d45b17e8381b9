package app_test

import (
	"context"
	"math"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"lodestar/internal/app"
	"lodestar/internal/demo"
)

const promiseWorld = `
{kind: Workspace, metadata: {name: workspace}, spec: {zone: UTC}}
---
kind: Dataset
metadata: {name: orders}
spec:
  columns: [{name: id, type: integer}, {name: store, type: integer}, {name: at, type: timestamp}]
  time: at
  relationships: [{name: shop, to: stores, columns: {store: store}, cardinality: many_to_one}]
  freshness: {within: 24 hours}
---
{kind: Dataset, metadata: {name: stores}, spec: {columns: [{name: store, type: integer}, {name: city, type: string}], primaryKey: [store], freshness: {within: 48 hours}}}
---
{kind: Metric, metadata: {name: orders}, spec: {type: simple, dataset: orders, agg: count, where: "shop.city = 'x'"}}
`

// TestPromise: how well promises of freshness were kept is what a pencil says
// of when files were loaded and how new their rows were.
func TestPromise(t *testing.T) {
	t.Parallel()
	var clock atomic.Int64
	at := func(day, hour int) { clock.Store(time.Date(2026, 5, day, hour, 0, 0, 0, time.UTC).Unix()) }
	at(1, 0)
	a, err := app.New(t.Context(), app.Config{DataDir: t.TempDir(), Memory: "512MB", Threads: 1, Now: func() time.Time { return time.Unix(clock.Load(), 0).UTC() }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	if err := a.Furnish(t.Context(), &demo.Workspace{Dir: t.TempDir(), Documents: []demo.Document{{Name: "w.yaml", Text: []byte(promiseWorld)}}}); err != nil {
		t.Fatal(err)
	}
	j := &journey{t, &http.Client{Transport: a.Transport()}}
	type promise struct {
		Kept *float64
		Late []struct{ From, To time.Time }
		Days []struct {
			Day  string
			Kept float64
		}
		Sources []struct {
			Name, Within string
			Kept         *float64
			Times        int
			Late         bool
		}
	}
	ask := func(of string) (p promise) {
		t.Helper()
		j.do("GET", "/promise?of="+of, nil, &p)
		return p
	}
	is := func(what string, got *float64, late, hours float64) {
		t.Helper()
		if want := 1 - late/hours; got == nil || math.Abs(*got-want) > 1e-9 {
			t.Errorf("%s: %v, want %g", what, got, want)
		}
	}
	if p := ask("Metric/orders"); p.Kept != nil || len(p.Days) != 0 || len(p.Sources) != 2 {
		t.Errorf("before any load: %+v", p)
	}
	j.load("orders", "a.csv", "id,store,at\n1,1,2026-04-30 12:00:00\n") // fresh until the 1st, 12:00
	j.load("stores", "s.csv", "store,city\n1,x\n")                      // until the 3rd, 0:00
	at(2, 0)
	j.load("orders", "b.csv", "id,store,at\n1,1,2026-05-01 20:00:00\n2,1,2099-05-01 00:00:00\n") // until the 2nd, 20:00; a year typed wrong
	at(3, 6)
	p := ask("Metric/orders")
	is("metric", p.Kept, 12+10, 54) // the 6 hours of the stores lie within the 10 of the orders
	if len(p.Late) != 2 || !p.Late[1].To.Equal(time.Date(2026, 5, 3, 6, 0, 0, 0, time.UTC)) || len(p.Days) != 3 {
		t.Fatalf("%+v", p)
	}
	for i, late := range []float64{12, 4, 6} {
		is(p.Days[i].Day, &p.Days[i].Kept, late, []float64{24, 24, 6}[i])
	}
	for _, s := range p.Sources {
		switch s.Name {
		case "orders":
			is("orders", s.Kept, 22, 54)
			if s.Times != 2 || !s.Late || s.Within != "24 hours" {
				t.Errorf("%+v", s)
			}
		case "stores":
			is("stores", s.Kept, 6, 54)
		}
	}
	var status struct {
		Freshness        string
		DataTo, FutureTo time.Time
		Future           int
	}
	told := func(freshness string, future int, to time.Time) {
		t.Helper()
		j.do("GET", "/datasets/orders/status", nil, &status)
		if status.Freshness != freshness || status.Future != future || !status.DataTo.Equal(to) || status.FutureTo.Year() != 2099 {
			t.Errorf("%+v", status)
		}
	}
	told("late", 1, time.Date(2026, 5, 1, 20, 0, 0, 0, time.UTC))
	today := ask("Metric/orders&days=1")
	is("today", today.Kept, 6, 6)
	is("dataset", ask("Dataset/stores").Kept, 6, 54)
	j.load("orders", "c.csv", "id,store,at\n2,1,2099-05-01 00:00:00\n")
	status.DataTo = time.Time{}
	told("none", 1, time.Time{})
	if p := ask("Dataset/orders"); p.Kept != nil {
		t.Errorf("told of rows that are all of the future: %+v", p)
	}
	var answer any
	j.put("/workspaces/workspace", map[string]any{"kind": "Workspace", "metadata": map[string]any{"name": "workspace"}, "spec": map[string]any{"zone": "UTC", "asOf": "latest"}}, &answer)
	if p := ask("Metric/orders"); p.Kept != nil {
		t.Errorf("told of time that is held: %+v", p)
	}
}
