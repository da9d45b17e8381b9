package catalog

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"unicode/utf8"

	"lodestar/internal/text"
)

// parseJSON reads one JSON value with the positions of its parts.
func parseJSON(src []byte) (*node, []Finding) { return parseJSONUpTo(src, maxBytes) }

func parseJSONUpTo(src []byte, most int) (*node, []Finding) {
	r := &jsonReader{src: src, dec: json.NewDecoder(bytes.NewReader(src))}
	r.dec.UseNumber()
	if len(src) > most {
		return nil, []Finding{{Position: Position{Line: 1, Column: 1}, Rule: "too_large", Severity: Error, Text: text.Text{
			EN: "the text is longer than {n} MiB", ZH: "文本超过 {n} MiB"}.With("n", most>>20)}}
	}
	n, err := r.value(0)
	if err == nil {
		if _, extra := r.dec.Token(); !errors.Is(extra, io.EOF) {
			err = errors.New("more than one value")
		}
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = errors.New("the text ends too early")
	}
	if err != nil {
		return nil, []Finding{{Position: r.pos(), Rule: "json_syntax", Severity: Error,
			Text: text.Text{EN: "not valid JSON: {why}", ZH: "JSON 语法错误：{why}"}.With("why", cut(err.Error()))}}
	}
	if len(r.findings) > 0 {
		return nil, r.findings
	}
	return n, nil
}

type jsonReader struct {
	src      []byte
	dec      *json.Decoder
	line     int // lines before done
	lineAt   int // offset of the start of the line
	done     int
	findings []Finding
}

// pos gives the place up to which the text has been read.
func (r *jsonReader) pos() Position {
	end := min(int(r.dec.InputOffset()), len(r.src))
	for ; r.done < end; r.done++ {
		if r.src[r.done] == '\n' {
			r.line, r.lineAt = r.line+1, r.done+1
		}
	}
	return Position{Line: r.line + 1, Column: utf8.RuneCount(r.src[r.lineAt:max(end, r.lineAt)]) + 1}
}

func (r *jsonReader) value(depth int) (*node, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("nested deeper than %d levels", maxDepth)
	}
	t, err := r.dec.Token()
	if err != nil {
		return nil, err
	}
	at := r.pos()
	switch t := t.(type) {
	case string:
		return &node{shape: str, text: t, pos: at}, nil
	case json.Number:
		return &node{shape: number, text: t.String(), pos: at}, nil
	case bool:
		return &node{shape: boolean, text: strconv.FormatBool(t), pos: at}, nil
	case nil:
		return &node{shape: absent, pos: at}, nil // null in JSON is how forms say "nothing"
	case json.Delim:
		if t == '[' {
			return r.sequence(at, depth)
		}
		return r.mapping(at, depth)
	}
	return nil, fmt.Errorf("unexpected %v", t)
}

func (r *jsonReader) sequence(at Position, depth int) (*node, error) {
	out := &node{shape: sequence, pos: at}
	for r.dec.More() {
		v, err := r.value(depth + 1)
		if err != nil {
			return nil, err
		}
		out.items = append(out.items, v)
	}
	_, err := r.dec.Token()
	return out, err
}

func (r *jsonReader) mapping(at Position, depth int) (*node, error) {
	out := &node{shape: mapping, pos: at}
	seen := map[string]Position{}
	for r.dec.More() {
		t, err := r.dec.Token()
		if err != nil {
			return nil, err
		}
		key, pos := t.(string), r.pos()
		v, err := r.value(depth + 1)
		if err != nil {
			return nil, err
		}
		if first, twice := seen[key]; twice {
			r.findings = append(r.findings, Finding{Position: pos, Rule: "duplicate_key", Severity: Error, Text: text.Text{
				EN: `the key "{key}" is in line {line} already`, ZH: `键 "{key}" 在第 {line} 行已出现过`}.
				With("key", key, "line", first.Line)})
			continue
		}
		seen[key] = pos
		out.fields = append(out.fields, field{key: key, pos: pos, value: v})
	}
	_, err := r.dec.Token()
	return out, err
}
