package explain

import (
	"math"
	"strconv"
	"strings"

	"lodestar/internal/expr"
	"lodestar/internal/fault"
	"lodestar/internal/semantic"
	"lodestar/internal/text"
)

// Leaf is one occurrence of a simple metric in a formula: a player of the
// Shapley split. The same metric may occur several times.
type Leaf struct {
	Metric *semantic.Metric
	Where  string // conditions of the inputs on the way down, joined by and; "" for none
}

// Key tells leaves apart that need different numbers.
func (l Leaf) Key() string { return l.Metric.Name + "\x00" + l.Where }

// Formula is a metric opened down to its simple metrics.
type Formula struct {
	Metric *semantic.Metric
	Leaves []Leaf // in order of appearance
	root   *node
}

// kind says what a node does with its parts.
type kind int

const (
	leafNode kind = iota
	constant
	plus
	minus
	times
	divide
	filled // its one part, or 0 where that has no value
	opaque // any other function: evaluated as a whole
)

// node is a part of a formula. NaN stands for no value everywhere in this
// package's arithmetic.
type node struct {
	kind   kind
	metric *semantic.Metric // set where a metric begins, also on its leaf
	where  string           // the conditions on that metric; "" for none
	leaf   int              // index into Formula.Leaves, for leafNode
	value  float64          // for constant
	parts  []*node
	label  string // the expression as text, for parts without a metric
	call   func([]float64) float64
}

// maxDepth bounds nesting; definitions cannot be circular, so only absurd
// formulas reach it.
const maxDepth = 64

// maxOccurrences bounds the leaves of a formula.
const maxOccurrences = 256

// NewFormula opens a metric of the model. The fault is Invalid when the
// formula is too large to split.
func NewFormula(m *semantic.Metric) (*Formula, error) {
	f := &Formula{Metric: m}
	root, err := f.open(m, nil, 0)
	if err != nil {
		return nil, err
	}
	f.root = root
	return f, nil
}

// single reports whether the metric is its own only leaf.
func (f *Formula) single() bool { return f.Metric.Whole() }

func (f *Formula) open(m *semantic.Metric, where []string, depth int) (*node, error) {
	if depth > maxDepth || len(f.Leaves) >= maxOccurrences {
		return nil, fault.New(fault.Invalid, "formula_too_large", text.Text{
			ZH: "{metric} 的公式太大，无法拆解", EN: "the formula of {metric} is too large to be split"}, "metric", f.Metric.Name)
	}
	if m.Whole() {
		f.Leaves = append(f.Leaves, Leaf{Metric: m, Where: and(where)})
		return &node{kind: leafNode, metric: m, where: and(where), leaf: len(f.Leaves) - 1}, nil
	}
	o := opener{f: f, formula: m.Formula, where: where, depth: depth}
	n, err := o.node(m.Formula.Expr.Node())
	if err != nil {
		return nil, err
	}
	if n.metric != nil { // a formula that only names another metric keeps both names
		n = &node{kind: plus, parts: []*node{n}}
	}
	n.metric, n.where = m, and(where)
	return n, nil
}

func and(where []string) string {
	if len(where) == 1 {
		return where[0]
	}
	parts := make([]string, len(where))
	for i, w := range where {
		parts[i] = "(" + w + ")"
	}
	return strings.Join(parts, " and ")
}

// opener turns the expression of one formula into nodes.
type opener struct {
	f       *Formula
	formula *semantic.Formula
	where   []string
	depth   int
}

func (o opener) node(n expr.Node) (*node, error) {
	switch n := n.(type) {
	case *expr.Number:
		v, err := strconv.ParseFloat(n.Text, 64)
		if err == nil {
			return &node{kind: constant, value: v, label: n.Text}, nil
		}
	case *expr.Unary:
		if n.Op == "-" {
			x, err := o.node(n.X)
			if err != nil {
				return nil, err
			}
			return &node{kind: minus, parts: []*node{{kind: constant}, x}, label: n.String()}, nil
		}
	case *expr.Binary:
		if k, ok := binaryKind(n.Op); ok {
			l, err := o.node(n.L)
			if err != nil {
				return nil, err
			}
			r, err := o.node(divisor(n))
			if err != nil {
				return nil, err
			}
			return &node{kind: k, parts: []*node{l, r}, label: n.String()}, nil
		}
	case *expr.Call:
		if x, ok := zeroFilled(n); ok {
			part, err := o.node(x)
			if err != nil {
				return nil, err
			}
			return &node{kind: filled, parts: []*node{part}, label: n.String()}, nil
		}
	case *expr.Name:
		if op := o.operand(strings.Join(n.Parts, ".")); op != nil {
			return o.metric(op)
		}
	}
	return o.opaque(n)
}

// divisor is the right side of an operation. nullif(x, 0) under a division is
// x, since dividing by 0 gives no value anyway.
func divisor(n *expr.Binary) expr.Node {
	if c, ok := n.R.(*expr.Call); ok && n.Op == "/" && c.Function == "nullif" && len(c.Args) == 2 && isZero(c.Args[1]) {
		return c.Args[0]
	}
	return n.R
}

// zeroFilled recognises coalesce(x, 0).
func zeroFilled(c *expr.Call) (expr.Node, bool) {
	if c.Function == "coalesce" && len(c.Args) == 2 && isZero(c.Args[1]) {
		return c.Args[0], true
	}
	return nil, false
}

func isZero(n expr.Node) bool {
	x, ok := n.(*expr.Number)
	if !ok {
		return false
	}
	v, err := strconv.ParseFloat(x.Text, 64)
	return err == nil && v == 0
}

func binaryKind(op string) (kind, bool) {
	switch op {
	case "+":
		return plus, true
	case "-":
		return minus, true
	case "*":
		return times, true
	case "/":
		return divide, true
	}
	return 0, false
}

func (o opener) operand(name string) *semantic.Operand {
	for _, op := range o.formula.Operands {
		if op.Name == name {
			return op
		}
	}
	return nil
}

func (o opener) metric(op *semantic.Operand) (*node, error) {
	where := o.where
	if op.Filter != nil {
		where = append(where[:len(where):len(where)], op.Filter.Text)
	}
	return o.f.open(op.Metric, where, o.depth+1)
}

// opaque keeps a function whole: its metrics are its parts, each once, and the
// function is evaluated by the language itself.
func (o opener) opaque(n expr.Node) (*node, error) {
	out := &node{kind: opaque, label: n.String()}
	s := scope{}
	typed, err := expr.Check(n, &s)
	if err != nil {
		return nil, err
	}
	for _, name := range s.names {
		op := o.operand(name)
		if op == nil {
			return nil, expr.UnknownName(name, nil)
		}
		part, err := o.metric(op)
		if err != nil {
			return nil, err
		}
		out.parts = append(out.parts, part)
	}
	out.call = func(args []float64) float64 {
		v, err := typed.Eval(func(ref any) any {
			if x := args[ref.(int)]; !math.IsNaN(x) {
				return x
			}
			return nil
		})
		if err != nil {
			return math.NaN()
		}
		return number(v)
	}
	return out, nil
}

// number reads a value of an answer; NaN for none.
func number(v any) float64 {
	switch v := v.(type) {
	case float64:
		return v
	case int64:
		return float64(v)
	case interface{ Float64() float64 }: // a decimal
		return v.Float64()
	}
	return math.NaN()
}

// scope gives every distinct name the next index.
type scope struct{ names []string }

func (s *scope) Resolve(parts []string) (expr.Symbol, error) {
	name := strings.Join(parts, ".")
	for i, known := range s.names {
		if known == name {
			return expr.Symbol{Ref: i, Type: expr.Float}, nil
		}
	}
	s.names = append(s.names, name)
	return expr.Symbol{Ref: len(s.names) - 1, Type: expr.Float}, nil
}

// Eval computes the metric from the values of its leaves; NaN is no value, in
// and out. Dividing by 0 gives no value.
func (f *Formula) Eval(leaves []float64) float64 { return f.root.eval(leaves) }

func (n *node) eval(leaves []float64) float64 {
	switch n.kind {
	case leafNode:
		return leaves[n.leaf]
	case constant:
		return n.value
	case opaque:
		args := make([]float64, len(n.parts))
		for i, p := range n.parts {
			args[i] = p.eval(leaves)
		}
		return n.call(args)
	}
	v := n.parts[0].eval(leaves)
	if n.kind == filled && math.IsNaN(v) {
		return 0
	}
	for _, p := range n.parts[1:] {
		x := p.eval(leaves)
		switch n.kind {
		case plus:
			v += x
		case minus:
			v -= x
		case times:
			v *= x
		case divide:
			if x == 0 {
				return math.NaN()
			}
			v /= x
		}
	}
	if math.IsInf(v, 0) {
		return math.NaN()
	}
	return v
}

// occurrences lists the leaves below the node.
func (n *node) occurrences() []int {
	if n.kind == leafNode {
		return []int{n.leaf}
	}
	var out []int
	for _, p := range n.parts {
		out = append(out, p.occurrences()...)
	}
	return out
}

// Operand is a metric that a formula is directly made of.
type Operand struct {
	Metric *semantic.Metric
	Where  string // conditions on the metric inside the formula; "" for none
	Op     string // + − × ÷, or "" inside a function
	Leaves []int  // its leaf occurrences, indexes into Formula.Leaves
}

// Operands lists the metrics of the formula itself, in order of appearance; a
// metric that occurs twice is listed twice. Simple metrics have none.
func (f *Formula) Operands() []Operand {
	var out []Operand
	var walk func(n *node, op string, top bool)
	walk = func(n *node, op string, top bool) {
		if n.metric != nil && !top {
			out = append(out, Operand{Metric: n.metric, Where: n.where, Op: op, Leaves: n.occurrences()})
			return
		}
		for i, p := range n.parts {
			walk(p, innerOp(n.kind, i, op), false)
		}
	}
	walk(f.root, "", true)
	return out
}

// innerOp is the sign of part i: its own operation decides, but all that
// stands under a division divides.
func innerOp(k kind, i int, outer string) string {
	switch {
	case k == divide && i > 0:
		if outer == opDivide {
			return opTimes
		}
		return opDivide
	case outer == opDivide:
		return outer
	case k == minus && i > 0:
		return opMinus
	case k == plus || k == minus:
		return opPlus
	case k == times || k == divide:
		return opTimes
	}
	return outer
}
