package metricflow

import (
	"strings"

	"lodestar/internal/expr"
)

// guesser finds the types of columns from how they are used, where no schema
// is known. The first use that tells something counts.
type guesser map[string]expr.Type

// want notes that a node should be of a type and looks into its parts.
func (g guesser) want(n expr.Node, t expr.Type) {
	switch n := n.(type) {
	case *expr.Name:
		name := strings.ToLower(strings.Join(n.Parts, "."))
		if t != "" && g[name] == "" {
			g[name] = t
		}
	case *expr.Unary:
		if n.Op == "not" {
			g.want(n.X, expr.Boolean)
		} else {
			g.want(n.X, expr.Float)
		}
	case *expr.Binary:
		g.binary(n)
	case *expr.In:
		for _, x := range n.List {
			g.alike(n.X, x)
		}
	case *expr.Between:
		g.alike(n.X, n.Lo)
		g.alike(n.X, n.Hi)
	case *expr.Like:
		g.want(n.X, expr.String)
	case *expr.Case:
		for _, w := range n.Whens {
			if n.Operand == nil {
				g.want(w.If, expr.Boolean)
			} else {
				g.alike(n.Operand, w.If)
			}
			g.want(w.Then, t)
		}
		if n.Else != nil {
			g.want(n.Else, t)
		}
	case *expr.Call:
		g.call(n, t)
	case *expr.IsNull:
		g.want(n.X, "")
	case *expr.Cast:
		g.want(n.X, "")
	}
}

func (g guesser) binary(n *expr.Binary) {
	switch n.Op {
	case "and", "or":
		g.want(n.L, expr.Boolean)
		g.want(n.R, expr.Boolean)
	case "||":
		g.want(n.L, expr.String)
		g.want(n.R, expr.String)
	case "+", "-", "*", "/", "%":
		g.want(n.L, expr.Float)
		g.want(n.R, expr.Float)
	default:
		g.alike(n.L, n.R)
	}
}

// alike notes that both sides are of one type.
func (g guesser) alike(a, b expr.Node) {
	g.want(a, g.plain(b))
	g.want(b, g.plain(a))
}

// plain is the type of a literal or of a name already known.
func (g guesser) plain(n expr.Node) expr.Type {
	switch n := n.(type) {
	case *expr.Number:
		return expr.Float
	case *expr.Text:
		return expr.String
	case *expr.Bool:
		return expr.Boolean
	case *expr.Moment:
		return expr.Timestamp
	case *expr.Cast:
		return n.To
	case *expr.Name:
		return g[strings.ToLower(strings.Join(n.Parts, "."))]
	case *expr.Unary:
		if n.Op == "-" {
			return expr.Float
		}
		return expr.Boolean
	}
	return ""
}

func (g guesser) call(n *expr.Call, t expr.Type) {
	arg := t
	switch n.Function {
	case "abs", "ceil", "floor", "round", "sqrt", "ln", "exp", "power":
		arg = expr.Float
	case "date", "date_trunc", "day", "month", "quarter", "year", "dow", "days_between", "hour":
		arg = expr.Timestamp
	case "lower", "upper", "trim", "length", "substr", "left", "right", "replace", "starts_with", "contains":
		arg = expr.String
	}
	for i, a := range n.Args {
		switch {
		case n.Function == "if" && i == 0:
			g.want(a, expr.Boolean)
		case n.Function == "date_trunc" && i == 0:
		default:
			g.want(a, arg)
		}
	}
}
