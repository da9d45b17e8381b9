package semantic

import (
	"slices"

	"lodestar/internal/expr"
	"lodestar/internal/text"
)

// DimensionInfo says whether a dimension can be asked together with metrics.
type DimensionInfo struct {
	Name    string    `json:"name"` // as in a query: store.city.region
	Title   text.Text `json:"title"`
	Type    expr.Type `json:"type"`
	Dataset string    `json:"dataset"` // where the column stands
	Fits    bool      `json:"fits"`
	Many    bool      `json:"many,omitempty"`  // a row may have several values and counts in each
	Reason  text.Text `json:"reason,omitzero"` // why not
}

// Dimensions lists every dimension that at least one of the metrics can be
// split by, and says of each whether all can, in the order own columns first.
// Unknown metrics are passed over. Without metrics it lists what any dataset
// with a metric offers.
func (m *Model) Dimensions(metrics []string) []DimensionInfo {
	datasets, users := m.datasetsOf(metrics)
	var out []DimensionInfo
	seen, called := map[string]bool{}, map[text.Text]bool{}
	for _, d := range datasets {
		for _, f := range d.reach {
			name := f.String()
			if seen[name] {
				continue
			}
			seen[name] = true
			info := DimensionInfo{Name: name, Title: ownTitle(f, called), Type: f.Type, Dataset: f.Dataset.Name, Fits: true, Many: f.Many()}
			called[info.Title] = true
			if len(metrics) > 0 {
				info.Reason = misfit(name, datasets, users)
				info.Fits = info.Reason.IsZero()
			}
			out = append(out, info)
		}
	}
	slices.SortStableFunc(out, func(a, b DimensionInfo) int {
		switch {
		case a.Fits == b.Fits:
			return 0
		case a.Fits:
			return -1
		}
		return 1
	})
	return out
}

// datasetsOf lists the datasets of the metrics, by first use, and for each the
// first metric that needs it.
func (m *Model) datasetsOf(metrics []string) (datasets []*Dataset, users map[*Dataset]*Metric) {
	users = map[*Dataset]*Metric{}
	add := func(metric *Metric) {
		for _, d := range metric.Datasets {
			if users[d] == nil {
				users[d] = metric
				datasets = append(datasets, d)
			}
		}
	}
	if len(metrics) == 0 {
		for _, metric := range m.Metrics() {
			add(metric)
		}
	}
	for _, name := range metrics {
		if metric := m.metrics[name]; metric != nil {
			add(metric)
		}
	}
	return datasets, users
}

// titleAlong puts the title of the dataset before that of a related column,
// unless they are the same: the store of a store is the store.
func titleAlong(f *Field) text.Text {
	t := f.Title()
	if len(f.Path) == 0 {
		return t
	}
	of := f.Dataset.Title
	long := text.Text{ZH: "{d}·{c}", EN: "{d} · {c}"}.With("d", of, "c", t)
	if of.ZH == t.ZH {
		long.ZH = t.ZH
	}
	if of.EN == t.EN || of.EN == t.EN+"s" {
		long.EN = t.EN
	}
	return long
}

// ownTitle tells apart what would be called the same, such as a store and the
// home store of a member: by the way there, and at last by its name.
func ownTitle(f *Field, taken map[text.Text]bool) text.Text {
	t := titleAlong(f)
	if !taken[t] || len(f.Path) == 0 {
		return t
	}
	for i := len(f.Path) - 2; i >= 0 && taken[t]; i-- {
		t = text.Text{ZH: "{d}·{c}", EN: "{d} · {c}"}.With("d", f.Path[i].To.Title, "c", t)
	}
	if taken[t] {
		t = text.Text{ZH: "{c}（{name}）", EN: "{c} ({name})"}.With("c", t, "name", f.String())
	}
	return t
}

func misfit(name string, datasets []*Dataset, users map[*Dataset]*Metric) text.Text {
	first := ""
	for _, d := range datasets {
		f := d.byName[name]
		if f == nil {
			return text.Text{
				ZH: "指标“{metric}”的数据集“{dataset}”没有通往 {name} 的关系",
				EN: "no path {name} from the dataset {dataset} of the metric {metric}"}.
				With("metric", users[d].Title, "dataset", d.Title, "name", name)
		}
		end := f.End()
		if first == "" {
			first = end
		} else if first != end {
			return text.Text{
				ZH: "{name} 在所选指标里是不同的列（{a} 与 {b}）",
				EN: "{name} is a different column for the metrics chosen ({a} and {b})"}.With("name", name, "a", first, "b", end)
		}
	}
	return text.Text{}
}

// TimeFits reports whether all of the metrics have a time column; if not, the
// text says which has none.
func (m *Model) TimeFits(metrics []string) (bool, text.Text) {
	for _, name := range metrics {
		metric := m.metrics[name]
		if metric == nil {
			continue
		}
		for _, leaf := range metric.Leaves {
			if leaf.Simple.Time == nil {
				return false, text.Text{ZH: "数据集“{dataset}”没有时间列", EN: "the dataset {dataset} has no time column"}.
					With("dataset", leaf.Simple.Dataset.Title)
			}
		}
	}
	return true, text.Text{}
}
