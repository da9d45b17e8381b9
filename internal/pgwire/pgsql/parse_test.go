package pgsql_test

import (
	"errors"
	"strings"
	"testing"

	"lodestar/internal/pgwire/pgsql"
)

// TestParseAccepts reads what real tools send.
func TestParseAccepts(t *testing.T) {
	for _, src := range []string{
		``, `;;`, `select 1`, `select 1; select 2;`, `-- nothing`, `/* a /* b */ c */ select 1`,
		`select a.b.c, "A b", t.* from s.t as t (x, y) where not a = 1 and b <> -2`,
		`select date_trunc('week', metric_time), measure(revenue) as r from sales.metrics where metric_time >= date '2026-01-01' group by 1, 2 having measure(revenue) > 3 order by 2 desc nulls last limit 10 offset 5`,
		`select x::text, cast(y as character varying(20)), z::timestamp with time zone, '{}'::int[] from t`,
		`select case when a then b else c end, case x when 1 then 'a' end`,
		`select * from a left outer join b on a.x = b.y, lateral unnest(a.z) with ordinality as u(v, n) where x in (1, 2) and y not in (select 1)`,
		`select count(*), count(distinct a), array_agg(a order by b desc), sum(x) filter (where y) from t`,
		`select row_number() over (partition by a order by b), (f(x)).n, (a).*, array[1, 2][1], array(select 1), row(1, 2), (1, 2) = (3, 4)`,
		`select n.nspname from pg_catalog.pg_class c where c.relname operator(pg_catalog.~) '^(orders)$' collate pg_catalog.default and n.nspname !~ '^pg_toast'`,
		`select e'a\n\x41\u4e2d', $tag$it's$tag$, $1, x = any($2::text[]), y <> all (select 1), a is not distinct from b, a isnull`,
		`select extract(year from t), position('a' in b), substring(a from 2 for 3), trim(both 'x' from y), t at time zone 'UTC', interval '3' day, timestamp '2026-01-01 00:00'`,
		`with a as (select 1), b (x) as materialized (select 2) select * from a union all select * from b order by 1`,
		`values (1, 'a'), (2, 'b')`, `(select 1 order by 1) union (select 2) limit 1`, `table pg_class`,
		`select left('abc', 2), right('abc', 1), coalesce(a, b), greatest(1, 2), current_date, current_user, current_schema, current_schema()`,
		`select a from t fetch first 10 rows only`, `select a || b->>'c' from t for read only`,
		`set datestyle = 'ISO, MDY'`, `set time zone 'Asia/Shanghai'`, `set session application_name to x`, `set local statement_timeout = 100`,
		`reset all`, `show all`, `show transaction isolation level`, `begin read only`, `start transaction isolation level serializable`, `commit and chain`,
		`rollback to savepoint a`, `savepoint a`, `release savepoint a`, `discard all`, `deallocate prepare all`, `prepare p (int, text) as select $1`, `execute p (1, 'a')`,
		`declare "SQL_CUR1" cursor with hold for select 1`, `fetch forward 10 in "SQL_CUR1"`, `fetch all from c`, `move 5 from c`, `close c`, `explain (format json) select 1`,
		`copy (select 1) to stdout with (format csv, header true)`, `insert into t values (1)`, `create temp table x as select 1`, `listen x`,
		`select 销售额 from 销售.指标`, `select "over" from t over`, `select 1 as "中文", 2 x`, `select +1, - -1, a=-1, b<>-1`,
	} {
		if _, err := pgsql.Parse(src); err != nil {
			t.Errorf("%s\n  %v", src, err)
		}
	}
}

// TestParseRefuses shows where a mistake is found and under which code.
func TestParseRefuses(t *testing.T) {
	for _, c := range []struct {
		src, state string
		at         int
	}{
		{`select`, "42601", 6}, {`select 1 +`, "42601", 10}, {`select 'a`, "42601", 7}, {`select "a`, "42601", 7}, {`select ""`, "42601", 7},
		{`select (1`, "42601", 9}, {`select 1 2`, "42601", 9}, {`selec 1; selec`, "", 0}, {`select a from`, "42601", 13},
		{`select a from t where`, "42601", 21}, {`select a from t group a`, "42601", 22}, {`select 1a`, "42601", 7}, {`select /* x`, "42601", 7},
		{`select a, from t`, "42601", 10}, {`select case end`, "42601", 12}, {`select cast(a as thing)`, "42704", 17}, {`select $0`, "42P02", 7},
		{`select a from t join u`, "42601", 22}, {`with recursive r as (select 1) select 1`, "0A000", 5}, {`select 1 for update`, "0A000", 9},
		{`select a from t group by rollup (a)`, "0A000", 25}, {`copy t to stdout`, "0A000", 0}, {`fetch backward 1 from c`, "0A000", 6}, {`select a，b from t`, "42601", 8},
		{`select 1 into t`, "0A000", 9}, {"select \xff", "22021", -1}, {`select a[1:2]`, "0A000", 8},
	} {
		_, err := pgsql.Parse(c.src)
		if c.state == "" {
			if err != nil {
				t.Errorf("%s: %v", c.src, err)
			}
			continue
		}
		var e *pgsql.Error
		if !errors.As(err, &e) {
			t.Errorf("%s: no error", c.src)
			continue
		}
		if e.State != c.state || e.At != c.at || e.Text.ZH == "" || e.Text.EN == "" {
			t.Errorf("%s: %s at %d, want %s at %d (%v)", c.src, e.State, e.At, c.state, c.at, e)
		}
	}
}

// FuzzParse finds no text that breaks the parser.
func FuzzParse(f *testing.F) {
	for _, s := range []string{`select a, measure(b) from s.t where x = $1 group by 1 order by 2 desc limit 3`, `set a = 'b'`,
		`select (f(x)).n from (select 1) t`, "select e'\\u4e2d", `((((((`, `select a::int[][1]`, `declare c cursor for select 1`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		list, err := pgsql.Parse(src)
		if err != nil {
			var e *pgsql.Error
			if !errors.As(err, &e) || e.At > len(src) {
				t.Fatalf("%q: %#v", src, err)
			}
			return
		}
		for _, p := range list {
			if p.Start < 0 || p.End < p.Start || p.End > len(src) {
				t.Fatalf("%q: statement from %d to %d", src, p.Start, p.End)
			}
		}
	})
}

// TestManySigns: a long row of operators takes time in proportion, and is read
// as signs.
func TestManySigns(t *testing.T) {
	for _, src := range []string{strings.Repeat("+", 1<<20), "select " + strings.Repeat("- ", 1<<19), "select 1 =" + strings.Repeat("+-", 1<<19)} {
		if _, err := pgsql.Parse(src); err == nil {
			t.Errorf("%.20s… is a statement", src)
		}
	}
	if _, err := pgsql.Parse("select 1=-1, 1 <>+-+2, 'a' ~~- 'b', - -1, 2*-3"); err != nil {
		t.Error(err)
	}
}
