package semantic

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"lodestar/internal/catalog"
	"lodestar/internal/expr"
	"lodestar/internal/text"
)

// QualityRule is a promise about the rows of a dataset that is checked whenever
// they change.
type QualityRule struct {
	// Name tells the rule apart from the others of its dataset; without one it
	// is called after what it asks and of which columns.
	Name     string    `json:"name,omitempty"`
	Title    text.Text `json:"title,omitzero"`
	Rule     string    `json:"rule"` // not_null | unique | foreign_key | range | pattern | set | expression | volume | distribution | reconcile | freshness | silence | inspection
	Column   string    `json:"column,omitempty"`
	Columns  []string  `json:"columns,omitempty"`  // instead of column, for not_null, unique and silence
	Severity string    `json:"severity,omitempty"` // error (default): metrics that read it are marked | warning
	Where    string    `json:"where,omitempty"`    // only rows for which this holds
	Allow    float64   `json:"allow,omitempty"`    // share of rows, or of those who report, that may break the rule, such as 0.01
	Sample   int       `json:"sample,omitempty"`   // of larger tables about so many rows are looked at, always the same ones

	Relationship string   `json:"relationship,omitempty"` // foreign_key: rows must find theirs there
	Min          string   `json:"min,omitempty"`          // range: least value; volume: least number of rows
	Max          string   `json:"max,omitempty"`          // range: greatest value; volume: greatest number of rows
	Pattern      string   `json:"pattern,omitempty"`      // regular expression (RE2) that the whole text must match
	Values       []string `json:"values,omitempty"`       // set: all that there may be
	Expr         string   `json:"expr,omitempty"`         // expression: a condition that must hold for every row

	By        string   `json:"by,omitempty"`        // volume: day | load; distribution and reconcile: day | week | month
	Agg       string   `json:"agg,omitempty"`       // reconcile: sum (default) | count
	Tolerance *float64 `json:"tolerance,omitempty"` // volume: share above or below the median of the same weekday, default 0.5; reconcile: share by which totals may differ, default 0
	Bound     float64  `json:"bound,omitempty"`     // distribution: greatest population stability index, default 0.2
	Against   *Against `json:"against,omitempty"`   // reconcile: the other total
	Within    string   `json:"within,omitempty"`    // freshness: how old the newest row may be; silence: how long one may send nothing, default twice the longest pause it ever made; inspection: how long ago the last one may be
	Who       string   `json:"who,omitempty"`       // inspection: who is to do it, a user name or free text
}

// Against names the total that a dataset's own must agree with.
type Against struct {
	Dataset string `json:"dataset"`
	Column  string `json:"column,omitempty"` // of that dataset; default the same name
	Where   string `json:"where,omitempty"`
}

// What a rule asks.
const (
	RuleNotNull      = "not_null"
	RuleUnique       = "unique"
	RuleForeignKey   = "foreign_key"
	RuleRange        = "range"
	RulePattern      = "pattern"
	RuleSet          = "set"
	RuleExpression   = "expression"
	RuleVolume       = "volume"
	RuleDistribution = "distribution"
	RuleReconcile    = "reconcile"
	RuleFreshness    = "freshness"
	RuleSilence      = "silence"
	RuleInspection   = "inspection"
)

// How much a broken rule means.
const (
	SeverityError   = "error"   // metrics that read the data are marked
	SeverityWarning = "warning" // it lowers the score
)

// Defaults of rules.
const (
	DefaultVolumeTolerance = 0.5
	DefaultBound           = 0.2
)

var (
	ruleNames       = []string{RuleNotNull, RuleUnique, RuleForeignKey, RuleRange, RulePattern, RuleSet, RuleExpression, RuleVolume, RuleDistribution, RuleReconcile, RuleFreshness, RuleSilence, RuleInspection}
	severities      = []string{SeverityError, SeverityWarning}
	ruleSteps       = []string{"day", "week", "month", "load"}
	reconcileSums   = []string{"sum", "count"}
	rowRules        = []string{RuleNotNull, RuleRange, RulePattern, RuleSet, RuleExpression, RuleForeignKey}
	oneColumnRules  = []string{RuleRange, RulePattern, RuleSet, RuleDistribution}
	someColumnRules = []string{RuleNotNull, RuleUnique, RuleSilence}
)

// takes lists which rules each parameter is for.
var takes = map[string][]string{
	"column":       {RuleNotNull, RuleUnique, RuleRange, RulePattern, RuleSet, RuleDistribution, RuleReconcile, RuleSilence},
	"columns":      someColumnRules,
	"where":        {RuleNotNull, RuleUnique, RuleForeignKey, RuleRange, RulePattern, RuleSet, RuleExpression, RuleVolume, RuleDistribution, RuleReconcile, RuleSilence},
	"allow":        {RuleNotNull, RuleUnique, RuleForeignKey, RuleRange, RulePattern, RuleSet, RuleExpression, RuleSilence},
	"sample":       rowRules,
	"relationship": {RuleForeignKey},
	"min":          {RuleRange, RuleVolume},
	"max":          {RuleRange, RuleVolume},
	"pattern":      {RulePattern},
	"values":       {RuleSet},
	"expr":         {RuleExpression},
	"by":           {RuleVolume, RuleDistribution, RuleReconcile},
	"agg":          {RuleReconcile},
	"tolerance":    {RuleVolume, RuleReconcile},
	"bound":        {RuleDistribution},
	"against":      {RuleReconcile},
	"within":       {RuleFreshness, RuleSilence, RuleInspection},
	"who":          {RuleInspection},
}

// given tells which parameters of a rule are written.
func (r QualityRule) given() map[string]bool {
	return map[string]bool{"column": r.Column != "", "columns": len(r.Columns) > 0, "where": r.Where != "", "allow": r.Allow != 0,
		"sample": r.Sample != 0, "relationship": r.Relationship != "", "min": r.Min != "", "max": r.Max != "", "pattern": r.Pattern != "",
		"values": len(r.Values) > 0, "expr": r.Expr != "", "by": r.By != "", "agg": r.Agg != "", "tolerance": r.Tolerance != nil,
		"bound": r.Bound != 0, "against": r.Against != nil, "within": r.Within != "", "who": r.Who != ""}
}

// columns gives the columns that the rule names.
func (r QualityRule) columns() []string {
	if r.Column != "" {
		return []string{r.Column}
	}
	return r.Columns
}

// ID is the name of the rule, or what it is called without one.
func (r QualityRule) ID() string {
	if r.Name != "" {
		return r.Name
	}
	parts := append([]string{r.Rule}, r.columns()...)
	if r.Relationship != "" {
		parts = append(parts, r.Relationship)
	}
	if r.Against != nil {
		parts = append(parts, r.Against.Dataset)
	}
	return strings.Join(parts, "_")
}

// Level is the severity, which is error when nothing is said.
func (r QualityRule) Level() string {
	if r.Severity == "" {
		return SeverityError
	}
	return r.Severity
}

func (s *DatasetSpec) validateQuality() []catalog.Finding {
	var out []catalog.Finding
	seen := map[string]string{}
	for i, r := range s.Quality {
		path := fmt.Sprintf("quality[%d]", i)
		if r.Name != "" {
			out = append(out, checkName(path+".name", r.Name)...)
		}
		if found := oneOf(path+".rule", r.Rule, ruleNames); len(found) > 0 {
			out = append(out, found...)
			continue
		}
		if first, twice := seen[r.ID()]; twice {
			out = append(out, problem(path, "duplicate", text.Text{
				ZH: "规则 {name} 与 {first} 同名，请给它另取一个 name", EN: "the rule {name} is called like {first}; give it a name of its own"}, "name", r.ID(), "first", first))
		}
		seen[r.ID()] = path
		out = append(out, s.validateRule(path, r)...)
	}
	if s.QualitySchedule != nil {
		out = append(out, s.QualitySchedule.Check("qualitySchedule.")...)
	}
	return out
}

func (s *DatasetSpec) validateRule(path string, r QualityRule) []catalog.Finding {
	var out []catalog.Finding
	given := r.given()
	for _, key := range slices.Sorted(keysOf(given)) {
		if given[key] && !slices.Contains(takes[key], r.Rule) {
			out = append(out, problem(path+"."+key, "not_here", text.Text{
				ZH: "{key} 不用于规则 {rule}，只用于 {all}", EN: "{key} is not for the rule {rule}; it goes with {all}"},
				"key", key, "rule", r.Rule, "all", strings.Join(takes[key], ", ")))
		}
	}
	if r.Severity != "" {
		out = append(out, oneOf(path+".severity", r.Severity, severities)...)
	}
	if r.Allow < 0 || r.Allow >= 1 {
		out = append(out, problem(path+".allow", "bad_value", text.Text{
			ZH: "allow 是比例，须不小于 0 且小于 1，例如 0.01", EN: "allow is a share from 0 to below 1, such as 0.01"}))
	}
	if r.Sample < 0 {
		out = append(out, problem(path+".sample", "bad_value", text.Text{ZH: "抽样行数不能为负", EN: "a number of rows cannot be negative"}))
	}
	if r.Column != "" && len(r.Columns) > 0 {
		out = append(out, problem(path+".columns", "two_forms", text.Text{ZH: "column 和 columns 只写一个", EN: "write column or columns, not both"}))
	}
	for i, name := range r.columns() {
		at := path + ".column"
		if r.Column == "" {
			at = fmt.Sprintf("%s.columns[%d]", path, i)
		}
		if s.column(name) == nil {
			out = append(out, s.unknownColumn(at, name))
		}
	}
	out = append(out, parses(path+".where", r.Where)...)
	return append(out, s.validateRuleParts(path, r)...)
}

// validateRuleParts checks what each rule needs.
func (s *DatasetSpec) validateRuleParts(path string, r QualityRule) []catalog.Finding {
	need := func(key string, zh, en string) []catalog.Finding {
		return []catalog.Finding{problem(path+"."+key, "required", text.Text{ZH: zh, EN: en})}
	}
	if slices.Contains(someColumnRules, r.Rule) && len(r.columns()) == 0 || slices.Contains(oneColumnRules, r.Rule) && r.Column == "" {
		return need("column", "缺少列名：检查哪一列", "the column is missing: which one to check")
	}
	switch r.Rule {
	case RuleRange:
		if r.Min == "" && r.Max == "" {
			return need("min", "范围至少要写 min 或 max", "a range needs min or max")
		}
		return append(s.bound(path+".min", r.Column, r.Min), s.bound(path+".max", r.Column, r.Max)...)
	case RuleSet:
		if len(r.Values) == 0 {
			return need("values", "缺少允许的取值", "the values that there may be are missing")
		}
		var out []catalog.Finding
		for i, v := range r.Values {
			out = append(out, s.bound(fmt.Sprintf("%s.values[%d]", path, i), r.Column, v)...)
		}
		return out
	case RulePattern:
		return s.validatePattern(path, r)
	case RuleForeignKey:
		return s.validateForeignKey(path, r)
	case RuleExpression:
		return requireExpr(path+".expr", r.Expr)
	case RuleVolume:
		return s.validateVolume(path, r)
	case RuleDistribution:
		return s.validateSteps(path, r)
	case RuleReconcile:
		return append(s.validateSteps(path, r), s.validateReconcile(path, r)...)
	case RuleFreshness, RuleInspection:
		if r.Within == "" {
			return need("within", "缺少时长，例如 26 hours", "the span is missing, for example 26 hours")
		}
		return span(path+".within", r.Within, longestEvery)
	case RuleSilence:
		return s.validateSilence(path, r)
	}
	return nil
}

func (s *DatasetSpec) validateSilence(path string, r QualityRule) []catalog.Finding {
	var out []catalog.Finding
	if s.Time == "" {
		out = append(out, problem(path+".rule", "no_time", text.Text{
			ZH: "数据集没有时间列（time），看不出谁没有再上报", EN: "the dataset has no time, so nothing tells who stopped reporting"}))
	}
	if r.Within != "" {
		out = append(out, span(path+".within", r.Within, longestEvery)...)
	}
	return out
}

func (s *DatasetSpec) validatePattern(path string, r QualityRule) []catalog.Finding {
	if r.Pattern == "" {
		return []catalog.Finding{problem(path+".pattern", "required", text.Text{
			ZH: "缺少正则表达式，例如 1[3-9][0-9]{9}", EN: "the pattern is missing, for example [A-Z]{2}[0-9]+"})}
	}
	if _, err := regexp.Compile(r.Pattern); err != nil {
		return []catalog.Finding{problem(path+".pattern", "bad_pattern", text.Text{
			ZH: "正则表达式有误：{why}", EN: "the pattern cannot be read: {why}"}, "why", err.Error())}
	}
	if c := s.column(r.Column); c != nil && c.Type != expr.String {
		return []catalog.Finding{problem(path+".column", "bad_type", text.Text{
			ZH: "{name} 不是文本列，格式规则只用于文本", EN: "{name} is no text; patterns are for texts"}, "name", r.Column)}
	}
	return nil
}

func (s *DatasetSpec) validateForeignKey(path string, r QualityRule) []catalog.Finding {
	var names []string
	for _, rel := range s.Relationships {
		if rel.Cardinality != manyToMany {
			names = append(names, rel.Name)
		}
	}
	if slices.Contains(names, r.Relationship) {
		return nil
	}
	return []catalog.Finding{unknown(path+".relationship", "unknown_relationship", text.Text{
		ZH: "没有名为 {name} 的关系（多对多关系不能用）", EN: "there is no relationship {name} that leads to one row"}, r.Relationship, names)}
}

func (s *DatasetSpec) validateVolume(path string, r QualityRule) []catalog.Finding {
	var out []catalog.Finding
	for _, b := range []struct{ key, value string }{{"min", r.Min}, {"max", r.Max}} {
		if b.value != "" && !wholeNumber(b.value) {
			out = append(out, problem(path+"."+b.key, "bad_value", text.Text{
				ZH: "行数须是不小于 0 的整数", EN: "a number of rows is a whole number from 0 on"}))
		}
	}
	connection, _ := s.Direct()
	switch {
	case r.By != "" && r.By != "day" && r.By != "load":
		out = append(out, oneOf(path+".by", r.By, []string{"day", "load"})...)
	case r.By == "load" && connection != "":
		out = append(out, problem(path+".by", "not_here", text.Text{
			ZH: "直连的数据集没有装载记录，请改用 by: day", EN: "rows that stay on a connection have no loads; use by: day"}))
	case r.By == "load" && r.Where != "":
		out = append(out, problem(path+".where", "not_here", text.Text{
			ZH: "按装载检查行数时不能带条件", EN: "rows of a load cannot be counted by a condition"}))
	case r.By != "load" && s.Time == "" && (r.By == "day" || connection != ""):
		out = append(out, s.needsTime(path+".by"))
	}
	return append(out, positive(path+".tolerance", r.Tolerance)...)
}

func (s *DatasetSpec) needsTime(path string) catalog.Finding {
	return problem(path, "no_time", text.Text{ZH: "数据集没有时间列（time），不能按周期检查", EN: "the dataset has no time, so there are no periods to compare"})
}

func positive(path string, v *float64) []catalog.Finding {
	if v == nil || *v >= 0 {
		return nil
	}
	return []catalog.Finding{problem(path, "bad_value", text.Text{ZH: "不能为负", EN: "it cannot be negative"})}
}

// validateSteps checks the rules that compare periods of the dataset's time.
func (s *DatasetSpec) validateSteps(path string, r QualityRule) []catalog.Finding {
	var out []catalog.Finding
	if r.By != "" {
		out = oneOf(path+".by", r.By, []string{"day", "week", "month"})
	}
	if s.Time == "" && (r.By != "" || r.Rule == RuleDistribution) {
		out = append(out, s.needsTime(path+".by"))
	}
	if r.Bound < 0 {
		out = append(out, positive(path+".bound", &r.Bound)...)
	}
	return out
}

func (s *DatasetSpec) validateReconcile(path string, r QualityRule) []catalog.Finding {
	var out []catalog.Finding
	if r.Agg != "" {
		out = append(out, oneOf(path+".agg", r.Agg, reconcileSums)...)
	}
	switch c := s.column(r.Column); {
	case r.Agg == "count" && r.Column != "":
		out = append(out, problem(path+".column", "not_here", text.Text{ZH: "比较行数时不写 column", EN: "a count of rows has no column"}))
	case r.Agg != "count" && r.Column == "":
		out = append(out, problem(path+".column", "required", text.Text{ZH: "缺少要合计的列", EN: "the column to add up is missing"}))
	case c != nil && !c.Type.IsNumber():
		out = append(out, problem(path+".column", "bad_type", text.Text{ZH: "{name} 不是数字列，不能合计", EN: "{name} is no number and cannot be added up"}, "name", r.Column))
	}
	if r.Against == nil || r.Against.Dataset == "" {
		return append(out, problem(path+".against", "required", text.Text{
			ZH: "缺少对账的另一方，例如 {dataset: ledger, column: amount}", EN: "the other side is missing, for example {dataset: ledger, column: amount}"}))
	}
	return append(append(out, parses(path+".against.where", r.Against.Where)...), positive(path+".tolerance", r.Tolerance)...)
}

// bound checks that a text is a value of a column.
func (s *DatasetSpec) bound(path, column, value string) []catalog.Finding {
	c := s.column(column)
	if c == nil || value == "" && c.Type != expr.String {
		return nil
	}
	if _, err := literalOf(c.Type, value); err != nil {
		return []catalog.Finding{problem(path, "bad_value", text.Text{
			ZH: "{value} 不是 {type} 类型的值，而 {column} 列是", EN: "{value} is no {type}, which the column {column} is"}, "value", value, "type", c.Type, "column", column)}
	}
	return nil
}

func (s *DatasetSpec) qualityRefs() []catalog.Ref {
	var out []catalog.Ref
	for i, r := range s.Quality {
		if r.Against != nil && r.Against.Dataset != "" {
			out = append(out, catalog.Ref{Kind: KindDataset, Name: r.Against.Dataset, Path: fmt.Sprintf("quality[%d].against.dataset", i)})
		}
	}
	if s.QualitySchedule != nil {
		for i, name := range s.QualitySchedule.After {
			out = append(out, catalog.Ref{Kind: KindDataset, Name: name, Path: fmt.Sprintf("qualitySchedule.after[%d]", i)})
		}
	}
	return out
}

// renameQuality lets the rules follow a dataset to another name, in copies.
func (s *DatasetSpec) renameQuality(from, to string) {
	if s.QualitySchedule != nil {
		schedule := *s.QualitySchedule
		schedule.After = slices.Clone(schedule.After)
		for i, name := range schedule.After {
			if name == from {
				schedule.After[i] = to
			}
		}
		s.QualitySchedule = &schedule
	}
	out := slices.Clone(s.Quality)
	for i, r := range out {
		if r.Against != nil && r.Against.Dataset == from {
			against := *r.Against
			against.Dataset = to
			out[i].Against = &against
		}
	}
	s.Quality = out
}
