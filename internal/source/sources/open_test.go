package sources_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"lodestar/internal/fault"
	"lodestar/internal/semantic"
	"lodestar/internal/source"
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
	spec := &semantic.ConnectionSpec{Type: "postgres", Host: server.Dir(), User: "reader"}
	s, err := sources.Open(t.Context(), sources.Settings{Spec: spec, Password: secret})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	_, err = sources.Open(t.Context(), sources.Settings{Spec: spec, Password: secret + "?"})
	sourcetest.Fault(t, err, fault.Unavailable)
}

// Files can be looked into, whatever stands between.
func TestFilesAreLookedInto(t *testing.T) {
	t.Parallel()
	top := t.TempDir()
	name := filepath.Join(top, "a.csv")
	if err := os.WriteFile(name, []byte("id\n1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	long := time.Now().Add(-time.Hour)
	if err := os.Chtimes(name, long, long); err != nil {
		t.Fatal(err)
	}
	s, err := sources.Open(t.Context(), sources.Settings{Spec: &semantic.ConnectionSpec{Type: "folder", Path: top}, Folders: []string{top}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	files, ok := s.(source.Sampler)
	if !ok {
		t.Fatal("files cannot be looked into")
	}
	var spool sourcetest.Spool
	if err := files.Sample(t.Context(), "*.csv", &spool); err != nil || len(spool.Files) != 1 || spool.Files[0].Content.String() != "id\n1\n" {
		t.Errorf("%+v, %v", spool.Files, err)
	}
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
		spec semantic.ConnectionSpec
		ca   string
		kind fault.Kind
	}{
		{semantic.ConnectionSpec{Type: "postgres", Host: "127.0.0.1", Port: port, TLS: "off"}, "", fault.Unavailable},
		{semantic.ConnectionSpec{Type: "postgres", Host: "169.254.169.254", TLS: "off"}, "", fault.Invalid},
		{semantic.ConnectionSpec{Type: "postgres", Host: "127.0.0.1"}, "none", fault.Invalid},
		{semantic.ConnectionSpec{Type: "mysql", Host: "127.0.0.1", Port: port, TLS: "off"}, "", fault.Unavailable},
		{semantic.ConnectionSpec{Type: "mysql", Host: "169.254.169.254", TLS: "off"}, "", fault.Invalid},
		{semantic.ConnectionSpec{Type: "folder", Path: "/etc"}, "", fault.Invalid},
		{semantic.ConnectionSpec{Type: "sftp", Host: "127.0.0.1", Port: port, HostKey: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIKNnpOBl3FgFmnzHsPBYJXpYmpAlg3WQ9p1kQU2Pl0x"}, "", fault.Unavailable},
	} {
		c.spec.User = "reader"
		t.Run(fmt.Sprint(c.spec.Type, c.spec.Host, c.kind), func(t *testing.T) {
			_, err := sources.Open(t.Context(), sources.Settings{Spec: &c.spec, CA: c.ca, Password: sourcetest.Secrets[sourcetest.Reader]})
			sourcetest.Fault(t, err, c.kind)
		})
	}
	if _, err := sources.Open(t.Context(), sources.Settings{Spec: &semantic.ConnectionSpec{Type: "oracle"}}); err == nil {
		t.Error("a connector that there is not was opened")
	}
}
