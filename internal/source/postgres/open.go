package postgres

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"lodestar/internal/source"
)

// Config says where the server is.
type Config struct {
	Host     string // name or address, or the folder of a socket
	Port     int    // 0 for 5432
	Database string // empty for postgres
	User     string
	Password string
	TLS      *tls.Config // nil for none
	// Dial, where set, opens all connections.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// connectTime bounds the opening of a connection.
const connectTime = 15 * time.Second

type reader struct {
	config *pgx.ConnConfig
	live   *pgx.Conn // nil when there is none
	// zone is that of the server's own sessions, which naive timestamps are
	// usually in; ours are in UTC.
	zone    string
	version int // such as 150018
}

var _ source.Source = (*reader)(nil)

// Open connects.
func Open(ctx context.Context, c Config) (source.Source, error) {
	config, err := pgx.ParseConfig("sslmode=disable")
	if err != nil {
		return nil, err
	}
	config.Host, config.User, config.Password = c.Host, c.User, c.Password
	config.Port, config.Database = 5432, "postgres"
	if c.Port > 0 {
		config.Port = uint16(c.Port)
	}
	if c.Database != "" {
		config.Database = c.Database
	}
	config.TLSConfig, config.Fallbacks, config.ConnectTimeout = c.TLS, nil, connectTime
	if c.Dial != nil {
		config.DialFunc = c.Dial
	}
	config.DefaultQueryExecMode = pgx.QueryExecModeExec // nothing that a pooler must remember
	r := &reader{config: config}
	if _, err := r.conn(ctx); err != nil {
		return nil, err
	}
	return r, nil
}

// settings make values look as the spool wants them, whatever the server says.
func settings() map[string]string {
	return map[string]string{
		"application_name": "lodestar", "client_encoding": "UTF8", "standard_conforming_strings": "on",
		"DateStyle": "ISO", "IntervalStyle": "postgres", "extra_float_digits": "1", "bytea_output": "hex",
		"search_path": "pg_catalog", "statement_timeout": "0", "idle_in_transaction_session_timeout": "0",
	}
}

// conn gives the connection, a new one when the last has broken.
func (r *reader) conn(ctx context.Context) (*pgx.Conn, error) {
	if r.live != nil && !r.live.IsClosed() {
		if err := r.alive(ctx); err == nil {
			return r.live, nil
		}
		if err := source.Stopped(ctx, context.Cause(ctx)); err != nil {
			return nil, err
		}
	}
	config := r.config.Copy()
	config.RuntimeParams = settings()
	c, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return nil, r.fault(ctx, "", err)
	}
	var version string
	err = c.QueryRow(ctx, "SELECT current_setting('TimeZone'), current_setting('server_version_num')").Scan(&r.zone, &version)
	if err == nil {
		_, err = c.Exec(ctx, "SET TimeZone = 'UTC'")
	}
	if err == nil {
		r.version, err = strconv.Atoi(version)
	}
	if err != nil {
		return nil, errors.Join(r.fault(ctx, "", err), c.Close(ctx))
	}
	r.live = c
	return c, nil
}

// alive asks a connection that may have been idle for long whether it still is
// one, and closes it if it is not.
func (r *reader) alive(ctx context.Context) error {
	limited, cancel := context.WithTimeout(ctx, connectTime)
	defer cancel()
	err := r.live.Ping(limited)
	if err != nil {
		_ = r.live.Close(limited) // it is of no use any more
	}
	return err
}

// walConn opens a connection that speaks the replication protocol.
func (r *reader) walConn(ctx context.Context) (*pgconn.PgConn, error) {
	config := r.config.Config.Copy()
	config.RuntimeParams = settings()
	config.RuntimeParams["TimeZone"] = "UTC"
	config.RuntimeParams["replication"] = "database"
	return pgconn.ConnectConfig(ctx, config)
}

func (r *reader) Close() error {
	if r.live == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	return r.live.Close(ctx)
}
