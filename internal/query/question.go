package query

import (
	"sort"
	"strings"

	"lodestar/internal/calendar"
	"lodestar/internal/expr"
	"lodestar/internal/semantic"
	"lodestar/internal/warehouse"
)

// question is a request in which every name is resolved. It holds no text that
// a person wrote but for output names and canonical forms of conditions.
type question struct {
	model   *semantic.Model
	cal     calendar.Calendar
	named   *semantic.Calendar // what cal is made of; nil without a Calendar resource
	metrics []asked
	keys    []key
	leaves  []leaf             // each aggregation once
	where   []*semantic.Filter // conjuncts, on every dataset
	timeOf  string             // column of the time range; "" for the metrics' own
	having  *expr.Typed        // refs are column positions (int)
	order   []orderTerm
	top     *topTerm
	limit   int
	totals  bool
	fill    bool
	facts   []*semantic.Dataset
	compare *Compare
	rows    *rowsTerm                        // nil for a question with metrics
	lookups map[*semantic.Computed]*question // of values of metrics

	// filled in once data and clock are known
	states  map[string]warehouse.State
	times   times
	rollups []*rollup // that hold the rows of the moment

	calendarFrom []string // datasets that the calendar has been completed from

	rankFirst   bool // the top members are found before the rows, though nothing is split by time
	rankCurrent bool // the current period may decide who is on top
}

// asked is a metric of the answer.
type asked struct {
	name   string
	metric *semantic.Metric
	value  *value
	option *option // nil for the value itself
}

// key is a dimension or period that rows are grouped by.
type key struct {
	name   string
	by     By
	typ    expr.Type
	fields map[*semantic.Dataset]*semantic.Field // nil for the metrics' own time
	sample *semantic.Field                       // any of them, for title and end; nil for own time
	end    string                                // min or max, of a question for the extent
	// byMetric is what each leaf's metric groups by where that is not the same
	// for all metrics of a dataset.
	byMetric map[*semantic.Metric]*semantic.Field
}

func (k key) isTime() bool { return k.by.Time != "" }

// leaf is one aggregation over the rows of a dataset that pass its filters.
type leaf struct {
	id      string
	metric  *semantic.Metric
	filters []*semantic.Filter // on top of the metric's own
	over    []*semantic.Over   // from which times, the outermost rule first
}

func (l leaf) agg() *semantic.Aggregation { return l.metric.Simple }

// value computes a metric from leaves: either one leaf, or a formula.
type value struct {
	leaf    int
	formula *semantic.Formula
	args    map[*semantic.Operand]*value
}

type orderTerm struct {
	column int
	desc   bool
}

type topTerm struct {
	n      int
	column int
	others bool
}

// columns of a statement: keys, values, then for a comparison previous,
// change and change rate of each value.
func (q *question) width() int {
	n := len(q.keys) + len(q.metrics)
	if q.compare != nil {
		n += 3 * len(q.metrics)
	}
	return n
}

// names of the columns by position.
func (q *question) names() []string {
	out := make([]string, 0, q.width())
	for _, k := range q.keys {
		out = append(out, k.name)
	}
	for _, m := range q.metrics {
		out = append(out, m.name)
	}
	if q.compare != nil {
		for _, m := range q.metrics {
			out = append(out, m.name+"__previous", m.name+"__change", m.name+"__change_rate")
		}
	}
	return out
}

// keyType is the type of a plan's key.
func (q *question) keyType(k int) expr.Type {
	switch {
	case k == noKey:
		return expr.Integer
	case q.keys[k].isTime():
		return expr.Timestamp
	}
	return q.keys[k].typ
}

func (q *question) columnType(i int) expr.Type {
	if i < len(q.keys) {
		return q.keys[i].typ
	}
	i -= len(q.keys)
	if i < len(q.metrics) {
		return q.metrics[i].typ()
	}
	i -= len(q.metrics)
	if i%3 == 2 {
		return expr.Float
	}
	return q.metrics[i/3].typ()
}

// valueOf builds the value of a metric whose leaves all take the filters, and
// notes the leaves it needs.
func (q *question) valueOf(m *semantic.Metric, filters []*semantic.Filter, over []*semantic.Over) *value {
	if m.Simple != nil {
		return &value{leaf: q.leaf(m, filters, over)}
	}
	v := &value{formula: m.Formula, args: make(map[*semantic.Operand]*value, len(m.Formula.Operands))}
	for _, o := range m.Formula.Operands {
		inner := filters
		if o.Filter != nil {
			inner = append(inner[:len(inner):len(inner)], o.Filter)
		}
		times := over
		if o.Over != nil {
			times = append(times[:len(times):len(times)], o.Over)
		}
		v.args[o] = q.valueOf(o.Metric, inner, times)
	}
	return v
}

func (q *question) leaf(m *semantic.Metric, filters []*semantic.Filter, over []*semantic.Over) int {
	texts := make([]string, len(filters))
	for i, f := range filters {
		texts[i] = f.Text
	}
	sort.Strings(texts)
	id := m.Name + "\x00" + strings.Join(texts, "\x00")
	for _, o := range over {
		id += "\x00\x00" + o.String()
	}
	for i := range q.leaves {
		if q.leaves[i].id == id {
			return i
		}
	}
	q.leaves = append(q.leaves, leaf{id: id, metric: m, filters: filters, over: over})
	return len(q.leaves) - 1
}

// empty is the value of a metric where there are no rows at all.
func (q *question) empty(v *value) (any, error) {
	if v.formula == nil {
		if q.leaves[v.leaf].agg().Zero {
			return int64(0), nil
		}
		return nil, nil
	}
	var failed error
	out, err := v.formula.Expr.Eval(func(ref any) any {
		x, err := q.empty(v.args[ref.(*semantic.Operand)])
		if err != nil {
			failed = err
		}
		return x
	})
	if err == nil {
		err = failed
	}
	return out, err
}

// uses counts how often the value reads each leaf.
func (v *value) uses(count []int) {
	if v.formula == nil {
		count[v.leaf]++
		return
	}
	for _, a := range v.args {
		a.uses(count)
		a.uses(count) // a division prints its operands twice
	}
}
