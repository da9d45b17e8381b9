package app_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lodestar/internal/app"
	offers "lodestar/internal/connect"
	"lodestar/internal/demo"
)

const others = `
{kind: Connection, metadata: {name: drop}, spec: {type: folder, path: FOLDER, settled: 1 second}}
---
{kind: Connection, metadata: {name: plan}, spec: {type: sheet, url: "SITE/sheet.csv"}}
---
kind: Connection
metadata: {name: crm}
spec:
  type: rest
  url: SITE
  auth: {type: bearer, token: {env: LODESTAR_SECRET_CRM}}
  streams:
    - {name: leads, path: leads, records: items, key: [id], page: {type: page, param: page, size: 2}, since: {param: since}}
---
kind: Dataset
metadata: {name: orders}
spec:
  columns: [{name: id, type: integer}, {name: amount, type: decimal}, {name: note, type: string}]
  primaryKey: [id]
  source: {connection: drop, table: "in/*.csv", format: {delimiter: ";"}, sync: {mode: changes}}
---
kind: Dataset
metadata: {name: everything}
spec:
  columns: [{name: id, type: integer}, {name: amount, type: decimal}]
  source: {connection: drop, table: "in/*.csv", format: {delimiter: ";"}, sync: {mode: full}}
---
kind: Dataset
metadata: {name: goals}
spec:
  columns: [{name: id, type: integer}, {name: amount, type: decimal}]
  source: {connection: plan, table: sheet, sync: {mode: full}}
---
kind: Dataset
metadata: {name: leads}
spec:
  columns: [{name: id, type: integer}, {name: amount, type: decimal, source: deal.value}, {name: changed, type: timestamp}, {name: rare, type: string}]
  primaryKey: [id]
  source: {connection: crm, table: leads, sync: {mode: incremental, cursor: changed, lookback: 1 minute}}
---
{kind: Metric, metadata: {name: ordered}, spec: {type: simple, dataset: orders, agg: sum, expr: amount}}
---
{kind: Metric, metadata: {name: all_of_it}, spec: {type: simple, dataset: everything, agg: sum, expr: amount}}
---
{kind: Metric, metadata: {name: planned}, spec: {type: simple, dataset: goals, agg: sum, expr: amount}}
---
{kind: Metric, metadata: {name: won}, spec: {type: simple, dataset: leads, agg: sum, expr: amount}}
`

// site is an interface that a company has within its own network.
type site struct {
	sheet string
	leads []map[string]any
}

func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/sheet.csv" {
		_, _ = w.Write([]byte(s.sheet))
		return
	}
	if r.Header.Get("Authorization") != "Bearer "+myPassword {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	var found []map[string]any
	for _, l := range s.leads {
		if l["changed"].(string) >= r.URL.Query().Get("since") {
			found = append(found, l)
		}
	}
	page := 1
	_, _ = fmt.Sscan(r.URL.Query().Get("page"), &page)
	from, to := min(len(found), (page-1)*2), min(len(found), page*2)
	_ = json.NewEncoder(w).Encode(map[string]any{"items": append([]map[string]any{}, found[from:to]...)})
}

// TestOtherSources syncs files, records over HTTP and a sheet, and asks for
// what came.
func TestOtherSources(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	write := func(name, content string, ago time.Duration) {
		t.Helper()
		name = filepath.Join(folder, "in", name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(name, time.Now(), time.Now().Add(-ago)); err != nil {
			t.Fatal(err)
		}
	}
	s := &site{sheet: "id,amount\n1,1.5\n2,2.5\n", leads: []map[string]any{
		{"id": 1, "deal": map[string]any{"value": 10.25}, "changed": "2026-02-01T08:00:00Z"}, {"id": 2, "deal": map[string]any{"value": 5}, "changed": "2026-02-02T08:00:00Z"},
		{"id": 3, "deal": nil, "changed": "2026-02-03T08:00:00Z"}}}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	a, err := app.New(t.Context(), app.Config{DataDir: t.TempDir(), Memory: "1GB", Threads: 2, Getenv: func(name string) string {
		return map[string]string{"LODESTAR_SECRET_CRM": myPassword, "LODESTAR_FOLDERS": folder, "LODESTAR_PRIVATE_HOSTS": "127.0.0.1"}[name]
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	text := strings.NewReplacer("FOLDER", folder, "SITE", server.URL).Replace(others)
	if err := a.Furnish(t.Context(), &demo.Workspace{Dir: t.TempDir(), Documents: []demo.Document{{Name: "all.yaml", Text: []byte(text)}}}); err != nil {
		t.Fatal(err)
	}
	j := &journey{t, &http.Client{Transport: a.Transport()}}
	sums := func(want map[string]float64) {
		t.Helper()
		for _, name := range []string{"orders", "everything", "goals", "leads"} {
			caughtUp(t, a.Handler(), name)
		}
		for metric, sum := range want {
			if got := j.query(map[string]any{"metrics": []string{metric}}).Rows[0][0]; got != sum {
				t.Errorf("%s is %v, want %v", metric, got, sum)
			}
		}
	}
	write("a.csv", "id;amount;note\n1;1.25;\"a;b\"\n2;2;\n", time.Hour)
	write("b.csv", "id;amount;note\n3;3;x\n", time.Minute)
	sums(map[string]float64{"ordered": 6.25, "all_of_it": 6.25, "planned": 4, "won": 15.25})
	// A dataset is proposed for each: by the fields of records, and by the first file.
	for at, want := range map[string]string{"crm leads": "changed timestamp,deal_value decimal,id integer", "drop in/*.csv": "id string,amount integer,note string", "plan sheet": "id string,amount decimal"} {
		var offer offers.Offer
		connection, stream, _ := strings.Cut(at, " ")
		j.post("/connections/"+connection+"/proposal", offers.Ask{Stream: stream}, &offer)
		var columns []string
		for _, c := range offer.Spec.Columns {
			columns = append(columns, c.Name+" "+string(c.Type))
		}
		if got := strings.Join(columns, ","); got != want || (len(offer.Records) == 0) == (offer.Detection == nil) || offer.Spec.Source.Sync == nil {
			t.Errorf("%s: %s %s", at, got, offer.Records)
		}
	}
	write("b.csv", "id;amount;note\n3;30;x\n4;40;y\n", time.Minute/2)
	write("c.csv", "id;amount;note\n1;100;new\n", 10*time.Second)
	s.sheet = "id,amount\n1,7\n"
	s.leads = append(s.leads, map[string]any{"id": 2, "deal": map[string]any{"value": 50}, "changed": "2026-02-04T08:00:00Z", "rare": "here"})
	sums(map[string]float64{"ordered": 172, "all_of_it": 173.25, "planned": 7, "won": 60.25})
}
