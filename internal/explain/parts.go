package explain

import (
	"math"
	"strings"

	"lodestar/internal/text"
)

// operand is a part of a formula with the sign by which it enters.
type operand struct {
	op string // + − × ÷, or "" inside a function
	n  *node
}

// Signs of operands, as shown.
const (
	opPlus   = "+"
	opMinus  = "−"
	opTimes  = "×"
	opDivide = "÷"
)

func flip(op string) string {
	switch op {
	case opPlus:
		return opMinus
	case opMinus:
		return opPlus
	case opTimes:
		return opDivide
	case opDivide:
		return opTimes
	}
	return op
}

// operands lists what a node is made of, chains of + and − or of × and ÷ as
// one level; constants are left out.
func (n *node) operands() []operand {
	var out []operand
	var walk func(x *node, op string, sums, top bool)
	walk = func(x *node, op string, sums, top bool) {
		opens := x.kind == plus || x.kind == minus
		if !sums {
			opens = x.kind == times || x.kind == divide
		}
		if !opens || x.metric != nil && !top {
			if len(x.occurrences()) > 0 {
				out = append(out, operand{op, x})
			}
			return
		}
		for i, p := range x.parts {
			next := op
			if i > 0 && (x.kind == minus || x.kind == divide) {
				next = flip(op)
			}
			walk(p, next, sums, false)
		}
	}
	switch n.kind {
	case plus, minus:
		walk(n, opPlus, true, true)
	case times, divide:
		walk(n, opTimes, false, true)
	case filled:
		return []operand{{opPlus, n.parts[0]}}
	case opaque:
		for _, p := range n.parts {
			out = append(out, operand{"", p})
		}
	}
	return out
}

// title is the metric's title, or the expression with titles put in.
func (n *node) title(l text.Lang) string {
	switch {
	case n.metric != nil && n.where != "":
		return text.Text{ZH: "{metric}（{where}）", EN: "{metric} ({where})"}.With("metric", n.metric.Title, "where", n.where).In(l)
	case n.metric != nil:
		return n.metric.Title.In(l)
	case n.kind == opaque:
		return n.label
	}
	var b strings.Builder
	for i, o := range n.operands() {
		name := o.n.title(l)
		if o.n.metric == nil && len(o.n.parts) > 1 && o.n.kind != opaque {
			name = "(" + name + ")"
		}
		switch {
		case i > 0:
			b.WriteString(" " + o.op + " ")
		case o.op == opMinus:
			b.WriteString(o.op)
		case o.op == opDivide:
			b.WriteString("1 " + o.op + " ")
		}
		b.WriteString(name)
	}
	return b.String()
}

// formulaParts lays the leaves' parts out along the formula.
func formulaParts(n *node, from, to, leaves []float64, change float64) []FormulaPart {
	var out []FormulaPart
	for _, o := range n.operands() {
		p := FormulaPart{
			Title: text.Text{ZH: o.n.title(text.ZH), EN: o.n.title(text.EN)}, Op: o.op,
			From: pointer(o.n.eval(from)), To: pointer(o.n.eval(to)),
		}
		if m := o.n.metric; m != nil {
			p.Metric, p.Unit, p.Format = m.Name, m.Unit, m.Format
		}
		for _, leaf := range o.n.occurrences() {
			p.Contribution += leaves[leaf]
		}
		p.Share = share(p.Contribution, change)
		if o.n.kind != leafNode {
			p.Parts = formulaParts(o.n, from, to, leaves, change)
		}
		out = append(out, p)
	}
	return out
}

func pointer(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}

// share is part / whole, nil when the whole is 0 or the share says nothing.
func share(part, whole float64) *float64 {
	if whole == 0 {
		return nil
	}
	return pointer(part / whole)
}

// FormulaSplit splits the change between two sets of leaf values along the
// formula. ok is false when it cannot be split: a side has no value, or the
// formula has none on any way from one to the other.
func (f *Formula) FormulaSplit(from, to []float64) (split *FormulaSplit, ok bool) {
	leaves, ok := f.Split(from, to)
	if !ok {
		return nil, false
	}
	change := f.Eval(to) - f.Eval(from)
	out := &FormulaSplit{Parts: formulaParts(f.root, from, to, leaves, change), Residual: change}
	for _, p := range out.Parts {
		out.Residual -= p.Contribution
	}
	return out, true
}
