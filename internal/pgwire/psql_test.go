package pgwire_test

import (
	"net"
	"os/exec"
	"strings"
	"testing"
)

// psql runs commands as the client of PostgreSQL itself.
func (d *door) psql(input string, args ...string) string {
	d.t.Helper()
	path, err := exec.LookPath("psql")
	if err != nil {
		d.t.Fatalf("psql is needed: apt-get install postgresql-client (%v)", err)
	}
	host, port, _ := net.SplitHostPort(d.addr)
	cmd := exec.CommandContext(d.t.Context(), path, append([]string{"-X", "-h", host, "-p", port, "-U", "mei", "-d", "lodestar"}, args...)...)
	cmd.Env = append(cmd.Environ(), "PGPASSWORD="+password, "PAGER=", "LC_ALL=C.UTF-8")
	cmd.Stdin = strings.NewReader(input)
	out, err := cmd.CombinedOutput()
	if err != nil {
		d.t.Errorf("psql %q: %v", input, err)
	}
	return string(out)
}

// TestPSQL looks around and asks with psql; its own questions to the
// catalogue must all be answered.
func TestPSQL(t *testing.T) {
	d := open(t)
	for _, k := range []struct {
		input string
		want  []string
	}{
		{`\dn`, []string{"sales", "traffic", "public"}},
		{`\dn+`, []string{"sales"}},
		{`\dt *.*`, []string{"sales", "metrics", "orders", "visits", "traffic"}},
		{`\dt`, []string{"public", "metrics"}},
		{`\d sales.metrics`, []string{"metric_time", "timestamp without time zone", "store__region", "text", "revenue", "numeric", "order_count", "bigint", "aov", "double precision"}},
		{`\d+ orders`, []string{"Revenue: all that was sold", "Region"}},
		{`\d`, []string{"metrics", "orders", "visits"}},
		{`\l`, []string{"lodestar", "UTF8"}},
		{`\l+`, []string{"lodestar"}}, {`\du`, []string{"mei"}}, {`\df`, nil}, {`\dv`, nil}, {`\dT`, nil}, {`\dx`, nil}, {`\dp`, []string{"orders"}}, {`\di`, nil}, {`\dm`, nil}, {`\ds`, nil},
		{`\db`, []string{"pg_default"}}, {`\dt+ sales.*`, []string{"metrics"}}, {`\dS pg_catalog.pg_class`, []string{"relname"}}, {`\dconfig timezone`, nil}, {`\ddp`, nil}, {`\dy`, nil}, {`\dRp`, nil}, {`\drds`, nil},
		{`\conninfo`, []string{"SSL connection", `as user "mei"`}},
		{`\encoding`, []string{"UTF8"}},
		{`select channel, measure(revenue) from sales.orders group by 1 order by 2 desc;`, []string{"web", "300.5", "(3 rows)"}},
		{`select channel, measure(revenue) from sales.orders group by 1 order by 2 desc \gdesc`, []string{"numeric"}},
		{`explain select channel, measure(revenue) from sales.orders where metric_time >= '2026-01-01' group by 1;`, []string{`"channel"`, `"from": "2026-01-01"`}},
		{`show all;`, []string{"standard_conforming_strings"}},
		{"begin;\nset local search_path = sales;\nselect sum(revenue) from orders;\nrollback;\nshow search_path;", []string{"450.75", "$user"}},
		{`\copy (select channel, measure(revenue) from orders group by 1 order by 1) to stdout csv`, []string{"app,70.25"}},
		{`table visits limit 0;`, []string{"visit_count", "channel__metric", "(0 rows)"}},
		{`select channel, measure(channel) from visits group by 1 order by 1;`, []string{"app", "20", "web", "30"}},
	} {
		got := d.psql(k.input)
		if strings.Contains(got, "ERROR") || strings.Contains(got, "FATAL") {
			t.Errorf("%s\n%s", k.input, got)
		}
		for _, w := range k.want {
			if !strings.Contains(got, w) {
				t.Errorf("%s: %q is missing in\n%s", k.input, w, got)
			}
		}
	}
	got := d.psql("select channel, measure(revenu) from orders group by 1;")
	for _, w := range []string{"ERROR:  there is no column revenu", "LINE 1:", "^", "HINT:  did you mean revenue?"} {
		if !strings.Contains(got, w) {
			t.Errorf("%q is missing in\n%s", w, got)
		}
	}
	got = d.psql("set lc_messages = 'zh_CN.UTF-8'; select nope from metrics;")
	if !strings.Contains(got, "没有名为 nope 的列") {
		t.Errorf("in Chinese:\n%s", got)
	}
}
