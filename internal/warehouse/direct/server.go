package direct

import (
	"context"
	"crypto/tls"
	"net"
	"net/netip"
	"syscall"
	"time"

	"lodestar/internal/fault"
	"lodestar/internal/text"
)

// Server says where an engine is and which of its tables datasets map to.
type Server struct {
	DSN string // as the driver reads it; packages say how
	// User and Password, where User is set, stand in place of those of the DSN.
	// Nothing that holds the password is written to an error or a log.
	User, Password string
	TLS            *tls.Config // nil for what the DSN says
	// Dial, where set, opens all connections.
	Dial    func(ctx context.Context, network, address string) (net.Conn, error)
	Tables  map[string]Table
	TTL     time.Duration // for how long rows count as unchanged; default one minute
	Timeout time.Duration // of a statement; 0 for none
	Conns   int           // most connections at a time; default 8
	Now     func() time.Time
}

// dialTime bounds the opening of a connection.
const dialTime = 10 * time.Second

// Dial opens connections to where databases are: on this machine, in private
// networks and elsewhere, but not to addresses of the link alone, where clouds
// answer with credentials. Names are looked up first, so a name for such an
// address is refused, too: Invalid "address_refused".
func Dial(ctx context.Context, network, address string) (net.Conn, error) {
	d := net.Dialer{Timeout: dialTime, Control: func(network, address string, _ syscall.RawConn) error {
		if network == "unix" {
			return nil
		}
		at, err := netip.ParseAddrPort(address)
		if err != nil || Refuses(at.Addr()) {
			return fault.New(fault.Invalid, "address_refused", text.Text{
				EN: "no connection is made to {address}: addresses of the link alone, of all hosts and of clouds' own services hold no database",
				ZH: "不允许连接 {address}：链路本地、未指定、多播及云厂商内部服务地址上没有数据库"}, "address", address)
		}
		return nil
	}}
	return d.DialContext(ctx, network, address)
}

// reserved are addresses of clouds' own services outside the link's range.
var reserved = []netip.Prefix{netip.MustParsePrefix("100.100.100.200/32"), netip.MustParsePrefix("168.63.129.16/32"),
	netip.MustParsePrefix("fd00:ec2::/32"), netip.MustParsePrefix("64:ff9b::/96"), netip.MustParsePrefix("2002::/16")}

// Refuses reports whether Dial refuses an address.
func Refuses(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	for _, p := range reserved {
		if p.Contains(a) {
			return true
		}
	}
	return a.IsLinkLocalUnicast() || a.IsMulticast() || a.IsUnspecified()
}
