package clickhouse

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"lodestar/internal/expr"
	"lodestar/internal/warehouse"
	"lodestar/internal/warehouse/direct"
)

// Config says where the server is and which tables datasets map to. Its DSN is
// http://user:password@host:8123/database.
type Config = direct.Server

// Open connects. Tables are looked at when they are first asked.
func Open(ctx context.Context, c Config) (*direct.Warehouse, error) {
	options, err := clickhouse.ParseDSN(c.DSN)
	if err != nil {
		return nil, direct.Unreachable("clickhouse", err)
	}
	if c.User != "" {
		options.Auth.Username, options.Auth.Password = c.User, c.Password
	}
	if c.TLS != nil {
		options.TLS = c.TLS
	}
	if c.Dial != nil {
		options.TransportFunc = func(t *http.Transport) (http.RoundTripper, error) {
			t.DialContext, t.Proxy = c.Dial, nil
			return t, nil
		}
	}
	if options.Settings == nil {
		options.Settings = clickhouse.Settings{}
	}
	for name, value := range map[string]any{
		"readonly": 2, "join_use_nulls": 1, "cancel_http_readonly_queries_on_client_close": 1,
		"session_timezone": "UTC", "union_default_mode": "ALL", "use_variant_as_common_type": 0, "enable_positional_arguments": 1,
		"max_execution_time": int(c.Timeout.Seconds()), "max_query_size": 64 << 20, "max_ast_elements": 10_000_000, "max_expanded_ast_elements": 10_000_000,
	} {
		options.Settings[name] = value
	}
	db := clickhouse.OpenDB(options)
	if c.Conns <= 0 {
		c.Conns = 8
	}
	db.SetMaxOpenConns(c.Conns)
	w := direct.Config{DB: db, Dialect: Dialect{}, Tables: c.Tables, TTL: c.TTL, Timeout: c.Timeout, Now: c.Now, Value: value, Type: exprType, Fault: faultOf}
	w.Look = func(ctx context.Context, t direct.Table) (direct.Reading, error) { return columns(ctx, db, t) }
	if err := db.PingContext(ctx); err != nil {
		return nil, errors.Join(direct.OpenFault("clickhouse", err, faultOf), db.Close())
	}
	return direct.New(w), nil
}

// columns tells how the columns of a table are read.
func columns(ctx context.Context, db *sql.DB, t direct.Table) (r direct.Reading, err error) {
	d := Dialect{}
	r.Name = d.Quote(t.Name)
	if t.Schema != "" {
		r.Name = d.Quote(t.Schema) + "." + r.Name
	}
	rows, err := db.QueryContext(ctx, `SELECT name, type FROM system.columns
		WHERE table = ? AND database = if(? = '', currentDatabase(), ?)`, t.Name, t.Schema, t.Schema)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	have := map[string]string{}
	r.Kinds, r.Native = map[string]expr.Type{}, map[string]string{}
	for rows.Next() {
		var name, typ string
		if err := rows.Scan(&name, &typ); err != nil {
			return r, err
		}
		have[name], r.Kinds[name], r.Native[name] = plainType(typ), kindOf(typ), typ
	}
	r.Read = func(name string, t expr.Type) (string, bool) {
		typ, x := have[name], d.Quote(name)
		base, _, _ := strings.Cut(typ, "(")
		switch {
		case typ == "":
			return x, false
		case t == expr.Integer && base != "Int64":
			return "toInt64(" + x + ")", true
		case t == expr.String && base != "String":
			return "toString(" + x + ")", true
		case t == expr.Date && base != "Date32":
			return "toDate32(" + x + ")", true
		case t == expr.Timestamp && typ != "DateTime64(6, 'UTC')":
			return "toDateTime64(" + x + ", 6, 'UTC')", true
		case t == expr.Float && base != "Float64":
			return "toFloat64(" + x + ")", true
		}
		return x, false
	}
	return r, rows.Err()
}

// plainType leaves out that values may be missing or are kept by number.
func plainType(typ string) string {
	for _, wrapper := range []string{"LowCardinality(", "Nullable("} {
		if inner, ok := strings.CutPrefix(typ, wrapper); ok {
			typ = strings.TrimSuffix(inner, ")")
		}
	}
	return typ
}

// value turns what the driver gives into a value of the contract.
func value(v any, column *sql.ColumnType) any {
	if p := reflect.ValueOf(v); p.Kind() == reflect.Pointer {
		if p.IsNil() {
			return nil
		}
		if _, whole := v.(*big.Int); !whole {
			return value(p.Elem().Interface(), column)
		}
	}
	switch v := v.(type) {
	case string:
		if typ := plainType(column.DatabaseTypeName()); strings.HasPrefix(typ, "Decimal(") {
			return decimal(v, typ)
		}
		return v
	case time.Time:
		return v.UTC()
	}
	return warehouse.Normalise(v)
}

// decimal reads digits, from which the driver has dropped zeros at the end, as
// a value of Decimal(precision, scale).
func decimal(digits, typ string) any {
	_, scale, _ := strings.Cut(strings.TrimSuffix(typ, ")"), ", ")
	n, err := strconv.Atoi(scale)
	if err != nil {
		return direct.Number(digits)
	}
	whole, fraction, _ := strings.Cut(digits, ".")
	if missing := n - len(fraction); missing > 0 {
		fraction += strings.Repeat("0", missing)
	}
	return direct.Number(whole + "." + fraction)
}

func exprType(column *sql.ColumnType) expr.Type { return kindOf(column.DatabaseTypeName()) }

// kindOf is the type that holds the values of one of ClickHouse's.
func kindOf(typ string) expr.Type {
	base, _, _ := strings.Cut(plainType(typ), "(")
	switch base {
	case "Bool":
		return expr.Boolean
	case "Decimal":
		return expr.Decimal
	case "Float32", "Float64":
		return expr.Float
	case "Date", "Date32":
		return expr.Date
	case "DateTime", "DateTime64":
		return expr.Timestamp
	case "Nothing":
		return expr.Null
	}
	if strings.HasPrefix(strings.TrimPrefix(base, "U"), "Int") {
		return expr.Integer
	}
	return expr.String
}

// Codes of ClickHouse's errors.
const (
	unknownIdentifier = 47
	unknownTable      = 60
	unknownDatabase   = 81
	timeoutExceeded   = 159
	memoryLimit       = 241
	decimalOverflow   = 407
	accessDenied      = 497
	authentication    = 516
)

func faultOf(err error) error {
	code := 0
	var e *clickhouse.Exception
	if errors.As(err, &e) {
		code = int(e.Code)
	} else if _, after, ok := strings.Cut(err.Error(), "Code: "); ok { // over HTTP errors are text
		if _, err := fmt.Sscanf(after, "%d", &code); err != nil {
			return nil
		}
	}
	switch code {
	case 0:
		return nil
	case timeoutExceeded:
		return direct.TooLong(err)
	case memoryLimit:
		return direct.OutOfMemory("clickhouse", err)
	case decimalOverflow:
		return direct.OutOfRange(err)
	case unknownIdentifier, unknownTable, unknownDatabase:
		return direct.NoTable("clickhouse", err)
	case accessDenied:
		return direct.Refused("clickhouse", err)
	case authentication:
		return direct.Unreachable("clickhouse", err)
	}
	return fmt.Errorf("clickhouse: %w", err)
}
