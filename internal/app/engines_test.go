package app_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	_ "github.com/go-sql-driver/mysql"
	_ "github.com/jackc/pgx/v5/stdlib"

	"lodestar/internal/store/storetest"
	"lodestar/internal/warehouse"
	"lodestar/internal/warehouse/clickhouse"
	"lodestar/internal/warehouse/direct"
	"lodestar/internal/warehouse/enginetest"
	"lodestar/internal/warehouse/mysql"
	"lodestar/internal/warehouse/postgres"
	"lodestar/internal/warehouse/trino"
)

// benchEngine makes benches on a server.
type benchEngine struct {
	test    string // whose benches they are
	prepare func(b *queryBench)
}

var (
	enginesMu sync.Mutex
	engines   []benchEngine
	benches   atomic.Int64
)

// engineOf finds the engine of the test that t is part of.
func engineOf(t *testing.T) *benchEngine {
	enginesMu.Lock()
	defer enginesMu.Unlock()
	for i := range engines {
		if strings.HasPrefix(t.Name(), engines[i].test+"/") {
			return &engines[i]
		}
	}
	return nil
}

// onEngine runs everything that is asked of DuckDB on another engine: the
// scripts, and made-up worlds and metrics against the oracles. Equal answers
// to an oracle are equal answers to one another.
func onEngine(t *testing.T, prepare func(b *queryBench)) {
	enginesMu.Lock()
	engines = append(engines, benchEngine{t.Name(), prepare})
	enginesMu.Unlock()
	t.Run("scripts", TestQueryScripts)
	t.Run("oracle", TestQueryAgainstOracle)
	t.Run("sums", TestSumsOfLinearExpressions)
	t.Run("quality", TestQualityAgainstBruteForce)
	t.Run("periods", TestPeriodRulesAgainstBruteForce)
	t.Run("drift", TestDrift)
	t.Run("silence", TestSilenceAgainstBruteForce)
	t.Run("times", TestMetricsOverOtherTimes)
	t.Run("levels", TestLevels)
	t.Run("conversions", TestConversions)
	t.Run("conversions add up", TestConversionsAddUp)
	t.Run("retention", TestRetention)
	t.Run("calendars", TestGrainsOfCalendars)
}

// smokeOnEngine runs one script, for engines that take long.
func smokeOnEngine(t *testing.T, prepare func(b *queryBench)) {
	enginesMu.Lock()
	engines = append(engines, benchEngine{t.Name(), prepare})
	enginesMu.Unlock()
	src, err := os.ReadFile("../query/testdata/shop.txt")
	if err != nil {
		t.Fatal(err)
	}
	t.Run("scripts", func(t *testing.T) { runScript(t, string(src)) })
}

// allEngines is set by make test-engines.
func allEngines() bool { return os.Getenv("LODESTAR_ENGINES") == "all" }

// server is what benches on another engine are made with; each has a schema of
// its own.
type server struct {
	create string // what makes a schema, up to its name
	quote  string
	exec   func(ctx context.Context, statement string) error
	open   func(ctx context.Context, tables map[string]direct.Table) (*direct.Warehouse, error)
}

func (s server) prepare(b *queryBench) {
	b.t.Helper()
	name := fmt.Sprintf("b%d", benches.Add(1))
	b.schema = s.quote + name + s.quote
	b.exec = func(text string) {
		b.t.Helper()
		if err := s.exec(b.t.Context(), text); err != nil {
			b.t.Fatalf("%v\n%.500s", err, text)
		}
	}
	b.exec(s.create + b.schema)
	var last *direct.Warehouse
	b.opened = func(tables map[string]direct.Table) warehouse.Warehouse {
		b.t.Helper()
		w, err := s.open(b.t.Context(), tables)
		if err != nil {
			b.t.Fatal(err)
		}
		if last != nil {
			if err := last.Close(); err != nil {
				b.t.Error(err)
			}
		}
		last = w
		return w
	}
	b.house = b.opened(nil)
	b.t.Cleanup(func() {
		if err := last.Close(); err != nil {
			b.t.Error(err)
		}
	})
}

// running runs statements through database/sql.
func running(admin *sql.DB) func(context.Context, string) error {
	return func(ctx context.Context, text string) error {
		_, err := admin.ExecContext(ctx, text)
		return err
	}
}

func administrator(t *testing.T, driver, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open(driver, dsn)
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

// TestOnPostgres uses a database whose texts sort as people sort them.
func TestOnPostgres(t *testing.T) {
	t.Parallel()
	dsn := storetest.Postgres(t)
	if _, err := administrator(t, "pgx", dsn).ExecContext(t.Context(), "CREATE DATABASE words TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-US'"); err != nil {
		t.Fatal(err)
	}
	dsn = strings.Replace(dsn, "///postgres?", "///words?", 1)
	onEngine(t, server{"CREATE SCHEMA ", `"`, running(administrator(t, "pgx", dsn)),
		func(ctx context.Context, tables map[string]direct.Table) (*direct.Warehouse, error) {
			return postgres.Open(ctx, postgres.Config{DSN: dsn, Tables: tables})
		}}.prepare)
}

// TestOnMariaDB uses a server that compares texts without case and accents.
func TestOnMariaDB(t *testing.T) {
	t.Parallel()
	dsn, _ := enginetest.MariaDB(t)
	admin := administrator(t, "mysql", dsn+"?sql_mode=%27NO_BACKSLASH_ESCAPES%27")
	onEngine(t, server{"CREATE SCHEMA ", "`", running(admin),
		func(ctx context.Context, tables map[string]direct.Table) (*direct.Warehouse, error) {
			return mysql.Open(ctx, mysql.Config{DSN: dsn, Tables: tables})
		}}.prepare)
}

// TestOnClickHouse runs everything with make test-engines only.
func TestOnClickHouse(t *testing.T) {
	t.Parallel()
	dsn, exec := enginetest.ClickHouse(t)
	s := server{"CREATE DATABASE ", "`", func(_ context.Context, text string) error { exec(text); return nil },
		func(ctx context.Context, tables map[string]direct.Table) (*direct.Warehouse, error) {
			return clickhouse.Open(ctx, clickhouse.Config{DSN: dsn, Tables: tables})
		}}
	if allEngines() {
		onEngine(t, s.prepare)
	} else {
		smokeOnEngine(t, s.prepare)
	}
}

// TestOnTrino runs with make test-engines only: tables of the catalog memory
// are spread over two workers.
func TestOnTrino(t *testing.T) {
	if !allEngines() {
		t.Skip("runs with make test-engines")
	}
	dsn, version := enginetest.Trino(t)
	t.Log("Trino", version, "with two workers")
	onEngine(t, server{"CREATE SCHEMA memory.", "", running(administrator(t, "trino", dsn)),
		func(ctx context.Context, tables map[string]direct.Table) (*direct.Warehouse, error) {
			return trino.Open(ctx, trino.Config{DSN: dsn, Tables: tables})
		}}.prepare)
}
