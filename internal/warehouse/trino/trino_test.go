package trino_test

import (
	"context"
	"database/sql"
	"os"
	"testing"
	"time"

	"lodestar/internal/expr"
	"lodestar/internal/fault"
	"lodestar/internal/warehouse"
	"lodestar/internal/warehouse/direct"
	"lodestar/internal/warehouse/enginetest"
	"lodestar/internal/warehouse/trino"
	"lodestar/internal/warehouse/warehousetest"
)

// TestTrino needs a cluster: make test-engines runs it.
func TestTrino(t *testing.T) {
	if os.Getenv("LODESTAR_ENGINES") != "all" {
		t.Skip("runs with make test-engines")
	}
	dsn, version := enginetest.Trino(t)
	t.Log("Trino", version, "with two workers")
	table := direct.Table{Schema: "tpch.tiny", Name: "orders", Columns: []warehouse.StoredColumn{
		{Name: "orderkey", Type: expr.Integer}, {Name: "orderstatus", Type: expr.String}, {Name: "totalprice", Type: expr.Float}, {Name: "orderdate", Type: expr.Date}}}
	w, err := trino.Open(t.Context(), trino.Config{DSN: dsn, Tables: map[string]direct.Table{"orders": table}, Timeout: 2 * time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	t.Run("dialect", func(t *testing.T) { warehousetest.Dialect(t, w) })
	s, ok, err := w.State(t.Context(), "orders")
	if err != nil || !ok || s.Rows != 15000 {
		t.Fatalf("%+v %v %v", s, ok, err)
	}
	warehousetest.Rows(t, w, "SELECT orderstatus, count(*) FROM "+s.Table+" AS t GROUP BY 1 ORDER BY 1", "F 7304", "O 7333", "P 363")
	for text, code := range map[string]string{
		"SELECT BIGINT '9223372036854775807' + BIGINT '1'": "out_of_range",
		"SELECT * FROM memory.default.missing":             "engine_table_missing",
		"SELECT missing FROM tpch.tiny.orders":             "engine_table_missing",
	} {
		if got := fault.Of(warehousetest.Fail(t, w, text)).Code; got != code {
			t.Errorf("%s: code %q, want %s", text, got, code)
		}
	}
	short, err := trino.Open(t.Context(), trino.Config{DSN: dsn, Timeout: 8 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	admin, err := sql.Open("trino", dsn)
	if err != nil {
		t.Fatal(err)
	}
	warehousetest.Session(t, short, warehousetest.SessionSQL{
		Slow: "SELECT count(*) FROM tpch.sf100.lineitem a JOIN tpch.sf100.lineitem b ON a.orderkey + 1 = b.orderkey * 2",
		Many: "SELECT orderkey FROM tpch.sf1.lineitem",
		Running: func() int {
			var n int
			if err := admin.QueryRowContext(context.Background(), `SELECT count(*) FROM system.runtime.queries
				WHERE state NOT IN ('FINISHED', 'FAILED') AND query LIKE '%lineitem%' AND query NOT LIKE '%system.runtime%'`).Scan(&n); err != nil {
				t.Fatal(err)
			}
			return n
		}})
	if err := short.Close(); err != nil {
		t.Error(err)
	}
	if err := admin.Close(); err != nil {
		t.Error(err)
	}
}
