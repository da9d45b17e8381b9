package app_test

import (
	"bytes"
	"encoding/json"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"lodestar/internal/demo"
)

const markedWorld = `
kind: Dataset
metadata: {name: orders, title: {zh: 订单, en: Orders}}
spec:
  columns: [{name: id, type: integer}, {name: day, type: date}, {name: amount, type: integer}, {name: city, type: string}]
  primaryKey: [id]
  time: day
  quality:
    - {rule: not_null, column: amount, title: {zh: 金额必填, en: amount is given}}
    - {rule: set, column: city, values: [北京, 上海], severity: warning}
    - {rule: unique, column: id}
  source: {files: [orders.csv]}
---
{kind: Metric, metadata: {name: revenue}, spec: {type: simple, dataset: orders, agg: sum, expr: amount}}
---
{kind: Metric, metadata: {name: orders}, spec: {type: simple, dataset: orders, agg: count}}
---
{kind: Metric, metadata: {name: average}, spec: {type: ratio, numerator: {metric: revenue}, denominator: {metric: orders}}}
`

// marked is what an answer says of the data.
type marked struct {
	Cached    bool
	Freshness map[string]struct {
		Distrust []struct{ Dataset, Rule string }
	}
	Warnings []struct {
		Code   string
		Params map[string]any
		Text   struct{ ZH, EN string }
	}
}

func (m marked) doubts(metric string) int { return len(m.Freshness[metric].Distrust) }

// load puts a file in place of a dataset's rows.
func (j *journey) load(dataset, name, content string) {
	j.t.Helper()
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	part, err := form.CreateFormFile("file", name)
	if err != nil {
		j.t.Fatal(err)
	}
	if _, err := part.Write([]byte(content)); err != nil {
		j.t.Fatal(err)
	}
	if err := form.Close(); err != nil {
		j.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(j.t.Context(), "POST", "http://local/api/v1/uploads", &b)
	if err != nil {
		j.t.Fatal(err)
	}
	req.Header.Set("Content-Type", form.FormDataContentType())
	res, err := j.client.Do(req)
	if err != nil {
		j.t.Fatal(err)
	}
	var up struct{ ID string }
	defer res.Body.Close()
	if err := json.NewDecoder(res.Body).Decode(&up); err != nil {
		j.t.Fatal(err)
	}
	var load struct{ ID, State string }
	j.post("/loads", map[string]any{"upload": up.ID, "dataset": dataset, "mode": "replace"}, &load)
	for load.State == "running" {
		runtime.Gosched()
		j.do("GET", "/loads/"+load.ID, nil, &load)
	}
	if load.State != "done" {
		j.t.Fatalf("load: %+v", load)
	}
}

// TestDataMarks: an error rule that is broken marks the metrics that read the
// column, also in answers that were kept; a warning does not, nor does a rule
// on what the metric does not read; mended rows take the mark away.
func TestDataMarks(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := "id,day,amount,city\n1,2026-05-01,10,北京\n2,2026-05-02,,上海\n3,2026-05-02,5,南京\n"
	if err := os.WriteFile(filepath.Join(dir, "orders.csv"), []byte(first), 0o600); err != nil {
		t.Fatal(err)
	}
	j := furnish(t, &demo.Workspace{Dir: dir, Documents: []demo.Document{{Name: "w.yaml", Text: []byte(markedWorld)}}}, time.Date(2026, 5, 20, 12, 0, 0, 0, time.UTC))
	ask := func() marked {
		var m marked
		j.post("/query", map[string]any{"metrics": []string{"revenue", "orders", "average"}}, &m)
		return m
	}
	if m := ask(); m.doubts("revenue") > 0 || len(m.Warnings) > 0 {
		t.Errorf("before any check: %+v", m)
	}
	var run struct {
		Results []struct{ Rule, State string }
	}
	j.post("/datasets/orders/quality/run", map[string]any{}, &run)
	if len(run.Results) != 3 || run.Results[0].State != "broken" || run.Results[1].State != "broken" || run.Results[2].State != "kept" {
		t.Fatalf("%+v", run)
	}
	m := ask()
	if !m.Cached || m.doubts("revenue") != 1 || m.doubts("orders") != 0 || m.doubts("average") != 1 {
		t.Errorf("marks: %+v", m)
	}
	if len(m.Warnings) != 1 || m.Warnings[0].Code != "data_quality" || !strings.Contains(m.Warnings[0].Text.ZH, "金额必填") {
		t.Errorf("warnings: %+v", m.Warnings)
	}
	var scores struct {
		Datasets, Metrics []struct {
			Name  string
			Score struct{ Value *float64 }
			Marks []struct{ Rule string }
		}
	}
	j.do("GET", "/data/quality", nil, &scores)
	if d := scores.Datasets; len(d) != 1 || d[0].Score.Value == nil || *d[0].Score.Value != 3.0/7 {
		t.Errorf("an error and a warning of two errors and a warning are broken: %+v", d)
	}
	for _, s := range scores.Metrics {
		want := map[string]float64{"revenue": 0, "average": 0}
		if v, some := want[s.Name]; some && (s.Score.Value == nil || *s.Score.Value != v) || s.Name == "orders" && s.Score.Value != nil {
			t.Errorf("score of %+v", s)
		}
	}
	history := func(what string, want float64) {
		t.Helper()
		var h struct {
			Score struct{ Value *float64 }
			Days  []struct {
				Day   string
				Score float64
			}
		}
		j.do("GET", "/metrics/revenue/quality", nil, &h)
		if h.Score.Value == nil || *h.Score.Value != want || len(h.Days) != 1 || h.Days[0].Day != "2026-05-20" || h.Days[0].Score != want {
			t.Errorf("%s: %+v, want %g today", what, h, want)
		}
	}
	history("while amounts are missing", 0)
	j.load("orders", "orders.csv", "id,day,amount,city\n1,2026-05-01,10,北京\n2,2026-05-02,7,上海\n")
	j.post("/datasets/orders/quality/run", map[string]any{}, &run)
	if m := ask(); m.doubts("revenue") > 0 || len(m.Warnings) > 0 {
		t.Errorf("after mending: %+v", m)
	}
	history("after mending", 1)
	var runs struct {
		Items []struct{ Results []struct{ State string } }
	}
	j.do("GET", "/datasets/orders/quality/runs", nil, &runs)
	if len(runs.Items) != 2 || runs.Items[0].Results[0].State != "kept" || runs.Items[1].Results[0].State != "broken" {
		t.Errorf("history: %+v", runs)
	}
}
