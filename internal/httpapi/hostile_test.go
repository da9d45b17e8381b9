package httpapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"lodestar/internal/access"
)

// TestUnwritableAnswer: a value that JSON cannot hold becomes a problem, not
// half an answer under the status of a success.
func TestUnwritableAnswer(t *testing.T) {
	t.Parallel()
	a := testAPI(t, nil)
	answers := map[string]any{
		"/infinite": math.Inf(1),
		"/late":     time.Date(12_000, 1, 1, 0, 0, 0, 0, time.UTC),
		"/mistake":  func() {},
	}
	for path, v := range answers {
		for _, method := range []string{"GET", "POST"} {
			register(a, operation{id: method + path, method: method, path: path, tag: "Test", status: http.StatusOK},
				func(context.Context, access.Actor, *nothing) (*out[any], error) { return &out[any]{v}, nil })
		}
	}
	for path := range answers {
		for _, method := range []string{"GET", "POST"} {
			want := http.StatusUnprocessableEntity
			if path == "/mistake" {
				want = http.StatusInternalServerError
			}
			w := ask(a, viewer(), method, base+path, "", "Idempotency-Key", "once")
			var p Problem
			if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || w.Code != want || p.Status != want {
				t.Errorf("%s %s: %d %s (%v), want a problem %d", method, path, w.Code, w.Body, err, want)
			}
		}
	}
}

func TestNULIsRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		body string
		ok   bool
	}{
		{`{"a":"x\u0000y"}`, false},
		{`{"a":"\\\u0000"}`, false},
		{`{"a":"\\u0000"}`, true},
		{`{"a":"\\\\u0000"}`, true},
		{`{"a":"\\u0000\u0000"}`, false},
		{`{"a":"\u00000"}`, false},
		{`{"a":"\u0001"}`, true},
		{"{\"a\":\"\xff\"}", false},
	} {
		if err := plainText([]byte(c.body)); (err == nil) != c.ok {
			t.Errorf("%s: %v", c.body, err)
		}
	}
	a := testAPI(t, nil)
	for _, path := range []string{"/query", "/values", "/validate"} {
		if w := ask(a, editor(), "POST", base+path, `{"metrics":["\u0000"]}`); w.Code != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
}

// TestReplayIsPersonal: an answer is repeated only to who got it, with the
// rights of then, and what is kept is bounded.
func TestReplayIsPersonal(t *testing.T) {
	t.Parallel()
	a := testAPI(t, nil)
	n := 0
	register(a, operation{id: "count", method: "POST", path: "/count", tag: "Test", role: access.Viewer, status: http.StatusOK},
		func(context.Context, access.Actor, *nothing) (*out[string], error) {
			n++
			return &out[string]{strings.Repeat("x", replayBytes/2)}, nil
		})
	token := viewer()
	token.Via = access.ViaToken + "ci"
	promoted := viewer()
	promoted.Role = access.Admin
	for i, who := range []access.Actor{viewer(), editor(), token, promoted, viewer()} {
		w := ask(a, who, "POST", base+"/count", "{}", "Idempotency-Key", "k")
		if again := w.Header().Get("Idempotent-Replay") != ""; again != (i == 4) || w.Code != http.StatusOK {
			t.Errorf("request %d: %d, replayed: %v", i, w.Code, again)
		}
	}
	for i := range 400 {
		ask(a, viewer(), "POST", base+"/count", "{}", "Idempotency-Key", strings.Repeat("k", 2+i%100)+string(rune('a'+i/100)))
	}
	a.replays.mu.Lock()
	defer a.replays.mu.Unlock()
	kept := 0
	for _, e := range a.replays.byKey {
		kept += len(e.answer)
	}
	if kept != a.replays.bytes || kept > replayTotal+replayBytes {
		t.Errorf("%d bytes kept, %d counted, at most %d wanted", kept, a.replays.bytes, replayTotal)
	}
}

func TestMadeUpMethodsAreOne(t *testing.T) {
	t.Parallel()
	a := testAPI(t, nil)
	for i := range 50 {
		ask(a, access.Actor{}, "M"+strings.Repeat("X", i), "/", "")
	}
	if got := ask(a, access.Actor{}, "GET", "/-/metrics", "").Body.String(); strings.Contains(got, "MX") || !strings.Contains(got, `method="other"`) {
		t.Error(got)
	}
}

// endless gives bytes until it has given n, and remembers how many.
type endless struct{ n, given int }

func (e *endless) Read(p []byte) (int, error) {
	if e.given >= e.n {
		return 0, errors.New("read past the end")
	}
	n := copy(p, bytes.Repeat([]byte("x"), min(len(p), e.n-e.given)))
	e.given += n
	return n, nil
}

// TestTooLargeIsReadOn: a sender gets the answer only when it could send on.
func TestTooLargeIsReadOn(t *testing.T) {
	t.Parallel()
	body := &endless{n: 20 << 20}
	r, err := http.NewRequestWithContext(t.Context(), "POST", "http://localhost"+base+"/session", body)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := readAll(discard{}, r, 1<<20); err == nil || body.given != body.n {
		t.Errorf("%v after %d bytes", err, body.given)
	}
}

type discard struct{}

func (discard) Header() http.Header         { return http.Header{} }
func (discard) Write(b []byte) (int, error) { return len(b), nil }
func (discard) WriteHeader(int)             {}
