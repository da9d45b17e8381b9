package explain

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// maxTerms bounds the terms of a polynomial; formulas that grow beyond it are
// not simplified.
const maxTerms = 64

// polynomial is a sum of terms: coefficient by exponents of the leaves, where
// the key lists "leaf^exponent" in order of the leaf.
type polynomial map[string]term

type term struct {
	factor float64
	powers map[int]int // leaf → exponent ≥ 1
}

func (t term) key() string {
	leaves := make([]int, 0, len(t.powers))
	for l := range t.powers {
		leaves = append(leaves, l)
	}
	slices.Sort(leaves)
	var b strings.Builder
	for _, l := range leaves {
		fmt.Fprintf(&b, "%d^%d ", l, t.powers[l])
	}
	return b.String()
}

func (p polynomial) put(t term) {
	k := t.key()
	t.factor += p[k].factor
	if t.factor == 0 {
		delete(p, k)
		return
	}
	p[k] = t
}

func constantOf(v float64) polynomial {
	p := polynomial{}
	p.put(term{factor: v, powers: map[int]int{}})
	return p
}

func (p polynomial) plus(q polynomial, sign float64) polynomial {
	out := polynomial{}
	for _, t := range p {
		out.put(t)
	}
	for _, t := range q {
		out.put(term{factor: sign * t.factor, powers: t.powers})
	}
	return out
}

func (p polynomial) times(q polynomial) polynomial {
	out := polynomial{}
	for _, a := range p {
		for _, b := range q {
			powers := make(map[int]int, len(a.powers)+len(b.powers))
			for l, n := range a.powers {
				powers[l] += n
			}
			for l, n := range b.powers {
				powers[l] += n
			}
			out.put(term{factor: a.factor * b.factor, powers: powers})
		}
	}
	return out
}

// common gives the largest power of every leaf that divides all terms.
func (p polynomial) common() map[int]int {
	var out map[int]int
	for _, t := range p {
		if out == nil {
			out = map[int]int{}
			for l, n := range t.powers {
				out[l] = n
			}
			continue
		}
		for l, n := range out {
			out[l] = min(n, t.powers[l])
		}
	}
	return out
}

func (p polynomial) without(powers map[int]int) polynomial {
	out := polynomial{}
	for _, t := range p {
		rest := map[int]int{}
		for l, n := range t.powers {
			if n > powers[l] {
				rest[l] = n - powers[l]
			}
		}
		out.put(term{factor: t.factor, powers: rest})
	}
	return out
}

// fraction is one polynomial over another: a formula with what cancels out
// taken away, so that visits × (orders ÷ visits) is orders.
type fraction struct{ over, under polynomial }

func (f fraction) reduce() (fraction, bool) {
	if len(f.over) > maxTerms || len(f.under) > maxTerms || len(f.under) == 0 {
		return fraction{}, false
	}
	shared := f.over.common()
	for l, n := range f.under.common() {
		if m, ok := shared[l]; ok && m > n {
			shared[l] = n
		}
	}
	under := f.under.common()
	for l := range shared {
		shared[l] = min(shared[l], under[l])
	}
	if len(f.over) > 0 {
		f.over, f.under = f.over.without(shared), f.under.without(shared)
	}
	if by, ok := multiple(f.over, f.under); ok {
		return fraction{over: constantOf(by), under: constantOf(1)}, true
	}
	return f, true
}

// multiple finds by with p = by × q.
func multiple(p, q polynomial) (by float64, ok bool) {
	if len(p) != len(q) || len(p) == 0 {
		return 0, false
	}
	first := true
	for k, t := range p {
		u, found := q[k]
		if !found || !first && math.Abs(t.factor/u.factor-by) > 1e-12*math.Abs(by) {
			return 0, false
		}
		by, first = t.factor/u.factor, false
	}
	return by, true
}

// fraction simplifies the node; ids gives leaf occurrences of the same number
// the same identity. ok is false for what is not made of + − × ÷.
func (x *node) fraction(ids []int) (fraction, bool) {
	one := constantOf(1)
	switch x.kind {
	case leafNode:
		p := polynomial{}
		p.put(term{factor: 1, powers: map[int]int{ids[x.leaf]: 1}})
		return fraction{p, one}, true
	case constant:
		return fraction{constantOf(x.value), one}, true
	case opaque:
		return fraction{}, false
	}
	out, ok := x.parts[0].fraction(ids)
	for _, part := range x.parts[1:] {
		if !ok {
			return fraction{}, false
		}
		r, fine := part.fraction(ids)
		if !fine {
			return fraction{}, false
		}
		out, ok = combine(x.kind, out, r).reduce()
	}
	return out, ok
}

func combine(k kind, a, b fraction) fraction {
	switch k {
	case times:
		return fraction{a.over.times(b.over), a.under.times(b.under)}
	case divide:
		return fraction{a.over.times(b.under), a.under.times(b.over)}
	}
	sign := 1.0
	if k == minus {
		sign = -1
	}
	if by, ok := multiple(a.under, b.under); ok {
		return fraction{a.over.plus(b.over, sign*by), a.under}
	}
	return fraction{a.over.times(b.under).plus(b.over.times(a.under), sign), a.under.times(b.under)}
}

// linear is a sum of leaves with a factor each.
type linear []float64

func (l linear) at(leaves []float64) float64 {
	v := 0.0
	for i, f := range l {
		if f != 0 {
			v += f * leaves[i]
		}
	}
	return v
}

// linear reads a polynomial without constant and powers as factors per leaf.
func (p polynomial) linear(n int) (linear, bool) {
	out := make(linear, n)
	for _, t := range p {
		if len(t.powers) != 1 {
			return nil, false
		}
		for l, power := range t.powers {
			if power != 1 {
				return nil, false
			}
			out[l] = t.factor
		}
	}
	return out, len(p) > 0
}
