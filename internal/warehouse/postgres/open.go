package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"lodestar/internal/expr"
	"lodestar/internal/warehouse"
	"lodestar/internal/warehouse/direct"
)

// Config says where the server is and which tables datasets map to. Its DSN is
// as libpq reads it: a URL or key=value pairs.
type Config = direct.Server

// Open connects. Tables are looked at when they are first asked.
func Open(ctx context.Context, c Config) (*direct.Warehouse, error) {
	config, err := pgx.ParseConfig(c.DSN)
	if err != nil {
		return nil, direct.Unreachable("postgres", err)
	}
	if c.User != "" {
		config.User, config.Password = c.User, c.Password
	}
	if c.TLS != nil { // no second try without
		config.TLSConfig, config.Fallbacks = c.TLS, nil
	}
	if c.Dial != nil {
		config.DialFunc = c.Dial
	}
	for name, value := range map[string]string{
		"TimeZone": "UTC", "DateStyle": "ISO", "application_name": "lodestar",
		"default_transaction_read_only": "on", "extra_float_digits": "1", "standard_conforming_strings": "on",
		"statement_timeout": strconv.FormatInt(c.Timeout.Milliseconds(), 10),
	} {
		config.RuntimeParams[name] = value
	}
	// One round trip, and nothing that a pooler between us must remember.
	config.DefaultQueryExecMode = pgx.QueryExecModeExec
	db := stdlib.OpenDB(*config)
	if c.Conns <= 0 {
		c.Conns = 8
	}
	db.SetMaxOpenConns(c.Conns)
	w := direct.Config{DB: db, Tables: c.Tables, TTL: c.TTL, Timeout: c.Timeout, Now: c.Now, Value: value, Type: exprType, Fault: faultOf}
	d, err := look(ctx, db)
	if err != nil {
		return nil, errors.Join(direct.OpenFault("postgres", err, faultOf), db.Close())
	}
	w.Dialect = d
	w.Look = func(ctx context.Context, t direct.Table) (direct.Reading, error) { return columns(ctx, db, d, t) }
	return direct.New(w), nil
}

// look finds out what the dialect must know of the database.
func look(ctx context.Context, db *sql.DB) (Dialect, error) {
	var d Dialect
	var version int
	if err := db.QueryRowContext(ctx, "SELECT current_setting('server_version_num')::int").Scan(&version); err != nil {
		return d, err
	}
	provider := "TRUE" // before version 15 there was one of collations
	if version >= 150000 {
		provider = "datlocprovider = 'c'"
	}
	var bytewise bool
	var fold sql.NullString
	err := db.QueryRowContext(ctx, `SELECT
		(SELECT `+provider+` AND datcollate IN ('C', 'POSIX', 'C.UTF-8', 'C.utf8') FROM pg_database WHERE datname = current_database()),
		(SELECT collname FROM pg_collation WHERE collname IN ('C.utf8', 'C.UTF-8', 'pg_c_utf8', 'und-x-icu')
			AND collencoding IN (-1, (SELECT encoding FROM pg_database WHERE datname = current_database()))
			ORDER BY collname LIKE '%icu', collname LIMIT 1)`).Scan(&bytewise, &fold)
	if err != nil {
		return d, err
	}
	d.Collate, d.AnyValue = !bytewise, version >= 160000
	if fold.Valid {
		d.Fold = d.Quote(fold.String)
	}
	return d, nil
}

// columns tells how the columns of a table are read.
func columns(ctx context.Context, db *sql.DB, d Dialect, t direct.Table) (r direct.Reading, err error) {
	r.Name = d.Quote(t.Name)
	if t.Schema != "" {
		r.Name = d.Quote(t.Schema) + "." + r.Name
	}
	rows, err := db.QueryContext(ctx, `SELECT a.attname, coalesce(b.typname, ty.typname), coalesce(c.collname, '')
		FROM pg_attribute a JOIN pg_type ty ON ty.oid = a.atttypid LEFT JOIN pg_type b ON ty.typtype = 'd' AND b.oid = ty.typbasetype LEFT JOIN pg_collation c ON c.oid = a.attcollation
		WHERE a.attrelid = to_regclass(CAST($1 AS text)) AND a.attnum > 0 AND NOT a.attisdropped`, r.Name)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	have := map[string]string{}
	r.Kinds, r.Native, r.Local = map[string]expr.Type{}, map[string]string{}, map[string]bool{}
	for rows.Next() {
		var name, typ, collation string
		if err := rows.Scan(&name, &typ, &collation); err != nil {
			return r, err
		}
		have[name], r.Kinds[name], r.Native[name], r.Local[name] = typ+" "+collation, kindOf(typ), typ, typ == "timestamp"
	}
	r.Read = func(name string, t expr.Type) (string, bool) {
		typ, collation, _ := strings.Cut(have[name], " ")
		x := d.Quote(name)
		switch {
		case typ == "timestamptz" && t == expr.Timestamp:
			return x + " AT TIME ZONE 'UTC'", true
		case typ == "float4" && t == expr.Float: // sums of these have seven digits
			return "CAST(CAST(" + x + " AS text) AS double precision)", true
		case typ == "money":
			if x = "CAST(" + x + " AS numeric)"; t != expr.String {
				return x, true
			}
		case typ == "oid" && t != expr.String:
			return "CAST(" + x + " AS bigint)", true
		}
		switch { // texts are those of copies
		case t != expr.String || typ == "":
			return x, false
		case typ == "timestamptz":
			x = "(" + x + " AT TIME ZONE 'UTC')"
		case typ == "inet":
			x = "abbrev(" + x + ")"
		}
		switch {
		case typ != "text" && typ != "varchar":
			x, collation = "CAST("+x+" AS text)", "default"
		case collation == "C" || collation == "POSIX" || collation == "default" && !d.Collate:
			return x, false
		}
		if d.Collate || collation != "default" {
			x += ` COLLATE "C"`
		}
		return x, true
	}
	return r, rows.Err()
}

// value turns what the driver gives into a value of the contract.
func value(v any, column *sql.ColumnType) any {
	switch v := v.(type) {
	case time.Time:
		if v.After(direct.LastTime) {
			return endOf(direct.LastTime, column)
		}
		return v.UTC()
	case string:
		switch column.DatabaseTypeName() {
		case "NUMERIC":
			return direct.Number(v)
		case "DATE", "TIMESTAMP", "TIMESTAMPTZ":
			switch v { // the driver has no other word for them
			case "infinity":
				return endOf(direct.LastTime, column)
			case "-infinity":
				return direct.FirstTime
			}
		}
		return v
	}
	return warehouse.Normalise(v)
}

// endOf is an end of time as a value of the column.
func endOf(at time.Time, column *sql.ColumnType) time.Time {
	if column.DatabaseTypeName() == "DATE" {
		return at.Truncate(24 * time.Hour)
	}
	return at
}

func exprType(column *sql.ColumnType) expr.Type { return kindOf(column.DatabaseTypeName()) }

// kindOf is the type that holds the values of one of PostgreSQL's.
func kindOf(typ string) expr.Type {
	switch strings.ToUpper(typ) {
	case "BOOL":
		return expr.Boolean
	case "INT2", "INT4", "INT8", "OID":
		return expr.Integer
	case "NUMERIC", "MONEY":
		return expr.Decimal
	case "FLOAT4", "FLOAT8":
		return expr.Float
	case "DATE":
		return expr.Date
	case "TIMESTAMP", "TIMESTAMPTZ":
		return expr.Timestamp
	}
	return expr.String
}

// faultOf reads SQLSTATE.
func faultOf(err error) error {
	var connect *pgconn.ConnectError
	if errors.As(err, &connect) {
		return direct.Unreachable("postgres", err)
	}
	var e *pgconn.PgError
	if !errors.As(err, &e) {
		return nil
	}
	switch {
	case e.Code == "57014": // not cancelled by us, so by the limit of time
		return direct.TooLong(err)
	case e.Code == "22003" || e.Code == "22008":
		return direct.OutOfRange(err)
	case strings.HasPrefix(e.Code, "53"):
		return direct.OutOfMemory("postgres", err)
	case e.Code == "42P01" || e.Code == "42703" || e.Code == "3F000":
		return direct.NoTable("postgres", err)
	case e.Code == "42501":
		return direct.Refused("postgres", err)
	case strings.HasPrefix(e.Code, "08") || strings.HasPrefix(e.Code, "57P") || strings.HasPrefix(e.Code, "28"):
		return direct.Unreachable("postgres", err)
	}
	return fmt.Errorf("postgres: %w", err)
}
