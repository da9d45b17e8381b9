package event

import (
	"time"

	"lodestar/internal/semantic"
)

// Judgement is what becomes of a message: rows of a table, or reasons why not.
type Judgement struct {
	Message string
	Table   string // empty when it is set aside
	Row     []any
	Reasons []Reason
}

// Judging gives a function that says what would become of a request, without
// taking it in.
func Judging(m *semantic.Model) func(call string, body []byte) ([]Judgement, error) {
	p := newPlan(m)
	return func(call string, body []byte) ([]Judgement, error) {
		if err := checkJSON(body); err != nil {
			return nil, invalid(err)
		}
		from := space(body, 0)
		r := record{call: call, source: "trial", received: time.Now().UTC(), body: body[from:skip(body, from)]}
		if !isObject(r.body) {
			return nil, invalid(&badJSON{from, notAnObject, "not_an_object"})
		}
		if call == "batch" {
			if err := checkBatch(r.body, Key{}); err != nil {
				return nil, err
			}
		}
		var out []Judgement
		for _, m := range r.messages(0, nil) {
			j := Judgement{Message: m.id}
			if v := p.judge(&m); v.table != nil {
				j.Table, j.Row = v.table.name, v.row
			}
			j.Reasons = m.reasons
			out = append(out, j)
		}
		return out, nil
	}
}
