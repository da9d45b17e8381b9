package app_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"lodestar/internal/demo"
)

const collectedWorld = `
{kind: Dataset, metadata: {name: orders}, spec: {columns: [{name: id, type: integer}], primaryKey: [id], source: {files: [orders.csv]}}}
---
{kind: Dataset, metadata: {name: visits}, spec: {columns: [{name: id, type: integer}]}}
---
{kind: Metric, metadata: {name: orders}, spec: {type: simple, dataset: orders, agg: count}}
`

// TestMetricsWithoutDataAreToldOf: who publishes a metric is warned when what
// it stands on, itself or through other metrics, has been defined and never
// collected; the metric is stored nevertheless.
func TestMetricsWithoutDataAreToldOf(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "orders.csv"), []byte("id\n1\n2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	j := furnish(t, &demo.Workspace{Dir: dir, Documents: []demo.Document{{Name: "w.yaml", Text: []byte(collectedWorld)}}}, time.Date(2026, 5, 20, 12, 0, 0, 0, time.UTC))
	apply := func(dry bool, docs string) (warned []string) {
		t.Helper()
		var r struct {
			Applied  bool
			Findings []struct{ Name, Rule, Severity string }
		}
		j.post("/apply", map[string]any{"dryRun": dry, "files": []map[string]string{{"name": "m.yaml", "text": docs}}}, &r)
		if r.Applied == dry {
			t.Errorf("%s: applied is %v", docs, r.Applied)
		}
		for _, f := range r.Findings {
			if f.Rule == "no_data" {
				warned = append(warned, f.Name+" "+f.Severity)
			}
		}
		return warned
	}
	views := "{kind: Metric, metadata: {name: views}, spec: {type: simple, dataset: visits, agg: count}}"
	rate := "---\n{kind: Metric, metadata: {name: rate}, spec: {type: ratio, numerator: {metric: orders}, denominator: {metric: views}}}"
	for _, step := range []struct {
		what, docs string
		dry        bool
		want       []string
	}{
		{"with rows", "{kind: Metric, metadata: {name: more}, spec: {type: simple, dataset: orders, agg: count_distinct, expr: id}}", false, nil},
		{"tried", views + "\n" + rate, true, []string{"rate warning", "views warning"}},
		{"stored", views + "\n" + rate, false, []string{"rate warning", "views warning"}},
		{"unchanged", views + "\n" + rate, false, nil},
		{"with its dataset", "{kind: Dataset, metadata: {name: calls}, spec: {columns: [{name: id, type: integer}]}}\n---\n{kind: Metric, metadata: {name: calls}, spec: {type: simple, dataset: calls, agg: count}}", false, nil},
	} {
		got := apply(step.dry, step.docs)
		slices.Sort(got)
		if fmt.Sprint(got) != fmt.Sprint(step.want) {
			t.Errorf("%s: %v, want %v", step.what, got, step.want)
		}
	}
	j.load("visits", "visits.csv", "id\n1\n")
	if got := apply(false, strings.Replace(views, "agg: count", "agg: sum, expr: id", 1)); got != nil {
		t.Errorf("after rows came: %v", got)
	}
}
