package httpapi

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"

	"lodestar/internal/query"
	"lodestar/internal/text"
)

// csvFile starts with a byte order mark, without which Excel misreads Chinese.
type csvFile struct {
	w       *csv.Writer
	line    []string
	summary [][]any
}

func (f *csvFile) begin(w io.Writer, s *query.Stream, lang text.Lang) error {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return err
	}
	f.w, f.summary = csv.NewWriter(w), summaries(s.Head, lang)
	for _, h := range heads(s.Head, lang) {
		f.line = append(f.line, harmless(h))
	}
	return f.w.Write(f.line)
}

func (f *csvFile) write(rows [][]any) error {
	for _, row := range rows {
		for i, v := range row {
			f.line[i] = exact(v)
		}
		if err := f.w.Write(f.line); err != nil {
			return err
		}
	}
	return nil
}

func (f *csvFile) end() error {
	if err := f.write(f.summary); err != nil {
		return err
	}
	f.w.Flush()
	return f.w.Error()
}

// exact is the full text of a value; only text can be a formula.
func exact(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return harmless(v)
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	}
	return fmt.Sprint(v)
}

// harmless keeps a spreadsheet from running text as a formula.
func harmless(s string) string {
	if s == "" || !strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return s
	}
	if _, err := strconv.ParseFloat(s, 64); err == nil {
		return s // a number, such as -5, is no formula
	}
	return "'" + s
}

// ndjsonFile has an object a line, its members in the order of the columns.
// Rows of others and totals say so in "_part".
type ndjsonFile struct {
	w     io.Writer
	names [][]byte // as JSON, with the colon
	head  *query.Result
	b     bytes.Buffer
}

func (f *ndjsonFile) begin(w io.Writer, s *query.Stream, _ text.Lang) error {
	f.w, f.head = w, s.Head
	for _, c := range s.Head.Columns {
		name, err := json.Marshal(c.Name)
		if err != nil {
			return err
		}
		f.names = append(f.names, append(name, ':'))
	}
	return nil
}

func (f *ndjsonFile) write(rows [][]any) error { return f.part("", rows) }

func (f *ndjsonFile) part(part string, rows [][]any) error {
	f.b.Reset()
	for _, row := range rows {
		f.b.WriteByte('{')
		if part != "" {
			fmt.Fprintf(&f.b, `"_part":%q,`, part)
		}
		for i, v := range row {
			if i > 0 {
				f.b.WriteByte(',')
			}
			cell, err := json.Marshal(v)
			if err != nil {
				return err
			}
			f.b.Write(f.names[i])
			f.b.Write(cell)
		}
		f.b.WriteString("}\n")
	}
	_, err := f.w.Write(f.b.Bytes())
	return err
}

func (f *ndjsonFile) end() error {
	if err := f.part("others", f.head.Others); err != nil {
		return err
	}
	return f.part("totals", f.head.Totals)
}
