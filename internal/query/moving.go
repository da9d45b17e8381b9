package query

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"lodestar/internal/calendar"
	"lodestar/internal/expr"
	"lodestar/internal/fault"
	"lodestar/internal/semantic"
	"lodestar/internal/text"
)

// A moving average goes over the values of periods: those of the answer and, to
// warm up, as many before its range as the window needs. A period without rows
// counts as what the metric is over no rows, of an additive one as 0, since
// nothing adds nothing; a period before the data begin does not count.

// movingTerm is a window of whole periods.
type movingTerm struct {
	n     int
	grain calendar.Grain // of the window
	step  calendar.Grain // of the periods
	agg   string
}

// mostWindow bounds the periods in a window.
const mostWindow = 4000

var movingAggs = map[string]text.Text{
	"avg": {ZH: "移动平均", EN: "moving average"}, "sum": {ZH: "移动合计", EN: "moving sum"},
	"min": {ZH: "移动最小值", EN: "moving minimum"}, "max": {ZH: "移动最大值", EN: "moving maximum"},
}

func (t movingTerm) title(of text.Text) text.Text {
	grain, ok := grainTitles[t.grain]
	if !ok {
		grain = text.Same(string(t.grain))
	}
	if grain.EN = strings.ToLower(grain.EN); t.n > 1 {
		grain.EN += "s"
	}
	return optionTitles["moving"].With("t", of, "n", t.n, "g", grain, "a", movingAggs[t.agg])
}

// timeKey is the only period that the question is grouped by; -1 when there is
// none, or several.
func (q *question) timeKey() int {
	times := q.timeKeys()
	if len(times) != 1 {
		return -1
	}
	return times[0]
}

func (q *question) timeKeys() []int {
	var out []int
	for i, k := range q.keys {
		if k.isTime() {
			out = append(out, i)
		}
	}
	return out
}

// seriesKeys are the keys beside the period.
func (q *question) seriesKeys() []int {
	var out []int
	for i, k := range q.keys {
		if !k.isTime() {
			out = append(out, i)
		}
	}
	return out
}

func (q *question) resolveMoving(path string, ask Moving, m *semantic.Metric, ranged bool) (movingTerm, error) {
	t := movingTerm{agg: ask.Agg}
	if t.agg == "" {
		t.agg = "avg"
	}
	if _, ok := movingAggs[t.agg]; !ok {
		return t, oneOf(path+".agg", ask.Agg, "avg sum min max")
	}
	if t.agg == "sum" && m.Class != semantic.Additive {
		return t, invalid(path+".agg", "moving_sum", text.Text{
			ZH: "指标 {metric} 不能相加，没有移动合计；请定义一个累计指标", EN: "{metric} does not add up and has no moving sum; define a cumulative metric"}, "metric", m.Name)
	}
	at := q.timeKey()
	if at < 0 || slices.ContainsFunc(q.keys, func(k key) bool { return k.by.Part != "" }) {
		return t, invalid(path, "moving_needs_time", text.Text{
			ZH: "移动平均要按一个时间粒度分组，且不能再按日期部分分组", EN: "a moving average needs one time to group by, and no part of a date besides"})
	}
	k := q.keys[at]
	if ranged && k.by.Of != q.timeOf {
		return t, invalid(path, "moving_other_time", text.Text{
			ZH: "移动平均的分组时间须与时间范围是同一列", EN: "a moving average goes by the same time as the range of the question"})
	}
	var err error
	if t.n, t.grain, err = q.cal.Span(ask.Window); err != nil {
		f := fault.Of(err)
		return t, f.At(path+".window", f.Code, f.Text)
	}
	t.step = k.by.Time
	if !t.step.Nests(t.grain) {
		return t, invalid(path+".window", "window_not_whole", text.Text{
			ZH: "窗口须由整个 {grain} 组成，例如 7 {grain}", EN: "the window must be made of whole periods of {grain}, such as 7 {grain}"}, "grain", t.step)
	}
	return t, nil
}

// before is the first period of the window that ends with a period.
func (t movingTerm) before(cal calendar.Calendar, label time.Time) time.Time {
	if t.grain == t.step {
		return cal.Step(label, t.step, 1-t.n)
	}
	return cal.Floor(cal.Step(cal.Step(label, t.step, 1), t.grain, -t.n), t.step)
}

// timeline holds the values of periods, those before the range included.
type timeline struct {
	q      *question
	labels []time.Time
	at     map[time.Time]int
	first  int                      // of the range
	end    int                      // after the last that is no period to come
	rows   map[string]map[int][]any // by series, then by position in labels
	series map[string][]any         // a row of each
}

// movingPlan asks for the values of periods, back to where windows begin.
func (q *question) movingPlan(keys []int, restrict *members, r *calendar.Range) plan {
	w := *q
	w.compare, w.times.previous = nil, nil
	w.times.aligned, w.times.spines = map[calendar.Grain]alignment{}, nil
	if r != nil {
		warm := q.warmed(*r)
		w.times.current, w.times.whole = &warm, &warm
	}
	p := w.draftBy("moving", keys)
	p.columns = nil
	for i, a := range q.metrics {
		if a.option != nil && a.option.kind == "moving" {
			p.columns = append(p.columns, len(q.keys)+i)
		}
	}
	p.onlyNeeded(func(scan) bool { return true })
	p.restrict(restrict)
	p.limit = MaxLimit + 1
	return p
}

// warmed is a range with the periods before it that the widest window reads.
func (q *question) warmed(r calendar.Range) calendar.Range {
	zone := q.cal.Zone
	for _, a := range q.metrics {
		if a.option == nil || a.option.kind != "moving" {
			continue
		}
		t := a.option.moving
		first := q.cal.Floor(calendar.Civil(r.From, zone), t.step)
		if from := calendar.Resolve(t.before(q.cal, first), zone); from.Before(r.From) {
			r.From = from
		}
	}
	return r
}

// movingRanges are the ranges whose values move: the current one, and the one
// compared with. A question without a range has nil.
func (q *question) movingRanges() []*calendar.Range {
	if q.compare == nil {
		return []*calendar.Range{q.times.current}
	}
	return []*calendar.Range{q.times.current, q.times.previous}
}

func (q *question) movingPlans() []plan {
	if !q.hasOption("moving") {
		return nil
	}
	var out []plan
	for _, r := range q.movingRanges() {
		out = append(out, q.movingPlan(upTo(len(q.keys)), nil, r))
	}
	return out
}

func upTo(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

// askMoving reads the values that windows go over, grouped by some of the keys.
// Without a range, the periods are those of the rows seen and of the members
// picked.
func (c *optionCalc) askMoving(ctx context.Context, keys []int, restrict, pick *members, seen [][]any) error {
	q := c.q
	if !q.hasOption("moving") {
		return nil
	}
	c.lines = nil
	for _, r := range q.movingRanges() {
		rows, err := c.e.ask(ctx, q.movingPlan(keys, restrict, r))
		if err != nil {
			return err
		}
		if len(rows) > MaxLimit {
			return q.tooManyGroups()
		}
		line, err := q.timeline(rows, r, pick.of(slices.Concat(seen, rows)))
		if err != nil {
			return err
		}
		c.lines = append(c.lines, line)
	}
	return nil
}

func (q *question) timeline(rows [][]any, r *calendar.Range, seen [][]any) (*timeline, error) {
	at := q.timeKey()
	g := q.keys[at].by.Time
	line := &timeline{q: q, at: map[time.Time]int{}, rows: map[string]map[int][]any{}, series: map[string][]any{}}
	var err error
	if r != nil {
		line.labels, err = q.labels(q.warmed(*r), g)
	} else {
		line.labels, err = q.fillPeriods(at, seen)
	}
	if err != nil {
		return nil, err
	}
	zone := q.cal.Zone
	for i, l := range line.labels {
		line.at[l.UTC()] = i
		if r != nil && l.Before(q.cal.Floor(calendar.Civil(r.From, zone), g)) {
			line.first = i + 1
		}
		if r == nil || calendar.Resolve(l, zone).Before(q.times.fillTo) {
			line.end = i + 1
		}
	}
	for _, row := range rows {
		t, ok := row[at].(time.Time)
		i, there := line.at[t.UTC()]
		if !ok || !there {
			continue
		}
		id := rowID(row, q.seriesKeys())
		if line.rows[id] == nil {
			line.rows[id], line.series[id] = map[int][]any{}, row
		}
		line.rows[id][i] = row
	}
	return line, nil
}

// window is the first position of the window that ends at one.
func (l *timeline) window(t movingTerm, i int) int {
	if t.grain == t.step {
		return max(0, i-t.n+1)
	}
	from := t.before(l.q.cal, l.labels[i])
	at, _ := slices.BinarySearchFunc(l.labels, from, time.Time.Compare)
	return at
}

// begin is the first period of which a metric can have rows.
func (l *timeline) begin(metric int) int {
	q := l.q
	var first time.Time
	uses := make([]int, len(q.leaves))
	q.metrics[metric].value.uses(uses)
	k := q.keys[q.timeKey()]
	for i, n := range uses {
		if n == 0 {
			continue
		}
		f := q.timeField(q.leaves[i], k)
		state, ok := q.stateOf(f.Dataset.Name)
		if !ok || f.Column == nil || len(q.leaves[i].over) > 0 {
			return 0
		}
		lo, some := state.MinTime[f.Column.Name]
		if !some {
			return 0
		}
		if f.Type == expr.Date {
			lo = calendar.Resolve(lo, q.cal.Zone)
		}
		if first.IsZero() || lo.Before(first) {
			first = lo
		}
	}
	at, _ := slices.BinarySearchFunc(l.labels, q.cal.Floor(calendar.Civil(first, q.cal.Zone), k.by.Time), time.Time.Compare)
	return at
}

// value is what a metric comes to over the window that ends with a period of a
// series; nil for a period that the timeline does not have.
func (l *timeline) value(metric int, id string, label time.Time) (any, error) {
	i, ok := l.at[label.UTC()]
	if !ok {
		return nil, nil
	}
	q := l.q
	a := q.metrics[metric]
	blank, err := q.empty(a.value)
	if err != nil {
		return nil, err
	}
	from := max(l.window(a.option.moving, i), l.begin(metric))
	if i-from >= mostWindow {
		return nil, invalid(fmt.Sprintf("metrics[%d].moving.window", metric), "window_too_long", text.Text{
			ZH: "窗口里最多 {n} 个时间段", EN: "a window holds at most {n} periods"}, "n", mostWindow)
	}
	var values []float64
	for j := from; j <= i; j++ {
		v := blank
		if row := l.rows[id][j]; row != nil {
			v = row[len(q.keys)+metric]
		}
		x, ok := Float(v)
		if ok || a.metric.Class == semantic.Additive {
			values = append(values, x)
		}
	}
	return combine(a.option.moving.agg, values), nil
}

func combine(agg string, values []float64) any {
	if len(values) == 0 {
		return nil
	}
	switch agg {
	case "min":
		return slices.Min(values)
	case "max":
		return slices.Max(values)
	}
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	if agg == "avg" {
		sum /= float64(len(values))
	}
	return sum
}

// sees reports whether the window of any moving metric that ends at a position
// has rows of a series.
func (l *timeline) sees(id string, i int) bool {
	for _, a := range l.q.metrics {
		if a.option == nil || a.option.kind != "moving" {
			continue
		}
		for j := l.window(a.option.moving, i); j <= i; j++ {
			if l.rows[id][j] != nil {
				return true
			}
		}
	}
	return false
}

// earlier gives the period that one is compared with.
func (q *question) earlier(label time.Time) (time.Time, bool, error) {
	a, err := q.align(q.keys[q.timeKey()].by.Time)
	if err != nil {
		return time.Time{}, false, err
	}
	t, ok := a.earlier[label.UTC()]
	return t, ok, nil
}

// movingRows adds a row for each period whose window has rows of the series,
// though the period has none.
func (c *optionCalc) movingRows(rows [][]any, keys []int) ([][]any, error) {
	q := c.q
	if len(c.lines) == 0 {
		return rows, nil
	}
	blank, err := q.blank()
	if err != nil {
		return nil, err
	}
	at, have := q.timeKey(), map[string]bool{}
	for _, r := range rows {
		have[rowID(r, keys)] = true
	}
	add := func(sample []any, label time.Time) {
		row := append([]any(nil), blank...)
		for _, k := range keys {
			row[k] = sample[k]
		}
		row[at] = label
		if id := rowID(row, keys); !have[id] {
			have[id] = true
			rows = append(rows, row)
		}
	}
	current := c.lines[0]
	for i := current.first; i < current.end && len(rows) <= MaxLimit; i++ {
		label := current.labels[i]
		for id, sample := range current.series {
			if current.sees(id, i) {
				add(sample, label)
			}
		}
		if len(c.lines) < 2 {
			continue
		}
		before, ok, err := q.earlier(label)
		if err != nil {
			return nil, err
		}
		j, there := c.lines[1].at[before.UTC()]
		for id, sample := range c.lines[1].series {
			if ok && there && c.lines[1].sees(id, j) {
				add(sample, label)
			}
		}
	}
	if len(rows) > MaxLimit {
		return nil, q.tooManyGroups()
	}
	return rows, nil
}

// setMoving writes a moving metric of a row of a series.
func (c *optionCalc) setMoving(row []any, metric int, label any, id string) error {
	q := c.q
	t, ok := label.(time.Time)
	if !ok {
		q.set(row, metric, func(int) any { return nil })
		return nil
	}
	now, err := c.lines[0].value(metric, id, t)
	if err != nil {
		return err
	}
	var before any
	if len(c.lines) > 1 {
		at, ok, err := q.earlier(t)
		if err != nil {
			return err
		}
		if ok {
			if before, err = c.lines[1].value(metric, id, at); err != nil {
				return err
			}
		}
	}
	q.set(row, metric, func(column int) any {
		if column < len(q.keys)+len(q.metrics) {
			return now
		}
		return before
	})
	return nil
}

// setLast writes a moving metric of the totals: that of the last period.
func (c *optionCalc) setLast(row []any, metric int, id string) error {
	line := c.lines[0]
	if line.end <= line.first {
		return c.setMoving(row, metric, nil, id)
	}
	return c.setMoving(row, metric, line.labels[line.end-1], id)
}
