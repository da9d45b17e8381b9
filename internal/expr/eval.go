package expr

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"lodestar/internal/calendar"
	"lodestar/internal/text"
)

// Env is what evaluating in this process needs.
type Env struct {
	// Value gives the value of a Symbol's Ref: nil for NULL, an integer, a
	// float, string, bool, or time.Time: midnight UTC for Date, the instant for
	// Timestamp. Decimals are given as float64.
	Value func(ref any) any
	// Zone is the query's zone; nil is UTC.
	Zone *time.Location
}

// Eval computes the expression by the rules that engines follow, with decimals
// as floats. The result is nil (NULL), int64, float64, string, bool or
// time.Time. The error is an *Error: integers that overflow, or a value that
// is not of its column's type.
func (e Env) Eval(t *Typed) (any, error) { return e.term(t.root) }

func (e Env) zone() *time.Location {
	if e.Zone == nil {
		return time.UTC
	}
	return e.Zone
}

func (e Env) term(t *term) (any, error) {
	switch t.op {
	case opLiteral:
		return literalValue(t)
	case opMoment:
		return resolveMoment(t, e.Zone), nil
	case opColumn:
		return columnValue(e.Value(t.sym.Ref), t)
	case opIn:
		return e.in(t)
	case opCase:
		return e.caseWhen(t)
	case opBinary:
		if t.name == "and" || t.name == "or" {
			return e.logic(t)
		}
	case opCall:
		if t.name == "coalesce" {
			return e.coalesce(t)
		}
	}
	args := make([]any, len(t.args))
	for i, a := range t.args {
		v, err := e.term(a)
		if err != nil {
			return nil, err
		}
		args[i] = v
	}
	if t.op == opIsNull {
		return args[0] == nil, nil
	}
	if t.op == opCall {
		return call(t, args)
	}
	for _, v := range args {
		if v == nil {
			return nil, nil
		}
	}
	switch t.op {
	case opNegate:
		return negate(args[0], t)
	case opNot:
		return !args[0].(bool), nil
	case opCast:
		return convert(args[0], t), nil
	case opLocal:
		return calendar.Civil(args[0].(time.Time), e.zone()), nil
	case opMidnight:
		return args[0], nil
	}
	return operate(t, args[0], args[1])
}

func literalValue(t *term) (any, error) {
	if t.typ == Decimal {
		return strconv.ParseFloat(t.val.(string), 64)
	}
	return t.val, nil
}

// columnValue brings a value to the few types that evaluation knows.
func columnValue(v any, t *term) (any, error) {
	ok := true
	switch x := v.(type) {
	case nil:
		return nil, nil
	case int:
		v = int64(x)
	case int32:
		v = int64(x)
	case float32:
		v = float64(x)
	}
	switch x := v.(type) {
	case int64:
		if t.typ == Float || t.typ == Decimal {
			return float64(x), nil
		}
		ok = t.typ == Integer
	case float64:
		if math.IsNaN(x) {
			return nil, nil
		}
		ok = t.typ.IsNumber()
		if t.typ == Integer {
			// A whole number that came as a float, as from JSON.
			i := int64(x)
			ok = float64(i) == x
			v = i
		}
	case string:
		ok = t.typ == String
	case bool:
		ok = t.typ == Boolean
	case time.Time:
		ok = t.typ.IsTime()
		v = x.UTC()
	default:
		ok = false
	}
	if !ok {
		return nil, fail(t.where, "wrong_type", text.Text{
			ZH: "值 {v} 不是{t}", EN: "the value {v} is not {t}"}, "v", fmt.Sprint(v), "t", typeName(t.typ))
	}
	return v, nil
}

// logic is three-valued and stops as soon as the answer is certain.
func (e Env) logic(t *term) (any, error) {
	decides := t.name == "or"
	l, err := e.term(t.args[0])
	if err != nil || l == decides {
		return l, err
	}
	r, err := e.term(t.args[1])
	if err != nil || r == decides {
		return r, err
	}
	if l == nil || r == nil {
		return nil, nil
	}
	return !decides, nil
}

func (e Env) in(t *term) (any, error) {
	x, err := e.term(t.args[0])
	if err != nil || x == nil {
		return nil, err
	}
	var out any = false
	for _, item := range t.args[1:] {
		v, err := e.term(item)
		if err != nil {
			return nil, err
		}
		if v == nil {
			out = nil
		} else if order(x, v) == 0 {
			return true, nil
		}
	}
	return out, nil
}

func (e Env) caseWhen(t *term) (any, error) {
	last := len(t.args) - 1
	for i := 0; i < last; i += 2 {
		c, err := e.term(t.args[i])
		if err != nil {
			return nil, err
		}
		if c == true {
			return e.typed(t.args[i+1], t.typ)
		}
	}
	return e.typed(t.args[last], t.typ)
}

func (e Env) coalesce(t *term) (any, error) {
	for _, a := range t.args {
		if v, err := e.typed(a, t.typ); err != nil || v != nil {
			return v, err
		}
	}
	return nil, nil
}

// typed evaluates and brings integers to the common type.
func (e Env) typed(t *term, typ Type) (any, error) {
	v, err := e.term(t)
	if err != nil {
		return nil, err
	}
	return widen(v, typ), nil
}

func widen(v any, typ Type) any {
	if i, ok := v.(int64); ok && (typ == Float || typ == Decimal) {
		return float64(i)
	}
	return v
}

func overflow(t *term) error {
	return fail(t.where, "overflow", text.Text{ZH: "整数超出范围", EN: "the integer is out of range"})
}

func negate(v any, t *term) (any, error) {
	if i, ok := v.(int64); ok {
		if i == math.MinInt64 {
			return nil, overflow(t)
		}
		return -i, nil
	}
	return -v.(float64), nil
}

// operate works out a binary operator on two values that are not NULL.
func operate(t *term, l, r any) (any, error) {
	switch t.name {
	case "||":
		return l.(string) + r.(string), nil
	case "=":
		return order(l, r) == 0, nil
	case "<>":
		return order(l, r) != 0, nil
	case "<":
		return order(l, r) < 0, nil
	case "<=":
		return order(l, r) <= 0, nil
	case ">":
		return order(l, r) > 0, nil
	case ">=":
		return order(l, r) >= 0, nil
	case "/":
		a, b := float(l), float(r)
		if b == 0 {
			return nil, nil
		}
		return a / b, nil
	}
	a, aok := l.(int64)
	b, bok := r.(int64)
	if aok && bok {
		return integers(t, a, b)
	}
	x, y := float(l), float(r)
	switch t.name {
	case "+":
		return x + y, nil
	case "-":
		return x - y, nil
	}
	return x * y, nil
}

func integers(t *term, a, b int64) (any, error) {
	switch t.name {
	case "+":
		if c := a + b; (c > a) == (b > 0) {
			return c, nil
		}
	case "-":
		if c := a - b; (c < a) == (b > 0) {
			return c, nil
		}
	case "*":
		if a == 0 || b == 0 {
			return int64(0), nil
		}
		if c := a * b; c/b == a && !(a == -1 && b == math.MinInt64) && !(b == -1 && a == math.MinInt64) {
			return c, nil
		}
	}
	return nil, overflow(t)
}

func float(v any) float64 {
	if i, ok := v.(int64); ok {
		return float64(i)
	}
	return v.(float64)
}

// order compares two values of types that Check found comparable.
func order(l, r any) int {
	switch a := l.(type) {
	case int64:
		if b, ok := r.(int64); ok {
			return compare(a, b)
		}
		return compare(float64(a), float(r))
	case float64:
		return compare(a, float(r))
	case string:
		return compare(a, r.(string))
	case bool:
		if a == r.(bool) {
			return 0
		}
		return 1
	}
	return l.(time.Time).Compare(r.(time.Time))
}

func compare[T int64 | float64 | string](a, b T) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}
