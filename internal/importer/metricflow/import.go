package metricflow

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"lodestar/internal/calendar"
	"lodestar/internal/catalog"
	"lodestar/internal/expr"
	"lodestar/internal/importer"
	"lodestar/internal/semantic"
	"lodestar/internal/text"
)

// Import is a manifest taken over: definitions, what was lost, and a
// translator of MetricFlow's questions. It is not safe for concurrent use.
type Import struct {
	m        *manifest
	schema   importer.Schema
	report   *importer.Report
	names    register // of datasets
	tables   []*table
	entities map[string]string // names of entities here
	reach    map[*table][]*element
	metrics  map[string]string // names of metrics here
	taken    register          // names of metrics
	made     []*catalog.Resource
	byMetric map[string]*semantic.MetricSpec
	spines   map[string]string // grain → dataset.column
	periods  []semantic.CalendarPeriods
	edition  int

	// while a question without metrics is translated: the table asked, and what
	// its names mean in full
	from  *table
	fulls map[string]string

	pairs map[hop]string // while a question is translated: see pair
}

// New imports files. What cannot be taken over is in Report; the rest is
// there.
func New(files []importer.File, schema importer.Schema) *Import {
	im := &Import{schema: schema, report: &importer.Report{}, names: register{}, taken: register{}, reach: map[*table][]*element{},
		metrics: map[string]string{}, byMetric: map[string]*semantic.MetricSpec{}, spines: map[string]string{}}
	im.m = read(files, im.report)
	for _, m := range im.m.models {
		im.addTable(m)
	}
	for _, t := range im.tables {
		for _, d := range t.model.dimensions {
			im.dimension(t, d)
		}
	}
	im.nameEntities()
	for _, t := range im.tables {
		for _, e := range t.model.entities {
			im.key(t, e)
		}
		im.keysOf(t)
	}
	for _, t := range im.tables {
		im.relate(t)
		im.ownTime(t)
	}
	for _, s := range im.m.spines {
		im.addSpine(s)
	}
	for _, x := range im.m.metrics {
		im.metrics[x.name] = im.taken.take(x.name)
	}
	for _, x := range im.m.metrics {
		im.define(x)
	}
	return im
}

// Report says what was found and lost.
func (im *Import) Report() *importer.Report { return im.report }

// Edition grows whenever a translation has added to the definitions.
func (im *Import) Edition() int { return im.edition }

// Resources are the definitions: datasets, metrics and the workspace.
func (im *Import) Resources() []*catalog.Resource {
	var out []*catalog.Resource
	for _, t := range im.tables {
		spec := *t.spec
		spec.Columns, spec.Relationships, spec.Dimensions =
			slices.Clone(spec.Columns), slices.Clone(spec.Relationships), slices.Clone(spec.Dimensions)
		out = append(out, &catalog.Resource{Kind: semantic.KindDataset, Metadata: t.meta, Spec: &spec, Revision: im.edition + 1,
			State: catalog.Published})
	}
	out = append(append(out, im.made...), im.workspace())
	if len(im.periods) > 0 {
		out = append(out, &catalog.Resource{Kind: semantic.KindCalendar, Revision: 1, State: catalog.Published,
			Metadata: catalog.Metadata{Name: calendarName, Title: text.Same("MetricFlow")},
			Spec:     &semantic.CalendarSpec{Periods: slices.Clone(im.periods)}})
	}
	return out
}

// calendarName is the calendar that holds the custom grains.
const calendarName = "metricflow"

func (im *Import) workspace() *catalog.Resource {
	w := &semantic.WorkspaceSpec{Zone: "UTC", WeekStart: "monday", Spines: map[calendar.Grain]string{}}
	for g, at := range im.spines {
		if slices.Contains(calendar.Grains(), calendar.Grain(g)) {
			w.Spines[calendar.Grain(g)] = at
		}
	}
	if len(im.periods) > 0 {
		w.Calendar = calendarName
	}
	return &catalog.Resource{Kind: semantic.KindWorkspace, Metadata: catalog.Metadata{Name: "workspace"}, Spec: w, Revision: 1,
		State: catalog.Published}
}

// Source tells in which table the rows of a dataset are: the name as the
// manifest writes it, and for each column the name there.
type Source struct {
	Table   string
	Columns []SourceColumn
}

// SourceColumn pairs a column with the one in the table.
type SourceColumn struct {
	Name, Source string
	Type         expr.Type
}

// Sources gives the tables of all datasets, by name.
func (im *Import) Sources() map[string]Source {
	out := map[string]Source{}
	for _, t := range im.tables {
		s := Source{Table: t.source}
		for _, c := range t.spec.Columns {
			s.Columns = append(s.Columns, SourceColumn{c.Name, cmp.Or(c.Source, c.Name), c.Type})
		}
		out[t.name] = s
	}
	return out
}

// ownTime sets the time of a dataset: the model's default, or else that of its
// first metric.
func (im *Import) ownTime(t *table) {
	time := t.model.aggTime
	for _, x := range im.m.metrics {
		if time == "" && x.agg != nil && x.agg.model == t.model {
			time = x.agg.time
		}
	}
	if f, ok := t.dims[time]; ok {
		t.spec.Time = f.name
	}
}

// addSpine makes a dataset of a time spine table.
func (im *Import) addSpine(s *spine) {
	t := im.spineTable(s)
	c := t.columns[strings.ToLower(s.column)]
	if c == nil {
		t.column(s.column, expr.Timestamp)
		c = t.columns[strings.ToLower(s.column)]
	}
	for _, g := range s.custom {
		im.customGrain(s, t, c.Name, g)
	}
	if t.spec.Time == "" {
		t.spec.Time = c.Name
	}
	if !slices.Contains(calendar.Grains(), calendar.Grain(s.grain)) {
		im.report.Lose(s.at, "project_configuration", "grain", text.Text{
			EN: "there is no grain {grain} here; its time spine {table} is not used", ZH: "这里没有 {grain} 粒度，不使用它的时间表 {table}"},
			"grain", s.grain, "table", s.table)
		return
	}
	im.spines[s.grain] = t.name + "." + c.Name
}

// customGrain makes periods of a column of a day's spine: of each day it says
// what stands for the period that the day is in.
func (im *Import) customGrain(s *spine, t *table, day string, g customGrain) {
	if t.columns[strings.ToLower(g.column)] == nil {
		t.column(g.column, expr.Timestamp)
	}
	if s.grain != "day" {
		im.report.Lose(s.at, "project_configuration", "grain", text.Text{
			EN: "the custom grain {name} stands on a spine of {grain}s; only those on days are carried over",
			ZH: "自定义粒度 {name} 基于 {grain} 的时间表；只导入基于日的"}, "name", g.name, "grain", s.grain)
		return
	}
	if nativeName(g.name) != g.name {
		im.report.Lose(s.at, "project_configuration", "grain", text.Text{
			EN: "{name} cannot be the name of a grain here", ZH: "{name} 不能用作粒度名称"}, "name", g.name)
		return
	}
	im.periods = append(im.periods, semantic.CalendarPeriods{Name: g.name, Dataset: t.name, Day: day,
		Value: t.columns[strings.ToLower(g.column)].Name})
}

// spineTable gives the dataset of a spine's table; grains may share one.
func (im *Import) spineTable(s *spine) *table {
	for _, t := range im.tables {
		if t.source == s.table && len(t.model.measures)+len(t.model.dimensions)+len(t.model.entities) == 0 {
			return t
		}
	}
	alias := s.table[strings.LastIndex(s.table, ".")+1:]
	m := &model{at: s.at, name: alias, table: s.table, description: "time spine"}
	im.addTable(m)
	return im.tables[len(im.tables)-1]
}

func (im *Import) tableOf(m *model) *table {
	for _, t := range im.tables {
		if t.model == m {
			return t
		}
	}
	return nil
}

// why is an error in English, for texts that name it.
func why(err error) string {
	var e *expr.Error
	if errors.As(err, &e) {
		return e.Text.EN
	}
	return err.Error()
}
