package tree

import (
	"context"
	"math"
	"time"

	"golang.org/x/sync/errgroup"

	"lodestar/internal/calendar"
	"lodestar/internal/explain"
	"lodestar/internal/query"
	"lodestar/internal/stats"
	"lodestar/internal/target"
	"lodestar/internal/text"
)

// node states one vertex.
func (e *evaluation) node(v *vertex, goal *goal) NodeState {
	m, i := v.metric, e.board.nodes[v]
	f := e.board.figures(i, 0)
	n := NodeState{ID: v.id, Metric: m.Name, Where: v.where, Title: m.Title, Unit: m.Unit, Format: m.Format, Direction: m.Spec.Direction,
		Role: m.Spec.Role, Owner: m.Meta.Owner, Revision: m.Revision, Collapsed: v.collapsed,
		Value: pointer(f.value), Previous: pointer(f.previous), Change: pointer(f.change()), ChangeRate: pointer(f.changeRate()),
		Freshness: e.board.freshness[i], Error: e.board.failure(i), Series: e.series(i, goal)}
	if m.Formula != nil {
		n.Formula = m.Formula.Text
	}
	n.Judgement = judgement(n.Change, f, n.Direction)
	if goal != nil {
		n.Target = goal.state
	}
	if n.Value == nil && n.Error == nil {
		n.NoValue = e.noValue(i)
	}
	return n
}

// flat is the change, relative to the value before, that does not count as one.
const flat = 0.001

func judgement(change *float64, f figures, direction string) string {
	switch {
	case change == nil || direction == "":
		return "none"
	case math.Abs(*change) <= flat*math.Abs(f.previous):
		return "flat"
	case (*change > 0) == (direction == "up"):
		return "good"
	}
	return "bad"
}

func (e *evaluation) noValue(i int) *query.Warning {
	if to := e.board.freshness[i].DataTo; !to.IsZero() && to.Before(e.now.From) {
		return &query.Warning{Code: "data_ended", Params: map[string]any{"dataTo": to.Format(time.RFC3339)}, Text: text.Text{
			ZH: "数据只到 {day}，这个周期还没有", EN: "the data end on {day}, before this period"}.
			With("day", e.label(to, calendar.Day))}
	}
	return &query.Warning{Code: "no_value", Text: text.Text{
		ZH: "这个周期没有可算的数据", EN: "there are no rows to compute it from in this period"}}
}

func (e *evaluation) label(t time.Time, g calendar.Grain) text.Text {
	return both(func(l text.Lang) string { return e.calendar.Label(t, g, l) })
}

// series gives the newest periods of a number with what was wanted in them.
func (e *evaluation) series(i int, goal *goal) []Point {
	first := max(0, len(e.starts)-shown)
	out := make([]Point, 0, shown)
	for t := first; t < len(e.starts); t++ {
		p := Point{Time: e.starts[t].Format(time.DateOnly), Value: pointer(e.board.series[i][t]), Incomplete: e.toDate && t == len(e.starts)-1}
		if goal != nil {
			p.Target = goal.at(e, e.starts[t])
		}
		out = append(out, p)
	}
	return out
}

func pointer(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}

// goal is a target that a vertex is measured against.
type goal struct {
	spec     *target.Spec
	additive bool
	state    *target.State
}

// at is the value wanted in a period of the tree. A target for longer periods
// counts by its days where values add up, and as it is where they do not.
func (g *goal) at(e *evaluation, start time.Time) *float64 {
	c := e.calendar
	if g.spec.Period == e.spec.Period {
		if v, ok := g.spec.At(start, c); ok {
			return &v
		}
		return nil
	}
	if g.spec.Period.Rank() < e.spec.Period.Rank() {
		return nil
	}
	end := c.Next(start, e.spec.Period)
	sum := 0.0
	for day := start; day.Before(end); day = c.Next(day, calendar.Day) {
		period := c.Period(day, g.spec.Period)
		v, ok := g.spec.At(period.From, c)
		if !ok {
			return nil
		}
		if !g.additive {
			return &v
		}
		sum += v / float64(len(c.Periods(period, calendar.Day)))
	}
	return &sum
}

// targets measures the targets of all vertices as of the end of the period:
// the one for the tree's own period, else the shortest longer one. A target
// that has no value for now, or cannot be measured, is left out.
func (e *evaluation) targets(ctx context.Context) map[string]*goal {
	s := e.service.c.Targets
	out := map[string]*goal{}
	if s == nil {
		return out
	}
	var g errgroup.Group
	g.SetLimit(4)
	for _, v := range e.graph.nodes {
		best, name := (*target.Spec)(nil), ""
		if v.where == "" {
			best, name = e.pick(s, v.metric.Name)
		}
		if best == nil {
			continue
		}
		goal := &goal{spec: best, additive: explain.Additive(v.metric)}
		out[v.id] = goal
		g.Go(func() error {
			if state, err := s.Measure(ctx, e.actor, name, best, target.Options{At: e.now.To}); err == nil {
				goal.state = state
			}
			return nil
		})
	}
	_ = g.Wait() // the functions give no error: a target that fails is left out
	return out
}

func (e *evaluation) pick(s *target.Service, metric string) (*target.Spec, string) {
	var best *target.Spec
	name := ""
	own := e.spec.Period.Rank()
	for _, r := range s.Of(metric) {
		spec, ok := r.Spec.(*target.Spec)
		if !ok || spec.Period.Rank() < own || best != nil && spec.Period.Rank() >= best.Period.Rank() {
			continue
		}
		if _, has := spec.At(e.calendar.Period(e.now.From, spec.Period).From, e.calendar); has {
			best, name = spec, r.Metadata.Name
		}
	}
	return best, name
}

// edge states one link.
func (e *evaluation) edge(l link) Edge {
	out := Edge{From: l.from.id, To: l.to.id, Kind: "formula", Op: l.op, Confidence: "none"}
	if l.influence != nil {
		out.Kind = "influence"
		e.influence(l, &out)
		return out
	}
	from, to := e.leafValues(l.to)
	parts, ok := l.to.formula.Split(from, to)
	if !ok {
		return out
	}
	sum := 0.0
	for _, leaf := range l.leaves {
		sum += parts[leaf]
	}
	out.Contribution = &sum
	if change := l.to.formula.Eval(to) - l.to.formula.Eval(from); change != 0 {
		out.Share = pointer(sum / change)
	}
	return out
}

func (e *evaluation) leafValues(v *vertex) (from, to []float64) {
	for _, i := range e.board.leaves[v] {
		f := e.board.figures(i, 0)
		from, to = append(from, f.previous), append(to, f.value)
	}
	return from, to
}

// What an influence needs to be believed.
const (
	leastSample = 12 // fewer periods say nothing
	fullSample  = 26 // from here on a clear correlation is trusted
	arOrder     = 4  // how much of each series' own past is taken out
)

// influence measures how the child's changes lead the parent's at the lag
// declared.
func (e *evaluation) influence(l link, out *Edge) {
	out.Lag, out.Sign = l.lag, l.influence.Sign
	x, y := e.changes(e.board.nodes[l.from]), e.changes(e.board.nodes[l.to])
	if e.graph.relatives(l.from, l.to) {
		return
	}
	c, ok := stats.LeadCorrelation(x, y, l.lag, arOrder)
	out.Sample = c.N
	if !ok || c.N < leastSample {
		return
	}
	out.Strength = pointer(c.R)
	switch {
	case c.P < 0.01 && c.N >= fullSample:
		out.Confidence = "high"
	case c.P < 0.05:
		out.Confidence = "medium"
	case c.P < 0.2:
		out.Confidence = "low"
	}
	if out.Sign != "" && out.Confidence != "none" {
		agrees := (c.R > 0) == (out.Sign == "+")
		out.Agrees = &agrees
	}
}

// changes are the period-on-period changes over complete periods.
func (e *evaluation) changes(i int) []float64 {
	s := e.board.series[i]
	if e.toDate {
		s = s[:len(s)-1]
	}
	if len(s) < 2 {
		return nil
	}
	out := make([]float64, len(s)-1)
	for t := range out {
		out[t] = s[t+1] - s[t]
	}
	return out
}

// title is a metric's title; its name when it is not in the model.
func (e *evaluation) title(metric string) text.Text {
	if m := e.model.Metric(metric); m != nil {
		return m.Title
	}
	return text.Same(metric)
}
