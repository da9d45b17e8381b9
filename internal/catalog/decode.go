package catalog

import (
	"reflect"
	"slices"
	"strings"

	"lodestar/internal/expr"
	"lodestar/internal/text"
)

// APIVersion is what an envelope may say it is written for.
const APIVersion = "lodestar/v1"

// Decode reads the definitions of a YAML text, strictly: unknown keys, wrong
// types and keys written twice are errors with their place. Resources come
// with Positions; one with an error of its own is left out. Specs are not
// validated and references not followed: that is the Service's part.
func Decode(file string, src []byte, kinds []Kind) ([]*Resource, []Finding) {
	docs, findings := parseYAML(file, src)
	var out []*Resource
	for _, d := range docs {
		r, fs := decodeResource(d, kinds)
		findings = append(findings, fs...)
		if !hasError(fs) {
			out = append(out, r)
		}
	}
	return out, findings
}

// DecodeJSON reads the body {"metadata": …, "spec": …} of a request about one
// resource, as strictly as Decode. Name, when not empty, must agree with the
// body, which may leave it out; so may kind. What the server gives (revision,
// author, updatedAt, state, findings) may be present and is not read.
func DecodeJSON(kind Kind, name string, src []byte) (*Resource, []Finding) {
	n, findings := parseJSON(src)
	if n == nil {
		return nil, findings
	}
	if n.shape == mapping {
		n.fields = slices.DeleteFunc(n.fields, func(f field) bool {
			return slices.Contains([]string{"revision", "author", "updatedAt", "state", "findings"}, f.key)
		})
		if n.find("kind") == nil {
			n.fields = append(n.fields, field{key: "kind", pos: n.pos, value: &node{shape: str, text: kind.Name, pos: n.pos}})
		}
		if m := n.find("metadata"); name != "" && (m == nil || m.value.shape == mapping && m.value.find("name") == nil) {
			given := field{key: "name", pos: n.pos, value: &node{shape: str, text: name, pos: n.pos}}
			if m == nil {
				n.fields = append(n.fields, field{key: "metadata", pos: n.pos, value: &node{shape: mapping, pos: n.pos, fields: []field{given}}})
			} else {
				m.value.fields = append(m.value.fields, given)
			}
		}
	}
	r, findings := decodeResource(n, []Kind{kind})
	if !hasError(findings) && name != "" && r.Metadata.Name != name {
		findings = append(findings, Finding{Kind: kind.Name, Name: name, Path: "metadata.name", Rule: "name_differs", Severity: Error,
			Text: text.Text{EN: "the name is {a} in the body and {b} in the address; to rename, use the rename action",
				ZH: "正文中的名称是 {a}，地址中的名称是 {b}；改名请使用“重命名”"}.With("a", r.Metadata.Name, "b", name)})
	}
	if hasError(findings) {
		return nil, findings
	}
	r.Positions = nil
	return r, findings
}

// decoder turns nodes into Go values and keeps where each stood.
type decoder struct {
	kind, name string
	positions  map[string]Position
	findings   []Finding
}

func (d *decoder) fail(pos Position, path, rule, suggestion string, t text.Text) {
	d.findings = append(d.findings, Finding{Position: pos, Kind: d.kind, Name: d.name, Path: path,
		Rule: rule, Severity: Error, Text: t, Suggestion: suggestion})
}

func decodeResource(n *node, kinds []Kind) (*Resource, []Finding) {
	d := &decoder{positions: map[string]Position{"": n.pos}}
	if n.shape != mapping {
		d.wrong(n, "", text.Text{EN: "a definition with kind, metadata and spec", ZH: "含 kind、metadata、spec 的定义"})
		return nil, d.findings
	}
	if f := n.find("metadata"); f != nil && f.value.shape == mapping {
		if nf := f.value.find("name"); nf != nil {
			d.name = nf.value.text
		}
	}
	k, ok := d.kindOf(n, kinds)
	if !ok {
		return nil, d.findings
	}
	r := &Resource{Kind: k.Name, Spec: k.New(), State: Published, Positions: d.positions}
	keys := []string{"apiVersion", "kind", "metadata", "spec"}
	for _, f := range n.fields {
		d.positions[f.key] = f.pos
		switch f.key {
		case "apiVersion":
			if f.value.text != APIVersion {
				d.fail(f.value.pos, "apiVersion", "api_version", APIVersion, text.Text{
					EN: "this program reads apiVersion {v}", ZH: "本程序支持的 apiVersion 为 {v}"}.With("v", APIVersion))
			}
		case "kind":
		case "metadata":
			d.value(f.value, reflect.ValueOf(&r.Metadata).Elem(), "metadata")
		case "spec":
			d.value(f.value, reflect.ValueOf(r.Spec), "spec")
		default:
			d.unknown(f, f.key, keys)
		}
	}
	for _, need := range []string{"metadata", "spec"} {
		if f := n.find(need); f == nil || f.value.shape == absent || f.value.shape == null {
			d.fail(n.pos, need, "missing_key", "", text.Text{EN: "{key} is missing", ZH: "缺少 {key}"}.With("key", need))
		}
	}
	if f, bad := checkName(r.Metadata.Name); bad && n.find("metadata") != nil && !hasError(d.findings) {
		f.Kind, f.Name = d.kind, d.name
		d.findings = append(d.findings, locate(r, f))
	}
	return r, d.findings
}

func (d *decoder) kindOf(n *node, kinds []Kind) (Kind, bool) {
	var names []string
	for _, k := range kinds {
		names = append(names, k.Name)
	}
	list := strings.Join(names, ", ")
	f := n.find("kind")
	if f == nil {
		near := ""
		for _, other := range n.fields {
			if expr.Didyoumean(other.key, []string{"kind"}) != "" {
				near = "kind"
			}
		}
		d.fail(n.pos, "kind", "missing_key", near, text.Text{
			EN: "kind is missing; it is one of {kinds}", ZH: "缺少 kind，可用的种类有 {kinds}"}.With("kinds", list))
		return Kind{}, false
	}
	for _, k := range kinds {
		if f.value.shape == str && k.Name == f.value.text {
			d.kind = k.Name
			return k, true
		}
	}
	near := expr.Didyoumean(f.value.text, names)
	for _, k := range kinds {
		if strings.EqualFold(k.Name, f.value.text) || strings.EqualFold(k.Plural, f.value.text) {
			near = k.Name
		}
	}
	d.fail(f.value.pos, "kind", "unknown_kind", near, text.Text{
		EN: `there is no kind "{kind}"; the kinds are {kinds}`, ZH: `没有 "{kind}" 这种定义，可用的种类有 {kinds}`}.
		With("kind", cut(f.value.text), "kinds", list))
	return Kind{}, false
}

func (d *decoder) unknown(f field, path string, known []string) {
	near := expr.Didyoumean(f.key, known)
	for _, k := range known {
		if strings.EqualFold(strings.ReplaceAll(f.key, "_", ""), k) {
			near = k // snake_case for camelCase
		}
	}
	d.fail(f.pos, path, "unknown_key", near, text.Text{
		EN: `the key "{key}" is not known here`, ZH: `这里没有 "{key}" 这个键`}.With("key", cut(f.key)))
}

// wrong says that a value has the wrong type.
func (d *decoder) wrong(n *node, path string, want text.Text) {
	got := map[shape]text.Text{
		absent: {EN: "nothing", ZH: "空值"}, null: {EN: "null", ZH: "null"}, str: {EN: "text", ZH: "文字"},
		number: {EN: "a number", ZH: "数字"}, boolean: {EN: "true or false", ZH: "布尔值"},
		mapping: {EN: "a mapping", ZH: "键值对"}, sequence: {EN: "a list", ZH: "列表"}}[n.shape]
	if n.shape == str && n.text != "" && len(n.text) <= 40 {
		got.EN, got.ZH = got.EN+` "`+n.text+`"`, got.ZH+` "`+n.text+`"`
	}
	d.fail(n.pos, path, "wrong_type", "", text.Text{
		EN: "this should be {want}, not {got}", ZH: "这里应为{want}，而不是{got}"}.With("want", want, "got", got))
}
