// Command intake measures events over HTTP (checked against a plan in three
// layers, on disk before they are acknowledged, and rows in the end) against
// DuckDB's appender writing the same rows by itself.
package main

import (
	"bytes"
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/duckdb/duckdb-go/v2" // the raw engine, as the baseline

	"lodestar/bench/internal/figure"
	"lodestar/internal/access"
	"lodestar/internal/app"
	"lodestar/internal/httpapi"
)

const (
	batch   = 100 // messages a request, as clients send by default
	senders = 8
	target  = 0.25
)

func main() {
	if err := run(context.Background()); err != nil {
		figure.Fail(err)
	}
}

func run(ctx context.Context) error {
	n := 400_000
	if s := os.Getenv("EVENTS"); s != "" {
		var err error
		if n, err = strconv.Atoi(s); err != nil {
			return err
		}
	}
	n -= n % batch
	raw, err := appender(ctx, n)
	if err != nil {
		return err
	}
	took, stored, err := intake(ctx, n)
	if err != nil {
		return err
	}
	perSecond := func(d time.Duration) float64 { return float64(n) / d.Seconds() }
	figure.Against("intake", "acknowledged", perSecond(took), "events/s", perSecond(raw))
	figure.Against("intake", "stored", perSecond(stored), "events/s", perSecond(raw))
	if got := perSecond(took) / perSecond(raw); got < target {
		figure.Say("%.2f of the appender's speed, wanted %.2f", got, target)
	}
	return nil
}

// event is one message and its row.
type event struct {
	id, user, order, channel, city string
	at                             time.Time
	cents                          int64
	items                          int64
}

func made(i int) event {
	return event{id: fmt.Sprintf("6f1c%08x-0000-4000-8000-%012x", i, i), user: fmt.Sprint("u", i%9973), order: fmt.Sprint("o", i),
		channel: []string{"web", "app", "store"}[i%3], city: []string{"上海", "北京", "Shenzhen"}[i%3],
		at: time.Date(2026, 3, 4, 0, 0, 0, 0, time.UTC).Add(time.Duration(i) * time.Millisecond), cents: int64(i%100_000) + 1, items: int64(i%7) + 1}
}

const plan = `kind: Event
metadata: {name: order_paid}
spec:
  ids: [user_id]
  properties:
    - {name: order_id, source: orderId, type: string, required: true, pattern: 'o[0-9]+'}
    - {name: channel, type: string, required: true, values: [web, app, store]}
    - {name: city, source: address.city, type: string}
    - {name: amount, type: decimal, precision: 12, scale: 2, min: 0}
    - {name: items, type: integer, min: 1, max: 1000}
`

// bodies makes the requests beforehand: clients pay for those.
func bodies(n int) [][]byte {
	var out [][]byte
	for from := 0; from < n; from += batch {
		var b bytes.Buffer
		b.WriteString(`{"sentAt":"2026-03-05T00:00:00.000Z","batch":[`)
		for i := from; i < from+batch; i++ {
			e := made(i)
			if i > from {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, `{"type":"track","messageId":%q,"userId":%q,"event":"Order Paid","timestamp":%q,"integrations":{},"context":{"library":{"name":"bench","version":"1"}},"properties":{"orderId":%q,"channel":%q,"address":{"city":%q},"amount":%d.%02d,"items":%d}}`,
				e.id, e.user, e.at.Format(time.RFC3339Nano), e.order, e.channel, e.city, e.cents/100, e.cents%100, e.items)
		}
		b.WriteString("]}")
		out = append(out, b.Bytes())
	}
	return out
}

// intake sends everything and tells when the last was acknowledged and when it
// was a row.
func intake(ctx context.Context, n int) (acknowledged, stored time.Duration, err error) {
	dir, err := os.MkdirTemp("", "intake-*")
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	a, err := app.New(ctx, app.Config{DataDir: dir})
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, a.Stop(ctx)) }()
	key, err := prepare(ctx, a)
	if err != nil {
		return 0, 0, err
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, 0, err
	}
	srv := &http.Server{Handler: a.Handler(), ReadHeaderTimeout: time.Minute}
	go srv.Serve(ln)
	defer srv.Close()
	work := make(chan []byte, n/batch)
	for _, b := range bodies(n) {
		work <- b
	}
	close(work)
	start := time.Now()
	if err := send(ctx, "http://"+ln.Addr().String()+"/v1/batch", key, work); err != nil {
		return 0, 0, err
	}
	acknowledged = time.Since(start)
	for {
		var rep struct {
			Progress struct{ Behind int64 }
			Events   []struct {
				Name                string
				Stored, Quarantined int64
			}
		}
		if err := ask(ctx, a, "GET", "/events/report?days=2", "", &rep); err != nil {
			return 0, 0, err
		}
		if rep.Progress.Behind > 0 {
			time.Sleep(10 * time.Millisecond)
			continue
		}
		stored = time.Since(start)
		if len(rep.Events) == 0 || rep.Events[0].Stored != int64(n) {
			return 0, 0, fmt.Errorf("of %d events this became: %+v", n, rep.Events)
		}
		return acknowledged, stored, nil
	}
}

func send(ctx context.Context, url, key string, work <-chan []byte) error {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: senders}}
	errs := make(chan error, senders)
	var wg sync.WaitGroup
	for range senders {
		wg.Go(func() {
			for body := range work {
				req, err := http.NewRequestWithContext(ctx, "POST", url, bytes.NewReader(body))
				if err != nil {
					errs <- err
					return
				}
				req.SetBasicAuth(key, "")
				res, err := client.Do(req)
				if err != nil {
					errs <- err
					return
				}
				said, err := io.ReadAll(res.Body)
				if err = errors.Join(err, res.Body.Close()); err != nil || res.StatusCode != http.StatusOK {
					errs <- fmt.Errorf("%s: %s %w", res.Status, said, err)
					return
				}
			}
		})
	}
	wg.Wait()
	select {
	case err := <-errs:
		return err
	default:
		return nil
	}
}

// ask makes a request of the server inside this process.
func ask(ctx context.Context, a *app.App, method, path, body string, out any) error {
	req, err := http.NewRequestWithContext(httpapi.AsLocal(ctx, access.Local("bench")), method, "http://localhost/api/v1"+path, strings.NewReader(body))
	if err != nil {
		return err
	}
	res, err := a.Transport().RoundTrip(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode >= 300 {
		return fmt.Errorf("%s %s: %s %s %w", method, path, res.Status, data, err)
	}
	return json.Unmarshal(data, out)
}

func prepare(ctx context.Context, a *app.App) (string, error) {
	files, err := json.Marshal(map[string]any{"files": []map[string]string{{"name": "plan.yaml", "text": plan}}})
	if err != nil {
		return "", err
	}
	var done any
	if err := ask(ctx, a, "POST", "/apply", string(files), &done); err != nil {
		return "", err
	}
	var key struct{ WriteKey string }
	return key.WriteKey, errors.Join(ask(ctx, a, "POST", "/events/keys", `{"name":"bench"}`, &key))
}

// appender writes the same rows with DuckDB's appender, in one transaction for
// each 10,000, as the mover does.
func appender(ctx context.Context, n int) (took time.Duration, err error) {
	dir, err := os.MkdirTemp("", "appender-*")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	db, err := sql.Open("duckdb", filepath.Join(dir, "raw.duckdb"))
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	conn, err := db.Conn(ctx)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	if _, err := conn.ExecContext(ctx, `CREATE TABLE t (message_id VARCHAR, user_id VARCHAR, anonymous_id VARCHAR, time TIMESTAMP, received_at TIMESTAMP,
		source VARCHAR, order_id VARCHAR, channel VARCHAR, city VARCHAR, amount DECIMAL(12,2), items BIGINT, extra VARCHAR)`); err != nil {
		return 0, err
	}
	events := make([]event, n)
	for i := range events {
		events[i] = made(i)
	}
	start := time.Now()
	for from := 0; from < n; from += 10_000 {
		if err := appendSome(ctx, conn, events[from:min(from+10_000, n)]); err != nil {
			return 0, err
		}
	}
	return time.Since(start), nil
}

func appendSome(ctx context.Context, conn *sql.Conn, events []event) error {
	if _, err := conn.ExecContext(ctx, "BEGIN"); err != nil {
		return err
	}
	now := time.Now().UTC()
	err := conn.Raw(func(c any) (err error) {
		a, err := duckdb.NewAppenderFromConn(c.(driver.Conn), "", "t")
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, a.Close()) }()
		for _, e := range events {
			if err := a.AppendRow(e.id, e.user, nil, e.at, now, "bench", e.order, e.channel, e.city, float64(e.cents)/100, e.items, nil); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	_, err = conn.ExecContext(ctx, "COMMIT")
	return err
}
