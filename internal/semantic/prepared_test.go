package semantic_test

import (
	"slices"
	"testing"

	"lodestar/internal/catalog"
	"lodestar/internal/expr"
	"lodestar/internal/semantic"
	"lodestar/internal/steps"
)

func rawOrders() *catalog.Resource {
	return &catalog.Resource{Kind: semantic.KindDataset, Metadata: catalog.Metadata{Name: "raw"}, Spec: &semantic.DatasetSpec{
		Columns:    []semantic.Column{{Name: "id", Type: expr.Integer}, {Name: "amount", Type: expr.String}, {Name: "at", Type: expr.Date}},
		PrimaryKey: []string{"id"}}}
}

func madeFrom(name, from string, list ...steps.Step) *catalog.Resource {
	return &catalog.Resource{Kind: semantic.KindDataset, Metadata: catalog.Metadata{Name: name}, Spec: &semantic.DatasetSpec{
		PrimaryKey: []string{"id"}, Time: "at", Source: &semantic.Source{From: from, Steps: list}}}
}

// TestPreparedColumns: the columns of a dataset follow from its steps, also
// through datasets in between, and metrics can use them.
func TestPreparedColumns(t *testing.T) {
	t.Parallel()
	second := madeFrom("a_second", "z_first", steps.Step{Derive: []steps.Derived{{Name: "big", Expr: "amount > 100"}}})
	second.Spec.(*semantic.DatasetSpec).Columns = []semantic.Column{{Name: "amount", Type: expr.Decimal, Precision: 10, Scale: 2}}
	model, found := semantic.Compile([]*catalog.Resource{second, rawOrders(),
		madeFrom("z_first", "raw", steps.Step{Cast: []steps.Cast{{Column: "amount", Type: expr.Decimal}}}),
		{Kind: semantic.KindMetric, Metadata: catalog.Metadata{Name: "sales"}, Spec: &semantic.MetricSpec{Type: "simple", Dataset: "a_second", Agg: "sum", Expr: "amount", Where: "big"}}})
	if len(found) > 0 {
		t.Fatal(found)
	}
	d := model.Dataset("a_second")
	var names []string
	for _, c := range d.Spec.Columns {
		names = append(names, c.Name)
	}
	if !slices.Equal(names, []string{"id", "amount", "at", "big"}) {
		t.Errorf("columns %v", names)
	}
	if c := d.Column("amount"); c.Precision != 10 || c.Scale != 2 {
		t.Errorf("what is written does not go before: %+v", c)
	}
	if model.Metric("sales") == nil || d.Time == nil || model.Plan(d) == nil {
		t.Error("no metric, time or plan")
	}
}

func TestPreparedFindings(t *testing.T) {
	t.Parallel()
	bad := madeFrom("bad", "raw", steps.Step{Filter: "amout = ''"})
	mistyped := madeFrom("mistyped", "raw")
	mistyped.Spec.(*semantic.DatasetSpec).Columns = []semantic.Column{{Name: "amount", Type: expr.Float}}
	keyless := madeFrom("keyless", "raw", steps.Step{Drop: []string{"id"}})
	direct := &catalog.Resource{Kind: semantic.KindDataset, Metadata: catalog.Metadata{Name: "direct"}, Spec: &semantic.DatasetSpec{
		Columns: []semantic.Column{{Name: "id", Type: expr.Integer}, {Name: "at", Type: expr.Date}}, Source: &semantic.Source{Connection: "c", Table: "a.b"}}}
	connection := &catalog.Resource{Kind: semantic.KindConnection, Metadata: catalog.Metadata{Name: "c"}, Spec: &semantic.ConnectionSpec{Type: "postgres", Host: "h", User: "u"}}
	model, found := semantic.Compile([]*catalog.Resource{rawOrders(), bad, mistyped, keyless, direct, connection,
		madeFrom("loop_a", "loop_b"), madeFrom("loop_b", "loop_a"), madeFrom("after_bad", "bad"), madeFrom("from_direct", "direct"), madeFrom("from_nothing", "row")})
	rules := map[string]string{}
	for _, f := range found {
		rules[f.Name] = f.Path + " " + f.Rule
	}
	for name, want := range map[string]string{
		"bad": "spec.source.steps[0].filter unknown_name", "mistyped": "spec.columns[0].type wrong_type", "keyless": "spec.primaryKey[0] unknown_column",
		"loop_a": "spec.source.from cycle", "loop_b": "spec.source.from cycle", "after_bad": "spec.source.from broken_reference",
		"from_direct": "spec.source.from rows_elsewhere", "from_nothing": "spec.source.from unknown_reference",
	} {
		if rules[name] != want {
			t.Errorf("%s: %q, not %q", name, rules[name], want)
		}
		if model.Dataset(name) != nil {
			t.Errorf("%s is in the model", name)
		}
	}
	if model.Dataset("raw") == nil {
		t.Error("a good dataset was left out")
	}
}

func TestPreparedRename(t *testing.T) {
	t.Parallel()
	spec := madeFrom("x", "raw", steps.Step{Union: &steps.Union{Datasets: []string{"old", "raw"}}},
		steps.Step{Join: &steps.Join{Dataset: "raw", On: map[string]string{"id": "id"}}}).Spec.(*semantic.DatasetSpec)
	spec.Source.Refresh = &semantic.Schedule{After: []string{"raw"}}
	var paths []string
	for _, r := range spec.Refs() {
		if r.Name == "raw" {
			paths = append(paths, r.Path)
		}
	}
	if !slices.Equal(paths, []string{"source.from", "source.steps[0].union.datasets[1]", "source.steps[1].join.dataset", "source.refresh.after[0]"}) {
		t.Errorf("references at %v", paths)
	}
	renamed := spec.Rename(semantic.KindDataset, "raw", "fresh").(*semantic.DatasetSpec)
	for _, r := range renamed.Refs() {
		if r.Name == "raw" {
			t.Errorf("%s still says raw", r.Path)
		}
	}
	if spec.Source.From != "raw" || spec.Source.Steps[1].Join.Dataset != "raw" || spec.Source.Refresh.After[0] != "raw" {
		t.Error("the original has changed")
	}
}
