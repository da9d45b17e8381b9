package app

import (
	"crypto/rand"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"lodestar/internal/eventlog"
	"lodestar/internal/fault"
	"lodestar/internal/text"
	"lodestar/web"
)

// Config says what to run. The zero value of a field takes the default that
// WithDefaults gives.
type Config struct {
	DataDir  string // made when missing, mode 0700
	Metadata string // where definitions and people are kept: postgres://… or a file; default DataDir/metadata.db
	VaultKey string // the file with the key of the vault, made when missing; default DataDir/vault.key
	Memory   string // limit of the warehouse, as in "2GB"
	Threads  int    // of the warehouse; 0 for one per core

	Queries   int           // statements that run at once; 0 for one per core, at least four
	QueryTime time.Duration // of one statement; 0 for a minute

	Addr           string // default 127.0.0.1:8080; port 0 takes a free one
	SQLAddr        string // where PostgreSQL clients connect; empty for nowhere, a port alone means this machine
	TLSCert        string // PEM files; both or neither
	TLSKey         string
	Hosts          []string
	TrustedOrigins []string

	Demo    bool   // people switch without passwords; loopback only
	DemoKey string // who opens /?key=… is let in

	EventLog eventlog.Config // how large the log of events may grow; its folder is in DataDir

	Version string
	Web     fs.FS     // the built page; default the one inside the program
	Console io.Writer // where the address and the set-up code are printed
	Lang    text.Lang
	Log     *slog.Logger
	Now     func() time.Time
	Random  io.Reader
	Getenv  func(string) string // where secrets of connections may be
	Step    func(name string)   // called before and after each step of loads and syncs, for trials; nil for none
}

// Version is the version of this program.
const Version = "0.1.0"

// WithDefaults fills in what is not set.
func (c Config) WithDefaults() Config {
	if c.DataDir == "" {
		c.DataDir = "./lodestar-data"
	}
	if c.Metadata == "" {
		c.Metadata = filepath.Join(c.DataDir, "metadata.db")
	}
	if c.VaultKey == "" {
		c.VaultKey = filepath.Join(c.DataDir, vaultKey)
	}
	if strings.HasPrefix(c.SQLAddr, ":") {
		c.SQLAddr = "127.0.0.1" + c.SQLAddr
	} else if c.SQLAddr != "" && !strings.Contains(c.SQLAddr, ":") {
		c.SQLAddr = "127.0.0.1:" + c.SQLAddr
	}
	if c.Memory == "" {
		c.Memory = "2GB"
	}
	if c.Addr == "" {
		c.Addr = "127.0.0.1:8080"
	}
	if c.Version == "" {
		c.Version = Version
	}
	if c.Web == nil {
		c.Web = web.Files()
	}
	if c.Console == nil {
		c.Console = os.Stderr
	}
	if c.Lang == "" {
		c.Lang = text.EN
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Getenv == nil {
		c.Getenv = os.Getenv
	}
	if c.Random == nil {
		c.Random = rand.Reader
	}
	return c
}

// Validate says what cannot work.
func (c Config) Validate() error {
	host, _, err := net.SplitHostPort(c.Addr)
	if err != nil {
		return fault.New(fault.Invalid, "bad_address", text.Text{
			EN: "{addr} is not an address; write HOST:PORT such as 127.0.0.1:8080",
			ZH: "{addr} 不是有效的监听地址，应形如 127.0.0.1:8080"}, "addr", c.Addr)
	}
	if c.SQLAddr != "" {
		if _, port, err := net.SplitHostPort(c.SQLAddr); err != nil || port == "" {
			return fault.New(fault.Invalid, "bad_sql_address", text.Text{
				EN: "{addr} is not an address for SQL clients; write HOST:PORT such as 127.0.0.1:5433",
				ZH: "{addr} 不是有效的 SQL 监听地址，应形如 127.0.0.1:5433"}, "addr", c.SQLAddr)
		}
	}
	if (c.TLSCert == "") != (c.TLSKey == "") {
		return fault.New(fault.Invalid, "tls_both", text.Text{
			EN: "TLS needs both a certificate and its key", ZH: "启用 TLS 需要同时提供证书和私钥"})
	}
	if m := strings.TrimSpace(c.Memory); m != "" && !memorySize().MatchString(m) {
		return fault.New(fault.Invalid, "bad_memory", text.Text{
			EN: "{size} is no amount of memory; write a number and a unit, such as 2GB or 512MB",
			ZH: "{size} 不是有效的内存大小，应为数字加单位，如 2GB 或 512MB"}, "size", c.Memory)
	}
	if c.Queries < 0 || c.QueryTime < 0 {
		return fault.New(fault.Invalid, "bad_queue", text.Text{
			EN: "--queries and --query-time must not be negative", ZH: "--queries 和 --query-time 不能为负"})
	}
	for _, origin := range c.TrustedOrigins {
		if err := http.NewCrossOriginProtection().AddTrustedOrigin(origin); err != nil {
			return fault.New(fault.Invalid, "bad_origin", text.Text{
				EN: "{origin} is no web origin; write it as https://example.com, without a path",
				ZH: "{origin} 不是有效的网页来源，应形如 https://example.com，不带路径"}, "origin", origin).Wrap(err)
		}
	}
	if c.Demo && !loopback(host) {
		return fault.New(fault.Invalid, "demo_loopback", text.Text{
			EN: "the demo lets people in without passwords, so it listens on this machine only: use 127.0.0.1:PORT",
			ZH: "演示环境无需密码，只能在本机使用：请用 127.0.0.1:端口"})
	}
	return nil
}

func memorySize() *regexp.Regexp { return regexp.MustCompile(`(?i)^[0-9]+(\.[0-9]+)? ?[kmgt]i?b$`) }

func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
