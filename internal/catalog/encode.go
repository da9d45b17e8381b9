package catalog

import (
	"bytes"
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"lodestar/internal/text"
)

// Encode writes resources as canonical multi-document YAML: keys in the order
// of the Go fields, map keys sorted, what is empty left out, block style. The
// same resources always give the same bytes, and Decode reads them back as
// they were. A spec with a value that YAML cannot hold is an error.
func Encode(rs []*Resource) ([]byte, error) {
	e := &encoder{}
	for i, r := range rs {
		if i > 0 {
			e.out.WriteString("---\n")
		}
		e.out.WriteString("kind: " + scalarText(r.Kind) + "\n")
		e.out.WriteString("metadata:\n")
		e.structure(reflect.ValueOf(r.Metadata), 1)
		e.out.WriteString("spec:")
		e.value(reflect.ValueOf(r.Spec), 1)
	}
	return e.out.Bytes(), e.err
}

// EncodeValue writes one value of any type as a YAML document, in the same
// way: for formats of other tools.
func EncodeValue(v any) ([]byte, error) {
	e := &encoder{}
	if rv := reflect.ValueOf(v); rv.Kind() == reflect.Struct && !e.emptyStruct(rv) {
		e.structure(rv, 0)
		return e.out.Bytes(), e.err
	}
	return nil, fmt.Errorf("a %T is no YAML document", v)
}

type encoder struct {
	out bytes.Buffer
	err error
}

func (e *encoder) indent(n int) {
	for range n {
		e.out.WriteString("  ")
	}
}

// value writes what comes after "key:" or "-", line end included.
func (e *encoder) value(v reflect.Value, depth int) {
	for v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
		if v.IsNil() {
			e.out.WriteString(" null\n")
			return
		}
		v = v.Elem()
	}
	switch {
	case v.Type() == textType:
		e.bothLanguages(v.Interface().(text.Text), depth)
	case marshalsText(v):
		b, err := v.Interface().(encoding.TextMarshaler).MarshalText()
		if err != nil {
			e.err = err
		}
		e.out.WriteString(" " + scalarText(string(b)) + "\n")
	case v.Kind() == reflect.Struct:
		if e.emptyStruct(v) {
			e.out.WriteString(" {}\n")
			return
		}
		e.out.WriteString("\n")
		e.structure(v, depth)
	case v.Kind() == reflect.Slice || v.Kind() == reflect.Array:
		e.slice(v, depth)
	case v.Kind() == reflect.Map:
		e.mapOf(v, depth)
	default:
		e.scalar(v, depth)
	}
}

func marshalsText(v reflect.Value) bool {
	_, ok := v.Interface().(encoding.TextMarshaler)
	return ok
}

func (e *encoder) bothLanguages(t text.Text, depth int) {
	if t.ZH == t.EN {
		e.str(t.ZH, depth)
		return
	}
	e.out.WriteString("\n")
	e.structure(reflect.ValueOf(t), depth)
}

func (e *encoder) shown(v reflect.Value) []specField {
	return slices.DeleteFunc(fieldsOf(v.Type()), func(f specField) bool {
		return f.omitEmpty && isEmpty(v.FieldByIndex(f.index))
	})
}

func isEmpty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Slice, reflect.Map:
		return v.Len() == 0
	}
	return v.IsZero()
}

func (e *encoder) emptyStruct(v reflect.Value) bool { return len(e.shown(v)) == 0 }

func (e *encoder) structure(v reflect.Value, depth int) {
	for i, f := range e.shown(v) {
		if i > 0 || !e.afterDash() {
			e.indent(depth)
		}
		e.out.WriteString(scalarText(f.key) + ":")
		e.value(v.FieldByIndex(f.index), depth+1)
	}
}

// afterDash reports whether the line so far is only "- ", so that the first
// key of an item goes beside it.
func (e *encoder) afterDash() bool {
	b := e.out.Bytes()
	return bytes.HasSuffix(b, []byte("- ")) && !bytes.HasSuffix(b, []byte("\n"))
}

func (e *encoder) slice(v reflect.Value, depth int) {
	if v.Len() == 0 {
		e.out.WriteString(" []\n")
		return
	}
	if flow, ok := flowList(v); ok {
		e.out.WriteString(" " + flow + "\n")
		return
	}
	e.out.WriteString("\n")
	for i := range v.Len() {
		e.indent(depth)
		item := v.Index(i)
		for item.Kind() == reflect.Pointer && !item.IsNil() {
			item = item.Elem()
		}
		if item.Kind() == reflect.Struct && item.Type() != textType && !marshalsText(item) && !e.emptyStruct(item) {
			e.out.WriteString("- ")
			e.structure(item, depth+1)
			continue
		}
		e.out.WriteString("-")
		e.value(item, depth+1)
	}
}

// flowList writes short lists of plain words on one line.
func flowList(v reflect.Value) (string, bool) {
	if v.Type().Elem().Kind() != reflect.String {
		return "", false
	}
	parts := make([]string, v.Len())
	width := 0
	for i := range parts {
		s := v.Index(i).String()
		if strings.ContainsAny(s, "\n") {
			return "", false
		}
		parts[i] = scalarText(s)
		if parts[i] == s && strings.ContainsAny(s, ",[]{}") {
			parts[i] = quoted(s)
		}
		width += len(parts[i]) + 2
	}
	return "[" + strings.Join(parts, ", ") + "]", width <= 90
}

func (e *encoder) mapOf(v reflect.Value, depth int) {
	if v.Len() == 0 {
		e.out.WriteString(" {}\n")
		return
	}
	e.out.WriteString("\n")
	keys := v.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
	for _, k := range keys {
		e.indent(depth)
		e.out.WriteString(keyText(k.String()) + ":")
		e.value(v.MapIndex(k), depth+1)
	}
}

func (e *encoder) scalar(v reflect.Value, depth int) {
	switch v.Kind() {
	case reflect.String:
		e.str(v.String(), depth)
	case reflect.Bool:
		e.out.WriteString(" " + strconv.FormatBool(v.Bool()) + "\n")
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		e.out.WriteString(" " + strconv.FormatInt(v.Int(), 10) + "\n")
	case reflect.Float32, reflect.Float64:
		e.out.WriteString(" " + floatText(v.Float()) + "\n")
	default:
		e.err = fmt.Errorf("a %s cannot be written as YAML", v.Kind())
	}
}

func floatText(f float64) string {
	s := strconv.FormatFloat(f, 'f', -1, 64)
	if len(s) > 24 {
		s = strconv.FormatFloat(f, 'e', -1, 64)
		if mantissa, exp, _ := strings.Cut(s, "e"); !strings.Contains(mantissa, ".") {
			s = mantissa + ".0e" + exp
		}
	}
	return s
}

// str writes a text: plain when that is safe, as a block when it has several
// lines, else in double quotes.
func (e *encoder) str(s string, depth int) {
	if block, ok := blockLines(s); ok {
		if strings.HasSuffix(s, "\n") {
			e.out.WriteString(" |\n")
		} else {
			e.out.WriteString(" |-\n")
		}
		for _, l := range block {
			if l != "" {
				e.indent(depth)
			}
			e.out.WriteString(l + "\n")
		}
		return
	}
	e.out.WriteString(" " + scalarText(s) + "\n")
}

// blockLines gives the lines of a text that a literal block keeps exactly.
func blockLines(s string) ([]string, bool) {
	body := strings.TrimSuffix(s, "\n")
	if !strings.Contains(body, "\n") || strings.HasSuffix(body, "\n") {
		return nil, false
	}
	lines := strings.Split(body, "\n")
	for i, l := range lines {
		trimmed := strings.TrimRight(l, " \t")
		if l != trimmed || !printable(l) || i == 0 && (l == "" || l[0] == ' ') || strings.HasPrefix(l, "\t") {
			return nil, false
		}
	}
	return lines, true
}

func printable(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) < 0
}

var (
	plainText  = regexp.MustCompile(`^[\p{L}_(][\p{L}\p{N}_ ./()+*=<>%;，。、；：？！（）《》“”·…—-]*$`)
	plainWords = []string{"null", "true", "false", "yes", "no", "on", "off", "y", "n", "nan", "inf", "infinity"}
	plainKey   = regexp.MustCompile(`^[0-9]{4}(-[A-Z]?[0-9]{1,2}){0,2}$`)
)

// scalarText writes a text on one line, in quotes unless every YAML reader
// takes it for the same text without.
func scalarText(s string) string {
	if plainText.MatchString(s) && !strings.HasSuffix(s, " ") && !strings.Contains(s, " #") && !strings.Contains(s, "---") &&
		!slices.Contains(plainWords, strings.ToLower(s)) {
		return s
	}
	return quoted(s)
}

// keyText leaves periods such as 2026-01 plain, since they are keys here.
func keyText(s string) string {
	if plainKey.MatchString(s) {
		return s
	}
	return scalarText(s)
}

// quoted writes a text in double quotes. JSON's form is YAML's, with the
// exception of escapes above U+FFFF, which JSON writes as they are.
func quoted(s string) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil {
		return strconv.Quote(s)
	}
	return strings.TrimSuffix(b.String(), "\n")
}
