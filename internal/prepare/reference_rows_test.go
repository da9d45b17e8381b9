package prepare_test

import (
	"fmt"
	"maps"
	"slices"

	"lodestar/internal/expr"
	"lodestar/internal/steps"
)

// rows does the steps that change which rows there are.
func (x *reference) rows(s *steps.Step, r rel) rel {
	switch {
	case s.Join != nil:
		return x.join(s.Join, r)
	case s.Union != nil:
		return x.union(s.Union, r)
	case s.Aggregate != nil:
		return x.aggregate(s.Aggregate, r)
	case s.Deduplicate != nil:
		return x.deduplicate(s.Deduplicate, r)
	case s.Pivot != nil:
		return x.pivot(s.Pivot, r)
	case s.Unpivot != nil:
		return x.unpivot(s.Unpivot, r)
	case s.Session != nil:
		return x.session(s.Session, r)
	}
	by := s.Sample.By
	if len(by) == 0 {
		by = r.cols
	}
	if s.Sample.Count > 0 {
		rows := slices.Clone(r.rows)
		ties := x.less(r, nil, false)
		slices.SortStableFunc(rows, func(a, b []any) int {
			p, q := sampled(r, a, by, s.Sample.Seed), sampled(r, b, by, s.Sample.Seed)
			switch {
			case p < q:
				return -1
			case p > q:
				return 1
			}
			return ties(a, b)
		})
		return rel{r.cols, rows[:min(len(rows), int(s.Sample.Count))]}
	}
	return where(r, func(row []any) bool {
		return s.Sample.Share == 1 || float64(sampled(r, row, by, s.Sample.Seed)) < s.Sample.Share*(1<<64)
	})
}

func (x *reference) join(j *steps.Join, r rel) rel {
	o := x.others[j.Dataset]
	if j.AsOf != nil {
		return x.asOf(j, r, o)
	}
	match := func(a, b []any) bool {
		for here, there := range j.On {
			p, q := r.get(a, here), o.get(b, there)
			if p == nil || q == nil || order(p, q) != 0 {
				return false
			}
		}
		return true
	}
	out := rel{cols: slices.Clone(r.cols)}
	for _, c := range j.Columns {
		out.cols = append(out.cols, j.Prefix+c)
	}
	taken := map[int]bool{}
	emit := func(a, b []any) {
		next := make([]any, len(out.cols))
		copy(next, a)
		for i, c := range j.Columns {
			if b != nil {
				next[len(r.cols)+i] = o.get(b, c)
			}
		}
		if a == nil {
			for here, there := range j.On {
				next[r.at(here)] = o.get(b, there)
			}
		}
		out.rows = append(out.rows, next)
	}
	for _, a := range r.rows {
		found := false
		for i, b := range o.rows {
			if match(a, b) {
				found, taken[i] = true, true
				if j.Kind != "anti" {
					emit(a, b)
				}
			}
		}
		if !found && j.Kind != "inner" {
			emit(a, nil)
		}
	}
	if j.Kind == "full" {
		for i, b := range o.rows {
			if !taken[i] {
				emit(nil, b)
			}
		}
	}
	return out
}

func (x *reference) union(u *steps.Union, r rel) rel {
	out := rel{cols: x.after.Names()}
	add := func(name string, from rel) {
		for _, row := range from.rows {
			next := make([]any, len(out.cols))
			for i, c := range out.cols {
				if k := slices.Index(from.cols, c); k >= 0 && !(u.Origin == c) {
					next[i] = shaped(row[k], x.after.Column(c))
				}
			}
			if u.Origin != "" {
				next[len(next)-1] = name
			}
			out.rows = append(out.rows, next)
		}
	}
	add(x.in, r)
	for _, name := range u.Datasets {
		add(name, x.others[name])
	}
	return out
}

// fold is an aggregate over values that are there.
func fold(agg string, rows int, values []any, c *steps.Column) any {
	distinct := map[string]bool{}
	sum := 0.0
	for _, v := range values {
		distinct[cell(v)] = true
		f, _ := number(v)
		sum += f
	}
	switch agg {
	case "count":
		return int64(rows)
	case "count_distinct":
		return int64(len(distinct))
	}
	if len(values) == 0 {
		return nil
	}
	sorted := slices.Clone(values)
	slices.SortFunc(sorted, order)
	at := func(i int) float64 { f, _ := number(sorted[i]); return f }
	switch agg {
	case "sum":
		if c.Type == expr.Integer {
			return int64(sum)
		}
		return sum
	case "min":
		return sorted[0]
	case "max":
		return sorted[len(sorted)-1]
	case "avg":
		return sum / float64(len(values))
	}
	n := len(sorted)
	return (at((n-1)/2) + at(n/2)) / 2
}

func (x *reference) fold(r rel, agg, path, src, filter string, rows [][]any, c *steps.Column, keep func([]any) bool) any {
	n := 0
	var values []any
	for _, row := range rows {
		if filter != "" && x.eval(r, filter, row) != true || keep != nil && !keep(row) {
			continue
		}
		if src == "" {
			n++
		} else if v := x.eval(r, path, row); v != nil {
			n++
			values = append(values, v)
		}
	}
	return fold(agg, n, values, c)
}

func (x *reference) aggregate(a *steps.Aggregate, r rel) rel {
	out := rel{cols: x.after.Names()}
	keys, of := groups(r, a.By)
	if len(a.By) == 0 && len(keys) == 0 {
		keys = []string{""}
	}
	for _, k := range keys {
		var next []any
		for _, b := range a.By {
			next = append(next, r.get(of[k][0], b))
		}
		for i, v := range a.Values {
			p := fmt.Sprintf("aggregate.values[%d]", i)
			filter := ""
			if v.Where != "" {
				filter = p + ".where"
			}
			next = append(next, x.fold(r, v.Agg, p+".expr", v.Expr, filter, of[k], x.after.Column(v.Name), nil))
		}
		out.rows = append(out.rows, next)
	}
	return out
}

func (x *reference) pivot(p *steps.Pivot, r rel) rel {
	out := rel{cols: x.after.Names()}
	keys, of := groups(r, p.By)
	if len(p.By) == 0 && len(keys) == 0 {
		keys = []string{""}
	}
	c := x.before.Column(p.Column)
	for _, k := range keys {
		var next []any
		for _, b := range p.By {
			next = append(next, r.get(of[k][0], b))
		}
		for _, v := range p.Values {
			next = append(next, x.fold(r, p.Agg, "pivot.expr", p.Expr, "", of[k], x.after.Column(v.Name), func(row []any) bool {
				have := r.get(row, p.Column)
				return have != nil && order(have, parsed(v.Value, c.Type)) == 0
			}))
		}
		out.rows = append(out.rows, next)
	}
	return out
}

func (x *reference) deduplicate(d *steps.Deduplicate, r rel) rel {
	by := d.By
	if len(by) == 0 {
		by = r.cols
	}
	out := rel{cols: r.cols}
	keys, of := groups(r, by)
	for _, k := range keys {
		out.rows = append(out.rows, slices.MinFunc(of[k], x.less(r, d.Order, d.Keep == "last")))
	}
	return out
}

func (x *reference) unpivot(u *steps.Unpivot, r rel) rel {
	out := rel{cols: x.after.Names()}
	value := x.after.Column(u.Value)
	for _, row := range r.rows {
		for _, c := range u.Columns {
			v := r.get(row, c)
			if v == nil && u.DropMissing {
				continue
			}
			var next []any
			for i, n := range r.cols {
				if !slices.Contains(u.Columns, n) {
					next = append(next, row[i])
				}
			}
			out.rows = append(out.rows, append(next, c, shaped(v, value)))
		}
	}
	return out
}

func sortedNames[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
