package postgres_test

import (
	"context"
	"fmt"
	"os"
	"testing"

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

func database() sourcetest.Database {
	d := sourcetest.OnPostgres(owner, "timestamptz")
	d.Open, d.Changes = open, true
	d.Through = func(ctx context.Context, dial source.Dial) (source.Source, error) {
		return postgres.Open(ctx, postgres.Config{Host: server.Dir(), User: "reader", Password: sourcetest.Secrets[sourcetest.Reader], Dial: dial})
	}
	d.Own = func(table string) []string {
		return []string{"ALTER TABLE " + table + " OWNER TO reader"}
	}
	d.Stream = func(table string) string { return "public." + table }
	d.Values = []sourcetest.Value{
		{Type: "float", Literal: "'NaN'", Want: "NaN"}, {Type: "float", Literal: "'-Infinity'", Want: "-Infinity"}, {Type: "decimal", Literal: "'NaN'", Want: "NaN"},
		{Type: "float", Literal: "1e-300", Want: "1e-300"},
		{Type: "date", Literal: "'infinity'", Want: "9999-12-31"}, {Type: "date", Literal: "'-infinity'", Want: "0001-01-01"}, {Type: "date", Literal: "'0044-03-15 BC'", Want: "0044-03-15 BC"},
		{Type: "timestamp", Literal: "'infinity'", Want: "9999-12-31 23:59:59.999999"}, {Type: "timestamp", Literal: "'-infinity'", Want: "0001-01-01 00:00:00"},
		{Type: "timestamp", Literal: "'12345-01-01 00:00:00+08'", Want: "9999-12-31 23:59:59.999999"}, {Type: "timestamp", Literal: "'9999-12-31 23:59:59-08'", Want: "9999-12-31 23:59:59.999999"},
		{Type: "timestamp", Literal: "'2024-06-01 12:00:00+08'", Want: "2024-06-01 04:00:00"}, {Type: "timestamp", Literal: "'0044-03-15 00:00:00+00 BC'", Want: "0044-03-15 00:00:00 BC"},
	}
	return d
}

// TestConformance comes before the tests that run in parallel: it ends their
// connections, too.
func TestConformance(t *testing.T) {
	sourcetest.TestDatabase(t, database())
}
