package semantic

import (
	"maps"
	"slices"
	"sort"

	"lodestar/internal/catalog"
	"lodestar/internal/expr"
	"lodestar/internal/text"
)

var (
	metricTypes  = []string{"simple", "ratio", "derived", "cumulative", "conversion", "retention"}
	aggregates   = []string{"sum", "count", "count_distinct", "min", "max", "avg", "weighted_avg", "median", "percentile"}
	roles        = []string{"north_star", "result", "process", "early_warning", "guardrail"}
	directions   = []string{"up", "down"}
	emptyValues  = []string{"0", "null"}
	balanceTakes = []string{"last", "first"}
	foreignRules = []string{MetricFlowRules}
	notForSimple = text.Text{ZH: "{type} 指标没有 {field}", EN: "a {type} metric has no {field}"}
)

// Validate checks the metric by itself.
func (s *MetricSpec) Validate(catalog.Metadata) []catalog.Finding {
	out := oneOf("type", s.Type, metricTypes)
	switch s.Type {
	case "simple":
		out = append(out, s.validateSimple()...)
	case "ratio":
		out = append(out, validateInput("numerator", s.Numerator)...)
		out = append(out, validateInput("denominator", s.Denominator)...)
	case "derived":
		out = append(out, requireExpr("expr", s.Expr)...)
		for _, alias := range slices.Sorted(maps.Keys(s.Inputs)) {
			in := s.Inputs[alias]
			out = append(out, checkName("inputs."+alias, alias)...)
			out = append(out, validateInput("inputs."+alias, &in)...)
		}
	case "cumulative":
		out = append(out, s.validateCumulative()...)
	case "conversion":
		out = append(out, s.validateConversion()...)
	case "retention":
		out = append(out, s.validateRetention()...)
	}
	out = append(out, s.foreignFields()...)
	if s.Rules != "" {
		out = append(out, oneOf("rules", s.Rules, foreignRules)...)
	}
	if s.Direction != "" {
		out = append(out, oneOf("direction", s.Direction, directions)...)
	}
	if s.Role != "" {
		out = append(out, oneOf("role", s.Role, roles)...)
	}
	return out
}

func (s *MetricSpec) validateSimple() []catalog.Finding {
	var out []catalog.Finding
	if s.Dataset == "" {
		out = append(out, problem("dataset", "required", text.Text{ZH: "缺少数据集", EN: "the dataset is missing"}))
	}
	out = append(out, oneOf("agg", s.Agg, aggregates)...)
	if s.Agg == "count" {
		out = append(out, parses("expr", s.Expr)...)
	} else {
		out = append(out, requireExpr("expr", s.Expr)...)
	}
	out = append(out, parses("where", s.Where)...)
	switch {
	case s.Agg == "percentile" && (s.Percentile <= 0 || s.Percentile >= 1):
		out = append(out, problem("percentile", "bad_value", text.Text{
			ZH: "分位须在 0 与 1 之间，例如 0.9", EN: "a percentile lies between 0 and 1, for example 0.9"}))
	case s.Agg != "percentile" && s.Percentile != 0:
		out = append(out, problem("percentile", "bad_value", text.Text{
			ZH: "只有 agg: percentile 才有分位", EN: "only agg: percentile has a percentile"}))
	}
	if s.Discrete && s.Agg != "percentile" {
		out = append(out, problem("discrete", "bad_value", text.Text{
			ZH: "只有 agg: percentile 才能取其中一个值", EN: "only agg: percentile can be one of the values"}))
	}
	if s.Empty != "" {
		out = append(out, oneOf("empty", s.Empty, emptyValues)...)
	}
	if s.Agg == "weighted_avg" {
		out = append(out, requireExpr("weight", s.Weight)...)
	} else if s.Weight != "" {
		out = append(out, problem("weight", "bad_value", text.Text{
			ZH: "只有 agg: weighted_avg 才有权重", EN: "only agg: weighted_avg has a weight"}))
	}
	if s.Approximate && s.Agg != "count_distinct" && s.Agg != "percentile" && s.Agg != "median" {
		out = append(out, problem("approximate", "bad_value", text.Text{
			ZH: "只有去重计数、中位数和分位可以近似计算", EN: "only distinct counts, medians and percentiles can be approximate"}))
	}
	if s.Balance != nil {
		out = append(out, oneOf("balance.take", s.Balance.Take, balanceTakes)...)
	}
	return out
}

func validateInput(path string, in *Input) []catalog.Finding {
	if in == nil || in.Metric == "" {
		return []catalog.Finding{problem(path+".metric", "required", text.Text{ZH: "缺少指标", EN: "the metric is missing"})}
	}
	return append(parses(path+".where", in.Where), validateOffset(path, in)...)
}

// foreignFields finds fields that belong to another type of metric.
func (s *MetricSpec) foreignFields() []catalog.Finding {
	set := map[string]bool{
		"dataset": s.Dataset != "", "agg": s.Agg != "", "where": s.Where != "", "time": s.Time != "", "empty": s.Empty != "",
		"expr": s.Expr != "", "numerator": s.Numerator != nil, "denominator": s.Denominator != nil, "inputs": len(s.Inputs) > 0,
		"balance": s.Balance != nil, "pad": s.Pad, "metric": s.Metric != "", "window": s.Window != "", "toDate": s.ToDate != "",
		"reread": s.Reread != "", "base": s.Base != nil, "conversion": s.Conversion != nil, "return": s.Return != nil,
		"entity": s.Entity != nil, "constant": len(s.Constant) > 0, "calculation": s.Calculation != "", "period": s.Period != "",
		"after": s.After != 0, "bounded": s.Bounded,
	}
	own := map[string][]string{
		"simple":     {"dataset", "agg", "where", "time", "empty", "expr", "balance", "pad"},
		"ratio":      {"numerator", "denominator"},
		"derived":    {"expr", "inputs"},
		"cumulative": {"metric", "window", "toDate", "reread"},
		"conversion": {"base", "conversion", "entity", "constant", "calculation", "window"},
		"retention":  {"base", "return", "entity", "calculation", "period", "after", "bounded"},
	}[s.Type]
	if own == nil {
		return nil
	}
	var out []catalog.Finding
	for _, field := range slices.Sorted(maps.Keys(set)) {
		if set[field] && !slices.Contains(own, field) {
			out = append(out, problem(field, "not_for_type", notForSimple, "type", s.Type, "field", field))
		}
	}
	return out
}

// Refs names the dataset and the metrics that this one is made of.
func (s *MetricSpec) Refs() []catalog.Ref {
	var out []catalog.Ref
	add := func(kind, name, path string) {
		if name != "" {
			out = append(out, catalog.Ref{Kind: kind, Name: name, Path: path})
		}
	}
	add(KindDataset, s.Dataset, "dataset")
	add(KindMetric, s.Metric, "metric")
	for _, in := range s.namedInputs() {
		if in.input != nil {
			add(KindMetric, in.input.Metric, in.name+".metric")
		}
	}
	for _, alias := range slices.Sorted(maps.Keys(s.Inputs)) {
		add(KindMetric, s.Inputs[alias].Metric, "inputs."+alias+".metric")
	}
	if s.Type == "derived" {
		for _, name := range s.exprMetrics() {
			add(KindMetric, name, "expr")
		}
	}
	return out
}

type namedInput struct {
	name  string
	input *Input
}

// namedInputs lists the inputs that have fields of their own.
func (s *MetricSpec) namedInputs() []namedInput {
	return []namedInput{{"numerator", s.Numerator}, {"denominator", s.Denominator}, {"base", s.Base},
		{"conversion", s.Conversion}, {"return", s.Return}}
}

// exprMetrics lists the metrics that the expression names directly, by name.
func (s *MetricSpec) exprMetrics() []string {
	n, err := expr.Parse(s.Expr)
	if err != nil {
		return nil
	}
	seen := map[string]bool{}
	for _, name := range expr.Names(n) {
		if _, alias := s.Inputs[name.Parts[0]]; len(name.Parts) == 1 && !alias {
			seen[name.Parts[0]] = true
		}
	}
	out := slices.Collect(maps.Keys(seen))
	sort.Strings(out)
	return out
}

// Rename gives a copy that follows a dataset or metric to another name.
func (s *MetricSpec) Rename(kind, from, to string) catalog.Spec {
	c := *s
	switch kind {
	case KindDataset:
		if c.Dataset == from {
			c.Dataset = to
		}
	case KindMetric:
		for _, in := range []**Input{&c.Numerator, &c.Denominator, &c.Base, &c.Conversion, &c.Return} {
			*in = renameInput(*in, from, to)
		}
		if c.Metric == from {
			c.Metric = to
		}
		if s.Inputs != nil {
			c.Inputs = make(map[string]Input, len(s.Inputs))
			for alias, in := range s.Inputs {
				c.Inputs[alias] = *renameInput(&in, from, to)
			}
		}
		if _, alias := s.Inputs[from]; s.Type == "derived" && !alias {
			if src, err := expr.Rename(s.Expr, []string{from}, []string{to}); err == nil {
				c.Expr = src
			}
		}
	}
	return &c
}

func renameInput(in *Input, from, to string) *Input {
	if in == nil || in.Metric != from {
		return in
	}
	out := *in
	out.Metric = to
	return &out
}
