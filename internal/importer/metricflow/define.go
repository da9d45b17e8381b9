package metricflow

import (
	"fmt"
	"slices"
	"strings"

	"lodestar/internal/calendar"
	"lodestar/internal/catalog"
	"lodestar/internal/expr"
	"lodestar/internal/semantic"
	"lodestar/internal/text"
)

// define writes a metric. Filters are translated as they are seen from the
// rows that they filter.
func (im *Import) define(x *metric) {
	spec := &semantic.MetricSpec{Rules: semantic.MetricFlowRules}
	var err error
	switch x.kind {
	case "simple":
		err = im.simple(x, spec)
	case "ratio":
		spec.Type = "ratio"
		if spec.Numerator, err = im.input(x, x.numerator); err == nil {
			spec.Denominator, err = im.input(x, x.denominator)
		}
	case "derived":
		err = im.derived(x, spec)
	case "cumulative":
		err = im.cumulative(x, spec)
	case "conversion":
		err = im.conversion(x, spec)
	}
	if err != nil {
		im.report.Fail(x.at, "metric", x.name, "not_taken_over", text.Text{EN: "{why}", ZH: "无法导入：{why}"}, "why", why(err))
		return
	}
	meta := catalog.Metadata{Name: im.metrics[x.name], Title: text.Same(x.label), Description: text.Same(x.description)}
	if x.hidden {
		meta.Tags = []string{"measure"}
	}
	im.made = append(im.made, &catalog.Resource{Kind: semantic.KindMetric, Metadata: meta, Spec: spec, Revision: 1, State: catalog.Published})
	im.byMetric[x.name] = spec
	if x.grain != "" {
		im.report.Lose(x.at, "metric "+x.name, "time_granularity", text.Text{
			EN: "the default grain {grain} is not kept: a question names its grain", ZH: "默认粒度 {grain} 不保留：查询须写明粒度"}, "grain", x.grain)
	}
}

// lost is an error about something that cannot be said here.
func lost(en, zh string, pairs ...any) error {
	return &templateError{text.Text{EN: en, ZH: zh}.With(pairs...)}
}

var aggregates = map[string]string{"sum": "sum", "min": "min", "max": "max", "average": "avg", "count": "sum",
	"count_distinct": "count_distinct", "sum_boolean": "sum", "percentile": "percentile", "median": "median"}

func (im *Import) simple(x *metric, spec *semantic.MetricSpec) error {
	t := im.tableOf(x.agg.model)
	n, typ, ok := im.expression(t, x.at, "metric "+x.name, x.agg.expr)
	if !ok {
		return lost("its expression is not read", "无法识别其表达式")
	}
	spec.Type, spec.Dataset, spec.Agg = "simple", t.name, aggregates[x.agg.agg]
	switch x.agg.agg {
	case "count": // a sum of ones, so nothing over no rows
		if _, constant := n.(*expr.Number); constant {
			n = whole("1")
		} else {
			n = &expr.Case{Whens: []expr.When{{If: &expr.IsNull{X: n, Not: true}, Then: whole("1")}}, Else: whole("0")}
		}
	case "sum_boolean":
		n = &expr.Case{Whens: []expr.When{{If: n, Then: whole("1")}}, Else: whole("0")}
	case "percentile":
		spec.Percentile = x.agg.percentile
	case "min", "max":
		if !typ.IsNumber() {
			return lost("{agg} of {type} is not known here, only of numbers", "这里的 {agg} 只能用于数字，不能用于 {type}", "agg", x.agg.agg, "type", typ)
		}
	}
	spec.Expr = n.String()
	spec.Discrete, spec.Approximate = x.agg.discrete, x.agg.approximate
	if f, ok := t.dims[x.agg.time]; ok && f.name != t.spec.Time {
		spec.Time = f.name
	}
	spec.Pad = x.pad
	if err := im.fill(x, spec); err != nil {
		return err
	}
	if b := x.agg.balance; b != nil {
		out, err := im.balance(t, x, b)
		if err != nil {
			return err
		}
		spec.Balance = out
	}
	where, err := im.where([]*metric{x}, x.filters)
	spec.Where = where
	return err
}

// fill says what stands for no value.
func (im *Import) fill(x *metric, spec *semantic.MetricSpec) error {
	switch x.fill {
	case "": // of a group that has no rows not even a distinct count is 0
		if spec.Agg == "count_distinct" {
			spec.Empty = "null"
		}
	case "0", "0.0":
		spec.Empty = "0"
	default:
		return lost("fill_nulls_with takes only 0 here, not {n}", "这里的 fill_nulls_with 只能是 0，不能是 {n}", "n", x.fill)
	}
	return nil
}

func (im *Import) balance(t *table, x *metric, b *nonAdditive) (*semantic.Balance, error) {
	out := &semantic.Balance{Take: map[string]string{"min": "first", "max": "last"}[b.take]}
	if out.Take == "" {
		return nil, lost("window_choice {take} is not min or max", "window_choice 只能是 min 或 max，不能是 {take}", "take", b.take)
	}
	f, ok := t.dims[b.name]
	if !ok {
		return nil, lost("there is no time dimension {name}", "没有时间维度 {name}", "name", b.name)
	}
	if b.name != x.agg.time {
		out.Over = f.name
	}
	for _, g := range b.groups {
		e, err := im.find(g, []*table{t})
		if err != nil {
			return nil, err
		}
		out.By = append(out.By, strings.Join(im.native(t, e, true), "."))
	}
	return out, nil
}

// input writes an input of a ratio or derived metric. The metric's own filters
// go to each of its inputs.
func (im *Import) input(x *metric, in *input) (*semantic.Input, error) {
	of := im.m.metric(in.name)
	where, err := im.where([]*metric{of}, append(slices.Clone(x.filters), in.filters...))
	if err != nil {
		return nil, err
	}
	return &semantic.Input{Metric: im.metrics[in.name], Where: where, Offset: in.offset, OffsetTo: calendar.Grain(in.offsetTo)}, nil
}

// derived writes the inputs under their aliases and the formula over those.
func (im *Import) derived(x *metric, spec *semantic.MetricSpec) error {
	n, err := parseSQL(x.expr)
	if err != nil {
		return err
	}
	spec.Type, spec.Inputs = "derived", map[string]semantic.Input{}
	aliases, names := map[string]string{}, register{}
	for _, in := range x.inputs {
		out, err := im.input(x, in)
		if err != nil {
			return err
		}
		if _, twice := aliases[in.called()]; twice {
			return lost("two inputs are called {name}", "两个输入都叫 {name}", "name", in.called())
		}
		alias := names.take(in.called())
		aliases[in.called()] = alias
		spec.Inputs[alias] = *out
	}
	out, err := rebuild(n, func(x *expr.Name) (expr.Node, bool, error) {
		alias, ok := aliases[strings.ToLower(strings.Join(x.Parts, "."))]
		if !ok {
			return nil, false, lost("the formula names {name}, which is no input", "公式中的 {name} 不是输入", "name", strings.Join(x.Parts, "."))
		}
		return name(alias), false, nil
	})
	if err != nil {
		return err
	}
	spec.Expr = out.String()
	return nil
}

// cumulative writes a metric over a window. Its filters go to what is
// accumulated.
func (im *Import) cumulative(x *metric, spec *semantic.MetricSpec) error {
	of, err := im.variant(x, x.over, append(slices.Clone(x.over.filters), x.filters...), x.pad, x.fill)
	if err != nil {
		return err
	}
	spec.Type, spec.Metric, spec.Window, spec.ToDate = "cumulative", of, x.window, calendar.Grain(x.toDate)
	spec.Reread = x.reread
	if spec.Reread == "" {
		spec.Reread = "first"
	}
	return nil
}

// variant gives the metric that an input names with filters added and gaps
// filled: the metric itself when nothing is added.
func (im *Import) variant(x *metric, in *input, filters []string, pad bool, fill string) (string, error) {
	below := im.m.metric(in.name)
	if len(filters) == 0 && (!pad || below.pad) && (fill == "" || below.fill == fill) {
		return im.metrics[in.name], nil
	}
	if below.kind != "simple" {
		return "", lost("filters and fill rules are added only to simple metrics, which {name} is not", "只能给简单指标加条件和补值，{name} 不是", "name", in.name)
	}
	copied := *below
	copied.name = fmt.Sprintf("%s of %s", below.name, x.name)
	copied.filters = append(slices.Clone(below.filters), filters...)
	copied.pad = below.pad || pad
	if fill != "" {
		copied.fill = fill
	}
	copied.hidden, copied.label, copied.description = true, "", ""
	im.metrics[copied.name] = im.taken.take(below.name + "_of_" + x.name)
	im.m.metrics = append(im.m.metrics, &copied)
	im.define(&copied)
	if im.byMetric[copied.name] == nil {
		return "", lost("its filter cannot be taken over", "其条件无法导入")
	}
	return im.metrics[copied.name], nil
}

// conversion writes base and conversion with the entity that joins them.
// Filters belong to the base.
func (im *Import) conversion(x *metric, spec *semantic.MetricSpec) error {
	base, other := im.m.metric(x.base.name), im.m.metric(x.conversion.name)
	if base.kind != "simple" || other.kind != "simple" {
		return lost("base and conversion must be simple metrics", "基础与转化都须是简单指标")
	}
	a, b := im.tableOf(base.agg.model), im.tableOf(other.agg.model)
	spec.Type, spec.Window = "conversion", x.window
	where, err := im.where([]*metric{base}, append(slices.Clone(x.filters), x.base.filters...))
	if err != nil {
		return err
	}
	of, err := im.variant(x, x.base, nil, x.base.pad, x.base.fill)
	if err != nil {
		return err
	}
	spec.Base = &semantic.Input{Metric: of, Where: where}
	if where, err = im.where([]*metric{other}, x.conversion.filters); err != nil {
		return err
	}
	if of, err = im.variant(x, x.conversion, nil, x.conversion.pad, x.conversion.fill); err != nil {
		return err
	}
	spec.Conversion = &semantic.Input{Metric: of, Where: where}
	pair := func(here, there string) (string, string, error) {
		l, err := im.find(here, []*table{a})
		if err != nil {
			return "", "", err
		}
		r, err := im.find(there, []*table{b})
		if err != nil {
			return "", "", err
		}
		return strings.Join(im.native(a, l, true), "."), strings.Join(im.native(b, r, true), "."), nil
	}
	l, r, err := pair(x.entity, x.entity)
	if err != nil {
		return err
	}
	spec.Entity = &semantic.Entity{Base: l, Other: r}
	for _, c := range x.constant {
		l, r, err := pair(c[0], c[1])
		if err != nil {
			return err
		}
		spec.Constant = append(spec.Constant, semantic.ConstantPair{Base: l, Conversion: r})
	}
	switch x.calculation {
	case "conversions":
		spec.Calculation = "count"
	case "conversion_rate":
		spec.Calculation = "rate"
	default:
		return lost("there is no calculation {name}", "没有计算方式 {name}", "name", x.calculation)
	}
	return nil
}
