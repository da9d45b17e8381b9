package app

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime"
	"strings"
	"syscall"
	"time"

	"lodestar/internal/behind"
	"lodestar/internal/fault"
	"lodestar/internal/text"
)

// softStop is how long requests may go on once the server was asked to stop.
const softStop = 10 * time.Second

// server is a listening HTTP server.
type server struct {
	http  *http.Server
	url   string
	ended chan error // one value, when serving ended
}

// Start listens and serves until Stop. A port that is taken is Unavailable
// "port_taken".
func (a *App) Start(ctx context.Context) error {
	ln, err := net.Listen("tcp", a.cfg.Addr)
	if err != nil {
		return listenFault(a.cfg.Addr, err)
	}
	s := &server{http: &http.Server{Handler: a.api.Handler(), ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
		ErrorLog: slog.NewLogLogger(a.cfg.Log.Handler(), slog.LevelDebug)}, ended: make(chan error, 1)}
	scheme := "http"
	if a.cfg.TLSCert != "" {
		cert, err := tls.LoadX509KeyPair(a.cfg.TLSCert, a.cfg.TLSKey)
		if err != nil {
			return errors.Join(fault.New(fault.Invalid, "bad_certificate", text.Text{
				EN: "the certificate or its key cannot be used: {why}", ZH: "证书或私钥无法使用：{why}"}, "why", err), ln.Close())
		}
		s.http.TLSConfig = &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}
		scheme = "https"
	}
	s.url = scheme + "://" + shownAddr(ln.Addr().String(), a.cfg.Addr)
	if err := a.lock.serves(ln.Addr().String(), s.url); err != nil {
		return errors.Join(err, ln.Close())
	}
	go func() {
		var err error
		if s.http.TLSConfig != nil {
			err = s.http.ServeTLS(ln, "", "")
		} else {
			err = s.http.Serve(ln)
		}
		s.ended <- err
	}()
	a.server = s
	a.watch(ctx)
	a.onStop(s.stop)
	if err := a.syncs.Start(ctx); err != nil {
		return err
	}
	return a.startSQL()
}

// stop lets running requests finish, within a limit.
func (s *server) stop(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, softStop)
	defer cancel()
	err := s.http.Shutdown(ctx)
	if err != nil {
		err = s.http.Close()
	}
	if end := <-s.ended; !errors.Is(end, http.ErrServerClosed) {
		err = errors.Join(err, end)
	}
	return err
}

// URL is where the server answers; "" before Start.
func (a *App) URL() string {
	if a.server == nil {
		return ""
	}
	return a.server.url
}

// SetupCode is the one-time code of first-run set-up; "" when none is needed.
func (a *App) SetupCode() string { return a.setupCode }

// shownAddr is an address that can be opened: a listener on all addresses is
// shown by the name of this machine.
func shownAddr(actual, asked string) string {
	_, port, err := net.SplitHostPort(actual)
	if err != nil {
		return actual
	}
	host, _, err := net.SplitHostPort(asked)
	if err != nil || host == "" || host == "0.0.0.0" || host == "::" {
		host = "localhost"
	}
	return net.JoinHostPort(host, port)
}

func (c Config) onLoopback() bool {
	host, _, err := net.SplitHostPort(c.Addr)
	return err == nil && loopback(host)
}

func listenFault(addr string, err error) error {
	if errors.Is(err, syscall.EADDRINUSE) || strings.Contains(err.Error(), "Only one usage of each socket address") {
		return fault.New(fault.Unavailable, "port_taken", text.Text{
			EN: "something else is listening on {addr}; choose another with --addr 127.0.0.1:PORT",
			ZH: "{addr} 已被其他程序占用，请用 --addr 127.0.0.1:端口 另选一个"}, "addr", addr).Wrap(err)
	}
	return fault.New(fault.Unavailable, "cannot_listen", text.Text{
		EN: "cannot listen on {addr}: {why}", ZH: "无法监听 {addr}：{why}"}, "addr", addr, "why", err)
}

// Serve runs a server until ctx ends, and says on the console where it is.
func Serve(ctx context.Context, cfg Config, ready func(a *App)) (err error) {
	behind.Ahead()
	a, err := New(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Stop(context.WithoutCancel(ctx))) }()
	spareProcs()
	if err := a.Start(ctx); err != nil {
		return err
	}
	a.announce()
	if ready != nil {
		ready(a)
	}
	return a.wait(ctx)
}

// spare is how many threads run the program's own code at once beyond one a core.
const spare = 2

// spareProcs lets requests run while loads convert values on every core: those
// run behind them, but keep their turn in the program for up to 10 milliseconds.
// It comes after everything that is sized by the number of cores; whoever set
// GOMAXPROCS has the last word.
func spareProcs() {
	if os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(runtime.GOMAXPROCS(0) + spare)
	}
}

// wait returns when ctx ends, or when serving does.
func (a *App) wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case err := <-a.server.ended:
		a.server.ended <- err // for stop
		return err
	case err := <-a.sqlEnded():
		return err
	}
}

// announce prints where to go.
func (a *App) announce() {
	say := func(t text.Text, pairs ...any) {
		fmt.Fprintln(a.cfg.Console, t.With(pairs...).In(a.cfg.Lang))
	}
	if a.cfg.DemoKey == "" {
		say(text.Text{EN: "Lodestar is at {url}", ZH: "Lodestar 已启动：{url}"}, "url", a.URL())
	}
	if a.sql != nil {
		say(text.Text{EN: "SQL clients connect to {addr}", ZH: "SQL 客户端连接地址：{addr}"}, "addr", a.SQLAddr())
	}
	if a.setupCode != "" {
		say(text.Text{EN: "set-up code (asked for once, when the first administrator is created): {code}",
			ZH: "初始设置码（创建首位管理员时需要，仅用一次）：{code}"}, "code", a.setupCode)
	}
	if !a.cfg.onLoopback() && a.cfg.TLSCert == "" {
		say(text.Text{EN: "others on the network can reach this server, and nothing is encrypted: use --tls-cert and --tls-key, or a proxy that does",
			ZH: "网络上的其他人可以访问本服务，且传输未加密：请使用 --tls-cert 和 --tls-key，或由代理加密"})
	}
}
