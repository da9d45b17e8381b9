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
