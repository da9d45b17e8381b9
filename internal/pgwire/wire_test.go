package pgwire_test

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"crypto/rand"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"

	"lodestar/internal/access"
	"lodestar/internal/catalog"
	"lodestar/internal/kinds"
	"lodestar/internal/pgwire"
	"lodestar/internal/query"
	"lodestar/internal/semantic"
	"lodestar/internal/store"
)

// slow is an engine that answers when it is told to, or cancelled.
type slow struct {
	mu      sync.Mutex
	waiting int
	started chan struct{}
	actors  []access.Actor
}

// Query waits for the end of its context.
func (s *slow) Query(ctx context.Context, who access.Actor, _ query.Request) (*query.Result, error) {
	s.mu.Lock()
	s.waiting++
	s.actors = append(s.actors, who)
	s.mu.Unlock()
	s.started <- struct{}{}
	<-ctx.Done()
	s.mu.Lock()
	s.waiting--
	s.mu.Unlock()
	return nil, ctx.Err()
}

// bare is a door over an engine that never answers by itself.
func bare(t testing.TB, now func() time.Time) (addr string, engine *slow, stop func()) {
	addr, engine, stop, _ = bareWithToken(t, now)
	return addr, engine, stop
}

func bareWithToken(t testing.TB, now func() time.Time) (addr string, engine *slow, stop func(), token string) {
	t.Helper()
	db, err := store.Open(context.Background(), filepath.Join(t.TempDir(), "m.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	people, err := access.New(access.Config{Users: db.Users(), Sessions: db.Sessions(), Tokens: db.Tokens(), Now: now, Random: rand.Reader,
		Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := people.CreateUser(context.Background(), access.Local("test"), access.NewUser{Name: "mei", Title: "Mei", Role: access.Viewer, Password: password}); err != nil {
		t.Fatal(err)
	}
	_, token, err = people.CreateToken(context.Background(), access.Actor{Name: "mei", Role: access.Viewer, Via: access.ViaSession}, access.NewToken{Name: "bi"})
	if err != nil {
		t.Fatal(err)
	}
	rs, findings := catalog.Decode("all.yaml", []byte(definitions), kinds.All())
	if len(findings) > 0 {
		t.Fatal(findings)
	}
	m, _ := semantic.Compile(rs)
	engine = &slow{started: make(chan struct{}, 100)}
	srv := pgwire.New(pgwire.Config{Access: people, Engine: engine, Model: func() *semantic.Model { return m }, Version: "test", Now: now})
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- srv.Serve(ln) }()
	var once sync.Once
	stop = func() {
		once.Do(func() {
			ctx, cancel := context.WithCancel(context.Background())
			cancel()
			if err := srv.Stop(ctx); err != nil {
				t.Error(err)
			}
			if err := <-done; err != nil {
				t.Error(err)
			}
			if err := db.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	t.Cleanup(stop)
	return ln.Addr().String(), engine, stop, token
}

func bareDSN(addr string) string {
	host, port, _ := net.SplitHostPort(addr)
	return "host=" + host + " port=" + port + " user=mei password='" + password + "' dbname=lodestar sslmode=disable"
}

// TestCancel stops statements in the three ways there are: by a request for
// it, by time, and by going away. None leaves anything behind.
func TestCancel(t *testing.T) {
	addr, engine, stop := bare(t, time.Now)
	before := runtime.NumGoroutine()
	idle := func() {
		t.Helper()
		for range 12_000 {
			engine.mu.Lock()
			n := engine.waiting
			engine.mu.Unlock()
			if n == 0 {
				return
			}
			time.Sleep(5 * time.Millisecond)
		}
		t.Error("a statement went on")
	}
	c, err := pgx.Connect(t.Context(), bareDSN(addr))
	if err != nil {
		t.Fatal(err)
	}
	cancels := 20
	if os.Getenv("LODESTAR_SOAK") != "" { // make soak
		cancels = 1000
	}
	for range cancels {
		failed := make(chan error, 1)
		go func() {
			_, err := c.Exec(context.Background(), "select measure(revenue) from metrics")
			failed <- err
		}()
		<-engine.started
		if err := c.PgConn().CancelRequest(t.Context()); err != nil {
			t.Fatal(err)
		}
		var e *pgconn.PgError
		if err := <-failed; !errors.As(err, &e) || e.Code != "57014" {
			t.Fatalf("cancelled: %v", err)
		}
	}
	idle()
	if _, err := c.Exec(t.Context(), "set statement_timeout = 50"); err != nil {
		t.Fatal(err)
	}
	_, err = c.Exec(t.Context(), "select measure(revenue) from metrics")
	var e *pgconn.PgError
	if !errors.As(err, &e) || e.Code != "57014" {
		t.Errorf("timed out: %v", err)
	}
	if _, err := c.Exec(t.Context(), "select 1"); err != nil {
		t.Errorf("afterwards: %v", err)
	}
	<-engine.started
	c.Close(t.Context())

	gone, err := pgx.Connect(t.Context(), bareDSN(addr))
	if err != nil {
		t.Fatal(err)
	}
	raw := gone.PgConn().Conn()
	go gone.Exec(context.Background(), "select measure(revenue) from metrics")
	<-engine.started
	raw.Close()
	idle()
	for _, who := range engine.actors {
		if who.Name != "mei" || who.Role != access.Viewer || who.Via != access.ViaSession {
			t.Fatalf("asked as %+v", who)
		}
	}
	// A wrong secret cancels nothing.
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	b, err := (&pgproto3.CancelRequest{ProcessID: 1, SecretKey: []byte{1, 2, 3, 4}}).Encode(nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := nc.Write(b); err != nil {
		t.Fatal(err)
	}
	io.Copy(io.Discard, nc)
	nc.Close()
	stop()
	for range 12_000 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	buf := make([]byte, 1<<16)
	t.Errorf("%d goroutines before, %d after\n%s", before, runtime.NumGoroutine(), buf[:runtime.Stack(buf, true)])
}

// TestRemoteNeedsTLS shows that no password is asked for in the clear from
// another machine.
func TestRemoteNeedsTLS(t *testing.T) {
	if err := pgwire.PlainAllowed("192.0.2.7:5000"); err == nil || !strings.Contains(err.Error(), "encrypted") {
		t.Errorf("from afar: %v", err)
	}
	for _, near := range []string{"127.0.0.1:1", "[::1]:1"} {
		if err := pgwire.PlainAllowed(near); err != nil {
			t.Errorf("%s: %v", near, err)
		}
	}
}

// start writes the beginning of a connection that signs in.
func start(token string) []byte {
	b, _ := (&pgproto3.StartupMessage{ProtocolVersion: pgproto3.ProtocolVersion30, Parameters: map[string]string{"user": "mei", "database": "d"}}).Encode(nil)
	b, _ = (&pgproto3.PasswordMessage{Password: token}).Encode(b)
	return b
}

// FuzzWire sends anything after and instead of a good beginning: the server
// neither falls nor hangs.
func FuzzWire(f *testing.F) {
	addr, engine, _, token := bareWithToken(f, time.Now)
	go func() {
		for range engine.started {
		}
	}()
	message := func(list ...pgproto3.FrontendMessage) []byte {
		var b []byte
		for _, m := range list {
			b, _ = m.Encode(b)
		}
		return b
	}
	f.Add(true, message(&pgproto3.Query{String: "select 1; show all; begin; declare c cursor for select 1; fetch 1 from c"}))
	f.Add(true, message(&pgproto3.Parse{Name: "a", Query: "select $1::int, $2::text[]", ParameterOIDs: []uint32{23}}, &pgproto3.Describe{ObjectType: 'S', Name: "a"},
		&pgproto3.Bind{PreparedStatement: "a", ParameterFormatCodes: []int16{1, 0}, Parameters: [][]byte{{0, 0, 0, 1}, []byte("{a}")}, ResultFormatCodes: []int16{1}},
		&pgproto3.Describe{ObjectType: 'P'}, &pgproto3.Execute{MaxRows: 1}, &pgproto3.Close{ObjectType: 'S', Name: "a"}, &pgproto3.Sync{}))
	f.Add(true, message(&pgproto3.FunctionCall{Function: 1}, &pgproto3.CopyData{Data: []byte("x")}, &pgproto3.Flush{}, &pgproto3.Terminate{}))
	f.Add(false, start(token))
	f.Add(false, []byte{0, 0, 0, 8, 4, 210, 22, 47})
	f.Add(false, binary.BigEndian.AppendUint32(nil, 1<<30))
	f.Fuzz(func(t *testing.T, signedIn bool, data []byte) {
		nc, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		defer nc.Close()
		if signedIn {
			data = append(start(token), data...)
		}
		nc.SetDeadline(time.Now().Add(20 * time.Second))
		go func() {
			nc.Write(data)
			nc.(*net.TCPConn).CloseWrite()
		}()
		if _, err := io.Copy(io.Discard, nc); err != nil {
			var ne net.Error
			if errors.As(err, &ne) && ne.Timeout() {
				t.Fatalf("the server hangs on %q", data)
			}
		}
	})
}
