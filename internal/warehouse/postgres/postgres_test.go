package postgres_test

import (
	"context"
	"database/sql"
	"strings"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the administrator of the test

	"lodestar/internal/expr"
	"lodestar/internal/fault"
	"lodestar/internal/store/storetest"
	"lodestar/internal/warehouse"
	"lodestar/internal/warehouse/direct"
	"lodestar/internal/warehouse/postgres"
	"lodestar/internal/warehouse/warehousetest"
)

// server starts PostgreSQL with a second database whose texts sort as people
// sort them.
func server(t *testing.T) (bytewise, linguistic string, admin *sql.DB) {
	t.Helper()
	dsn := storetest.Postgres(t)
	exec(t, connect(t, dsn), `CREATE DATABASE words TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-US'`)
	words := strings.Replace(dsn, "///postgres?", "///words?", 1)
	return dsn, words, connect(t, words)
}

func connect(t *testing.T, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func exec(t *testing.T, db *sql.DB, statements ...string) {
	t.Helper()
	for _, s := range statements {
		if _, err := db.ExecContext(t.Context(), s); err != nil {
			t.Fatalf("%v\n%s", err, s)
		}
	}
}

func open(t *testing.T, c postgres.Config) *direct.Warehouse {
	t.Helper()
	w, err := postgres.Open(t.Context(), c)
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

func TestPostgres(t *testing.T) {
	t.Parallel()
	bytewise, words, admin := server(t)
	t.Run("bytes", func(t *testing.T) { warehousetest.Dialect(t, open(t, postgres.Config{DSN: bytewise})) })
	t.Run("words", func(t *testing.T) { warehousetest.Dialect(t, open(t, postgres.Config{DSN: words})) })
	t.Run("tables", func(t *testing.T) { tables(t, words, admin) })
}

func tables(t *testing.T, dsn string, admin *sql.DB) {
	exec(t, admin, `CREATE SCHEMA shop`,
		`CREATE TABLE shop."Items" (id int, name text, code char(4), who uuid, price numeric(12,2), at timestamptz, day date, big boolean)`,
		`INSERT INTO shop."Items" VALUES
			(1, 'b', 'x', '11111111-1111-1111-1111-111111111111', 1.50, '2026-01-01 08:00:00+08', '2026-01-01', true),
			(2, 'B', 'y', NULL, NULL, '2026-03-01 00:00:00+00', '2026-02-28', false),
			(3, 'a', 'z', NULL, -2.25, NULL, NULL, NULL)`)
	table := direct.Table{Schema: "shop", Name: "Items", Zone: "Asia/Shanghai", Columns: []warehouse.StoredColumn{
		{Name: "id", Type: expr.Integer}, {Name: "name", Type: expr.String}, {Name: "code", Type: expr.String}, {Name: "who", Type: expr.String},
		{Name: "price", Type: expr.Decimal}, {Name: "at", Type: expr.Timestamp}, {Name: "day", Type: expr.Date}, {Name: "big", Type: expr.Boolean}}}
	now := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	w := open(t, postgres.Config{DSN: dsn, Tables: map[string]direct.Table{"items": table},
		TTL: time.Minute, Timeout: 5 * time.Second, Now: func() time.Time { return now }})
	warehousetest.Session(t, w, warehousetest.SessionSQL{
		Slow:  "SELECT pg_sleep(60)",
		Write: `CREATE TABLE shop.other (x int)`,
		Many:  "SELECT g FROM generate_series(1, 3000000) g",
		Running: func() int {
			var n int
			if err := admin.QueryRowContext(context.Background(), `SELECT count(*) FROM pg_stat_activity
				WHERE state = 'active' AND application_name = 'lodestar'`).Scan(&n); err != nil {
				t.Fatal(err)
			}
			return n
		}})
	s, ok, err := w.State(t.Context(), "items")
	if err != nil || !ok || s.Rows != 3 {
		t.Fatalf("%+v %v %v", s, ok, err)
	}
	if got := s.MinTime["at"]; !got.Equal(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("first time %s", got)
	}
	warehousetest.Rows(t, w, "SELECT name, code, who, price, at, day, big FROM "+s.Table+" AS t ORDER BY name",
		`B y <nil> <nil> 2026-03-01 00:00:00 +0000 UTC 2026-02-28 00:00:00 +0000 UTC false`,
		`a z <nil> -2.25 <nil> <nil> <nil>`,
		`b x 11111111-1111-1111-1111-111111111111 1.50 2026-01-01 00:00:00 +0000 UTC 2026-01-01 00:00:00 +0000 UTC true`)
	exec(t, admin, `INSERT INTO shop."Items" (id) VALUES (4)`)
	if again, _, err := w.State(t.Context(), "items"); err != nil || again.Rows != 3 || again.Version != s.Version {
		t.Errorf("looked again within the time: %+v %v", again, err)
	}
	now = now.Add(time.Minute)
	if again, _, err := w.State(t.Context(), "items"); err != nil || again.Rows != 4 || again.Version <= s.Version {
		t.Errorf("did not look again: %+v %v", again, err)
	}
	now = time.Date(2026, 5, 1, 17, 0, 0, 0, time.UTC) // one in the morning of the 2nd in Shanghai
	exec(t, admin, `INSERT INTO shop."Items" (id, at, day) VALUES (5, '2026-05-01 16:00:00+00', '2026-05-02'), (6, '2026-05-02 16:00:00+00', '2026-05-03'), (7, '2099-01-01 00:00:00+00', NULL)`)
	late, _, err := w.State(t.Context(), "items")
	if err != nil || !late.Newest["at"].Equal(now.Add(-time.Hour)) || late.Future["at"] != 2 ||
		!late.Newest["day"].Equal(time.Date(2026, 5, 2, 0, 0, 0, 0, time.UTC)) || late.Future["day"] != 1 {
		t.Errorf("rows of the future: %+v %v", late, err)
	}
	if _, ok, err := w.State(t.Context(), "nothing"); ok || err != nil {
		t.Errorf("a dataset without a table: %v %v", ok, err)
	}
	for text, code := range map[string]string{
		"SELECT 9223372036854775807 + 1":     "out_of_range",
		"SELECT * FROM shop.missing":         "engine_table_missing",
		"SELECT missing FROM shop.\"Items\"": "engine_table_missing",
	} {
		if got := fault.Of(warehousetest.Fail(t, w, text)).Code; got != code {
			t.Errorf("%s: code %q, want %s", text, got, code)
		}
	}
	if _, err := postgres.Open(t.Context(), postgres.Config{DSN: "postgres://nobody@127.0.0.1:1/x?connect_timeout=2"}); fault.Of(err).Code != "engine_unreachable" {
		t.Errorf("no server: %v", err)
	}
}
