package app_test

import (
	"encoding/csv"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"lodestar/internal/demo"
)

const assetWorld = `
kind: Dataset
metadata: {name: orders, owner: wu, steward: mei, sensitivity: personal, keyAsset: true, duties: {collects: shop, reports: finance}}
spec:
  columns: [{name: id, type: integer}, {name: store, type: integer}, {name: amount, type: integer}, {name: note, type: string}, {name: day, type: date}]
  primaryKey: [id]
  time: day
  relationships: [{name: shop, to: stores, columns: {store: store}, cardinality: many_to_one}]
  quality: [{rule: not_null, column: note}]
  source: {files: [orders.csv]}
---
kind: Dataset
metadata: {name: stores, steward: mei}
spec: {columns: [{name: store, type: integer}, {name: city, type: string}], primaryKey: [store], source: {files: [stores.csv]}}
---
kind: Dataset
metadata: {name: notes, title: {zh: 备注, en: Notes}}
spec:
  columns: [{name: note, type: string}, {name: id, type: integer}]
  source: {from: orders, steps: [{select: [note, id]}]}
---
{kind: Metric, metadata: {name: revenue, owner: li}, spec: {type: simple, dataset: orders, agg: sum, expr: amount, where: "shop.city = 'x'"}}
---
{kind: Metric, metadata: {name: noted, owner: "=cmd"}, spec: {type: simple, dataset: orders, agg: count, where: note is not null}}
---
{kind: Metric, metadata: {name: noted_rate}, spec: {type: derived, expr: noted / revenue}}
---
{kind: Tree, metadata: {name: growth, owner: chen}, spec: {root: noted_rate, period: week}}
---
{kind: Target, metadata: {name: goal}, spec: {metric: revenue, period: month, values: {2026-05: 5}}}
`

type lineage struct {
	Nodes []struct {
		ID       string
		Distance int
	}
	Edges []struct {
		From, To string
		Columns  []string
	}
}

func (l lineage) ids() (up, down []string) {
	for _, n := range l.Nodes {
		switch {
		case n.Distance < 0:
			up = append(up, n.ID)
		case n.Distance > 0:
			down = append(down, n.ID)
		}
	}
	slices.Sort(up)
	slices.Sort(down)
	return up, down
}

func furnishAssets(t *testing.T) *journey {
	t.Helper()
	dir := t.TempDir()
	for name, content := range map[string]string{"orders.csv": "id,store,amount,note,day\n1,1,10,a,2026-05-01\n2,1,20,,2026-05-02\n", "stores.csv": "store,city\n1,x\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return furnish(t, &demo.Workspace{Dir: dir, Documents: []demo.Document{{Name: "w.yaml", Text: []byte(assetWorld)}}}, time.Date(2026, 5, 20, 12, 0, 0, 0, time.UTC))
}

// TestLineage: both ways, through joins, formulas, trees, targets and prepared
// datasets, and by column.
func TestLineage(t *testing.T) {
	t.Parallel()
	j := furnishAssets(t)
	for of, want := range map[string][2]string{
		"Dataset/orders":        {"", "Dataset/notes Metric/noted Metric/noted_rate Metric/revenue Target/goal Tree/growth"},
		"Dataset/stores":        {"", "Metric/noted_rate Metric/revenue Target/goal Tree/growth"},
		"Metric/noted_rate":     {"Dataset/orders Dataset/stores Metric/noted Metric/revenue", "Tree/growth"},
		"Column/orders.note":    {"", "Column/notes.note Metric/noted Metric/noted_rate Tree/growth"},
		"Column/orders.amount":  {"", "Metric/noted_rate Metric/revenue Target/goal Tree/growth"},
		"Column/stores.city":    {"", "Metric/noted_rate Metric/revenue Target/goal Tree/growth"},
		"Column/notes.note":     {"Column/orders.note", ""},
		"Target/goal?direction": {"Dataset/orders Dataset/stores Metric/revenue", ""},
	} {
		of, _, _ = strings.Cut(of, "?")
		var l lineage
		j.do("GET", "/lineage?of="+of, nil, &l)
		up, down := l.ids()
		if got := [2]string{strings.Join(up, " "), strings.Join(down, " ")}; got != want {
			t.Errorf("%s:\n got %q\nwant %q", of, got, want)
		}
		var only lineage
		j.do("GET", "/lineage?direction=down&of="+of, nil, &only)
		if up, both := only.ids(); len(up) > 0 || !slices.Equal(both, down) {
			t.Errorf("%s, down only: %v %v", of, up, both)
		}
		for _, e := range l.Edges {
			if e.From == "Dataset/orders" && e.To == "Metric/revenue" && !slices.Equal(e.Columns, []string{"amount", "day", "store"}) {
				t.Errorf("revenue reads %v", e.Columns)
			}
		}
	}
}

// TestImpact: while nothing is wrong everything below is listed and nothing is
// distorted; a broken promise distorts what reads its column, and no more.
func TestImpact(t *testing.T) {
	t.Parallel()
	j := furnishAssets(t)
	type hit struct {
		ID        string
		Distorted bool
	}
	var i struct {
		Marks                           []struct{ Rule string }
		Metrics, Trees, Targets, Others []hit
		People                          []struct {
			Name string
			Of   []string
		}
	}
	distorted := func() (all, bad []string) {
		for _, list := range [][]hit{i.Metrics, i.Trees, i.Targets, i.Others} {
			for _, h := range list {
				all = append(all, h.ID)
				if h.Distorted {
					bad = append(bad, h.ID)
				}
			}
		}
		slices.Sort(bad)
		return all, bad
	}
	j.do("GET", "/data/impact/orders", nil, &i)
	if all, bad := distorted(); len(all) != 6 || len(bad) != 0 {
		t.Errorf("before: %v, distorted %v", all, bad)
	}
	var run struct{}
	j.post("/datasets/orders/quality/run", map[string]any{}, &run)
	j.do("GET", "/data/impact/orders", nil, &i)
	if _, bad := distorted(); strings.Join(bad, " ") != "Dataset/notes Metric/noted Metric/noted_rate Tree/growth" || len(i.Marks) != 1 {
		t.Errorf("distorted: %v, %v", bad, i.Marks)
	}
	var names []string
	for _, p := range i.People {
		names = append(names, p.Name+":"+strings.Join(p.Of, ","))
	}
	if got := strings.Join(names, " "); got != "=cmd:Metric/noted chen:Tree/growth li:Metric/revenue mei:Dataset/orders wu:Dataset/orders" {
		t.Errorf("people: %s", got)
	}
}

// TestImpactOfRows: a column that decides which rows a prepared dataset has
// distorts all that is made of these rows, though none of its values is there.
func TestImpactOfRows(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "orders.csv"), []byte("id,note,city\n1,a,x\n2,,y\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	j := furnish(t, &demo.Workspace{Dir: dir, Documents: []demo.Document{{Name: "w.yaml", Text: []byte(`
kind: Dataset
metadata: {name: orders}
spec:
  columns: [{name: id, type: integer}, {name: note, type: string}, {name: city, type: string}]
  quality: [{rule: not_null, column: note}]
  source: {files: [orders.csv]}
---
{kind: Dataset, metadata: {name: noted}, spec: {source: {from: orders, steps: [{filter: note is not null}, {select: [id]}]}}}
---
{kind: Dataset, metadata: {name: cities}, spec: {source: {from: orders, steps: [{select: [city]}]}}}
---
{kind: Metric, metadata: {name: many}, spec: {type: simple, dataset: noted, agg: count}}
---
{kind: Metric, metadata: {name: places}, spec: {type: simple, dataset: cities, agg: count_distinct, expr: city}}
`)}}}, time.Date(2026, 5, 20, 12, 0, 0, 0, time.UTC))
	var run struct{}
	j.post("/datasets/orders/quality/run", map[string]any{}, &run)
	var i struct {
		Metrics, Others []struct {
			ID        string
			Distorted bool
		}
	}
	j.do("GET", "/data/impact/orders", nil, &i)
	var bad []string
	for _, h := range slices.Concat(i.Metrics, i.Others) {
		if h.Distorted {
			bad = append(bad, h.ID)
		}
	}
	if slices.Sort(bad); strings.Join(bad, " ") != "Dataset/noted Metric/many" {
		t.Errorf("%v of %+v", bad, i)
	}
}

// TestInventory: people, class and use of everything; files that came by hand;
// the file for spreadsheets runs nothing.
func TestInventory(t *testing.T) {
	t.Parallel()
	j := furnishAssets(t)
	j.post("/query", map[string]any{"metrics": []string{"noted_rate"}}, &struct{}{})
	j.post("/query", map[string]any{"metrics": []string{"noted_rate"}, "limit": 3}, &struct{}{})
	j.post("/query", map[string]any{"metrics": []string{"revenue"}}, &struct{}{})
	type asset struct {
		Kind, Name, Owner, Steward, Sensitivity, Source string
		KeyAsset                                        bool
		Duties                                          struct{ Collects, Reports string }
		Asked, Rows                                     int64
		HandLoads                                       int
		HandFiles                                       []string
		Score                                           *float64
	}
	find := func(kind, name string) asset {
		t.Helper()
		var list struct{ Items []asset }
		j.do("GET", "/data/assets", nil, &list)
		for _, a := range list.Items {
			if a.Kind == kind && a.Name == name {
				return a
			}
		}
		t.Fatalf("no %s %s among %+v", kind, name, list.Items)
		return asset{}
	}
	o := find("Dataset", "orders")
	if o.Owner != "wu" || o.Sensitivity != "personal" || !o.KeyAsset || o.Duties.Reports != "finance" || o.Rows != 2 || o.Asked != 3 || o.Source != "files" || o.Score != nil {
		t.Errorf("%+v", o)
	}
	if m := find("Metric", "revenue"); m.Asked != 3 {
		t.Errorf("asked for once itself and twice within another: %+v", m)
	}
	if m := find("Metric", "noted"); m.Asked != 2 {
		t.Errorf("%+v", m)
	}
	j.load("orders", "march (2).csv", "id,store,amount,note,day\n1,1,10,a,2026-05-01\n")
	if o := find("Dataset", "orders"); o.HandLoads != 2 || !slices.Equal(o.HandFiles, []string{"march (2).csv", "orders.csv"}) {
		t.Errorf("%+v", o)
	}
	res, err := j.client.Get("http://local/api/v1/data/assets.csv?lang=zh")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatal(res.StatusCode, err)
	}
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(b), "\ufeff"))).ReadAll()
	if err != nil || len(rows) != 7 {
		t.Fatal(rows, err)
	}
	for _, row := range rows {
		if row[1] == "noted" && row[4] != "'=cmd" {
			t.Errorf("a formula in %q", row)
		}
	}
}

// TestSupport: what is missing under a metric is told for each dataset that
// flows into it, the worst first; a broken promise bears on what reads its
// column alone.
func TestSupport(t *testing.T) {
	t.Parallel()
	j := furnishAssets(t)
	var run any
	j.post("/datasets/orders/quality/run", map[string]any{}, &run)
	for of, want := range map[string][2]string{
		"Metric/noted": {"bad", `bad Metric/noted rules
watch Dataset/orders source
watch Dataset/orders freshness
good Dataset/orders steward
good Dataset/orders rows
good Metric/noted owner`},
		"Metric/revenue": {"watch", `watch Dataset/orders source
watch Dataset/orders freshness
watch Dataset/stores source
watch Dataset/stores freshness
watch Metric/revenue rules
good Dataset/orders steward
good Dataset/orders rows
good Dataset/stores steward
good Dataset/stores rows
good Metric/revenue owner`},
		"Dataset/notes": {"bad", `bad Dataset/notes rows
watch Dataset/orders source
watch Dataset/orders freshness
watch Dataset/notes steward
watch Dataset/notes freshness
watch Dataset/notes rules
good Dataset/orders steward
good Dataset/orders rows
good Dataset/notes source`},
	} {
		var s struct {
			State  string
			Checks []struct {
				Of, Code, State string
				Text            struct{ ZH, EN string }
			}
		}
		j.do("GET", "/support?of="+of, nil, &s)
		var got []string
		for _, c := range s.Checks {
			got = append(got, c.State+" "+c.Of+" "+c.Code)
			if c.Text.ZH == "" || c.Text.EN == "" {
				t.Errorf("%s %s has no words", of, c.Code)
			}
		}
		if list := strings.Join(got, "\n"); s.State != want[0] || list != want[1] {
			t.Errorf("%s: %s\n%s\nwant %s\n%s", of, s.State, list, want[0], want[1])
		}
	}
	res, err := j.client.Get("http://local/api/v1/support?of=Target/goal")
	if err != nil {
		t.Fatal(err)
	}
	if res.Body.Close(); res.StatusCode != http.StatusNotFound {
		t.Errorf("a target: %d", res.StatusCode)
	}
}
