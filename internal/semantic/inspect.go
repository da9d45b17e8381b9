package semantic

import (
	"maps"
	"slices"
	"strings"

	"lodestar/internal/catalog"
	"lodestar/internal/expr"
	"lodestar/internal/text"
)

// Draft is a formula that somebody is writing.
type Draft struct {
	Expr   string
	Inputs map[string]string // aliases of metrics
	Metric string            // whose formula it is; "" for a new one
}

// InspectFormula says of which type a formula is and in which unit, both ""
// while they cannot be told, and what is wrong with it.
func (m *Model) InspectFormula(d Draft) (typ expr.Type, unit string, findings []catalog.Finding) {
	n, err := expr.Parse(d.Expr)
	if err != nil {
		return "", "", []catalog.Finding{ofExpr("expr", err)}
	}
	s := drafted{m: m, d: d}
	t, err := expr.CheckNumber(n, s)
	if err != nil {
		return "", "", []catalog.Finding{ofExpr("expr", err)}
	}
	if constant(n) {
		return t.Type(), "", []catalog.Finding{problem("expr", "no_metric", text.Text{
			ZH: "公式里没有任何指标", EN: "the formula names no metric"})}
	}
	u := units{of: func(name string) string {
		if metric := m.Metric(s.target(name)); metric != nil {
			return metric.Unit
		}
		return ""
	}}
	unit = u.node(n)
	return t.Type(), unit, u.findings
}

// drafted is the scope of a formula that is no metric yet.
type drafted struct {
	m *Model
	d Draft
}

func (s drafted) target(name string) string {
	if to, ok := s.d.Inputs[name]; ok {
		return to
	}
	return name
}

// Resolve satisfies expr.Scope.
func (s drafted) Resolve(parts []string) (expr.Symbol, error) {
	name := strings.Join(parts, ".")
	metric := s.m.Metric(s.target(name))
	if metric == nil {
		candidates := slices.Sorted(maps.Keys(s.d.Inputs))
		for _, known := range s.m.Metrics() {
			candidates = append(candidates, known.Name)
		}
		return expr.Symbol{}, expr.UnknownName(name, candidates)
	}
	if way := metric.wayTo(s.d.Metric); s.d.Metric != "" && way != nil {
		return expr.Symbol{}, &expr.Error{Code: "cycle", Text: text.Text{
			ZH: "指标互相引用成环：{way}", EN: "metrics go round in a circle: {way}"}.
			With("way", strings.Join(append([]string{s.d.Metric}, way...), " → "))}
	}
	return expr.Symbol{Ref: metric, Type: metric.Type}, nil
}

// wayTo lists the metrics from this one down to another that it is made of,
// both included; nil when it is not made of it.
func (m *Metric) wayTo(name string) []string {
	if m.Name == name {
		return []string{name}
	}
	if m.Formula == nil {
		return nil
	}
	for _, o := range m.Formula.Operands {
		if way := o.Metric.wayTo(name); way != nil {
			return append([]string{m.Name}, way...)
		}
	}
	return nil
}
