// Package sqlserver reads rows from Microsoft SQL Server, whole or by a cursor.
// Values are made texts by the server, so that all of them look as the spool
// wants them. No server of the kind was at hand when this was written: tests hold
// the conversation against one of our own that speaks the protocol.
package sqlserver

import (
	"context"
	"crypto/tls"
	"database/sql"
	"errors"
	"net"
	"strconv"
	"strings"
	"time"

	mssql "github.com/microsoft/go-mssqldb"
	"github.com/microsoft/go-mssqldb/msdsn"

	"lodestar/internal/fault"
	"lodestar/internal/source"
	"lodestar/internal/text"
)

// Config says where the server is.
type Config struct {
	Host     string
	Port     int    // 0 for 1433
	Database string // empty for the user's own
	User     string
	Password string
	TLS      *tls.Config // nil for none, but for signing in
	Dial     func(ctx context.Context, network, address string) (net.Conn, error)
}

const (
	name        = "SQL Server"
	connectTime = 15 * time.Second
)

type reader struct {
	config Config
	db     *sql.DB
}

var _ source.Source = (*reader)(nil)

// dialer opens connections for the driver.
type dialer struct {
	dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// DialContext opens a connection.
func (d dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	return d.dial(ctx, network, address)
}

// Open connects.
func Open(ctx context.Context, c Config) (source.Source, error) {
	if c.Port == 0 {
		c.Port = 1433
	}
	config := msdsn.Config{Host: c.Host, Port: uint64(c.Port), Database: c.Database, User: c.User, Password: c.Password, AppName: "lodestar", Protocols: []string{"tcp"},
		DialTimeout: connectTime, KeepAlive: 30 * time.Second, PacketSize: 16384, Encryption: msdsn.EncryptionOff, Parameters: map[string]string{}, ProtocolParameters: map[string]interface{}{}}
	if config.TLSConfig = signIn(c.Host); c.TLS != nil {
		config.Encryption, config.TLSConfig = msdsn.EncryptionRequired, c.TLS
	}
	connector := mssql.NewConnectorConfig(config)
	connector.Dialer = dialer{c.Dial}
	connector.SessionInitSQL = "SET DATEFIRST 1; SET LANGUAGE us_english; SET QUOTED_IDENTIFIER ON; SET ANSI_NULLS ON; SET LOCK_TIMEOUT -1"
	r := &reader{config: c, db: sql.OpenDB(connector)}
	r.db.SetMaxOpenConns(2)
	r.db.SetMaxIdleConns(1)
	if err := r.db.PingContext(ctx); err != nil {
		return nil, errors.Join(r.fault(ctx, "", err), r.db.Close())
	}
	return r, nil
}

// signIn encrypts what signs in, which a server asks for even where nothing else
// is. It has a certificate by itself that nobody knows, unless it was given one,
// and old ones know no newer TLS: it is better than nothing, and no more is meant.
func signIn(host string) *tls.Config {
	return &tls.Config{ServerName: host, InsecureSkipVerify: true, MinVersion: tls.VersionTLS10}
}

func (r *reader) Close() error { return r.db.Close() }

// Acknowledge does nothing.
func (r *reader) Acknowledge(context.Context, source.Request, source.Mark) error { return nil }

// Forget does nothing.
func (r *reader) Forget(context.Context, source.Request) error { return nil }

func (r *reader) fault(ctx context.Context, do string, err error) error {
	var known *fault.Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	if stopped := source.Stopped(ctx, err); stopped != nil {
		return stopped
	}
	var e mssql.Error
	if !errors.As(err, &e) {
		return source.Unreachable(name, err)
	}
	return Said(e, r.config, do)
}

// Said says what an error of the server means; do is what gives the right that
// may be missing.
func Said(e mssql.Error, c Config, do string) error {
	switch e.Number {
	case 18456, 18452, 18470, 18486, 18487, 18488:
		return source.Login(name, e)
	case 4060, 911:
		return fault.New(fault.Unavailable, "source_no_database", text.Text{
			EN: "{name} has no database {database}, or the user may not open it; correct it in the connection",
			ZH: "{name} 中没有数据库 {database}，或该用户无权打开；请在连接中更正"}, "name", name, "database", c.Database).Wrap(e)
	case 229, 230, 262, 297, 300, 371:
		return source.NoRight(name, do, e)
	case 102, 207, 208, 241, 242, 245, 295, 8114, 8115, 8134:
		return fault.New(fault.Invalid, "source_refused", text.Text{
			EN: "{name} cannot read that: {said}", ZH: "{name} 无法读取：{said}"}, "name", name, "said", e.Message).Wrap(e)
	}
	return fault.New(fault.Unavailable, "source_failed", text.Text{
		EN: "{name} broke off: {said} ({code})", ZH: "{name} 中止：{said}（{code}）"}, "name", name, "said", e.Message, "code", strconv.Itoa(int(e.Number))).Wrap(e)
}

func quote(name string) string { return "[" + strings.ReplaceAll(name, "]", "]]") + "]" }

func literal(s string) string { return "N'" + strings.ReplaceAll(s, "'", "''") + "'" }
