package pgcat

import (
	"fmt"
	"strings"
	"time"

	"lodestar/internal/calendar"
	"lodestar/internal/pgwire/pgsql"
	"lodestar/internal/text"
)

// timeFunctions compute with dates and timestamps.
var timeFunctions map[string]function

func init() {
	now := function{result: TimestampTZ, eval: func(c *compiler, _ []any) (any, error) { return c.sess.Now, nil }}
	timeFunctions = map[string]function{
		"now": now, "current_timestamp": now, "transaction_timestamp": now, "statement_timestamp": now, "clock_timestamp": now,
		"pg_postmaster_start_time": now,
		"current_date": {result: Date, eval: func(c *compiler, _ []any) (any, error) {
			return calendar.Civil(c.sess.Now, c.sess.Zone).Truncate(24 * time.Hour), nil
		}},
		"localtimestamp": {result: Timestamp, eval: func(c *compiler, _ []any) (any, error) {
			return calendar.Civil(c.sess.Now, c.sess.Zone), nil
		}},
		"date_trunc": {args: []OID{Text, Unknown, Text}, optional: 1, result: Timestamp, eval: dateTrunc},
		"date_part":  {args: []OID{Text, Unknown}, result: Float8, eval: datePart}, "extract": {args: []OID{Text, Unknown}, result: Numeric, eval: datePart},
		"timezone": {args: []OID{Text, Unknown}, result: Timestamp, eval: func(c *compiler, a []any) (any, error) {
			zone, err := time.LoadLocation(str(a[0]))
			at, ok := a[1].(time.Time)
			if err != nil || !ok {
				return nil, badValue(-1, str(a[0]), Text)
			}
			return calendar.Civil(at, zone), nil
		}},
		"to_date": {args: []OID{Text, Text}, optional: 1, result: Date, eval: func(_ *compiler, a []any) (any, error) {
			at, err := parseLike(a)
			return at.Truncate(24 * time.Hour), err
		}},
		"to_timestamp": {args: []OID{Unknown, Text}, optional: 1, result: Timestamp, eval: func(_ *compiler, a []any) (any, error) {
			if n, ok := number(a[0]); ok && len(a) == 1 {
				return time.UnixMicro(int64(n * 1e6)).UTC(), nil
			}
			return parseLike(a)
		}},
		"make_date": {args: []OID{Int4, Int4, Int4}, result: Date, eval: func(_ *compiler, a []any) (any, error) {
			s := fmt.Sprintf("%04d-%02d-%02d", a[0], a[1], a[2])
			at, _, ok := ParseTime(s)
			if !ok {
				return nil, badValue(-1, s, Date)
			}
			return at, nil
		}},
		"date": {args: []OID{Date}, result: Date, eval: func(_ *compiler, a []any) (any, error) { return a[0], nil }},
	}
}

// civil is a time as clocks in the session's zone show it.
func (c *compiler) civil(v any) (time.Time, bool) {
	at, ok := v.(time.Time)
	if !ok {
		if s, isText := v.(string); isText {
			at, _, ok = ParseTime(s)
		}
		return at, ok
	}
	if at.Location() != time.UTC {
		return calendar.Civil(at, c.sess.Zone), true
	}
	return at, true
}

func dateTrunc(c *compiler, a []any) (any, error) {
	at, ok := c.civil(a[1])
	if !ok {
		return nil, badValue(-1, str(a[1]), Timestamp)
	}
	y, m, d := at.Date()
	switch strings.ToLower(str(a[0])) {
	case "second":
		return at.Truncate(time.Second), nil
	case "minute":
		return at.Truncate(time.Minute), nil
	case "hour":
		return at.Truncate(time.Hour), nil
	case "day":
		return at.Truncate(24 * time.Hour), nil
	case "week":
		return time.Date(y, m, d-(int(at.Weekday())+6)%7, 0, 0, 0, 0, time.UTC), nil
	case "month":
		return time.Date(y, m, 1, 0, 0, 0, 0, time.UTC), nil
	case "quarter":
		return time.Date(y, m-(m-1)%3, 1, 0, 0, 0, 0, time.UTC), nil
	case "year":
		return time.Date(y, 1, 1, 0, 0, 0, 0, time.UTC), nil
	}
	return nil, pgsql.Fail(pgsql.StateBadValue, -1, text.Text{ZH: "没有名为 {u} 的时间单位", EN: "there is no unit of time {u}"}, "u", a[0])
}

func datePart(c *compiler, a []any) (any, error) {
	part := strings.ToLower(str(a[0]))
	if iv, ok := a[1].(Interval); ok {
		if part == "epoch" {
			return iv.about().Seconds(), nil
		}
		return nil, pgsql.Unsupported(-1, text.Text{ZH: "取时间间隔的 {p}", EN: "taking {p} of an interval"}.With("p", part))
	}
	at, ok := c.civil(a[1])
	if !ok {
		return nil, badValue(-1, str(a[1]), Timestamp)
	}
	_, week := at.ISOWeek()
	switch part {
	case "year":
		return float64(at.Year()), nil
	case "quarter":
		return float64((at.Month()-1)/3 + 1), nil
	case "month":
		return float64(at.Month()), nil
	case "week":
		return float64(week), nil
	case "day":
		return float64(at.Day()), nil
	case "doy":
		return float64(at.YearDay()), nil
	case "dow":
		return float64(at.Weekday()), nil
	case "isodow":
		return float64((at.Weekday()+6)%7 + 1), nil
	case "hour":
		return float64(at.Hour()), nil
	case "minute":
		return float64(at.Minute()), nil
	case "second":
		return float64(at.Second()), nil
	case "epoch":
		return float64(at.UnixMicro()) / 1e6, nil
	}
	return nil, pgsql.Fail(pgsql.StateBadValue, -1, text.Text{ZH: "没有名为 {u} 的时间单位", EN: "there is no unit of time {u}"}, "u", part)
}

// parseLike reads a time by a pattern such as YYYY-MM-DD HH24:MI:SS.US.
func parseLike(a []any) (time.Time, error) {
	s := str(a[0])
	if len(a) > 1 {
		layout := strings.NewReplacer("YYYY", "2006", "MM", "01", "DD", "02", "HH24", "15", "HH12", "03", "MI", "04", "SS", "05",
			".US", ".999999", ".MS", ".999", "Mon", "Jan", "Month", "January").Replace(str(a[1]))
		if at, err := time.Parse(layout, s); err == nil {
			return at, nil
		}
		// Go takes fractions after seconds without being told.
		if at, err := time.Parse(strings.NewReplacer(".999999", "", ".999", "").Replace(layout), s); err == nil {
			return at, nil
		}
	}
	at, _, ok := ParseTime(s)
	if !ok {
		return at, badValue(-1, s, Timestamp)
	}
	return at, nil
}
