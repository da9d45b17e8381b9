package pgcat

import (
	"strings"

	"lodestar/internal/pgwire/pgsql"
	"lodestar/internal/text"
)

// aggregate is a function over the rows of a group.
type aggregate struct {
	name     string
	args     []fn
	filter   fn
	distinct bool
	order    []fn
	keys     []sortKey
	typ      OID // of the first argument
}

func isAggregate(name string) bool {
	switch name {
	case "count", "min", "max", "sum", "avg", "array_agg", "string_agg", "bool_and", "bool_or", "every":
		return true
	}
	return false
}

func (c *compiler) aggregate(sc *scope, call *pgsql.Call) (typed, error) {
	if sc.group == nil {
		return typed{}, pgsql.Fail(pgsql.StateGrouping, call.Pos(), text.Text{
			ZH: "这里不能用聚合函数 {f}", EN: "the aggregate function {f} is not allowed here"}, "f", call.Name)
	}
	group := sc.group
	sc.group = nil
	defer func() { sc.group = group }()
	a := aggregate{name: call.Name, distinct: call.Distinct}
	out := Text
	for i, x := range call.Args {
		t, err := c.expr(sc, x)
		if err != nil {
			return typed{}, err
		}
		if i == 0 {
			a.typ = t.typ
		}
		a.args = append(a.args, t.fn)
	}
	if !call.Star && len(a.args) == 0 {
		return typed{}, noFunction(call)
	}
	for _, o := range call.OrderBy {
		t, err := c.expr(sc, o.X)
		if err != nil {
			return typed{}, err
		}
		a.keys = append(a.keys, keyFor(o, len(a.order)))
		a.order = append(a.order, t.fn)
	}
	if call.Filter != nil {
		t, err := c.boolean(sc, call.Filter)
		if err != nil {
			return typed{}, err
		}
		a.filter = t.fn
	}
	switch call.Name {
	case "count":
		out = Int8
	case "min", "max":
		out = a.typ
	case "sum":
		out = map[OID]OID{Int2: Int8, Int4: Int8, Int8: Numeric, Float4: Float4, Float8: Float8}[a.typ]
		if out == 0 {
			out = Numeric
		}
	case "avg":
		out = Float8
	case "array_agg":
		out = a.typ.ArrayOf()
	case "bool_and", "bool_or", "every":
		out = Bool
	}
	at := len(group.aggs)
	group.aggs = append(group.aggs, a)
	return typed{typ: out, fn: func(f *frame) (any, error) {
		if at >= len(f.aggs) {
			return nil, nil
		}
		return f.aggs[at], nil
	}}, nil
}

// over computes the aggregate of a group.
func (a aggregate) over(r *run, up *frame, rows [][]any) (any, error) {
	f := &frame{run: r, up: up}
	var list [][]any // values of args, or sort values before them
	seen := map[string]bool{}
	count := int64(0)
	for _, row := range rows {
		f.row = row
		if a.filter != nil {
			v, err := a.filter(f)
			if err != nil {
				return nil, err
			}
			if b, _ := v.(bool); !b {
				continue
			}
		}
		vals, err := all(f, a.args)
		if err != nil {
			return nil, err
		}
		if len(vals) > 0 && vals[0] == nil && a.name != "array_agg" {
			continue
		}
		if a.distinct {
			if k := keyOf(vals); seen[k] {
				continue
			} else {
				seen[k] = true
			}
		}
		count++
		if a.name == "count" {
			continue
		}
		keys, err := all(f, a.order)
		if err != nil {
			return nil, err
		}
		list = append(list, append(keys, vals...))
	}
	if a.name == "count" {
		return count, nil
	}
	if len(list) == 0 {
		return nil, nil
	}
	sortRows(list, a.keys)
	at := len(a.order)
	return a.fold(list, at), nil
}

func (a aggregate) fold(list [][]any, at int) any {
	switch a.name {
	case "array_agg":
		out := make(Array, len(list))
		for i, l := range list {
			out[i] = l[at]
		}
		return out
	case "string_agg":
		var b strings.Builder
		for i, l := range list {
			if i > 0 && len(l) > at+1 && l[at+1] != nil {
				b.WriteString(Format(l[at+1], Text, nil))
			}
			b.WriteString(Format(l[at], a.typ, nil))
		}
		return b.String()
	case "bool_and", "every", "bool_or":
		out := a.name != "bool_or"
		for _, l := range list {
			v, _ := l[at].(bool)
			if a.name == "bool_or" {
				out = out || v
			} else {
				out = out && v
			}
		}
		return out
	case "sum", "avg":
		whole, sum, ints := int64(0), 0.0, true
		for _, l := range list {
			n, isInt := l[at].(int64)
			whole += n
			v, _ := number(l[at])
			sum += v
			ints = ints && isInt
		}
		if a.name == "avg" {
			return sum / float64(len(list))
		}
		if ints {
			return whole
		}
		return sum
	case "min", "max":
		best := list[0][at]
		for _, l := range list[1:] {
			if n, _ := compare(l[at], best); n != 0 && (n < 0) == (a.name == "min") {
				best = l[at]
			}
		}
		return best
	}
	return nil
}
