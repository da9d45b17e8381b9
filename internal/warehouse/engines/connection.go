package engines

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/url"
	"path"
	"strconv"
	"time"

	"lodestar/internal/fault"
	"lodestar/internal/text"
	"lodestar/internal/warehouse/clickhouse"
	"lodestar/internal/warehouse/direct"
	"lodestar/internal/warehouse/mysql"
	"lodestar/internal/warehouse/postgres"
	"lodestar/internal/warehouse/trino"
)

// Connection says how to reach an engine.
type Connection struct {
	Name     string
	Engine   string // postgres | mysql | clickhouse | trino
	Host     string // of postgres and mysql also the path of a socket
	Port     int    // 0 for the engine's own
	Database string
	User     string
	Password Secret
	TLS      string // verify, also when empty | unverified | off
	CA       Secret
	Timeout  time.Duration
	TTL      time.Duration
	// Secrets changes whenever a secret does that this connection may use.
	Secrets int64
}

// Secret says where a secret is kept; all are empty for none.
type Secret struct{ Vault, Env, File string }

type opener struct {
	port     int // without and with TLS
	tlsPort  int
	database string // when none is named
	dsn      func(c Connection, secure bool) string
	open     func(context.Context, direct.Server) (*direct.Warehouse, error)
}

var openers = map[string]opener{
	"postgres": {port: 5432, database: "postgres", open: postgres.Open, dsn: func(c Connection, _ bool) string {
		values := url.Values{"host": {c.Host}, "port": {strconv.Itoa(c.Port)}, "user": {c.User}, "sslmode": {"disable"}}
		return (&url.URL{Scheme: "postgres", Path: "/" + c.Database, RawQuery: values.Encode()}).String()
	}},
	"mysql": {port: 3306, open: mysql.Open, dsn: func(c Connection, _ bool) string {
		if c.socket() {
			return "unix(" + c.Host + ")/" + url.PathEscape(c.Database)
		}
		return "tcp(" + c.address() + ")/" + url.PathEscape(c.Database)
	}},
	"clickhouse": {port: 8123, tlsPort: 8443, database: "default", open: clickhouse.Open, dsn: func(c Connection, secure bool) string {
		u := url.URL{Scheme: "http", Host: c.address(), Path: "/" + c.Database}
		if secure {
			u.Scheme, u.RawQuery = "https", "secure=true"
		}
		return u.String()
	}},
	"trino": {port: 8080, tlsPort: 443, open: trino.Open, dsn: func(c Connection, secure bool) string {
		u := url.URL{Scheme: "http", Host: c.address(), User: url.User(c.User)}
		if secure {
			u.Scheme = "https"
		}
		if c.Database != "" {
			u.RawQuery = url.Values{"catalog": {c.Database}}.Encode()
		}
		return u.String()
	}},
}

func (c Connection) socket() bool { return path.IsAbs(c.Host) }

func (c Connection) address() string { return net.JoinHostPort(c.Host, strconv.Itoa(c.Port)) }

// open connects, and gives the password it used.
func (c Connection) open(ctx context.Context, config Config) (secret string, w *direct.Warehouse, err error) {
	o, ok := openers[c.Engine]
	if !ok {
		return "", nil, fmt.Errorf("no engine is called %s", c.Engine)
	}
	read := func(s Secret) (string, error) {
		if s == (Secret{}) {
			return "", nil
		}
		return config.Secret(ctx, s)
	}
	if secret, err = read(c.Password); err != nil {
		return "", nil, err
	}
	secure, err := c.tls(read)
	if err != nil {
		return secret, nil, err
	}
	if c.Port == 0 {
		c.Port = o.port
		if secure != nil && o.tlsPort > 0 {
			c.Port = o.tlsPort
		}
	}
	if c.Database == "" {
		c.Database = o.database
	}
	w, err = o.open(ctx, direct.Server{DSN: o.dsn(c, secure != nil), User: c.User, Password: secret, TLS: secure, Dial: direct.Dial,
		TTL: c.TTL, Timeout: c.Timeout, Now: config.Now})
	return secret, w, err
}

// tls is nil for a connection without it; a socket of this machine has none.
func (c Connection) tls(read func(Secret) (string, error)) (*tls.Config, error) {
	if c.TLS == "off" || c.socket() {
		return nil, nil
	}
	out := &tls.Config{ServerName: c.Host, MinVersion: tls.VersionTLS12, InsecureSkipVerify: c.TLS == "unverified"}
	pem, err := read(c.CA)
	if err != nil || pem == "" {
		return out, err
	}
	out.RootCAs = x509.NewCertPool()
	if !out.RootCAs.AppendCertsFromPEM([]byte(pem)) {
		return nil, fault.New(fault.Invalid, "bad_certificate", text.Text{
			EN: "the certificates to verify with are not in PEM form", ZH: "用于校验的证书不是 PEM 格式"})
	}
	return out, nil
}
