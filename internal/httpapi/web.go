package httpapi

import (
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"

	"lodestar/internal/fault"
	"lodestar/internal/text"
)

// reserved prefixes never fall through to the page: programs must not get HTML
// for a mistyped address.
func reservedPrefixes() []string {
	return []string{"/api", "/v1", "/mcp", "/schemas", "/-", "/assets"}
}

func reserved(p string) bool {
	for _, prefix := range reservedPrefixes() {
		if p == prefix || strings.HasPrefix(p, prefix+"/") {
			return true
		}
	}
	return false
}

// notBuilt is shown in place of the page when the program was built without it.
const notBuilt = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Lodestar 北辰</title>
<body style="font:16px/1.6 system-ui;max-width:40rem;margin:4rem auto;padding:0 1rem">
<h1>Lodestar 北辰</h1>
<p>The server is running, but this program was built without its web page. Run <code>make build</code> (it needs Node) and start it again.</p>
<p>服务已启动，但程序里没有网页。请运行 <code>make build</code>（需要 Node）后重新启动。</p>
<p><a href="/api/openapi.json">/api/openapi.json</a></p></body></html>`

// page serves the built web page: files as they are, gzipped where the build
// left a .gz beside, and index.html for every address that is a view.
func (a *API) page(w http.ResponseWriter, r *http.Request) {
	if reserved(r.URL.Path) && !strings.HasPrefix(r.URL.Path, "/assets/") {
		a.noSuchAddress(w, r)
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		methodNotAllowed(w, r, "GET, HEAD")
		return
	}
	name := strings.TrimPrefix(path.Clean("/"+r.URL.Path), "/")
	if name != "" && a.file(w, r, name) {
		return
	}
	if strings.HasPrefix(r.URL.Path, "/assets/") || strings.Contains(path.Base(r.URL.Path), ".") {
		writeProblem(w, r, notFoundAddress())
		return
	}
	if a.file(w, r, "index.html") {
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-cache")
	w.Write([]byte(notBuilt))
}

// file serves one built file and reports whether there is one.
func (a *API) file(w http.ResponseWriter, r *http.Request, name string) bool {
	if strings.HasSuffix(name, ".gz") || strings.HasPrefix(path.Base(name), ".") || !fs.ValidPath(name) {
		return false
	}
	data, err := fs.ReadFile(a.cfg.Web, name)
	if err != nil {
		return false
	}
	h := w.Header()
	h.Set("Content-Type", contentType(name, data))
	h.Set("Cache-Control", "no-cache")
	if strings.HasPrefix(name, "assets/") {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	if acceptsGzip(r) {
		h.Add("Vary", "Accept-Encoding")
		if zipped, err := fs.ReadFile(a.cfg.Web, name+".gz"); err == nil {
			h.Set("Content-Encoding", "gzip")
			data = zipped
		}
	}
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodGet {
		w.Write(data)
	}
	return true
}

func contentType(name string, data []byte) string {
	switch path.Ext(name) {
	case ".js", ".mjs":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".html":
		return "text/html; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".woff2":
		return "font/woff2"
	case ".webmanifest":
		return "application/manifest+json"
	}
	if t := mime.TypeByExtension(path.Ext(name)); t != "" {
		return t
	}
	return http.DetectContentType(data)
}

// noSuchAddress tells a wrong method from a wrong address.
func (a *API) noSuchAddress(w http.ResponseWriter, r *http.Request) {
	var allowed []string
	for _, m := range []string{"GET", "POST", "PUT", "PATCH", "DELETE"} {
		probe := &http.Request{Method: m, URL: r.URL, Host: r.Host}
		if _, pattern := a.mux.Handler(probe); pattern != "" && pattern != "/" {
			allowed = append(allowed, m)
		}
	}
	if len(allowed) > 0 {
		methodNotAllowed(w, r, strings.Join(allowed, ", "))
		return
	}
	writeProblem(w, r, notFoundAddress())
}

func notFoundAddress() error {
	return fault.New(fault.NotFound, "unknown_address", text.Text{
		EN: "there is nothing at this address", ZH: "这个地址没有内容"})
}

func methodNotAllowed(w http.ResponseWriter, r *http.Request, allow string) {
	w.Header().Set("Allow", allow)
	writeProblemAs(w, r, http.StatusMethodNotAllowed, fault.New(fault.Invalid, "method_not_allowed", text.Text{
		EN: "{method} is not possible at this address", ZH: "这个地址不支持 {method}"}, "method", r.Method))
}
