package clickhouse_test

import (
	"testing"
	"time"

	"lodestar/internal/expr"
	"lodestar/internal/fault"
	"lodestar/internal/warehouse"
	"lodestar/internal/warehouse/clickhouse"
	"lodestar/internal/warehouse/direct"
	"lodestar/internal/warehouse/enginetest"
	"lodestar/internal/warehouse/warehousetest"
)

func open(t *testing.T, c clickhouse.Config) *direct.Warehouse {
	t.Helper()
	w, err := clickhouse.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

// TestClickHouse runs on ClickHouse's engine as a library, behind a shim; what
// needs a server's sessions (cancelling, limits) is not in it.
func TestClickHouse(t *testing.T) {
	t.Parallel()
	dsn, exec := enginetest.ClickHouse(t)
	t.Run("dialect", func(t *testing.T) { warehousetest.Dialect(t, open(t, clickhouse.Config{DSN: dsn})) })
	exec("CREATE DATABASE shop")
	exec("CREATE TABLE shop.`Items` (id UInt32, name LowCardinality(String), code FixedString(2), kind Enum8('x' = 1, 'y' = 2), price Nullable(Decimal(12, 2)), at Nullable(DateTime), day Date, big Nullable(Bool))")
	exec(`INSERT INTO shop.Items VALUES (1, 'b', 'aa', 'x', 1.50, '2026-01-01 00:00:00', '2026-01-01', true),
		(2, 'B', 'bb', 'y', NULL, NULL, '2026-02-28', false), (3, 'a', 'cc', 'x', -2.25, '2026-03-01 00:00:00', '2026-02-01', NULL)`)
	table := direct.Table{Schema: "shop", Name: "Items", Columns: []warehouse.StoredColumn{
		{Name: "id", Type: expr.Integer}, {Name: "name", Type: expr.String}, {Name: "code", Type: expr.String}, {Name: "kind", Type: expr.String},
		{Name: "price", Type: expr.Decimal}, {Name: "at", Type: expr.Timestamp}, {Name: "day", Type: expr.Date}, {Name: "big", Type: expr.Boolean}}}
	w := open(t, clickhouse.Config{DSN: dsn, Tables: map[string]direct.Table{"items": table}, TTL: time.Hour})
	s, ok, err := w.State(t.Context(), "items")
	if err != nil || !ok || s.Rows != 3 {
		t.Fatalf("%+v %v %v", s, ok, err)
	}
	if got := s.MaxTime["at"]; !got.Equal(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("last time %s", got)
	}
	warehousetest.Rows(t, w, "SELECT id, name, code, kind, price, at, day, big FROM "+s.Table+" AS t ORDER BY name",
		`2 B bb y <nil> <nil> 2026-02-28 00:00:00 +0000 UTC false`,
		`3 a cc x -2.25 2026-03-01 00:00:00 +0000 UTC 2026-02-01 00:00:00 +0000 UTC <nil>`,
		`1 b aa x 1.50 2026-01-01 00:00:00 +0000 UTC 2026-01-01 00:00:00 +0000 UTC true`)
	for text, code := range map[string]string{
		"SELECT * FROM shop.missing":     "engine_table_missing",
		"SELECT missing FROM shop.Items": "engine_table_missing",
	} {
		if got := fault.Of(warehousetest.Fail(t, w, text)).Code; got != code {
			t.Errorf("%s: code %q, want %s", text, got, code)
		}
	}
	if _, err := clickhouse.Open(t.Context(), clickhouse.Config{DSN: "http://127.0.0.1:1/x"}); fault.Of(err).Code != "engine_unreachable" {
		t.Errorf("no server: %v", err)
	}
}
