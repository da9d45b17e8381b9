package ingest

import (
	"bytes"
	"slices"
	"strings"
	"time"

	"lodestar/internal/expr"
	"lodestar/internal/semantic"
)

// column converts the values of one column of a file.
type column struct {
	name      string
	to        int // index among the stored columns
	typ       expr.Type
	precision int
	scale     int
	patterns  []string // dates: tried in order; numbers: one
	nulls     []string
	zone      *zone
	key       bool
	serial    bool  // spreadsheets: a number may be a date
	odd       int64 // times that the zone's clocks skip or say twice
	scratch   []byte
}

func newColumn(c semantic.Column, to int, nulls []string, z *zone) *column {
	out := &column{name: c.Name, to: to, typ: c.Type, precision: c.Precision, scale: c.Scale,
		nulls: slices.Concat(nulls, c.Nulls), scratch: make([]byte, 0, 64)}
	if out.precision == 0 {
		out.precision, out.scale = 18, 6
	}
	if c.Format != "" {
		out.patterns = strings.Split(c.Format, "|")
	}
	if c.Type == expr.Timestamp {
		out.zone = z
	}
	return out
}

// missing reports whether a cell holds no value.
func (c *column) missing(v cell) bool {
	if v.null {
		return true
	}
	if c.typ == expr.String {
		return !v.quoted && (len(v.text) == 0 || c.isNull(v.text))
	}
	text := bytes.TrimSpace(v.text)
	return len(text) == 0 || c.isNull(text)
}

func (c *column) isNull(text []byte) bool {
	for _, n := range c.nulls {
		if string(text) == n {
			return true
		}
	}
	return false
}

// convert appends the value in the one form that the engine reads exactly, or
// tells why the value does not fit. The cell is not missing.
func (c *column) convert(dst, text []byte) ([]byte, string) {
	if c.typ == expr.String {
		return append(dst, text...), ""
	}
	text = bytes.TrimSpace(text)
	switch c.typ {
	case expr.Integer, expr.Decimal, expr.Float:
		return c.number(dst, text)
	case expr.Boolean:
		return appendBoolean(dst, text)
	case expr.Date:
		m, ok := c.moment(text)
		if !ok || m.timed && m.seconds%86400 != 0 {
			return dst, notADate
		}
		return appendDate(dst, m.seconds-m.seconds%86400), ""
	case expr.Timestamp:
		m, ok := c.moment(text)
		if !ok {
			return dst, notATime
		}
		seconds, micros := within(c.utc(m), m.micros)
		return appendTime(dst, seconds, micros), ""
	}
	return dst, notConverted
}

// The times that there are, in seconds since 1970.
var (
	firstTime = time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC).Unix()
	lastTime  = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC).Unix()
)

// within keeps a moment among them: the end of the year 9999, by which many
// systems say "for ever", would be a later year by the clocks of UTC.
func within(seconds int64, micros int) (int64, int) {
	switch {
	case seconds < firstTime:
		return firstTime, 0
	case seconds > lastTime:
		return lastTime, 999_999
	}
	return seconds, micros
}

// utc counts odd local times on the way.
func (c *column) utc(m moment) int64 {
	switch {
	case m.zoned:
		return m.seconds - int64(m.offset)
	case c.zone == nil:
		return m.seconds
	}
	seconds, odd := c.zone.utc(m.seconds)
	if odd {
		c.odd++
	}
	return seconds
}

func (c *column) moment(text []byte) (moment, bool) {
	for _, p := range c.patterns {
		if m, ok := parsePattern(text, p); ok {
			return m, true
		}
	}
	if m, ok := parseMoment(text); ok && (len(c.patterns) == 0 || c.typ == expr.Timestamp) {
		return m, true
	}
	if c.serial {
		return parseSerial(text)
	}
	return moment{}, false
}

func (c *column) number(dst, text []byte) ([]byte, string) {
	if len(c.patterns) > 0 {
		d, ok := loose(text, c.patterns[0], c.scratch)
		switch {
		case !ok:
			return dst, notANumber
		case c.typ == expr.Integer:
			return d.integer(dst, ok)
		case c.typ == expr.Decimal:
			return d.decimal(dst, c.precision, c.scale)
		}
		exact, why := d.decimal(nil, 700, 350)
		if why != "" {
			return dst, why
		}
		return appendFloat(dst, exact)
	}
	switch c.typ {
	case expr.Integer:
		return appendInteger(dst, text, '.', c.scratch)
	case expr.Float:
		return appendFloat(dst, text)
	}
	if plainDecimal(text, c.precision-c.scale, c.scale) {
		return append(dst, text...), ""
	}
	d, ok := parseDigits(text, '.', c.scratch)
	if !ok {
		return dst, notANumber
	}
	return d.decimal(dst, c.precision, c.scale)
}

func appendBoolean(dst, text []byte) ([]byte, string) {
	switch strings.ToLower(string(text)) {
	case "true", "t", "1", "yes", "y", "是", "真":
		return append(dst, "true"...), ""
	case "false", "f", "0", "no", "n", "否", "假":
		return append(dst, "false"...), ""
	}
	return dst, notABoolean
}

// plain reports whether the engine reads the cell exactly as convert would,
// and counts odd local times. What is not plain ends the first lane.
func (c *column) plain(v cell) bool {
	if c.typ == expr.String {
		return true
	}
	text := v.text
	if len(text) == 0 {
		return !v.quoted
	}
	if v.quoted && c.isNull(text) {
		return false
	}
	switch c.typ {
	case expr.Integer:
		return plainInteger(text) || c.isNull(text)
	case expr.Decimal:
		return plainDecimal(text, c.precision-c.scale, c.scale) || c.isNull(text)
	case expr.Float:
		return plainDecimal(text, 15, 15) || c.isNull(text)
	case expr.Boolean:
		s := string(text)
		return s == "true" || s == "false" || s == "0" || s == "1" || s == "TRUE" || s == "FALSE" ||
			s == "True" || s == "False" || c.isNull(text)
	case expr.Date:
		if len(c.patterns) > 0 { // only %Y%m%d gets here
			return len(text) == 8 && allDigits(text) || c.isNull(text)
		}
		return plainDate(text) || c.isNull(text)
	case expr.Timestamp:
		return plainTime(text) && c.oddCounted(text) || c.isNull(text)
	}
	return false
}

func (c *column) oddCounted(text []byte) bool {
	if c.zone == nil {
		return true
	}
	year, _, _ := take(text, 4)
	if year > max(c.zone.last, 1) && year < 9999 {
		return true
	}
	m, ok := parseMoment(text)
	if ok {
		at := c.utc(m)
		ok = firstTime <= at && at <= lastTime
	}
	return ok
}
