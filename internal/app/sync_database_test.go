package app_test

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "github.com/go-sql-driver/mysql"
	_ "github.com/jackc/pgx/v5/stdlib"

	"lodestar/internal/testserver"
)

// database is a server with a table that changes.
type database struct {
	busyDatabase
	host  string
	db    *sql.DB
	query string // rows as texts
}

func (d *database) content(t *testing.T) (c content) {
	t.Helper()
	rows, err := d.db.QueryContext(t.Context(), d.query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var row string
		if err := rows.Scan(&row); err != nil {
			t.Fatal(err)
		}
		c.add(row)
	}
	if rows.Err() != nil {
		t.Fatal(rows.Err())
	}
	return c
}

func makeDatabase(t *testing.T, driver, dsn string, rows int, setUp ...string) *database {
	t.Helper()
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { _ = db.Close() })
	for _, s := range setUp {
		if _, err := db.ExecContext(t.Context(), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
	d := &database{db: db}
	d.busyDatabase = busyDatabase{stop: make(chan struct{}), rows: rows, pause: 4 * time.Millisecond,
		exec: func(s string) error { _, err := db.ExecContext(context.Background(), s); return err }}
	return d
}

func stopped(t *testing.T, s *testserver.Server, err error) *testserver.Server {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func fillPostgres(t *testing.T, rows int) *database {
	t.Helper()
	s, err := testserver.LoggingPostgreSQL(t.Context())
	s = stopped(t, s, err)
	d := makeDatabase(t, "pgx", s.DSN+"&default_query_exec_mode=simple_protocol&timezone=UTC", rows,
		"CREATE ROLE reader LOGIN REPLICATION PASSWORD '"+myPassword+"'", "GRANT CREATE ON DATABASE postgres TO reader",
		"GRANT pg_read_all_stats TO reader", "GRANT CREATE, USAGE ON SCHEMA public TO reader",
		"CREATE TABLE items (id bigint PRIMARY KEY, value text, amount numeric(12,2), updated_at timestamptz)",
		"CREATE INDEX ON items (updated_at, id)", "ALTER TABLE items OWNER TO reader",
		fmt.Sprintf("INSERT INTO items SELECT n, 'row ' || n, n %% 1000, now() FROM generate_series(1, %d) n", rows))
	d.host, d.now = s.Dir(), "clock_timestamp()"
	d.query = "SELECT id || '|' || value || '|' || amount || '|' || to_char(updated_at, 'YYYY-MM-DD HH24:MI:SS.US') FROM items"
	return d
}

func fillMariaDB(t *testing.T, rows int) *database {
	t.Helper()
	s, err := testserver.LoggingMariaDB(t.Context())
	s = stopped(t, s, err)
	options := "?multiStatements=true&time_zone='%2B00:00'"
	makeDatabase(t, "mysql", s.DSN+options, rows, "CREATE DATABASE shop CHARACTER SET utf8mb4",
		"CREATE USER reader IDENTIFIED BY '"+myPassword+"'", "GRANT REPLICATION SLAVE, BINLOG MONITOR, PROCESS ON *.* TO reader",
		"GRANT SELECT ON shop.* TO reader")
	d := makeDatabase(t, "mysql", strings.TrimSuffix(s.DSN, "/")+"/shop"+options, rows,
		"CREATE TABLE items (id bigint PRIMARY KEY, value text, amount decimal(12,2), updated_at datetime(6), KEY (updated_at, id))",
		fmt.Sprintf("INSERT INTO items SELECT seq, concat('row ', seq), seq %% 1000, now(6) FROM seq_1_to_%d", rows))
	d.host, d.now = filepath.Join(s.Dir(), "s"), "sysdate(6)"
	d.query = "SELECT concat(id, '|', value, '|', amount, '|', date_format(updated_at, '%Y-%m-%d %H:%i:%s.%f')) FROM items"
	return d
}
