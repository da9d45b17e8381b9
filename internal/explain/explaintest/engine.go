package explaintest

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"sync"
	"time"

	"lodestar/internal/access"
	"lodestar/internal/calendar"
	"lodestar/internal/expr"
	"lodestar/internal/fault"
	"lodestar/internal/query"
	"lodestar/internal/semantic"
	"lodestar/internal/text"
)

// Row is one row with every field that can be asked of it, by name or path
// ("store.name"). Times are time.Time, whole numbers int64, numbers float64.
type Row map[string]any

// Engine answers query objects over rows in memory. AsOf is the moment that
// relative time counts from.
type Engine struct {
	Model *semantic.Model
	Rows  map[string][]Row // by dataset
	AsOf  time.Time
	// Fail makes questions about a metric fail, by metric name.
	Fail map[string]error

	mu    sync.Mutex
	Asked []query.Request // what was asked so far
}

// Query answers the parts of a request that features use: metrics with
// conditions, dimensions and one time grain, conditions, ranges and the
// comparison with the period before.
func (e *Engine) Query(ctx context.Context, _ access.Actor, r query.Request) (*query.Result, error) {
	if err := ctx.Err(); err != nil {
		return nil, fault.New(fault.Canceled, "canceled", text.Same("canceled")).Wrap(err)
	}
	e.mu.Lock()
	e.Asked = append(e.Asked, r)
	e.mu.Unlock()
	c := e.Model.Calendar()
	out := &query.Result{AsOf: e.AsOf, Timezone: c.Zone.String(), Freshness: map[string]query.Freshness{}}
	if r.Time != nil {
		rng, err := e.resolve(c, *r.Time)
		if err != nil {
			return nil, err
		}
		out.Range = &rng
	}
	for _, b := range r.By {
		out.Columns = append(out.Columns, query.Column{Name: b.Name(), Grain: string(b.Time)})
	}
	for _, m := range r.Metrics {
		out.Columns = append(out.Columns, query.Column{Name: m.Name(), Metric: m.Metric})
	}
	now, err := e.answer(r, out.Range)
	if err != nil {
		return nil, err
	}
	var before map[string]*group
	if r.Compare != nil {
		prev, err := c.Previous(*out.Range, r.Compare.To, r.Compare.Align)
		if r.Time.ToDate != "" && r.Compare.To == "previous_period" {
			prev = c.Shift(*out.Range, r.Time.ToDate, -1)
		}
		if err != nil {
			return nil, err
		}
		out.PreviousRange = &prev
		if before, err = e.answer(r, &prev); err != nil {
			return nil, err
		}
		for _, m := range r.Metrics {
			out.Columns = append(out.Columns, query.Column{Name: m.Name() + "__previous", Metric: m.Metric, Part: "previous"})
		}
	}
	for key, g := range now {
		row := slices.Clone(g.keys)
		row = append(row, g.values...)
		if r.Compare != nil {
			old := make([]any, len(r.Metrics))
			if b := before[key]; b != nil {
				copy(old, b.values)
			}
			row = append(row, old...)
		}
		out.Rows = append(out.Rows, row)
	}
	slices.SortFunc(out.Rows, func(a, b []any) int { return compareKeys(a[:len(r.By)], b[:len(r.By)]) })
	limit := r.Limit
	if limit == 0 {
		limit = 10_000
	}
	if len(out.Rows) > limit {
		out.Rows, out.Truncated = out.Rows[:limit], true
	}
	for _, m := range r.Metrics {
		out.Freshness[m.Name()] = e.freshness(e.Model.Metric(m.Metric))
	}
	return out, nil
}

func compareKeys(a, b []any) int {
	x, y := fmt.Sprint(a...), fmt.Sprint(b...)
	switch {
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return 0
}

func (e *Engine) freshness(m *semantic.Metric) query.Freshness {
	var f query.Freshness
	for i, leaf := range m.Leaves {
		newest := time.Time{}
		for _, row := range e.Rows[leaf.Simple.Dataset.Name] {
			if t, ok := row[leaf.Simple.Time.String()].(time.Time); ok && t.After(newest) && t.Before(e.AsOf) {
				newest = t
			}
		}
		if i == 0 || newest.Before(f.DataTo) {
			f.DataTo = newest
		}
	}
	return f
}

func (e *Engine) resolve(c calendar.Calendar, t query.TimeRange) (calendar.Range, error) {
	switch {
	case t.Last != "":
		n, g, err := calendar.ParseSpan(t.Last)
		end := c.Start(e.AsOf, g)
		return calendar.Range{From: c.Add(end, g, -n), To: end}, err
	case t.ToDate != "":
		return calendar.Range{From: c.Start(e.AsOf, t.ToDate), To: e.AsOf}, nil
	}
	from, err := moment(t.From, c.Zone)
	if err != nil {
		return calendar.Range{}, err
	}
	to, err := moment(t.To, c.Zone)
	return calendar.Range{From: from, To: to}, err
}

func moment(s string, zone *time.Location) (time.Time, error) {
	if t, err := time.ParseInLocation(time.DateOnly, s, zone); err == nil {
		return t, nil
	}
	t, err := time.Parse(time.RFC3339, s)
	return t.In(zone), err
}

// group is one row of an answer.
type group struct {
	keys   []any
	values []any
}

func (e *Engine) answer(r query.Request, rng *calendar.Range) (map[string]*group, error) {
	out := map[string]*group{}
	if len(r.By) == 0 {
		out["[]"] = &group{values: make([]any, len(r.Metrics))}
	}
	for i, ref := range r.Metrics {
		if err := e.Fail[ref.Metric]; err != nil {
			return nil, err
		}
		m := e.Model.Metric(ref.Metric)
		if m == nil {
			return nil, fault.New(fault.NotFound, "unknown_metric", text.Same(ref.Metric))
		}
		cells, err := e.metric(m, nonEmpty(r.Where, ref.Where), r.By, rng)
		if err != nil {
			return nil, err
		}
		for key, c := range cells {
			g := out[key]
			if g == nil {
				g = &group{keys: c.keys, values: make([]any, len(r.Metrics))}
				out[key] = g
			}
			g.values[i] = c.values[0]
		}
	}
	for i, ref := range r.Metrics { // counts are 0 in rows that others made
		if m := e.Model.Metric(ref.Metric); m.Simple != nil && m.Simple.Zero {
			for _, g := range out {
				if g.values[i] == nil {
					g.values[i] = 0.0
				}
			}
		}
	}
	return out, nil
}

func nonEmpty(s ...string) []string {
	return slices.DeleteFunc(s, func(x string) bool { return x == "" })
}

// metric computes one metric by group.
func (e *Engine) metric(m *semantic.Metric, where []string, by []query.By, rng *calendar.Range) (map[string]*group, error) {
	if m.Simple != nil {
		return e.simple(m.Simple, where, by, rng)
	}
	parts := map[*semantic.Operand]map[string]*group{}
	all := map[string]*group{}
	for _, o := range m.Formula.Operands {
		w := where
		if o.Filter != nil {
			w = append(slices.Clone(where), o.Filter.Text)
		}
		cells, err := e.metric(o.Metric, w, by, rng)
		if err != nil {
			return nil, err
		}
		parts[o] = cells
		for k, g := range cells {
			all[k] = &group{keys: g.keys}
		}
	}
	for k, g := range all {
		v, err := m.Formula.Expr.Eval(func(ref any) any {
			o := ref.(*semantic.Operand)
			if c := parts[o][k]; c != nil {
				return c.values[0]
			}
			if o.Metric.Simple != nil && o.Metric.Simple.Zero {
				return 0.0
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		g.values = []any{v}
	}
	return all, nil
}

// tally gathers the rows of one group.
type tally struct {
	keys     []any
	rows     float64
	numbers  []float64
	distinct map[any]bool
}

func (e *Engine) simple(a *semantic.Aggregation, where []string, by []query.By, rng *calendar.Range) (map[string]*group, error) {
	var filters []*expr.Typed
	for _, w := range where {
		f, err := semantic.NewFilter(w, []*semantic.Dataset{a.Dataset})
		if err != nil {
			return nil, err
		}
		filters = append(filters, f.On[a.Dataset])
	}
	if a.Where != nil {
		filters = append(filters, a.Where)
	}
	tallies := map[string]*tally{}
	periods := map[time.Time]string{}
	for _, row := range e.Rows[a.Dataset.Name] {
		at, ok := row[a.Time.String()].(time.Time)
		if rng != nil && (!ok || at.Before(rng.From) || !at.Before(rng.To)) || !passes(filters, row) {
			continue
		}
		keys := e.keys(row, at, by, periods)
		k := keyText(keys)
		t := tallies[k]
		if t == nil {
			t = &tally{keys: keys, distinct: map[any]bool{}}
			tallies[k] = t
		}
		if err := t.take(a, row); err != nil {
			return nil, err
		}
	}
	out := map[string]*group{}
	for k, t := range tallies {
		out[k] = &group{keys: t.keys, values: []any{t.value(a)}}
	}
	if len(by) == 0 && len(out) == 0 && a.Zero {
		out["[]"] = &group{values: []any{0.0}}
	}
	return out, nil
}

func passes(filters []*expr.Typed, row Row) bool {
	for _, f := range filters {
		v, err := f.Eval(valueOf(row))
		if yes, ok := v.(bool); err != nil || !ok || !yes {
			return false
		}
	}
	return true
}

func valueOf(row Row) func(ref any) any {
	return func(ref any) any { return row[ref.(*semantic.Field).String()] }
}

// keyText tells groups apart.
func keyText(keys []any) string {
	k := []byte{'['}
	for _, v := range keys {
		if s, ok := v.(string); ok {
			k = append(strconv.AppendQuote(k, s), ' ')
		} else {
			k = fmt.Appendf(k, "%v ", v)
		}
	}
	return string(append(k, ']'))
}

// keys gives the values of the dimensions; periods remembers what was worked
// out for a time.
func (e *Engine) keys(row Row, at time.Time, by []query.By, periods map[time.Time]string) []any {
	keys := make([]any, 0, len(by))
	for _, b := range by {
		if b.Time == "" {
			keys = append(keys, row[b.Dimension])
			continue
		}
		label, ok := periods[at]
		if !ok {
			layout := time.DateOnly
			if b.Time == calendar.Hour {
				layout = time.RFC3339
			}
			label = e.Model.Calendar().Start(at, b.Time).Format(layout)
			periods[at] = label
		}
		keys = append(keys, label)
	}
	return keys
}

func (t *tally) take(a *semantic.Aggregation, row Row) error {
	if a.Arg == nil {
		t.rows++
		return nil
	}
	v, err := a.Arg.Eval(valueOf(row))
	if err != nil || v == nil {
		return err
	}
	t.rows++
	t.distinct[v] = true
	switch v := v.(type) {
	case float64:
		t.numbers = append(t.numbers, v)
	case int64:
		t.numbers = append(t.numbers, float64(v))
	}
	return nil
}

func (t *tally) value(a *semantic.Aggregation) any {
	switch a.Func {
	case "count":
		return t.rows
	case "count_distinct":
		return float64(len(t.distinct))
	}
	if len(t.numbers) == 0 {
		if a.Zero {
			return 0.0
		}
		return nil
	}
	sum := 0.0
	for _, x := range t.numbers {
		sum += x
	}
	switch a.Func {
	case "sum":
		return sum
	case "avg":
		return sum / float64(len(t.numbers))
	case "min":
		return slices.Min(t.numbers)
	case "max":
		return slices.Max(t.numbers)
	}
	return math.NaN()
}
