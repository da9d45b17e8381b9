// Package reach opens connections to addresses that users write. Nobody gets
// into the networks around this program by naming one of their hosts, or a name
// that leads there.
package reach

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"syscall"
	"time"

	"lodestar/internal/fault"
	"lodestar/internal/text"
	"lodestar/internal/warehouse/direct"
)

// Guard decides where connections may go.
type Guard struct {
	// Private are hosts, as they are written, that may be in private networks or
	// on this machine; the administrator of this program names them.
	Private []string
}

// dialTime bounds the opening of a connection.
const dialTime = 15 * time.Second

// Dial opens a connection to a public address, or to a host of Private. The
// address is looked at when its name is resolved. Invalid "address_refused".
func (g Guard) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	if err == nil && slices.ContainsFunc(g.Private, func(p string) bool { return strings.EqualFold(p, host) }) {
		return direct.Dial(ctx, network, address) // which has its own limits
	}
	d := net.Dialer{Timeout: dialTime, Control: func(_, resolved string, _ syscall.RawConn) error {
		if at, err := netip.ParseAddrPort(resolved); err != nil || !Public(at.Addr()) {
			return fault.New(fault.Invalid, "address_refused", text.Text{
				EN: "{host} is an address within a private network; the administrator of this program can allow it: start it with LODESTAR_PRIVATE_HOSTS={host}",
				ZH: "{host} 是内部网络地址；本程序的管理员可以放行：启动时设置 LODESTAR_PRIVATE_HOSTS={host}"}, "host", host)
		}
		return nil
	}}
	return d.DialContext(ctx, network, address)
}

// within are networks that are not the public one, beyond those that the
// standard library knows.
var within = []netip.Prefix{netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("240.0.0.0/4"), netip.MustParsePrefix("64:ff9b:1::/48"), netip.MustParsePrefix("fec0::/10"),
	netip.MustParsePrefix("::/96"), netip.MustParsePrefix("::ffff:0:0:0/96"), netip.MustParsePrefix("2001::/32")} // in the last three there is an address of IPv4

// Public reports whether an address is one of the public network.
func Public(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	return a.IsGlobalUnicast() && !a.IsPrivate() && !a.IsLoopback() && !direct.Refuses(a) &&
		!slices.ContainsFunc(within, func(p netip.Prefix) bool { return p.Contains(a) })
}

// Transport is for HTTP within the limits. It knows no proxy.
func (g Guard) Transport() *http.Transport {
	return &http.Transport{DialContext: g.Dial, TLSHandshakeTimeout: dialTime, ResponseHeaderTimeout: 2 * time.Minute,
		IdleConnTimeout: time.Minute, MaxIdleConnsPerHost: 2, ForceAttemptHTTP2: true, MaxResponseHeaderBytes: 1 << 20}
}
