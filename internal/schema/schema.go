package schema

import (
	_ "embed"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"sync"

	"lodestar/internal/calendar"
	"lodestar/internal/catalog"
	"lodestar/internal/kinds"
	"lodestar/internal/query"
	"lodestar/internal/semantic"
	"lodestar/internal/text"
)

// Draft is the version of JSON Schema, the newest that common editors know
// whole.
const Draft = "http://json-schema.org/draft-07/schema#"

// Any is the name of the schema that takes a definition of any kind, and Query
// that of the query object.
const (
	Any   = "Any"
	Query = "Query"
)

//go:embed words.json
var wordsFile []byte

// words are descriptions by type and key: "semantic.MetricSpec.agg".
var words = sync.OnceValue(func() map[string]text.Text {
	out := map[string]text.Text{}
	if err := json.Unmarshal(wordsFile, &out); err != nil {
		panic(err) // the file is part of the program: found by any test
	}
	return out
})

// Entry is a schema in the index.
type Entry struct {
	Name  string    `json:"name"` // of a kind, Any or Query
	Title text.Text `json:"title"`
	URL   string    `json:"url"` // relative
}

// Index lists the schemas that there are.
func Index() []Entry {
	out := []Entry{{Any, text.Text{ZH: "任意定义", EN: "Any definition"}, Any + ".json"}}
	for _, k := range kinds.All() {
		out = append(out, Entry{k.Name, k.Title, k.Name + ".json"})
	}
	return append(out, Entry{Query, text.Text{ZH: "查询对象", EN: "Query object"}, Query + ".json"})
}

// Of gives a schema by name as indented JSON; ok is false for one that there
// is not.
func Of(name string) (doc []byte, ok bool) {
	w := &writer{definitions: map[string]any{}, choices: kinds.Choices()}
	var root object
	switch {
	case name == Any:
		root = w.any()
	case name == Query:
		root = w.ref(reflect.TypeFor[query.Request]())
	default:
		i := slices.IndexFunc(kinds.All(), func(k catalog.Kind) bool { return k.Name == name || k.Plural == name })
		if i < 0 {
			return nil, false
		}
		root = w.envelope(kinds.All()[i])
	}
	root["$schema"] = Draft
	if len(w.definitions) > 0 {
		root["definitions"] = w.definitions
	}
	doc, err := json.MarshalIndent(root, "", "  ")
	if err != nil {
		panic(err) // plain maps and texts
	}
	return append(doc, '\n'), true
}

// object is a schema; JSON writes its keys in order of the alphabet.
type object = map[string]any

type writer struct {
	definitions map[string]any // by name of the type
	choices     map[string][]string
}

func (w *writer) any() object {
	var branches []any
	var names []any
	for _, k := range kinds.All() {
		names = append(names, k.Name)
		branches = append(branches, object{
			"if":   object{"properties": object{"kind": object{"const": k.Name}}, "required": []any{"kind"}},
			"then": object{"properties": object{"spec": w.spec(k)}}})
	}
	root := w.frame(object{"enum": names}, object{})
	root["title"] = "Lodestar"
	root["allOf"] = branches
	return root
}

func (w *writer) envelope(k catalog.Kind) object {
	root := w.frame(object{"const": k.Name}, w.spec(k))
	root["title"] = k.Name + " · " + k.Title.ZH
	return root
}

func (w *writer) frame(kind, spec object) object {
	return object{"type": "object", "additionalProperties": false, "required": []any{"kind", "metadata", "spec"},
		"properties": object{"apiVersion": object{"const": catalog.APIVersion}, "kind": kind,
			"metadata": w.ref(reflect.TypeFor[catalog.Metadata]()), "spec": spec}}
}

func (w *writer) spec(k catalog.Kind) object { return w.ref(reflect.TypeOf(k.New()).Elem()) }

// typeName is how a type is called in words, choices and definitions.
func typeName(t reflect.Type) string { return t.String() }

// ref puts a struct among the definitions and points there.
func (w *writer) ref(t reflect.Type) object {
	name := typeName(t)
	if _, done := w.definitions[name]; !done {
		w.definitions[name] = object{} // stops recursion
		w.definitions[name] = w.structure(t)
	}
	return object{"$ref": "#/definitions/" + name}
}

func (w *writer) structure(t reflect.Type) object {
	props, required := object{}, []any{}
	for i := range t.NumField() {
		f := t.Field(i)
		key, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if !f.IsExported() || key == "-" || key == "" {
			continue
		}
		path := typeName(t) + "." + key
		p := w.field(f.Type, path)
		if d := describe(path); d != "" {
			if _, isRef := p["$ref"]; isRef { // draft 7 reads nothing beside a $ref
				p = object{"allOf": []any{p}}
			}
			p["description"] = d
		}
		props[key] = p
		if !strings.Contains(options, "omit") {
			required = append(required, key)
		}
	}
	out := object{"type": "object", "additionalProperties": false, "properties": props}
	if len(required) > 0 {
		out["required"] = required
	}
	if d := describe(typeName(t)); d != "" {
		out["description"] = d
	}
	return out
}

// describe gives the words of a type or field in both languages.
func describe(path string) string {
	t := words()[path]
	if t.ZH == "" || t.ZH == t.EN {
		return t.EN
	}
	return t.EN + "\n\n" + t.ZH
}

// field is the schema of a value at a path of a type.
func (w *writer) field(t reflect.Type, path string) object {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if special, ok := w.special(t, path); ok {
		return special
	}
	switch t.Kind() {
	case reflect.Struct:
		return w.ref(t)
	case reflect.Slice:
		return object{"type": "array", "items": w.field(t.Elem(), path)}
	case reflect.Map:
		return object{"type": "object", "additionalProperties": w.field(t.Elem(), path+"{}")}
	case reflect.Bool:
		return object{"type": "boolean"}
	case reflect.Int, reflect.Int64, reflect.Int32:
		return object{"type": "integer"}
	case reflect.Float64:
		return object{"type": "number"}
	case reflect.Interface:
		return object{}
	}
	if words := w.choices[path]; words != nil {
		return enum(words)
	}
	switch path {
	case "catalog.Metadata.name":
		return object{"type": "string", "pattern": "^[a-z][a-z0-9_]*$"}
	}
	// A text may look like a number: what is written counts.
	return object{"type": []any{"string", "number", "boolean"}}
}

func enum(words []string) object {
	list := make([]any, len(words))
	for i, v := range words {
		list[i] = v
	}
	return object{"enum": list}
}

// special are the types that are written in a form of their own.
func (w *writer) special(t reflect.Type, path string) (object, bool) {
	name := object{"type": "string"}
	switch t {
	case reflect.TypeFor[text.Text]():
		return object{"oneOf": []any{object{"type": []any{"string", "number", "boolean"}}, object{"type": "object", "additionalProperties": false,
			"properties": object{"zh": name, "en": name}}}}, true
	case reflect.TypeFor[calendar.Grain]():
		if words := w.choices[path]; words != nil {
			return enum(words), true
		}
		var known []any
		for _, g := range (calendar.Calendar{}).GrainNames() {
			known = append(known, string(g))
		}
		// A calendar may have grains of its own.
		return object{"anyOf": []any{object{"enum": known}, object{"type": "string", "pattern": "^[a-z][a-z0-9_]*$"}}}, true
	case reflect.TypeFor[semantic.Entity]():
		return object{"oneOf": []any{name, w.ref(t)}}, true
	case reflect.TypeFor[query.MetricRef]():
		return object{"oneOf": []any{name, w.ref(t)}}, true
	case reflect.TypeFor[query.By]():
		fields := object{}
		for i := range t.NumField() { // it writes itself, under the names of its fields
			key := strings.ToLower(t.Field(i).Name)
			fields[key] = w.field(t.Field(i).Type, "query.By."+key)
		}
		return object{"oneOf": []any{name, object{"type": "object", "additionalProperties": false, "properties": fields}}}, true
	case reflect.TypeFor[map[string]any]():
		if path == "metrictest.Case.query" {
			return w.ref(reflect.TypeFor[query.Request]()), true
		}
	}
	return nil, false
}
