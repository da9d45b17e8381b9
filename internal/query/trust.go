package query

import (
	"slices"
	"time"

	"lodestar/internal/semantic"
	"lodestar/internal/text"
)

// Distrust says that rows are not what was promised of them.
type Distrust struct {
	Dataset string    `json:"dataset"`
	Title   text.Text `json:"title"` // of the dataset
	Rule    string    `json:"rule"`
	Label   text.Text `json:"label"` // what people call the rule
	Since   time.Time `json:"since"`
}

// distrust puts what is known of the data into an answer. It is looked up for
// each answer anew, also for one that was kept: rules are checked at other times
// than rows change.
func (e *Engine) distrust(q *question, out *Result) {
	if e.c.Trust == nil {
		return
	}
	for _, m := range q.metrics {
		f := out.Freshness[m.name]
		f.Distrust = e.distrusted(semantic.Uses(m.metric))
		out.Freshness[m.name] = f
	}
	var r semantic.Reading
	for _, m := range q.metrics {
		r.Metric(m.metric)
	}
	for _, l := range q.leaves {
		q.leafFields(l, r.Field)
	}
	for _, d := range e.distrusted(r.Uses()) {
		w := warn("data_quality", text.Text{
			ZH: "数据集“{title}”自 {day} 起不满足质量规则“{label}”，读取它的数字可能有误",
			EN: "{title} has broken its rule {label} since {day}, so numbers that read it may be wrong"},
			"dataset", d.Dataset, "title", d.Title, "rule", d.Rule, "label", d.Label, "since", d.Since, "day", d.Since.In(q.cal.Zone).Format(time.DateOnly))
		var names []string
		for _, m := range q.metrics {
			if slices.Contains(out.Freshness[m.name].Distrust, d) {
				names = append(names, m.name)
			}
		}
		w.Params["metrics"] = names
		out.Warnings = append([]Warning{w}, out.Warnings...)
	}
}

func (e *Engine) distrusted(uses []semantic.Use) []Distrust {
	var out []Distrust
	for _, use := range uses {
		out = append(out, e.c.Trust(use.Dataset, use.Columns)...)
	}
	return out
}
