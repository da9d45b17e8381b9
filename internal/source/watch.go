package source

import (
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"lodestar/internal/fault"
	"lodestar/internal/text"
)

// Dial opens a connection.
type Dial = func(ctx context.Context, network, address string) (net.Conn, error)

// Limits of a Watch.
const (
	// Patience is for how long a source may say nothing, when nobody says.
	Patience = 10 * time.Minute
	// greeting is for how long it may say nothing while it is opened.
	greeting = 30 * time.Second
	// grace is how long a connector has to end by itself when it is to end.
	grace = time.Second
)

// Watch sees to it that nothing waits for ever for a source: one that sends not
// a byte for so long that it must be taken for dead, and a connector that does
// not end when it is to, have their connections closed. A source that is slow,
// and goes on, has all the time in the world.
type Watch struct {
	name  string
	most  time.Duration
	since time.Time    // the clock begins here
	heard atomic.Int64 // when a byte came last

	mu   sync.Mutex
	open map[*line]struct{}
}

// NewWatch watches a source, called so for people; most is 0 for Patience.
func NewWatch(name string, most time.Duration) *Watch {
	if most <= 0 {
		most = Patience
	}
	return &Watch{name: name, most: most, since: time.Now(), open: map[*line]struct{}{}}
}

// Dial opens connections that are watched.
func (w *Watch) Dial(dial Dial) Dial {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		l := &line{Conn: conn, w: w}
		w.hear()
		w.mu.Lock()
		defer w.mu.Unlock()
		w.open[l] = struct{}{}
		return l, nil
	}
}

// Open opens a source whose connections are dialled by Dial, and watches it.
func (w *Watch) Open(ctx context.Context, open func(ctx context.Context) (Source, error)) (Source, error) {
	out, err := during(ctx, w, min(w.most, greeting), open)
	if err != nil {
		w.hangUp()
		return nil, err
	}
	in := watched{out, w}
	switch inner := out.(type) {
	case Sampler:
		return watchedFiles{in, inner}, nil
	case Peeker:
		return watchedRecords{in, inner}, nil
	}
	return in, nil
}

// hangUp closes all connections.
func (w *Watch) hangUp() {
	w.mu.Lock()
	var all []*line
	for l := range w.open {
		all = append(all, l)
	}
	w.mu.Unlock()
	for _, l := range all {
		_ = l.Close() // whoever waits on it is told
	}
}

var errSilent = errors.New("nothing came for too long")

// during does one thing under the watch.
func during[T any](ctx context.Context, w *Watch, most time.Duration, do func(ctx context.Context) (T, error)) (T, error) {
	inner, cancel := context.WithCancelCause(ctx)
	done := make(chan struct{})
	var watching sync.WaitGroup
	w.hear()
	watching.Go(func() { w.watch(inner, most, cancel, done) })
	out, err := do(inner)
	close(done)
	watching.Wait()
	if err != nil && errors.Is(context.Cause(inner), errSilent) {
		err = silent(w.name, most, err)
	}
	cancel(nil)
	return out, err
}

// watch ends what is done when it has to end, and then its connections when it
// does not.
func (w *Watch) watch(ctx context.Context, most time.Duration, cancel context.CancelCauseFunc, done <-chan struct{}) {
	timer := time.NewTimer(most)
	defer timer.Stop()
	for ended := false; !ended; {
		select {
		case <-done:
			return
		case <-ctx.Done():
			ended = true
		case <-timer.C:
			if rest := w.rest(most); rest > 0 {
				timer.Reset(rest)
				continue
			}
			cancel(errSilent)
			ended = true
		}
	}
	timer.Reset(grace)
	select {
	case <-done:
	case <-timer.C:
		w.hangUp()
	}
}

func (w *Watch) hear() { w.heard.Store(int64(time.Since(w.since))) }

// rest is for how long nothing may come now. Without a connection nobody is
// waited for.
func (w *Watch) rest(most time.Duration) time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.open) == 0 {
		return most
	}
	return most - time.Since(w.since) + time.Duration(w.heard.Load())
}

// line is a connection that is listened to.
type line struct {
	net.Conn
	w *Watch
}

// Read reads.
func (l *line) Read(p []byte) (int, error) {
	n, err := l.Conn.Read(p)
	if n > 0 {
		l.w.hear()
	}
	return n, err
}

// Close closes.
func (l *line) Close() error {
	l.w.mu.Lock()
	delete(l.w.open, l)
	l.w.mu.Unlock()
	return l.Conn.Close()
}

// SyscallConn lets drivers look whether a connection that was idle still is one.
func (l *line) SyscallConn() (syscall.RawConn, error) {
	if c, ok := l.Conn.(syscall.Conn); ok {
		return c.SyscallConn()
	}
	return nil, errors.ErrUnsupported
}

// silent is the fault for a source that has gone quiet.
func silent(name string, most time.Duration, cause error) error {
	return fault.New(fault.Unavailable, "source_silent", text.Text{
		EN: "{name} sent nothing for {time} and was given up; what was stored stays. See whether it hangs, waits for a lock or works at a query without an index, and whether a firewall dropped the connection; if it needs longer, start this program with LODESTAR_SOURCE_PATIENCE=1h",
		ZH: "{name} 在 {time} 内没有发来任何数据，已放弃等待，此前已存入的数据保留。请检查它是否卡住、在等锁或在执行没有索引的查询，以及防火墙是否断开了连接；若确需更久，请以 LODESTAR_SOURCE_PATIENCE=1h 启动本程序"},
		"name", name, "time", most.String()).Wrap(cause)
}

// watched is a source under a watch.
type watched struct {
	Source
	w *Watch
}

// Discover lists; see Source.
func (s watched) Discover(ctx context.Context) ([]Stream, error) {
	return during(ctx, s.w, s.w.most, s.Source.Discover)
}

// Describe describes; see Source.
func (s watched) Describe(ctx context.Context, stream string) (Stream, error) {
	return during(ctx, s.w, s.w.most, func(ctx context.Context) (Stream, error) { return s.Source.Describe(ctx, stream) })
}

// Read reads; see Source.
func (s watched) Read(ctx context.Context, r Request, out Spool) (Result, error) {
	return during(ctx, s.w, s.w.most, func(ctx context.Context) (Result, error) { return s.Source.Read(ctx, r, out) })
}

// Acknowledge acknowledges; see Source.
func (s watched) Acknowledge(ctx context.Context, r Request, m Mark) error {
	return s.do(ctx, func(ctx context.Context) error { return s.Source.Acknowledge(ctx, r, m) })
}

// Forget forgets; see Source.
func (s watched) Forget(ctx context.Context, r Request) error {
	return s.do(ctx, func(ctx context.Context) error { return s.Source.Forget(ctx, r) })
}

func (s watched) do(ctx context.Context, do func(ctx context.Context) error) error {
	_, err := during(ctx, s.w, s.w.most, func(ctx context.Context) (struct{}, error) { return struct{}{}, do(ctx) })
	return err
}

// watchedFiles and watchedRecords can be looked into, as what they watch can.
type (
	watchedFiles struct {
		watched
		inner Sampler
	}
	watchedRecords struct {
		watched
		inner Peeker
	}
)

// Sample copies a file; see Sampler.
func (s watchedFiles) Sample(ctx context.Context, stream string, out Spool) error {
	return s.do(ctx, func(ctx context.Context) error { return s.inner.Sample(ctx, stream, out) })
}

// Peek looks; see Peeker.
func (s watchedRecords) Peek(ctx context.Context, stream string) (Glimpse, error) {
	return during(ctx, s.w, s.w.most, func(ctx context.Context) (Glimpse, error) { return s.inner.Peek(ctx, stream) })
}

// Close says good-bye, and does not wait long for an answer.
func (s watched) Close() error {
	late := time.AfterFunc(grace, s.w.hangUp)
	defer s.w.hangUp() // what was left
	defer late.Stop()
	return s.Source.Close()
}
