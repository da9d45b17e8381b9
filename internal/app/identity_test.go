package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"lodestar/internal/access"
	"lodestar/internal/app"
	"lodestar/internal/demo"
	"lodestar/internal/identity"
)

const customers = `
kind: Entity
metadata: {name: customer, title: {zh: 客户, en: Customer}}
spec:
  ids: [{name: user_id, most: 1}, {name: phone, most: 2, normal: phone}, device]
  links:
    - {dataset: leads, ids: {user: user_id, mobile: phone}, priority: 2}
    - {dataset: logins, ids: {user: user_id, device: device}}
---
kind: Dataset
metadata: {name: leads}
spec:
  columns: [{name: id, type: integer}, {name: mobile, type: string, entity: phone}, {name: user, type: integer, entity: user_id}, {name: at, type: timestamp}]
  primaryKey: [id]
  time: at
  source: {files: [leads.csv]}
---
kind: Dataset
metadata: {name: logins}
spec:
  columns: [{name: id, type: integer}, {name: user, type: integer, entity: user_id}, {name: device, type: string, entity: device}, {name: at, type: timestamp}]
  primaryKey: [id]
  time: at
  source: {files: [logins.csv]}
---
kind: Dataset
metadata: {name: orders}
spec:
  columns: [{name: id, type: integer}, {name: phone, type: string, entity: phone}, {name: city, type: string}, {name: at, type: timestamp}]
  primaryKey: [id]
  time: at
  source: {files: [orders.csv]}
---
kind: Dataset
metadata: {name: visits}
spec:
  columns: [{name: id, type: integer}, {name: device, type: string, entity: device}, {name: at, type: timestamp}]
  primaryKey: [id]
  time: at
  source: {files: [visits.csv]}
---
{kind: Metric, metadata: {name: buyers}, spec: {type: simple, dataset: orders, agg: count_distinct, expr: unified_customer.id}}
---
{kind: Metric, metadata: {name: visitors}, spec: {type: simple, dataset: visits, agg: count_distinct, expr: unified_customer.id}}
---
{kind: Metric, metadata: {name: phones}, spec: {type: simple, dataset: orders, agg: count_distinct, expr: phone}}
`

// madeUp writes rows in which people come by users, phones and devices, and
// gives who is behind each phone and device. Phones are written in many ways.
func madeUp(t *testing.T, dir string) (orders, visits []string) {
	t.Helper()
	r := rand.New(rand.NewPCG(11, 12))
	files := map[string]*bytes.Buffer{}
	add := func(name, format string, args ...any) {
		if files[name] == nil {
			files[name] = bytes.NewBufferString(map[string]string{"leads.csv": "id,mobile,user,at\n", "logins.csv": "id,user,device,at\n",
				"orders.csv": "id,phone,city,at\n", "visits.csv": "id,device,at\n"}[name])
		}
		fmt.Fprintf(files[name], format+"\n", args...)
	}
	written := func(phone int) string {
		digits := fmt.Sprintf("138%08d", phone)
		return []string{digits, "+86 " + digits, digits[:3] + " " + digits[3:7] + "-" + digits[7:], "0086" + digits}[r.IntN(4)]
	}
	owner := map[int]int{} // of devices that have logged in
	var devices []int
	for i := range 300 {
		who := i % 100
		at := time.Date(2026, 3, 1, 0, i, 0, 0, time.UTC).Format(time.RFC3339)
		if who < 60 { // the others are known by their phone or device alone
			add("leads.csv", "%d,%s,%d,%s", i, written(who), who, at)
			device := who*2 + r.IntN(2)
			add("logins.csv", "%d,%d,d%d,%s", i, who, device, at)
			owner[device] = who
		}
		if r.IntN(3) == 0 {
			add("orders.csv", "%d,%s,%s,%s", i, written(who), []string{"Wuhan", "Xi'an"}[who%2], at)
			orders = append(orders, fmt.Sprint(who))
		}
		if r.IntN(2) == 0 {
			device := who*2 + r.IntN(2)
			add("visits.csv", "%d,d%d,%s", i, device, at)
			devices = append(devices, device)
		}
	}
	add("orders.csv", "1000,unknown,Wuhan,2026-03-02T00:00:00Z") // nobody
	for _, d := range devices {
		if who, known := owner[d]; known {
			visits = append(visits, fmt.Sprint(who))
		} else {
			visits = append(visits, fmt.Sprintf("device %d", d))
		}
	}
	for name, b := range files {
		if err := os.WriteFile(filepath.Join(dir, name), b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return orders, visits
}

// loadText loads a text as a file of a dataset, to the end.
func loadText(t *testing.T, a *app.App, dataset, mode, text string) {
	t.Helper()
	var form bytes.Buffer
	m := multipart.NewWriter(&form)
	part, err := m.CreateFormFile("file", "rows.csv")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := part.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	who := access.Local("test")
	ask := func(method, path string, body io.Reader, kind string, out any) {
		t.Helper()
		w := call(a.Handler(), who, method, "/api/v1"+path, body, "Content-Type", kind)
		if err := json.Unmarshal(w.Body.Bytes(), out); err != nil || w.Code >= 300 {
			t.Fatalf("%s: %d %s", path, w.Code, w.Body)
		}
	}
	var up struct{ ID string }
	ask("POST", "/uploads", &form, m.FormDataContentType(), &up)
	var l struct {
		ID, State string
		Rejected  int
	}
	ask("POST", "/loads", strings.NewReader(`{"upload":"`+up.ID+`","dataset":"`+dataset+`","mode":"`+mode+`"}`), "application/json", &l)
	for l.State == "running" {
		ask("GET", "/loads/"+l.ID, nil, "application/json", &l)
	}
	if l.State != "done" || l.Rejected != 0 {
		t.Fatalf("%+v", l)
	}
}

func statusOf(a *app.App, method, path, body string) int {
	return call(a.Handler(), access.Local("test"), method, "/api/v1"+path, strings.NewReader(body), "Content-Type", "application/json").Code
}

func distinct(list []string) float64 {
	seen := map[string]bool{}
	for _, v := range list {
		seen[v] = true
	}
	return float64(len(seen))
}

// shopOfMany is a workspace over made-up rows, and who is behind them.
func shopOfMany(t *testing.T) (a *app.App, j *journey, orders, visits []string) {
	t.Helper()
	dir := t.TempDir()
	orders, visits = madeUp(t, dir)
	now := time.Date(2026, 3, 10, 0, 0, 0, 0, time.UTC)
	a, err := app.New(t.Context(), app.Config{DataDir: t.TempDir(), Memory: "1GB", Threads: 2, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	if err := a.Furnish(t.Context(), &demo.Workspace{Dir: dir, Documents: []demo.Document{{Name: "all.yaml", Text: []byte(customers)}}}); err != nil {
		t.Fatal(err)
	}
	return a, &journey{t, &http.Client{Transport: a.Transport()}}, orders, visits
}

// TestEntityInUse deletes an entity that metrics count without naming it: that
// is refused, with their names, or takes them along.
func TestEntityInUse(t *testing.T) {
	t.Parallel()
	a, _, _, _ := shopOfMany(t)
	remove := func(query string) (int, string) {
		w := call(a.Handler(), access.Local("test"), "DELETE", "/api/v1/entities/customer"+query, nil)
		return w.Code, w.Body.String()
	}
	if code, body := remove(""); code != 409 || !strings.Contains(body, "in_use") || !strings.Contains(body, "Metric buyers, Metric visitors;") {
		t.Errorf("deleted while in use: %d %s", code, body)
	}
	if code := statusOf(a, "GET", "/entities/customer", ""); code != 200 {
		t.Errorf("the entity is gone after a refusal: %d", code)
	}
	if code, body := remove("?cascade=true"); code != 200 {
		t.Errorf("with what hangs on it: %d %s", code, body)
	}
	for path, want := range map[string]int{"/entities/customer": 404, "/metrics/buyers": 404, "/metrics/visitors": 404, "/metrics/phones": 200, "/datasets/orders": 200, "/datasets/leads": 200} {
		if code := statusOf(a, "GET", path, ""); code != want {
			t.Errorf("%s: %d, want %d", path, code, want)
		}
	}
}

// apply applies definitions.
func apply(t *testing.T, a *app.App, yaml string) {
	t.Helper()
	body, err := json.Marshal(map[string]any{"files": []map[string]string{{"name": "all.yaml", "text": yaml}}})
	if err != nil {
		t.Fatal(err)
	}
	if w := call(a.Handler(), access.Local("test"), "POST", "/api/v1/apply", bytes.NewReader(body), "Content-Type", "application/json"); w.Code != http.StatusOK {
		t.Fatalf("apply: %d %s", w.Code, w.Body)
	}
}

// TestIdentityFollowsDatasets says of a column, whose rows were there, that it
// has ids: people are counted by it, though no row has changed.
func TestIdentityFollowsDatasets(t *testing.T) {
	t.Parallel()
	a, j, _, _ := shopOfMany(t)
	calls := func(phone string) {
		t.Helper()
		apply(t, a, `
kind: Dataset
metadata: {name: calls}
spec: {columns: [{name: id, type: integer}, {name: device, type: string, entity: device}, {name: phone, type: string`+phone+`}], primaryKey: [id]}
---
{kind: Metric, metadata: {name: callers}, spec: {type: simple, dataset: calls, agg: count_distinct, expr: unified_customer.id}}
`)
	}
	count := func() any {
		t.Helper()
		var who identity.Who
		j.do("GET", "/entities/customer/identity/find?kind=phone&value=13800000007", nil, &who) // as it is now
		return j.query(map[string]any{"metrics": []string{"callers"}}).Rows[0][0]
	}
	calls("")
	loadText(t, a, "calls", "append", "id,device,phone\n1,x1,13700000001\n2,x2,13700000001\n3,x3,137 0000 0002\n")
	if n := count(); n != 3.0 {
		t.Errorf("%v devices", n)
	}
	calls(", entity: phone")
	if n := count(); n != 2.0 {
		t.Errorf("%v phones", n)
	}
}

// TestIdentityDecisionsOutlive another way to compare ids: what was decided
// counts once, the newest word of it, and can be undone.
func TestIdentityDecisionsOutlive(t *testing.T) {
	t.Parallel()
	a, j, _, _ := shopOfMany(t)
	entity := strings.Split(customers, "\n---\n")[0]
	decide := func(path, device string, together bool) {
		t.Helper()
		var r identity.Report
		j.post("/entities/customer/identity/decisions"+path, map[string]any{"together": together,
			"a": map[string]any{"kind": "user_id", "value": "7"}, "b": map[string]any{"kind": "device", "value": device}}, &r)
	}
	find := func(kind, value string) (w identity.Who) {
		t.Helper()
		j.do("GET", "/entities/customer/identity/find?kind="+kind+"&value="+value, nil, &w)
		return w
	}
	decide("", "Pad-1", false)
	apply(t, a, strings.Replace(entity, "device]\n", "{name: device, normal: folded}]\n", 1))
	decide("", "PAD-1", true)
	if w := find("device", "pad-1"); w.Unified != find("user_id", "7").Unified || len(w.Decided) != 1 || !w.Decided[0].Together {
		t.Errorf("the newest decision does not count: %+v", w)
	}
	decide("/undo", "pad-1", false)
	var left struct{ Items []identity.Decision }
	j.do("GET", "/entities/customer/identity/decisions", nil, &left)
	if len(left.Items) != 0 {
		t.Errorf("not undone: %+v", left.Items)
	}
}

// TestIdentity counts people whichever ids they come by, parts and joins them by
// hand, and stitches only what is new.
func TestIdentity(t *testing.T) {
	a, j, orders, visits := shopOfMany(t)
	refresh := func() (r identity.Report) {
		t.Helper()
		j.post("/entities/customer/identity/refresh", nil, &r)
		return r
	}
	count := func(metric string) float64 {
		t.Helper()
		rows := j.query(map[string]any{"metrics": []string{metric}}).Rows
		if len(rows) != 1 {
			t.Fatalf("%s: %v", metric, rows)
		}
		n, _ := rows[0][0].(float64)
		return n
	}
	find := func(kind, value string) (w identity.Who) {
		t.Helper()
		j.do("GET", "/entities/customer/identity/find?kind="+kind+"&value="+value, nil, &w)
		return w
	}
	first := refresh()
	if !first.Again || first.Refused != 0 || len(first.Sources) != 2 || first.Conflicts != 0 {
		t.Errorf("%+v", first)
	}
	if got, want := count("buyers"), distinct(orders); got != want {
		t.Errorf("%v buyers, want %v", got, want)
	}
	if got, want := count("visitors"), distinct(visits); got != want {
		t.Errorf("%v visitors, want %v", got, want)
	}
	if count("phones") <= count("buyers") {
		t.Error("phones are not written in many ways")
	}
	who := find("phone", "13800000007")
	if len(who.IDs) < 3 || who.IDs[0] != (identity.ID{Kind: "user_id", Value: "7"}) || len(who.Links) < 2 {
		t.Errorf("%+v", who)
	}
	for _, id := range who.IDs { // whichever id one asks with
		if same := find(id.Kind, strings.ReplaceAll(id.Value, "+", "%2B")); same.Unified != who.Unified {
			t.Errorf("%v leads to %s, not %s", id, same.Unified, who.Unified)
		}
	}

	// Nothing new: the rows of the maps stay, and so do answers.
	version := func() int64 {
		t.Helper()
		var answer struct{ DataVersions map[string]int64 }
		j.post("/query", map[string]any{"metrics": []string{"buyers"}}, &answer)
		v, ok := answer.DataVersions["unified_customer_by_phone"]
		if !ok {
			t.Fatalf("the map is not among %v", answer.DataVersions)
		}
		return v
	}
	before := version()
	if again := refresh(); again.Again || again.Links != first.Links || version() != before {
		t.Errorf("%+v, version %d after %d", again, version(), before)
	}

	load := func(dataset, mode, text string) {
		t.Helper()
		loadText(t, a, dataset, mode, text)
	}
	// A login of user 7 from the device of somebody known by it alone.
	load("logins", "append", "id,user,device,at\n2000,7,d160,2026-03-09T00:00:00Z\n")
	grown := refresh()
	if grown.Again || grown.Links != first.Links+1 {
		t.Errorf("an append: %+v", grown)
	}
	if got := find("device", "d160"); got.Unified != who.Unified {
		t.Errorf("%+v", got)
	}
	visitors := count("visitors")

	// It was a borrowed device: the merge is undone, and done again.
	decide := func(path string, together bool) (r identity.Report) {
		t.Helper()
		j.post("/entities/customer/identity/decisions"+path, map[string]any{"together": together, "why": "borrowed",
			"a": map[string]any{"kind": "device", "value": "d160"}, "b": map[string]any{"kind": "user_id", "value": "7"}}, &r)
		return r
	}
	if r := decide("", false); r.Links != first.Links {
		t.Errorf("parted: %+v", r)
	}
	if got := count("visitors"); distinct(visits) != got && visitors != got-1 {
		t.Errorf("%v visitors after parting", got)
	}
	if status := statusOf(a, "GET", "/entities/customer/identity/find?kind=device&value=d160", ""); status != 404 {
		t.Errorf("the device is still linked: %d", status)
	}
	decide("", true)
	if got := find("device", "d160"); got.Unified != who.Unified || len(got.Decided) != 1 || got.Decided[0].By == "" {
		t.Errorf("joined by hand: %+v", got)
	}
	decide("/undo", false)
	if got := find("device", "d160"); got.Unified != who.Unified || len(got.Decided) != 0 {
		t.Errorf("decision forgotten: %+v", got)
	}

	// Ids are parted, too, that a third one links.
	device := who.IDs[slices.IndexFunc(who.IDs, func(id identity.ID) bool { return id.Kind == "device" })]
	apart := map[string]any{"a": map[string]any{"kind": "phone", "value": "13800000007"}, "b": map[string]any{"kind": "device", "value": device.Value}, "why": strings.Repeat("借", 2500)}
	var parted identity.Report
	j.post("/entities/customer/identity/decisions", apart, &parted)
	if a, b := find("phone", "13800000007"), find("device", device.Value); a.Unified == b.Unified || parted.Conflicts == 0 ||
		len(b.Decided) != 1 || b.Decided[0].Why != strings.Repeat("借", 2000) {
		t.Errorf("parted: %+v\n%+v\n%+v", parted, a, b)
	}
	j.post("/entities/customer/identity/decisions/undo", apart, &parted)
	if a, b := find("phone", "13800000007"), find("device", device.Value); a.Unified != b.Unified || parted.Conflicts != 0 {
		t.Errorf("together again: %+v\n%+v\n%+v", parted, a, b)
	}

	// Another user on the same phone is one too many.
	load("leads", "append", "id,mobile,user,at\n2000,13800000007,8,2026-03-09T00:00:00Z\n")
	if r := refresh(); r.Conflicts != 1 || r.Again {
		t.Errorf("a conflict: %+v", r)
	}
	var held struct{ Items []identity.Claim }
	j.do("GET", "/entities/customer/identity/conflicts", nil, &held)
	if len(held.Items) != 1 || held.Items[0].Kind != "user_id" || held.Items[0].Limit != 1 || held.Items[0].Source != "leads" {
		t.Errorf("%+v", held)
	}
	// Rows that change are stitched from nothing: the conflict goes with its row.
	load("leads", "upsert", "id,mobile,user,at\n2000,13800000008,8,2026-03-09T00:00:00Z\n")
	if r := refresh(); r.Conflicts != 0 || !r.Again {
		t.Errorf("after an upsert: %+v", r)
	}
	for _, c := range []struct {
		method, path, body string
		status             int
	}{
		{"GET", "/entities/customer/identity/find?kind=cookie&value=1", "", 422}, {"GET", "/entities/customer/identity/find?kind=phone&value=none", "", 422},
		{"GET", "/entities/customer/identity/find?kind=device&value=never", "", 404}, {"GET", "/entities/nobody/identity", "", 404},
		{"POST", "/entities/customer/identity/decisions", `{"a": {"kind": "phone", "value": "1"}, "b": {"kind": "phone", "value": "1"}}`, 422},
		{"POST", "/entities/customer/identity/decisions/undo", `{"a": {"kind": "device", "value": "a1"}, "b": {"kind": "device", "value": "b1"}}`, 404},
	} {
		if got := statusOf(a, c.method, c.path, c.body); got != c.status {
			t.Errorf("%s %s: %d, want %d", c.method, c.path, got, c.status)
		}
	}
	viewer := access.Actor{Name: "vi", Role: access.Viewer, Via: access.ViaSession}
	for path, want := range map[string]int{"/identity": 200, "/identity/find?kind=device&value=d1": 403, "/identity/conflicts": 403, "/identity/decisions": 403} {
		if w := call(a.Handler(), viewer, "GET", "/api/v1/entities/customer"+path, nil); w.Code != want {
			t.Errorf("a viewer asks %s: %d", path, w.Code)
		}
	}
	var trail struct{ Items []json.RawMessage }
	j.do("GET", "/audit?kind=Entity", nil, &trail)
	if len(trail.Items) < 3 || strings.Contains(fmt.Sprintf("%s", trail.Items), "d160") {
		t.Errorf("%s", trail.Items)
	}
}
