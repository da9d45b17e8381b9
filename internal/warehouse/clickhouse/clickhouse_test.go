package clickhouse_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"lodestar/internal/calendar"
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
	w := open(t, clickhouse.Config{DSN: dsn, Tables: map[string]direct.Table{"items": table}, TTL: time.Hour,
		Now: func() time.Time { return time.Date(2026, 2, 28, 12, 0, 0, 0, time.UTC) }})
	s, ok, err := w.State(t.Context(), "items")
	if err != nil || !ok || s.Rows != 3 {
		t.Fatalf("%+v %v %v", s, ok, err)
	}
	if got := s.Newest["at"]; !got.Equal(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)) || s.Future["at"] != 1 || s.Future["day"] != 0 {
		t.Errorf("newest time %s, %v of the future", got, s.Future)
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
	t.Run("primary key", func(t *testing.T) { primaryKey(t, dsn, exec) })
	if _, err := clickhouse.Open(t.Context(), clickhouse.Config{DSN: "http://127.0.0.1:1/x"}); fault.Of(err).Code != "engine_unreachable" {
		t.Errorf("no server: %v", err)
	}
}

// primaryKey asks for a range of times that are kept in other types than they are
// read as, and looks how much of the table is read.
func primaryKey(t *testing.T, dsn string, exec func(string)) {
	columns := map[string]string{"a": "DateTime", "b": "DateTime64(3, 'Asia/Tokyo')", "c": "Nullable(DateTime)", "d": "Date"}
	tables := map[string]direct.Table{}
	for name, typ := range columns {
		exec("CREATE TABLE shop.key_" + name + " (at " + typ + ") ENGINE = MergeTree ORDER BY at SETTINGS index_granularity = 100, allow_nullable_key = 1")
		exec("INSERT INTO shop.key_" + name + " SELECT toDateTime('2026-01-01 00:00:00', 'UTC') + number * 1800 FROM numbers(17520)")
		kind := expr.Timestamp
		if name == "d" {
			kind = expr.Date
		}
		tables[name] = direct.Table{Schema: "shop", Name: "key_" + name, Columns: []warehouse.StoredColumn{{Name: "at", Type: kind}}}
	}
	w := open(t, clickhouse.Config{DSN: dsn, Tables: tables, TTL: time.Hour})
	r := calendar.Range{From: time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2026, 5, 3, 0, 0, 0, 0, time.UTC)}
	for name, table := range tables {
		s, _, err := w.State(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		d, kind, k := w.Dialect(), table.Columns[0].Type, s.Kept["at"]
		between := func(column string, r calendar.Range) string {
			return "t." + d.Quote(column) + " >= " + d.Literal(r.From, kind).Text + " AND t." + d.Quote(column) + " < " + d.Literal(r.To, kind).Text
		}
		from := " FROM " + s.Table + " AS t WHERE " + between("at", r)
		kept := from + " AND " + between(k.Column, k.Within(r))
		warehousetest.Rows(t, w, "SELECT count(), min(t.at), max(t.at)"+kept, strings.Join(rowsOf(t, w, "SELECT count(), min(t.at), max(t.at)"+from), "\n"))
		plan := strings.Join(rowsOf(t, w, "EXPLAIN indexes = 1 SELECT count()"+kept), "\n")
		read, all := 0, 0
		if at := strings.LastIndex(plan, "Granules: "); at < 0 {
			t.Errorf("%s: %s", columns[name], plan)
		} else if _, err := fmt.Sscanf(plan[at:], "Granules: %d/%d", &read, &all); err != nil || read*10 > all {
			t.Errorf("%s: %d of %d granules are read, %v\n%s", columns[name], read, all, err, plan)
		}
	}
}

func rowsOf(t *testing.T, w *direct.Warehouse, text string) (out []string) {
	t.Helper()
	rows, err := w.Query(t.Context(), expr.SQL{Text: text})
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	for rows.Next() {
		out = append(out, strings.TrimSuffix(fmt.Sprintln(rows.Values()...), "\n"))
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		t.Fatal(err)
	}
	return out
}
