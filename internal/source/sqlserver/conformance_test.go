package sqlserver_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgxpool"

	"lodestar/internal/fault"
	"lodestar/internal/source"
	"lodestar/internal/source/sourcetest"
	"lodestar/internal/source/sqlserver"
	"lodestar/internal/testserver"
)

var (
	server *testserver.LikeSQLServer
	owner  *pgxpool.Pool
)

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	ctx := context.Background()
	fail := func(err error) int {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	var err error
	if server, err = testserver.SQLServer(ctx); err != nil {
		return fail(err)
	}
	defer func() {
		if err := server.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}()
	if owner, err = pgxpool.New(ctx, server.DSN); err != nil {
		return fail(err)
	}
	defer owner.Close()
	for _, s := range []string{
		"CREATE ROLE reader LOGIN PASSWORD '" + sourcetest.Secrets[sourcetest.Reader] + "'",
		"CREATE ROLE stranger LOGIN PASSWORD '" + sourcetest.Secrets[sourcetest.Stranger] + "'",
	} {
		if _, err := owner.Exec(ctx, s); err != nil {
			return fail(err)
		}
	}
	return m.Run()
}

func config(who sourcetest.Who) sqlserver.Config {
	user := "reader"
	if who == sourcetest.Stranger {
		user = "stranger"
	}
	return sqlserver.Config{Host: "localhost", Port: server.Address.Port, User: user, Password: sourcetest.Secrets[who], Dial: dial}
}

// dial goes where the server listens, whatever localhost is.
func dial(ctx context.Context, network, _ string) (net.Conn, error) {
	return (&net.Dialer{}).DialContext(ctx, network, server.Address.String())
}

func database() sourcetest.Database {
	d := sourcetest.OnPostgres(owner, "timestamp")
	d.Open = func(ctx context.Context, who sourcetest.Who) (source.Source, error) {
		return sqlserver.Open(ctx, config(who))
	}
	d.Through = func(ctx context.Context, dial source.Dial) (source.Source, error) {
		c := config(sourcetest.Reader)
		c.Host, c.Dial = "127.0.0.1", dial
		return sqlserver.Open(ctx, c)
	}
	d.Own = func(table string) []string { return []string{"GRANT SELECT ON " + table + " TO reader"} }
	d.Stream = func(table string) string { return "dbo." + table }
	d.Values = []sourcetest.Value{
		{Type: "float", Literal: "1e-300", Want: "1e-300"}, {Type: "float", Literal: "123456789.123456789", Want: "1.2345678912345679e+08"},
		{Type: "date", Literal: "'0001-01-01'", Want: "0001-01-01"}, {Type: "timestamp", Literal: "'0001-01-01 00:00:00'", Want: "0001-01-01 00:00:00"},
		{Type: "text", Literal: "repeat('北', 20000)", Want: strings.Repeat("北", 20000)},
	}
	return d
}

// TestConformance tries the connector against a server of our own that speaks
// the protocol. It comes before the tests that run in parallel: it ends their
// connections, too.
func TestConformance(t *testing.T) {
	sourcetest.TestDatabase(t, database())
}

// TestOdd reads types and names that the suite does not have.
func TestOdd(t *testing.T) {
	t.Parallel()
	d := database()
	d.Exec(t, `CREATE TABLE "a]b odd" (id int PRIMARY KEY, "名 [x]" text, u uuid, b bytea, m money, c char(6), s smallint, r real, z timestamptz, own sys.named, x xml)`,
		`INSERT INTO "a]b odd" VALUES (1, 'a [b] ]c', '61F0C404-5CB3-11E7-907B-A6006AD3DBA0', '\xDEAD00', 12.5, 'ab', -3, 0.1, '2024-06-01 12:00:00.5+08', 'mine', '<a/>')`, `INSERT INTO "a]b odd" (id) VALUES (2)`,
		`GRANT SELECT ON "a]b odd" TO reader`)
	s, err := sqlserver.Open(t.Context(), config(sourcetest.Reader))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	known, err := s.Describe(t.Context(), "a]b odd") // dbo is understood
	if err != nil {
		t.Fatal(err)
	}
	var types []string
	for _, c := range known.Columns {
		types = append(types, c.Native+" "+string(c.Type))
	}
	if got, want := strings.Join(types, ", "), "int integer, nvarchar string, uniqueidentifier string, varbinary string, money decimal, char string, smallint integer, real float, datetimeoffset timestamp, Name string, xml string"; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	q := source.Request{Stream: "dbo.a]b odd", Reader: "odd", Mode: source.Incremental, Cursor: "id", Columns: known.Columns, Key: known.Key}
	got := sourcetest.Table{}
	for more := true; more; {
		var spool sourcetest.Spool
		q.Rows = 1
		result, err := s.Read(t.Context(), q, &spool)
		if err != nil {
			t.Fatal(err)
		}
		if err := got.Load(q, result, &spool); err != nil {
			t.Fatal(err)
		}
		q.Mark, more = result.Mark, result.More
	}
	null := strings.Repeat(" null", 10)
	want := sourcetest.Table{`"1"`: {`"1"`, `"a [b] ]c"`, `"61f0c404-5cb3-11e7-907b-a6006ad3dba0"`, `"dead00"`, `"12.5000"`, `"ab"`, `"-3"`, `"0.1"`, `"2024-06-01 04:00:00.5"`, `"mine"`, `"<a/>"`},
		`"2"`: strings.Fields(`"2"` + null)}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestSignIn signs in with what a server and a connection say about encryption.
func TestSignIn(t *testing.T) {
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(server.CA) {
		t.Fatal("no certificate")
	}
	verified, nobody := &tls.Config{ServerName: "localhost", RootCAs: roots}, &tls.Config{ServerName: "localhost"}
	for name, c := range map[string]struct {
		server byte
		secure *tls.Config
		opens  bool
	}{
		"only the sign-in, with a certificate that nobody knows": {0, nil, true},
		"a server that has no encryption":                        {2, nil, true},
		"a server that insists":                                  {1, nil, true},
		"all of it":                                              {0, verified, true},
		"all of it, with a certificate that nobody knows":        {0, nobody, false},
		"all of it, and the server has none":                     {2, verified, false},
	} {
		t.Run(name, func(t *testing.T) {
			server.Encryption = c.server
			defer func() { server.Encryption = 0 }()
			with := config(sourcetest.Reader)
			with.TLS = c.secure
			s, err := sqlserver.Open(t.Context(), with)
			if !c.opens {
				sourcetest.Fault(t, err, fault.Unavailable)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = s.Close() }()
			if _, err := s.Discover(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	with := config(sourcetest.Reader)
	with.Database = "nothing"
	_, err := sqlserver.Open(t.Context(), with)
	if said := sourcetest.Fault(t, err, fault.Unavailable); !strings.Contains(said, "no database nothing") {
		t.Errorf("it says %q", said)
	}
}
