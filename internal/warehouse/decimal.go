package warehouse

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"

	"lodestar/internal/expr"
)

// Decimal is an exact number: an integer divided by a power of ten. The zero
// value is 0. It prints all digits of its scale and is written to JSON as a
// number.
type Decimal struct {
	small int64
	large *big.Int // set only when the unscaled value does not fit small
	scale int
}

// NewDecimal is unscaled / 10^scale.
func NewDecimal(unscaled int64, scale int) Decimal { return Decimal{small: unscaled, scale: scale} }

// BigDecimal is unscaled / 10^scale for integers of any size; unscaled is copied.
func BigDecimal(unscaled *big.Int, scale int) Decimal {
	if unscaled.IsInt64() {
		return Decimal{small: unscaled.Int64(), scale: scale}
	}
	return Decimal{large: new(big.Int).Set(unscaled), scale: scale}
}

// ParseDecimal reads "-12.340"; the digits after the point are its scale.
func ParseDecimal(s string) (Decimal, error) {
	whole, fraction, _ := strings.Cut(s, ".")
	n, ok := new(big.Int).SetString(whole+fraction, 10)
	if !ok || strings.ContainsAny(fraction, "+-_") || strings.Contains(whole, "_") {
		return Decimal{}, fmt.Errorf("%.40q is not a decimal number", s)
	}
	return BigDecimal(n, len(fraction)), nil
}

// Unscaled gives the integer of all digits, as a copy.
func (d Decimal) Unscaled() *big.Int {
	if d.large != nil {
		return new(big.Int).Set(d.large)
	}
	return big.NewInt(d.small)
}

// Scale is the number of digits after the point.
func (d Decimal) Scale() int { return d.scale }

// String writes all digits, as in "-12.340".
func (d Decimal) String() string {
	var digits string
	var negative bool
	if d.large != nil {
		digits, negative = new(big.Int).Abs(d.large).String(), d.large.Sign() < 0
	} else {
		digits, negative = strings.CutPrefix(strconv.FormatInt(d.small, 10), "-")
	}
	if d.scale > 0 {
		if missing := d.scale + 1 - len(digits); missing > 0 {
			digits = strings.Repeat("0", missing) + digits
		}
		at := len(digits) - d.scale
		digits = digits[:at] + "." + digits[at:]
	}
	if negative {
		return "-" + digits
	}
	return digits
}

// Float64 gives the nearest float.
func (d Decimal) Float64() float64 {
	f, _ := new(big.Rat).SetFrac(d.Unscaled(), power(d.scale)).Float64()
	return f
}

func power(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }

// MarshalJSON writes a JSON number with all digits.
func (d Decimal) MarshalJSON() ([]byte, error) { return []byte(d.String()), nil }

// Normalise turns what a driver gives into what Rows promises: integers that
// fit become int64, wider ones a Decimal of scale 0; infinities and NaN are no
// value, as a division by zero is none.
func Normalise(v any) any {
	switch v := v.(type) {
	case int:
		return int64(v)
	case int8:
		return int64(v)
	case int16:
		return int64(v)
	case int32:
		return int64(v)
	case uint8:
		return int64(v)
	case uint16:
		return int64(v)
	case uint32:
		return int64(v)
	case uint64:
		return whole(new(big.Int).SetUint64(v))
	case *big.Int:
		return whole(v)
	case float32:
		return Normalise(float64(v))
	case float64:
		if math.IsInf(v, 0) || math.IsNaN(v) {
			return nil
		}
	case []byte:
		return string(v)
	}
	return v
}

// As gives v as a value of the type where its engine could not: 0 and 1 for
// booleans.
func As(v any, t expr.Type) any {
	if n, ok := v.(int64); ok && t == expr.Boolean {
		return n != 0
	}
	return v
}

func whole(n *big.Int) any {
	if n.IsInt64() {
		return n.Int64()
	}
	return BigDecimal(n, 0)
}
