package semantic_test

import (
	"testing"

	"lodestar/internal/catalog"
	"lodestar/internal/semantic"
)

// TestEntityByName: one name stands for the column on both sides.
func TestEntityByName(t *testing.T) {
	const head = "kind: Metric\nmetadata: {name: m}\nspec: {type: conversion, base: {metric: a}, conversion: {metric: b}, entity: "
	for src, want := range map[string]semantic.Entity{
		"user_id}":                     {Base: "user_id", Other: "user_id"},
		"{base: user_id, other: uid}}": {Base: "user_id", Other: "uid"},
	} {
		rs, findings := catalog.Decode("m.yaml", []byte(head+src), semantic.Kinds())
		if len(findings) > 0 {
			t.Fatal(findings)
		}
		if got := rs[0].Spec.(*semantic.MetricSpec).Entity; *got != want {
			t.Errorf("%s: %+v", src, *got)
		}
	}
	if _, findings := catalog.Decode("m.yaml", []byte(head+"{basis: user_id}}"), semantic.Kinds()); len(findings) == 0 {
		t.Error("an unknown key passed")
	}
}
