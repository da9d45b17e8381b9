package httpapi

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"flag"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"lodestar/internal/access"
	"lodestar/internal/audit"
	"lodestar/internal/catalog"
	"lodestar/internal/kinds"
	"lodestar/internal/semantic"
)

// noResources is a catalog's store with nothing in it.
type noResources struct{}

func (noResources) Current(context.Context) ([]catalog.Record, error) { return nil, nil }
func (noResources) Commit(context.Context, []catalog.Record, []audit.Entry) (int64, error) {
	return 1, nil
}
func (noResources) Revisions(context.Context, string, string) ([]catalog.Record, error) {
	return nil, nil
}

func testPage() fstest.MapFS {
	return fstest.MapFS{
		"index.html":       {Data: []byte("<!doctype html>page")},
		"assets/app.js":    {Data: []byte("console.log(1)")},
		"assets/app.js.gz": {Data: []byte("zipped")},
		"favicon.svg":      {Data: []byte("<svg/>")},
	}
}

// testAPI is a door in front of an empty catalog. Requests come in as the
// actor given.
func testAPI(t *testing.T, change func(*Config)) *API {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	cat, err := catalog.Open(t.Context(), catalog.Config{Kinds: kinds.All(), Store: noResources{}, Now: time.Now, Log: log,
		Checker: catalog.CheckerFunc(kinds.Check)})
	if err != nil {
		t.Fatal(err)
	}
	model, _ := semantic.Compile(nil)
	cfg := Config{Version: "test", Catalog: cat, Web: testPage(), Now: time.Now, Log: log,
		Model: func() *semantic.Model { return model }}
	if change != nil {
		change(&cfg)
	}
	a, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func ask(a *API, who access.Actor, method, path, body string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "http://localhost"+path, strings.NewReader(body))
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	if h := r.Header.Get("Host"); h != "" {
		r.Host = h
	}
	if who.Name != "" {
		r = r.WithContext(AsLocal(r.Context(), who))
	}
	w := httptest.NewRecorder()
	a.Handler().ServeHTTP(w, r)
	return w
}

func editor() access.Actor {
	return access.Actor{Name: "ed", Role: access.Editor, Via: access.ViaSession}
}
func viewer() access.Actor {
	return access.Actor{Name: "vi", Role: access.Viewer, Via: access.ViaSession}
}

func update() bool { return *updateGolden }

var updateGolden = flag.Bool("update", false, "write golden files anew")

func TestOpenAPIGolden(t *testing.T) {
	t.Parallel()
	doc, err := testAPI(t, nil).OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	doc = append(doc, '\n')
	const file = "testdata/openapi.json"
	if update() {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, doc, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != string(doc) {
		t.Error("the API differs from testdata/openapi.json; if that is meant, run: go test ./internal/httpapi -run Golden -update")
	}
}

// TestOpenAPIHoldsTogether: every reference leads somewhere, every operation
// has a name of its own and says what a failure looks like.
func TestOpenAPIHoldsTogether(t *testing.T) {
	t.Parallel()
	data, err := testAPI(t, nil).OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	var doc map[string]any
	if err := json.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	schemas := doc["components"].(map[string]any)["schemas"].(map[string]any)
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			if ref, ok := v["$ref"].(string); ok {
				if _, ok := schemas[strings.TrimPrefix(ref, "#/components/schemas/")]; !ok {
					t.Errorf("%s leads nowhere", ref)
				}
			}
			for _, e := range v {
				walk(e)
			}
		case []any:
			for _, e := range v {
				walk(e)
			}
		}
	}
	walk(doc)
	ids := map[string]bool{}
	for path, item := range doc["paths"].(map[string]any) {
		for method, o := range item.(map[string]any) {
			op := o.(map[string]any)
			id, _ := op["operationId"].(string)
			if id == "" || ids[id] {
				t.Errorf("%s %s: operation id %q is missing or taken", method, path, id)
			}
			ids[id] = true
			if _, ok := op["responses"].(map[string]any)["default"]; !ok {
				t.Errorf("%s says nothing of failures", id)
			}
		}
	}
	if len(ids) < 40 {
		t.Errorf("only %d operations", len(ids))
	}
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	a := testAPI(t, nil)
	for _, c := range []struct {
		method, path string
		status       int
		has          string // in the body
	}{
		{"GET", "/", 200, "page"},
		{"GET", "/metrics/revenue", 200, "page"},
		{"GET", "/favicon.svg", 200, "<svg/>"},
		{"GET", "/missing.png", 404, "unknown_address"},
		{"POST", "/explore", 405, "method_not_allowed"},
		{"GET", "/assets/app.js", 200, "console"},
		{"GET", "/assets/gone.js", 404, "unknown_address"},
		{"GET", "/assets/app.js.gz", 404, "unknown_address"},
		{"GET", "/api/v1/nothing", 404, "unknown_address"},
		{"GET", "/api", 404, "unknown_address"},
		{"GET", "/v1/traces", 404, "unknown_address"},
		{"GET", "/mcp", 404, "unknown_address"},
		{"GET", "/schemas/x", 404, "unknown_schema"},
		{"GET", "/-/nothing", 404, "unknown_address"},
		{"PATCH", "/api/v1/session", 405, "method_not_allowed"},
		{"GET", "/-/healthy", 200, "ok"},
		{"GET", "/-/ready", 200, "ready"},
		{"GET", "/-/metrics", 200, "lodestar_http_requests_total"},
		{"GET", "/api/openapi.json", 200, "openapi"},
	} {
		w := ask(a, access.Actor{}, c.method, c.path, "")
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.has) {
			t.Errorf("%s %s: %d %.80q, want %d with %q", c.method, c.path, w.Code, w.Body, c.status, c.has)
		}
	}
}

func TestPageHeaders(t *testing.T) {
	t.Parallel()
	a := testAPI(t, nil)
	w := ask(a, access.Actor{}, "GET", "/assets/app.js", "", "Accept-Encoding", "br, gzip")
	if w.Body.String() != "zipped" || w.Header().Get("Content-Encoding") != "gzip" ||
		!strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
		t.Errorf("asset: %q %v", w.Body, w.Header())
	}
	w = ask(a, access.Actor{}, "GET", "/explore", "")
	if w.Header().Get("Cache-Control") != "no-cache" || !strings.Contains(w.Header().Get("Content-Security-Policy"), "default-src 'self'") {
		t.Errorf("page: %v", w.Header())
	}
	bare := testAPI(t, func(c *Config) { c.Web = fstest.MapFS{".keep": {}} })
	if w := ask(bare, access.Actor{}, "GET", "/", ""); w.Code != 200 || !strings.Contains(w.Body.String(), "make build") {
		t.Errorf("without a page: %d %q", w.Code, w.Body)
	}
}

func TestHostsAndOrigins(t *testing.T) {
	t.Parallel()
	a := testAPI(t, func(c *Config) {
		c.Hosts = []string{"lodestar.example.com"}
		c.TrustedOrigins = []string{"http://localhost:5173"}
	})
	for host, ok := range map[string]bool{"localhost:8080": true, "127.0.0.1": true, "[::1]:8080": true, "192.168.1.5:8080": true,
		"lodestar.example.com": true, "LODESTAR.example.com:443": true, "evil.example.com": false, "localhost.evil.com": false, "": false} {
		if w := ask(a, access.Actor{}, "GET", "/-/healthy", "", "Host", host); host != "" && (w.Code == 200) != ok {
			t.Errorf("host %q: %d", host, w.Code)
		}
	}
	for _, c := range []struct {
		origin, site string
		status       int
	}{
		{"https://evil.example.com", "cross-site", 403},
		{"http://localhost:5173", "same-site", 401},
		{"", "same-origin", 401},
		{"", "", 401},
	} {
		w := ask(a, access.Actor{}, "PUT", "/api/v1/profile", "{}", "Origin", c.origin, "Sec-Fetch-Site", c.site)
		if w.Code != c.status {
			t.Errorf("origin %q site %q: %d, want %d", c.origin, c.site, w.Code, c.status)
		}
	}
}

// TestSignInIsEncrypted: over plain HTTP from another machine the cookie would
// be lost without a word.
func TestSignInIsEncrypted(t *testing.T) {
	t.Parallel()
	a := testAPI(t, func(c *Config) { c.Hosts = []string{"lodestar.example.com"} })
	for _, c := range []struct {
		host, origin string
		refused      bool
	}{
		{"192.168.1.5:8080", "http://192.168.1.5:8080", true},
		{"lodestar.example.com", "https://lodestar.example.com", false}, // a proxy that encrypts
		{"localhost:8080", "http://localhost:8080", false},
		{"192.168.1.5:8080", "", false}, // no browser
	} {
		w := ask(a, access.Actor{}, "POST", "/api/v1/session", `{"name": "nobody", "password": "wrong-password"}`,
			"Host", c.host, "Origin", c.origin, "Content-Type", "application/json")
		if strings.Contains(w.Body.String(), `"not_encrypted"`) != c.refused {
			t.Errorf("%+v: %d %s", c, w.Code, w.Body)
		}
	}
}

func TestGzip(t *testing.T) {
	t.Parallel()
	a := testAPI(t, nil)
	plain := ask(a, access.Actor{}, "GET", "/api/openapi.json", "").Body.String()
	w := ask(a, access.Actor{}, "GET", "/api/openapi.json", "", "Accept-Encoding", "gzip")
	if w.Header().Get("Content-Encoding") != "gzip" {
		t.Fatal("not compressed")
	}
	z, err := gzip.NewReader(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	back, err := io.ReadAll(z)
	if err != nil || string(back) != plain {
		t.Errorf("compressed differs from plain: %v", err)
	}
	if w := ask(a, access.Actor{}, "GET", "/-/healthy", "", "Accept-Encoding", "gzip"); w.Header().Get("Content-Encoding") != "" || w.Body.String() != "ok\n" {
		t.Errorf("a short answer was compressed: %q", w.Body)
	}
	if w := ask(a, access.Actor{}, "GET", "/api/openapi.json", "", "Accept-Encoding", "gzip;q=0"); w.Header().Get("Content-Encoding") != "" {
		t.Error("compressed for who refused it")
	}
}

func TestIdempotencyKey(t *testing.T) {
	t.Parallel()
	a := testAPI(t, nil)
	send := func(key, body string) *httptest.ResponseRecorder {
		return ask(a, editor(), "POST", "/api/v1/validate", body, "Idempotency-Key", key)
	}
	first := send("k1", `{"files":[]}`)
	again := send("k1", `{"files":[]}`)
	if first.Code != 200 || again.Code != 200 || again.Body.String() != first.Body.String() || again.Header().Get("Idempotent-Replay") != "true" {
		t.Errorf("first %d, again %d %v", first.Code, again.Code, again.Header())
	}
	if w := send("k1", `{"files":[{"name":"x","text":""}]}`); w.Code != 422 || !strings.Contains(w.Body.String(), "idempotency_key_reused") {
		t.Errorf("another body: %d %s", w.Code, w.Body)
	}
	if w := send("k2", `{"files":[]}`); w.Header().Get("Idempotent-Replay") != "" {
		t.Error("another key was replayed")
	}
	if w := ask(a, viewer(), "POST", "/api/v1/validate", `{"files":[]}`, "Idempotency-Key", "k1"); w.Header().Get("Idempotent-Replay") != "" {
		t.Error("another person got the answer")
	}
	if w := send(strings.Repeat("k", 201), `{}`); w.Code != 422 {
		t.Errorf("long key: %d", w.Code)
	}
}

func TestReplaysAreBounded(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	s := newReplays(func() time.Time { return now })
	for i := range 3 * replayEntries {
		e, first, err := s.claim(strings.Repeat("x", i+1), [32]byte{})
		if err != nil || !first {
			t.Fatal(err)
		}
		e.done = true
	}
	if len(s.byKey) > replayEntries+1 {
		t.Errorf("%d entries are kept", len(s.byKey))
	}
	now = now.Add(replayFor + time.Second)
	if _, first, _ := s.claim(strings.Repeat("x", 3*replayEntries), [32]byte{}); !first {
		t.Error("an old answer was given")
	}
	if len(s.byKey) != 1 {
		t.Errorf("%d old entries are kept", len(s.byKey))
	}
}

func TestLanguageOfProblems(t *testing.T) {
	t.Parallel()
	a := testAPI(t, nil)
	for _, c := range []struct{ path, header, want string }{
		{"/api/v1/metrics?limit=x", "zh-CN,zh;q=0.9", "应为整数"},
		{"/api/v1/metrics?limit=x", "en-US", "invalid integer"},
		{"/api/v1/metrics?limit=x&lang=zh", "en", "应为整数"},
		{"/api/v1/metrics?limt=5", "zh", "没有这个参数"},
		{"/api/v1/metrics/gone", "zh", "没有名为 gone 的指标"},
		{"/api/v1/metrics/gone", "en", "no Metric named gone"},
	} {
		w := ask(a, viewer(), "GET", c.path, "", "Accept-Language", c.header)
		if w.Code < 400 || !strings.Contains(w.Body.String(), c.want) || w.Header().Get("Content-Type") != problemType {
			t.Errorf("%s (%s): %d %s", c.path, c.header, w.Code, w.Body)
		}
	}
}

func TestPanicIsAProblem(t *testing.T) {
	t.Parallel()
	a := testAPI(t, func(c *Config) { c.Ready = func(context.Context) error { panic("boom") } })
	w := ask(a, access.Actor{}, "GET", "/-/ready", "")
	if w.Code != 500 || strings.Contains(w.Body.String(), "boom") || !strings.Contains(w.Body.String(), `"internal"`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := ask(a, access.Actor{}, "GET", "/-/healthy", ""); w.Code != http.StatusOK {
		t.Error("the server did not go on")
	}
}
