package httpapi

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"lodestar/internal/fault"
	"lodestar/internal/text"
)

// contentPolicy lets the page load only what this server serves.
const contentPolicy = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
	"object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"

// outer is what every request passes through, whatever answers it.
func (a *API) outer(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := a.cfg.Now()
		v := &visit{id: requestID(r)}
		lang := langFrom(r)
		ctx := context.WithValue(context.WithValue(r.Context(), visitKey, v), langKey, lang)
		r = r.WithContext(ctx)
		sw := &statusWriter{ResponseWriter: w, status: http.StatusOK}
		h := sw.Header()
		h.Set("X-Request-Id", v.id)
		h.Set("Content-Security-Policy", contentPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
		if r.TLS != nil {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		defer func() {
			if p := recover(); p != nil {
				if p == http.ErrAbortHandler {
					panic(p)
				}
				a.cfg.Log.ErrorContext(ctx, "handler panicked", "request", v.id, "path", r.URL.Path,
					"panic", fmt.Sprint(p), "stack", string(debug.Stack()))
				if !sw.wrote {
					writeProblem(sw, r, fmt.Errorf("panic: %v", p))
				}
			}
			a.visited(r, v, sw.status, a.cfg.Now().Sub(start))
		}()
		if err := a.admit(r); err != nil {
			writeProblem(sw, r, err)
			return
		}
		next.ServeHTTP(sw, r)
	})
}

// admit refuses requests for hosts that are not ours, and writes that another
// site made a browser send.
func (a *API) admit(r *http.Request) error {
	if _, inside := localActor(r.Context()); inside {
		return nil
	}
	if !a.hostAllowed(r.Host) {
		return fault.New(fault.Denied, "unknown_host", text.Text{
			EN: "this server does not answer for {host}; start it with --host {host} if it should",
			ZH: "本服务不接受主机名 {host}；如需使用，请以 --host {host} 启动"}, "host", hostOnly(r.Host))
	}
	if strings.HasPrefix(r.URL.Path, intakePrefix) {
		return nil // who sends is said by a key that no browser adds by itself
	}
	if err := a.crossOrigin.Check(r); err != nil {
		return fault.New(fault.Denied, "cross_origin", text.Text{
			EN: "this change was sent by another site and is refused",
			ZH: "该请求来自其他网站，已拒绝"}).Wrap(err)
	}
	return nil
}

// hostAllowed guards against DNS rebinding: a name that someone else points at
// this machine is refused. Addresses written as numbers cannot be rebound.
func (a *API) hostAllowed(hostport string) bool {
	host := hostOnly(hostport)
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	return slices.ContainsFunc(a.cfg.Hosts, func(h string) bool { return strings.EqualFold(h, host) })
}

func hostOnly(hostport string) string {
	host := hostport
	if h, _, err := net.SplitHostPort(hostport); err == nil {
		host = h
	}
	return strings.ToLower(strings.Trim(strings.TrimSuffix(host, "."), "[]"))
}

// visited writes one line per request. It names no query text, header or body:
// those may hold secrets.
func (a *API) visited(r *http.Request, v *visit, status int, took time.Duration) {
	a.counts.add(v.route, r.Method, status, took)
	level := a.cfg.Log.Debug
	if strings.HasPrefix(r.URL.Path, "/api/") {
		level = a.cfg.Log.Info
	}
	level("request", "id", v.id, "method", r.Method, "path", r.URL.Path, "status", status,
		"ms", float64(took.Microseconds())/1000, "actor", v.actor)
}

// requestID keeps a sane id from a proxy in front, or makes one.
func requestID(r *http.Request) string {
	id := r.Header.Get("X-Request-Id")
	if id != "" && len(id) <= 64 && !strings.ContainsFunc(id, func(c rune) bool {
		return !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_')
	}) {
		return id
	}
	return rand.Text()[:16]
}

// langFrom picks the language of messages and takes ?lang= out of the address,
// so that operations need not know of it.
func langFrom(r *http.Request) text.Lang {
	if strings.Contains(r.URL.RawQuery, "lang=") {
		q := r.URL.Query()
		if l := q.Get("lang"); l != "" {
			q.Del("lang")
			r.URL.RawQuery = q.Encode()
			return text.ParseLang(l)
		}
	}
	return text.ParseLang(r.Header.Get("Accept-Language"))
}

// statusWriter remembers what was answered.
type statusWriter struct {
	http.ResponseWriter
	status int
	wrote  bool
}

func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *statusWriter) WriteHeader(status int) {
	if w.wrote { // the first word counts
		return
	}
	w.status, w.wrote = status, true
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) Write(b []byte) (int, error) {
	w.wrote = true
	return w.ResponseWriter.Write(b)
}
