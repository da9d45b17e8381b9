package query_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite golden files")

const planModel = `
kind: Workspace
metadata: {name: workspace}
spec: {zone: America/New_York}
---
kind: Dataset
metadata: {name: stores}
spec:
  columns: [{name: store, type: integer}, {name: region, type: string}, {name: city, type: string}]
  primaryKey: [store]
  dimensions: [{name: place, expr: "region || city"}]
---
kind: Dataset
metadata: {name: sales}
spec:
  columns: [{name: at, type: timestamp}, {name: store, type: integer}, {name: channel, type: string}, {name: amount, type: decimal}, {name: cost, type: integer}, {name: who, type: string}]
  time: at
  relationships: [{name: store, to: stores, columns: {store: store}, cardinality: many_to_one}]
---
kind: Dataset
metadata: {name: visits}
spec:
  columns: [{name: day, type: date}, {name: store, type: integer}, {name: n, type: integer}]
  time: day
  relationships: [{name: store, to: stores, columns: {store: store}, cardinality: many_to_one}]
---
kind: Metric
metadata: {name: revenue}
spec: {type: simple, dataset: sales, agg: sum, expr: amount}
---
kind: Metric
metadata: {name: web}
spec: {type: simple, dataset: sales, agg: sum, expr: amount, where: "channel = 'web'"}
---
kind: Metric
metadata: {name: buyers}
spec: {type: simple, dataset: sales, agg: count_distinct, expr: who}
---
kind: Metric
metadata: {name: visits}
spec: {type: simple, dataset: visits, agg: sum, expr: n}
---
kind: Metric
metadata: {name: net}
spec: {type: simple, dataset: sales, agg: sum, expr: amount * 0.9 - cost - 1}
---
kind: Metric
metadata: {name: margin}
spec: {type: simple, dataset: sales, agg: sum, expr: amount - cost * 2}
---
kind: Metric
metadata: {name: after_fees}
spec: {type: simple, dataset: sales, agg: sum, expr: "-(cost + amount / 1) + 3 - amount"}
---
kind: Metric
metadata: {name: profit}
spec: {type: simple, dataset: sales, agg: sum, expr: "-(cost - 3) * 2 + amount - cost"}
---
kind: Metric
metadata: {name: doubled}
spec: {type: simple, dataset: sales, agg: sum, expr: 2 * (amount + cost)}
---
kind: Metric
metadata: {name: web_share}
spec: {type: derived, expr: web / revenue}
---
kind: Metric
metadata: {name: conversion}
spec: {type: ratio, numerator: {metric: buyers}, denominator: {metric: visits}}
`

// The questions of the golden file: what each is meant to show, and the query.
var planAsks = [][2]string{
	{"one fact is a plain statement", `{"metrics": ["revenue"], "by": ["channel"]}`},
	{"filters with text are computed once", `{"metrics": ["web_share", "web"], "by": ["channel"]}`},
	{"a filter that all share goes to where", `{"metrics": ["web", {"metric": "revenue", "as": "r", "where": "channel = 'web'"}], "by": ["store.region"]}`},
	{"groups need a row that passes a filter", `{"metrics": ["web", {"metric": "revenue", "as": "app", "where": "channel = 'app'"}], "by": ["store.city"]}`},
	{"sums by a related column are taken by foreign key first", `{"metrics": ["revenue"], "by": ["store.place"], "where": "store.region <> 'x' and channel <> 'test'"}`},
	{"distinct counts by a related text group by a number", `{"metrics": ["buyers"], "by": ["store.region"]}`},
	{"distinct counts are not", `{"metrics": ["buyers"], "by": ["store.place"]}`},
	{"sums of linear expressions share the sums of columns", `{"metrics": ["net", "margin", "profit", "doubled", "after_fees", "buyers"], "by": ["channel"]}`},
	{"two sums over two columns are not worth it", `{"metrics": ["margin", "profit"], "by": ["channel"]}`},
	{"the same after grouping by filters", `{"metrics": ["net", "margin", {"metric": "net", "as": "a", "where": "channel = 'web'"}, {"metric": "profit", "as": "b", "where": "channel = 'app'"}, {"metric": "margin", "as": "c", "where": "store.region = 'x'"}, {"metric": "margin", "as": "d", "where": "cost > 3"}, "doubled"], "by": [{"time": "day"}]}`},
	{"two facts", `{"metrics": ["conversion"], "by": ["store.region", {"time": "week"}], "time": {"from": "2026-02-02", "to": "2026-02-16"}}`},
	{"clock changes in the range only", `{"metrics": ["revenue"], "by": [{"time": "day"}], "time": {"from": "2026-03-01", "to": "2026-03-10"}}`},
	{"comparison moves the earlier periods", `{"metrics": ["revenue"], "by": [{"time": "day"}], "time": {"from": "2026-02-01", "to": "2026-03-01"}, "compare": {"to": "previous_month"}}`},
	{"top by time ranks first and reads only what ranks", `{"metrics": ["buyers", "revenue"], "by": ["channel", {"time": "month"}], "top": {"n": 2, "by": "revenue", "others": true}, "having": "revenue > 10", "totals": true}`},
}

// TestPlans compares the plan after each pass, and the statement, with the
// golden file.
func TestPlans(t *testing.T) {
	m := compile(t, planModel)
	states := loaded(m, 1_000_000)
	s := states["stores"]
	s.Rows = 100
	states["stores"] = s
	e := engineOf(m, &fake{states: states}, -1)
	var b strings.Builder
	for _, ask := range planAsks {
		plan, err := e.Plan(t.Context(), viewer, decode(t, ask[1]))
		if err != nil {
			t.Fatalf("%s: %v", ask[0], err)
		}
		fmt.Fprintf(&b, "== %s\n%s\n", ask[0], ask[1])
		for _, s := range plan.Statements {
			last := ""
			for _, step := range s.Steps {
				if step.Text == last {
					fmt.Fprintf(&b, "-- %s: no change\n", step.Pass)
					continue
				}
				fmt.Fprintf(&b, "-- %s\n%s", step.Pass, step.Text)
				last = step.Text
			}
			fmt.Fprintf(&b, "-- sql\n%s\n", s.SQL)
			if len(s.Args) > 0 {
				fmt.Fprintf(&b, "%v\n", s.Args)
			}
		}
		b.WriteByte('\n')
	}
	const file = "testdata/plans.golden"
	if *update {
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(b.String(), "\n")); diff != "" {
		t.Errorf("plans changed; look at the difference and run with -update (-want +got):\n%s", diff)
	}
}

func TestPlanTellsLineage(t *testing.T) {
	m := compile(t, planModel)
	e := engineOf(m, &fake{states: loaded(m, 10)}, -1)
	plan, err := e.Plan(t.Context(), viewer, decode(t, `{"metrics": ["web_share"], "by": ["store.region"]}`))
	if err != nil {
		t.Fatal(err)
	}
	l := plan.Lineage[0]
	if diff := cmp.Diff([]string{"sales.amount", "sales.at", "sales.channel"}, l.Columns); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"web@0", "revenue@0"}, l.Metrics); diff != "" {
		t.Error(diff)
	}
	if len(plan.Rollups) != 0 || len(plan.DataVersions) != 2 || plan.Model != m.Revision {
		t.Errorf("%+v", plan)
	}
}
