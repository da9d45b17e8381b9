package httpapi

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"lodestar/internal/access"
)

// TestSchemas: editors read schemas without signing in, and each that the
// index names is there.
func TestSchemas(t *testing.T) {
	a := testAPI(t, nil)
	res := ask(a, access.Actor{}, "GET", "/schemas/", "")
	var index struct {
		Items []struct{ Name, URL string }
	}
	if err := json.Unmarshal(res.Body.Bytes(), &index); err != nil || res.Code != http.StatusOK || len(index.Items) < 8 {
		t.Fatalf("%d %s %v", res.Code, res.Body, err)
	}
	for _, e := range index.Items {
		res := ask(a, access.Actor{}, "GET", "/schemas/"+e.URL, "")
		var doc map[string]any
		if err := json.Unmarshal(res.Body.Bytes(), &doc); err != nil || res.Code != http.StatusOK ||
			!strings.HasPrefix(res.Header().Get("Content-Type"), "application/schema+json") || doc["$schema"] == nil {
			t.Errorf("%s: %d %v %v", e.URL, res.Code, res.Header(), err)
		}
	}
	for _, bad := range []string{"/schemas/Metrik.json", "/schemas/Metric", "/schemas/a/b"} {
		if res := ask(a, access.Actor{}, "GET", bad, ""); res.Code != http.StatusNotFound && !strings.Contains(res.Body.String(), "page") {
			t.Errorf("%s: %d", bad, res.Code)
		}
	}
}
