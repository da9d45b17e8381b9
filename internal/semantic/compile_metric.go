package semantic

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"lodestar/internal/calendar"
	"lodestar/internal/catalog"
	"lodestar/internal/expr"
	"lodestar/internal/text"
)

// metric compiles one metric and those below it. It gives nil for a bad one.
func (c *compiler) metric(name string) *Metric {
	if m := c.model.metrics[name]; m != nil {
		return m
	}
	r := c.metricSpecs[name]
	if r == nil || c.bad[r.Ref()] {
		return nil
	}
	spec := r.Spec.(*MetricSpec)
	m := &Metric{Name: name, Title: r.Metadata.Title, Unit: spec.Unit, Format: spec.Format, Revision: r.Revision,
		Meta: r.Metadata, Spec: spec}
	if m.Title.IsZero() {
		m.Title = text.Same(name)
	}
	c.visiting[name] = true
	c.trail = append(c.trail, name)
	switch spec.Type {
	case "simple":
		c.simple(m)
	case "conversion", "retention":
		c.journey(m)
	default:
		c.formula(m)
	}
	c.trail = c.trail[:len(c.trail)-1]
	delete(c.visiting, name)
	if c.bad[r.Ref()] {
		return nil
	}
	c.model.metrics[name] = m
	return m
}

func (c *compiler) simple(m *Metric) {
	spec := m.Spec
	d := c.model.datasets[spec.Dataset]
	if d == nil {
		c.needs(KindMetric, m.Name, "dataset", KindDataset, spec.Dataset, c.datasetNames())
		return
	}
	a := &Aggregation{Dataset: d, Func: spec.Agg, WhereText: strings.TrimSpace(spec.Where), Percentile: spec.Percentile, Time: d.Time}
	countsRows := spec.Agg == "count" || spec.Agg == "count_distinct"
	a.Zero = spec.Empty == "0" || spec.Empty == "" && countsRows
	if strings.TrimSpace(spec.Expr) != "" {
		a.Arg = c.typed(m, "expr", spec.Expr, d)
		if a.Arg != nil && !countsRows && !a.Arg.Type().IsNumber() {
			c.report(KindMetric, m.Name, problem("expr", "wrong_type", text.Text{
				ZH: "agg: {agg} 需要数字，{expr} 的类型是 {type}",
				EN: "agg: {agg} needs a number, but {expr} is {type}"}, "agg", spec.Agg, "expr", spec.Expr, "type", a.Arg.Type()))
		}
	}
	if a.WhereText != "" {
		if n, err := expr.Parse(a.WhereText); err != nil {
			c.report(KindMetric, m.Name, ofExpr("where", err))
		} else if a.Where, err = expr.CheckBool(n, d.Scope()); err != nil {
			c.report(KindMetric, m.Name, ofExpr("where", err))
		}
	}
	if spec.Time != "" {
		f, err := c.timeField(d, spec.Time)
		if err != nil {
			c.report(KindMetric, m.Name, ofExpr("time", err))
		}
		a.Time = f
	}
	a.Pad, a.Sketch, a.Discrete = spec.Pad, spec.Approximate, spec.Discrete
	if spec.Agg == "weighted_avg" {
		c.weight(m, a)
	}
	if spec.Balance != nil {
		a.Balance = c.level(m, a)
	}
	c.needsTime(m, a)
	c.needsOne(m, a)
	m.Simple, m.Leaves, m.Datasets = a, []*Metric{m}, []*Dataset{d}
	m.Type, m.Class = expr.Float, Holistic
	switch spec.Agg {
	case "count", "count_distinct":
		m.Type = expr.Integer
	case "sum", "min", "max":
		if a.Arg != nil {
			m.Type = a.Arg.Type()
		}
	}
	switch spec.Agg {
	case "sum", "count":
		m.Class = Additive
	case "avg", "weighted_avg":
		m.Class = Algebraic
	}
	if m.Class == Additive && spec.Balance != nil {
		m.Class = SemiAdditive
	}
}

// weight compiles what each row of a weighted average counts for.
func (c *compiler) weight(m *Metric, a *Aggregation) {
	a.Weight = c.typed(m, "weight", m.Spec.Weight, a.Dataset)
	if a.Weight != nil && !a.Weight.Type().IsNumber() {
		c.report(KindMetric, m.Name, problem("weight", "wrong_type", text.Text{
			ZH: "权重需要数字，{expr} 的类型是 {type}", EN: "the weight needs a number, but {expr} is {type}"},
			"expr", m.Spec.Weight, "type", a.Weight.Type()))
	}
}

// level compiles a balance: of which time, and what has a last time of its own.
func (c *compiler) level(m *Metric, a *Aggregation) *Level {
	b := m.Spec.Balance
	l := &Level{Last: b.Take == "last", Over: a.Time, ToDay: m.Spec.Rules == MetricFlowRules}
	if b.Over != "" {
		f, err := c.timeField(a.Dataset, b.Over)
		if err != nil {
			c.report(KindMetric, m.Name, ofExpr("balance.over", err))
		}
		l.Over = f
	}
	if l.Over == nil {
		c.report(KindMetric, m.Name, problem("balance", "no_time", text.Text{
			ZH: "余额指标需要时间列", EN: "a balance needs a time column"}))
		return nil
	}
	for i, name := range b.By {
		f, err := a.Dataset.Field(name)
		if err != nil {
			c.report(KindMetric, m.Name, ofExpr(fmt.Sprintf("balance.by[%d]", i), err))
			continue
		}
		l.By = append(l.By, f)
	}
	return l
}

func (c *compiler) typed(m *Metric, path, src string, d *Dataset) *expr.Typed {
	n, err := expr.Parse(src)
	if err != nil {
		c.report(KindMetric, m.Name, ofExpr(path, err))
		return nil
	}
	t, err := expr.Check(n, d.Scope())
	if err != nil {
		c.report(KindMetric, m.Name, ofExpr(path, err))
		return nil
	}
	return t
}

// formula compiles a ratio or derived metric.
func (c *compiler) formula(m *Metric) {
	s := &operands{c: c, m: m, byName: map[string]*Operand{}, f: &Formula{Text: strings.TrimSpace(m.Spec.Expr)}}
	path := "expr"
	switch m.Spec.Type {
	case "ratio":
		s.f.Text = "numerator / denominator"
		s.inputs = map[string]Input{"numerator": *m.Spec.Numerator, "denominator": *m.Spec.Denominator}
	case "cumulative":
		s.f.Text = "metric"
		s.inputs = map[string]Input{"metric": {Metric: m.Spec.Metric}}
	default:
		s.inputs = m.Spec.Inputs
	}
	n, err := expr.Parse(s.f.Text)
	if err != nil {
		c.report(KindMetric, m.Name, ofExpr(path, err))
		return
	}
	t, err := expr.CheckNumber(n, s)
	if err != nil {
		if !s.reported {
			c.report(KindMetric, m.Name, ofExpr(path, err))
		}
		return
	}
	for _, alias := range slices.Sorted(maps.Keys(s.inputs)) {
		if s.byName[alias] == nil {
			c.report(KindMetric, m.Name, caution("inputs."+alias, "unused_input", text.Text{
				ZH: "公式里没有用到 {name}", EN: "the formula does not use {name}"}, "name", alias))
		}
	}
	s.f.Expr = t
	m.Formula = s.f
	m.Type = t.Type()
	if m.Type == expr.Null {
		m.Type = expr.Float
	}
	c.below(m)
	m.Class = classOf(n, s.byName, m.Formula.Operands)
	if m.Spec.Reread == "average" {
		m.Type = expr.Float
	}
	c.checkUnits(m, n, s.byName)
}

// below collects the leaves and datasets of a formula's operands.
func (c *compiler) below(m *Metric) {
	for _, o := range m.Formula.Operands {
		for _, leaf := range o.Metric.Leaves {
			if !slices.Contains(m.Leaves, leaf) {
				m.Leaves = append(m.Leaves, leaf)
			}
		}
		for _, d := range o.Metric.Datasets {
			if !slices.Contains(m.Datasets, d) {
				m.Datasets = append(m.Datasets, d)
			}
		}
	}
	slices.SortFunc(m.Datasets, func(a, b *Dataset) int { return compareText(a.Name, b.Name) })
	if len(m.Formula.Operands) == 0 {
		c.report(KindMetric, m.Name, problem("expr", "no_metric", text.Text{
			ZH: "公式里没有任何指标", EN: "the formula names no metric"}))
	}
}

// operands is the scope of a formula: aliases of inputs, then metrics.
type operands struct {
	c        *compiler
	m        *Metric
	f        *Formula
	inputs   map[string]Input
	byName   map[string]*Operand
	reported bool // the finding stands at a better place than the expression
}

// Resolve satisfies expr.Scope.
func (s *operands) Resolve(parts []string) (expr.Symbol, error) {
	name := strings.Join(parts, ".")
	if o := s.byName[name]; o != nil {
		return expr.Symbol{Ref: o, Type: o.Metric.Type}, nil
	}
	target, path := name, ""
	in, alias := s.inputs[name]
	if alias {
		target, path = in.Metric, name+".metric"
		switch s.m.Spec.Type {
		case "derived":
			path = "inputs." + path
		case "cumulative":
			path = name
		}
	}
	if s.c.visiting[target] {
		way := append(slices.Clone(s.c.trail[slices.Index(s.c.trail, target):]), target)
		return expr.Symbol{}, &expr.Error{Code: "cycle", Text: text.Text{
			ZH: "指标互相引用成环：{way}", EN: "metrics go round in a circle: {way}"}.With("way", strings.Join(way, " → "))}
	}
	below := s.c.metric(target)
	if below == nil {
		ref := catalog.Ref{Kind: KindMetric, Name: target}
		if alias || s.c.bad[ref] {
			if !alias {
				path = "expr"
			}
			s.c.needs(KindMetric, s.m.Name, path, KindMetric, target, s.c.metricNames)
			s.reported = true
		}
		return expr.Symbol{}, expr.UnknownName(name, s.candidates())
	}
	o := &Operand{Name: name, Metric: below, Over: s.m.Spec.over(in)}
	if o.Over != nil && !s.timed(below, o.Over, path) {
		return expr.Symbol{}, &expr.Error{Code: "no_time"}
	}
	if where := strings.TrimSpace(in.Where); where != "" {
		f, err := NewFilter(where, below.Datasets)
		if err != nil {
			s.c.report(KindMetric, s.m.Name, ofExpr(strings.TrimSuffix(path, "metric")+"where", err))
			s.reported = true
			return expr.Symbol{}, err
		}
		o.Filter = f
	}
	s.byName[name] = o
	s.f.Operands = append(s.f.Operands, o)
	return expr.Symbol{Ref: o, Type: below.Type}, nil
}

// timed checks that values of other times make sense for a metric.
func (s *operands) timed(below *Metric, over *Over, path string) bool {
	for _, g := range []calendar.Grain{over.Shift.Grain, over.ShiftTo, over.Window.Grain, over.ToDate} {
		if g != "" && s.c.model.grains[g] == "" {
			s.c.report(KindMetric, s.m.Name, problem(path, "unknown_grain", text.Text{
				ZH: "没有日历定义了 {grain} 这个粒度", EN: "no calendar has the grain {grain}"}, "grain", g))
			s.reported = true
			return false
		}
	}
	for _, leaf := range below.Leaves {
		if leaf.Simple.Time == nil {
			s.c.report(KindMetric, s.m.Name, problem(path, "no_time", text.Text{
				ZH: "{metric} 的数据集没有时间列，不能累计或平移", EN: "the dataset of {metric} has no time, so it cannot be accumulated or shifted"},
				"metric", below.Name))
			s.reported = true
			return false
		}
		if j := leaf.Simple.Journey; j != nil && j.Return != nil {
			s.c.report(KindMetric, s.m.Name, problem(path, "retention_shifted", text.Text{
				ZH: "留存指标 {metric} 不能累计或平移，请用对比（compare）", EN: "the retention {metric} cannot be accumulated or shifted; ask for a comparison instead"},
				"metric", below.Name))
			s.reported = true
			return false
		}
	}
	if over.Shift.N == 0 && over.ShiftTo == "" && below.Timed() {
		s.c.report(KindMetric, s.m.Name, problem(path, "timed_twice", text.Text{
			ZH: "{metric} 已经是累计、平移、余额、转化或留存指标，不能再累计",
			EN: "{metric} is accumulated, shifted, a balance, a conversion or a retention already and cannot be accumulated"},
			"metric", below.Name))
		s.reported = true
		return false
	}
	return true
}

// over is the rule of a cumulative metric or of an input with an offset.
func (s *MetricSpec) over(in Input) *Over {
	o := &Over{Loose: s.Rules == MetricFlowRules}
	switch {
	case in.Offset != "":
		o.Shift = periodsOf(in.Offset)
	case in.OffsetTo != "":
		o.ShiftTo = in.OffsetTo
	case s.Type != "cumulative":
		return nil
	default:
		o.Window, o.ToDate, o.Reread = periodsOf(s.Window), s.ToDate, s.Reread
		o.All = s.Window == "" && s.ToDate == ""
		if s.Window == "" {
			o.Window = Span{}
		}
		if o.Reread == "" {
			o.Reread = "last"
		}
	}
	return o
}

func (s *operands) candidates() []string {
	out := slices.Sorted(maps.Keys(s.inputs))
	return append(out, s.c.metricNames...)
}
