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
	metricTypes  = []string{"simple", "ratio", "derived"}
	aggregates   = []string{"sum", "count", "count_distinct", "min", "max", "avg", "median", "percentile"}
	roles        = []string{"north_star", "result", "process", "early_warning", "guardrail"}
	directions   = []string{"up", "down"}
	emptyValues  = []string{"0", "null"}
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
	}
	out = append(out, s.foreignFields()...)
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
	if s.Empty != "" {
		out = append(out, oneOf("empty", s.Empty, emptyValues)...)
	}
	return out
}

func validateInput(path string, in *Input) []catalog.Finding {
	if in == nil || in.Metric == "" {
		return []catalog.Finding{problem(path+".metric", "required", text.Text{ZH: "缺少指标", EN: "the metric is missing"})}
	}
	return parses(path+".where", in.Where)
}

// foreignFields finds fields that belong to another type of metric.
func (s *MetricSpec) foreignFields() []catalog.Finding {
	set := map[string]bool{
		"dataset": s.Dataset != "", "agg": s.Agg != "", "where": s.Where != "", "time": s.Time != "", "empty": s.Empty != "",
		"expr": s.Expr != "", "numerator": s.Numerator != nil, "denominator": s.Denominator != nil, "inputs": len(s.Inputs) > 0,
	}
	own := map[string][]string{
		"simple":  {"dataset", "agg", "where", "time", "empty", "expr"},
		"ratio":   {"numerator", "denominator"},
		"derived": {"expr", "inputs"},
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
	if s.Numerator != nil {
		add(KindMetric, s.Numerator.Metric, "numerator.metric")
	}
	if s.Denominator != nil {
		add(KindMetric, s.Denominator.Metric, "denominator.metric")
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
		c.Numerator, c.Denominator = renameInput(s.Numerator, from, to), renameInput(s.Denominator, from, to)
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
