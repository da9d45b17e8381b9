package direct

import (
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"

	"lodestar/internal/expr"
	"lodestar/internal/warehouse"
)

// Plain reads what a dialect is to write as a literal of a type: text that
// stands for a value of another type becomes that value, or nil when it is
// none. It gives nil, bool, int64, warehouse.Decimal, a finite float64,
// time.Time in UTC, or string.
func Plain(v any, t expr.Type) any {
	switch v := v.(type) {
	case int:
		return Plain(int64(v), t)
	case int64:
		switch t {
		case expr.Decimal:
			return warehouse.NewDecimal(v, 0)
		case expr.Float:
			return float64(v)
		}
		return v
	case *big.Int:
		return warehouse.BigDecimal(v, 0)
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil
		}
	case time.Time:
		return v.UTC()
	case string:
		return plainText(v, t)
	}
	return v
}

func plainText(s string, t expr.Type) any {
	switch t {
	case expr.Date:
		if v, err := time.Parse(time.DateOnly, s); err == nil {
			return v
		}
	case expr.Timestamp:
		for _, layout := range []string{time.RFC3339Nano, "2006-01-02 15:04:05", "2006-01-02T15:04:05", time.DateOnly} {
			if v, err := time.Parse(layout, s); err == nil {
				return v.UTC()
			}
		}
	case expr.Integer, expr.Decimal:
		if v, err := warehouse.ParseDecimal(s); err == nil {
			if t == expr.Integer && v.Scale() == 0 && v.Unscaled().IsInt64() {
				return v.Unscaled().Int64()
			}
			return v
		}
	case expr.Float:
		if v, err := strconv.ParseFloat(s, 64); err == nil {
			return Plain(v, t)
		}
	case expr.Boolean:
		if v, err := strconv.ParseBool(s); err == nil {
			return v
		}
	default:
		return s
	}
	return nil
}

// Stamp writes a time as engines read it.
func Stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05.999999") }

// Number gives what digits in an answer stand for: an int64 where it fits and
// has no fraction, else a Decimal; nil for what is no number, as NaN.
func Number(digits string) any {
	d, err := warehouse.ParseDecimal(digits)
	if err != nil {
		return nil
	}
	if d.Scale() == 0 {
		return warehouse.Normalise(d.Unscaled())
	}
	return d
}

// WholeNumber reads a literal written by a dialect, such as 3 or (-3)::bigint.
func WholeNumber(x expr.SQL) (int64, bool) {
	s, _, _ := strings.Cut(x.Text, "::")
	s = strings.TrimSuffix(strings.TrimPrefix(s, "("), ")")
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil && len(x.Args) == 0
}

// Signed puts a negative number in brackets: two signs in a row are a comment.
func Signed(digits string) string {
	if strings.HasPrefix(digits, "-") {
		return "(" + digits + ")"
	}
	return digits
}
