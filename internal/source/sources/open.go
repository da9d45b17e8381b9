package sources

import (
	"context"
	"fmt"

	"lodestar/internal/source"
	"lodestar/internal/source/mysql"
	"lodestar/internal/source/postgres"
	"lodestar/internal/warehouse/direct"
)

// Settings say how to reach a source: the keys of a connection, with its
// secrets as they are. They are never written anywhere.
type Settings struct {
	Type     string // postgres | mysql
	Host     string // name or address; for postgres also the folder of a socket, for mysql its path
	Port     int    // 0 for the type's own
	Database string
	User     string
	Password string
	TLS      string // verify, also when empty | unverified | off
	CA       string // PEM certificates to verify with, in place of the system's
}

// opener opens sources of one type.
type opener func(context.Context, Settings) (source.Source, error)

var openers = map[string]opener{
	"mysql":    openMySQL,
	"postgres": openPostgres,
}

// Open connects. The source is to be closed.
func Open(ctx context.Context, s Settings) (source.Source, error) {
	open, ok := openers[s.Type]
	if !ok {
		return nil, fmt.Errorf("no connector is called %q", s.Type)
	}
	return open(ctx, s)
}

// Has reports whether there is a connector of this type.
func Has(typ string) bool { return openers[typ] != nil }

func openPostgres(ctx context.Context, s Settings) (source.Source, error) {
	secure, err := s.tls()
	if err != nil {
		return nil, err
	}
	return postgres.Open(ctx, postgres.Config{Host: s.Host, Port: s.Port, Database: s.Database, User: s.User, Password: s.Password, TLS: secure, Dial: direct.Dial})
}

func openMySQL(ctx context.Context, s Settings) (source.Source, error) {
	secure, err := s.tls()
	if err != nil {
		return nil, err
	}
	return mysql.Open(ctx, mysql.Config{Host: s.Host, Port: s.Port, Database: s.Database, User: s.User, Password: s.Password, TLS: secure, Dial: direct.Dial})
}
