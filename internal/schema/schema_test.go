package schema

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"lodestar/internal/catalog"
	"lodestar/internal/kinds"
	"lodestar/internal/query"
)

// TestGolden keeps the published schemas from changing unseen.
func TestGolden(t *testing.T) {
	for _, e := range Index() {
		got, ok := Of(e.Name)
		if !ok {
			t.Fatalf("no schema %s", e.Name)
		}
		file := filepath.Join("testdata", e.Name+".json")
		if *update {
			if err := os.WriteFile(file, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s differs from %s; run make generate and look at the change (%v)", e.Name, file, err)
		}
	}
}

// TestChoicesAreFields: a list of words that belongs to no field is a slip.
func TestChoicesAreFields(t *testing.T) {
	fields := map[string]bool{}
	for _, typ := range structs() {
		for i := range typ.NumField() {
			key, _, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ",")
			fields[typ.String()+"."+key] = true
		}
	}
	for path, words := range kinds.Choices() {
		if !fields[path] || len(words) == 0 {
			t.Errorf("%s is no field, or has no words", path)
		}
	}
}

// TestTakesWhatTheProgramTakes judges every definition of the repository by
// its schema: an editor must not underline what is right.
func TestTakesWhatTheProgramTakes(t *testing.T) {
	n := 0
	for _, pattern := range []string{"../../examples/*/*.yaml", "../cli/starter/*.yaml", "../demo/retail/*.yaml"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			src, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			docs, findings := catalog.ReadYAML(f, src)
			for _, d := range docs {
				kind := d.At("kind").Text()
				for _, name := range []string{kind, Any} {
					if errs := validate(t, name, d.Value()); len(errs) > 0 {
						t.Errorf("%s: %s %s by %s: %v", f, kind, d.At("metadata").At("name").Text(), name, errs)
					}
				}
				n++
			}
			if len(findings) > 0 {
				t.Error(findings)
			}
		}
	}
	if n < 40 {
		t.Errorf("only %d definitions were looked at", n)
	}
}

// TestRefusesWhatTheProgramRefuses shows that a schema finds mistakes.
func TestRefusesWhatTheProgramRefuses(t *testing.T) {
	for name, src := range map[string]string{
		"unknown key":        "kind: Metric\nmetadata: {name: a}\nspec: {type: simple, dataset: d, agg: count, exprs: x}",
		"unknown word":       "kind: Metric\nmetadata: {name: a}\nspec: {type: simple, dataset: d, agg: total}",
		"missing key":        "kind: Metric\nmetadata: {name: a}\nspec: {dataset: d}",
		"missing spec":       "kind: Metric\nmetadata: {name: a}",
		"bad name":           "kind: Metric\nmetadata: {name: A}\nspec: {type: simple}",
		"wrong kind":         "kind: Metrik\nmetadata: {name: a}\nspec: {type: simple}",
		"list for an object": "kind: Dataset\nmetadata: {name: a}\nspec: {columns: {name: a}}",
		"inner word":         "kind: Dataset\nmetadata: {name: a}\nspec: {columns: [{name: a, type: text}]}",
		"text for a number":  "kind: Target\nmetadata: {name: a}\nspec: {metric: m, period: month, values: {2026-01: many}}",
		"title":              "kind: Metric\nmetadata: {name: a, title: {fr: x}}\nspec: {type: simple}",
		"query of a test":    "kind: Test\nmetadata: {name: a}\nspec: {cases: [{query: {metric: a}}]}",
	} {
		t.Run(name, func(t *testing.T) {
			docs, findings := catalog.ReadYAML("t.yaml", []byte(src))
			if len(findings) > 0 {
				t.Fatal(findings)
			}
			if len(validate(t, Any, docs[0].Value())) == 0 {
				t.Error("nothing was found")
			}
		})
	}
}

// TestQuery: the query object's schema takes what the program reads.
func TestQuery(t *testing.T) {
	for src, good := range map[string]bool{
		`{"metrics": ["a", {"metric": "b", "as": "c", "where": "x = 1"}], "by": ["x", {"time": "week", "of": "y"}], "top": {"n": 3, "by": "a", "others": true}}`: true,
		`{"metrics": ["a"], "time": {"last": "30 days"}, "compare": {"to": "previous_year"}, "totals": true, "limit": 5}`:                                        true,
		`{"metric": ["a"]}`:                    false,
		`{"metrics": [1]}`:                     false,
		`{"metrics": ["a"], "by": [{"t": 1}]}`: false,
	} {
		var v any
		if err := json.Unmarshal([]byte(src), &v); err != nil {
			t.Fatal(err)
		}
		_, err := query.Decode([]byte(src))
		if (err == nil) != good {
			t.Errorf("the program: %v\n%s", err, src)
		}
		if errs := validate(t, Query, v); (len(errs) == 0) != good {
			t.Errorf("the schema: %v\n%s", errs, src)
		}
	}
}

// validate judges a value by the part of JSON Schema that the schemas use.
func validate(t *testing.T, name string, v any) []string {
	t.Helper()
	doc, ok := Of(name)
	if !ok {
		t.Fatalf("no schema %s", name)
	}
	var root map[string]any
	if err := json.Unmarshal(doc, &root); err != nil {
		t.Fatal(err)
	}
	return (&judge{root}).value(root, v, "")
}

type judge struct{ root map[string]any }

func (j *judge) value(s map[string]any, v any, path string) (errs []string) {
	fail := func(format string, args ...any) { errs = append(errs, path+": "+fmt.Sprintf(format, args...)) }
	for _, key := range slices.Sorted(maps.Keys(s)) {
		switch want := s[key]; key {
		case "$ref":
			name := strings.TrimPrefix(want.(string), "#/definitions/")
			errs = append(errs, j.value(j.root["definitions"].(map[string]any)[name].(map[string]any), v, path)...)
		case "type":
			if names, one := want.(string); one {
				want = []any{names}
			}
			if !slices.ContainsFunc(want.([]any), func(n any) bool { return isType(v, n.(string)) }) {
				fail("is no %v", want)
			}
		case "const":
			if v != want {
				fail("is not %v", want)
			}
		case "enum":
			if !slices.Contains(want.([]any), v) {
				fail("%v is none of %v", v, want)
			}
		case "pattern":
			if text, ok := v.(string); ok && !regexp.MustCompile(want.(string)).MatchString(text) {
				fail("%q does not match", text)
			}
		case "required":
			for _, k := range want.([]any) {
				if m, ok := v.(map[string]any); ok && m[k.(string)] == nil {
					fail("lacks %v", k)
				}
			}
		case "properties", "additionalProperties":
			m, ok := v.(map[string]any)
			if !ok || key == "additionalProperties" && want == true {
				continue
			}
			props, _ := s["properties"].(map[string]any)
			for k, item := range m {
				p, known := props[k].(map[string]any)
				switch {
				case known && key == "properties":
					errs = append(errs, j.value(p, item, path+"."+k)...)
				case !known && key == "additionalProperties" && want == false:
					fail("unknown key %s", k)
				case !known && key == "additionalProperties":
					errs = append(errs, j.value(want.(map[string]any), item, path+"."+k)...)
				}
			}
		case "items":
			if list, ok := v.([]any); ok {
				for i, item := range list {
					errs = append(errs, j.value(want.(map[string]any), item, fmt.Sprintf("%s[%d]", path, i))...)
				}
			}
		case "allOf":
			for _, part := range want.([]any) {
				errs = append(errs, j.value(part.(map[string]any), v, path)...)
			}
		case "oneOf", "anyOf":
			fits := 0
			for _, part := range want.([]any) {
				if len(j.value(part.(map[string]any), v, path)) == 0 {
					fits++
				}
			}
			if fits == 0 || key == "oneOf" && fits > 1 {
				fail("fits %d of %s", fits, key)
			}
		case "if":
			if len(j.value(want.(map[string]any), v, path)) == 0 {
				errs = append(errs, j.value(s["then"].(map[string]any), v, path)...)
			}
		case "then", "definitions", "description", "title", "$schema":
		default:
			fail("the test does not know the keyword %s", key)
		}
	}
	return errs
}

func isType(v any, name string) bool {
	switch v := v.(type) {
	case string:
		return name == "string"
	case bool:
		return name == "boolean"
	case float64:
		return name == "number" || name == "integer" && v == float64(int64(v))
	case []any:
		return name == "array"
	case map[string]any:
		return name == "object"
	}
	return reflect.ValueOf(v).Kind() == reflect.Invalid && name == "null"
}
