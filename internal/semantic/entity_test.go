package semantic_test

import (
	"slices"
	"strings"
	"testing"

	"lodestar/internal/catalog"
	"lodestar/internal/semantic"
)

const crm = `
kind: Entity
metadata: {name: customer, title: {zh: 客户, en: Customer}}
spec:
  ids: [{name: user_id, most: 1}, {name: phone, most: 3, normal: phone}, device_id]
  most: 50
  links:
    - {dataset: leads, ids: {user: user_id, mobile: phone}, priority: 2}
---
kind: Dataset
metadata: {name: leads}
spec:
  columns: [{name: id, type: integer}, {name: mobile, type: string, entity: phone}, {name: user, type: string, entity: user_id}, {name: at, type: timestamp}]
  primaryKey: [id]
  time: at
---
kind: Dataset
metadata: {name: orders}
spec:
  columns: [{name: id, type: integer}, {name: phone, type: string, entity: phone}, {name: at, type: timestamp}]
  time: at
---
{kind: Dataset, metadata: {name: stores}, spec: {columns: [{name: id, type: integer}]}}
---
{kind: Metric, metadata: {name: buyers}, spec: {type: simple, dataset: orders, agg: count_distinct, expr: unified_customer.id}}
---
{kind: Metric, metadata: {name: leads_known}, spec: {type: simple, dataset: leads, agg: count_distinct, expr: unified_customer.id}}
`

// Every dataset with ids leads to the unified entity, by the best kind it has.
func TestUnifiedEntity(t *testing.T) {
	t.Parallel()
	rs, findings := catalog.Decode("a.yaml", []byte(crm), semantic.Kinds())
	m, more := semantic.Compile(rs)
	if findings = append(findings, more...); len(findings) > 0 {
		t.Fatal(findings)
	}
	var maps []string
	for _, em := range m.UnifiedEntity("customer").Maps {
		for _, c := range em.Columns {
			if slices.Contains(semantic.SystemDatasets(), c.Dataset) {
				continue // calls of event intake have ids, too
			}
			maps = append(maps, em.Dataset.Name+" "+c.Dataset+"."+c.Column)
		}
	}
	want := []string{"unified_customer_by_user_id leads.user", "unified_customer_by_phone leads.mobile", "unified_customer_by_phone orders.phone"}
	if !slices.Equal(maps, want) {
		t.Errorf("maps %v, want %v", maps, want)
	}
	for dataset, to := range map[string]string{"leads": "unified_customer_by_user_id", "orders": "unified_customer_by_phone"} {
		i := slices.IndexFunc(m.Dataset(dataset).Relations(), func(r *semantic.Relation) bool { return r.Name == "unified_customer" && r.To.Name == to })
		if i < 0 {
			t.Errorf("%s does not lead to %s", dataset, to)
		}
	}
	if len(m.Dataset("stores").Relations()) != 0 || m.Metric("buyers") == nil || m.Metric("leads_known") == nil {
		t.Error("who has ids leads to the entity, others do not")
	}
	for _, r := range rs { // the definitions themselves are as they were
		if d, ok := r.Spec.(*semantic.DatasetSpec); ok && len(d.Relationships) > 0 {
			t.Errorf("%s was changed", r.Metadata.Name)
		}
	}
}

func TestUnifiedEntityFaults(t *testing.T) {
	t.Parallel()
	for change, want := range map[[2]string]string{
		{"dataset: leads, ids", "dataset: clients, ids"}:                                            "links[0].dataset",
		{"{user: user_id, mobile", "{person: user_id, mobile"}:                                      "links[0].ids",
		{"{user: user_id, mobile: phone}", "{user: user_id, mobile: cookie}"}:                       "links[0].ids.mobile unknown_kind",
		{"{user: user_id, mobile: phone}", "{user: user_id}"}:                                       "links[0].ids required",
		{"most: 3", "most: -3"}:                                                                     "ids[1].most bad_value",
		{"normal: phone", "normal: upper"}:                                                          "ids[1].normal",
		{"device_id]", "phone]"}:                                                                    "ids[2] duplicate",
		{"{name: phone, type: string, entity: phone}", "{name: phone, type: float, entity: phone}"}: "ids bad_type",
	} {
		rs, findings := catalog.Decode("a.yaml", []byte(strings.Replace(crm, change[0], change[1], 1)), semantic.Kinds())
		for _, r := range rs {
			for _, f := range r.Spec.Validate(r.Metadata) {
				f.Kind = r.Kind
				findings = append(findings, f)
			}
		}
		_, more := semantic.Compile(rs)
		var all []string
		for _, f := range append(findings, more...) {
			all = append(all, f.Kind+" "+strings.TrimPrefix(f.Path, "spec.")+" "+f.Rule)
		}
		if !slices.ContainsFunc(all, func(f string) bool { return strings.HasPrefix(f, semantic.KindEntity+" "+want) }) {
			t.Errorf("%v: %v, want %s", change, all, want)
		}
	}
}
