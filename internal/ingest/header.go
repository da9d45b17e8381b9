package ingest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"lodestar/internal/semantic"
	"lodestar/internal/text"
)

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
	tail := make([]byte, min(info.Size(), 32<<10))
	if _, err := f.ReadAt(tail, info.Size()-int64(len(tail))); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("staged file: %w", err)
	}
	return tail[bytes.IndexByte(tail, '\n')+1:], nil
}

// findFooter takes rows of totals at the end for a footer.
func (s *shape) findFooter(last []record, tooShort bool) {
	if tooShort {
		return
	}
	for i := len(last) - 1; i >= 0 && len(s.footer) < 5; i-- {
		first := ""
		for _, c := range last[i].cells {
			if first = strings.TrimSpace(string(c.text)); first != "" {
				break
			}
		}
		if last[i].reason != "" || !isTotal(first) {
			break
		}
		s.footer = append([]string{first}, s.footer...)
	}
	s.format.SkipFooter = len(s.footer)
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

// findHeader sets the header's line, the headers, and the titles above it.
func (s *shape) findHeader(records []record, known []semantic.Column) {
	at := s.headerIndex(records, known)
	if at < 0 {
		s.header = 0
		width, _ := commonWidth(records)
		for i := range width {
			s.headers = append(s.headers, "column_"+strconv.Itoa(i+1))
		}
	} else {
		s.header = records[at].line
		for _, c := range records[at].cells {
			s.headers = append(s.headers, strings.TrimSpace(string(c.text)))
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

func (s *shape) headerIndex(records []record, known []semantic.Column) int {
	if s.format.Header != nil {
		for i, r := range records {
			if *s.format.Header > 0 && r.line >= int64(*s.format.Header) {
				return i
			}
		}
		return -1
	}
	top := records[:min(len(records), 30)]
	if i := knownHeader(top, known); i >= 0 {
		return i
	}
	width, _ := commonWidth(records)
	for i, r := range top {
		if r.reason != "" || len(r.cells) != width {
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
		if width > 1 && filled*2 <= width {
			continue // a title over empty cells
		}
		if data > 0 {
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
