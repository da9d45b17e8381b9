package httpapi

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"time"

	"lodestar/internal/fault"
	"lodestar/internal/schema"
	"lodestar/internal/text"
)

// schemas registers the JSON Schemas of definitions, for editors. They say
// what can be written and nothing of what is, so they need no sign-in.
func (a *API) schemas() {
	index := sync.OnceValue(func() []byte {
		b, err := json.MarshalIndent(map[string]any{"items": schema.Index()}, "", "  ")
		if err != nil {
			panic(err) // plain texts
		}
		return b
	})
	a.mux.HandleFunc("GET /schemas/{$}", func(w http.ResponseWriter, r *http.Request) {
		serveSchema(w, r, "application/json", index())
	})
	a.mux.HandleFunc("GET /schemas/{file}", func(w http.ResponseWriter, r *http.Request) {
		name, isJSON := strings.CutSuffix(r.PathValue("file"), ".json")
		doc, ok := schema.Of(name)
		if !ok || !isJSON {
			writeProblem(w, r, fault.New(fault.NotFound, "unknown_schema", text.Text{
				EN: "there is no schema {name}; /schemas/ lists them", ZH: "没有 {name} 的 JSON Schema，/schemas/ 列出了全部"},
				"name", r.PathValue("file")))
			return
		}
		serveSchema(w, r, "application/schema+json", doc)
	})
}

func serveSchema(w http.ResponseWriter, r *http.Request, contentType string, doc []byte) {
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("Access-Control-Allow-Origin", "*") // editors in a browser
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(doc))
}
