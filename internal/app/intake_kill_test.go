package app_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	analytics "github.com/segmentio/analytics-go/v3"

	"lodestar/internal/app"
	"lodestar/internal/expr"
	"lodestar/internal/warehouse/duckdb"
)

// killing is a server that is killed again and again while events come in.
type killing struct {
	t     *testing.T
	dir   string
	addr  string
	every int64 // acknowledged events between kills
	acked atomic.Int64
	kills atomic.Int64

	mu   sync.Mutex
	sent map[string]bool // acknowledged, by client and number
	by   map[string]int64
}

func (r *killing) program(args ...string) *exec.Cmd {
	self, err := os.Executable()
	if err != nil {
		r.t.Fatal(err)
	}
	c := exec.CommandContext(r.t.Context(), self, args...)
	c.Env = append(os.Environ(), programVar+"=1")
	return c
}

func (r *killing) must(args ...string) string {
	r.t.Helper()
	var out, errs bytes.Buffer
	c := r.program(args...)
	c.Stdout, c.Stderr = &out, &errs
	if err := c.Run(); err != nil {
		r.t.Fatalf("%v: %v\n%s%s", args, err, &out, &errs)
	}
	return strings.TrimSpace(out.String())
}

// note takes an acknowledgement.
func (r *killing) note(client string, n int) {
	key := fmt.Sprint(client, " ", n)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.sent[key] {
		r.t.Errorf("%s was acknowledged twice", key)
	}
	r.sent[key] = true
	r.by[client]++
	r.acked.Add(1)
}

// serve runs the server, and kills it whenever so many more events have been
// acknowledged, until stop is closed.
func (r *killing) serve(stop <-chan struct{}) error {
	for next := r.every; ; next = r.acked.Load() + r.every {
		c := r.program("serve", "--data", r.dir, "--addr", r.addr)
		var said bytes.Buffer
		c.Stdout, c.Stderr = &said, &said
		if err := c.Start(); err != nil {
			return err
		}
		ended := make(chan error, 1)
		go func() { ended <- c.Wait() }()
		for dead := false; !dead; {
			select {
			case <-stop:
				err := c.Process.Kill()
				<-ended
				return err
			case err := <-ended:
				return fmt.Errorf("the server ended by itself: %w: %s", err, &said)
			case <-time.After(5 * time.Millisecond):
				if r.acked.Load() < next {
					continue
				}
				if err := c.Process.Kill(); err != nil {
					return err
				}
				<-ended
				r.kills.Add(1)
				dead = true
			}
		}
	}
}

// quiet is for a client that says every refused connection.
func quiet() *log.Logger { return log.New(io.Discard, "", 0) }

// heard hears what Segment's client for Go was answered.
type heard struct{ r *killing }

func (h heard) Success(m analytics.Message) {
	h.r.note("go", m.(analytics.Track).Properties["n"].(int))
}

func (h heard) Failure(m analytics.Message, err error) {
	h.r.t.Errorf("the client for Go gave up on %v: %v", m.(analytics.Track).Properties["n"], err)
}

func (r *killing) sendGo(key string, n int) error {
	c, err := analytics.NewWithConfig(key, analytics.Config{Endpoint: "http://" + r.addr, BatchSize: 50, Interval: 50 * time.Millisecond,
		Callback: heard{r}, Logger: analytics.StdLogger(quiet()), RetryAfter: func(i int) time.Duration { return time.Duration(i+1) * 400 * time.Millisecond }})
	if err != nil {
		return err
	}
	for i := range n {
		for int64(i)-r.count("go") > 2000 { // as many are under way as a busy process has
			<-time.After(time.Millisecond)
		}
		if err := c.Enqueue(analytics.Track{Event: "Trial Sent", UserId: fmt.Sprint("go-", i%97), Properties: analytics.NewProperties().Set("n", i).Set("client", "go")}); err != nil {
			return err
		}
	}
	for r.count("go") < int64(n) && !r.t.Failed() {
		<-time.After(5 * time.Millisecond)
	}
	return c.Close()
}

func (r *killing) count(client string) int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.by[client]
}

func (r *killing) sendNode(key string, n int) error {
	c := exec.CommandContext(r.t.Context(), "node", "clients/segment.mjs", "http://"+r.addr, key, fmt.Sprint(n))
	c.Dir = filepath.Join("..", "..", "web")
	out, err := c.StdoutPipe()
	if err != nil {
		return err
	}
	c.Stderr = os.Stderr
	if err := c.Start(); err != nil {
		return err
	}
	for s := bufio.NewScanner(out); s.Scan(); {
		var i int
		if _, err := fmt.Sscanf(s.Text(), "acked %d", &i); err != nil {
			r.t.Errorf("the client for Node says: %s", s.Text())
			continue
		}
		r.note("node", i)
	}
	return c.Wait()
}

// TestClientsWhileKilled: Segment's clients for Node and Go send events to a
// server that is killed with -9 again and again; every event that they were told
// is taken is a row, once. LODESTAR_SOAK sends 100,000 each.
func TestClientsWhileKilled(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("../../web/node_modules/@segment/analytics-node"); err != nil {
		t.Skip("Segment's client for Node is not installed: run npm ci in web, as make test does")
	}
	n, every := 2500, int64(600)
	if soaking() {
		n, every = 100_000, 8000
	}
	r := &killing{t: t, dir: t.TempDir(), addr: quietAddress(t), every: every, sent: map[string]bool{}, by: map[string]int64{}}
	plan := filepath.Join(t.TempDir(), "plan.yaml")
	if err := os.WriteFile(plan, []byte("{kind: Event, metadata: {name: trial_sent}, spec: {properties: [{name: n, type: integer, required: true}, {name: client, type: string, values: [go, node], required: true}]}}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r.must("apply", "-f", plan, "--data", r.dir)
	key := r.must("writekey", "create", "trial", "--data", r.dir)

	stop, served := make(chan struct{}), make(chan error, 1)
	go func() { served <- r.serve(stop) }()
	var clients sync.WaitGroup
	for _, send := range []func(string, int) error{r.sendGo, r.sendNode} {
		clients.Go(func() {
			if err := send(key, n); err != nil {
				t.Error(err)
			}
		})
	}
	clients.Wait()
	close(stop) // one more kill, with what was acknowledged last not stored yet
	if err := <-served; err != nil {
		t.Fatal(err)
	}
	r.settle()
	r.compare(n)
	t.Logf("%d kills, %d acknowledged events", r.kills.Load()+1, r.acked.Load())
	if r.kills.Load() < 3 {
		t.Errorf("only %d kills", r.kills.Load())
	}
}

// quietAddress finds a port that stays free while the server is down. The system
// gives ports above 32768 to all who connect: a client that tries to reach the
// server there may be given the very port, and then talks with itself on it.
func quietAddress(t *testing.T) string {
	t.Helper()
	for {
		addr := fmt.Sprintf("127.0.0.1:%d", 20_000+rand.IntN(10_000))
		if l, err := net.Listen("tcp", addr); err == nil {
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
			return addr
		}
		if t.Context().Err() != nil {
			t.Fatal("no port is free")
		}
	}
}

// settle waits until a server has stored what is in the log.
func (r *killing) settle() {
	a, err := app.New(r.t.Context(), app.Config{DataDir: r.dir})
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() {
		if err := a.Stop(context.Background()); err != nil {
			r.t.Error(err)
		}
	}()
	for {
		req, err := http.NewRequestWithContext(r.t.Context(), "GET", "http://localhost/api/v1/events/report", nil)
		if err != nil {
			r.t.Fatal(err)
		}
		res, err := a.Transport().RoundTrip(req)
		if err != nil {
			r.t.Fatal(err)
		}
		var rep struct{ Progress struct{ Behind int64 } }
		err = json.NewDecoder(res.Body).Decode(&rep)
		res.Body.Close()
		if err != nil {
			r.t.Fatal(err)
		}
		if rep.Progress.Behind == 0 {
			return
		}
		<-time.After(20 * time.Millisecond)
	}
}

// compare holds the rows against what was acknowledged.
func (r *killing) compare(n int) {
	db, err := duckdb.Open(duckdb.Config{Dir: r.dir})
	if err != nil {
		r.t.Fatal(err)
	}
	defer db.Close()
	st, _, err := db.State(r.t.Context(), "trial_sent")
	if err != nil {
		r.t.Fatal(err)
	}
	rows, err := db.Query(r.t.Context(), expr.SQL{Text: "SELECT client || ' ' || n, count(*), count(DISTINCT message_id) FROM " + st.Table + " GROUP BY 1"})
	if err != nil {
		r.t.Fatal(err)
	}
	defer rows.Close()
	stored := map[string]bool{}
	for rows.Next() {
		v := rows.Values()
		if stored[v[0].(string)] = true; v[1] != int64(1) || v[2] != int64(1) {
			r.t.Errorf("%v is there %v times, as %v messages", v[0], v[1], v[2])
		}
	}
	if err := rows.Err(); err != nil {
		r.t.Fatal(err)
	}
	for key := range r.sent {
		if !stored[key] {
			r.t.Errorf("%s was acknowledged and is not there", key)
		}
	}
	if len(r.sent) != 2*n || int64(len(stored)) != st.Rows {
		r.t.Errorf("%d acknowledged of %d sent, %d stored, the state says %d", len(r.sent), 2*n, len(stored), st.Rows)
	}
}
