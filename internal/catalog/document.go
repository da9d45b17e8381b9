package catalog

import (
	"reflect"

	"lodestar/internal/text"
)

// Document is a value of a YAML or JSON text in a format that is not ours, such
// as that of another tool. The zero Document is nothing.
type Document struct{ node *node }

var documentType = reflect.TypeFor[Document]()

// MaxForeign bounds a text of another tool's format: manifests that programs
// write are larger than definitions that people write.
const MaxForeign = 64 << 20

// ReadYAML gives the documents of a YAML text, with the same strictness as
// Decode: keys written twice, anchors and texts that cannot be read are
// findings.
func ReadYAML(file string, src []byte) ([]Document, []Finding) {
	nodes, findings := parseYAML(file, src)
	out := make([]Document, len(nodes))
	for i, n := range nodes {
		out[i] = Document{n}
	}
	return out, findings
}

// ReadJSON gives the value of a JSON text.
func ReadJSON(file string, src []byte) (Document, []Finding) {
	n, findings := parseJSONUpTo(src, MaxForeign)
	for i := range findings {
		findings[i].File = file
	}
	if n != nil {
		n.inFile(file)
	}
	return Document{n}, findings
}

func (n *node) inFile(file string) {
	n.pos.File = file
	for i := range n.fields {
		n.fields[i].pos.File = file
		n.fields[i].value.inFile(file)
	}
	for _, item := range n.items {
		item.inFile(file)
	}
}

// IsZero reports whether there is nothing: no value, or null.
func (d Document) IsZero() bool {
	return d.node == nil || d.node.shape == absent || d.node.shape == null
}

// IsMapping reports whether the value has keys.
func (d Document) IsMapping() bool { return d.node != nil && d.node.shape == mapping }

// IsList reports whether the value is a list.
func (d Document) IsList() bool { return d.node != nil && d.node.shape == sequence }

// Text is the text of a scalar as written, "" for anything else.
func (d Document) Text() string {
	if d.node == nil {
		return ""
	}
	return d.node.text
}

// Position is where the value stands.
func (d Document) Position() Position {
	if d.node == nil {
		return Position{}
	}
	return d.node.pos
}

// Keys lists the keys of a mapping as written.
func (d Document) Keys() []string {
	if d.node == nil {
		return nil
	}
	out := make([]string, len(d.node.fields))
	for i, f := range d.node.fields {
		out[i] = f.key
	}
	return out
}

// At gives the value of a key; the zero Document when there is none.
func (d Document) At(key string) Document {
	if d.node == nil {
		return Document{}
	}
	if f := d.node.find(key); f != nil {
		return Document{f.value}
	}
	return Document{}
}

// Items lists the values of a list.
func (d Document) Items() []Document {
	if d.node == nil {
		return nil
	}
	out := make([]Document, len(d.node.items))
	for i, n := range d.node.items {
		out[i] = Document{n}
	}
	return out
}

// Value gives the value as plain Go ones: map[string]any, []any, string,
// float64, bool, nil. Numbers too long for a float64 lose digits.
func (d Document) Value() any {
	if d.node == nil {
		return nil
	}
	return loose(d.node)
}

// Into puts the value into the Go value that v points to: keys by their JSON
// tags, unknown ones and wrong types as findings about kind and name. A field
// of type Document takes any value as it is.
func (d Document) Into(v any, kind, name, path string) []Finding {
	dec := &decoder{kind: kind, name: name, positions: map[string]Position{}}
	if d.node == nil {
		return nil
	}
	dec.value(d.node, reflect.ValueOf(v).Elem(), path)
	return dec.findings
}

// Wrong is the finding that a value should be something else.
func (d Document) Wrong(kind, name, path string, want text.Text) Finding {
	dec := &decoder{kind: kind, name: name}
	n := d.node
	if n == nil {
		n = &node{shape: absent}
	}
	dec.wrong(n, path, want)
	return dec.findings[0]
}
