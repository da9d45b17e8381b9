package ossie

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"lodestar/internal/catalog"
	"lodestar/internal/expr"
	"lodestar/internal/importer"
	"lodestar/internal/importer/sqltext"
	"lodestar/internal/semantic"
	"lodestar/internal/text"
)

// Export writes definitions as one semantic model with the name given. The
// report says which metrics other tools cannot see, because an expression of
// theirs would not mean the same.
func Export(name string, rs []*catalog.Resource) ([]byte, *importer.Report, error) {
	x := &exporter{report: &importer.Report{}, datasets: map[string]*semantic.DatasetSpec{}, metrics: map[string]*semantic.MetricSpec{}}
	for _, r := range rs {
		switch spec := r.Spec.(type) {
		case *semantic.DatasetSpec:
			x.datasets[r.Metadata.Name] = spec
		case *semantic.MetricSpec:
			x.metrics[r.Metadata.Name] = spec
		}
	}
	m := outModel{Name: name, Datasets: []outDataset{}}
	var rest whole
	for _, r := range rs {
		x.report.Object(strings.ToLower(r.Kind) + " " + r.Metadata.Name)
		b, err := bodyOf(r)
		if err != nil {
			return nil, nil, err
		}
		switch spec := r.Spec.(type) {
		case *semantic.DatasetSpec:
			d, err := x.dataset(r, spec, b)
			if err != nil {
				return nil, nil, err
			}
			m.Datasets = append(m.Datasets, d)
			m.Relationships = append(m.Relationships, x.relationships(r, spec)...)
		case *semantic.MetricSpec:
			sql, err := x.metricSQL(r.Metadata.Name, nil)
			if err != nil {
				x.report.Lose(r.Positions[""], "metric "+r.Metadata.Name, "not_for_others", text.Text{
					EN: "other tools do not see it: {why}; it comes back whole", ZH: "其他工具看不到它：{why}；重新导入时完整恢复"}, "why", textOf(err))
				rest.Definitions = append(rest.Definitions, b)
				continue
			}
			own, err := ours(b)
			if err != nil {
				return nil, nil, err
			}
			m.Metrics = append(m.Metrics, outMetric{Name: r.Metadata.Name, Expression: inANSI(sql),
				Description: r.Metadata.Description.In(text.EN), AI: aiOf(r.Metadata), Extensions: append(own, kept(r.Metadata, "metric")...)})
		default:
			rest.Definitions = append(rest.Definitions, b)
			if r.Kind == semantic.KindWorkspace {
				m.Extensions = append(m.Extensions, kept(r.Metadata, "model")...)
			}
		}
	}
	if len(rest.Definitions) > 0 {
		data, err := json.Marshal(rest)
		if err != nil {
			return nil, nil, err
		}
		m.Extensions = append([]extension{{Vendor, string(data)}}, m.Extensions...)
	}
	out, err := catalog.EncodeValue(outFile{Version, []outModel{m}})
	return out, x.report, err
}

// The format as written: Go values where the reader takes any.
type (
	outFile struct {
		Version string     `json:"version"`
		Models  []outModel `json:"semantic_model"`
	}
	outModel struct {
		Name          string         `json:"name"`
		Datasets      []outDataset   `json:"datasets"`
		Relationships []relationship `json:"relationships,omitempty"`
		Metrics       []outMetric    `json:"metrics,omitempty"`
		Extensions    []extension    `json:"custom_extensions,omitempty"`
	}
	outDataset struct {
		Name        string      `json:"name"`
		Source      string      `json:"source"`
		PrimaryKey  []string    `json:"primary_key,omitempty"`
		UniqueKeys  [][]string  `json:"unique_keys,omitempty"`
		Description string      `json:"description,omitempty"`
		AI          *ai         `json:"ai_context,omitempty"`
		Fields      []field     `json:"fields,omitempty"`
		Extensions  []extension `json:"custom_extensions,omitempty"`
	}
	outMetric struct {
		Name        string      `json:"name"`
		Expression  expression  `json:"expression"`
		Description string      `json:"description,omitempty"`
		AI          *ai         `json:"ai_context,omitempty"`
		Extensions  []extension `json:"custom_extensions,omitempty"`
	}
	ai struct {
		Synonyms []string `json:"synonyms,omitempty"`
	}
)

type exporter struct {
	report   *importer.Report
	datasets map[string]*semantic.DatasetSpec
	metrics  map[string]*semantic.MetricSpec
}

func bodyOf(r *catalog.Resource) (body, error) {
	spec, err := json.Marshal(r.Spec)
	return body{r.Kind, r.Metadata, spec}, err
}

func ours(b body) ([]extension, error) {
	data, err := json.Marshal(b)
	return []extension{{Vendor, string(data)}}, err
}

func aiOf(m catalog.Metadata) *ai {
	if len(m.Synonyms) == 0 {
		return nil
	}
	return &ai{m.Synonyms}
}

// annotation is the key under which an extension of another vendor is kept.
func annotation(part, vendor string, n int) string {
	key := "ossie." + part + "." + vendor
	if n > 0 {
		key += fmt.Sprintf("#%d", n)
	}
	return key
}

// kept gives the extensions of other vendors that came with a part.
func kept(m catalog.Metadata, part string) []extension {
	var out []extension
	for _, key := range slices.Sorted(maps.Keys(m.Annotations)) {
		if vendor, ok := strings.CutPrefix(key, "ossie."+part+"."); ok {
			vendor, _, _ = strings.Cut(vendor, "#")
			out = append(out, extension{vendor, m.Annotations[key]})
		}
	}
	return out
}

func (x *exporter) dataset(r *catalog.Resource, spec *semantic.DatasetSpec, b body) (outDataset, error) {
	own, err := ours(b)
	name := r.Metadata.Name
	d := outDataset{Name: name, Source: name, PrimaryKey: spec.PrimaryKey, UniqueKeys: spec.UniqueKeys,
		Description: r.Metadata.Description.In(text.EN), AI: aiOf(r.Metadata), Extensions: append(own, kept(r.Metadata, "dataset")...)}
	if table := r.Metadata.Annotations["ossie.source"]; table != "" {
		d.Source = table
	}
	for _, c := range spec.Columns {
		f := field{Name: c.Name, Expression: inANSI(c.Name), Datatype: datatypes[c.Type], Label: c.Title.In(text.EN),
			Dimension: &dimension{IsTime: c.Type.IsTime()}, Extensions: kept(r.Metadata, "field."+c.Name)}
		d.Fields = append(d.Fields, f)
	}
	for _, c := range spec.Dimensions {
		sql, err := x.rowSQL(name, c.Expr, false)
		if c.Expr == "" || err != nil {
			x.report.Lose(r.Positions[""], "dataset "+name, "not_for_others", text.Text{
				EN: "other tools do not see the dimension {name}; it comes back whole", ZH: "其他工具看不到维度 {name}，重新导入时完整恢复"}, "name", c.Name)
			continue
		}
		d.Fields = append(d.Fields, field{Name: c.Name, Expression: inANSI(sql), Label: c.Title.In(text.EN), Dimension: &dimension{},
			Extensions: kept(r.Metadata, "field."+c.Name)})
	}
	return d, err
}

func (x *exporter) relationships(r *catalog.Resource, spec *semantic.DatasetSpec) []relationship {
	var out []relationship
	for _, rel := range spec.Relationships {
		// Names are unique in a model there, in a dataset here.
		o := relationship{Name: r.Metadata.Name + "__" + rel.Name, From: r.Metadata.Name, To: rel.To,
			FromColumns: []string{}, ToColumns: []string{}, Extensions: kept(r.Metadata, "relationship."+rel.Name)}
		if rel.Name == "" || len(rel.Columns) == 0 || x.datasets[rel.To] == nil {
			continue // no relationship that anybody could follow
		}
		if rel.Validity != nil || len(rel.Also) > 0 {
			x.report.Lose(r.Positions[""], "dataset "+r.Metadata.Name, "not_for_others", text.Text{
				EN: "other tools do not see the relationship {name}, which holds for a time only; it comes back whole",
				ZH: "其他工具看不到有有效期的关联 {name}，重新导入时完整恢复"}, "name", rel.Name)
			continue
		}
		for _, here := range slices.Sorted(maps.Keys(rel.Columns)) {
			o.FromColumns, o.ToColumns = append(o.FromColumns, here), append(o.ToColumns, rel.Columns[here])
		}
		out = append(out, o)
	}
	return out
}

// refusal says why an expression would not mean the same elsewhere.
type refusal struct{ text text.Text }

func (r refusal) Error() string { return r.text.EN }

func refuse(t text.Text, pairs ...any) error { return refusal{t.With(pairs...)} }

func textOf(err error) text.Text {
	if r, ok := err.(refusal); ok {
		return r.text
	}
	return text.Same(err.Error())
}

// portable are the functions that mean the same in every SQL.
var portable = []string{"coalesce", "nullif", "abs", "lower", "upper", "trim", "floor", "ceil", "sqrt", "ln", "exp", "power"}

// rowSQL writes an expression over rows of a dataset for others; qualified
// puts the dataset's name in front of columns.
func (x *exporter) rowSQL(name, src string, qualified bool) (string, error) {
	n, err := expr.Parse(src)
	if err != nil {
		return "", err
	}
	if f := foreign(n); f != "" {
		return "", refuse(text.Text{EN: "{f} is not the same in every SQL", ZH: "{f} 在各种 SQL 中含义不同"}, "f", f)
	}
	return sqltext.MapNames(src, func(parts []string) ([]string, error) {
		at := name
		for _, hop := range parts[:len(parts)-1] {
			d := x.datasets[at]
			if d == nil {
				return nil, refuse(text.Text{EN: "{name} leads nowhere", ZH: "{name} 没有指向任何数据集"}, "name", strings.Join(parts, "."))
			}
			i := slices.IndexFunc(d.Relationships, func(r semantic.Relationship) bool { return r.Name == hop })
			if i < 0 {
				return nil, refuse(text.Text{EN: "{name} leads nowhere", ZH: "{name} 没有指向任何数据集"}, "name", strings.Join(parts, "."))
			}
			at = d.Relationships[i].To
		}
		if at != name && !x.onlyWay(name, at) {
			return nil, refuse(text.Text{EN: "the way from {a} to {b} has to be named", ZH: "从 {a} 到 {b} 的路径不唯一"}, "a", name, "b", at)
		}
		if !qualified && at == name {
			return parts[len(parts)-1:], nil
		}
		return []string{at, parts[len(parts)-1]}, nil
	})
}

// onlyWay reports whether exactly one relationship leads straight there, so
// that a dataset's name says enough.
func (x *exporter) onlyWay(from, to string) bool {
	n := 0
	for _, r := range x.datasets[from].Relationships {
		if r.To == to {
			n++
		}
	}
	return n == 1
}

// foreign finds a function or operator that others do not read the same way.
func foreign(n expr.Node) string {
	switch n := n.(type) {
	case *expr.Call:
		if !slices.Contains(portable, n.Function) {
			return n.Function
		}
	case *expr.Binary:
		if n.Op == "/" || n.Op == "%" {
			return n.Op
		}
	case *expr.Cast:
		return "cast"
	}
	for _, c := range expr.Children(n) {
		if f := foreign(c); f != "" {
			return f
		}
	}
	return ""
}

// metricSQL writes a metric for others. above are the metrics that lead here.
func (x *exporter) metricSQL(name string, above []string) (string, error) {
	m := x.metrics[name]
	if m == nil || slices.Contains(above, name) {
		return "", refuse(text.Text{EN: "{name} is not there", ZH: "没有 {name}"}, "name", name)
	}
	above = append(slices.Clone(above), name)
	switch m.Type {
	case "simple":
		return x.simpleSQL(m)
	case "ratio":
		if m.Numerator == nil || m.Denominator == nil || plainInput(*m.Numerator) != nil || plainInput(*m.Denominator) != nil {
			return "", refuse(text.Text{EN: "an input has a filter or an offset", ZH: "输入指标带筛选或时间偏移"})
		}
		num, err := x.metricSQL(m.Numerator.Metric, above)
		if err != nil {
			return "", err
		}
		den, err := x.metricSQL(m.Denominator.Metric, above)
		return "CAST(" + num + " AS DOUBLE PRECISION) / NULLIF(" + den + ", 0)", err
	case "derived":
		n, err := expr.Parse(m.Expr)
		if err != nil {
			return "", err
		}
		if f := foreign(n); f != "" && f != "/" {
			return "", refuse(text.Text{EN: "{f} is not the same in every SQL", ZH: "{f} 在各种 SQL 中含义不同"}, "f", f)
		}
		if strings.Contains(m.Expr, "/") {
			return "", refuse(text.Text{EN: "division by zero has no value here and is an error elsewhere", ZH: "这里除以零得空值，其他工具会报错"})
		}
		return x.substituted(m, n, above)
	}
	return "", refuse(text.Text{EN: "the format has no word for a {type} metric", ZH: "该格式无法表达 {type} 指标"}, "type", m.Type)
}

func plainInput(in semantic.Input) error {
	if in.Where != "" || in.Offset != "" || in.OffsetTo != "" {
		return refuse(text.Text{EN: "an input has a filter or an offset", ZH: "输入指标带筛选或时间偏移"})
	}
	return nil
}

func (x *exporter) substituted(m *semantic.MetricSpec, n expr.Node, above []string) (string, error) {
	runes := []rune(m.Expr)
	var b strings.Builder
	done := 0
	for _, name := range expr.Names(n) {
		input, ok := m.Inputs[name.Parts[0]]
		if !ok {
			input = semantic.Input{Metric: name.Parts[0]}
		}
		if err := plainInput(input); err != nil {
			return "", err
		}
		sql, err := x.metricSQL(input.Metric, above)
		if err != nil {
			return "", err
		}
		b.WriteString(string(runes[done:name.Offset]) + "(" + sql + ")")
		done = name.End
	}
	return b.String() + string(runes[done:]), nil
}

func (x *exporter) simpleSQL(m *semantic.MetricSpec) (string, error) {
	if m.Balance != nil || m.Time != "" || m.Empty != "" || m.Rules != "" || m.Pad || m.Approximate {
		return "", refuse(text.Text{EN: "the format has no word for balances, other times and values over no rows", ZH: "该格式无法表达存量、其他时间列和空值规则"})
	}
	call, ok := map[string]string{"sum": "SUM(", "count": "COUNT(", "count_distinct": "COUNT(DISTINCT ", "min": "MIN(", "max": "MAX(", "avg": "AVG("}[m.Agg]
	if !ok {
		return "", refuse(text.Text{EN: "{agg} is not the same in every SQL", ZH: "{agg} 在各种 SQL 中含义不同"}, "agg", m.Agg)
	}
	arg, err := "*", error(nil)
	if m.Expr != "" {
		arg, err = x.rowSQL(m.Dataset, m.Expr, true)
	} else if m.Agg == "count" {
		// COUNT(*) would not say of what.
		d := x.datasets[m.Dataset]
		if d == nil || len(d.PrimaryKey) == 0 {
			return "", refuse(text.Text{EN: "the dataset has no key to count", ZH: "数据集没有可计数的主键"})
		}
		arg = m.Dataset + "." + d.PrimaryKey[0]
	}
	if err != nil {
		return "", err
	}
	if m.Where != "" {
		where, err := x.rowSQL(m.Dataset, m.Where, true)
		if err != nil {
			return "", err
		}
		arg = "CASE WHEN " + where + " THEN " + arg + " END"
	}
	return call + arg + ")", nil
}
