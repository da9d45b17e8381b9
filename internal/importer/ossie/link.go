package ossie

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"lodestar/internal/catalog"
	"lodestar/internal/expr"
	"lodestar/internal/importer/sqltext"
	"lodestar/internal/semantic"
	"lodestar/internal/text"
)

func (m *reader) relationship(p placed[relationship]) {
	r, object := p.value, "relationship "+p.value.Name
	m.report.Object(object)
	from, to := m.datasets[r.From], m.datasets[r.To]
	if from == nil || to == nil || len(r.FromColumns) != len(r.ToColumns) || len(r.FromColumns) == 0 {
		m.report.Fail(p.at, "", r.Name, "bad_relationship", text.Text{
			EN: "it needs two datasets of this model and as many columns on both sides", ZH: "关联须连接本模型中的两个数据集，且两边列数相同"})
		return
	}
	if from.ours {
		meta := &m.byRef[catalog.Ref{Kind: semantic.KindDataset, Name: from.name}].Metadata
		name := strings.TrimPrefix(r.Name, from.name+"__")
		m.keep(meta, "relationship."+name, r.Extensions)
		if !slices.ContainsFunc(from.spec.Relationships, func(x semantic.Relationship) bool { return x.Name == name }) {
			m.report.Lose(p.at, object, "edited_elsewhere", text.Text{
				EN: "it was added by another tool; add it by hand", ZH: "该关联由其他工具添加，请手动补充"})
		}
		return
	}
	columns := map[string]string{}
	var there []string
	for i := range r.FromColumns {
		a := m.need(from, register(from.spec), r.FromColumns[i], p.at, object)
		b := m.need(to, register(to.spec), r.ToColumns[i], p.at, object)
		columns[a], there = b, append(there, b)
	}
	if !isKey(to.spec, there) {
		m.report.Lose(p.at, object, "key_assumed", text.Text{
			EN: "{columns} of {to} were not declared a key; they are one here, as the format means it",
			ZH: "{to} 的 {columns} 没有声明为键，按该格式的含义设为唯一键"}, "columns", strings.Join(there, ", "), "to", to.name)
		if len(to.spec.PrimaryKey) == 0 {
			to.spec.PrimaryKey = there
		} else {
			to.spec.UniqueKeys = append(to.spec.UniqueKeys, there)
		}
	}
	used := sqltext.Register{}
	for _, x := range from.spec.Relationships {
		used[x.Name] = true
	}
	name := used.Take(r.Name)
	from.spec.Relationships = append(from.spec.Relationships, semantic.Relationship{Name: name, To: to.name, Columns: columns, Cardinality: "many_to_one"})
	m.keep(&m.byRef[catalog.Ref{Kind: semantic.KindDataset, Name: from.name}].Metadata, "relationship."+name, r.Extensions)
}

func register(spec *semantic.DatasetSpec) sqltext.Register {
	out := sqltext.Register{}
	for _, c := range spec.Columns {
		out[c.Name] = true
	}
	for _, d := range spec.Dimensions {
		out[d.Name] = true
	}
	return out
}

func isKey(spec *semantic.DatasetSpec, columns []string) bool {
	same := func(key []string) bool {
		return len(key) == len(columns) && !slices.ContainsFunc(key, func(k string) bool { return !slices.Contains(columns, k) })
	}
	return same(spec.PrimaryKey) || slices.ContainsFunc(spec.UniqueKeys, same)
}

func (m *reader) metric(p placed[metric]) {
	x, object := p.value, "metric "+p.value.Name
	if r := m.own(x.Extensions, semantic.KindMetric, x.Name, p.at); r != nil {
		m.names[x.Name] = true
		m.edited(r, x.Description, "metric", p.at)
		m.keep(&r.Metadata, "metric", x.Extensions)
		return
	}
	m.report.Object(object)
	name := m.names.Take(x.Name)
	lose := func(rule string, t text.Text, pairs ...any) { m.report.Lose(p.at, object, rule, t, pairs...) }
	sql, ok := x.Expression.sql()
	if !ok {
		m.loseDialect(p.at, object, x.Name, x.Expression)
		return
	}
	rest, aggs, err := sqltext.Aggregates(sql, func(i int) string { return "m" + strconv.Itoa(i) })
	if err == nil && len(aggs) == 0 {
		err = fmt.Errorf("there is no aggregate in it")
	}
	var specs []*semantic.MetricSpec
	for _, a := range aggs {
		var spec *semantic.MetricSpec
		if err == nil {
			spec, err = m.simple(a, p.at, object)
			specs = append(specs, spec)
		}
	}
	if err != nil {
		lose("expression", text.Text{EN: "the expression cannot be taken over: {why}", ZH: "表达式无法导入：{why}"}, "why", err)
		return
	}
	meta := catalog.Metadata{Name: name, Description: text.Same(x.Description)}
	if name != x.Name {
		meta.Title = text.Same(x.Name)
	}
	m.context(&meta, x.AI, object, catalog.Document{})
	m.keep(&meta, "metric", x.Extensions)
	put := func(meta catalog.Metadata, spec *semantic.MetricSpec) {
		m.add(&catalog.Resource{Kind: semantic.KindMetric, Metadata: meta, Spec: spec, State: catalog.Published,
			Positions: map[string]catalog.Position{"": p.at}})
	}
	if strings.TrimSpace(rest) == "m0" {
		put(meta, specs[0])
		return
	}
	inputs := map[string]semantic.Input{}
	for i, spec := range specs {
		part := m.names.Take(name + "_" + strconv.Itoa(i+1))
		put(catalog.Metadata{Name: part, Title: text.Text{EN: "Part {n} of {of}", ZH: "{of} 的第 {n} 部分"}.With("n", i+1, "of", x.Name)}, spec)
		inputs["m"+strconv.Itoa(i)] = semantic.Input{Metric: part}
	}
	src, err := sqltext.MapNames(rest, func(parts []string) ([]string, error) {
		if _, ok := inputs[parts[0]]; len(parts) != 1 || !ok {
			return nil, fmt.Errorf("%s stands outside of an aggregate", strings.Join(parts, "."))
		}
		return parts, nil
	})
	if err != nil {
		for _, in := range inputs {
			delete(m.byRef, catalog.Ref{Kind: semantic.KindMetric, Name: in.Metric})
		}
		lose("expression", text.Text{EN: "the expression cannot be taken over: {why}", ZH: "表达式无法导入：{why}"}, "why", err)
		return
	}
	put(meta, &semantic.MetricSpec{Type: "derived", Expr: src, Inputs: inputs})
}

// simple makes a metric of an aggregate call. Its dataset is the one from
// which all others that it names are one step away.
func (m *reader) simple(a sqltext.Aggregate, at catalog.Position, object string) (*semantic.MetricSpec, error) {
	var touched []string
	note := func(parts []string) ([]string, error) {
		if len(parts) == 2 && m.datasets[parts[0]] != nil && !slices.Contains(touched, parts[0]) {
			touched = append(touched, parts[0])
		}
		return parts, nil
	}
	if a.Arg != "" {
		if _, err := sqltext.MapNames(a.Arg, note); err != nil {
			return nil, err
		}
	}
	if len(touched) == 0 && len(m.datasets) == 1 {
		for name := range m.datasets {
			touched = append(touched, name)
		}
	}
	var fact string
	for _, t := range touched {
		if !slices.ContainsFunc(touched, func(o string) bool { return o != t && len(m.ways(t, o)) != 1 }) {
			fact = t
		}
	}
	if fact == "" {
		return nil, fmt.Errorf("it does not say of which dataset")
	}
	s := m.datasets[fact]
	out := &semantic.MetricSpec{Type: "simple", Dataset: s.name, Agg: a.Func}
	if a.Arg == "" {
		return out, nil
	}
	src, err := sqltext.MapNames(a.Arg, func(parts []string) ([]string, error) {
		of := s
		if len(parts) == 2 {
			of = m.datasets[parts[0]]
		}
		if of == nil || len(parts) > 2 {
			return nil, fmt.Errorf("there is no dataset of %s", strings.Join(parts, "."))
		}
		name := m.need(of, register(of.spec), parts[len(parts)-1], at, object)
		if of == s {
			return []string{name}, nil
		}
		return []string{m.ways(fact, parts[0])[0], name}, nil
	})
	out.Expr = src
	if col := s.spec; err == nil && slices.Contains([]string{"sum", "avg", "median"}, a.Func) {
		m.numeric(col, src)
	}
	return out, err
}

// numeric makes a column that was taken for text for want of a type a number,
// since it is added up.
func (m *reader) numeric(spec *semantic.DatasetSpec, name string) {
	for i := range spec.Columns {
		if c := &spec.Columns[i]; c.Name == name && c.Type == expr.String {
			c.Type = expr.Float
		}
	}
}

// ways lists the relationships that lead straight from one dataset to another,
// by their names there.
func (m *reader) ways(from, to string) []string {
	a, b := m.datasets[from], m.datasets[to]
	var out []string
	for _, r := range a.spec.Relationships {
		if r.To == b.name {
			out = append(out, r.Name)
		}
	}
	return out
}
