package app_test

import (
	"bytes"
	"encoding/json"
	"mime/multipart"
	"net/http"
	"testing"

	"lodestar/internal/app"
)

// TestFailedLoadLeavesNoDefinition: the definition that came with a load that
// failed goes again, so that the same name can be tried with another file.
func TestFailedLoadLeavesNoDefinition(t *testing.T) {
	t.Parallel()
	a := start(t, app.Config{DataDir: t.TempDir()})
	v := visit(t, a.URL())
	v.send("POST", "/setup", map[string]any{"name": "mei", "title": "Mei", "password": "correct horse battery"}, nil, http.StatusOK)
	draft := map[string]any{"metadata": map[string]any{"title": map[string]any{"en": "Shops"}},
		"spec": map[string]any{"columns": []any{map[string]any{"name": "id", "type": "integer"}}}}
	load := func(content string) string {
		var form bytes.Buffer
		m := multipart.NewWriter(&form)
		part, err := m.CreateFormFile("file", "shops.csv")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := part.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
		if err := m.Close(); err != nil {
			t.Fatal(err)
		}
		res, err := v.http.Post(v.url+"/api/v1/uploads", m.FormDataContentType(), &form)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		var up struct{ ID string }
		if err := json.NewDecoder(res.Body).Decode(&up); err != nil {
			t.Fatal(err)
		}
		var l struct{ ID, State string }
		v.send("POST", "/loads", map[string]any{"upload": up.ID, "dataset": "shops", "maxRejects": "0", "create": draft}, &l, http.StatusAccepted)
		for l.State == "running" {
			v.send("GET", "/loads/"+l.ID, nil, &l, http.StatusOK)
		}
		return l.State
	}
	for range 2 {
		if got := load("id\nx\n"); got != "failed" {
			t.Fatal(got)
		}
		v.send("GET", "/datasets/shops", nil, nil, http.StatusNotFound)
	}
	if got := load("id\n1\n"); got != "done" {
		t.Fatal(got)
	}
	v.send("GET", "/datasets/shops", nil, nil, http.StatusOK)
}
