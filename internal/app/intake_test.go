package app_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"lodestar/internal/access"
	"lodestar/internal/app"
	"lodestar/internal/eventlog"
	"lodestar/internal/httpapi"
	"lodestar/internal/text"
)

func packed(t *testing.T, body []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(body); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestIntakeOverHTTP: events come in from any site by a write key alone, packed
// or not; what cannot be taken is told apart by status, and never a server error.
func TestIntakeOverHTTP(t *testing.T) {
	t.Parallel()
	a, err := app.New(t.Context(), app.Config{DataDir: t.TempDir(), Lang: text.EN})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	ask := func(method, path string, body []byte, header ...string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, "http://localhost"+path, bytes.NewReader(body))
		for i := 0; i+1 < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		if key, ok := strings.CutPrefix(r.Header.Get("Authorization"), "key "); ok {
			r.SetBasicAuth(key, "")
		}
		if strings.HasPrefix(path, "/api/") {
			r = r.WithContext(httpapi.AsLocal(r.Context(), access.Local("me")))
		}
		w := httptest.NewRecorder()
		a.Handler().ServeHTTP(w, r)
		return w
	}
	made := ask("POST", "/api/v1/events/keys", []byte(`{"name":"web"}`))
	_, key, _ := strings.Cut(made.Body.String(), `"writeKey":"`)
	key, _, _ = strings.Cut(key, `"`)
	if made.Code != http.StatusCreated || key == "" {
		t.Fatalf("%d %s", made.Code, made.Body)
	}
	auth := []string{"Authorization", "key " + key, "Origin", "https://shop.example", "Sec-Fetch-Site", "cross-site"}
	good := []byte(`{"batch":[{"type":"track","event":"x","messageId":"m1","userId":"u"}]}`)
	bomb := packed(t, bytes.Repeat([]byte(" "), 200<<20))
	for _, c := range []struct {
		method, path string
		body         []byte
		header       []string
		want         int
	}{
		{"POST", "/v1/batch", good, auth, 200},
		{"POST", "/v1/b", packed(t, good), append([]string{"Content-Encoding", "gzip"}, auth...), 200},
		{"POST", "/v1/t", []byte(`{"writeKey":"` + key + `","event":"x","messageId":"m2","anonymousId":"a"}`), []string{"Content-Type", "text/plain", "Origin", "null", "Sec-Fetch-Site", "cross-site"}, 200},
		{"POST", "/v1/batch", bomb, append([]string{"Content-Encoding", "gzip"}, auth...), 413},
		{"POST", "/v1/batch", packed(t, good)[:20], append([]string{"Content-Encoding", "gzip"}, auth...), 400},
		{"POST", "/v1/batch", good, append([]string{"Content-Encoding", "gzip"}, auth...), 400},
		{"POST", "/v1/batch", good, append([]string{"Content-Encoding", "br"}, auth...), 400},
		{"POST", "/v1/batch", bytes.Repeat([]byte("["), 2<<20), auth, 413},
		{"POST", "/v1/batch", []byte("{"), auth, 400},
		{"POST", "/v1/batch", good, nil, 401},
		{"POST", "/v1/batch", good, []string{"Authorization", "key lsw_no"}, 401},
		{"POST", "/v1/purchase", good, auth, 404},
		{"GET", "/v1/batch", nil, auth, 404},
		{"POST", "/v1/hook/paid?id=no&key=" + key, packed(t, []byte(`[{"no":1},{"no":2}]`)), []string{"Content-Encoding", "gzip"}, 200},
		{"POST", "/v1/hook/paid", []byte(`{"no":1}`), auth, 200},
		{"POST", "/v1/hook/paid?key=" + key, []byte(`{"type":"url_verification","challenge":"c"}`), nil, 200},
		{"POST", "/v1/hook/paid?path=x&key=" + key, []byte(`{}`), nil, 400},
		{"POST", "/v1/hook/paid?key=" + key, []byte(`7`), nil, 400},
		{"POST", "/v1/hook/paid?key=lsw_no", []byte(`{}`), nil, 401},
		{"POST", "/v1/hook/paid", []byte(`{}`), nil, 401},
		{"OPTIONS", "/v1/batch", nil, []string{"Origin", "https://shop.example", "Access-Control-Request-Method", "POST"}, 204},
	} {
		w := ask(c.method, c.path, c.body, c.header...)
		body, err := io.ReadAll(w.Body)
		if err != nil || w.Code != c.want {
			t.Errorf("%s %s %.60q: %d, want %d: %s", c.method, c.path, c.body, w.Code, c.want, body)
		}
		if w.Code != 404 && !strings.HasPrefix(c.path, "/v1/hook/") && w.Header().Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%s %s may not be called from a site", c.method, c.path)
		}
		if strings.Contains(string(body), key) {
			t.Errorf("%s %s tells the key: %s", c.method, c.path, body)
		}
	}
}

// TestIntakeGivesWay: when nothing can be taken the answer says when to come
// back, and nothing is acknowledged.
func TestIntakeGivesWay(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		log    eventlog.Config
		status int
	}{
		"full disk":    {eventlog.Config{MinFree: 1 << 62}, http.StatusServiceUnavailable},
		"mover behind": {eventlog.Config{Most: 1}, http.StatusTooManyRequests},
	} {
		a, err := app.New(t.Context(), app.Config{DataDir: t.TempDir(), EventLog: c.log})
		if err != nil {
			t.Fatal(err)
		}
		local := func(method, path, body string) *httptest.ResponseRecorder {
			r := httptest.NewRequest(method, "http://localhost/api/v1"+path, strings.NewReader(body))
			w := httptest.NewRecorder()
			a.Handler().ServeHTTP(w, r.WithContext(httpapi.AsLocal(r.Context(), access.Local("me"))))
			return w
		}
		_, key, _ := strings.Cut(local("POST", "/events/keys", `{"name":"web"}`).Body.String(), `"writeKey":"`)
		key, _, _ = strings.Cut(key, `"`)
		r := httptest.NewRequest("POST", "http://localhost/v1/track", strings.NewReader(`{"event":"x","messageId":"m","userId":"u"}`))
		r.SetBasicAuth(key, "")
		w := httptest.NewRecorder()
		a.Handler().ServeHTTP(w, r)
		if w.Code != c.status || w.Header().Get("Retry-After") == "" {
			t.Errorf("%s: %d, Retry-After %q: %s", name, w.Code, w.Header().Get("Retry-After"), w.Body)
		}
		if said := local("GET", "/events/report", "").Body.String(); !strings.Contains(said, `"behind":0`) {
			t.Errorf("%s: %s", name, said)
		}
		if err := a.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	}
}
