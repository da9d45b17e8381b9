package steps

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"lodestar/internal/catalog"
	"lodestar/internal/expr"
	"lodestar/internal/text"
	"lodestar/internal/vault"
)

// Limits of a list of steps.
const (
	mostSteps  = 200
	mostList   = 500 // of anything in a step
	mostValues = 5000
	longest    = 60
)

var namePattern = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// checkName finds what is wrong with the name of a new column.
func checkName(path, name string) []catalog.Finding {
	switch {
	case name == "":
		return required(path, text.Text{ZH: "缺少列名", EN: "the name of the column is missing"})
	case len(name) > longest || !namePattern.MatchString(name) || strings.Contains(name, "__"):
		return []catalog.Finding{problem(path, "bad_name", text.Text{
			ZH: "列名 {name} 只能用小写字母、数字和单个下划线，以字母开头，最多 60 个字符",
			EN: "the name {name} must use lower-case letters, digits and single underscores, start with a letter, and have at most 60 characters"}, "name", name)}
	}
	return nil
}

// Validate checks a list of steps by itself: that each is one thing, with what
// it needs. Paths begin with the one given.
func Validate(path string, list []Step) []catalog.Finding {
	if len(list) > mostSteps {
		return []catalog.Finding{problem(path, "too_many", text.Text{
			ZH: "最多 {n} 个步骤；请先做成一个中间数据集", EN: "at most {n} steps; make a dataset in between first"}, "n", mostSteps)}
	}
	var out []catalog.Finding
	for i := range list {
		out = append(out, list[i].validate(at(path, i))...)
	}
	return out
}

func (s *Step) validate(path string) []catalog.Finding {
	kinds := s.kinds()
	if len(kinds) != 1 {
		f := problem(path, "one_kind", text.Text{
			ZH: "每个步骤只写一种操作（{all} 之一）", EN: "a step does one thing: write one of {all}"}, "all", strings.Join(Kinds(), ", "))
		if len(kinds) > 1 {
			f = problem(path+"."+kinds[1], "one_kind", text.Text{
				ZH: "一个步骤里同时写了 {all}，请分成几个步骤", EN: "this step does several things ({all}); make a step of each"}, "all", strings.Join(kinds, ", "))
		}
		return []catalog.Finding{f}
	}
	path += "." + kinds[0]
	out := s.parts(path)
	if s.sizes() > mostValues {
		out = append(out, problem(path, "too_many", text.Text{ZH: "这一步的列表太长", EN: "the lists of this step are too long"}))
	}
	return out
}

// sizes counts what is listed in the step.
func (s *Step) sizes() int {
	n := len(s.Select) + len(s.Drop) + len(s.Rename) + len(s.Cast) + len(s.Derive) + len(s.Fill) + len(s.Standardise) + len(s.Mask)
	if s.Map != nil {
		n += len(s.Map.Values)
	}
	if s.Pivot != nil {
		n += 10 * len(s.Pivot.Values)
	}
	if s.Union != nil {
		n += 50 * len(s.Union.Datasets)
	}
	return n
}

func (s *Step) parts(path string) (out []catalog.Finding) {
	switch {
	case s.Select != nil:
		return atLeastOne(path, len(s.Select))
	case s.Drop != nil:
		return atLeastOne(path, len(s.Drop))
	case s.Rename != nil:
		for from, to := range s.Rename {
			out = append(out, checkName(path+"."+from, to)...)
		}
		return append(out, atLeastOne(path, len(s.Rename))...)
	case s.Cast != nil:
		for i, c := range s.Cast {
			out = append(out, c.validate(at(path, i))...)
			if slices.IndexFunc(s.Cast, func(o Cast) bool { return o.Column == c.Column }) < i {
				out = append(out, twice(at(path, i)+".column", c.Column))
			}
		}
		return append(out, atLeastOne(path, len(s.Cast))...)
	case s.Filter != "":
		return parses(path, s.Filter)
	case s.Derive != nil:
		for i, d := range s.Derive {
			p := at(path, i)
			out = append(out, checkName(p+".name", d.Name)...)
			out = append(out, parses(p+".expr", d.Expr)...)
			out = append(out, checkDigits(p, expr.Decimal, d.Precision, d.Scale)...)
			if slices.IndexFunc(s.Derive, func(o Derived) bool { return o.Name == d.Name }) < i {
				out = append(out, twice(p+".name", d.Name))
			}
		}
		return append(out, atLeastOne(path, len(s.Derive))...)
	case s.Join != nil:
		return s.Join.validate(path)
	case s.Union != nil:
		out = atLeastOne(path+".datasets", len(s.Union.Datasets))
		if s.Union.Origin != "" {
			out = append(out, checkName(path+".origin", s.Union.Origin)...)
		}
		return out
	case s.Aggregate != nil:
		for i, v := range s.Aggregate.Values {
			out = append(out, v.validate(at(path+".values", i))...)
		}
		if len(s.Aggregate.By)+len(s.Aggregate.Values) == 0 {
			out = append(out, atLeastOne(path+".values", 0)...)
		}
		return out
	case s.Deduplicate != nil:
		return optional(path+".keep", s.Deduplicate.Keep, keeps)
	case s.Pivot != nil:
		return s.Pivot.validate(path)
	case s.Unpivot != nil:
		out = atLeastOne(path+".columns", len(s.Unpivot.Columns))
		out = append(out, checkName(path+".name", s.Unpivot.Name)...)
		return append(out, checkName(path+".value", s.Unpivot.Value)...)
	}
	return s.cells(path)
}

// cells checks the steps that change values.
func (s *Step) cells(path string) (out []catalog.Finding) {
	switch {
	case s.Fill != nil:
		for i, f := range s.Fill {
			out = append(out, f.validate(at(path, i))...)
		}
		return append(out, atLeastOne(path, len(s.Fill))...)
	case s.Split != nil:
		return s.Split.validate(path)
	case s.Standardise != nil:
		for i, x := range s.Standardise {
			out = append(out, x.validate(at(path, i))...)
		}
		return append(out, atLeastOne(path, len(s.Standardise))...)
	case s.Map != nil:
		if s.Map.Into != "" {
			out = append(out, checkName(path+".into", s.Map.Into)...)
		}
		if s.Map.Keep && s.Map.Default != "" {
			out = append(out, problem(path+".keep", "two_defaults", text.Text{
				ZH: "keep 和 default 只写一个", EN: "write keep or default, not both"}))
		}
		return append(out, atLeastOne(path+".values", len(s.Map.Values))...)
	case s.Mask != nil:
		for i, m := range s.Mask {
			out = append(out, m.validate(at(path, i))...)
			if slices.IndexFunc(s.Mask, func(o Mask) bool { return o.Column == m.Column }) < i {
				out = append(out, twice(at(path, i)+".column", m.Column))
			}
		}
		return append(out, atLeastOne(path, len(s.Mask))...)
	}
	if s.Session != nil {
		return s.Session.validate(path)
	}
	share, count := s.Sample.Share, s.Sample.Count
	if (share != 0) == (count != 0) || share < 0 || share > 1 || count < 0 {
		out = append(out, problem(path+".share", "bad_value", text.Text{
			ZH: "请写 share（0 到 1 之间的比例）或 count（行数）其中之一", EN: "write share, from 0 to 1, or count, a number of rows"}))
	}
	return out
}

func atLeastOne(path string, n int) []catalog.Finding {
	switch {
	case n == 0:
		return required(path, text.Text{ZH: "至少要写一项", EN: "there must be at least one"})
	case n > mostValues:
		return []catalog.Finding{problem(path, "too_many", text.Text{ZH: "最多 {n} 项", EN: "at most {n} entries"}, "n", mostValues)}
	}
	return nil
}

func parses(path, src string) []catalog.Finding {
	if strings.TrimSpace(src) == "" {
		return required(path, text.Text{ZH: "缺少表达式", EN: "an expression is missing"})
	}
	if _, err := expr.Parse(src); err != nil {
		return []catalog.Finding{ofExpr(path, err)}
	}
	return nil
}

func checkDigits(path string, t expr.Type, precision, scale int) []catalog.Finding {
	if t != expr.Decimal && (precision != 0 || scale != 0) {
		return []catalog.Finding{problem(path+".precision", "bad_value", text.Text{
			ZH: "只有 decimal 才有 precision 和 scale", EN: "only decimals have precision and scale"})}
	}
	if precision < 0 || precision > 38 || scale < 0 || scale > precision {
		return []catalog.Finding{problem(path+".precision", "bad_value", text.Text{
			ZH: "decimal 的 precision 须在 1 到 38 之间，scale 不能超过 precision",
			EN: "precision of a decimal must be 1 to 38, and scale not above it"})}
	}
	return nil
}

func (c *Cast) validate(path string) []catalog.Finding {
	out := oneOf(path+".type", string(c.Type), columnTypes)
	out = append(out, checkDigits(path, c.Type, c.Precision, c.Scale)...)
	out = append(out, optional(path+".onError", c.OnError, onErrors)...)
	if c.Format != "" {
		switch {
		case c.Type.IsTime():
			out = append(out, checkPatterns(path+".format", strings.Split(c.Format, "|"))...)
		case c.Type.IsNumber():
			out = append(out, oneOf(path+".format", c.Format, []string{"loose"})...)
		default:
			out = append(out, problem(path+".format", "not_here", text.Text{
				ZH: "format 只用于日期、时间和数字", EN: "a format is for dates, times and numbers"}))
		}
	}
	return out
}

var patternWords = regexp.MustCompile(`^(%[YmdHMSy]|[^%'\x00-\x1f])+$`)

// checkPatterns holds patterns of dates to the words that are known.
func checkPatterns(path string, patterns []string) []catalog.Finding {
	for _, p := range patterns {
		if len(p) > 60 || !patternWords.MatchString(p) || !strings.Contains(p, "%") {
			return []catalog.Finding{problem(path, "bad_pattern", text.Text{
				ZH: "{value} 不是日期格式，可用 %Y %m %d %H %M %S %y 和普通文字，例如 %Y年%m月%d日",
				EN: "{value} is no pattern of dates; use %Y %m %d %H %M %S %y and plain text, such as %d.%m.%Y"}, "value", p)}
		}
	}
	return nil
}

func (j *Join) validate(path string) []catalog.Finding {
	out := optional(path+".kind", j.Kind, joinKinds)
	if j.Dataset == "" {
		out = append(out, required(path+".dataset", text.Text{ZH: "缺少要关联的数据集", EN: "the dataset to join is missing"})...)
	}
	if len(j.On) == 0 {
		out = append(out, required(path+".on", text.Text{
			ZH: "缺少对应的列，例如 {customer_id: id}（这里的列: 那边的列）", EN: "the columns to match are missing, such as {customer_id: id}: column here, column there"})...)
	}
	if j.Kind == "anti" && (len(j.Columns) > 0 || j.Prefix != "") {
		out = append(out, problem(path+".columns", "not_here", text.Text{
			ZH: "anti 只保留那边没有的行，没有可取的列", EN: "anti keeps rows that have no match there, so there are no columns to take"}))
	}
	if j.AsOf == nil {
		return out
	}
	if j.Kind == "full" {
		out = append(out, problem(path+".kind", "not_here", text.Text{
			ZH: "asof 不能用于 full：请写 left、inner 或 anti", EN: "asof is not for full; write left, inner or anti"}))
	}
	if j.Many {
		out = append(out, problem(path+".many", "not_here", text.Text{
			ZH: "asof 最多取一行，不需要 many", EN: "asof takes one row at most, so many means nothing"}))
	}
	return append(out, j.AsOf.validate(path+".asof")...)
}

func (a *AsOf) validate(path string) []catalog.Finding {
	out := optional(path+".which", a.Which, whiches)
	if a.Time == "" {
		out = append(out, required(path+".time", text.Text{
			ZH: "缺少 time：这里哪一列是时间", EN: "time is missing: the column here with the time of a row"})...)
	}
	if a.Other == "" {
		out = append(out, required(path+".other", text.Text{
			ZH: "缺少 other：那边哪一列是时间", EN: "other is missing: the column there with the time of a row"})...)
	}
	return append(out, checkSpan(path+".within", a.Within)...)
}

func (s *Session) validate(path string) []catalog.Finding {
	out := atLeastOne(path+".by", len(s.By))
	if s.Time == "" {
		out = append(out, required(path+".time", text.Text{
			ZH: "缺少 time：哪一列是时间", EN: "time is missing: the column with the time of a row"})...)
	}
	out = append(out, checkSpan(path+".gap", s.Gap)...)
	return append(out, checkName(path+".as", s.Named("number"))...)
}

// longestSpan is the longest pause or window.
const longestSpan = 3660 * 24 * time.Hour

func checkSpan(path, value string) []catalog.Finding {
	if d := spanOf(value); value == "" || d > 0 && d <= longestSpan {
		return nil
	}
	return []catalog.Finding{problem(path, "bad_span", text.Text{
		ZH: "{value} 不可用，请写成 30 minutes、30 days 的样子（seconds、minutes、hours、days 或 weeks，最长 3660 天）",
		EN: "{value} cannot be used; write something like 30 minutes or 30 days, in seconds, minutes, hours, days or weeks, at most 3660 days"}, "value", value)}
}

func (v *Value) validate(path string) []catalog.Finding {
	out := checkName(path+".name", v.Name)
	out = append(out, checkAggregate(path, v.Agg, v.Expr)...)
	if v.Where != "" {
		out = append(out, parses(path+".where", v.Where)...)
	}
	if v.Agg == "percentile" && (v.Percentile <= 0 || v.Percentile >= 1) {
		out = append(out, problem(path+".percentile", "bad_value", text.Text{
			ZH: "percentile 须在 0 和 1 之间，例如 0.9", EN: "a percentile lies between 0 and 1, such as 0.9"}))
	}
	return out
}

func checkAggregate(path, agg, src string) []catalog.Finding {
	out := oneOf(path+".agg", agg, aggregates)
	if src != "" || agg != "count" {
		out = append(out, parses(path+".expr", src)...)
	}
	return out
}

func (p *Pivot) validate(path string) []catalog.Finding {
	out := atLeastOne(path+".values", len(p.Values))
	for i, v := range p.Values {
		out = append(out, checkName(at(path+".values", i)+".name", v.Name)...)
	}
	if p.Agg == "percentile" {
		out = append(out, problem(path+".agg", "bad_value", text.Text{
			ZH: "透视不支持 percentile，请用 median 或先聚合", EN: "a pivot has no percentile; use median, or aggregate first"}))
	}
	return append(out, checkAggregate(path, p.Agg, p.Expr)...)
}

func (f *Fill) validate(path string) []catalog.Finding {
	out := optional(path+".from", f.From, fillFroms)
	switch {
	case (f.With != "") == (f.From != ""):
		out = append(out, problem(path+".with", "bad_value", text.Text{
			ZH: "请写 with（固定值）或 from（before、after：取前一行或后一行的值）其中之一",
			EN: "write with, a constant, or from, to take the value of the row before or after"}))
	case f.From != "" && len(f.Order) == 0:
		out = append(out, required(path+".order", text.Text{
			ZH: "缺少 order：按什么顺序算前后", EN: "the order is missing: what before and after mean"})...)
	case f.With != "" && len(f.Order)+len(f.By) > 0:
		out = append(out, problem(path+".order", "not_here", text.Text{
			ZH: "order 和 by 只与 from 一起用", EN: "order and by go with from"}))
	}
	return out
}

func (s *Split) validate(path string) []catalog.Finding {
	var out []catalog.Finding
	if s.By == "" {
		out = append(out, required(path+".by", text.Text{ZH: "缺少分隔符", EN: "the separator is missing"})...)
	}
	if s.Rows == (len(s.Into) > 0) {
		out = append(out, problem(path+".into", "bad_value", text.Text{
			ZH: "请写 into（拆成几列）或 rows: true（拆成多行）其中之一", EN: "write into, the new columns, or rows: true for a row of each part"}))
	}
	for i, n := range s.Into {
		out = append(out, checkName(at(path+".into", i), n)...)
		if slices.Index(s.Into, n) < i {
			out = append(out, twice(at(path+".into", i), n))
		}
	}
	if s.Position != "" {
		out = append(out, checkName(path+".position", s.Position)...)
		if !s.Rows {
			out = append(out, problem(path+".position", "not_here", text.Text{ZH: "position 与 rows 一起用", EN: "position goes with rows"}))
		}
	}
	return out
}

func (s *Standard) validate(path string) []catalog.Finding {
	out := oneOf(path+".as", s.As, standards)
	out = append(out, optional(path+".onError", s.OnError, onUnknowns)...)
	if len(s.Patterns) > 0 && s.As != "date" {
		out = append(out, problem(path+".patterns", "not_here", text.Text{ZH: "patterns 只用于 date", EN: "patterns are for dates"}))
	}
	if s.As == "date" && s.OnError == "keep" {
		out = append(out, problem(path+".onError", "bad_value", text.Text{
			ZH: "日期列里放不下不是日期的文字，请用 null 或 reject", EN: "a column of dates cannot keep what is no date; use null or reject"}))
	}
	return append(out, checkPatterns(path+".patterns", s.Patterns)...)
}

func (m *Mask) validate(path string) []catalog.Finding {
	out := oneOf(path+".how", m.How, masks)
	switch {
	case m.How == "hash" && (m.Salt == nil || !vault.IsName(m.Salt.Vault)):
		out = append(out, required(path+".salt", text.Text{
			ZH: "哈希须加盐，否则手机号之类一猜就中：请写 salt: {vault: 密钥名}，密钥存入保险箱",
			EN: "a hash needs a salt, or telephone numbers are guessed in no time: write salt: {vault: name of a secret}"})...)
	case m.How != "hash" && m.Salt != nil:
		out = append(out, problem(path+".salt", "not_here", text.Text{ZH: "salt 只用于 hash", EN: "a salt is for hash"}))
	}
	if m.Left < 0 || m.Right < 0 || m.Step < 0 {
		out = append(out, problem(path, "bad_value", text.Text{ZH: "数值不能为负", EN: "numbers must not be negative"}))
	}
	if m.How == "generalise" && (m.Step != 0) == (m.To != "") {
		out = append(out, problem(path+".to", "bad_value", text.Text{
			ZH: "请写 step（数字：取整到多少）或 to（日期：month 等；地点：province、city）其中之一",
			EN: "write step, for numbers, or to: month and the like for dates, province or city for places"}))
	}
	return append(out, optional(path+".to", m.To, coarser)...)
}

func twice(path, name string) catalog.Finding {
	return problem(path, "duplicate", text.Text{ZH: "列名 {name} 重复", EN: "there are two columns named {name}"}, "name", name)
}
