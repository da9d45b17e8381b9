package event

import (
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"

	"lodestar/internal/expr"
	"lodestar/internal/warehouse"
)

// convert gives the value as it is stored, or says why it cannot be.
func (f *field) convert(v []byte) (any, *Reason) {
	blame := func(kind, expected string) *Reason {
		return &Reason{Layer: LayerProperty, Kind: kind, Property: f.Name, Found: shown(v), Expected: expected}
	}
	x, ok := f.typed(v)
	if !ok {
		found := shown(v)
		if isText(v) { // or it would look like the number that it is not
			found = strconv.Quote(found)
		}
		return nil, &Reason{Layer: LayerProperty, Kind: WrongType, Property: f.Name, Found: found, Expected: string(f.Type)}
	}
	if f.values != nil {
		s, isString := x.(string)
		if n, isInt := x.(int64); isInt {
			s, isString = strconv.FormatInt(n, 10), true
		}
		if !isString || !f.values[s] {
			return nil, blame(NotAllowed, cut(strings.Join(f.Values, ", "), 200))
		}
	}
	if f.pattern != nil {
		if s, isString := x.(string); isString && !f.pattern.MatchString(s) {
			return nil, blame(NoMatch, cut(f.Pattern, 200))
		}
	}
	if f.Min != nil || f.Max != nil {
		n := number(x)
		if f.Min != nil && n < *f.Min || f.Max != nil && n > *f.Max {
			return nil, blame(OutOfRange, f.span())
		}
	}
	return x, nil
}

// span writes the range of a number.
func (f *field) span() string {
	write := func(x *float64) string {
		if x == nil {
			return ""
		}
		return strconv.FormatFloat(*x, 'f', -1, 64)
	}
	return write(f.Min) + " … " + write(f.Max)
}

func number(x any) float64 {
	switch x := x.(type) {
	case int64:
		return float64(x)
	case float64:
		return x
	case warehouse.Decimal:
		return x.Float64()
	}
	return math.NaN()
}

// typed converts without losing anything: a text is not taken for a number, nor
// a number for a text. Decimals may come as text, since JSON's own numbers are
// often made from floats; they are rounded to the digits that are kept.
func (f *field) typed(v []byte) (any, bool) {
	switch f.Type {
	case expr.String:
		if isText(v) {
			return string(unquoted(v)), true
		}
	case expr.Boolean:
		if kindOf(v) == "boolean" {
			return v[0] == 't', true
		}
	case expr.Integer:
		if isNumber(v) {
			return integer(v)
		}
	case expr.Float:
		if isNumber(v) {
			x, err := strconv.ParseFloat(string(v), 64)
			return x, err == nil
		}
	case expr.Decimal:
		if isText(v) {
			v = unquoted(v)
		}
		if isNumber(v) {
			return decimal(string(v), f.to.Precision, f.to.Scale)
		}
	case expr.Date:
		if isText(v) {
			at, err := time.Parse(time.DateOnly, string(unquoted(v)))
			return at, err == nil && sane(at)
		}
	case expr.Timestamp:
		if isText(v) {
			at, err := time.Parse(time.RFC3339Nano, string(unquoted(v)))
			return at.UTC().Truncate(time.Microsecond), err == nil && sane(at.UTC())
		}
	}
	return nil, false
}

func sane(at time.Time) bool { return at.Year() >= 1 && at.Year() <= 9999 }

func integer(v []byte) (any, bool) {
	if n, err := strconv.ParseInt(string(v), 10, 64); err == nil {
		return n, true
	}
	r, ok := new(big.Rat).SetString(string(v)) // 1.0 and 1e3 are whole
	if !ok || !r.IsInt() || !r.Num().IsInt64() {
		return nil, false
	}
	return r.Num().Int64(), true
}

// decimal reads a number and rounds it half away from zero.
func decimal(s string, precision, scale int) (any, bool) {
	if len(s) <= 17 { // most numbers: digits that fit 64 bits as they are
		if d, ok := shortDecimal(s, precision, scale); ok {
			return d, true
		}
	}
	if strings.ContainsAny(s, "/_xXpP") || checkJSON([]byte(s)) != nil {
		return nil, false // a text that is no plain number
	}
	r, ok := new(big.Rat).SetString(s)
	if !ok {
		return nil, false
	}
	text := r.FloatString(scale)
	d, err := warehouse.ParseDecimal(text)
	if err != nil || len(strings.TrimLeft(strings.NewReplacer("-", "", ".", "").Replace(text), "0")) > precision {
		return nil, false
	}
	return d, true
}

// shortDecimal reads digits with at most scale of them after the point.
func shortDecimal(s string, precision, scale int) (any, bool) {
	n, after, point, negative := int64(0), 0, false, false
	digits := 0
	for i := range len(s) {
		switch b := s[i]; {
		case b == '-' && i == 0:
			negative = true
		case b == '.' && !point:
			point = true
		case b >= '0' && b <= '9':
			n = n*10 + int64(b-'0')
			digits++
			if point {
				after++
			}
		default:
			return nil, false
		}
	}
	for ; after < scale && digits < 18; after++ {
		n *= 10
		digits++
	}
	if after != scale || digits > min(precision, 18) || digits == 0 {
		return nil, false
	}
	if negative {
		n = -n
	}
	return warehouse.NewDecimal(n, scale), true
}

// appendQuoted writes a text as JSON.
func appendQuoted(b, s []byte) []byte {
	b = append(b, '"')
	for _, c := range s {
		switch {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c < ' ':
			b = append(b, `\u00`...)
			b = append(b, "0123456789abcdef"[c>>4], "0123456789abcdef"[c&15])
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
}
