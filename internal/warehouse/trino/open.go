package trino

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/trinodb/trino-go-client/trino"

	"lodestar/internal/expr"
	"lodestar/internal/warehouse"
	"lodestar/internal/warehouse/direct"
)

// Config says where the coordinator is and which tables datasets map to. The
// Schema of a table may be catalog.schema.
type Config struct {
	DSN     string // http://user@host:port?catalog=…&schema=…
	Tables  map[string]direct.Table
	TTL     time.Duration // for how long rows count as unchanged; default one minute
	Timeout time.Duration // of a statement; 0 for none
	Conns   int           // most statements at a time; default 8
	Now     func() time.Time
}

// Open connects and looks at the mapped tables once.
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
	db, err := sql.Open("trino", dsn.String())
	if err != nil {
		return nil, direct.Unreachable("trino", err)
	}
	if c.Conns <= 0 {
		c.Conns = 8
	}
	db.SetMaxOpenConns(c.Conns)
	w := direct.Config{DB: db, Dialect: Dialect{}, TTL: c.TTL, Timeout: c.Timeout, Now: c.Now, Value: value, Type: exprType, Fault: faultOf}
	var one int
	if err = db.QueryRowContext(ctx, "SELECT 1").Scan(&one); err == nil {
		err = direct.Map(&w, c.Tables, func(t direct.Table) (direct.Reading, error) { return columns(ctx, db, t) })
	}
	if err != nil {
		if f := faultOf(err); f != nil {
			err = f
		} else {
			err = direct.Unreachable("trino", err)
		}
		return nil, errors.Join(err, db.Close())
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
	for _, c := range types {
		have[c.Name()] = base(c)
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
