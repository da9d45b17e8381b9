package files

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"path"
	"slices"
	"strings"

	"lodestar/internal/fault"
	"lodestar/internal/source"
	"lodestar/internal/text"
)

// Bounds of what is proposed: files looked at, and how many files of a folder
// and kind are also proposed one by one. More of them are a series.
const (
	mostFiles  = 20_000
	mostSingly = 50
)

var _ source.Sampler = (*reader)(nil)

// Discover proposes a pattern for the files of each folder and kind and, where
// they are few, each of them: they may be of one table, or one table each.
func (r *reader) Discover(ctx context.Context) ([]source.Stream, error) {
	groups := map[string][]Info{}
	n := 0
	err := r.Store.List(ctx, "", func(f Info) error {
		if n++; n > mostFiles {
			return errEnough
		}
		if !r.hidden(f.Name) {
			pattern := path.Join(plain(path.Dir(f.Name)), "*"+plain(suffix(f.Name)))
			groups[pattern] = append(groups[pattern], f)
		}
		return nil
	})
	all := err == nil
	if !all && !errors.Is(err, errEnough) {
		return nil, err
	}
	var out []source.Stream
	for pattern, found := range groups {
		group := source.Stream{Name: pattern, Modes: []string{}}
		for _, f := range found {
			if all {
				group.Files, group.Bytes = group.Files+1, group.Bytes+f.Size
			}
			if len(found) <= mostSingly {
				out = append(out, source.Stream{Name: plain(f.Name), Modes: []string{}, Files: 1, Bytes: f.Size})
			}
		}
		out = append(out, group)
	}
	slices.SortFunc(out, func(a, b source.Stream) int { return cmp.Compare(a.Name, b.Name) })
	return out, nil
}

var errEnough = errors.New("enough")

// plain is the pattern that a name alone matches.
func plain(name string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(name)
}

// Describe tells how a pattern can be read; what is in the files is found out
// by looking into one, or when they are loaded.
func (r *reader) Describe(ctx context.Context, stream string) (source.Stream, error) {
	found, err := r.matching(ctx, stream)
	if err == nil && len(found) == 0 {
		err = source.NoStream(stream)
	}
	out := source.Stream{Name: stream, Modes: []string{source.Full, source.Incremental, source.Changes}, Files: len(found)}
	for _, f := range found {
		out.Bytes += f.Size
	}
	return out, err
}

// Bounds of a sample: how much is copied of a text, and how large a file of
// another kind may be, which has to be whole to be read.
const (
	sampleText  = 16 << 20
	sampleOther = 256 << 20
)

// Sample copies the newest file of a pattern.
func (r *reader) Sample(ctx context.Context, stream string, out source.Spool) error {
	found, err := r.matching(ctx, stream)
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return source.NoStream(stream)
	}
	whole := slices.DeleteFunc(found, func(f Info) bool { return !r.settled(f) })
	if len(whole) == 0 {
		return fault.New(fault.Unavailable, "files_unsettled", text.Text{
			EN: "the files of {pattern} were changed a moment ago and may still be written; try again in a moment",
			ZH: "与 {pattern} 匹配的文件刚刚发生过变化，可能仍在写入；请稍后再试"}, "pattern", stream)
	}
	f := whole[len(whole)-1]
	switch {
	case f.Size <= sampleText:
		return r.copy(ctx, f, out)
	case slices.Contains([]string{".csv", ".tsv", ".txt", ".ndjson", ".jsonl"}, suffix(f.Name)):
		return r.beginning(ctx, f, out)
	case f.Size <= sampleOther:
		return r.copy(ctx, f, out)
	}
	return fault.New(fault.TooLarge, "file_too_large", text.Text{
		EN: "{file} has more than {most} MB, too much to look into; put a smaller file of the same form beside it",
		ZH: "{file} 超过 {most} MB，无法预先查看；请在旁边放一个结构相同的小文件"}, "file", f.Name, "most", sampleOther>>20)
}

// beginning copies the first lines of a text.
func (r *reader) beginning(ctx context.Context, f Info, out source.Spool) (err error) {
	in, err := r.Store.Open(ctx, f)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	head, err := io.ReadAll(bounded{ctx, io.LimitReader(in, sampleText), r.Name})
	if err != nil {
		return err
	}
	to, err := out.File(f.Name)
	if err != nil {
		return err
	}
	_, err = to.Write(head[:bytes.LastIndexByte(head, '\n')+1])
	return errors.Join(err, to.Close())
}
