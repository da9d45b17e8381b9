package metricflow

import (
	"encoding/json"
	"strconv"
	"strings"

	"lodestar/internal/catalog"
	"lodestar/internal/text"
)

// The texts of the legacy form and of semantic_manifest.json, key by key. What
// may have several shapes is a Document.

type configText struct {
	Meta    catalog.Document `json:"meta"`
	Enabled *bool            `json:"enabled"`
	Group   catalog.Document `json:"group"`
}

func (c *configText) off() bool { return c != nil && c.Enabled != nil && !*c.Enabled }

type nodeText struct {
	Alias        string           `json:"alias"`
	SchemaName   *string          `json:"schema_name"`
	Database     *string          `json:"database"`
	RelationName *string          `json:"relation_name"`
	Name         catalog.Document `json:"name"`
}

func (n *nodeText) table() string {
	if n == nil {
		return ""
	}
	if n.Alias == "" && n.RelationName != nil {
		parts := strings.Split(strings.ReplaceAll(*n.RelationName, `"`, ""), ".")
		if len(parts) > 1 {
			return relation(parts[len(parts)-2], parts[len(parts)-1])
		}
		return parts[0]
	}
	return relation(str(n.SchemaName), n.Alias)
}

type modelText struct {
	Name         string           `json:"name"`
	Model        string           `json:"model"` // dbt: ref('x')
	NodeRelation *nodeText        `json:"node_relation"`
	Defaults     *defaultsText    `json:"defaults"`
	Primary      *string          `json:"primary_entity"`
	Entities     []entityText     `json:"entities"`
	Measures     []measureText    `json:"measures"`
	Dimensions   []dimensionText  `json:"dimensions"`
	Description  *string          `json:"description"`
	Label        *string          `json:"label"`
	Config       *configText      `json:"config"`
	Metadata     catalog.Document `json:"metadata"`
}

type defaultsText struct {
	AggTime *string `json:"agg_time_dimension"`
}

type entityText struct {
	Name        string           `json:"name"`
	Type        string           `json:"type"`
	Expr        *string          `json:"expr"`
	Role        *string          `json:"role"`
	Entity      *string          `json:"entity"`
	Description *string          `json:"description"`
	Label       *string          `json:"label"`
	Config      *configText      `json:"config"`
	Metadata    catalog.Document `json:"metadata"`
}

type dimensionText struct {
	Name        string           `json:"name"`
	Type        string           `json:"type"`
	Expr        *string          `json:"expr"`
	IsPartition bool             `json:"is_partition"`
	Datatype    catalog.Document `json:"datatype"` // for display only; types come from the table
	TypeParams  *timeText        `json:"type_params"`
	Description *string          `json:"description"`
	Label       *string          `json:"label"`
	Config      *configText      `json:"config"`
	Metadata    catalog.Document `json:"metadata"`
}

type timeText struct {
	Grain    string        `json:"time_granularity"`
	Validity *validityText `json:"validity_params"`
}

type validityText struct {
	Start bool `json:"is_start"`
	End   bool `json:"is_end"`
}

type measureText struct {
	Name        string           `json:"name"`
	Agg         string           `json:"agg"`
	Expr        *string          `json:"expr"`
	AggTime     *string          `json:"agg_time_dimension"`
	Params      *paramsText      `json:"agg_params"`
	Create      bool             `json:"create_metric"`
	Display     *string          `json:"create_metric_display_name"`
	Balance     *balanceText     `json:"non_additive_dimension"`
	Description *string          `json:"description"`
	Label       *string          `json:"label"`
	Config      *configText      `json:"config"`
	Metadata    catalog.Document `json:"metadata"`
}

type paramsText struct {
	Percentile  *float64 `json:"percentile"`
	Discrete    bool     `json:"use_discrete_percentile"`
	Approximate bool     `json:"use_approximate_percentile"`
}

type balanceText struct {
	Name   string   `json:"name"`
	Take   string   `json:"window_choice"`
	Groups []string `json:"window_groupings"`
}

func (b *balanceText) value() *nonAdditive {
	if b == nil {
		return nil
	}
	take := strings.ToLower(b.Take)
	if take == "" {
		take = "min"
	}
	return &nonAdditive{name: strings.ToLower(b.Name), take: take, groups: lowerAll(b.Groups)}
}

func str(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func lowerAll(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = strings.ToLower(s)
	}
	return out
}

func orElse(s *string, other string) string {
	if s == nil || strings.TrimSpace(*s) == "" {
		return other
	}
	return strings.TrimSpace(*s)
}

func (r *reader) semanticModel(d catalog.Document) {
	var t modelText
	name := strings.ToLower(d.At("name").Text())
	if !r.into(d, &t, "semantic_model", name) || t.Config.off() {
		return
	}
	m := &model{at: d.Position(), name: name, label: str(t.Label), description: str(t.Description),
		table: t.NodeRelation.table(), primary: strings.ToLower(str(t.Primary))}
	if m.table == "" {
		m.table = refTable(t.Model)
	}
	if t.Defaults != nil {
		m.aggTime = strings.ToLower(str(t.Defaults.AggTime))
	}
	if name == "" || m.table == "" {
		r.fail(m.at, "semantic_model", name, "incomplete", text.Text{
			EN: "a semantic model needs a name and a table (node_relation or model)", ZH: "语义模型需要名称和表（node_relation 或 model）"})
		return
	}
	at := func(list string, i int) catalog.Position { return d.At(list).Items()[i].Position() }
	for i, e := range t.Entities {
		m.entities = append(m.entities, &entity{at: at("entities", i), name: strings.ToLower(e.Name), kind: strings.ToLower(e.Type),
			expr: orElse(e.Expr, e.Name)})
		if str(e.Role) != "" || str(e.Entity) != "" {
			r.report.Lose(at("entities", i), "semantic_model "+name, "entity_role", text.Text{
				EN: "role and entity of {name} are not used; MetricFlow does not use them either", ZH: "{name} 的 role 与 entity 未使用（MetricFlow 也不使用）"},
				"name", e.Name)
		}
	}
	for i, x := range t.Dimensions {
		m.dimensions = append(m.dimensions, x.value(at("dimensions", i)))
	}
	for i, x := range t.Measures {
		m.measures = append(m.measures, x.value(at("measures", i), m))
	}
	r.checkModel(m)
	r.out.models = append(r.out.models, m)
	r.report.Object("semantic_model " + name)
}

// refTable reads ref('x') or ref('package', 'x').
func refTable(s string) string {
	s = strings.TrimSpace(strings.Trim(strings.TrimSpace(s), "{}"))
	inner, ok := strings.CutPrefix(s, "ref(")
	if !ok {
		return s
	}
	parts := strings.Split(strings.TrimSuffix(strings.TrimSpace(inner), ")"), ",")
	return strings.Trim(strings.TrimSpace(parts[len(parts)-1]), `'"`)
}

func (x dimensionText) value(at catalog.Position) *dimension {
	d := &dimension{at: at, name: strings.ToLower(x.Name), label: str(x.Label), description: str(x.Description),
		time: strings.EqualFold(x.Type, "time"), expr: orElse(x.Expr, x.Name), partition: x.IsPartition, grain: "day"}
	if x.TypeParams != nil {
		if x.TypeParams.Grain != "" {
			d.grain = strings.ToLower(x.TypeParams.Grain)
		}
		if v := x.TypeParams.Validity; v != nil {
			d.validStart, d.validEnd = v.Start, v.End
		}
	}
	return d
}

func (x measureText) value(at catalog.Position, m *model) *measure {
	out := &measure{at: at, name: strings.ToLower(x.Name), label: str(x.Label), description: str(x.Description),
		create: x.Create, display: str(x.Display)}
	out.aggregation = aggregation{model: m, agg: strings.ToLower(x.Agg), expr: orElse(x.Expr, x.Name),
		time: strings.ToLower(orElse(x.AggTime, m.aggTime)), balance: x.Balance.value()}
	x.Params.into(&out.aggregation)
	return out
}

func (p *paramsText) into(a *aggregation) {
	if p == nil {
		return
	}
	if p.Percentile != nil {
		a.percentile = *p.Percentile
	}
	a.discrete, a.approximate = p.Discrete, p.Approximate
}

type configurationText struct {
	Spines      []spineText      `json:"time_spines"`
	Older       []olderSpineText `json:"time_spine_table_configurations"`
	Metadata    catalog.Document `json:"metadata"`
	Version     catalog.Document `json:"dsi_package_version"`
	Name        catalog.Document `json:"name"`
	Description catalog.Document `json:"description"`
}

type spineText struct {
	Name    *string    `json:"name"`
	Node    *nodeText  `json:"node_relation"`
	Primary spineKey   `json:"primary_column"`
	Custom  []grainRef `json:"custom_granularities"`
}

type spineKey struct {
	Name  string `json:"name"`
	Grain string `json:"time_granularity"`
}

type grainRef struct {
	Name   string           `json:"name"`
	Column *string          `json:"column_name"`
	Label  catalog.Document `json:"label"`
}

type olderSpineText struct {
	Location string `json:"location"`
	Column   string `json:"column_name"`
	Grain    string `json:"grain"`
}

func (r *reader) configuration(d catalog.Document) {
	var t configurationText
	if !r.into(d, &t, "project_configuration", "") {
		return
	}
	for i, s := range t.Spines {
		sp := &spine{at: d.At("time_spines").Items()[i].Position(), table: s.Node.table(), column: strings.ToLower(s.Primary.Name),
			grain: strings.ToLower(s.Primary.Grain)}
		for _, c := range s.Custom {
			sp.custom = append(sp.custom, customGrain{strings.ToLower(c.Name), orElse(c.Column, c.Name)})
		}
		r.out.spines = append(r.out.spines, sp)
	}
	for i, s := range t.Older {
		if len(t.Spines) > 0 {
			break // the newer form says the same and more
		}
		r.out.spines = append(r.out.spines, &spine{at: d.At("time_spine_table_configurations").Items()[i].Position(),
			table: s.Location, column: strings.ToLower(s.Column), grain: strings.ToLower(s.Grain)})
	}
	r.report.Object("project_configuration")
}

// windowText reads "7 days", or {count: 7, granularity: day}.
func (r *reader) windowText(d catalog.Document, kind, name string) string {
	if d.IsZero() {
		return ""
	}
	if !d.IsMapping() {
		return span(d.Text())
	}
	var t struct {
		Count  json.Number      `json:"count"`
		Grain  string           `json:"granularity"`
		Custom catalog.Document `json:"is_standard_granularity"`
		Text   catalog.Document `json:"window_string"`
	}
	r.into(d, &t, kind, name)
	return span(t.Count.String() + " " + t.Grain)
}

// filterTexts reads a text, a list of texts, or {where_filters: […]}.
func (r *reader) filterTexts(d catalog.Document, kind, name string) []string {
	switch {
	case d.IsZero():
		return nil
	case d.IsList():
		var out []string
		for _, item := range d.Items() {
			out = append(out, r.filterTexts(item, kind, name)...)
		}
		return out
	case d.IsMapping():
		var t struct {
			Filters  []catalog.Document `json:"where_filters"`
			Template string             `json:"where_sql_template"`
		}
		r.into(d, &t, kind, name)
		if t.Template != "" {
			return []string{strings.TrimSpace(t.Template)}
		}
		var out []string
		for _, item := range t.Filters {
			out = append(out, r.filterTexts(item, kind, name)...)
		}
		return out
	}
	if s := strings.TrimSpace(d.Text()); s != "" {
		return []string{s}
	}
	return nil
}

func number(d catalog.Document) string {
	if d.IsZero() {
		return ""
	}
	if _, err := strconv.ParseFloat(d.Text(), 64); err != nil {
		return ""
	}
	return d.Text()
}
