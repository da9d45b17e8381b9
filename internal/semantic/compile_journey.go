package semantic

import (
	"fmt"
	"slices"
	"strings"

	"lodestar/internal/catalog"
	"lodestar/internal/expr"
	"lodestar/internal/text"
)

// journey compiles a conversion or retention metric: a formula over what came
// of the rows of its base. Its parts have no names that people could ask for.
func (c *compiler) journey(m *Metric) {
	s := m.Spec
	other, path := s.Conversion, "conversion"
	if s.Type == "retention" {
		other, path = s.Return, "return"
	}
	j := &Journey{Loose: s.Rules == MetricFlowRules}
	base, ok := c.side(m, "base", s.Base, &j.Base)
	came, good := c.side(m, path, other, &j.Other)
	if !ok || !good || !c.meet(m, j) {
		return
	}
	m.Datasets = []*Dataset{j.Base.Dataset}
	if s.Type == "retention" {
		c.retention(m, j)
		return
	}
	c.conversion(m, j, base, came)
}

// side compiles one side: the rows over which a simple metric aggregates.
func (c *compiler) side(m *Metric, path string, in *Input, out *Side) (*Metric, bool) {
	if in.Offset != "" || in.OffsetTo != "" {
		c.report(KindMetric, m.Name, problem(path+".offset", "bad_value", text.Text{
			ZH: "转化和留存的两边不能平移", EN: "the sides of a conversion or retention cannot be shifted"}))
		return nil, false
	}
	if r := c.metricSpecs[in.Metric]; r != nil && r.Spec.(*MetricSpec).Type != "simple" {
		c.report(KindMetric, m.Name, problem(path+".metric", "not_simple", text.Text{
			ZH: "{name} 不是 simple 指标，这里需要由行直接汇总的指标",
			EN: "{name} is not a simple metric; here one that aggregates rows is needed"}, "name", in.Metric))
		return nil, false
	}
	of := c.metric(in.Metric)
	if of == nil {
		c.needs(KindMetric, m.Name, path+".metric", KindMetric, in.Metric, c.metricNames)
		return nil, false
	}
	a := of.Simple
	switch {
	case a.Balance != nil:
		c.report(KindMetric, m.Name, problem(path+".metric", "not_simple", text.Text{
			ZH: "{name} 是余额指标，不能用于转化和留存", EN: "{name} is a balance, which has no conversions nor returns"}, "name", in.Metric))
		return nil, false
	case a.Time == nil:
		c.report(KindMetric, m.Name, problem(path+".metric", "no_time", text.Text{
			ZH: "{metric} 的数据集没有时间列，无法判断先后", EN: "the dataset of {metric} has no time, so nothing tells what came first"},
			"metric", in.Metric))
		return nil, false
	}
	*out = Side{Metric: of, Dataset: a.Dataset, Time: a.Time}
	if a.Where != nil {
		out.Where = append(out.Where, Condition{a.WhereText, a.Where})
	}
	if where := strings.TrimSpace(in.Where); where != "" {
		f, err := NewFilter(where, of.Datasets)
		if err != nil {
			c.report(KindMetric, m.Name, ofExpr(path+".where", err))
			return nil, false
		}
		out.Where = append(out.Where, Condition{where, f.On[a.Dataset]})
	}
	return of, true
}

// meet finds the columns that must be equal on both sides.
func (c *compiler) meet(m *Metric, j *Journey) bool {
	pair := func(path, here, there string) (a, b *Field) {
		a, err := j.Base.Dataset.Field(here)
		if err == nil {
			b, err = j.Other.Dataset.Field(there)
		}
		if err != nil {
			c.report(KindMetric, m.Name, ofExpr(path, err))
			return nil, nil
		}
		if !sameKeyType(a.Type, b.Type) {
			c.report(KindMetric, m.Name, problem(path, "key_type", text.Text{
				ZH: "{here} 是 {a}，{there} 是 {b}，类型不同无法比较", EN: "{here} is {a} but {there} is {b}, so they cannot be equal"},
				"here", j.Base.Dataset.Name+"."+here, "a", a.Type, "there", j.Other.Dataset.Name+"."+there, "b", b.Type))
			return nil, nil
		}
		return a, b
	}
	if j.Base.Entity, j.Other.Entity = pair("entity", m.Spec.Entity.Base, m.Spec.Entity.Other); j.Base.Entity == nil {
		return false
	}
	for i, p := range m.Spec.Constant {
		a, b := pair(fmt.Sprintf("constant[%d]", i), p.Base, p.Conversion)
		if a == nil {
			return false
		}
		j.Base.Constant, j.Other.Constant = append(j.Base.Constant, a), append(j.Other.Constant, b)
	}
	return true
}

func (c *compiler) conversion(m *Metric, j *Journey, base, came *Metric) {
	a := came.Simple
	if a.Weight != nil {
		c.report(KindMetric, m.Name, problem("conversion.metric", "not_simple", text.Text{
			ZH: "加权平均不能用于转化", EN: "a weighted average cannot be taken over conversions"}))
		return
	}
	j.Arg = a.Arg
	if m.Spec.Window != "" {
		j.Window = periodsOf(m.Spec.Window)
	}
	j.Tie = j.Base.Dataset.tie()
	conversions := m.part("conversions", &Aggregation{Dataset: j.Base.Dataset, Time: j.Base.Time, Func: a.Func, Percentile: a.Percentile, Discrete: a.Discrete,
		Sketch: a.Sketch, Zero: a.Zero, Pad: a.Pad, Journey: j}, came.Type, came.Class)
	per := &Operand{Name: "base", Metric: base}
	if where := strings.TrimSpace(m.Spec.Base.Where); where != "" {
		f, err := NewFilter(where, base.Datasets)
		if err != nil {
			return // side has told
		}
		per.Filter = f
	}
	// The base is an operand of a count, too: where it has rows and nothing
	// came of them, the answer says so.
	c.calculate(m, []*Operand{{Name: "conversions", Metric: conversions}, per})
	switch {
	case m.Spec.Calculation == "count":
		m.Class = came.Class
	case came.Class == Holistic || base.Class == Holistic:
		m.Class = Holistic
	default:
		m.Class = Algebraic
	}
}

func (c *compiler) retention(m *Metric, j *Journey) {
	j.Return = &Return{Period: m.Spec.Period, After: m.Spec.After, Bounded: m.Spec.Bounded}
	count := func(name string, cohort bool) *Operand {
		a := &Aggregation{Dataset: j.Base.Dataset, Time: j.Base.Time, Func: "sum", Journey: j, Cohort: cohort}
		return &Operand{Name: name, Metric: m.part(name, a, expr.Integer, Holistic)}
	}
	c.calculate(m, []*Operand{count("retained", false), count("cohort", true)})
	m.Class = Holistic
}

// calculate makes the formula: the first operand divided by the second, or the
// first alone.
func (c *compiler) calculate(m *Metric, operands []*Operand) {
	f := &Formula{Text: operands[0].Name, Operands: operands}
	if m.Spec.Calculation != "count" {
		f.Text += " / " + operands[1].Name
	}
	n, err := expr.Parse(f.Text)
	if err == nil {
		f.Expr, err = expr.CheckNumber(n, parts(operands))
	}
	if err != nil {
		c.report(KindMetric, m.Name, ofExpr("calculation", err))
		return
	}
	m.Formula, m.Type = f, f.Expr.Type()
	for _, o := range operands {
		m.Leaves = append(m.Leaves, o.Metric)
	}
}

// parts is the scope of the operands themselves.
type parts []*Operand

// Resolve satisfies expr.Scope.
func (p parts) Resolve(name []string) (expr.Symbol, error) {
	i := slices.IndexFunc(p, func(o *Operand) bool { return o.Name == name[0] })
	if i < 0 || len(name) > 1 {
		return expr.Symbol{}, expr.UnknownName(strings.Join(name, "."), nil)
	}
	return expr.Symbol{Ref: p[i], Type: p[i].Metric.Type}, nil
}

// part is a simple metric inside another. No definition can have its name.
func (m *Metric) part(name string, a *Aggregation, t expr.Type, class Class) *Metric {
	p := &Metric{Name: m.Name + "__" + name, Title: m.Title, Revision: m.Revision, Meta: catalog.Metadata{Name: m.Name}, Spec: m.Spec,
		Type: t, Class: class, Simple: a, Datasets: m.Datasets}
	p.Leaves = []*Metric{p}
	return p
}

// tie lists columns that tell rows apart: the key, else all columns. Rows that
// are equal in all of them are as good as one another.
func (d *Dataset) tie() []*Field {
	names := d.Spec.PrimaryKey
	if len(names) == 0 {
		names = d.Spec.columnNames()
	}
	out := make([]*Field, len(names))
	for i, n := range names {
		col := d.columns[n]
		out[i] = &Field{Dataset: d, Column: col, Type: col.Type}
	}
	return out
}
