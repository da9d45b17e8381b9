package expr

import "time"

// Symbol is what a name stands for: a reference that the caller gets back when
// printing or evaluating, and its type. Ref must be comparable with ==.
type Symbol struct {
	Ref  any
	Type Type
}

// Scope tells what names mean. The error is best an *Error from UnknownName;
// Check adds the position.
type Scope interface {
	Resolve(parts []string) (Symbol, error)
}

// Typed is a checked expression, ready to be printed or evaluated. It is
// immutable and safe for concurrent use.
type Typed struct {
	node    Node
	root    *term
	symbols []Symbol
}

// Type is the type of the whole.
func (t *Typed) Type() Type { return t.root.typ }

// Symbols lists what the names stand for, each once, in order of appearance.
// The list is shared and must not be changed.
func (t *Typed) Symbols() []Symbol { return t.symbols[:len(t.symbols):len(t.symbols)] }

// Node is the tree that was checked.
func (t *Typed) Node() Node { return t.node }

// Print writes the expression for an engine with times in UTC. Use a Printer
// for another zone.
func (t *Typed) Print(d Dialect, column func(ref any) SQL) SQL {
	return Printer{Dialect: d, Column: column}.Print(t)
}

// Eval computes the expression with times in UTC. Use an Env for another zone.
func (t *Typed) Eval(value func(ref any) any) (any, error) {
	return Env{Value: value}.Eval(t)
}

// term is a node of the checked tree. Coercions and shorthands are already
// worked out, so that printing and evaluation have few cases.
type term struct {
	op   op
	typ  Type
	args []*term
	name string    // opCall: canonical function; opBinary: operator
	val  any       // opLiteral: as Dialect.Literal takes it, nil for NULL
	at   time.Time // opMoment
	// civil says that at is local time to be resolved in the query's zone.
	civil bool
	sym   Symbol
	where Span
	// factors counts decimals multiplied with each other.
	factors int
}

type op int

const (
	opLiteral op = iota
	opMoment     // date or timestamp literal
	opColumn
	opBinary   // arithmetic, comparison, and, or, ||
	opNegate   // -x
	opNot      // not x
	opIsNull   // x is null
	opIn       // args[0] in args[1:]
	opCase     // pairs of condition and value, then the else value
	opCall     // function
	opCast     // to typ from args[0].typ
	opLocal    // timestamp → naive local timestamp
	opMidnight // date → naive local timestamp
)
