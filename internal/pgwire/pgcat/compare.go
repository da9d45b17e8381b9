package pgcat

import (
	"cmp"
	"sort"
	"strconv"
	"strings"
	"time"

	"lodestar/internal/warehouse"
)

// compare orders two values that are not NULL; ok is false when they cannot
// be compared. Text meets other types as what it reads as.
func compare(a, b any) (int, bool) {
	switch x := a.(type) {
	case int64:
		switch y := b.(type) {
		case int64:
			return cmp.Compare(x, y), true
		case float64:
			return cmp.Compare(float64(x), y), true
		case warehouse.Decimal:
			return cmp.Compare(float64(x), y.Float64()), true
		case string:
			if n, err := strconv.ParseInt(strings.TrimSpace(y), 10, 64); err == nil {
				return cmp.Compare(x, n), true
			}
		}
	case float64:
		if y, ok := number(b); ok {
			return cmp.Compare(x, y), true
		}
	case warehouse.Decimal:
		if y, ok := number(b); ok {
			return cmp.Compare(x.Float64(), y), true
		}
	case string:
		if y, ok := b.(string); ok {
			return strings.Compare(x, y), true
		}
		n, ok := compare(b, a)
		return -n, ok
	case bool:
		switch y := b.(type) {
		case bool:
			if x == y {
				return 0, true
			}
			if y {
				return -1, true
			}
			return 1, true
		case string:
			if v, err := Parse(y, Bool, nil); err == nil {
				return compare(x, v)
			}
		}
	case time.Time:
		switch y := b.(type) {
		case time.Time:
			return x.Compare(y), true
		case string:
			if t, _, ok := ParseTime(y); ok {
				return x.Compare(t), true
			}
		}
	case Interval:
		if y, ok := b.(Interval); ok {
			return cmp.Compare(x.about(), y.about()), true
		}
	case Array:
		if y, ok := b.(Array); ok {
			return compareLists(x, y)
		}
	case Tuple:
		if y, ok := b.(Tuple); ok {
			return compareLists(x, y)
		}
	}
	return 0, false
}

func (iv Interval) about() time.Duration {
	return time.Duration(iv.Months*30+iv.Days)*24*time.Hour + iv.Rest
}

func compareLists(a, b []any) (int, bool) {
	for i := range a {
		if i >= len(b) {
			return 1, true
		}
		if a[i] == nil || b[i] == nil {
			if (a[i] == nil) != (b[i] == nil) {
				return 1, true
			}
			continue
		}
		if n, ok := compare(a[i], b[i]); !ok || n != 0 {
			return n, ok
		}
	}
	return cmp.Compare(len(a), len(b)), true
}

func number(v any) (float64, bool) {
	switch v := v.(type) {
	case int64:
		return float64(v), true
	case float64:
		return v, true
	case warehouse.Decimal:
		return v.Float64(), true
	case string:
		f, err := strconv.ParseFloat(strings.TrimSpace(v), 64)
		return f, err == nil
	}
	return 0, false
}

func sortRows(rows [][]any, keys []sortKey) {
	if len(keys) == 0 {
		return
	}
	sort.SliceStable(rows, func(i, j int) bool { return lessRow(rows[i], rows[j], keys) })
}

func lessRow(a, b []any, keys []sortKey) bool {
	for _, k := range keys {
		x, y := a[k.at], b[k.at]
		if x == nil || y == nil {
			if (x == nil) == (y == nil) {
				continue
			}
			return (x == nil) == k.nullsFirst
		}
		n, _ := compare(x, y)
		if n != 0 {
			return (n < 0) != k.desc
		}
	}
	return false
}

// keyOf is a text that is the same for rows that are.
func keyOf(row []any) string {
	var b []byte
	for _, v := range row {
		b = appendKey(b, v)
	}
	return string(b)
}

func appendKey(b []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(b, 'n')
	case bool:
		return append(strconv.AppendBool(append(b, 'b'), v), 0)
	case int64:
		return append(strconv.AppendInt(append(b, 'd'), v, 10), 0)
	case float64:
		if v == float64(int64(v)) {
			return append(strconv.AppendInt(append(b, 'd'), int64(v), 10), 0)
		}
		return append(strconv.AppendFloat(append(b, 'f'), v, 'g', -1, 64), 0)
	case string:
		b = strconv.AppendInt(append(b, 's'), int64(len(v)), 10)
		return append(append(b, ':'), v...)
	case Array:
		b = append(b, '[')
		for _, x := range v {
			b = appendKey(b, x)
		}
		return append(b, ']')
	case Tuple:
		b = append(b, '(')
		for _, x := range v {
			b = appendKey(b, x)
		}
		return append(b, ')')
	}
	return append(append(append(b, 'o'), Format(v, TimestampTZ, time.UTC)...), 0)
}
