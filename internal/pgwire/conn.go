package pgwire

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"runtime/debug"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"

	"lodestar/internal/fault"
	"lodestar/internal/pgwire/pgsql"
	"lodestar/internal/text"
)

// stream is a connection that can be looked into without taking from it.
type stream struct {
	net.Conn
	br *bufio.Reader
}

// Read takes what was looked at first.
func (s *stream) Read(b []byte) (int, error) { return s.br.Read(b) }

func newStream(nc net.Conn) *stream { return &stream{nc, bufio.NewReaderSize(nc, 8192)} }

// conn is one client.
type conn struct {
	s        *Server
	nc       net.Conn // as accepted
	st       *stream  // what is read and written, encrypted or not
	be       *pgproto3.Backend
	ctx      context.Context
	end      context.CancelCauseFunc
	pid      uint32
	secret   []byte
	stranger bool
	secure   bool

	*session

	mu       sync.Mutex
	cancelFn context.CancelFunc // of the statement at hand
	busy     bool
	stopping bool
}

// serve goes through the life of a connection.
func (c *conn) serve() {
	defer c.nc.Close()
	defer func() {
		if p := recover(); p != nil {
			c.s.cfg.Log.Error("sql connection panicked", "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
		}
	}()
	c.nc.SetDeadline(time.Now().Add(startLimit))
	start, err := c.start()
	if err != nil || start == nil {
		return
	}
	if err := c.signIn(start); err != nil {
		c.fatal(err)
		return
	}
	defer c.signOut()
	if err := c.welcome(); err != nil {
		return
	}
	c.nc.SetDeadline(time.Time{})
	c.loop()
}

// start settles encryption and reads who wants in; nil for a connection that
// only came to cancel.
func (c *conn) start() (*pgproto3.StartupMessage, error) {
	c.st = newStream(c.nc)
	if first, err := c.st.br.Peek(1); err != nil {
		return nil, err
	} else if first[0] == 0x16 { // TLS at once, without asking
		if c.s.cfg.TLS == nil {
			return nil, errors.New("no TLS")
		}
		if err := c.encrypt(); err != nil {
			return nil, err
		}
	}
	for range 4 {
		c.be = pgproto3.NewBackend(c.st, c.st)
		c.be.SetMaxBodyLen(mostMessage)
		msg, err := c.be.ReceiveStartupMessage()
		if err != nil {
			return nil, err
		}
		switch m := msg.(type) {
		case *pgproto3.SSLRequest:
			if c.s.cfg.TLS == nil || c.secure {
				if _, err := c.st.Write([]byte("N")); err != nil {
					return nil, err
				}
				continue
			}
			if c.st.br.Buffered() > 0 {
				return nil, errors.New("data before the TLS handshake")
			}
			if _, err := c.st.Write([]byte("S")); err != nil {
				return nil, err
			}
			if err := c.encrypt(); err != nil {
				return nil, err
			}
		case *pgproto3.GSSEncRequest:
			if _, err := c.st.Write([]byte("N")); err != nil {
				return nil, err
			}
		case *pgproto3.CancelRequest:
			c.s.cancel(m.ProcessID, m.SecretKey)
			return nil, nil
		case *pgproto3.StartupMessage:
			return m, nil
		}
	}
	return nil, errors.New("too many requests before start")
}

func (c *conn) encrypt() error {
	cfg := c.s.cfg.TLS.Clone()
	cfg.NextProtos = []string{"postgresql"}
	t := tls.Server(c.st, cfg)
	if err := t.HandshakeContext(c.ctx); err != nil {
		return err
	}
	c.secure = true
	c.st = newStream(t)
	return nil
}

// PlainAllowed says whether a client at an address may send its password
// without encryption: only on this machine.
func PlainAllowed(remote string) error {
	host, _, err := net.SplitHostPort(remote)
	if ip := net.ParseIP(host); err == nil && ip != nil && ip.IsLoopback() {
		return nil
	}
	return pgsql.Fail("28000", -1, text.Text{
		ZH: "远程连接必须加密，密码不会以明文接收：请用 sslmode=require 连接",
		EN: "connections from other machines must be encrypted, passwords are not taken in the clear: connect with sslmode=require"})
}

func (c *conn) remote() string {
	if host, _, err := net.SplitHostPort(c.nc.RemoteAddr().String()); err == nil {
		return host
	}
	return c.nc.RemoteAddr().String()
}

// flush sends what has been written, within a time.
func (c *conn) flush() error {
	c.st.SetWriteDeadline(time.Now().Add(writeLimit))
	return c.be.Flush()
}

// fatal tells why the connection ends.
func (c *conn) fatal(err error) {
	e := asError(err, nil)
	lang := text.EN
	if c.session != nil {
		lang = c.lang
	}
	if fault.Of(err).Kind == fault.Internal && e.State == "XX000" {
		c.s.cfg.Log.Error("sql connection failed", "error", err.Error())
	}
	c.be.Send(response(e, "FATAL", "", lang))
	c.flush()
}

// ready tells the client that it may ask.
func (c *conn) ready() error {
	c.be.Send(&pgproto3.ReadyForQuery{TxStatus: c.tx})
	return c.flush()
}

// loop answers messages until the client goes.
func (c *conn) loop() {
	for {
		if !c.idle(true) {
			c.fatal(pgsql.Fail("57P01", -1, text.Text{ZH: "服务器正在停止", EN: "the server is stopping"}))
			return
		}
		msg, err := c.be.Receive()
		if !c.idle(false) || err != nil {
			if c.stops() {
				c.fatal(pgsql.Fail("57P01", -1, text.Text{ZH: "服务器正在停止", EN: "the server is stopping"}))
			} else if err != nil && !gone(err) {
				c.fatal(pgsql.Fail("08P01", -1, text.Text{ZH: "收到无法理解的消息", EN: "a message could not be understood"}))
			}
			return
		}
		if c.skipping {
			switch msg.(type) {
			case *pgproto3.Sync, *pgproto3.Terminate:
			default:
				continue
			}
		}
		switch m := msg.(type) {
		case *pgproto3.Terminate:
			return
		case *pgproto3.Query:
			err = c.simple(m.String)
		case *pgproto3.Parse:
			c.extended(c.parse(m), "")
		case *pgproto3.Bind:
			c.extended(c.bind(m), "")
		case *pgproto3.Describe:
			c.extended(c.describe(m), "")
		case *pgproto3.Execute:
			src := ""
			if p := c.portals[m.Portal]; p != nil {
				src = p.src
			}
			c.extended(c.execute(m), src)
		case *pgproto3.Close:
			c.closeObject(m)
		case *pgproto3.Flush:
			err = c.flush()
		case *pgproto3.Sync:
			c.skipping = false
			c.implicitEnd()
			err = c.ready()
		case *pgproto3.FunctionCall:
			c.fail(pgsql.Unsupported(-1, text.Text{ZH: "函数调用消息", EN: "the function call message"}), "")
			err = c.ready()
		case *pgproto3.CopyData, *pgproto3.CopyDone, *pgproto3.CopyFail:
			// what is left of a copy that was refused
		default:
			c.fatal(pgsql.Fail("08P01", -1, text.Text{ZH: "收到意外的消息", EN: "an unexpected message came"}))
			return
		}
		if err != nil || c.over {
			return
		}
	}
}

func gone(err error) bool {
	var ne net.Error
	return errors.Is(err, net.ErrClosed) || errors.Is(err, os.ErrDeadlineExceeded) || errors.As(err, &ne) || err.Error() == "EOF" || err.Error() == "unexpected EOF"
}

// extended answers an error of the extended protocol: what follows is skipped
// up to Sync.
func (c *conn) extended(err error, src string) {
	if err == nil {
		return
	}
	c.fail(err, src)
	c.skipping = true
}

// fail sends an error and, inside a transaction, spoils it.
func (c *conn) fail(err error, src string) {
	var placed placedError
	if errors.As(err, &placed) {
		src = placed.src
	}
	e := asError(err, nil)
	if e.State == "XX000" {
		c.s.cfg.Log.Error("sql statement failed", "user", c.actor.Name, "error", err.Error())
	}
	if e.State == "57014" && c.stops() {
		e = pgsql.Fail("57P01", -1, text.Text{ZH: "服务器正在停止", EN: "the server is stopping"})
	}
	c.be.Send(response(e, "ERROR", src, c.lang))
	if c.tx == 'T' {
		c.tx = 'E'
	}
}

// idle notes whether the connection waits for its client; false when it should
// end instead.
func (c *conn) idle(yes bool) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.busy = !yes
	return !c.stopping
}

func (c *conn) stops() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.stopping
}

// stopWhenIdle makes an idle connection end now, a busy one after its message.
func (c *conn) stopWhenIdle() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stopping = true
	if !c.busy {
		c.nc.SetReadDeadline(time.Unix(1, 0))
	}
}

// cancelStatement stops the statement at hand, if there is one.
func (c *conn) cancelStatement() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cancelFn != nil {
		c.cancelFn()
	}
}

// asking runs f under a context that ends when the statement is cancelled,
// takes too long, or its client goes away.
func (c *conn) asking(f func(ctx context.Context) error) error {
	limit := askLimit
	if c.timeout > 0 && c.timeout < limit {
		limit = c.timeout
	}
	ctx, cancel := context.WithTimeout(c.ctx, limit)
	c.mu.Lock()
	c.cancelFn = cancel
	c.mu.Unlock()
	watching := make(chan struct{})
	go func() {
		defer close(watching)
		if _, err := c.st.br.Peek(1); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			cancel()
		}
	}()
	err := f(ctx)
	c.mu.Lock()
	c.cancelFn = nil
	c.mu.Unlock()
	cancel()
	// The look into the connection ends, and its next read is as before.
	c.nc.SetReadDeadline(time.Unix(1, 0))
	<-watching
	c.nc.SetReadDeadline(time.Time{})
	if err != nil && c.stops() {
		c.nc.SetReadDeadline(time.Unix(1, 0))
	}
	return err
}
