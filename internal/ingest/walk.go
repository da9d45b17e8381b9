package ingest

import (
	"bytes"
	"encoding/binary"

	"lodestar/internal/expr"
)

// plainLine reports whether a record without quotes has a plain value for
// every column. It goes over the line once: the look at a value finds its end.
func plainLine(line []byte, delimiter byte, columns []*column) bool {
	at := 0
	for i, c := range columns {
		end, plain := c.valueEnd(line, at, delimiter)
		if !plain && !c.plain(cell{text: line[at:end]}) {
			return false
		}
		if c != nil && c.key && c.missing(cell{text: line[at:end]}) {
			return false
		}
		if last := i == len(columns)-1; last != (end == len(line)) {
			return false
		}
		at = end + 1
	}
	return true
}

// valueEnd is the end of the value at a place of a line, and whether it is of the
// everyday form.
func (c *column) valueEnd(line []byte, at int, delimiter byte) (end int, plain bool) {
	if end = c.plainUntil(line, at, delimiter); end >= 0 {
		return end, true
	}
	return nextDelimiter(line, at, delimiter), false
}

// plainUntil is the end of the value at a place of a line, when the value is
// of the everyday form that needs no closer look, and -1 otherwise. What it
// takes is plain; what it does not take may be.
func (c *column) plainUntil(line []byte, at int, delimiter byte) int {
	if c == nil || c.typ == expr.String {
		return nextDelimiter(line, at, delimiter)
	}
	if delimiter == ' ' || '-' <= delimiter && delimiter <= ':' { // it could be part of a value
		return -1
	}
	end := at
	switch c.typ {
	case expr.Integer:
		end = digitsEnd(line, at)
		if end-at > 18 {
			return -1
		}
	case expr.Decimal, expr.Float:
		whole, scale := c.precision-c.scale, c.scale
		if c.typ == expr.Float {
			whole, scale = 15, 15
		}
		end = digitsEnd(line, at)
		if n := end - at; n > whole {
			return -1
		} else if n > 0 && end < len(line) && line[end] == '.' {
			point := end
			if end = digitsEnd(line, point+1); end == point+1 || end-point-1 > scale {
				return -1
			}
		}
	case expr.Date:
		if len(c.patterns) == 0 && len(line) >= at+10 && isDate(line[at:]) {
			end = at + 10
		}
	case expr.Timestamp:
		if len(line) >= at+19 && isTime(line[at:]) && c.zone.steady(line[at:at+4]) {
			end = at + 19
		}
	}
	if end == len(line) || line[end] == delimiter {
		return end
	}
	return -1
}

func nextDelimiter(line []byte, at int, delimiter byte) int {
	if i := bytes.IndexByte(line[at:], delimiter); i >= 0 {
		return at + i
	}
	return len(line)
}

func digitsEnd(line []byte, at int) int {
	for at < len(line) && line[at]-'0' <= 9 {
		at++
	}
	return at
}

// isDate reports whether ten bytes or more begin like 2026-01-05.
func isDate(s []byte) bool {
	return like(s, datePattern) && s[8]-'0' <= 9 && s[9]-'0' <= 9
}

// isTime reports whether 19 bytes or more begin like 2026-01-05 10:00:00.
func isTime(s []byte) bool {
	return like(s, datePattern) && like(s[8:], timePattern) && like(s[11:], clockPattern) &&
		(s[11] < '2' || s[11] == '2' && s[12] < '4')
}

// pattern is eight bytes, of which those that are 0 stand for any digit.
type pattern struct{ text, fixed uint64 }

var datePattern, timePattern, clockPattern = newPattern("0000-00-"), newPattern("00 00:00"), newPattern("00:00:00")

func newPattern(text string) pattern {
	p := pattern{text: binary.LittleEndian.Uint64([]byte(text))}
	for i := range 8 {
		if text[i] != '0' {
			p.fixed |= 0xff << (8 * i)
		}
	}
	return p
}

// like compares eight bytes at once. Taking the pattern away with XOR leaves
// 0 to 9 of a digit and 0 of what must be the same; adding 6 carries into the
// upper half of a byte when it was more than 9.
func like(s []byte, p pattern) bool {
	const upper, six = 0xf0f0f0f0f0f0f0f0, 0x0606060606060606
	left := binary.LittleEndian.Uint64(s) ^ p.text
	return left&p.fixed == 0 && left&upper == 0 && (left+six)&upper == 0
}
