package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"lodestar/internal/app"
	"lodestar/internal/demo"
)

// journey is a workspace that a test asks through the public API, in process.
type journey struct {
	t      *testing.T
	client *http.Client
}

// furnish opens an empty data directory and fills it.
func furnish(t *testing.T, w *demo.Workspace, now time.Time) *journey {
	t.Helper()
	a, err := app.New(t.Context(), app.Config{DataDir: t.TempDir(), Memory: "1GB", Threads: 2, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	if err := a.Furnish(t.Context(), w); err != nil {
		t.Fatal(err)
	}
	return &journey{t, &http.Client{Transport: a.Transport()}}
}

// example opens a folder of examples/ over real files.
func example(t *testing.T, folder, data string) *journey {
	t.Helper()
	w := &demo.Workspace{Dir: data}
	files, err := filepath.Glob(filepath.Join("../../examples", folder, "*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no definitions in %s: %v", folder, err)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		w.Documents = append(w.Documents, demo.Document{Name: filepath.Base(f), Text: b})
	}
	return furnish(t, w, time.Date(2026, 5, 20, 12, 0, 0, 0, time.UTC))
}

// realData finds a folder of real files: $LODESTAR_REAL_DATA, or
// ../shared/data beside the repository.
func realData(t *testing.T, name string) string {
	t.Helper()
	root := os.Getenv("LODESTAR_REAL_DATA")
	if root == "" {
		root = "../../../shared/data"
	}
	dir := filepath.Join(root, name)
	if _, err := os.Stat(dir); err != nil {
		t.Fatalf("the real data are needed: set LODESTAR_REAL_DATA to the folder that holds %s: %v", name, err)
	}
	return dir
}

func (j *journey) post(path string, body, out any) { j.t.Helper(); j.send("POST", path, body, out) }
func (j *journey) put(path string, body, out any)  { j.t.Helper(); j.send("PUT", path, body, out) }

func (j *journey) send(method, path string, body, out any) {
	j.t.Helper()
	b, err := json.Marshal(body)
	if err != nil {
		j.t.Fatal(err)
	}
	j.do(method, path, b, out)
}

func (j *journey) do(method, path string, body []byte, out any) {
	j.t.Helper()
	req, err := http.NewRequestWithContext(j.t.Context(), method, "http://local/api/v1"+path, bytes.NewReader(body))
	if err != nil {
		j.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := j.client.Do(req)
	if err != nil {
		j.t.Fatal(err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		j.t.Fatal(err)
	}
	if res.StatusCode >= 300 {
		j.t.Fatalf("%s %s: %d\n%s\n%s", method, path, res.StatusCode, body, answer)
	}
	if err := json.Unmarshal(answer, out); err != nil {
		j.t.Fatalf("%s %s: %v\n%s", method, path, err, answer)
	}
}

// answer is what POST /query gives, as JSON has it.
type answer struct {
	Columns []struct{ Name, Metric string }
	Rows    [][]any
	Totals  [][]any
	Range   *struct{ From, To time.Time }

	Warnings []struct{ Code string }
}

func (j *journey) query(q map[string]any) answer {
	j.t.Helper()
	var a answer
	j.post("/query", q, &a)
	return a
}

// cells turns an answer with one metric at the end into value by group.
func (a answer) cells() map[string]any {
	out := map[string]any{}
	for _, r := range a.Rows {
		n := len(r) - 1
		out[groupKey(r[:n])] = r[n]
	}
	return out
}

// groupKey names a group; no value is not the empty text.
func groupKey(dims []any) string {
	parts := make([]string, len(dims))
	for i, d := range dims {
		if d == nil {
			parts[i] = "∅"
		} else {
			parts[i] = fmt.Sprint(d)
		}
	}
	return strings.Join(parts, " | ")
}

// compareCells reports the first few differences between an answer and what
// the oracle says; numbers agree to 1e-9 relative.
func compareCells(got map[string]any, want map[string]*float64) []string {
	var bad []string
	for k, w := range want {
		g, ok := got[k]
		switch {
		case !ok:
			bad = append(bad, fmt.Sprintf("%s is missing, want %s", k, show(w)))
		case !sameNumber(g, w):
			bad = append(bad, fmt.Sprintf("%s is %v, want %s", k, g, show(w)))
		}
	}
	for k, g := range got {
		if _, ok := want[k]; !ok {
			bad = append(bad, fmt.Sprintf("%s is %v, but there should be no such row", k, g))
		}
	}
	slices.Sort(bad)
	return bad[:min(len(bad), 4)]
}

func show(v *float64) string {
	if v == nil {
		return "null"
	}
	return fmt.Sprint(*v)
}

func sameNumber(g any, w *float64) bool {
	if g == nil || w == nil {
		return g == nil && w == nil
	}
	x, ok := g.(float64)
	diff, size := x-*w, max(abs(x), abs(*w))
	return ok && abs(diff) <= 1e-9*max(size, 1e-6)
}

func abs(x float64) float64 { return max(x, -x) }
