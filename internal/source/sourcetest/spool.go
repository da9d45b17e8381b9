package sourcetest

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"lodestar/internal/source"
)

// Spool is a spool in memory.
type Spool struct {
	Header []string // nil when there is no table
	Ops    []Op
	Files  []File
	// Each, where set, is called before every row and may refuse it.
	Each func() error

	csv bytes.Buffer
	put bool
}

// Op is a row that was put, or the key of one that was deleted.
type Op struct {
	Gone   bool
	Values [][]byte
}

// File is a file that was copied.
type File struct {
	Name    string
	Content *Content
}

// Content is what is in a file.
type Content struct {
	bytes.Buffer
	Closed bool
}

// Close ends the file.
func (c *Content) Close() error { c.Closed = true; return nil }

// Rows begins the table.
func (s *Spool) Rows(header []string) (source.Rows, error) {
	if s.Header != nil || len(s.Files) > 0 {
		return nil, errors.New("a second table in one spool")
	}
	s.Header = slices.Clone(header)
	return (*rows)(s), nil
}

// File begins a file.
func (s *Spool) File(name string) (io.WriteCloser, error) {
	if s.Header != nil {
		return nil, errors.New("a file beside a table")
	}
	if s.Each != nil {
		if err := s.Each(); err != nil {
			return nil, err
		}
	}
	f := File{name, &Content{}}
	s.Files = append(s.Files, f)
	return f.Content, nil
}

type rows Spool

func (r *rows) Put(values [][]byte) error {
	if len(values) != len(r.Header) {
		return fmt.Errorf("%d values for %d columns", len(values), len(r.Header))
	}
	return r.add(Op{Values: clone(values)})
}

func (r *rows) Delete(key [][]byte) error { return r.add(Op{Gone: true, Values: clone(key)}) }

func (r *rows) add(op Op) error {
	if r.Each != nil {
		if err := r.Each(); err != nil {
			return err
		}
	}
	r.put = true
	r.Ops = append(r.Ops, op)
	return nil
}

func (r *rows) CSV() (io.Writer, error) {
	if r.put {
		return nil, errors.New("CSV beside Put")
	}
	return (*csvText)(r), nil
}

type csvText Spool

func (t *csvText) Write(p []byte) (int, error) {
	if t.Each != nil {
		if err := t.Each(); err != nil {
			return 0, err
		}
	}
	return t.csv.Write(p)
}

func clone(values [][]byte) [][]byte {
	out := make([][]byte, len(values))
	for i, v := range values {
		if v != nil {
			out[i] = append([]byte{}, v...)
		}
	}
	return out
}

// All gives what was written, whichever way.
func (s *Spool) All() ([]Op, error) {
	out := slices.Clone(s.Ops)
	for r := bufio.NewReader(&s.csv); ; {
		values, err := source.ReadRecord(r)
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return out, err
		}
		if len(values) != len(s.Header) {
			return out, fmt.Errorf("a record of %d values for %d columns", len(values), len(s.Header))
		}
		out = append(out, Op{Values: values})
	}
}

// Table is rows by their key, as a warehouse that loads spools has them. Values
// are quoted; null stands for none.
type Table map[string][]string

// Load brings a spool in, as the result says.
func (t Table) Load(q source.Request, result source.Result, s *Spool) error {
	ops, err := s.All()
	if err != nil {
		return err
	}
	if result.Whole {
		clear(t)
	}
	for _, op := range ops {
		if op.Gone {
			delete(t, strings.Join(Quoted(op.Values), ","))
			continue
		}
		row := make([][]byte, len(q.Columns))
		for i, c := range q.Columns {
			row[i] = op.Values[slices.Index(s.Header, c.Name)]
		}
		var key [][]byte
		for _, k := range q.Key {
			key = append(key, row[q.Index(k)])
		}
		if len(q.Key) == 0 {
			key = [][]byte{[]byte(fmt.Sprint(len(t)))}
		}
		t[strings.Join(Quoted(key), ",")] = Quoted(row)
	}
	return nil
}

// Quoted shows values: quoted, null for none.
func Quoted(values [][]byte) []string {
	out := make([]string, len(values))
	for i, v := range values {
		if out[i] = "null"; v != nil {
			out[i] = fmt.Sprintf("%q", v)
		}
	}
	return out
}
