package ingest

import (
	"bytes"
	"math"
	"strconv"
)

// digits is a number taken apart: mantissa × 10^exp, without losing a digit.
type digits struct {
	negative bool
	mantissa []byte // '0' to '9' only, no leading zeros; empty for 0
	exp      int
}

// parseDigits reads [+-]digits[.digits][e±n]. point is the decimal point.
func parseDigits(s []byte, point byte, into []byte) (digits, bool) {
	d := digits{mantissa: into[:0]}
	if len(s) > 0 && (s[0] == '-' || s[0] == '+') {
		d.negative = s[0] == '-'
		s = s[1:]
	}
	seen, fraction := false, false
	for i, c := range s {
		switch {
		case c >= '0' && c <= '9':
			seen = true
			if c != '0' || len(d.mantissa) > 0 {
				d.mantissa = append(d.mantissa, c)
			}
			if fraction {
				d.exp--
			}
		case c == point && !fraction:
			fraction = true
		case (c == 'e' || c == 'E') && seen:
			n, err := strconv.Atoi(string(s[i+1:]))
			if err != nil || n > 400 || n < -400 {
				return d, false
			}
			d.exp += n
			return d.normal(), true
		default:
			return d, false
		}
	}
	return d.normal(), seen
}

// normal drops zeros at the end of the mantissa.
func (d digits) normal() digits {
	n := len(d.mantissa)
	for n > 0 && d.mantissa[n-1] == '0' {
		n--
		d.exp++
	}
	d.mantissa = d.mantissa[:n]
	if n == 0 {
		d.exp, d.negative = 0, false
	}
	return d
}

// decimal writes the number with at most scale decimals and precision digits.
func (d digits) decimal(dst []byte, precision, scale int) ([]byte, string) {
	if -d.exp > scale {
		return dst, wouldRound
	}
	if len(d.mantissa)+d.exp > precision-scale {
		return dst, outOfRange
	}
	if d.negative {
		dst = append(dst, '-')
	}
	point := len(d.mantissa) + d.exp // digits before the point
	if point <= 0 {
		dst = append(dst, '0')
	}
	for i := range max(point, len(d.mantissa)) {
		if i == max(point, 0) {
			break
		}
		if i < len(d.mantissa) {
			dst = append(dst, d.mantissa[i])
		} else {
			dst = append(dst, '0')
		}
	}
	if d.exp < 0 {
		dst = append(dst, '.')
		for range -point {
			dst = append(dst, '0')
		}
		dst = append(dst, d.mantissa[max(point, 0):]...)
	}
	return dst, ""
}

// plainInteger reports whether every engine reads s alike: -?digits, short.
func plainInteger(s []byte) bool {
	if len(s) > 0 && s[0] == '-' {
		s = s[1:]
	}
	if len(s) == 0 || len(s) > 18 {
		return false
	}
	for _, c := range s {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// plainDecimal is the same for -?digits[.digits] that fit without rounding.
func plainDecimal(s []byte, whole, scale int) bool {
	if len(s) > 0 && s[0] == '-' {
		s = s[1:]
	}
	before, after := s, []byte(nil)
	if i := bytes.IndexByte(s, '.'); i >= 0 {
		before, after = s[:i], s[i+1:]
		if len(after) == 0 || len(after) > scale {
			return false
		}
	}
	if len(before) == 0 || len(before) > whole {
		return false
	}
	for _, c := range before {
		if c < '0' || c > '9' {
			return false
		}
	}
	for _, c := range after {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

func appendInteger(dst, s []byte, point byte, scratch []byte) ([]byte, string) {
	if plainInteger(s) {
		return append(dst, s...), ""
	}
	d, ok := parseDigits(s, point, scratch)
	return d.integer(dst, ok)
}

func (d digits) integer(dst []byte, ok bool) ([]byte, string) {
	switch {
	case !ok:
		return dst, notANumber
	case d.exp < 0:
		return dst, notAnInteger
	case len(d.mantissa)+d.exp > 19:
		return dst, outOfRange
	}
	from := len(dst)
	dst, _ = d.decimal(dst, 19, 0)
	if _, err := strconv.ParseInt(string(dst[from:]), 10, 64); err != nil {
		return dst[:from], outOfRange
	}
	return dst, ""
}

func appendFloat(dst, s []byte) ([]byte, string) {
	for _, c := range s {
		if (c < '0' || c > '9') && c != '.' && c != '-' && c != '+' && c != 'e' && c != 'E' {
			return dst, notANumber
		}
	}
	f, err := strconv.ParseFloat(string(s), 64)
	if math.IsInf(f, 0) {
		return dst, outOfRange
	}
	if err != nil {
		return dst, notANumber
	}
	return strconv.AppendFloat(dst, f, 'g', -1, 64), ""
}

// Patterns of numbers, named by an example of each.
const (
	commaNumbers = "1,234.50" // also ¥1,200, 12%, 1.2万, (123)
	pointNumbers = "1.234,50"
)

// loose reads numbers as people write them in spreadsheets.
func loose(s []byte, format string, scratch []byte) (digits, bool) {
	point, group := byte('.'), byte(',')
	if format == pointNumbers {
		point, group = ',', '.'
	}
	s = bytes.TrimSpace(s)
	negative := false
	if n := len(s); n > 2 && s[0] == '(' && s[n-1] == ')' {
		negative, s = true, s[1:n-1]
	}
	if bytes.HasPrefix(s, []byte("-")) && !negative {
		negative, s = true, bytes.TrimSpace(s[1:])
	}
	s = trimCurrency(s)
	shift := 0
	for _, unit := range []struct {
		sign  string
		shift int
	}{{"%", -2}, {"％", -2}, {"万", 4}, {"亿", 8}} {
		if rest, ok := bytes.CutSuffix(s, []byte(unit.sign)); ok {
			s, shift = bytes.TrimSpace(rest), unit.shift
			break
		}
	}
	if !grouped(s, point, group) {
		return digits{}, false
	}
	cleaned := make([]byte, 0, len(s))
	for _, c := range s {
		if c != group {
			cleaned = append(cleaned, c)
		}
	}
	d, ok := parseDigits(cleaned, point, scratch)
	d.negative = d.negative != negative && len(d.mantissa) > 0
	if len(d.mantissa) > 0 {
		d.exp += shift
	}
	return d, ok
}

func trimCurrency(s []byte) []byte {
	for _, sign := range []string{"¥", "￥", "$", "€", "£", "CNY", "RMB", "USD", "元"} {
		s = bytes.TrimSpace(bytes.TrimSuffix(bytes.TrimPrefix(s, []byte(sign)), []byte(sign)))
	}
	return s
}

// grouped reports whether group signs stand only between groups of three (or,
// as in 1,2345, four) digits before the point.
func grouped(s []byte, point, group byte) bool {
	whole := s
	if i := bytes.IndexByte(s, point); i >= 0 {
		whole = s[:i]
		if bytes.IndexByte(s[i:], group) >= 0 {
			return false
		}
	}
	parts := bytes.Split(bytes.TrimLeft(whole, "+-"), []byte{group})
	for i, p := range parts {
		if i > 0 && len(p) != 3 && len(p) != 4 || i == 0 && len(parts) > 1 && (len(p) == 0 || len(p) > 4) {
			return false
		}
	}
	return true
}
