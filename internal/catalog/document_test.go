package catalog

import (
	"strings"
	"testing"
)

func TestForeignDocument(t *testing.T) {
	docs, findings := ReadYAML("m.yaml", []byte("metric:\n  name: a\n  extra: {deep: [1, two]}\n---\nother: ~\n"))
	if len(findings) > 0 || len(docs) != 2 {
		t.Fatal(docs, findings)
	}
	var v struct {
		Name  string   `json:"name"`
		Extra Document `json:"extra"`
	}
	if f := docs[0].At("metric").Into(&v, "metric", "a", ""); len(f) > 0 {
		t.Fatal(f)
	}
	items := v.Extra.At("deep").Items()
	if v.Name != "a" || len(items) != 2 || items[1].Text() != "two" || items[1].Position().Line != 3 {
		t.Errorf("%q %v", v.Name, items)
	}
	if !docs[1].At("other").IsZero() || !docs[1].At("missing").IsZero() {
		t.Error("null and nothing are both nothing")
	}
	type named struct {
		Name string `json:"name"`
	}
	found := docs[0].At("metric").Into(&named{}, "metric", "a", "")
	if len(found) != 1 || found[0].Rule != "unknown_key" || found[0].Line != 3 {
		t.Errorf("an unknown key gives %v", found)
	}
	doc, findings := ReadJSON("s.json", []byte(`{"a": [ {"b": 1,
  "b": 2} ]}`))
	if len(findings) != 1 || findings[0].Rule != "duplicate_key" || findings[0].File != "s.json" || !doc.IsZero() {
		t.Errorf("%v %v", doc, findings)
	}
	if _, findings := ReadJSON("s.json", []byte(strings.Repeat("[", 100))); len(findings) != 1 {
		t.Error("deep nesting must be refused")
	}
}
