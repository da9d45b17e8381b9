package httpapi

import (
	"compress/gzip"
	"net/http"
	"strings"
	"sync"
)

const gzipFrom = 1024 // bytes; smaller answers travel as they are

// compressor gzips JSON, YAML and text for clients that take it.
type compressor struct{ pool sync.Pool }

func newCompressor() *compressor {
	return &compressor{sync.Pool{New: func() any {
		w, err := gzip.NewWriterLevel(nil, gzip.BestSpeed)
		if err != nil {
			panic(err) // only for a constant level out of range
		}
		return w
	}}}
}

func (c *compressor) wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !acceptsGzip(r) || r.Method == http.MethodHead {
			next.ServeHTTP(w, r)
			return
		}
		gw := &gzipWriter{ResponseWriter: w, pool: &c.pool}
		defer gw.close()
		next.ServeHTTP(gw, r)
	})
}

func acceptsGzip(r *http.Request) bool {
	for part := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		name, params, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.EqualFold(name, "gzip") && strings.ReplaceAll(params, " ", "") != "q=0" {
			return true
		}
	}
	return false
}

// gzipWriter decides on the first bytes whether to compress.
type gzipWriter struct {
	http.ResponseWriter
	pool    *sync.Pool
	status  int
	pending []byte // held back until the decision
	decided bool
	zip     *gzip.Writer
}

func (w *gzipWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *gzipWriter) WriteHeader(status int) {
	if w.status != 0 {
		return
	}
	w.status = status
	if status == http.StatusNoContent || status == http.StatusNotModified || !w.worthwhile() {
		w.decide(false)
	}
}

func (w *gzipWriter) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	if !w.decided {
		w.pending = append(w.pending, b...)
		if len(w.pending) >= gzipFrom {
			if err := w.decide(true); err != nil {
				return 0, err
			}
		}
		return len(b), nil
	}
	if w.zip != nil {
		return w.zip.Write(b)
	}
	return w.ResponseWriter.Write(b)
}

// worthwhile looks at the type that the handler announced.
func (w *gzipWriter) worthwhile() bool {
	h := w.Header()
	if h.Get("Content-Encoding") != "" || h.Get("Content-Range") != "" {
		return false
	}
	ct := h.Get("Content-Type")
	return strings.Contains(ct, "json") || strings.Contains(ct, "yaml") || strings.HasPrefix(ct, "text/")
}

func (w *gzipWriter) decide(compress bool) error {
	if w.decided {
		return nil
	}
	w.decided = true
	h := w.Header()
	if compress {
		h.Set("Content-Encoding", "gzip")
		h.Add("Vary", "Accept-Encoding")
		h.Del("Content-Length")
		w.zip = w.pool.Get().(*gzip.Writer)
		w.zip.Reset(w.ResponseWriter)
	}
	w.ResponseWriter.WriteHeader(w.status)
	if len(w.pending) == 0 {
		return nil
	}
	held := w.pending
	w.pending = nil
	var err error
	if w.zip != nil {
		_, err = w.zip.Write(held)
	} else {
		_, err = w.ResponseWriter.Write(held)
	}
	return err
}

func (w *gzipWriter) close() {
	if w.status != 0 && !w.decided {
		w.decide(false)
	}
	if w.zip != nil {
		w.zip.Close()
		w.pool.Put(w.zip)
		w.zip = nil
	}
}
