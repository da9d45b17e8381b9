package query_test

import (
	"context"
	"fmt"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"lodestar/internal/expr"
	"lodestar/internal/fault"
	"lodestar/internal/query"
	"lodestar/internal/semantic"
	"lodestar/internal/text"
	"lodestar/internal/warehouse"
)

const streamModel = `kind: Workspace
metadata: {name: workspace}
spec: {zone: UTC}
---
kind: Dataset
metadata: {name: sales}
spec:
  columns: [{name: id, type: integer}, {name: at, type: timestamp}, {name: who, type: string}, {name: amount, type: decimal}]
  time: at
---
kind: Metric
metadata: {name: amount}
spec: {type: simple, dataset: sales, agg: sum, expr: amount}
---
kind: Metric
metadata: {name: sales}
spec: {type: simple, dataset: sales, agg: count}
`

// flowing is a warehouse whose rows are made while they are read.
type flowing struct {
	fake
	n      int
	opened int
	closed int
	asked  []warehouse.Asker
}

func (f *flowing) Query(ctx context.Context, q expr.SQL) (warehouse.Rows, error) {
	f.opened++
	f.asked = append(f.asked, warehouse.AskerOf(ctx))
	f.fake.asked = append(f.fake.asked, q)
	n := f.n
	if !strings.Contains(q.Text, "GROUP BY") {
		n = 1
	}
	return &flowingRows{f: f, ctx: ctx, n: n, row: make([]any, 3)}, nil
}

type flowingRows struct {
	f   *flowing
	ctx context.Context
	n   int
	at  int
	row []any
}

func (r *flowingRows) Columns() []warehouse.Column {
	return []warehouse.Column{{Type: expr.String}, {Type: expr.Decimal, Precision: 38, Scale: 2}, {Type: expr.Integer}}
}
func (r *flowingRows) Next() bool {
	r.at++
	return r.at <= r.n && r.ctx.Err() == nil
}
func (r *flowingRows) Values() []any {
	r.row[0], r.row[1], r.row[2] = fmt.Sprintf("customer %d", r.at), warehouse.NewDecimal(int64(r.at), 2), int64(r.at)
	return r.row
}
func (r *flowingRows) Err() error {
	if r.ctx.Err() != nil {
		return fault.New(fault.Canceled, "canceled", text.Same("gone"))
	}
	return nil
}
func (r *flowingRows) Close() error { r.f.closed++; return nil }

func streamEngine(t testing.TB, f *flowing) *query.Engine {
	m := compile(t, streamModel)
	f.states = loaded(m, 1_000_000)
	return query.New(query.Config{Model: func() *semantic.Model { return m }, Warehouse: f, Now: func() time.Time { return noon }})
}

// TestStreamHoldsNoRows reads a million rows; what the program holds meanwhile
// does not grow with them.
func TestStreamHoldsNoRows(t *testing.T) {
	f := &flowing{n: 1_000_000}
	e := streamEngine(t, f)
	s, err := e.Stream(t.Context(), viewer, decode(t, `{"metrics": ["amount", "sales"], "by": ["who"]}`))
	if err != nil {
		t.Fatal(err)
	}
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	start, most, n := heap(), uint64(0), 0
	for {
		rows, err := s.Next()
		if err != nil {
			t.Fatal(err)
		}
		if rows == nil {
			break
		}
		n += len(rows)
		if n%(100*1024) < 1024 {
			most = max(most, heap())
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if n != f.n {
		t.Errorf("%d rows, want %d", n, f.n)
	}
	if most > start+8<<20 {
		t.Errorf("the heap grew from %d to %d bytes", start, most)
	}
	if f.opened != f.closed {
		t.Errorf("%d statements, %d closed", f.opened, f.closed)
	}
}

// TestStreamIsTheAnswer: batch by batch, the same rows, totals and columns as
// the whole answer has.
func TestStreamIsTheAnswer(t *testing.T) {
	for _, src := range []string{
		`{"metrics": ["amount", "sales"], "by": ["who"], "totals": true}`,
		`{"metrics": ["amount", "sales"], "by": ["who"], "limit": 7}`,
		`{"metrics": ["amount", "sales"], "by": ["who"], "top": {"n": 5, "by": "amount", "others": true}}`,
	} {
		f := &flowing{n: 5000}
		e := streamEngine(t, f)
		r := decode(t, src)
		want, err := e.Query(t.Context(), viewer, r)
		if err != nil {
			t.Fatal(err)
		}
		s, err := e.Stream(t.Context(), viewer, r)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(s.Head.Columns, want.Columns) || !reflect.DeepEqual(s.Head.Totals, want.Totals) ||
			!reflect.DeepEqual(s.Head.Others, want.Others) || s.Head.Rows != nil {
			t.Errorf("%s: head\n%+v\nwant\n%+v", src, s.Head, want)
		}
		last := f.fake.asked[len(f.fake.asked)-1].Text
		if r.Limit > 0 && !strings.Contains(last, "LIMIT 7") || r.Limit == 0 && r.Top == nil && strings.Contains(last, "LIMIT") {
			t.Errorf("%s asks\n%s", src, last)
		}
		var got [][]any
		for {
			rows, err := s.Next()
			if err != nil {
				t.Fatal(err)
			}
			if rows == nil {
				break
			}
			got = append(got, rows...)
		}
		if len(want.Rows) < len(got) { // the fake knows no limit
			got = got[:len(want.Rows)]
		}
		if !reflect.DeepEqual(got, want.Rows) {
			t.Errorf("%s: %d rows, want %d", src, len(got), len(want.Rows))
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if len(s.Types) > 0 && (s.Types[1].Scale != 2 || s.Types[2].Type != expr.Integer || s.Types[1].Name != "amount") {
			t.Errorf("types %+v", s.Types)
		}
	}
}

// TestStreamSaysWhoReads: only the rows themselves are a stream, and they come
// last.
func TestStreamSaysWhoReads(t *testing.T) {
	f := &flowing{n: 10}
	s, err := streamEngine(t, f).Stream(t.Context(), viewer, decode(t, `{"metrics": ["amount", "sales"], "by": ["who"], "totals": true}`))
	if err != nil {
		t.Fatal(err)
	}
	if f.opened-f.closed != 1 {
		t.Errorf("%d statements are open beside the rows", f.opened-f.closed-1)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	want := []warehouse.Asker{{Name: "mei"}, {Name: "mei", Stream: true}}
	if !reflect.DeepEqual(f.asked, want) {
		t.Errorf("asked as %+v, want %+v", f.asked, want)
	}
}

// TestStreamNeedsTheRight and ends when its reader is gone.
func TestStreamNeedsTheRight(t *testing.T) {
	f := &flowing{n: 1 << 40}
	e := streamEngine(t, f)
	r := decode(t, `{"metrics": ["amount", "sales"], "by": ["who"]}`)
	nobody := viewer
	nobody.Role = ""
	if _, err := e.Stream(t.Context(), nobody, r); err == nil || f.opened > 0 {
		t.Errorf("somebody without a role was answered: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	s, err := e.Stream(ctx, viewer, r)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Next(); err != nil {
		t.Fatal(err)
	}
	cancel()
	for err == nil {
		var rows [][]any
		if rows, err = s.Next(); rows == nil && err == nil {
			t.Fatal("a stream that was given up looks complete")
		}
	}
	if !fault.Is(err, fault.Canceled) {
		t.Error(err)
	}
	if err := s.Close(); err != nil || f.closed != f.opened {
		t.Errorf("%v, %d of %d closed", err, f.closed, f.opened)
	}
}
