package prepare_test

import (
	"context"
	"fmt"
	"testing"

	"lodestar/internal/catalog"
	"lodestar/internal/steps"
	"lodestar/internal/warehouse"
	"lodestar/internal/warehouse/duckdb"
)

// counted counts how often the rows of each dataset are asked after.
type counted struct {
	*duckdb.DB
	asked map[string]int
}

func (c *counted) State(ctx context.Context, dataset string) (warehouse.State, bool, error) {
	c.asked[dataset]++
	return c.DB.State(ctx, dataset)
}

// TestLadder: a dataset that is made in two ways of one, thirty times over, is
// looked at once on the way to what is due, and where its columns begin is found
// at once, though a thousand million ways lead there.
func TestLadder(t *testing.T) {
	t.Parallel()
	p := openPlace(t)
	db := &counted{DB: p.db, asked: map[string]int{}}
	p.Warehouse = db
	rs := []*catalog.Resource{stored("facts", "id"), made("d0", "facts", []string{"id"}, []steps.Step{{Select: []string{"id", "n"}}})}
	const rungs = 30
	for i := 1; i <= rungs; i++ {
		below, left, right := fmt.Sprintf("d%d", i-1), fmt.Sprintf("a%d", i), fmt.Sprintf("b%d", i)
		rs = append(rs, made(left, below, []string{"id"}, []steps.Step{{Select: []string{"id", "n"}}}),
			made(right, below, []string{"id"}, []steps.Step{{Rename: map[string]string{"n": "other"}}}),
			made(fmt.Sprintf("d%d", i), left, []string{"id"}, []steps.Step{{Join: &steps.Join{Dataset: right, On: map[string]string{"id": "id"}, Columns: []string{"other"}}},
				{Derive: []steps.Derived{{Name: "n", Expr: "n + other"}}}, {Select: []string{"id", "n"}}}))
	}
	p.compile(t, rs...)
	if err := p.Catch(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(db.asked) < 2*rungs {
		t.Errorf("only %d datasets were looked at", len(db.asked))
	}
	for name, n := range db.asked {
		if n > 2 { // by each of those that are made of it
			t.Errorf("%s was asked after %d times", name, n)
		}
	}
	of, err := p.Of(t.Context(), editor, fmt.Sprintf("d%d", rungs))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range of.Columns {
		if want := (steps.Origin{Dataset: "facts", Column: c.Name}); len(c.Roots) != 1 || c.Roots[0] != want {
			t.Errorf("%s begins at %v", c.Name, c.Roots)
		}
	}
}
