package expr

import "strings"

// source writes a node for a place that binds with the given power, with
// brackets when the node binds weaker.
func source(b *strings.Builder, n Node, power int) {
	if own := powerOf(n); own < power {
		b.WriteByte('(')
		defer b.WriteByte(')')
	}
	switch n := n.(type) {
	case *Name:
		for i, part := range n.Parts {
			if i > 0 {
				b.WriteByte('.')
			}
			b.WriteString(QuoteName(part))
		}
	case *Number:
		b.WriteString(n.Text)
	case *Text:
		b.WriteString(QuoteText(n.Value))
	case *Bool:
		if n.Value {
			b.WriteString("true")
		} else {
			b.WriteString("false")
		}
	case *None:
		b.WriteString("null")
	case *Moment:
		b.WriteString(string(n.Type) + " " + QuoteText(n.Value))
	case *Unary:
		if n.Op == "not" {
			b.WriteString("not ")
			source(b, n.X, powerNot)
		} else {
			b.WriteString(n.Op)
			source(b, n.X, powerMinus+1)
		}
	case *Binary:
		own := powerOf(n)
		left := own
		if own == powerCompare {
			left++
		}
		source(b, n.L, left)
		b.WriteString(" " + n.Op + " ")
		source(b, n.R, own+1)
	case *IsNull:
		source(b, n.X, powerCompare+1)
		b.WriteString(" is " + negated(n.Not) + "null")
	case *In:
		source(b, n.X, powerCompare+1)
		b.WriteString(" " + negated(n.Not) + "in (")
		sources(b, n.List)
		b.WriteByte(')')
	case *Between:
		source(b, n.X, powerCompare+1)
		b.WriteString(" " + negated(n.Not) + "between ")
		source(b, n.Lo, powerCompare+1)
		b.WriteString(" and ")
		source(b, n.Hi, powerCompare+1)
	case *Like:
		source(b, n.X, powerCompare+1)
		b.WriteString(" " + negated(n.Not) + "like ")
		source(b, n.Pattern, powerCompare+1)
	case *Case:
		sourceCase(b, n)
	case *Call:
		b.WriteString(n.Function + "(")
		sources(b, n.Args)
		b.WriteByte(')')
	case *Cast:
		if n.Try {
			b.WriteString("try_")
		}
		b.WriteString("cast(")
		source(b, n.X, 0)
		b.WriteString(" as " + string(n.To) + ")")
	}
}

func negated(not bool) string {
	if not {
		return "not "
	}
	return ""
}

func sources(b *strings.Builder, list []Node) {
	for i, x := range list {
		if i > 0 {
			b.WriteString(", ")
		}
		source(b, x, 0)
	}
}

func sourceCase(b *strings.Builder, n *Case) {
	b.WriteString("case ")
	if n.Operand != nil {
		source(b, n.Operand, 0)
		b.WriteByte(' ')
	}
	for _, w := range n.Whens {
		b.WriteString("when ")
		source(b, w.If, 0)
		b.WriteString(" then ")
		source(b, w.Then, 0)
		b.WriteByte(' ')
	}
	if n.Else != nil {
		b.WriteString("else ")
		source(b, n.Else, 0)
		b.WriteByte(' ')
	}
	b.WriteString("end")
}

// powerOf tells how strongly a node holds its parts together.
func powerOf(n Node) int {
	switch n := n.(type) {
	case *Unary:
		if n.Op == "not" {
			return powerNot
		}
		return powerMinus
	case *Binary:
		switch n.Op {
		case "or":
			return powerOr
		case "and":
			return powerAnd
		case "||":
			return powerConcat
		case "+", "-":
			return powerAdd
		case "*", "/", "%":
			return powerMultiply
		}
		return powerCompare
	case *IsNull, *In, *Between, *Like:
		return powerCompare
	}
	return powerMinus + 1
}

// QuoteName writes one part of a name as an expression needs it: as it is, or
// in backquotes.
func QuoteName(part string) string {
	if part != "" && !isKeyword(strings.ToLower(part)) && plainName(part) {
		return part
	}
	return "`" + strings.ReplaceAll(part, "`", "``") + "`"
}

// QuoteText writes a text literal.
func QuoteText(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

func plainName(s string) bool {
	for i, r := range s {
		if i == 0 && !isNameStart(r) || !isNamePart(r) {
			return false
		}
	}
	return true
}

func written(n Node) string {
	var b strings.Builder
	source(&b, n, 0)
	return b.String()
}

func (n *Name) String() string    { return written(n) }
func (n *Number) String() string  { return written(n) }
func (n *Text) String() string    { return written(n) }
func (n *Bool) String() string    { return written(n) }
func (n *None) String() string    { return written(n) }
func (n *Moment) String() string  { return written(n) }
func (n *Unary) String() string   { return written(n) }
func (n *Binary) String() string  { return written(n) }
func (n *IsNull) String() string  { return written(n) }
func (n *In) String() string      { return written(n) }
func (n *Between) String() string { return written(n) }
func (n *Like) String() string    { return written(n) }
func (n *Case) String() string    { return written(n) }
func (n *Call) String() string    { return written(n) }
func (n *Cast) String() string    { return written(n) }
