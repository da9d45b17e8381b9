package ingest

import (
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"

	"lodestar/internal/fault"
	"lodestar/internal/semantic"
	"lodestar/internal/text"
)

// The types of files.
const (
	csvType     = "csv"
	jsonType    = "json"
	ndjsonType  = "ndjson"
	parquetType = "parquet"
	xlsxType    = "xlsx"
)

// shape is how a staged file is read: a complete format and the headers.
type shape struct {
	path     string
	tmp      string // where spreadsheets unpack to
	format   semantic.Format
	header   int64 // line of the header; 0 for none
	headers  []string
	newline  string // of text
	packed   bool   // compressed
	sheets   []string
	dates    []bool   // of a spreadsheet: which columns show dates
	skipped  []string // title lines
	footer   []string
	multiple bool   // the header spans several physical lines
	raw      string // the header as it stands in a text file
}

func (s *shape) layout() layout {
	l := layout{newline: '\n'}
	switch d := s.format.Delimiter; d {
	case "blanks":
		l.blanks = true
	case "tab":
		l.delimiter = '\t'
	case "":
		l.delimiter = ','
	default:
		l.delimiter = d[0]
	}
	if q := s.format.Quote; q != "" && q != "none" {
		l.quote = q[0]
	}
	if s.newline == "\r" {
		l.newline = '\r'
	}
	return l
}

// headerText is the first line of a file in this shape, or "" when it has none.
func (s *shape) headerText() string {
	switch s.format.Type {
	case xlsxType, parquetType:
		var b strings.Builder
		w := csv.NewWriter(&b)
		if err := w.Write(s.headers); err != nil {
			return "" // a strings.Builder takes everything
		}
		w.Flush()
		return strings.TrimSuffix(b.String(), "\n")
	}
	return s.raw
}

// closing joins a reader with what must be closed after it.
type closing struct {
	reader
	closers []io.Closer
}

func (c closing) Close() error {
	var errs []error
	for i := len(c.closers) - 1; i >= 0; i-- {
		errs = append(errs, c.closers[i].Close())
	}
	return errors.Join(errs...)
}

// open gives the records after the header, without the footer.
func (s *shape) open(of *progress) (*closing, error) {
	c, err := s.openAll(of)
	if err != nil {
		return nil, err
	}
	var r record
	for s.header > 0 && r.line < s.header {
		if split, ok := c.reader.(*splitter); ok && split.line < s.header {
			err = split.skipLine()
		} else {
			err = c.next(&r)
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, errors.Join(err, c.Close())
		}
	}
	if s.format.SkipFooter > 0 {
		c.reader = &footless{in: c.reader, hold: make([]record, s.format.SkipFooter)}
	}
	return c, nil
}

// openAll gives all records of the file, the header too.
func (s *shape) openAll(of *progress) (*closing, error) {
	if s.format.Type == xlsxType {
		b, err := openBook(s.path, s.tmp)
		if err != nil {
			return nil, err
		}
		r, err := b.reader(s.format.Sheet)
		if err != nil {
			return nil, errors.Join(err, b.Close())
		}
		r.width = len(s.headers)
		old, err := b.from1904()
		if err != nil {
			return nil, errors.Join(err, r.Close(), b.Close())
		}
		if old {
			r.dates = s.dates
		}
		return &closing{r, []io.Closer{b, r}}, nil
	}
	src, err := openText(s.path, s.format.Encoding, of)
	if err != nil {
		return nil, err
	}
	c := &closing{closers: []io.Closer{src}}
	if s.format.Type == jsonType || s.format.Type == ndjsonType {
		if c.reader, err = newJSONReader(src, s.headers); err != nil {
			return nil, errors.Join(err, c.Close())
		}
		return c, nil
	}
	c.reader = newSplitter(src, s.layout())
	return c, nil
}

// skipLine goes past one physical line.
func (s *splitter) skipLine() error {
	at, err := s.physical(0)
	switch {
	case err != nil:
		return err
	case at < 0:
		return s.tooLong(&record{})
	case s.ended && s.start == s.end:
		return io.EOF
	}
	s.consume(at, 1)
	return nil
}

// footless holds the last records back.
type footless struct {
	in   reader
	hold []record
	n    int
}

func (f *footless) next(r *record) error {
	for {
		if err := f.in.next(r); err != nil {
			return err
		}
		slot := &f.hold[f.n%len(f.hold)]
		held := *slot
		*slot = r.clone()
		f.n++
		if f.n > len(f.hold) {
			*r = held
			return nil
		}
	}
}

// clone copies a record so that it stays good.
func (r *record) clone() record {
	c := *r
	c.raw = slices.Clone(r.raw)
	c.cells = make([]cell, len(r.cells))
	for i, v := range r.cells {
		c.cells[i] = cell{slices.Clone(v.text), v.quoted, v.null}
	}
	return c
}

// match says for each column of the file which column of the dataset it is
// (Ignored for none), what the file has besides and what it lacks. Two columns
// of the file for one of the dataset are an error.
func match(spec semantic.DatasetSpec, headers []string) (to []int, extra, missing []string, err error) {
	byHeader := map[string]int{}
	for i, c := range spec.Columns {
		byHeader[semantic.Fold(c.Name)] = i
	}
	for i, c := range spec.Columns {
		if c.Source != "" {
			byHeader[semantic.Fold(c.Source)] = i
		}
	}
	seen, taken := map[string]bool{}, map[int]string{}
	for _, h := range headers {
		i, ok := byHeader[semantic.Fold(h)]
		if seen[semantic.Fold(h)] && semantic.Fold(h) != "" {
			return nil, nil, nil, errDuplicate(h)
		}
		seen[semantic.Fold(h)] = true
		if !ok {
			to, extra = append(to, -1), append(extra, h)
			continue
		}
		if other, twice := taken[i]; twice {
			return nil, nil, nil, errDuplicate(other + ", " + h)
		}
		taken[i] = h
		to = append(to, i)
	}
	for i, c := range spec.Columns {
		if _, ok := taken[i]; !ok {
			name := c.Source
			if name == "" {
				name = c.Name
			}
			missing = append(missing, name)
		}
	}
	return to, extra, missing, nil
}

func errDuplicate(header string) error {
	return fault.New(fault.Invalid, "duplicate_header", text.Text{
		EN: "the header {header} is there twice; rename one in the file, or leave one out",
		ZH: "表头 {header} 重复出现；请在文件中改名或去掉其中一列"}, "header", header)
}
