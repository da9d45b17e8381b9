package semantic_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lodestar/internal/semantic"
)

// funnel is a sound set of definitions with both sides of journeys.
const funnel = `
kind: Dataset
metadata: {name: visits}
spec:
  columns: [{name: visit_id, type: integer}, {name: at, type: timestamp}, {name: user_id, type: string}, {name: page, type: string}]
  primaryKey: [visit_id]
  time: at
---
kind: Dataset
metadata: {name: buys}
spec:
  columns: [{name: on, type: date}, {name: buyer, type: string}, {name: page, type: string}, {name: amount, type: decimal}, {name: n, type: integer}]
  time: on
---
kind: Dataset
metadata: {name: notes}
spec:
  columns: [{name: user_id, type: string}]
---
kind: Metric
metadata: {name: visits}
spec: {type: simple, dataset: visits, agg: count, where: "page <> 'robots'"}
---
kind: Metric
metadata: {name: buys}
spec: {type: simple, dataset: buys, agg: count}
---
kind: Metric
metadata: {name: spent}
spec: {type: simple, dataset: buys, agg: sum, expr: amount}
---
kind: Metric
metadata: {name: notes}
spec: {type: simple, dataset: notes, agg: count}
---
kind: Metric
metadata: {name: level}
spec: {type: simple, dataset: buys, agg: sum, expr: n, balance: {take: last}}
---
kind: Metric
metadata: {name: basket}
spec: {type: ratio, numerator: {metric: spent}, denominator: {metric: buys}}
`

func TestCompileConversion(t *testing.T) {
	m, findings := compileText(t, funnel+`
---
kind: Metric
metadata: {name: rate}
spec:
  type: conversion
  base: {metric: visits, where: "page = 'home'"}
  conversion: {metric: buys, where: "amount > 0"}
  entity: {base: user_id, other: buyer}
  constant: [{base: page, conversion: page}]
  window: 7 days
---
kind: Metric
metadata: {name: value}
spec: {type: conversion, base: {metric: visits}, conversion: {metric: spent}, entity: {base: user_id, other: buyer}, calculation: count}
---
kind: Metric
metadata: {name: last_month}
spec: {type: derived, expr: x, inputs: {x: {metric: rate, offset: 1 month}}}
---
kind: Metric
metadata: {name: kept}
spec: {type: retention, base: {metric: visits}, return: {metric: buys}, entity: {base: user_id, other: buyer}, period: week, after: 4, bounded: true}
`)
	if len(findings) > 0 {
		t.Fatal(brief(findings))
	}
	rate := m.Metric("rate")
	j := rate.Formula.Operands[0].Metric.Simple.Journey
	if rate.Class != semantic.Algebraic || rate.Type != "float" || !rate.Timed() || !rate.Whole() || len(rate.Datasets) != 1 ||
		rate.Datasets[0].Name != "visits" || len(j.Base.Where) != 2 || len(j.Other.Where) != 1 || j.Window.N != 7 || len(j.Tie) != 1 ||
		j.Other.Entity.Name() != "buyer" || len(j.Base.Constant) != 1 {
		t.Errorf("rate: %+v\n%+v", rate, j)
	}
	value := m.Metric("value")
	if value.Class != semantic.Additive || value.Type != "decimal" || value.Formula.Text != "conversions" || len(value.Formula.Operands) != 2 {
		t.Errorf("value: %+v", value)
	}
	kept := m.Metric("kept")
	leaves := kept.Formula.Operands
	if kept.Class != semantic.Holistic || kept.Type != "float" || leaves[0].Metric.Simple.Journey != leaves[1].Metric.Simple.Journey ||
		leaves[0].Metric.Simple.Cohort || !leaves[1].Metric.Simple.Cohort {
		t.Errorf("kept: %+v", kept)
	}
	var names []string
	for _, metric := range m.Metrics() {
		names = append(names, metric.Name)
	}
	if strings.Contains(strings.Join(names, " "), "__") {
		t.Errorf("parts can be asked for: %v", names)
	}
}

func TestCompileJourneyFindings(t *testing.T) {
	for spec, want := range map[string]string{
		"{type: conversion, base: {metric: visit}, conversion: {metric: buys}, entity: user_id}":                                                                 "spec.base.metric unknown_reference → visits",
		"{type: conversion, base: {metric: visits}, conversion: {metric: basket}, entity: user_id}":                                                              "spec.conversion.metric not_simple",
		"{type: conversion, base: {metric: visits}, conversion: {metric: x}, entity: user_id}":                                                                   "spec.conversion.metric not_simple",
		"{type: conversion, base: {metric: visits}, conversion: {metric: level}, entity: user_id}":                                                               "spec.conversion.metric not_simple",
		"{type: conversion, base: {metric: notes}, conversion: {metric: buys}, entity: user_id}":                                                                 "spec.base.metric no_time",
		"{type: conversion, base: {metric: visits}, conversion: {metric: buys}, entity: user_id}":                                                                "spec.entity unknown_name",
		"{type: conversion, base: {metric: visits}, conversion: {metric: buys}, entity: {base: user_id, other: n}}":                                              "spec.entity key_type",
		"{type: conversion, base: {metric: visits, where: pgae = 'a'}, conversion: {metric: buys}, entity: {base: user_id, other: buyer}}":                       "spec.base.where unknown_name → page",
		"{type: conversion, base: {metric: visits, offset: 1 month}, conversion: {metric: buys}, entity: {base: user_id, other: buyer}}":                         "spec.base.offset bad_value",
		"{type: conversion, base: {metric: visits}, conversion: {metric: buys}, entity: {base: user_id, other: buyer}, constant: [{base: page, conversion: n}]}": "spec.constant[0] key_type",
	} {
		_, findings := compileText(t, funnel+"\n---\nkind: Metric\nmetadata: {name: x}\nspec: "+spec+"\n")
		if diff := cmp.Diff([]string{"Metric x " + want}, brief(findings)); diff != "" {
			t.Errorf("%s: %s", spec, diff)
		}
	}
	for input, want := range map[string]string{"offset: 1 month": "spec.inputs.k.metric retention_shifted"} {
		_, findings := compileText(t, funnel+`
---
kind: Metric
metadata: {name: kept}
spec: {type: retention, base: {metric: visits}, return: {metric: buys}, entity: {base: user_id, other: buyer}, period: week, after: 4}
---
kind: Metric
metadata: {name: x}
spec: {type: derived, expr: k, inputs: {k: {metric: kept, `+input+`}}}
`)
		if diff := cmp.Diff([]string{"Metric x " + want}, brief(findings)); diff != "" {
			t.Errorf("%s: %s", input, diff)
		}
	}
}
