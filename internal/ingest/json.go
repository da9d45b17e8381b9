package ingest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"

	"lodestar/internal/fault"
	"lodestar/internal/text"
)

// jsonReader reads an array of objects, or one object a line. Objects inside
// objects are flattened by one level: {"a": {"b": 1}} is the column a_b;
// deeper values stay JSON text. The line of an array's element is its number.
type jsonReader struct {
	dec     *json.Decoder // of an array; nil for lines
	in      *metered      // what dec reads
	lines   *splitter
	columns []string // in the order of first appearance, set by the caller
	index   map[string]int
	number  int64
	pairs   []pair
}

type pair struct {
	name  string
	value json.RawMessage
}

// mostElement is how long an element of an array may be, in bytes: the decoder
// holds it whole. One longer than a record is set aside, a longer one ends the load.
const mostElement = 16 << 20

// metered ends what is read after so many bytes.
type metered struct {
	in         io.Reader
	read, most int64
}

func (m *metered) Read(p []byte) (int, error) {
	if m.read >= m.most {
		return 0, errElement
	}
	n, err := m.in.Read(p)
	m.read += int64(n)
	return n, err
}

var errElement = fault.New(fault.TooLarge, "element_too_large", text.Text{
	EN: "an element of the list in this JSON file has more than {most} MB; is the list that you mean inside it? Save that list alone, or one object a line",
	ZH: "该 JSON 文件的列表中有一项超过 {most} MB；需要的列表是否在它里面？请只保存该列表，或每行一个对象"}, "most", mostElement>>20)

var errMoreJSON = fault.New(fault.Invalid, "more_json", text.Text{
	EN: "this JSON file goes on after its list has ended; put all records into one list, or one object a line",
	ZH: "该 JSON 文件在列表结束后还有内容；请把全部记录放在一个列表里，或每行一个对象"})

// jsonKind looks at the first sign: an array, or one object a line.
func newJSONReader(in io.Reader, columns []string) (*jsonReader, error) {
	b := bufio.NewReaderSize(in, window)
	for {
		c, err := b.ReadByte()
		if errors.Is(err, io.EOF) {
			return &jsonReader{lines: newSplitter(b, layout{})}, nil
		}
		if err != nil {
			return nil, err
		}
		if strings.IndexByte(" \t\r\n", c) >= 0 {
			continue
		}
		if err := b.UnreadByte(); err != nil {
			return nil, err
		}
		r := &jsonReader{}
		r.setColumns(columns)
		if c != '[' {
			r.lines = newSplitter(b, layout{delimiter: 0})
			return r, nil
		}
		r.in = &metered{in: b, most: mostElement}
		r.dec = json.NewDecoder(r.in)
		_, err = r.dec.Token()
		return r, err
	}
}

func (r *jsonReader) setColumns(columns []string) {
	r.columns = columns
	r.index = make(map[string]int, len(columns))
	for i, c := range columns {
		r.index[c] = i
	}
}

// object reads the next object into r.pairs.
func (r *jsonReader) object(out *record) error {
	r.pairs = r.pairs[:0]
	if r.dec == nil {
		if err := r.lines.next(out); err != nil || out.reason != "" {
			return err
		}
		if !json.Valid(out.raw) {
			out.reason = badJSON
			return nil
		}
	} else {
		r.in.most = r.dec.InputOffset() + mostElement
		if !r.dec.More() {
			return r.end()
		}
		r.number++
		*out = record{line: r.number, cells: out.cells[:0]}
		var raw json.RawMessage
		if err := r.dec.Decode(&raw); err != nil {
			return brokenJSON(err)
		}
		out.raw = raw
		if check(out); out.reason != "" {
			return nil
		}
	}
	out.cells = out.cells[:0]
	trimmed := bytes.TrimSpace(out.raw)
	if len(trimmed) == 0 || trimmed[0] != '{' {
		out.reason = notAnObject
		return nil
	}
	if !r.flatten("", trimmed, 1) {
		out.reason = badJSON
	}
	return nil
}

// end is after the last element: the bracket that closes the array, and nothing
// more, or a broken end.
func (r *jsonReader) end() error {
	if _, err := r.dec.Token(); err != nil {
		return brokenJSON(err)
	}
	switch _, err := r.dec.Token(); {
	case errors.Is(err, io.EOF):
		return io.EOF
	case errors.Is(err, errElement):
		return err
	}
	return errMoreJSON // its records would be lost without a word
}

// brokenJSON says what it means that an array cannot be read on.
func brokenJSON(err error) error {
	var known *fault.Error
	if errors.As(err, &known) { // of what is beneath
		return known
	}
	return errBroken("JSON").Wrap(err)
}

// flatten walks an object in the order it was written.
func (r *jsonReader) flatten(prefix string, object []byte, depth int) bool {
	dec := json.NewDecoder(bytes.NewReader(object))
	if _, err := dec.Token(); err != nil {
		return false
	}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return false
		}
		name, ok := key.(string)
		var value json.RawMessage
		if !ok || dec.Decode(&value) != nil {
			return false
		}
		if len(value) > 0 && value[0] == '{' && depth > 0 {
			if !r.flatten(prefix+name+"_", value, depth-1) {
				return false
			}
			continue
		}
		r.pairs = append(r.pairs, pair{prefix + name, value})
	}
	return true
}

func (r *jsonReader) next(out *record) error {
	if err := r.object(out); err != nil || out.reason != "" {
		return err
	}
	for range r.columns {
		out.cells = append(out.cells, cell{null: true})
	}
	for _, p := range r.pairs {
		i, ok := r.index[p.name]
		if !ok {
			out.reason = tooManyColumns
			continue
		}
		out.cells[i] = jsonCell(p.value)
	}
	return nil
}

func jsonCell(v json.RawMessage) cell {
	switch {
	case string(v) == "null":
		return cell{null: true}
	case len(v) > 0 && v[0] == '"':
		var s string
		if json.Unmarshal(v, &s) != nil {
			return cell{text: v, quoted: true}
		}
		return cell{text: []byte(s), quoted: true}
	}
	return cell{text: v, quoted: true}
}
