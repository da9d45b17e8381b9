package httpapi

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/ipc"

	"lodestar/internal/catalog"
	"lodestar/internal/expr"
	"lodestar/internal/fault"
	"lodestar/internal/query"
	"lodestar/internal/semantic"
	"lodestar/internal/text"
	"lodestar/internal/warehouse"
)

// river is a warehouse that makes rows while they are read.
type river struct {
	n      int
	breaks int // the row at which the engine fails; 0 for never
	open   atomic.Int64
	ended  chan struct{} // one for each statement that was closed
}

func (r *river) Query(ctx context.Context, _ expr.SQL) (warehouse.Rows, error) {
	r.open.Add(1)
	return &drops{r: r, ctx: ctx, row: make([]any, 2)}, nil
}
func (r *river) State(context.Context, string) (warehouse.State, bool, error) {
	return warehouse.State{Dataset: "sales", Table: "sales", Version: 1}, true, nil
}

type drops struct {
	r   *river
	ctx context.Context
	at  int
	row []any
}

func (d *drops) Columns() []warehouse.Column {
	return []warehouse.Column{{Type: expr.String}, {Type: expr.Decimal, Precision: 38, Scale: 2}}
}
func (d *drops) Next() bool {
	d.at++
	return d.at <= d.r.n && d.ctx.Err() == nil && (d.r.breaks == 0 || d.at < d.r.breaks)
}
func (d *drops) Values() []any {
	d.row[0], d.row[1] = fmt.Sprintf("=customer %d", d.at), warehouse.NewDecimal(int64(d.at), 2)
	return d.row
}
func (d *drops) Err() error {
	if d.r.breaks > 0 && d.at >= d.r.breaks {
		return errors.New("the engine fell over")
	}
	if d.ctx.Err() != nil {
		return fault.New(fault.Canceled, "canceled", text.Same("canceled"))
	}
	return nil
}
func (d *drops) Close() error {
	d.r.open.Add(-1)
	d.r.ended <- struct{}{}
	return nil
}

// terse is a dialect for a warehouse that does not read its statements.
type terse struct{ warehouse.Dialect }

func (terse) Name() string                                      { return "terse" }
func (terse) Quote(s string) string                             { return s }
func (terse) Rebind(s string) string                            { return s }
func (terse) Literal(any, expr.Type) expr.SQL                   { return expr.SQL{Text: "NULL"} }
func (terse) Order(x expr.SQL, _ bool) expr.SQL                 { return x }
func (terse) Aggregate(warehouse.Aggregate) expr.SQL            { return expr.SQL{Text: "x"} }
func (terse) Call(string, []expr.SQL) expr.SQL                  { return expr.SQL{Text: "x"} }
func (r *river) Dialect() warehouse.Dialect                     { return terse{} }
func (terse) Cast(x expr.SQL, _, _ expr.Type) expr.SQL          { return x }
func (terse) Divide(x, _ expr.SQL) expr.SQL                     { return x }
func (terse) SecondsBetween(x, _ expr.SQL) expr.SQL             { return x }
func (terse) AddSeconds(x, _ expr.SQL) expr.SQL                 { return x }
func (terse) ColumnType(t expr.Type, _ int, _ int) string       { return string(t) }
func (terse) Rows([]string, []expr.Type, [][]expr.SQL) expr.SQL { return expr.SQL{} }

// serving is a server over the river, which lets everybody in.
func serving(t *testing.T, r *river) *httptest.Server {
	t.Helper()
	rs, _ := catalog.Decode("m.yaml", []byte(`kind: Dataset
metadata: {name: sales}
spec: {columns: [{name: who, type: string}, {name: amount, type: decimal}]}
---
kind: Metric
metadata: {name: amount}
spec: {type: simple, dataset: sales, agg: sum, expr: amount}
`), semantic.Kinds())
	m, _ := semantic.Compile(rs)
	if m.Metric("amount") == nil {
		t.Fatal("no metric")
	}
	r.ended = make(chan struct{}, 100)
	e := query.New(query.Config{Model: func() *semantic.Model { return m }, Warehouse: r, Now: time.Now})
	a := testAPI(t, func(c *Config) { c.Model, c.Queries = func() *semantic.Model { return m }, e })
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.Handler().ServeHTTP(w, r.WithContext(AsLocal(r.Context(), viewer())))
	}))
	t.Cleanup(func() { s.Close(); e.Close() })
	return s
}

func fetch(t *testing.T, ctx context.Context, s *httptest.Server, path string, header ...string) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(ctx, "POST", s.URL+"/api/v1"+path, strings.NewReader(`{"metrics": ["amount"], "by": ["who"]}`))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	res, err := s.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// TestLargeFilesAreHeldNowhere: very many rows as each kind of file, and as
// Arrow from /query, while the memory in use stays as it was.
func TestLargeFilesAreHeldNowhere(t *testing.T) {
	r := &river{}
	s := serving(t, r)
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	for _, c := range []struct {
		path, accept, kind string
		rows               func(io.Reader) (int, error)
		n                  int
	}{
		{"/query/export?format=csv", "", "text/csv", countLines(1), 1_000_000},
		{"/query/export?format=ndjson", "", "application/x-ndjson", countLines(0), 300_000},
		{"/query/export?format=xlsx", "", "spreadsheetml.sheet", nil, 300_000},
		{"/query/export?format=arrow", "", arrowType, countArrow, 300_000},
		{"/query", arrowType, arrowType, countArrow, 1_000_000},
	} {
		r.n = c.n
		start := heap()
		res := fetch(t, t.Context(), s, c.path, "Accept", c.accept)
		if res.StatusCode != 200 || !strings.Contains(res.Header.Get("Content-Type"), c.kind) {
			t.Fatalf("%s: %d %v", c.path, res.StatusCode, res.Header)
		}
		most := uint64(0)
		watched := &watcher{r: res.Body, every: 1 << 20, look: func() { most = max(most, heap()) }}
		if c.rows == nil {
			if _, err := io.Copy(io.Discard, watched); err != nil {
				t.Error(err)
			}
		} else if n, err := c.rows(watched); err != nil || n != r.n {
			t.Errorf("%s: %d rows, %v", c.path, n, err)
		}
		res.Body.Close()
		<-r.ended
		if watched.looks < 2 || most > start+24<<20 {
			t.Errorf("%s: the heap grew from %d to %d bytes (%d looks)", c.path, start, most, watched.looks)
		}
		if open := r.open.Load(); open != 0 {
			t.Errorf("%s: %d statements are still open", c.path, open)
		}
	}
}

// watcher looks around every so many bytes.
type watcher struct {
	r           io.Reader
	n, every    int
	look        func()
	looks, last int
}

func (w *watcher) Read(b []byte) (int, error) {
	n, err := w.r.Read(b)
	if w.n += n; w.n-w.last >= w.every {
		w.last = w.n
		w.looks++
		w.look()
	}
	return n, err
}

func countLines(heads int) func(io.Reader) (int, error) {
	return func(r io.Reader) (int, error) {
		n := -heads
		s := bufio.NewScanner(r)
		for s.Scan() {
			n++
		}
		return n, s.Err()
	}
}

func countArrow(r io.Reader) (int, error) {
	a, err := ipc.NewReader(r)
	if err != nil {
		return 0, err
	}
	defer a.Release()
	n := 0
	for a.Next() {
		n += int(a.RecordBatch().NumRows())
	}
	if a.Err() != nil {
		return n, a.Err()
	}
	return n, nil
}

// TestGoneReaderStopsTheEngine: nobody reads on, nothing stays open.
func TestGoneReaderStopsTheEngine(t *testing.T) {
	r := &river{n: 1 << 40}
	s := serving(t, r)
	for _, path := range []string{"/query/export?format=csv", "/query/export?format=arrow", "/query/export?format=xlsx"} {
		ctx, cancel := context.WithCancel(t.Context())
		res := fetch(t, ctx, s, path)
		if _, err := io.CopyN(io.Discard, res.Body, 100_000); err != nil {
			t.Error(err)
		}
		cancel()
		res.Body.Close()
		<-r.ended
		if open := r.open.Load(); open != 0 {
			t.Errorf("%s: %d statements are still open", path, open)
		}
	}
}

// TestBrokenFilesDoNotLookWhole: an engine that fails half way breaks the
// connection; one that fails at once is a problem document.
func TestBrokenFilesDoNotLookWhole(t *testing.T) {
	r := &river{n: 1_000_000, breaks: 500_000}
	s := serving(t, r)
	for _, format := range []string{"csv", "ndjson", "xlsx", "arrow"} {
		res := fetch(t, t.Context(), s, "/query/export?format="+format)
		n, err := io.Copy(io.Discard, res.Body)
		if err == nil {
			t.Errorf("%s: %d bytes look like all", format, n)
		}
		res.Body.Close()
		<-r.ended
	}
	r.breaks = 1
	for _, header := range []string{"", arrowType} {
		path := "/query/export?format=csv"
		if header != "" {
			path = "/query"
		}
		res := fetch(t, t.Context(), s, path, "Accept", header)
		body, err := io.ReadAll(res.Body)
		if err != nil || res.StatusCode != 500 || !strings.Contains(res.Header.Get("Content-Type"), problemType) {
			t.Errorf("%s: %d %s %v", path, res.StatusCode, body, err)
		}
		res.Body.Close()
		<-r.ended
	}
	if open := r.open.Load(); open != 0 {
		t.Errorf("%d statements are still open", open)
	}
}
