package ingest

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"lodestar/internal/source"
)

// SpoolOptions say what a spool is for.
type SpoolOptions struct {
	Key []string // names at the source, for rows that are gone
	// Numbered puts its number before every row, so that several reads, in which
	// a row may come again or go, can be folded into one load.
	Numbered bool
}

// Spool is a directory of the staging directory that takes what reads of a
// source write, one table or some files, until it is loaded; see source.Spool.
// One goroutine uses it at a time.
type Spool struct {
	options SpoolOptions
	staging string
	dir     string
	file    *os.File // the table's
	out     *bufio.Writer
	disk    *diskWriter
	header  []string
	key     []int // of the header
	// numbered says that the first value of a record is its number, negative
	// for a row that is gone; plain, that there is none.
	numbered, plain bool
	n               int64
	files           []spooledFile
}

// spooledFile is a file as it came, under its name for display.
type spooledFile struct{ name, path string }

var _ source.Spool = (*Spool)(nil)

// NewSpool makes an empty spool. The caller closes it; what a crash leaves goes
// at the next start.
func (s *Service) NewSpool(o SpoolOptions) (*Spool, error) {
	sp := &Spool{options: o, staging: s.Warehouse.Staging(), disk: &diskWriter{s: s, pace: s.pace()}}
	sp.dir = filepath.Join(sp.staging, strings.ToLower(rand.Text())+".spool")
	if err := os.Mkdir(sp.dir, 0o700); err != nil {
		return nil, fmt.Errorf("spool: %w", s.full(0, err))
	}
	if err := s.room(0); err != nil {
		return nil, errors.Join(err, sp.Close())
	}
	return sp, nil
}

// Bytes is how much is on disk.
func (sp *Spool) Bytes() int64 { return sp.disk.n }

// Files reports whether files were spooled, of which nobody has counted the
// records yet.
func (sp *Spool) Files() bool { return len(sp.files) > 0 }

// Silent reports that nothing was said: there is neither a table, though it be
// empty, nor a file.
func (sp *Spool) Silent() bool { return sp.file == nil && len(sp.files) == 0 }

// Close lets go of everything that was spooled.
func (sp *Spool) Close() error {
	var err error
	if sp.file != nil {
		err = sp.file.Close()
	}
	return errors.Join(err, os.RemoveAll(sp.dir))
}

// Rows begins the table, or goes on with it in a later read, which then has the
// same header.
func (sp *Spool) Rows(header []string) (source.Rows, error) {
	if len(sp.files) > 0 || sp.file != nil && !slices.Equal(header, sp.header) || len(header) == 0 {
		return nil, errors.New("spool: a table with another header, or beside files")
	}
	if sp.file != nil {
		return spoolRows{sp}, nil
	}
	sp.header = slices.Clone(header)
	for _, k := range sp.options.Key {
		i := slices.Index(header, k)
		if i < 0 {
			return nil, fmt.Errorf("spool: the key %s is not in the header", k)
		}
		sp.key = append(sp.key, i)
	}
	f, err := os.OpenFile(filepath.Join(sp.dir, "rows.csv"), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("spool: %w", err)
	}
	sp.file, sp.disk.to = f, f
	sp.out = bufio.NewWriterSize(sp.disk, 256<<10)
	// A lone value that is missing would be an empty line, which is no record.
	sp.numbered = sp.options.Numbered || len(header) == 1
	return spoolRows{sp}, nil
}

// File begins a file as it is.
func (sp *Spool) File(name string) (io.WriteCloser, error) {
	if sp.file != nil {
		return nil, errors.New("spool: a file beside a table")
	}
	path := filepath.Join(sp.dir, strconv.Itoa(len(sp.files))+".upload")
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("spool: %w", err)
	}
	sp.files = append(sp.files, spooledFile{displayName(name), path})
	sp.disk.to = f
	return closingDisk{sp.disk, f}, nil
}

// flush puts on disk what is still in memory.
func (sp *Spool) flush() error {
	if sp.out == nil {
		return nil
	}
	return sp.out.Flush()
}

type spoolRows struct{ *Spool }

func (r spoolRows) number(sign string) error {
	if r.plain {
		return errors.New("spool: single rows after rows of CSV text")
	}
	r.numbered = true
	r.n++
	r.out.WriteString(sign)
	r.out.Write(strconv.AppendInt(r.out.AvailableBuffer(), r.n, 10))
	return nil
}

func (r spoolRows) value(text []byte) {
	r.out.WriteByte(',')
	if text != nil {
		r.out.Write(appendQuoted(r.out.AvailableBuffer(), text))
	}
}

// Put adds a row; see source.Rows.
func (r spoolRows) Put(values [][]byte) error {
	if len(values) != len(r.header) {
		return fmt.Errorf("spool: %d values under %d columns", len(values), len(r.header))
	}
	if err := r.number(""); err != nil {
		return err
	}
	for _, v := range values {
		r.value(v)
	}
	return r.out.WriteByte('\n') // tells of all errors before it, too
}

// Delete adds the key of a row that is gone; see source.Rows.
func (r spoolRows) Delete(key [][]byte) error {
	if len(key) != len(r.key) || len(key) == 0 {
		return fmt.Errorf("spool: a key of %d values, not %d", len(key), len(r.key))
	}
	if err := r.number("-"); err != nil {
		return err
	}
	for i := range r.header {
		var v []byte
		if at := slices.Index(r.key, i); at >= 0 {
			v = key[at]
		}
		r.value(v)
	}
	return r.out.WriteByte('\n')
}

// CSV gives the writer of ready text; see source.Rows.
func (r spoolRows) CSV() (io.Writer, error) {
	if r.numbered {
		return &numbering{Spool: r.Spool, begins: true}, nil
	}
	r.plain = true
	return r.out, nil
}

// numbering puts numbers before the records of CSV text.
type numbering struct {
	*Spool
	begins, quoted bool
}

func (w *numbering) Write(p []byte) (int, error) {
	written := 0
	for len(p) > 0 {
		if w.begins {
			w.n++
			w.out.Write(append(strconv.AppendInt(w.out.AvailableBuffer(), w.n, 10), ','))
			w.begins = false
		}
		end := bytes.IndexAny(p, "\"\n")
		if end < 0 {
			end = len(p) - 1
		} else if p[end] == '"' {
			w.quoted = !w.quoted
		} else if !w.quoted {
			w.begins = true
		}
		n, err := w.out.Write(p[:end+1])
		written += n
		if err != nil {
			return written, err
		}
		p = p[end+1:]
	}
	return written, nil
}

type closingDisk struct {
	*diskWriter
	file *os.File
}

func (c closingDisk) Close() error { return c.file.Close() }
