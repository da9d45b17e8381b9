package sourcetest

import (
	"context"
	"io"
	"net"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Trouble is what a Proxy does to the bytes that come from a server.
type Trouble int

// The troubles.
const (
	None    Trouble = iota
	Refuse          // nobody listens
	Mute            // connections are accepted, and nothing comes
	Cut             // connections are reset
	Trickle         // little by little
)

// Proxy stands in front of a server. Its connections are real ones.
type Proxy struct {
	listener net.Listener

	mu      sync.Mutex
	trouble Trouble
	after   int64 // bytes that still pass before the trouble begins
	piece   int64 // of a trickle
	passed  int64
	open    []net.Conn
}

// A trickle has so many pieces, with pauses between them: in all more than a
// source may be silent.
const (
	pieces = 15
	pause  = 130 * time.Millisecond
)

// NewProxy starts a proxy, which ends with the test.
func NewProxy(t testing.TB) *Proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{listener: l}
	t.Cleanup(func() { _ = l.Close(); p.Set(Cut, 0) })
	return p
}

// Set begins a trouble after so many more bytes, and gives how many have passed
// since the last call.
func (p *Proxy) Set(what Trouble, after int64) (passed int64) { return p.begin(what, after, 1<<20) }

// begin is Set for a reading of which the size is known: a trickle has some
// pieces of it.
func (p *Proxy) begin(what Trouble, after, size int64) (passed int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	passed, p.passed = p.passed, 0
	p.trouble, p.after, p.piece = what, after, max(1, size/pieces)
	if what == Cut && after == 0 {
		p.cut()
	}
	return passed
}

// cut resets all connections. The caller holds p.mu.
func (p *Proxy) cut() {
	for _, c := range p.open {
		if tcp, ok := c.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0)
		}
		_ = c.Close()
	}
	p.open = nil
}

// Dial opens a connection to an address through the proxy.
func (p *Proxy) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	p.mu.Lock()
	what := p.trouble
	p.mu.Unlock()
	if what == Refuse {
		return nil, &net.OpError{Op: "dial", Net: network, Err: syscall.ECONNREFUSED}
	}
	there, err := (&net.Dialer{}).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	p.mu.Lock() // one at a time, so that the two ends belong together
	defer p.mu.Unlock()
	here, err := (&net.Dialer{}).DialContext(ctx, "tcp", p.listener.Addr().String())
	if err != nil {
		return nil, err
	}
	inner, err := p.listener.Accept()
	for err == nil && inner.RemoteAddr().String() != here.LocalAddr().String() { // of one that gave up
		_ = inner.Close()
		inner, err = p.listener.Accept()
	}
	if err != nil {
		return nil, err
	}
	p.open = append(p.open, inner, there)
	go func() { _, _ = io.Copy(there, inner); _ = there.Close() }()
	go func() {
		_ = p.carry(inner, there)
		_ = inner.Close()
	}()
	return here, nil
}

// carry copies what the server says, as the trouble lets it.
func (p *Proxy) carry(to io.Writer, from io.Reader) error {
	buffer := make([]byte, 4096)
	for {
		n, err := from.Read(buffer)
		for b := buffer[:n]; len(b) > 0; {
			k, wait, on := p.next(int64(len(b)))
			if !on {
				_, _ = io.Copy(io.Discard, from) // and is never heard of again
				return nil
			}
			time.Sleep(wait)
			if _, err := to.Write(b[:k]); err != nil {
				return err
			}
			b = b[k:]
		}
		if err != nil {
			return err
		}
	}
}

// next says how many bytes pass now, and after how long; on is false when
// nothing passes any more.
func (p *Proxy) next(n int64) (k int64, wait time.Duration, on bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.trouble == None || p.after > 0 {
		k = n
		if p.trouble != None {
			k = min(n, p.after)
			p.after -= k
		}
		p.passed += k
		return k, 0, true
	}
	switch p.trouble {
	case Trickle:
		k = min(n, p.piece)
		p.passed += k
		return k, pause * time.Duration(k) / time.Duration(p.piece), true
	case Cut:
		p.cut()
	}
	return 0, 0, false
}
