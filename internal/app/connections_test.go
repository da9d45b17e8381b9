package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"lodestar/internal/access"
	"lodestar/internal/app"
	"lodestar/internal/demo"
	"lodestar/internal/semantic"
	"lodestar/internal/store/storetest"
	"lodestar/internal/warehouse/enginetest"
)

// connected is a workspace over three engines, beside one that has all rows
// imported.
type connected struct {
	app    *app.App
	direct *journey
	twin   *journey
	log    *lockedBuffer
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

const myPassword, wrongPassword = "s3cret-of-the-reader", "an0ther-secret"

const sharedDefinitions = `
kind: Workspace
metadata: {name: workspace}
spec: {zone: Asia/Shanghai}
---
kind: Dataset
metadata: {name: stores}
spec:
  columns: [{name: store, type: integer}, {name: kind, type: string}, {name: city, type: string}]
  primaryKey: [store]
  source: {files: [stores.csv]}
---
kind: Dataset
metadata: {name: costs}
spec:
  columns: [{name: day, type: date}, {name: channel, type: string, entity: channel}, {name: store, type: integer}, {name: cost, type: decimal, precision: 12, scale: 2}]
  time: day
  relationships: [{name: shop, to: stores, columns: {store: store}, cardinality: many_to_one}]
  source: {files: [costs.csv]}
---
kind: Dataset
metadata: {name: orders}
spec:
  columns:
    - {name: id, type: integer}
    - {name: store, type: integer}
    - {name: channel, type: string, entity: channel, source: CHANNEL}
    - {name: at, type: timestamp, zone: UTC}
    - {name: amount, type: decimal, precision: 12, scale: 2}
  primaryKey: [id]
  time: at
  relationships: [{name: shop, to: stores, columns: {store: store}, cardinality: many_to_one}]
  source: ORDERS
---
kind: Dataset
metadata: {name: visits}
spec:
  columns: [{name: day, type: date}, {name: store, type: integer}, {name: channel, type: string, entity: channel}, {name: who, type: string}, {name: seconds, type: float}]
  time: day
  relationships: [{name: shop, to: stores, columns: {store: store}, cardinality: many_to_one}]
  source: VISITS
---
{kind: Metric, metadata: {name: revenue}, spec: {type: simple, dataset: orders, agg: sum, expr: amount}}
---
{kind: Metric, metadata: {name: median_order}, spec: {type: simple, dataset: orders, agg: median, expr: amount}}
---
{kind: Metric, metadata: {name: visitors}, spec: {type: simple, dataset: visits, agg: count_distinct, expr: who}}
---
{kind: Metric, metadata: {name: dwell}, spec: {type: simple, dataset: visits, agg: avg, expr: seconds}}
---
{kind: Metric, metadata: {name: cost}, spec: {type: simple, dataset: costs, agg: sum, expr: cost}}
---
{kind: Metric, metadata: {name: per_visitor}, spec: {type: ratio, numerator: {metric: revenue}, denominator: {metric: visitors}}}
---
{kind: Metric, metadata: {name: profit}, spec: {type: derived, expr: revenue - cost}}
---
{kind: Metric, metadata: {name: running}, spec: {type: cumulative, metric: revenue, window: 14 days}}
`

const connections = `
---
kind: Connection
metadata: {name: books}
spec: {type: postgres, host: PGHOST, database: words, user: lodestar, ttl: 1 hour}
---
kind: Connection
metadata: {name: web}
spec: {type: mysql, host: MYHOST, database: shop, user: reader, password: {env: LODESTAR_SECRET_WEB}, timeout: 20 seconds, ttl: 1 hour}
---
kind: Connection
metadata: {name: down}
spec: {type: postgres, host: 127.0.0.1, port: 1, user: nobody, password: {file: down}, tls: off}
---
kind: Connection
metadata: {name: wrong}
spec: {type: mysql, host: MYHOST, database: shop, user: reader, password: {file: wrong}}
---
{kind: Dataset, metadata: {name: away}, spec: {columns: [{name: x, type: integer}], source: {connection: down, table: public.away}}}
---
{kind: Metric, metadata: {name: away_rows}, spec: {type: simple, dataset: away, agg: count}}
---
{kind: Dataset, metadata: {name: locked}, spec: {columns: [{name: x, type: integer}], source: {connection: wrong, table: shop.visits}}}
---
{kind: Metric, metadata: {name: locked_rows}, spec: {type: simple, dataset: locked, agg: count}}
---
{kind: Dataset, metadata: {name: lacking}, spec: {columns: [{name: store, type: integer}, {name: missing, type: integer}], source: {connection: web, table: shop.visits}}}
---
{kind: Metric, metadata: {name: lacking_rows}, spec: {type: simple, dataset: lacking, agg: count}}
---
{kind: Dataset, metadata: {name: mistyped}, spec: {columns: [{name: channel, type: integer}], source: {connection: web, table: shop.visits}}}
---
{kind: Metric, metadata: {name: mistyped_rows}, spec: {type: simple, dataset: mistyped, agg: count}}
---
{kind: Dataset, metadata: {name: nowhere}, spec: {columns: [{name: x, type: integer}], source: {connection: books, table: shop.nowhere}}}
---
{kind: Metric, metadata: {name: nowhere_rows}, spec: {type: simple, dataset: nowhere, agg: count}}
`

// connect makes both workspaces over the same made-up rows.
func connect(t *testing.T) *connected {
	t.Helper()
	dsn := storetest.Postgres(t)
	if _, err := administrator(t, "pgx", dsn).ExecContext(t.Context(), "CREATE DATABASE words TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-US'"); err != nil {
		t.Fatal(err)
	}
	pg := running(administrator(t, "pgx", strings.Replace(dsn, "///postgres?", "///words?", 1)))
	maria, _ := enginetest.MariaDB(t)
	my := running(administrator(t, "mysql", maria+"?sql_mode=%27NO_BACKSLASH_ESCAPES%27"))
	dir := t.TempDir()
	orders, visits := writeRows(t, dir)
	for _, s := range []string{"CREATE SCHEMA shop", `CREATE TABLE shop.orders (id bigint, store int, "CHANNEL" varchar(20), at timestamptz, amount numeric(12,2))`,
		"INSERT INTO shop.orders VALUES " + orders} {
		if err := pg(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	for _, s := range []string{"CREATE DATABASE shop CHARACTER SET latin1", "CREATE TABLE shop.visits (day DATE, store INT, channel VARCHAR(20), who VARCHAR(20), seconds DOUBLE)",
		"INSERT INTO shop.visits VALUES " + visits, "CREATE USER reader IDENTIFIED BY '" + myPassword + "'", "GRANT SELECT ON shop.* TO reader"} {
		if err := my(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	definitions := func(orders, visits string) []byte {
		return []byte(strings.NewReplacer("ORDERS", orders, "VISITS", visits).Replace(sharedDefinitions))
	}
	out := &connected{log: &lockedBuffer{}}
	now := func() time.Time { return time.Date(2026, 5, 20, 12, 0, 0, 0, time.UTC) }
	out.twin = furnish(t, &demo.Workspace{Dir: dir, Documents: []demo.Document{{Name: "all.yaml", Text: definitions("{files: [orders.csv]}", "{files: [visits.csv]}")}}}, now())
	data := t.TempDir()
	if err := os.Mkdir(filepath.Join(data, "secrets"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"down", "wrong"} {
		if err := os.WriteFile(filepath.Join(data, "secrets", name), []byte(wrongPassword+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	a, err := app.New(t.Context(), app.Config{DataDir: data, Memory: "1GB", Threads: 2, Now: now,
		Log: slog.New(slog.NewTextHandler(out.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Getenv: func(name string) string {
			return map[string]string{"LODESTAR_SECRET_WEB": myPassword}[name]
		}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	socket := strings.TrimSuffix(strings.TrimPrefix(maria, "root@unix("), ")/")
	host := strings.TrimPrefix(strings.Split(dsn, "&")[0], "postgres:///postgres?host=")
	where := strings.NewReplacer("PGHOST", host, "MYHOST", socket).Replace(connections)
	all := append(definitions("{connection: books, table: shop.orders}", "{connection: web, table: shop.visits}"), where...)
	if err := a.Furnish(t.Context(), &demo.Workspace{Dir: dir, Documents: []demo.Document{{Name: "all.yaml", Text: all}}}); err != nil {
		t.Fatal(err)
	}
	out.app, out.direct = a, &journey{t, &http.Client{Transport: a.Transport()}}
	return out
}

// writeRows makes rows up: as files, and as VALUES of orders and visits.
func writeRows(t *testing.T, dir string) (orders, visits string) {
	t.Helper()
	d := &dice{rand.New(rand.NewPCG(5, 6))}
	files := map[string]*strings.Builder{}
	add := func(name, format string, args ...any) {
		if files[name] == nil {
			files[name] = &strings.Builder{}
		}
		fmt.Fprintf(files[name], format+"\n", args...)
	}
	channel := func() string { return d.pick("web", "Web", "store", "wéb", "partner", "") }
	quoted := func(s string) string {
		if s == "" {
			return "NULL"
		}
		return "'" + s + "'"
	}
	add("stores.csv", "store,kind,city")
	for i := range 8 {
		add("stores.csv", "%d,%s,%s", i+1, d.pick("small", "large", ""), d.pick("Wuhan", "Xi'an", "Ürümqi"))
	}
	add("costs.csv", "day,channel,store,cost")
	add("orders.csv", "id,store,CHANNEL,at,amount")
	add("visits.csv", "day,store,channel,who,seconds")
	var o, v []string
	for i := range 600 {
		at := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(d.IntN(75*24*60)) * time.Minute)
		day, store := at.Format(time.DateOnly), d.IntN(10)
		c := channel()
		add("orders.csv", "%d,%d,%s,%s,%d.%02d", i, store, c, at.Format(time.RFC3339), d.IntN(300)-20, d.IntN(100))
		lines := strings.Split(strings.TrimSpace(files["orders.csv"].String()), "\n")
		amount := lines[len(lines)-1][strings.LastIndex(lines[len(lines)-1], ",")+1:]
		o = append(o, fmt.Sprintf("(%d, %d, %s, '%s', %s)", i, store, quoted(c), at.Format(time.RFC3339), amount))
		c = channel()
		if c == "partner" { // orders alone have partners
			c = "app"
		}
		who, seconds := fmt.Sprintf("v%d", d.IntN(90)), float64(d.IntN(1000))/8
		add("visits.csv", "%s,%d,%s,%s,%g", day, store, c, who, seconds)
		v = append(v, fmt.Sprintf("('%s', %d, %s, '%s', %g)", day, store, quoted(c), who, seconds))
		if i%5 == 0 {
			add("costs.csv", "%s,%s,%d,%d.50", day, channel(), store, d.IntN(100))
		}
	}
	for name, b := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return strings.Join(o, ", "), strings.Join(v, ", ")
}

// TestConnections asks one question of three engines, and expects what the
// same rows give when all are imported.
func TestConnections(t *testing.T) {
	t.Parallel()
	c := connect(t)
	t.Run("same answers", c.sameAnswers)
	t.Run("plan", c.plan)
	t.Run("faults", c.faults)
	t.Run("rights", c.rights)
	t.Run("changes", c.changes)
	t.Run("secrets", c.secrets)
	for _, secret := range []string{myPassword, wrongPassword} {
		if strings.Contains(c.log.String(), secret) {
			t.Errorf("a password is in the log")
		}
	}
}

func (c *connected) sameAnswers(t *testing.T) {
	all := []string{"revenue", "visitors", "cost", "per_visitor", "profit"}
	may := map[string]any{"from": "2026-05-01", "to": "2026-05-15"}
	questions := map[string]map[string]any{
		"by channel":        {"metrics": all, "by": []any{"channel"}, "totals": true},
		"by week":           {"metrics": all, "by": []any{map[string]any{"time": "week"}}, "totals": true},
		"by hour of orders": {"metrics": []string{"revenue"}, "by": []any{map[string]any{"time": "hour"}}, "time": may},
		"in all":            {"metrics": all, "time": may},
		"compared":          {"metrics": all, "by": []any{"channel", map[string]any{"time": "day"}}, "time": may, "compare": map[string]any{"to": "previous_period"}, "totals": true},
		"where":             {"metrics": all, "by": []any{"channel"}, "where": "channel <> 'web' or shop.kind = 'large'", "totals": true},
		"related":           {"metrics": append(all, "median_order", "dwell"), "by": []any{"shop.kind", "shop.city"}, "totals": true},
		"top":               {"metrics": all, "by": []any{"channel"}, "top": map[string]any{"n": 2, "by": "per_visitor", "others": true}, "totals": true},
		"top by time":       {"metrics": all, "by": []any{"channel", map[string]any{"time": "month"}}, "top": map[string]any{"n": 2, "by": "cost", "others": true}},
		"having":            {"metrics": all, "by": []any{"shop.store"}, "having": "per_visitor > 100 and cost > 50"},
		"running":           {"metrics": []string{"running", "cost", "visitors"}, "by": []any{map[string]any{"time": "week"}}, "time": may},
		"an empty side":     {"metrics": all, "by": []any{"channel"}, "where": "channel = 'app'", "totals": true},
		"no rows at all":    {"metrics": all, "by": []any{"channel"}, "where": "channel = 'nobody'", "totals": true},
		"filled":            {"metrics": all, "by": []any{map[string]any{"time": "day"}}, "time": may, "where": "channel = 'app'", "fill": true},
		"by limit":          {"metrics": all, "by": []any{"channel", "shop.city"}, "limit": 3, "order": []string{"-profit"}},
	}
	for name, q := range questions {
		var got, want map[string]any
		c.direct.post("/query", q, &got)
		c.twin.post("/query", q, &want)
		for _, part := range []string{"columns", "rows", "totals", "others", "range"} {
			if a, b := rounded(got[part]), rounded(want[part]); a != b {
				t.Errorf("%s, %s:\n%s\nimported:\n%s", name, part, a, b)
			}
		}
		if rows, _ := want["rows"].([]any); len(rows) == 0 && name != "no rows at all" {
			t.Errorf("%s: no rows", name)
		}
		if f, _ := got["freshness"].(map[string]any)["revenue"].(map[string]any); name != "by hour of orders" && name != "running" && (f["connection"] != "books" || f["ttl"] != 3600.0) {
			t.Errorf("%s: freshness %v", name, f)
		}
	}
}

// rounded writes JSON with numbers that differ by less than rounding alike.
func rounded(v any) string {
	var walk func(any) any
	walk = func(v any) any {
		switch v := v.(type) {
		case float64:
			return fmt.Sprintf("%.6f", v)
		case []any:
			for i := range v {
				v[i] = walk(v[i])
			}
		case map[string]any:
			for k := range v {
				v[k] = walk(v[k])
			}
		}
		return v
	}
	b, err := json.Marshal(walk(v))
	if err != nil {
		return err.Error()
	}
	return strings.ReplaceAll(string(b), "],[", "],\n[")
}

func (c *connected) plan(t *testing.T) {
	var plan struct {
		Statements []struct{ Part, Engine, Into, SQL string }
	}
	c.direct.post("/query/plan", map[string]any{"metrics": []string{"revenue", "visitors", "cost"}, "by": []any{"channel"}}, &plan)
	var engines []string
	for _, s := range plan.Statements {
		engines = append(engines, s.Engine+">"+s.Into)
	}
	if got := strings.Join(engines, " "); got != "books>guest_1 web>guest_2 >" {
		t.Errorf("statements of %s", got)
	}
	c.direct.post("/query/plan", map[string]any{"metrics": []string{"revenue"}, "by": []any{"channel"}}, &plan)
	if len(plan.Statements) != 1 || plan.Statements[0].Engine != "books" {
		t.Errorf("one engine: %+v", plan.Statements)
	}
}

// ask gives status and body of a question.
func (c *connected) ask(metric string) (int, string) {
	w := call(c.app.Handler(), access.Local("test"), "POST", "/api/v1/query", strings.NewReader(`{"metrics": ["`+metric+`"]}`), "Content-Type", "application/json")
	return w.Code, w.Body.String()
}

func (c *connected) faults(t *testing.T) {
	for _, f := range []struct {
		metric string
		status int
		says   []string
	}{
		{"away_rows", 503, []string{"engine_unreachable", "connection down"}},
		{"locked_rows", 503, []string{"engine_unreachable", "connection wrong"}},
		{"lacking_rows", 422, []string{"column_missing", "lacking", "missing"}},
		{"mistyped_rows", 422, []string{"column_type", "mistyped", "channel", "varchar"}},
		{"nowhere_rows", 503, []string{"engine_table_missing", "nowhere"}},
		{"cost", 200, nil},
		{"revenue", 200, nil},
	} {
		status, body := c.ask(f.metric)
		if status != f.status {
			t.Errorf("%s: %d %s", f.metric, status, body)
		}
		for _, word := range f.says {
			if !strings.Contains(body, word) {
				t.Errorf("%s does not say %q: %s", f.metric, word, body)
			}
		}
		if strings.Contains(body, wrongPassword) || strings.Contains(body, myPassword) {
			t.Errorf("%s tells a password", f.metric)
		}
	}
}

func (c *connected) rights(t *testing.T) {
	h := c.app.Handler()
	editor := access.Actor{Name: "ed", Role: access.Editor, Via: access.ViaSession}
	body := `{"metadata": {"name": "mine"}, "spec": {"type": "postgres", "host": "db", "user": "x"}}`
	if w := call(h, editor, "PUT", "/api/v1/connections/mine", strings.NewReader(body), "Content-Type", "application/json"); w.Code != 403 {
		t.Errorf("an editor writes a connection: %d %s", w.Code, w.Body)
	}
	apply := `{"files": [{"name": "a.yaml", "text": "{kind: Connection, metadata: {name: mine}, spec: {type: postgres, host: db, user: x}}"}]}`
	if w := call(h, editor, "POST", "/api/v1/apply", strings.NewReader(apply), "Content-Type", "application/json"); w.Code != 403 {
		t.Errorf("an editor applies a connection: %d %s", w.Code, w.Body)
	}
	if w := call(h, editor, "DELETE", "/api/v1/connections/down?cascade=true", nil); w.Code != 403 {
		t.Errorf("an editor deletes a connection: %d %s", w.Code, w.Body)
	}
	load := `{"upload": "none", "dataset": "orders", "mode": "replace"}`
	if w := call(h, editor, "POST", "/api/v1/loads", strings.NewReader(load), "Content-Type", "application/json"); w.Code != 422 || !strings.Contains(w.Body.String(), "dataset_direct") {
		t.Errorf("loading into a direct dataset: %d %s", w.Code, w.Body)
	}
}

// secrets shows that a connection follows a secret of the vault, that what is
// there is told, and that nothing tells the secret itself.
func (c *connected) secrets(t *testing.T) {
	var told strings.Builder
	as := func(who access.Actor, method, path, body string) (int, string) {
		w := call(c.app.Handler(), who, method, "/api/v1"+path, strings.NewReader(body), "Content-Type", "application/json")
		told.WriteString(w.Body.String())
		return w.Code, w.Body.String()
	}
	admin, editor := access.Local("test"), access.Actor{Name: "ed", Role: access.Editor, Via: access.ViaSession}
	expect := func(who access.Actor, method, path, body string, code int, says ...string) {
		t.Helper()
		got, answer := as(who, method, path, body)
		if got != code {
			t.Errorf("%s %s: %d %s", method, path, got, answer)
		}
		for _, word := range says {
			if !strings.Contains(answer, word) {
				t.Errorf("%s %s does not say %s: %s", method, path, word, answer)
			}
		}
	}
	_, old := as(admin, "GET", "/connections/web", "")
	var web struct{ Spec semantic.ConnectionSpec }
	if err := json.Unmarshal([]byte(old), &web); err != nil {
		t.Fatal(err)
	}
	spec := func(secret string) string {
		web.Spec.Password = &semantic.Secret{Vault: secret}
		b, err := json.Marshal(web.Spec)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	expect(editor, "PUT", "/secrets/web", `{"value": "x"}`, 403)
	expect(editor, "GET", "/secrets", "", 403)
	expect(admin, "POST", "/connections/test", `{"spec": `+spec("web")+`}`, 200, `"ok":false`, "no_secret")
	expect(admin, "POST", "/connections/test", `{"spec": `+spec("web")+`, "secrets": {"web": "`+wrongPassword+`"}}`, 200, `"ok":false`)
	expect(admin, "POST", "/connections/test", `{"spec": `+spec("web")+`, "secrets": {"web": "`+myPassword+`"}}`, 200, `"ok":true`)
	expect(admin, "POST", "/connections/test", `{"spec": `+spec("web")+`}`, 200, `"ok":false`, "no_secret") // it was not kept
	expect(admin, "PUT", "/secrets/web", `{"value": "`+wrongPassword+`"}`, 200)
	expect(admin, "PUT", "/connections/web", `{"metadata": {"name": "web"}, "spec": `+spec("web")+`}`, 200)
	expect(editor, "POST", "/connections/web/test", "", 200, `"ok":false`)
	if status, body := c.ask("visitors"); status != 503 {
		t.Errorf("with a wrong password: %d %s", status, body)
	}
	expect(admin, "PUT", "/secrets/web", `{"value": "`+myPassword+`"}`, 200)
	if status, body := c.ask("visitors"); status != 200 {
		t.Errorf("with the right password: %d %s", status, body)
	}
	expect(editor, "POST", "/connections/web/test", "", 200, `"ok":true`)
	expect(editor, "GET", "/connections/web/streams", "", 200, `"name":"shop.visits"`)
	expect(editor, "POST", "/connections/web/proposal", `{"stream": "shop.visits"}`, 200, `"name":"visits_2"`, `"used":["lacking","mistyped","visits"]`, `{"name":"seconds","type":"float"}`)
	expect(editor, "POST", "/connections/books/proposal", `{"stream": "shop.orders"}`, 200, `{"name":"amount","type":"decimal","precision":12,"scale":2}`, `"mode":"full"`)
	expect(editor, "POST", "/connections/web/proposal", `{"stream": "shop.visitors"}`, 404)
	expect(editor, "GET", "/connections/none/streams", "", 404)
	expect(admin, "GET", "/secrets", "", 200, `"name":"web"`)
	expect(admin, "GET", "/audit", "", 200, "secret.put")
	if all := told.String() + c.log.String(); strings.Contains(all, myPassword) || strings.Contains(all, wrongPassword) {
		t.Error("a password is told")
	}
}

// changes shows that a connection follows its definition.
func (c *connected) changes(t *testing.T) {
	put := func(spec string) {
		t.Helper()
		w := call(c.app.Handler(), access.Local("test"), "PUT", "/api/v1/connections/books", strings.NewReader(`{"metadata": {"name": "books"}, "spec": `+spec+`}`), "Content-Type", "application/json")
		if w.Code >= 300 {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	}
	w := call(c.app.Handler(), access.Local("test"), "GET", "/api/v1/connections/books", nil)
	var old struct{ Spec json.RawMessage }
	if err := json.Unmarshal(w.Body.Bytes(), &old); err != nil {
		t.Fatal(err)
	}
	put(`{"type": "postgres", "host": "127.0.0.1", "port": 1, "user": "x", "tls": "off"}`)
	if status, body := c.ask("revenue"); status != 503 || !strings.Contains(body, "books") {
		t.Errorf("after the change: %d %s", status, body)
	}
	put(string(old.Spec))
	if status, body := c.ask("revenue"); status != 200 {
		t.Errorf("after the change back: %d %s", status, body)
	}
}
