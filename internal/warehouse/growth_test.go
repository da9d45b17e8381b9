package warehouse_test

import (
	"testing"

	"lodestar/internal/warehouse"
)

func TestGrowthOf(t *testing.T) {
	t.Parallel()
	entry := func(version int64, mode string, deleted int64) warehouse.LedgerEntry {
		return warehouse.LedgerEntry{Version: version, Mode: mode, Deleted: deleted}
	}
	ledger := []warehouse.LedgerEntry{entry(9, "change", 2), entry(7, "change", 0), entry(6, "upsert", 0), entry(4, "append", 0), entry(3, "append", 0), entry(2, "replace", 0)}
	for _, c := range []struct {
		newest   int // entries of the ledger left out, as if they had not happened
		from, to int64
		want     warehouse.Growth
	}{
		{0, 9, 9, warehouse.Same}, {0, 7, 9, warehouse.Other}, {1, 6, 7, warehouse.Changed}, {2, 4, 6, warehouse.Changed},
		{3, 2, 4, warehouse.Added}, {3, 3, 4, warehouse.Added}, {3, 0, 4, warehouse.Other}, {1, 2, 7, warehouse.Changed},
		{2, 3, 4, warehouse.Other}, // it went on meanwhile
		{5, 1, 2, warehouse.Other}, // replaced
	} {
		if got := warehouse.GrowthOf(ledger[c.newest:], c.from, c.to); got != c.want {
			t.Errorf("from %d to %d: %d, want %d", c.from, c.to, got, c.want)
		}
	}
	if warehouse.GrowthOf(nil, 1, 2) != warehouse.Other {
		t.Error("a ledger that is not known")
	}
}
