package semantic

import (
	"fmt"
	"slices"

	"lodestar/internal/calendar"
	"lodestar/internal/catalog"
	"lodestar/internal/expr"
	"lodestar/internal/fault"
	"lodestar/internal/text"
)

// RollupSpec asks for sums of a dataset to be kept by some dimensions and
// periods, so that questions that need no more than these are answered from
// few rows.
type RollupSpec struct {
	Dataset    string         `json:"dataset"`
	Grain      calendar.Grain `json:"grain,omitempty"`      // of the dataset's own time: day (default) week month quarter year; "none" for no time
	Dimensions []string       `json:"dimensions,omitempty"` // columns, computed dimensions and paths
	Metrics    []string       `json:"metrics,omitempty"`    // simple metrics of the dataset; default all that add up
}

// NoTime is the grain of a roll-up that is not split by time.
const NoTime calendar.Grain = "none"

var rollupGrains = []string{"day", "week", "month", "quarter", "year", string(NoTime)}

// Validate checks the roll-up by itself.
func (s *RollupSpec) Validate(catalog.Metadata) []catalog.Finding {
	var out []catalog.Finding
	if s.Dataset == "" {
		out = append(out, problem("dataset", "required", text.Text{ZH: "缺少数据集", EN: "the dataset is missing"}))
	}
	if s.Grain != "" {
		out = append(out, oneOf("grain", string(s.Grain), rollupGrains)...)
	}
	if len(s.Dimensions) > maxRollupKeys {
		out = append(out, problem("dimensions", "bad_value", text.Text{
			ZH: "一个汇总表最多 {n} 个维度", EN: "a roll-up has at most {n} dimensions"}, "n", maxRollupKeys))
	}
	for i, d := range s.Dimensions {
		if slices.Contains(s.Dimensions[:i], d) {
			out = append(out, problem(fmt.Sprintf("dimensions[%d]", i), "duplicate", text.Text{
				ZH: "{name} 写了两次", EN: "{name} is there twice"}, "name", d))
		}
	}
	return out
}

const maxRollupKeys = 20

// Refs names the dataset and the metrics.
func (s *RollupSpec) Refs() []catalog.Ref {
	out := []catalog.Ref{{Kind: KindDataset, Name: s.Dataset, Path: "dataset"}}
	for i, m := range s.Metrics {
		out = append(out, catalog.Ref{Kind: KindMetric, Name: m, Path: fmt.Sprintf("metrics[%d]", i)})
	}
	return out
}

// Rename gives a copy that follows a dataset or metric to another name.
func (s *RollupSpec) Rename(kind, from, to string) catalog.Spec {
	c := *s
	if kind == KindDataset && c.Dataset == from {
		c.Dataset = to
	}
	if kind == KindMetric {
		c.Metrics = slices.Clone(s.Metrics)
		for i := range c.Metrics {
			if c.Metrics[i] == from {
				c.Metrics[i] = to
			}
		}
	}
	return &c
}

// Rollup is a compiled roll-up.
type Rollup struct {
	Name    string
	Title   text.Text
	Dataset *Dataset
	Grain   calendar.Grain // NoTime for none
	Keys    []*Field       // as seen from Dataset
	Parts   []RollupPart
}

// RollupPart is an aggregate without conditions: metrics with conditions on
// the roll-up's dimensions are answered from it, too.
type RollupPart struct {
	Func string      // sum count min max
	Arg  *expr.Typed // nil for a count of rows
}

// Text is the part's aggregate as written; equal parts have equal texts.
func (p RollupPart) Text() string {
	if p.Arg == nil {
		return p.Func + "(*)"
	}
	return p.Func + "(" + p.Arg.Node().String() + ")"
}

// rollups compiles the roll-ups of the model.
func (c *compiler) rollups(rs []*catalog.Resource) {
	for _, r := range rs {
		spec, ok := r.Spec.(*RollupSpec)
		if !ok || slices.ContainsFunc(spec.Validate(r.Metadata), isError) {
			continue
		}
		name := r.Metadata.Name
		d := c.model.datasets[spec.Dataset]
		if d == nil {
			c.needs(KindRollup, name, "dataset", KindDataset, spec.Dataset, c.datasetNames())
			continue
		}
		if at := d.directWithin(spec.Dimensions); at != "" {
			c.report(KindRollup, name, problem("dataset", "rollup_direct", text.Text{
				ZH: "{name} 直连查询，没有数据版本，汇总表无法判断是否过时；请先导入该数据集",
				EN: "{name} is asked where it lives and has no data version, so a roll-up could not tell when it is out of date; import the dataset"}, "name", at))
			continue
		}
		out := &Rollup{Name: name, Title: r.Metadata.Title, Dataset: d, Grain: spec.Grain}
		if out.Grain == "" {
			out.Grain = calendar.Day
			if d.Time == nil {
				out.Grain = NoTime
			}
		}
		if d.Time == nil && out.Grain != NoTime {
			c.report(KindRollup, name, problem("grain", "no_time", text.Text{
				ZH: "数据集没有时间列，请写 grain: none", EN: "the dataset has no time; write grain: none"}))
		}
		for i, key := range spec.Dimensions {
			f, err := d.Field(key)
			if err != nil {
				c.report(KindRollup, name, ofExpr(fmt.Sprintf("dimensions[%d]", i), err))
				continue
			}
			if f.Many() {
				c.report(KindRollup, name, ofExpr(fmt.Sprintf("dimensions[%d]", i), manyValues(key)))
				continue
			}
			out.Keys = append(out.Keys, f)
		}
		c.rollupParts(out, spec)
		if !c.bad[catalog.Ref{Kind: KindRollup, Name: name}] {
			c.model.rollups = append(c.model.rollups, out)
		}
	}
	slices.SortFunc(c.model.rollups, func(a, b *Rollup) int { return compareText(a.Name, b.Name) })
}

// directWithin names the first direct dataset among this one and those that the
// dimensions lead to.
func (d *Dataset) directWithin(dimensions []string) string {
	all := []*Dataset{d}
	for _, name := range dimensions {
		f, err := d.Field(name)
		if err != nil {
			continue // said where the dimensions are checked
		}
		for _, r := range f.Path {
			all = append(all, r.To)
		}
	}
	for _, at := range all {
		if connection, _ := at.Spec.Direct(); connection != "" {
			return at.Name
		}
	}
	return ""
}

// RollupOf compiles a roll-up as if it were one of the model's. The error is
// the first thing wrong with it.
func (m *Model) RollupOf(name string, spec *RollupSpec) (*Rollup, error) {
	with := *m
	with.rollups = nil
	c := compiler{model: &with, bad: map[catalog.Ref]bool{}}
	for _, metric := range m.Metrics() {
		c.metricNames = append(c.metricNames, metric.Name)
	}
	c.rollups([]*catalog.Resource{{Kind: KindRollup, Metadata: catalog.Metadata{Name: name}, Spec: spec}})
	if len(with.rollups) == 0 {
		f := fault.New(fault.Invalid, "bad_rollup", text.Text{ZH: "这样的汇总表无法定义", EN: "there can be no such roll-up"})
		if len(c.findings) > 0 {
			f.Text = c.findings[0].Text
		}
		return nil, f
	}
	return with.rollups[0], nil
}

// rollupParts finds the aggregates that the metrics need; of an average, the
// sum and the count.
func (c *compiler) rollupParts(out *Rollup, spec *RollupSpec) {
	names := spec.Metrics
	if len(names) == 0 {
		names = c.metricNames
	}
	add := func(f string, arg *expr.Typed) {
		p := RollupPart{f, arg}
		if !slices.ContainsFunc(out.Parts, func(have RollupPart) bool { return have.Text() == p.Text() }) {
			out.Parts = append(out.Parts, p)
		}
	}
	for i, name := range names {
		m := c.model.metrics[name]
		path := fmt.Sprintf("metrics[%d]", i)
		if m == nil {
			if len(spec.Metrics) > 0 {
				c.needs(KindRollup, out.Name, path, KindMetric, name, c.metricNames)
			}
			continue
		}
		a := m.Simple
		adds := a != nil && a.Dataset == out.Dataset && a.Balance == nil && slices.Contains([]string{"sum", "count", "min", "max", "avg"}, a.Func)
		if !adds {
			if len(spec.Metrics) > 0 {
				c.report(KindRollup, out.Name, problem(path, "not_for_rollup", text.Text{
					ZH: "{metric} 不能由汇总表回答：只有本数据集上的 sum、count、min、max、avg 可以",
					EN: "{metric} cannot be answered from a roll-up: only sum, count, min, max and avg over the dataset can"}, "metric", name))
			}
			continue
		}
		if a.Func == "avg" {
			add("sum", a.Arg)
			add("count", a.Arg)
			continue
		}
		add(a.Func, a.Arg)
	}
	if len(out.Parts) == 0 {
		c.report(KindRollup, out.Name, problem("metrics", "required", text.Text{
			ZH: "没有可汇总的指标", EN: "there is no metric to roll up"}))
	}
}
