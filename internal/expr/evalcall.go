package expr

import (
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"
)

// call works out a function. Only some take NULL.
func call(t *term, args []any) (any, error) {
	switch t.name {
	case "concat":
		var b strings.Builder
		for _, a := range args {
			if a != nil {
				b.WriteString(a.(string))
			}
		}
		return b.String(), nil
	case "greatest", "least":
		return extreme(t, args), nil
	case "nullif":
		if args[0] != nil && args[1] != nil && order(args[0], args[1]) == 0 {
			return nil, nil
		}
		return args[0], nil
	}
	if slices.Contains(args, nil) {
		return nil, nil
	}
	switch args[0].(type) {
	case string:
		return callText(t, args), nil
	case time.Time:
		return callTime(t, args), nil
	}
	return callNumber(t, args)
}

func extreme(t *term, args []any) any {
	var best any
	for _, a := range args {
		if a == nil {
			continue
		}
		if best == nil || (t.name == "greatest") == (order(a, best) > 0) && order(a, best) != 0 {
			best = a
		}
	}
	return widen(best, t.typ)
}

func callText(t *term, args []any) any {
	s := args[0].(string)
	other := func(i int) string { return args[i].(string) }
	switch t.name {
	case "lower":
		return strings.ToLower(s)
	case "upper":
		return strings.ToUpper(s)
	case "trim":
		return strings.Trim(s, " ")
	case "length":
		return int64(len([]rune(s)))
	case "starts_with":
		return strings.HasPrefix(s, other(1))
	case "contains":
		return strings.Contains(s, other(1))
	case "like":
		return like([]rune(s), []rune(other(1)))
	case "replace":
		if other(1) == "" {
			return s
		}
		return strings.ReplaceAll(s, other(1), other(2))
	}
	return part(t.name, []rune(s), args[1:])
}

// part cuts characters out; Check made sure that counts are not negative.
func part(name string, s []rune, args []any) any {
	size := int64(len(s))
	n := min(args[0].(int64), size)
	switch name {
	case "left":
		return string(s[:n])
	case "right":
		return string(s[size-n:])
	}
	from := min(args[0].(int64)-1, size)
	to := size
	if len(args) > 1 {
		to = from + min(args[1].(int64), size-from)
	}
	return string(s[from:to])
}

// like matches % and _ by walking forward and going back to the last %.
func like(s, pattern []rune) bool {
	i, p, star, mark := 0, 0, -1, 0
	for i < len(s) {
		switch {
		case p < len(pattern) && pattern[p] == '%':
			star, mark = p, i
			p++
		case p < len(pattern) && (pattern[p] == '_' || pattern[p] == s[i]):
			p++
			i++
		case star >= 0:
			mark++
			p, i = star+1, mark
		default:
			return false
		}
	}
	for p < len(pattern) && pattern[p] == '%' {
		p++
	}
	return p == len(pattern)
}

func callTime(t *term, args []any) any {
	at := args[0].(time.Time)
	y, m, d := at.Date()
	quarter := (m-1)/3 + 1
	dow := (int64(at.Weekday())+6)%7 + 1
	day := func(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }
	switch t.name {
	case "year":
		return int64(y)
	case "quarter":
		return int64(quarter)
	case "month":
		return int64(m)
	case "day":
		return int64(d)
	case "dow":
		return dow
	case "hour":
		return int64(at.Hour())
	case "days_between":
		return int64(args[1].(time.Time).Sub(at) / (24 * time.Hour))
	case "trunc_week":
		return day(y, m, d+1-int(dow))
	case "trunc_month":
		return day(y, m, 1)
	case "trunc_quarter":
		return day(y, quarter*3-2, 1)
	case "trunc_year":
		return day(y, time.January, 1)
	}
	return day(y, m, d) // date, trunc_day
}

func callNumber(t *term, args []any) (any, error) {
	i, whole := args[0].(int64)
	switch t.name {
	case "abs":
		if whole && i < 0 {
			return negate(i, t)
		} else if whole {
			return i, nil
		}
	case "floor", "ceil":
		if whole {
			return i, nil
		}
	case "mod":
		return mod(args[0], args[1]), nil
	case "round":
		if whole {
			return roundInteger(i, args[1].(int64), t)
		}
		return roundFloat(args[0].(float64), args[1].(int64)), nil
	}
	return finite(callFloat(t.name, args)), nil
}

func callFloat(name string, args []any) float64 {
	x := float(args[0])
	switch name {
	case "abs":
		return math.Abs(x)
	case "floor":
		return math.Floor(x)
	case "ceil":
		return math.Ceil(x)
	case "sqrt":
		return math.Sqrt(x)
	case "ln":
		return math.Log(x)
	case "exp":
		return math.Exp(x)
	}
	return math.Pow(x, float(args[1]))
}

func finite(x float64) any {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return nil
	}
	return x
}

func mod(a, b any) any {
	x, xok := a.(int64)
	y, yok := b.(int64)
	switch {
	case float(b) == 0:
		return nil
	case xok && yok && y == -1:
		return int64(0)
	case xok && yok:
		return x % y
	}
	return finite(math.Mod(float(a), float(b)))
}

// roundInteger rounds to tens, hundreds and so on for negative decimals.
func roundInteger(v, decimals int64, t *term) (any, error) {
	if decimals >= 0 {
		return v, nil
	}
	if decimals < -19 {
		return int64(0), nil
	}
	unit := new(big.Int).Exp(big.NewInt(10), big.NewInt(-decimals), nil)
	half := new(big.Int).Quo(unit, big.NewInt(2))
	x := new(big.Int).Abs(big.NewInt(v))
	x.Add(x, half).Quo(x, unit).Mul(x, unit)
	if v < 0 {
		x.Neg(x)
	}
	if !x.IsInt64() {
		return nil, overflow(t)
	}
	return x.Int64(), nil
}

// roundFloat rounds half away from zero.
func roundFloat(x float64, decimals int64) any {
	if decimals > 300 {
		return x
	}
	if decimals < -308 {
		return 0.0
	}
	scale := math.Pow(10, math.Abs(float64(decimals)))
	out := math.Round(x * scale)
	if decimals < 0 {
		return finite(math.Round(x/scale) * scale)
	}
	if math.IsInf(out, 0) {
		return x
	}
	return finite(out / scale)
}

// convert casts; a value that does not convert gives nil.
func convert(v any, t *term) any {
	switch t.typ {
	case String:
		return asText(v, t.args[0].typ)
	case Integer:
		return asInteger(v)
	case Decimal, Float:
		switch x := v.(type) {
		case string:
			f, err := strconv.ParseFloat(strings.TrimSpace(x), 64)
			if err != nil {
				return nil
			}
			return finite(f)
		default:
			return float(x)
		}
	case Boolean:
		switch strings.ToLower(strings.TrimSpace(v.(string))) {
		case "true", "t", "1", "yes", "y":
			return true
		case "false", "f", "0", "no", "n":
			return false
		}
		return nil
	}
	return asDate(v)
}

func asInteger(v any) any {
	switch x := v.(type) {
	case bool:
		if x {
			return int64(1)
		}
		return int64(0)
	case string:
		i, err := strconv.ParseInt(strings.TrimSpace(x), 10, 64)
		if err != nil {
			return nil
		}
		return i
	case float64:
		if x < -(1<<63) || x >= 1<<63 {
			return nil
		}
		return int64(x)
	}
	return v
}

func asDate(v any) any {
	if s, ok := v.(string); ok {
		at, _, ok := parseMoment(Date, strings.TrimSpace(s))
		if !ok {
			return nil
		}
		return at
	}
	y, m, d := v.(time.Time).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

func asText(v any, from Type) any {
	switch x := v.(type) {
	case int64:
		return strconv.FormatInt(x, 10)
	case float64:
		return strconv.FormatFloat(x, 'g', -1, 64)
	case bool:
		return strconv.FormatBool(x)
	case time.Time:
		if from == Date {
			return x.Format("2006-01-02")
		}
		return x.Format("2006-01-02 15:04:05.999999999")
	}
	return v
}
