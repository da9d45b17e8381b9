package ossie

import (
	"cmp"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"lodestar/internal/catalog"
	"lodestar/internal/expr"
	"lodestar/internal/importer"
	"lodestar/internal/importer/sqltext"
	"lodestar/internal/semantic"
	"lodestar/internal/text"
)

// Import reads semantic models. Kinds are what our own extensions may hold.
// Definitions come by kind and name; the report has what is wrong and what was
// lost of each object.
func Import(files []importer.File, kinds []catalog.Kind, schema importer.Schema) ([]*catalog.Resource, *importer.Report) {
	m := &reader{report: &importer.Report{}, kinds: kinds, schema: schema, byRef: map[catalog.Ref]*catalog.Resource{},
		datasets: map[string]*source{}, names: sqltext.Register{}}
	for _, f := range files {
		m.file(f)
	}
	for _, r := range m.relations {
		m.relationship(r)
	}
	for _, x := range m.metrics {
		m.metric(x)
	}
	out := make([]*catalog.Resource, 0, len(m.byRef))
	for _, r := range m.byRef {
		out = append(out, r)
	}
	slices.SortFunc(out, func(a, b *catalog.Resource) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Metadata.Name, b.Metadata.Name))
	})
	return out, m.report
}

// source is a dataset that came without our extension.
type source struct {
	name   string // here
	ours   bool
	spec   *semantic.DatasetSpec
	fields map[string]string // names there, in lower case, to names here
}

type placed[T any] struct {
	value T
	at    catalog.Position
}

type reader struct {
	report    *importer.Report
	kinds     []catalog.Kind
	schema    importer.Schema
	byRef     map[catalog.Ref]*catalog.Resource
	datasets  map[string]*source // by their name there
	names     sqltext.Register   // of metrics
	relations []placed[relationship]
	metrics   []placed[metric]
}

func (m *reader) file(f importer.File) {
	docs, findings := []catalog.Document(nil), []catalog.Finding(nil)
	if strings.EqualFold(filepath.Ext(f.Name), ".json") {
		d, fs := catalog.ReadJSON(f.Name, f.Data)
		docs, findings = []catalog.Document{d}, fs
	} else {
		docs, findings = catalog.ReadYAML(f.Name, f.Data)
	}
	m.report.Findings = append(m.report.Findings, findings...)
	if len(findings) > 0 {
		return
	}
	for _, d := range docs {
		var in file
		m.report.Findings = append(m.report.Findings, d.Into(&in, "", "", "")...)
		if v := in.Version; !strings.HasPrefix(v, "0.1") && !strings.HasPrefix(v, "0.2") {
			m.report.Fail(d.At("version").Position(), "", "", "unknown_version", text.Text{
				EN: "version {v} is not one of 0.1 and 0.2", ZH: "版本 {v} 不是 0.1 或 0.2"}, "v", v)
		}
		for i, sm := range in.Models {
			m.model(sm, d.At("semantic_model").Items()[i])
		}
	}
}

func (m *reader) model(sm model, doc catalog.Document) {
	object := "semantic_model " + sm.Name
	m.report.Object(object)
	for _, e := range sm.Extensions {
		if e.Vendor != Vendor {
			continue
		}
		var w whole
		if err := json.Unmarshal([]byte(e.Data), &w); err != nil {
			m.report.Fail(doc.Position(), "", sm.Name, "bad_extension", text.Text{
				EN: "our extension cannot be read: {why}", ZH: "无法读取本产品的扩展：{why}"}, "why", err)
		}
		for _, b := range w.Definitions {
			m.restore(b, doc.At("custom_extensions").Position())
		}
	}
	if others := foreignExtensions(sm.Extensions); len(others) > 0 || sm.Description != "" || !sm.AI.IsZero() {
		ws := m.byRef[catalog.Ref{Kind: semantic.KindWorkspace, Name: semantic.WorkspaceName}]
		switch {
		case ws != nil:
			m.keep(&ws.Metadata, "model", sm.Extensions)
		case len(others) > 0:
			m.report.Lose(doc.Position(), object, "extensions", text.Text{
				EN: "extensions of {vendors} have no place to stay", ZH: "{vendors} 的扩展无处保存"}, "vendors", strings.Join(others, ", "))
		}
		if sm.Description != "" || !sm.AI.IsZero() {
			m.report.Lose(doc.Position(), object, "description", text.Text{
				EN: "the description of the model itself is not kept", ZH: "模型自身的说明没有保留"})
		}
	}
	for i, d := range sm.Datasets {
		m.dataset(d, doc.At("datasets").Items()[i])
	}
	for i, r := range sm.Relationships {
		m.relations = append(m.relations, placed[relationship]{r, doc.At("relationships").Items()[i].Position()})
	}
	for i, x := range sm.Metrics {
		m.metrics = append(m.metrics, placed[metric]{x, doc.At("metrics").Items()[i].Position()})
	}
}

func foreignExtensions(es []extension) []string {
	var out []string
	for _, e := range es {
		if e.Vendor != Vendor && !slices.Contains(out, e.Vendor) {
			out = append(out, e.Vendor)
		}
	}
	return out
}

// keep notes the extensions of other vendors, to be written again.
func (m *reader) keep(meta *catalog.Metadata, part string, es []extension) {
	count := map[string]int{}
	for key := range meta.Annotations { // what is in the file now is what counts
		if strings.HasPrefix(key, "ossie."+part+".") {
			delete(meta.Annotations, key)
		}
	}
	for _, e := range es {
		if e.Vendor == Vendor {
			continue
		}
		m.annotate(meta, annotation(part, e.Vendor, count[e.Vendor]), e.Data)
		count[e.Vendor]++
	}
}

func (m *reader) annotate(meta *catalog.Metadata, key, value string) {
	if meta.Annotations == nil {
		meta.Annotations = map[string]string{}
	}
	meta.Annotations[key] = value
}

// own restores an object from our extension, if it has one.
func (m *reader) own(es []extension, kind, name string, at catalog.Position) *catalog.Resource {
	for _, e := range es {
		if e.Vendor != Vendor {
			continue
		}
		var b body
		if err := json.Unmarshal([]byte(e.Data), &b); err != nil || b.Kind != kind || b.Metadata.Name != name {
			m.report.Fail(at, kind, name, "bad_extension", text.Text{
				EN: "our extension is not that of this object; it is not read", ZH: "本产品的扩展与此对象不符，没有采用"})
			return nil
		}
		return m.restore(b, at)
	}
	return nil
}

// restore puts back a definition as it was exported.
func (m *reader) restore(b body, at catalog.Position) *catalog.Resource {
	i := slices.IndexFunc(m.kinds, func(k catalog.Kind) bool { return k.Name == b.Kind })
	if i < 0 {
		m.report.Fail(at, b.Kind, b.Metadata.Name, "unknown_kind", text.Text{EN: "this program has no kind {kind}", ZH: "本程序没有 {kind} 这种定义"}, "kind", b.Kind)
		return nil
	}
	data, err := json.Marshal(b)
	if err != nil {
		m.report.Fail(at, b.Kind, b.Metadata.Name, "bad_extension", text.Same(err.Error()))
		return nil
	}
	r, findings := catalog.DecodeJSON(m.kinds[i], b.Metadata.Name, data)
	for _, f := range findings {
		f.Position = at
		m.report.Findings = append(m.report.Findings, f)
	}
	if r == nil {
		return nil
	}
	m.report.Object(strings.ToLower(b.Kind) + " " + b.Metadata.Name)
	r.Positions = map[string]catalog.Position{"": at}
	m.add(r)
	return r
}

func (m *reader) add(r *catalog.Resource) {
	if m.byRef[r.Ref()] != nil {
		m.report.Fail(r.Positions[""], r.Kind, r.Metadata.Name, "defined_twice", text.Text{EN: "this is defined already", ZH: "此定义已出现过"})
		return
	}
	m.byRef[r.Ref()] = r
}

func (m *reader) dataset(d dataset, doc catalog.Document) {
	object, at := "dataset "+d.Name, doc.Position()
	m.report.Object(object)
	table := tableOf(d.Source)
	if r := m.own(d.Extensions, semantic.KindDataset, d.Name, at); r != nil {
		spec := r.Spec.(*semantic.DatasetSpec)
		m.datasets[d.Name] = &source{name: d.Name, ours: true, spec: spec}
		m.edited(r, d.Description, "dataset", at)
		m.keep(&r.Metadata, "dataset", d.Extensions)
		for _, f := range d.Fields {
			m.keep(&r.Metadata, "field."+f.Name, f.Extensions)
			known := slices.ContainsFunc(spec.Columns, func(c semantic.Column) bool { return c.Name == f.Name }) ||
				slices.ContainsFunc(spec.Dimensions, func(c semantic.Dimension) bool { return c.Name == f.Name })
			if !known {
				m.report.Lose(at, object, "edited_elsewhere", text.Text{
					EN: "the field {name} was added by another tool; add it by hand", ZH: "字段 {name} 由其他工具添加，请手动补充"}, "name", f.Name)
			}
		}
		return
	}
	spec := &semantic.DatasetSpec{}
	s := &source{name: sqltext.Name(d.Name), spec: spec, fields: map[string]string{}}
	m.datasets[d.Name] = s
	meta := catalog.Metadata{Name: s.name, Description: text.Same(d.Description)}
	if s.name != d.Name {
		meta.Title = text.Same(d.Name)
	}
	if table != "" && table != s.name {
		m.annotate(&meta, "ossie.source", table)
	}
	if table == "" {
		m.report.Lose(at, object, "query_source", text.Text{
			EN: "its rows come from a query; make a table of it and load that", ZH: "数据来自查询语句，请先建成表再装载"})
	}
	m.context(&meta, d.AI, object, doc)
	m.keep(&meta, "dataset", d.Extensions)
	names := sqltext.Register{}
	var computed []int
	for i, f := range d.Fields {
		sql, ok := f.Expression.sql()
		column, bare := sqltext.Column(strings.TrimPrefix(sql, d.Name+"."))
		switch {
		case !ok:
			m.loseDialect(doc.At("fields").Items()[i].Position(), object, f.Name, f.Expression)
		case bare:
			m.column(s, &meta, names, f, column, doc.At("fields").Items()[i], object, table)
		default:
			computed = append(computed, i)
		}
	}
	for _, i := range computed {
		m.computed(s, &meta, names, d.Name, d.Fields[i], doc.At("fields").Items()[i].Position(), object)
	}
	key := func(columns []string) []string {
		out := make([]string, len(columns))
		for i, c := range columns {
			out[i] = m.need(s, names, c, at, object)
		}
		return out
	}
	spec.PrimaryKey = key(d.PrimaryKey)
	for _, k := range d.UniqueKeys {
		spec.UniqueKeys = append(spec.UniqueKeys, key(k))
	}
	for _, c := range spec.Columns {
		if c.Type.IsTime() && spec.Time == "" {
			spec.Time = c.Name
			m.report.Lose(at, object, "time_chosen", text.Text{
				EN: "the format does not say which time is the dataset's own; {name} was taken, the first one", ZH: "该格式没有指明数据集自身的时间，已取第一个时间列 {name}"}, "name", c.Name)
		}
	}
	m.add(&catalog.Resource{Kind: semantic.KindDataset, Metadata: meta, Spec: spec, State: catalog.Published,
		Positions: map[string]catalog.Position{"": at}})
}

// edited takes over a description that another tool changed.
func (m *reader) edited(r *catalog.Resource, description, word string, at catalog.Position) {
	if description != r.Metadata.Description.In(text.EN) {
		r.Metadata.Description.EN = description
		m.report.Lose(at, word+" "+r.Metadata.Name, "edited_elsewhere", text.Text{
			EN: "another tool changed the description; its words were taken for English, the Chinese stayed", ZH: "其他工具修改了说明：英文已更新，中文保持不变"})
	}
}

// tableOf is the table that a source names, "" for a query.
func tableOf(d catalog.Document) string {
	if d.IsMapping() {
		if d.At("kind").Text() == "table" {
			return d.At("object").Text()
		}
		return ""
	}
	if strings.ContainsAny(d.Text(), " \n(") {
		return ""
	}
	return d.Text()
}

func (m *reader) context(meta *catalog.Metadata, d catalog.Document, object string, doc catalog.Document) {
	if d.IsZero() {
		return
	}
	for _, s := range d.At("synonyms").Items() {
		meta.Synonyms = append(meta.Synonyms, s.Text())
	}
	if d.IsMapping() && len(d.Keys()) == 1 && len(meta.Synonyms) > 0 {
		return
	}
	data, err := json.Marshal(d.Value())
	if err == nil {
		m.annotate(meta, "ossie.ai_context", string(data))
	}
	m.report.Lose(doc.At("ai_context").Position(), object, "ai_context", text.Text{
		EN: "instructions for language models are kept as a note and not used", ZH: "给语言模型的说明已作为注释保留，但不使用"})
}

func (m *reader) loseDialect(at catalog.Position, object, name string, e expression) {
	var have []string
	for _, d := range e.Dialects {
		have = append(have, d.Dialect)
	}
	m.report.Lose(at, object, "dialect", text.Text{
		EN: "{name} is written only for {all}", ZH: "{name} 只有 {all} 写法"}, "name", name, "all", strings.Join(have, ", "))
}

func (m *reader) column(s *source, meta *catalog.Metadata, names sqltext.Register, f field, column string, doc catalog.Document, object, table string) {
	name := names.Take(f.Name)
	s.fields[strings.ToLower(f.Name)] = name
	s.fields[strings.ToLower(column)] = name
	c := semantic.Column{Name: name, Title: text.Same(f.Label)}
	if column != name {
		c.Source = column
	}
	t, known := typeOf(f.Datatype)
	if !known {
		t, known = m.lookUp(table, column)
	}
	if !known {
		t = expr.String
		if f.Dimension != nil && f.Dimension.IsTime {
			t = expr.Timestamp
		}
		m.report.Lose(doc.Position(), object, "type_guessed", text.Text{
			EN: "the format gives no type that there is here for {name}; {type} was taken", ZH: "{name} 没有可用的类型，已按 {type} 处理"}, "name", f.Name, "type", t)
	}
	c.Type = t
	s.spec.Columns = append(s.spec.Columns, c)
	m.keep(meta, "field."+name, f.Extensions)
	if f.Description != "" || !f.AI.IsZero() {
		m.report.Lose(doc.Position(), object, "field_words", text.Text{
			EN: "columns have a title and no description: that of {name} is not kept", ZH: "列只有名称没有说明：{name} 的说明没有保留"}, "name", f.Name)
	}
}

func (m *reader) lookUp(table, column string) (expr.Type, bool) {
	if m.schema == nil {
		return "", false
	}
	columns, _ := m.schema(table)
	for _, c := range columns {
		if strings.EqualFold(c.Name, column) {
			return c.Type, true
		}
	}
	return "", false
}

// need gives a column's name here; one that no field names is added.
func (m *reader) need(s *source, names sqltext.Register, column string, at catalog.Position, object string) string {
	column = strings.Trim(column, "\"`")
	if name, ok := s.fields[strings.ToLower(column)]; ok {
		return name
	}
	name := names.Take(column)
	s.fields[strings.ToLower(column)] = name
	c := semantic.Column{Name: name, Type: expr.String}
	if name != column {
		c.Source = column
	}
	s.spec.Columns = append(s.spec.Columns, c)
	m.report.Lose(at, object, "type_guessed", text.Text{
		EN: "no field says what {name} is; it was added as text", ZH: "没有字段说明 {name} 的类型，已按文本添加"}, "name", column)
	return name
}

func (m *reader) computed(s *source, meta *catalog.Metadata, names sqltext.Register, there string, f field, at catalog.Position, object string) {
	sql, _ := f.Expression.sql()
	src, err := sqltext.MapNames(sql, func(parts []string) ([]string, error) {
		if len(parts) == 2 && parts[0] == there {
			parts = parts[1:]
		}
		if len(parts) != 1 {
			return nil, fmt.Errorf("%s", strings.Join(parts, "."))
		}
		return []string{m.need(s, names, parts[0], at, object)}, nil
	})
	if err != nil {
		m.report.Lose(at, object, "expression", text.Text{
			EN: "the expression of {name} cannot be taken over: {why}", ZH: "{name} 的表达式无法导入：{why}"}, "name", f.Name, "why", err)
		return
	}
	name := names.Take(f.Name)
	s.fields[strings.ToLower(f.Name)] = name
	s.spec.Dimensions = append(s.spec.Dimensions, semantic.Dimension{Name: name, Expr: src, Title: text.Same(f.Label)})
	m.keep(meta, "field."+name, f.Extensions)
}
