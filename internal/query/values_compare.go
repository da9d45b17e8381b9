package query

import (
	"cmp"
	"time"

	"lodestar/internal/warehouse"
)

// Float gives a value of an answer as a number; false when it is none.
func Float(v any) (float64, bool) {
	switch v := v.(type) {
	case int64:
		return float64(v), true
	case float64:
		return v, true
	case warehouse.Decimal:
		return v.Float64(), true
	case int:
		return float64(v), true
	}
	return 0, false
}

// compareOrdered orders values as engines do: NULL last either way, text by
// bytes, false before true.
func compareOrdered(a, b any, desc bool) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return 1
	case b == nil:
		return -1
	}
	c := compareValues(a, b)
	if desc {
		return -c
	}
	return c
}

func compareValues(a, b any) int {
	if x, ok := a.(int64); ok {
		if y, ok := b.(int64); ok {
			return cmp.Compare(x, y)
		}
	}
	if x, ok := Float(a); ok {
		if y, ok := Float(b); ok {
			return cmp.Compare(x, y)
		}
	}
	switch x := a.(type) {
	case string:
		if y, ok := b.(string); ok {
			return cmp.Compare(x, y)
		}
	case time.Time:
		if y, ok := b.(time.Time); ok {
			return x.Compare(y)
		}
	case bool:
		if y, ok := b.(bool); ok && x != y {
			if y {
				return -1
			}
			return 1
		}
	}
	return 0
}
