package ingest

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lodestar/internal/expr"
	"lodestar/internal/semantic"
	"lodestar/internal/warehouse/duckdb"
)

// childVar turns the test binary into a process that loads one file and then
// waits to be killed: DIR, FILE and the step at which it kills itself.
const childVar = "LODESTAR_TEST_CHILD"

func TestMain(m *testing.M) {
	if args := os.Getenv(childVar); args != "" {
		if err := child(strings.Split(args, "\n")); err != nil {
			fmt.Println("child:", err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func killSpec() semantic.DatasetSpec {
	return semantic.DatasetSpec{PrimaryKey: []string{"id"}, Columns: []semantic.Column{
		col("id", expr.Integer), col("name", expr.String), col("amount", expr.Decimal)}}
}

func child(args []string) error {
	dir, file, step := args[0], args[1], args[2]
	db, err := duckdb.Open(duckdb.Config{Dir: dir, MemoryLimit: "512MB", Threads: 2})
	if err != nil {
		return err
	}
	s, err := New(Config{Warehouse: db,
		Dataset:   func(string) (semantic.DatasetSpec, bool) { return killSpec(), true },
		Datasets:  func() []string { return []string{"kill"} },
		Workspace: func() semantic.WorkspaceSpec { return semantic.WorkspaceSpec{} }})
	if err != nil {
		return err
	}
	s.step = func(name string) {
		if name == step {
			self, err := os.FindProcess(os.Getpid())
			if err == nil {
				err = self.Kill()
			}
			fmt.Println("still alive:", err)
			select {}
		}
	}
	ctx := context.Background()
	u, err := s.Adopt(ctx, editor, file)
	if err != nil {
		return err
	}
	fmt.Println("started")
	l, err := s.Start(ctx, editor, LoadRequest{Upload: u.ID, Dataset: "kill", Mode: Replace})
	if err != nil {
		return err
	}
	if l, err = s.Wait(ctx, l.ID); err != nil || l.State != Done {
		return fmt.Errorf("%+v %+v %w", l, l.Error, err)
	}
	fmt.Println("done")
	_, err = io.Copy(io.Discard, os.Stdin) // until the parent kills it
	return err
}

// killFile writes rows of which one in a hundred is a reject, so that both
// lanes are gone through, and gives what a load of it leaves.
func killFile(t *testing.T, path string, rows, seed int) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("id,name,amount\n")
	sum, good := 0, 0
	for i := range rows {
		if i%100 == 99 {
			fmt.Fprintf(&b, "%d,bad,x\n", i)
			continue
		}
		good++
		sum += i % 97 * seed
		fmt.Fprintf(&b, "%d,name %d,%d\n", i, i%1000, i%97*seed)
	}
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%d rows, sum %d, ledger %d", good, sum, good)
}

// found tells what a database that was left behind holds.
func found(t *testing.T, dir string) string {
	t.Helper()
	db, err := duckdb.Open(duckdb.Config{Dir: dir, MemoryLimit: "512MB", Threads: 2})
	if err != nil {
		t.Fatalf("reopen: %v", err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()
	state, ok, err := db.State(t.Context(), "kill")
	if err != nil || !ok {
		t.Fatalf("state: %v %v", ok, err)
	}
	rows, err := db.Query(t.Context(), expr.SQL{Text: "SELECT CAST(count(*) AS VARCHAR) || ' rows, sum ' || CAST(CAST(sum(amount) AS BIGINT) AS VARCHAR) FROM " + state.Table})
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	if !rows.Next() {
		t.Fatal(rows.Err())
	}
	text, _ := rows.Values()[0].(string)
	return fmt.Sprintf("%s, ledger %d", text, state.Rows)
}

// attack starts a child on a file and kills it after a while; with a step, it
// kills itself. It tells whether the child got to the end, and how long it took.
func attack(t *testing.T, dir, file, step string, after time.Duration) (finished bool, took time.Duration) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), exe)
	cmd.Env = append(os.Environ(), childVar+"="+strings.Join([]string{dir, file, step}, "\n"))
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	if !lines.Scan() || lines.Text() != "started" {
		t.Fatalf("child: %q", lines.Text())
	}
	began := time.Now()
	if after >= 0 {
		timer := time.AfterFunc(after, func() {
			if err := cmd.Process.Kill(); err != nil {
				t.Error(err)
			}
		})
		defer timer.Stop()
	}
	for lines.Scan() {
		if lines.Text() != "done" {
			t.Fatalf("child: %s", lines.Text())
		}
		finished, took = true, time.Since(began)
		if after < 0 {
			if err := in.Close(); err != nil {
				t.Error(err)
			}
		}
	}
	err = cmd.Wait()
	if after >= 0 && err == nil {
		t.Error("the child ended by itself")
	}
	return finished, took
}

func TestKilledLoadsLeaveTheOldTableOrTheNew(t *testing.T) {
	dir := t.TempDir()
	files := []string{filepath.Join(dir, "a.csv"), filepath.Join(dir, "b.csv")}
	holds := []string{killFile(t, files[0], 60_000, 1), killFile(t, files[1], 60_000, 3)}
	data := filepath.Join(dir, "data")
	finished, took := attack(t, data, files[0], "", -1)
	if !finished || found(t, data) != holds[0] {
		t.Fatalf("the first load: %s", found(t, data))
	}
	now, old, changed := 0, 0, 0
	try := func(step string, after time.Duration) {
		t.Helper()
		attack(t, data, files[1-now], step, after)
		switch found(t, data) {
		case holds[now]:
			old++
		case holds[1-now]:
			changed++
			now = 1 - now
		default:
			t.Fatalf("killed at %q or after %s: %s, want %s or %s", step, after, found(t, data), holds[now], holds[1-now])
		}
	}
	for _, step := range []string{"prepare", "begin", "read", "keys", "rejects", "apply", "commit"} {
		for _, when := range []string{"before ", "after "} {
			was := changed
			try(when+step, time.Minute)
			if committed := changed > was; committed != (when+step == "after commit") {
				t.Errorf("killed %s%s: new table %v", when, step, committed)
			}
		}
	}
	old, changed = 0, 0
	seed := uint64(20260301)
	random := rand.New(rand.NewPCG(seed, seed))
	for range 50 {
		was := changed
		try("", time.Duration(random.Float64()*1.4*float64(took)))
		// A load takes more and less as other programs are busy: it is aimed at anew.
		if changed > was {
			took = took * 9 / 10
		} else {
			took = took * 11 / 10
		}
	}
	t.Logf("a load takes about %s; of 50 killed ones %d left the old table, %d the new one", took, old, changed)
	if old < 5 || changed < 5 {
		t.Errorf("%d old, %d new: the moments were not spread over the load", old, changed)
	}
}
