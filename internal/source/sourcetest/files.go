package sourcetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"lodestar/internal/fault"
	"lodestar/internal/source"
)

// Folder is a place with files, as its owner sees it.
type Folder struct {
	// Open opens a part of the place that nobody else uses.
	Open func(ctx context.Context, part string) (source.Source, error)
	// Through opens it with all connections dialled so; nil where there are none.
	Through func(ctx context.Context, part string, dial source.Dial) (source.Source, error)
	// Put writes a file that was last changed some time ago, or whose time is the
	// moment, where the place sets it itself.
	Put    func(t testing.TB, part, name, content string, ago time.Duration)
	Remove func(t testing.TB, part, name string)
	Break  func(t testing.TB) // ends all connections, where there are any
	Waits  bool               // files that were changed a moment ago are not taken
}

// TestFiles tries a connector against a place with files.
func TestFiles(t *testing.T, f Folder) {
	if f.Break != nil {
		t.Run("broken", func(t *testing.T) { brokenFiles(t, f) })
	}
	if f.Through != nil {
		t.Run("line", func(t *testing.T) { t.Parallel(); lineOfFiles(t, f) })
	}
	for name, test := range map[string]func(*testing.T, Folder){
		"patterns": patterns, "samples": samples, "news": news, "all": allFiles, "cancel": cancelFiles, "waiting": waits,
	} {
		t.Run(name, func(t *testing.T) { t.Parallel(); test(t, f) })
	}
}

func (f Folder) open(t testing.TB, part string) source.Source {
	t.Helper()
	s, err := f.Open(t.Context(), part)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func ask(pattern, mode string) source.Request {
	return source.Request{Stream: pattern, Reader: "ld_files", Mode: mode, Key: []string{"id"}, Columns: []source.Column{id}}
}

// took lists what was copied, as name=content.
func took(t testing.TB, s *Spool) (out []string) {
	t.Helper()
	for _, f := range s.Files {
		if !f.Content.Closed {
			t.Errorf("%s was not closed", f.Name)
		}
		out = append(out, f.Name+"="+f.Content.String())
	}
	return out
}

func readFiles(t testing.TB, s source.Source, q source.Request) (source.Result, []string) {
	t.Helper()
	var spool Spool
	result, err := s.Read(t.Context(), q, &spool)
	if err != nil {
		t.Fatal(err)
	}
	return result, took(t, &spool)
}

func patterns(t *testing.T, f Folder) {
	names := []string{"a.csv", "b.json", "orders/1.csv", "orders/2.csv", "orders/old/3.csv", "orders/old/deep/4.csv", "other/5.csv", "orders/6.csv.gz", "orders/x.tmp", "orders/.hidden.csv", "中文/数据 1.csv"}
	for _, name := range names {
		f.Put(t, "patterns", name, "x", time.Hour)
	}
	s := f.open(t, "patterns")
	for pattern, want := range map[string]string{
		"*.csv": "a.csv", "orders/*.csv": "orders/1.csv orders/2.csv", "orders/**/*.csv": "orders/1.csv orders/2.csv orders/old/3.csv orders/old/deep/4.csv",
		"**/3.csv": "orders/old/3.csv", "orders/[12].csv": "orders/1.csv orders/2.csv", "*/5.csv": "other/5.csv", "orders/*": "orders/1.csv orders/2.csv orders/6.csv.gz",
		"中文/*.csv": "中文/数据 1.csv", "orders/1.csv": "orders/1.csv",
	} {
		_, got := readFiles(t, s, ask(pattern, source.Full))
		slices.Sort(got)
		if joined := strings.ReplaceAll(strings.Join(got, " "), "=x", ""); joined != want {
			t.Errorf("%s gives %q, want %q", pattern, joined, want)
		}
		if d, err := s.Describe(t.Context(), pattern); err != nil || !slices.Contains(d.Modes, source.Changes) {
			t.Errorf("%s: %v, %v", pattern, d, err)
		}
	}
	streams, err := s.Discover(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, s := range streams {
		found = append(found, s.Name)
	}
	want := "*.csv *.json a.csv b.json orders/*.csv orders/*.csv.gz orders/1.csv orders/2.csv orders/6.csv.gz orders/old/*.csv orders/old/3.csv orders/old/deep/*.csv orders/old/deep/4.csv other/*.csv other/5.csv 中文/*.csv 中文/数据 1.csv"
	if strings.Join(found, " ") != want {
		t.Errorf("found %q, want %q", found, want)
	}
	for _, d := range streams {
		if want := map[string]int{"orders/*.csv": 2}[d.Name]; d.Files != max(1, want) || d.Bytes != int64(d.Files) {
			t.Errorf("%s has %d files of %d bytes", d.Name, d.Files, d.Bytes)
		}
	}
	_, err = s.Describe(t.Context(), "nothing/*.csv")
	Fault(t, err, fault.NotFound)
	for _, bad := range []string{"[", "../*.csv", "orders/../../etc/*"} {
		_, err = s.Read(t.Context(), ask(bad, source.Full), &Spool{})
		if err == nil || fault.Of(err).Kind == fault.Internal {
			t.Errorf("%s gives %v", bad, err)
		}
	}
}

// samples looks into the newest file of a pattern.
func samples(t *testing.T, f Folder) {
	const part = "samples"
	// Where the place sets the time itself, the one that is put last is the newest.
	f.Put(t, part, "in/old.csv", "old", 3*time.Hour)
	f.Put(t, part, "in/some[new].csv", "new", time.Hour)
	long := strings.Repeat("a line\n", 3<<20)
	f.Put(t, part, "long/1.csv", long, time.Hour)
	f.Put(t, part, "long/1.json", long, time.Hour)
	s := f.open(t, part)
	look := func(pattern string) string {
		t.Helper()
		var spool Spool
		if err := s.(source.Sampler).Sample(t.Context(), pattern, &spool); err != nil {
			t.Fatal(err)
		}
		return strings.Join(took(t, &spool), " ")
	}
	for pattern, want := range map[string]string{"in/*.csv": "in/some[new].csv=new", "in/old.csv": "in/old.csv=old", `in/some\[new].csv`: "in/some[new].csv=new", "long/1.json": "long/1.json=" + long} {
		if got := look(pattern); got != want {
			t.Errorf("%s gives %d bytes %.40q, want %d bytes", pattern, len(got), got, len(want))
		}
	}
	got := strings.TrimPrefix(look("long/1.csv"), "long/1.csv=")
	if len(got) < 1<<20 || len(got) >= len(long) || !strings.HasPrefix(long, got) || !strings.HasSuffix(got, "\n") {
		t.Errorf("of a long text %d bytes are copied", len(got))
	}
	err := s.(source.Sampler).Sample(t.Context(), "nothing/*", &Spool{})
	Fault(t, err, fault.NotFound)
	if !f.Waits {
		return
	}
	f.Put(t, part, "fresh/1.csv", "x", 0)
	err = s.(source.Sampler).Sample(t.Context(), "fresh/*", &Spool{})
	Fault(t, err, fault.Unavailable)
}

// news takes files that are new or have changed, once each.
func news(t *testing.T, f Folder) {
	const part = "news"
	f.Put(t, part, "in/a.csv", "1", 3*time.Hour)
	f.Put(t, part, "in/b.csv", "2", 2*time.Hour)
	f.Put(t, part, "in/c.csv", "3", time.Hour)
	q := ask("in/*.csv", source.Changes)
	q.Rows = 1
	var all []string
	for more := true; more; { // each time with a new connection
		result, got := readFiles(t, f.open(t, part), q)
		if len(got) != 1 || result.Rows != 1 {
			t.Fatalf("got %q with %+v", got, result)
		}
		q.Mark, more, all = result.Mark, result.More, append(all, got...)
	}
	if want := []string{"in/a.csv=1", "in/b.csv=2", "in/c.csv=3"}; !slices.Equal(all, want) {
		t.Errorf("took %q, want %q", all, want)
	}
	s := f.open(t, part)
	q.Rows = 0
	if result, got := readFiles(t, s, q); len(got) > 0 || result.Mark != q.Mark || result.More {
		t.Errorf("no news: %q with %+v", got, result)
	}
	f.Put(t, part, "in/b.csv", "22", 50*time.Minute)
	f.Put(t, part, "in/d.csv", "4", 4*time.Hour) // older than what was read, and new
	f.Remove(t, part, "in/a.csv")
	result, got := readFiles(t, s, q)
	slices.Sort(got)
	if want := []string{"in/b.csv=22", "in/d.csv=4"}; !slices.Equal(got, want) {
		t.Errorf("took %q, want %q", got, want)
	}
	before := q.Mark
	q.Mark = result.Mark
	if _, got := readFiles(t, s, q); len(got) > 0 {
		t.Errorf("took %q again", got)
	}
	q.Mark = before // as if it crashed before the commit
	if _, got := readFiles(t, s, q); len(got) != 2 {
		t.Errorf("took %q after a crash", got)
	}
	q.Mark = "of nobody"
	if _, err := s.Read(t.Context(), q, &Spool{}); !source.IsStartOver(err) {
		t.Errorf("a strange mark gives %v", err)
	}
	q.Key = nil
	_, err := s.Read(t.Context(), q, &Spool{})
	Fault(t, err, fault.Invalid)
}

func allFiles(t *testing.T, f Folder) {
	s := f.open(t, "all")
	q := ask("*.csv", source.Full)
	_, err := s.Read(t.Context(), q, &Spool{})
	Fault(t, err, fault.Unavailable) // nothing there must not empty a dataset
	large := strings.Repeat("0123456789abcdef", 1<<18)
	bytes := make([]byte, 256) // in whatever encoding
	for i := range bytes {
		bytes[i] = byte(255 - i)
	}
	f.Put(t, "all", "bytes.csv", string(bytes), time.Hour)
	f.Put(t, "all", "large.csv", large, time.Hour)
	f.Put(t, "all", "empty.csv", "", 2*time.Hour)
	for range 2 {
		result, got := readFiles(t, s, q)
		if !result.Whole || result.More || !slices.Contains(got, "empty.csv=") || !slices.Contains(got, "large.csv="+large) || !slices.Contains(got, "bytes.csv="+string(bytes)) {
			t.Errorf("%+v and %d files", result, len(got))
		}
	}
}

func cancelFiles(t *testing.T, f Folder) {
	f.Put(t, "cancel", "a.csv", strings.Repeat("x", 8<<20), time.Hour)
	f.Put(t, "cancel", "b.csv", "x", time.Minute)
	ctx, cancel := context.WithCancel(t.Context())
	n := 0
	_, err := f.open(t, "cancel").Read(ctx, ask("*.csv", source.Full), &Spool{Each: func() error {
		if n++; n == 2 {
			cancel()
		}
		return nil
	}})
	cancel()
	Fault(t, err, fault.Canceled)
}

// waits leaves files alone that may still be written.
func waits(t *testing.T, f Folder) {
	f.Put(t, "waiting", "a.csv", "x", time.Hour)
	f.Put(t, "waiting", "b.csv", "x", 0)
	_, got := readFiles(t, f.open(t, "waiting"), ask("*.csv", source.Changes))
	if want := map[bool]int{true: 1, false: 2}[f.Waits]; len(got) != want {
		t.Errorf("took %q, want %d", got, want)
	}
}

// brokenFiles ends the connection between two files.
func brokenFiles(t *testing.T, f Folder) {
	for i := range 3 {
		f.Put(t, "broken", fmt.Sprintf("%d.csv", i), string(bytes.Repeat([]byte("x"), 4<<20)), time.Hour)
	}
	n := 0
	_, err := f.open(t, "broken").Read(t.Context(), ask("*.csv", source.Full), &Spool{Each: func() error {
		if n++; n == 2 {
			f.Break(t)
		}
		return nil
	}})
	if err == nil {
		t.Fatal("a broken connection gave no error")
	}
	if !errors.Is(err, context.Canceled) {
		Fault(t, err, fault.Unavailable)
	}
	if _, got := readFiles(t, f.open(t, "broken"), ask("*.csv", source.Full)); len(got) != 3 {
		t.Errorf("%d files after the broken read", len(got))
	}
}
