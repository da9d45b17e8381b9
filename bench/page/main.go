// Command page counts every byte of script that the North Star page asks for
// until its last call for data, as it travels (compressed), in a real browser
// on the demo.
package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	"lodestar/bench/internal/figure"
	"lodestar/bench/internal/program"
)

const limit = 400 // KB

func main() {
	if err := run(context.Background()); err != nil {
		figure.Fail(err)
	}
}

func run(ctx context.Context) (err error) {
	browser, err := findBrowser()
	if err != nil {
		return err
	}
	p, err := program.Demo()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Stop()) }()
	target, err := url.Parse(p.URL)
	if err != nil {
		return err
	}
	c := &counter{}
	proxy := httptest.NewServer(c.proxy(target))
	defer proxy.Close()
	page := proxy.URL + "/?" + target.RawQuery
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	home, err := os.MkdirTemp("", "lodestar-browser-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(home)) }()
	cmd := exec.CommandContext(ctx, browser, "--headless", "--no-sandbox", "--disable-gpu", "--user-data-dir="+home,
		"--window-size=1440,900", "--virtual-time-budget=20000", "--dump-dom", page)
	dom, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("browser: %w", err)
	}
	scripts, calls, bytes := c.untilLastCall()
	figure.Say("%d scripts, %d calls for data, page of %d bytes", scripts, calls, len(dom))
	if scripts == 0 || calls < 2 {
		return errors.New("the page did not load: too few scripts or calls were seen")
	}
	figure.Against("page", "script until the last data call, gzipped", float64(bytes)/1000, "KB", limit)
	return nil
}

func findBrowser() (string, error) {
	for _, name := range []string{os.Getenv("CHROMIUM"), "chromium", "chromium-browser", "google-chrome"} {
		if name == "" {
			continue
		}
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errors.New("no Chromium found: install it or set CHROMIUM to its path")
}

// counter notes what passes, in the order asked for.
type counter struct {
	mu   sync.Mutex
	seen []*passed
}

type passed struct {
	call  bool // for data
	bytes int  // of script
}

func (c *counter) proxy(target *url.URL) http.Handler {
	forward := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(&url.URL{Scheme: target.Scheme, Host: target.Host})
		r.Out.Host = target.Host
		if r.In.Header.Get("Origin") != "" {
			r.Out.Header.Set("Origin", target.Scheme+"://"+target.Host)
		}
		r.Out.Header.Set("Accept-Encoding", "gzip")
	}}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p := &passed{call: strings.HasPrefix(r.URL.Path, "/api/")}
		c.mu.Lock()
		c.seen = append(c.seen, p)
		c.mu.Unlock()
		forward.ServeHTTP(&counting{ResponseWriter: w, p: p, mu: &c.mu}, r)
	})
}

// counting adds up the bytes of script in a response.
type counting struct {
	http.ResponseWriter
	p  *passed
	mu *sync.Mutex
}

// Write counts and passes on.
func (w *counting) Write(b []byte) (int, error) {
	if strings.Contains(w.Header().Get("Content-Type"), "javascript") {
		w.mu.Lock()
		w.p.bytes += len(b)
		w.mu.Unlock()
	}
	return w.ResponseWriter.Write(b)
}

func (c *counter) untilLastCall() (scripts, calls, bytes int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	last := 0
	for i, p := range c.seen {
		if p.call {
			calls, last = calls+1, i
		}
	}
	for _, p := range c.seen[:last] {
		if p.bytes > 0 {
			scripts, bytes = scripts+1, bytes+p.bytes
		}
	}
	return scripts, calls, bytes
}
