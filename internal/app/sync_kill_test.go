package app_test

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"lodestar/internal/access"
	"lodestar/internal/app"
	"lodestar/internal/datasync"
	"lodestar/internal/expr"
	"lodestar/internal/warehouse/duckdb"
)

// Variables that make of the test binary a server which syncs until it is
// killed, or kills itself at a step.
const (
	syncChild  = "LODESTAR_TEST_SYNC"
	syncStep   = "LODESTAR_TEST_SYNC_STEP"
	syncSecret = "LODESTAR_SECRET_SHOP"
)

// syncUntilKilled serves a data directory and says on which step it is.
func syncUntilKilled(dir string) {
	var say sync.Mutex
	step := func(name string) {
		say.Lock()
		defer say.Unlock()
		fmt.Println(name)
		if name == os.Getenv(syncStep) {
			if self, err := os.FindProcess(os.Getpid()); err == nil {
				_ = self.Kill()
			}
			select {}
		}
	}
	cfg := app.Config{DataDir: dir, Addr: "127.0.0.1:0", Memory: "1GB", Threads: 2, Console: io.Discard, Step: step}
	err := app.Serve(context.Background(), cfg, func(*app.App) { step("ready") })
	fmt.Println("ended:", err)
}

const syncDefinitions = `
kind: Connection
metadata: {name: pg}
spec: {type: postgres, host: PGHOST, user: reader, tls: "off", password: {env: LODESTAR_SECRET_SHOP}}
---
kind: Connection
metadata: {name: my}
spec: {type: mysql, host: MYHOST, database: shop, user: reader, tls: "off", password: {env: LODESTAR_SECRET_SHOP}}
`

const syncedDataset = `
---
kind: Dataset
metadata: {name: NAME}
spec:
  columns: [{name: id, type: integer}, {name: value, type: string}, {name: amount, type: decimal, precision: 12, scale: 2}, {name: updated_at, type: timestamp}]
  primaryKey: [id]
  source: {connection: CONNECTION, table: TABLE, sync: {SYNC, every: 1 second, retries: 50}}
`

// syncedNames are the datasets of the trial: each database by cursor and by
// changes.
var syncedNames = []string{"pg_cursor", "pg_changes", "my_cursor", "my_changes"}

func syncFiles(pgHost, myHost string) string {
	out := strings.NewReplacer("PGHOST", pgHost, "MYHOST", myHost).Replace(syncDefinitions)
	for _, name := range syncedNames {
		connection, mode, _ := strings.Cut(name, "_")
		how := "mode: changes"
		if mode == "cursor" {
			how = "mode: incremental, cursor: updated_at, lookback: 20 seconds, deletes: compare"
		}
		table := map[string]string{"pg": "public.items", "my": "shop.items"}[connection]
		out += strings.NewReplacer("NAME", name, "CONNECTION", connection, "TABLE", table, "SYNC", how).Replace(syncedDataset)
	}
	return out
}

// kill runs a server on the directory and kills it after a while, or lets it
// kill itself at a step. It tells the last step that was seen, and whether a
// change was open then.
func kill(t *testing.T, dir, step string, after time.Duration) (last string, inside bool) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), exe)
	cmd.Env = append(os.Environ(), syncChild+"="+dir, syncStep+"="+step, syncSecret+"="+myPassword)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var timer *time.Timer
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		switch last = lines.Text(); {
		case strings.HasPrefix(last, "ended"):
			t.Fatal(last)
		case last == "ready":
			timer = time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
		case last == "before begin":
			inside = true
		case last == "after commit", last == "after load":
			inside = false
		}
	}
	if timer == nil {
		t.Fatalf("it never served; last: %q", last)
	}
	timer.Stop()
	if err := cmd.Wait(); err == nil {
		t.Fatal("it ended by itself")
	}
	if step != "" && last != step {
		t.Errorf("it was to die %s and was killed after %s, %s", step, after, last)
	}
	return last, inside
}

// busyDatabase changes rows of a table until it is stopped.
type busyDatabase struct {
	exec  func(statement string) error
	now   string
	stop  chan struct{}
	done  sync.WaitGroup
	count atomic.Int64
	next  int
	rows  int
	pause time.Duration
}

// keep goes on with transactions of inserts, updates and deletes.
func (d *busyDatabase) keep(t *testing.T, seed uint64) {
	r := rand.New(rand.NewPCG(seed, 1))
	d.done.Go(func() {
		for {
			select {
			case <-d.stop:
				return
			case <-time.After(d.pause):
			}
			var b strings.Builder
			b.WriteString("BEGIN;")
			for range 1 + r.IntN(6) {
				id := 1 + r.IntN(d.rows+d.next)
				switch r.IntN(4) {
				case 0:
					fmt.Fprintf(&b, "DELETE FROM items WHERE id = %d;", id)
				case 1:
					d.next++
					fmt.Fprintf(&b, "INSERT INTO items VALUES (%d, 'new, \"%d\" 新', %d.25, %s);", d.rows+d.next, d.next, r.IntN(1000), d.now)
				default:
					fmt.Fprintf(&b, "UPDATE items SET value = 'v%d', amount = amount + 1, updated_at = %s WHERE id = %d;", r.IntN(1e6), d.now, id)
				}
				d.count.Add(1)
			}
			b.WriteString("COMMIT;")
			if err := d.exec(b.String()); err != nil {
				t.Errorf("load: %v", err)
				return
			}
		}
	})
}

// content counts rows and adds up what they hash to, in any order.
type content struct{ rows, sum uint64 }

func (c *content) add(row string) {
	h := sha256.Sum256([]byte(row))
	c.rows++
	c.sum += binary.BigEndian.Uint64(h[:8])
}

// TestKilledSyncsLoseAndDoubleNothing kills the server at every step of a sync
// and at random moments, while two databases change without end, and compares
// at the end.
func TestKilledSyncsLoseAndDoubleNothing(t *testing.T) {
	t.Parallel()
	rows, kills, most := 3000, 6, 3*time.Second
	if soaking() {
		rows, kills, most = 5_000_000, 100, 20*time.Second
	}
	pg, my := fillPostgres(t, rows), fillMariaDB(t, rows)
	dir := filepath.Join(t.TempDir(), "data")
	served(t, dir, func(h http.Handler) {
		body, err := json.Marshal(map[string]any{"files": []map[string]string{{"name": "all.yaml", "text": syncFiles(pg.host, my.host)}}})
		if err != nil {
			t.Fatal(err)
		}
		if w := call(h, access.Local("t"), "POST", "/api/v1/apply", strings.NewReader(string(body))); w.Code != http.StatusOK {
			t.Fatal(w.Body)
		}
	})
	pg.keep(t, 1)
	my.keep(t, 2)
	open, steps := 0, map[string]int{}
	for _, step := range []string{"spool", "load", "begin", "read", "fold", "apply", "commit", "acknowledge"} {
		for _, when := range []string{"before ", "after "} {
			_, inside := kill(t, dir, when+step, 10*time.Minute)
			if inside {
				open++
			}
		}
	}
	served(t, dir, func(h http.Handler) { // so that the kills to come hit syncs of what changed, too
		for _, name := range syncedNames {
			caughtUp(t, h, name)
		}
	})
	r := rand.New(rand.NewPCG(5, 5))
	for range kills {
		last, inside := kill(t, dir, "", time.Duration(r.Float64()*float64(most)))
		steps[last]++
		if inside {
			open++
		}
	}
	for _, d := range []*database{pg, my} {
		close(d.stop)
		d.done.Wait()
	}
	t.Logf("16 kills at steps and %d at random moments, %d with a transaction open; %d changes at PostgreSQL, %d at MariaDB; random ones hit %v",
		kills, open, pg.count.Load(), my.count.Load(), steps)
	served(t, dir, func(h http.Handler) {
		for _, name := range syncedNames {
			caughtUp(t, h, name)
		}
	})
	if open == 0 {
		t.Error("no kill hit an open transaction")
	}
	want := map[string]content{"pg": pg.content(t), "my": my.content(t)}
	db, err := duckdb.Open(duckdb.Config{Dir: dir, MemoryLimit: "1GB"})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, name := range syncedNames {
		connection, _, _ := strings.Cut(name, "_")
		if got := kept(t, db, name); got != want[connection] {
			t.Errorf("%s: %d rows hash to %x, there %d rows to %x", name, got.rows, got.sum, want[connection].rows, want[connection].sum)
		}
	}
}

// served opens the program in this process for a while.
func served(t *testing.T, dir string, do func(http.Handler)) {
	t.Helper()
	a, err := app.New(t.Context(), app.Config{DataDir: dir, Memory: "1GB", Threads: 2, Getenv: func(name string) string {
		return map[string]string{syncSecret: myPassword}[name]
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := a.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	}()
	do(a.Handler())
}

// caughtUp syncs a dataset until its source has nothing more.
func caughtUp(t *testing.T, h http.Handler, name string) {
	t.Helper()
	for range 2 { // a run that was interrupted may end first
		w := call(h, access.Local("t"), "POST", "/api/v1/datasets/"+name+"/sync", strings.NewReader("{}"))
		var run datasync.Run
		if err := json.Unmarshal(w.Body.Bytes(), &run); err != nil || w.Code != http.StatusAccepted {
			t.Fatal(w.Body, err)
		}
		for !run.Ended() {
			select {
			case <-time.After(20 * time.Millisecond):
			case <-t.Context().Done():
				t.Fatal("no end")
			}
			w := call(h, access.Local("t"), "GET", "/api/v1/syncs/"+run.ID, nil)
			if err := json.Unmarshal(w.Body.Bytes(), &run); err != nil {
				t.Fatal(w.Body, err)
			}
		}
		if run.State != datasync.Done {
			t.Fatalf("%s: %+v %+v", name, run, run.Error)
		}
	}
}

// kept reads a dataset in the words of the databases.
func kept(t *testing.T, db *duckdb.DB, name string) (c content) {
	t.Helper()
	state, ok, err := db.State(t.Context(), name)
	if err != nil || !ok {
		t.Fatal(name, ok, err)
	}
	rows, err := db.Query(t.Context(), expr.SQL{Text: `SELECT id || '|' || value || '|' || amount || '|' || strftime(updated_at, '%Y-%m-%d %H:%M:%S.%f') FROM ` + state.Table})
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		c.add(rows.Values()[0].(string))
	}
	if rows.Err() != nil {
		t.Fatal(rows.Err())
	}
	return c
}
