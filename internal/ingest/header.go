package ingest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"lodestar/internal/semantic"
	"lodestar/internal/text"
)

// tailBytes is how much of the end of a file is looked at for a footer.
const tailBytes = 32 << 10

// tail gives the end of a text, from the beginning of a line on. Where the end
// can only be found from the beginning, all of it is read.
func (s *shape) tail() ([]byte, error) {
	if !s.packed && s.format.Encoding != utf16Encoding {
		raw, err := readTail(s.path)
		if err != nil {
			return nil, err
		}
		return io.ReadAll(decoded(bytes.NewReader(raw), s.format.Encoding))
	}
	src, err := openText(s.path, s.format.Encoding, nil)
	if err != nil {
		return nil, err
	}
	var last []byte
	buf := make([]byte, tailBytes)
	for err == nil {
		var n int
		n, err = src.Read(buf)
		if last = append(last, buf[:n]...); len(last) > 2*tailBytes {
			last = append(last[:0], last[len(last)-tailBytes:]...)
		}
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return last[bytes.IndexByte(last, '\n')+1:], errors.Join(err, src.Close())
}

func readTail(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("staged file: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("staged file: %w", err)
	}
	tail := make([]byte, min(info.Size(), tailBytes))
	if _, err := f.ReadAt(tail, info.Size()-int64(len(tail))); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("staged file: %w", err)
	}
	return tail[bytes.IndexByte(tail, '\n')+1:], nil
}

// mostFooter is how many rows at the end are taken for totals at most.
const mostFooter = 5

// findFooter takes rows of totals at the end for a footer, where the format does
// not say how many rows it has. Each file is looked at anew: one with a row of
// totals may be followed by one without.
func (s *shape) findFooter(last []record, tooShort bool) {
	if said := s.format.SkipFooter; said > 0 {
		for _, r := range last[max(len(last)-said, 0):] {
			s.footer = append(s.footer, string(text.Clip(r.raw, showBytes)))
		}
		return
	}
	if tooShort {
		return
	}
	for i := len(last) - 1; i >= 0 && len(s.footer) < mostFooter; i-- {
		first := last[i].first()
		if last[i].reason != "" || !isTotal(first) {
			break
		}
		s.footer = append([]string{first}, s.footer...)
	}
	s.format.SkipFooter = len(s.footer)
}

// first is the first value of a record that is not blank.
func (r *record) first() string {
	for _, c := range r.cells {
		if v := bytes.TrimSpace(c.text); len(v) > 0 {
			return string(v)
		}
	}
	return ""
}

func isTotal(s string) bool {
	s = strings.TrimRight(strings.ToLower(semantic.Fold(s)), ":：")
	for _, w := range []string{"合计", "总计", "小计", "共计", "total", "totals", "grandtotal", "subtotal", "sum"} {
		if s == w {
			return true
		}
	}
	return false
}

// headerLook is how many records at the beginning the header is looked for in.
const headerLook = 30

// findHeader sets the header's line, the headers, and the titles above it.
func (s *shape) findHeader(records []record, known []semantic.Column) {
	at := s.headerIndex(records, known)
	if at < 0 {
		s.header = 0
		width, _ := commonWidth(records)
		for i := range width {
			s.headers = append(s.headers, unnamed(i))
		}
	} else {
		s.header = records[at].line
		for i, c := range records[at].cells {
			h := strings.TrimSpace(string(c.text))
			if h == "" {
				h = unnamed(i)
			}
			s.headers = append(s.headers, h)
		}
		s.raw = string(records[at].raw)
		s.multiple = bytes.IndexByte(records[at].raw, '\n') >= 0
		for _, r := range records[:at] {
			s.skipped = append(s.skipped, string(text.Clip(r.raw, 200)))
		}
	}
	line := int(s.header)
	s.format.Header = &line
}

// unnamed is what a column without a header is called.
func unnamed(i int) string { return "column_" + strconv.Itoa(i+1) }

func (s *shape) headerIndex(records []record, known []semantic.Column) int {
	top := records[:min(len(records), headerLook)]
	at := knownHeader(top, known)
	if s.format.Header != nil {
		said := -1
		for i, r := range records {
			if *s.format.Header > 0 && r.line >= int64(*s.format.Header) {
				said = i
				break
			}
		}
		// Lines above a header come and go: of what the dataset knows by name
		// the header is where the names are.
		if said >= 0 && at >= 0 && at != said && knownHeader(records[said:said+1], known) < 0 {
			return at
		}
		return said
	}
	if at >= 0 {
		return at
	}
	width, _ := commonWidth(records)
	for i, r := range top {
		// Rows of a sheet end with their last value: its header may be wider.
		if r.reason != "" || len(r.cells) != width && (s.format.Type != xlsxType || len(r.cells) < width) {
			continue
		}
		filled, data := 0, 0
		for _, c := range r.cells {
			if v := bytes.TrimSpace(c.text); len(v) > 0 {
				filled++
				if isData(v) {
					data++
				}
			}
		}
		switch {
		case width > 1 && filled*2 == width && filled > 1 && data == 0 && i+1 < len(records) && records[i+1].hasData(width):
			return i // some columns have no name
		case width > 1 && filled*2 <= width:
			continue // a title over empty cells
		case data > 0:
			return -1
		}
		return i
	}
	return -1
}

func knownHeader(records []record, known []semantic.Column) int {
	names := map[string]bool{}
	for _, c := range known {
		names[semantic.Fold(c.Name)] = true
		if c.Source != "" {
			names[semantic.Fold(c.Source)] = true
		}
	}
	best, most := -1, 0
	for i, r := range records {
		n := 0
		for _, c := range r.cells {
			if names[semantic.Fold(string(c.text))] {
				n++
			}
		}
		if n > most && 2*n >= min(len(known), len(r.cells)) {
			best, most = i, n
		}
	}
	return best
}

// hasData reports whether a record is as wide and holds numbers or dates.
func (r *record) hasData(width int) bool {
	return r.reason == "" && len(r.cells) == width &&
		slices.ContainsFunc(r.cells, func(c cell) bool { return isData(bytes.TrimSpace(c.text)) })
}

// isData reports whether a value is a number or a date, as headers are not.
func isData(v []byte) bool {
	if _, ok := parseDigits(v, '.', nil); ok {
		return true
	}
	if _, ok := loose(v, commaNumbers, nil); ok {
		return true
	}
	_, ok := parseMoment(v)
	return ok
}
