package semantic

import (
	"maps"
	"slices"
	"time"

	"lodestar/internal/calendar"
	"lodestar/internal/catalog"
	"lodestar/internal/expr"
	"lodestar/internal/text"
)

// Compile resolves and type-checks definitions together. It never fails as a
// whole: what is wrong, or needs something that is wrong, is left out of the
// model and reported. Findings carry kind, name and a path that begins with
// "spec."; those that Validate gives are not repeated. Resources of other kinds
// are ignored. The resources must not change afterwards.
func Compile(rs []*catalog.Resource) (*Model, []catalog.Finding) {
	var prints []digested
	for _, r := range rs {
		if isOurs(r.Kind) {
			prints = append(prints, digest(r))
		}
	}
	return compileAll(rs, fingerprint(prints))
}

func compileAll(rs []*catalog.Resource, revision string) (*Model, []catalog.Finding) {
	c := newCompiler()
	c.model = &Model{Revision: revision, datasets: map[string]*Dataset{}, metrics: map[string]*Metric{}, calendars: map[string]*Calendar{},
		entities: map[string]*UnifiedEntity{}, events: map[string]*Event{}, sent: map[string]*Event{}}
	c.model.grains = map[calendar.Grain]expr.Type{}
	for _, g := range calendar.Grains() {
		c.model.grains[g] = expr.Date
		if g.Fine() {
			c.model.grains[g] = expr.Timestamp
		}
	}
	c.model.calendar = calendar.Calendar{Zone: time.UTC, WeekStart: time.Monday, YearStart: time.January}
	c.model.workspace = WorkspaceSpec{Zone: "UTC", WeekStart: "monday", YearStart: 1, AsOf: "now"}
	c.take(rs)
	c.eventDatasets(rs)
	c.entityDatasets()
	c.places()
	c.prepared()
	c.relate()
	c.leaveOutDependants()
	c.deferring = true // metrics need the times of datasets first
	c.computeAll()
	c.leaveOutDependants()
	c.calendars(rs)
	c.model.nameGrains()
	c.deferring = false
	c.computeAll()
	c.quality()
	c.leaveOutUsers()
	c.chains()
	for _, d := range c.model.datasets {
		d.ensure = nil
		d.collectFields()
	}
	c.finish(rs)
	return c.model, c.findings
}

func newCompiler() *compiler {
	return &compiler{bad: map[catalog.Ref]bool{}, connections: map[string]bool{}, metricSpecs: map[string]*catalog.Resource{}, visiting: map[string]bool{},
		computing: map[*Computed]string{}}
}

// finish compiles the metrics that are not yet, and the roll-ups.
func (c *compiler) finish(rs []*catalog.Resource) {
	for _, name := range c.metricNames {
		c.metric(name)
	}
	c.rollups(rs)
	slices.SortStableFunc(c.findings, compareFindings)
}

type compiler struct {
	model       *Model
	findings    []catalog.Finding
	bad         map[catalog.Ref]bool
	metricNames []string
	connections map[string]bool // whether rows can be asked there
	metricSpecs map[string]*catalog.Resource
	visiting    map[string]bool // metrics on the way down
	trail       []string        // the same, in order
	computing   map[*Computed]string
	computeWay  []string
	deferring   bool // values of metrics are not compiled yet
}

// take sorts the resources by kind and leaves out what is wrong by itself.
func (c *compiler) take(rs []*catalog.Resource) {
	for _, r := range rs {
		if !isOurs(r.Kind) {
			continue
		}
		if slices.ContainsFunc(r.Spec.Validate(r.Metadata), isError) {
			c.bad[r.Ref()] = true
			if r.Kind == KindEvent { // whoever names the dataset is told to mend it
				c.bad[catalog.Ref{Kind: KindDataset, Name: r.Metadata.Name}] = true
			}
			continue
		}
		switch spec := r.Spec.(type) {
		case *DatasetSpec:
			d := newDataset(r, spec)
			d.grains = c.model.grains
			d.ensure = c.compute
			c.model.datasets[r.Metadata.Name] = d
		case *EntitySpec:
			c.model.entities[r.Metadata.Name] = &UnifiedEntity{Name: r.Metadata.Name, Meta: r.Metadata, Spec: spec}
		case *EventSpec:
			c.takeEvent(r, spec)
		case *ConnectionSpec:
			c.connections[r.Metadata.Name] = spec.Engine()
		case *MetricSpec:
			c.metricSpecs[r.Metadata.Name] = r
			c.metricNames = append(c.metricNames, r.Metadata.Name)
		case *WorkspaceSpec:
			c.workspace(spec)
		}
	}
	slices.Sort(c.metricNames)
}

// places finds the connections that direct datasets name.
func (c *compiler) places() {
	for _, name := range c.datasetNames() {
		connection, _ := c.model.datasets[name].Spec.Direct()
		asked, known := c.connections[connection]
		switch {
		case connection == "" || asked:
		case known:
			c.report(KindDataset, name, problem("source.sync", "required", text.Text{
				ZH: "{name} 上的数据不能直接查询，只能同步：请写 sync，例如 sync: {mode: full, every: 1 hour}",
				EN: "rows cannot be asked on {name}, only copied from it: write sync, such as sync: {mode: full, every: 1 hour}"}, "name", connection))
		default:
			c.needs(KindDataset, name, "source.connection", KindConnection, connection, slices.Sorted(maps.Keys(c.connections)))
		}
	}
}

func isOurs(kind string) bool {
	switch kind {
	case KindDataset, KindMetric, KindWorkspace, KindCalendar, KindConnection, KindEntity, KindEvent:
		return true
	}
	return false
}

func isError(f catalog.Finding) bool { return f.Severity == catalog.Error }

func (c *compiler) workspace(spec *WorkspaceSpec) {
	cal, err := spec.calendarOf()
	if err != nil {
		return // Validate has said so
	}
	w := *spec
	if w.WeekStart == "" {
		w.WeekStart = "monday"
	}
	if w.YearStart == 0 {
		w.YearStart = 1
	}
	if w.AsOf == "" {
		w.AsOf = "now"
	}
	c.model.workspace, c.model.calendar = w, cal
}

// report adds a finding to a resource; an error keeps it out of the model.
func (c *compiler) report(kind, name string, f catalog.Finding) {
	f.Kind, f.Name, f.Path = kind, name, "spec."+f.Path
	c.findings = append(c.findings, f)
	if f.Severity == catalog.Error {
		c.bad[catalog.Ref{Kind: kind, Name: name}] = true
	}
}

// needs reports a reference to something that is missing or bad.
func (c *compiler) needs(kind, name, path, toKind, to string, candidates []string) {
	if c.bad[catalog.Ref{Kind: toKind, Name: to}] {
		c.report(kind, name, problem(path, "broken_reference", text.Text{
			ZH: "引用的 {name} 有错误，先改好它", EN: "{name} has errors; mend it first"}, "name", to))
		return
	}
	t := text.Text{ZH: "没有名为 {name} 的指标", EN: "there is no metric named {name}"}
	switch toKind {
	case KindDataset:
		t = text.Text{ZH: "没有名为 {name} 的数据集", EN: "there is no dataset named {name}"}
	case KindConnection:
		t = text.Text{ZH: "没有名为 {name} 的连接", EN: "there is no connection named {name}"}
	case KindCalendar:
		t = text.Text{ZH: "没有名为 {name} 的日历", EN: "there is no calendar named {name}"}
	}
	c.report(kind, name, unknown(path, "unknown_reference", t, to, candidates))
}

func compareFindings(a, b catalog.Finding) int {
	switch {
	case a.Kind != b.Kind:
		return compareText(a.Kind, b.Kind)
	case a.Name != b.Name:
		return compareText(a.Name, b.Name)
	}
	return compareText(a.Path, b.Path)
}

func compareText(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}
