package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// cases is the folder of conformance data beside the repository.
func casesDir(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("LODESTAR_CONFORMANCE")
	if dir == "" {
		dir = "../../../shared/conformance/metricflow"
	}
	if _, err := os.Stat(filepath.Join(dir, "cases.json")); err != nil {
		t.Fatalf("the conformance data are not at %s; set LODESTAR_CONFORMANCE: %v", dir, err)
	}
	return dir
}

func runCases(t *testing.T, o options) []result {
	t.Helper()
	s, err := openSuite(o.dir)
	if err != nil {
		t.Fatal(err)
	}
	if o.engine == "" {
		o.engine = "duckdb"
	}
	results, err := s.runAll(t.Context(), o, func(result) {})
	if err != nil {
		t.Fatal(err)
	}
	return results
}

// TestRatchet runs every case with the optimiser on and off: what passed once
// passes for good, and the file says no less than what passes.
func TestRatchet(t *testing.T) {
	r, err := readRatchet("ratchet.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, optimiser := range []string{"on", "off"} {
		t.Run(optimiser, func(t *testing.T) {
			at := setting("duckdb", optimiser)
			results := runCases(t, options{dir: casesDir(t), optimiser: optimiser})
			if len(results) < 168 {
				t.Errorf("only %d cases ran", len(results))
			}
			for _, s := range r.slipped(at, results) {
				t.Errorf("%s passed once: %v %s", s.name, s.err, s.skipped)
			}
			for _, res := range results {
				if _, known := r[res.name]; res.err == nil && res.skipped == "" && !known {
					t.Logf("%s passes now; run with -ratchet tools/conformance/ratchet.json", res.name)
				}
			}
		})
	}
}

// TestDamagedExpectation shows that the runner sees what is wrong.
func TestDamagedExpectation(t *testing.T) {
	damage := map[string]func(e map[string]any){
		"a cell": func(e map[string]any) {
			row := e["rows"].([]any)[0].([]any)
			for i, v := range row {
				if f, ok := v.(float64); ok {
					row[i] = f * 1.00001
				}
			}
		},
		"a row too few": func(e map[string]any) {
			rows := e["rows"].([]any)
			e["rows"], e["row_count"] = rows[1:], float64(len(rows)-1)
		},
		"a column's name": func(e map[string]any) { e["columns"].([]any)[0].(map[string]any)["name"] = "another" },
		"NULL for a value": func(e map[string]any) {
			row := e["rows"].([]any)[0].([]any)
			row[len(row)-1] = nil
		},
		"rows gone": func(e map[string]any) { delete(e, "rows") },
	}
	const name = "metrics.ratio"
	for what, spoil := range damage {
		t.Run(what, func(t *testing.T) {
			dir := copyOf(t, casesDir(t))
			file := filepath.Join(dir, "expected", name+".json")
			edit(t, file, spoil)
			results := runCases(t, options{dir: dir, name: name, optimiser: "on"})
			failed := false
			for _, r := range results {
				failed = failed || r.name == name && r.err != nil
			}
			if !failed {
				t.Error("the case passed all the same")
			}
		})
	}
	t.Run("a hash", func(t *testing.T) {
		const hashed = "metrics.simple_fill_nulls_with_0_metric_time"
		dir := copyOf(t, casesDir(t))
		edit(t, filepath.Join(dir, "expected", hashed+".json"), func(e map[string]any) { e["hash"] = strings.Repeat("0", 64) })
		for _, r := range runCases(t, options{dir: dir, name: hashed, optimiser: "on"}) {
			if r.name == hashed && r.err == nil {
				t.Error("the case passed all the same")
			}
		}
	})
}

// TestNothingRan shows that no case is no success.
func TestNothingRan(t *testing.T) {
	var out bytes.Buffer
	if err := run(context.Background(), []string{"-dir", casesDir(t), "-case", "no such case"}, &out); err == nil {
		t.Error("no case ran and that was a success")
	}
	if !strings.HasSuffix(out.String(), "0 passed, 0 failed\n") {
		t.Errorf("the last line is %q", out.String())
	}
	if err := run(context.Background(), []string{"-dir", t.TempDir()}, &out); err == nil {
		t.Error("an empty folder was a success")
	}
}

// TestHash compares with the example that the rules give.
func TestHash(t *testing.T) {
	got := &answer{columns: []string{"b", "a"}, rows: [][]any{{"y", nil}, {"x", int64(1)}}}
	if h := hash(got); h != "9ff78fdb7aec2c14479bb21634e9f36214f3b8592ddefb714a3fd6c6e52a2ce8" {
		t.Error(h)
	}
}

func TestCSVTellsNullFromEmpty(t *testing.T) {
	rows := splitCSV("a,b\n,\"\"\n\"x \"\"y\"\", z\",1\n")
	if len(rows) != 3 || rows[1][0].quoted || !rows[1][1].quoted || rows[2][0].text != `x "y", z` || rows[2][1].text != "1" {
		t.Errorf("%+v", rows)
	}
}

func edit(t *testing.T, file string, change func(map[string]any)) {
	t.Helper()
	var e map[string]any
	if err := readJSON(file, &e); err != nil {
		t.Fatal(err)
	}
	change(e)
	b, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func copyOf(t *testing.T, dir string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "cases")
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		if d.IsDir() {
			return os.MkdirAll(filepath.Join(to, rel), 0o700)
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, rel), b, 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
	return to
}
