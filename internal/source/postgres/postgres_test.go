package postgres_test

import (
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"lodestar/internal/source"
	"lodestar/internal/source/postgres"
	"lodestar/internal/source/sourcetest"
	"lodestar/internal/testserver"
)

var (
	server *testserver.Server
	owner  *pgxpool.Pool
)

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	ctx := context.Background()
	var err error
	if server, err = testserver.LoggingPostgreSQL(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() {
		if err := server.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}()
	if owner, err = pgxpool.New(ctx, server.DSN); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer owner.Close()
	for _, s := range []string{
		"CREATE ROLE reader LOGIN REPLICATION PASSWORD '" + sourcetest.Secrets[sourcetest.Reader] + "'",
		"CREATE ROLE stranger LOGIN PASSWORD '" + sourcetest.Secrets[sourcetest.Stranger] + "'",
		"GRANT pg_read_all_stats TO reader", "GRANT CREATE ON DATABASE postgres TO reader", "GRANT CREATE, USAGE ON SCHEMA public TO reader",
	} {
		if _, err := owner.Exec(ctx, s); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	return m.Run()
}

func open(ctx context.Context, who sourcetest.Who) (source.Source, error) {
	user := "reader"
	if who == sourcetest.Stranger {
		user = "stranger"
	}
	return postgres.Open(ctx, postgres.Config{Host: server.Dir(), User: user, Password: sourcetest.Secrets[who]})
}

// tx is a transaction that ends the test when it fails.
type tx struct {
	t  testing.TB
	tx pgx.Tx
}

func begin(t testing.TB) sourcetest.Tx {
	x, err := owner.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return tx{t, x}
}

func (x tx) Exec(s string) {
	if _, err := x.tx.Exec(x.t.Context(), s); err != nil {
		x.t.Errorf("%s: %v", s, err)
	}
}

func (x tx) Commit() {
	if err := x.tx.Commit(x.t.Context()); err != nil {
		x.t.Error(err)
	}
}

func (x tx) Rollback() {
	if err := x.tx.Rollback(x.t.Context()); err != nil {
		x.t.Error(err)
	}
}

func database() sourcetest.Database {
	return sourcetest.Database{
		Open: open, Begin: begin, Changes: true,
		Through: func(ctx context.Context, dial source.Dial) (source.Source, error) {
			return postgres.Open(ctx, postgres.Config{Host: server.Dir(), User: "reader", Password: sourcetest.Secrets[sourcetest.Reader], Dial: dial})
		},
		Types: map[string]string{"integer": "bigint", "text": "text", "decimal": "numeric(30,10)", "float": "double precision",
			"boolean": "boolean", "date": "date", "timestamp": "timestamptz"},
		Fill: func(table string, n int) string {
			return fmt.Sprintf("INSERT INTO %s (id, word, n) SELECT i, 'word ' || i, i FROM generate_series(1, %d) i", table, n)
		},
		Own: func(table string) []string {
			return []string{"ALTER TABLE " + table + " OWNER TO reader"}
		},
		Retype: func(table, column, typ string) string {
			return "ALTER TABLE " + table + " ALTER COLUMN " + column + " TYPE " + database().Types[typ]
		},
		Stream: func(table string) string { return "public." + table },
		Break: func(t testing.TB) {
			if _, err := owner.Exec(t.Context(), "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'reader'"); err != nil {
				t.Error(err)
			}
		},
		Values: []sourcetest.Value{
			{Type: "float", Literal: "'NaN'", Want: "NaN"}, {Type: "float", Literal: "'-Infinity'", Want: "-Infinity"}, {Type: "decimal", Literal: "'NaN'", Want: "NaN"},
			{Type: "float", Literal: "1e-300", Want: "1e-300"},
			{Type: "date", Literal: "'infinity'", Want: "infinity"}, {Type: "date", Literal: "'0044-03-15 BC'", Want: "0044-03-15 BC"},
			{Type: "timestamp", Literal: "'infinity'", Want: "infinity"}, {Type: "timestamp", Literal: "'12345-01-01 00:00:00+08'", Want: "12344-12-31 16:00:00"},
			{Type: "timestamp", Literal: "'2024-06-01 12:00:00+08'", Want: "2024-06-01 04:00:00"}, {Type: "timestamp", Literal: "'0044-03-15 00:00:00+00 BC'", Want: "0044-03-15 00:00:00 BC"},
		},
	}
}

// TestConformance comes before the tests that run in parallel: it ends their
// connections, too.
func TestConformance(t *testing.T) {
	sourcetest.TestDatabase(t, database())
}
