package eventlog

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"

	"lodestar/internal/fault"
	"lodestar/internal/text"
)

// File is what a segment is written to.
type File interface {
	io.WriteCloser
	Sync() error
	Truncate(size int64) error
}

// Config says where a log is and how large it may grow.
type Config struct {
	Dir     string // made when missing
	Segment int64  // bytes after which a new file is begun; default 64 MB
	Most    int64  // bytes that may wait for the reader; default 4 GB
	MinFree int64  // bytes of the disk that are left alone; default 256 MB
	// Free tells how many bytes of the disk are free; default asks the system.
	Free func(dir string) (int64, error)
	// Create makes a file that is written to from its beginning.
	Create func(path string) (File, error)
	Log    *slog.Logger
}

// Log is an open log. Any number may append; one reads.
type Log struct {
	cfg     Config
	waiting chan *waiting
	stopped chan struct{} // closed when the writer has ended
	closing chan struct{}
	once    sync.Once

	// Only the writer has these.
	file   File
	buffer []byte

	mu       sync.Mutex
	segments []segment // the last one is written to
	free     int64     // of the disk, when it was looked at last
	unread   int64     // position from which the reader still needs it
	grown    chan struct{}
	reading  *os.File
	readInto []byte
	readFrom int64
}

type waiting struct {
	content []byte
	done    chan error
}

// mostGroup bounds what is written with one flush, in bytes.
const mostGroup = 8 << 20

// Open opens or makes a log. What a crash left unfinished is cut off. read is
// the position up to which the reader has what it needs; a log that ends before
// it goes on from there.
func Open(cfg Config, read int64) (*Log, error) {
	cfg = cfg.withDefaults()
	if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("log of events: %w", err)
	}
	l := &Log{cfg: cfg, waiting: make(chan *waiting, 256), stopped: make(chan struct{}), closing: make(chan struct{}), grown: make(chan struct{}), unread: read}
	if err := l.recover(read); err != nil {
		return nil, fmt.Errorf("log of events: %w", err)
	}
	go l.write()
	return l, nil
}

func (c Config) withDefaults() Config {
	if c.Segment == 0 {
		c.Segment = 64 << 20
	}
	if c.Most == 0 {
		c.Most = 4 << 30
	}
	if c.MinFree == 0 {
		c.MinFree = 256 << 20
	}
	if c.Free == nil {
		c.Free = freeBytes
	}
	if c.Create == nil {
		c.Create = func(path string) (File, error) {
			return os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
		}
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c
}

// recover finds what is there. Writing always begins with a new file, so that a
// file is never written to twice.
func (l *Log) recover(read int64) error {
	all, err := segments(l.cfg.Dir)
	if err != nil {
		return err
	}
	for i, s := range all {
		if i == len(all)-1 {
			end, err := whole(l.cfg.Dir, s)
			if err != nil {
				return err
			}
			if end < s.end {
				l.cfg.Log.Warn("cut off an unfinished end of the log of events", "segment", s.start, "bytes", s.end-end)
				if err := os.Truncate(segmentPath(l.cfg.Dir, s.start), end-s.start); err != nil {
					return err
				}
			}
			s.end = end
		} else {
			s.end = min(s.end, all[i+1].start) // behind it is what was given up
		}
		l.segments = append(l.segments, s)
	}
	next := read
	if n := len(l.segments); n > 0 {
		next = max(next, l.segments[n-1].end)
		if last := l.segments[n-1]; last.start == last.end { // its name is needed again
			l.segments = l.segments[:n-1]
		}
	}
	l.free, err = l.cfg.Free(l.cfg.Dir)
	if err != nil {
		return err
	}
	return l.begin(next)
}

// begin starts a new segment.
func (l *Log) begin(at int64) error {
	f, err := l.cfg.Create(segmentPath(l.cfg.Dir, at))
	if err != nil {
		return err
	}
	if err := syncDir(l.cfg.Dir); err != nil {
		return errors.Join(err, f.Close())
	}
	l.leave()
	l.file = f
	l.mu.Lock()
	defer l.mu.Unlock()
	if n := len(l.segments); n == 0 || l.segments[n-1] != (segment{at, at}) {
		l.segments = append(l.segments, segment{at, at})
	}
	return nil
}

// leave closes the file that was written to.
func (l *Log) leave() {
	if l.file == nil {
		return
	}
	if err := l.file.Close(); err != nil {
		l.cfg.Log.Warn("close a segment of the log of events", "error", err)
	}
	l.file = nil
}

// Append writes a record and returns when it is on disk for good. Faults:
// RateLimited when too much waits for the reader, Unavailable when the disk is
// full or broken; the record is then not acknowledged.
func (l *Log) Append(ctx context.Context, content []byte) error {
	if len(content) > MostRecord {
		return fmt.Errorf("log of events: a record of %d bytes", len(content))
	}
	if err := l.room(int64(len(content) + headBytes)); err != nil {
		return err
	}
	w := &waiting{content, make(chan error, 1)}
	select {
	case l.waiting <- w:
	case <-ctx.Done():
		return ctx.Err()
	case <-l.closing:
		return errClosing()
	}
	select {
	case err := <-w.done:
		return err
	case <-l.stopped: // it may have been the last to be written
		select {
		case err := <-w.done:
			return err
		default:
			return errClosing()
		}
	}
}

// room refuses what would not fit.
func (l *Log) room(bytes int64) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	end := l.segments[len(l.segments)-1].end
	if end-max(l.unread, l.segments[0].start)+bytes > l.cfg.Most {
		return fault.New(fault.RateLimited, "events_behind", text.Text{
			EN: "more events wait to be stored than are allowed to; send them again in {retryAfter} seconds",
			ZH: "待入库的事件过多，请 {retryAfter} 秒后重发"}, "retryAfter", 5)
	}
	if l.free-bytes < l.cfg.MinFree {
		return errFull(nil)
	}
	return nil
}

func errFull(cause error) error {
	return fault.New(fault.Unavailable, "events_disk_full", text.Text{
		EN: "there is no room on the server's disk; free some, and the events are taken when they are sent again",
		ZH: "服务器磁盘空间不足；腾出空间后重发即可"}, "retryAfter", 10).Wrap(cause)
}

func errClosing() error {
	return fault.New(fault.Unavailable, "stopping", text.Text{
		EN: "the server is stopping; send the events again shortly", ZH: "服务正在停止，请稍后重发"}, "retryAfter", 2)
}

// write is the writer: it takes what waits, flushes it together, and tells all.
func (l *Log) write() {
	defer close(l.stopped)
	for {
		select {
		case w := <-l.waiting:
			l.flush(l.group(w))
		case <-l.closing:
			for {
				select {
				case w := <-l.waiting:
					l.flush(l.group(w))
				default:
					l.leave()
					return
				}
			}
		}
	}
}

func (l *Log) group(first *waiting) []*waiting {
	out, bytes := []*waiting{first}, len(first.content)
	for bytes < mostGroup {
		select {
		case w := <-l.waiting:
			out, bytes = append(out, w), bytes+len(w.content)
		default:
			return out
		}
	}
	return out
}

func (l *Log) flush(group []*waiting) {
	last := l.last()
	err := l.put(group, last)
	if err != nil {
		l.cfg.Log.Error("events could not be written; they are not acknowledged", "error", err)
		err = errors.Join(errFull(err), l.mend())
	}
	for _, w := range group {
		w.done <- err
	}
}

func (l *Log) last() segment {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.segments[len(l.segments)-1]
}

// put writes a group behind the last record and flushes the disk.
func (l *Log) put(group []*waiting, last segment) error {
	if l.file == nil || last.end-last.start >= l.cfg.Segment {
		if err := l.begin(last.end); err != nil {
			return err
		}
		last = l.last()
	}
	b, pos := l.buffer[:0], last.end
	for _, w := range group {
		b = appendRecord(b, pos, w.content)
		pos = last.end + int64(len(b))
	}
	if l.buffer = b; cap(b) > 2*mostGroup {
		l.buffer = nil
	}
	if _, err := l.file.Write(b); err != nil {
		return err
	}
	if err := l.file.Sync(); err != nil {
		return err
	}
	free, err := l.cfg.Free(l.cfg.Dir)
	l.mu.Lock()
	defer l.mu.Unlock()
	if err == nil { // a disk that does not tell is found full when it is
		l.free = free
	}
	l.segments[len(l.segments)-1].end = pos
	close(l.grown)
	l.grown = make(chan struct{})
	return nil
}

// mend gives up what was begun behind the last durable record. The file that
// failed is not written to again: what a disk says after a failed flush is
// worth nothing.
func (l *Log) mend() error {
	now := l.last()
	if l.file != nil {
		if err := l.file.Truncate(now.end - now.start); err != nil {
			l.cfg.Log.Warn("the unfinished end of a segment stays on disk; it is not read", "segment", now.start, "error", err)
		}
		l.leave()
	}
	if err := l.begin(now.end); err != nil {
		return err // the next record tries again
	}
	free, err := l.cfg.Free(l.cfg.Dir)
	if err != nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.free = free
	return nil
}

// Look asks anew how much of the disk is free, so that a log that refused for
// want of room notices when there is some again.
func (l *Log) Look() error {
	free, err := l.cfg.Free(l.cfg.Dir)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.free = free
	return nil
}

// Close waits until what was taken is written.
func (l *Log) Close() error {
	l.once.Do(func() { close(l.closing) })
	<-l.stopped
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.reading == nil {
		return nil
	}
	err := l.reading.Close()
	l.reading = nil
	return err
}
