package mysql

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"

	"lodestar/internal/expr"
	"lodestar/internal/fault"
	"lodestar/internal/text"
	"lodestar/internal/warehouse"
	"lodestar/internal/warehouse/direct"
)

// Config says where the server is and which tables datasets map to. Its DSN is
// user:password@tcp(host:port)/database.
type Config = direct.Server

// Open connects. Tables are looked at when they are first asked.
func Open(ctx context.Context, c Config) (*direct.Warehouse, error) {
	config, err := mysql.ParseDSN(c.DSN)
	if err != nil {
		return nil, direct.Unreachable("mysql", err)
	}
	if c.User != "" {
		config.User, config.Passwd = c.User, c.Password
	}
	if c.TLS != nil {
		config.TLS = c.TLS
	}
	config.DialFunc = c.Dial
	version, err := versionOf(ctx, config.Clone())
	if err != nil {
		return nil, openFault(err)
	}
	d := Dialect{MySQL: !strings.Contains(version, "MariaDB")}
	settle(config, d, c.Timeout)
	connector, err := mysql.NewConnector(config)
	if err != nil {
		return nil, openFault(err)
	}
	db := sql.OpenDB(connector)
	if c.Conns <= 0 {
		c.Conns = 8
	}
	db.SetMaxOpenConns(c.Conns)
	// Statements are killed from a connection of its own, so that a full pool
	// does not stand in the way.
	killers := sql.OpenDB(connector)
	killers.SetMaxOpenConns(2)
	killers.SetMaxIdleConns(1)
	w := direct.Config{DB: db, Dialect: d, Tables: c.Tables, TTL: c.TTL, Timeout: c.Timeout, Now: c.Now, Value: value, Type: exprType, Fault: faultOf,
		Watch: watch(killers), Check: check, Release: killers.Close,
		Look: func(ctx context.Context, t direct.Table) (direct.Reading, error) { return columns(ctx, db, d, t) }}
	return direct.New(w), nil
}

func openFault(err error) error { return direct.OpenFault("mysql", err, faultOf) }

func versionOf(ctx context.Context, config *mysql.Config) (version string, err error) {
	config.Logger = quiet
	connector, err := mysql.NewConnector(config)
	if err != nil {
		return "", err
	}
	db := sql.OpenDB(connector)
	defer func() { err = errors.Join(err, db.Close()) }()
	err = db.QueryRowContext(ctx, "SELECT VERSION()").Scan(&version)
	return version, err
}

// quiet drops what the driver says of connections that broke: errors say it.
var quiet = slog.NewLogLogger(slog.NewTextHandler(io.Discard, nil), slog.LevelDebug)

// settle asks for sessions in which SQL means what the dialect takes it to.
func settle(config *mysql.Config, d Dialect, timeout time.Duration) {
	config.ParseTime, config.Loc, config.Logger = true, time.UTC, quiet
	if config.Params == nil {
		config.Params = map[string]string{}
	}
	set := func(name, value string) { config.Params[name] = value }
	set("sql_mode", "'PIPES_AS_CONCAT,NO_BACKSLASH_ESCAPES,NO_UNSIGNED_SUBTRACTION'")
	set("time_zone", "'+00:00'")
	set("group_concat_max_len", strconv.Itoa(1<<30))
	set("max_error_count", "65535")
	if d.MySQL {
		set("transaction_read_only", "1")
		set("max_execution_time", strconv.FormatInt(timeout.Milliseconds(), 10))
	} else {
		set("tx_read_only", "1")
		set("max_statement_time", strconv.FormatFloat(timeout.Seconds(), 'f', -1, 64))
	}
	set("collation_connection", d.collation())
}

// collation compares by bytes and does not pad: 'a' is not 'a '.
func (d Dialect) collation() string {
	if d.MySQL {
		return "utf8mb4_0900_bin"
	}
	return "utf8mb4_nopad_bin"
}

// watch kills the statement on the server when its context ends: the driver
// itself only hangs up.
func watch(killers *sql.DB) func(context.Context, *sql.Conn) (func(), error) {
	return func(ctx context.Context, c *sql.Conn) (func(), error) {
		var id int64
		if err := c.QueryRowContext(ctx, "SELECT CONNECTION_ID()").Scan(&id); err != nil {
			return nil, err
		}
		stopped := make(chan struct{})
		done := make(chan struct{})
		go func() {
			defer close(done)
			select {
			case <-stopped:
				// Both may be ready: a statement that was left early is killed too.
				if ctx.Err() == nil {
					return
				}
			case <-ctx.Done():
			}
			limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
			defer cancel()
			// The statement may be over by now; then there is nothing to kill.
			if _, err := killers.ExecContext(limited, "KILL "+strconv.FormatInt(id, 10)); err != nil {
				return
			}
		}()
		return func() { close(stopped); <-done }, nil
	}
}

// check looks for lists of values that did not fit: a percentile taken from
// one would be wrong.
func check(ctx context.Context, c *sql.Conn, statement string) (err error) {
	if !strings.Contains(statement, "GROUP_CONCAT(") {
		return nil
	}
	rows, err := c.QueryContext(ctx, "SHOW WARNINGS")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var level, message string
		var code int
		if err := rows.Scan(&level, &code, &message); err != nil {
			return err
		}
		if code == cutByGroupConcat {
			return fault.New(fault.Unavailable, "percentile_too_large", text.Text{
				EN: "a group has too many values for a median or percentile on this server; group further, or raise its max_allowed_packet",
				ZH: "某个分组的取值过多，此服务器无法计算中位数或百分位数；请细分，或调大其 max_allowed_packet"})
		}
	}
	return rows.Err()
}

const cutByGroupConcat = 1260

// columns tells how the columns of a table are read.
func columns(ctx context.Context, db *sql.DB, d Dialect, t direct.Table) (r direct.Reading, err error) {
	r.Name = d.Quote(t.Name)
	if t.Schema != "" {
		r.Name = d.Quote(t.Schema) + "." + r.Name
	}
	rows, err := db.QueryContext(ctx, `SELECT column_name, data_type, COALESCE(collation_name, ''), COALESCE(character_set_name, '')
		FROM information_schema.columns WHERE table_name = ? AND table_schema = COALESCE(NULLIF(?, ''), DATABASE())`, t.Name, t.Schema)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	type column struct{ typ, collation, charset string }
	have := map[string]column{}
	r.Kinds, r.Native, r.Local = map[string]expr.Type{}, map[string]string{}, map[string]bool{}
	for rows.Next() {
		var name string
		var c column
		if err := rows.Scan(&name, &c.typ, &c.collation, &c.charset); err != nil {
			return r, err
		}
		have[name], r.Kinds[name], r.Native[name], r.Local[name] = c, kindOf(c.typ), c.typ, c.typ == "datetime"
	}
	r.Read = func(name string, t expr.Type) (string, bool) {
		c, x := have[name], d.Quote(name)
		switch {
		case c.typ == "bit" && (t == expr.Boolean || t == expr.Integer):
			return "(" + x + " + 0)", true
		case c.typ == "float" && t == expr.Float: // the server would cut it to six digits
			return "(" + x + " + 0.0e0)", true
		case t != expr.String || c.typ == "" || c.collation == d.collation():
			return x, false
		case c.typ == "bit": // texts are those of copies
			x = "CAST((" + x + " + 0) AS CHAR CHARACTER SET utf8mb4)"
		case bytes(c.typ):
			x = "CONVERT(LOWER(HEX(" + x + ")) USING utf8mb4)"
		case c.charset != "utf8mb4":
			x = "CONVERT(" + x + " USING utf8mb4)"
		}
		return x + " COLLATE " + d.collation(), true
	}
	r.NoTime = func(x string) string { return "(DAY(" + x + ") = 0 OR MONTH(" + x + ") = 0)" } // 0000-00-00, 2026-00-10
	return r, rows.Err()
}

// bytes reports whether values of a type are no text.
func bytes(typ string) bool {
	switch typ {
	case "binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob", "geometry", "point", "linestring", "polygon",
		"multipoint", "multilinestring", "multipolygon", "geometrycollection", "geomcollection":
		return true
	}
	return false
}

// value turns what the driver gives into a value of the contract.
func value(v any, column *sql.ColumnType) any {
	switch v := v.(type) {
	case time.Time:
		return v.UTC()
	case []byte:
		switch column.DatabaseTypeName() {
		case "DECIMAL":
			return direct.Number(string(v))
		case "BIT":
			var n int64
			for _, b := range v {
				n = n<<8 | int64(b)
			}
			return n
		}
		return string(v)
	}
	return warehouse.Normalise(v)
}

func exprType(column *sql.ColumnType) expr.Type {
	return kindOf(strings.TrimPrefix(column.DatabaseTypeName(), "UNSIGNED "))
}

// kindOf is the type that holds the values of one of MariaDB's.
func kindOf(typ string) expr.Type {
	switch strings.ToUpper(typ) {
	case "TINYINT", "SMALLINT", "MEDIUMINT", "INT", "BIGINT", "YEAR", "BIT":
		return expr.Integer
	case "DECIMAL":
		return expr.Decimal
	case "FLOAT", "DOUBLE":
		return expr.Float
	case "DATE":
		return expr.Date
	case "DATETIME", "TIMESTAMP":
		return expr.Timestamp
	case "NULL":
		return expr.Null
	}
	return expr.String
}

// faultOf reads the server's error number.
func faultOf(err error) error {
	if errors.Is(err, mysql.ErrInvalidConn) {
		return direct.Unreachable("mysql", err)
	}
	var e *mysql.MySQLError
	if !errors.As(err, &e) {
		return nil
	}
	switch e.Number {
	case 1969, 3024, 1317: // the limit of time; interrupted, and not by us
		return direct.TooLong(err)
	case 1690, 1264:
		return direct.OutOfRange(err)
	case 1021, 1037, 1038, 1041, 1114:
		return direct.OutOfMemory("mysql", err)
	case 1049, 1054, 1146:
		return direct.NoTable("mysql", err)
	case 1044, 1142, 1143:
		return direct.Refused("mysql", err)
	case 1040, 1045, 1053, 1203, 1226:
		return direct.Unreachable("mysql", err)
	}
	return fmt.Errorf("mysql: %w", err)
}
