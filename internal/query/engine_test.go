package query_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"lodestar/internal/access"
	"lodestar/internal/expr"
	"lodestar/internal/fault"
	"lodestar/internal/query"
	"lodestar/internal/semantic"
	"lodestar/internal/warehouse"
)

func TestCache(t *testing.T) {
	m := compile(t, planModel)
	f := &fake{states: loaded(m, 10), answers: func(expr.SQL) [][]any { return [][]any{{"web", int64(3)}, {nil, int64(1)}} }}
	e := engineOf(m, f, 0)
	ask := decode(t, `{"metrics": ["revenue"], "by": ["channel"], "time": {"last": "7 days"}}`)
	first, err := e.Query(t.Context(), viewer, ask)
	if err != nil || first.Cached {
		t.Fatal(first, err)
	}
	first.Rows[0][0] = "spoilt"
	first.Columns[0].Name = "spoilt"
	second, err := e.Query(t.Context(), viewer, ask)
	if err != nil || !second.Cached || len(f.asked) != 1 {
		t.Fatalf("cached %v, %d statements, %v", second.Cached, len(f.asked), err)
	}
	if second.Rows[0][0] != "web" || second.Columns[0].Name != "channel" {
		t.Error("an answer can be changed through another one")
	}
	for name, other := range map[string]query.Request{
		"other range":  decode(t, `{"metrics": ["revenue"], "by": ["channel"], "time": {"last": "8 days"}}`),
		"other zone":   decode(t, `{"metrics": ["revenue"], "by": ["channel"], "time": {"last": "7 days"}, "timezone": "Asia/Tokyo"}`),
		"other filter": decode(t, `{"metrics": ["revenue"], "by": ["channel"], "time": {"last": "7 days"}, "where": "channel = 'a'"}`),
		"other limit":  decode(t, `{"metrics": ["revenue"], "by": ["channel"], "time": {"last": "7 days"}, "limit": 5}`),
	} {
		if r, err := e.Query(t.Context(), viewer, other); err != nil || r.Cached {
			t.Errorf("%s: cached, or %v", name, err)
		}
	}
	same := decode(t, `{"metrics": ["revenue"], "by": ["channel"], "time": {"from": "2026-03-03", "to": "2026-03-10"}}`)
	if r, err := e.Query(t.Context(), viewer, same); err != nil || !r.Cached {
		t.Errorf("the same days in other words: cached %v, %v", r.Cached, err)
	}
	s := f.states["sales"]
	s.Version++
	f.states["sales"] = s
	if r, err := e.Query(t.Context(), viewer, ask); err != nil || r.Cached {
		t.Errorf("new rows: cached %v, %v", r.Cached, err)
	}
}

// BenchmarkCached measures an answer of 10,000 rows that is kept.
func BenchmarkCached(b *testing.B) {
	m := compile(b, planModel)
	rows := make([][]any, 10_000)
	for i := range rows {
		rows[i] = []any{"channel", 1.5, int64(i), 2.5, 3.5}
	}
	e := engineOf(m, &fake{states: loaded(m, 10), answers: func(expr.SQL) [][]any { return rows }}, 0)
	ask := decode(b, `{"metrics": ["revenue", "buyers", "web", "web_share"], "by": ["channel"]}`)
	for b.Loop() {
		if _, err := e.Query(b.Context(), viewer, ask); err != nil {
			b.Fatal(err)
		}
	}
}

// slow is a warehouse whose statements wait to be let go.
type slow struct {
	fake
	started chan struct{}
	let     chan struct{}
	queries atomic.Int64
	stopped chan struct{} // closed when a statement was cancelled
}

func (s *slow) Query(ctx context.Context, _ expr.SQL) (warehouse.Rows, error) {
	s.queries.Add(1)
	s.started <- struct{}{}
	select {
	case <-s.let:
		return &fakeRows{rows: [][]any{{int64(1)}}}, nil
	case <-ctx.Done():
		if s.stopped != nil {
			close(s.stopped)
		}
		return nil, fault.New(fault.Canceled, "canceled", fault.Of(ctx.Err()).Text).Wrap(ctx.Err())
	}
}

func TestEqualQuestionsShareOneAnswer(t *testing.T) {
	m := compile(t, planModel)
	w := &slow{fake: fake{states: loaded(m, 10)}, started: make(chan struct{}, 10), let: make(chan struct{})}
	e := query.New(query.Config{Model: func() *semantic.Model { return m }, Warehouse: w, Now: func() time.Time { return noon }})
	ask := decode(t, `{"metrics": ["revenue"]}`)
	gone, leave := context.WithCancel(t.Context())
	results := make(chan error, 3)
	go func() { _, err := e.Query(gone, viewer, ask); results <- err }()
	<-w.started
	for range 2 {
		go func() { _, err := e.Query(t.Context(), viewer, ask); results <- err }()
	}
	leave()
	if err := <-results; !fault.Is(err, fault.Canceled) {
		t.Fatalf("who gave up got %v", err)
	}
	close(w.let)
	for range 2 {
		if err := <-results; err != nil {
			t.Error(err)
		}
	}
	// The two that stayed shared the statement of the one that left, or asked
	// again after it was stopped; never more than that.
	if n := w.queries.Load(); n > 2 {
		t.Errorf("%d statements for equal questions", n)
	}
}

func TestGivingUpStopsTheEngine(t *testing.T) {
	m := compile(t, planModel)
	w := &slow{fake: fake{states: loaded(m, 10)}, started: make(chan struct{}, 10), let: make(chan struct{}), stopped: make(chan struct{})}
	e := query.New(query.Config{Model: func() *semantic.Model { return m }, Warehouse: w, Now: func() time.Time { return noon }})
	ctx, leave := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { _, err := e.Query(ctx, viewer, decode(t, `{"metrics": ["revenue"]}`)); done <- err }()
	<-w.started
	leave()
	if err := <-done; !fault.Is(err, fault.Canceled) {
		t.Fatal(err)
	}
	<-w.stopped
}

// moving is a warehouse in which a load comes between statements.
type moving struct {
	fake
	left int
}

func (w *moving) Query(ctx context.Context, q expr.SQL) (warehouse.Rows, error) {
	if w.left > 0 {
		w.left--
		s := w.states["sales"]
		s.Version++
		w.states["sales"] = s
	}
	return w.fake.Query(ctx, q)
}

func TestAnswerIsOfOneVersion(t *testing.T) {
	m := compile(t, planModel)
	ask := decode(t, `{"metrics": ["revenue"], "by": ["channel"], "totals": true}`)
	w := &moving{fake: fake{states: loaded(m, 10)}, left: 1}
	e := query.New(query.Config{Model: func() *semantic.Model { return m }, Warehouse: w, Now: func() time.Time { return noon }})
	r, err := e.Query(t.Context(), viewer, ask)
	if err != nil {
		t.Fatal(err)
	}
	if len(w.asked) != 4 || r.DataVersions["sales"] != 2 {
		t.Errorf("%d statements, version %d; want the answer started again", len(w.asked), r.DataVersions["sales"])
	}
	w = &moving{fake: fake{states: loaded(m, 10)}, left: 100}
	e = query.New(query.Config{Model: func() *semantic.Model { return m }, Warehouse: w, Now: func() time.Time { return noon }})
	if _, err := e.Query(t.Context(), viewer, ask); !fault.Is(err, fault.Unavailable) {
		t.Errorf("rows that keep changing: %v", err)
	}
}

func TestNobodyMayNotAsk(t *testing.T) {
	m := compile(t, planModel)
	e := engineOf(m, &fake{states: loaded(m, 10)}, 0)
	_, err := e.Query(t.Context(), access.Actor{}, decode(t, `{"metrics": ["revenue"]}`))
	_, err2 := e.Plan(t.Context(), access.Actor{}, decode(t, `{"metrics": ["revenue"]}`))
	_, err3 := e.Values(t.Context(), access.Actor{}, query.ValuesRequest{Dimension: "channel"})
	for _, err := range []error{err, err2, err3} {
		if !fault.Is(err, fault.Unauthenticated) {
			t.Error(err)
		}
	}
}

func TestValues(t *testing.T) {
	m := compile(t, planModel)
	f := &fake{states: loaded(m, 10), answers: func(expr.SQL) [][]any { return [][]any{{"web", int64(3)}, {nil, int64(1)}} }}
	e := engineOf(m, f, 0)
	got, err := e.Values(t.Context(), viewer, query.ValuesRequest{Dimension: "store.region", Metrics: []string{"visits"}, Search: "No%'", Limit: 20})
	if err != nil || len(got) != 2 || got[0].Value != "web" || got[0].Count != 3 || got[1].Value != nil {
		t.Fatal(got, err)
	}
	if s := f.asked[0]; s.Text != `SELECT j1.region AS c0, count(*) AS c1 FROM visits AS t LEFT JOIN stores AS j1 ON j1.store = t.store `+
		`WHERE contains(lower(j1.region), lower(?)) GROUP BY 1 ORDER BY c1 DESC NULLS LAST, c0 NULLS LAST LIMIT 21` || s.Args[0] != "No%'" {
		t.Errorf("%s %v", s.Text, s.Args)
	}
	f.asked = nil
	if _, err := e.Values(t.Context(), viewer, query.ValuesRequest{Dimension: "store", Dataset: "visits"}); err != nil || !strings.Contains(f.asked[0].Text, "visits") {
		t.Errorf("seen from a dataset: %v, %v", f.asked, err)
	}
	if _, err := e.Values(t.Context(), viewer, query.ValuesRequest{Dimension: "channel", Dataset: "visits"}); !fault.Is(err, fault.Invalid) {
		t.Errorf("a column that this dataset does not have: %v", err)
	}
	if _, err := e.Values(t.Context(), viewer, query.ValuesRequest{Dimension: "chanel"}); !fault.Is(err, fault.Invalid) {
		t.Error(err)
	}
}

func TestLateAndBrokenDataAreTold(t *testing.T) {
	m := compile(t, planModel+"---\nkind: Dataset\nmetadata: {name: feed}\nspec: {columns: [{name: at, type: timestamp}], time: at, freshness: {within: 26 hours}}\n"+
		"---\nkind: Metric\nmetadata: {name: feeds}\nspec: {type: simple, dataset: feed, agg: count}\n")
	f := &fake{states: loaded(m, 10)}
	s := f.states["feed"]
	s.MaxTime = map[string]time.Time{"at": noon.Add(70 * 365 * 24 * time.Hour)} // a year that is typed wrongly
	s.Newest, s.Future = map[string]time.Time{"at": noon.Add(-30 * time.Hour)}, map[string]int64{"at": 1}
	s.KeyBroken = true
	f.states["feed"] = s
	delete(f.states, "visits")
	r, err := engineOf(m, f, 0).Query(t.Context(), viewer, decode(t, `{"metrics": ["feeds", "visits"]}`))
	if err != nil {
		t.Fatal(err)
	}
	var codes []string
	for _, w := range r.Warnings {
		codes = append(codes, w.Code)
		if w.Text.ZH == "" || w.Text.EN == "" {
			t.Errorf("%+v", w)
		}
	}
	b, err := json.Marshal(codes)
	if err != nil || string(b) != `["no_data","key_broken","late","future_rows"]` {
		t.Errorf("%s %v", b, err)
	}
	if !r.Freshness["feeds"].DataTo.Equal(noon.Add(-30 * time.Hour)) {
		t.Errorf("to %v", r.Freshness["feeds"].DataTo)
	}
	if !r.Freshness["feeds"].Late || !r.Freshness["visits"].LoadedAt.IsZero() {
		t.Errorf("%+v", r.Freshness)
	}
}

func TestDecodeFaults(t *testing.T) {
	for src, want := range map[string]string{
		`{"metrics": ["a"`:                                    "bad_json",
		`{"metrics": ["a"]} x`:                                "bad_request",
		`{"metrics": "a"}`:                                    "wrong_type",
		`{"metric": ["a"]}`:                                   "unknown_field",
		`{"metrics": [{"metric": "a", "were": "x"}]}`:         "unknown_field",
		`{"metrics": ["a"], "by": [{"time": "week", "x":1}]}`: "unknown_field",
		`{"metrics": ["a"], "by": [{}]}`:                      "bad_request",
		`{"metrics": [1]}`:                                    "wrong_type",
		`[]`:                                                  "wrong_type",
		``:                                                    "bad_json",
	} {
		_, err := query.Decode([]byte(src))
		var f *fault.Error
		if !errors.As(err, &f) || f.Code != want || f.Text.ZH == "" {
			t.Errorf("%s: %v", src, err)
		}
	}
}
