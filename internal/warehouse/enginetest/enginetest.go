package enginetest

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"lodestar/internal/testserver"
)

// Start starts a server that ends with the test. Without the server's programs
// the test fails and says how to install them.
func Start(t *testing.T, start func(context.Context) (*testserver.Server, error)) *testserver.Server {
	t.Helper()
	s, err := start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// MariaDB starts a server and gives the address of its administrator, to be
// completed with the name of a database.
func MariaDB(t *testing.T) (dsn, version string) {
	t.Helper()
	s := Start(t, testserver.MariaDB)
	return s.DSN, s.Version
}

// Trino starts a coordinator and two workers with the catalogs tpch and memory
// and gives the coordinator's address.
func Trino(t *testing.T) (dsn, version string) {
	t.Helper()
	s := Start(t, testserver.Trino)
	return s.DSN, s.Version
}

// ClickHouse starts ClickHouse's engine and gives its address and a way to run
// statements that give nothing.
func ClickHouse(t *testing.T) (dsn string, exec func(statement string)) {
	t.Helper()
	s := Start(t, testserver.ClickHouse)
	exec = func(statement string) {
		t.Helper()
		resp, err := http.Post(s.DSN, "text/plain", strings.NewReader(statement))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = resp.Body.Close() }()
		body, err := io.ReadAll(resp.Body)
		if err != nil || resp.StatusCode != http.StatusOK {
			t.Fatalf("%.300s: %d %s %v", statement, resp.StatusCode, body, err)
		}
	}
	return s.DSN, exec
}
