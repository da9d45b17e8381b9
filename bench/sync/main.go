// Command sync measures a sync of a table of PostgreSQL against the raw engines
// doing the same: COPY to a file, and DuckDB reading it into a table on disk.
package main

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	_ "github.com/duckdb/duckdb-go/v2" // the raw engine, as the baseline
	"github.com/jackc/pgx/v5"

	"lodestar/bench/internal/bed"
	"lodestar/bench/internal/figure"
	"lodestar/internal/app"
	"lodestar/internal/datasync"
	"lodestar/internal/testserver"
)

// mostRows is how many rows there are, when LINES does not say fewer.
const mostRows = 3_000_000

// wanted is the least share of the raw speed.
const wanted = 0.7

const secretVar, secret = "LODESTAR_SECRET_BENCH", "of-the-bench"

func main() {
	if err := run(context.Background()); err != nil {
		figure.Fail(err)
	}
}

func run(ctx context.Context) (err error) {
	rows, err := bed.Lines()
	if err != nil {
		return err
	}
	rows = min(rows, mostRows)
	server, err := testserver.LoggingPostgreSQL(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	figure.Say("filling a table of %d rows", rows)
	if err := fill(ctx, server.DSN, rows); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "lodestar-bench-sync-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	for _, c := range []struct{ name, how string }{
		{"all rows", "mode: full"}, {"first read by cursor", "mode: incremental, cursor: updated_at"}, {"first read of changes", "mode: changes"},
	} {
		raw, err := rawCopy(ctx, server.DSN, dir, rows)
		if err != nil {
			return err
		}
		ours, err := sync(ctx, server.Dir(), dir, c.how, rows)
		if err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		figure.Against("sync", "PostgreSQL, "+c.name, float64(rows)/ours.Seconds(), "rows/s", float64(rows)/raw.Seconds())
		if share := raw.Seconds() / ours.Seconds(); share < wanted {
			figure.Say("%s: %.2f of the raw speed, wanted %.2f", c.name, share, wanted)
		}
	}
	return nil
}

func fill(ctx context.Context, dsn string, rows int) error {
	c, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	for _, s := range []string{
		"CREATE ROLE reader LOGIN REPLICATION PASSWORD '" + secret + "'", "GRANT CREATE ON DATABASE postgres TO reader", "GRANT pg_read_all_stats TO reader",
		"GRANT CREATE, USAGE ON SCHEMA public TO reader",
		"CREATE TABLE orders (id bigint PRIMARY KEY, store bigint, channel text, ordered_at timestamptz, amount numeric(12,2), note text, updated_at timestamptz)",
		"ALTER TABLE orders OWNER TO reader",
		fmt.Sprintf(`INSERT INTO orders SELECT n, n %% 97, (ARRAY['app', 'store', 'web'])[1 + n %% 3], timestamptz '2025-01-01' + n * interval '10 seconds',
			(n %% 10000) / 100.0, 'note ' || md5(n::text), timestamptz '2025-01-01' + n * interval '11 seconds' FROM generate_series(1, %d) n`, rows),
		"CREATE INDEX ON orders (updated_at, id)", "VACUUM ANALYZE orders",
	} {
		if _, err := c.Exec(ctx, s); err != nil {
			return errors.Join(fmt.Errorf("%.40s: %w", s, err), c.Close(ctx))
		}
	}
	return c.Close(ctx)
}

// rawCopy is what no program can beat by much: one copy to disk, one read of it.
func rawCopy(ctx context.Context, dsn, dir string, rows int) (took time.Duration, err error) {
	file := filepath.Join(dir, "raw.csv")
	c, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, c.Close(ctx)) }()
	db, err := sql.Open("duckdb", filepath.Join(dir, "raw.duckdb"))
	if err != nil {
		return 0, err
	}
	defer func() {
		err = errors.Join(err, db.Close(), os.Remove(file), os.Remove(filepath.Join(dir, "raw.duckdb")))
	}()
	begun := time.Now()
	f, err := os.Create(file)
	if err != nil {
		return 0, err
	}
	out := bufio.NewWriterSize(f, 1<<20)
	_, err = c.PgConn().CopyTo(ctx, out, `COPY (SELECT id, store, channel, ordered_at AT TIME ZONE 'UTC', amount, note,
		updated_at AT TIME ZONE 'UTC' FROM orders) TO STDOUT (FORMAT csv)`)
	if err := errors.Join(err, out.Flush(), f.Close()); err != nil {
		return 0, err
	}
	_, err = db.ExecContext(ctx, `CREATE TABLE orders AS FROM read_csv('`+file+`', header = false, columns = {'id': 'BIGINT', 'store': 'BIGINT',
		'channel': 'VARCHAR', 'ordered_at': 'TIMESTAMP', 'amount': 'DECIMAL(12,2)', 'note': 'VARCHAR', 'updated_at': 'TIMESTAMP'})`)
	took = time.Since(begun)
	if err != nil {
		return 0, err
	}
	var n int
	if err := db.QueryRowContext(ctx, "SELECT count(*) FROM orders").Scan(&n); err != nil || n != rows {
		return 0, fmt.Errorf("%d rows of %d, %w", n, rows, err)
	}
	return took, nil
}

const definitions = `
kind: Connection
metadata: {name: shop}
spec: {type: postgres, host: HOST, user: reader, tls: "off", password: {env: SECRET}}
---
kind: Dataset
metadata: {name: orders}
spec:
  columns:
    - {name: id, type: integer}
    - {name: store, type: integer}
    - {name: channel, type: string}
    - {name: ordered_at, type: timestamp}
    - {name: amount, type: decimal, precision: 12, scale: 2}
    - {name: note, type: string}
    - {name: updated_at, type: timestamp}
  primaryKey: [id]
  source: {connection: shop, table: public.orders, sync: {HOW, retries: 0}}
`

// sync lets the program copy the table, from the asking to the end of the run.
func sync(ctx context.Context, host, dir, how string, rows int) (took time.Duration, err error) {
	data := filepath.Join(dir, "data")
	getenv := func(name string) string {
		if name == secretVar {
			return secret
		}
		return os.Getenv(name)
	}
	a, err := app.New(ctx, app.Config{DataDir: data, Memory: "4GB", Getenv: getenv})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, a.Stop(ctx), os.RemoveAll(data)) }()
	client := &http.Client{Transport: a.Transport()}
	text := strings.NewReplacer("HOST", host, "SECRET", secretVar, "HOW", how).Replace(definitions)
	if err := call(client, "POST", "/apply", map[string]any{"files": []map[string]string{{"name": "sync.yaml", "text": text}}}, nil); err != nil {
		return 0, err
	}
	begun := time.Now()
	var r datasync.Run
	if err := call(client, "POST", "/datasets/orders/sync", map[string]any{}, &r); err != nil {
		return 0, err
	}
	for !r.Ended() {
		time.Sleep(5 * time.Millisecond)
		if err := call(client, "GET", "/syncs/"+r.ID, nil, &r); err != nil {
			return 0, err
		}
	}
	took = time.Since(begun)
	if r.State != datasync.Done || r.Loaded != int64(rows) || r.Rejected != 0 {
		return 0, fmt.Errorf("%+v %+v", r, r.Error)
	}
	return took, nil
}

func call(client *http.Client, method, path string, in, out any) (err error) {
	var body bytes.Buffer
	if in != nil {
		if err := json.NewEncoder(&body).Encode(in); err != nil {
			return err
		}
	}
	req, err := http.NewRequest(method, "http://localhost/api/v1"+path, &body)
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, res.Body.Close()) }()
	if res.StatusCode >= 300 {
		return fmt.Errorf("%s %s: %s", method, path, res.Status)
	}
	if out == nil {
		return nil
	}
	return json.NewDecoder(res.Body).Decode(out)
}
