package process

import (
	"cmp"
	"context"
	"slices"

	"golang.org/x/sync/errgroup"

	"lodestar/internal/access"
	"lodestar/internal/asset"
	"lodestar/internal/catalog"
	"lodestar/internal/event"
	"lodestar/internal/fault"
	"lodestar/internal/semantic"
	"lodestar/internal/target"
	"lodestar/internal/text"
)

// Config is what a Service works with.
type Config struct {
	Model   func() *semantic.Model
	Catalog func() catalog.Snapshot
	Assets  *asset.Service
	Events  *event.Service
	Targets *target.Service
}

// Service tells how processes stand. It is safe for concurrent use.
type Service struct{ c Config }

// New makes a service.
func New(c Config) *Service { return &Service{c} }

// State tells how the steps of a process stand. Viewers may ask. The fault is
// NotFound when there is no such process or it cannot be used.
func (s *Service) State(ctx context.Context, who access.Actor, name string) (*State, error) {
	if err := who.Must(access.Viewer); err != nil {
		return nil, err
	}
	snap := s.c.Catalog()
	r, ok := snap.Get(KindProcess, name)
	spec, isProcess := (*Spec)(nil), false
	if ok {
		spec, isProcess = r.Spec.(*Spec)
	}
	if !isProcess || r.State == catalog.Quarantined {
		return nil, fault.New(fault.NotFound, "unknown_process", text.Text{
			ZH: "没有名为 {name} 的可用业务流程", EN: "there is no usable process named {name}"}, "name", name)
	}
	e, err := s.evidence(ctx, who, spec)
	if err != nil {
		return nil, err
	}
	out := &State{Process: name, Title: titled(r.Metadata.Title, name), Steps: []StepState{}, Outside: s.outside(snap)}
	for _, step := range spec.Steps {
		out.Steps = append(out.Steps, e.step(step))
	}
	return out, nil
}

// Of lists the steps that a metric is in, by process. Viewers may ask.
func (s *Service) Of(who access.Actor, metric string) ([]Place, error) {
	if err := who.Must(access.Viewer); err != nil {
		return nil, err
	}
	out := []Place{}
	for _, r := range s.c.Catalog().Published(KindProcess) {
		spec, ok := r.Spec.(*Spec)
		if !ok {
			continue
		}
		for _, step := range spec.Steps {
			if slices.Contains(step.Metrics, metric) {
				out = append(out, Place{Process: Named{r.Metadata.Name, titled(r.Metadata.Title, r.Metadata.Name)}, Step: step.Name,
					Stage: step.Stage, Title: titled(step.Title, step.Name), Who: step.Who, Does: step.Does})
			}
		}
	}
	return out, nil
}

func titled(t text.Text, name string) text.Text {
	if t.IsZero() {
		return text.Same(name)
	}
	return t
}

// outside lists the metrics that no step names; one in quarantine still has its
// place.
func (s *Service) outside(snap catalog.Snapshot) []Named {
	placed := map[string]bool{}
	for _, r := range snap.All() {
		if spec, ok := r.Spec.(*Spec); ok {
			for _, step := range spec.Steps {
				for _, m := range step.Metrics {
					placed[m] = true
				}
			}
		}
	}
	out := []Named{}
	for _, m := range s.c.Model().Metrics() {
		if !placed[m.Name] {
			out = append(out, Named{m.Name, titled(m.Title, m.Name)})
		}
	}
	return out
}

// evidence is what is known of the metrics and events of a process.
type evidence struct {
	model    *semantic.Model
	supports map[string]asset.Support // by metric
	goals    map[string]*target.State // by metric
	health   map[string]event.Health  // by event
}

func (s *Service) evidence(ctx context.Context, who access.Actor, spec *Spec) (*evidence, error) {
	e := &evidence{model: s.c.Model(), supports: map[string]asset.Support{}, health: map[string]event.Health{}}
	var metrics []string
	events := false
	for _, step := range spec.Steps {
		for _, name := range step.Metrics {
			if !slices.Contains(metrics, name) {
				metrics = append(metrics, name)
			}
		}
		events = events || len(step.Events) > 0
	}
	ids := make([]string, len(metrics))
	for i, name := range metrics {
		ids[i] = semantic.KindMetric + "/" + name
	}
	supports, err := s.c.Assets.Supports(ctx, who, ids)
	if err != nil {
		return nil, err
	}
	for i, name := range metrics {
		e.supports[name] = supports[i]
	}
	if events {
		list, err := s.c.Events.Healths(ctx, who, 1)
		if err != nil {
			return nil, err
		}
		for _, h := range list {
			e.health[h.Name] = h
		}
	}
	e.goals, err = s.goals(ctx, who, metrics)
	return e, err
}

// goals measures the targets of metrics. One that cannot be measured, since it
// has no value for now or its metric cannot be asked, is left out.
func (s *Service) goals(ctx context.Context, who access.Actor, metrics []string) (map[string]*target.State, error) {
	states := make([]*target.State, len(metrics))
	var g errgroup.Group
	g.SetLimit(4)
	for i, name := range metrics {
		g.Go(func() error {
			targets := s.c.Targets.Of(name)
			slices.SortStableFunc(targets, func(a, b *catalog.Resource) int { return cmp.Compare(rank(a), rank(b)) })
			for _, r := range targets {
				state, err := s.c.Targets.State(ctx, who, r.Metadata.Name, target.Options{})
				if err == nil {
					states[i] = state
					return nil
				}
				if fault.Is(err, fault.Internal) || ctx.Err() != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	out := map[string]*target.State{}
	for i, name := range metrics {
		out[name] = states[i]
	}
	return out, nil
}

// rank orders targets by the length of their periods.
func rank(r *catalog.Resource) int {
	if spec, ok := r.Spec.(*target.Spec); ok {
		return spec.Period.Rank()
	}
	return 0
}

// step puts together what is known of a step.
func (e *evidence) step(s Step) StepState {
	out := StepState{Name: s.Name, Stage: s.Stage, Title: titled(s.Title, s.Name), Who: s.Who, Does: s.Does,
		Metrics: []Metric{}, Events: []Event{}, Gaps: []Gap{}}
	if len(s.Metrics) == 0 {
		out.Gaps = append(out.Gaps, Gap{Code: Unmeasured, Text: text.Text{
			EN: "nothing measures this step; name a metric that it moves", ZH: "没有指标衡量这个环节；请写上它影响的指标"}})
	}
	for _, name := range s.Metrics {
		out.metric(e, name)
	}
	for _, name := range s.Events {
		out.event(e.health[name], name)
	}
	return out
}

func (s *StepState) metric(e *evidence, name string) {
	m := Metric{Named: Named{name, text.Same(name)}, Target: e.goals[name]}
	if known := e.model.Metric(name); known != nil {
		m.Title, m.Unit, m.Format = titled(known.Title, name), known.Spec.Unit, known.Spec.Format
	}
	s.Metrics = append(s.Metrics, m)
	for _, c := range e.supports[name].Checks {
		if c.Code == "rows" && c.State == asset.Bad {
			s.Gaps = append(s.Gaps, Gap{NotCollected, semantic.KindMetric + "/" + name,
				text.Text{EN: "there are no rows of {data}, which {metric} needs; upload them, connect where they are, or send them",
					ZH: "{metric}所需的{data}还没有数据；请上传、连接数据源或上报"}.With("metric", m.Title, "data", c.Title)})
		}
	}
}

func (s *StepState) event(h event.Health, name string) {
	if h.Title.IsZero() {
		h.Title = text.Same(name)
	}
	s.Events = append(s.Events, Event{Named{name, h.Title}, h.Last})
	gap := Gap{Code: Silent, Of: semantic.KindEvent + "/" + name}
	if h.Last == nil {
		gap.Text = text.Text{EN: "{event} never came; see that it is sent", ZH: "{event}从未上报；请确认已接入"}.With("event", h.Title)
		s.Gaps = append(s.Gaps, gap)
		return
	}
	for _, why := range h.Why {
		if why.Code == "silent" {
			gap.Text = text.Text{EN: "{event}: {why}", ZH: "{event}：{why}"}.With("event", h.Title, "why", why.Text)
			s.Gaps = append(s.Gaps, gap)
		}
	}
}
