package files

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"time"

	"lodestar/internal/fault"
	"lodestar/internal/source"
	"lodestar/internal/text"
)

// Store is a place with files.
type Store interface {
	// List gives every file below a folder; the empty one is the top.
	List(ctx context.Context, folder string, each func(Info) error) error
	// Open reads a file. It fails when the file is not the one that was listed,
	// where the store can tell.
	Open(ctx context.Context, f Info) (io.ReadCloser, error)
	// Stat looks at a file again.
	Stat(ctx context.Context, name string) (Info, error)
	Close() error
}

// Info is what is known of a file.
type Info struct {
	Name string // with slashes, below the top
	Size int64
	Time time.Time // when it was last changed
	Tag  string    // of its content, where the store has one
}

// Config says how files are taken.
type Config struct {
	Name  string // of the place, for people
	Store Store
	Now   func() time.Time
	// Settled is how long a file has to be unchanged before it is taken; 0 for a
	// store in which files are whole as soon as they are there.
	Settled time.Duration
	// Done, where set, is what the name of a second file ends in that says that
	// the first is whole: with .ok, orders.csv is taken when orders.csv.ok exists.
	Done string
}

type reader struct{ Config }

var _ source.Source = (*reader)(nil)

// New makes a source of a store, which it closes.
func New(c Config) source.Source { return &reader{c} }

func (r *reader) Close() error { return r.Store.Close() }

// Acknowledge does nothing: files stay where they are.
func (r *reader) Acknowledge(context.Context, source.Request, source.Mark) error { return nil }

// Forget does nothing.
func (r *reader) Forget(context.Context, source.Request) error { return nil }

// suffix is what tells the kind of a file: .csv, .csv.gz, or .zip, in which
// any one file may be.
func suffix(name string) string {
	end := path.Ext(name)
	if end == ".gz" || end == ".zst" || end == ".zip" {
		end = path.Ext(strings.TrimSuffix(name, end)) + end
	}
	return end
}

// hidden are files that are not meant to be read, or not yet.
func (r *reader) hidden(name string) bool {
	base := path.Base(name)
	for _, end := range []string{".tmp", ".part", ".partial", ".filepart", ".crdownload", ".swp", "~"} {
		if strings.HasSuffix(base, end) {
			return true
		}
	}
	return strings.HasPrefix(base, ".") || strings.HasPrefix(base, "~$") || r.Done != "" && strings.HasSuffix(base, r.Done)
}

// matching lists the files of a pattern, the oldest first.
func (r *reader) matching(ctx context.Context, pattern string) ([]Info, error) {
	pattern = path.Clean(strings.TrimPrefix(pattern, "/"))
	if _, err := path.Match(pattern, ""); err != nil || pattern == ".." || strings.HasPrefix(pattern, "../") {
		return nil, fault.New(fault.Invalid, "bad_pattern", text.Text{
			EN: "{pattern} is no pattern of file names; write one such as orders/*.csv", ZH: "{pattern} 不是可用的文件名模式；请写成 orders/*.csv 的样子"}, "pattern", pattern)
	}
	var out []Info
	done := map[string]bool{}
	err := r.Store.List(ctx, fixed(pattern), func(f Info) error {
		if r.Done != "" && strings.HasSuffix(f.Name, r.Done) {
			done[strings.TrimSuffix(f.Name, r.Done)] = true
		}
		if !r.hidden(f.Name) && match(pattern, f.Name) {
			out = append(out, f)
		}
		return nil
	})
	if r.Done != "" {
		out = slices.DeleteFunc(out, func(f Info) bool { return !done[f.Name] })
	}
	slices.SortFunc(out, func(a, b Info) int {
		if c := a.Time.Compare(b.Time); c != 0 {
			return c
		}
		return strings.Compare(a.Name, b.Name)
	})
	return out, err
}

// fixed is the folder that all files of a pattern are in or below.
func fixed(pattern string) string {
	var out []string
	parts := strings.Split(pattern, "/")
	for _, part := range parts[:len(parts)-1] {
		if strings.ContainsAny(part, `*?[\`) {
			break
		}
		out = append(out, part)
	}
	return strings.Join(out, "/")
}

// match compares part by part; ** stands for any number of folders.
func match(pattern, name string) bool {
	first, rest, more := strings.Cut(pattern, "/")
	if first == "**" {
		for {
			if more && match(rest, name) || !more {
				return true
			}
			_, below, ok := strings.Cut(name, "/")
			if !ok {
				return false
			}
			name = below
		}
	}
	part, below, deeper := strings.Cut(name, "/")
	if ok, err := path.Match(first, part); err != nil || !ok || more != deeper {
		return false
	}
	return !more || match(rest, below)
}

// Read copies files.
func (r *reader) Read(ctx context.Context, q source.Request, out source.Spool) (source.Result, error) {
	if q.Mode != source.Full && len(q.Key) == 0 {
		return source.Result{}, source.NotPossible(text.Text{
			EN: "a key is needed to read new and changed files: a file that has changed is read whole; say primaryKey, or read by full",
			ZH: "按新增和变更的文件读取需要主键（文件变更后会整份重读）：请填写 primaryKey，或用 full"})
	}
	if q.From != "" || q.To != "" {
		return source.Result{}, source.NotPossible(text.Text{
			EN: "files have no range to fill in; start the sync over, which reads them all", ZH: "文件没有可补读的区间；请重新开始同步，届时会全部读取"})
	}
	found, err := r.matching(ctx, q.Stream)
	if err != nil {
		return source.Result{}, err
	}
	if q.Mode == source.Full {
		return r.all(ctx, q, found, out)
	}
	at, err := readMark(q.Mark)
	if err != nil {
		return source.Result{}, err
	}
	return r.fresh(ctx, q, found, at, out)
}

// all copies every file. None at all is taken for a place that is not there,
// such as a disk that is not mounted: it must not empty a dataset.
func (r *reader) all(ctx context.Context, q source.Request, found []Info, out source.Spool) (source.Result, error) {
	result := source.Result{Whole: true}
	for _, f := range found {
		if !r.settled(f) {
			continue
		}
		if err := r.copy(ctx, f, out); err != nil {
			return source.Result{}, err
		}
		result.Rows++
	}
	if result.Rows == 0 {
		return source.Result{}, fault.New(fault.Unavailable, "no_files", text.Text{
			EN: "no file matches {pattern}; what was read before stays", ZH: "没有与 {pattern} 匹配的文件；之前读取的数据保持不变"}, "pattern", q.Stream)
	}
	return result, nil
}

// fresh copies files that are new or have changed.
func (r *reader) fresh(ctx context.Context, q source.Request, found []Info, at *mark, out source.Spool) (source.Result, error) {
	result, size := source.Result{}, int64(0)
	next := newMark()
	for i, f := range found {
		known := at.has(f)
		switch {
		case known:
			next.add(f)
		case result.More:
		case !r.settled(f) && !at.waited(f, r.Now(), r.Settled):
			next.wait(f, at, r.Now())
		default:
			if err := r.copy(ctx, f, out); err != nil {
				return source.Result{}, err
			}
			next.add(f)
			size += f.Size
			result.Rows++
			if full := q.Bytes > 0 && size >= q.Bytes || q.Rows > 0 && result.Rows >= q.Rows; full {
				result.More = slices.ContainsFunc(found[i+1:], func(f Info) bool { return !at.has(f) && (r.settled(f) || at.waited(f, r.Now(), r.Settled)) })
				result.Behind = max(0, r.Now().Sub(f.Time))
			}
		}
	}
	if !result.More {
		result.Behind = 0
	}
	var err error
	result.Mark, err = next.mark()
	return result, err
}

// settled reports whether a file has been left alone for long enough.
func (r *reader) settled(f Info) bool {
	return r.Settled == 0 || r.Done != "" || f.Time.Before(r.Now().Add(-r.Settled))
}

// copy brings one file into the spool.
func (r *reader) copy(ctx context.Context, f Info, out source.Spool) (err error) {
	if err := source.Stopped(ctx, ctx.Err()); err != nil {
		return err
	}
	in, err := r.Store.Open(ctx, f)
	if err != nil {
		return err
	}
	defer func() {
		if e := in.Close(); err == nil {
			err = e
		}
	}()
	to, err := out.File(f.Name)
	if err != nil {
		return err
	}
	// In large pieces, for stores that are far away.
	n, err := io.CopyBuffer(struct{ io.Writer }{to}, bounded{ctx, in, r.Name}, make([]byte, 1<<20))
	if e := to.Close(); err == nil {
		err = e
	}
	if err != nil {
		return err
	}
	now, err := r.Store.Stat(ctx, f.Name)
	if err == nil && n == f.Size && now.same(f) {
		return nil
	}
	return fault.New(fault.Conflict, "file_changed", text.Text{
		EN: "{file} changed while it was read; it is read again at the next run: let its writer rename it when it is whole, or name a suffix that says so",
		ZH: "{file} 在读取时发生了变化，下次运行会重新读取：请写入方在写完后再改名，或约定表示写完的后缀"}, "file", f.Name).
		Wrap(errors.Join(err, fmt.Errorf("read %d bytes of %d", n, f.Size)))
}

// same compares what was listed with what is there; times of one store may be
// told in different grains, tags are not.
func (f Info) same(o Info) bool {
	if f.Tag != "" || o.Tag != "" {
		return f.Tag == o.Tag
	}
	return f.Size == o.Size && f.Time.Equal(o.Time)
}

// bounded ends a copy when its context does.
type bounded struct {
	ctx  context.Context
	in   io.Reader
	name string
}

// Read reads.
func (b bounded) Read(p []byte) (int, error) {
	if err := b.ctx.Err(); err != nil {
		return 0, source.Stopped(b.ctx, err)
	}
	n, err := b.in.Read(p)
	if err != nil && err != io.EOF { // wrapped, it is the end of a connection
		if stopped := source.Stopped(b.ctx, err); stopped != nil {
			return n, stopped
		}
		var known *fault.Error
		if !errors.As(err, &known) {
			err = source.Unreachable(b.name, err)
		}
	}
	return n, err
}
