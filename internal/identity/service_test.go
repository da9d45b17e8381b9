package identity_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"lodestar/internal/access"
	"lodestar/internal/catalog"
	"lodestar/internal/identity"
	"lodestar/internal/semantic"
	"lodestar/internal/warehouse"
	"lodestar/internal/warehouse/duckdb"
)

// oneRow is a warehouse in which every dataset has the same row.
type oneRow struct{ *duckdb.DB }

func (oneRow) Engine(context.Context, string) (warehouse.Warehouse, error) {
	return nil, errors.ErrUnsupported
}

func (oneRow) State(_ context.Context, dataset string) (warehouse.State, bool, error) {
	return warehouse.State{Dataset: dataset, Table: "(SELECT 'u' AS login, 'd' AS device, 1 AS _load)", Version: 1, Rows: 1}, true, nil
}

// nothing keeps no decisions and no reports.
type nothing struct{ identity.Store }

func (nothing) Decisions(context.Context, string) ([]identity.Decision, error) { return nil, nil }
func (nothing) Report(context.Context, identity.Report) error                  { return nil }

// TestDefinitionsChangeMeanwhile deletes an entity with its datasets while it is
// being stitched: what was begun comes to its end.
func TestDefinitionsChangeMeanwhile(t *testing.T) {
	t.Parallel()
	compiled := func(yaml string) *semantic.Model {
		rs, found := catalog.Decode("all.yaml", []byte(yaml), semantic.Kinds())
		m, more := semantic.Compile(rs)
		if len(found)+len(more) > 0 {
			t.Fatal(found, more)
		}
		return m
	}
	models := []*semantic.Model{compiled(`
kind: Entity
metadata: {name: customer, title: {zh: 客户, en: Customer}}
spec: {ids: [user, device], links: [{dataset: logins, ids: {login: user, device: device}}]}
---
kind: Dataset
metadata: {name: logins}
spec: {columns: [{name: login, type: string, entity: user}, {name: device, type: string, entity: device}]}
`), compiled("")}
	db, err := duckdb.Open(duckdb.Config{Dir: t.TempDir(), MemoryLimit: "256MB", Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	asked := 0
	s := identity.New(identity.Config{Rows: oneRow{db}, Load: db, Store: nothing{}, Now: time.Now, Model: func() *semantic.Model {
		asked++
		return models[min(asked, len(models))-1]
	}})
	r, err := s.Refresh(t.Context(), access.Local("test"), "customer")
	if err != nil || r.IDs != 2 || r.Entities != 1 {
		t.Errorf("%+v %v", r, err)
	}
}
