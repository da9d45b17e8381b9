package mysql

import (
	"context"
	"crypto/tls"
	"database/sql"
	"errors"
	"io"
	"log/slog"
	"net"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"

	"lodestar/internal/source"
)

// Config says where the server is.
type Config struct {
	Host     string // name or address, or the path of a socket
	Port     int    // 0 for 3306
	Database string // the only one to look at; empty for all that the user may see
	User     string
	Password string
	TLS      *tls.Config // nil for none
	// Dial, where set, opens all connections.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

type reader struct {
	config  Config
	db      *sql.DB
	mariadb bool
	server  string // which one it is: places in the log of another mean nothing
}

var _ source.Source = (*reader)(nil)

// connectTime bounds the opening of a connection.
const connectTime = 15 * time.Second

// quiet drops what drivers say of connections that broke: errors say it.
var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

// Open connects.
func Open(ctx context.Context, c Config) (source.Source, error) {
	if c.Port == 0 {
		c.Port = 3306
	}
	if c.Dial == nil {
		c.Dial = (&net.Dialer{Timeout: connectTime}).DialContext
	}
	config := mysql.NewConfig()
	config.User, config.Passwd, config.TLS, config.DialFunc = c.User, c.Password, c.TLS, c.Dial
	config.Timeout, config.Logger = connectTime, slog.NewLogLogger(quiet.Handler(), slog.LevelDebug)
	config.Net, config.Addr = "tcp", net.JoinHostPort(c.Host, strconv.Itoa(c.Port))
	if path.IsAbs(c.Host) {
		config.Net, config.Addr = "unix", c.Host
	}
	config.Collation = "utf8mb4_bin"
	config.Params = map[string]string{
		"sql_mode": "'NO_BACKSLASH_ESCAPES'", "time_zone": "'+00:00'",
		"net_write_timeout": "3600", // of a server that waits for us
	}
	connector, err := mysql.NewConnector(config)
	if err != nil {
		return nil, err
	}
	r := &reader{config: c, db: sql.OpenDB(connector)}
	r.db.SetMaxOpenConns(4)
	r.db.SetMaxIdleConns(1)
	if err := r.look(ctx); err != nil {
		return nil, errors.Join(r.fault(ctx, "", err), r.db.Close())
	}
	return r, nil
}

// look finds out what server it is.
func (r *reader) look(ctx context.Context) error {
	var version string
	if err := r.db.QueryRowContext(ctx, "SELECT VERSION()").Scan(&version); err != nil {
		return err
	}
	r.mariadb = strings.Contains(version, "MariaDB")
	x := "@@server_uuid"
	if r.mariadb {
		x = "CONCAT(@@server_id, ' ', @@hostname, ' ', @@datadir)"
	}
	return r.db.QueryRowContext(ctx, "SELECT "+x).Scan(&r.server)
}

func (r *reader) Close() error { return r.db.Close() }

// Acknowledge does nothing: the server keeps its log as long as it is set to.
func (r *reader) Acknowledge(context.Context, source.Request, source.Mark) error { return nil }

// Forget does nothing: there is nothing to let go of.
func (r *reader) Forget(context.Context, source.Request) error { return nil }
