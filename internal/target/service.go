package target

import (
	"context"
	"math"
	"time"

	"lodestar/internal/access"
	"lodestar/internal/calendar"
	"lodestar/internal/catalog"
	"lodestar/internal/fault"
	"lodestar/internal/query"
	"lodestar/internal/semantic"
	"lodestar/internal/stats"
	"lodestar/internal/text"
)

// KindTarget is the name of the kind.
const KindTarget = "Target"

// Kinds lists the kinds of this package.
func Kinds() []catalog.Kind {
	return []catalog.Kind{{Name: KindTarget, Plural: "targets", Title: text.Text{ZH: "目标", EN: "Target"},
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
	// Additive reports whether values of a metric add up over time, so that part
	// of a period should hold part of the target; explain.Additive also sees
	// through formulas. Nil goes by the metric's class.
	Additive func(*semantic.Metric) bool
}

// Service measures targets. It is safe for concurrent use.
type Service struct{ c Config }

// New makes a service.
func New(c Config) *Service {
	if c.Additive == nil {
		c.Additive = func(m *semantic.Metric) bool { return m.Class == semantic.Additive }
	}
	return &Service{c}
}

// Options say when to look from.
type Options struct {
	// At is the moment up to which the period counts as over; the target's
	// period is the one just before it. Zero is the end of the last complete
	// day, as the engine sees it.
	At   time.Time
	AsOf string // as in a query; only used when At is zero
}

// Judgement of the pace: how much of what was expected by now is there.
const (
	aheadFrom   = 1.02
	onTrackFrom = 0.98
	atRiskFrom  = 0.95
)

// earlierPeriods is how many earlier periods show the usual pace; with fewer
// than minEarlier the pace is even.
const (
	earlierPeriods = 8
	minEarlier     = 3
)

// State measures the target of that name. Faults: NotFound when there is no
// such target, it cannot be used, or it has no value for the period; and those
// of the query engine.
func (s *Service) State(ctx context.Context, actor access.Actor, name string, o Options) (*State, error) {
	r, ok := s.c.Catalog().Get(KindTarget, name)
	spec, isTarget := (*Spec)(nil), false
	if ok {
		spec, isTarget = r.Spec.(*Spec)
	}
	if !isTarget || r.State == catalog.Quarantined {
		return nil, fault.New(fault.NotFound, "unknown_target", text.Text{
			ZH: "没有名为 {name} 的可用目标", EN: "there is no usable target named {name}"}, "name", name)
	}
	return s.Measure(ctx, actor, name, spec, o)
}

// Of lists the usable targets of a metric without a condition of their own, by
// name.
func (s *Service) Of(metric string) []*catalog.Resource {
	var out []*catalog.Resource
	for _, r := range s.c.Catalog().Published(KindTarget) {
		if spec, ok := r.Spec.(*Spec); ok && spec.Metric == metric && spec.Where == "" {
			out = append(out, r)
		}
	}
	return out
}

// Measure measures a target that need not be stored.
func (s *Service) Measure(ctx context.Context, actor access.Actor, name string, spec *Spec, o Options) (*State, error) {
	model := s.c.Model()
	m := model.Metric(spec.Metric)
	if m == nil {
		return nil, semantic.UnknownMetric(spec.Metric)
	}
	a := asker{s: s, actor: actor, spec: spec, asOf: o.AsOf}
	if o.At.IsZero() {
		res, err := a.query(ctx, &query.TimeRange{Last: "1 day"})
		if err != nil {
			return nil, err
		}
		if res.Range == nil {
			return nil, noTime(m)
		}
		o.At = res.Range.To
	}
	c := model.Calendar()
	period := c.Period(o.At.Add(-time.Nanosecond), spec.Period)
	value, ok := spec.At(period.From, c)
	if !ok {
		return nil, fault.New(fault.NotFound, "no_target_value", text.Text{
			ZH: "{name} 在 {period} 没有目标值", EN: "{name} has no value for {period}"}, "name", name,
			"period", text.Text{ZH: c.Label(period.From, spec.Period, text.ZH), EN: c.Label(period.From, spec.Period, text.EN)})
	}
	out := &State{Target: name, Period: spec.Period, Range: period, Value: value, Status: "unknown"}
	end := o.At
	if period.To.Before(end) {
		end = period.To
	}
	res, err := a.query(ctx, span(period.From, end))
	if err != nil {
		return nil, err
	}
	out.Actual = single(res)
	end = dataEnd(c, res, period.From, end)
	out.Elapsed = days(c, period.From, end) / days(c, period.From, period.To)
	if !s.c.Additive(m) {
		out.Expected = &value
	} else {
		if spec.Pace == "history" {
			if out.Elapsed, err = a.usual(ctx, c, period, end, out.Elapsed); err != nil {
				return nil, err
			}
		}
		expected := value * out.Elapsed
		out.Expected = &expected
	}
	out.judge(direction(spec, m))
	return out, nil
}

func noTime(m *semantic.Metric) error {
	return fault.New(fault.Invalid, "metric_without_time", text.Text{
		ZH: "指标“{metric}”没有时间列，无法按周期设目标", EN: "{metric} has no time, so it cannot have a target per period"}, "metric", m.Title)
}

func direction(spec *Spec, m *semantic.Metric) string {
	if spec.Direction != "" {
		return spec.Direction
	}
	return m.Spec.Direction
}

// judge sets pace and status. Pace is actual / expected; where less is wanted
// it is turned round at 1, so that above 1 is always good.
func (s *State) judge(direction string) {
	if s.Actual == nil || s.Expected == nil || *s.Expected <= 0 {
		return
	}
	pace := *s.Actual / *s.Expected
	if direction == "down" {
		pace = 2 - pace
	}
	s.Pace = &pace
	switch {
	case pace >= aheadFrom:
		s.Status = "ahead"
	case pace >= onTrackFrom:
		s.Status = "on_track"
	case pace >= atRiskFrom:
		s.Status = "at_risk"
	default:
		s.Status = "behind"
	}
}

// asker asks for one target's metric.
type asker struct {
	s     *Service
	actor access.Actor
	spec  *Spec
	asOf  string
}

func (a asker) query(ctx context.Context, t *query.TimeRange, by ...query.By) (*query.Result, error) {
	return a.s.c.Query.Query(ctx, a.actor, query.Request{
		Metrics: []query.MetricRef{{Metric: a.spec.Metric, As: "actual", Where: a.spec.Where}}, By: by, Time: t, AsOf: a.asOf})
}

func span(from, to time.Time) *query.TimeRange {
	return &query.TimeRange{From: from.Format(time.RFC3339), To: to.Format(time.RFC3339)}
}

// single reads the one value of an answer without dimensions.
func single(r *query.Result) *float64 {
	if len(r.Rows) == 0 || len(r.Rows[0]) == 0 {
		return nil
	}
	return float(r.Rows[0][len(r.Rows[0])-1])
}

// float reads a value of an answer; nil for none.
func float(v any) *float64 {
	var f float64
	switch v := v.(type) {
	case float64:
		f = v
	case int64:
		f = float64(v)
	case interface{ Float64() float64 }: // a decimal
		f = v.Float64()
	default:
		return nil
	}
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return nil
	}
	return &f
}

// dataEnd is the end of the last day that has data, when that is before end, or
// from when no day of the period has any: a late feed must not look like being
// behind.
func dataEnd(c calendar.Calendar, r *query.Result, from, end time.Time) time.Time {
	newest := r.Freshness["actual"].DataTo
	if newest.IsZero() {
		return end
	}
	if newest.Before(from) {
		return from
	}
	if last := c.Next(newest, calendar.Day); last.Before(end) {
		return last
	}
	return end
}

func days(c calendar.Calendar, from, to time.Time) float64 {
	n := 0.0
	for t := c.Start(from, calendar.Day); t.Before(to); {
		next := c.Next(t, calendar.Day)
		lo, hi := t, next
		if lo.Before(from) {
			lo = from
		}
		if hi.After(to) {
			hi = to
		}
		n += float64(hi.Sub(lo)) / float64(next.Sub(t))
		t = next
	}
	return n
}

// usual is the share of a period's total that earlier periods had reached by
// the same day: the median of up to earlierPeriods. Too few of them give even.
func (a asker) usual(ctx context.Context, c calendar.Calendar, period calendar.Range, end time.Time, even float64) (float64, error) {
	if !end.Before(period.To) {
		return 1, nil
	}
	first := c.Add(period.From, a.spec.Period, -earlierPeriods)
	res, err := a.query(ctx, span(first, period.From), query.By{Time: calendar.Day, As: "day"})
	if err != nil {
		return 0, err
	}
	byDay := map[string]float64{}
	for _, row := range res.Rows {
		day, _ := row[0].(string)
		if v := float(row[1]); v != nil {
			byDay[day] = *v
		}
	}
	elapsed := int(math.Round(days(c, period.From, end)))
	var shares []float64
	for start := first; start.Before(period.From); start = c.Next(start, a.spec.Period) {
		if share, ok := reached(c, byDay, c.Period(start, a.spec.Period), elapsed); ok {
			shares = append(shares, share)
		}
	}
	if len(shares) < minEarlier {
		return even, nil
	}
	return stats.Median(shares), nil
}

// reached is the share of a period's total that its first days made up.
func reached(c calendar.Calendar, byDay map[string]float64, period calendar.Range, elapsed int) (float64, bool) {
	total, part, n := 0.0, 0.0, 0
	for t := period.From; t.Before(period.To); t = c.Next(t, calendar.Day) {
		v := byDay[t.Format(time.DateOnly)]
		total += v
		if n++; n <= elapsed {
			part += v
		}
	}
	return part / total, total > 0
}

// Check looks at a target together with the definitions: that its metric is
// there and has a time, and that its condition fits.
func (s *Spec) Check(model *semantic.Model) []catalog.Finding {
	m := model.Metric(s.Metric)
	if m == nil {
		return nil // a missing or bad metric is reported as a reference
	}
	var out []catalog.Finding
	if ok, why := model.TimeFits([]string{s.Metric}); !ok {
		out = append(out, catalog.Finding{Path: "spec.metric", Rule: "metric_without_time", Severity: catalog.Error, Text: why})
	}
	if s.Where != "" {
		if _, err := semantic.NewFilter(s.Where, m.Datasets); err != nil {
			out = append(out, catalog.Finding{Path: "spec.where", Rule: "bad_expression", Severity: catalog.Error, Text: expressionText(err)})
		}
	}
	return out
}
