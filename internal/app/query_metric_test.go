package app_test

import (
	"fmt"
	"math"
	"slices"
	"sort"
	"strings"

	"lodestar/internal/calendar"
	"lodestar/internal/semantic"
)

// worldMetric is a made-up metric, as definition and as computation.
type worldMetric struct {
	name, kind string // simple | ratio | derived | cumulative

	set     *worldSet // simple
	agg     string
	x       *worldExpr // nil counts rows
	where   *worldCond
	zero    string
	weight  string
	balance *semantic.Balance

	op   string // ratio, derived: a and b with + - * /
	a, b worldInput

	base int // cumulative
	over worldOver
}

type worldInput struct {
	metric int
	where  *worldCond
	offset string
}

// worldOver is another time that rows are read from.
type worldOver struct {
	offset, window string
	toDate         calendar.Grain
	first          bool // re-read by its first day
}

type worldExpr struct {
	text string
	eval func(worldRow) any
}

// makeMetrics makes up simple metrics of every fact and a dozen of the rest.
func (w *world) makeMetrics() {
	d := w.rng
	for _, s := range w.datasets {
		if !s.fact {
			continue
		}
		w.simple(s, "count", nil)
		for _, agg := range []string{"sum", "sum", "min", "max", "avg", "median", "percentile", "count", "count_distinct", "weighted_avg"} {
			if d.one(2) {
				w.simple(s, agg, w.someExpr(s, agg))
			}
		}
	}
	for range 5 {
		w.metrics = append(w.metrics, w.someCalculated())
	}
	for range 4 {
		if m := w.someCumulative(); m != nil {
			w.metrics = append(w.metrics, m)
		}
	}
	for range 4 {
		m := w.someCalculated()
		m.a.offset = d.pick("", "1 week", "1 month", "1 year", "10 days")
		m.b.offset = d.pick("", "1 week", "1 month", "1 year", "1 quarter")
		for _, in := range []*worldInput{&m.a, &m.b} { // what is moved is not moved within
			if in.offset != "" && w.moves(w.metrics[in.metric]) {
				in.offset = ""
			}
		}
		w.metrics = append(w.metrics, m)
	}
}

func (w *world) someExpr(s *worldSet, agg string) *worldExpr {
	d, n := w.rng, s.name
	switch {
	case agg == "count" || agg == "count_distinct":
		return ofColumn(d.pick(n+"_who", n+"_n", n+"_channel"))
	case d.one(5):
		a, b := n+"_n", n+"_price"
		return &worldExpr{a + " * " + b, func(r worldRow) any {
			if r[a] == nil || r[b] == nil {
				return nil
			}
			return number(r[a]) * number(r[b])
		}}
	case d.one(5):
		a := n + "_m"
		return &worldExpr{"case when " + a + " > 2 then " + a + " else 1 end", func(r worldRow) any {
			if r[a] == nil || number(r[a]) <= 2 {
				return 1
			}
			return r[a]
		}}
	}
	return ofColumn(d.pick(n+"_n", n+"_m", n+"_price"))
}

func ofColumn(c string) *worldExpr { return &worldExpr{c, func(r worldRow) any { return r[c] }} }

func number(v any) float64 {
	switch v := v.(type) {
	case int:
		return float64(v)
	case float64:
		return v
	}
	return 0
}

func (w *world) next() string { return fmt.Sprintf("m%d", len(w.metrics)) }

func (w *world) simple(s *worldSet, agg string, x *worldExpr) {
	d := w.rng
	m := &worldMetric{name: w.next(), kind: "simple", set: s, agg: agg, x: x}
	if d.one(3) {
		m.where = w.someCond(s.places("", 3), 2)
	}
	if agg == "weighted_avg" {
		m.weight = s.name + "_m"
	}
	if agg == "count" && d.one(5) {
		m.zero = "null"
	} else if slices.Contains([]string{"sum", "min", "max", "avg", "median"}, agg) && d.one(5) {
		m.zero = "0"
	}
	if agg == "sum" && d.one(4) {
		m.balance = &semantic.Balance{Take: d.pick("last", "last", "first")}
		for _, p := range s.places("", 1) {
			if len(m.balance.By) < 2 && d.one(6) {
				m.balance.By = append(m.balance.By, p.path)
			}
		}
	}
	w.metrics = append(w.metrics, m)
}

func (w *world) someCalculated() *worldMetric {
	d := w.rng
	m := &worldMetric{name: w.next(), kind: "derived", op: d.pick("/", "+", "-", "*"), a: w.someInput(), b: w.someInput()}
	if d.one(3) {
		m.kind, m.op = "ratio", "/"
	}
	return m
}

func (w *world) someInput() worldInput {
	in := worldInput{metric: w.rng.IntN(len(w.metrics))}
	if w.rng.one(3) {
		if at := common(w.facts(w.metrics[in.metric])); len(at) > 0 {
			in.where = w.someCond(at, 1)
		}
	}
	return in
}

func (w *world) someCumulative() *worldMetric {
	d := w.rng
	m := &worldMetric{name: w.next(), kind: "cumulative", base: d.IntN(len(w.metrics))}
	if w.moves(w.metrics[m.base]) || w.level(w.metrics[m.base]) {
		return nil
	}
	switch d.IntN(4) {
	case 0:
		m.over.window = d.pick("7 days", "2 months", "4 weeks", "1 quarter", "1 year")
	case 1, 2:
		m.over.toDate = calendar.Grain(d.pick("month", "quarter", "year", "week"))
		m.over.first = d.one(3)
	default:
		m.over.window = ""
	}
	return m
}

// any reports whether a simple metric under m, or m itself on the way, is so.
func (w *world) any(m *worldMetric, is func(*worldMetric) bool) bool {
	if is(m) {
		return true
	}
	switch m.kind {
	case "simple":
		return false
	case "cumulative":
		return w.any(w.metrics[m.base], is)
	}
	return w.any(w.metrics[m.a.metric], is) || w.any(w.metrics[m.b.metric], is)
}

// moves says that a metric reads rows of other times than it is shown for.
func (w *world) moves(m *worldMetric) bool {
	return w.any(m, func(m *worldMetric) bool { return m.kind == "cumulative" || m.a.offset != "" || m.b.offset != "" })
}

func (w *world) level(m *worldMetric) bool {
	return w.any(m, func(m *worldMetric) bool { return m.balance != nil })
}

func (w *world) facts(ms ...*worldMetric) []*worldSet {
	var out []*worldSet
	for _, m := range ms {
		w.any(m, func(m *worldMetric) bool {
			if m.set != nil && !slices.Contains(out, m.set) {
				out = append(out, m.set)
			}
			return false
		})
	}
	return out
}

func (m *worldMetric) spec(w *world) *semantic.MetricSpec {
	s := &semantic.MetricSpec{Type: m.kind}
	input := func(in worldInput) semantic.Input {
		return semantic.Input{Metric: w.metrics[in.metric].name, Where: in.where.String(), Offset: in.offset}
	}
	switch m.kind {
	case "simple":
		s.Dataset, s.Agg, s.Where, s.Empty, s.Weight, s.Balance = m.set.name, m.agg, m.where.String(), m.zero, m.weight, m.balance
		if m.x != nil {
			s.Expr = m.x.text
		}
		if m.agg == "percentile" {
			s.Percentile = 0.9
		}
	case "ratio":
		a, b := input(m.a), input(m.b)
		s.Numerator, s.Denominator = &a, &b
	case "derived":
		s.Expr, s.Inputs = "a "+m.op+" b", map[string]semantic.Input{"a": input(m.a), "b": input(m.b)}
	case "cumulative":
		s.Metric, s.Window, s.ToDate = w.metrics[m.base].name, m.over.window, m.over.toDate
		if m.over.first {
			s.Reread = "first"
		}
	}
	return s
}

// calculate combines two values.
func calculate(op string, a, b any) any {
	if a == nil || b == nil {
		return nil
	}
	x, y := a.(float64), b.(float64)
	switch op {
	case "+":
		return x + y
	case "-":
		return x - y
	case "*":
		return x * y
	}
	if y == 0 {
		return nil
	}
	return x / y
}

// aggregate computes a simple metric over its rows.
func (m *worldMetric) aggregate(rows []worldRow) any {
	var xs []float64
	distinct := map[any]bool{}
	weighed, weights := 0.0, 0.0
	for _, r := range rows {
		if m.x == nil {
			xs = append(xs, 0)
			continue
		}
		v := m.x.eval(r)
		if v == nil {
			continue
		}
		distinct[v] = true
		xs = append(xs, number(v))
		if m.weight != "" && r[m.weight] != nil {
			weighed += number(v) * number(r[m.weight])
			weights += number(r[m.weight])
		}
	}
	switch {
	case m.agg == "count" && m.zero == "null" && len(xs) == 0:
		return nil
	case m.agg == "count":
		return float64(len(xs))
	case m.agg == "count_distinct":
		return float64(len(distinct))
	case m.agg == "weighted_avg" && weights == 0:
		return nil
	case m.agg == "weighted_avg":
		return weighed / weights
	case len(xs) == 0 && m.zero == "0":
		return 0.0
	case len(xs) == 0:
		return nil
	}
	sort.Float64s(xs)
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

// truth is true, false, or not known.
type truth int8

const (
	no truth = iota
	unknown
	yes
)

func truthOf(b bool) truth {
	if b {
		return yes
	}
	return no
}

// worldCond is a condition, as text and as computation in three-valued logic.
type worldCond struct {
	text string
	eval func(*worldSet, worldRow) truth
}

func (c *worldCond) String() string {
	if c == nil {
		return ""
	}
	return c.text
}

// someCond makes up a condition about places, with and, or and not inside.
func (w *world) someCond(at []place, depth int) *worldCond {
	d := w.rng
	if depth > 0 && d.one(2) {
		a, b := w.someCond(at, depth-1), w.someCond(at, depth-1)
		switch d.IntN(3) {
		case 0:
			return &worldCond{"(" + a.text + " and " + b.text + ")", func(s *worldSet, r worldRow) truth { return min(a.eval(s, r), b.eval(s, r)) }}
		case 1:
			return &worldCond{"(" + a.text + " or " + b.text + ")", func(s *worldSet, r worldRow) truth { return max(a.eval(s, r), b.eval(s, r)) }}
		}
		return &worldCond{"not (" + a.text + ")", func(s *worldSet, r worldRow) truth { return yes - a.eval(s, r) }}
	}
	p := at[d.IntN(len(at))]
	about := func(text string, is func(any) bool) *worldCond {
		return &worldCond{p.path + text, func(s *worldSet, r worldRow) truth {
			v := s.lookup(r, p.path)
			if v == nil {
				return unknown
			}
			return truthOf(is(v))
		}}
	}
	if d.one(5) {
		null := d.one(2)
		text := map[bool]string{true: " is null", false: " is not null"}[null]
		return &worldCond{p.path + text, func(s *worldSet, r worldRow) truth { return truthOf((s.lookup(r, p.path) == nil) == null) }}
	}
	switch p.kind() {
	case "boolean":
		return about("", func(v any) bool { return v.(bool) })
	case "integer":
		n := d.IntN(5) - 1
		switch d.IntN(4) {
		case 0:
			return about(fmt.Sprintf(" = %d", n), func(v any) bool { return v == n })
		case 1:
			return about(fmt.Sprintf(" <> %d", n), func(v any) bool { return v != n })
		case 2:
			return about(fmt.Sprintf(" between %d and %d", n, n+2), func(v any) bool { return v.(int) >= n && v.(int) <= n+2 })
		}
		return about(fmt.Sprintf(" >= %d", n), func(v any) bool { return v.(int) >= n })
	}
	x, y := d.pick("a", "A", "b", "x", "o'k", "null", "k1"), d.pick("中", "k0", "k2", "a")
	quoted := func(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
	switch d.IntN(4) {
	case 0:
		return about(" = "+quoted(x), func(v any) bool { return v == x })
	case 1:
		return about(" <> "+quoted(x), func(v any) bool { return v != x })
	case 2:
		return about(" not in ("+quoted(x)+", "+quoted(y)+")", func(v any) bool { return v != x && v != y })
	}
	return about(" in ("+quoted(x)+", "+quoted(y)+")", func(v any) bool { return v == x || v == y })
}
