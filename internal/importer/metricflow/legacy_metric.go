package metricflow

import (
	"strings"

	"lodestar/internal/catalog"
	"lodestar/internal/text"
)

type metricText struct {
	Name        string           `json:"name"`
	Type        string           `json:"type"`
	Params      *typeParamsText  `json:"type_params"`
	Filter      catalog.Document `json:"filter"`
	Grain       *string          `json:"time_granularity"`
	Description *string          `json:"description"`
	Label       *string          `json:"label"`
	Config      *configText      `json:"config"`
	Metadata    catalog.Document `json:"metadata"`
	Tags        catalog.Document `json:"tags"`
	Datatype    catalog.Document `json:"datatype"` // for display only
}

type typeParamsText struct {
	Measure       catalog.Document `json:"measure"`
	Measures      catalog.Document `json:"measures"`
	InputMeasures catalog.Document `json:"input_measures"` // of the compiled form: a summary
	Numerator     catalog.Document `json:"numerator"`
	Denominator   catalog.Document `json:"denominator"`
	Expr          *string          `json:"expr"`
	Window        catalog.Document `json:"window"`
	ToDate        *string          `json:"grain_to_date"`
	Metrics       catalog.Document `json:"metrics"`
	Cumulative    *cumulativeText  `json:"cumulative_type_params"`
	Conversion    *conversionText  `json:"conversion_type_params"`
	Pad           *bool            `json:"join_to_timespine"`
	Fill          catalog.Document `json:"fill_nulls_with"`
	Aggregation   *aggregationText `json:"metric_aggregation_params"`
	Private       *bool            `json:"is_private"`
}

type cumulativeText struct {
	Window catalog.Document `json:"window"`
	ToDate *string          `json:"grain_to_date"`
	Reread *string          `json:"period_agg"`
	Metric catalog.Document `json:"metric"`
}

type conversionText struct {
	BaseMeasure       catalog.Document `json:"base_measure"`
	BaseMetric        catalog.Document `json:"base_metric"`
	ConversionMeasure catalog.Document `json:"conversion_measure"`
	ConversionMetric  catalog.Document `json:"conversion_metric"`
	Entity            string           `json:"entity"`
	Calculation       *string          `json:"calculation"`
	Window            catalog.Document `json:"window"`
	Constant          []constantText   `json:"constant_properties"`
}

type constantText struct {
	Base       string `json:"base_property"`
	Conversion string `json:"conversion_property"`
}

type aggregationText struct {
	Model   string       `json:"semantic_model"`
	Agg     string       `json:"agg"`
	Params  *paramsText  `json:"agg_params"`
	AggTime *string      `json:"agg_time_dimension"`
	Balance *balanceText `json:"non_additive_dimension"`
	Expr    *string      `json:"expr"`
}

type inputText struct {
	Name     string           `json:"name"`
	Filter   catalog.Document `json:"filter"`
	Alias    *string          `json:"alias"`
	Offset   catalog.Document `json:"offset_window"`
	OffsetTo *string          `json:"offset_to_grain"`
	Pad      *bool            `json:"join_to_timespine"`
	Fill     catalog.Document `json:"fill_nulls_with"`
}

// input reads an input of a metric: a name or an object.
func (r *reader) input(d catalog.Document, name string) *input {
	if d.IsZero() {
		return nil
	}
	if !d.IsMapping() {
		return &input{at: d.Position(), name: strings.ToLower(d.Text())}
	}
	var t inputText
	if !r.into(d, &t, "metric", name) {
		return nil
	}
	return &input{at: d.Position(), name: strings.ToLower(t.Name), alias: strings.ToLower(str(t.Alias)),
		filters: r.filterTexts(t.Filter, "metric", name), offset: r.windowText(t.Offset, "metric", name),
		offsetTo: strings.ToLower(str(t.OffsetTo)), pad: t.Pad != nil && *t.Pad, fill: number(t.Fill)}
}

// metric reads a metric of the legacy form, or hands one of the latest form
// on. The model is the one it is declared in, nil for one on the top level.
func (r *reader) metric(d catalog.Document, in *model) {
	name := strings.ToLower(d.At("name").Text())
	if d.At("type_params").IsZero() && isLatest(d) {
		r.latestMetric(d, in)
		return
	}
	var t metricText
	if !r.into(d, &t, "metric", name) || t.Config.off() {
		return
	}
	m := &metric{at: d.Position(), name: name, label: str(t.Label), description: str(t.Description), kind: strings.ToLower(t.Type),
		filters: r.filterTexts(t.Filter, "metric", name), grain: strings.ToLower(str(t.Grain))}
	if t.Params == nil {
		r.fail(m.at, "metric", name, "incomplete", text.Text{EN: "type_params are missing", ZH: "缺少 type_params"})
		return
	}
	p := t.Params
	m.hidden = p.Private != nil && *p.Private
	m.expr = str(p.Expr)
	m.numerator, m.denominator = r.input(p.Numerator, name), r.input(p.Denominator, name)
	for _, item := range p.Metrics.Items() {
		if in := r.input(item, name); in != nil {
			m.inputs = append(m.inputs, in)
		}
	}
	m.window, m.toDate = r.windowText(p.Window, "metric", name), strings.ToLower(str(p.ToDate))
	measure := r.input(p.Measure, name)
	if measure == nil && p.Measures.IsList() && len(p.Measures.Items()) == 1 {
		measure = r.input(p.Measures.Items()[0], name)
	}
	switch m.kind {
	case "simple":
		r.simple(m, p, measure)
	case "cumulative":
		r.cumulative(m, p, measure)
	case "conversion":
		r.conversion(m, p.Conversion)
	}
	r.out.metrics = append(r.out.metrics, m)
	r.report.Object("metric " + name)
}

// simple reads an aggregation, or the measure that stands for one until all
// models are read.
func (r *reader) simple(m *metric, p *typeParamsText, measure *input) {
	m.pad = p.Pad != nil && *p.Pad
	m.fill = number(p.Fill)
	if a := p.Aggregation; a != nil && a.Model != "" {
		m.over = nil
		m.agg = &aggregation{model: &model{name: strings.ToLower(a.Model)}, agg: strings.ToLower(a.Agg), expr: orElse(a.Expr, orElse(p.Expr, m.name)),
			time: strings.ToLower(str(a.AggTime)), balance: a.Balance.value()}
		a.Params.into(m.agg)
		return
	}
	if measure == nil {
		r.fail(m.at, "metric", m.name, "incomplete", text.Text{EN: "the measure is missing", ZH: "缺少度量 measure"})
		return
	}
	m.over = measure
}

func (r *reader) cumulative(m *metric, p *typeParamsText, measure *input) {
	m.over = measure
	if c := p.Cumulative; c != nil {
		if w := r.windowText(c.Window, "metric", m.name); w != "" {
			m.window = w
		}
		if g := str(c.ToDate); g != "" {
			m.toDate = strings.ToLower(g)
		}
		m.reread = strings.ToLower(str(c.Reread))
		if in := r.input(c.Metric, m.name); in != nil {
			in.metric = true
			m.over = in
		}
	}
	if m.over == nil {
		r.fail(m.at, "metric", m.name, "incomplete", text.Text{
			EN: "what is accumulated is missing", ZH: "缺少要累计的度量或指标"})
	}
}

func (r *reader) conversion(m *metric, c *conversionText) {
	if c == nil {
		r.fail(m.at, "metric", m.name, "incomplete", text.Text{
			EN: "conversion_type_params are missing", ZH: "缺少 conversion_type_params"})
		return
	}
	m.base, m.conversion = r.input(c.BaseMeasure, m.name), r.input(c.ConversionMeasure, m.name)
	if in := r.input(c.BaseMetric, m.name); in != nil {
		in.metric = true
		m.base = in
	}
	if in := r.input(c.ConversionMetric, m.name); in != nil {
		in.metric = true
		m.conversion = in
	}
	m.entity, m.calculation = strings.ToLower(c.Entity), strings.ToLower(orElse(c.Calculation, "conversion_rate"))
	m.window = r.windowText(c.Window, "metric", m.name)
	for _, k := range c.Constant {
		m.constant = append(m.constant, [2]string{strings.ToLower(k.Base), strings.ToLower(k.Conversion)})
	}
}
