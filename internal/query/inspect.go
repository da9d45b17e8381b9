package query

import (
	"context"
	"slices"

	"lodestar/internal/access"
	"lodestar/internal/catalog"
	"lodestar/internal/expr"
	"lodestar/internal/fault"
	"lodestar/internal/semantic"
	"lodestar/internal/text"
)

// ExprRequest is an expression that somebody is writing, and where it stands.
type ExprRequest struct {
	Expr string `json:"expr"`
	// As is condition or number or value, over the rows of Dataset; condition,
	// over what the datasets of Metrics share; or formula, over metrics.
	As      string            `json:"as"`
	Dataset string            `json:"dataset,omitempty"`
	Metrics []string          `json:"metrics,omitempty"`
	Inputs  map[string]string `json:"inputs,omitempty"` // formula: aliases of metrics
	Metric  string            `json:"metric,omitempty"` // formula: whose it is, so that it is not made of itself
}

// ExprCheck is what an expression is, and what is wrong with it.
type ExprCheck struct {
	Type     expr.Type         `json:"type,omitempty"` // not there while something is wrong
	Unit     string            `json:"unit,omitempty"` // of a formula, as far as it follows
	Findings []catalog.Finding `json:"findings"`
}

// CheckExpr says what is wrong with an expression while it is being written.
// Viewers may ask. Faults: Invalid for a context that is none, NotFound for a
// dataset or metric that does not exist.
func (e *Engine) CheckExpr(_ context.Context, who access.Actor, r ExprRequest) (ExprCheck, error) {
	if err := who.Must(access.Viewer); err != nil {
		return ExprCheck{}, err
	}
	m := e.c.Model()
	out := ExprCheck{Findings: []catalog.Finding{}}
	if r.As == "formula" {
		typ, unit, found := m.InspectFormula(semantic.Draft{Expr: r.Expr, Inputs: r.Inputs, Metric: r.Metric})
		out.Type, out.Unit, out.Findings = typ, unit, append(out.Findings, found...)
		return out, nil
	}
	datasets, err := r.datasets(m)
	if err != nil {
		return out, err
	}
	typ, err := r.typeOn(datasets)
	if err != nil {
		out.Findings = append(out.Findings, semantic.FindingOf("expr", err))
		return out, nil
	}
	out.Type = typ
	return out, nil
}

// datasets lists those whose names the expression may use.
func (r ExprRequest) datasets(m *semantic.Model) ([]*semantic.Dataset, error) {
	if !slices.Contains([]string{"condition", "number", "value"}, r.As) {
		return nil, fault.New(fault.Invalid, "bad_value", text.Text{
			ZH: "as 应为 condition、number、value 或 formula", EN: "as is condition, number, value or formula"})
	}
	if r.Dataset != "" {
		d := m.Dataset(r.Dataset)
		if d == nil {
			return nil, unknownDataset(m, "dataset", r.Dataset)
		}
		return []*semantic.Dataset{d}, nil
	}
	var out []*semantic.Dataset
	for _, name := range r.Metrics {
		metric := m.Metric(name)
		if metric == nil {
			return nil, unknownMetric(m, "metrics", name)
		}
		for _, d := range metric.Datasets {
			if !slices.Contains(out, d) {
				out = append(out, d)
			}
		}
	}
	if len(out) == 0 {
		return nil, fault.New(fault.Invalid, "no_context", text.Text{
			ZH: "请给出表达式所在的数据集（dataset）或指标（metrics）", EN: "say where the expression stands: give its dataset or metrics"})
	}
	return out, nil
}

// typeOn is the type of the expression over rows of the datasets.
func (r ExprRequest) typeOn(datasets []*semantic.Dataset) (expr.Type, error) {
	if r.As == "condition" {
		_, err := semantic.NewFilter(r.Expr, datasets)
		return expr.Boolean, err
	}
	n, err := expr.Parse(r.Expr)
	if err != nil {
		return "", err
	}
	check := expr.Check
	if r.As == "number" {
		check = expr.CheckNumber
	}
	t, err := check(n, datasets[0].Scope())
	if err != nil {
		return "", err
	}
	return t.Type(), nil
}
