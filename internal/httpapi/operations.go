package httpapi

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// counts are the figures of /-/metrics, by route and status class.
type counts struct {
	mu     sync.Mutex
	routes map[countKey]*tally
}

type countKey struct {
	route, method string
	status        int
}

type tally struct {
	n       int64
	seconds float64
}

func newCounts() *counts { return &counts{routes: map[countKey]*tally{}} }

func (c *counts) add(route, method string, status int, took time.Duration) {
	if route == "" {
		route = "none"
	}
	if !knownMethod(method) {
		method = "other" // anybody can make up methods; the table must not grow with them
	}
	k := countKey{route, method, status}
	c.mu.Lock()
	defer c.mu.Unlock()
	t := c.routes[k]
	if t == nil {
		t = &tally{}
		c.routes[k] = t
	}
	t.n++
	t.seconds += took.Seconds()
}

func knownMethod(m string) bool {
	switch m {
	case "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS":
		return true
	}
	return false
}

// text writes the Prometheus text format, in a stable order.
func (c *counts) text() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	keys := make([]countKey, 0, len(c.routes))
	for k := range c.routes {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b countKey) int {
		return strings.Compare(fmt.Sprint(a.route, a.method, a.status), fmt.Sprint(b.route, b.method, b.status))
	})
	var b strings.Builder
	b.WriteString("# HELP lodestar_http_requests_total Requests answered.\n# TYPE lodestar_http_requests_total counter\n")
	for _, k := range keys {
		fmt.Fprintf(&b, "lodestar_http_requests_total{%s} %d\n", k.labels(), c.routes[k].n)
	}
	b.WriteString("# HELP lodestar_http_request_seconds_total Time spent answering, in seconds.\n# TYPE lodestar_http_request_seconds_total counter\n")
	for _, k := range keys {
		fmt.Fprintf(&b, "lodestar_http_request_seconds_total{%s} %g\n", k.labels(), c.routes[k].seconds)
	}
	return b.String()
}

func (k countKey) labels() string {
	return fmt.Sprintf("route=%q,method=%q,status=\"%d\"", k.route, k.method, k.status)
}

// Figure is one more line of /-/metrics.
type Figure struct {
	Name    string
	Help    string
	Value   float64
	Counter bool // it only grows; others go up and down
}

func (f Figure) text() string {
	kind := "gauge"
	if f.Counter {
		kind = "counter"
	}
	return fmt.Sprintf("# HELP %s %s\n# TYPE %s %s\n%s %g\n", f.Name, f.Help, f.Name, kind, f.Name, f.Value)
}

// operate registers the addresses for those who run the server. They say
// nothing of the content, and need no sign-in.
func (a *API) operate() {
	a.mux.HandleFunc("GET /-/healthy", func(w http.ResponseWriter, _ *http.Request) {
		plain(w, http.StatusOK, "ok\n")
	})
	a.mux.HandleFunc("GET /-/ready", func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
		defer cancel()
		if a.cfg.Ready != nil {
			if err := a.cfg.Ready(ctx); err != nil {
				a.cfg.Log.WarnContext(ctx, "not ready", "error", err.Error())
				plain(w, http.StatusServiceUnavailable, "not ready\n")
				return
			}
		}
		plain(w, http.StatusOK, "ready\n")
	})
	a.mux.HandleFunc("GET /-/metrics", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		fmt.Fprintf(w, "# HELP lodestar_info The running version.\n# TYPE lodestar_info gauge\nlodestar_info{version=%q} 1\n", a.cfg.Version)
		fmt.Fprint(w, a.counts.text())
		if a.cfg.Figures != nil {
			for _, f := range a.cfg.Figures() {
				fmt.Fprint(w, f.text())
			}
		}
	})
}

func plain(w http.ResponseWriter, status int, s string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	fmt.Fprint(w, s)
}
