package expr

import (
	"math/big"
	"slices"
	"strings"
)

// Linear is a sum of columns times constants, and a constant: 0.9*a + b - 3.
// It has no value where a column has none.
type Linear struct {
	Terms    []LinearTerm // each column once, at least one
	Constant *Exact       // nil when none is written
}

// LinearTerm is a column times a constant.
type LinearTerm struct {
	Column Symbol
	Factor Exact
}

// Exact is Digits / 10^Scale. The scale is kept as engines keep it: 1.50 + 2
// has two digits after the point.
type Exact struct {
	Digits *big.Int
	Scale  int
}

// Linear writes the expression as a linear one. ok is false when it is none,
// or when it is not computed exactly: all must be integers and decimals.
func (t *Typed) Linear() (l Linear, ok bool) {
	l, ok = linearOf(t.root)
	if !ok || len(l.Terms) == 0 {
		return Linear{}, false
	}
	// A decimal of which nothing has digits after the point may look like an
	// integer when it is put together in another way.
	points := t.root.typ == Integer || l.Constant != nil && l.Constant.Scale > 0
	for _, m := range l.Terms {
		points = points || m.Column.Type == Decimal || m.Factor.Scale > 0
	}
	return l, points
}

func linearOf(t *term) (Linear, bool) {
	if t.typ != Integer && t.typ != Decimal {
		return Linear{}, false
	}
	switch t.op {
	case opLiteral:
		x, ok := exactOf(t.val)
		return Linear{Constant: &x}, ok
	case opColumn:
		return Linear{Terms: []LinearTerm{{t.sym, Exact{Digits: big.NewInt(1)}}}}, true
	case opNegate:
		l, ok := linearOf(t.args[0])
		return l.times(Exact{Digits: big.NewInt(-1)}), ok
	case opBinary:
		a, ok := linearOf(t.args[0])
		b, also := linearOf(t.args[1])
		if !ok || !also {
			return Linear{}, false
		}
		return combineLinear(t.name, a, b)
	}
	return Linear{}, false
}

func combineLinear(op string, a, b Linear) (Linear, bool) {
	switch {
	case op == "+":
		return a.plus(b), true
	case op == "-":
		return a.plus(b.times(Exact{Digits: big.NewInt(-1)})), true
	case op == "*" && len(a.Terms) == 0:
		return b.times(*a.Constant), true
	case op == "*" && len(b.Terms) == 0:
		return a.times(*b.Constant), true
	}
	return Linear{}, false
}

// exactOf reads a literal's value.
func exactOf(v any) (Exact, bool) {
	switch v := v.(type) {
	case int64:
		return Exact{Digits: big.NewInt(v)}, true
	case string:
		whole, part, _ := strings.Cut(v, ".")
		digits, ok := new(big.Int).SetString(whole+part, 10)
		return Exact{digits, len(part)}, ok
	}
	return Exact{}, false
}

func (l Linear) times(x Exact) Linear {
	out := Linear{Terms: make([]LinearTerm, len(l.Terms))}
	for i, m := range l.Terms {
		out.Terms[i] = LinearTerm{m.Column, m.Factor.times(x)}
	}
	if l.Constant != nil {
		c := l.Constant.times(x)
		out.Constant = &c
	}
	return out
}

func (l Linear) plus(m Linear) Linear {
	out := Linear{Terms: slices.Clone(l.Terms), Constant: l.Constant}
	for _, t := range m.Terms {
		at := slices.IndexFunc(out.Terms, func(have LinearTerm) bool { return have.Column.Ref == t.Column.Ref })
		if at < 0 {
			out.Terms = append(out.Terms, t)
			continue
		}
		out.Terms[at].Factor = out.Terms[at].Factor.plus(t.Factor)
	}
	switch {
	case l.Constant == nil:
		out.Constant = m.Constant
	case m.Constant != nil:
		c := l.Constant.plus(*m.Constant)
		out.Constant = &c
	}
	return out
}

func (e Exact) times(f Exact) Exact {
	return Exact{new(big.Int).Mul(e.Digits, f.Digits), e.Scale + f.Scale}
}

func (e Exact) plus(f Exact) Exact {
	scale := max(e.Scale, f.Scale)
	return Exact{new(big.Int).Add(e.at(scale), f.at(scale)), scale}
}

// at gives the digits for a scale that is not smaller.
func (e Exact) at(scale int) *big.Int {
	p := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale-e.Scale)), nil)
	return p.Mul(p, e.Digits)
}

// IsOne reports whether multiplying by the number changes neither value nor
// scale.
func (e Exact) IsOne() bool { return e.Scale == 0 && e.Digits.IsInt64() && e.Digits.Int64() == 1 }

// Whole is how many digits there are before the point.
func (e Exact) Whole() int {
	return max(0, len(new(big.Int).Abs(e.Digits).String())-e.Scale)
}

// SQL writes the number as a literal.
func (e Exact) SQL(d Dialect) SQL {
	if e.Scale == 0 && e.Digits.IsInt64() {
		return d.Literal(e.Digits.Int64(), Integer)
	}
	s := new(big.Int).Abs(e.Digits).String()
	if len(s) <= e.Scale {
		s = strings.Repeat("0", e.Scale+1-len(s)) + s
	}
	if e.Scale > 0 {
		s = s[:len(s)-e.Scale] + "." + s[len(s)-e.Scale:]
	}
	if e.Digits.Sign() < 0 {
		s = "-" + s
	}
	return d.Literal(s, Decimal)
}
