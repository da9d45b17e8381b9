package duckdb_test

import (
	"testing"

	"lodestar/internal/warehouse/warehousetest"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	warehousetest.Dialect(t, open(t, t.TempDir()))
}
