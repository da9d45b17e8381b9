package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"lodestar/internal/access"
	"lodestar/internal/app"
	"lodestar/internal/httpapi"
)

// endpoint is one operation of the OpenAPI document.
type endpoint struct {
	id, method, path, role string
	hasBody                bool
	queries                []string
}

func endpoints(t *testing.T, h http.Handler) []endpoint {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "http://localhost/api/openapi.json", nil))
	var doc struct {
		Paths map[string]map[string]struct {
			OperationID string          `json:"operationId"`
			Role        string          `json:"x-role"`
			RequestBody json.RawMessage `json:"requestBody"`
			Parameters  []struct{ Name, In string }
		}
	}
	if err := json.Unmarshal(w.Body.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	var out []endpoint
	for path, item := range doc.Paths {
		for method, op := range item {
			e := endpoint{op.OperationID, strings.ToUpper(method), path, op.Role, op.RequestBody != nil, nil}
			for _, p := range op.Parameters {
				if p.In == "query" {
					e.queries = append(e.queries, p.Name)
				}
			}
			out = append(out, e)
		}
	}
	slices.SortFunc(out, func(a, b endpoint) int { return strings.Compare(a.id, b.id) })
	if len(out) < 60 {
		t.Fatalf("only %d operations", len(out))
	}
	return out
}

// fill puts values into the path's parameters.
func (e endpoint) fill(value string) string {
	var b strings.Builder
	for part := range strings.SplitSeq(e.path, "/") {
		if part == "" {
			continue
		}
		if strings.HasPrefix(part, "{") {
			part = value
		}
		b.WriteString("/" + part)
	}
	return b.String()
}

func open(t *testing.T) *app.App {
	t.Helper()
	a, err := app.New(t.Context(), app.Config{DataDir: t.TempDir(), Memory: "512MB", Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return a
}

func call(h http.Handler, who access.Actor, method, path string, body io.Reader, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "http://localhost"+path, body)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	if who.Name != "" {
		r = r.WithContext(httpapi.AsLocal(r.Context(), who))
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// TestNobodyWithoutRights calls every operation that the document names as a
// stranger and as people below the role that it needs.
func TestNobodyWithoutRights(t *testing.T) {
	t.Parallel()
	h := open(t).Handler()
	public := []string{"getSession", "setUp", "signIn", "signOut"}
	for _, e := range endpoints(t, h) {
		if e.role == "" {
			if !slices.Contains(public, e.id) {
				t.Errorf("%s is open to everybody", e.id)
			}
			continue
		}
		people := []access.Actor{{}, {Name: "vi", Role: access.Viewer, Via: "session"}, {Name: "ed", Role: access.Editor, Via: "session"},
			{Name: "x", Role: "owner", Via: "session"}}
		for _, who := range people {
			if who.Role.Includes(access.Role(e.role)) {
				continue
			}
			want := http.StatusForbidden
			if who.Name == "" {
				want = http.StatusUnauthorized
			}
			for _, body := range []string{"", "{}", "{"} {
				w := call(h, who, e.method, e.fill("x"), strings.NewReader(body))
				if w.Code != want {
					t.Errorf("%s as %q with body %q: %d, want %d: %s", e.id, who.Role, body, w.Code, want, w.Body)
				}
			}
		}
	}
	// What a dry run may, the real thing may not.
	w := call(h, access.Actor{Name: "vi", Role: access.Viewer, Via: "session"}, "POST", "/api/v1/apply", strings.NewReader(`{"files":[]}`))
	if w.Code != http.StatusForbidden {
		t.Errorf("a viewer applied: %d %s", w.Code, w.Body)
	}
}

// TestNonsenseIsNoServerError sends bodies, names and parameters that make no
// sense to every operation, with all rights.
func TestNonsenseIsNoServerError(t *testing.T) {
	t.Parallel()
	h := open(t).Handler()
	admin := access.Actor{Name: "ad", Role: access.Admin, Via: "session"}
	rng := rand.New(rand.NewPCG(1, 2))
	names := []string{"x", "..%2f..%2fx", "%22%3B%20drop%20table", "%E5%BA%97", "%00", strings.Repeat("a", 3000), "-1", "9999999999999999999"}
	for _, e := range endpoints(t, h) {
		for i := range 25 {
			path := e.fill(names[rng.IntN(len(names))])
			if len(e.queries) > 0 && i%2 == 1 {
				q := e.queries[rng.IntN(len(e.queries))]
				path += "?" + q + "=" + names[rng.IntN(len(names))]
			}
			var body []byte
			if e.hasBody {
				body = nonsense(rng)
			}
			header := []string{"Content-Type", []string{"application/json", "text/plain", "multipart/form-data; boundary=b", ""}[rng.IntN(4)],
				"If-Match", []string{"", "x", `"1"`}[rng.IntN(3)], "Idempotency-Key", []string{"", "k"}[rng.IntN(2)]}
			w := call(h, admin, e.method, path, bytes.NewReader(body), header...)
			if w.Code >= 500 {
				t.Errorf("%s %s with %q: %d %s", e.method, path, body, w.Code, w.Body)
			}
			if w.Code >= 400 && w.Header().Get("Content-Type") != "application/problem+json" {
				t.Errorf("%s %s: %d is no problem document but %s", e.method, path, w.Code, w.Header().Get("Content-Type"))
			}
		}
	}
}

// nonsense makes a body: bytes, or JSON with likely names and unlikely values.
func nonsense(rng *rand.Rand) []byte {
	if rng.IntN(5) == 0 {
		b := make([]byte, rng.IntN(60))
		for i := range b {
			b[i] = byte(rng.IntN(256))
		}
		return b
	}
	v := nonsenseValue(rng, 0)
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	if rng.IntN(6) == 0 && len(b) > 1 {
		b = b[:len(b)/2]
	}
	return b
}

func nonsenseValue(rng *rand.Rand, depth int) any {
	words := []string{"name", "metrics", "by", "where", "time", "from", "to", "last", "compare", "top", "n", "files", "text",
		"metadata", "spec", "type", "columns", "dataset", "metric", "upload", "mode", "password", "role", "dimension", "limit", "order", "having"}
	if depth > 3 {
		return words[rng.IntN(len(words))]
	}
	switch rng.IntN(8) {
	case 0:
		return nil
	case 1:
		return rng.Float64() * 1e18
	case 2:
		return []string{"", "sum(", "a = 'x", "2026-13-45", "-5 days", "\x00", "'; drop table x; --", "店", strings.Repeat("(", 3000)}[rng.IntN(9)]
	case 3:
		return rng.IntN(2) == 0
	case 4:
		out := make([]any, rng.IntN(4))
		for i := range out {
			out[i] = nonsenseValue(rng, depth+1)
		}
		return out
	default:
		out := map[string]any{}
		for range rng.IntN(6) {
			out[words[rng.IntN(len(words))]] = nonsenseValue(rng, depth+1)
		}
		return out
	}
}

// TestQuestionsThatMakeNoSense asks almost right questions of real data.
func TestQuestionsThatMakeNoSense(t *testing.T) {
	t.Parallel()
	h := open(t).Handler()
	ed := access.Actor{Name: "ed", Role: access.Editor, Via: "session"}
	put := `{"metadata":{"name":"d"},"spec":{"columns":[{"name":"k","type":"string"},{"name":"at","type":"timestamp"},{"name":"v","type":"decimal"}],"time":"at"}}`
	if w := call(h, ed, "PUT", "/api/v1/datasets/d", strings.NewReader(put)); w.Code != 200 {
		t.Fatal(w.Body)
	}
	if w := call(h, ed, "PUT", "/api/v1/metrics/m", strings.NewReader(`{"metadata":{"name":"m"},"spec":{"type":"simple","dataset":"d","agg":"sum","expr":"v"}}`)); w.Code != 200 {
		t.Fatal(w.Body)
	}
	for _, q := range []string{
		`{}`, `{"metrics":[]}`, `{"metrics":["x"]}`, `{"metrics":["m","m"]}`, `{"metrics":["m"],"by":["nothing"]}`,
		`{"metrics":["m"],"by":[{"time":"fortnight"}]}`, `{"metrics":["m"],"where":"v >"}`, `{"metrics":["m"],"where":"k = 1"}`,
		`{"metrics":["m"],"where":"'; drop table d; --"}`, `{"metrics":["m"],"having":"zz > 1"}`, `{"metrics":["m"],"order":["zz"]}`,
		`{"metrics":["m"],"limit":-1}`, `{"metrics":["m"],"time":{"last":"-3 days"}}`, `{"metrics":["m"],"time":{"from":"soon"}}`,
		`{"metrics":["m"],"time":{"last":"3 days","this":"week"}}`, `{"metrics":["m"],"timezone":"Mars/Base"}`,
		`{"metrics":["m"],"asOf":"whenever"}`, `{"metrics":["m"],"compare":{"to":"tomorrow"}}`, `{"metrics":["m"],"top":{"n":-1,"by":"m"}}`,
		`{"metrics":[{"metric":"m","as":"a b; drop"}]}`, `{"metrics":["m"],"by":["k"],"top":{"n":3,"by":"zz"}}`,
		fmt.Sprintf(`{"metrics":["m"],"where":%q}`, strings.Repeat("(", 5000)+"true"),
		fmt.Sprintf(`{"metrics":["m"],"where":%q}`, "v"+strings.Repeat("+v", 20000)+">0"),
		`{"metrics":["m"],"time":{"from":"0001-01-01","to":"9999-12-31"},"by":[{"time":"minute"}],"fill":true}`,
	} {
		for _, path := range []string{"/api/v1/query", "/api/v1/query/plan", "/api/v1/query/export?format=csv"} {
			w := call(h, ed, "POST", path, strings.NewReader(q), "Accept-Language", "zh")
			if w.Code >= 500 {
				t.Errorf("%s %.80s: %d %s", path, q, w.Code, w.Body)
			}
		}
	}
}
