package semantic

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"lodestar/internal/calendar"
	"lodestar/internal/catalog"
	"lodestar/internal/expr"
	"lodestar/internal/text"
)

const longestName = 60

var (
	namePattern  = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	columnTypes  = []string{"string", "integer", "decimal", "float", "boolean", "date", "timestamp"}
	formatTypes  = []string{"csv", "json", "ndjson", "parquet", "xlsx"}
	encodings    = []string{"utf-8", "gb18030", "utf-16", "windows-1252"}
	cardinality  = []string{"many_to_one", "one_to_one", manyToMany}
	tooManyPlace = text.Text{
		ZH: "decimal 的 precision 须在 1 到 38 之间，scale 不能超过 precision",
		EN: "precision of a decimal must be 1 to 38, and scale not above it"}
)

// checkName finds what is wrong with a name that definitions give inside a
// spec: of a column, dimension, relationship or alias.
func checkName(path, name string) []catalog.Finding {
	switch {
	case name == "":
		return []catalog.Finding{problem(path, "required", text.Text{ZH: "缺少名称", EN: "a name is missing"})}
	case len(name) > longestName:
		return []catalog.Finding{problem(path, "bad_name", text.Text{
			ZH: "名称不能超过 {n} 个字符", EN: "a name may have at most {n} characters"}, "n", longestName)}
	case !namePattern.MatchString(name) || strings.Contains(name, "__"):
		f := problem(path, "bad_name", text.Text{
			ZH: "名称 {name} 只能用小写字母、数字和单个下划线，以字母开头",
			EN: "the name {name} must use lower-case letters, digits and single underscores, and start with a letter"}, "name", name)
		f.Suggestion = asName(name)
		return []catalog.Finding{f}
	}
	return nil
}

// asName makes a valid name of a text, or "" when nothing is left of it.
func asName(s string) string {
	s = regexp.MustCompile(`[^a-z0-9]+`).ReplaceAllString(strings.ToLower(s), "_")
	return strings.TrimLeft(strings.Trim(s, "_"), "0123456789_")
}

func oneOf(path, value string, allowed []string) []catalog.Finding {
	if slices.Contains(allowed, value) {
		return nil
	}
	t := text.Text{ZH: "{name} 不是可用的值，可用：{all}", EN: "{name} is not allowed; use one of {all}"}.With("all", strings.Join(allowed, ", "))
	return []catalog.Finding{unknown(path, "bad_value", t, value, allowed)}
}

func checkZone(path, zone string) []catalog.Finding {
	if zone == "" {
		return nil
	}
	if _, err := time.LoadLocation(zone); err != nil || zone == "Local" {
		return []catalog.Finding{problem(path, "unknown_zone", text.Text{
			ZH: "没有名为 {zone} 的时区，请写 IANA 名称，例如 Asia/Shanghai",
			EN: "there is no time zone {zone}; write an IANA name such as Asia/Shanghai"}, "zone", zone)}
	}
	return nil
}

// Validate checks the dataset by itself. What names columns that follow from
// steps is checked once they are known.
func (s *DatasetSpec) Validate(catalog.Metadata) []catalog.Finding {
	if s.Prepared() {
		return s.validatePrepared()
	}
	return s.validateColumns()
}

func (s *DatasetSpec) validateColumns() []catalog.Finding {
	var out []catalog.Finding
	if len(s.Columns) == 0 {
		out = append(out, problem("columns", "required", text.Text{ZH: "数据集至少要有一列", EN: "a dataset needs at least one column"}))
	}
	names := map[string]string{}
	sources := map[string]string{}
	for i, c := range s.Columns {
		out = append(out, s.validateColumn(fmt.Sprintf("columns[%d]", i), c, names, sources)...)
	}
	out = append(out, checkZone("zone", s.Zone)...)
	for i, k := range s.PrimaryKey {
		path := fmt.Sprintf("primaryKey[%d]", i)
		if s.column(k) == nil {
			out = append(out, s.unknownColumn(path, k))
		} else if slices.Index(s.PrimaryKey, k) < i {
			out = append(out, problem(path, "duplicate", text.Text{ZH: "主键中 {name} 重复", EN: "{name} stands twice in the key"}, "name", k))
		}
	}
	for i, key := range s.UniqueKeys {
		for j, k := range key {
			if s.column(k) == nil {
				out = append(out, s.unknownColumn(fmt.Sprintf("uniqueKeys[%d][%d]", i, j), k))
			}
		}
	}
	for i, d := range s.Dimensions {
		path := fmt.Sprintf("dimensions[%d]", i)
		out = append(out, checkName(path+".name", d.Name)...)
		out = append(out, duplicateName(path+".name", d.Name, names)...)
		out = append(out, s.validateDimension(path, d)...)
	}
	relations := map[string]string{}
	for i, r := range s.Relationships {
		out = append(out, s.validateRelationship(fmt.Sprintf("relationships[%d]", i), r, relations)...)
	}
	if f := s.Freshness; f != nil {
		if _, _, err := calendar.ParseSpan(f.Within); err != nil {
			out = append(out, problem("freshness.within", "bad_span", text.Text{
				ZH: "{value} 不是时长，请写成 26 hours 或 8 days 的样子", EN: "{value} is not a span; write something like 26 hours or 8 days"}, "value", f.Within))
		}
	}
	out = append(out, s.validateQuality()...)
	return append(out, s.validateSource()...)
}

func (d *DatasetSpec) validateSource() []catalog.Finding {
	var out []catalog.Finding
	s := d.Source
	if s == nil {
		return nil
	}
	if s.Sync != nil {
		out = append(out, d.validateSync("source.sync")...)
	}
	if s.Format != nil {
		out = append(out, validateFormat("source.format", s.Format)...)
	}
	switch {
	case s.Connection == "" && s.Table == "" && s.Sync == nil:
	case s.Connection == "":
		out = append(out, problem("source.connection", "required", text.Text{
			ZH: "table 和 sync 须与 connection 一起写：在哪个连接上", EN: "table and sync go with connection: on which one it is"}))
	case len(s.Files) > 0 || s.Format != nil && s.Sync == nil: // copied files have formats
		out = append(out, problem("source.connection", "two_sources", text.Text{
			ZH: "数据要么来自文件，要么直连查询，不能同时写 files 和 connection",
			EN: "rows come from files or stay on a connection: write files or connection, not both"}))
	case strings.TrimSpace(s.Table) == "":
		out = append(out, problem("source.table", "required", text.Text{
			ZH: "缺少表名，例如 public.orders", EN: "the table is missing, for example public.orders"}))
	case !tableName(s.Table):
		out = append(out, problem("source.table", "bad_value", text.Text{
			ZH: "表名写作 schema.table（Trino 可写 catalog.schema.table）",
			EN: "write the table as schema.table (on Trino also catalog.schema.table)"}))
	}
	return out
}

func (s *DatasetSpec) column(name string) *Column {
	for i := range s.Columns {
		if s.Columns[i].Name == name {
			return &s.Columns[i]
		}
	}
	return nil
}

func (s *DatasetSpec) columnNames() []string {
	out := make([]string, len(s.Columns))
	for i := range s.Columns {
		out[i] = s.Columns[i].Name
	}
	return out
}

func (s *DatasetSpec) unknownColumn(path, name string) catalog.Finding {
	return unknown(path, "unknown_column", text.Text{ZH: "没有名为 {name} 的列", EN: "there is no column {name}"}, name, s.columnNames())
}

func duplicateName(path, name string, seen map[string]string) []catalog.Finding {
	if first, ok := seen[name]; ok && name != "" {
		return []catalog.Finding{problem(path, "duplicate", text.Text{
			ZH: "名称 {name} 已在 {first} 用过", EN: "the name {name} is already used at {first}"}, "name", name, "first", first)}
	}
	seen[name] = path
	return nil
}

func requireExpr(path, src string) []catalog.Finding {
	if strings.TrimSpace(src) == "" {
		return []catalog.Finding{problem(path, "required", text.Text{ZH: "缺少表达式", EN: "an expression is missing"})}
	}
	return parses(path, src)
}

func parses(path, src string) []catalog.Finding {
	if strings.TrimSpace(src) == "" {
		return nil
	}
	if _, err := expr.Parse(src); err != nil {
		return []catalog.Finding{ofExpr(path, err)}
	}
	return nil
}

func (s *DatasetSpec) validateColumn(path string, c Column, names, sources map[string]string) []catalog.Finding {
	out := checkName(path+".name", c.Name)
	out = append(out, duplicateName(path+".name", c.Name, names)...)
	header := c.Source
	if header == "" {
		header = c.Name
	}
	if first, ok := sources[strings.ToLower(strings.TrimSpace(header))]; ok && c.Name != "" {
		out = append(out, problem(path+".source", "duplicate", text.Text{
			ZH: "表头 {name} 已对应到 {first}", EN: "the header {name} already goes to {first}"}, "name", header, "first", first))
	}
	sources[strings.ToLower(strings.TrimSpace(header))] = path
	out = append(out, oneOf(path+".type", string(c.Type), columnTypes)...)
	out = append(out, checkZone(path+".zone", c.Zone)...)
	switch {
	case c.Type != expr.Decimal && (c.Precision != 0 || c.Scale != 0):
		out = append(out, problem(path+".precision", "bad_value", text.Text{
			ZH: "只有 decimal 列才有 precision 和 scale", EN: "only decimal columns have precision and scale"}))
	case c.Type == expr.Decimal && c.Precision != 0 && (c.Precision < 1 || c.Precision > 38 || c.Scale < 0 || c.Scale > c.Precision):
		out = append(out, problem(path+".precision", "bad_value", tooManyPlace))
	case c.Type == expr.Decimal && c.Precision == 0 && (c.Scale < 0 || c.Scale > 18):
		out = append(out, problem(path+".scale", "bad_value", tooManyPlace))
	}
	return out
}

func (s *DatasetSpec) validateRelationship(path string, r Relationship, seen map[string]string) []catalog.Finding {
	out := checkName(path+".name", r.Name)
	out = append(out, duplicateName(path+".name", r.Name, seen)...)
	if r.To == "" {
		out = append(out, problem(path+".to", "required", text.Text{ZH: "缺少目标数据集", EN: "the dataset it leads to is missing"}))
	}
	out = append(out, oneOf(path+".cardinality", r.Cardinality, cardinality)...)
	if r.Cardinality == manyToMany {
		return append(out, validateMany(path, r)...)
	}
	if r.Through != "" || len(r.Via) > 0 {
		out = append(out, problem(path+".through", "bad_value", text.Text{
			ZH: "只有 many_to_many 才写 through 和 via", EN: "through and via go with many_to_many"}))
	}
	if len(r.Columns) == 0 {
		out = append(out, problem(path+".columns", "required", text.Text{
			ZH: "缺少对应的列，例如 {customer_id: customer_id}", EN: "the columns are missing, for example {customer_id: customer_id}"}))
	}
	for here := range r.Columns {
		if s.column(here) == nil {
			out = append(out, s.unknownColumn(path+".columns."+here, here))
		}
	}
	for here := range r.Also {
		if s.column(here) == nil && !strings.HasPrefix(here, startPrefix) {
			out = append(out, s.unknownColumn(path+".also."+here, here))
		}
	}
	if v := r.Validity; v != nil && (v.From == "" || v.To == "") {
		out = append(out, problem(path+".validity", "required", text.Text{
			ZH: "validity 需要 from 和 to 两列，例如 {from: valid_from, to: valid_to}",
			EN: "validity needs the columns from and to, for example {from: valid_from, to: valid_to}"}))
	}
	return out
}

func validateFormat(path string, f *Format) []catalog.Finding {
	var out []catalog.Finding
	if f.Type != "" {
		out = append(out, oneOf(path+".type", f.Type, formatTypes)...)
	}
	if f.Encoding != "" {
		out = append(out, oneOf(path+".encoding", strings.ToLower(f.Encoding), encodings)...)
	}
	one := func(s string) bool { return s == "" || len([]rune(s)) == 1 }
	if !one(f.Delimiter) && f.Delimiter != "tab" && f.Delimiter != "blanks" {
		out = append(out, problem(path+".delimiter", "bad_value", text.Text{
			ZH: "分隔符须是一个字符、tab 或 blanks", EN: "a delimiter is one character, tab or blanks"}))
	}
	if !one(f.Quote) {
		out = append(out, problem(path+".quote", "bad_value", text.Text{ZH: "引号须是一个字符", EN: "a quote is one character"}))
	}
	if f.Header != nil && *f.Header < 0 || f.SkipFooter < 0 {
		out = append(out, problem(path, "bad_value", text.Text{ZH: "行数不能为负", EN: "line counts must not be negative"}))
	}
	return out
}

// validateDimension checks an expression, or what the value of a metric needs.
func (s *DatasetSpec) validateDimension(path string, d Dimension) []catalog.Finding {
	if d.Metric == "" {
		out := requireExpr(path+".expr", d.Expr)
		if d.By != "" || d.On != "" {
			out = append(out, problem(path+".metric", "required", text.Text{
				ZH: "by 和 on 只用于取指标的值，缺少 metric", EN: "by and on go with the value of a metric; metric is missing"}))
		}
		return out
	}
	var out []catalog.Finding
	if d.By == "" || d.Expr != "" {
		out = append(out, problem(path+".by", "required", text.Text{
			ZH: "取指标值的维度要写 by（指标一侧的键），不写 expr", EN: "a dimension of a metric needs by, the key as seen from the metric, and no expr"}))
	}
	if d.On != "" && s.column(d.On) == nil {
		out = append(out, s.unknownColumn(path+".on", d.On))
	}
	return out
}

// Refs names the datasets that relationships lead to and that it is made of,
// the metrics whose values are dimensions, and the connection.
func (s *DatasetSpec) Refs() []catalog.Ref {
	var out []catalog.Ref
	if s.Prepared() {
		for _, ref := range s.Source.refs() {
			if !isEntityMap(ref.Name) { // no definition has that name; compiling finds it, or does not
				out = append(out, ref)
			}
		}
	}
	if s.Source != nil && s.Source.Connection != "" {
		out = append(out, catalog.Ref{Kind: KindConnection, Name: s.Source.Connection, Path: "source.connection"})
	}
	if s.Source.syncs() {
		for i, name := range s.Source.Sync.After {
			out = append(out, catalog.Ref{Kind: KindDataset, Name: name, Path: fmt.Sprintf("source.sync.after[%d]", i)})
		}
	}
	for i, d := range s.Dimensions {
		if d.Metric != "" {
			out = append(out, catalog.Ref{Kind: KindMetric, Name: d.Metric, Path: fmt.Sprintf("dimensions[%d].metric", i)})
		}
	}
	for i, r := range s.Relationships {
		out = append(out, catalog.Ref{Kind: KindDataset, Name: r.To, Path: fmt.Sprintf("relationships[%d].to", i)})
		if r.Through != "" {
			out = append(out, catalog.Ref{Kind: KindDataset, Name: r.Through, Path: fmt.Sprintf("relationships[%d].through", i)})
		}
	}
	return append(out, s.qualityRefs()...)
}

// Rename gives a copy that follows a dataset, metric or connection to another
// name.
func (s *DatasetSpec) Rename(kind, from, to string) catalog.Spec {
	c := *s
	if s.Source != nil {
		c.Source = s.Source.rename(kind, from, to)
	}
	if kind == KindDataset {
		c.renameQuality(from, to)
	}
	c.Relationships = slices.Clone(s.Relationships)
	for i := range c.Relationships {
		if kind == KindDataset && c.Relationships[i].To == from {
			c.Relationships[i].To = to
		}
		if kind == KindDataset && c.Relationships[i].Through == from {
			c.Relationships[i].Through = to
		}
	}
	c.Dimensions = slices.Clone(s.Dimensions)
	for i := range c.Dimensions {
		if kind == KindMetric && c.Dimensions[i].Metric == from {
			c.Dimensions[i].Metric = to
		}
	}
	return &c
}
