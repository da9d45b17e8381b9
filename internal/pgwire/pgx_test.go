package pgwire_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

// table writes rows as text, for comparing.
func table(rows pgx.Rows) (string, error) {
	defer rows.Close()
	var out []string
	for rows.Next() {
		vals, err := rows.Values()
		if err != nil {
			return "", err
		}
		cells := make([]string, len(vals))
		for i, v := range vals {
			switch v := v.(type) {
			case nil:
				cells[i] = "null"
			case pgtype.Numeric:
				f, err := v.Float64Value()
				if err != nil {
					return "", err
				}
				cells[i] = fmt.Sprint(f.Float64)
			case time.Time:
				cells[i] = v.Format("2006-01-02T15:04")
			default:
				cells[i] = fmt.Sprint(v)
			}
		}
		out = append(out, strings.Join(cells, "|"))
	}
	return strings.Join(out, "\n"), rows.Err()
}

// TestPGX asks in every mode that pgx has: simple and extended, text and
// binary, with and without describing first.
func TestPGX(t *testing.T) {
	d := open(t)
	modes := map[string]pgx.QueryExecMode{"prepare": pgx.QueryExecModeCacheStatement, "describe": pgx.QueryExecModeDescribeExec,
		"exec": pgx.QueryExecModeExec, "simple": pgx.QueryExecModeSimpleProtocol}
	cases := []struct {
		sql  string
		args []any
		want string
	}{
		{`select store__region, measure(revenue) as r from sales.metrics group by 1 order by 2 desc`, nil, "West|280\nEast|150.75\nnull|20"},
		{`SELECT date_trunc('week', metric_time) AS w, MEASURE(revenue), MEASURE(order_count) FROM sales.metrics WHERE metric_time >= '2026-01-01' AND metric_time < '2026-02-01' GROUP BY 1 ORDER BY 1`, nil,
			"2026-01-05T00:00|150.75|2\n2026-01-12T00:00|200|1"},
		{`select metric_time::date, order_count from orders where metric_time between '2026-01-06' and '2026-01-12' group by 1 order by 1`, nil, "2026-01-06T00:00|1\n2026-01-12T00:00|1"},
		{`select channel, revenue from public.orders where channel in ($1, $2) order by channel`, []any{"web", "it's"}, "it's|80\nweb|300.5"},
		{`select measure(revenue) from metrics where metric_time >= $1 and metric_time < $2`, []any{time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)}, "350.75"},
		{`select measure(aov) from metrics where channel = any($1)`, []any{[]string{"web", "app"}}, "92.6875"},
		{`select gift, avg_weight.revenue from (select gift, measure(revenue) as revenue from orders group by gift) avg_weight where gift = $1`, []any{true}, "true|180.5"},
		{`select extract(month from metric_time) m, sum(order_count) from orders group by 1 order by 1`, nil, "1|3\n2|2"},
		{`select count(*) from (select channel, measure(revenue) from orders group by 1) q`, nil, "3"},
		{`select upper(channel) c, round(measure(revenue) / 3, 1) from orders group by channel having measure(revenue) > $1 order by channel limit 1`, []any{50}, "APP|23.4"},
		{`select * from (select channel, measure(revenue) as revenue from orders group by 1) t where revenue > 75 order by revenue limit 10`, nil, "it's|80\nweb|300.5"},
		{`select channel, measure(revenue) filter (where store__region = 'East') from orders group by 1 order by 1`, nil, "app|50.25\nweb|100.5"},
		{`select 1 as one, 'x'::text, null::int, true, 1.5::numeric, date '2026-01-01'`, nil, "1|x|null|true|1.5|2026-01-01T00:00"},
		{`select $1::int + 1, $2::text || '!'`, []any{41, "hi"}, "42|hi!"},
		{`select revenue from metrics where false`, nil, ""}, {`select * from sales.metrics limit 0`, nil, ""},
	}
	for name, mode := range modes {
		t.Run(name, func(t *testing.T) {
			c := d.connect("sslmode=require")
			for _, k := range cases {
				rows, err := c.Query(t.Context(), k.sql, append([]any{mode}, k.args...)...)
				if err != nil {
					t.Errorf("%s\n  %v", k.sql, err)
					continue
				}
				got, err := table(rows)
				if err != nil {
					t.Errorf("%s\n  %v", k.sql, err)
				} else if got != k.want {
					t.Errorf("%s\n  got  %s\n  want %s", k.sql, got, k.want)
				}
			}
		})
	}
}

// TestPGXErrors shows codes, places and hints as clients see them.
func TestPGXErrors(t *testing.T) {
	d := open(t)
	c := d.connect("sslmode=disable")
	for _, k := range []struct {
		sql, code string
		position  int32
		message   string
	}{
		{`select nope from sales.metrics`, "42703", 8, "no column nope"},
		{`select measure(revenu) from sales.metrics`, "42703", 16, ""},
		{`select 中文, nope from metrics`, "42703", 8, ""},
		{`select store__region, measure(visit_count) from metrics group by 1`, "42703", 8, "visit_count"},
		{`select a.revenue from orders a join visits b on true`, "0A000", 32, "a join"},
		{`insert into orders values (1)`, "0A000", 1, "INSERT"},
		{`select revenue, from orders`, "42601", 17, ""},
		{`select channel, revenue from orders group by upper(channel)`, "0A000", 46, ""},
		{`select revenue from orders where revenue > 1`, "42803", 34, "WHERE"},
		{`select avg(revenue) from orders`, "0A000", 8, "AVG"},
	} {
		_, err := c.Exec(t.Context(), k.sql)
		var e *pgconn.PgError
		if !errors.As(err, &e) {
			t.Errorf("%s: %v", k.sql, err)
			continue
		}
		if e.Code != k.code || e.Position != k.position || !strings.Contains(e.Message, k.message) {
			t.Errorf("%s: %s at %d: %s (%s), want %s at %d", k.sql, e.Code, e.Position, e.Message, e.Hint, k.code, k.position)
		}
	}
	if _, err := c.Exec(t.Context(), "select 1"); err != nil {
		t.Errorf("after errors: %v", err)
	}
}

// TestSignIn shows who gets in and who does not.
func TestSignIn(t *testing.T) {
	d := open(t)
	refused := func(dsn, code string) {
		t.Helper()
		c, err := pgx.Connect(t.Context(), dsn)
		var e *pgconn.PgError
		if err == nil {
			c.Close(t.Context())
		}
		if !errors.As(err, &e) || e.Code != code {
			t.Errorf("%s: %v, want %s", dsn, err, code)
		}
	}
	secret, _ := d.token("wang")
	c, err := pgx.Connect(t.Context(), d.dsn("wang", secret, "sslmode=require"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(t.Context())
	var user string
	if err := c.QueryRow(t.Context(), "select current_user").Scan(&user); err != nil || user != "wang" {
		t.Errorf("by token: %q %v", user, err)
	}
	refused(d.dsn("mei", secret, "sslmode=disable"), "28P01") // somebody else's token
	refused(d.dsn("nobody", password, "sslmode=disable"), "28P01")
	for range 4 {
		refused(d.dsn("mei", "wrong wrong wrong", "sslmode=disable"), "28P01")
	}
	refused(d.dsn("mei", password, "sslmode=disable"), "53400") // too many tries, the same count as over HTTP
	refused(d.dsn("mei", secret, "sslmode=disable"), "53400")
	// A right that is taken away counts in connections that are open.
	d.call("PATCH", "/users/wang", map[string]any{"disabled": true}, nil, nil)
	_, err = c.Exec(t.Context(), "select revenue from metrics")
	var e *pgconn.PgError
	if !errors.As(err, &e) || e.Code != "28P01" && e.Code != "28000" {
		t.Errorf("disabled: %v", err)
	}
}

// TestPortals takes rows piece by piece, by the protocol and by cursors.
func TestPortals(t *testing.T) {
	c := open(t).connect("sslmode=disable")
	tx, err := c.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), `declare cur cursor for select channel, measure(revenue) from orders group by 1 order by 1`); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"app|70.25\nit's|80", "web|300.5", ""} {
		rows, err := tx.Query(t.Context(), "fetch 2 from cur")
		if err != nil {
			t.Fatal(err)
		}
		if got, err := table(rows); err != nil || got != want {
			t.Errorf("fetch: %q %v, want %q", got, err, want)
		}
	}
	if err := tx.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Exec(t.Context(), "fetch 1 from cur"); err == nil {
		t.Error("a cursor outlived its transaction")
	}
	tx, err = c.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), "select nope from metrics"); err == nil {
		t.Fatal("no error")
	}
	_, err = tx.Exec(t.Context(), "select 1")
	var e *pgconn.PgError
	if !errors.As(err, &e) || e.Code != "25P02" {
		t.Errorf("in a spoiled transaction: %v", err)
	}
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	var zone string
	if err := c.QueryRow(t.Context(), "show timezone").Scan(&zone); err != nil || zone != "Asia/Shanghai" {
		t.Errorf("zone %q %v", zone, err)
	}
}

// TestCopy writes rows as CSV.
func TestCopy(t *testing.T) {
	c := open(t).connect("sslmode=disable")
	var b strings.Builder
	tag, err := c.PgConn().CopyTo(t.Context(), &b, `copy (select channel, measure(revenue) as r, store__region from orders group by 1, 3 order by 1, 3) to stdout (format csv, header)`)
	if err != nil {
		t.Fatal(err)
	}
	want := "channel,r,store__region\napp,50.250000,East\napp,20.000000,\nit's,80.000000,West\nweb,100.500000,East\nweb,200.000000,West\n"
	if got := strings.ReplaceAll(strings.ReplaceAll(b.String(), "\r", ""), ".000000", ".000000"); got != want {
		t.Errorf("%s: %s\nwant %s", tag, got, want)
	}
}

// TestTimezone shows that only an explicit zone moves the numbers.
func TestTimezone(t *testing.T) {
	d := open(t)
	ask := func(c *pgx.Conn) string {
		rows, err := c.Query(t.Context(), `select metric_time::date, order_count from orders where metric_time < '2026-01-10' group by 1 order by 1`)
		if err != nil {
			t.Fatal(err)
		}
		got, err := table(rows)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	if got, want := ask(d.connect("sslmode=disable timezone=America/New_York")), "2026-01-05T00:00|1\n2026-01-06T00:00|1"; got != want {
		t.Errorf("a driver's zone moved the numbers: %s", got)
	}
	c := d.connect("sslmode=disable")
	if _, err := c.Exec(t.Context(), "set time zone 'Pacific/Auckland'"); err != nil {
		t.Fatal(err)
	}
	if got, want := ask(c), "2026-01-05T00:00|1\n2026-01-07T00:00|1"; got != want {
		t.Errorf("in Auckland: %s, want %s", got, want)
	}
}

// TestStop ends connections cleanly.
func TestStop(t *testing.T) {
	d := open(t)
	c := d.connect("sslmode=disable")
	if err := d.app.Stop(context.Background()); err != nil {
		t.Fatal(err)
	}
	_, err := c.Exec(t.Context(), "select 1")
	if err == nil {
		t.Error("the connection outlived the server")
	}
}
