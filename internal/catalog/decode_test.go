package catalog_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"lodestar/internal/catalog"
	"lodestar/internal/text"
)

const sample = `# a comment
apiVersion: lodestar/v1
kind: Shape
metadata:
  name: big_one
  title: {zh: 大图形, en: Big shape}
  description: plain in both
  owner: mei.lin
  tags: [a, b]
spec:
  zone: Asia/Shanghai
  type: good
  size: 1.5
  count: 3
  open: true
  words:
    - one
    - "2"
  parts:
    - {name: p1, title: 部分}
    - name: p2
      deep:
        - name: p3
  values: {2026-01: 100, 2026: 1e3, 2026-Q1: -2}
  header: 0
  extra: {name: x}
  action: |
    line one
    line two
---
---
kind: Stiff
metadata: {name: s}
spec: {of: big_one}
`

func TestDecode(t *testing.T) {
	t.Parallel()
	rs, findings := catalog.Decode("a.yaml", []byte(sample), kinds())
	if len(findings) != 0 || len(rs) != 2 {
		t.Fatalf("%v %v", rs, findings)
	}
	zero := 0
	want := &shape{base: base{Zone: "Asia/Shanghai"}, Type: "good", Size: 1.5, Count: 3, Open: true, Words: []string{"one", "2"},
		Parts:  []part{{Name: "p1", Title: text.Same("部分")}, {Name: "p2", Deep: []part{{Name: "p3"}}}},
		Values: map[string]float64{"2026-01": 100, "2026": 1000, "2026-Q1": -2}, Header: &zero, Extra: &part{Name: "x"},
		Action: text.Same("line one\nline two\n")}
	if d := cmp.Diff(want, rs[0].Spec, cmp.AllowUnexported(shape{})); d != "" {
		t.Error(d)
	}
	meta := catalog.Metadata{Name: "big_one", Title: text.Text{ZH: "大图形", EN: "Big shape"}, Description: text.Same("plain in both"),
		Owner: "mei.lin", Tags: []string{"a", "b"}}
	if d := cmp.Diff(meta, rs[0].Metadata); d != "" {
		t.Error(d)
	}
	for path, at := range map[string]string{"": "3:1", "metadata.name": "5:9", "spec.words[1]": "18:7",
		"spec.parts[1].deep[0].name": "23:17", "spec.values.2026-01": "24:21", "spec.header": "25:11"} {
		if path == "" {
			at = "2:1"
		}
		p := rs[0].Positions[path]
		if got := fmt.Sprintf("%d:%d", p.Line, p.Column); got != at || p.File != "a.yaml" {
			t.Errorf("%s is at %s:%s, want %s", path, p.File, got, at)
		}
	}
}

func TestDecodeErrors(t *testing.T) {
	t.Parallel()
	head := "kind: Shape\nmetadata: {name: a}\nspec:\n"
	for _, c := range []struct{ name, src, want string }{
		{"unknown key", head + "  typ: good", `4:3: error: Shape a: spec.typ: the key "typ" is not known here (unknown_key); did you mean "type"?`},
		{"snake case", "kind: Shape\nmetadata: {name: a}\napi_version: x\nspec: {}", `3:1: error: Shape a: api_version: the key "api_version" is not known here (unknown_key); did you mean "apiVersion"?`},
		{"nested key", head + "  parts:\n    - nam: x", `5:7: error: Shape a: spec.parts[0].nam: the key "nam" is not known here (unknown_key); did you mean "name"?`},
		{"wrong type", head + "  size: big", `4:9: error: Shape a: spec.size: this should be a number, not text "big" (wrong_type)`},
		{"fraction", head + "  count: 1.5", `4:10: error: Shape a: spec.count: this should be a whole number, not a number (wrong_type)`},
		{"infinite", head + "  size: .inf", `4:9: error: Shape a: spec.size: this should be a number, not a number (wrong_type)`},
		{"list for text", head + "  type: [a]", `4:9: error: Shape a: spec.type: this should be text, not a list (wrong_type)`},
		{"text for list", head + "  words: a", `4:10: error: Shape a: spec.words: this should be a list, not text "a" (wrong_type)`},
		{"map for list", head + "  parts: {name: a}", `4:11: error: Shape a: spec.parts: this should be a list, not a mapping (wrong_type)`},
		{"bool", head + "  open: yes", `4:9: error: Shape a: spec.open: this should be true or false, not text "yes" (wrong_type)`},
		{"null", head + "  type: null", `4:9: error: Shape a: spec.type: write "null" in quotes for the word, or leave the line out for nothing (null_text)`},
		{"twice", head + "  type: a\n  type: b", `5:3: error: the key "type" is in line 4 already (duplicate_key)`},
		{"alias", head + "  type: &x a", `4:9: error: anchors and aliases are not read; write the value out (yaml_alias)`},
		{"merge", head + "  <<: {type: a}", `4:3: error: merge keys are not read; write the values out (yaml_alias)`},
		{"kind", "kind: shapes\nmetadata: {name: a}\nspec: {}", `1:7: error: a: kind: there is no kind "shapes"; the kinds are Shape, Stiff (unknown_kind); did you mean "Shape"?`},
		{"no kind", "knd: Shape\n", `1:1: error: kind: kind is missing; it is one of Shape, Stiff (missing_key); did you mean "kind"?`},
		{"no spec", "kind: Shape\nmetadata: {name: a}", `1:1: error: Shape a: spec: spec is missing (missing_key)`},
		{"scalar", "hello", `1:1: error: this should be a definition with kind, metadata and spec, not text "hello" (wrong_type)`},
		{"version", "apiVersion: v2\n" + head + "  type: a", `1:13: error: Shape a: apiVersion: this program reads apiVersion lodestar/v1 (api_version); did you mean "lodestar/v1"?`},
		{"name form", "kind: Shape\nmetadata: {name: Big-One}\nspec: {type: a}", `2:18: error: Shape Big-One: metadata.name: a name starts with a letter a-z and has only a-z, 0-9 and underscore (name_form); did you mean "big_one"?`},
		{"name word", "kind: Shape\nmetadata: {name: week}\nspec: {type: a}", `2:18: error: Shape week: metadata.name: week is a word of the query language; choose another name (name_reserved)`},
		{"name others", "kind: Shape\nmetadata: {name: others}\nspec: {type: a}", `2:18: error: Shape others: metadata.name: others is a word of the query language; choose another name (name_reserved)`},
		{"name double", "kind: Shape\nmetadata: {name: a__b}\nspec: {type: a}", `2:18: error: Shape a__b: metadata.name: a name has no double underscore, since that marks comparisons such as revenue__previous (name_form); did you mean "a_b"?`},
		{"name long", "kind: Shape\nmetadata: {name: " + strings.Repeat("a", 61) + "}\nspec: {type: a}", `2:18: error: Shape ` + strings.Repeat("a", 61) + `: metadata.name: a name has at most 60 characters (name_too_long)`},
		{"no name", "kind: Shape\nmetadata: {title: x}\nspec: {type: a}", `2:1: error: Shape: metadata.name: a name is missing (name_missing)`},
		{"empty item", head + "  words:\n    -", `5:7: error: Shape a: spec.words[0]: this should be a value, not nothing (wrong_type)`},
		{"utf8", "kind: \xff", `1:1: error: the text is not UTF-8; save the file in that encoding (not_utf8)`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			rs, findings := catalog.Decode("f", []byte(c.src), kinds())
			if len(findings) != 1 || len(rs) != 0 {
				t.Fatalf("%v %v", rs, findings)
			}
			if got := findings[0].String(); got != "f:"+c.want {
				t.Errorf("\ngot  %s\nwant f:%s", got, c.want)
			}
			if zh := findings[0].In(text.ZH); !strings.Contains(zh, "错误") {
				t.Error(zh)
			}
		})
	}
}

func TestDecodeDocuments(t *testing.T) {
	t.Parallel()
	one := "kind: Stiff\nmetadata: {name: a}\nspec: {of: b}\n"
	for src, want := range map[string]int{
		"---\n---\n" + one:                      1,
		one + "...\n---\n---\n" + one + "---\n": 2,
		"--- {kind: Stiff, metadata: {name: a}, spec: {of: b}}\n--- # two\n" + one: 2,
		strings.ReplaceAll(one+"---\n"+one, "\n", "\r\n"):                          2,
		"# only a comment\n": 0,
		"":                   0,
	} {
		rs, findings := catalog.Decode("f", []byte(src), kinds())
		if len(rs) != want || len(findings) != 0 {
			t.Errorf("%q: %d resources, %v", src, len(rs), findings)
		}
	}
	rs, findings := catalog.Decode("f", []byte(one+"---\nkind: [\n---\n"+one), kinds())
	if len(rs) != 2 || len(findings) != 1 || findings[0].Line < 5 || rs[1].Positions["kind"].Line != 7 {
		t.Errorf("a broken document between: %v %v", rs, findings)
	}
}

func TestDecodeLimits(t *testing.T) {
	t.Parallel()
	for name, src := range map[string]string{
		"too_large":          strings.Repeat("# long\n", 1<<20),
		"too_deep":           strings.Repeat("[", 100_000),
		"dashes":             strings.Repeat("- ", 100_000),
		"marks":              strings.Repeat("? ", 100_000),
		"nested":             "kind: Shape\nmetadata: {name: a}\nspec: {extra: " + strings.Repeat("{extra: ", 60) + "1" + strings.Repeat("}", 61),
		"too_many_documents": strings.Repeat("---\na: 1\n", 5001),
		"bomb": "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\n" +
			"d: &d [*c,*c,*c,*c,*c,*c,*c,*c]\ne: [*d,*d,*d,*d,*d,*d,*d,*d,*d]\n",
	} {
		rs, findings := catalog.Decode("f", []byte(src), kinds())
		if len(rs) != 0 || len(findings) == 0 {
			t.Errorf("%s: %d resources, %v", name, len(rs), findings)
		}
	}
}

func TestDecodeJSON(t *testing.T) {
	t.Parallel()
	k := kinds()[0]
	r, findings := catalog.DecodeJSON(k, "a", []byte(`{"metadata": {"title": "x", "owner": null}, "spec": {"type": "good", "values": {"2026": 1}},
		"revision": 4, "author": "x", "state": "published"}`))
	if len(findings) != 0 || r.Metadata.Name != "a" || r.Metadata.Title != text.Same("x") || r.Spec.(*shape).Values["2026"] != 1 {
		t.Fatalf("%+v %v", r, findings)
	}
	for body, want := range map[string]string{
		`{"metadata": {"name": "b"}, "spec": {}}`:                    `error: Shape a: metadata.name: the name is b in the body and a in the address; to rename, use the rename action (name_differs)`,
		`{"metadata": {}, "spec": {"tipe": "x"}}`:                    `1:33: error: Shape a: spec.tipe: the key "tipe" is not known here (unknown_key); did you mean "type"?`,
		"{\"metadata\": {},\n \"spec\": {\"type\": 1, \"type\": 2}}": `2:28: error: the key "type" is in line 2 already (duplicate_key)`,
		`{"metadata": {}, "spec": {"size": "1"}}`:                    `1:38: error: Shape a: spec.size: this should be a number, not text "1" (wrong_type)`,
		`{"metadata": {}, "spec": {}} 1`:                             `1:31: error: not valid JSON: more than one value (json_syntax)`,
		`[]`:                                                         `1:2: error: this should be a definition with kind, metadata and spec, not a list (wrong_type)`,
		`{"kind": "Stiff", "metadata": {}, "spec": {}}`:              `1:17: error: a: kind: there is no kind "Stiff"; the kinds are Shape (unknown_kind)`,
		`{`:                      `1:2: error: not valid JSON: the text ends too early (json_syntax)`,
		strings.Repeat("[", 100): `1:34: error: not valid JSON: nested deeper than 32 levels (json_syntax)`,
	} {
		r, findings := catalog.DecodeJSON(k, "a", []byte(body))
		if r != nil || len(findings) != 1 || findings[0].String() != want {
			t.Errorf("%s\ngot  %v\nwant %s", body, findings, want)
		}
	}
}

// anyText draws texts that have made trouble for YAML writers.
func anyText() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.StringMatching(`[ -~\n]{0,30}`),
		rapid.StringMatching(`[a-z ,:#'"\[\]{}&*!|>%@`+"`"+`-]{0,12}`),
		rapid.SampledFrom([]string{"", "null", "~", "true", "No", "1", "1.0", "0x1f", "1e3", ".inf", "2026-01-01", "- a", "a: b", "a #b", " a", "a ",
			"销售额", "“引号”：说明", "line\n\nline", "a\n", "\n", "\na", "  a\nb", "a\n  b\n", "a\tb", "\ta\nb", "a \nb", "🌟", "---", "...\n---", "a\r\nb",
			"? x", "<<", "=", "@x", "%d", "a\u2028b", "\u00a0a", "12:30", "0o7", "+1", "1_000", "y", "{}", "[]", "|", "&a", "*a", "!x", "channel <> 'test'"}),
		rapid.StringOf(rapid.RuneFrom([]rune("中文ab1 .：-\n\\\"'#"))),
	)
}

func anyPart(depth int) *rapid.Generator[part] {
	return rapid.Custom(func(t *rapid.T) part {
		p := part{Name: anyText().Draw(t, "name"), Title: anyBoth().Draw(t, "title")}
		if depth > 0 {
			if deep := rapid.SliceOfN(anyPart(depth-1), 0, 2).Draw(t, "deep"); len(deep) > 0 {
				p.Deep = deep
			}
			if rapid.Bool().Draw(t, "extra?") {
				e := anyPart(0).Draw(t, "extra")
				p.Extra = &e
			}
		}
		return p
	})
}

func anyBoth() *rapid.Generator[text.Text] {
	return rapid.Custom(func(t *rapid.T) text.Text {
		return text.Text{ZH: anyText().Draw(t, "zh"), EN: anyText().Draw(t, "en")}
	})
}

func anyShape() *rapid.Generator[*shape] {
	return rapid.Custom(func(t *rapid.T) *shape {
		s := &shape{Type: anyText().Draw(t, "type"), Size: rapid.Float64().Draw(t, "size"), Count: rapid.Int().Draw(t, "count"),
			Open: rapid.Bool().Draw(t, "open"), Action: anyBoth().Draw(t, "action"), Formula: anyText().Draw(t, "formula"),
			Words:  rapid.SliceOfN(anyText(), 0, 3).Draw(t, "words"),
			Parts:  rapid.SliceOfN(anyPart(2), 0, 3).Draw(t, "parts"),
			Values: rapid.MapOfN(rapid.OneOf(anyText(), rapid.StringMatching(`20[0-9]{2}(-[0-9]{2}|-Q[1-4]|-W[0-9]{2})?`)), rapid.Float64(), 0, 3).Draw(t, "values"),
			Inputs: rapid.MapOfN(anyText(), anyPart(1), 0, 2).Draw(t, "inputs")}
		s.Zone = anyText().Draw(t, "zone")
		if rapid.Bool().Draw(t, "header?") {
			n := rapid.IntRange(0, 2).Draw(t, "header")
			s.Header = &n
		}
		return s
	})
}

func TestEncodeRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var rs []*catalog.Resource
		for i, s := range rapid.SliceOfN(anyShape(), 1, 2).Draw(t, "specs") {
			rs = append(rs, &catalog.Resource{Kind: "Shape", Metadata: catalog.Metadata{Name: fmt.Sprint("n", i), Title: anyBoth().Draw(t, "title"),
				Owner: anyText().Draw(t, "owner"), Tags: rapid.SliceOfN(anyText(), 0, 3).Draw(t, "tags")}, Spec: s})
		}
		y, err := catalog.Encode(rs)
		if err != nil {
			t.Fatal(err)
		}
		back, findings := catalog.Decode("f", y, kinds())
		if len(findings) > 0 {
			t.Fatalf("%v\n%s", findings, y)
		}
		opts := cmp.Options{cmp.AllowUnexported(shape{}), cmpopts.EquateEmpty(), cmpopts.IgnoreFields(catalog.Resource{}, "Positions", "State"),
			cmpopts.IgnoreUnexported(catalog.Resource{})}
		if d := cmp.Diff(rs, back, opts); d != "" {
			t.Fatalf("%s\n%s", d, y)
		}
		again, err := catalog.Encode(back)
		if err != nil || string(again) != string(y) {
			t.Fatalf("not canonical: %v\n%s\n%s", err, y, again)
		}
	})
}

func TestEncodeForm(t *testing.T) {
	t.Parallel()
	rs, _ := catalog.Decode("a.yaml", []byte(sample), kinds())
	y, err := catalog.Encode(rs)
	if err != nil {
		t.Fatal(err)
	}
	want := `kind: Shape
metadata:
  name: big_one
  title:
    zh: 大图形
    en: Big shape
  description: plain in both
  owner: mei.lin
  tags: [a, b]
spec:
  zone: Asia/Shanghai
  type: good
  size: 1.5
  count: 3
  open: true
  words: [one, "2"]
  parts:
    - name: p1
      title: 部分
    - name: p2
      deep:
        - name: p3
  values:
    2026: 1000
    2026-01: 100
    2026-Q1: -2
  header: 0
  extra:
    name: x
  action: |
    line one
    line two
---
kind: Stiff
metadata:
  name: s
spec:
  of: big_one
`
	if d := cmp.Diff(want, string(y)); d != "" {
		t.Error(d)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(sample))
	for _, s := range []string{"", "a: b: c", "- - a", "? a\n: b", "&a [*a]", "!!str 1", "%YAML 1.2\n---\na", "\"\\x", "a: |2\n  b", "{a: 1, a: 2}", "--- a\n...\nb", "\ufeffkind: Shape"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		rs, findings := catalog.Decode("f", src, kinds())
		for _, g := range findings {
			if g.Text.IsZero() || g.Rule == "" || g.Severity == "" {
				t.Errorf("empty finding %+v", g)
			}
		}
		if len(rs) == 0 {
			return
		}
		y, err := catalog.Encode(rs)
		if err != nil {
			t.Fatal(err)
		}
		back, findings := catalog.Decode("g", y, kinds())
		if len(back) != len(rs) || len(findings) > 0 {
			t.Fatalf("%v\n%s", findings, y)
		}
	})
}
