package reach_test

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"net/netip"
	"testing"

	"lodestar/internal/fault"
	"lodestar/internal/source/reach"
)

func TestPublic(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]bool{
		"1.1.1.1": true, "2606:4700::1111": true, "8.8.8.8": true,
		"127.0.0.1": false, "127.9.9.9": false, "::1": false, "10.1.2.3": false, "172.16.0.1": false, "172.31.255.255": false, "192.168.1.1": false,
		"169.254.169.254": false, "fe80::1": false, "fc00::1": false, "fd00:ec2::254": false, "100.64.0.1": false, "100.100.100.200": false, "0.0.0.0": false, "0.1.2.3": false,
		"::": false, "::ffff:127.0.0.1": false, "::ffff:10.0.0.1": false, "64:ff9b::7f00:1": false, "2002:7f00:1::": false, "224.0.0.1": false, "255.255.255.255": false, "198.18.0.1": false,
		"::127.0.0.1": false, "::ffff:0:127.0.0.1": false, "::ffff:0:a9fe:a9fe": false, "2001:0:7f00:1::80ff:fffe": false, "2001:4860:4860::8888": true, "fe80::1%eth0": false, "::ffff:169.254.169.254": false,
	} {
		if got := reach.Public(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s: public is %v", address, got)
		}
	}
}

func TestDial(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	for _, host := range []string{"127.0.0.1", "localhost", "::ffff:127.0.0.1", "0.0.0.0"} { // a name is looked up first
		if _, err := (reach.Guard{}).Dial(t.Context(), "tcp", net.JoinHostPort(host, port)); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s gives %v", host, err)
		}
	}
	c, err := reach.Guard{Private: []string{"localhost"}}.Dial(t.Context(), "tcp", "localhost:"+port)
	if err != nil {
		t.Fatal(err)
	}
	_ = c.Close()
	if _, err := (reach.Guard{Private: []string{"169.254.169.254"}}).Dial(t.Context(), "tcp", "169.254.169.254:80"); !fault.Is(err, fault.Invalid) {
		t.Errorf("a cloud's own service gives %v", err)
	}
}

// TestNamesThatLeadWithin asks for names that a server of names, which the
// attacker has, lets stand for addresses within: also only from the second time
// on, and beside a public one.
func TestNamesThatLeadWithin(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	reached := make(chan struct{}, 100)
	go func() {
		for c, err := l.Accept(); err == nil; c, err = l.Accept() {
			reached <- struct{}{}
			_ = c.Close()
		}
	}()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	before := net.DefaultResolver
	defer func() { net.DefaultResolver = before }()
	for _, at := range []string{"127.0.0.1", "169.254.169.254", "10.0.0.1", "::1", "::ffff:127.0.0.1", "fd00:ec2::254"} {
		net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
			here, there := net.Pipe()
			go answer(there, netip.MustParseAddr(at))
			return here, nil
		}}
		for range 2 {
			_, err := reach.Guard{}.Dial(t.Context(), "tcp", net.JoinHostPort("innocent.example", port))
			if !fault.Is(err, fault.Invalid) {
				t.Errorf("%s gives %v", at, err)
			}
		}
	}
	if len(reached) > 0 {
		t.Errorf("somebody got there %d times", len(reached))
	}
}

// answer is a server of names over one connection: every name is at one address.
func answer(c net.Conn, at netip.Addr) {
	defer func() { _ = c.Close() }()
	for {
		var size [2]byte
		if _, err := io.ReadFull(c, size[:]); err != nil {
			return
		}
		q := make([]byte, binary.BigEndian.Uint16(size[:]))
		if _, err := io.ReadFull(c, q); err != nil {
			return
		}
		end := 12 // of the question: its name, type and class
		for q[end] != 0 {
			end += int(q[end]) + 1
		}
		end += 5
		kind := binary.BigEndian.Uint16(q[end-4:])
		data := at.AsSlice()
		out := append([]byte{q[0], q[1], 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0}, q[12:end]...)
		if kind == 1 && len(data) == 4 || kind == 28 && len(data) == 16 {
			out[7] = 1
			out = append(out, 0xc0, 12, byte(kind>>8), byte(kind), 0, 1, 0, 0, 0, 0, 0, byte(len(data)))
			out = append(out, data...)
		}
		if _, err := c.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(out))), out...)); err != nil {
			return
		}
	}
}
