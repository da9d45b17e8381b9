package expr

// Span bounds a part of the source in characters (runes), End exclusive.
type Span struct{ Offset, End int }

// Where gives the span itself; nodes embed it.
func (s Span) Where() Span { return s }

// Node is a part of a parsed expression. Nodes are not changed after Parse and
// may be shared.
type Node interface {
	// Where bounds the node in its source.
	Where() Span
	// String writes the node in the canonical form, which parses to an Equal
	// node.
	String() string
}

// The nodes.
type (
	// Name is a column, dimension or metric: a, a.b or `any text`.
	Name struct {
		Span
		Parts []string
	}
	// Number is a literal as written, without sign: 12, 0.5, 1e3.
	Number struct {
		Span
		Text string
	}
	// Text is a text literal, escapes undone.
	Text struct {
		Span
		Value string
	}
	// Bool is true or false.
	Bool struct {
		Span
		Value bool
	}
	// None is the literal null.
	None struct{ Span }
	// Moment is date '…' or timestamp '…'; Type is Date or Timestamp, Value
	// the text between the quotes.
	Moment struct {
		Span
		Type  Type
		Value string
	}
	// Unary is -x or not x; Op is "-" or "not".
	Unary struct {
		Span
		Op string
		X  Node
	}
	// Binary has Op one of + - * / % || = <> < <= > >= and or.
	Binary struct {
		Span
		Op   string
		L, R Node
	}
	// IsNull is x is [not] null.
	IsNull struct {
		Span
		X   Node
		Not bool
	}
	// In is x [not] in (a, b, …).
	In struct {
		Span
		X    Node
		List []Node
		Not  bool
	}
	// Between is x [not] between lo and hi, both included.
	Between struct {
		Span
		X, Lo, Hi Node
		Not       bool
	}
	// Like is x [not] like pattern.
	Like struct {
		Span
		X, Pattern Node
		Not        bool
	}
	// Case is case [operand] when … then … [else …] end; Operand and Else may
	// be nil.
	Case struct {
		Span
		Operand Node
		Whens   []When
		Else    Node
	}
	// Call is a function by its lower-case name.
	Call struct {
		Span
		Function string
		Args     []Node
	}
	// Cast is cast(x as type) or try_cast, which mean the same: a value that
	// does not convert is NULL.
	Cast struct {
		Span
		X   Node
		To  Type
		Try bool
	}
)

// When is one branch of a Case.
type When struct{ If, Then Node }

// Children lists the direct parts of a node in the order of the source.
func Children(n Node) []Node {
	switch n := n.(type) {
	case *Unary:
		return []Node{n.X}
	case *Binary:
		return []Node{n.L, n.R}
	case *IsNull:
		return []Node{n.X}
	case *In:
		return append([]Node{n.X}, n.List...)
	case *Between:
		return []Node{n.X, n.Lo, n.Hi}
	case *Like:
		return []Node{n.X, n.Pattern}
	case *Case:
		var out []Node
		if n.Operand != nil {
			out = append(out, n.Operand)
		}
		for _, w := range n.Whens {
			out = append(out, w.If, w.Then)
		}
		if n.Else != nil {
			out = append(out, n.Else)
		}
		return out
	case *Call:
		return n.Args
	case *Cast:
		return []Node{n.X}
	}
	return nil
}

// Names lists the names in order of appearance, repeats included.
func Names(n Node) []*Name {
	var out []*Name
	var walk func(Node)
	walk = func(n Node) {
		if name, ok := n.(*Name); ok {
			out = append(out, name)
			return
		}
		for _, c := range Children(n) {
			walk(c)
		}
	}
	walk(n)
	return out
}

// Equal reports whether two trees are the same, positions aside.
func Equal(a, b Node) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	if !sameHead(a, b) {
		return false
	}
	x, y := Children(a), Children(b)
	if len(x) != len(y) {
		return false
	}
	for i := range x {
		if !Equal(x[i], y[i]) {
			return false
		}
	}
	return true
}

// sameHead compares two nodes without their children.
func sameHead(a, b Node) bool {
	switch a := a.(type) {
	case *Name:
		b, ok := b.(*Name)
		if !ok || len(a.Parts) != len(b.Parts) {
			return false
		}
		for i := range a.Parts {
			if a.Parts[i] != b.Parts[i] {
				return false
			}
		}
		return true
	case *Number:
		b, ok := b.(*Number)
		return ok && a.Text == b.Text
	case *Text:
		b, ok := b.(*Text)
		return ok && a.Value == b.Value
	case *Bool:
		b, ok := b.(*Bool)
		return ok && a.Value == b.Value
	case *None:
		_, ok := b.(*None)
		return ok
	case *Moment:
		b, ok := b.(*Moment)
		return ok && a.Type == b.Type && a.Value == b.Value
	case *Unary:
		b, ok := b.(*Unary)
		return ok && a.Op == b.Op
	case *Binary:
		b, ok := b.(*Binary)
		return ok && a.Op == b.Op
	case *IsNull:
		b, ok := b.(*IsNull)
		return ok && a.Not == b.Not
	case *In:
		b, ok := b.(*In)
		return ok && a.Not == b.Not
	case *Between:
		b, ok := b.(*Between)
		return ok && a.Not == b.Not
	case *Like:
		b, ok := b.(*Like)
		return ok && a.Not == b.Not
	case *Case:
		b, ok := b.(*Case)
		return ok && (a.Operand == nil) == (b.Operand == nil) && len(a.Whens) == len(b.Whens)
	case *Call:
		b, ok := b.(*Call)
		return ok && a.Function == b.Function
	case *Cast:
		b, ok := b.(*Cast)
		return ok && a.To == b.To && a.Try == b.Try
	}
	return false
}
