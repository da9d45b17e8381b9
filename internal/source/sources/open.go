package sources

import (
	"cmp"
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	"lodestar/internal/semantic"
	"lodestar/internal/source"
	"lodestar/internal/source/clickhouse"
	"lodestar/internal/source/files"
	"lodestar/internal/source/mysql"
	"lodestar/internal/source/postgres"
	"lodestar/internal/source/reach"
	"lodestar/internal/source/sqlserver"
	"lodestar/internal/warehouse/direct"
)

// Settings say how to reach a source: a connection, with its secrets as they
// are. They are never written anywhere.
type Settings struct {
	Spec     *semantic.ConnectionSpec
	Password string
	CA       string            // PEM certificates to verify with, in place of the system's
	Key      string            // PEM of a private key
	Token    string            // of requests over HTTP
	Headers  map[string]string // of requests over HTTP, with values that are secrets
	Folders  []string          // of this machine that may be read
	Private  []string          // hosts within private networks that requests over HTTP may go to
	Now      func() time.Time
	Patience time.Duration // for how long a source may say nothing; 0 for the usual
}

// opener opens sources of one type; secure is nil for a connection without TLS,
// and w is to watch all connections.
type opener func(ctx context.Context, s Settings, secure *tls.Config, w *source.Watch) (source.Source, error)

var openers = map[string]opener{
	"clickhouse": openClickHouse,
	"folder":     openFolder,
	"kafka":      openKafka,
	"mqtt":       openMQTT,
	"mysql":      openMySQL,
	"postgres":   openPostgres,
	"rest":       openREST,
	"s3":         openS3,
	"sftp":       openSFTP,
	"sheet":      openSheet,
	"sqlserver":  openSQLServer,
}

// Open connects. The source is to be closed.
func Open(ctx context.Context, s Settings) (source.Source, error) {
	open, ok := openers[s.Spec.Type]
	if !ok {
		return nil, fmt.Errorf("no connector is called %q", s.Spec.Type)
	}
	if s.Now == nil {
		s.Now = time.Now
	}
	secure, err := s.tls()
	if err != nil {
		return nil, err
	}
	w := source.NewWatch(s.place(), s.Patience)
	return w.Open(ctx, func(ctx context.Context) (source.Source, error) { return open(ctx, s, secure, w) })
}

// place is what a source is called in a fault.
func (s Settings) place() string {
	if u, err := url.Parse(s.Spec.URL); err == nil && u.Host != "" {
		return u.Host // there may be a key in the rest
	}
	return cmp.Or(s.Spec.Host, strings.Join(s.Spec.Hosts, ", "), s.Spec.Path)
}

// Has reports whether there is a connector of this type.
func Has(typ string) bool { return openers[typ] != nil }

func openPostgres(ctx context.Context, s Settings, secure *tls.Config, w *source.Watch) (source.Source, error) {
	c := s.Spec
	return postgres.Open(ctx, postgres.Config{Host: c.Host, Port: c.Port, Database: c.Database, User: c.User, Password: s.Password, TLS: secure, Dial: w.Dial(direct.Dial)})
}

func openMySQL(ctx context.Context, s Settings, secure *tls.Config, w *source.Watch) (source.Source, error) {
	c := s.Spec
	return mysql.Open(ctx, mysql.Config{Host: c.Host, Port: c.Port, Database: c.Database, User: c.User, Password: s.Password, TLS: secure, Dial: w.Dial(direct.Dial)})
}

func openSQLServer(ctx context.Context, s Settings, secure *tls.Config, w *source.Watch) (source.Source, error) {
	c := s.Spec
	return sqlserver.Open(ctx, sqlserver.Config{Host: c.Host, Port: c.Port, Database: c.Database, User: c.User, Password: s.Password, TLS: secure, Dial: w.Dial(direct.Dial)})
}

func openClickHouse(ctx context.Context, s Settings, secure *tls.Config, w *source.Watch) (source.Source, error) {
	c := s.Spec
	return clickhouse.Open(ctx, clickhouse.Config{Host: c.Host, Port: c.Port, Database: c.Database, User: c.User, Password: s.Password, TLS: secure, Dial: w.Dial(direct.Dial)})
}

func (s Settings) files(name string, store files.Store, settled time.Duration) source.Source {
	return files.New(files.Config{Name: name, Store: store, Now: s.Now, Settled: settled, Done: s.Spec.Done})
}

func openFolder(_ context.Context, s Settings, _ *tls.Config, _ *source.Watch) (source.Source, error) {
	store, err := files.Folder(s.Spec.Path, s.Folders)
	if err != nil {
		return nil, err
	}
	return s.files(s.Spec.Path, store, s.Spec.Unwritten()), nil
}

func openSFTP(ctx context.Context, s Settings, _ *tls.Config, w *source.Watch) (source.Source, error) {
	c := s.Spec
	store, err := files.SFTP(ctx, files.SFTPConfig{Host: c.Host, Port: c.Port, User: c.User, Password: s.Password, Key: s.Key, HostKey: c.HostKey, Folder: c.Path, Dial: w.Dial(direct.Dial)})
	if err != nil {
		return nil, err
	}
	return s.files("SFTP", store, c.Unwritten()), nil
}

func openS3(ctx context.Context, s Settings, secure *tls.Config, w *source.Watch) (source.Source, error) {
	c := s.Spec
	transport := reach.Guard{}.Transport()
	transport.DialContext, transport.TLSClientConfig = w.Dial(direct.Dial), secure
	endpoint := c.Host
	if c.Port > 0 {
		endpoint = net.JoinHostPort(c.Host, strconv.Itoa(c.Port))
	}
	store, err := files.S3(ctx, files.S3Config{Endpoint: endpoint, Bucket: c.Bucket, Region: c.Region, Key: c.User, Secret: s.Password, Folder: c.Path, Plain: secure == nil, Transport: transport})
	if err != nil {
		return nil, err
	}
	return s.files("S3", store, 0), nil
}
