package semantic

import (
	"slices"
	"strconv"
	"strings"

	"lodestar/internal/calendar"
	"lodestar/internal/catalog"
	"lodestar/internal/fault"
	"lodestar/internal/text"
)

// MetricFlowRules is the value of rules that asks for MetricFlow's semantics.
const MetricFlowRules = "metricflow"

var (
	rereadings    = []string{"last", "first", "average"}
	calculations  = []string{"rate", "count"}
	cohortPeriods = []string{"day", "week", "month"}
	spanExample   = text.Text{ZH: "写法如 7 days、1 month", EN: "write for example 7 days or 1 month"}
)

func (s *MetricSpec) validateCumulative() []catalog.Finding {
	var out []catalog.Finding
	if s.Metric == "" {
		out = append(out, problem("metric", "required", text.Text{ZH: "缺少要累计的指标", EN: "the metric to accumulate is missing"}))
	}
	out = append(out, validateSpan("window", s.Window)...)
	out = append(out, validateGrain("toDate", s.ToDate)...)
	if s.Window != "" && s.ToDate != "" {
		out = append(out, problem("toDate", "bad_value", text.Text{
			ZH: "window 与 toDate 只能写一个", EN: "give either window or toDate"}))
	}
	if s.Reread != "" {
		out = append(out, oneOf("reread", s.Reread, rereadings)...)
	}
	return out
}

func (s *MetricSpec) validateConversion() []catalog.Finding {
	out := append(validateInput("base", s.Base), validateInput("conversion", s.Conversion)...)
	out = append(out, s.validateEntity()...)
	out = append(out, validateSpan("window", s.Window)...)
	for _, c := range s.Constant {
		if c.Base == "" || c.Conversion == "" {
			out = append(out, problem("constant", "required", text.Text{
				ZH: "constant 的每一项都要有 base 和 conversion 两列", EN: "each constant names a column of base and one of conversion"}))
		}
	}
	return append(out, s.validateCalculation()...)
}

func (s *MetricSpec) validateRetention() []catalog.Finding {
	out := append(validateInput("base", s.Base), validateInput("return", s.Return)...)
	out = append(out, s.validateEntity()...)
	out = append(out, oneOf("period", string(s.Period), cohortPeriods)...)
	if s.After < 1 || s.After > 1000 {
		out = append(out, problem("after", "bad_value", text.Text{
			ZH: "after 是之后第几个周期，须在 1 到 1000 之间", EN: "after is how many periods later, from 1 to 1000"}))
	}
	return append(out, s.validateCalculation()...)
}

func (s *MetricSpec) validateCalculation() []catalog.Finding {
	if s.Calculation == "" {
		return nil
	}
	return oneOf("calculation", s.Calculation, calculations)
}

func (s *MetricSpec) validateEntity() []catalog.Finding {
	if s.Entity == nil || s.Entity.Base == "" || s.Entity.Other == "" {
		return []catalog.Finding{problem("entity", "required", text.Text{
			ZH: "缺少实体：两边表示同一个人或物的列", EN: "the entity is missing: the column that says who it was on both sides"})}
	}
	return nil
}

func validateOffset(path string, in *Input) []catalog.Finding {
	out := append(validateSpan(path+".offset", in.Offset), validateGrain(path+".offsetTo", in.OffsetTo)...)
	if in.Offset != "" && in.OffsetTo != "" {
		out = append(out, problem(path+".offsetTo", "bad_value", text.Text{
			ZH: "offset 与 offsetTo 只能写一个", EN: "give either offset or offsetTo"}))
	}
	return out
}

func validateSpan(path, span string) []catalog.Finding {
	if span == "" {
		return nil
	}
	if _, ok := readSpan(span); ok {
		return nil // whether a calendar knows the grain is seen later
	}
	if _, _, err := calendar.ParseSpan(span); err != nil {
		f := fault.Of(err)
		return []catalog.Finding{problem(path, f.Code, text.Text{ZH: f.Text.ZH + "；" + spanExample.ZH, EN: f.Text.EN + "; " + spanExample.EN})}
	}
	return nil
}

// readSpan reads a number of periods of any grain, such as "1 season".
func readSpan(s string) (Span, bool) {
	if n, g, err := calendar.ParseSpan(s); err == nil {
		return Span{n, g}, true
	}
	fields := strings.Fields(s)
	if len(fields) != 2 || !namePattern.MatchString(fields[1]) {
		return Span{}, false
	}
	n, err := strconv.Atoi(fields[0])
	return Span{n, calendar.Grain(fields[1])}, err == nil && n >= 1 && n <= 1000
}

func validateGrain(path string, g calendar.Grain) []catalog.Finding {
	if g == "" || slices.Contains(calendar.Grains(), g) {
		return nil
	}
	_, err := calendar.ParseGrain(string(g))
	if err == nil { // a plural or capitals
		return []catalog.Finding{problem(path, "unknown_grain", text.Text{ZH: "粒度请写单数小写", EN: "write the grain in the singular, in small letters"})}
	}
	f := fault.Of(err)
	return []catalog.Finding{problem(path, f.Code, f.Text)}
}
