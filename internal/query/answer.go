package query

import (
	"context"
	"errors"
	"time"

	"lodestar/internal/calendar"
	"lodestar/internal/expr"
	"lodestar/internal/fault"
	"lodestar/internal/semantic"
	"lodestar/internal/text"
)

func gaveUp(ctx context.Context) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return fault.New(fault.Timeout, "query_timeout", text.Text{
			ZH: "查询超时，请缩小范围后再试", EN: "the query took too long; narrow it down and try again"}).Wrap(ctx.Err())
	}
	return fault.New(fault.Canceled, "canceled", text.Text{ZH: "查询已取消", EN: "the query was cancelled"}).Wrap(ctx.Err())
}

// result makes the answer of a body. Nothing in it is shared.
func (q *question) result(b *body) *Result {
	t := q.times
	out := &Result{
		Columns: q.resultColumns(), Rows: q.present(b.rows), Totals: q.present(b.totals), Others: q.present(b.others),
		AsOf: t.asOf, Timezone: q.cal.Zone.String(), Truncated: b.truncated, Incomplete: t.incomplete(),
		DataVersions: map[string]int64{}, Freshness: map[string]Freshness{},
	}
	if out.Rows == nil {
		out.Rows = [][]any{}
	}
	if t.whole != nil {
		r := calendar.Range{From: t.whole.From.In(q.cal.Zone), To: t.whole.To.In(q.cal.Zone)}
		out.Range = &r
	}
	if t.previous != nil {
		r := calendar.Range{From: t.previous.From.In(q.cal.Zone), To: t.previous.To.In(q.cal.Zone)}
		out.PreviousRange = &r
	}
	for name, s := range q.states {
		out.DataVersions[name] = s.Version
	}
	for _, m := range q.metrics {
		out.Freshness[m.name] = q.freshness(m.metric)
	}
	out.Warnings = q.warnings(out)
	return out
}

func (q *question) resultColumns() []Column {
	var out []Column
	for _, k := range q.keys {
		out = append(out, q.keyColumn(k))
	}
	for _, m := range q.metrics {
		out = append(out, m.column(""))
	}
	if q.compare == nil {
		return out
	}
	for _, k := range q.keys {
		if k.isTime() {
			c := q.keyColumn(k)
			c.Name += "__previous"
			c.Part = "previous"
			c.Title = text.Text{ZH: "{t}（对比期）", EN: "{t} (earlier)"}.With("t", c.Title)
			out = append(out, c)
		}
	}
	for _, m := range q.metrics {
		out = append(out, m.column("previous"), m.column("change"), m.column("change_rate"))
	}
	return out
}

var grainTitles = map[calendar.Grain]text.Text{
	calendar.Millisecond: {ZH: "毫秒", EN: "Millisecond"}, calendar.Second: {ZH: "秒", EN: "Second"},
	calendar.Minute: {ZH: "分钟", EN: "Minute"}, calendar.Hour: {ZH: "小时", EN: "Hour"}, calendar.Day: {ZH: "日", EN: "Day"},
	calendar.Week: {ZH: "周", EN: "Week"}, calendar.Month: {ZH: "月", EN: "Month"},
	calendar.Quarter: {ZH: "季度", EN: "Quarter"}, calendar.Year: {ZH: "年", EN: "Year"},
	calendar.FiscalWeek: {ZH: "财周", EN: "Fiscal week"}, calendar.FiscalMonth: {ZH: "财月", EN: "Fiscal month"},
	calendar.FiscalQuarter: {ZH: "财季", EN: "Fiscal quarter"}, calendar.FiscalYear: {ZH: "财年", EN: "Fiscal year"},
	calendar.WorkingDay: {ZH: "工作日", EN: "Working day"}, calendar.TradingDay: {ZH: "交易日", EN: "Trading day"},
}

func (q *question) keyColumn(k key) Column {
	c := Column{Name: k.name, Type: string(k.typ)}
	if k.end != "" {
		defer func() { c.Part, c.Title = k.end, endTitles[k.end].With("t", c.Title) }()
	}
	if !k.isTime() {
		c.Title = k.sample.Title()
		return c
	}
	c.Grain = string(k.by.Time)
	c.Title = grainTitles[k.by.Time]
	if t, ok := q.grainShown(k.by.Time); ok {
		c.Type = string(t)
	}
	c.Labels = q.periodLabels(k)
	if q.named != nil && c.Title.IsZero() {
		c.Title = q.named.GrainTitle(k.by.Time)
	}
	if k.sample != nil {
		c.Title = text.Text{ZH: "{c}（{g}）", EN: "{c} ({g})"}.With("c", k.sample.Title(), "g", c.Title)
	}
	return c
}

var partTitles = map[string]text.Text{
	"":            {ZH: "{t}", EN: "{t}"},
	"previous":    {ZH: "{t}（对比期）", EN: "{t}, earlier"},
	"change":      {ZH: "{t}变化", EN: "{t}, change"},
	"change_rate": {ZH: "{t}变化率", EN: "{t}, change rate"},
}

func (a asked) column(part string) Column {
	m := a.metric
	c := Column{Name: a.name, Type: string(m.Type), Title: m.Title, Metric: m.Name,
		Version: m.Revision, Unit: m.Unit, Format: m.Format, Part: part}
	a.option.describe(&c)
	c.Title = partTitles[part].With("t", c.Title)
	if part != "" {
		c.Name += "__" + part
	}
	if part == "change_rate" {
		c.Type, c.Unit, c.Format = string(expr.Float), "percent", ""
	}
	return c
}

// present writes values as the contract says and puts in the earlier periods.
func (q *question) present(rows [][]any) [][]any {
	if rows == nil {
		return nil
	}
	var earlier []map[time.Time]time.Time
	var at []int
	if q.compare != nil {
		for i, k := range q.keys {
			if k.isTime() {
				a, err := q.align(k.by.Time)
				if err != nil {
					continue // planning has failed with it before
				}
				at, earlier = append(at, i), append(earlier, a.earlier)
			}
		}
	}
	head := len(q.keys) + len(q.metrics)
	width := q.width() + len(at)
	flat := make([]any, 0, width*len(rows))
	out := make([][]any, len(rows))
	for r, row := range rows {
		start := len(flat)
		for i, v := range row[:head] {
			flat = append(flat, q.show(i, v))
		}
		for j, i := range at {
			var v any
			if t, ok := row[i].(time.Time); ok {
				if p, ok := earlier[j][t.UTC()]; ok {
					v = q.show(i, p)
				}
			}
			flat = append(flat, v)
		}
		flat = append(flat, row[head:]...)
		out[r] = flat[start:len(flat):len(flat)]
	}
	return out
}

// show writes one value of column i. Periods are held as wall clocks, other
// times as instants.
func (q *question) show(i int, v any) any {
	t, ok := v.(time.Time)
	if !ok {
		return v
	}
	if i < len(q.keys) && q.keys[i].isTime() {
		if v, ok := q.periodShown(q.keys[i].by.Time, t); ok {
			return v
		}
		if q.keys[i].typ == expr.Date {
			return t.Format(time.DateOnly)
		}
		return calendar.Resolve(t, q.cal.Zone).Format(time.RFC3339Nano)
	}
	if q.columnType(i) == expr.Date {
		return t.Format(time.DateOnly)
	}
	return t.In(q.cal.Zone).Format(time.RFC3339Nano)
}

// freshness of a metric is that of its oldest dataset.
func (q *question) freshness(m *semantic.Metric) Freshness {
	var out Freshness
	for _, read := range readsOf(m) {
		s, ok := q.states[read.Dataset.Name]
		if !ok {
			continue
		}
		if out.LoadedAt.IsZero() || s.LoadedAt.Before(out.LoadedAt) {
			out.LoadedAt = s.LoadedAt
		}
		if s.TTL > 0 {
			out.Connection, out.TTL = s.Engine, int64(s.TTL.Seconds())
		}
		to := q.newestOf(read.Time)
		if !to.IsZero() && (out.DataTo.IsZero() || to.Before(out.DataTo)) {
			out.DataTo = to
		}
		out.Late = out.Late || q.late(read)
	}
	return out
}

// newestOf is the newest time of a fact's rows that is not of the future, as an
// instant.
func (q *question) newestOf(f *semantic.Field) time.Time {
	if f == nil || f.Column == nil {
		return time.Time{}
	}
	to, ok := q.states[f.Dataset.Name].Newest[f.Column.Name]
	if !ok {
		return time.Time{}
	}
	if f.Type == expr.Date { // the day counts until it is over
		return q.cal.Next(calendar.Resolve(to, q.cal.Zone), calendar.Day).Add(-time.Second)
	}
	return to.In(q.cal.Zone)
}
