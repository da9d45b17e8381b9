package app_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"

	"lodestar/internal/store/storetest"
	"lodestar/internal/warehouse/direct"
	"lodestar/internal/warehouse/enginetest"
	"lodestar/internal/warehouse/mysql"
	"lodestar/internal/warehouse/postgres"
)

// TestAcrossEngines spreads the datasets of everything that is asked of one
// engine over three, of which each compares texts in its own way.
func TestAcrossEngines(t *testing.T) {
	t.Parallel()
	dsn := storetest.Postgres(t)
	if _, err := administrator(t, "pgx", dsn).ExecContext(t.Context(), "CREATE DATABASE words TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-US'"); err != nil {
		t.Fatal(err)
	}
	dsn = strings.Replace(dsn, "///postgres?", "///words?", 1)
	pg := server{"CREATE SCHEMA ", `"`, running(administrator(t, "pgx", dsn)),
		func(ctx context.Context, tables map[string]direct.Table) (*direct.Warehouse, error) {
			return postgres.Open(ctx, postgres.Config{DSN: dsn, Tables: tables})
		}}
	maria, _ := enginetest.MariaDB(t)
	my := server{"CREATE SCHEMA ", "`", running(administrator(t, "mysql", maria+"?sql_mode=%27NO_BACKSLASH_ESCAPES%27")),
		func(ctx context.Context, tables map[string]direct.Table) (*direct.Warehouse, error) {
			return mysql.Open(ctx, mysql.Config{DSN: maria, Tables: tables})
		}}
	var combined, visited atomic.Int64
	prepare := spread(&combined, &visited, pg, my)
	t.Run("all", func(t *testing.T) { // which ends when all of it has ended
		if allEngines() {
			onEngine(t, prepare)
			return
		}
		// What differs when it is spread; the rest is the same statements.
		enginesMu.Lock()
		engines = append(engines, benchEngine{t.Name(), prepare})
		enginesMu.Unlock()
		t.Run("scripts", TestQueryScripts)
		t.Run("oracle", TestQueryAgainstOracle)
		t.Run("times", TestMetricsOverOtherTimes)
	})
	if combined.Load() < 100 || visited.Load() < 100 {
		t.Errorf("%d statements combined what engines said, %d took rows along to a server: too few to show anything", combined.Load(), visited.Load())
	}
}

// spread prepares benches whose datasets are on DuckDB and servers, and counts
// the statements that read rows of other engines, here and there.
func spread(combined, visited *atomic.Int64, servers ...server) func(b *queryBench) {
	return func(b *queryBench) {
		b.t.Helper()
		b.onDuckDB()
		home := *b
		b.hosted = combined
		b.places = []*queryBench{&home}
		for i, s := range servers {
			other := newQueryBench(b.t)
			other.hosted = visited
			other.name = string(rune('a' + i))
			s.prepare(other)
			b.places = append(b.places, other)
		}
	}
}
