package trino

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/trinodb/trino-go-client/trino"

	"lodestar/internal/expr"
	"lodestar/internal/warehouse"
	"lodestar/internal/warehouse/direct"
)

// Config says where the server is and which tables datasets map to. Its DSN is
// http://user@host:port?catalog=…&schema=…; the Schema of a table may be
// catalog.schema.
type Config = direct.Server

// Open connects. Tables are looked at when they are first asked.
func Open(ctx context.Context, c Config) (*direct.Warehouse, error) {
	dsn, err := url.Parse(c.DSN)
	if err != nil {
		return nil, direct.Unreachable("trino", err)
	}
	if c.Timeout > 0 {
		params := dsn.Query()
		params.Set("session_properties", "query_max_run_time:"+fmt.Sprintf("%dms", c.Timeout.Milliseconds()))
		dsn.RawQuery = params.Encode()
	}
	if c.User != "" {
		dsn.User = url.User(c.User)
		if c.Password != "" {
			dsn.User = url.UserPassword(c.User, c.Password)
		}
	}
	config, err := trino.ParseDSN(dsn.String())
	if err != nil {
		return nil, direct.Unreachable("trino", err)
	}
	if c.TLS != nil || c.Dial != nil {
		config.HTTPClient = &http.Client{Transport: &http.Transport{DialContext: c.Dial, TLSClientConfig: c.TLS, ForceAttemptHTTP2: true}}
	}
	connector, err := trino.NewConnector(config)
	if err != nil {
		return nil, direct.Unreachable("trino", err)
	}
	db := sql.OpenDB(connector)
	if c.Conns <= 0 {
		c.Conns = 8
	}
	db.SetMaxOpenConns(c.Conns)
	w := direct.Config{DB: db, Dialect: Dialect{}, Tables: c.Tables, TTL: c.TTL, Timeout: c.Timeout, Now: c.Now, Value: value, Type: exprType, Fault: faultOf}
	var one int
	w.Look = func(ctx context.Context, t direct.Table) (direct.Reading, error) { return columns(ctx, db, t) }
	if err := db.QueryRowContext(ctx, "SELECT 1").Scan(&one); err != nil {
		return nil, errors.Join(direct.OpenFault("trino", err, faultOf), db.Close())
	}
	return direct.New(w), nil
}

// columns tells how the columns of a table are read. An empty SELECT tells the
// types in every catalog.
func columns(ctx context.Context, db *sql.DB, t direct.Table) (r direct.Reading, err error) {
	d := Dialect{}
	r.Name = d.Quote(t.Name)
	if t.Schema != "" {
		parts := strings.Split(t.Schema, ".")
		for i, p := range parts {
			parts[i] = d.Quote(p)
		}
		r.Name = strings.Join(parts, ".") + "." + r.Name
	}
	rows, err := db.QueryContext(ctx, "SELECT * FROM "+r.Name+" WHERE 1 = 0")
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	types, err := rows.ColumnTypes()
	if err != nil {
		return r, err
	}
	have := map[string]string{}
	r.Kinds, r.Native, r.Local = map[string]expr.Type{}, map[string]string{}, map[string]bool{}
	for _, c := range types {
		have[c.Name()], r.Kinds[c.Name()], r.Native[c.Name()] = base(c), exprType(c), c.DatabaseTypeName()
		r.Local[c.Name()] = base(c) == "TIMESTAMP"
	}
	r.Read = func(name string, t expr.Type) (string, bool) {
		typ, x := have[name], d.Quote(name)
		switch {
		case typ == "":
			return x, false
		case t == expr.Integer && typ != "BIGINT", t == expr.String && typ != "VARCHAR", t == expr.Float && typ != "DOUBLE":
			return "CAST(" + x + " AS " + d.ColumnType(t, 0, 0) + ")", true
		case t == expr.Timestamp && typ == "TIMESTAMP WITH TIME ZONE":
			return "CAST(" + x + " AT TIME ZONE 'UTC' AS timestamp(6))", true
		}
		return x, false
	}
	for rows.Next() {
	}
	return r, rows.Err()
}

// base is the name of a type without its parameters.
func base(c *sql.ColumnType) string {
	name := strings.ToUpper(c.DatabaseTypeName())
	before, rest, ok := strings.Cut(name, "(")
	if !ok {
		return name
	}
	_, after, _ := strings.Cut(rest, ")")
	return before + after
}

// value turns what the driver gives into a value of the contract.
func value(v any, column *sql.ColumnType) any {
	switch v := v.(type) {
	case time.Time: // naive: what the clock shows is what is meant
		if base(column) == "TIMESTAMP WITH TIME ZONE" {
			return v.UTC()
		}
		return time.Date(v.Year(), v.Month(), v.Day(), v.Hour(), v.Minute(), v.Second(), v.Nanosecond(), time.UTC)
	case string:
		if base(column) == "DECIMAL" {
			return direct.Number(v)
		}
		return v
	}
	return warehouse.Normalise(v)
}

func exprType(column *sql.ColumnType) expr.Type {
	switch base(column) {
	case "BOOLEAN":
		return expr.Boolean
	case "TINYINT", "SMALLINT", "INTEGER", "BIGINT":
		return expr.Integer
	case "DECIMAL":
		return expr.Decimal
	case "REAL", "DOUBLE":
		return expr.Float
	case "DATE":
		return expr.Date
	case "TIMESTAMP", "TIMESTAMP WITH TIME ZONE":
		return expr.Timestamp
	case "UNKNOWN":
		return expr.Null
	}
	return expr.String
}

// faultOf reads the name of the cluster's error.
func faultOf(err error) error {
	var e *trino.ErrTrino
	if !errors.As(err, &e) {
		return nil
	}
	switch e.ErrorName {
	case "EXCEEDED_TIME_LIMIT":
		return direct.TooLong(err)
	case "NUMERIC_VALUE_OUT_OF_RANGE":
		return direct.OutOfRange(err)
	case "EXCEEDED_LOCAL_MEMORY_LIMIT", "EXCEEDED_GLOBAL_MEMORY_LIMIT", "CLUSTER_OUT_OF_MEMORY", "EXCEEDED_SPILL_LIMIT":
		return direct.OutOfMemory("trino", err)
	case "TABLE_NOT_FOUND", "COLUMN_NOT_FOUND", "SCHEMA_NOT_FOUND", "CATALOG_NOT_FOUND":
		return direct.NoTable("trino", err)
	case "PERMISSION_DENIED":
		return direct.Refused("trino", err)
	case "SERVER_STARTING_UP", "SERVER_SHUTTING_DOWN", "NO_NODES_AVAILABLE":
		return direct.Unreachable("trino", err)
	}
	return fmt.Errorf("trino: %w", err)
}
