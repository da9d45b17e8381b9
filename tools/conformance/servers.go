package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"time"

	"lodestar/internal/testserver"
	"lodestar/internal/warehouse"
	"lodestar/internal/warehouse/clickhouse"
	"lodestar/internal/warehouse/direct"
	"lodestar/internal/warehouse/mysql"
	"lodestar/internal/warehouse/postgres"
	"lodestar/internal/warehouse/trino"
)

// serverKind is an engine over the network.
type serverKind struct {
	name   string
	start  func(context.Context) (*testserver.Server, error)
	driver string
	// admin is the DSN of one who may write.
	admin func(dsn string) string
	// version is what asks for the engine's version.
	version string
	// schemas are made with this word, and schema completes the name of one.
	word   string
	schema func(dsn, name string) string
	text   func(string) string
	// warehouse is the product's own way to ask the engine.
	warehouse func(ctx context.Context, dsn string, tables map[string]direct.Table) (*direct.Warehouse, error)
}

func same(dsn string) string { return dsn }

func plainName(_, name string) string { return name }

// servers are the engines over the network.
var servers = []serverKind{
	{name: "postgres", start: testserver.PostgreSQL, driver: "pgx", admin: same, version: "SHOW server_version", word: "SCHEMA",
		schema: plainName, text: quoted,
		warehouse: func(ctx context.Context, dsn string, tables map[string]direct.Table) (*direct.Warehouse, error) {
			return postgres.Open(ctx, postgres.Config{DSN: dsn, Tables: tables, TTL: time.Hour})
		}},
	{name: "mysql", start: testserver.MariaDB, driver: "mysql", admin: withParam("sql_mode", "'NO_BACKSLASH_ESCAPES'"), version: "SELECT VERSION()",
		word: "SCHEMA", schema: plainName, text: quoted,
		warehouse: func(ctx context.Context, dsn string, tables map[string]direct.Table) (*direct.Warehouse, error) {
			return mysql.Open(ctx, mysql.Config{DSN: dsn, Tables: tables, TTL: time.Hour})
		}},
	{name: "clickhouse", start: testserver.ClickHouse, driver: "clickhouse", admin: withParam("default_table_engine", "Memory"), version: "SELECT version()",
		word: "DATABASE", schema: plainName,
		text: func(s string) string { return quoted(strings.ReplaceAll(s, `\`, `\\`)) },
		warehouse: func(ctx context.Context, dsn string, tables map[string]direct.Table) (*direct.Warehouse, error) {
			return clickhouse.Open(ctx, clickhouse.Config{DSN: dsn, Tables: tables, TTL: time.Hour})
		}},
	{name: "trino", start: testserver.Trino, driver: "trino", admin: same, version: "SELECT node_version FROM system.runtime.nodes LIMIT 1",
		word: "SCHEMA", schema: inCatalog, text: quoted,
		warehouse: func(ctx context.Context, dsn string, tables map[string]direct.Table) (*direct.Warehouse, error) {
			return trino.Open(ctx, trino.Config{DSN: dsn, Tables: tables, TTL: time.Hour})
		}},
}

// withParam adds a parameter to a DSN that does not have it.
func withParam(name, value string) func(string) string {
	return func(dsn string) string {
		switch {
		case strings.Contains(dsn, name+"="):
			return dsn
		case strings.Contains(dsn, "?"):
			return dsn + "&" + name + "=" + url.QueryEscape(value)
		}
		return dsn + "?" + name + "=" + url.QueryEscape(value)
	}
}

// inCatalog puts a schema into the catalog that the DSN names.
func inCatalog(dsn, name string) string {
	u, err := url.Parse(dsn)
	if err != nil || u.Query().Get("catalog") == "" {
		return "memory." + name
	}
	return u.Query().Get("catalog") + "." + name
}

// serverBed is a schema of its own on a server.
type serverBed struct {
	warehouse.Warehouse // knows no dataset
	kind                serverKind
	dsn                 string
	schema              string
	version             string
	admin               *sql.DB
	stops               []func() error
	tidy                []string // statements that remove what was made
}

// open connects to a server, or starts one.
func (k serverKind) open(ctx context.Context, dsn string) (bed, error) {
	b := &serverBed{kind: k, dsn: dsn}
	if err := b.connect(ctx); err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return b, nil
}

func (b *serverBed) connect(ctx context.Context) error {
	guest := b.dsn != ""
	if !guest {
		s, err := b.kind.start(ctx)
		if err != nil {
			return err
		}
		b.dsn = s.DSN
		b.stops = append(b.stops, s.Stop)
	}
	var err error
	if b.admin, err = sql.Open(b.kind.driver, b.kind.admin(b.dsn)); err != nil {
		return err
	}
	b.stops = append(b.stops, b.admin.Close)
	if err := b.admin.QueryRowContext(ctx, b.kind.version).Scan(&b.version); err != nil {
		return err
	}
	b.version, _, _ = strings.Cut(b.version, " ")
	b.version, _, _ = strings.Cut(b.version, "-") // what a distribution adds
	w, err := b.kind.warehouse(ctx, b.dsn, nil)
	if err != nil {
		return err
	}
	b.Warehouse = w
	b.stops = append(b.stops, w.Close)
	b.schema = b.kind.schema(b.dsn, fmt.Sprintf("conformance_%d", rand.Uint32()))
	if guest { // a server of ours goes as a whole
		b.stops = append(b.stops, func() error { return b.clear(context.WithoutCancel(ctx)) })
	}
	return b.made(ctx, b.kind.word, b.schema, "")
}

// Make makes a table or view.
func (b *serverBed) Make(ctx context.Context, what, name, body string) error {
	return b.made(ctx, what, b.Table(name), body)
}

func (b *serverBed) made(ctx context.Context, what, name, body string) error {
	if err := b.Exec(ctx, "CREATE "+what+" "+name+" "+body); err != nil {
		return err
	}
	b.tidy = append(b.tidy, "DROP "+what+" "+name)
	return nil
}

func (b *serverBed) clear(ctx context.Context) error {
	var err error
	for _, statement := range slices.Backward(b.tidy) {
		err = errors.Join(err, b.Exec(ctx, statement))
	}
	return err
}

// Exec runs a statement as the administrator.
func (b *serverBed) Exec(ctx context.Context, statement string) error {
	_, err := b.admin.ExecContext(ctx, statement)
	return err
}

// Table is in the bed's schema.
func (b *serverBed) Table(name string) string { return b.schema + "." + b.Dialect().Quote(name) }

// Text writes a text.
func (b *serverBed) Text(s string) string { return b.kind.text(s) }

// Version is what the server says.
func (b *serverBed) Version() string { return b.version }

// Open asks the server the way that the product does.
func (b *serverBed) Open(ctx context.Context, tables map[string]direct.Table) (house, error) {
	in := map[string]direct.Table{}
	for dataset, t := range tables {
		t.Schema = b.schema
		in[dataset] = t
	}
	return b.kind.warehouse(ctx, b.dsn, in)
}

// Close leaves nothing behind.
func (b *serverBed) Close() error {
	var err error
	for _, stop := range slices.Backward(b.stops) {
		err = errors.Join(err, stop())
	}
	return err
}
