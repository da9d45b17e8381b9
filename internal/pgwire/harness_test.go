package pgwire_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"lodestar/internal/app"
	"lodestar/internal/demo"
)

const definitions = `
kind: Workspace
metadata: {name: workspace, title: {zh: 工作区, en: Workspace}}
spec: {zone: Asia/Shanghai, weekStart: monday}
---
kind: Dataset
metadata: {name: stores, title: {zh: 门店, en: Stores}}
spec:
  columns: [{name: store_id, type: string}, {name: region, type: string, title: {zh: 地区, en: Region}}, {name: size, type: integer}]
  primaryKey: [store_id]
  source: {files: [stores.csv]}
---
kind: Dataset
metadata: {name: orders, title: {zh: 订单, en: Orders}}
spec:
  columns:
    - {name: order_id, type: string}
    - {name: store_id, type: string}
    - {name: ordered_at, type: timestamp, zone: Asia/Shanghai}
    - {name: shipped, type: date}
    - {name: channel, type: string}
    - {name: amount, type: decimal}
    - {name: weight, type: float}
    - {name: gift, type: boolean}
  primaryKey: [order_id]
  time: ordered_at
  relationships: [{name: store, to: stores, columns: {store_id: store_id}, cardinality: many_to_one}]
  source: {files: [orders.csv]}
---
kind: Dataset
metadata: {name: visits, title: {zh: 访问, en: Visits}}
spec:
  columns: [{name: day, type: date}, {name: channel, type: string}, {name: n, type: integer}]
  time: day
  source: {files: [visits.csv]}
---
kind: Metric
metadata: {name: revenue, title: {zh: 销售额, en: Revenue}, description: {zh: 全部销售, en: all that was sold}, domain: sales}
spec: {type: simple, dataset: orders, agg: sum, expr: amount, unit: CNY}
---
kind: Metric
metadata: {name: order_count, title: {zh: 订单数, en: Orders}, domain: sales}
spec: {type: simple, dataset: orders, agg: count}
---
kind: Metric
metadata: {name: buyers, title: {zh: 店数, en: Stores that sold}, domain: sales}
spec: {type: simple, dataset: orders, agg: count_distinct, expr: store_id}
---
kind: Metric
metadata: {name: aov, title: {zh: 客单价, en: Average order value}, domain: sales}
spec: {type: derived, expr: "revenue / order_count", unit: CNY}
---
kind: Metric
metadata: {name: visit_count, title: {zh: 访问数, en: Visits}, domain: traffic}
spec: {type: simple, dataset: visits, agg: sum, expr: n}
---
kind: Metric
metadata: {name: channel, title: {zh: 同名指标, en: A metric named as a dimension}, domain: traffic}
spec: {type: simple, dataset: visits, agg: max, expr: n}
`

const storesCSV = "store_id,region,size\ns1,East,10\ns2,West,20\ns3,,30\n"

const ordersCSV = `order_id,store_id,ordered_at,shipped,channel,amount,weight,gift
o1,s1,2026-01-05 10:00:00,2026-01-06,web,100.50,1.5,true
o2,s1,2026-01-06 23:30:00,2026-01-08,app,50.25,2.5,false
o3,s2,2026-01-12 00:10:00,2026-01-13,web,200,0.25,false
o4,s2,2026-02-01 08:00:00,2026-02-03,it's,80,1,true
o5,s3,2026-02-10 09:00:00,,app,20,,false
`

const visitsCSV = "day,channel,n\n2026-01-05,web,10\n2026-01-06,app,20\n2026-02-01,web,30\n"

// door is a running program with its SQL door open.
type door struct {
	t   *testing.T
	app *app.App
	// Addr is HOST:PORT of the door.
	addr string
}

const password = "correct horse battery"

func open(t *testing.T) *door {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"stores.csv": storesCSV, "orders.csv": ordersCSV, "visits.csv": visitsCSV} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	a, err := app.New(t.Context(), app.Config{DataDir: filepath.Join(dir, "data"), Addr: "127.0.0.1:0", SQLAddr: "127.0.0.1:0", Memory: "512MB", Threads: 2,
		Console: io.Discard, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	if err := a.Furnish(t.Context(), &demo.Workspace{Dir: dir, Documents: []demo.Document{{Name: "all.yaml", Text: []byte(definitions)}}}); err != nil {
		t.Fatal(err)
	}
	if err := a.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	d := &door{t: t, app: a, addr: a.SQLAddr()}
	for _, name := range []string{"mei", "wang"} {
		d.call("POST", "/users", map[string]any{"name": name, "title": name, "role": "viewer", "password": password, "lang": "en"}, nil, nil)
	}
	return d
}

// call uses the HTTP interface in this process.
func (d *door) call(method, path string, body, out any, header http.Header) {
	d.t.Helper()
	b, err := json.Marshal(body)
	if err != nil {
		d.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(d.t.Context(), method, d.app.URL()+"/api/v1"+path, bytes.NewReader(b))
	if err != nil {
		d.t.Fatal(err)
	}
	client := &http.Client{Transport: d.app.Transport()}
	if header != nil {
		req.Header = header
		client = http.DefaultClient
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := client.Do(req)
	if err != nil {
		d.t.Fatal(err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	if res.StatusCode >= 300 {
		d.t.Fatalf("%s %s: %d %s", method, path, res.StatusCode, answer)
	}
	if out != nil {
		if err := json.Unmarshal(answer, out); err != nil {
			d.t.Fatal(err)
		}
	}
	if c := res.Header.Get("Set-Cookie"); c != "" && header != nil {
		header.Set("Cookie", strings.SplitN(c, ";", 2)[0])
	}
}

// token makes an API token for a person.
func (d *door) token(user string) (secret, id string) {
	d.t.Helper()
	h := http.Header{}
	d.call("POST", "/session", map[string]any{"name": user, "password": password}, nil, h)
	var out struct {
		Secret string `json:"token"`
		ID     string `json:"id"`
	}
	d.call("POST", "/tokens", map[string]any{"name": "bi"}, &out, h)
	return out.Secret, out.ID
}

func (d *door) dsn(user, pass, options string) string {
	host, port, _ := net.SplitHostPort(d.addr)
	return "host=" + host + " port=" + port + " user=" + user + " password='" + pass + "' dbname=lodestar " + options
}

// connect signs in as mei.
func (d *door) connect(options string) *pgx.Conn {
	d.t.Helper()
	c, err := pgx.Connect(d.t.Context(), d.dsn("mei", password, options))
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() { c.Close(context.Background()) })
	return c
}
