package httpapi

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"

	"lodestar/internal/event"
	"lodestar/internal/fault"
	"lodestar/internal/text"
)

// intakePrefix begins the addresses that events are sent to. They follow
// Segment's protocol, so that its clients work by changing the address. Who may
// send is said by a write key, never by a session, so any site may call them.
const intakePrefix = "/v1/"

// intakeCalls are the last parts of the addresses, with the short forms that
// clients in browsers use.
var intakeCalls = map[string]string{
	"track": "track", "identify": "identify", "page": "page", "screen": "screen", "group": "group", "alias": "alias",
	"t": "track", "i": "identify", "p": "page", "s": "screen", "g": "group", "a": "alias",
	"batch": "batch", "b": "batch", "import": "batch",
}

func (a *API) intake() {
	a.mux.HandleFunc("POST /v1/{call}", a.takeEvents)
	a.mux.HandleFunc("POST /v1/hook/{event}", a.takeHook)
	a.mux.HandleFunc("GET /v1/capture.js", a.capture)
	a.mux.HandleFunc("OPTIONS /v1/{call}", func(w http.ResponseWriter, _ *http.Request) {
		allowAnySite(w.Header())
		w.WriteHeader(http.StatusNoContent)
	})
	a.mux.HandleFunc(intakePrefix, func(w http.ResponseWriter, r *http.Request) {
		writeProblem(w, r, noCall())
	})
}

// capture serves the script that sites include to have visits recorded.
func (a *API) capture(w http.ResponseWriter, r *http.Request) {
	allowAnySite(w.Header())
	if !a.file(w, r, "capture.js") {
		writeProblem(w, r, notFoundAddress())
	}
}

func allowAnySite(h http.Header) {
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Allow-Methods", "POST")
	h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Content-Encoding, X-Retry-Count")
	h.Set("Access-Control-Expose-Headers", "Retry-After")
	h.Set("Access-Control-Max-Age", "86400")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
}

func noCall() error {
	return fault.New(fault.NotFound, "unknown_address", text.Text{
		EN: "there is no such call; post to /v1/track, identify, page, screen, group, alias or batch",
		ZH: "没有这个调用；请 POST 到 /v1/track、identify、page、screen、group、alias 或 batch"})
}

func (a *API) takeEvents(w http.ResponseWriter, r *http.Request) {
	allowAnySite(w.Header())
	w.Header().Set("Cache-Control", "no-store")
	a.answerSender(w, r, `{"success":true}`, a.take(w, r))
}

// answerSender says that events were taken, or why not.
func (a *API) answerSender(w http.ResponseWriter, r *http.Request, taken string, err error) {
	if err == nil {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, taken) // the sender may be gone; the events are taken
		return
	}
	f := fault.Of(a.asFault(r.Context(), err))
	if f.Kind == fault.Invalid {
		writeProblemAs(w, r, http.StatusBadRequest, f) // the protocol's word for it
		return
	}
	writeProblem(w, r, f)
}

func (a *API) take(w http.ResponseWriter, r *http.Request) error {
	call, ok := intakeCalls[r.PathValue("call")]
	if !ok {
		return noCall()
	}
	leave, err := a.cfg.Events.Enter(r.Context())
	if err != nil {
		return err
	}
	defer leave()
	body, err := sentBody(w, r)
	if err != nil {
		return err
	}
	key, _, _ := r.BasicAuth()
	// What is on disk stays there: a sender that went away changes nothing.
	return a.cfg.Events.Take(context.WithoutCancel(r.Context()), event.Request{Call: call, Key: key, Body: body})
}

// sentBody reads a body and unpacks it.
func sentBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	body, err := readAll(w, r, event.MostBody)
	if err != nil {
		return nil, err
	}
	switch encoding := strings.ToLower(r.Header.Get("Content-Encoding")); encoding {
	case "", "identity":
	case "gzip":
		return unpack(body)
	default:
		return nil, fault.New(fault.Invalid, "bad_encoding", text.Text{
			EN: "the body may be packed with gzip, not with {encoding}", ZH: "请求内容只支持 gzip 压缩，不支持 {encoding}"}, "encoding", encoding)
	}
	return body, nil
}

// unpack reads no more than a body may have, however much is packed in it.
func unpack(packed []byte) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(packed))
	var out []byte
	if err == nil {
		out, err = io.ReadAll(io.LimitReader(z, event.MostBody+1))
	}
	switch {
	case errors.Is(err, gzip.ErrHeader), errors.Is(err, gzip.ErrChecksum), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return nil, fault.New(fault.Invalid, "bad_gzip", text.Text{EN: "the body is no whole gzip", ZH: "gzip 内容不完整或已损坏"}).Wrap(err)
	case err != nil:
		return nil, fault.New(fault.Invalid, "bad_gzip", text.Text{EN: "the body cannot be unpacked: {why}", ZH: "请求内容无法解压：{why}"}, "why", err).Wrap(err)
	}
	return out, nil
}
