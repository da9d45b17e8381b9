package app

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"os"
	"os/user"

	"lodestar/internal/access"
	"lodestar/internal/httpapi"
)

// localTransport answers requests with a handler in this process, on behalf of
// whoever runs the program. The mark of that travels in the request's context,
// where nothing from a network can put it.
type localTransport struct {
	handler http.Handler
	actor   access.Actor
}

// RoundTrip answers one request.
func (t localTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	w := &memoryWriter{header: http.Header{}}
	in := r.Clone(httpapi.AsLocal(r.Context(), t.actor))
	in.RequestURI = in.URL.RequestURI()
	in.RemoteAddr = "127.0.0.1:0"
	if in.Body == nil {
		in.Body = http.NoBody
	}
	if in.Host == "" {
		in.Host = in.URL.Host
	}
	err := t.serve(w, in)
	err = errors.Join(err, in.Body.Close())
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return &http.Response{StatusCode: w.status, Status: http.StatusText(w.status), Proto: "HTTP/1.1", ProtoMajor: 1,
		ProtoMinor: 1, Header: w.header, Body: io.NopCloser(&w.body), ContentLength: int64(w.body.Len()), Request: r}, err
}

// serve turns an answer that was broken off into an error, as a network would.
func (t localTransport) serve(w http.ResponseWriter, r *http.Request) (err error) {
	defer func() {
		switch p := recover(); p {
		case nil:
		case http.ErrAbortHandler:
			err = io.ErrUnexpectedEOF
		default:
			panic(p)
		}
	}()
	t.handler.ServeHTTP(w, r)
	return nil
}

// memoryWriter keeps an answer.
type memoryWriter struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header gives the headers to be sent.
func (w *memoryWriter) Header() http.Header { return w.header }

// WriteHeader keeps the first status.
func (w *memoryWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
}

// Write keeps a part of the body.
func (w *memoryWriter) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(b)
}

// localActor is the operating system's user.
func localActor() access.Actor {
	if u, err := user.Current(); err == nil && u.Username != "" {
		return access.Local(u.Username)
	}
	for _, k := range []string{"USER", "LOGNAME", "USERNAME"} {
		if v := os.Getenv(k); v != "" {
			return access.Local(v)
		}
	}
	return access.Local("unknown")
}
