package metricflow

import (
	"lodestar/internal/expr"
)

// rebuild copies an expression with names replaced by what f gives for them.
// Casts of texts to times become literals; casts of what is a time already go.
func rebuild(n expr.Node, f func(*expr.Name) (expr.Node, bool, error)) (expr.Node, error) {
	b := rebuilder{name: f}
	out := b.node(n)
	return out, b.err
}

type rebuilder struct {
	name  func(*expr.Name) (out expr.Node, isTime bool, err error)
	err   error
	times map[expr.Node]bool
}

func (b *rebuilder) nodes(list []expr.Node) []expr.Node {
	out := make([]expr.Node, len(list))
	for i, n := range list {
		out[i] = b.node(n)
	}
	return out
}

func (b *rebuilder) node(n expr.Node) expr.Node {
	if b.err != nil || n == nil {
		return n
	}
	switch n := n.(type) {
	case *expr.Name:
		out, isTime, err := b.name(n)
		if err != nil {
			b.err = err
			return n
		}
		if isTime {
			if b.times == nil {
				b.times = map[expr.Node]bool{}
			}
			b.times[out] = true
		}
		return out
	case *expr.Unary:
		return &expr.Unary{Op: n.Op, X: b.node(n.X)}
	case *expr.Binary:
		return &expr.Binary{Op: n.Op, L: b.node(n.L), R: b.node(n.R)}
	case *expr.IsNull:
		return &expr.IsNull{X: b.node(n.X), Not: n.Not}
	case *expr.In:
		return &expr.In{X: b.node(n.X), List: b.nodes(n.List), Not: n.Not}
	case *expr.Between:
		return &expr.Between{X: b.node(n.X), Lo: b.node(n.Lo), Hi: b.node(n.Hi), Not: n.Not}
	case *expr.Like:
		return &expr.Like{X: b.node(n.X), Pattern: b.node(n.Pattern), Not: n.Not}
	case *expr.Case:
		out := &expr.Case{}
		if n.Operand != nil {
			out.Operand = b.node(n.Operand)
		}
		for _, w := range n.Whens {
			out.Whens = append(out.Whens, expr.When{If: b.node(w.If), Then: b.node(w.Then)})
		}
		if n.Else != nil {
			out.Else = b.node(n.Else)
		}
		return out
	case *expr.Call:
		if len(n.Args) == 2 {
			if mark, ok := n.Args[0].(*expr.Text); ok && mark.Value == asTimestamp {
				return b.timestamp(n.Args[1])
			}
		}
		return &expr.Call{Function: n.Function, Args: b.nodes(n.Args)}
	case *expr.Cast:
		return b.cast(n)
	}
	return n
}

func (b *rebuilder) cast(n *expr.Cast) expr.Node {
	x := b.node(n.X)
	if t, ok := x.(*expr.Text); ok && n.To.IsTime() {
		return &expr.Moment{Type: n.To, Value: t.Value}
	}
	return &expr.Cast{X: x, To: n.To, Try: n.Try}
}

// timestamp is what CAST(x AS TIMESTAMP) stands for: a literal of a text, a
// time as it is.
func (b *rebuilder) timestamp(x expr.Node) expr.Node {
	x = b.node(x)
	if t, ok := x.(*expr.Text); ok {
		return &expr.Moment{Type: expr.Timestamp, Value: t.Value}
	}
	if !b.times[x] && b.err == nil {
		b.err = lost("{sql} is no time and cannot be cast to one", "{sql} 不是时间，不能转换为时间", "sql", x.String())
	}
	return x
}

func name(parts ...string) expr.Node { return &expr.Name{Parts: parts} }

func function(f string, args ...expr.Node) expr.Node { return &expr.Call{Function: f, Args: args} }

func literal(s string) expr.Node { return &expr.Text{Value: s} }

func whole(s string) expr.Node { return &expr.Number{Text: s} }
