package sources_test

import (
	"context"
	"fmt"
	"net"
	"testing"

	"github.com/jackc/pgx/v5"

	"lodestar/internal/fault"
	"lodestar/internal/source/sources"
	"lodestar/internal/source/sourcetest"
	"lodestar/internal/testserver"
)

func TestOpen(t *testing.T) {
	t.Parallel()
	server, err := testserver.LoggingPostgreSQL(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Stop() })
	owner, err := pgx.Connect(t.Context(), server.DSN)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = owner.Close(context.WithoutCancel(t.Context())) }()
	secret := sourcetest.Secrets[sourcetest.Reader]
	if _, err := owner.Exec(t.Context(), "CREATE ROLE reader LOGIN PASSWORD '"+secret+"'"); err != nil {
		t.Fatal(err)
	}
	s, err := sources.Open(t.Context(), sources.Settings{Type: "postgres", Host: server.Dir(), User: "reader", Password: secret})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	_, err = sources.Open(t.Context(), sources.Settings{Type: "postgres", Host: server.Dir(), User: "reader", Password: secret + "?"})
	sourcetest.Fault(t, err, fault.Unavailable)
}

// TestNobodyThere has no server, an address that is refused, and certificates
// that are none.
func TestNobodyThere(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		s    sources.Settings
		kind fault.Kind
	}{
		{sources.Settings{Type: "postgres", Host: "127.0.0.1", Port: port, TLS: "off"}, fault.Unavailable},
		{sources.Settings{Type: "postgres", Host: "169.254.169.254", TLS: "off"}, fault.Invalid},
		{sources.Settings{Type: "postgres", Host: "127.0.0.1", CA: "none"}, fault.Invalid},
	} {
		c.s.User, c.s.Password = "reader", sourcetest.Secrets[sourcetest.Reader]
		t.Run(fmt.Sprint(c.s.Host, c.kind), func(t *testing.T) {
			_, err := sources.Open(t.Context(), c.s)
			sourcetest.Fault(t, err, c.kind)
		})
	}
	if _, err := sources.Open(t.Context(), sources.Settings{Type: "oracle"}); err == nil {
		t.Error("a connector that there is not was opened")
	}
}
