package semantic

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"lodestar/internal/catalog"
	"lodestar/internal/expr"
	"lodestar/internal/text"
)

// errDeferred says that a value of a metric is compiled later.
var errDeferred = errors.New("semantic: compiled later")

// lookupError says which part of a dimension is at fault.
type lookupError struct {
	part string
	err  *expr.Error
}

func (e *lookupError) Error() string { return e.err.Error() }
func (e *lookupError) Unwrap() error { return e.err }

// faultyPart is where a finding about a dimension belongs.
func faultyPart(dim Dimension, err error) string {
	var e *lookupError
	if errors.As(err, &e) && dim.Metric != "" {
		return e.part
	}
	if dim.Metric != "" {
		return "metric"
	}
	return "expr"
}

// lookup compiles a dimension that is the value of a metric, and the metric
// before it.
func (c *compiler) lookup(d *Dataset, comp *Computed, dim *Dimension) error {
	if c.deferring {
		return errDeferred
	}
	fail := func(part, code string, t text.Text, pairs ...any) error {
		return &lookupError{part, &expr.Error{Code: code, Text: t.With(pairs...)}}
	}
	if c.visiting[dim.Metric] {
		way := append(slices.Clone(c.trail[slices.Index(c.trail, dim.Metric):]), d.Name+"."+dim.Name, dim.Metric)
		return fail("metric", "cycle", text.Text{
			ZH: "指标与维度互相引用成环：{way}", EN: "metrics and dimensions go round in a circle: {way}"}, "way", strings.Join(way, " → "))
	}
	m := c.metric(dim.Metric)
	switch {
	case m == nil && c.bad[catalog.Ref{Kind: KindMetric, Name: dim.Metric}]:
		return fail("metric", "broken_reference", text.Text{
			ZH: "引用的 {name} 有错误，先改好它", EN: "{name} has errors; mend it first"}, "name", dim.Metric)
	case m == nil:
		f := unknown("", "unknown_reference", text.Text{ZH: "没有名为 {name} 的指标", EN: "there is no metric named {name}"}, dim.Metric, c.metricNames)
		return &lookupError{"metric", &expr.Error{Code: f.Rule, Text: f.Text, Suggestion: f.Suggestion}}
	}
	on := dim.On
	if on == "" && len(d.Spec.PrimaryKey) == 1 {
		on = d.Spec.PrimaryKey[0]
	}
	key := d.columns[on]
	if key == nil {
		return fail("on", "required", text.Text{
			ZH: "请用 on 写明本数据集的哪一列与 by 对应", EN: "say with on which column here goes with by"})
	}
	for _, from := range m.Datasets {
		f, err := from.Field(dim.By)
		var e *expr.Error
		if errors.As(err, &e) {
			return &lookupError{"by", e}
		}
		if err != nil {
			return err
		}
		if !sameKeyType(f.Type, key.Type) {
			return fail("by", "key_type", text.Text{
				ZH: "{by} 是 {a}，{on} 是 {b}，类型不同无法对应", EN: "{by} is {a} but {on} is {b}, so they cannot match"},
				"by", dim.By, "a", f.Type, "on", on, "b", key.Type)
		}
	}
	if err := SameEnd(dim.By, m.Datasets); err != nil {
		return &lookupError{"by", err}
	}
	comp.Lookup = &Lookup{Metric: m, By: dim.By, On: key}
	if comp.Title.IsZero() {
		comp.Title = m.Title
	}
	return nil
}

// leaveOutUsers leaves out bad datasets and all that needs them, when metrics
// and datasets may need each other.
func (c *compiler) leaveOutUsers() {
	for again := true; again; {
		again = false
		c.leaveOutDependants()
		for _, name := range slices.Sorted(maps.Keys(c.model.metrics)) {
			for _, d := range c.model.metrics[name].Datasets {
				if c.model.datasets[d.Name] == nil {
					delete(c.model.metrics, name)
					c.needs(KindMetric, name, "dataset", KindDataset, d.Name, nil)
					again = true
					break
				}
			}
		}
		for _, name := range c.datasetNames() {
			for i, dim := range c.model.datasets[name].Spec.Dimensions {
				if dim.Metric != "" && c.model.metrics[dim.Metric] == nil {
					c.needs(KindDataset, name, fmt.Sprintf("dimensions[%d].metric", i), KindMetric, dim.Metric, nil)
					again = true
				}
			}
		}
	}
}
