package explain_test

import (
	"testing"

	"lodestar/internal/catalog"
	"lodestar/internal/expr"
	"lodestar/internal/semantic"
	"lodestar/internal/text"
)

// modelOf compiles a dataset named sales, the workspace and the metrics.
func modelOf(t testing.TB, metrics map[string]*semantic.MetricSpec, more ...*catalog.Resource) *semantic.Model {
	t.Helper()
	rs := []*catalog.Resource{
		resource("Workspace", semantic.WorkspaceName, &semantic.WorkspaceSpec{Zone: "Asia/Shanghai", WeekStart: "monday"}),
		resource("Dataset", "sales", &semantic.DatasetSpec{
			Columns: []semantic.Column{
				{Name: "at", Type: expr.Timestamp}, {Name: "store", Type: expr.String}, {Name: "channel", Type: expr.String},
				{Name: "product", Type: expr.String}, {Name: "big", Type: expr.Boolean}, {Name: "buyer", Type: expr.String},
				{Name: "amount", Type: expr.Float}, {Name: "orders", Type: expr.Integer}, {Name: "visits", Type: expr.Integer},
			},
			Time: "at",
		}),
	}
	for name, spec := range metrics {
		rs = append(rs, resource("Metric", name, spec))
	}
	m, findings := semantic.Compile(append(rs, more...))
	for _, f := range findings {
		if f.Severity == catalog.Error {
			t.Fatalf("%s %s: %s %s", f.Kind, f.Name, f.Path, f.Text.EN)
		}
	}
	return m
}

func resource(kind, name string, spec catalog.Spec) *catalog.Resource {
	return &catalog.Resource{Kind: kind, Metadata: catalog.Metadata{Name: name, Title: text.Text{ZH: name, EN: name}},
		Spec: spec, Revision: 1, State: catalog.Published}
}

func sum(column string) *semantic.MetricSpec {
	return &semantic.MetricSpec{Type: "simple", Dataset: "sales", Agg: "sum", Expr: column}
}

func derived(formula string) *semantic.MetricSpec {
	return &semantic.MetricSpec{Type: "derived", Expr: formula}
}
