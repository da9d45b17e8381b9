package fault

import (
	"errors"
	"fmt"

	"lodestar/internal/text"
)

// Kind says what sort of trouble an error is.
type Kind int

// The kinds. Internal is the zero value: what nobody foresaw.
const (
	Internal        Kind = iota
	Invalid              // the request or definition is wrong; retrying as it is will not help
	NotFound             // no such thing, or none that this person may see
	Conflict             // it changed meanwhile, or exists already
	Denied               // known person, no right
	Unauthenticated      // sign in first
	Unavailable          // try again later: busy, locked, starting
	Timeout              // took longer than allowed
	Canceled             // the caller gave up
	TooLarge             // over a stated limit
	RateLimited          // too many tries; wait
)

var kindNames = [...]string{"internal", "invalid", "not_found", "conflict", "denied",
	"unauthenticated", "unavailable", "timeout", "canceled", "too_large", "rate_limited"}

func (k Kind) String() string { return kindNames[k] }

// Kinds lists every kind, for tests of the doors' mapping tables.
func Kinds() []Kind {
	out := make([]Kind, len(kindNames))
	for i := range out {
		out[i] = Kind(i)
	}
	return out
}

// Error is an error that may be shown to the person who caused it.
type Error struct {
	Kind   Kind
	Code   string         // snake_case, stable, e.g. "unknown_metric"
	Text   text.Text      // with params already filled in
	Params map[string]any // what the text was filled with
	Fields []Field        // what is wrong in which part of the request
	cause  error
}

// Field points at one wrong part of a request.
type Field struct {
	Path string    `json:"path"` // as in "metrics[0]" or "spec.expr"
	Code string    `json:"code"`
	Text text.Text `json:"text"`
}

// New makes an error. Params come in pairs and fill {key} in both texts:
//
//	fault.New(fault.NotFound, "unknown_metric",
//		text.Text{EN: "no metric named {name}", ZH: "没有名为 {name} 的指标"}, "name", name)
func New(kind Kind, code string, t text.Text, params ...any) *Error {
	e := &Error{Kind: kind, Code: code, Text: t.With(params...)}
	for i := 0; i+1 < len(params); i += 2 {
		if e.Params == nil {
			e.Params = map[string]any{}
		}
		e.Params[fmt.Sprint(params[i])] = params[i+1]
	}
	return e
}

// Wrap returns a copy of e with a cause, which is logged and never shown. It is
// a copy so that a fault kept in a variable can be given many causes, itself
// among them.
func (e *Error) Wrap(cause error) *Error {
	c := *e
	c.cause = cause
	return &c
}

// At adds a field and returns e.
func (e *Error) At(path, code string, t text.Text) *Error {
	e.Fields = append(e.Fields, Field{path, code, t})
	return e
}

// Error gives the English message, and the cause for logs.
func (e *Error) Error() string {
	if e.cause != nil {
		return e.Text.In(text.EN) + ": " + e.cause.Error()
	}
	return e.Text.In(text.EN)
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.cause }

// Of finds the fault in an error chain. Any other error is an Internal fault
// with a message that says nothing of the cause.
func Of(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return New(Internal, "internal", text.Text{
		EN: "something went wrong on the server; the log has the details",
		ZH: "服务器内部出错，详情见日志"}).Wrap(err)
}

// Is reports whether the error is a fault of this kind.
func Is(err error, kind Kind) bool {
	return err != nil && Of(err).Kind == kind
}
