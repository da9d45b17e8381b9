package expr

import (
	"lodestar/internal/fault"
	"lodestar/internal/text"
)

// Error is one thing wrong in an expression. Offset and End bound the place in
// the source, in characters (runes) from 0, End exclusive.
type Error struct {
	Offset, End int
	// Code is one of: syntax, bad_literal, too_long, too_deep, unknown_name,
	// unknown_function, wrong_arguments, wrong_type, null_comparison, overflow,
	// or a code of the Scope.
	Code       string
	Text       text.Text
	Suggestion string // what to write instead of the part, when there is a good guess
}

// Error gives the English message.
func (e *Error) Error() string { return e.Text.In(text.EN) }

// Fault turns the error into one that a door can show: Invalid, with a field
// at path and the parameters offset, end and suggestion.
func (e *Error) Fault(path string) *fault.Error {
	f := fault.New(fault.Invalid, e.Code, e.Text, "offset", e.Offset, "end", e.End, "suggestion", e.Suggestion).Wrap(e)
	return f.At(path, e.Code, e.Text)
}

func fail(at Span, code string, t text.Text, pairs ...any) *Error {
	return &Error{Offset: at.Offset, End: at.End, Code: code, Text: t.With(pairs...)}
}

// suggest adds a guess to the error when there is one.
func (e *Error) suggest(name string, candidates []string) *Error {
	if guess := Didyoumean(name, candidates); guess != "" {
		e.Suggestion = guess
		e.Text = text.Text{
			ZH: e.Text.ZH + "，是不是想写 " + guess + "？",
			EN: e.Text.EN + "; did you mean " + guess + "?",
		}
	}
	return e
}

// UnknownName is the error of a Scope for a name that it does not know, with
// the nearest of the candidates as a suggestion.
func UnknownName(name string, candidates []string) *Error {
	return fail(Span{}, "unknown_name", text.Text{
		ZH: "没有名为 {name} 的列或指标", EN: "no column or metric named {name}"}, "name", name).
		suggest(name, candidates)
}
