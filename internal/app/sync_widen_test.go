package app_test

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"lodestar/internal/app"
	"lodestar/internal/datasync"
	"lodestar/internal/demo"
)

// TestNewColumnsOfFiles drops files with further columns into a folder: they are
// taken into datasets that say so, with the types that a look at the file finds,
// and rows and files from before have no value there.
func TestNewColumnsOfFiles(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	a, err := app.New(t.Context(), app.Config{DataDir: t.TempDir(), Memory: "512MB", Threads: 1, Getenv: func(name string) string {
		return map[string]string{"LODESTAR_FOLDERS": folder}[name]
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	age := 10 * time.Hour
	write := func(name, text string) {
		t.Helper()
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		age -= time.Hour
		at := time.Now().Add(-age)
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
	}
	text := "{kind: Workspace, metadata: {name: workspace}, spec: {zone: UTC}}\n---\n{kind: Connection, metadata: {name: drop}, spec: {type: folder, path: " + folder + "}}\n"
	for name, how := range map[string]string{"new": "mode: changes, drift: add", "all": "mode: full, drift: add", "held": "mode: changes"} {
		text += "---\n{kind: Dataset, metadata: {name: " + name + "}, spec: {columns: [{name: id, type: integer}, {name: amount, type: integer, source: 金额}], primaryKey: [id], source: {connection: drop, table: '*.*', sync: {" + how + "}}}}\n"
	}
	write("a.csv", "id,金额,left_out\n1,10,x\n")
	if err := a.Furnish(t.Context(), &demo.Workspace{Dir: t.TempDir(), Documents: []demo.Document{{Name: "all.yaml", Text: []byte(text)}}}); err != nil {
		t.Fatal(err)
	}
	j := &journey{t, &http.Client{Transport: a.Transport()}}
	expect := func(dataset, columns, rows, told string) {
		t.Helper()
		run := j.again(dataset, map[string]any{})
		var got struct {
			Columns []struct{ Name, Type string }
			Rows    [][]any
		}
		j.do("GET", "/datasets/"+dataset+"/preview?limit=100", nil, &got)
		var names, lines, codes []string
		for _, c := range got.Columns {
			names = append(names, c.Name+" "+c.Type)
		}
		for _, r := range got.Rows {
			b, err := json.Marshal(r)
			if err != nil {
				t.Fatal(err)
			}
			lines = append(lines, string(b))
		}
		slices.Sort(lines)
		for _, w := range run.Warnings {
			codes = append(codes, w.Code)
		}
		if strings.Join(names, ", ") != columns || strings.Join(lines, " ") != rows || strings.Join(codes, " ") != told {
			t.Errorf("%s: %v %v %v\n%+v", dataset, names, lines, codes, run)
		}
	}
	for _, dataset := range []string{"new", "all", "held"} {
		expect(dataset, "id integer, amount integer", "[1,10]", "columns_new")
	}
	write("b.csv", "id;amount;left_out;Due Day;店\n2;20;y;2026-03-01;\n")
	write("c.json", `[{"id": 3, "amount": 30, "Due Day": "2026-03-02", "rate": 1}, {"id": 4, "amount": 40, "rate": 2.25}]`)
	write("d.csv", "id,金额,rate\n5,50,7\n")
	const wide = "id integer, amount integer, due_day date, rate decimal"
	rows := `[1,10,null,null] [2,20,"2026-03-01",null] [3,30,"2026-03-02",1] [4,40,null,2.25] [5,50,null,7]`
	expect("new", wide, rows, "columns_added columns_new")
	expect("all", wide, rows, "columns_added columns_new")
	expect("held", "id integer, amount integer", "[1,10] [2,20] [3,30] [4,40] [5,50]", "columns_new")
	write("e.csv", "id,金额\n6,60\n")
	rows += " [6,60,null,null]"
	expect("new", wide, rows, "")
	expect("all", wide, rows, "columns_new")
	// A column that was always there must be there.
	write("f.csv", "id,rate\n7,1\n")
	if run := j.synced("new", map[string]any{}); run.State != datasync.Failed || run.Error == nil || !strings.Contains(run.Error.Text.EN, "金额") {
		t.Errorf("%+v %+v", run, run.Error)
	}
}
