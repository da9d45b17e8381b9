package ingest

import (
	"bytes"
	"errors"
	"io"
	"unicode/utf8"
)

// Limits of one record. They bound the memory of a load whatever the file.
const (
	maxRecord     = 1 << 20   // bytes; a longer record is a reject
	maxRaw        = 64 << 10  // bytes kept of a reject
	maxQuotedRows = 1000      // lines that one quoted value may span
	window        = 256 << 10 // bytes read at a time
)

// cell is one value of a record.
type cell struct {
	text   []byte
	quoted bool
	null   bool // there is no value (JSON null, an empty spreadsheet cell)
}

// record is one record of a file. Its slices are good until the next one.
type record struct {
	line   int64 // physical line where it starts, from 1
	cells  []cell
	raw    []byte // as in the file, without the line end
	reason string // set when it is no record as a whole, see reasons.go
}

// reader gives the records of a file, io.EOF after the last.
type reader interface {
	next(r *record) error
}

// layout is how text is cut into records and values.
type layout struct {
	delimiter byte // 0 with blanks
	blanks    bool // values are apart by runs of blanks
	quote     byte // 0 for none
	newline   byte // '\n', or '\r' in files that have nothing else
}

// splitter cuts delimited text. It reads ahead at most maxRecord and window.
type splitter struct {
	layout
	in         io.Reader
	buf        []byte
	start, end int // what is not consumed yet is buf[start:end]
	ended      bool
	line       int64
	unescaped  []byte
}

func newSplitter(in io.Reader, l layout) *splitter {
	if l.newline == 0 {
		l.newline = '\n'
	}
	return &splitter{layout: l, in: in, buf: make([]byte, maxRecord+2*window), line: 1}
}

// fill reads more; it reports false when there is no more, or no more room.
func (s *splitter) fill() (bool, error) {
	if s.ended {
		return false, nil
	}
	if s.start > 0 && s.end+window > len(s.buf) {
		copy(s.buf, s.buf[s.start:s.end])
		s.end -= s.start
		s.start = 0
	}
	if s.end == len(s.buf) {
		return false, nil
	}
	n, err := s.in.Read(s.buf[s.end:min(s.end+window, len(s.buf))])
	s.end += n
	if errors.Is(err, io.EOF) {
		s.ended, err = true, nil
	}
	return n > 0 || !s.ended, err
}

// physical finds the end of the line that starts at offset from start: the
// index of the line end relative to start, or -1 when the line is longer than
// a record may be. At the end of the file the end counts as a line end.
func (s *splitter) physical(from int) (int, error) {
	at := from
	for {
		if i := bytes.IndexByte(s.buf[s.start+at:s.end], s.newline); i >= 0 {
			return at + i, nil
		}
		at = s.end - s.start
		if at > maxRecord {
			return -1, nil
		}
		more, err := s.fill()
		if err != nil {
			return 0, err
		}
		if !more && s.ended {
			return s.end - s.start, nil
		}
	}
}

func (s *splitter) next(r *record) error {
	cut, err := s.advance(r)
	if err == nil && !cut {
		s.split(r, r.raw)
	}
	return err
}

// advance goes to the next record. It reports whether the record is cut into
// values already, as one with quotes must be to find its end.
func (s *splitter) advance(r *record) (cut bool, err error) {
	for {
		*r = record{line: s.line, cells: r.cells[:0]}
		at, err := s.physical(0)
		if err != nil {
			return false, err
		}
		if at < 0 {
			return true, s.tooLong(r)
		}
		if at == 0 && s.ended && s.start == s.end {
			return false, io.EOF
		}
		line := s.trimmed(at)
		if s.blank(line) {
			s.consume(at, 1)
			continue
		}
		if s.quote == 0 || bytes.IndexByte(line, s.quote) < 0 {
			r.raw = line
			s.consume(at, 1)
			check(r)
			return false, nil
		}
		return true, s.quoted(r, at)
	}
}

// blank reports whether a line has neither text nor values.
func (s *splitter) blank(line []byte) bool {
	if len(line) > 0 && line[0] > ' ' {
		return false
	}
	return len(bytes.TrimLeft(line, " \t")) == 0 && bytes.IndexByte(line, s.delimiter) < 0
}

func (s *splitter) trimmed(at int) []byte {
	line := s.buf[s.start : s.start+at]
	if s.newline == '\n' && len(line) > 0 && line[len(line)-1] == '\r' {
		line = line[:len(line)-1]
	}
	return line
}

// consume goes past a line end at an offset; lines is how many were passed.
func (s *splitter) consume(at, lines int) {
	s.start = min(s.start+at+1, s.end)
	s.line += int64(lines)
}

func (s *splitter) split(r *record, line []byte) {
	if s.blanks {
		for _, f := range bytes.FieldsFunc(line, func(c rune) bool { return c == ' ' || c == '\t' }) {
			r.cells = append(r.cells, cell{text: f})
		}
		return
	}
	for {
		i := bytes.IndexByte(line, s.delimiter)
		if i < 0 {
			r.cells = append(r.cells, cell{text: line})
			return
		}
		r.cells = append(r.cells, cell{text: line[:i]})
		line = line[i+1:]
	}
}

// quoted reads a record in which a quote occurs. When the quotes make no
// sense, the reject is the one physical line: what follows may be sound.
func (s *splitter) quoted(r *record, first int) error {
	end := first // of the record so far
	lines := 1
	for {
		raw := s.trimmed(end)
		state := s.cut(r, raw)
		switch state {
		case cutDone:
			r.raw = raw
			s.consume(end, lines)
			check(r)
			return nil
		case cutBad:
			return s.reject(r, badQuote)
		}
		// Inside quotes at the end of a line: the value goes on, if it may.
		if lines >= maxQuotedRows || s.ended && s.start+end >= s.end {
			return s.reject(r, unclosedQuote)
		}
		next, err := s.physical(end + 1)
		if err != nil {
			return err
		}
		if next < 0 || next > maxRecord {
			return s.reject(r, unclosedQuote)
		}
		end = next
		lines++
	}
}

// reject consumes one physical line only. The buffer may have moved since it
// was first looked at, so its end is looked up again.
func (s *splitter) reject(r *record, reason string) error {
	at, err := s.physical(0)
	if err != nil {
		return err
	}
	if at < 0 {
		return s.tooLong(r)
	}
	r.raw, r.reason, r.cells = s.trimmed(at), reason, r.cells[:0]
	s.consume(at, 1)
	return nil
}

// tooLong keeps the head of an endless line and skips the rest of it.
func (s *splitter) tooLong(r *record) error {
	r.raw = append([]byte(nil), s.buf[s.start:s.start+maxRaw]...)
	r.reason, r.cells = recordTooLong, r.cells[:0]
	for {
		if i := bytes.IndexByte(s.buf[s.start:s.end], s.newline); i >= 0 {
			s.consume(i, 1)
			return nil
		}
		s.start = s.end
		more, err := s.fill()
		if err != nil {
			return err
		}
		if !more && s.ended {
			return nil
		}
	}
}

type cutState int

const (
	cutDone cutState = iota
	cutOpen          // inside quotes at the end
	cutBad           // something follows a closing quote
)

// cut splits text with quotes in it. A quote that does not open a value is
// taken as it is.
func (s *splitter) cut(r *record, text []byte) cutState {
	r.cells = r.cells[:0]
	s.unescaped = s.unescaped[:0]
	for {
		if len(text) == 0 || text[0] != s.quote {
			i := bytes.IndexByte(text, s.delimiter)
			if i < 0 {
				r.cells = append(r.cells, cell{text: text})
				return cutDone
			}
			r.cells = append(r.cells, cell{text: text[:i]})
			text = text[i+1:]
			continue
		}
		value, rest, ok := s.unquote(text[1:])
		if !ok {
			return cutOpen
		}
		r.cells = append(r.cells, cell{text: value, quoted: true})
		switch {
		case len(rest) == 0:
			return cutDone
		case rest[0] != s.delimiter:
			return cutBad
		}
		text = rest[1:]
	}
}

// unquote takes a value up to its closing quote; two quotes are one.
func (s *splitter) unquote(text []byte) (value, rest []byte, ok bool) {
	from := len(s.unescaped)
	doubled := false
	for at := 0; ; {
		i := bytes.IndexByte(text[at:], s.quote)
		if i < 0 {
			return nil, nil, false
		}
		i += at
		if i+1 < len(text) && text[i+1] == s.quote {
			s.unescaped = append(s.unescaped, text[at:i+1]...)
			doubled, at = true, i+2
			continue
		}
		if !doubled {
			return text[:i], text[i+1:], true
		}
		s.unescaped = append(s.unescaped, text[at:i]...)
		return s.unescaped[from:len(s.unescaped):len(s.unescaped)], text[i+1:], true
	}
}

// check finds what no text column may hold.
func check(r *record) {
	switch {
	case len(r.raw) > maxRecord:
		r.reason = recordTooLong
	case bytes.IndexByte(r.raw, 0) >= 0:
		r.reason = nulByte
	case !utf8.Valid(r.raw):
		r.reason = badEncoding
	}
}
