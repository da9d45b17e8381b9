package ingest

import (
	"bytes"
	"strings"
	"time"
)

// excelSerial is the pattern of days counted from 1899-12-30, as Excel does.
const excelSerial = "excel"

// moment is a date or time as read, before any zone.
type moment struct {
	seconds int64 // local, since 1970-01-01
	micros  int
	offset  int // seconds ahead of UTC, when zoned
	zoned   bool
	timed   bool // it says a time of day
}

// take reads 1 to most digits.
func take(s []byte, most int) (n int, rest []byte, ok bool) {
	i := 0
	for i < len(s) && i < most && s[i] >= '0' && s[i] <= '9' {
		n = n*10 + int(s[i]-'0')
		i++
	}
	return n, s[i:], i > 0
}

func civil(year, month, day int) (int64, bool) {
	if month < 1 || month > 12 || day < 1 || day > 31 || year < 1 || year > 9999 {
		return 0, false
	}
	t := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	return t.Unix(), t.Day() == day
}

// parseMoment reads 2026-01-05 or 2026/1/5, with a time and an offset or not.
func parseMoment(s []byte) (m moment, ok bool) {
	if len(s) < 8 || s[4] != '-' && s[4] != '/' {
		return m, false
	}
	sep := s[4]
	year, rest, ok := take(s, 4)
	if !ok || len(s)-len(rest) != 4 {
		return m, false
	}
	month, rest, ok := take(rest[1:], 2)
	if !ok || len(rest) == 0 || rest[0] != sep {
		return m, false
	}
	day, rest, ok := take(rest[1:], 2)
	if !ok {
		return m, false
	}
	if m.seconds, ok = civil(year, month, day); !ok {
		return m, false
	}
	if len(rest) == 0 {
		return m, true
	}
	if rest[0] != ' ' && rest[0] != 'T' {
		return m, false
	}
	rest, ok = m.clock(rest[1:])
	if !ok {
		return m, false
	}
	return m, m.zoneOffset(bytes.TrimLeft(rest, " "))
}

// clock reads 10:00, 10:00:00 or 10:00:00.123456; 24 hours are refused.
func (m *moment) clock(s []byte) (rest []byte, ok bool) {
	hour, s, ok := take(s, 2)
	if !ok || hour > 23 || len(s) == 0 || s[0] != ':' {
		return s, false
	}
	minute, s, ok := take(s[1:], 2)
	if !ok || minute > 59 {
		return s, false
	}
	second := 0
	if len(s) > 0 && s[0] == ':' {
		if second, s, ok = take(s[1:], 2); !ok || second > 59 {
			return s, false
		}
		if len(s) > 0 && (s[0] == '.' || s[0] == ',') {
			if s, ok = m.fraction(s[1:]); !ok {
				return s, false
			}
		}
	}
	m.seconds += int64(hour*3600 + minute*60 + second)
	m.timed = true
	return s, true
}

// fraction reads decimals of a second; beyond the sixth they must be 0.
func (m *moment) fraction(s []byte) (rest []byte, ok bool) {
	unit := 100000
	i := 0
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		d := int(s[i] - '0')
		if unit == 0 && d != 0 {
			return s, false
		}
		m.micros += d * unit
		unit /= 10
		i++
	}
	return s[i:], i > 0
}

// zoneOffset reads nothing, Z, UTC, or ±08, ±0800, ±08:00.
func (m *moment) zoneOffset(s []byte) bool {
	switch string(s) {
	case "":
		return true
	case "Z", "z", "UTC", "GMT":
		m.zoned = true
		return true
	}
	if s[0] != '+' && s[0] != '-' {
		return false
	}
	sign := 1
	if s[0] == '-' {
		sign = -1
	}
	hours, rest, ok := take(s[1:], 2)
	if !ok || hours > 15 {
		return false
	}
	rest = bytes.TrimPrefix(rest, []byte(":"))
	minutes := 0
	if len(rest) > 0 {
		if minutes, rest, ok = take(rest, 2); !ok || minutes > 59 || len(rest) > 0 {
			return false
		}
	}
	m.zoned, m.offset = true, sign*(hours*3600+minutes*60)
	return true
}

// parsePattern reads s by a pattern of %Y %m %d %H %M %S %y and plain text;
// excel stands for a serial number of days.
func parsePattern(s []byte, pattern string) (m moment, ok bool) {
	if pattern == excelSerial {
		return parseSerial(s)
	}
	var year, month, day, hour, minute, second int
	month, day = 1, 1
	for i := 0; i < len(pattern); i++ {
		if pattern[i] != '%' || i+1 == len(pattern) {
			if len(s) == 0 || s[0] != pattern[i] {
				return m, false
			}
			s = s[1:]
			continue
		}
		i++
		width, target := 2, &year
		switch pattern[i] {
		case 'Y':
			width = 4
		case 'y':
		case 'm':
			target = &month
		case 'd':
			target = &day
		case 'H':
			target = &hour
		case 'M':
			target = &minute
		case 'S':
			target = &second
		default:
			return m, false
		}
		before := len(s)
		if *target, s, ok = take(s, width); !ok {
			return m, false
		}
		// Directives that touch have no border but their full width.
		touches := i+1 < len(pattern) && pattern[i+1] == '%' || i >= 3 && pattern[i-3] == '%'
		if (touches || pattern[i] == 'Y') && before-len(s) != width {
			return m, false
		}
		if pattern[i] == 'y' {
			year += 2000
			if year >= 2070 {
				year -= 100
			}
		}
	}
	if len(s) > 0 || hour > 23 || minute > 59 || second > 59 {
		return m, false
	}
	if m.seconds, ok = civil(year, month, day); !ok {
		return m, false
	}
	m.timed = strings.Contains(pattern, "%H")
	m.seconds += int64(hour*3600 + minute*60 + second)
	return m, true
}

// parseSerial reads days since 1899-12-30, with a fraction for the time of day,
// to the nearest second. Only 1950 to 2100 is taken for a date.
func parseSerial(s []byte) (m moment, ok bool) {
	d, ok := parseDigits(s, '.', nil)
	if !ok || d.negative {
		return m, false
	}
	var f float64
	for _, c := range d.mantissa {
		f = f*10 + float64(c-'0')
	}
	for range max(d.exp, 0) {
		f *= 10
	}
	for range max(-d.exp, 0) {
		f /= 10
	}
	if f < 18264 || f > 73416 {
		return m, false
	}
	seconds := int64(f*86400 + 0.5)
	m.seconds = seconds - 25569*86400
	m.timed = seconds%86400 != 0
	return m, true
}

// plainDate reports whether s looks like 2026-01-05.
func plainDate(s []byte) bool {
	return len(s) == 10 && s[4] == '-' && s[7] == '-' && allDigits(s[:4]) && allDigits(s[5:7]) && allDigits(s[8:])
}

// plainTime reports whether s looks like 2026-01-05 10:00:00, perhaps with a T.
func plainTime(s []byte) bool {
	return len(s) == 19 && plainDate(s[:10]) && (s[10] == ' ' || s[10] == 'T') && s[13] == ':' && s[16] == ':' &&
		allDigits(s[11:13]) && s[11] < '3' && (s[11] < '2' || s[12] < '4') && allDigits(s[14:16]) && allDigits(s[17:])
}

func allDigits(s []byte) bool {
	for _, c := range s {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

func appendDate(dst []byte, seconds int64) []byte {
	year, month, day := time.Unix(seconds, 0).UTC().Date()
	dst = append(twoDigits(twoDigits(dst, year/100), year%100), '-')
	dst = append(twoDigits(dst, int(month)), '-')
	return twoDigits(dst, day)
}

// appendTime writes as many digits of a second as there are.
func appendTime(dst []byte, seconds int64, micros int) []byte {
	hour, minute, second := time.Unix(seconds, 0).UTC().Clock()
	dst = append(twoDigits(append(appendDate(dst, seconds), ' '), hour), ':')
	dst = twoDigits(append(twoDigits(dst, minute), ':'), second)
	if micros == 0 {
		return dst
	}
	dst = append(dst, '.')
	dst = twoDigits(twoDigits(twoDigits(dst, micros/10_000), micros/100%100), micros%100)
	return bytes.TrimRight(dst, "0")
}

// twoDigits writes a number below 100 as two of them.
func twoDigits(dst []byte, n int) []byte {
	return append(dst, byte('0'+n/10), byte('0'+n%10))
}
