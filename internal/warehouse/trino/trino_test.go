package trino_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"testing"
	"time"

	"lodestar/internal/calendar"
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
	t.Run("times", func(t *testing.T) { times(t, dsn) })
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

// times asks for times that are kept in forms of their own.
func times(t *testing.T, dsn string) {
	admin, err := sql.Open("trino", dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close()
	for _, statement := range []string{
		"CREATE TABLE memory.default.times (id integer, a timestamp(3), b timestamp(9), c timestamp(3) with time zone, d timestamp(9) with time zone)",
		"INSERT INTO memory.default.times SELECT n, at, at, CAST(at AS timestamp(3) with time zone), CAST(at AS timestamp(9) with time zone) FROM (" +
			"SELECT n, TIMESTAMP '2026-03-08 00:00:00.4' + n * INTERVAL '7' MINUTE AS at FROM UNNEST(sequence(0, 2000)) AS s(n))",
	} {
		if _, err := admin.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	zone := "America/New_York"
	table := direct.Table{Schema: "memory.default", Name: "times", Zones: map[string]string{"a": zone, "b": zone}, Columns: []warehouse.StoredColumn{
		{Name: "id", Type: expr.Integer}, {Name: "a", Type: expr.Timestamp}, {Name: "b", Type: expr.Timestamp}, {Name: "c", Type: expr.Timestamp}, {Name: "d", Type: expr.Timestamp}}}
	w, err := trino.Open(t.Context(), trino.Config{DSN: dsn, Tables: map[string]direct.Table{"times": table}, Timeout: 2 * time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	s, _, err := w.State(t.Context(), "times")
	if err != nil {
		t.Fatal(err)
	}
	loc, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	d, first := w.Dialect(), time.Date(2026, 3, 8, 0, 0, 0, 400_000_000, time.UTC)
	r := calendar.Range{From: time.Date(2026, 3, 8, 5, 30, 0, 0, time.UTC), To: time.Date(2026, 3, 8, 8, 10, 0, 0, time.UTC)}
	for _, column := range []string{"a", "b", "c", "d"} {
		n := 0
		for i := range 2001 {
			at := first.Add(time.Duration(i) * 7 * time.Minute)
			if column < "c" {
				at = calendar.Resolve(at, loc)
			}
			if !at.Before(r.From) && at.Before(r.To) {
				n++
			}
		}
		within := func(column string, r calendar.Range) string {
			return "t." + column + " >= " + d.Literal(r.From, expr.Timestamp).Text + " AND t." + column + " < " + d.Literal(r.To, expr.Timestamp).Text
		}
		where := within(column, r)
		if k, ok := s.Kept[column]; ok {
			where += " AND " + within(d.Quote(k.Column), k.Within(r))
		} else {
			t.Errorf("%s is read as it is kept", column)
		}
		warehousetest.Rows(t, w, "SELECT count(*) FROM "+s.Table+" AS t WHERE "+where, fmt.Sprint(n))
	}
}
