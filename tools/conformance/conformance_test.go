package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
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
	return runOn(t, s, o)
}

// runOn runs the cases of a suite on an engine of their own.
func runOn(t *testing.T, s *suite, o options) []result {
	t.Helper()
	if o.engine == "" {
		o.engine = "duckdb"
	}
	st := stageOf(t, s, o)
	return st.runAll(t.Context(), o, func(result) {})
}

// stageOf opens a stage that is closed with the test.
func stageOf(t *testing.T, s *suite, o options) *stage {
	t.Helper()
	st, err := s.open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.close(); err != nil {
			t.Error(err)
		}
	})
	return st
}

// allEngines is set by make test-engines.
func allEngines() bool { return os.Getenv("LODESTAR_ENGINES") == "all" }

// smokeCases takes n cases: the first of each group, then the second.
func smokeCases(cases []testCase, n int) []testCase {
	var out []testCase
	for round := 0; len(out) < n && len(out) < len(cases); round++ {
		seen := map[string]int{}
		for _, c := range cases {
			if c.SkipReason != "" {
				continue
			}
			if seen[c.Group] == round && len(out) < n {
				out = append(out, c)
			}
			seen[c.Group]++
		}
	}
	return out
}

// update makes TestRatchet write what passes.
var update = flag.Bool("update", false, "raise the ratchet to what passes")

var updating sync.Mutex

// TestRatchet runs every case with the optimiser on and off: what passed once
// passes for good, on every engine. make test leaves Trino out and asks
// ClickHouse's engine 20 cases of all groups; make test-engines does it all.
func TestRatchet(t *testing.T) {
	r, err := readRatchet("ratchet.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, engine := range engineNames() {
		t.Run(engine, func(t *testing.T) {
			if engine == "trino" && !allEngines() {
				t.Skip("runs with make test-engines")
			}
			t.Parallel()
			s, err := openSuite(casesDir(t))
			if err != nil {
				t.Fatal(err)
			}
			if engine == "clickhouse" && !allEngines() {
				s.cases = slices.DeleteFunc(s.cases, func(c testCase) bool { return r.Misses[engine][c.Name] != "" })
				s.cases = smokeCases(s.cases, 20)
			}
			r.hold(t, stageOf(t, s, options{engine: engine}), engine)
		})
	}
}

// hold runs the cases with the optimiser on and off.
func (r *ratchet) hold(t *testing.T, st *stage, engine string) {
	if have := st.bed.Version(); have != r.Engines[engine] {
		t.Logf("%s is %s here; the ratchet was made with %s", engine, have, r.Engines[engine])
	}
	for _, optimiser := range []string{"on", "off"} {
		at := setting(engine, optimiser)
		results := st.runAll(t.Context(), options{optimiser: optimiser}, func(result) {})
		if len(results) != len(st.suite.cases) || len(results) < 20 {
			t.Errorf("only %d cases ran", len(results))
		}
		for _, s := range r.slipped(at, results) {
			t.Errorf("%s passed once on %s: %v %s", s.name, at, s.err, s.skipped)
		}
		passed := 0
		for _, res := range results {
			if res.err == nil && res.skipped == "" {
				passed++
				if !r.passes(res.name, at) {
					t.Logf("%s passes on %s now; run with -update", res.name, at)
				}
			}
		}
		if *update {
			updating.Lock()
			err := raise("ratchet.json", options{engine: engine, optimiser: optimiser}, st.bed.Version(), results)
			updating.Unlock()
			if err != nil {
				t.Error(err)
			}
		}
		t.Logf("%s: %d of %d", at, passed, len(results))
	}
}

// TestMatrix keeps the file whole: every engine is in it, a case that does not
// pass has a reason, and 95 of 100 pass everywhere.
func TestMatrix(t *testing.T) {
	r, err := readRatchet("ratchet.json")
	if err != nil {
		t.Fatal(err)
	}
	s, err := openSuite(casesDir(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range r.unexplained(s.cases) {
		t.Error(line)
	}
	for _, engine := range engineNames() {
		passed, all := 0, 0
		for _, c := range s.cases {
			if c.SkipReason == "" {
				all++
				if r.passes(c.Name, setting(engine, "on")) && r.passes(c.Name, setting(engine, "off")) {
					passed++
				}
			}
		}
		if r.Engines[engine] == "" || passed*100 < all*95 {
			t.Errorf("%s %s: %d of %d cases pass", engine, r.Engines[engine], passed, all)
		}
	}
}

// TestOnAServer runs a case on a server that is there, and leaves nothing
// behind.
func TestOnAServer(t *testing.T) {
	t.Parallel()
	b, err := openBed(t.Context(), "postgres", "")
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	}()
	server := b.(*serverBed)
	var out bytes.Buffer
	err = run(t.Context(), []string{"-dir", casesDir(t), "-engine", "postgres", "-dsn", server.dsn, "-case", "scd.simple_scd_grouped_metric"}, &out)
	if err != nil || !strings.HasSuffix(out.String(), "1 passed, 0 failed\n") {
		t.Errorf("%v\n%s", err, out.String())
	}
	var schemas int
	if err := server.admin.QueryRowContext(t.Context(), "SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'conformance%'").Scan(&schemas); err != nil || schemas != 1 {
		t.Errorf("%d schemas, of which one is this test's own; %v", schemas, err)
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
