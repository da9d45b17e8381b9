package metricflow

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"lodestar/internal/calendar"
	"lodestar/internal/query"
)

// Translation is a question in our words, with the names that MetricFlow gives
// to the columns of the answer, in their order.
type Translation struct {
	Request query.Request
	Columns []string
}

// Saved names the saved queries.
func (im *Import) Saved() []string {
	var out []string
	for _, s := range im.m.saved {
		out = append(out, s.name)
	}
	return out
}

// Translate writes a question as a query object. It may add relationships and
// dimensions that the question needs to the definitions: see Edition.
func (im *Import) Translate(q Query) (Translation, error) {
	q, err := im.withSaved(q)
	if err != nil {
		return Translation{}, err
	}
	metrics, err := im.askedFor(q)
	if err != nil {
		return Translation{}, err
	}
	if len(metrics) == 0 {
		return im.distinct(q)
	}
	if err := im.pair(q, metrics); err != nil {
		return Translation{}, err
	}
	defer func() { im.pairs = nil }()
	out := Translation{Request: query.Request{Limit: query.MaxLimit}}
	items := make([]item, 0, len(q.GroupBy))
	for _, g := range q.GroupBy {
		it, err := im.understand(g, "", "", metrics)
		if err != nil {
			return out, err
		}
		if slices.Contains(out.Columns, it.output) {
			continue
		}
		items = append(items, it)
		out.Columns = append(out.Columns, it.output)
		out.Request.By = append(out.Request.By, it.by(len(items)-1))
	}
	for _, x := range metrics {
		out.Columns = append(out.Columns, x.name)
		out.Request.Metrics = append(out.Request.Metrics, query.MetricRef{Metric: im.metrics[x.name]})
	}
	if out.Request.Where, err = im.where(metrics, q.Where); err != nil {
		return out, err
	}
	if q.From != "" || q.To != "" {
		if out.Request.Time, err = im.widened(q, items, metrics); err != nil {
			return out, err
		}
	}
	if out.Request.Order, err = im.order(q, out, metrics); err != nil {
		return out, err
	}
	if q.Limit > 0 {
		out.Request.Limit = q.Limit
	}
	return out, nil
}

// withSaved puts a saved query and what is added to it together.
func (im *Import) withSaved(q Query) (Query, error) {
	if q.SavedName == "" {
		return q, nil
	}
	for _, s := range im.m.saved {
		if s.name != strings.ToLower(q.SavedName) {
			continue
		}
		out := s.query
		out.Metrics = append(slices.Clone(out.Metrics), q.Metrics...)
		out.GroupBy = append(slices.Clone(out.GroupBy), q.GroupBy...)
		out.Where = append(slices.Clone(out.Where), q.Where...)
		if len(q.OrderBy) > 0 {
			out.OrderBy = q.OrderBy
		}
		if q.Limit > 0 {
			out.Limit = q.Limit
		}
		out.From, out.To, out.MinMax, out.KeepRows = q.From, q.To, q.MinMax, q.KeepRows
		return out, nil
	}
	return q, lost("there is no saved query {name}", "没有已保存的查询 {name}", "name", q.SavedName)
}

func (im *Import) askedFor(q Query) ([]*metric, error) {
	var out []*metric
	for _, n := range q.Metrics {
		x := im.m.metric(strings.ToLower(n))
		if x == nil {
			return nil, lost("there is no metric {name}", "没有指标 {name}", "name", n)
		}
		if im.byMetric[x.name] == nil {
			for _, f := range im.report.Findings {
				if f.Kind == "metric" && f.Name == x.name {
					return nil, lost("the metric {name} was not imported: {why}", "指标 {name} 没有导入：{why}", "name", n, "why", f.Text.EN)
				}
			}
			return nil, lost("the metric {name} was not imported", "指标 {name} 没有导入", "name", n)
		}
		out = append(out, x)
	}
	return out, nil
}

// by writes an item for the query object; keys are named by their place.
func (it item) by(i int) query.By {
	out := query.By{As: "key_" + strconv.Itoa(i)}
	switch {
	case !it.time:
		out.Dimension = it.native
	case it.part != "":
		out.Part = it.part
	default:
		out.Time = calendar.Grain(it.grain)
	}
	if it.time && !it.own {
		out.Of = it.native
	}
	return out
}

// order turns names into those of the columns.
func (im *Import) order(q Query, out Translation, metrics []*metric) ([]string, error) {
	var names []string
	for _, o := range q.OrderBy {
		bare, desc := strings.CutPrefix(strings.ToLower(o), "-")
		column := slices.Index(out.Columns, bare)
		if column < 0 || im.m.metric(bare) == nil {
			it, err := im.understand(bare, "", "", metrics)
			if err != nil {
				return nil, err
			}
			if column = slices.Index(out.Columns, it.output); column < 0 {
				return nil, lost("the answer has no column {name} to order by", "结果中没有用来排序的列 {name}", "name", o)
			}
		}
		name := "key_" + strconv.Itoa(column)
		if i := column - len(out.Request.By); i >= 0 {
			name = out.Request.Metrics[i].Name()
		}
		if desc {
			name = "-" + name
		}
		names = append(names, name)
	}
	return names, nil
}

// widened is the time range made whole periods, as MetricFlow does: at the
// finest metric_time grain asked, else at the finest that all metrics offer.
func (im *Import) widened(q Query, items []item, metrics []*metric) (*query.TimeRange, error) {
	grain := ""
	for _, it := range items {
		if !strings.HasPrefix(it.output, metricTime+"__") {
			continue
		}
		g := it.grain
		if it.part != "" || !slices.Contains(grains, g) {
			g = "day"
		}
		if grain == "" || coarser(grain, g) == grain {
			grain = g
		}
	}
	if grain == "" {
		for _, x := range metrics {
			grain = coarser(im.offered(x), grain)
		}
	}
	if grain == "" {
		grain = "day"
	}
	from, err := moment(q.From)
	if err != nil {
		return nil, err
	}
	to, err := moment(q.To)
	if err != nil {
		return nil, err
	}
	from, _ = period(from, grain)
	_, to = period(to, grain)
	return &query.TimeRange{From: from.Format(time.RFC3339Nano), To: to.Format(time.RFC3339Nano)}, nil
}

func moment(s string) (time.Time, error) {
	for _, layout := range []string{time.DateOnly, "2006-01-02 15:04:05", "2006-01-02T15:04:05", time.RFC3339Nano} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, nil
		}
	}
	return time.Time{}, lost("{value} is not a time", "{value} 不是时间", "value", s)
}

// period is the period in which a moment lies, and the start of the next.
func period(t time.Time, grain string) (from, to time.Time) {
	short := map[string]time.Duration{"nanosecond": 1, "microsecond": time.Microsecond, "millisecond": time.Millisecond,
		"second": time.Second, "minute": time.Minute, "hour": time.Hour}
	if d, ok := short[grain]; ok {
		from = t.Truncate(d)
		return from, from.Add(d)
	}
	y, m, d := t.Date()
	day := func(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }
	switch grain {
	case "week":
		from = day(y, m, d-(int(t.Weekday())+6)%7)
		return from, from.AddDate(0, 0, 7)
	case "month":
		return day(y, m, 1), day(y, m+1, 1)
	case "quarter":
		first := m - (m-1)%3
		return day(y, first, 1), day(y, first+3, 1)
	case "year":
		return day(y, 1, 1), day(y+1, 1, 1)
	}
	return day(y, m, d), day(y, m, d+1)
}
