package app_test

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lodestar/internal/access"
	"lodestar/internal/app"
	"lodestar/internal/datasync"
)

const folderDefinitions = `
kind: Connection
metadata: {name: drop}
spec: {type: folder, path: FOLDER}
---
kind: Dataset
metadata: {name: stock}
spec:
  columns: [{name: id, type: integer}, {name: day, type: date, format: "%d.%m.%Y"}, {name: amount, type: decimal}]
  primaryKey: [id]
  source: {connection: drop, table: "*.csv", sync: {mode: changes}}
`

// TestFoldersAreSynced: files come, change and have bad values; each is read
// once, as the definition says, and what a later file says counts.
func TestFoldersAreSynced(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	getenv := func(name string) string {
		if name == "LODESTAR_FOLDERS" {
			return folder
		}
		return os.Getenv(name)
	}
	a, err := app.New(t.Context(), app.Config{DataDir: t.TempDir(), Memory: "512MB", Threads: 1, Getenv: getenv})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	h := a.Handler()
	body, err := json.Marshal(map[string]any{"files": []map[string]string{{"name": "all.yaml", "text": strings.ReplaceAll(folderDefinitions, "FOLDER", folder)}}})
	if err != nil {
		t.Fatal(err)
	}
	if w := call(h, access.Local("t"), "POST", "/api/v1/apply", strings.NewReader(string(body))); w.Code != http.StatusOK {
		t.Fatal(w.Body)
	}
	write := func(name, text string, age time.Duration) {
		t.Helper()
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		at := time.Now().Add(-age)
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
	}
	sync := func(read, loaded, rejected int64, want string) {
		t.Helper()
		w := call(h, access.Local("t"), "POST", "/api/v1/datasets/stock/sync", strings.NewReader("{}"))
		var run datasync.Run
		if err := json.Unmarshal(w.Body.Bytes(), &run); err != nil || w.Code != http.StatusAccepted {
			t.Fatal(w.Body, err)
		}
		for !run.Ended() {
			select {
			case <-time.After(5 * time.Millisecond):
			case <-t.Context().Done():
				t.Fatal("no end")
			}
			w := call(h, access.Local("t"), "GET", "/api/v1/syncs/"+run.ID, nil)
			if err := json.Unmarshal(w.Body.Bytes(), &run); err != nil {
				t.Fatal(w.Body, err)
			}
		}
		if run.State != datasync.Done || run.Read != read || run.Loaded != loaded || run.Rejected != rejected {
			t.Errorf("%+v %+v; want %d read, %d loaded, %d rejected", run, run.Error, read, loaded, rejected)
		}
		var rows struct{ Rows [][]any }
		w = call(h, access.Local("t"), "GET", "/api/v1/datasets/stock/preview?limit=100", nil)
		if err := json.Unmarshal(w.Body.Bytes(), &rows); err != nil {
			t.Fatal(w.Body, err)
		}
		var got []string
		for _, r := range rows.Rows {
			b, err := json.Marshal(r)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, string(b))
		}
		if joined := strings.Join(got, " "); len(got) != strings.Count(want, "|")+1 || !each(want, joined) {
			t.Errorf("rows %s, want %s", joined, want)
		}
	}
	write("a.csv", "id,day,amount\n1,31.01.2026,1.5\n2,01.02.2026,2\n", 4*time.Hour)
	write("b.csv", "id;amount;day;more\n2;2.5;02.02.2026;x\n3;3;03.02.2026;y\n4;much;04.02.2026;z\n", 3*time.Hour)
	sync(5, 3, 1, "2026-01-31|2026-02-02|2026-02-03")
	sync(0, 0, 0, "2026-01-31|2026-02-02|2026-02-03")
	write("a.csv", "id,day,amount\n1,30.01.2026,1.5\n5,05.02.2026,5\n", 2*time.Hour)
	sync(2, 2, 0, "2026-01-30|2026-02-02|2026-02-03|2026-02-05")
}

func each(parts, in string) bool {
	for p := range strings.SplitSeq(parts, "|") {
		if !strings.Contains(in, p) {
			return false
		}
	}
	return true
}
