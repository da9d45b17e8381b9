package httpapi

import (
	"context"
	"fmt"
	"net/http"

	"lodestar/internal/access"
	"lodestar/internal/calendar"
	"lodestar/internal/fault"
	"lodestar/internal/query"
	"lodestar/internal/semantic"
	"lodestar/internal/text"
	"lodestar/internal/tree"
)

const (
	summaryPeriods = 13
	summaryBatch   = 25  // metrics asked in one query
	summaryMost    = 500 // metrics in one request
)

type summaryIn struct {
	Name   string `path:"name"`
	Period string `query:"period" enum:"day,week,month,quarter,year"`
	AsOf   string `query:"asOf"`
}

type summariesBody struct {
	Names  []string       `json:"names" nullable:"false"`
	Period calendar.Grain `json:"period,omitempty"` // default week
	AsOf   string         `json:"asOf,omitempty"`
}

// metricSummary is a metric at a glance: its newest complete period, the one
// before, and the way there.
type metricSummary struct {
	Metric     string           `json:"metric"`
	Period     calendar.Grain   `json:"period"`
	Value      *float64         `json:"value"`
	Previous   *float64         `json:"previous"`
	Change     *float64         `json:"change"`
	ChangeRate *float64         `json:"changeRate"`
	Judgement  string           `json:"judgement" enum:"good,bad,flat,none"`
	Series     []tree.Point     `json:"series" nullable:"false"`
	Freshness  *query.Freshness `json:"freshness"`
	NoValue    *query.Warning   `json:"noValue"` // why Value is null
}

// summaryRoutes give many metrics at a glance.
func (a *API) summaryRoutes() {
	register(a, operation{id: "getMetricSummary", method: "GET", path: "/metrics/{name}/summary", role: access.Viewer, tag: "Metrics",
		summary: "Newest value, change and 13 periods"},
		func(ctx context.Context, who access.Actor, in *summaryIn) (*out[metricSummary], error) {
			if _, err := a.cfg.Catalog.Get(ctx, who, semantic.KindMetric, in.Name); err != nil {
				return nil, err
			}
			s, err := a.summaries(ctx, who, summariesBody{[]string{in.Name}, calendar.Grain(in.Period), in.AsOf})
			if err != nil {
				return nil, err
			}
			return &out[metricSummary]{s[0]}, nil
		})
	register(a, operation{id: "listMetricSummaries", method: "POST", path: "/metrics/summaries", role: access.Viewer, tag: "Metrics",
		status: http.StatusOK, summary: "The same for many metrics"},
		func(ctx context.Context, who access.Actor, in *struct{ Body body[summariesBody] }) (*out[items[metricSummary]], error) {
			b, err := in.Body.get()
			if err != nil {
				return nil, err
			}
			s, err := a.summaries(ctx, who, b)
			return &out[items[metricSummary]]{listOf(s)}, err
		})
}

// summaries asks in batches; when a batch cannot be asked as a whole its
// metrics are asked one by one, so that one bad metric hides no other.
func (a *API) summaries(ctx context.Context, who access.Actor, b summariesBody) ([]metricSummary, error) {
	if b.Period == "" {
		b.Period = calendar.Week
	}
	if _, err := calendar.ParseGrain(string(b.Period)); err != nil {
		return nil, err
	}
	if len(b.Names) > summaryMost {
		return nil, fault.New(fault.TooLarge, "too_many_metrics", text.Text{
			EN: "at most {n} metrics at once", ZH: "一次最多 {n} 个指标"}, "n", summaryMost)
	}
	out := make([]metricSummary, 0, len(b.Names))
	for from := 0; from < len(b.Names); from += summaryBatch {
		names := b.Names[from:min(from+summaryBatch, len(b.Names))]
		some, err := a.summarize(ctx, who, names, b)
		if err != nil && len(names) > 1 {
			some = some[:0]
			for _, name := range names {
				one, err := a.summarize(ctx, who, []string{name}, b)
				if err != nil {
					one = []metricSummary{noSummary(name, b.Period, err)}
				}
				some = append(some, one...)
			}
		} else if err != nil {
			some = []metricSummary{noSummary(names[0], b.Period, err)}
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		out = append(out, some...)
	}
	return out, nil
}

func noSummary(name string, p calendar.Grain, err error) metricSummary {
	f := fault.Of(err)
	return metricSummary{Metric: name, Period: p, Judgement: "none", Series: []tree.Point{},
		NoValue: &query.Warning{Code: f.Code, Params: f.Params, Text: f.Text}}
}

func (a *API) summarize(ctx context.Context, who access.Actor, names []string, b summariesBody) ([]metricSummary, error) {
	q := query.Request{By: []query.By{{Time: b.Period}}, Fill: true, AsOf: b.AsOf,
		Time: &query.TimeRange{Last: fmt.Sprintf("%d %ss", summaryPeriods, b.Period)}}
	for _, n := range names {
		q.Metrics = append(q.Metrics, query.MetricRef{Metric: n})
	}
	res, err := a.cfg.Queries.Query(ctx, who, q)
	if err != nil {
		return nil, err
	}
	out := make([]metricSummary, len(names))
	for i, n := range names {
		out[i] = a.summaryOf(n, b.Period, res, i+1)
	}
	return out, nil
}

// summaryOf reads one metric's column of a series.
func (a *API) summaryOf(name string, p calendar.Grain, res *query.Result, column int) metricSummary {
	s := metricSummary{Metric: name, Period: p, Judgement: "none", Series: []tree.Point{}}
	if f, ok := res.Freshness[name]; ok {
		s.Freshness = &f
	}
	for _, row := range res.Rows {
		at, _ := row[0].(string)
		s.Series = append(s.Series, tree.Point{Time: at, Value: number(row[column])})
	}
	if n := len(s.Series); n > 0 {
		s.Value = s.Series[n-1].Value
		if n > 1 {
			s.Previous = s.Series[n-2].Value
		}
	}
	if s.Value == nil {
		s.NoValue = &query.Warning{Code: "no_data", Text: text.Text{
			EN: "there are no data for this period", ZH: "这个时期没有数据"}}
		return s
	}
	if s.Previous == nil {
		return s
	}
	change := *s.Value - *s.Previous
	s.Change = &change
	if *s.Previous > 0 {
		rate := change / *s.Previous
		s.ChangeRate = &rate
	}
	direction := ""
	if m := a.cfg.Model().Metric(name); m != nil {
		direction = m.Spec.Direction
	}
	s.Judgement = judge(change, direction)
	return s
}

// judge says whether a change is good, by the direction that is wanted.
func judge(change float64, direction string) string {
	switch {
	case direction == "":
		return "none"
	case change == 0:
		return "flat"
	case (change > 0) == (direction == "up"):
		return "good"
	}
	return "bad"
}

func number(v any) *float64 {
	f, ok := query.Float(v)
	if !ok {
		return nil
	}
	return &f
}
