package explain

import (
	"math"
	"math/bits"
)

// exactLeaves is up to how many leaf occurrences every order in which they can
// change is weighed; above that whole operands change together, level by
// level.
const exactLeaves = 12

// step is one leaf changing while others stand as in a coalition: it happens
// in the share Weight of all orders that can be walked.
type step struct {
	leaf   int
	weight float64
	before []float64 // the values of all leaves just before
	gain   float64   // what the formula gains
}

// lattice gives for every leaf the steps in which it changes, weighed so that
// the weighted differences of the formula add up to the whole change.
//
// All orders in which the leaves go from their old to their new value, one at
// a time, count the same: the Shapley value. Orders that pass through a state
// where the formula has no value (a divisor of 0 on the way) cannot be walked
// and are left out; when none is left, ok is false.
func (f *Formula) lattice(from, to []float64) (steps []step, ok bool) {
	n := len(from)
	if n > exactLeaves {
		return f.levels(from, to)
	}
	size := 1 << n
	state := func(mask int) []float64 {
		s := make([]float64, n)
		for i := range s {
			if mask>>i&1 == 1 {
				s[i] = to[i]
			} else {
				s[i] = from[i]
			}
		}
		return s
	}
	up := make([]float64, size) // orders from the start to the state
	value := make([]float64, size)
	for m := range size {
		value[m] = f.root.eval(state(m))
		if math.IsNaN(value[m]) {
			continue
		}
		if m == 0 {
			up[0] = 1
			continue
		}
		for rest := m; rest != 0; rest &= rest - 1 {
			up[m] += up[m&^(rest&-rest)]
		}
	}
	down := make([]float64, size) // orders from the state to the end
	for m := size - 1; m >= 0; m-- {
		if math.IsNaN(value[m]) {
			continue
		}
		if m == size-1 {
			down[m] = 1
			continue
		}
		for rest := (size - 1) &^ m; rest != 0; rest &= rest - 1 {
			down[m] += down[m|rest&-rest]
		}
	}
	total := up[size-1]
	if total == 0 {
		return nil, false
	}
	for m := range size {
		if up[m] == 0 {
			continue
		}
		before := state(m)
		for rest := (size - 1) &^ m; rest != 0; rest &= rest - 1 {
			next := m | rest&-rest
			if down[next] > 0 {
				steps = append(steps, step{leaf: bits.TrailingZeros(uint(rest)),
					weight: up[m] * down[next] / total, before: before, gain: value[next] - value[m]})
			}
		}
	}
	return steps, true
}

// maxLevels is how deep operands are opened when whole operands change
// together; 2^maxLevels states per leaf.
const maxLevels = 14

// levels weighs only the orders in which the leaves of one operand follow each
// other without a break, on every level of the formula: the value for games
// with a hierarchy of unions. The parts of an operand then add up to it by
// themselves.
func (f *Formula) levels(from, to []float64) ([]step, bool) {
	var out []step
	var walk func(n *node, states []step, depth int) bool
	walk = func(n *node, states []step, depth int) bool {
		if n.kind == leafNode {
			for _, s := range states {
				s.leaf = n.leaf
				after := append([]float64(nil), s.before...)
				after[n.leaf] = to[n.leaf]
				s.gain = f.root.eval(after) - f.root.eval(s.before)
				if math.IsNaN(s.gain) {
					return false
				}
				out = append(out, s)
			}
			return true
		}
		if depth > maxLevels {
			return false
		}
		groups := make([][]int, len(n.parts))
		for i, p := range n.parts {
			groups[i] = p.occurrences()
		}
		for i, p := range n.parts {
			if len(groups[i]) == 0 {
				continue
			}
			if !walk(p, siblings(groups, i, states, to), depth+1) {
				return false
			}
		}
		return true
	}
	ok := walk(f.root, []step{{weight: 1, before: from}}, 0)
	return out, ok
}

// siblings gives the states in which part i starts to change: every set of the
// other parts may have changed before it.
func siblings(groups [][]int, i int, states []step, to []float64) []step {
	var others [][]int
	for j, g := range groups {
		if j != i && len(g) > 0 {
			others = append(others, g)
		}
	}
	out := states
	k := len(others)
	weights := orderWeights(k + 1)
	var next []step
	for m := range 1 << k {
		w := weights[bits.OnesCount(uint(m))]
		for _, s := range out {
			before := append([]float64(nil), s.before...)
			for j, g := range others {
				if m>>j&1 == 1 {
					for _, leaf := range g {
						before[leaf] = to[leaf]
					}
				}
			}
			next = append(next, step{weight: s.weight * w, before: before})
		}
	}
	return next
}

// orderWeights gives, for n players, the share of orders in which exactly the
// s given players come before a given one: s!(n-1-s)!/n!.
func orderWeights(n int) []float64 {
	out := make([]float64, n)
	for s := range out {
		w := 1.0 / float64(n)
		for i := 1; i <= s; i++ {
			w *= float64(i) / float64(n-i)
		}
		out[s] = w
	}
	return out
}

// Split gives each leaf occurrence's part in the change of the metric. The
// parts add up to Eval(to) − Eval(from) but for rounding. ok is false when
// either end has no value or no order of change has values all the way.
func (f *Formula) Split(from, to []float64) (parts []float64, ok bool) {
	if math.IsNaN(f.Eval(from)) || math.IsNaN(f.Eval(to)) {
		return nil, false
	}
	steps, ok := f.lattice(from, to)
	if !ok {
		return nil, false
	}
	parts = make([]float64, len(from))
	for _, s := range steps {
		parts[s.leaf] += s.weight * s.gain
	}
	return parts, true
}

// near is the relative change below which a slope is taken as a derivative: a
// difference so small would be mostly rounding.
const near = 1e-5

// slopes gives, per leaf, what one unit of change of the leaf adds to the
// metric, so that slope × (to − from) is the leaf's part. It lets a leaf's
// part be handed on to the members of a dimension in proportion to their own
// change, also when those cancel out.
func (f *Formula) slopes(from, to []float64) ([]float64, bool) {
	if math.IsNaN(f.Eval(from)) || math.IsNaN(f.Eval(to)) {
		return nil, false
	}
	steps, ok := f.lattice(from, to)
	if !ok {
		return nil, false
	}
	out := make([]float64, len(from))
	for _, s := range steps {
		a, b := from[s.leaf], to[s.leaf]
		if math.Abs(b-a) > near*math.Max(math.Abs(a), math.Abs(b)) {
			out[s.leaf] += s.weight * s.gain / (b - a)
			continue
		}
		s.before[s.leaf] = (a + b) / 2
		_, d := f.root.dual(s.before, s.leaf)
		s.before[s.leaf] = a
		if !math.IsNaN(d) && !math.IsInf(d, 0) {
			out[s.leaf] += s.weight * d
		}
	}
	return out, true
}

// dual evaluates the node and its derivative with respect to one leaf.
func (n *node) dual(leaves []float64, leaf int) (v, d float64) {
	switch n.kind {
	case leafNode:
		if n.leaf == leaf {
			return leaves[n.leaf], 1
		}
		return leaves[n.leaf], 0
	case constant:
		return n.value, 0
	case opaque:
		return n.difference(leaves, leaf)
	}
	v, d = n.parts[0].dual(leaves, leaf)
	if n.kind == filled && math.IsNaN(v) {
		return 0, 0
	}
	for _, p := range n.parts[1:] {
		x, dx := p.dual(leaves, leaf)
		switch n.kind {
		case plus:
			v, d = v+x, d+dx
		case minus:
			v, d = v-x, d-dx
		case times:
			v, d = v*x, d*x+v*dx
		case divide:
			v, d = v/x, (d*x-v*dx)/(x*x)
		}
	}
	return v, d
}

// difference is the derivative of a function by a small step to both sides; a
// side without value counts as flat.
func (n *node) difference(leaves []float64, leaf int) (v, d float64) {
	x := leaves[leaf]
	h := 1e-6 * math.Max(math.Abs(x), 1)
	v = n.eval(leaves)
	leaves[leaf] = x + h
	hi := n.eval(leaves)
	leaves[leaf] = x - h
	lo := n.eval(leaves)
	leaves[leaf] = x
	if d = (hi - lo) / (2 * h); math.IsNaN(d) {
		d = 0
	}
	return v, d
}
