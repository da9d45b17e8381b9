package pgsql

import (
	"lodestar/internal/text"
)

// SQLSTATE codes that this door answers with.
const (
	StateUnsupported  = "0A000"
	StateSyntax       = "42601"
	StateNoColumn     = "42703"
	StateAmbiguous    = "42702"
	StateNoTable      = "42P01"
	StateNoFunction   = "42883"
	StateGrouping     = "42803"
	StateBadType      = "42804"
	StateBadValue     = "22023"
	StateBadText      = "22P02"
	StateBadDate      = "22007"
	StateTooComplex   = "54001"
	StateTooMany      = "54000"
	StateNoParameter  = "42P02"
	StateNotNow       = "55000"
	StateNoSetting    = "42704"
	StateDivideByZero = "22012"
	StateWrongCount   = "21000"
)

// Error is something wrong with a statement. At is the byte offset of the
// place in the statement, -1 when there is none.
type Error struct {
	State string
	At    int
	Text  text.Text
	Hint  text.Text
}

// Error gives the English message.
func (e *Error) Error() string { return e.Text.In(text.EN) }

// Fail makes an error at a place; pairs fill the text.
func Fail(state string, at int, t text.Text, pairs ...any) *Error {
	return &Error{State: state, At: at, Text: t.With(pairs...)}
}

// Hinted adds what to do instead.
func (e *Error) Hinted(t text.Text, pairs ...any) *Error {
	e.Hint = t.With(pairs...)
	return e
}

// Unsupported says that a part of SQL is not offered here.
func Unsupported(at int, what text.Text) *Error {
	return Fail(StateUnsupported, at, text.Text{ZH: "不支持{what}", EN: "{what} is not supported"}, "what", what)
}
