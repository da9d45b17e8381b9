package sqlmap

import (
	"time"

	"lodestar/internal/calendar"
	"lodestar/internal/expr"
	"lodestar/internal/pgwire/pgcat"
	"lodestar/internal/pgwire/pgsql"
	"lodestar/internal/query"
	"lodestar/internal/text"
	"lodestar/internal/warehouse"
)

// Rows makes the rows of the result out of an answer; nil stands for one
// without rows.
func (p *Plan) Rows(res *query.Result) ([][]any, error) {
	var rows [][]any
	if res != nil {
		if res.Truncated && (p.capped || p.Count) {
			return nil, pgsql.Fail(pgsql.StateTooMany, -1, text.Text{
				ZH: "结果超过 {n} 行；请加 LIMIT，或缩小范围", EN: "the result has more than {n} rows; add LIMIT, or ask for less"}, "n", p.Request.Limit)
		}
		rows = res.Rows
	}
	rows = rows[min(p.offset, len(rows)):]
	if p.Count {
		return [][]any{{int64(len(rows))}}, nil
	}
	at := map[string]int{}
	if res != nil {
		for i, c := range res.Columns {
			at[c.Name] = i
		}
	}
	out := make([][]any, len(rows))
	flat := make([]any, len(rows)*len(p.outs))
	for i, row := range rows {
		wide := flat[i*len(p.outs) : (i+1)*len(p.outs) : (i+1)*len(p.outs)]
		for j, o := range p.outs {
			v, err := p.cell(o, row, at)
			if err != nil {
				return nil, err
			}
			wide[j] = v
		}
		out[i] = wide
	}
	return out, nil
}

func (p *Plan) cell(o out, row []any, at map[string]int) (any, error) {
	if o.term.kind == constTerm {
		return o.term.value.V, nil
	}
	if o.typed == nil {
		return p.value(row[o.at], o.term.oid(), o.term.answerType())
	}
	var failed error
	v, err := expr.Env{Zone: p.zone, Value: func(ref any) any {
		name := ref.(string)
		i, ok := at[name]
		if !ok {
			return nil
		}
		for _, s := range o.typed.Symbols() {
			if s.Ref == ref {
				v, err := p.operand(row[i], s.Type)
				if err != nil {
					failed = err
				}
				return v
			}
		}
		return nil
	}}.Eval(o.typed)
	if err == nil {
		err = failed
	}
	if err != nil {
		if e, ok := err.(*expr.Error); ok {
			return nil, pgsql.Fail("22000", -1, e.Text)
		}
		return nil, err
	}
	if t, ok := v.(time.Time); ok && o.term.oid() == pgcat.TimestampTZ {
		return t.In(p.zone), nil
	}
	return v, nil
}

// operand gives a value of the answer as expressions take it.
func (p *Plan) operand(v any, t expr.Type) (any, error) {
	switch x := v.(type) {
	case warehouse.Decimal:
		return x.Float64(), nil
	case int64:
		if t == expr.Decimal || t == expr.Float {
			return float64(x), nil
		}
	case string:
		if t.IsTime() {
			return readTime(x)
		}
	}
	return v, nil
}

func readTime(s string) (time.Time, error) {
	if t, err := time.Parse(time.DateOnly, s); err == nil {
		return t, nil
	}
	return time.Parse(time.RFC3339Nano, s)
}

// value gives a value of the answer as the wire takes it: times as a wall
// clock in UTC, or as an instant in the zone.
func (p *Plan) value(v any, oid pgcat.OID, t expr.Type) (any, error) {
	s, ok := v.(string)
	if !ok || !oid.IsTime() {
		return v, nil
	}
	at, err := readTime(s)
	if err != nil {
		return nil, err
	}
	if oid == pgcat.TimestampTZ {
		return at.In(p.zone), nil
	}
	if t == expr.Timestamp {
		at = calendar.Civil(at, at.Location())
	}
	if oid == pgcat.Date {
		at = at.Truncate(24 * time.Hour)
	}
	return at, nil
}
