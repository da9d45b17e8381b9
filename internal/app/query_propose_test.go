package app_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"lodestar/internal/catalog"
	"lodestar/internal/query"
	"lodestar/internal/semantic"
)

// shelf keeps values in memory.
type shelf struct {
	mu     sync.Mutex
	values map[string]string
}

func (s *shelf) Get(_ context.Context, key string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.values[key], nil
}

func (s *shelf) Set(_ context.Context, key, value string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.values[key] = value
	return nil
}

const proposeModel = `
kind: Workspace
metadata: {name: workspace}
spec: {zone: Asia/Shanghai}
---
kind: Dataset
metadata: {name: sales}
spec:
  columns: [{name: id, type: integer}, {name: day, type: date}, {name: shop, type: string}, {name: channel, type: string}, {name: amount, type: integer}]
  time: day
---
kind: Metric
metadata: {name: revenue}
spec: {type: simple, dataset: sales, agg: sum, expr: amount}
---
kind: Metric
metadata: {name: sold}
spec: {type: simple, dataset: sales, agg: count}
---
kind: Metric
metadata: {name: shops}
spec: {type: simple, dataset: sales, agg: count_distinct, expr: shop}
---
kind: Metric
metadata: {name: price}
spec: {type: ratio, numerator: {metric: revenue}, denominator: {metric: sold}}
`

func proposeBench(t *testing.T) (*queryBench, func(query.Keep) *query.Engine) {
	t.Helper()
	b := openQueryBench(t)
	b.decode(proposeModel)
	var rows [][]string
	for i := range 6000 {
		day := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, i%90)
		rows = append(rows, []string{fmt.Sprint(i), day.Format(time.DateOnly), fmt.Sprint("s", i%7), fmt.Sprint("c", i%3), fmt.Sprint(i % 50)})
	}
	b.fill("sales", rows)
	return b, func(keep query.Keep) *query.Engine {
		return query.New(query.Config{Model: func() *semantic.Model { return b.model }, Warehouse: b, Now: func() time.Time { return b.now }, Keep: keep})
	}
}

func (b *queryBench) decode(src string) {
	b.t.Helper()
	rs, findings := catalog.Decode("model", []byte(src), semantic.Kinds())
	for _, f := range findings {
		b.t.Fatalf("%d: %s: %s", f.Line, f.Path, f.Text.EN)
	}
	b.define(rs)
}

var proposeQuestions = []string{
	`{"metrics": ["price"], "by": [{"time": "month"}, "shop"], "time": {"from": "2026-01-01", "to": "2026-03-01"}}`,
	`{"metrics": ["revenue"], "by": ["shop"], "where": "channel = 'hidden value'", "top": {"n": 3, "by": "revenue", "others": true}}`,
	`{"metrics": [{"metric": "sold", "as": "mine", "where": "channel in ('hidden value', 'c1')"}], "by": [{"time": "week"}], "time": {"last": "4 weeks"}}`,
	`{"metrics": ["shops"], "by": ["channel"]}`, // only rows know
	`{"metrics": ["revenue"], "by": ["id"]}`,    // as many members as rows
}

// TestProposeRollups asks, reopens the log, and takes the proposals at their
// word: made into roll-ups they answer what they say they would.
func TestProposeRollups(t *testing.T) {
	t.Parallel()
	b, open := proposeBench(t)
	keep := &shelf{values: map[string]string{}}
	first := open(keep)
	for _, src := range proposeQuestions {
		askProposed(t, first, src)
	}
	first.Close()
	log := keep.values["query_log"]
	if strings.Contains(log, "hidden") || strings.Contains(log, "mine") || !strings.Contains(log, "channel is not null") {
		t.Fatalf("the log holds more or less than names: %s", log)
	}

	second := open(keep)
	proposals, err := second.ProposeRollups(t.Context(), rollupEditor)
	if err != nil {
		t.Fatal(err)
	}
	model, served := proposeModel, 0
	for _, p := range proposals {
		model += "---\n" + p.YAML
		served += len(p.Questions)
		for _, q := range p.Questions {
			for _, m := range q.Shape.Metrics {
				if m.Metric == "shops" || len(q.Shape.By) == 1 && q.Shape.By[0].Dimension == "id" {
					t.Errorf("%s would serve %s", p.Name, describeRequest(q.Shape))
				}
			}
		}
	}
	if served != 3 {
		t.Fatalf("%d questions are served by %+v", served, proposals)
	}
	b.decode(model)
	for _, p := range proposals {
		status, err := second.RefreshRollup(t.Context(), rollupEditor, p.Name)
		if err != nil || status.Rows > p.Rows || p.Rows*4 > p.Base {
			t.Errorf("%s has %d rows, foretold at most %d of %d, %v", p.Name, status.Rows, p.Rows, p.Base, err)
		}
	}
	for _, src := range proposeQuestions[:3] {
		checkServed(t, second, src)
		askProposed(t, second, src)
	}
	if again, err := second.ProposeRollups(t.Context(), rollupEditor); err != nil || len(again) > 0 {
		t.Errorf("what is there already is proposed again: %+v, %v", again, err)
	}
	if _, err := second.ProposeRollups(t.Context(), asker); err == nil {
		t.Error("a viewer may read what others asked")
	}
	hits := hitsOf(t, second)
	second.Close()

	third := open(keep)
	defer third.Close()
	if after := hitsOf(t, third); hits == 0 || after != hits {
		t.Errorf("%d hits, %d after the next start", hits, after)
	}
}

func askProposed(t *testing.T, e *query.Engine, src string) {
	t.Helper()
	r, err := query.Decode([]byte(src))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Query(t.Context(), asker, r); err != nil {
		t.Fatalf("%v\n%s", err, src)
	}
}

func checkServed(t *testing.T, e *query.Engine, src string) {
	t.Helper()
	r, err := query.Decode([]byte(src))
	if err != nil {
		t.Fatal(err)
	}
	plan, err := e.Plan(t.Context(), asker, r)
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	for _, u := range plan.Rollups {
		used[u.Part] = used[u.Part] || u.Used
	}
	for _, s := range plan.Statements {
		if !used[s.Part] {
			t.Errorf("%s: %s is answered from rows: %+v", src, s.Part, plan.Rollups)
		}
	}
}

func hitsOf(t *testing.T, e *query.Engine) (out int64) {
	t.Helper()
	list, err := e.Rollups(t.Context(), asker)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range list {
		out += r.Hits
	}
	return out
}

// TestLogIsBounded: what was asked most dearly stays, however many other things
// are asked.
func TestLogIsBounded(t *testing.T) {
	t.Parallel()
	_, open := proposeBench(t)
	keep := &shelf{values: map[string]string{}}
	e := open(keep)
	dims := []string{"shop", "channel", "amount", "day"}
	for n := range 600 {
		var where []string
		for i, d := range dims {
			if n>>i&1 == 1 {
				where = append(where, d+" is not null")
			}
		}
		r := query.Request{Metrics: []query.MetricRef{{Metric: "sold"}}, Where: strings.Join(where, " and "), Calendar: ""}
		for i, d := range dims {
			if n>>(i+4)&1 == 1 {
				r.By = append(r.By, query.By{Dimension: d})
			}
		}
		r.Totals = n>>8&1 == 1
		if n>>9&1 == 1 {
			r.Timezone = "UTC"
		}
		if _, err := e.Query(t.Context(), asker, r); err != nil {
			t.Fatal(err)
		}
	}
	e.Close()
	if n := strings.Count(keep.values["query_log"], `"shape"`); n == 0 || n > 500 {
		t.Errorf("the log holds %d shapes", n)
	}
}
