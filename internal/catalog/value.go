package catalog

import (
	"encoding"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"

	"lodestar/internal/text"
)

var (
	textType      = reflect.TypeFor[text.Text]()
	shortType     = reflect.TypeFor[json.Unmarshaler]()
	unmarshalType = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// value puts a node into a Go value. A key with nothing after it leaves the
// value as it is.
func (d *decoder) value(n *node, v reflect.Value, path string) {
	if _, ok := d.positions[path]; !ok {
		d.positions[path] = n.pos
	}
	if n.shape == absent {
		return
	}
	if v.Type() == documentType {
		v.Set(reflect.ValueOf(Document{n}))
		return
	}
	if v.Kind() == reflect.Pointer {
		if n.shape == null {
			return
		}
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		d.value(n, v.Elem(), path)
		return
	}
	if v.Type() == textType {
		d.bothLanguages(n, v, path)
		return
	}
	if v.CanAddr() && v.Addr().Type().Implements(unmarshalType) {
		if n.shape != str && n.shape != number {
			d.wrong(n, path, text.Text{EN: "text", ZH: "文字"})
		} else if err := v.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(n.text)); err != nil {
			d.fail(n.pos, path, "wrong_value", "", text.Text{EN: "this value cannot be read: {why}", ZH: "无法识别的值：{why}"}.With("why", cut(err.Error())))
		}
		return
	}
	if n.shape == str && v.Kind() == reflect.Struct && v.CanAddr() && v.Addr().Type().Implements(shortType) {
		d.short(n, v, path)
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		d.structure(n, v, path)
	case reflect.Slice:
		d.slice(n, v, path)
	case reflect.Map:
		d.mapOf(n, v, path)
	case reflect.Interface:
		if v.NumMethod() == 0 {
			v.Set(reflect.ValueOf(loose(n)))
			return
		}
		d.wrong(n, path, text.Text{EN: "something this program knows", ZH: "程序可识别的内容"})
	default:
		d.scalar(n, v, path)
	}
}

// short takes a text where a type reads one in place of its fields.
func (d *decoder) short(n *node, v reflect.Value, path string) {
	b, err := json.Marshal(n.text)
	if err == nil {
		err = v.Addr().Interface().(json.Unmarshaler).UnmarshalJSON(b)
	}
	if err != nil {
		d.structure(n, v, path) // says which keys there are
	}
}

func (d *decoder) scalar(n *node, v reflect.Value, path string) {
	switch v.Kind() {
	case reflect.String:
		switch n.shape {
		case str, number, boolean:
			v.SetString(n.text)
		case null:
			d.fail(n.pos, path, "null_text", "", text.Text{
				EN: `write "null" in quotes for the word, or leave the line out for nothing`,
				ZH: `若要表示文字 null，请加引号写成 "null"；若要留空，请删去这一行`})
		default:
			d.wrong(n, path, text.Text{EN: "text", ZH: "文字"})
		}
	case reflect.Bool:
		if n.shape != boolean {
			d.wrong(n, path, text.Text{EN: "true or false", ZH: "true 或 false"})
			return
		}
		v.SetBool(n.text == "true")
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		i, err := strconv.ParseInt(n.text, 10, v.Type().Bits())
		if n.shape != number || err != nil {
			d.wrong(n, path, text.Text{EN: "a whole number", ZH: "整数"})
			return
		}
		v.SetInt(i)
	case reflect.Float32, reflect.Float64:
		f, err := strconv.ParseFloat(n.text, 64)
		if n.shape != number || err != nil || math.IsInf(f, 0) || math.IsNaN(f) || strings.ContainsAny(n.text, "xXpP_") {
			d.wrong(n, path, text.Text{EN: "a number", ZH: "数字"})
			return
		}
		v.SetFloat(f)
	default:
		d.fail(n.pos, path, "wrong_type", "", text.Text{EN: "nothing can be written here", ZH: "此处不能填写内容"})
	}
}

// bothLanguages takes {zh, en} or plain text, which stands for both.
func (d *decoder) bothLanguages(n *node, v reflect.Value, path string) {
	switch n.shape {
	case str, number, boolean:
		v.Set(reflect.ValueOf(text.Same(n.text)))
	case mapping:
		d.structure(n, v, path)
	case null:
		d.scalar(n, reflect.New(reflect.TypeFor[string]()).Elem(), path)
	default:
		d.wrong(n, path, text.Text{EN: "text, or {zh: …, en: …}", ZH: "文字，或 {zh: …, en: …}"})
	}
}

func (d *decoder) structure(n *node, v reflect.Value, path string) {
	if n.shape != mapping {
		d.wrong(n, path, text.Text{EN: "a mapping with the keys {keys}", ZH: "含以下键的键值对：{keys}"}.
			With("keys", strings.Join(keysOf(v.Type()), ", ")))
		return
	}
	fields := fieldsOf(v.Type())
	for _, f := range n.fields {
		p := join(path, f.key)
		at := -1
		for i := range fields {
			if fields[i].key == f.key {
				at = i
			}
		}
		if at < 0 {
			d.unknown(f, p, keysOf(v.Type()))
			continue
		}
		d.positions[p] = f.value.pos
		d.value(f.value, v.FieldByIndex(fields[at].index), p)
	}
}

func (d *decoder) slice(n *node, v reflect.Value, path string) {
	if n.shape != sequence {
		d.wrong(n, path, text.Text{EN: "a list", ZH: "列表"})
		return
	}
	out := reflect.MakeSlice(v.Type(), len(n.items), len(n.items))
	for i, item := range n.items {
		p := fmt.Sprintf("%s[%d]", path, i)
		if item.shape == absent || item.shape == null {
			d.wrong(item, p, text.Text{EN: "a value", ZH: "一个值"})
			continue
		}
		d.value(item, out.Index(i), p)
	}
	v.Set(out)
}

func (d *decoder) mapOf(n *node, v reflect.Value, path string) {
	if n.shape != mapping || v.Type().Key().Kind() != reflect.String {
		d.wrong(n, path, text.Text{EN: "a mapping of names to values", ZH: "名称到值的键值对"})
		return
	}
	out := reflect.MakeMapWithSize(v.Type(), len(n.fields))
	for _, f := range n.fields {
		p := join(path, f.key)
		d.positions[p] = f.value.pos
		elem := reflect.New(v.Type().Elem()).Elem()
		if empty := f.value.shape == absent || f.value.shape == null; empty && elem.Kind() != reflect.Interface {
			d.wrong(f.value, p, text.Text{EN: "a value", ZH: "一个值"})
			continue
		} else if !empty { // a map of anything may say that there is nothing
			d.value(f.value, elem, p)
		}
		out.SetMapIndex(reflect.ValueOf(f.key).Convert(v.Type().Key()), elem)
	}
	v.Set(out)
}

// loose gives the plain Go form of a node.
func loose(n *node) any {
	switch n.shape {
	case str:
		return n.text
	case boolean:
		return n.text == "true"
	case number:
		f, err := strconv.ParseFloat(n.text, 64)
		if err != nil || math.IsInf(f, 0) || math.IsNaN(f) {
			return n.text
		}
		return f
	case sequence:
		out := []any{}
		for _, i := range n.items {
			out = append(out, loose(i))
		}
		return out
	case mapping:
		out := map[string]any{}
		for _, f := range n.fields {
			out[f.key] = loose(f.value)
		}
		return out
	}
	return nil
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// specField is a Go field as the YAML and JSON texts see it.
type specField struct {
	key       string
	index     []int
	omitEmpty bool
}

// fieldsOf lists the fields of a struct in order, those of embedded structs in
// their place.
func fieldsOf(t reflect.Type) []specField {
	var out []specField
	for i := range t.NumField() {
		f := t.Field(i)
		tag, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if tag == "-" && options == "" || !f.IsExported() && !f.Anonymous {
			continue
		}
		if f.Anonymous && tag == "" && f.Type.Kind() == reflect.Struct {
			for _, inner := range fieldsOf(f.Type) {
				inner.index = append([]int{i}, inner.index...)
				out = append(out, inner)
			}
			continue
		}
		if !f.IsExported() {
			continue
		}
		if tag == "" {
			tag = f.Name
		}
		out = append(out, specField{key: tag, index: f.Index,
			omitEmpty: strings.Contains(options, "omitempty") || strings.Contains(options, "omitzero")})
	}
	return out
}

func keysOf(t reflect.Type) []string {
	var out []string
	for _, f := range fieldsOf(t) {
		out = append(out, f.key)
	}
	return out
}
