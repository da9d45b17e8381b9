package pgcat_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"lodestar/internal/pgwire/pgcat"
	"lodestar/internal/pgwire/pgsql"
	"lodestar/internal/text"
)

func sample() (*pgcat.Catalog, *pgcat.Session) {
	cat := pgcat.New([]string{"sales"}, []pgcat.View{
		{Schema: "public", Name: "metrics", Comment: text.Text{ZH: "全部指标", EN: "All metrics"}, Columns: []pgcat.ViewColumn{
			{Name: "metric_time", Type: pgcat.Timestamp}, {Name: "region", Type: pgcat.Text, Comment: text.Same("Region")}, {Name: "revenue", Type: pgcat.Numeric}}},
		{Schema: "sales", Name: "metrics", Columns: []pgcat.ViewColumn{{Name: "revenue", Type: pgcat.Numeric}}},
	})
	zone, _ := time.LoadLocation("Asia/Shanghai")
	return cat, &pgcat.Session{Database: "lodestar", User: "mei", Version: "16.0", Path: []string{"public"}, Lang: text.EN, PID: 7,
		Setting:  func(n string) (string, bool) { return "on", n == "standard_conforming_strings" },
		Settings: func() [][2]string { return [][2]string{{"TimeZone", "Asia/Shanghai"}} },
		Now:      time.Date(2026, 3, 5, 10, 0, 0, 0, zone), Zone: zone}
}

func ask(t *testing.T, cat *pgcat.Catalog, sess *pgcat.Session, src string) (string, error) {
	t.Helper()
	list, err := pgsql.Parse(src)
	if err != nil {
		return "", err
	}
	p, err := cat.Compile(list[0].Statement.(*pgsql.Select), sess)
	if err != nil {
		return "", err
	}
	rows, err := p.Run(t.Context())
	if err != nil {
		return "", err
	}
	var out []string
	for _, r := range rows {
		cells := make([]string, len(r))
		for i, v := range r {
			cells[i] = "null"
			if v != nil {
				cells[i] = pgcat.Format(v, p.Columns[i].Type, sess.Zone)
			}
		}
		out = append(out, strings.Join(cells, "|"))
	}
	return strings.Join(out, "\n"), nil
}

// TestEvaluator holds the evaluator to what PostgreSQL answers.
func TestEvaluator(t *testing.T) {
	cat, sess := sample()
	for _, c := range []struct{ src, want string }{
		{`select 1`, "1"}, {`select 1 + 2 * 3, 7 / 2, 7 % 4, -3, 2 ^ 3`, "7|3|3|-3|8"}, {`select 2 ^ 3 ^ 2`, "64"}, {`select 1.5 + 1, 7.0 / 2`, "2.5|3.5"},
		{`select 'a' || 'b' || 1, null || 'x'`, "ab1|null"}, {`select null = null, null is null, 1 is distinct from null`, "null|t|t"},
		{`select true and null, false and null, true or null, not null::bool`, "null|f|t|null"},
		{`select 3 in (1, 2), 3 not in (1, 2), 1 in (1, null), 2 in (1, null), 2 not in (1, null)`, "f|t|t|null|null"},
		{`select 2 between 1 and 3, 2 not between 1 and 3, 'abc' like 'a%', 'abc' not like '_b_', 'ABC' ilike 'a%', 'a%' like 'a\%'`, "t|f|t|f|t|t"},
		{`select 'abc' ~ '^a', 'abc' !~ 'b', 'ABC' ~* 'b'`, "t|f|t"}, {`select case when 1 > 2 then 'x' else 'y' end, case 2 when 2 then 'two' end`, "y|two"},
		{`select coalesce(null, 2, 3), nullif(1, 1), greatest(1, 3, 2), least(2, null, 1)`, "2|null|3|1"},
		{`select '42'::int + 1, 42::text || 'x', '1'::bool, 't'::bool, 3.7::int, 'a'::varchar(3)`, "43|42x|t|t|4|a"},
		{`select array[1, 2][2], '{a,"b c",NULL}'::text[], array_to_string(array['a', null, 'c'], ','), array_length(array[1, 2], 1)`, `2|{a,"b c",NULL}|a,c|2`},
		{`select 2 = any(array[1, 2]), 3 <> all('{1,2}'::int[]), 'b' = any('{a,b}')`, "t|t|t"},
		{`select lower('AB'), upper('ab'), length('中文'), substring('abcdef' from 2 for 3), left('abc', 2), right('abc', 1), replace('aba', 'a', 'x'), position('c' in 'abc'), split_part('a.b.c', '.', 2), trim('  x '), trim(both 'x' from 'xax')`, "ab|AB|2|bcd|ab|c|xbx|3|b|x|a"},
		{`select date '2026-01-31' + interval '1 month', date '2026-03-01' - date '2026-02-01', date '2026-01-01' + 7, timestamp '2026-01-01 10:00' - interval '1 day 2 hours'`, "2026-02-28 00:00:00|28|2026-01-08|2025-12-31 08:00:00"},
		{`select date_trunc('week', date '2026-03-05'), date_trunc('quarter', timestamp '2026-05-05 10:00'), extract(year from date '2026-03-05'), date_part('dow', date '2026-03-01')`, "2026-03-02 00:00:00|2026-04-01 00:00:00|2026|0"},
		{`select now(), current_date, now()::date, '2026-01-01 00:00:00Z'::timestamptz`, "2026-03-05 10:00:00+08|2026-03-05|2026-03-05|2026-01-01 08:00:00+08"},
		{`select to_date('05.03.2026', 'DD.MM.YYYY'), to_timestamp('2026-01-02 03:04:05.000000', 'YYYY-MM-DD HH24:MI:SS.US')`, "2026-03-05|2026-01-02 03:04:05"},
		{`select x from (values (2), (1), (3)) v(x) order by x desc limit 2 offset 1`, "2\n1"},
		{`select x, count(*), sum(y), min(y), array_agg(y order by y desc), string_agg(y::text, '-') from (values ('a', 1), ('b', 2), ('a', 3)) v(x, y) group by x having count(*) > 1`, "a|2|4|1|{3,1}|1-3"},
		{`select count(*) from pg_class where false`, "0"}, {`select count(*) filter (where x > 1), count(distinct x) from (values (1), (2), (2)) v(x)`, "2|2"},
		{`select a.x, b.y from (values (1), (2)) a(x) left join (values (2, 'two')) b(x, y) on a.x = b.x order by 1`, "1|null\n2|two"},
		{`select a.x, b.y from (values (1), (2)) a(x) full join (values (2, 'two'), (3, 'three')) b(x, y) using (x) order by 1`, "1|null\n2|two\nnull|three"},
		{`select a.x, b.x from (values (1), (2)) a(x), (values (1), (2)) b(x) where a.x < b.x`, "1|2"},
		{`select x, row_number() over (order by x desc), rank() over (order by x) from (values (1), (3), (3)) v(x) order by 1, 2`, "1|3|1\n3|1|2\n3|2|2"},
		{`select 1 union select 1 union all select 2 order by 1 desc`, "2\n1"}, {`select 1 except select 2`, "1"}, {`select 1 intersect select 2`, ""},
		{`with a as (select 1 as x), b as (select x + 1 as y from a) select * from a, b`, "1|2"},
		{`select (select max(x) from (values (1), (5)) v(x)), exists (select 1), array(select 2), 1 in (select 1)`, "5|t|{2}|t"},
		{`select x, (select count(*) from (values (1), (2), (3)) w(y) where y <= v.x) from (values (1), (3)) v(x)`, "1|1\n3|3"},
		{`select * from unnest(array['a', 'b']) with ordinality as u(v, n)`, "a|1\nb|2"}, {`select generate_series(1, 3)`, "1\n2\n3"},
		{`select v.x, s.n from (values (2)) v(x), lateral (select n from generate_series(1, v.x) g(n)) s`, "2|1\n2|2"},
		{`select distinct x from (values (1), (1), (2)) v(x) order by x`, "1\n2"}, {`select distinct on (x) x, y from (values (1, 2), (1, 1)) v(x, y) order by x, y`, "1|1"},
		{`select current_database(), current_schema(), current_user, current_setting('standard_conforming_strings'), current_schemas(true)`, "lodestar|public|mei|on|{pg_catalog,public}"},
		{`select 'public.metrics'::regclass::text, 'metrics'::regclass::oid = (select oid from pg_class where relname = 'metrics' and relnamespace = 'public'::regnamespace)`, "metrics|t"},
		{`select 'sales.metrics'::regclass, pg_table_is_visible('sales.metrics'::regclass), format_type(1700, -1), 25::regtype`, "sales.metrics|f|numeric|text"},
		{`select obj_description('metrics'::regclass, 'pg_class'), col_description('metrics'::regclass, 2)`, "All metrics|Region"},
		{`select attname, format_type(atttypid, atttypmod) from pg_attribute where attrelid = 'sales.metrics'::regclass and attnum > 0`, "revenue|numeric"},
		{`select table_schema, count(*) from information_schema.columns where table_name = 'metrics' group by 1 order by 1`, "public|3\nsales|1"},
		{`select (1, 2) = (1, 2), (1, 2) < (1, 3), row(1, 'a')`, "t|t|(1,a)"}, {`select has_table_privilege('metrics', 'SELECT'), has_table_privilege('metrics', 'INSERT')`, "t|f"},
		{`select (information_schema._pg_expandarray(array['a', 'b'])).n`, "1\n2"}, {`select conname from pg_constraint`, ""},
		{`select json_build_object('a', conname) from pg_constraint`, ""},
	} {
		got, err := ask(t, cat, sess, c.src)
		if err != nil {
			t.Errorf("%s\n  %v", c.src, err)
		} else if got != c.want {
			t.Errorf("%s\n  got  %s\n  want %s", c.src, got, c.want)
		}
	}
}

// TestEvaluatorRefuses shows codes and places of what is wrong.
func TestEvaluatorRefuses(t *testing.T) {
	cat, sess := sample()
	for _, c := range []struct {
		src, state string
		at         int
	}{
		{`select nope`, "42703", 7}, {`select x.nope from pg_class x`, "42703", 7}, {`select oid from pg_class, pg_type`, "42702", 7}, {`select 1 from nope`, "42P01", 14},
		{`select 1 from nope.x`, "3F000", 14}, {`select nope(1)`, "42883", 7}, {`select 'x'::int`, "22P02", 10}, {`select 1 / 0`, "22012", 9}, {`select 1 where 2`, "42804", 15},
		{`select (select 1 union select 2)`, "21000", 7}, {`select count(count(*)) from pg_class`, "42803", 13}, {`select 'a' ~ '('`, "2201B", 11}, {`select $1`, "42P02", 7},
		{`select sum(x) over (order by x) from (values (1)) v(x)`, "0A000", 7}, {`select 9223372036854775807 + 1`, "22003", 27}, {`select date 'nope'`, "22007", 7},
		{`select 1 from other.public.metrics`, "0A000", 14}, {`select 1 union select 1, 2`, "42601", 9}, {`select generate_series(1, 10000000)`, "54000", 7},
		{`select count(*) from pg_attribute a, pg_attribute b, pg_attribute c`, "54000", -1},
	} {
		_, err := ask(t, cat, sess, c.src)
		var e *pgsql.Error
		if !errors.As(err, &e) || e.State != c.state || e.At != c.at {
			t.Errorf("%s: %v, want %s at %d", c.src, describe(err), c.state, c.at)
		}
	}
}

func describe(err error) string {
	var e *pgsql.Error
	if errors.As(err, &e) {
		return fmt.Sprintf("%s at %d (%s)", e.State, e.At, e.Text.EN)
	}
	return fmt.Sprint(err)
}

// FuzzEvaluate finds no query that breaks the evaluator.
func FuzzEvaluate(f *testing.F) {
	for _, s := range []string{`select a.x from (values (1)) a(x) left join pg_class c on c.oid = a.x order by 1`, `select array[1][1], (select 1), x'`,
		`select count(*) over (), row_number() over (partition by 1) from pg_namespace`, `select substring('abc' from -5 for 100), left('x', -3), split_part('a', '', -1)`} {
		f.Add(s)
	}
	cat, sess := sample()
	f.Fuzz(func(t *testing.T, src string) {
		if strings.Contains(src, "pg_att") || strings.Contains(src, "olumns") {
			return // large tables only make it slow
		}
		if _, err := ask2(t, cat, sess, src); err != nil {
			var e *pgsql.Error
			if !errors.As(err, &e) {
				t.Fatalf("%q: %v", src, err)
			}
		}
	})
}

func ask2(t *testing.T, cat *pgcat.Catalog, sess *pgcat.Session, src string) (string, error) {
	list, err := pgsql.Parse(src)
	if err != nil {
		return "", err
	}
	for _, p := range list {
		if _, ok := p.Statement.(*pgsql.Select); ok {
			return ask(t, cat, sess, src[p.Start:p.End])
		}
	}
	return "", nil
}
