package pgcat

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"lodestar/internal/calendar"
	"lodestar/internal/pgwire/pgsql"
	"lodestar/internal/text"
	"lodestar/internal/warehouse"
)

// Values are nil, bool, int64, float64, warehouse.Decimal, string, time.Time,
// Interval, Array or Tuple. A date, or a timestamp without zone, is its wall
// clock in UTC; one with zone is an instant.

// Interval is a span of months, days and a rest.
type Interval struct {
	Months, Days int
	Rest         time.Duration
}

// Array is a value of an array type.
type Array []any

// Tuple is a value of several fields.
type Tuple []any

// Format writes a value as PostgreSQL's text format has it. Instants are
// shown in the zone.
func Format(v any, t OID, zone *time.Location) string {
	switch v := v.(type) {
	case nil:
		return ""
	case bool:
		if v {
			return "t"
		}
		return "f"
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return formatFloat(v)
	case string:
		return v
	case time.Time:
		return formatTime(v, t, zone)
	case Interval:
		return v.String()
	case Array:
		return v.format(t, zone)
	case Tuple:
		parts := make([]string, len(v))
		for i, x := range v {
			parts[i] = Format(x, Text, zone)
		}
		return "(" + strings.Join(parts, ",") + ")"
	}
	return fmt.Sprint(v)
}

func formatFloat(f float64) string {
	switch {
	case math.IsInf(f, 1):
		return "Infinity"
	case math.IsInf(f, -1):
		return "-Infinity"
	case math.IsNaN(f):
		return "NaN"
	}
	if a := math.Abs(f); a != 0 && (a >= 1e15 || a < 1e-4) {
		return strconv.FormatFloat(f, 'e', -1, 64)
	}
	return strconv.FormatFloat(f, 'f', -1, 64)
}

func formatTime(v time.Time, t OID, zone *time.Location) string {
	switch t {
	case Date:
		return v.Format("2006-01-02")
	case TimestampTZ:
		if zone == nil {
			zone = time.UTC
		}
		v = v.In(zone)
		out := v.Format("2006-01-02 15:04:05.999999")
		_, offset := v.Zone()
		sign := '+'
		if offset < 0 {
			sign, offset = '-', -offset
		}
		out += fmt.Sprintf("%c%02d", sign, offset/3600)
		if rest := offset % 3600; rest != 0 {
			out += fmt.Sprintf(":%02d", rest/60)
			if rest%60 != 0 {
				out += fmt.Sprintf(":%02d", rest%60)
			}
		}
		return out
	}
	return v.Format("2006-01-02 15:04:05.999999")
}

func (a Array) format(t OID, zone *time.Location) string {
	if t == Int2Vector || t == OIDVector {
		parts := make([]string, len(a))
		for i, x := range a {
			parts[i] = Format(x, Int4, zone)
		}
		return strings.Join(parts, " ")
	}
	var b strings.Builder
	b.WriteByte('{')
	for i, x := range a {
		if i > 0 {
			b.WriteByte(',')
		}
		if x == nil {
			b.WriteString("NULL")
			continue
		}
		s := Format(x, t.Element(), zone)
		if s == "" || strings.EqualFold(s, "null") || strings.ContainsAny(s, "{},\"\\ \t\n\r") {
			s = `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
		}
		b.WriteString(s)
	}
	b.WriteByte('}')
	return b.String()
}

// String writes an interval as PostgreSQL does.
func (iv Interval) String() string {
	var parts []string
	say := func(n int, one string) {
		if n != 0 {
			if n != 1 {
				one += "s"
			}
			parts = append(parts, strconv.Itoa(n)+" "+one)
		}
	}
	say(iv.Months/12, "year")
	say(iv.Months%12, "mon")
	say(iv.Days, "day")
	if iv.Rest != 0 || len(parts) == 0 {
		r, sign := iv.Rest, ""
		if r < 0 {
			r, sign = -r, "-"
		}
		s := fmt.Sprintf("%s%02d:%02d:%02d", sign, int(r.Hours()), int(r.Minutes())%60, int(r.Seconds())%60)
		if f := r % time.Second; f != 0 {
			s += strings.TrimRight(fmt.Sprintf(".%06d", f.Microseconds()), "0")
		}
		parts = append(parts, s)
	}
	return strings.Join(parts, " ")
}

var timeLayouts = []string{"2006-01-02", "2006-01-02 15:04:05", "2006-01-02T15:04:05", "2006-01-02 15:04", "2006-01-02T15:04",
	"2006/01/02", "20060102", "2006-01-02 15", "2006/01/02 15:04:05"}

var zoneLayouts = []string{"Z07:00", " Z07:00", "Z0700", "-07", " -07", " MST"}

// ParseTime reads a date or timestamp. zoned says that it had an offset, which
// at then has as well; else at is the wall clock in UTC.
func ParseTime(s string) (at time.Time, zoned, ok bool) {
	s = strings.TrimSpace(s)
	for _, l := range timeLayouts {
		if t, err := time.Parse(l, s); err == nil {
			return t, false, true
		}
	}
	for _, l := range timeLayouts[:5] {
		for _, z := range zoneLayouts {
			if t, err := time.Parse(l+z, s); err == nil && (z != " MST" || strings.HasSuffix(s, "UTC") || strings.HasSuffix(s, "GMT")) {
				return t, true, true
			}
		}
	}
	return time.Time{}, false, false
}

// ParseInterval reads texts such as "30 days", "1 year 2 mons" or "01:30:00".
func ParseInterval(s string) (Interval, bool) {
	var iv Interval
	words := strings.Fields(strings.ToLower(s))
	if len(words) == 0 {
		return iv, false
	}
	sign := 1.0
	if words[len(words)-1] == "ago" {
		sign = -1
		words = words[:len(words)-1]
	}
	if words[0] == "@" {
		words = words[1:]
	}
	for i := 0; i < len(words); i++ {
		w := words[i]
		if strings.Contains(w, ":") {
			d, ok := clock(w)
			if !ok {
				return iv, false
			}
			iv.Rest += time.Duration(sign) * d
			continue
		}
		digits := strings.TrimRight(w, "abcdefghijklmnopqrstuvwxyz")
		unit := w[len(digits):]
		if unit == "" {
			if i+1 < len(words) {
				i++
				unit = words[i]
			} else {
				unit = "second"
			}
		}
		n, err := strconv.ParseFloat(digits, 64)
		if err != nil || !iv.add(n*sign, strings.TrimSuffix(unit, "s")) {
			return iv, false
		}
	}
	return iv, true
}

func (iv *Interval) add(n float64, unit string) bool {
	if math.Abs(n) > 1e7 {
		return false
	}
	switch unit {
	case "year", "yr", "y":
		iv.Months += int(12 * n)
	case "quarter":
		iv.Months += int(3 * n)
	case "month", "mon":
		iv.Months += int(n)
	case "week", "w":
		iv.Days += int(7 * n)
	case "day", "d":
		iv.Days += int(n)
	case "hour", "h":
		iv.Rest += time.Duration(n * float64(time.Hour))
	case "minute", "min", "m":
		iv.Rest += time.Duration(n * float64(time.Minute))
	case "second", "sec", "":
		iv.Rest += time.Duration(n * float64(time.Second))
	case "millisecond":
		iv.Rest += time.Duration(n * float64(time.Millisecond))
	default:
		return false
	}
	return true
}

func clock(s string) (time.Duration, bool) {
	neg := strings.HasPrefix(s, "-")
	var out time.Duration
	unit := time.Hour
	for part := range strings.SplitSeq(strings.TrimPrefix(s, "-"), ":") {
		n, err := strconv.ParseFloat(part, 64)
		if err != nil || unit == 0 || n < 0 || n > 1e6 {
			return 0, false
		}
		out += time.Duration(n * float64(unit))
		unit /= 60
		if unit < time.Second {
			unit = 0
		}
	}
	if neg {
		out = -out
	}
	return out, true
}

// Plus moves a time by an interval; month ends are kept inside the month.
func Plus(t time.Time, iv Interval, n int) time.Time {
	if m := iv.Months * n; m != 0 {
		day := t.Day()
		first := time.Date(t.Year(), t.Month()+time.Month(m), 1, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), t.Location())
		last := first.AddDate(0, 1, -1).Day()
		t = first.AddDate(0, 0, min(day, last)-1)
	}
	return t.AddDate(0, 0, iv.Days*n).Add(iv.Rest * time.Duration(n))
}

func badValue(at int, s string, t OID) error {
	state := pgsql.StateBadText
	if t.IsTime() {
		state = pgsql.StateBadDate
	}
	return pgsql.Fail(state, at, text.Text{ZH: "{s} 不是有效的 {t}", EN: "{s} is no valid {t}"}, "s", strconv.Quote(s), "t", t)
}

// Parse reads the text form of a value of a type, as parameters have it.
func Parse(s string, t OID, zone *time.Location) (any, error) {
	switch t {
	case Bool:
		switch strings.ToLower(strings.TrimSpace(s)) {
		case "t", "true", "y", "yes", "on", "1":
			return true, nil
		case "f", "false", "n", "no", "off", "0":
			return false, nil
		}
		return nil, badValue(-1, s, t)
	case Int2, Int4, Int8, OIDType, XID:
		n, err := strconv.ParseInt(strings.TrimSpace(s), 10, 64)
		if err != nil || t == Int4 && int64(int32(n)) != n || t == Int2 && int64(int16(n)) != n {
			return nil, badValue(-1, s, t)
		}
		return n, nil
	case Float4, Float8:
		f, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
		if err != nil {
			return nil, badValue(-1, s, t)
		}
		return f, nil
	case Numeric:
		d, err := warehouse.ParseDecimal(strings.TrimSpace(s))
		if err != nil {
			f, ferr := strconv.ParseFloat(strings.TrimSpace(s), 64)
			if ferr != nil {
				return nil, badValue(-1, s, t)
			}
			return f, nil
		}
		return d, nil
	case Date, Timestamp, TimestampTZ:
		at, zoned, ok := ParseTime(s)
		if !ok {
			return nil, badValue(-1, s, t)
		}
		return timeAs(at, zoned, t, zone), nil
	case IntervalOID:
		iv, ok := ParseInterval(s)
		if !ok {
			return nil, badValue(-1, s, t)
		}
		return iv, nil
	case Int2Vector, OIDVector:
		var out Array
		for w := range strings.FieldsSeq(s) {
			v, err := Parse(w, t.Element(), zone)
			if err != nil {
				return nil, err
			}
			out = append(out, v)
		}
		return out, nil
	}
	if e := t.Element(); e != 0 && t != Name {
		return parseArray(s, e, zone)
	}
	return s, nil
}

// timeAs fits a time that was read to a type.
func timeAs(at time.Time, zoned bool, t OID, zone *time.Location) time.Time {
	if zone == nil {
		zone = time.UTC
	}
	if t == TimestampTZ {
		if !zoned {
			return calendar.Resolve(at, zone).In(zone)
		}
		return at.In(zone)
	}
	if zoned { // as in PostgreSQL, what clocks showed there counts
		at = calendar.Civil(at, at.Location())
	}
	if t == Date {
		return at.Truncate(24 * time.Hour)
	}
	return at
}

func parseArray(s string, e OID, zone *time.Location) (any, error) {
	t := strings.TrimSpace(s)
	if len(t) < 2 || t[0] != '{' || t[len(t)-1] != '}' {
		return nil, badValue(-1, s, e.ArrayOf())
	}
	out := Array{}
	t = t[1 : len(t)-1]
	for i := 0; i < len(t); {
		var b strings.Builder
		quoted := t[i] == '"'
		if quoted {
			for i++; i < len(t) && t[i] != '"'; i++ {
				if t[i] == '\\' && i+1 < len(t) {
					i++
				}
				b.WriteByte(t[i])
			}
			i++
		} else {
			for ; i < len(t) && t[i] != ','; i++ {
				b.WriteByte(t[i])
			}
		}
		item := b.String()
		if !quoted && strings.EqualFold(strings.TrimSpace(item), "null") {
			out = append(out, nil)
		} else {
			v, err := Parse(item, e, zone)
			if err != nil {
				return nil, err
			}
			out = append(out, v)
		}
		if i < len(t) && t[i] != ',' {
			return nil, badValue(-1, s, e.ArrayOf())
		}
		i++
	}
	return out, nil
}
