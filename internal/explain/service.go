package explain

import (
	"context"

	"lodestar/internal/access"
	"lodestar/internal/catalog"
	"lodestar/internal/expr"
	"lodestar/internal/fault"
	"lodestar/internal/query"
	"lodestar/internal/semantic"
	"lodestar/internal/text"
)

// Querier answers query objects; *query.Engine is one.
type Querier interface {
	Query(ctx context.Context, actor access.Actor, r query.Request) (*query.Result, error)
}

// Config is what a Service needs.
type Config struct {
	Query Querier
	Model func() *semantic.Model // the current definitions
}

// Service explains changes of metrics. It is safe for concurrent use.
type Service struct {
	query Querier
	model func() *semantic.Model
}

// New makes a service.
func New(c Config) *Service { return &Service{query: c.Query, model: c.Model} }

// Kinds lists the kinds of this package: none, explanations are computed.
func Kinds() []catalog.Kind { return nil }

// Explain says why a metric moved between two periods. Any role may ask.
// Faults: NotFound for an unknown metric, Invalid for periods or dimensions
// that cannot be used, and those of the query engine.
func (s *Service) Explain(ctx context.Context, actor access.Actor, r Request) (*Explanation, error) {
	model := s.model()
	m := model.Metric(r.Metric)
	if m == nil {
		return nil, unknownMetric(model, r.Metric)
	}
	f, err := NewFormula(m)
	if err != nil {
		return nil, err
	}
	e := &explainer{service: s, model: model, actor: actor, request: r, formula: f, plan: f.plan()}
	e.ask = newAsk(f)
	if err := e.overall(ctx); err != nil {
		return nil, err
	}
	out := e.answer()
	if out.Change == nil {
		e.noChange(out)
		return out, nil
	}
	splits, err := e.dimensions(ctx)
	if err != nil {
		return nil, err
	}
	late, err := e.lateData(ctx, splits)
	if err != nil {
		return nil, err
	}
	e.conclude(ctx, out, splits, late)
	return out, nil
}

func unknownMetric(model *semantic.Model, name string) error {
	var names []string
	for _, m := range model.Metrics() {
		names = append(names, m.Name)
	}
	t := text.Text{ZH: "没有名为 {name} 的指标", EN: "there is no metric named {name}"}
	guess := expr.Didyoumean(name, names)
	if guess != "" {
		t = text.Text{ZH: t.ZH + "，是不是想找 {guess}？", EN: t.EN + "; did you mean {guess}?"}
	}
	return fault.New(fault.NotFound, "unknown_metric", t, "name", name, "guess", guess)
}
