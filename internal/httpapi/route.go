package httpapi

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"lodestar/internal/access"
	"lodestar/internal/fault"
	"lodestar/internal/text"
)

const (
	maxBody       = 8 << 20 // bytes of a JSON body
	maxBodyApply  = 64 << 20
	maxDrained    = 256 << 20
	bodyReadLimit = 30 * time.Second
	askLimit      = 2 * time.Minute // of what viewers may ask, so that no question runs for ever
)

// operation is what an address promises.
type operation struct {
	id      string
	method  string
	path    string // below /api/v1
	role    access.Role
	summary string
	tag     string
	status  int   // of a success; 0 for 200, or 204 without a body
	limit   int64 // bytes of the body; 0 for maxBody
	streams bool  // the handler reads the body itself
	// instead answers requests that want another form than JSON; it reports
	// whether it did.
	instead func(w http.ResponseWriter, r *http.Request, data []byte) bool
}

// nothing is the input or output of operations without one.
type nothing struct{}

// out is an answer with a JSON body and no headers of its own.
type out[T any] struct{ Body T }

// items is the shape of lists that come as a whole.
type items[T any] struct {
	Items []T `json:"items" nullable:"false"`
}

func listOf[T any](v []T) items[T] {
	if v == nil {
		v = []T{}
	}
	return items[T]{v}
}

// register adds an operation: documented, guarded by its role before anything
// is parsed, its faults turned into problems. The services ask for the role
// again: the guard here is so that a stranger learns nothing from validation.
func register[I, O any](a *API, o operation, h func(context.Context, access.Actor, *I) (*O, error)) {
	op := huma.Operation{
		OperationID: o.id, Method: o.method, Path: base + o.path, Summary: o.summary, Tags: []string{o.tag},
		DefaultStatus: o.status, SkipValidateBody: true, MaxBodyBytes: -1, BodyReadTimeout: -1,
		RejectUnknownQueryParameters: true,
		Middlewares:                  huma.Middlewares{a.guard(o)},
		Responses:                    map[string]*huma.Response{"default": a.problemResponse()},
	}
	if o.role != "" {
		op.Extensions = map[string]any{"x-role": string(o.role)}
		op.Security = []map[string][]string{{"session": {}}, {"token": {}}}
	}
	huma.Register(a.huma, op, func(ctx context.Context, in *I) (*O, error) {
		if o.role == access.Viewer {
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(ctx, askLimit)
			defer cancel()
		}
		res, err := h(ctx, actorOf(ctx), in)
		if err != nil {
			return nil, a.failed(ctx, err)
		}
		return res, nil
	})
}

// failed logs what nobody foresaw and puts the fault into words.
func (a *API) failed(ctx context.Context, err error) *Problem {
	if errors.Is(err, context.Canceled) && !fault.Is(err, fault.Canceled) {
		err = fault.New(fault.Canceled, "canceled", text.Text{EN: "canceled by the caller", ZH: "请求已取消"}).Wrap(err)
	}
	if errors.Is(err, context.DeadlineExceeded) && !fault.Is(err, fault.Timeout) {
		err = fault.New(fault.Timeout, "timeout", text.Text{
			EN: "it took longer than {seconds} seconds; ask for less", ZH: "超过 {seconds} 秒仍未完成，请缩小范围"},
			"seconds", int(askLimit.Seconds())).Wrap(err)
	}
	f := fault.Of(err)
	if f.Kind == fault.Internal {
		v := visitOf(ctx)
		a.cfg.Log.ErrorContext(ctx, "request failed", "request", v.id, "route", v.route, "error", err.Error())
	}
	return problemOf(f, langOf(ctx))
}

// guard checks the role and reads the body, before anything else is looked at.
func (a *API) guard(o operation) func(huma.Context, func(huma.Context)) {
	limit := o.limit
	if limit == 0 {
		limit = maxBody
	}
	return func(hc huma.Context, next func(huma.Context)) {
		r, w := humago.Unwrap(hc)
		if o.role != "" {
			if err := actorOf(r.Context()).Must(o.role); err != nil {
				writeProblem(w, r, err)
				return
			}
		}
		if !o.streams && r.Body != nil && r.Method != http.MethodGet && r.Method != http.MethodHead {
			data, err := readAll(w, r, limit)
			if err != nil {
				writeProblem(w, r, err)
				return
			}
			r.Body = io.NopCloser(bytes.NewReader(data))
			if o.instead != nil && o.instead(w, r, data) {
				return
			}
			r.Header.Set("Content-Type", "application/json") // whatever it was called, it is read as that
			replay := a.replays.wrap(w, r, data, func(w http.ResponseWriter) {
				next(humago.NewContext(hc.Operation(), r.WithContext(context.WithValue(r.Context(), requestKey, r)), w))
			})
			if replay != nil {
				writeProblem(w, r, replay)
			}
			return
		}
		next(huma.WithValue(hc, requestKey, r))
	}
}

// readAll reads a bounded body within a bounded time.
func readAll(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	rc := http.NewResponseController(w)
	// Writers without deadlines (in-process calls, tests) read from memory.
	if err := rc.SetReadDeadline(time.Now().Add(bodyReadLimit)); err == nil {
		defer rc.SetReadDeadline(time.Time{})
	}
	data, err := io.ReadAll(io.LimitReader(r.Body, limit+1))
	if err == nil && int64(len(data)) > limit {
		// A sender in the middle of a body would see a broken connection in
		// place of the answer. What is still wrong then, the answer says.
		_, _ = io.CopyN(io.Discard, r.Body, maxDrained)
		return nil, tooLargeBody()
	}
	if err != nil {
		var ne net.Error
		if errors.As(err, &ne) && ne.Timeout() {
			return nil, fault.New(fault.Invalid, "body_timeout", text.Text{
				EN: "the request body did not arrive in time", ZH: "请求内容没有及时送达"}).Wrap(err)
		}
		return nil, fault.New(fault.Invalid, "body_unreadable", text.Text{
			EN: "the request body could not be read to its end", ZH: "请求内容没有读完整"}).Wrap(err)
	}
	return data, nil
}
