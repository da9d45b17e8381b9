package explain

import (
	"math"

	"lodestar/internal/semantic"
)

// Methods of a dimension split.
const (
	bySum     = "sum"      // members' own changes
	byMixRate = "mix_rate" // ratios: changed weights and changed rates
	byShapley = "shapley"  // other formulas: each leaf's part, shared out by the members' own change of it
	byOverlap = "distinct" // members' own changes, entities in several members counted apart
	byMembers = "members"  // own changes only; they do not add up to anything
)

// plan is how a formula splits over the members of a dimension.
type plan struct {
	method      string
	over, under linear
	overlaps    bool // some leaf counts distinct entities
}

// plan chooses the method by what the leaves count and what the formula comes
// to once all that cancels out is taken away.
func (f *Formula) plan() plan {
	p := plan{method: byShapley}
	for _, l := range f.Leaves {
		if l.Metric.Simple == nil { // of other times: only its class tells how parts combine
			if l.Metric.Class != semantic.Additive && l.Metric.Class != semantic.SemiAdditive {
				return plan{method: byMembers}
			}
			continue
		}
		switch l.Metric.Spec.Agg {
		case "sum", "count":
		case "count_distinct":
			p.overlaps = true
		default:
			return plan{method: byMembers}
		}
	}
	first := map[string]int{}
	ids := make([]int, len(f.Leaves))
	for i, l := range f.Leaves {
		if _, ok := first[l.Key()]; !ok {
			first[l.Key()] = i
		}
		ids[i] = first[l.Key()]
	}
	q, ok := f.root.fraction(ids)
	if !ok {
		return p
	}
	n := len(f.Leaves)
	over, ok := q.over.linear(n)
	if !ok {
		return p
	}
	if by, ok := multiple(q.under, constantOf(1)); ok {
		for i := range over {
			over[i] /= by
		}
		p.method, p.over = bySum, over
		if p.overlaps {
			p.method = byOverlap
		}
	} else if under, ok := q.under.linear(n); ok {
		p.method, p.over, p.under = byMixRate, over, under
	}
	return p
}

// shares is a change split over members.
type shares struct {
	parts     []float64 // per member
	mix, rate []float64 // nil unless mix_rate
	weight    []float64 // per member: how much of the metric it carries, for noise that grows with volume
	overlap   float64
}

// fair is what a member's part would be had all parts been as large as their
// weights.
func (s shares) fair(i int) float64 {
	sum, weight := 0.0, 0.0
	for j, p := range s.parts {
		sum += p
		weight += s.weight[j]
	}
	if weight == 0 {
		return 0
	}
	return sum * s.weight[i] / weight
}

// cells holds the leaves' values of one period: of the whole and per member.
type cells struct {
	total   []float64   // per leaf
	members [][]float64 // per member and leaf; nil for a member without rows
	own     []float64   // per member: the metric itself, as asked; used by byMembers only
}

// split hands the change between two periods to the members; slopes are those
// of the totals where they are known already. ok is false when the metric has
// no value at either end.
func (f *Formula) split(p plan, from, to cells, slopes []float64) (shares, bool) {
	n := len(to.members)
	out := shares{parts: make([]float64, n), weight: make([]float64, n)}
	if p.method == byMembers {
		for i := range n {
			out.weight[i] = 1
			if d := to.own[i] - from.own[i]; !math.IsNaN(d) {
				out.parts[i] = d
			}
		}
		return out, true
	}
	a, b := f.Eval(from.total), f.Eval(to.total)
	if math.IsNaN(a) || math.IsNaN(b) {
		return shares{}, false
	}
	switch p.method {
	case bySum, byOverlap:
		for i := range n {
			x, y := p.over.at(orZero(from.members[i], len(f.Leaves))), p.over.at(orZero(to.members[i], len(f.Leaves)))
			out.parts[i] = y - x
			out.weight[i] = (math.Abs(x) + math.Abs(y)) / 2
		}
	case byMixRate:
		if !mixRate(p, from, to, &out) {
			return shares{}, false
		}
	case byShapley:
		if slopes == nil {
			var ok bool
			if slopes, ok = f.slopes(from.total, to.total); !ok {
				return shares{}, false
			}
		}
		for i := range n {
			x, y := orZero(from.members[i], len(f.Leaves)), orZero(to.members[i], len(f.Leaves))
			for j, s := range slopes {
				out.parts[i] += s * (y[j] - x[j])
				out.weight[i] += math.Abs(s) * (math.Abs(x[j]) + math.Abs(y[j])) / 2
			}
		}
	}
	sum, size := 0.0, math.Max(math.Abs(a), math.Abs(b))
	for _, c := range out.parts {
		sum += c
		size = math.Max(size, math.Abs(c))
	}
	if rest := (b - a) - sum; math.Abs(rest) > 1e-12*size*math.Sqrt(float64(n+1)) {
		out.overlap = rest
	}
	return out, true
}

// mixRate splits the change of a ratio A/B = Σ aᵢ, aᵢ = Aᵢ/B, with weights
// sᵢ = Bᵢ/B: a member's part is Δaᵢ − Δsᵢ·R̄ with R̄ the mean of both ratios. The
// part splits into rate = Δrᵢ·s̄ᵢ and mix = the rest. A member that is new or
// gone is mix only; one without weight in both periods is rate only.
func mixRate(p plan, from, to cells, out *shares) bool {
	n := len(to.members)
	a0, b0 := p.over.at(from.total), p.under.at(from.total)
	a1, b1 := p.over.at(to.total), p.under.at(to.total)
	if b0 == 0 || b1 == 0 {
		return false
	}
	mean := (a0/b0 + a1/b1) / 2
	out.mix, out.rate = make([]float64, n), make([]float64, n)
	for i := range n {
		x, y := orZero(from.members[i], len(p.over)), orZero(to.members[i], len(p.over))
		s0, s1 := p.under.at(x)/b0, p.under.at(y)/b1
		part0, part1 := p.over.at(x)/b0, p.over.at(y)/b1
		out.parts[i] = (part1 - part0) - (s1-s0)*mean
		out.weight[i] = (math.Abs(s0) + math.Abs(s1)) / 2
		switch {
		case s0 == 0 && s1 == 0:
			out.rate[i] = out.parts[i]
		case s0 != 0 && s1 != 0:
			out.rate[i] = (part1/s1 - part0/s0) * (s0 + s1) / 2
		}
		out.mix[i] = out.parts[i] - out.rate[i]
	}
	return true
}

// orZero reads a member without rows, and a leaf without value, as 0: right for
// counts and sums, the only leaves for which it is used.
func orZero(v []float64, n int) []float64 {
	if v == nil {
		return make([]float64, n)
	}
	for i, x := range v {
		if math.IsNaN(x) {
			out := append([]float64(nil), v...)
			out[i] = 0
			return orZero(out, n)
		}
	}
	return v
}

// zeroWithoutRows reports whether a leaf is 0 where it has no rows.
func zeroWithoutRows(m *semantic.Metric) bool { return m.Simple != nil && m.Simple.Zero }

// Additive reports whether values of the metric add up over groups of rows and
// over time once all that cancels out of its formula is taken away.
func Additive(m *semantic.Metric) bool {
	if m.Timed() {
		return false // not over time
	}
	f, err := NewFormula(m)
	return err == nil && f.plan().method == bySum
}
