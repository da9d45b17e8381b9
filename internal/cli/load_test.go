package cli

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestDryRunBeforeThereIsADataset shows what is detected, and loads nothing.
func TestDryRunBeforeThereIsADataset(t *testing.T) {
	t.Parallel()
	var calls []string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("Content-Type", "application/json")
		calls = append(calls, r.Method+" "+r.URL.Path)
		switch {
		case strings.HasSuffix(r.URL.Path, "/detect") && strings.Contains(string(body), `"dataset":"orders"`):
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprint(w, `{"title":"Not found","status":404,"detail":"there is no dataset named orders","code":"unknown_dataset"}`)
		case strings.HasSuffix(r.URL.Path, "/detect"):
			fmt.Fprint(w, `{"spec":{"columns":[{"name":"amount","type":"integer"}]}}`)
		default:
			fmt.Fprint(w, `{"id":"u1"}`)
		}
	}))
	defer s.Close()
	file := filepath.Join(t.TempDir(), "orders.csv")
	if err := os.WriteFile(file, []byte("amount\n1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var out, errs strings.Builder
	rt := Runtime{Version: "1", Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs, Getenv: func(string) string { return "" }, Now: time.Now}
	args := []string{"--server", s.URL, "--token", "x", "load", "--dataset", "orders", file, "--dry-run"}
	if status := Main(context.Background(), rt, args); status != 0 || !strings.Contains(out.String(), "amount") {
		t.Errorf("status %d, %s%s", status, out.String(), errs.String())
	}
	if last := calls[len(calls)-1]; !strings.HasPrefix(last, "DELETE ") || strings.Contains(strings.Join(calls, " "), "/loads") {
		t.Errorf("calls: %v", calls)
	}
}
