package app_test

import (
	"fmt"
	"math"
	"sort"
	"strings"
	"time"

	"lodestar/internal/calendar"
	"lodestar/internal/query"
)

// The oracle answers requests by walking over rows with maps. It shares no
// code with the engine but the calendar.

type world struct {
	rng      *dice
	datasets []*worldSet
	metrics  []worldMetric
}

type worldSet struct {
	name    string
	columns []string // types by name below
	types   map[string]string
	key     string // "" for none
	time    string
	links   map[string]worldLink // relationship → column here, dataset there
	rows    []map[string]any     // nil is NULL; times are time.Time
}

type worldLink struct {
	column string
	to     *worldSet
}

type worldMetric struct {
	name   string
	set    *worldSet // simple
	agg    string
	column string
	where  string // one condition "column = 'value'"
	op     string // for a/b and a+b
	a, b   int
	bWhere string
	zero   string
}

// lookup follows a path from a row.
func (w *worldSet) lookup(row map[string]any, path string) any {
	head, rest, more := strings.Cut(path, ".")
	if !more {
		return row[head]
	}
	link := w.links[head]
	v := row[link.column]
	if v == nil {
		return nil
	}
	for _, r := range link.to.rows {
		if r[link.to.key] == v {
			return link.to.lookup(r, rest)
		}
	}
	return nil
}

// holds evaluates "path = 'x'", "path <> 'x'" or "path is null", several
// joined by " and "; NULL is not true.
func (w *worldSet) holds(row map[string]any, cond string) bool {
	if cond == "" {
		return true
	}
	for part := range strings.SplitSeq(cond, " and ") {
		f := strings.SplitN(part, " ", 3)
		v := w.lookup(row, f[0])
		switch {
		case f[1] == "is":
			if v != nil {
				return false
			}
		case v == nil:
			return false
		case f[1] == "=" && fmt.Sprint(v) != strings.Trim(f[2], "'"):
			return false
		case f[1] == "<>" && fmt.Sprint(v) == strings.Trim(f[2], "'"):
			return false
		}
	}
	return true
}

type oracle struct {
	w    *world
	req  query.Request
	cal  calendar.Calendar
	cur  *calendar.Range
	prev *calendar.Range
}

// fact is one use of a simple metric with all its filters.
type fact struct {
	m     worldMetric
	conds []string
}

func (o *oracle) facts(i int, conds []string, out *[]fact) {
	m := o.w.metrics[i]
	if m.op == "" {
		*out = append(*out, fact{m, append(append([]string{}, conds...), m.where)})
		return
	}
	o.facts(m.a, conds, out)
	o.facts(m.b, append(append([]string{}, conds...), m.bWhere), out)
}

func (f fact) takes(row map[string]any) bool {
	for _, c := range f.conds {
		if !f.m.set.holds(row, c) {
			return false
		}
	}
	return true
}

// instant of a row's time; dates are local midnights.
func (o *oracle) instant(s *worldSet, row map[string]any) (time.Time, bool) {
	t, ok := row[s.time].(time.Time)
	if ok && s.types[s.time] == "date" {
		t = calendar.Resolve(t, o.cal.Zone)
	}
	return t, ok
}

func (o *oracle) inside(s *worldSet, row map[string]any, r *calendar.Range) bool {
	if r == nil {
		return true
	}
	t, ok := o.instant(s, row)
	return ok && !t.Before(r.From) && t.Before(r.To)
}

// group names the group of a row: one text per key.
func (o *oracle) group(s *worldSet, row map[string]any, by []query.By) string {
	parts := make([]string, len(by))
	for i, b := range by {
		if b.Time == "" {
			parts[i] = keyCell(o.shown(s.lookup(row, b.Dimension)))
			continue
		}
		t, ok := o.instant(s, row)
		if !ok {
			parts[i] = noValue
			continue
		}
		parts[i] = o.period(t, b.Time)
	}
	return strings.Join(parts, "|")
}

// noValue is a key without a value; a text that reads null is not one.
const noValue = "∅"

func keyCell(v any) string {
	if v == nil {
		return noValue
	}
	return cell(v)
}

func (o *oracle) shown(v any) any {
	if t, ok := v.(time.Time); ok {
		return t.Format(time.DateOnly)
	}
	return v
}

func (o *oracle) period(t time.Time, g calendar.Grain) string {
	start := o.cal.Start(t, g)
	if g == calendar.Hour || g == calendar.Minute {
		return calendar.Resolve(calendar.Civil(start, o.cal.Zone).Truncate(time.Minute), o.cal.Zone).Format(time.RFC3339)
	}
	return calendar.Civil(start, o.cal.Zone).Format(time.DateOnly)
}

// values computes every metric for every group that has a row.
func (o *oracle) values(by []query.By, r *calendar.Range, keep func(s *worldSet, row map[string]any) bool) (map[string][]any, []any) {
	type bag struct{ rows map[string][]map[string]any }
	groups := map[string]bool{}
	bags := map[string]*bag{}
	id := func(f fact) string { return f.m.name + "\x00" + strings.Join(f.conds, "\x00") }
	collect := func(f fact) {
		if bags[id(f)] != nil {
			return
		}
		b := &bag{rows: map[string][]map[string]any{}}
		bags[id(f)] = b
		for _, row := range f.m.set.rows {
			if f.takes(row) && o.inside(f.m.set, row, r) && (keep == nil || keep(f.m.set, row)) {
				g := o.group(f.m.set, row, by)
				b.rows[g] = append(b.rows[g], row)
				groups[g] = true
			}
		}
	}
	each := func(ref query.MetricRef) []string {
		var c []string
		if o.req.Where != "" {
			c = append(c, o.req.Where)
		}
		if ref.Where != "" {
			c = append(c, ref.Where)
		}
		return c
	}
	for _, ref := range o.req.Metrics {
		var fs []fact
		o.facts(o.index(ref.Metric), each(ref), &fs)
		for _, f := range fs {
			collect(f)
		}
	}
	value := func(g string) []any {
		out := make([]any, len(o.req.Metrics))
		for i, ref := range o.req.Metrics {
			out[i] = o.value(o.index(ref.Metric), each(ref), func(f fact) []map[string]any { return bags[id(f)].rows[g] })
		}
		return out
	}
	if len(by) == 0 {
		groups[""] = true
	}
	out := map[string][]any{}
	for g := range groups {
		out[g] = value(g)
	}
	return out, value("\x00 no such group")
}

func (o *oracle) index(name string) int {
	for i, m := range o.w.metrics {
		if m.name == name {
			return i
		}
	}
	panic(name)
}

func (o *oracle) value(i int, conds []string, rows func(fact) []map[string]any) any {
	m := o.w.metrics[i]
	if m.op == "" {
		var fs []fact
		o.facts(i, conds, &fs)
		return aggregate(m, rows(fs[0]))
	}
	a := o.value(m.a, conds, rows)
	b := o.value(m.b, append(append([]string{}, conds...), m.bWhere), rows)
	if a == nil || b == nil {
		return nil
	}
	switch m.op {
	case "/":
		if b.(float64) == 0 {
			return nil
		}
		return a.(float64) / b.(float64)
	case "+":
		return a.(float64) + b.(float64)
	}
	return a.(float64) - b.(float64)
}

func aggregate(m worldMetric, rows []map[string]any) any {
	var xs []float64
	distinct := map[any]bool{}
	for _, r := range rows {
		if m.column == "" {
			xs = append(xs, 0)
			continue
		}
		v := r[m.column]
		if v == nil {
			continue
		}
		distinct[v] = true
		if n, ok := v.(int); ok {
			xs = append(xs, float64(n))
		} else {
			xs = append(xs, 0)
		}
	}
	sort.Float64s(xs)
	switch m.agg {
	case "count":
		if m.zero == "null" && len(xs) == 0 {
			return nil
		}
		return float64(len(xs))
	case "count_distinct":
		return float64(len(distinct))
	}
	if len(xs) == 0 {
		if m.zero == "0" {
			return 0.0
		}
		return nil
	}
	sum := 0.0
	for _, x := range xs {
		sum += x
	}
	switch m.agg {
	case "sum":
		return sum
	case "avg":
		return sum / float64(len(xs))
	case "min":
		return xs[0]
	case "max":
		return xs[len(xs)-1]
	case "median":
		return quantile(xs, 0.5)
	}
	return quantile(xs, 0.9)
}

func quantile(xs []float64, p float64) float64 {
	at := p * float64(len(xs)-1)
	lo := int(math.Floor(at))
	if lo+1 == len(xs) {
		return xs[lo]
	}
	return xs[lo] + (at-float64(lo))*(xs[lo+1]-xs[lo])
}
