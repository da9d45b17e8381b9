package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"lodestar/internal/access"
	"lodestar/internal/app"
	"lodestar/internal/fault"
	"lodestar/internal/text"
)

// visitor is a person with a browser's cookies.
type visitor struct {
	t    *testing.T
	http *http.Client
	url  string
}

func visit(t *testing.T, url string) *visitor {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &visitor{t, &http.Client{Jar: jar}, url}
}

// send sends JSON and decodes the answer; the status must be as wanted.
func (v *visitor) send(method, path string, in, out any, want int) {
	v.t.Helper()
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			v.t.Fatal(err)
		}
		body = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(v.t.Context(), method, v.url+"/api/v1"+path, body)
	if err != nil {
		v.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := v.http.Do(req)
	if err != nil {
		v.t.Fatal(err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	if res.StatusCode != want {
		v.t.Fatalf("%s %s: %d, want %d: %s", method, path, res.StatusCode, want, data)
	}
	if out != nil {
		if err := json.Unmarshal(data, out); err != nil {
			v.t.Fatalf("%s %s: %v: %s", method, path, err, data)
		}
	}
}

// load uploads a file and loads it to the end.
func (v *visitor) load(dataset, name string, content []byte) {
	v.t.Helper()
	var form bytes.Buffer
	m := multipart.NewWriter(&form)
	part, err := m.CreateFormFile("file", name)
	if err != nil {
		v.t.Fatal(err)
	}
	part.Write(content)
	m.Close()
	res, err := v.http.Post(v.url+"/api/v1/uploads", m.FormDataContentType(), &form)
	if err != nil {
		v.t.Fatal(err)
	}
	defer res.Body.Close()
	var up struct{ ID string }
	if err := json.NewDecoder(res.Body).Decode(&up); err != nil || res.StatusCode != 201 {
		v.t.Fatalf("upload: %d %v", res.StatusCode, err)
	}
	type load struct {
		ID, State        string
		Loaded, Rejected int
		Error            any
	}
	var l load
	v.send("POST", "/loads", map[string]any{"upload": up.ID, "dataset": dataset, "mode": "replace"}, &l, 202)
	for l.State == "running" {
		v.send("GET", "/loads/"+l.ID, nil, &l, 200)
	}
	if l.State != "done" || l.Loaded == 0 {
		v.t.Fatalf("load: %+v", l)
	}
}

func start(t *testing.T, cfg app.Config) *app.App {
	t.Helper()
	cfg.Addr = "127.0.0.1:0"
	a, err := app.New(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	if err := a.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return a
}

func editor() access.Actor {
	return access.Actor{Name: "ed", Role: access.Editor, Via: access.ViaSession}
}
func nobody() access.Actor { return access.Actor{} }

const starter = "../cli/starter"

// TestFirstDay is the whole way over the network: set-up, definitions, rows,
// answers, the tree and the reason of a change.
func TestFirstDay(t *testing.T) {
	t.Parallel()
	a := start(t, app.Config{DataDir: filepath.Join(t.TempDir(), "new"), Memory: "512MB", Threads: 1})
	v := visit(t, a.URL())
	var s struct {
		SetupRequired bool
		User          *struct{ Name, Role, Lang string }
		Workspace     struct{ Zone, Currency string }
	}
	v.send("GET", "/session", nil, &s, 200)
	if !s.SetupRequired || s.User != nil {
		t.Fatalf("before set-up: %+v", s)
	}
	setup := map[string]string{"name": "mei.lin", "title": "林梅", "password": "a fine pass phrase 8", "lang": "zh-CN",
		"zone": "Asia/Shanghai", "weekStart": "monday", "currency": "CNY"}
	bad := map[string]string{"name": "mei.lin", "password": "a fine pass phrase 8", "zone": "Mars/Base"}
	v.send("POST", "/setup", bad, nil, 422)
	v.send("POST", "/setup", setup, &s, 200)
	if s.SetupRequired || s.User == nil || s.User.Role != "admin" || s.Workspace.Zone != "Asia/Shanghai" {
		t.Fatalf("after set-up: %+v", s)
	}
	v.send("POST", "/setup", setup, nil, 409)

	var home struct {
		Tree      *string
		Checklist map[string]bool
	}
	v.send("GET", "/north-star", nil, &home, 200)
	if home.Tree != nil || home.Checklist["data"] || home.Checklist["tree"] {
		t.Errorf("an empty workspace has %+v", home)
	}
	v.apply(starter)
	for _, name := range []string{"stores", "orders"} {
		data, err := os.ReadFile(filepath.Join(starter, "data", name+".csv"))
		if err != nil {
			t.Fatal(err)
		}
		v.load(name, name+".csv", data)
	}
	v.look()

	other := visit(t, a.URL())
	other.send("GET", "/metrics", nil, nil, 401)
	other.send("POST", "/session", map[string]string{"name": "mei.lin", "password": "wrong"}, nil, 401)
	other.send("POST", "/session", map[string]string{"name": "mei.lin", "password": setup["password"]}, nil, 200)
	other.send("GET", "/metrics", nil, nil, 200)
	other.send("DELETE", "/session", nil, nil, 204)
	other.send("GET", "/metrics", nil, nil, 401)
}

// apply stores all YAML files of a folder.
func (v *visitor) apply(dir string) {
	v.t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
	if err != nil || len(names) == 0 {
		v.t.Fatal("no definitions in ", dir, err)
	}
	var files []map[string]string
	for _, n := range names {
		b, err := os.ReadFile(n)
		if err != nil {
			v.t.Fatal(err)
		}
		files = append(files, map[string]string{"name": n, "text": string(b)})
	}
	var rep struct {
		Applied  bool
		Findings []any
	}
	v.send("POST", "/apply", map[string]any{"files": files}, &rep, 200)
	if !rep.Applied || len(rep.Findings) > 0 {
		v.t.Fatalf("apply: %+v", rep)
	}
}

// look asks everything that the pages ask.
func (v *visitor) look() {
	v.t.Helper()
	var q struct {
		Columns []struct{ Name string }
		Rows    [][]any
	}
	v.send("POST", "/query", map[string]any{"metrics": []string{"orders"}, "by": []string{"store.region"}, "order": []string{"store.region"}}, &q, 200)
	sum := 0.0
	for _, r := range q.Rows {
		sum += r[1].(float64)
	}
	if len(q.Rows) != 3 || sum != 377 {
		v.t.Errorf("orders by region: %+v", q)
	}
	var state struct {
		State struct {
			Nodes   []struct{ Metric string }
			Verdict struct{ State string }
		}
		Checklist map[string]bool
	}
	v.send("GET", "/north-star", nil, &state, 200)
	if len(state.State.Nodes) < 3 || state.State.Nodes[0].Metric != "revenue_by_formula" || !state.Checklist["data"] || state.Checklist["invite"] {
		v.t.Errorf("north star: %+v", state)
	}
	var why struct {
		Change  float64
		Formula struct {
			Parts []struct{ Contribution float64 }
		}
		Sentence text.Text
	}
	v.send("POST", "/explain", map[string]any{"metric": "revenue_by_formula"}, &why, 200)
	parts := 0.0
	for _, p := range why.Formula.Parts {
		parts += p.Contribution
	}
	if d := parts - why.Change; d > 1e-6 || d < -1e-6 || why.Sentence.ZH == "" || why.Sentence.EN == "" {
		v.t.Errorf("explanation: %+v", why)
	}
	var list struct {
		Items []struct {
			Metric string
			Value  *float64
			Series []any
		}
	}
	v.send("POST", "/metrics/summaries", map[string]any{"names": []string{"revenue", "aov", "gone"}, "period": "week"}, &list, 200)
	if len(list.Items) != 3 || list.Items[0].Value == nil || len(list.Items[0].Series) != 13 || list.Items[2].Value != nil {
		v.t.Errorf("summaries: %+v", list)
	}
	for _, path := range []string{"/data", "/datasets/orders/status", "/datasets/orders/preview?limit=5", "/datasets/orders/profile",
		"/datasets/orders/rejects", "/datasets/orders/relations", "/datasets/orders/revisions", "/datasets/orders/references",
		"/targets/revenue_2026/state", "/trees/north_star/state", "/metrics/aov/summary", "/search?q=%E9%94%80%E5%94%AE", "/audit", "/users", "/loads"} {
		v.send("GET", path, nil, &json.RawMessage{}, 200)
	}
	var values, fits, suggested struct{ Items []map[string]any }
	v.send("POST", "/values", map[string]any{"dimension": "store.region", "metrics": []string{"orders"}}, &values, 200)
	v.send("POST", "/dimensions", map[string]any{"metrics": []string{"orders"}}, &fits, 200)
	v.send("POST", "/relations/suggest", map[string]any{"datasets": []string{"orders", "stores"}}, &suggested, 200)
	if len(values.Items) != 3 || values.Items[0]["value"] != "华东" || len(fits.Items) < 7 {
		v.t.Errorf("values %v, dimensions %v", values, fits)
	}
	v.export()
}

// export checks both file forms.
func (v *visitor) export() {
	v.t.Helper()
	for format, start := range map[string]string{"csv": "\ufeff", "xlsx": "PK"} {
		res, err := v.http.Post(v.url+"/api/v1/query/export?format="+format, "application/json",
			strings.NewReader(`{"metrics":["revenue"],"by":["store.region"],"totals":true}`))
		if err != nil {
			v.t.Fatal(err)
		}
		data, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil || res.StatusCode != 200 || !bytes.HasPrefix(data, []byte(start)) {
			v.t.Errorf("%s: %d %v %.40q", format, res.StatusCode, err, data)
		}
	}
}

// TestRevisionsMeet: of two people who change the same definition, the second
// is told.
func TestRevisionsMeet(t *testing.T) {
	t.Parallel()
	h := open(t).Handler()
	ed := editor()
	def := func(title string) io.Reader {
		return strings.NewReader(`{"metadata":{"name":"d","title":"` + title + `"},"spec":{"columns":[{"name":"k","type":"string"}]}}`)
	}
	w := call(h, ed, "PUT", "/api/v1/datasets/d", def("one"), "If-None-Match", "*")
	if w.Code != 200 || w.Header().Get("ETag") != `"1"` {
		t.Fatalf("create: %d %s", w.Code, w.Body)
	}
	if w := call(h, ed, "PUT", "/api/v1/datasets/d", def("two"), "If-None-Match", "*"); w.Code != 409 {
		t.Errorf("create again: %d", w.Code)
	}
	if w := call(h, ed, "PUT", "/api/v1/datasets/d", def("two"), "If-Match", `"1"`); w.Code != 200 || w.Header().Get("ETag") != `"2"` {
		t.Errorf("change: %d %s", w.Code, w.Body)
	}
	if w := call(h, ed, "PUT", "/api/v1/datasets/d", def("three"), "If-Match", `"1"`); w.Code != 409 || !strings.Contains(w.Body.String(), "revision_conflict") {
		t.Errorf("late change: %d %s", w.Code, w.Body)
	}
	if w := call(h, ed, "GET", "/api/v1/datasets/d", nil, "If-None-Match", `"2"`); w.Code != 304 || w.Body.Len() > 0 {
		t.Errorf("unchanged: %d %s", w.Code, w.Body)
	}
	if w := call(h, ed, "DELETE", "/api/v1/datasets/d", nil, "If-Match", `"1"`); w.Code != 409 {
		t.Errorf("late delete: %d", w.Code)
	}
	if w := call(h, ed, "PUT", "/api/v1/datasets/other", def("x")); w.Code != 422 {
		t.Errorf("name in body and address differ: %d", w.Code)
	}
}

// TestSecondProcess: a data directory has one owner.
func TestSecondProcess(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	a := start(t, app.Config{DataDir: dir, Memory: "512MB", Threads: 1})
	_, err := app.New(t.Context(), app.Config{DataDir: dir})
	f := fault.Of(err)
	if err == nil || f.Code != "data_in_use" || !strings.Contains(f.Text.EN, "--server "+a.URL()) || !strings.Contains(f.Text.ZH, a.URL()) {
		t.Fatalf("got %v", err)
	}
	if err := a.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	b, err := app.New(t.Context(), app.Config{DataDir: dir, Memory: "512MB", Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Stop(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestPortTaken(t *testing.T) {
	t.Parallel()
	a := start(t, app.Config{DataDir: t.TempDir(), Memory: "512MB", Threads: 1})
	b, err := app.New(t.Context(), app.Config{DataDir: t.TempDir(), Memory: "512MB", Threads: 1, Addr: strings.TrimPrefix(a.URL(), "http://")})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Stop(context.Background())
	if err := b.Start(t.Context()); fault.Of(err).Code != "port_taken" {
		t.Errorf("got %v", err)
	}
}

// TestSetupCode: off this machine, only who sees the console becomes the first
// administrator.
func TestSetupCode(t *testing.T) {
	t.Parallel()
	a, err := app.New(t.Context(), app.Config{DataDir: t.TempDir(), Memory: "512MB", Threads: 1, Addr: "0.0.0.0:0", Web: fstest.MapFS{}})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Stop(context.Background())
	if len(a.SetupCode()) < 10 {
		t.Fatalf("code %q", a.SetupCode())
	}
	setup := func(code string) int {
		body := `{"name":"me","password":"a fine pass phrase 8","code":"` + code + `"}`
		return call(a.Handler(), nobody(), "POST", "/api/v1/setup", strings.NewReader(body)).Code
	}
	if got := setup("guess"); got != 403 {
		t.Errorf("a guessed code: %d", got)
	}
	w := call(a.Handler(), nobody(), "GET", "/api/v1/session", nil)
	if !strings.Contains(w.Body.String(), `"setupCodeRequired":true`) {
		t.Errorf("session: %s", w.Body)
	}
	if got := setup(a.SetupCode()); got != 200 {
		t.Errorf("the code: %d", got)
	}
	if _, err := app.New(t.Context(), app.Config{DataDir: t.TempDir(), Addr: "0.0.0.0:0", Demo: true}); fault.Of(err).Code != "demo_loopback" {
		t.Errorf("a demo for everybody: %v", err)
	}
}
