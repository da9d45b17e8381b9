package process_test

import (
	"strings"
	"testing"

	"lodestar/internal/catalog"
	"lodestar/internal/kinds"
	"lodestar/internal/process"
)

// judged gives what is wrong with a process over a metric and an event, as
// path, rule and line:column.
func judged(t *testing.T, steps string) string {
	t.Helper()
	src := `{kind: Dataset, metadata: {name: leads}, spec: {columns: [{name: id, type: integer}]}}
---
{kind: Metric, metadata: {name: lead_count}, spec: {type: simple, dataset: leads, agg: count}}
---
{kind: Metric, metadata: {name: broken}, spec: {type: simple, dataset: leads, agg: sum, expr: nothing}}
---
{kind: Event, metadata: {name: lead_created}, spec: {}}
---
kind: Process
metadata: {name: sales}
spec:
` + steps
	_, findings, err := catalog.Judged(t.Context(), catalog.Config{Kinds: kinds.All(), Checker: catalog.CheckerFunc(kinds.Check)},
		[]catalog.File{{Name: "sales.yaml", Text: src}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, f := range findings {
		if f.Kind == process.KindProcess || f.Kind == "" {
			if f.Text.ZH == "" || f.Text.EN == "" {
				t.Errorf("no words: %+v", f)
			}
			out = append(out, strings.TrimSpace(strings.Join([]string{f.Path, f.Rule, f.In("en")[:strings.Index(f.In("en"), ": ")], f.Suggestion}, " ")))
		}
	}
	return strings.Join(out, "\n")
}

// TestJudged: every mistake in a process is found where it stands.
func TestJudged(t *testing.T) {
	t.Parallel()
	for steps, want := range map[string]string{
		"  steps: [{name: answer, metrics: [lead_count], events: [lead_created]}, {name: visit}]": "",
		"  steps: []":                                                                   "spec.steps no_steps sales.yaml:12:10",
		"  steps:\n  - {title: {en: Answer}}":                                           "spec.steps[0].name name_missing sales.yaml:13:6",
		"  steps:\n  - {name: Answer leads}":                                            "spec.steps[0].name name_form sales.yaml:13:12",
		"  steps:\n  - {name: answer}\n  - {name: answer}":                              "spec.steps[1].name duplicate_step sales.yaml:14:12",
		"  steps:\n  - name: answer\n    metrics: [lead_count, lead_count]":             "spec.steps[0].metrics[1] duplicate sales.yaml:14:27",
		"  steps:\n  - name: answer\n    events: [lead_created, \"\"]":                  "spec.steps[0].events[1] missing sales.yaml:14:28",
		"  steps:\n  - name: answer\n    metrics: [lead_counts]":                        "spec.steps[0].metrics[0] unknown_reference sales.yaml:14:15 lead_count",
		"  steps:\n  - name: answer\n    events: [lead_create]":                         "spec.steps[0].events[0] unknown_reference sales.yaml:14:14 lead_created",
		"  steps:\n  - name: answer\n    metrics: [broken]":                             "spec.steps[0].metrics[0] needs_quarantined sales.yaml:14:15",
		"  steps:\n  - name: answer\n    metric: [lead_count]":                          "spec.steps[0].metric unknown_key sales.yaml:14:5 metrics",
		"  steps: [{name: a, metrics: [lead_count]}, {name: b, metrics: [lead_count]}]": "",
	} {
		if got := judged(t, steps); got != want {
			t.Errorf("%s\n got %s\nwant %s", steps, got, want)
		}
	}
}

// TestRename: a process follows a metric or an event to another name, in the
// copy alone, and takes none for the other.
func TestRename(t *testing.T) {
	t.Parallel()
	spec := &process.Spec{Steps: []process.Step{{Name: "a", Metrics: []string{"x", "y"}, Events: []string{"x"}}, {Name: "x", Metrics: []string{"x"}}}}
	names := func(s catalog.Spec) string {
		var out []string
		for _, r := range s.Refs() {
			out = append(out, r.Kind+"/"+r.Name)
		}
		return strings.Join(out, " ")
	}
	before := names(spec)
	for kind, want := range map[string]string{"Metric": "Metric/z Metric/y Event/x Metric/z", "Event": "Metric/x Metric/y Event/z Metric/x", "Dataset": before} {
		if got := names(spec.Rename(kind, "x", "z")); got != want {
			t.Errorf("%s: %s, want %s", kind, got, want)
		}
	}
	if after := names(spec); after != before || spec.Steps[1].Name != "x" {
		t.Errorf("changed itself: %s", after)
	}
}
