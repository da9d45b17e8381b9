package ingest

import (
	"errors"
	"os"
	"slices"
	"strconv"

	"lodestar/internal/text"
)

// NoteOutdated says that rows are older than at their source.
func NoteOutdated(n int64) Note {
	return Note{"rows_outdated", text.Text{
		EN: "{n} rows here are older than at their source: their newer version does not fit and was set aside, so the old values go on counting. Mend them there, or give the column a type that takes them and read everything once more",
		ZH: "有 {n} 行不是来源中的最新版本：新版本不合格、已单独列出，目前仍按旧值计算。请在来源处修正，或把该列改成能容纳它们的类型，再重新读取全部"}.With("n", n)}
}

// NoteAbsent says that rows of the source are not here.
func NoteAbsent(n int64) Note {
	return Note{"rows_absent", text.Text{
		EN: "{n} rows of the source are not here, because they do not fit and were set aside. Mend them there, or give the column a type that takes them and read everything once more",
		ZH: "来源中有 {n} 行不合格、已单独列出，未计入数据。请在来源处修正，或把该列改成能容纳它们的类型，再重新读取全部"}.With("n", n)}
}

// keyFile collects the keys of records that were set aside for another reason
// than their key, each after its line: the engine tells by them which rows are
// older than at their source.
type keyFile struct {
	path string
	file *os.File
	buf  []byte
	n    int64
}

func newKeyFile(path string) (*keyFile, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	return &keyFile{path: path, file: f}, err
}

// keyAt tells where in the file the columns of the key stand, in their order;
// none for no key.
func (p *plan) keyAt() []int {
	var out []int
	for _, k := range p.load.Key {
		out = append(out, slices.IndexFunc(p.to, func(to int) bool { return to >= 0 && p.spec.Columns[to].Name == k }))
	}
	return out
}

// add notes the key of a record. One that does not fit is that of no row here.
func (f *keyFile) add(c *converting, rec *record) error {
	if len(c.key) == 0 {
		return nil
	}
	start := len(f.buf)
	f.buf = strconv.AppendInt(f.buf, c.base+rec.line, 10)
	for _, at := range c.key {
		col, v := c.columns[at], rec.cells[at]
		text, why := col.convert(nil, v.text)
		if why != "" || col.missing(v) {
			f.buf = f.buf[:start]
			return nil
		}
		f.buf = appendQuoted(append(f.buf, ','), text)
	}
	f.n++
	if f.buf = append(f.buf, '\n'); len(f.buf) < 64<<10 {
		return nil
	}
	return f.flush()
}

func (f *keyFile) flush() error {
	_, err := f.file.Write(f.buf)
	f.buf = f.buf[:0]
	return err
}

// Close deletes the file: the engine has what was in it.
func (f *keyFile) Close() error { return errors.Join(f.file.Close(), os.Remove(f.path)) }
