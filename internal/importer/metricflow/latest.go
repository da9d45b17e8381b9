package metricflow

import (
	"strings"

	"lodestar/internal/catalog"
	"lodestar/internal/text"
)

// The texts of the latest form, below models:. Keys of dbt's models that say
// nothing about metrics are read and left.

type latestModelText struct {
	Name        string             `json:"name"`
	Description *string            `json:"description"`
	Label       *string            `json:"label"`
	Semantic    catalog.Document   `json:"semantic_model"`
	AggTime     *string            `json:"agg_time_dimension"`
	Primary     *string            `json:"primary_entity"`
	Spine       *latestSpineText   `json:"time_spine"`
	Columns     []latestColumnText `json:"columns"`
	Derived     *derivedText       `json:"derived_semantics"`
	Metrics     catalog.Document   `json:"metrics"`
	dbtKeys
}

// dbtKeys are what dbt's models and columns may hold besides.
type dbtKeys struct {
	Config       catalog.Document `json:"config"`
	Meta         catalog.Document `json:"meta"`
	Tags         catalog.Document `json:"tags"`
	Docs         catalog.Document `json:"docs"`
	Tests        catalog.Document `json:"tests"`
	DataTests    catalog.Document `json:"data_tests"`
	Constraints  catalog.Document `json:"constraints"`
	Contract     catalog.Document `json:"contract"`
	Access       catalog.Document `json:"access"`
	Group        catalog.Document `json:"group"`
	Version      catalog.Document `json:"latest_version"`
	Versions     catalog.Document `json:"versions"`
	Deprecation  catalog.Document `json:"deprecation_date"`
	Freshness    catalog.Document `json:"freshness"`
	DataType     catalog.Document `json:"data_type"`
	Quote        catalog.Document `json:"quote"`
	PolicyTags   catalog.Document `json:"policy_tags"`
	TimeIngested catalog.Document `json:"loaded_at_field"`
}

type latestSpineText struct {
	Column string     `json:"standard_granularity_column"`
	Custom []grainRef `json:"custom_granularities"`
}

type latestColumnText struct {
	Name        string           `json:"name"`
	Description *string          `json:"description"`
	Label       *string          `json:"label"`
	Grain       *string          `json:"granularity"`
	Entity      catalog.Document `json:"entity"`
	Dimension   catalog.Document `json:"dimension"`
	dbtKeys
}

type derivedText struct {
	Dimensions []latestDimensionText `json:"dimensions"`
	Entities   []latestEntityText    `json:"entities"`
}

type latestEntityText struct {
	Name        string           `json:"name"`
	Type        string           `json:"type"`
	Expr        *string          `json:"expr"`
	Label       *string          `json:"label"`
	Description *string          `json:"description"`
	Config      catalog.Document `json:"config"`
}

type latestDimensionText struct {
	Name        string           `json:"name"`
	Type        string           `json:"type"`
	Expr        *string          `json:"expr"`
	Grain       *string          `json:"granularity"`
	Label       *string          `json:"label"`
	Description *string          `json:"description"`
	IsPartition bool             `json:"is_partition"`
	Validity    *validityText    `json:"validity_params"`
	Config      catalog.Document `json:"config"`
}

type latestMetricText struct {
	Name        string           `json:"name"`
	Type        string           `json:"type"`
	Label       *string          `json:"label"`
	Description *string          `json:"description"`
	Filter      catalog.Document `json:"filter"`
	Grain       *string          `json:"time_granularity"`
	Config      catalog.Document `json:"config"`
	Meta        catalog.Document `json:"meta"`
	Tags        catalog.Document `json:"tags"`
	Private     *bool            `json:"is_private"`
	Hidden      *bool            `json:"hidden"`

	Agg            string           `json:"agg"`
	Expr           *string          `json:"expr"`
	Percentile     *float64         `json:"percentile"`
	PercentileType *string          `json:"percentile_type"`
	Balance        *latestBalance   `json:"non_additive_dimension"`
	AggTime        *string          `json:"agg_time_dimension"`
	Pad            *bool            `json:"join_to_timespine"`
	Fill           catalog.Document `json:"fill_nulls_with"`

	Over         catalog.Document `json:"input_metric"`
	Window       catalog.Document `json:"window"`
	ToDate       *string          `json:"grain_to_date"`
	Reread       *string          `json:"period_agg"`
	Inputs       catalog.Document `json:"input_metrics"`
	Numerator    catalog.Document `json:"numerator"`
	Denominator  catalog.Document `json:"denominator"`
	Entity       *string          `json:"entity"`
	Calculation  *string          `json:"calculation"`
	Base         catalog.Document `json:"base_metric"`
	Conversion   catalog.Document `json:"conversion_metric"`
	ConstantProp []constantText   `json:"constant_properties"`
}

type latestBalance struct {
	Name   string   `json:"name"`
	Take   string   `json:"window_agg"`
	Choice string   `json:"window_choice"`
	Groups []string `json:"group_by"`
	Window []string `json:"window_groupings"`
}

// isLatest tells a metric of the latest form, whose fields stand on the top
// level.
func isLatest(d catalog.Document) bool {
	for _, k := range []string{"agg", "expr", "input_metric", "input_metrics", "numerator", "base_metric"} {
		if !d.At(k).IsZero() {
			return true
		}
	}
	return strings.EqualFold(d.At("type").Text(), "simple")
}

// latestModel reads an item of models:. Models without semantic_model and
// time_spine are dbt's own business.
func (r *reader) latestModel(d catalog.Document) {
	semantic, isSpine := semanticOn(d.At("semantic_model")), !d.At("time_spine").IsZero()
	if !semantic && !isSpine {
		return
	}
	var t latestModelText
	table := d.At("name").Text()
	if !r.into(d, &t, "model", table) {
		return
	}
	if isSpine {
		r.latestSpine(d, &t)
	}
	if !semantic {
		return
	}
	name := strings.ToLower(table)
	if n := t.Semantic.At("name").Text(); n != "" {
		name = strings.ToLower(n)
	}
	m := &model{at: d.Position(), name: name, label: str(t.Label), description: str(t.Description), table: table,
		aggTime: strings.ToLower(str(t.AggTime)), primary: strings.ToLower(str(t.Primary))}
	for i, c := range t.Columns {
		r.latestColumn(m, d.At("columns").Items()[i], c)
	}
	if t.Derived != nil {
		of := d.At("derived_semantics")
		for i, x := range t.Derived.Dimensions {
			m.dimensions = append(m.dimensions, x.value(of.At("dimensions").Items()[i].Position(), x.Name, str(x.Grain)))
		}
		for i, x := range t.Derived.Entities {
			m.entities = append(m.entities, x.value(of.At("entities").Items()[i].Position(), x.Name))
		}
	}
	r.checkModel(m)
	r.out.models = append(r.out.models, m)
	r.report.Object("semantic_model " + name)
	r.each(t.Metrics, func(x catalog.Document) { r.latestMetric(x, m) })
}

// semanticOn reads semantic_model: true, or an object that is not disabled.
func semanticOn(d catalog.Document) bool {
	if d.IsMapping() {
		return !strings.EqualFold(d.At("enabled").Text(), "false")
	}
	return strings.EqualFold(d.Text(), "true")
}

func (r *reader) latestSpine(d catalog.Document, t *latestModelText) {
	s := &spine{at: d.At("time_spine").Position(), table: t.Name, column: strings.ToLower(t.Spine.Column), grain: "day"}
	for _, c := range t.Columns {
		if strings.EqualFold(c.Name, t.Spine.Column) && str(c.Grain) != "" {
			s.grain = strings.ToLower(*c.Grain)
		}
	}
	for _, c := range t.Spine.Custom {
		s.custom = append(s.custom, customGrain{strings.ToLower(c.Name), orElse(c.Column, c.Name)})
	}
	r.out.spines = append(r.out.spines, s)
	r.report.Object("time_spine " + t.Name)
}

// latestColumn reads what a column says of itself: a key, a dimension, or both.
func (r *reader) latestColumn(m *model, d catalog.Document, c latestColumnText) {
	if e := c.Entity; !e.IsZero() {
		t := latestEntityText{Type: e.Text()}
		if !e.IsMapping() || r.into(e, &t, "semantic_model", m.name) {
			if t.Expr == nil {
				t.Expr = &c.Name
			}
			m.entities = append(m.entities, t.value(d.Position(), c.Name))
		}
	}
	if x := c.Dimension; !x.IsZero() {
		t := latestDimensionText{Type: x.Text()}
		if !x.IsMapping() || r.into(x, &t, "semantic_model", m.name) {
			if t.Expr == nil {
				t.Expr = &c.Name
			}
			grain := str(t.Grain)
			if grain == "" {
				grain = str(c.Grain)
			}
			if t.Label == nil {
				t.Label = c.Label
			}
			m.dimensions = append(m.dimensions, t.value(d.Position(), c.Name, grain))
		}
	}
}

func (t latestEntityText) value(at catalog.Position, column string) *entity {
	name := t.Name
	if name == "" {
		name = column
	}
	return &entity{at: at, name: strings.ToLower(name), kind: strings.ToLower(t.Type), expr: orElse(t.Expr, name)}
}

func (t latestDimensionText) value(at catalog.Position, column, grain string) *dimension {
	name := t.Name
	if name == "" {
		name = column
	}
	if grain == "" {
		grain = "day"
	}
	d := &dimension{at: at, name: strings.ToLower(name), label: str(t.Label), description: str(t.Description),
		time: strings.EqualFold(t.Type, "time"), grain: strings.ToLower(grain), expr: orElse(t.Expr, name), partition: t.IsPartition}
	if t.Validity != nil {
		d.validStart, d.validEnd = t.Validity.Start, t.Validity.End
	}
	return d
}

func (b *latestBalance) value() *nonAdditive {
	if b == nil {
		return nil
	}
	take := strings.ToLower(b.Take + b.Choice)
	if take == "" {
		take = "min"
	}
	return &nonAdditive{name: strings.ToLower(b.Name), take: take, groups: lowerAll(append(b.Groups, b.Window...))}
}

// latestMetric reads a metric whose fields stand on the top level.
func (r *reader) latestMetric(d catalog.Document, in *model) {
	var t latestMetricText
	name := strings.ToLower(d.At("name").Text())
	if !r.into(d, &t, "metric", name) {
		return
	}
	m := &metric{at: d.Position(), name: name, label: str(t.Label), description: str(t.Description), kind: strings.ToLower(t.Type),
		filters: r.filterTexts(t.Filter, "metric", name), grain: strings.ToLower(str(t.Grain)),
		pad: t.Pad != nil && *t.Pad, fill: number(t.Fill), hidden: t.Private != nil && *t.Private || t.Hidden != nil && *t.Hidden,
		window: r.windowText(t.Window, "metric", name), toDate: strings.ToLower(str(t.ToDate)), reread: strings.ToLower(str(t.Reread)),
		over: r.input(t.Over, name), numerator: r.input(t.Numerator, name), denominator: r.input(t.Denominator, name),
		base: r.input(t.Base, name), conversion: r.input(t.Conversion, name)}
	for _, item := range t.Inputs.Items() {
		if in := r.input(item, name); in != nil {
			m.inputs = append(m.inputs, in)
		}
	}
	switch m.kind {
	case "simple":
		if in == nil {
			r.fail(m.at, "metric", name, "no_model", text.Text{
				EN: "a simple metric must stand below its model", ZH: "简单指标必须写在它的模型之下"})
			return
		}
		m.agg = &aggregation{model: in, agg: strings.ToLower(t.Agg), expr: orElse(t.Expr, name),
			time: strings.ToLower(orElse(t.AggTime, in.aggTime)), balance: t.Balance.value()}
		if t.Percentile != nil {
			m.agg.percentile = *t.Percentile
		}
		kind := strings.ToLower(str(t.PercentileType))
		m.agg.discrete, m.agg.approximate = strings.Contains(kind, "discrete"), strings.Contains(kind, "approx")
	case "derived":
		m.expr = str(t.Expr)
	case "conversion":
		m.entity, m.calculation = strings.ToLower(str(t.Entity)), strings.ToLower(orElse(t.Calculation, "conversion_rate"))
		for _, k := range t.ConstantProp {
			m.constant = append(m.constant, [2]string{strings.ToLower(k.Base), strings.ToLower(k.Conversion)})
		}
	}
	r.out.metrics = append(r.out.metrics, m)
	r.report.Object("metric " + name)
}
