package identity_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"lodestar/internal/access"
	"lodestar/internal/catalog"
	"lodestar/internal/identity"
	"lodestar/internal/semantic"
	"lodestar/internal/warehouse"
	"lodestar/internal/warehouse/duckdb"
)

// tables is a warehouse whose datasets are statements.
type tables struct {
	*duckdb.DB
	of map[string]string
}

func (tables) Engine(context.Context, string) (warehouse.Warehouse, error) { panic("there is none") }

func (s tables) State(_ context.Context, dataset string) (warehouse.State, bool, error) {
	text, ok := s.of[dataset]
	return warehouse.State{Dataset: dataset, Table: "(" + text + ")", Version: 1, Rows: 1}, ok, nil
}

// TestIDsThatAreNumbers links a member, who is an integer in one system, through
// columns of other types: 12345.0 is 12345, and what no longer tells ids apart is
// no id.
func TestIDsThatAreNumbers(t *testing.T) {
	t.Parallel()
	rs, found := catalog.Decode("all.yaml", []byte(`
kind: Entity
metadata: {name: customer, title: {zh: 客户, en: Customer}}
spec: {ids: [member, device], links: [{dataset: shop, ids: {member: member, device: device}}, {dataset: sheet, ids: {member: member, device: device}}, {dataset: bank, ids: {member: member, device: device}}]}
---
kind: Dataset
metadata: {name: shop}
spec: {columns: [{name: member, type: integer, entity: member}, {name: device, type: string, entity: device}]}
---
kind: Dataset
metadata: {name: sheet}
spec: {columns: [{name: member, type: float}, {name: device, type: string}]}
---
kind: Dataset
metadata: {name: bank}
spec: {columns: [{name: member, type: decimal, precision: 20, scale: 2}, {name: device, type: string}]}
`), semantic.Kinds())
	m, told := semantic.Compile(rs)
	if len(found) > 0 || len(told) != 1 {
		t.Fatal(found, told)
	}
	if f := told[0]; f.Rule != "float_ids" || f.Severity != catalog.Warning || f.Path != "spec.links[1].ids.member" {
		t.Errorf("%+v", f)
	}
	db, err := duckdb.Open(duckdb.Config{Dir: t.TempDir(), MemoryLimit: "256MB", Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	rows := tables{db, map[string]string{
		"shop": "SELECT * FROM (VALUES (12345, 'a', 1), (-7, 'b', 1), (9007199254740993, 'c', 1)) t(member, device, _load)",
		"sheet": `SELECT CAST(member AS DOUBLE) AS member, device, 1 AS _load FROM (VALUES ('12345', 'd'), ('-7', 'e'), ('1e5', 'f'),
			('9007199254740993', 'g'), ('9007199254740992', 'h'), ('0.5', 'i'), ('nan', 'j')) t(member, device)`,
		"bank": "SELECT CAST(member AS DECIMAL(20, 2)) AS member, device, 1 AS _load FROM (VALUES ('12345', 'k'), ('9007199254740993', 'l'), ('12345.5', 'm')) t(member, device)"}}
	s := identity.New(identity.Config{Rows: rows, Load: db, Store: nothing{}, Now: time.Now, Model: func() *semantic.Model { return m }})
	r, err := s.Refresh(t.Context(), access.Local("test"), "customer")
	if err != nil {
		t.Fatal(err)
	}
	if r.Refused != 4 { // g and h, which would be one member, i and j
		t.Errorf("%d links were refused, not 4", r.Refused)
	}
	for _, want := range [][]string{{"12345", "a", "d", "k"}, {"-7", "b", "e"}, {"9007199254740993", "c", "l"}, {"100000", "f"}, {"12345.50", "m"}} {
		who, err := s.Find(t.Context(), access.Local("test"), "customer", identity.ID{Kind: "device", Value: want[1]})
		if err != nil {
			t.Error(want, err)
			continue
		}
		var got []string
		for _, id := range who.IDs {
			got = append(got, id.Value)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%v, not %v", got, want)
		}
	}
}
