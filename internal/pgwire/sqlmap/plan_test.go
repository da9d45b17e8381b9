package sqlmap_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"lodestar/internal/catalog"
	"lodestar/internal/kinds"
	"lodestar/internal/pgwire/pgcat"
	"lodestar/internal/pgwire/pgsql"
	"lodestar/internal/pgwire/sqlmap"
	"lodestar/internal/semantic"
	"lodestar/internal/text"
)

const definitions = `
kind: Workspace
metadata: {name: workspace, title: {zh: 工作区, en: Workspace}}
spec: {zone: Asia/Shanghai, weekStart: monday}
---
kind: Dataset
metadata: {name: stores, title: {zh: 门店, en: Stores}}
spec:
  columns: [{name: store_id, type: string}, {name: region, type: string}, {name: size, type: integer}]
  primaryKey: [store_id]
---
kind: Dataset
metadata: {name: orders, title: {zh: 订单, en: Orders}}
spec:
  columns:
    - {name: order_id, type: string}
    - {name: store_id, type: string}
    - {name: at, type: timestamp}
    - {name: shipped, type: date}
    - {name: channel, type: string}
    - {name: amount, type: decimal}
    - {name: n, type: integer}
    - {name: gift, type: boolean}
  primaryKey: [order_id]
  time: at
  relationships: [{name: store, to: stores, columns: {store_id: store_id}, cardinality: many_to_one}]
---
kind: Metric
metadata: {name: revenue, title: {zh: 销售额, en: Revenue}, domain: sales}
spec: {type: simple, dataset: orders, agg: sum, expr: amount}
---
kind: Metric
metadata: {name: orders, title: {zh: 订单数, en: Orders}, domain: sales}
spec: {type: simple, dataset: orders, agg: count}
---
kind: Metric
metadata: {name: buyers, title: {zh: 客户, en: Buyers}, domain: sales}
spec: {type: simple, dataset: orders, agg: count_distinct, expr: store_id}
---
kind: Metric
metadata: {name: aov, title: {zh: 客单价, en: Average order value}, domain: sales}
spec: {type: derived, expr: "revenue / orders"}
---
kind: Metric
metadata: {name: n, title: {zh: 同名, en: Named as a dimension}, domain: 渠道}
spec: {type: simple, dataset: orders, agg: max, expr: n}
`

func world(t testing.TB) (*sqlmap.World, *pgcat.Session) {
	rs, findings := catalog.Decode("all.yaml", []byte(definitions), kinds.All())
	if len(findings) > 0 {
		t.Fatal(findings)
	}
	m, findings := semantic.Compile(rs)
	for _, f := range findings {
		if f.Severity == catalog.Error {
			t.Fatalf("%s %s: %s", f.Kind, f.Name, f.Text.EN)
		}
	}
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	return sqlmap.New(m), &pgcat.Session{Database: "lodestar", User: "mei", Path: []string{"public"}, Lang: text.EN, Zone: zone,
		Now: time.Date(2026, 3, 5, 10, 30, 0, 0, zone), Setting: func(string) (string, bool) { return "", false }, Settings: func() [][2]string { return nil }}
}

// planned writes the question of a statement, shortened: the limit only where
// it was asked for, with the columns of the result behind.
func planned(t testing.TB, w *sqlmap.World, sess *pgcat.Session, src string) (string, error) {
	list, err := pgsql.Parse(src)
	if err != nil {
		return "", err
	}
	p, err := w.Plan(t.Context(), list[0].Statement.(*pgsql.Select), sess, "")
	if err != nil {
		return "", err
	}
	if p.Request.Limit == 100_000 {
		p.Request.Limit = 0
	}
	b, err := json.Marshal(p.Request)
	if err != nil {
		return "", err
	}
	s := strings.ReplaceAll(string(b), `\u003e`, ">")
	s = strings.ReplaceAll(strings.ReplaceAll(s, `\u003c`, "<"), `"`, "")
	if p.NoRows {
		s += " no rows"
	}
	if p.Count {
		s += " count"
	}
	for _, c := range p.Columns {
		s += fmt.Sprintf(" %s:%s", c.Name, strings.ReplaceAll(c.Type.String(), " ", "_"))
	}
	return s, nil
}

// TestPlan holds statements to the question that they become.
func TestPlan(t *testing.T) {
	w, sess := world(t)
	const ts, txt, num, f8, i8 = ":timestamp_without_time_zone", ":text", ":numeric", ":double_precision", ":bigint"
	rev := "{metrics:[{metric:revenue}]"
	for _, c := range []struct{ sql, want string }{
		// the canonical shape
		{`select channel, measure(revenue) from sales.metrics group by channel`, rev + `,by:[channel]} channel` + txt + ` measure` + num},
		{`select channel c, measure(revenue) as r from sales.metrics group by 1`, rev + `,by:[channel]} c` + txt + ` r` + num},
		{`select channel c, agg(revenue) r from sales.metrics group by c`, rev + `,by:[channel]} c` + txt + ` r` + num},
		{`SELECT Channel, MEASURE("revenue") FROM "sales"."metrics" GROUP BY "channel"`, rev + `,by:[channel]} channel` + txt + ` measure` + num},
		{`select m.channel, measure(m.revenue) from sales.metrics m group by m.channel`, rev + `,by:[channel]} channel` + txt + ` measure` + num},
		{`select sales.metrics.channel, revenue from sales.metrics group by 1`, rev + `,by:[channel]} channel` + txt + ` revenue` + num},
		{`select store__region, revenue from metrics group by 1`, rev + `,by:[store.region]} store__region` + txt + ` revenue` + num},
		{`select store.region, revenue from metrics group by 1`, rev + `,by:[store.region]} region` + txt + ` revenue` + num},
		{`select "store.region", revenue from metrics group by 1`, rev + `,by:[store.region]} store.region` + txt + ` revenue` + num},
		{`select revenue, orders, aov from metrics`, `{metrics:[{metric:revenue},{metric:orders},{metric:aov}]} revenue` + num + ` orders` + i8 + ` aov` + f8},
		{`select channel, revenue from orders`, rev + `,by:[channel]} channel` + txt + ` revenue` + num},
		{`select channel from orders group by 1`, `{by:[channel],from:orders} channel` + txt},
		{`select distinct channel from orders`, `{by:[channel],from:orders} channel` + txt},
		{`select revenue from orders group by channel`, rev + `,by:[channel]} revenue` + num},
		{`select sum(revenue), sum(orders), count(orders), count(distinct buyers) from metrics`, `{metrics:[{metric:revenue},{metric:orders},{metric:buyers}]} sum` + num + ` sum` + i8 + ` count` + i8 + ` count` + i8},
		{`select n, measure(n) from metrics group by n`, `{metrics:[{metric:n,as:n_2}],by:[n]} n` + i8 + ` measure` + i8},
		{`select measure(n) from "渠道".metrics`, `{metrics:[{metric:n,as:n_2}]} measure` + i8},
		{`select n__metric from "渠道".metrics`, `{metrics:[{metric:n,as:n_2}]} n__metric` + i8},
		// time
		{`select date_trunc('week', metric_time) w, revenue from metrics group by 1`, rev + `,by:[{time:week}]} w` + ts + ` revenue` + num},
		{`select metric_time, revenue from metrics group by 1`, rev + `,by:[{time:day}]} metric_time` + ts + ` revenue` + num},
		{`select metric_time::date, revenue from metrics group by 1`, rev + `,by:[{time:day}]} metric_time:date revenue` + num},
		{`select cast(date_trunc('month', cast(metric_time as timestamp)) as date) d, revenue from metrics group by 1`, rev + `,by:[{time:month}]} d:date revenue` + num},
		{`select date_trunc('quarter', date_trunc('month', metric_time)), revenue from metrics group by 1`, rev + `,by:[{time:quarter}]} date_trunc` + ts + ` revenue` + num},
		{`select date_trunc('month', shipped) s, revenue from orders group by 1`, rev + `,by:[{time:month,of:shipped}]} s` + ts + ` revenue` + num},
		{`select extract(dow from metric_time) d, revenue from orders group by 1`, rev + `,by:[{part:dow}]} d` + i8 + ` revenue` + num},
		{`select extract(isodow from metric_time) d, extract(year from metric_time), revenue from orders group by 1, 2`, rev + `,by:[{part:dow},{part:year}]} d` + i8 + ` extract` + i8 + ` revenue` + num},
		{`select revenue from metrics where metric_time >= '2026-01-01' and metric_time < '2026-02-01'`, rev + `,time:{from:2026-01-01,to:2026-02-01}} revenue` + num},
		{`select revenue from metrics where metric_time between date '2026-01-01' and date '2026-01-31'`, rev + `,time:{from:2026-01-01,to:2026-02-01}} revenue` + num},
		{`select revenue from metrics where metric_time = '2026-01-31'`, rev + `,time:{from:2026-01-31,to:2026-02-01}} revenue` + num},
		{`select revenue from metrics where metric_time > '2026-01-31' and metric_time <= '2026-03-01'`, rev + `,time:{from:2026-02-01,to:2026-03-02}} revenue` + num},
		{`select revenue from metrics where '2026-01-01' <= metric_time and '2026-02-01' > metric_time`, rev + `,time:{from:2026-01-01,to:2026-02-01}} revenue` + num},
		{`select revenue from metrics where metric_time >= timestamp '2026-01-01 08:30:00' and metric_time < '2026-01-02'`, rev + `,time:{from:2026-01-01T08:30:00+08:00,to:2026-01-02}} revenue` + num},
		{`select revenue from metrics where metric_time >= '2026-01-01T00:00:00Z' and metric_time < '2026-01-02'`, rev + `,time:{from:2026-01-01T08:00:00+08:00,to:2026-01-02}} revenue` + num},
		{`select revenue from metrics where metric_time >= to_timestamp('2026-01-01 00:00:00.000000', 'YYYY-MM-DD HH24:MI:SS.US') and metric_time < to_date('2026-02-01', 'YYYY-MM-DD')`, rev + `,time:{from:2026-01-01,to:2026-02-01}} revenue` + num},
		{`select revenue from metrics where metric_time >= current_date - interval '7 days' and metric_time < current_date`, rev + `,time:{from:2026-02-26,to:2026-03-05}} revenue` + num},
		{`select revenue from metrics where metric_time >= date_trunc('month', now()) and metric_time < now()`, rev + `,time:{from:2026-03-01,to:2026-03-05T10:30:00+08:00}} revenue` + num},
		{`select revenue from metrics where date_trunc('month', metric_time) = '2026-02-01'`, rev + `,time:{from:2026-02-01,to:2026-03-01}} revenue` + num},
		{`select revenue from metrics where date_trunc('month', metric_time) >= '2026-01-15' and date_trunc('month', metric_time) <= '2026-03-01'`, rev + `,time:{from:2026-02-01,to:2026-04-01}} revenue` + num},
		{`select revenue from metrics where extract(year from metric_time) = 2026`, rev + `,time:{from:2026-01-01,to:2027-01-01}} revenue` + num},
		{`select revenue from metrics where metric_time >= '2026-01-01'`, rev + `,time:{from:2026-01-01,to:2200-01-01}} revenue` + num},
		{`select revenue from metrics where metric_time < '2026-01-01' and metric_time is not null`, rev + `,time:{from:1900-01-01,to:2026-01-01}} revenue` + num},
		{`select revenue from metrics where metric_time >= '2026-02-01' and metric_time < '2026-02-01'`, rev + `} no rows revenue` + num},
		// filters
		{`select revenue from metrics where channel = 'web'`, rev + `,where:channel = 'web'} revenue` + num},
		{`select revenue from metrics where channel = 'it''s' and gift and not store__region is null`, rev + `,where:channel = 'it''s' and gift and not store.region is null} revenue` + num},
		{`select revenue from metrics where (channel = 'web' or n > 3) and n < 9`, rev + `,where:(channel = 'web' or n > 3) and n < 9} revenue` + num},
		{`select revenue from metrics where channel in ('a', 'b') and n not in (1, 2)`, rev + `,where:channel in ('a', 'b') and not n in (1, 2)} revenue` + num},
		{`select revenue from metrics where n between 1 and '3' and n = '7'`, rev + `,where:n >= 1 and n <= 3 and n = 7} revenue` + num},
		{`select revenue from metrics where channel like 'a%' or channel ilike '%B' or channel not like '_c'`, rev + `,where:channel like 'a%' or lower(channel) like lower('%B') or not channel like '_c'} revenue` + num},
		{`select revenue from metrics where channel like '%50\%%'`, rev + `,where:contains(channel, '50%')} revenue` + num},
		{`select revenue from metrics where shipped >= '2026-01-01' and date_trunc('month', shipped) = date '2026-01-01'`, rev + `,where:shipped >= date '2026-01-01' and date_trunc('month', shipped) = date '2026-01-01'} revenue` + num},
		{`select revenue from metrics where lower(trim(channel)) = 'web' and coalesce(store__region, '?') <> '?'`, rev + `,where:lower(trim(channel)) = 'web' and coalesce(store.region, '?') <> '?'} revenue` + num},
		{`select revenue from metrics where case when n > 1 then 'x' else channel end = 'x'`, rev + `,where:case when n > 1 then 'x' else channel end = 'x'} revenue` + num},
		{`select revenue from metrics where channel = any(array['a','b']) and channel <> all('{c}')`, rev + `,where:channel in ('a', 'b') and not channel in ('c')} revenue` + num},
		{`select revenue from metrics where gift is true and channel is distinct from 'x'`, rev + `,where:coalesce(gift, false) and (channel <> 'x' or channel is null)} revenue` + num},
		{`select revenue from metrics where channel = null`, rev + `,where:nullif(true, true)} revenue` + num},
		{`select revenue from metrics where 1 = 1 and true`, rev + `} revenue` + num},
		{`select revenue from metrics where 1 = 0`, rev + `} no rows revenue` + num},
		{`select revenue from metrics limit 0`, rev + `} no rows revenue` + num},
		{`select measure(revenue) filter (where channel = 'web'), measure(revenue) from metrics`, `{metrics:[{metric:revenue,as:revenue_2,where:channel = 'web'},{metric:revenue}]} measure` + num + ` measure` + num},
		// having, order, limit
		{`select channel, measure(revenue) from metrics group by 1 having measure(revenue) > 10 and measure(orders) < 5`, `{metrics:[{metric:revenue},{metric:orders}],by:[channel],having:revenue > 10 and orders < 5} channel` + txt + ` measure` + num},
		{`select channel, revenue r from metrics group by 1 order by r desc, channel limit 5`, rev + `,by:[channel],order:[-revenue,channel],limit:5} channel` + txt + ` r` + num},
		{`select channel, revenue r from metrics group by 1 order by 2 desc nulls last, 1 asc limit 5 offset 10`, rev + `,by:[channel],order:[-revenue,channel],limit:15} channel` + txt + ` r` + num},
		{`select channel from metrics group by 1 order by measure(orders) desc`, `{metrics:[{metric:orders}],by:[channel],order:[-orders]} channel` + txt},
		{`select date_trunc('day', metric_time) d, revenue from metrics group by 1 order by date_trunc('day', metric_time)`, rev + `,by:[{time:day}],order:[time.day]} d` + ts + ` revenue` + num},
		{`select channel, revenue from metrics group by 1 fetch first 3 rows only`, rev + `,by:[channel],limit:3} channel` + txt + ` revenue` + num},
		// expressions of the answer
		{`select round(measure(revenue), 1) r, measure(revenue) / measure(orders) as per, 7 as seven, upper(channel) u from metrics group by channel`, `{metrics:[{metric:revenue},{metric:orders}],by:[channel]} r` + num + ` per` + f8 + ` seven:integer u` + txt},
		// sub-selects as tools write them
		{`select * from (select channel, measure(revenue) as r from sales.metrics group by 1) t limit 100`, rev + `,by:[channel],limit:100} channel` + txt + ` r` + num},
		{`select t.channel as c, sum(t.r) as s from (select channel, measure(revenue) as r from metrics group by 1) t group by t.channel`, rev + `,by:[channel]} c` + txt + ` s` + num},
		{`select t.c, sum(t.r) from (select channel c, store__region g, sum(revenue) r from metrics group by 1, 2) t group by 1`, rev + `,by:[channel]} c` + txt + ` sum` + num},
		{`select date_trunc('month', d), sum(r) from (select date_trunc('day', metric_time) d, revenue r from metrics group by 1) t group by 1`, rev + `,by:[{time:month}]} date_trunc` + ts + ` sum` + num},
		{`select c, measure(a) from (select channel c, n, measure(aov) a from metrics group by 1, 2) t group by 1`, `{metrics:[{metric:aov}],by:[channel]} c` + txt + ` measure` + f8},
		{`select c, sum(revenue) from (select channel c, revenue, metric_time from sales.metrics) v where metric_time >= '2026-01-01' and metric_time < '2027-01-01' group by 1 order by 2 desc limit 3`, rev + `,by:[channel],time:{from:2026-01-01,to:2027-01-01},order:[-revenue],limit:3} c` + txt + ` sum` + num},
		{`select * from (select channel, measure(revenue) r from metrics group by 1) t where r > 5 and channel <> 'x' order by r`, rev + `,by:[channel],where:channel <> 'x',having:revenue > 5,order:[revenue]} channel` + txt + ` r` + num},
		{`select r from (select * from (select channel, revenue r from metrics group by 1) a) b`, rev + `,by:[channel]} r` + num},
		{`with x as (select channel, measure(revenue) r from metrics group by 1) select channel, r from x order by 2 desc`, rev + `,by:[channel],order:[-revenue]} channel` + txt + ` r` + num},
		{`select * from (select channel, revenue from metrics group by 1 order by 2 desc limit 50) t limit 10`, rev + `,by:[channel],order:[-revenue],limit:10} channel` + txt + ` revenue` + num},
		{`select count(*) as rowcount from (select channel, measure(revenue) from metrics group by 1) q`, rev + `,by:[channel]} count rowcount` + i8},
		{`select count(1) from (select channel from metrics group by 1) q`, `{by:[channel],from:orders} count count` + i8},
	} {
		got, err := planned(t, w, sess, c.sql)
		if err != nil {
			var e *pgsql.Error
			errors.As(err, &e)
			t.Errorf("%s\n  %+v", c.sql, e)
		} else if got != c.want {
			t.Errorf("%s\n  got  %s\n  want %s", c.sql, got, c.want)
		}
	}
}

// TestPlanRefuses shows where and how the rest is refused.
func TestPlanRefuses(t *testing.T) {
	w, sess := world(t)
	for _, c := range []struct{ sql, state, part string }{ // part is where the place must be
		{`select nope from metrics`, "42703", "nope"}, {`select x.channel from metrics`, "42703", "x.channel"}, {`select measure(nope) from metrics`, "42703", "nope"},
		{`select channel, revenue from metrics group by nope`, "42703", "nope"}, {`select revenue from metrics where nope = 1`, "42703", "nope"},
		{`select channel, n, revenue from metrics group by 1`, "42803", "n,"}, {`select metric_time, revenue from metrics group by date_trunc('week', metric_time)`, "42803", "metric_time,"},
		{`select revenue from metrics group by revenue`, "42803", "revenue"}, {`select revenue from metrics where revenue > 1`, "42803", "revenue > 1"},
		{`select revenue from metrics where measure(revenue) > 1`, "42803", "measure"}, {`select channel, revenue from metrics group by 3`, "42P10", "3"},
		{`select a.revenue from metrics a, metrics b`, "0A000", "metrics b"}, {`select 1 from metrics a join metrics b on true`, "0A000", "join"},
		{`select revenue from metrics union select 1`, "0A000", "union"}, {`select sum(revenue) over () from metrics`, "0A000", "sum"}, {`select avg(revenue) from metrics`, "0A000", "avg"},
		{`select sum(aov) from metrics`, "0A000", "sum"}, {`select sum(buyers) from metrics`, "0A000", "sum"}, {`select count(*) from metrics`, "0A000", "count"}, {`select max(channel) from metrics`, "0A000", "max"},
		{`select upper(channel), revenue from metrics group by upper(channel)`, "0A000", "upper(channel)@2"}, {`select channel, revenue from metrics group by 1 order by upper(channel)`, "0A000", "upper"},
		{`select channel, revenue from metrics group by 1 order by 1 nulls first`, "0A000", "1 nulls"}, {`select date_trunc('decade', metric_time) from metrics group by 1`, "22023", "'decade'"},
		{`select date_trunc('month', date_trunc('week', metric_time)) from metrics group by 1`, "0A000", "date_trunc"}, {`select revenue from metrics where metric_time >= 'soon'`, "22007", "'soon'"},
		{`select revenue from metrics where metric_time <> '2026-01-01'`, "0A000", "<>"}, {`select revenue from metrics where metric_time > '2026-01-01' or channel = 'x'`, "0A000", "metric_time"},
		{`select revenue from metrics where n = 'x'`, "22P02", "'x'"}, {`select revenue from metrics where channel = 1`, "42804", "="}, {`select revenue from metrics where channel in (select 1)`, "0A000", "in ("},
		{`select revenue from metrics where sin(n) > 0`, "0A000", "sin"}, {`select revenue from metrics where channel ~ 'a'`, "0A000", "~"},
		{`select t.c, avg(t.r) from (select channel c, n, revenue r from metrics group by 1, 2) t group by 1`, "0A000", "avg"}, {`select c, sum(a) from (select channel c, n, aov a from metrics group by 1, 2) t group by 1`, "0A000", "sum"},
		{`select c, sum(b) from (select channel c, n, buyers b from metrics group by 1, 2) t group by 1`, "0A000", "sum"},
		{`select c, r from (select channel c, n, revenue r from metrics group by 1, 2) t group by 1`, "42803", "r from"}, {`select * from (select channel, revenue from metrics group by 1 limit 5) t where channel = 'x'`, "0A000", "="},
		{`select * from (select channel, revenue from metrics group by 1 limit 5) t order by 1`, "0A000", "1@2"}, {`select c, sum(r) from (select channel c, n, revenue r from metrics group by 1, 2 having measure(revenue) > 3) t group by 1`, "0A000", "select"},
		{`select revenue from metrics limit -1`, "2201W", "-1"}, {`select revenue from metrics where channel similar to 'x'`, "0A000", "similar"}, {`select distinct on (channel) channel, revenue from metrics`, "0A000", "select"},
		{`select revenue from (select * from pg_class) x, metrics`, "0A000", "metrics"},
	} {
		_, err := planned(t, w, sess, c.sql)
		var e *pgsql.Error
		if !errors.As(err, &e) {
			t.Errorf("%s: %v, want %s", c.sql, err, c.state)
			continue
		}
		part, second := strings.CutSuffix(c.part, "@2")
		at := strings.Index(c.sql, part)
		if second {
			at += 1 + strings.Index(c.sql[at+1:], part)
			if part == "1" {
				at = strings.LastIndex(c.sql, part)
			}
		}
		if c.sql[at:] != "" && (part == "nope" || part == "revenue" || part == "3") {
			at = strings.LastIndex(c.sql, part)
		}
		if e.State != c.state || e.At != at && !(part == "revenue" && e.At > 0) || e.Text.ZH == "" || e.Text.EN == "" {
			t.Errorf("%s\n  %s at %d (%s), want %s at %d", c.sql, e.State, e.At, e.Text.EN, c.state, at)
		}
	}
}

// TestTables shows how a model looks as tables.
func TestTables(t *testing.T) {
	w, _ := world(t)
	want := "pg_catalog information_schema public sales 渠道"
	if got := strings.Join(w.Catalog.Schemas(), " "); got != want {
		t.Errorf("schemas %s, want %s", got, want)
	}
}

// FuzzPlan finds no statement that breaks the mapping, and none that makes a
// question which cannot be written.
func FuzzPlan(f *testing.F) {
	for _, s := range []string{`select channel, measure(revenue) from metrics where n > 1 and metric_time >= '2026-01-01' group by 1 having measure(revenue) > 1 order by 2 limit 3`,
		`select * from (select channel c, sum(revenue) r from metrics group by 1) t where c like 'a\%%' or c = any('{a}')`, `select extract(dow from metric_time), round(measure(aov), -1) from orders group by 1`,
		`select count(*) from (select distinct channel from metrics) x`, `with a as (select * from metrics) select case when n is null then channel end from a`} {
		f.Add(s)
	}
	w, sess := world(f)
	f.Fuzz(func(t *testing.T, src string) {
		list, err := pgsql.Parse(src)
		if err != nil || len(list) == 0 {
			return
		}
		s, ok := list[0].Statement.(*pgsql.Select)
		if !ok {
			return
		}
		if views, other := w.MetricTables(s, sess); views == 0 || other != nil {
			return
		}
		p, err := w.Plan(t.Context(), s, sess, "")
		if err != nil {
			var e *pgsql.Error
			if !errors.As(err, &e) {
				t.Fatalf("%q: %T %v", src, err, err)
			}
			return
		}
		if _, err := json.Marshal(p.Request); err != nil {
			t.Fatal(err)
		}
		if _, err := p.Rows(nil); err != nil {
			t.Fatalf("%q: %v", src, err)
		}
	})
}
