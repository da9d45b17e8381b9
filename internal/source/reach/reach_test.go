package reach_test

import (
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
