package app_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"lodestar/internal/access"
	"lodestar/internal/app"
	"lodestar/internal/datasync"
	"lodestar/internal/demo"
)

const faulty = `
kind: Connection
metadata: {name: crm}
spec:
  type: rest
  url: SITE/?key=open
  auth: {type: bearer, token: {env: LODESTAR_SECRET_CRM}}
  streams: [{name: leads, records: items, key: [id], page: {type: page, param: page, size: 500}}]
---
kind: Dataset
metadata: {name: leads}
spec:
  columns: [{name: id, type: integer}, {name: word, type: string}]
  primaryKey: [id]
  source: {connection: crm, table: leads, sync: {mode: full, retries: 0}}
---
{kind: Metric, metadata: {name: leads_known}, spec: {type: simple, dataset: leads, agg: count}}
`

// moods is an interface that can go wrong on its second page.
type moods struct {
	mood atomic.Value
	rows int
}

func (m *moods) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	mood, _ := m.mood.Load().(string)
	page := 1
	_, _ = fmt.Sscan(r.URL.Query().Get("page"), &page)
	if page == 2 {
		switch mood {
		case "silent":
			<-r.Context().Done()
			return
		case "half":
			_, _ = io.WriteString(w, `{"items": [{"id": 1,`)
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
			return
		case "same":
			page = 1
		case "elsewhere":
			http.Redirect(w, r, "http://169.254.169.254/latest/meta-data", http.StatusFound)
			return
		case "within":
			http.Redirect(w, r, "http://localhost:1/", http.StatusFound)
			return
		case "words":
			_, _ = io.WriteString(w, "<html>"+r.Header.Get("Authorization"))
			return
		case "no":
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = io.WriteString(w, r.Header.Get("Authorization"))
			return
		}
	}
	items := []map[string]any{}
	for i := (page - 1) * 500; i < min(page*500, m.rows); i++ {
		items = append(items, map[string]any{"id": i, "word": "w"})
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"items": items})
}

// TestFaultySource syncs from an interface that goes wrong in the middle of a
// read, in every way: the run says why, the rows stay as they were, no answer and
// no line of the log holds the token, and in the end the rows are those there.
func TestFaultySource(t *testing.T) {
	t.Parallel()
	m := &moods{rows: 1200}
	server := httptest.NewServer(m)
	t.Cleanup(server.Close)
	out := &lockedBuffer{}
	a, err := app.New(t.Context(), app.Config{DataDir: t.TempDir(), Memory: "1GB", Threads: 2, Log: slog.New(slog.NewTextHandler(out, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Getenv: func(name string) string {
			return map[string]string{"LODESTAR_SECRET_CRM": myPassword, "LODESTAR_PRIVATE_HOSTS": "127.0.0.1", "LODESTAR_SOURCE_PATIENCE": "1500ms"}[name]
		}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	if err := a.Furnish(t.Context(), &demo.Workspace{Dir: t.TempDir(), Documents: []demo.Document{{Name: "all.yaml", Text: []byte(strings.ReplaceAll(faulty, "SITE", server.URL))}}}); err != nil {
		t.Fatal(err)
	}
	j := &journey{t, &http.Client{Transport: a.Transport()}}
	known := func() any { return j.query(map[string]any{"metrics": []string{"leads_known"}}).Rows[0][0] }
	var answers strings.Builder
	sync := func() (run datasync.Run) {
		t.Helper()
		w := call(a.Handler(), access.Local("t"), "POST", "/api/v1/datasets/leads/sync", strings.NewReader("{}"))
		for {
			answers.WriteString(w.Body.String())
			if err := json.Unmarshal(w.Body.Bytes(), &run); err != nil {
				t.Fatal(w.Body, err)
			}
			if run.Ended() {
				return run
			}
			select {
			case <-time.After(20 * time.Millisecond):
			case <-t.Context().Done():
				t.Fatal("no end")
			}
			w = call(a.Handler(), access.Local("t"), "GET", "/api/v1/syncs/"+run.ID, nil)
		}
	}
	if r := sync(); r.State != datasync.Done {
		t.Fatalf("%+v %+v", r, r.Error)
	}
	m.rows = 1300
	for mood, codes := range map[string][]string{
		"silent": {"source_silent"}, "half": {"source_silent"}, "same": {"endless_pages"}, "elsewhere": {"redirect_refused", "address_refused"},
		"within": {"redirect_refused"}, "words": {"not_json"}, "no": {"source_login"},
	} {
		m.mood.Store(mood)
		r := sync()
		if r.State != datasync.Failed || !slices.Contains(codes, r.Error.Code) || r.Error.Text.ZH == "" {
			t.Errorf("%s: %s %+v", mood, r.State, r.Error)
		}
		if n := known(); n != 1200.0 {
			t.Errorf("%s: %v rows", mood, n)
		}
	}
	m.mood.Store("")
	if r := sync(); r.State != datasync.Done || known() != 1300.0 {
		t.Errorf("in the end %+v, %v rows", r, known())
	}
	if strings.Contains(answers.String()+out.String(), myPassword) {
		t.Error("a secret was told")
	}
}
