package query

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"lodestar/internal/expr"
	"lodestar/internal/semantic"
)

// splitSums computes sums of linear expressions from the sums of their columns:
//
//	sum(0.9*a + b - 3) = 0.9*sum(a) + sum(b) - 3*count(*)
//
// over the rows in which a and b have a value; the others count on neither
// side. Sums that differ in their constants only then share the sums of a few
// columns, and nothing is multiplied row by row. Both sides are the same number
// as long as all is exact, so floats are left as they are.
func splitSums(p plan) plan {
	scans := make([]scan, len(p.scans))
	for i, s := range p.scans {
		s.leaves = p.splitLeaves(&s)
		scans[i] = s
	}
	p.scans = scans
	return p
}

// splitLeaves splits those sums that need fewer parts than there are sums.
func (p *plan) splitLeaves(s *scan) []scanLeaf {
	if s.early || s.spine != nil || s.level != nil || s.journey != nil || s.rollup != nil || len(s.leaves) < 2 {
		return s.leaves
	}
	leaves := slices.Clone(s.leaves)
	alike := map[string][]int{} // by columns and filter
	for i, l := range leaves {
		leaves[i].linear = p.linear(l)
		if id := shareID(leaves[i], s.flags != nil); id != "" {
			alike[id] = append(alike[id], i)
		}
	}
	for _, list := range alike {
		parts := len(leaves[list[0]].linear.Terms)
		if slices.ContainsFunc(list, func(i int) bool { return leaves[i].linear.Constant != nil }) {
			parts++ // rows are counted, too
		}
		sums := map[string]bool{}
		for _, i := range list {
			sums[p.q.leafOf(leaves[i].slot).agg().Arg.Node().String()] = true
		}
		if parts < len(sums) {
			continue
		}
		for _, i := range list {
			leaves[i].linear = nil
		}
	}
	return leaves
}

// shareID is the same for sums that can be computed from the same parts. Where
// rows are grouped by flags the filters come after the parts.
func shareID(l scanLeaf, flagged bool) string {
	if l.linear == nil {
		return ""
	}
	var id []string
	for _, t := range l.linear.Terms {
		id = append(id, t.Column.Ref.(*semantic.Field).String())
	}
	slices.Sort(id)
	if !flagged {
		var filter []string
		for _, c := range l.filter {
			filter = append(filter, c.text)
		}
		slices.Sort(filter)
		id = append(append(id, ""), filter...)
	}
	return strings.Join(id, "\x00")
}

// linear is what a sum adds up, when it is linear in stored numbers and neither
// the sums of these nor what is made of them can get too large; nil otherwise.
func (p *plan) linear(l scanLeaf) *expr.Linear {
	agg := p.q.leafOf(l.slot).agg()
	if l.unread || agg.Func != "sum" || agg.Arg == nil {
		return nil
	}
	lin, ok := agg.Arg.Linear()
	if !ok {
		return nil
	}
	rows := int64(1e10) // where nobody has counted
	if state, counted := p.q.stateOf(agg.Dataset.Name); counted && state.Rows > 0 {
		rows = state.Rows
	}
	if digits := 1 + int(math.Log10(float64(rows))); !fits(lin, digits) {
		return nil
	}
	return &lin
}

// fits reports whether all digits of sums over so many rows, a number of that
// many digits, have room in a decimal.
func fits(l expr.Linear, rows int) bool {
	const most, ofInteger = 38, 19
	whole, scale := 0, 0
	if l.Constant != nil {
		whole, scale = l.Constant.Whole(), l.Constant.Scale
	}
	for _, t := range l.Terms {
		f, ok := t.Column.Ref.(*semantic.Field)
		if !ok || f.Column == nil || f.Computed != nil || f.Grain != "" || f.Many() {
			return false
		}
		digits, after := ofInteger, 0
		if f.Type == expr.Decimal {
			digits, after = 12, 6 // as columns are unless they say otherwise
			if f.Column.Precision > 0 {
				digits, after = f.Column.Precision-f.Column.Scale, f.Column.Scale
			}
		}
		whole = max(whole, digits+t.Factor.Whole())
		scale = max(scale, after+t.Factor.Scale)
	}
	added := len(strconv.Itoa(len(l.Terms) + 1)) // digits that adding them up may bring
	return whole+rows+added+scale <= most
}
