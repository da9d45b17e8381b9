package tree

import (
	"fmt"
	"math"
	"slices"
	"time"

	"lodestar/internal/fault"
	"lodestar/internal/query"
)

// board holds the numbers of a tree: each metric under each condition once.
type board struct {
	refs      []query.MetricRef
	index     map[string]int
	nodes     map[*vertex]int   // the vertex's own number
	leaves    map[*vertex][]int // of its formula's leaf occurrences
	series    [][]float64       // per number, per period; NaN for none
	previous  []float64         // of the newest period, when it is not over; else nil
	freshness []query.Freshness
	failures  []error // per number; nil when it could be asked
}

func newBoard(e *evaluation) *board {
	b := &board{index: map[string]int{}, nodes: map[*vertex]int{}, leaves: map[*vertex][]int{}}
	for _, v := range e.graph.nodes {
		b.nodes[v] = b.add(v.metric.Name, v.where)
	}
	for _, v := range e.graph.nodes {
		if v.formula == nil {
			continue
		}
		for _, l := range v.formula.Leaves {
			b.leaves[v] = append(b.leaves[v], b.add(l.Metric.Name, bothHold(v.where, l.Where)))
		}
	}
	for _, g := range e.spec.Guardrails {
		if e.model.Metric(g.Metric) != nil {
			b.add(g.Metric, "")
		}
	}
	b.freshness = make([]query.Freshness, len(b.refs))
	b.failures = make([]error, len(b.refs))
	return b
}

func (b *board) add(metric, where string) int {
	id := nodeID(metric, where)
	i, ok := b.index[id]
	if !ok {
		i = len(b.refs)
		b.index[id] = i
		b.refs = append(b.refs, query.MetricRef{Metric: metric, Where: where, As: fmt.Sprintf("n%d", i)})
	}
	return i
}

// takeSeries takes in the answer by period.
func (b *board) takeSeries(e *evaluation, r *query.Result) {
	at := map[string]int{}
	for i, t := range e.starts {
		at[t.Format(time.DateOnly)] = i
	}
	column := b.columns(r)
	b.series = make([][]float64, len(b.refs))
	for i := range b.series {
		b.series[i] = slices.Repeat([]float64{math.NaN()}, len(e.starts))
		b.freshness[i] = r.Freshness[b.refs[i].As]
	}
	for _, row := range r.Rows {
		day, _ := row[0].(string)
		t, ok := at[day]
		if !ok {
			continue
		}
		for i, c := range column {
			if c >= 0 {
				b.series[i][t] = number(row[c])
			}
		}
	}
	b.zeros(e)
	e.warnings = append(e.warnings, r.Warnings...)
}

// zeros fills periods without any row with 0 for metrics that are 0 over no
// rows, from the metric's first value on.
func (b *board) zeros(e *evaluation) {
	for i, ref := range b.refs {
		m := e.model.Metric(ref.Metric)
		if m == nil || m.Simple == nil || !m.Simple.Zero || b.failures[i] != nil {
			continue
		}
		begun := false
		for t, v := range b.series[i] {
			if begun = begun || !math.IsNaN(v); begun && math.IsNaN(v) {
				b.series[i][t] = 0
			}
		}
	}
}

// takeToDate takes in the period so far as the newest one.
func (b *board) takeToDate(r *query.Result) {
	column := b.columns(r)
	b.previous = make([]float64, len(b.refs))
	for i, c := range column {
		now, before := math.NaN(), math.NaN()
		if len(r.Rows) > 0 && c >= 0 {
			now = number(r.Rows[0][c])
			if p := columnOf(r, b.refs[i].As+"__previous"); p >= 0 {
				before = number(r.Rows[0][p])
			}
		}
		b.series[i] = append(b.series[i], now)
		b.previous[i] = before
	}
}

// columns gives the column of each number; -1 when it could not be asked.
func (b *board) columns(r *query.Result) []int {
	out := make([]int, len(b.refs))
	for i, ref := range b.refs {
		out[i] = columnOf(r, ref.As)
	}
	return out
}

func columnOf(r *query.Result, name string) int {
	return slices.IndexFunc(r.Columns, func(c query.Column) bool { return c.Name == name })
}

// merge puts answers about single metrics together as if they had been asked
// at once. It fails when none could be asked.
func (b *board) merge(answers []*query.Result, failures []error) (*query.Result, error) {
	out := &query.Result{Freshness: map[string]query.Freshness{}}
	rows := map[any][]any{}
	var keys []any
	for i, r := range answers {
		if failures[i] != nil {
			b.failures[i] = failures[i]
			continue
		}
		if out.Range == nil {
			out.Range, out.PreviousRange, out.AsOf, out.Timezone = r.Range, r.PreviousRange, r.AsOf, r.Timezone
			if len(r.Columns) > 0 && r.Columns[0].Grain != "" {
				out.Columns = append(out.Columns, r.Columns[0])
			}
		}
		timed := len(r.Columns) > 0 && r.Columns[0].Grain != ""
		skip := 0
		if timed {
			skip = 1
		}
		for as, f := range r.Freshness {
			out.Freshness[as] = f
		}
		width := len(out.Columns)
		out.Columns = append(out.Columns, r.Columns[skip:]...)
		for _, row := range r.Rows {
			var key any
			if timed {
				key = row[0]
			}
			full, ok := rows[key]
			if !ok {
				keys = append(keys, key)
				if timed {
					full = []any{key}
				}
			}
			for len(full) < width {
				full = append(full, nil)
			}
			rows[key] = append(full, row[skip:]...)
		}
		out.Warnings = append(out.Warnings, r.Warnings...)
	}
	if out.Range == nil {
		return nil, failures[0]
	}
	for _, key := range keys {
		row := rows[key]
		for len(row) < len(out.Columns) {
			row = append(row, nil)
		}
		out.Rows = append(out.Rows, row)
	}
	return out, nil
}

// figures of a number, back periods before the newest.
func (b *board) figures(i, back int) figures {
	s := b.series[i]
	f := figures{value: math.NaN(), previous: math.NaN()}
	if t := len(s) - 1 - back; t >= 0 {
		f.value = s[t]
		if t > 0 {
			f.previous = s[t-1]
		}
	}
	if back == 0 && b.previous != nil {
		f.previous = b.previous[i]
	}
	return f
}

// patience is how much earlier than the period the data may end where their
// dataset promises nothing.
const patience = 48 * time.Hour

// late reports whether the data behind a number end before the period does, or
// break their dataset's promise now and the period is the newest.
func (b *board) late(e *evaluation, i int) bool {
	return b.freshness[i].Late && e.options.Period == "" || b.short(e, i)
}

// short reports whether the data behind a number end before the period does, by
// more than their dataset's promise allows: then the number says nothing yet.
func (b *board) short(e *evaluation, i int) bool {
	f := b.freshness[i]
	if f.Late && e.toDate {
		return true
	}
	slack := time.Duration(0)
	for _, d := range e.model.Metric(b.refs[i].Metric).Datasets {
		slack = max(slack, d.Within)
	}
	if slack == 0 {
		slack = patience
	}
	return !f.DataTo.IsZero() && f.DataTo.Before(e.now.To.Add(-slack))
}

// failure words the error of a number.
func (b *board) failure(i int) *query.Warning {
	if b.failures[i] == nil {
		return nil
	}
	f := fault.Of(b.failures[i])
	return &query.Warning{Code: f.Code, Params: f.Params, Text: f.Text}
}
