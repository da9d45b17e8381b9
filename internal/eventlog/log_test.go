package eventlog_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"lodestar/internal/eventlog"
	"lodestar/internal/fault"
)

func plenty(string) (int64, error) { return 1 << 40, nil }

func open(t *testing.T, dir string, read int64, change func(*eventlog.Config)) *eventlog.Log {
	t.Helper()
	c := eventlog.Config{Dir: dir, Segment: 4 << 10, Free: plenty}
	if change != nil {
		change(&c)
	}
	l, err := eventlog.Open(c, read)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// contents reads all records from a position on.
func contents(t *testing.T, l *eventlog.Log, from int64) (out []string, next int64) {
	t.Helper()
	for {
		n, err := l.Read(from, 1<<10, func(_ int64, c []byte) error {
			out = append(out, string(c))
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if n == from {
			return out, n
		}
		from = n
	}
}

func record(i int) []byte { return fmt.Appendf(nil, "%05d %s", i, bytes.Repeat([]byte("x"), i%300)) }

// TestWritersShareFlushes: what many append at once is read back whole, each
// once, and there are fewer flushes than records.
func TestWritersShareFlushes(t *testing.T) {
	t.Parallel()
	var flushes atomic.Int64
	l := open(t, t.TempDir(), 0, func(c *eventlog.Config) {
		c.Create = func(path string) (eventlog.File, error) {
			f, err := os.Create(path)
			return &file{File: f, sync: func() error { flushes.Add(1); return f.Sync() }}, err
		}
	})
	const n = 400
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			if err := l.Append(t.Context(), record(i)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	got, _ := contents(t, l, 0)
	seen := map[string]int{}
	for _, c := range got {
		seen[c]++
	}
	for i := range n {
		if seen[string(record(i))] != 1 {
			t.Fatalf("record %d is there %d times", i, seen[string(record(i))])
		}
	}
	if f := flushes.Load(); f >= n {
		t.Errorf("%d flushes for %d records", f, n)
	}
}

// TestTornEnd: whatever a crash leaves of the last file, the records before
// stay, and what is appended next is read after them.
func TestTornEnd(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	for round := range 60 {
		dir := t.TempDir()
		l := open(t, dir, 0, func(c *eventlog.Config) { c.Segment = 1 << 20 })
		var want []string
		for i := range 20 {
			if err := l.Append(t.Context(), record(r.IntN(300))); err != nil {
				t.Fatal(err, i)
			}
		}
		want, _ = contents(t, l, 0)
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		files, err := filepath.Glob(filepath.Join(dir, "*.log"))
		if err != nil || len(files) != 1 {
			t.Fatal(files, err)
		}
		data, err := os.ReadFile(files[0])
		if err != nil {
			t.Fatal(err)
		}
		cut := r.IntN(len(data))
		switch round % 3 {
		case 0: // the end is missing
			data = data[:cut]
		case 1: // the end was never written
			clear(data[cut:])
		default: // the end is garbage
			for i := cut; i < len(data); i++ {
				data[i] = byte(r.Uint32())
			}
		}
		if err := os.WriteFile(files[0], data, 0o600); err != nil {
			t.Fatal(err)
		}
		l = open(t, dir, 0, nil)
		if err := l.Append(t.Context(), []byte("after")); err != nil {
			t.Fatal(err)
		}
		got, _ := contents(t, l, 0)
		if n := len(got) - 1; n < 0 || got[n] != "after" || n > len(want) || fmt.Sprint(got[:n]) != fmt.Sprint(want[:n]) {
			t.Fatalf("round %d, cut at %d of %d: got %d records", round, cut, len(data), len(got))
		}
		if whole := wholeBefore(want, cut); len(got)-1 < whole {
			t.Fatalf("round %d: %d records before the damage, %d left", round, whole, len(got)-1)
		}
	}
}

func wholeBefore(records []string, cut int) (n int) {
	at := 0
	for _, r := range records {
		if at += 8 + len(r); at > cut {
			return n
		}
		n++
	}
	return n
}

// TestReleased: files that nobody needs go; a log that was emptied goes on from
// where its reader is.
func TestReleased(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	l := open(t, dir, 0, nil)
	for i := range 200 {
		if err := l.Append(t.Context(), record(i)); err != nil {
			t.Fatal(err)
		}
	}
	_, next := contents(t, l, 0)
	if next != l.End() || l.Behind() != l.End() {
		t.Fatalf("read to %d of %d, %d behind", next, l.End(), l.Behind())
	}
	if err := l.Release(next); err != nil {
		t.Fatal(err)
	}
	if files, _ := filepath.Glob(filepath.Join(dir, "*.log")); len(files) != 1 || l.Behind() != 0 {
		t.Errorf("%d files are left, %d bytes behind", len(files), l.Behind())
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	l = open(t, dir, next, nil)
	if err := l.Append(t.Context(), []byte("new")); err != nil {
		t.Fatal(err)
	}
	if got, _ := contents(t, l, next); len(got) != 1 || got[0] != "new" {
		t.Errorf("after the log was lost, %q is read", got)
	}
}

// file lets a test fail what a disk may fail.
type file struct {
	*os.File
	write func([]byte) error
	sync  func() error
}

func (f *file) Write(b []byte) (int, error) {
	if f.write != nil {
		if err := f.write(b); err != nil {
			n, _ := f.File.Write(b[:len(b)/2]) // part of it gets there
			return n, err
		}
	}
	return f.File.Write(b)
}

func (f *file) Sync() error {
	if f.sync != nil {
		return f.sync()
	}
	return f.File.Sync()
}

// TestDiskFails: what could not be written or flushed is not acknowledged, and
// what is written afterwards is read right behind what was acknowledged before.
func TestDiskFails(t *testing.T) {
	t.Parallel()
	for _, which := range []string{"write", "sync", "create"} {
		dir := t.TempDir()
		var full atomic.Bool
		fail := func() error {
			if full.Load() {
				return syscall.ENOSPC
			}
			return nil
		}
		l := open(t, dir, 0, func(c *eventlog.Config) {
			c.Create = func(path string) (eventlog.File, error) {
				if which == "create" && full.Load() {
					return nil, syscall.ENOSPC
				}
				f, err := os.Create(path)
				out := &file{File: f}
				switch which {
				case "write":
					out.write = func([]byte) error { return fail() }
				default:
					out.sync = func() error { return errors.Join(fail(), f.Sync()) }
				}
				return out, err
			}
		})
		var want []string
		for i := range 60 {
			full.Store(i%7 == 3 || i%7 == 4)
			err := l.Append(t.Context(), record(i))
			switch {
			case err == nil && full.Load():
				t.Fatalf("%s: record %d was acknowledged by a full disk", which, i)
			case err == nil:
				want = append(want, string(record(i)))
			case !fault.Is(err, fault.Unavailable):
				t.Fatalf("%s: %v", which, err)
			}
		}
		full.Store(false)
		got, _ := contents(t, l, 0)
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: %d records are read, %d were acknowledged", which, len(got), len(want))
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		l = open(t, dir, 0, nil)
		if again, _ := contents(t, l, 0); fmt.Sprint(again) != fmt.Sprint(want) {
			t.Errorf("%s: %d records after a start, %d were acknowledged", which, len(again), len(want))
		}
	}
}

// TestBounds: a log that is too far ahead of its reader, or a disk without
// room, refuses, and takes again when that has changed.
func TestBounds(t *testing.T) {
	t.Parallel()
	var free atomic.Int64
	free.Store(1 << 40)
	l := open(t, t.TempDir(), 0, func(c *eventlog.Config) {
		c.Most, c.MinFree = 1000, 1<<20
		c.Free = func(string) (int64, error) { return free.Load(), nil }
	})
	content := bytes.Repeat([]byte("x"), 400)
	var err error
	for range 3 {
		err = l.Append(t.Context(), content)
	}
	if !fault.Is(err, fault.RateLimited) {
		t.Errorf("beyond the bound the answer is %v", err)
	}
	if err := l.Release(l.End()); err != nil {
		t.Fatal(err)
	}
	free.Store(1<<20 + 10)
	if err := errors.Join(l.Look()); err != nil {
		t.Fatal(err)
	}
	if err := l.Append(t.Context(), content); !fault.Is(err, fault.Unavailable) {
		t.Errorf("a full disk answers %v", err)
	}
	free.Store(1 << 40)
	if err := errors.Join(l.Look(), l.Append(t.Context(), content)); err != nil {
		t.Error(err)
	}
}

// TestDamage: damage in the middle is told with where to go on.
func TestDamage(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	l := open(t, dir, 0, nil)
	for i := range 100 {
		if err := l.Append(t.Context(), record(i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	first := filepath.Join(dir, fmt.Sprintf("%020d.log", 0))
	data, err := os.ReadFile(first)
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)/2] ^= 1
	if err := os.WriteFile(first, data, 0o600); err != nil {
		t.Fatal(err)
	}
	l = open(t, dir, 0, nil)
	var broken *eventlog.Broken
	for from, n := int64(0), 0; ; {
		next, err := l.Read(from, 1<<10, func(int64, []byte) error { n++; return nil })
		if errors.As(err, &broken) {
			if next = broken.Next; l.SetAside(broken) != nil {
				t.Fatal("cannot be set aside")
			}
			if _, err := os.Stat(filepath.Join(dir, "broken", filepath.Base(first))); err != nil {
				t.Error(err)
			}
		} else if err != nil {
			t.Fatal(err)
		}
		if next == from {
			if broken == nil || n >= 100 || n < 50 {
				t.Errorf("%d of 100 records are read around the damage %v", n, broken)
			}
			return
		}
		from = next
	}
}

func TestWaits(t *testing.T) {
	t.Parallel()
	l := open(t, t.TempDir(), 0, nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := l.Wait(ctx, 0); !errors.Is(err, context.Canceled) {
		t.Errorf("nothing to read: %v", err)
	}
	done := make(chan error, 1)
	go func() { done <- l.Wait(t.Context(), 0) }()
	if err := errors.Join(l.Append(t.Context(), []byte("a")), <-done); err != nil {
		t.Error(err)
	}
}
