package app_test

import (
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lodestar/internal/app"
	"lodestar/internal/demo"
	"lodestar/internal/testserver"
	"lodestar/internal/warehouse/enginetest"
)

// clockTimes are times that say no zone, about what is odd: changes of clocks in
// New York and Shanghai, midnights, and the ends of time.
var clockTimes = []string{
	"2026-03-08 01:59:59", "2026-03-08 02:00:00", "2026-03-08 02:30:00", "2026-03-08 02:59:59.999999", "2026-03-08 03:00:00", "2026-03-08 23:30:00",
	"2026-11-01 00:59:59", "2026-11-01 01:00:00", "2026-11-01 01:30:00", "2026-11-01 01:59:59", "2026-11-01 02:00:00",
	"2025-07-04 23:59:59.999999", "2025-12-31 23:59:59", "2026-01-01 00:00:00", "1986-05-04 01:59:59", "1986-05-04 02:30:00", "1986-05-04 03:00:00",
	"1986-09-14 00:30:00", "1986-09-14 01:30:00", "1969-12-31 23:59:59.25", "2026-03-01 07:30:00", "2026-03-01 15:59:59", "2026-03-01 16:00:00",
}

// seen is a database that datasets are asked in, and copied from, by all ways.
type seen struct {
	place, table string // connection and table
	spec         string // of the connection
	modes        map[string]string
}

// both opens a workspace with a dataset that is asked where it is, called
// PLACE_direct, and one for each way of copying, called PLACE_ and the way.
func both(t *testing.T, workspace, columns string, places ...seen) *journey {
	t.Helper()
	a, err := app.New(t.Context(), app.Config{DataDir: t.TempDir(), Memory: "1GB", Threads: 2, Getenv: func(name string) string {
		return map[string]string{"LODESTAR_PRIVATE_HOSTS": "127.0.0.1"}[name]
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	text := "{kind: Workspace, metadata: {name: workspace}, spec: " + workspace + "}\n"
	for _, p := range places {
		text += fmt.Sprintf("---\n{kind: Connection, metadata: {name: %s}, spec: %s}\n", p.place, p.spec)
		for way, sync := range p.modes {
			source := fmt.Sprintf("{connection: %s, table: %s, sync: {%s}}", p.place, p.table, sync)
			if sync == "" {
				source = fmt.Sprintf("{connection: %s, table: %s}", p.place, p.table)
			}
			text += fmt.Sprintf("---\n{kind: Dataset, metadata: {name: %s_%s}, spec: {%s, primaryKey: [id], source: %s}}\n", p.place, way, columns, source)
		}
	}
	if err := a.Furnish(t.Context(), &demo.Workspace{Dir: t.TempDir(), Documents: []demo.Document{{Name: "all.yaml", Text: []byte(text)}}}); err != nil {
		t.Fatal(err)
	}
	for _, p := range places {
		for way, sync := range p.modes {
			if sync != "" {
				caughtUp(t, a.Handler(), p.place+"_"+way)
			}
		}
	}
	return &journey{t, &http.Client{Transport: a.Transport()}}
}

func run(t *testing.T, driver, dsn string, statements ...string) *sql.DB {
	t.Helper()
	db := administrator(t, driver, dsn)
	for _, s := range statements {
		if _, err := db.ExecContext(t.Context(), s); err != nil {
			t.Fatalf("%v\n%.500s", err, s)
		}
	}
	return db
}

// everyWay are the ways in which a table of a database is read.
var everyWay = map[string]string{"direct": "", "full": "mode: full", "cursor": "mode: incremental, cursor: id", "log": "mode: changes"}

// postgresTable starts a server, runs statements and gives what they made.
func postgresTable(t *testing.T, table string, statements ...string) (seen, *sql.DB) {
	t.Helper()
	s, err := testserver.LoggingPostgreSQL(t.Context())
	s = stopped(t, s, err)
	db := run(t, "pgx", s.DSN+"&default_query_exec_mode=simple_protocol", statements...)
	return seen{"pg", table, "{type: postgres, host: " + s.Dir() + ", user: lodestar}", everyWay}, db
}

func mariaTable(t *testing.T, table string, statements ...string) (seen, *sql.DB) {
	t.Helper()
	s, err := testserver.LoggingMariaDB(t.Context())
	s = stopped(t, s, err)
	db := run(t, "mysql", s.DSN+"?time_zone=%27%2B00:00%27", append([]string{"CREATE DATABASE shop CHARACTER SET utf8mb4",
		"CREATE USER reader IDENTIFIED BY ''", "GRANT REPLICATION SLAVE, BINLOG MONITOR, PROCESS ON *.* TO reader", "GRANT SELECT ON *.* TO reader"}, statements...)...)
	return seen{"my", table, "{type: mysql, host: " + filepath.Join(s.Dir(), "s") + ", user: reader, database: shop}", everyWay}, db
}

// TestClocksAskedOrCopied has times that say no zone in tables that are asked where
// they are and copied: the rows of each day are the same.
func TestClocksAskedOrCopied(t *testing.T) {
	t.Parallel()
	rows := func(line string) string {
		var out []string
		for i, at := range clockTimes {
			out = append(out, strings.NewReplacer("#", fmt.Sprint(i+1), "@", "'"+at+"'").Replace(line))
		}
		return strings.Join(out, ", ")
	}
	pg, _ := postgresTable(t, "public.clocks", "CREATE TABLE clocks (id int PRIMARY KEY, here timestamp, there timestamp, moment timestamptz)",
		"SET timezone = 'UTC'", "INSERT INTO clocks VALUES "+rows("(#, @, @, @)"))
	my, _ := mariaTable(t, "shop.clocks", "CREATE TABLE shop.clocks (id int PRIMARY KEY, here datetime(6), there datetime(6), moment timestamp(6) NULL)",
		"INSERT INTO shop.clocks VALUES "+rows("(#, @, @, IF(@ < '1970-01-02', NULL, @))"))
	dsn, exec := enginetest.ClickHouse(t)
	exec("CREATE TABLE default.clocks (id Int64, here DateTime64(6), there DateTime64(6, 'Asia/Tokyo'), moment DateTime64(6, 'UTC')) ENGINE = MergeTree ORDER BY id")
	exec("INSERT INTO default.clocks VALUES " + rows("(#, @, @, @)"))
	at, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	ch := seen{"ch", "default.clocks", fmt.Sprintf("{type: clickhouse, host: %s, port: %s, tls: off, user: default}", at.Hostname(), at.Port()),
		map[string]string{"direct": "", "full": "mode: full", "cursor": "mode: incremental, cursor: id"}}
	j := both(t, "{zone: Asia/Shanghai}", "columns: [{name: id, type: integer}, {name: here, type: timestamp}, {name: there, type: timestamp, zone: America/New_York}, {name: moment, type: timestamp, zone: America/New_York}]", pg, my, ch)
	for _, p := range []seen{pg, my, ch} {
		for _, column := range []string{"here", "there", "moment"} {
			for _, grain := range []string{"day", "minute"} {
				for _, zone := range []string{"Asia/Shanghai", "America/New_York", "UTC"} {
					ask := func(way string) string {
						return rounded(any(j.query(map[string]any{"from": p.place + "_" + way, "distinct": false, "timezone": zone, "limit": 1000,
							"by": []any{"id", map[string]any{"time": grain, "of": column}}, "order": []string{"id"}}).anyRows()))
					}
					want := ask("full")
					for way := range p.modes {
						if got := ask(way); got != want {
							t.Errorf("%s, %s by %s of %s, %s:\n%s\ncopied as a whole:\n%s", p.place, column, grain, zone, way, got, want)
						}
					}
				}
			}
		}
	}
	// By their own clocks days are those that the tables say, whatever is asked.
	for _, p := range []seen{pg, my} {
		for column, zone := range map[string]string{"here": "Asia/Shanghai", "there": "America/New_York"} {
			a := j.query(map[string]any{"from": p.place + "_direct", "distinct": false, "timezone": zone, "limit": 1000,
				"by": []any{"id", map[string]any{"time": "day", "of": column}}, "order": []string{"id"}})
			for i, r := range a.Rows {
				if want := clockTimes[i][:len(time.DateOnly)]; r[1] != want {
					t.Errorf("%s, %s: %s is in %v", p.place, column, clockTimes[i], r[1])
				}
			}
		}
	}
}

func (a answer) anyRows() []any {
	out := make([]any, len(a.Rows))
	for i, r := range a.Rows {
		out[i] = r
	}
	return out
}
