package sqlmap

import (
	"slices"
	"strings"

	"lodestar/internal/expr"
	"lodestar/internal/pgwire/pgcat"
	"lodestar/internal/query"
	"lodestar/internal/semantic"
	"lodestar/internal/text"
)

// TimeColumn is the column for the metrics' own time.
const TimeColumn = "metric_time"

// MetricsTable is the table with everything of a schema.
const MetricsTable = "metrics"

// World is what a model looks like as tables: a schema per domain and public
// with everything, in each a table of all metrics, and one per dataset. It
// never changes and is safe for concurrent use.
type World struct {
	Catalog *pgcat.Catalog
	model   *semantic.Model
	tables  map[*pgcat.View]*table
}

type table struct {
	view    *pgcat.View
	columns []column
	byName  map[string]int // also by the dotted path of a dimension
	metrics map[string]*semantic.Metric
	dataset string // where all its metrics are; "" for several
}

type column struct {
	name string
	term term
}

// New shows a model as tables.
func New(m *semantic.Model) *World {
	w := &World{model: m, tables: map[*pgcat.View]*table{}}
	all := m.Metrics()
	domains := map[string][]*semantic.Metric{}
	for _, x := range all {
		if d := x.Meta.Domain; d != "" && d != "public" && d != "pg_catalog" && d != "information_schema" {
			domains[d] = append(domains[d], x)
		}
	}
	names := make([]string, 0, len(domains))
	for d := range domains {
		names = append(names, d)
	}
	slices.Sort(names)
	var list []*table
	list = append(list, w.schema("public", all)...)
	for _, d := range names {
		list = append(list, w.schema(d, domains[d])...)
	}
	views := make([]pgcat.View, len(list))
	for i, t := range list {
		views[i] = *t.view
	}
	w.Catalog = pgcat.New(names, views)
	for i, t := range list {
		t.view = &views[i]
		w.tables[t.view] = t
	}
	return w
}

// schema makes the tables of a set of metrics.
func (w *World) schema(name string, metrics []*semantic.Metric) []*table {
	out := []*table{w.table(name, MetricsTable, text.Text{ZH: "全部指标及其维度", EN: "All metrics with their dimensions"}, metrics)}
	byDataset := map[string][]*semantic.Metric{}
	for _, m := range metrics {
		if len(m.Datasets) == 1 {
			byDataset[m.Datasets[0].Name] = append(byDataset[m.Datasets[0].Name], m)
		}
	}
	for _, d := range w.model.Datasets() {
		if list := byDataset[d.Name]; list != nil {
			as := d.Name
			if as == MetricsTable {
				as = "dataset__" + as
			}
			out = append(out, w.table(name, as, d.Title, list))
		}
	}
	return out
}

// onlyDataset is the one dataset that all metrics are of; "" when there are
// several.
func onlyDataset(metrics []*semantic.Metric) string {
	name := ""
	for _, m := range metrics {
		for _, d := range m.Datasets {
			if name != "" && name != d.Name {
				return ""
			}
			name = d.Name
		}
	}
	return name
}

// table puts time first, then dimensions, then metrics. A dimension's path is
// written with __ for its dots. Where a metric and a dimension have one name,
// the metric is listed as NAME__metric; MEASURE(NAME) always means the metric.
func (w *World) table(schema, name string, comment text.Text, metrics []*semantic.Metric) *table {
	t := &table{view: &pgcat.View{Schema: schema, Name: name, Comment: comment}, byName: map[string]int{}, metrics: map[string]*semantic.Metric{}, dataset: onlyDataset(metrics)}
	names := make([]string, len(metrics))
	timed := false
	for i, m := range metrics {
		names[i] = m.Name
		t.metrics[m.Name] = m
		fits, _ := w.model.TimeFits([]string{m.Name})
		timed = timed || fits
	}
	if timed {
		t.add(TimeColumn, pgcat.Timestamp, text.Text{ZH: "指标的时间：直接分组为天，或用 date_trunc 取粒度", EN: "time of the metrics: by day, or by the grain of date_trunc"},
			term{kind: timeTerm, typ: expr.Date})
	}
	if len(metrics) > 0 {
		for _, d := range w.model.Dimensions(names) {
			as := strings.ReplaceAll(d.Name, ".", "__")
			if _, taken := t.byName[as]; taken {
				as = d.Name + "__dimension"
			}
			by := query.By{Dimension: d.Name}
			t.add(as, pgcat.TypeOf(d.Type), d.Title, term{kind: dimTerm, by: by, typ: d.Type, bys: []query.By{by}})
			if _, taken := t.byName[d.Name]; !taken {
				t.byName[d.Name] = len(t.columns) - 1
			}
		}
	}
	for _, m := range metrics {
		as := m.Name
		if _, taken := t.byName[as]; taken {
			as += "__metric"
		}
		comment := m.Title
		if d := m.Meta.Description; !d.IsZero() {
			comment = text.Text{ZH: "{t}：{d}", EN: "{t}: {d}"}.With("t", m.Title, "d", d)
		}
		t.add(as, pgcat.TypeOf(m.Type), comment, term{kind: metricTerm, metric: m, typ: m.Type})
	}
	return t
}

func (t *table) add(name string, typ pgcat.OID, comment text.Text, x term) {
	t.byName[name] = len(t.columns)
	t.columns = append(t.columns, column{name, x})
	t.view.Columns = append(t.view.Columns, pgcat.ViewColumn{Name: name, Type: typ, Comment: comment})
}
