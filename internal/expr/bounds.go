package expr

import (
	"time"

	"lodestar/internal/calendar"
)

// Bound is a range in which a time column must lie for a condition to be true.
type Bound struct {
	Symbol Symbol
	Range  calendar.Range // zero where it is open; To is not included
}

// Bounds lists those comparisons of time columns with moments that hold wherever
// the condition is true. Literals without an offset are read in the zone.
func (t *Typed) Bounds(zone *time.Location) []Bound { return bounds(t.root, zone) }

func bounds(t *term, zone *time.Location) []Bound {
	if t.op != opBinary {
		return nil
	}
	if t.name == "and" {
		return append(bounds(t.args[0], zone), bounds(t.args[1], zone)...)
	}
	column, moment, op := t.args[0], t.args[1], t.name
	if column.op == opMoment {
		column, moment = moment, column
		op = map[string]string{"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "="}[op]
	}
	if column.op != opColumn || moment.op != opMoment || column.typ != moment.typ {
		return nil
	}
	at := resolveMoment(moment, zone)
	after := at.Add(time.Microsecond) // times have no finer parts
	if column.typ == Date {
		after = at.AddDate(0, 0, 1)
	}
	b := Bound{Symbol: column.sym}
	switch op {
	case ">":
		b.Range.From = after
	case ">=":
		b.Range.From = at
	case "<":
		b.Range.To = at
	case "<=":
		b.Range.To = after
	case "=":
		b.Range = calendar.Range{From: at, To: after}
	default:
		return nil
	}
	return []Bound{b}
}
