package schema

import (
	"bytes"
	"encoding/json"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
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
	"lodestar/internal/text"
)

var update = flag.Bool("update", false, "write words.json and the golden files anew")

// TestWords holds words.json to the comments of the Go types. With -update new
// comments go in, and the Chinese of one that changed is emptied, to be
// written again.
func TestWords(t *testing.T) {
	comments := map[string]string{}
	for _, typ := range structs() {
		maps.Copy(comments, commentsOf(t, typ))
	}
	known := words()
	if *update {
		next := map[string]text.Text{}
		for path, en := range comments {
			next[path] = text.Text{EN: en}
			if known[path].EN == en {
				next[path] = known[path]
			}
		}
		var b bytes.Buffer
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", " ")
		if err := enc.Encode(next); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile("words.json", b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		known = next
	}
	for _, path := range slices.Sorted(maps.Keys(comments)) {
		if known[path].EN != comments[path] {
			t.Errorf("%s: the comment changed; run make generate", path)
		} else if known[path].ZH == "" {
			t.Errorf("%s: write its Chinese in internal/schema/words.json: %q", path, comments[path])
		}
	}
	for path := range known {
		if _, ok := comments[path]; !ok {
			t.Errorf("%s is no field with a comment; run make generate", path)
		}
	}
}

// structs lists the types of this module that the schemas are made of.
func structs() []reflect.Type {
	seen := map[reflect.Type]bool{}
	var walk func(t reflect.Type)
	walk = func(t reflect.Type) {
		switch t.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Map:
			walk(t.Elem())
		case reflect.Struct:
			if seen[t] || !strings.HasPrefix(t.PkgPath(), "lodestar/") || t == reflect.TypeFor[text.Text]() {
				return
			}
			seen[t] = true
			for i := range t.NumField() {
				if t.Field(i).IsExported() {
					walk(t.Field(i).Type)
				}
			}
		}
	}
	walk(reflect.TypeFor[catalog.Metadata]())
	walk(reflect.TypeFor[query.Request]())
	for _, k := range kinds.All() {
		walk(reflect.TypeOf(k.New()))
	}
	return slices.Collect(maps.Keys(seen))
}

// commentsOf reads what the source says of a type and its fields.
func commentsOf(t *testing.T, typ reflect.Type) map[string]string {
	t.Helper()
	out := map[string]string{}
	files, err := filepath.Glob(filepath.Join("..", "..", strings.TrimPrefix(typ.PkgPath(), "lodestar/"), "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no source of %s: %v", typ, err)
	}
	for _, f := range files {
		file, err := parser.ParseFile(token.NewFileSet(), f, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			decl, ok := n.(*ast.GenDecl)
			if !ok {
				return true
			}
			for _, s := range decl.Specs {
				spec, ok := s.(*ast.TypeSpec)
				if !ok || spec.Name.Name != typ.Name() {
					continue
				}
				if st, ok := spec.Type.(*ast.StructType); ok {
					structComments(out, typ, decl.Doc, st)
				}
			}
			return true
		})
	}
	return out
}

func structComments(out map[string]string, typ reflect.Type, doc *ast.CommentGroup, st *ast.StructType) {
	if s := sentence(doc); s != "" {
		out[typ.String()] = s
	}
	for _, f := range st.Fields.List {
		for _, name := range f.Names {
			field, _ := typ.FieldByName(name.Name)
			key, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			if key == "" && typ == reflect.TypeFor[query.By]() {
				key = strings.ToLower(name.Name)
			}
			s := sentence(f.Comment)
			// A comment above that is no sentence is a heading of several fields.
			if above := sentence(f.Doc); s == "" && strings.HasSuffix(above, ".") {
				s = above
			}
			if s != "" && key != "" && key != "-" {
				out[typ.String()+"."+key] = s
			}
		}
	}
}

var spaces = regexp.MustCompile(`\s+`)

func sentence(c *ast.CommentGroup) string {
	return strings.TrimSpace(spaces.ReplaceAllString(c.Text(), " "))
}
