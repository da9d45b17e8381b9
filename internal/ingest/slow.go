package ingest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"lodestar/internal/expr"
	"lodestar/internal/warehouse"
)

// slowLane splits and converts in this program, sets aside what does not fit,
// and feeds the engine nothing but clean values.
func (r *run) slowLane(ctx context.Context, parts []*plan, change warehouse.Change) (records, rejected int64, err error) {
	p := parts[0]
	staging := r.service.Warehouse.Staging()
	rejects, err := newRejectFile(filepath.Join(staging, r.load.ID+".rejects"))
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, rejects.Close()) }()
	rejects.header(p.shape)
	keys, err := newKeyFile(filepath.Join(staging, r.load.ID+".keys"))
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, keys.Close()) }()
	base := int64(0)
	for _, p := range parts {
		p.base = base
		n, last, err := r.slowPart(ctx, p, change, rejects, keys)
		if err != nil {
			return 0, 0, ofFile(p.name, err)
		}
		records, base = records+n, base+last
	}
	if keys.n > 0 {
		last := p.keys == foldKeys || p.load.Mode == Upsert || p.load.Mode == Change
		r.step("refused", func() { err = errors.Join(keys.flush(), change.Refused(ctx, keys.path, last)) })
		if err != nil {
			return 0, 0, err
		}
	}
	if len(p.load.Key) > 0 && p.keys != anyKeys {
		if p.keys == foldKeys {
			r.step("fold", func() { err = change.Fold(ctx) })
		} else {
			r.step("keys", func() { err = r.duplicates(ctx, parts, change, rejects) })
		}
		if err != nil {
			return 0, 0, err
		}
	}
	if err := rejects.flush(); err != nil {
		return 0, 0, err
	}
	if rejects.n > 0 {
		r.step("rejects", func() { _, err = change.Rejects(ctx, rejects.path) })
	}
	return records, rejects.n, err
}

// slowPart reads one part and tells how many records it has, and how far its
// lines go.
func (r *run) slowPart(ctx context.Context, p *plan, change warehouse.Change, rejects *rejectFile, keys *keyFile) (records, last int64, err error) {
	if p.empty {
		return 0, 0, nil
	}
	columns, before := p.columns(), rejects.n
	c := &converting{columns: columns, rejects: rejects, keys: keys, base: p.base, numbered: p.numbered}
	if p.load.Mode != Append && p.keys != anyKeys {
		c.key = p.keyAt()
	}
	var rows int64
	err = r.inPieces(ctx, func(ctx context.Context, to io.Writer) error {
		in, err := r.records(ctx, p)
		if err != nil {
			return err
		}
		return errors.Join(c.run(ctx, in, to), in.Close())
	}, func(ctx context.Context, path string) error {
		n, err := change.Read(ctx, p.clean(path, columns))
		rows += n
		return err
	})
	if ctx.Err() != nil {
		return 0, 0, errCanceled.Wrap(ctx.Err())
	}
	if err != nil {
		return 0, 0, err
	}
	if clean := c.records - (rejects.n - before); rows != clean {
		return 0, 0, errors.New("the engine read " + strconv.FormatInt(rows, 10) + " of " +
			strconv.FormatInt(clean, 10) + " clean records")
	}
	r.countOdd(columns)
	return c.records, c.last, nil
}

// records opens the file for one pass.
func (r *run) records(ctx context.Context, p *plan) (*closing, error) {
	if p.shape.format.Type == parquetType {
		return r.service.parquetRecords(ctx, p)
	}
	return p.shape.open(&r.bytes)
}

// clean says how the engine reads what converting writes.
func (p *plan) clean(path string, columns []*column) warehouse.CSV {
	line := warehouse.CSVColumn{To: warehouse.Ignored}
	if p.load.Lines {
		line.To = warehouse.LineColumn
	}
	out := warehouse.CSV{Path: path, Delimiter: ',', Quote: '"', Newline: "\n", Columns: []warehouse.CSVColumn{line}}
	for _, c := range columns {
		if c != nil {
			out.Columns = append(out.Columns, warehouse.CSVColumn{To: c.to})
		}
	}
	return out
}

// converting turns records into clean text and rejects. The line comes first,
// so that no record is an empty line.
type converting struct {
	columns  []*column
	rejects  *rejectFile
	keys     *keyFile
	key      []int // where the columns of the key stand, to note the keys of rejects; none for not to
	base     int64 // added to lines, so that those of several files do not meet
	numbered bool  // see plan
	records  int64
	last     int64 // line
	buf      []byte
}

func (c *converting) run(ctx context.Context, in *closing, w io.Writer) error {
	split, lines := in.reader.(*splitter)
	var rec record
	for {
		var err error
		cut := true
		if lines {
			cut, err = split.advance(&rec)
		} else {
			err = in.next(&rec)
		}
		if errors.Is(err, io.EOF) {
			_, err = w.Write(c.buf)
			return err
		}
		if err != nil {
			return err
		}
		c.records++
		c.last = rec.line
		if cut || !c.line(&rec, &split.layout) {
			if !cut {
				split.split(&rec, rec.raw)
			}
			if err := c.record(&rec); err != nil {
				return err
			}
		}
		if len(c.buf) < 64<<10 {
			continue
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if _, err := w.Write(c.buf); err != nil {
			return err
		}
		c.buf = c.buf[:0]
	}
}

// line is record for a line that is not cut yet, in one pass over it. It reports
// false, and has done nothing, when a closer look is needed.
func (c *converting) line(rec *record, l *layout) bool {
	if rec.reason != "" || l.blanks || c.numbered {
		return false
	}
	start, at, line := len(c.buf), 0, rec.raw
	c.buf = strconv.AppendInt(c.buf, c.base+rec.line, 10)
	for i, col := range c.columns {
		end, plain := col.valueEnd(line, at, l.delimiter)
		if last := i == len(c.columns)-1; last != (end == len(line)) || col != nil && !c.value(col, line[at:end], plain) {
			c.buf = c.buf[:start]
			return false
		}
		at = end + 1
	}
	c.buf = append(c.buf, '\n')
	return true
}

// value appends one that is not in quotes. It reports false when a closer look is needed.
func (c *converting) value(col *column, text []byte, plain bool) bool {
	c.buf = append(c.buf, ',')
	switch {
	case col.missing(cell{text: text}):
		return !col.key
	case col.typ == expr.String:
		c.buf = appendQuoted(c.buf, text)
	case plain && len(col.patterns) == 0 && (col.typ == expr.Integer || col.typ == expr.Decimal):
		c.buf = append(c.buf, text...)
	default:
		odd := col.odd
		var why string
		if c.buf, why = col.convert(c.buf, text); why != "" || col.odd != odd { // which are counted once
			col.odd = odd
			return false
		}
	}
	return true
}

func (c *converting) record(rec *record) error {
	switch {
	case rec.reason != "":
		return c.rejects.add(rec, "", rec.reason, nil)
	case len(rec.cells) < len(c.columns):
		return c.rejects.add(rec, "", tooFewColumns, nil)
	case len(rec.cells) > len(c.columns):
		return c.rejects.add(rec, "", tooManyColumns, nil)
	}
	start := len(c.buf)
	if c.numbered && len(rec.cells[0].text) > 0 && rec.cells[0].text[0] == '-' {
		c.buf = append(c.buf, '-')
	}
	c.buf = strconv.AppendInt(c.buf, c.base+rec.line, 10)
	for i, col := range c.columns {
		if col == nil {
			continue
		}
		c.buf = append(c.buf, ',')
		v := rec.cells[i]
		if col.missing(v) {
			if col.key {
				c.buf = c.buf[:start]
				return c.rejects.add(rec, col.name, keyMissing, nil)
			}
			continue
		}
		if col.typ == expr.String {
			c.buf = appendQuoted(c.buf, v.text)
			continue
		}
		var why string
		if c.buf, why = col.convert(c.buf, v.text); why != "" {
			c.buf = c.buf[:start]
			return errors.Join(c.rejects.add(rec, col.name, why, v.text), c.keys.add(c, rec))
		}
	}
	c.buf = append(c.buf, '\n')
	return nil
}

// appendQuoted writes text, in quotes when it is empty or needs them.
func appendQuoted(dst, text []byte) []byte {
	plain := len(text) > 0
	for _, b := range text {
		if b == '"' || b == ',' || b == '\n' || b == '\r' {
			plain = false
			break
		}
	}
	if plain {
		return append(dst, text...)
	}
	dst = append(dst, '"')
	for _, b := range text {
		if b == '"' {
			dst = append(dst, '"')
		}
		dst = append(dst, b)
	}
	return append(dst, '"')
}

// duplicates sets aside records whose key another one has. The files are read
// again, in step with the list, for their raw text.
func (r *run) duplicates(ctx context.Context, parts []*plan, change warehouse.Change, rejects *rejectFile) error {
	r.phase("checking")
	unique, err := change.KeysUnique(ctx)
	if err != nil || unique {
		return err
	}
	last := parts[0].load.Mode == Upsert || parts[0].load.Mode == Change
	again := &rereading{r: r, parts: parts}
	var n int64
	err = change.Duplicates(ctx, last, func(d warehouse.Duplicate) error {
		rec, err := again.to(ctx, d.Line)
		if err != nil {
			return err
		}
		n++
		if d.Other == 0 {
			return rejects.add(rec, "", knownKey, nil)
		}
		return rejects.add(rec, "", sameKey, strconv.AppendInt(nil, d.Other, 10))
	})
	if err := errors.Join(err, again.Close()); err != nil {
		return err
	}
	dropped, err := change.DropDuplicates(ctx, last)
	if err == nil && dropped != n {
		err = errors.New("duplicates listed and dropped are not the same")
	}
	return err
}

// rereading goes through the parts once more, from line to line.
type rereading struct {
	r     *run
	parts []*plan
	at    int
	in    *closing
	rec   record
}

// to goes on to a line, counted through all parts.
func (a *rereading) to(ctx context.Context, line int64) (*record, error) {
	for a.at+1 < len(a.parts) && line > a.parts[a.at+1].base {
		if err := a.Close(); err != nil {
			return nil, err
		}
		a.at++
	}
	if a.in == nil {
		var err error
		if a.in, err = a.r.reopen(ctx, a.parts[a.at]); err != nil {
			return nil, err
		}
		a.rec = record{}
	}
	for a.rec.line < line-a.parts[a.at].base {
		if err := a.in.next(&a.rec); err != nil {
			return nil, err
		}
	}
	return &a.rec, nil
}

// Close ends the part that is open.
func (a *rereading) Close() error {
	if a.in == nil {
		return nil
	}
	in := a.in
	a.in = nil
	return in.Close()
}

// reopen reads the file once more, without counting progress twice.
func (r *run) reopen(ctx context.Context, p *plan) (*closing, error) {
	if p.shape.format.Type == parquetType {
		return r.service.parquetRecords(ctx, p)
	}
	return p.shape.open(nil)
}

// rejectFile collects rejects as text for the engine.
type rejectFile struct {
	path string
	file *os.File
	buf  []byte
	n    int64
}

func newRejectFile(path string) (*rejectFile, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	return &rejectFile{path: path, file: f}, err
}

func (f *rejectFile) add(rec *record, column, reason string, value []byte) error {
	f.n++
	f.buf = strconv.AppendInt(f.buf, f.n, 10)
	f.buf = strconv.AppendInt(append(f.buf, ','), rec.line, 10)
	for _, text := range [][]byte{[]byte(column), []byte(reason), value[:min(len(value), maxRaw)], rec.raw} {
		f.buf = appendQuoted(append(f.buf, ','), readable(text))
	}
	f.buf = append(f.buf, '\n')
	if len(f.buf) < 64<<10 {
		return nil
	}
	return f.flush()
}

// header keeps the header of the file as row 0, for a file of rejects that can
// be mended and loaded again.
func (f *rejectFile) header(s *shape) {
	f.buf = fmt.Appendf(f.buf, "0,%d,,header,,", s.header)
	f.buf = append(appendQuoted(f.buf, readable([]byte(s.headerText()))), '\n')
}

func (f *rejectFile) flush() error {
	_, err := f.file.Write(f.buf)
	f.buf = f.buf[:0]
	return err
}

// Close deletes the file: the engine has what was in it.
func (f *rejectFile) Close() error { return errors.Join(f.file.Close(), os.Remove(f.path)) }
