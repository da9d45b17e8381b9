package demo

import (
	"bufio"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// table writes one CSV file. The first error sticks and comes out of close.
type table struct {
	file  *os.File
	out   *bufio.Writer
	line  []byte
	begun bool
	err   error
}

func newTable(dir, name string, header ...string) *table {
	f, err := os.Create(filepath.Join(dir, name))
	if err != nil {
		return &table{err: err}
	}
	t := &table{file: f, out: bufio.NewWriterSize(f, 1<<18)}
	for _, h := range header {
		t.text(h)
	}
	t.end()
	return t
}

func (t *table) sep() {
	if t.begun {
		t.line = append(t.line, ',')
	}
	t.begun = true
}

// null writes no value.
func (t *table) null() { t.sep() }

func (t *table) text(s string) {
	t.sep()
	if strings.ContainsAny(s, "\",\n") {
		s = `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
	}
	t.line = append(t.line, s...)
}

func (t *table) int(n int) {
	t.sep()
	t.line = strconv.AppendInt(t.line, int64(n), 10)
}

// id writes a letter and a number with at least width digits.
func (t *table) id(prefix byte, n, width int) {
	t.sep()
	t.line = appendID(t.line, prefix, n, width)
}

func appendID(b []byte, prefix byte, n, width int) []byte {
	b = append(b, prefix)
	for limit := 10; width > 1; width, limit = width-1, limit*10 {
		if n < limit {
			b = append(b, "000000000"[:width-1]...)
			break
		}
	}
	return strconv.AppendInt(b, int64(n), 10)
}

// money writes fen as yuan.
func (t *table) money(fen int) {
	t.sep()
	t.line = strconv.AppendInt(t.line, int64(fen/100), 10)
	t.line = append(t.line, '.', byte('0'+fen/10%10), byte('0'+fen%10))
}

func (t *table) date(d time.Time) {
	t.sep()
	t.line = d.AppendFormat(t.line, time.DateOnly)
}

func (t *table) time(at time.Time) {
	t.sep()
	t.line = at.AppendFormat(t.line, time.DateTime)
}

func (t *table) end() {
	t.begun = false
	if t.err == nil {
		t.line = append(t.line, '\n')
		_, t.err = t.out.Write(t.line)
	}
	t.line = t.line[:0]
}

func (t *table) close() error {
	if t.file == nil {
		return t.err
	}
	if err := t.out.Flush(); t.err == nil {
		t.err = err
	}
	if err := t.file.Close(); t.err == nil {
		t.err = err
	}
	return t.err
}
