package explain

import (
	"context"
	"fmt"
	"math"
	"sync"
	"time"

	"lodestar/internal/access"
	"lodestar/internal/calendar"
	"lodestar/internal/query"
	"lodestar/internal/semantic"
)

// ask is what to ask the engine for: each different leaf once, and the metric
// itself.
type ask struct {
	metrics []query.MetricRef
	column  []int // per leaf occurrence: which of the metrics
	self    int   // which of the metrics is the explained one
}

func newAsk(f *Formula) ask {
	a := ask{}
	seen := map[string]int{}
	for _, l := range f.Leaves {
		i, ok := seen[l.Key()]
		if !ok {
			i = len(a.metrics)
			seen[l.Key()] = i
			a.metrics = append(a.metrics, query.MetricRef{Metric: l.Metric.Name, As: fmt.Sprintf("leaf%d", i), Where: l.Where})
		}
		a.column = append(a.column, i)
	}
	if i, ok := seen[Leaf{Metric: f.Metric}.Key()]; ok && f.single() {
		a.self = i
		return a
	}
	a.self = len(a.metrics)
	a.metrics = append(a.metrics, query.MetricRef{Metric: f.Metric.Name, As: "whole"})
	return a
}

// grid holds leaf values by period and member; NaN is no value. Without a
// dimension there is one member.
type grid struct {
	values []any
	index  map[any]int
	rows   [][][]float64 // member, period, metric of the ask; nil where there is no row
	cut    bool          // the engine had more rows than were asked for
	info   *query.Result // the newest answer, for freshness and warnings
}

func (g *grid) member(v any, periods int) int {
	i, ok := g.index[v]
	if !ok {
		i = len(g.values)
		g.index[v] = i
		g.values = append(g.values, v)
		g.rows = append(g.rows, make([][]float64, periods))
	}
	return i
}

// leaves gives a member's leaf occurrences in a period, nil without a row.
func (g *grid) leaves(a ask, member, period int) []float64 {
	row := g.rows[member][period]
	if row == nil {
		return nil
	}
	out := make([]float64, len(a.column))
	for i, c := range a.column {
		out[i] = row[c]
	}
	return out
}

// own gives a member's value of the metric itself.
func (g *grid) own(a ask, member, period int) float64 {
	if row := g.rows[member][period]; row != nil {
		return row[a.self]
	}
	return math.NaN()
}

// fetch asks for the window, over all rows or by a dimension; filter limits
// the rows beyond the request's own condition.
func (e *explainer) fetch(ctx context.Context, w window, dimension, filter string, limit int) (*grid, error) {
	g := &grid{index: map[any]int{}}
	if w.grain != "" {
		return g, e.fetchInto(ctx, g, w, dimension, filter, w.whole(), w.grain, limit)
	}
	for i, r := range []calendar.Range{w.from, w.to} {
		if err := e.fetchPeriod(ctx, g, i, dimension, filter, timeRange(r), limit); err != nil {
			return g, err
		}
	}
	return g, nil
}

func (e *explainer) question(dimension, filter string, t *query.TimeRange, limit int) query.Request {
	r := query.Request{Metrics: e.ask.metrics, Where: e.request.Where, Time: t,
		Timezone: e.request.Timezone, AsOf: e.request.AsOf, Limit: limit}
	if filter != "" {
		conditions := []string{filter}
		if r.Where != "" {
			conditions = append(conditions, r.Where)
		}
		r.Where = and(conditions)
	}
	if dimension != "" {
		r.By = []query.By{{Dimension: dimension, As: "member"}}
	}
	return r
}

// fetchInto reads one answer with a row per member and period.
func (e *explainer) fetchInto(ctx context.Context, g *grid, w window, dimension, filter string, t *query.TimeRange, grain calendar.Grain, limit int) error {
	r := e.question(dimension, filter, t, limit)
	r.By = append(r.By, query.By{Time: grain, As: "period"})
	res, err := e.service.query.Query(ctx, e.actor, r)
	if err != nil {
		return err
	}
	g.read(res, w, dimension)
	return nil
}

// read takes in an answer with the columns member (with a dimension), period
// and the metrics.
func (g *grid) read(res *query.Result, w window, dimension string) {
	at := make(map[string]int, len(w.starts))
	for i, s := range w.starts {
		at[periodText(s, w.grain)] = i
	}
	g.info, g.cut = res, res.Truncated
	for _, row := range res.Rows {
		var member any
		if dimension != "" {
			member = plain(row[0])
			row = row[1:]
		}
		text, _ := row[0].(string)
		i, ok := at[text]
		if !ok {
			continue // rows without a time, or outside the window
		}
		g.rows[g.member(member, len(w.starts))][i] = floats(row[1:])
	}
}

// fetchPeriod reads one answer with a row per member as period i of two.
func (e *explainer) fetchPeriod(ctx context.Context, g *grid, i int, dimension, filter string, t *query.TimeRange, limit int) error {
	res, err := e.service.query.Query(ctx, e.actor, e.question(dimension, filter, t, limit))
	if err != nil {
		return err
	}
	g.info, g.cut = res, g.cut || res.Truncated
	for _, row := range res.Rows {
		var member any
		if dimension != "" {
			member = plain(row[0])
			row = row[1:]
		}
		g.rows[g.member(member, 2)][i] = floats(row)
	}
	return nil
}

// periodText is how the engine writes the start of a period.
func periodText(t time.Time, grain calendar.Grain) string {
	if grain.Fine() {
		return t.Format(time.RFC3339)
	}
	return t.Format(time.DateOnly)
}

func floats(row []any) []float64 {
	out := make([]float64, len(row))
	for i, v := range row {
		out[i] = number(v)
	}
	return out
}

// plain makes a dimension value usable as a map key and in JSON.
func plain(v any) any {
	switch v.(type) {
	case nil, string, bool, int64, float64:
		return v
	}
	return fmt.Sprint(v)
}

// explainer answers one request.
type explainer struct {
	service  *Service
	model    *semantic.Model
	actor    access.Actor
	request  Request
	formula  *Formula
	plan     plan
	ask      ask
	calendar calendar.Calendar
	window   window
	whole    *grid // all rows, one member
	// Slopes of the totals per period, for changes and for levels; nil where
	// there is no formula, no history or no value.
	changeSlopes, levelSlopes [][]float64

	within *inner // where inside the best member its change lies; nil when nowhere in particular

	warnMu   sync.Mutex
	warnings []query.Warning
}

// overall settles the window and reads the metric and its leaves over it.
func (e *explainer) overall(ctx context.Context) error {
	if err := e.resolve(ctx); err != nil {
		return err
	}
	if !e.window.to.IsZero() {
		var err error
		e.whole, err = e.fetch(ctx, e.window, "", "", 0)
		e.prepare()
		return err
	}
	grain, err := parseGrain(e.request.Period)
	if err != nil {
		return err
	}
	lag, err := lagOf(grain, e.request.Compare)
	if err != nil {
		return err
	}
	// The engine alone knows which period is the last complete one, and says so
	// in the range of its answer; only then can the rows be laid out.
	r := e.question("", "", newest(grain, lag), 0)
	r.By = append(r.By, query.By{Time: grain, As: "period"})
	res, err := e.service.query.Query(ctx, e.actor, r)
	if err != nil {
		return err
	}
	if res.Range == nil {
		return noRange()
	}
	if e.window, err = layout(e.calendar, grain, lag, *res.Range); err != nil {
		return err
	}
	e.whole = &grid{index: map[any]int{}}
	e.whole.read(res, e.window, "")
	e.prepare()
	return nil
}

// prepare works out once what every dimension needs of the totals.
func (e *explainer) prepare() {
	n := e.window.count()
	e.changeSlopes, e.levelSlopes = make([][]float64, n), make([][]float64, n)
	if e.formula.single() || e.window.grain == "" {
		return
	}
	all := make([]cells, n)
	for t := range all {
		all[t].total = e.total(t)
	}
	for t := e.window.lag; t < n; t++ {
		e.changeSlopes[t], _ = e.formula.slopes(all[t-e.window.lag].total, all[t].total)
	}
	for t := levelPeriods; t < n; t++ {
		e.levelSlopes[t], _ = e.formula.slopes(mean(all[t-levelPeriods:t], len(e.ask.column)).total, all[t].total)
	}
}
