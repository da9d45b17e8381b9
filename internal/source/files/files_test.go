package files_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"lodestar/internal/fault"
	"lodestar/internal/source"
	"lodestar/internal/source/files"
	"lodestar/internal/source/sourcetest"
	"lodestar/internal/testserver"
)

// put writes a file of this machine.
func put(t testing.TB, name, content string, ago time.Duration) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	at := time.Now().Add(-ago)
	if err := os.Chtimes(name, at, at); err != nil {
		t.Fatal(err)
	}
}

func TestFolder(t *testing.T) {
	t.Parallel()
	top := t.TempDir()
	sourcetest.TestFiles(t, sourcetest.Folder{Waits: true,
		Open: func(_ context.Context, part string) (source.Source, error) {
			if err := os.MkdirAll(filepath.Join(top, part), 0o755); err != nil {
				return nil, err
			}
			s, err := files.Folder(filepath.Join(top, part), []string{top})
			if err != nil {
				return nil, err
			}
			return files.New(files.Config{Name: part, Store: s, Now: time.Now, Settled: 10 * time.Second}), nil
		},
		Put: func(t testing.TB, part, name, content string, ago time.Duration) {
			put(t, filepath.Join(top, part, name), content, ago)
		},
		Remove: func(t testing.TB, part, name string) {
			if err := os.Remove(filepath.Join(top, part, name)); err != nil {
				t.Error(err)
			}
		},
	})
}

// TestFolderAllowed has folders that nobody allowed, and links that lead out.
func TestFolderAllowed(t *testing.T) {
	t.Parallel()
	top, out := t.TempDir(), t.TempDir()
	put(t, filepath.Join(top, "in", "a.csv"), "x", time.Hour)
	put(t, filepath.Join(out, "secret.csv"), "x", time.Hour)
	for name, to := range map[string]string{"file.csv": filepath.Join(out, "secret.csv"), "dir": out, "inner.csv": filepath.Join(top, "in", "a.csv"), "rel.csv": "in/a.csv"} {
		if err := os.Symlink(to, filepath.Join(top, name)); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{out, filepath.Dir(top), top + "x", filepath.Join(top, "..", filepath.Base(out)), "in", "", "/"} {
		if _, err := files.Folder(name, []string{top}); err == nil {
			t.Errorf("%s was opened", name)
		} else {
			sourcetest.Fault(t, err, fault.Invalid)
		}
	}
	for _, name := range []string{filepath.Join(top, "dir"), filepath.Join(top, "nothing")} {
		_, err := files.Folder(name, []string{top})
		sourcetest.Fault(t, err, fault.Unavailable)
	}
	s, err := files.Folder(top, []string{out + "/other", top})
	if err != nil {
		t.Fatal(err)
	}
	var spool sourcetest.Spool
	source1 := files.New(files.Config{Name: "top", Store: s, Now: time.Now})
	if _, err := source1.Read(t.Context(), source.Request{Stream: "**/*.csv", Reader: "r", Mode: source.Full}, &spool); err != nil {
		t.Fatal(err)
	}
	for _, f := range spool.Files {
		if f.Name != "in/a.csv" && f.Name != "rel.csv" {
			t.Errorf("%s was read", f.Name)
		}
	}
	if err := source1.Close(); err != nil {
		t.Error(err)
	}
}

// TestUnsettled follows a file that is being written under a clock of its own.
func TestUnsettled(t *testing.T) {
	t.Parallel()
	top := t.TempDir()
	now := time.Now()
	s, err := files.Folder(top, []string{top})
	if err != nil {
		t.Fatal(err)
	}
	r := files.New(files.Config{Name: "top", Store: s, Now: func() time.Time { return now }, Settled: 10 * time.Second})
	q := source.Request{Stream: "*.csv", Reader: "r", Mode: source.Changes, Key: []string{"id"}}
	read := func() int {
		t.Helper()
		var spool sourcetest.Spool
		result, err := r.Read(t.Context(), q, &spool)
		if err != nil {
			t.Fatal(err)
		}
		q.Mark = result.Mark
		return len(spool.Files)
	}
	name := filepath.Join(top, "a.csv")
	put(t, name, "1", -time.Hour) // a clock there that is ahead
	for i, step := range []struct {
		after time.Duration
		write string
		want  int
	}{{0, "", 0}, {5 * time.Second, "", 0}, {time.Second, "12", 0}, {5 * time.Second, "", 0}, {6 * time.Second, "", 1}, {time.Hour / 2, "", 0}} {
		now = now.Add(step.after)
		if step.write != "" {
			put(t, name, step.write, -time.Hour)
		}
		if got := read(); got != step.want {
			t.Errorf("step %d took %d files, want %d", i, got, step.want)
		}
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}

// TestDone takes files that a second one says are whole.
func TestDone(t *testing.T) {
	t.Parallel()
	top := t.TempDir()
	put(t, filepath.Join(top, "a.csv"), "x", 0)
	put(t, filepath.Join(top, "b.csv"), "x", time.Hour)
	put(t, filepath.Join(top, "a.csv.ok"), "", 0)
	s, err := files.Folder(top, []string{top})
	if err != nil {
		t.Fatal(err)
	}
	var spool sourcetest.Spool
	_, err = files.New(files.Config{Name: "top", Store: s, Now: time.Now, Settled: time.Minute, Done: ".ok"}).
		Read(t.Context(), source.Request{Stream: "*", Reader: "r", Mode: source.Full}, &spool)
	if err != nil || len(spool.Files) != 1 || spool.Files[0].Name != "a.csv" {
		t.Errorf("took %v, %v", spool.Files, err)
	}
}

// TestChanging has a file that grows while it is read.
func TestChanging(t *testing.T) {
	t.Parallel()
	top := t.TempDir()
	put(t, filepath.Join(top, "a.csv"), strings.Repeat("x", 1<<20), time.Hour)
	s, err := files.Folder(top, []string{top})
	if err != nil {
		t.Fatal(err)
	}
	spool := sourcetest.Spool{Each: func() error { put(t, filepath.Join(top, "a.csv"), strings.Repeat("y", 2<<20), 0); return nil }}
	_, err = files.New(files.Config{Name: "top", Store: s, Now: time.Now}).Read(t.Context(), source.Request{Stream: "*", Reader: "r", Mode: source.Full}, &spool)
	sourcetest.Fault(t, err, fault.Conflict)
}

// lines are connections that can be cut.
type lines struct {
	mu   sync.Mutex
	open []net.Conn
}

func (l *lines) dial(ctx context.Context, network, address string) (net.Conn, error) {
	c, err := (&net.Dialer{}).DialContext(ctx, network, address)
	if err == nil {
		l.mu.Lock()
		l.open = append(l.open, c)
		l.mu.Unlock()
	}
	return c, err
}

func (l *lines) cut(testing.TB) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range l.open {
		_ = c.Close()
	}
	l.open = nil
}

func TestSFTP(t *testing.T) {
	server, err := testserver.SFTP(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Stop() })
	var wires lines
	config := files.SFTPConfig{Host: "127.0.0.1", Port: server.Port, User: server.User, Key: server.Key, HostKey: server.HostKey, Dial: wires.dial}
	through := func(ctx context.Context, part string, dial source.Dial) (source.Source, error) {
		c := config
		c.Folder, c.Dial = filepath.Join(server.Folder, part), dial
		if err := os.MkdirAll(c.Folder, 0o755); err != nil {
			return nil, err
		}
		s, err := files.SFTP(ctx, c)
		if err != nil {
			return nil, err
		}
		return files.New(files.Config{Name: "SFTP", Store: s, Now: time.Now, Settled: 10 * time.Second}), nil
	}
	t.Run("conformance", func(t *testing.T) {
		sourcetest.TestFiles(t, sourcetest.Folder{Waits: true, Break: wires.cut, Through: through,
			Open: func(ctx context.Context, part string) (source.Source, error) { return through(ctx, part, wires.dial) },
			Put: func(t testing.TB, part, name, content string, ago time.Duration) {
				put(t, filepath.Join(server.Folder, part, name), content, ago)
			},
			Remove: func(t testing.TB, part, name string) {
				if err := os.Remove(filepath.Join(server.Folder, part, name)); err != nil {
					t.Error(err)
				}
			},
		})
	})
	t.Run("who", func(t *testing.T) {
		secret := sourcetest.Secrets[sourcetest.Wrong]
		other, err := testserver.SFTP(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = other.Stop() }()
		for name, c := range map[string]struct {
			change func(*files.SFTPConfig)
			kind   fault.Kind
		}{
			"wrong password":    {func(c *files.SFTPConfig) { c.Key, c.Password = "", secret }, fault.Unavailable},
			"wrong key":         {func(c *files.SFTPConfig) { c.Key = other.Key }, fault.Unavailable},
			"another host":      {func(c *files.SFTPConfig) { c.HostKey = other.HostKey }, fault.Unavailable},
			"no host key":       {func(c *files.SFTPConfig) { c.HostKey = "" }, fault.Invalid},
			"a key that is not": {func(c *files.SFTPConfig) { c.Key = secret }, fault.Invalid},
			"nobody there":      {func(c *files.SFTPConfig) { c.Port = 1 }, fault.Unavailable},
		} {
			wrong := config
			c.change(&wrong)
			_, err := files.SFTP(t.Context(), wrong)
			t.Log(name)
			sourcetest.Fault(t, err, c.kind)
		}
	})
}

func TestS3(t *testing.T) {
	backend := s3mem.New()
	if err := backend.CreateBucket("data"); err != nil {
		t.Fatal(err)
	}
	inner := gofakes3.New(backend).Server()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.Contains(r.Header.Get("Authorization"), "Credential=reader/") { // as a store does that checks
			w.WriteHeader(http.StatusForbidden)
			_, _ = w.Write([]byte(`<?xml version="1.0"?><Error><Code>InvalidAccessKeyId</Code><Message>no</Message></Error>`))
			return
		}
		inner.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	config := files.S3Config{Endpoint: strings.TrimPrefix(server.URL, "http://"), Bucket: "data", Region: "us-east-1", Key: "reader", Secret: sourcetest.Secrets[sourcetest.Reader], Plain: true,
		Transport: http.DefaultTransport}
	owner, err := minio.New(config.Endpoint, &minio.Options{Creds: credentials.NewStaticV4(config.Key, config.Secret, ""), Region: config.Region})
	if err != nil {
		t.Fatal(err)
	}
	through := func(ctx context.Context, part string, dial source.Dial) (source.Source, error) {
		c := config
		c.Folder, c.Transport = part, &http.Transport{DialContext: dial}
		s, err := files.S3(ctx, c)
		if err != nil {
			return nil, err
		}
		return files.New(files.Config{Name: "S3", Store: s, Now: time.Now}), nil
	}
	t.Run("conformance", func(t *testing.T) {
		sourcetest.TestFiles(t, sourcetest.Folder{Through: through,
			Open: func(ctx context.Context, part string) (source.Source, error) {
				return through(ctx, part, (&net.Dialer{}).DialContext)
			},
			Put: func(t testing.TB, part, name, content string, _ time.Duration) {
				if content == "" { // which this server's door refuses
					at := map[string]string{"Last-Modified": time.Now().UTC().Format(http.TimeFormat)}
					if _, err := backend.PutObject("data", part+"/"+name, at, strings.NewReader(""), 0, nil); err != nil {
						t.Fatal(err)
					}
					return
				}
				if _, err := owner.PutObject(t.Context(), "data", part+"/"+name, strings.NewReader(content), int64(len(content)), minio.PutObjectOptions{DisableMultipart: true}); err != nil {
					t.Fatal(err)
				}
			},
			Remove: func(t testing.TB, part, name string) {
				if err := owner.RemoveObject(t.Context(), "data", part+"/"+name, minio.RemoveObjectOptions{}); err != nil {
					t.Error(err)
				}
			},
		})
	})
	t.Run("who", func(t *testing.T) {
		for name, change := range map[string]func(*files.S3Config){
			"wrong key": func(c *files.S3Config) { c.Key, c.Secret = "nobody", sourcetest.Secrets[sourcetest.Wrong] },
			"no bucket": func(c *files.S3Config) { c.Bucket = "nothing" },
			"nobody":    func(c *files.S3Config) { c.Endpoint = "127.0.0.1:1" },
		} {
			c := config
			change(&c)
			s, err := files.S3(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			_, err = files.New(files.Config{Name: "S3", Store: s, Now: time.Now}).Discover(t.Context())
			t.Log(name)
			sourcetest.Fault(t, err, fault.Unavailable)
		}
	})
}
