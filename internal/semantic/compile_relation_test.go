package semantic_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lodestar/internal/catalog"
	"lodestar/internal/semantic"
)

// history is a dataset whose rows hold for a time.
const history = `---
kind: Dataset
metadata: {name: prices}
spec:
  columns: [{name: item, type: string}, {name: since, type: date}, {name: until, type: date}, {name: price, type: integer}]
  primaryKey: [item, since]
---
kind: Dataset
metadata: {name: x}
spec:
  columns: [{name: item, type: string}, {name: day, type: date}, {name: n, type: integer}]
`

// TestRelationFindings adds one relationship to a dataset with a day and one
// without.
func TestRelationFindings(t *testing.T) {
	const to = "  relationships: [{name: price, to: prices, cardinality: many_to_one, "
	tests := []struct{ name, rest, want string }{
		{"a history needs no whole key", "  time: day\n" + to + "columns: {item: item}, validity: {from: since, to: until}}]", ""},
		{"without validity it does", to + "columns: {item: item}}]", "Dataset x spec.relationships[0].columns incomplete_key"},
		{"a slip in validity", to + "columns: {item: item}, validity: {from: sinse, to: until}}]",
			"Dataset x spec.relationships[0].validity.from unknown_column → since"},
		{"validity that is no time", to + "columns: {item: item}, validity: {from: since, to: price}}]",
			"Dataset x spec.relationships[0].validity.to not_time"},
		{"a slip in also, there", to + "columns: {item: item, day: since}, also: {day: untill}}]",
			"Dataset x spec.relationships[0].also.day unknown_column → until"},
		{"also of unlike types", to + "columns: {item: item, day: since}, also: {n: until}}]",
			"Dataset x spec.relationships[0].also.n key_type → cast(n as date)"},
		{"a column of the start may be missing", to + "columns: {item: item, day: since}, also: {start.day: until}}]", ""},
		{"a time behind a validity", to + "columns: {item: item}, validity: {from: since, to: until}}]\n  time: price.since",
			"Dataset x spec.time time_by_validity"},
		{"a metric without the time that its filter needs", to + "columns: {item: item}, validity: {from: since, to: until}}]\n---\n" +
			"kind: Metric\nmetadata: {name: m}\nspec: {type: simple, dataset: x, agg: count, where: price.price > 1}",
			"Metric m spec.where no_time"},
		{"and one with it", "  time: day\n" + to + "columns: {item: item}, validity: {from: since, to: until}}]\n---\n" +
			"kind: Metric\nmetadata: {name: m}\nspec: {type: simple, dataset: x, agg: sum, expr: n * price.price}", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m, findings := compileText(t, shop+history+tt.rest)
			if diff := cmp.Diff(tt.want, strings.Join(brief(findings), "\n")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if (m.Dataset("x") != nil) != (tt.want == "" || strings.HasPrefix(tt.want, "Metric")) {
				t.Error("the dataset should be in the model when it is sound, and only then")
			}
		})
	}
}

func TestValidateRelationship(t *testing.T) {
	s := &semantic.DatasetSpec{Columns: []semantic.Column{{Name: "day", Type: "date"}}, Relationships: []semantic.Relationship{
		{Name: "r", To: "t", Columns: map[string]string{"day": "a"}, Cardinality: "many_to_one",
			Also: map[string]string{"dai": "b", "start.dai": "c"}, Validity: &semantic.Validity{From: "d"}}}}
	var got []string
	for _, f := range s.Validate(catalog.Metadata{Name: "x"}) {
		got = append(got, f.Path+" "+f.Rule+" "+f.Suggestion)
	}
	want := []string{"relationships[0].also.dai unknown_column day", "relationships[0].validity required "}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestLookupFindings adds the value of a metric to a dataset.
func TestLookupFindings(t *testing.T) {
	const set = "---\nkind: Dataset\nmetadata: {name: x}\nspec:\n  columns: [{name: k, type: string}, {name: n, type: integer}]\n  primaryKey: [k]\n"
	const metric = "\n---\nkind: Metric\nmetadata: {name: m}\nspec: {type: simple, dataset: x, agg: count"
	tests := []struct{ name, rest, want string }{
		{"sound", "  dimensions: [{name: d, metric: revenue, by: store_id}, {name: e, expr: d > 1}]" + metric + ", where: e}", ""},
		{"unknown metric", "  dimensions: [{name: d, metric: revenu, by: store_id}]", "Dataset x spec.dimensions[0].metric unknown_reference → revenue"},
		{"unknown key", "  dimensions: [{name: d, metric: revenue, by: stor_id}]", "Dataset x spec.dimensions[0].by unknown_name → store_id"},
		{"unlike keys", "  dimensions: [{name: d, metric: revenue, by: store_id, on: n}]", "Dataset x spec.dimensions[0].by key_type"},
		{"used in an expression that is wrong", "  dimensions: [{name: d, metric: revenue, by: store_id}, {name: e, expr: d = 'a'}]", "Dataset x spec.dimensions[1].expr wrong_type"},
		{"no key here", "  dimensions: [{name: d, metric: revenue, by: store_id}]\n---\nkind: Dataset\nmetadata: {name: y}\nspec: {columns: [{name: k, type: string}], dimensions: [{name: d, metric: revenue, by: store_id}]}",
			"Dataset y spec.dimensions[0].on required"},
		{"a time", "  dimensions: [{name: d, metric: revenue, by: store_id}, {name: e, expr: \"case when d > 1 then date '2026-01-01' end\"}]\n  time: e",
			"Dataset x spec.time time_by_metric"},
		{"a circle", "  dimensions: [{name: d, metric: m, by: k}]" + metric + ", where: d > 1}",
			"Dataset x spec.dimensions[0].metric broken_reference\nMetric m spec.where cycle"},
		{"a circle of two", "  dimensions: [{name: d, metric: m, by: k}, {name: e, metric: n, by: k}]" + metric + ", where: e > 1}\n---\n" +
			"kind: Metric\nmetadata: {name: n}\nspec: {type: simple, dataset: x, agg: count, where: d > 1}",
			"Dataset x spec.dimensions[0].metric broken_reference\nDataset x spec.dimensions[1].metric broken_reference\nMetric m spec.where broken_reference\nMetric n spec.where cycle"},
		{"a metric whose dataset is bad", "  dimensions: [{name: d, metric: m, by: k}]\n---\nkind: Dataset\nmetadata: {name: y}\n" +
			"spec: {columns: [{name: k, type: string}], dimensions: [{name: z, expr: w + 1}]}\n---\nkind: Metric\nmetadata: {name: m}\nspec: {type: simple, dataset: y, agg: count}",
			"Dataset x spec.dimensions[0].metric broken_reference\nDataset y spec.dimensions[0].expr unknown_name\nMetric m spec.dataset broken_reference"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, findings := compileText(t, shop+set+tt.rest)
			if diff := cmp.Diff(tt.want, strings.Join(brief(findings), "\n")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestManyFindings adds a many-to-many relationship from orders to a dataset of
// tags.
func TestManyFindings(t *testing.T) {
	const sets = `---
kind: Dataset
metadata: {name: tags}
spec: {columns: [{name: tag, type: string}, {name: weight, type: integer}, {name: day, type: date}], primaryKey: [tag]}
---
kind: Dataset
metadata: {name: pairs}
spec:
  columns: [{name: k, type: string}, {name: tag, type: string}, {name: other, type: string}]
  relationships:
    - {name: x, to: x, columns: {k: k}, cardinality: many_to_one}
    - {name: tag, to: tags, columns: {tag: tag}, cardinality: many_to_one}
    - {name: other, to: tags, columns: {other: tag}, cardinality: many_to_one}
---
kind: Dataset
metadata: {name: x}
spec:
  columns: [{name: k, type: string}]
  primaryKey: [k]
`
	const via = "  relationships: [{name: tags, to: tags, cardinality: many_to_many, through: pairs, via: [x, tag]}]\n"
	const metric = "---\nkind: Metric\nmetadata: {name: m}\nspec: {type: simple, dataset: x, "
	tests := []struct{ name, rest, want string }{
		{"sound", via + metric + "agg: count, where: tags.weight > 1}", ""},
		{"two ways", "  relationships: [{name: tags, to: tags, cardinality: many_to_many, through: pairs}]", "Dataset x spec.relationships[0].via ambiguous_path"},
		{"a slip", "  relationships: [{name: tags, to: tags, cardinality: many_to_many, through: pairs, via: [x, tga]}]",
			"Dataset x spec.relationships[0].via[1] unknown_relationship → tag"},
		{"no pairs", "  relationships: [{name: tags, to: tags, cardinality: many_to_many, through: pair}]",
			"Dataset x spec.relationships[0].through unknown_reference → pairs"},
		{"pairs of others", "  relationships: [{name: tags, to: cities, cardinality: many_to_many, through: pairs}]",
			"Dataset x spec.relationships[0].through no_relationship"},
		{"a sum needs one value", via + metric + "agg: sum, expr: tags.weight}", "Metric m spec.expr many_values"},
		{"a computed column needs one value", "  dimensions: [{name: d, expr: tags.weight + 1}]\n" + via, "Dataset x spec.dimensions[0].expr many_values"},
		{"a time needs one value", "  time: tags.day\n" + via, "Dataset x spec.time many_values"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, findings := compileText(t, shop+sets+tt.rest)
			var own []string // pairs fall with x, which they lead to
			for _, f := range brief(findings) {
				if !strings.HasPrefix(f, "Dataset pairs ") {
					own = append(own, f)
				}
			}
			if diff := cmp.Diff(tt.want, strings.Join(own, "\n")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
