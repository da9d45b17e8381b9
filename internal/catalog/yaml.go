package catalog

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"lodestar/internal/text"
)

// Limits of one text. Definitions are small; what is beyond is a mistake or an
// attack.
const (
	maxBytes = 4 << 20
	maxDepth = 32
	maxDocs  = 5000
)

// parseYAML gives one node per document that is neither empty nor in error.
func parseYAML(file string, src []byte) (docs []*node, findings []Finding) {
	fail := func(pos Position, rule string, t text.Text) ([]*node, []Finding) {
		pos.File = file
		return nil, []Finding{{Position: pos, Rule: rule, Severity: Error, Text: t}}
	}
	src = bytes.TrimPrefix(src, []byte("\ufeff"))
	if pos, rule, t := precheck(src); rule != "" {
		return fail(pos, rule, t)
	}
	parts := splitDocuments(src)
	if len(parts) > maxDocs {
		return fail(Position{Line: 1, Column: 1}, "too_many_documents", text.Text{
			EN: "more than {n} documents in one file", ZH: "一个文件中的文档超过 {n} 个"}.With("n", maxDocs))
	}
	for _, p := range parts {
		r := &yamlReader{file: file, skipped: p.line}
		if n := r.document(p.src); len(r.findings) > 0 {
			findings = append(findings, r.findings...)
		} else if n != nil {
			docs = append(docs, n)
		}
	}
	return docs, findings
}

// document reads one document; nil is an empty one.
func (r *yamlReader) document(src []byte) (out *node) {
	defer func() {
		// The parser is not ours: a text that it stumbles over is refused like
		// any other that it cannot read.
		if recover() != nil {
			out = r.refuse(r.pos(nil), "yaml_syntax", text.Text{
				EN: "this cannot be read as YAML", ZH: "无法按 YAML 解析该文本"})
		}
	}()
	parsed, err := parser.ParseBytes(src, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		at, message := r.pos(nil), err.Error()
		var e yaml.Error
		if errors.As(err, &e) {
			message = e.GetMessage()
			at = r.pos(e.GetToken())
		}
		return r.refuse(at, "yaml_syntax", text.Text{EN: "not valid YAML: {why}", ZH: "YAML 语法错误：{why}"}.With("why", cut(message)))
	}
	for _, d := range parsed.Docs {
		if d.Body == nil {
			continue
		}
		if out != nil {
			return r.refuse(r.pos(d.Body.GetToken()), "yaml_syntax", text.Text{
				EN: "there is text after the end of the document", ZH: "文档结束之后还有内容"})
		}
		out = r.read(d.Body, 0)
	}
	if out != nil && (out.shape == absent || out.shape == null) {
		return nil
	}
	return out
}

// part is one document of a text.
type part struct {
	src  []byte
	line int // lines before it
}

// splitDocuments cuts at the lines that mark documents. YAML allows such a
// line nowhere else, and a document that cannot be read then hides no other.
func splitDocuments(src []byte) []part {
	out := []part{{}}
	start, line := 0, 0
	for start < len(src) {
		end := start + bytes.IndexByte(src[start:], '\n') + 1
		if end == start {
			end = len(src)
		}
		l := src[start:end]
		if mark := marker(l); mark != "" {
			// What stands beside --- belongs to the document and keeps its column.
			out = append(out, part{line: line})
			l = append([]byte("   "), l[3:]...)
		}
		last := &out[len(out)-1]
		last.src = append(last.src, l...)
		start, line = end, line+1
	}
	return slices.DeleteFunc(out, func(p part) bool { return len(bytes.TrimSpace(p.src)) == 0 })
}

func marker(line []byte) string {
	for _, m := range []string{"---", "..."} {
		if rest, ok := bytes.CutPrefix(line, []byte(m)); ok && (len(rest) == 0 || bytes.IndexByte([]byte(" \t\r\n"), rest[0]) >= 0) {
			return m
		}
	}
	return ""
}

func cut(s string) string {
	s = strings.ReplaceAll(s, "\n", " ")
	if r := []rune(s); len(r) > 160 {
		return string(r[:160]) + "…"
	}
	return s
}

// precheck refuses what would cost the parser too much, before it sees it.
func precheck(src []byte) (Position, string, text.Text) {
	if len(src) > maxBytes {
		return Position{Line: 1, Column: 1}, "too_large", text.Text{
			EN: "the text is longer than {n} MiB", ZH: "文本超过 {n} MiB"}.With("n", maxBytes>>20)
	}
	deep := text.Text{EN: "nested deeper than {n} levels", ZH: "嵌套超过 {n} 层"}.With("n", maxDepth)
	line, flow, dashes, fresh := 1, 0, 0, true
	for i := 0; i < len(src); {
		r, size := utf8.DecodeRune(src[i:])
		if r == utf8.RuneError && size == 1 {
			return Position{Line: line, Column: 1}, "not_utf8", text.Text{
				EN: "the text is not UTF-8; save the file in that encoding", ZH: "文本不是 UTF-8 编码，请另存为 UTF-8"}
		}
		if r == 0 || r < 0x20 && r != '\n' && r != '\r' && r != '\t' {
			return Position{Line: line, Column: 1}, "control_character", text.Text{
				EN: "the text contains a control character", ZH: "文本中含有控制字符"}
		}
		i += size
		switch r {
		case '\n':
			line, dashes, fresh = line+1, 0, true
			continue
		case '[', '{':
			if flow++; flow > 4*maxDepth {
				return Position{Line: line, Column: 1}, "too_deep", deep
			}
		case ']', '}':
			flow = max(0, flow-1)
		}
		// "- - - …", "? ? …" and ": : …" nest once for each mark.
		if fresh && (r == '-' || r == '?' || r == ':') {
			if dashes++; dashes > maxDepth && !bytes.HasPrefix(src[i-size:], []byte("---")) {
				return Position{Line: line, Column: 1}, "too_deep", deep
			}
		} else if r != ' ' && r != '\t' {
			fresh = false
		}
	}
	return Position{}, "", text.Text{}
}

var plainNumber = regexp.MustCompile(`^[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?$`)

type yamlReader struct {
	file     string
	skipped  int // lines before the document
	findings []Finding
}

func (r *yamlReader) pos(t *token.Token) Position {
	if t == nil || t.Position == nil {
		return Position{File: r.file, Line: r.skipped + 1, Column: 1}
	}
	return Position{File: r.file, Line: r.skipped + max(1, t.Position.Line), Column: max(1, t.Position.Column)}
}

func (r *yamlReader) refuse(at Position, rule string, t text.Text) *node {
	r.findings = append(r.findings, Finding{Position: at, Rule: rule, Severity: Error, Text: t})
	return &node{shape: null, pos: at}
}

func (r *yamlReader) read(n ast.Node, depth int) *node {
	at := r.pos(n.GetToken())
	if depth > maxDepth {
		return r.refuse(at, "too_deep", text.Text{EN: "nested deeper than {n} levels", ZH: "嵌套超过 {n} 层"}.With("n", maxDepth))
	}
	switch n := n.(type) {
	case *ast.MappingNode:
		return r.mapping(n.Values, at, depth)
	case *ast.MappingValueNode:
		return r.mapping([]*ast.MappingValueNode{n}, at, depth)
	case *ast.SequenceNode:
		out := &node{shape: sequence, pos: at}
		for _, v := range n.Values {
			out.items = append(out.items, r.read(v, depth+1))
		}
		return out
	case *ast.StringNode:
		if n.Token.Type == token.StringType && plainNumber.MatchString(n.Value) {
			return &node{shape: number, text: n.Value, pos: at} // 1e3, or beyond 64 bits
		}
		return &node{shape: str, text: n.Value, pos: at}
	case *ast.LiteralNode:
		return &node{shape: str, text: n.Value.Value, pos: at}
	case *ast.IntegerNode, *ast.FloatNode:
		return &node{shape: number, text: n.GetToken().Value, pos: at}
	case *ast.InfinityNode, *ast.NanNode:
		return &node{shape: number, text: n.GetToken().Value, pos: at}
	case *ast.BoolNode:
		return &node{shape: boolean, text: fmt.Sprint(n.Value), pos: at}
	case *ast.NullNode:
		if n.Token.Type == token.ImplicitNullType {
			return &node{shape: absent, pos: at}
		}
		return &node{shape: null, pos: at}
	case *ast.AnchorNode, *ast.AliasNode, *ast.MergeKeyNode:
		return r.refuse(at, "yaml_alias", text.Text{
			EN: "anchors and aliases are not read; write the value out", ZH: "不支持锚点和别名，请直接写出内容"})
	}
	return r.refuse(at, "yaml_feature", text.Text{
		EN: "this part of YAML ({what}) is not read here; write a plain value", ZH: "不支持这种 YAML 写法（{what}），请使用普通的值"}.
		With("what", n.Type().String()))
}

func (r *yamlReader) mapping(values []*ast.MappingValueNode, at Position, depth int) *node {
	out := &node{shape: mapping, pos: at}
	if len(values) > 0 {
		out.pos = r.pos(values[0].Key.GetToken())
	}
	seen := map[string]Position{}
	for _, v := range values {
		key, ok := r.key(v.Key)
		if !ok {
			continue
		}
		pos := r.pos(v.Key.GetToken())
		if first, twice := seen[key]; twice {
			r.refuse(pos, "duplicate_key", text.Text{
				EN: `the key "{key}" is in line {line} already`, ZH: `键 "{key}" 在第 {line} 行已出现过`}.
				With("key", key, "line", first.Line))
			continue
		}
		seen[key] = pos
		value := &node{shape: absent, pos: pos}
		if v.Value != nil {
			value = r.read(v.Value, depth+1)
		}
		out.fields = append(out.fields, field{key: key, pos: pos, value: value})
	}
	return out
}

// key gives the text of a key, which must be a plain scalar.
func (r *yamlReader) key(k ast.MapKeyNode) (string, bool) {
	switch k := k.(type) {
	case *ast.StringNode:
		return k.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.NullNode:
		return k.GetToken().Value, true
	}
	at := r.pos(k.GetToken())
	if k.IsMergeKey() {
		r.refuse(at, "yaml_alias", text.Text{
			EN: "merge keys are not read; write the values out", ZH: "不支持合并键（<<），请直接写出内容"})
	} else {
		r.refuse(at, "yaml_feature", text.Text{EN: "a key must be a plain word", ZH: "键必须是普通的词"})
	}
	return "", false
}
