package query

import (
	"maps"
	"slices"

	"lodestar/internal/semantic"
	"lodestar/internal/text"
)

func warn(code string, t text.Text, params ...any) Warning {
	w := Warning{Code: code, Text: t.With(params...), Params: map[string]any{}}
	for i := 0; i+1 < len(params); i += 2 {
		w.Params[params[i].(string)] = params[i+1]
	}
	return w
}

// warnings says what to keep in mind when reading the numbers.
func (q *question) warnings(r *Result) []Warning {
	var out []Warning
	for _, d := range q.allFacts() {
		if _, ok := q.stateOf(d.Name); !ok {
			out = append(out, warn("no_data", text.Text{
				ZH: "数据集“{title}”还没有载入数据", EN: "no rows have been loaded into {title} yet"}, "dataset", d.Name, "title", d.Title))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(q.states)) {
		if q.states[name].KeyBroken {
			out = append(out, warn("key_broken", text.Text{
				ZH: "数据集“{title}”的主键有重复，关联到它的数字可能偏大",
				EN: "the key of {title} is not unique, so numbers related to it may be too large"}, "dataset", name, "title", q.titleOf(name)))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(q.states)) {
		if n := q.states[name].Outdated; n > 0 {
			out = append(out, warn("rows_outdated", text.Text{
				ZH: "数据集“{title}”有 {n} 行不是来源中的最新版本（新版本不合格，已单独列出），仍按旧值计算",
				EN: "{n} rows of {title} are older than at their source: their newer version did not fit and was set aside"}, "dataset", name, "title", q.titleOf(name), "n", n))
		}
	}
	out = append(out, q.lateWarnings(r)...)
	out = append(out, q.openWarnings()...)
	for _, name := range q.times.future {
		out = append(out, warn("future_rows", text.Text{
			ZH: "数据集“{title}”里有日期在未来的行，计算最新时间时已忽略",
			EN: "{title} holds rows dated in the future; they do not count for the newest time"}, "dataset", name, "title", q.titleOf(name)))
	}
	if r.Incomplete {
		out = append(out, warn("incomplete_period", text.Text{
			ZH: "时间范围的末尾还没有完整数据", EN: "the end of the time range is not complete yet"}))
	}
	if r.Truncated {
		out = append(out, warn("truncated", text.Text{
			ZH: "结果只显示前 {n} 行", EN: "only the first {n} rows are shown"}, "n", len(r.Rows)))
	}
	out = append(out, q.manyWarnings()...)
	out = append(out, q.shareWarnings()...)
	if r.Totals != nil && len(q.keys) > 0 {
		out = append(out, q.totalWarnings()...)
	}
	return out
}

func (q *question) titleOf(dataset string) text.Text {
	if d := q.model.Dataset(dataset); d != nil {
		return d.Title
	}
	return text.Same(dataset)
}

func (q *question) lateWarnings(r *Result) []Warning {
	var out []Warning
	seen := map[*semantic.Dataset]bool{}
	for _, read := range q.factReads() {
		d := read.Dataset
		if seen[d] || !q.late(read) {
			continue
		}
		seen[d] = true
		w := warn("late", text.Text{
			ZH: "数据集“{title}”未按约定更新，最近的数字可能偏低", EN: "{title} is late, so the newest numbers may be too low"},
			"dataset", d.Name, "title", d.Title)
		var names []string
		for _, m := range q.metrics {
			if slices.ContainsFunc(readsOf(m.metric), func(r semantic.Read) bool { return r.Dataset == d }) {
				names = append(names, m.name)
			}
		}
		w.Params["metrics"] = names
		if to := q.newestOf(read.Time); !to.IsZero() {
			w.Params["dataTo"] = to
		}
		out = append(out, w)
	}
	return out
}

// totalWarnings says of which metrics the total is not the sum of the rows.
func (q *question) totalWarnings() []Warning {
	var out []Warning
	for _, m := range q.metrics {
		if m.option != nil {
			continue // its total is told by the option's own rule
		}
		switch m.metric.Class {
		case semantic.Algebraic:
			out = append(out, warn("total_not_sum", text.Text{
				ZH: "“{title}”是比值或均值，合计由全部数据重新计算，不等于各行相加",
				EN: "{title} is a ratio or mean; its total is computed from all data and is not the sum of the rows"}, "metric", m.name, "title", m.metric.Title))
		case semantic.Holistic:
			out = append(out, warn("total_not_sum", text.Text{
				ZH: "“{title}”在各行之间有重叠，合计由全部数据重新计算，不等于各行相加",
				EN: "{title} overlaps between rows; its total is computed from all data and is not the sum of the rows"}, "metric", m.name, "title", m.metric.Title))
		}
	}
	return out
}

// Column gives the position of a column by name, -1 when there is none.
func (r *Result) Column(name string) int {
	return slices.IndexFunc(r.Columns, func(c Column) bool { return c.Name == name })
}
