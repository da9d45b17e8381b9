package app_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"lodestar/internal/access"
)

// loadInto loads CSV text through a handler and waits for its end.
func loadInto(t *testing.T, h http.Handler, who access.Actor, dataset, csv string) {
	t.Helper()
	var form bytes.Buffer
	m := multipart.NewWriter(&form)
	part, err := m.CreateFormFile("file", "rows.csv")
	if err != nil {
		t.Fatal(err)
	}
	part.Write([]byte(csv))
	m.Close()
	w := call(h, who, "POST", "/api/v1/uploads", &form, "Content-Type", m.FormDataContentType())
	id := field(t, w, `"id":"`)
	w = call(h, who, "POST", "/api/v1/loads", strings.NewReader(`{"upload":"`+id+`","dataset":"`+dataset+`","mode":"replace"}`))
	load := field(t, w, `"id":"`)
	for strings.Contains(w.Body.String(), `"state":"running"`) {
		w = call(h, who, "GET", "/api/v1/loads/"+load, nil)
	}
	if !strings.Contains(w.Body.String(), `"state":"done"`) {
		t.Fatalf("load: %s", w.Body)
	}
}

func field(t *testing.T, w *httptest.ResponseRecorder, start string) string {
	t.Helper()
	_, rest, ok := strings.Cut(w.Body.String(), start)
	if !ok || w.Code >= 300 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	value, _, _ := strings.Cut(rest, `"`)
	return value
}

// TestRowsFollowDefinitions: a definition that changes after a load either
// takes its rows along or is refused, and no question fails in between.
func TestRowsFollowDefinitions(t *testing.T) {
	t.Parallel()
	h := open(t).Handler()
	ed := editor()
	define := func(columns string) *httptest.ResponseRecorder {
		return call(h, ed, "PUT", "/api/v1/datasets/d", strings.NewReader(`{"metadata":{"name":"d"},"spec":{"columns":[`+columns+`]}}`))
	}
	ask := func(by string) *httptest.ResponseRecorder {
		return call(h, ed, "POST", "/api/v1/query", strings.NewReader(`{"metrics":["n"],"by":["`+by+`"]}`))
	}
	if w := define(`{"name":"k","type":"string"},{"name":"v","type":"decimal"}`); w.Code != 200 {
		t.Fatal(w.Body)
	}
	call(h, ed, "PUT", "/api/v1/metrics/n", strings.NewReader(`{"metadata":{"name":"n"},"spec":{"type":"simple","dataset":"d","agg":"count"}}`))
	loadInto(t, h, ed, "d", "k,v\na,1.5\nb,2\n")

	if w := define(`{"name":"k","type":"string"},{"name":"v","type":"decimal"},{"name":"note","type":"string"}`); w.Code != 200 {
		t.Fatalf("a new column: %s", w.Body)
	}
	if w := ask("note"); w.Code != 200 || !strings.Contains(w.Body.String(), `[null,2]`) {
		t.Errorf("by the new column: %d %s", w.Code, w.Body)
	}
	if w := define(`{"name":"k","type":"string"},{"name":"v","type":"integer"}`); w.Code != 422 || !strings.Contains(w.Body.String(), "values_lost") {
		t.Errorf("a type that loses values: %d %s", w.Code, w.Body)
	}
	if w := define(`{"name":"k","type":"string"},{"name":"v","type":"float"}`); w.Code != 200 {
		t.Errorf("a wider type: %s", w.Body)
	}
	if w := ask("v"); w.Code != 200 || !strings.Contains(w.Body.String(), "1.5") {
		t.Errorf("by the changed column: %d %s", w.Code, w.Body)
	}
	if w := call(h, ed, "POST", "/api/v1/datasets/d/rename", strings.NewReader(`{"to":"e"}`)); w.Code != 409 || !strings.Contains(w.Body.String(), "has_rows") {
		t.Errorf("rename: %d %s", w.Code, w.Body)
	}
	if w := call(h, ed, "DELETE", "/api/v1/datasets/d", nil); w.Code != 409 || !strings.Contains(w.Body.String(), "in_use") {
		t.Errorf("delete what is used: %d %s", w.Code, w.Body)
	}
	if w := call(h, ed, "DELETE", "/api/v1/datasets/d?cascade=true", nil); w.Code != 200 {
		t.Errorf("delete: %d %s", w.Code, w.Body)
	}
	if w := define(`{"name":"k","type":"integer"}`); w.Code != 200 {
		t.Errorf("define anew: %s", w.Body)
	}
	if w := call(h, ed, "GET", "/api/v1/datasets/d/status", nil); !strings.Contains(w.Body.String(), `"rows":0`) {
		t.Errorf("old rows are back: %s", w.Body)
	}
}
