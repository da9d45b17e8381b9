package expr

import (
	"time"

	"lodestar/internal/calendar"
)

// Printer writes checked expressions for one engine and one query.
type Printer struct {
	Dialect Dialect
	// Column writes what a Symbol's Ref stands for. Timestamps are naive UTC.
	Column func(ref any) SQL
	// Local turns a naive UTC timestamp into the naive local one of the query's
	// zone, for functions such as year and hour; nil keeps UTC.
	Local func(SQL) SQL
	// LocalColumn is Local for what a Symbol's Ref stands for; ok is false for
	// one that has no shorter form. It may be nil.
	LocalColumn func(ref any) (x SQL, ok bool)
	// Zone is the query's zone, in which time literals without an offset are
	// read; nil is UTC. It must agree with Local.
	Zone *time.Location
}

// Print writes the expression. Every operator is in brackets, so that the
// piece can stand anywhere.
func (p Printer) Print(t *Typed) SQL { return p.term(t.root) }

func (p Printer) term(t *term) SQL {
	d := p.Dialect
	switch t.op {
	case opLiteral:
		return d.Literal(t.val, t.typ)
	case opMoment:
		return d.Literal(resolveMoment(t, p.Zone), t.typ)
	case opColumn:
		return p.Column(t.sym.Ref)
	case opBinary:
		return p.binary(t)
	case opNegate:
		return Concat("(-", p.term(t.args[0]), ")")
	case opNot:
		return Concat("(NOT ", p.term(t.args[0]), ")")
	case opIsNull:
		return Concat("(", p.term(t.args[0]), " IS NULL)")
	case opIn:
		return Concat("(", p.term(t.args[0]), " IN (", Join(p.terms(t.args[1:]), ", "), "))")
	case opCase:
		return p.caseWhen(t)
	case opCall:
		return p.call(t)
	case opCast:
		return d.Cast(p.term(t.args[0]), t.args[0].typ, t.typ)
	case opLocal:
		if p.Local == nil {
			return p.term(t.args[0])
		}
		if column := t.args[0]; column.op == opColumn && p.LocalColumn != nil {
			if x, ok := p.LocalColumn(column.sym.Ref); ok {
				return x
			}
		}
		return p.Local(p.term(t.args[0]))
	case opMidnight:
		return d.Cast(p.term(t.args[0]), Date, Timestamp)
	}
	panic("expr: term without a way to print it")
}

// call tells apart what engines do in different ways for exact numbers and for
// floats.
func (p Printer) call(t *term) SQL {
	args := p.terms(t.args)
	switch t.name {
	case "floor", "ceil":
		if t.args[0].typ == Integer {
			return args[0]
		}
	case "round", "mod":
		if t.args[0].typ == Float || t.name == "mod" && t.args[1].typ == Float {
			return p.Dialect.Call(t.name+"_float", args)
		}
	}
	return p.Dialect.Call(t.name, args)
}

func (p Printer) terms(list []*term) []SQL {
	out := make([]SQL, len(list))
	for i, t := range list {
		out[i] = p.term(t)
	}
	return out
}

func (p Printer) binary(t *term) SQL {
	l, r := p.term(t.args[0]), p.term(t.args[1])
	switch t.name {
	case "/":
		return p.Dialect.Divide(l, r)
	case "and":
		return Concat("(", l, " AND ", r, ")")
	case "or":
		return Concat("(", l, " OR ", r, ")")
	}
	return Concat("(", l, " "+t.name+" ", r, ")")
}

func (p Printer) caseWhen(t *term) SQL {
	parts := []any{"(CASE"}
	last := len(t.args) - 1
	for i := 0; i < last; i += 2 {
		parts = append(parts, " WHEN ", p.term(t.args[i]), " THEN ", p.term(t.args[i+1]))
	}
	return Concat(append(parts, " ELSE ", p.term(t.args[last]), " END)")...)
}

// resolveMoment gives a literal's value: midnight UTC for a date, the instant
// in UTC for a timestamp.
func resolveMoment(t *term, zone *time.Location) time.Time {
	if t.typ == Date || !t.civil || zone == nil {
		return t.at
	}
	return calendar.Resolve(t.at, zone).UTC()
}
