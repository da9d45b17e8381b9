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
	db.SetMaxOpenConns(1) // so that settings hold
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
		"INSERT INTO shop.clocks VALUES "+rows("(#, @, @, IF(@ BETWEEN '1970-01-02' AND '2038-01-01', @, NULL))"))
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

// sync reads what is new.
func (j *journey) sync(dataset string) {
	j.t.Helper()
	if run := j.again(dataset, map[string]any{}); run.Read == 0 {
		j.t.Fatalf("%+v %+v", run, run.Error)
	}
}

func (a answer) anyRows() []any {
	out := make([]any, len(a.Rows))
	for i, r := range a.Rows {
		out[i] = r
	}
	return out
}

// odd is a value of some type, in a row of its own.
type odd struct {
	native string // the type there, of the column of that name
	kind   string // the type here
	values []string
}

// oddTable writes the table of odd values: how it is made and filled, and its columns.
func oddTable(quote func(string) string, list []odd) (create string, fill []string, columns string) {
	var there, here []string
	id := 0
	for i, o := range list {
		name := fmt.Sprintf("c%d", i)
		there = append(there, quote(name)+" "+o.native)
		here = append(here, fmt.Sprintf("{name: %s, type: %s}", name, o.kind))
		for _, v := range o.values {
			id++
			fill = append(fill, fmt.Sprintf("(id, %s) VALUES (%d, %s)", quote(name), id, v))
		}
	}
	return "(id int PRIMARY KEY, touched int, " + strings.Join(there, ", ") + ")", fill, "columns: [{name: id, type: integer}, " + strings.Join(here, ", ") + "]"
}

// same compares what was asked and what was copied of each value. One that copies
// set aside, and say so, may be there when it is asked.
func same(t *testing.T, j *journey, p seen, list []odd) {
	t.Helper()
	values := map[string]map[string]string{}
	for way := range p.modes {
		values[way] = map[string]string{}
		for i, o := range list {
			by := any(fmt.Sprintf("c%d", i))
			if o.kind == "timestamp" {
				by = map[string]any{"time": "minute", "of": by}
			}
			rows := j.query(map[string]any{"from": p.place + "_" + way, "distinct": false, "timezone": "UTC", "limit": 1000, "by": []any{"id", by}}).anyRows()
			for _, r := range rows {
				r := r.([]any)
				v := fmt.Sprint(r[1])
				switch n, number := r[1].(float64); {
				case number && strings.HasPrefix(o.native, "float"): // of seven digits
					v = fmt.Sprintf("%.7g", n)
				case o.kind == "timestamp" && len(v) > 16: // the last minute has no other end
					v = v[:16]
				}
				values[way][fmt.Sprintf("%d %v", i, r[0])] = v
			}
		}
	}
	id, asides := 0, 0
	for i, o := range list {
		for _, v := range o.values {
			id++
			at := fmt.Sprintf("%d %d", i, id)
			want, ok := values["full"][at]
			if !ok {
				asides++
			}
			for way := range p.modes {
				if got, there := values[way][at]; got != want && (ok || way != "direct") || there != ok && way != "direct" {
					t.Errorf("%s as %s, %.60s: %s has %.200q, full %.200q", o.native, o.kind, v, way, got, want)
				}
			}
		}
	}
	if asides*3 > id {
		t.Errorf("%d of %d rows were set aside", asides, id)
	}
}

// TestOddValuesOfPostgres asks and copies values at the limits of their types.
func TestOddValuesOfPostgres(t *testing.T) {
	t.Parallel()
	list := []odd{
		{"numeric", "decimal", []string{"'NaN'", "'Infinity'", "1e30", "0.0000001", "-0.5", "123456789012.123456"}},
		{"numeric(18,3)", "decimal", []string{"123456789012345.678", "-0.001"}},
		{"numeric(38,0)", "decimal", []string{"99999999999999999999999999999999999999"}},
		{"float8", "float", []string{"'NaN'", "'-Infinity'", "'-0'", "1e308", "5e-324", "0.1"}},
		{"float4", "float", []string{"0.1", "16777217", "3.4e38"}},
		{"date", "date", []string{"'infinity'", "'-infinity'", "'0044-03-15 BC'", "'9999-12-31'", "'0001-01-01'", "'10000-01-01'"}},
		{"timestamp", "timestamp", []string{"'infinity'", "'-infinity'", "'0044-03-15 BC'", "'9999-12-31 23:59:59'", "'0001-01-01'", "'10000-01-01'", "'1890-01-01 05:00'"}},
		{"timestamptz", "timestamp", []string{"'infinity'", "'9999-12-31 23:59:59-08'", "'0001-01-01 00:00:00+00'", "'0044-03-15 BC'", "'2026-03-08 02:30:00-05:30'"}},
		{"bytea", "string", []string{`'\x00ff41'`, `''`}},
		{"bit(4)", "string", []string{"B'0101'"}},
		{"varbit", "string", []string{"B'01'"}},
		{"int[]", "string", []string{"'{1,2,NULL}'", "'{}'"}},
		{"text[]", "string", []string{`'{"a,b","c\"d",NULL}'`}},
		{"mood", "string", []string{"'so so'"}},
		{"json", "string", []string{`'{"a":  1, "a": 2}'`, `'null'`}},
		{"jsonb", "string", []string{`'{"b": 1, "a": "北\u00e9"}'`}},
		{"uuid", "string", []string{"'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'"}},
		{"interval", "string", []string{"'1 year 2 mons -3 days 04:05:06.789'", "'-1 day'"}},
		{"time", "string", []string{"'24:00:00'", "'12:34:56.789'"}},
		{"timetz", "string", []string{"'12:34:56+08'"}},
		{"inet", "string", []string{"'10.0.0.1/32'", "'10.0.0.0/8'"}},
		{"char(5)", "string", []string{"'ab'", "''", "'ab   '"}},
		{"varchar(20)", "string", []string{"'a '", "''", `'\N'`, `'\.'`, `'"q"'`, `E'a\r\nb'`, `E'tab\t'`, "' x'", "'NULL'"}},
		{"text", "string", []string{"repeat('长', 700000)", `E'\u0001'`, `E'\\'`, "'😀'"}},
		{"money", "string", []string{"'1234.5'"}},
		{"money", "decimal", []string{"'1234.5'"}},
		{"oid", "integer", []string{"4294967295"}},
		{"bool", "boolean", []string{"true", "false"}},
		{"bool", "string", []string{"true", "false"}},
		{"whole", "integer", []string{"5"}},
		{"word", "string", []string{"'w '"}},
		{"int8", "integer", []string{"9223372036854775807", "-9223372036854775808"}},
		{"int8", "string", []string{"-9223372036854775808"}},
		{"int2", "decimal", []string{"-5"}},
		{"int2", "float", []string{"-5"}},
		{"numeric", "float", []string{"0.1", "1e300", "'NaN'"}},
		{"numeric", "string", []string{"1.500", "'NaN'"}},
		{"float8", "string", []string{"0.1", "1e21", "'NaN'"}},
		{"float4", "string", []string{"0.1"}},
		{"date", "string", []string{"'2026-01-02'", "'infinity'", "'0044-03-15 BC'"}},
		{"timestamp", "string", []string{"'2026-01-02 03:04:05.5'", "'2026-01-02'", "'infinity'"}},
		{"timestamptz", "string", []string{"'2026-01-02 03:04:05.5+08'"}},
		{"tstzrange", "string", []string{"'[2026-01-01,2026-02-01)'"}},
		{"point", "string", []string{"'(0.1,2)'"}},
		{"xml", "string", []string{"'<a>1</a>'"}},
		{`"char"`, "string", []string{"'x'"}},
		{"name", "string", []string{"'nm'"}},
		{"int GENERATED ALWAYS AS (id * 2) STORED", "integer", nil},
	}
	create, fill, columns := oddTable(func(s string) string { return `"` + s + `"` }, list)
	statements := []string{"CREATE TYPE mood AS ENUM ('so so')", "CREATE DOMAIN whole AS int", "CREATE DOMAIN word AS text", "CREATE SCHEMA \"My Schema\"", "SET timezone = 'UTC'", `CREATE TABLE "My Schema"."Odd" ` + create}
	for _, f := range fill {
		statements = append(statements, `INSERT INTO "My Schema"."Odd" `+f)
	}
	p, db := postgresTable(t, `"My Schema.Odd"`, statements...)
	j := both(t, "{zone: UTC}", columns, p)
	same(t, j, p, list)
	if _, err := db.ExecContext(t.Context(), `UPDATE "My Schema"."Odd" SET touched = 1`); err != nil {
		t.Fatal(err)
	}
	j.sync("pg_log") // now as the log tells them
	same(t, j, p, list)
}

// TestOddValuesOfMariaDB is the same there.
func TestOddValuesOfMariaDB(t *testing.T) {
	t.Parallel()
	list := []odd{
		{"decimal(38,6)", "decimal", []string{"0.000001", "123456789012.123456"}},
		{"bigint unsigned", "decimal", []string{"18446744073709551615"}},
		{"bigint unsigned", "integer", []string{"18446744073709551615", "9223372036854775807"}},
		{"bigint", "integer", []string{"-9223372036854775808"}},
		{"int(5) zerofill", "integer", []string{"42"}},
		{"decimal(10,2) zerofill", "decimal", []string{"42.5"}},
		{"double", "float", []string{"1e308", "0.1", "-0.0", "1e15", "123456789.123456789"}},
		{"float", "float", []string{"0.1", "16777217", "3.4e38", "1234567"}},
		{"double", "string", []string{"0.1"}},
		{"decimal(10,2)", "string", []string{"1.5"}},
		{"date", "date", []string{"'0000-00-00'", "'9999-12-31'", "'2026-00-10'", "'0001-01-01'"}},
		{"datetime(6)", "timestamp", []string{"'0000-00-00 00:00:00'", "'9999-12-31 23:59:59'", "'2026-01-02 03:04:05.123456'", "'0001-01-01'"}},
		{"datetime", "timestamp", []string{"'2026-00-10'"}},
		{"timestamp NULL", "timestamp", []string{"'2026-01-02 03:04:05'", "'0000-00-00 00:00:00'", "'2038-01-19 03:14:07'"}},
		{"date", "string", []string{"'2026-01-02'"}},
		{"datetime", "string", []string{"'2026-01-02 03:04:05'"}},
		{"timestamp NULL", "string", []string{"'2026-01-02 03:04:05'"}},
		{"time(3)", "string", []string{"'-838:59:59.123'", "'12:34:56.789'"}},
		{"year", "integer", []string{"2026", "0"}},
		{"year", "string", []string{"2026"}},
		{"bit(8)", "integer", []string{"b'10000001'"}},
		{"bit(1)", "boolean", []string{"b'1'", "b'0'"}},
		{"bit(63)", "integer", []string{"0x7FFFFFFFFFFFFFFF"}},
		{"bit(8)", "string", []string{"b'01000001'"}},
		{"tinyint(1)", "boolean", []string{"1", "0", "2"}},
		{"tinyint(1)", "integer", []string{"1", "0", "2", "-3", "127"}},
		{"tinyint(1) unsigned", "integer", []string{"3", "255"}},
		{"tinyint(1)", "decimal", []string{"2"}},
		{"tinyint(1)", "string", []string{"2"}},
		{"bit(1)", "integer", []string{"b'1'", "b'0'"}},
		{"enum('a','B','北','')", "string", []string{"'B'", "'北'", "''"}},
		{"set('x','y')", "string", []string{"'x,y'", "''"}},
		{"json", "string", []string{`'{"a":  1}'`}},
		{"varbinary(10)", "string", []string{"0x00FF41", "'abc'"}},
		{"binary(4)", "string", []string{"'ab'"}},
		{"blob", "string", []string{"'text'", "0xE9"}},
		{"char(5)", "string", []string{"'ab'", "'ab  '", "''"}},
		{"varchar(20)", "string", []string{"'a '", "''", "'\"q\"'", "'a\\r\\nb'", "'NULL'", "'a\\0b'", "'back\\\\slash'", "'😀'"}},
		{"varchar(20) CHARACTER SET latin1", "string", []string{"'é'", "'€'"}},
		{"varchar(20) CHARACTER SET gbk", "string", []string{"'北辰'"}},
		{"longtext", "string", []string{"repeat('x', 700000)", "repeat('x', 1500000)"}},
		{"inet6", "string", []string{"'::1'"}},
		{"uuid", "string", []string{"'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'"}},
		{"point", "string", []string{"ST_GeomFromText('POINT(1 2)')"}},
		{"int", "float", []string{"-5"}},
		{"int", "decimal", []string{"-5"}},
		{"int", "boolean", []string{"1"}},
	}
	create, fill, columns := oddTable(func(s string) string { return "`" + s + "`" }, list)
	statements := []string{"CREATE TABLE shop.`Odd` " + create + " ROW_FORMAT=DYNAMIC", "SET sql_mode = ''"}
	for _, f := range fill {
		statements = append(statements, "INSERT INTO shop.`Odd` "+f)
	}
	p, db := mariaTable(t, "shop.Odd", statements...)
	j := both(t, "{zone: UTC}", columns, p)
	same(t, j, p, list)
	if _, err := db.ExecContext(t.Context(), "UPDATE shop.`Odd` SET touched = 1"); err != nil {
		t.Fatal(err)
	}
	j.sync("my_log") // now as the log tells them
	same(t, j, p, list)
}
