package sources

import (
	"context"
	"net"
	"sync"
	"testing"
	"time"

	"lodestar/internal/fault"
	"lodestar/internal/semantic"
	"lodestar/internal/source/sourcetest"
)

// listen starts a listener that takes connections, and says on each what it is
// given and nothing more.
func listen(t *testing.T, says string) (port int) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var open []net.Conn
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for c, err := l.Accept(); err == nil; c, err = l.Accept() {
			open = append(open, c) // kept, so that nobody hangs up
			_, _ = c.Write([]byte(says))
		}
	}()
	return l.Addr().(*net.TCPAddr).Port
}

// ask opens a source of a type at a port, and asks what there is.
func ask(ctx context.Context, typ string, port int) error {
	secret := sourcetest.Secrets[sourcetest.Reader]
	address := net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port}
	spec := &semantic.ConnectionSpec{Type: typ, TLS: "off", User: "reader"}
	switch typ {
	case "kafka":
		spec.Hosts = []string{address.String()}
	case "rest", "sheet":
		spec.URL = "http://" + address.String() + "/?key=s3cret"
		spec.Auth = &semantic.Auth{Type: "bearer"}
		spec.Streams = []semantic.RESTStream{{Name: "all"}}
	default:
		spec.Host, spec.Port = "127.0.0.1", port
	}
	if typ == "sftp" {
		spec.HostKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIKNnpOBl3FgFmnzHsPBYJXpYmpAlg3WQ9p1kQU2Pl0x"
	}
	if typ == "s3" {
		spec.Bucket, spec.Region = "data", "eu"
	}
	s, err := Open(ctx, Settings{Spec: spec, Password: secret, Token: secret, Private: []string{"127.0.0.1"}, Patience: time.Second})
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }()
	_, err = s.Discover(ctx)
	return err
}

// TestEverySourceMayBeSilent has, for each connector, a server that takes
// connections and never answers, one that begins to answer and stops, and none.
func TestEverySourceMayBeSilent(t *testing.T) {
	t.Parallel()
	begun := map[string]string{
		"mysql": "\x4a\x00\x00\x00\x0a5.5", "postgres": "R\x00\x00", "sqlserver": "\x04\x01\x00\x25\x00\x00", "clickhouse": "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n1",
		"kafka": "\x00\x00\x01\x00\x00", "mqtt": "\x20", "sftp": "SSH-2.0-Ope", "s3": "HTTP/1.1 200 OK\r\nContent-Le", "rest": "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n[{", "sheet": "HTTP/1.1 200 OK\r\n",
	}
	type trial struct {
		typ, name string
		kind      fault.Kind
		code      string
		err       error
	}
	var trials []*trial
	var all sync.WaitGroup
	try := func(typ, name string, port int, kind fault.Kind, code string) {
		c := &trial{typ: typ, name: name, kind: kind, code: code}
		trials = append(trials, c)
		ctx, cancel := context.WithCancel(t.Context())
		t.Cleanup(cancel)
		if kind == fault.Canceled {
			time.AfterFunc(200*time.Millisecond, cancel)
		}
		all.Go(func() { c.err = ask(ctx, typ, port) })
	}
	for typ := range openers {
		if typ == "folder" {
			continue // nobody is asked
		}
		if begun[typ] == "" {
			t.Errorf("it is not known how %s begins to answer", typ)
		}
		try(typ, "says nothing", listen(t, ""), fault.Unavailable, "source_silent")
		try(typ, "begins to answer", listen(t, begun[typ]), fault.Unavailable, "source_silent")
		try(typ, "is cancelled", listen(t, ""), fault.Canceled, "")
		try(typ, "is down", 1, fault.Unavailable, "")
	}
	all.Wait() // together: they do nothing but wait
	for _, c := range trials {
		t.Run(c.typ+" "+c.name, func(t *testing.T) {
			sourcetest.Fault(t, c.err, c.kind)
			if f := fault.Of(c.err); c.code != "" && f.Code != c.code {
				t.Errorf("it is %s: %v", f.Code, c.err)
			}
		})
	}
}
