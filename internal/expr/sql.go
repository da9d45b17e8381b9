package expr

import "strings"

// SQL is a piece of a statement: text with ? for each argument, and the
// arguments in the same order. Pieces are only ever put together with Concat,
// so that text and arguments cannot come apart.
type SQL struct {
	Text string
	Args []any
}

// Concat joins pieces. A string is SQL text written by this program (never by
// a person); an SQL brings its arguments along.
func Concat(parts ...any) SQL {
	size, count := 0, 0
	for _, p := range parts {
		switch p := p.(type) {
		case string:
			size += len(p)
		case SQL:
			size += len(p.Text)
			count += len(p.Args)
		default:
			panic("expr.Concat: neither string nor SQL")
		}
	}
	var b strings.Builder
	b.Grow(size)
	var args []any
	if count > 0 {
		args = make([]any, 0, count)
	}
	for _, p := range parts {
		switch p := p.(type) {
		case string:
			b.WriteString(p)
		case SQL:
			b.WriteString(p.Text)
			args = append(args, p.Args...)
		}
	}
	return SQL{b.String(), args}
}

// Join puts sep between pieces.
func Join(pieces []SQL, sep string) SQL {
	size, count := 0, 0
	for i := range pieces {
		size += len(pieces[i].Text) + len(sep)
		count += len(pieces[i].Args)
	}
	var b strings.Builder
	b.Grow(size)
	var args []any
	if count > 0 {
		args = make([]any, 0, count)
	}
	for i := range pieces {
		if i > 0 {
			b.WriteString(sep)
		}
		b.WriteString(pieces[i].Text)
		args = append(args, pieces[i].Args...)
	}
	return SQL{b.String(), args}
}

// Dialect is what printing an expression needs to know of an engine.
// Implementations live with their engine in warehouse/*.
type Dialect interface {
	// Quote writes an identifier.
	Quote(ident string) string
	// Literal writes a value of the type: numbers, booleans, dates and
	// timestamps as checked literals, text as an argument, nil as NULL. The
	// value is int64 for Integer, string of digits such as "-0.05" (at most 38)
	// for Decimal, float64 for Float, string, bool, and time.Time in UTC for
	// Date (midnight) and Timestamp. Arguments that stand alone, as in
	// coalesce(?, ?), need their type written by the dialect.
	Literal(v any, t Type) SQL
	// Cast converts, and gives NULL where the value does not convert. Asked
	// for: any type to String; String to Integer, Decimal, Float, Boolean, Date;
	// a number to another (already rounded when to is Integer); Boolean to
	// Integer; Timestamp (local) to Date; Date to naive Timestamp (midnight).
	Cast(x SQL, from, to Type) SQL
	// Divide is true division as a float; NULL when b is 0 or NULL.
	Divide(a, b SQL) SQL
	// Call writes a scalar function by its canonical name (see functions.go).
	Call(function string, args []SQL) SQL
}
