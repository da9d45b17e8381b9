package query

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"lodestar/internal/expr"
	"lodestar/internal/semantic"
	"lodestar/internal/text"
)

// Limits of a request.
const (
	DefaultLimit = 10_000
	MaxLimit     = 100_000
	maxMetrics   = 200
	maxKeys      = 20
	maxTop       = 1_000
)

// resolve finds what the names of a request mean. Faults are Invalid or
// NotFound, with the path of what is wrong.
func resolve(m *semantic.Model, r Request) (*question, error) {
	q := &question{model: m, cal: m.Calendar(), totals: r.Totals, fill: r.Fill, compare: r.Compare}
	steps := []func(*question, Request) error{resolveCalendar, resolveZone, resolveMetrics, resolveWhere, resolveTimeOf, resolveKeys,
		resolveValidity, resolveExtent, resolveMany, resolveOptions, resolveNames, resolveHaving, resolveTop, resolveOrder, resolveLimit}
	for _, step := range steps {
		if err := step(q, r); err != nil {
			return nil, err
		}
	}
	return q, nil
}

func resolveZone(q *question, r Request) error {
	if r.Timezone == "" {
		return nil
	}
	zone, err := time.LoadLocation(r.Timezone)
	if err != nil || r.Timezone == "Local" {
		return invalid("timezone", "unknown_zone", text.Text{
			ZH: "没有名为 {zone} 的时区，请写 IANA 名称，例如 Asia/Shanghai",
			EN: "there is no time zone {zone}; write an IANA name such as Asia/Shanghai"}, "zone", r.Timezone)
	}
	q.cal.Zone = zone
	return nil
}

func resolveMetrics(q *question, r Request) error {
	if len(r.Metrics) == 0 {
		return resolveRows(q, r)
	}
	if r.From != "" || r.Distinct != nil || r.Extent || r.Rules != "" {
		return onlyRows(r)
	}
	if len(r.Metrics) > maxMetrics {
		return invalid("metrics", "too_many_metrics", text.Text{
			ZH: "一次最多查询 {n} 个指标", EN: "ask for at most {n} metrics at a time"}, "n", maxMetrics)
	}
	q.metrics = make([]asked, 0, len(r.Metrics))
	for i, ref := range r.Metrics {
		path := fmt.Sprintf("metrics[%d]", i)
		m := q.model.Metric(ref.Metric)
		if m == nil {
			return unknownMetric(q.model, path, ref.Metric)
		}
		var filters []*semantic.Filter
		if where := strings.TrimSpace(ref.Where); where != "" {
			f, err := q.filter(path+".where", where, m.Datasets, []*semantic.Metric{m}, r)
			if err != nil {
				return err
			}
			filters = f
		}
		q.metrics = append(q.metrics, asked{name: ref.Name(), metric: m, value: q.valueOf(m, filters, nil)})
		for _, d := range m.Datasets {
			if !slices.Contains(q.facts, d) {
				q.facts = append(q.facts, d)
			}
		}
	}
	return nil
}

func unknownMetric(m *semantic.Model, path, name string) error {
	var names []string
	for _, metric := range m.Metrics() {
		names = append(names, metric.Name)
	}
	f := semantic.UnknownMetric(name)
	if near := expr.Didyoumean(name, names); near != "" {
		f.Params["suggestion"] = near
		f.Text.ZH += "，是不是想写 " + near + "？"
		f.Text.EN += "; did you mean " + near + "?"
	}
	return f.At(path, f.Code, f.Text)
}

func resolveWhere(q *question, r Request) error {
	where := strings.TrimSpace(r.Where)
	if where == "" {
		return nil
	}
	metrics := make([]*semantic.Metric, len(q.metrics))
	for i, a := range q.metrics {
		metrics[i] = a.metric
	}
	f, err := q.filter("where", where, q.facts, metrics, r)
	q.where = f
	return err
}

// filter parses a condition into conjuncts that are checked on each dataset.
func (q *question) filter(path, src string, datasets []*semantic.Dataset, metrics []*semantic.Metric, r Request) ([]*semantic.Filter, error) {
	n, err := expr.Parse(src)
	if err != nil {
		return nil, ofExpr(path, err)
	}
	for _, name := range expr.Names(n) {
		word := strings.Join(name.Parts, ".")
		if name.Parts[0] == "time" {
			continue // the metrics' own time is checked with the condition
		}
		if err := q.reachable(path, word, metrics, r); err != nil {
			return nil, err
		}
	}
	var out []*semantic.Filter
	for _, part := range togetherMembers(conjuncts(n, nil), datasets[0]) {
		f := &semantic.Filter{Text: part.String(), Node: part, On: make(map[*semantic.Dataset]*expr.Typed, len(datasets))}
		for _, d := range datasets {
			if f.On[d], err = expr.CheckBool(part, d.Scope()); err != nil {
				return nil, ofExpr(path, err)
			}
		}
		out = append(out, f)
	}
	return out, nil
}

func conjuncts(n expr.Node, out []expr.Node) []expr.Node {
	if b, ok := n.(*expr.Binary); ok && b.Op == "and" {
		return conjuncts(b.R, conjuncts(b.L, out))
	}
	return append(out, n)
}

// reachable checks that a name leads to one and the same column from every
// metric.
func (q *question) reachable(path, name string, metrics []*semantic.Metric, r Request) error {
	first, from := "", (*semantic.Dataset)(nil)
	for _, m := range metrics {
		for _, d := range m.Datasets {
			f, err := d.Field(name)
			if err != nil {
				return q.unreachable(path, name, m, d, err, r)
			}
			end := f.End()
			if first == "" {
				first, from = end, d
			} else if end != first && d != from {
				return invalid(path, "different_dimension", text.Text{
					ZH: "{name} 对所选指标不是同一列（{a} 与 {b}），不能放在一起；请改用两边关系都能到达的同一列",
					EN: "{name} is a different column for the metrics asked ({a} and {b}); use a column that relationships from both lead to"},
					"name", name, "a", first, "b", end, "metric", m.Name)
			}
		}
	}
	return nil
}

func (q *question) unreachable(path, name string, m *semantic.Metric, d *semantic.Dataset, err error, r Request) error {
	isMetric := q.model.Metric(name) != nil || slices.ContainsFunc(r.Metrics, func(ref MetricRef) bool { return ref.As == name })
	if isMetric && path != "by" && !strings.HasPrefix(path, "by[") && !strings.HasPrefix(path, "time") {
		return invalid(path, "use_having", text.Text{
			ZH: "{name} 是指标；where 只能写维度，指标的条件请写在 having 里",
			EN: "{name} is a metric; where takes dimensions only, put conditions on metrics into having"}, "name", name)
	}
	var e *expr.Error
	if !errors.As(err, &e) {
		return err
	}
	code := e.Code
	if code == "unknown_name" || code == "unknown_relationship" {
		code = "unreachable_dimension"
	}
	f := invalid(path, code, text.Text{
		ZH: "指标 {metric} 无法按 {name} 查询：{why}", EN: "the metric {metric} cannot be asked by {name}: {why}"},
		"metric", m.Name, "name", name, "dataset", d.Name, "why", e.Text)
	delete(f.Params, "why")
	if e.Suggestion != "" {
		f.Params["suggestion"] = e.Suggestion
	}
	return f
}

func resolveTimeOf(q *question, r Request) error {
	if r.Time != nil && r.Time.Of != "" {
		q.timeOf = r.Time.Of
		_, err := q.timeFields("time.of", r.Time.Of, r)
		return err
	}
	return nil
}

func (q *question) timeFields(path, name string, r Request) (map[*semantic.Dataset]*semantic.Field, error) {
	fields, err := q.fields(path, name, r)
	if err != nil {
		return nil, err
	}
	for _, f := range fields {
		if f.Many() {
			return nil, manyHere(path, name)
		}
		if !f.Type.IsTime() {
			return nil, invalid(path, "not_time", text.Text{
				ZH: "{name} 不是时间列", EN: "{name} is not a time column"}, "name", name)
		}
	}
	return fields, nil
}

func (q *question) fields(path, name string, r Request) (map[*semantic.Dataset]*semantic.Field, error) {
	metrics := make([]*semantic.Metric, len(q.metrics))
	for i, a := range q.metrics {
		metrics[i] = a.metric
	}
	if err := q.reachable(path, name, metrics, r); err != nil {
		return nil, err
	}
	out := make(map[*semantic.Dataset]*semantic.Field, len(q.facts))
	for _, d := range q.facts {
		f, err := d.Field(name)
		if err != nil {
			return nil, ofExpr(path, err)
		}
		out[d] = f
	}
	return out, nil
}

func resolveKeys(q *question, r Request) error {
	if len(r.By) > maxKeys {
		return invalid("by", "too_many_dimensions", text.Text{
			ZH: "一次最多按 {n} 个维度分组", EN: "group by at most {n} dimensions"}, "n", maxKeys)
	}
	for i, by := range r.By {
		path := fmt.Sprintf("by[%d]", i)
		k, err := q.key(path, by, r)
		if err != nil {
			return err
		}
		q.keys = append(q.keys, k)
	}
	return nil
}

func (q *question) key(path string, by By, r Request) (key, error) {
	k := key{name: by.Name(), by: by}
	if by.Part != "" {
		return q.partKey(path, k, r)
	}
	if by.Time == "" {
		if by.Dimension == "" {
			return k, invalid(path, "empty_dimension", text.Text{ZH: "缺少维度名称", EN: "the name of the dimension is missing"})
		}
		if by.Dimension == "time" {
			return k, invalid(path, "no_grain", text.Text{
				ZH: `按时间分组请写粒度，例如 {"time": "week"}`, EN: `to group by time give a grain, such as {"time": "week"}`})
		}
		fields, err := q.fields(path, by.Dimension, r)
		if err != nil {
			return k, err
		}
		k.fields, k.sample = fields, fields[q.facts[0]]
		k.typ = k.sample.Type
		return k, nil
	}
	grain := by.Time
	if !slices.Contains(q.cal.GrainNames(), grain) {
		return k, q.unknownGrain(path, grain)
	}
	k.typ = expr.Date
	fine := grain.Fine() || q.subDay(grain)
	if fine {
		k.typ = expr.Timestamp
	}
	if by.Of != "" {
		var err error
		if k.fields, err = q.timeFields(path, by.Of, r); err != nil {
			return k, err
		}
		k.sample = k.fields[q.facts[0]]
	}
	for _, l := range q.leaves {
		f := q.timeField(l, k)
		if f == nil {
			return k, noTime(path, l)
		}
		if fine && f.Type == expr.Date {
			return k, invalid(path, "only_days", text.Text{
				ZH: "指标 {metric} 的时间列 {column} 只有日期，不能按 {grain} 分组",
				EN: "the time {column} of {metric} holds days only and cannot be split by {grain}"},
				"metric", l.metric.Name, "column", f.String(), "grain", grain)
		}
	}
	return k, nil
}

// timeField is the column behind a time key for one leaf.
func (q *question) timeField(l leaf, k key) *semantic.Field {
	if k.fields != nil {
		return k.fields[l.agg().Dataset]
	}
	return l.agg().Time
}

func noTime(path string, l leaf) error {
	return invalid(path, "no_time", text.Text{
		ZH: "指标 {metric} 的数据集“{title}”没有时间列，不能按时间查询",
		EN: "{title} has no time, so {metric} cannot be asked by time"},
		"metric", l.metric.Name, "dataset", l.agg().Dataset.Name, "title", l.agg().Dataset.Title)
}

func resolveNames(q *question, _ Request) error {
	seen := map[string]bool{}
	for _, name := range q.names() {
		if seen[name] {
			return invalid("metrics", "duplicate_name", text.Text{
				ZH: "结果里有两列都叫 {name}，请用 as 给其中一列改名",
				EN: "two columns of the answer are called {name}; rename one with as"}, "name", name)
		}
		seen[name] = true
	}
	for i, m := range q.metrics {
		if strings.Contains(m.name, "__") || m.name == "" || len(m.name) > 200 {
			return invalid(fmt.Sprintf("metrics[%d].as", i), "bad_name", text.Text{
				ZH: "列名 {name} 不能包含连续两个下划线，也不能太长", EN: "the name {name} must not hold two underscores in a row nor be too long"}, "name", m.name)
		}
	}
	return nil
}
