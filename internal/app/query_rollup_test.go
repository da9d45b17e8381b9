package app_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"lodestar/internal/access"
	"lodestar/internal/catalog"
	"lodestar/internal/expr"
	"lodestar/internal/query"
	"lodestar/internal/semantic"
	"lodestar/internal/warehouse"
)

// Materialise, Materials and DropMaterial let the bench keep roll-ups.
func (b *queryBench) Materialise(ctx context.Context, name, fingerprint string, q expr.SQL) (warehouse.Material, error) {
	return b.db.Materialise(ctx, name, fingerprint, q)
}

func (b *queryBench) Materials(ctx context.Context) ([]warehouse.Material, error) {
	return b.db.Materials(ctx)
}

func (b *queryBench) DropMaterial(ctx context.Context, name string) error {
	return b.db.DropMaterial(ctx, name)
}

var rollupEditor = access.Actor{Name: "wu", Role: access.Editor}

// checkRollups verifies each roll-up, and that one made from other rows is
// found out.
func checkRollups(t *testing.T, b *queryBench, engine *query.Engine) {
	t.Helper()
	list, err := engine.Rollups(t.Context(), asker)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range list {
		if r.State != "fresh" {
			t.Errorf("%s is %s", r.Name, r.State)
		}
		check, err := engine.VerifyRollup(t.Context(), rollupEditor, r.Name)
		if err != nil || len(check.Different) > 0 {
			t.Errorf("%s: %v %v", r.Name, err, check.Different)
		}
		if r.Rows == 0 {
			continue
		}
		kept, err := b.Materials(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range kept {
			if k.Name == r.Name {
				b.exec("DELETE FROM " + k.Table)
			}
		}
		check, err = engine.VerifyRollup(t.Context(), rollupEditor, r.Name)
		if err != nil || len(check.Different) == 0 {
			t.Errorf("%s without its rows is not found out: %v", r.Name, err)
		}
	}
}

// TestRollupsFollowTheData: a roll-up that is behind is not used.
func TestRollupsFollowTheData(t *testing.T) {
	t.Parallel()
	b := openQueryBench(t)
	b.define(append(timedResources("UTC", "date"), &catalog.Resource{Kind: semantic.KindRollup, Metadata: catalog.Metadata{Name: "daily"},
		Spec: &semantic.RollupSpec{Dataset: "sales", Dimensions: []string{"channel"}}}))
	rows := [][]string{{"2025-01-01", "app", "a", "10"}, {"2025-01-02", "web", "b", "5"}}
	b.fill("sales", rows)
	engine := b.engine(false)
	defer engine.Close()
	if _, err := engine.RefreshRollup(t.Context(), asker, "daily"); err == nil {
		t.Error("a viewer may refresh")
	}
	if s, err := engine.RefreshRollup(t.Context(), rollupEditor, "daily"); err != nil || s.State != "fresh" || s.Rows != 2 {
		t.Fatalf("%+v %v", s, err)
	}
	req := query.Request{Metrics: []query.MetricRef{{Metric: "revenue"}}, By: []query.By{{Dimension: "channel"}}, Order: []string{"channel"}}
	ask := func(want float64, used bool) {
		t.Helper()
		plan, err := engine.Plan(t.Context(), asker, req)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(plan.Statements[0].SQL, "rollup."); got != used {
			t.Errorf("used: %v, want %v; %+v", got, used, plan.Rollups)
		}
		got, err := engine.Query(t.Context(), asker, req)
		if err != nil {
			t.Fatal(err)
		}
		if v, _ := query.Float(got.Rows[0][1]); v != want {
			t.Errorf("got %v, want %v", got.Rows, want)
		}
	}
	ask(10, true)
	req.By = []query.By{{Dimension: "who"}}
	req.Order = []string{"who"}
	ask(10, false)
	req.By, req.Order = []query.By{{Dimension: "channel"}}, []string{"channel"}
	b.fill("sales", append(rows, []string{"2025-01-03", "app", "c", "7"}))
	got, err := engine.Query(t.Context(), asker, req)
	if err != nil {
		t.Fatal(err)
	}
	if v, _ := query.Float(got.Rows[0][1]); v != 17 {
		t.Errorf("an old roll-up answered: %v", got.Rows)
	}
	for range 6000 { // built anew beside
		list, err := engine.Rollups(t.Context(), asker)
		if err != nil {
			t.Fatal(err)
		}
		if list[0].State == "fresh" {
			ask(17, true)
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Error("the roll-up was not built again")
}
