package web

import (
	"math/big"
	"strconv"
	"strings"
	"time"

	"lodestar/internal/expr"
	"lodestar/internal/fault"
	"lodestar/internal/source/record"
	"lodestar/internal/text"
)

// cursor is the greatest value seen of a column that grows, as the spool has it.
type cursor struct {
	typ   expr.Type
	value string // empty for none
}

// less compares: times as texts, which are written so that this works.
func (c cursor) less(a, b string) bool {
	if c.typ.IsTime() {
		return a < b
	}
	x, ok1 := new(big.Rat).SetString(a)
	y, ok2 := new(big.Rat).SetString(b)
	return ok1 && ok2 && x.Cmp(y) < 0
}

func (c *cursor) see(value string) {
	if !c.valid(value) {
		return // the loader sets the row aside
	}
	if c.value == "" || c.less(c.value, value) {
		c.value = value
	}
}

func (c cursor) valid(value string) bool {
	var err error
	switch c.typ {
	case expr.Date:
		_, err = time.Parse("2006-01-02", value)
	case expr.Timestamp:
		_, err = time.Parse(record.Stamp, value)
	default:
		return value != "" && strings.Trim(value, "-.0123456789") == ""
	}
	return err == nil
}

// limited is the value, but not beyond the moment at which reading began: one
// record of the year 9999 must not hide those that came meanwhile.
func (c cursor) limited(now time.Time) string {
	limit := now.UTC().Format(record.Stamp)
	if c.typ == expr.Date {
		limit = limit[:10]
	}
	if c.typ.IsTime() && limit < c.value {
		return limit
	}
	return c.value
}

// asked writes a value less the lookback as the interface takes it.
func (c cursor) asked(value, format string, back time.Duration, number int64) (string, error) {
	if value == "" {
		return "", nil
	}
	if !c.typ.IsTime() {
		if n, err := strconv.ParseInt(value, 10, 64); err == nil && n-number < n {
			return strconv.FormatInt(n-number, 10), nil
		}
		return value, nil
	}
	layout := record.Stamp
	if c.typ == expr.Date || len(value) == 10 {
		layout = "2006-01-02"
	}
	at, err := time.Parse(layout, value)
	if err != nil {
		return "", fault.New(fault.Invalid, "bad_range", text.Text{
			EN: "{value} is no time; write it like 2026-01-31 or 2026-01-31 12:00:00", ZH: "{value} 不是时间；请写成 2026-01-31 或 2026-01-31 12:00:00"}, "value", value).Wrap(err)
	}
	at = at.Add(-back)
	switch format {
	case "date":
		return at.Format("2006-01-02"), nil
	case "unix", "number":
		return strconv.FormatInt(at.Unix(), 10), nil
	case "milliseconds":
		return strconv.FormatInt(at.UnixMilli(), 10), nil
	}
	return at.Format("2006-01-02T15:04:05Z"), nil
}
