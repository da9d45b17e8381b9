package cube

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"lodestar/internal/catalog"
	"lodestar/internal/expr"
	"lodestar/internal/importer"
	"lodestar/internal/importer/sqltext"
	"lodestar/internal/semantic"
	"lodestar/internal/text"
)

// Import reads models. Definitions come by kind and name; the report has what
// is wrong and what was lost of each object.
func Import(files []importer.File, schema importer.Schema) ([]*catalog.Resource, *importer.Report) {
	m := &reader{report: &importer.Report{}, schema: schema, cubes: map[string]*cube{}, metrics: map[string]string{}, names: sqltext.Register{}}
	for _, f := range files {
		m.file(f)
	}
	for _, c := range m.order {
		m.inherit(c)
	}
	// Columns first, then ways between cubes, then what is computed over both.
	for _, step := range []func(*cube){m.head, m.columnsOf, m.joins, m.computed, m.segments, m.nameMeasures, m.measures, m.rest} {
		for _, c := range m.order {
			step(c)
		}
	}
	for _, v := range m.views {
		m.view(v)
	}
	for _, c := range m.order {
		m.out = append(m.out, &catalog.Resource{Kind: semantic.KindDataset, Metadata: c.meta, Spec: c.spec, State: catalog.Published,
			Positions: map[string]catalog.Position{"": c.doc.Position()}})
	}
	slices.SortFunc(m.out, func(a, b *catalog.Resource) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Metadata.Name, b.Metadata.Name))
	})
	return m.out, m.report
}

// cube is a cube on its way to a dataset.
type cube struct {
	name    string // there
	dataset string // here
	doc     catalog.Document
	table   string
	parts   map[string][]catalog.Document // joins, dimensions, …, inherited ones first
	meta    catalog.Metadata
	spec    *semantic.DatasetSpec
	names   sqltext.Register  // of columns and dimensions
	columns map[string]string // columns there, in lower case, to names here
	// dimensions and metrics are members there to names here.
	dimensions, metrics map[string]string
	later               []catalog.Document // dimensions that are computed
}

func (c *cube) object() string { return "cube " + c.name }

type reader struct {
	report  *importer.Report
	schema  importer.Schema
	cubes   map[string]*cube
	order   []*cube
	views   []catalog.Document
	metrics map[string]string // names here → "cube.measure"
	names   sqltext.Register
	out     []*catalog.Resource
}

func (m *reader) lose(d catalog.Document, object, rule string, t text.Text, pairs ...any) {
	m.report.Lose(d.Position(), object, rule, t, pairs...)
}

func (m *reader) file(f importer.File) {
	if strings.Contains(string(f.Data), "{%") || strings.Contains(string(f.Data), "{{") {
		m.report.Fail(catalog.Position{File: f.Name, Line: 1, Column: 1}, "", "", "jinja", text.Text{
			EN: "this file is a Jinja template; import what it is rendered to", ZH: "此文件是 Jinja 模板，请导入渲染后的结果"})
		return
	}
	docs, findings := catalog.ReadYAML(f.Name, f.Data)
	m.report.Findings = append(m.report.Findings, findings...)
	for _, d := range docs {
		if !d.IsMapping() {
			m.report.Findings = append(m.report.Findings, d.Wrong("", "", "", text.Text{EN: "a mapping with cubes or views", ZH: "含 cubes 或 views 的键值对"}))
			continue
		}
		m.strict(d, "", "", rootKeys)
		for _, c := range list(d, "cubes") {
			name := at(c, "name").Text()
			m.strict(c, "cube", name, cubeKeys)
			if name == "" || m.cubes[name] != nil {
				m.report.Fail(c.Position(), "cube", name, "bad_name", text.Text{EN: "a cube needs a name of its own", ZH: "每个 cube 须有唯一的名称"})
				continue
			}
			n := &cube{name: name, dataset: sqltext.Name(name), doc: c, parts: map[string][]catalog.Document{}, spec: &semantic.DatasetSpec{},
				names: sqltext.Register{}, columns: map[string]string{}, dimensions: map[string]string{}, metrics: map[string]string{}}
			m.cubes[name] = n
			m.order = append(m.order, n)
			m.report.Object(n.object())
		}
		m.views = append(m.views, list(d, "views")...)
	}
}

// inherit collects the parts of a cube and of those that it extends.
func (m *reader) inherit(c *cube) {
	var line []*cube
	for at_ := c; at_ != nil && !slices.Contains(line, at_); {
		line = append([]*cube{at_}, line...)
		base := at(at_.doc, "extends")
		if base.IsZero() {
			break
		}
		next := m.cubes[strings.Trim(base.Text(), "{}$ ")]
		if next == nil {
			m.report.Fail(base.Position(), "cube", c.name, "unknown_cube", text.Text{EN: "there is no cube {name}", ZH: "没有名为 {name} 的 cube"}, "name", base.Text())
		}
		at_ = next
	}
	for _, key := range []string{"joins", "dimensions", "measures", "segments"} {
		for _, from := range line {
			for _, d := range list(from.doc, key) {
				name := at(d, "name").Text()
				c.parts[key] = slices.DeleteFunc(c.parts[key], func(o catalog.Document) bool { return at(o, "name").Text() == name })
				c.parts[key] = append(c.parts[key], d)
			}
		}
	}
	for i := len(line) - 1; i >= 0 && c.table == ""; i-- {
		c.table = m.tableOf(line[i])
	}
}

var wholeTable = regexp.MustCompile(`(?is)^\s*select\s+\*\s+from\s+([\w."]+)\s*;?\s*$`)

func (m *reader) tableOf(c *cube) string {
	if t := at(c.doc, "sql_table").Text(); t != "" {
		return t
	}
	if p := wholeTable.FindStringSubmatch(at(c.doc, "sql").Text()); p != nil {
		return p[1]
	}
	return ""
}

func (m *reader) head(c *cube) {
	c.meta = catalog.Metadata{Name: c.dataset, Title: text.Same(at(c.doc, "title").Text()), Description: text.Same(at(c.doc, "description").Text())}
	if c.table == "" {
		where := at(c.doc, "sql")
		if where.IsZero() {
			where = c.doc
		}
		m.lose(where, c.object(), "query_source", text.Text{
			EN: "its rows come from a query; make a table of it and load that", ZH: "数据来自查询语句，请先建成表再装载"})
	} else if c.table != c.dataset {
		c.meta.Annotations = map[string]string{"cube.sql_table": c.table}
	}
	for _, key := range []struct {
		key  string
		text text.Text
	}{
		{"data_source", text.Text{EN: "which engine it is on is not kept", ZH: "所在引擎没有保留"}},
		{"refresh_key", text.Text{EN: "answers follow the data version; the refresh key is not needed", ZH: "结果随数据版本更新，不需要 refresh_key"}},
		{"rewrite_queries", text.Text{EN: "rewriting of queries is not taken over", ZH: "查询改写没有导入"}},
		{"calendar", text.Text{EN: "write its periods as kind Calendar", ZH: "请把其中的时期写成 Calendar 定义"}},
		{"access_policy", text.Text{EN: "rights are not taken over: everybody who may look sees these rows", ZH: "访问策略没有导入：有查看权限的人都能看到这些数据"}},
		{"meta", text.Text{EN: "meta is not kept", ZH: "meta 没有保留"}},
		{"hierarchies", text.Text{EN: "hierarchies are not kept; their dimensions are there", ZH: "层级没有保留，其中的维度已导入"}},
	} {
		if v := at(c.doc, key.key); !v.IsZero() {
			m.lose(v, c.object(), key.key, key.text)
		}
	}
	m.hidden(c.doc, c.object(), c.name)
}

// hidden notes members that are not for everybody to see.
func (m *reader) hidden(d catalog.Document, object, name string) {
	for _, key := range []string{"public", "shown", "visible"} {
		if v := at(d, key); v.Text() == "false" {
			m.lose(v, object, "visibility", text.Text{EN: "{name} is hidden there and can be seen here", ZH: "{name} 在原处隐藏，在这里可见"}, "name", name)
		}
	}
}

// rest reports what there is no place for.
func (m *reader) rest(c *cube) {
	for _, p := range list(c.doc, "pre_aggregations") {
		name := at(p, "name").Text()
		m.strict(p, "pre_aggregation", c.name+"."+name, rollupKeys)
		m.lose(p, c.object(), "pre_aggregation", text.Text{
			EN: "the pre-aggregation {name} is not taken over; roll-ups of your own are kind Rollup", ZH: "预聚合 {name} 没有导入，汇总表请定义为 Rollup"}, "name", name)
	}
}

var dimensionTypes = map[string]expr.Type{"string": expr.String, "number": expr.Float, "boolean": expr.Boolean, "time": expr.Timestamp}

func (m *reader) typeOf(c *cube, column string) expr.Type {
	if m.schema != nil {
		cols, _ := m.schema(c.table)
		for _, col := range cols {
			if strings.EqualFold(col.Name, column) {
				return col.Type
			}
		}
	}
	return expr.String
}

// columnsOf takes over the dimensions that are plain columns.
func (m *reader) columnsOf(c *cube) {
	for _, d := range c.parts["dimensions"] {
		name, typ := at(d, "name").Text(), at(d, "type").Text()
		m.strict(d, "dimension", c.name+"."+name, dimensionKeys)
		m.hidden(d, c.object(), name)
		t, known := dimensionTypes[typ]
		if !known || at(d, "sub_query").Text() == "true" || at(d, "multi_stage").Text() == "true" {
			m.lose(d, c.object(), "dimension", text.Text{
				EN: "the dimension {name} of type {type} is not taken over", ZH: "类型为 {type} 的维度 {name} 没有导入"}, "name", name, "type", typ)
			continue
		}
		for _, key := range []string{"granularities", "format", "mask", "order", "meta", "time_shift"} {
			if v := at(d, key); !v.IsZero() {
				m.lose(v, c.object(), "dimension_"+key, text.Text{EN: "{key} of the dimension {name} is not kept", ZH: "维度 {name} 的 {key} 没有保留"}, "key", key, "name", name)
			}
		}
		column, bare := sqltext.Column(ownColumn.ReplaceAllString(at(d, "sql").Text(), "$1"))
		if at(d, "sql").IsZero() && at(d, "case").IsZero() {
			column, bare = name, true // as Cube reads it
		}
		if !bare {
			c.later = append(c.later, d)
			continue
		}
		if other, shown := c.columns[strings.ToLower(column)]; shown {
			c.dimensions[name] = other
			m.lose(d, c.object(), "second_name", text.Text{
				EN: "the column {column} has two names; {name} is {other} here", ZH: "列 {column} 有两个名称，{name} 在这里是 {other}"}, "column", column, "name", name, "other", other)
			continue
		}
		here := c.names.Take(name)
		c.columns[strings.ToLower(column)], c.dimensions[name] = here, here
		col := semantic.Column{Name: here, Type: t, Title: text.Same(at(d, "title").Text())}
		if m.schema != nil {
			if s := m.typeOf(c, column); s != expr.String || t == expr.String {
				col.Type = s
			}
		}
		if column != here {
			col.Source = column
		}
		if at(d, "primary_key").Text() == "true" && col.Type == expr.Float {
			col.Type = expr.Integer
			m.lose(d, c.object(), "type_guessed", text.Text{
				EN: "the key {name} is a number: taken for a whole one", ZH: "主键 {name} 是数字，已按整数处理"}, "name", name)
		}
		c.spec.Columns = append(c.spec.Columns, col)
		if at(d, "primary_key").Text() == "true" {
			c.spec.PrimaryKey = append(c.spec.PrimaryKey, here)
		}
		if t == expr.Timestamp {
			m.time(c, d, here)
		}
	}
}

// time makes the first time dimension the dataset's own, since Cube has none.
func (m *reader) time(c *cube, d catalog.Document, name string) {
	if c.spec.Time == "" {
		c.spec.Time = name
		return
	}
	m.lose(d, c.object(), "time_chosen", text.Text{
		EN: "the format does not say which time is the dataset's own; {first} was taken, not {name}", ZH: "该格式没有指明数据集自身的时间，已取 {first}，而不是 {name}"},
		"first", c.spec.Time, "name", name)
}

func (m *reader) computed(c *cube) {
	for _, d := range c.later {
		name := at(d, "name").Text()
		src, err := m.dimensionSQL(c, d)
		if err != nil {
			m.lose(d, c.object(), "sql", text.Text{EN: "the dimension {name} is not taken over: {why}", ZH: "维度 {name} 没有导入：{why}"}, "name", name, "why", err)
			continue
		}
		here := c.names.Take(name)
		c.dimensions[name] = here
		c.spec.Dimensions = append(c.spec.Dimensions, semantic.Dimension{Name: here, Expr: src, Title: text.Same(at(d, "title").Text())})
		if at(d, "primary_key").Text() == "true" {
			m.lose(d, c.object(), "computed_key", text.Text{EN: "the key {name} is computed; keys are columns here", ZH: "主键 {name} 是计算得出的，这里的主键须是列"}, "name", name)
		}
	}
}

func (m *reader) dimensionSQL(c *cube, d catalog.Document) (string, error) {
	cases := at(d, "case")
	if cases.IsZero() {
		return m.row(c, at(d, "sql").Text())
	}
	m.strict(cases, "dimension", at(d, "name").Text(), caseKeys)
	var b strings.Builder
	b.WriteString("case")
	for _, w := range list(cases, "when") {
		m.strict(w, "dimension", at(d, "name").Text(), whenKeys)
		when, err := m.row(c, at(w, "sql").Text())
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, " when %s then %s", when, expr.QuoteText(at(w, "label").Text()))
	}
	if e := at(cases, "else"); !e.IsZero() {
		m.strict(e, "dimension", at(d, "name").Text(), labelKeys)
		b.WriteString(" else " + expr.QuoteText(at(e, "label").Text()))
	}
	b.WriteString(" end")
	_, err := expr.Parse(b.String())
	return b.String(), err
}

// segments become dimensions that are true or false.
func (m *reader) segments(c *cube) {
	for _, d := range c.parts["segments"] {
		name := at(d, "name").Text()
		m.strict(d, "segment", c.name+"."+name, segmentKeys)
		src, err := m.row(c, at(d, "sql").Text())
		if err != nil {
			m.lose(d, c.object(), "sql", text.Text{EN: "the segment {name} is not taken over: {why}", ZH: "片段 {name} 没有导入：{why}"}, "name", name, "why", err)
			continue
		}
		here := c.names.Take(name)
		c.dimensions[name] = here
		c.spec.Dimensions = append(c.spec.Dimensions, semantic.Dimension{Name: here, Expr: src, Title: text.Same(at(d, "title").Text())})
		m.lose(d, c.object(), "segment", text.Text{
			EN: "the segment {name} is a dimension that is true or false: filter with {here}", ZH: "片段 {name} 成为真假维度，筛选时写 {here}"}, "name", name, "here", here)
	}
}

func (m *reader) view(v catalog.Document) {
	name := at(v, "name").Text()
	object := "view " + name
	m.report.Object(object)
	m.strict(v, "view", name, viewKeys)
	for _, c := range list(v, "cubes") {
		m.strict(c, "view", name, viewCubeKeys)
		path := at(c, "join_path").Text()
		if first, _, _ := strings.Cut(path, "."); m.cubes[first] == nil {
			m.report.Fail(c.Position(), "view", name, "unknown_cube", text.Text{EN: "there is no cube {name}", ZH: "没有名为 {name} 的 cube"}, "name", first)
		}
	}
	m.lose(v, object, "view", text.Text{
		EN: "a view is a choice of members; here every metric can be asked by every dimension that fits it, so the view is not needed",
		ZH: "视图是成员的一种选取；这里每个指标都可按适用的维度查询，因此没有导入视图"})
	if p := at(v, "access_policy"); !p.IsZero() {
		m.lose(p, object, "access_policy", text.Text{EN: "rights are not taken over", ZH: "访问策略没有导入"})
	}
}
