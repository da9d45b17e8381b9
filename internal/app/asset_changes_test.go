package app_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"lodestar/internal/demo"
)

const changesWorld = `
kind: Event
metadata: {name: order_paid, title: {zh: 订单支付, en: Order paid}}
spec: {key: true, properties: [{name: amount, type: integer}, {name: city, type: string}, {name: note, type: string}]}
---
kind: Dataset
metadata: {name: rates}
spec:
  columns: [{name: city, type: string, entity: place}, {name: rate, type: integer}, {name: note, type: string, entity: memo}]
  primaryKey: [city]
  source: {files: [rates.csv]}
---
{kind: Metric, metadata: {name: paid}, spec: {type: simple, dataset: order_paid, agg: sum, expr: amount, where: "city <> 'x'"}}
---
{kind: Metric, metadata: {name: cities}, spec: {type: simple, dataset: rates, agg: count, where: rate > 1}}
---
{kind: Metric, metadata: {name: per_city}, spec: {type: derived, expr: paid / cities}}
---
kind: Entity
metadata: {name: town, title: {zh: 城镇, en: Town}}
spec: {ids: [place, memo], links: [{dataset: rates, ids: {city: place, note: memo}}, {dataset: identifies, ids: {user_id: place, anonymous_id: memo}}]}
---
{kind: Metric, metadata: {name: towns}, spec: {type: simple, dataset: rates, agg: count_distinct, expr: unified_town.id}}
`

// TestChanges: what an event, a dataset or a metric beneath was changed in is
// told of the metrics over it, and whether it may have moved them: by what they
// read, through formulas, and no further.
func TestChanges(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "rates.csv"), []byte("city,rate,note\nx,2,\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	j := furnish(t, &demo.Workspace{Dir: dir, Documents: []demo.Document{{Name: "w.yaml", Text: []byte(changesWorld)}}}, time.Date(2026, 5, 20, 12, 0, 0, 0, time.UTC))
	put := func(path, old, now string) {
		t.Helper()
		var r map[string]any
		j.do("GET", path, nil, &r)
		body, err := json.Marshal(map[string]any{"kind": r["kind"], "metadata": r["metadata"], "spec": r["spec"]})
		if err != nil {
			t.Fatal(err)
		}
		changed := strings.Replace(string(body), old, now, 1)
		if changed == string(body) {
			t.Fatalf("no %s in %s", old, body)
		}
		j.do("PUT", path, []byte(changed), &r)
	}
	changes := func(of string) (out []string) {
		t.Helper()
		var list struct {
			Items []struct {
				Kind, Name, Action string
				Revision           int
				Own, Key, Moves    bool
				Columns, Parts     []string
				At                 time.Time
			}
		}
		j.do("GET", "/lineage/changes?of="+of, nil, &list)
		for _, c := range list.Items {
			if c.Action == "create" {
				if c.Moves || !c.Own {
					t.Errorf("the beginning of %s: %+v", of, c)
				}
				continue
			}
			out = append(out, fmt.Sprintf("%s/%s@%d own=%t key=%t moves=%t %v %v", c.Kind, c.Name, c.Revision, c.Own, c.Key, c.Moves, c.Columns, c.Parts))
		}
		slices.Sort(out)
		return out
	}
	want := func(of string, lines ...string) {
		t.Helper()
		if got := changes(of); !slices.Equal(got, lines) {
			t.Errorf("%s:\n%s\nwant\n%s", of, strings.Join(got, "\n"), strings.Join(lines, "\n"))
		}
	}
	want("Metric/per_city")
	put("/events/order_paid", `"name":"note"`, `"name":"remark"`) // nobody reads it
	put("/events/order_paid", `"name":"city"`, `"name":"city","values":["x","y"]`)
	put("/datasets/rates", `"primaryKey"`, `"freshness":{"within":"2 days"},"primaryKey"`)
	put("/datasets/rates", `"name":"note"`, `"nulls":["-"],"name":"note"`)
	put("/datasets/rates", `"name":"rate"`, `"nulls":["-"],"name":"rate"`)
	put("/metrics/paid", `"name":"paid"`, `"name":"paid","title":{"en":"Paid","zh":"支付额"}`)
	put("/metrics/paid", `'x'`, `'z'`)
	event := []string{"Event/order_paid@2 own=false key=true moves=false [] [spec.properties.note spec.properties.remark]",
		"Event/order_paid@3 own=false key=true moves=true [city] [spec.properties.city.values]"}
	rates := []string{"Dataset/rates@2 own=false key=false moves=false [] [spec.freshness]",
		"Dataset/rates@3 own=false key=false moves=false [] [spec.columns.note.nulls]",
		"Dataset/rates@4 own=false key=false moves=true [rate] [spec.columns.rate.nulls]"}
	paid := []string{"Metric/paid@2 own=false key=false moves=false [] [metadata.title]", "Metric/paid@3 own=false key=false moves=true [] [spec.where]"}
	// Who is who is part of what counts towns, not the rows that lead there.
	put("/entities/town", `{"name":"memo"}`, `{"most":9,"name":"memo"}`)
	towns := append(slices.Clone(rates), "Entity/town@2 own=false key=false moves=true [] [spec.ids.memo.most]")
	towns[1] = strings.Replace(towns[1], "moves=false []", "moves=true [note]", 1) // a note links towns
	towns[2] = strings.Replace(towns[2], "moves=true [rate]", "moves=false []", 1)
	want("Metric/towns", towns...)
	want("Metric/per_city", slices.Concat(rates, event, paid)...)
	want("Metric/cities", rates...)
	own := slices.Clone(paid)
	for i := range own {
		own[i] = strings.Replace(own[i], "own=false", "own=true", 1)
	}
	want("Metric/paid", slices.Concat(event, own)...)
	res, err := j.client.Get("http://local/api/v1/lineage/changes?of=Metric/none")
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusNotFound {
		t.Errorf("of nothing: %d", res.StatusCode)
	}
}
