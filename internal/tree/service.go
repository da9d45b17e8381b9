package tree

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"lodestar/internal/access"
	"lodestar/internal/calendar"
	"lodestar/internal/catalog"
	"lodestar/internal/fault"
	"lodestar/internal/query"
	"lodestar/internal/semantic"
	"lodestar/internal/target"
	"lodestar/internal/text"
)

// KindTree is the name of the kind.
const KindTree = "Tree"

// Kinds lists the kinds of this package.
func Kinds() []catalog.Kind {
	return []catalog.Kind{{Name: KindTree, Plural: "trees", Title: text.Text{ZH: "指标树", EN: "Tree"},
		New: func() catalog.Spec { return new(Spec) }}}
}

// Querier answers query objects; *query.Engine is one.
type Querier interface {
	Query(ctx context.Context, actor access.Actor, r query.Request) (*query.Result, error)
}

// Config is what a Service needs.
type Config struct {
	Query   Querier
	Model   func() *semantic.Model
	Catalog func() catalog.Snapshot
	Targets *target.Service // nil for a workspace without targets
}

// Service evaluates trees. It is safe for concurrent use.
type Service struct{ c Config }

// New makes a service.
func New(c Config) *Service { return &Service{c} }

// Options say which period to evaluate.
type Options struct {
	AsOf string // as in a query; "" for the workspace's
	// Period is the first day of the period wanted as 2026-01-05 (any day in it
	// will do), Current for the period that is not over yet, or "" for the last
	// complete one.
	Period string
}

// Current asks for the period that is not over yet.
const Current = "current"

// shown is how many periods a series has.
const shown = 13

// historyOf is how many periods are read, so that influences can be measured.
func historyOf(g calendar.Grain) int {
	switch g {
	case calendar.Day:
		return 91
	case calendar.Week:
		return 60
	case calendar.Month:
		return 36
	case calendar.Quarter:
		return 20
	}
	return shown
}

// State evaluates the tree of that name. Any role may ask. A metric that
// cannot be asked has its error on its node; the rest is answered. Faults:
// NotFound when there is no such tree, it or its root cannot be used; Invalid
// for a period that is none or has not begun.
func (s *Service) State(ctx context.Context, actor access.Actor, name string, o Options) (*State, error) {
	r, ok := s.c.Catalog().Get(KindTree, name)
	spec, isTree := (*Spec)(nil), false
	if ok {
		spec, isTree = r.Spec.(*Spec)
	}
	if !isTree || r.State == catalog.Quarantined {
		return nil, fault.New(fault.NotFound, "unknown_tree", text.Text{
			ZH: "没有名为 {name} 的可用指标树", EN: "there is no usable tree named {name}"}, "name", name)
	}
	return s.Evaluate(ctx, actor, name, r.Metadata.Title, spec, o)
}

// Evaluate evaluates a tree that need not be stored.
func (s *Service) Evaluate(ctx context.Context, actor access.Actor, name string, title text.Text, spec *Spec, o Options) (*State, error) {
	model := s.c.Model()
	if model.Metric(spec.Root) == nil {
		return nil, fault.New(fault.NotFound, "unknown_metric", text.Text{
			ZH: "树根指标 {name} 不存在或有错误", EN: "the root metric {name} does not exist or has errors"}, "name", spec.Root)
	}
	e := &evaluation{service: s, actor: actor, model: model, spec: spec, options: o, graph: spec.open(model), calendar: model.Calendar()}
	e.board = newBoard(e)
	if err := e.read(ctx); err != nil {
		return nil, err
	}
	if title.IsZero() {
		title = text.Same(name)
	}
	out := &State{Tree: name, Title: title, Period: spec.Period, Range: e.now, Previous: e.before, Incomplete: e.toDate,
		Timezone: e.calendar.Zone.String(), Nodes: []NodeState{}, Edges: []Edge{}, Guardrails: []GuardrailState{}, Warnings: e.warnings}
	targets := e.targets(ctx)
	for _, v := range e.graph.nodes {
		out.Nodes = append(out.Nodes, e.node(v, targets[v.id]))
	}
	for _, l := range e.graph.edges {
		out.Edges = append(out.Edges, e.edge(l))
	}
	guards, err := e.guardrails(ctx)
	if err != nil {
		return nil, err
	}
	out.Guardrails = guards
	out.Verdict = e.verdict(out)
	if out.Warnings == nil {
		out.Warnings = []query.Warning{}
	}
	return out, nil
}

// evaluation is one tree being evaluated.
type evaluation struct {
	service  *Service
	actor    access.Actor
	model    *semantic.Model
	spec     *Spec
	options  Options
	graph    *graph
	calendar calendar.Calendar
	board    *board

	now, before calendar.Range
	starts      []time.Time // periods read, the newest last
	toDate      bool        // the newest period is not over
	warnings    []query.Warning
}

// read settles the period and reads every number of the tree: one question for
// all metrics over all periods, and one more for a period that is not over.
func (e *evaluation) read(ctx context.Context) error {
	n := historyOf(e.spec.Period)
	when := &query.TimeRange{Last: fmt.Sprintf("%d %ss", n, e.spec.Period)}
	if e.options.Period != "" {
		var err error
		if when, err = e.wanted(ctx, n); err != nil {
			return err
		}
	}
	r, err := e.ask(ctx, when, nil, true)
	if err != nil {
		return err
	}
	if r.Range == nil || !r.Range.From.Before(r.Range.To) {
		return fault.New(fault.Invalid, "no_range", text.Text{
			ZH: "还没有一个完整的周期", EN: "there is no complete period yet"})
	}
	e.starts = e.calendar.Periods(*r.Range, e.spec.Period)
	e.board.takeSeries(e, r)
	if e.toDate {
		begun, err := e.readToDate(ctx)
		if err != nil || begun {
			return err
		}
		e.toDate = false
	}
	last := len(e.starts) - 1
	e.now = e.calendar.Period(e.starts[last], e.spec.Period)
	e.before = e.calendar.Period(e.calendar.Add(e.starts[last], e.spec.Period, -1), e.spec.Period)
	return nil
}

// wanted turns the period asked for into the time to read.
func (e *evaluation) wanted(ctx context.Context, n int) (*query.TimeRange, error) {
	r, err := e.service.c.Query.Query(ctx, e.actor, query.Request{Metrics: []query.MetricRef{{Metric: e.spec.Root}},
		Time: &query.TimeRange{Last: "1 " + string(e.spec.Period)}, AsOf: e.options.AsOf})
	if err != nil {
		return nil, err
	}
	if r.Range == nil {
		return nil, fault.New(fault.Invalid, "no_range", text.Text{ZH: "还没有一个完整的周期", EN: "there is no complete period yet"})
	}
	complete := r.Range.To
	start := complete
	if e.options.Period != Current {
		day, err := time.ParseInLocation(time.DateOnly, e.options.Period, e.calendar.Zone)
		if err != nil {
			return nil, fault.New(fault.Invalid, "bad_period", text.Text{
				ZH: "“{day}”不是日期，应写成 2026-01-05 这样", EN: "“{day}” is no date; write it like 2026-01-05"}, "day", e.options.Period).Wrap(err)
		}
		start = e.calendar.Start(day.Add(12*time.Hour), e.spec.Period)
	}
	end := e.calendar.Next(start, e.spec.Period)
	switch {
	case start.After(complete):
		return nil, fault.New(fault.Invalid, "period_not_begun", text.Text{
			ZH: "{day} 所在的周期还没有开始", EN: "the period of {day} has not begun"}, "day", e.options.Period)
	case start.Equal(complete):
		e.toDate = true
		end, n = start, n-1
	}
	return &query.TimeRange{From: e.calendar.Add(end, e.spec.Period, -n).Format(time.RFC3339), To: end.Format(time.RFC3339)}, nil
}

// readToDate reads the period so far and the same part of the one before. It
// has not begun when data that end with a period are looked at as of their
// end; then the last complete period stands for it.
func (e *evaluation) readToDate(ctx context.Context) (begun bool, err error) {
	r, err := e.ask(ctx, &query.TimeRange{ToDate: e.spec.Period}, &query.Compare{To: "previous_period"}, false)
	if err != nil {
		return false, err
	}
	if r.Range == nil {
		return false, fault.New(fault.Invalid, "no_range", text.Text{ZH: "当前周期还没有数据", EN: "the current period has no data yet"})
	}
	start := e.calendar.Start(r.Range.From, e.spec.Period)
	if len(e.starts) > 0 && !start.After(e.starts[len(e.starts)-1]) {
		return false, nil
	}
	e.now = *r.Range
	if r.PreviousRange != nil {
		e.before = *r.PreviousRange
	}
	e.starts = append(e.starts, start)
	e.board.takeToDate(r)
	return true, nil
}

// ask asks for all metrics together. When that fails, each is asked by itself
// so that one bad metric does not hide the others; the answer is then put
// together from theirs.
func (e *evaluation) ask(ctx context.Context, t *query.TimeRange, c *query.Compare, byPeriod bool) (*query.Result, error) {
	q := query.Request{Metrics: e.board.refs, Time: t, Compare: c, AsOf: e.options.AsOf}
	if byPeriod {
		q.By = []query.By{{Time: e.spec.Period, As: "period"}}
	}
	r, err := e.service.c.Query.Query(ctx, e.actor, q)
	if err == nil {
		return r, nil
	}
	if ends(err) || len(q.Metrics) == 1 {
		return nil, err
	}
	answers := make([]*query.Result, len(e.board.refs))
	failures := make([]error, len(e.board.refs))
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(4)
	for i, m := range e.board.refs {
		g.Go(func() error {
			one := q
			one.Metrics = []query.MetricRef{m}
			answers[i], failures[i] = e.service.c.Query.Query(gctx, e.actor, one)
			if failures[i] != nil && ends(failures[i]) {
				return failures[i]
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	return e.board.merge(answers, failures)
}

func ends(err error) bool {
	return fault.Is(err, fault.Canceled) || fault.Is(err, fault.Timeout) ||
		errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}
