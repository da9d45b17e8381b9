package expr

import (
	"math"
	"strconv"
	"strings"
	"time"

	"lodestar/internal/text"
)

// numberLiteral gives a literal its type and value: int64 for Integer, digits
// for Decimal, float64 for Float. With a point it is Decimal, with an exponent
// Float; what is too long for one type falls to the next.
func numberLiteral(s string) (Type, any, bool) {
	if !strings.ContainsAny(s, "eE") {
		if i, err := strconv.ParseInt(s, 10, 64); err == nil {
			return Integer, i, true
		}
		if d, ok := decimalDigits(s); ok {
			return Decimal, d, true
		}
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsInf(f, 0) {
		return Null, nil, false
	}
	return Float, f, true
}

// decimalDigits writes 1. as 1, .5 as 0.5 and 007 as 7; more than 38 digits do
// not fit.
func decimalDigits(s string) (string, bool) {
	whole, part, _ := strings.Cut(s, ".")
	whole = strings.TrimLeft(whole, "0")
	if len(whole)+len(part) > 38 {
		return "", false
	}
	if whole == "" {
		whole = "0"
	}
	if part == "" {
		return whole, true
	}
	return whole + "." + part, true
}

func checkNumber(t token) *Error {
	if _, _, ok := numberLiteral(t.text); ok {
		return nil
	}
	return fail(t.Span, "bad_literal", text.Text{ZH: "数字 {s} 太大", EN: "the number {s} is too large"}, "s", shown(t))
}

// momentLayouts are the ways to write a time; those of Date come first.
var momentLayouts = [...]string{"2006-01-02", "2006-01-02 15:04", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02T15:04:05"}

// parseMoment reads a date or timestamp literal. civil is true when it has no
// offset and so means local time; its fields then stand in a time in UTC. Go
// accepts fractions of a second after any seconds field.
func parseMoment(t Type, s string) (at time.Time, civil, ok bool) {
	at, err := time.Parse(momentLayouts[0], s)
	if err == nil {
		return at, true, at.Year() > 0
	}
	if t == Date {
		return time.Time{}, false, false
	}
	for _, layout := range momentLayouts[1:] {
		if at, err = time.Parse(layout, s); err == nil {
			return at, true, at.Year() > 0
		}
		if at, err = time.Parse(layout+"Z07:00", s); err == nil {
			return at.UTC(), false, at.UTC().Year() > 0
		}
	}
	return time.Time{}, false, false
}

func badMoment(at Span, t Type, s string) *Error {
	if t == Date {
		return fail(at, "bad_literal", text.Text{
			ZH: "{s} 不是日期，日期写作 '2026-01-31'", EN: "{s} is not a date; write it as '2026-01-31'"}, "s", QuoteText(s))
	}
	return fail(at, "bad_literal", text.Text{
		ZH: "{s} 不是时间，时间写作 '2026-01-31 08:00:00' 或带时差 '2026-01-31T08:00:00+08:00'",
		EN: "{s} is not a timestamp; write it as '2026-01-31 08:00:00', or with an offset '2026-01-31T08:00:00+08:00'"}, "s", QuoteText(s))
}
