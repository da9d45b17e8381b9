package pgwire

import (
	"context"
	"errors"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgproto3"

	"lodestar/internal/fault"
	"lodestar/internal/pgwire/pgsql"
	"lodestar/internal/text"
)

// states maps what went wrong to SQLSTATE.
var states = map[fault.Kind]string{
	fault.Internal: "XX000", fault.Invalid: "22023", fault.NotFound: "42703", fault.Conflict: "40001", fault.Denied: "42501",
	fault.Unauthenticated: "28000", fault.Unavailable: "57P03", fault.Timeout: "57014", fault.Canceled: "57014",
	fault.TooLarge: "54000", fault.RateLimited: "53400",
}

// codes are faults that have a state of their own.
var codes = map[string]string{
	"unknown_metric": "42703", "unreachable_dimension": "42703", "different_dimension": "42703", "ambiguous_path": "42702", "ambiguous_name": "42702",
	"wrong_credentials": "28P01", "bad_token": "28P01", "no_time": "42703", "wrong_type": "42804", "too_many_metrics": "54000", "too_many_dimensions": "54000",
}

// asError makes an error of the wire. paths gives the places of parts of the
// question in the statement.
func asError(err error, paths map[string]int) *pgsql.Error {
	var e *pgsql.Error
	if errors.As(err, &e) {
		return e
	}
	if errors.Is(err, context.Canceled) {
		return canceled()
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return pgsql.Fail("57014", -1, text.Text{ZH: "语句超时，已取消", EN: "the statement took too long and was cancelled"})
	}
	f := fault.Of(err)
	out := &pgsql.Error{State: states[f.Kind], At: -1, Text: f.Text}
	if s, ok := codes[f.Code]; ok {
		out.State = s
	}
	for _, field := range f.Fields {
		if at, ok := paths[field.Path]; ok {
			out.At = at
			break
		}
	}
	if s, ok := f.Params["suggestion"].(string); ok && s != "" {
		out.Hint = text.Text{ZH: "是不是想写 {s}？", EN: "did you mean {s}?"}.With("s", s)
	}
	return out
}

func canceled() *pgsql.Error {
	return pgsql.Fail("57014", -1, text.Text{ZH: "语句已按请求取消", EN: "the statement was cancelled on request"})
}

// response writes an error for the client. src is the text that places count
// in, base where the statement begins in what the client sent.
func response(e *pgsql.Error, severity, src string, lang text.Lang) *pgproto3.ErrorResponse {
	out := &pgproto3.ErrorResponse{Severity: severity, SeverityUnlocalized: severity, Code: e.State, Message: e.Text.In(lang), Hint: e.Hint.In(lang)}
	if e.At >= 0 && e.At <= len(src) {
		out.Position = int32(utf8.RuneCountInString(src[:e.At]) + 1)
	}
	return out
}
