package mysql_test

import (
	"context"
	"database/sql"
	"testing"
	"time"

	_ "github.com/go-sql-driver/mysql" // the administrator of the test

	"lodestar/internal/expr"
	"lodestar/internal/fault"
	"lodestar/internal/warehouse"
	"lodestar/internal/warehouse/direct"
	"lodestar/internal/warehouse/enginetest"
	"lodestar/internal/warehouse/mysql"
	"lodestar/internal/warehouse/warehousetest"
)

func open(t *testing.T, c mysql.Config) *direct.Warehouse {
	t.Helper()
	w, err := mysql.Open(t.Context(), c)
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

func exec(t *testing.T, db *sql.DB, statements ...string) {
	t.Helper()
	for _, s := range statements {
		if _, err := db.ExecContext(t.Context(), s); err != nil {
			t.Fatalf("%v\n%s", err, s)
		}
	}
}

func TestMariaDB(t *testing.T) {
	t.Parallel()
	dsn, version := enginetest.MariaDB(t)
	t.Log("MariaDB", version)
	admin, err := sql.Open("mysql", dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := admin.Close(); err != nil {
			t.Error(err)
		}
	})
	admin.SetMaxOpenConns(1)
	exec(t, admin, "CREATE DATABASE shop CHARACTER SET latin1")
	t.Run("dialect", func(t *testing.T) { warehousetest.Dialect(t, open(t, mysql.Config{DSN: dsn + "shop"})) })
	exec(t, admin, "USE shop")
	t.Run("tables", func(t *testing.T) { tables(t, dsn+"shop", admin) })
}

func tables(t *testing.T, dsn string, admin *sql.DB) {
	exec(t, admin, "CREATE TABLE shop.`Items` (id INT UNSIGNED, name VARCHAR(20), 名 VARCHAR(20) CHARACTER SET utf8mb4, kind ENUM('x','y'), price DECIMAL(12,2), at DATETIME(3), day DATE, big BOOLEAN, bit BIT(1))",
		`INSERT INTO shop.Items VALUES
			(1, 'b', '北', 'x', 1.50, '2026-01-01 00:00:00.5', '2026-01-01', TRUE, b'1'),
			(2, 'B', '辰', 'y', NULL, '2026-03-01 00:00:00', '2026-02-28', FALSE, b'0'),
			(3, 'a', '', NULL, -2.25, NULL, NULL, NULL, NULL)`,
		"CREATE TABLE shop.many (x DOUBLE)", "INSERT INTO shop.many SELECT seq / 7 FROM seq_1_to_100000")
	table := direct.Table{Schema: "shop", Name: "Items", Columns: []warehouse.StoredColumn{
		{Name: "id", Type: expr.Integer}, {Name: "name", Type: expr.String}, {Name: "名", Type: expr.String}, {Name: "kind", Type: expr.String},
		{Name: "price", Type: expr.Decimal}, {Name: "at", Type: expr.Timestamp}, {Name: "day", Type: expr.Date}, {Name: "big", Type: expr.Boolean}, {Name: "bit", Type: expr.Boolean}}}
	w := open(t, mysql.Config{DSN: dsn, Tables: map[string]direct.Table{"items": table}, Timeout: 5 * time.Second, TTL: time.Hour,
		Now: func() time.Time { return time.Date(2026, 2, 28, 12, 0, 0, 0, time.UTC) }})
	warehousetest.Session(t, w, warehousetest.SessionSQL{
		Slow:  "SELECT COUNT(*) FROM seq_1_to_100000 a, seq_1_to_100000 b, seq_1_to_100000 c WHERE a.seq + b.seq = c.seq + 1",
		Write: "CREATE TABLE shop.other (x INT)",
		Many:  "SELECT seq FROM seq_1_to_3000000",
		Running: func() int {
			var n int
			if err := admin.QueryRowContext(context.Background(), `SELECT COUNT(*) FROM information_schema.processlist
				WHERE command IN ('Query', 'Execute') AND info LIKE '%seq_1%' AND id <> CONNECTION_ID()`).Scan(&n); err != nil {
				t.Fatal(err)
			}
			return n
		}})
	s, ok, err := w.State(t.Context(), "items")
	if err != nil || !ok || s.Rows != 3 {
		t.Fatalf("%+v %v %v", s, ok, err)
	}
	if got := s.Newest["at"]; got.Truncate(time.Second) != time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC) || s.Future["at"] != 1 || s.Future["day"] != 0 {
		t.Errorf("newest time %s, %v of the future", got, s.Future)
	}
	if got := s.MaxTime["day"]; !got.Equal(time.Date(2026, 2, 28, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("last day %s", got)
	}
	warehousetest.Rows(t, w, "SELECT id, name, `名`, kind, price, at, day, big, bit FROM "+s.Table+" AS t ORDER BY name",
		`2 B 辰 y <nil> 2026-03-01 00:00:00 +0000 UTC 2026-02-28 00:00:00 +0000 UTC 0 0`,
		`3 a  <nil> -2.25 <nil> <nil> <nil> <nil>`,
		`1 b 北 x 1.50 2026-01-01 00:00:00.5 +0000 UTC 2026-01-01 00:00:00 +0000 UTC 1 1`)
	warehousetest.Rows(t, w, "SELECT name, COUNT(*) FROM "+s.Table+" AS t WHERE name <> 'B' GROUP BY 1 ORDER BY name", "a 1", "b 1")
	// Lists of values are exact, or refused.
	d := w.Dialect()
	median := d.Aggregate(warehouse.Aggregate{Func: "percentile", Percentile: 0.9, Arg: expr.SQL{Text: "x"}})
	unhurried := open(t, mysql.Config{DSN: dsn})
	warehousetest.Rows(t, unhurried, "SELECT ROUND("+median.Text+", 6) FROM shop.many", "12857.157143")
	exec(t, admin, "SET GLOBAL max_allowed_packet = 1048576")
	small := open(t, mysql.Config{DSN: dsn})
	if err := warehousetest.Fail(t, small, "SELECT "+median.Text+" FROM shop.many"); fault.Of(err).Code != "percentile_too_large" {
		t.Errorf("a list that was cut: %v", err)
	}
	for text, code := range map[string]string{
		"SELECT 9223372036854775807 + 1": "out_of_range",
		"SELECT * FROM shop.missing":     "engine_table_missing",
		"SELECT missing FROM shop.Items": "engine_table_missing",
	} {
		if got := fault.Of(warehousetest.Fail(t, w, text)).Code; got != code {
			t.Errorf("%s: code %q, want %s", text, got, code)
		}
	}
	if _, err := mysql.Open(t.Context(), mysql.Config{DSN: "nobody@tcp(127.0.0.1:1)/x"}); fault.Of(err).Code != "engine_unreachable" {
		t.Errorf("no server: %v", err)
	}
}
