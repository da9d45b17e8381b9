package semantic

import (
	"strings"

	"lodestar/internal/catalog"
	"lodestar/internal/expr"
	"lodestar/internal/text"
)

// classOf derives how a formula's values combine: sums and differences of
// additive metrics, perhaps times a number, stay additive.
func classOf(n expr.Node, by map[string]*Operand, all []*Operand) Class {
	class := Additive
	for _, o := range all {
		if o.Metric.Class == Holistic {
			return Holistic
		}
		switch {
		case o.Metric.Class == Algebraic:
			class = Algebraic
		case class == Additive && (o.Metric.Class == SemiAdditive || o.Over != nil && !o.Over.shifted()):
			class = SemiAdditive
		}
	}
	if class != Algebraic && linear(n, by) {
		return class
	}
	return Algebraic
}

// linear reports whether the node is a weighted sum of names.
func linear(n expr.Node, by map[string]*Operand) bool {
	switch n := n.(type) {
	case *expr.Name:
		return true
	case *expr.Unary:
		return n.Op == "-" && linear(n.X, by)
	case *expr.Binary:
		switch n.Op {
		case "+", "-":
			return linear(n.L, by) && linear(n.R, by)
		case "*":
			return constant(n.L) && linear(n.R, by) || linear(n.L, by) && constant(n.R)
		case "/":
			return linear(n.L, by) && constant(n.R)
		}
	}
	return false
}

func constant(n expr.Node) bool { return len(expr.Names(n)) == 0 }

// checkUnits warns of sums and differences of unlike units.
func (c *compiler) checkUnits(m *Metric, n expr.Node, by map[string]*Operand) {
	units := units{of: func(name string) string {
		if o := by[name]; o != nil {
			return o.Metric.Unit
		}
		return ""
	}}
	units.node(n)
	for _, f := range units.findings {
		c.report(KindMetric, m.Name, f)
	}
}

// units follows the units of metrics through a formula.
type units struct {
	of       func(name string) string
	findings []catalog.Finding
}

// node gives the unit of a part, or "" when it is not known: sums keep what
// both sides are, a number in front changes nothing, and anything else makes a
// unit that only a person can name.
func (u *units) node(n expr.Node) string {
	switch n := n.(type) {
	case *expr.Name:
		return u.of(strings.Join(n.Parts, "."))
	case *expr.Unary:
		return u.node(n.X)
	case *expr.Binary:
		l, r := u.node(n.L), u.node(n.R)
		switch {
		case (n.Op == "*" || n.Op == "/") && constant(n.R):
			return l
		case n.Op == "*" && constant(n.L):
			return r
		case n.Op != "+" && n.Op != "-":
			return ""
		}
		if l != "" && r != "" && l != r {
			f := caution("expr", "unlike_units", text.Text{
				ZH: "{l} 和 {r} 单位不同，不能相加减", EN: "{l} and {r} are unlike units to add or subtract"}, "l", l, "r", r)
			f.Offset, f.End = n.Where().Offset, n.Where().End
			u.findings = append(u.findings, f)
		}
		if l == "" {
			return r
		}
		return l
	}
	return ""
}

// shifted reports whether periods only trade places.
func (o *Over) shifted() bool { return o.Shift.N > 0 }
