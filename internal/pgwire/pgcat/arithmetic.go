package pgcat

import (
	"math"
	"time"

	"lodestar/internal/pgwire/pgsql"
	"lodestar/internal/text"
	"lodestar/internal/warehouse"
)

func (c *compiler) arithmetic(sc *scope, x *pgsql.Binary) (typed, error) {
	a, err := c.expr(sc, x.L)
	if err != nil {
		return a, err
	}
	b, err := c.expr(sc, x.R)
	if err != nil {
		return b, err
	}
	at := x.Pos()
	typ := a.typ
	switch {
	case a.typ.IsTime() && b.typ == IntervalOID:
		if a.typ == Date {
			typ = Timestamp
		}
	case a.typ.IsTime() && b.typ == Unknown && b.lit != nil: // date - '7 days'
		if _, ok := ParseInterval(*b.lit); ok {
			b, err = c.coerce(b, IntervalOID, x.R.Pos())
			if a.typ == Date {
				typ = Timestamp
			}
		} else {
			b, err = c.coerce(b, a.typ, x.R.Pos())
			typ = IntervalOID
		}
	case a.typ == IntervalOID && b.typ.IsTime():
		typ = b.typ
	case a.typ.IsTime() && b.typ.IsTime():
		if typ = IntervalOID; a.typ == Date && b.typ == Date {
			typ = Int4
		}
	case a.typ == Date:
		b, err = c.coerce(b, Int4, x.R.Pos())
	case a.typ == Unknown || b.typ == Unknown:
		if a.typ == Unknown && b.typ == Unknown {
			a, err = c.coerce(a, Numeric, x.L.Pos())
		}
		if err == nil && a.typ == Unknown {
			a, err = c.coerce(a, b.typ, x.L.Pos())
		}
		if err == nil && b.typ == Unknown {
			b, err = c.coerce(b, a.typ, x.R.Pos())
		}
		typ = a.typ
	case rank(b.typ) > rank(a.typ):
		typ = b.typ
	}
	if err != nil {
		return a, err
	}
	integers := rank(a.typ) > 0 && rank(a.typ) <= rank(Int8) && rank(b.typ) > 0 && rank(b.typ) <= rank(Int8)
	power := integers && x.Op == "^"
	if power { // as in PostgreSQL, of integers too
		typ = Float8
	}
	return typed{typ: typ, fn: func(f *frame) (any, error) {
		l, r, err := pair(f, a.fn, b.fn)
		if err != nil || l == nil || r == nil {
			return nil, err
		}
		if power {
			l = float64(l.(int64))
		}
		return arithmetic(x.Op, l, r, at)
	}}, nil
}

// arithmetic computes with two values that are not NULL.
func arithmetic(op string, l, r any, at int) (any, error) {
	switch a := l.(type) {
	case int64:
		if b, ok := r.(int64); ok {
			return integers(op, a, b, at)
		}
		if iv, ok := r.(Interval); ok && (op == "*" || op == "-") {
			n := int(a)
			if op == "-" {
				n = -1
			}
			return Interval{iv.Months * n, iv.Days * n, iv.Rest * time.Duration(n)}, nil
		}
	case time.Time:
		sign := 1
		if op == "-" {
			sign = -1
		}
		switch b := r.(type) {
		case Interval:
			return Plus(a, b, sign), nil
		case int64:
			return a.AddDate(0, 0, sign*int(min(max(b, -1e7), 1e7))), nil
		case time.Time:
			d := a.Sub(b)
			if d%(24*time.Hour) == 0 {
				return int64(d / (24 * time.Hour)), nil
			}
			return Interval{Rest: d}, nil
		}
	case Interval:
		switch b := r.(type) {
		case time.Time:
			return Plus(b, a, 1), nil
		case Interval:
			n := 1
			if op == "-" {
				n = -1
			}
			return Interval{a.Months + n*b.Months, a.Days + n*b.Days, a.Rest + time.Duration(n)*b.Rest}, nil
		case int64:
			return Interval{a.Months * int(b), a.Days * int(b), a.Rest * time.Duration(b)}, nil
		}
	}
	a, aok := number(l)
	b, bok := number(r)
	if !aok || !bok {
		return nil, pgsql.Fail(pgsql.StateBadType, at, text.Text{ZH: "这两个值不能用 {op}", EN: "the operator {op} does not go with these values"}, "op", op)
	}
	return floats(op, a, b, at, l, r)
}

func integers(op string, a, b int64, at int) (any, error) {
	switch op {
	case "+":
		if s := a + b; (s > a) == (b > 0) {
			return s, nil
		}
	case "-":
		if s := a - b; (s < a) == (b > 0) {
			return s, nil
		}
	case "*":
		if a == 0 || b == 0 {
			return int64(0), nil
		}
		if p := a * b; p/b == a && !(a == -1 && b == math.MinInt64) && !(b == -1 && a == math.MinInt64) {
			return p, nil
		}
	case "/", "%":
		if b == 0 {
			return nil, divideByZero(at)
		}
		if b == -1 {
			if op == "%" {
				return int64(0), nil
			}
			return integers("-", 0, a, at)
		}
		if op == "/" {
			return a / b, nil
		}
		return a % b, nil
	case "^":
		return math.Pow(float64(a), float64(b)), nil
	}
	return nil, pgsql.Fail("22003", at, text.Text{ZH: "整数超出范围", EN: "integer out of range"})
}

func divideByZero(at int) error {
	return pgsql.Fail(pgsql.StateDivideByZero, at, text.Text{ZH: "除数为零", EN: "division by zero"})
}

func floats(op string, a, b float64, at int, l, r any) (any, error) {
	switch op {
	case "+":
		return decimals(a+b, l, r), nil
	case "-":
		return decimals(a-b, l, r), nil
	case "*":
		return decimals(a*b, l, r), nil
	case "/":
		if b == 0 {
			return nil, divideByZero(at)
		}
		return a / b, nil
	case "%":
		if b == 0 {
			return nil, divideByZero(at)
		}
		return math.Mod(a, b), nil
	}
	return math.Pow(a, b), nil
}

// decimals keeps the sum, difference or product of decimals one where it is
// exact to the digits that a float has.
func decimals(f float64, l, r any) any {
	_, a := l.(warehouse.Decimal)
	_, b := r.(warehouse.Decimal)
	if a || b {
		if d, err := warehouse.ParseDecimal(formatFloat(f)); err == nil {
			return d
		}
	}
	return f
}
