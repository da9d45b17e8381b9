package source

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// ReadRecord reads a record of the text that Rows.CSV takes: nil for no value.
// It gives io.EOF after the last one.
func ReadRecord(r *bufio.Reader) ([][]byte, error) {
	record, err := RawRecord(r)
	if err != nil {
		return nil, err
	}
	return Fields(record), nil
}

// RawRecord reads a record as it is, with the end of its line.
func RawRecord(r *bufio.Reader) ([]byte, error) {
	var record []byte
	for whole := true; ; {
		line, err := r.ReadBytes('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		record = append(record, line...)
		if bytes.Count(line, []byte(`"`))%2 == 1 { // each line once: a text may have very many
			whole = !whole
		}
		switch {
		case len(record) == 0:
			return nil, io.EOF
		case whole:
			return record, nil
		case err != nil:
			return nil, io.ErrUnexpectedEOF
		}
	}
}

// Fields splits one record of that text.
func Fields(record []byte) [][]byte {
	rest := bytes.TrimSuffix(record, []byte("\n"))
	var out [][]byte
	for {
		var value []byte // no value, when there is nothing
		if len(rest) > 0 && rest[0] == '"' {
			value, rest = unquote(rest[1:])
		} else {
			end := bytes.IndexByte(rest, ',')
			if end < 0 {
				end = len(rest)
			}
			if end > 0 {
				value = rest[:end]
			}
			rest = rest[end:]
		}
		out = append(out, value)
		if len(rest) == 0 {
			return out
		}
		rest = rest[1:] // the comma
	}
}

// unquote reads up to the closing quote.
func unquote(s []byte) (value, rest []byte) {
	value = []byte{}
	for {
		end := bytes.IndexByte(s, '"')
		if end < 0 {
			return append(value, s...), nil
		}
		value = append(value, s[:end]...)
		if s = s[end+1:]; len(s) == 0 || s[0] != '"' {
			return value, s
		}
		value, s = append(value, '"'), s[1:]
	}
}
