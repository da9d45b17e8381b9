package query_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lodestar/internal/expr"
	"lodestar/internal/fault"
	"lodestar/internal/query"
	"lodestar/internal/semantic"
	"lodestar/internal/warehouse"
)

// forgetful is a fake that does not remember what it was asked, which a run of
// millions of questions could not afford.
type forgetful struct{ fake }

func (f *forgetful) Query(_ context.Context, _ expr.SQL) (warehouse.Rows, error) {
	return &fakeRows{}, nil
}

// script is a model of testdata with what is asked of it there.
type script struct {
	model string
	asks  []string
}

// scripts reads models and questions from testdata, the golden plans' first.
func scripts(t testing.TB) []script {
	t.Helper()
	first := script{model: planModel}
	for _, ask := range planAsks {
		first.asks = append(first.asks, ask[1])
	}
	out := []script{first}
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		s := script{}
		for section := range strings.SplitSeq("\n"+string(src), "\n-- ") {
			head, body, _ := strings.Cut(section, " --\n")
			switch name, _, _ := strings.Cut(head, " "); name {
			case "model":
				s.model = body
			case "ask":
				s.asks = append(s.asks, body)
			}
		}
		out = append(out, s)
	}
	return out
}

// FuzzRequest: no request, however odd, may panic or give an internal fault,
// on any model of the scripts; asked, planned, or streamed.
func FuzzRequest(f *testing.F) {
	var engines []*query.Engine
	for i, s := range scripts(f) {
		for _, ask := range s.asks {
			f.Add(uint8(i), ask)
		}
		m := compile(f, s.model)
		w := &forgetful{fake{states: loaded(m, 1000)}}
		engines = append(engines, query.New(query.Config{Model: func() *semantic.Model { return m }, Warehouse: w,
			Now: func() time.Time { return noon }, CacheBytes: -1}))
	}
	f.Add(uint8(0), `{"metrics":["revenue"],"time":{"to_date":"quarter"},"asOf":"latest","fill":true,"by":[{"time":"minute"}]}`)
	f.Fuzz(func(t *testing.T, which uint8, src string) {
		e := engines[int(which)%len(engines)]
		r, err := query.Decode([]byte(src))
		if err == nil {
			_, err = e.Query(context.Background(), viewer, r)
			mustBeSaid(t, src, err)
			_, err = e.Plan(context.Background(), viewer, r)
			mustBeSaid(t, src, err)
			var s *query.Stream
			if s, err = e.Stream(context.Background(), viewer, r); err == nil {
				_, err = s.Next()
				if closing := s.Close(); err == nil {
					err = closing
				}
			}
		}
		mustBeSaid(t, src, err)
	})
}

// mustBeSaid fails for an error that says nothing to the person who asked.
func mustBeSaid(t *testing.T, src string, err error) {
	t.Helper()
	if err == nil {
		return
	}
	if f := fault.Of(err); fault.Is(err, fault.Internal) || f.Code == "" || f.Text.ZH == "" || f.Text.EN == "" {
		t.Errorf("%s: %v", src, err)
	}
}
