package app_test

import (
	"reflect"
	"strings"
	"testing"

	"lodestar/internal/query"
)

// TestRankingFirst: finding the top members by the current period alone, before
// both periods are read, gives what the oracle gives, for members that only the
// earlier period has, for ties, and for too few members.
func TestRankingFirst(t *testing.T) {
	t.Parallel()
	b := openQueryBench(t)
	worlds, asks := 14, 12
	if soaking() {
		worlds = 200
	}
	ranked := 0
	for seed := range worlds {
		b.rankWorld(t, uint64(1007+seed), asks, &ranked)
		if t.Failed() {
			return
		}
	}
	if ranked < worlds {
		t.Errorf("only %d of %d questions were ranked first", ranked, worlds*asks)
	}
}

func (b *queryBench) rankWorld(t *testing.T, seed uint64, asks int, ranked *int) {
	w := newWorld(seed)
	w.zone = "Asia/Shanghai"
	b.define(w.resources())
	w.fillBench(b)
	for name, s := range b.states { // as if there were very many rows
		s.Rows = 1 << 40
		b.states[name] = s
	}
	for range asks {
		r := w.request("Asia/Shanghai")
		if r.Time == nil || strings.Contains(r.Time.From, "T") {
			continue
		}
		if len(r.By) == 0 || r.By[0].Time != "" {
			at := common(w.factsAsked(r))
			r.By = append([]query.By{{Dimension: at[w.rng.IntN(len(at))].path}}, r.By...)
		}
		r.Having, r.least, r.Limit, r.Order = "", nil, 0, nil
		r.Compare = &query.Compare{To: w.rng.pick("previous_period", "previous_month")}
		r.Top = &query.Top{N: 1 + w.rng.IntN(3), By: "o0", Others: true}
		got, err := b.engine(false).Query(t.Context(), asker, r.Request)
		if err != nil {
			t.Fatalf("seed %d: %v\n%s", seed, err, describeRequest(r.Request))
		}
		plain, err := b.engine(true).Query(t.Context(), asker, r.Request)
		if err != nil {
			t.Fatal(err)
		}
		o := w.oracle(t, b, r, got)
		if diff := o.check(got); len(diff) > 0 {
			t.Fatalf("seed %d:\n%s\n%v", seed, describeRequest(r.Request), diff)
		}
		for _, part := range []struct{ a, b [][]any }{{got.Rows, plain.Rows}, {got.Others, plain.Others}} {
			if !sameTable(part.a, part.b) {
				t.Fatalf("seed %d:\n%s\noptimised %v\nplain %v", seed, describeRequest(r.Request), part.a, part.b)
			}
		}
		b.sameStream(t, r.Request, got)
		list, err := b.engine(false).Statements(t.Context(), asker, r.Request)
		if err != nil {
			t.Fatal(err)
		}
		if list[0].Part == "rank" {
			*ranked++
		}
	}
}

// sameTable compares cells as they are written: sums of floats may differ in
// their last digits.
func sameTable(a, b [][]any) bool {
	write := func(rows [][]any) [][]string {
		out := make([][]string, len(rows))
		for i, r := range rows {
			for _, v := range r {
				out[i] = append(out[i], cell(v))
			}
		}
		return out
	}
	return reflect.DeepEqual(write(a), write(b))
}

// sameStream compares a streamed answer with the whole one.
func (b *queryBench) sameStream(t *testing.T, r query.Request, want *query.Result) {
	t.Helper()
	s, err := b.engine(false).Stream(t.Context(), asker, r)
	if err != nil {
		t.Fatalf("%v\n%s", err, describeRequest(r))
	}
	rows := [][]any{}
	for {
		more, err := s.Next()
		if err != nil {
			t.Fatal(err)
		}
		if more == nil {
			break
		}
		rows = append(rows, more...)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if !sameTable(rows, want.Rows) || !sameTable(s.Head.Totals, want.Totals) || !sameTable(s.Head.Others, want.Others) ||
		!reflect.DeepEqual(s.Head.Columns, want.Columns) {
		t.Fatalf("streamed\n%v\nwant\n%v\n%s", rows, want.Rows, describeRequest(r))
	}
}
