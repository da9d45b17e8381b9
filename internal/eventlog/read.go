package eventlog

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// Broken says that the log cannot be read at a position, though it was written
// whole there once.
type Broken struct {
	At   int64
	Next int64 // from where on it may be read again
	Path string
}

// Error names the file.
func (b *Broken) Error() string { return fmt.Sprintf("%s is broken at position %d", b.Path, b.At) }

// End is the position behind the last record that is on disk for good.
func (l *Log) End() int64 { return l.last().end }

// Behind is how many bytes wait for the reader.
func (l *Log) Behind() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.segments[len(l.segments)-1].end - max(l.unread, l.segments[0].start)
}

// Wait returns when there is something to read from a position on, or ctx ends.
func (l *Log) Wait(ctx context.Context, from int64) error {
	for {
		l.mu.Lock()
		end, grown := l.segments[len(l.segments)-1].end, l.grown
		l.mu.Unlock()
		if end > from {
			return nil
		}
		select {
		case <-grown:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Read gives records from a position on, about as many bytes as wanted, and the
// position from which to go on. A position before the log is its beginning. The
// content is only valid during the call. The error is *Broken for a damaged
// file, or what each returned.
func (l *Log) Read(from, bytes int64, each func(pos int64, content []byte) error) (next int64, err error) {
	s, ok := l.holding(from)
	if !ok {
		return from, nil
	}
	from = max(from, s.start)
	f, err := l.open(s.start)
	if err != nil {
		return from, err
	}
	size := min(s.end-from, max(bytes, MostRecord+headBytes))
	if int64(cap(l.readInto)) < size {
		l.readInto = make([]byte, size)
	}
	buf := l.readInto[:size]
	if n, err := f.ReadAt(buf, from-s.start); err != nil && !(errors.Is(err, io.EOF) && int64(n) == size) {
		if errors.Is(err, io.EOF) {
			return from, &Broken{from, s.end, segmentPath(l.cfg.Dir, s.start)}
		}
		return from, err
	}
	for next = from; len(buf) > 0; {
		content, err := readRecord(buf, next)
		if err != nil {
			if next > from { // the rest of it comes with the next call
				return next, nil
			}
			return next, &Broken{next, s.end, segmentPath(l.cfg.Dir, s.start)}
		}
		if err := each(next, content); err != nil {
			return next, err
		}
		buf, next = buf[headBytes+len(content):], next+int64(headBytes+len(content))
	}
	return next, nil
}

// holding finds the segment that has something at or behind a position.
func (l *Log) holding(from int64) (segment, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.segments {
		if s.end > from && s.end > s.start {
			return s, true
		}
	}
	return segment{}, false
}

func (l *Log) open(start int64) (*os.File, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.reading != nil && l.readFrom == start {
		return l.reading, nil
	}
	f, err := os.Open(segmentPath(l.cfg.Dir, start))
	if err != nil {
		return nil, err
	}
	if l.reading != nil {
		if err := l.reading.Close(); err != nil {
			l.cfg.Log.Warn("close a segment of the log of events", "error", err)
		}
	}
	l.reading, l.readFrom = f, start
	return f, nil
}

// Release says that nothing before a position is needed any more. Files that
// end there are deleted.
func (l *Log) Release(pos int64) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.unread = max(l.unread, pos)
	var err error
	for len(l.segments) > 1 && l.segments[0].end <= pos {
		if l.reading != nil && l.readFrom == l.segments[0].start {
			err = errors.Join(err, l.reading.Close())
			l.reading = nil
		}
		if gone := os.Remove(segmentPath(l.cfg.Dir, l.segments[0].start)); gone != nil && !errors.Is(gone, os.ErrNotExist) {
			return errors.Join(err, gone)
		}
		l.segments = l.segments[1:]
	}
	return err
}

// SetAside keeps a copy of a damaged file in the folder broken, for those who
// want to know what was in it.
func (l *Log) SetAside(b *Broken) error {
	dir := filepath.Join(l.cfg.Dir, "broken")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	err := os.Link(b.Path, filepath.Join(dir, filepath.Base(b.Path)))
	if errors.Is(err, os.ErrExist) {
		return nil
	}
	return err
}

// Gather returns when there are as many bytes as wanted from a position on, or
// when there has been something for so long; or ctx ends.
func (l *Log) Gather(ctx context.Context, from, bytes int64, within time.Duration) error {
	if err := l.Wait(ctx, from); err != nil {
		return err
	}
	timer := time.NewTimer(within)
	defer timer.Stop()
	for {
		l.mu.Lock()
		end, grown := l.segments[len(l.segments)-1].end, l.grown
		l.mu.Unlock()
		if end-from >= bytes {
			return nil
		}
		select {
		case <-grown:
		case <-timer.C:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
