package catalog_test

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"lodestar/internal/catalog"
	"lodestar/internal/fault"
	"lodestar/internal/text"
)

func library(t *testing.T) *catalog.Service {
	s, _ := newService(t)
	for _, m := range []catalog.Metadata{
		{Name: "repeat_rate", Title: text.Text{ZH: "复购率", EN: "Repurchase rate"}, Synonyms: []string{"回购率"}, Tags: []string{"retail"}, Owner: "mei", Domain: "member"},
		{Name: "revenue", Title: text.Text{ZH: "销售额", EN: "Revenue"}, Description: text.Same("all that was sold"), Steward: "mei", Domain: "sales"},
		{Name: "revenue_net", Title: text.Text{ZH: "净销售额", EN: "Net revenue"}, Domain: "sales"},
	} {
		put(t, s, &catalog.Resource{Kind: "Shape", Metadata: m, Spec: &shape{Type: "good", Formula: "amount / price"}})
	}
	return s
}

func TestSearch(t *testing.T) {
	t.Parallel()
	s := library(t)
	for q, want := range map[string][]string{
		"复购": {"repeat_rate"}, "购率": {"repeat_rate"}, "回购": {"repeat_rate"}, "销售额": {"revenue", "revenue_net"},
		"REVENUE": {"revenue", "revenue_net"}, "net rev": {"revenue_net"}, "revnue": {"revenue", "revenue_net"}, "repurchsae": {"repeat_rate"},
		"sold": {"revenue"}, "rate retail": {"repeat_rate"}, "amount": {"revenue", "repeat_rate", "revenue_net"}, "zzz": nil, " ": nil,
	} {
		hits, err := s.Search(t.Context(), viewer, q, 0)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, h := range hits {
			got = append(got, h.Name)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", q, got, want)
		}
	}
	if hits, err := s.Search(t.Context(), viewer, "revenue", 1); err != nil || len(hits) != 1 || hits[0].Score != 100 {
		t.Errorf("%+v %v", hits, err)
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	s := library(t)
	for _, c := range []struct {
		f    catalog.Filter
		want int
	}{
		{catalog.Filter{}, 3}, {catalog.Filter{Q: "回购率"}, 1}, {catalog.Filter{Q: "Net AMOUNT"}, 1}, {catalog.Filter{Owner: "mei"}, 2},
		{catalog.Filter{Tag: "retail"}, 1}, {catalog.Filter{Domain: "sales", Owner: "mei"}, 1}, {catalog.Filter{State: catalog.Quarantined}, 0},
	} {
		p, err := s.List(t.Context(), viewer, "Shape", c.f)
		if err != nil || p.Total != c.want || len(p.Items) != c.want {
			t.Errorf("%+v: %d %v", c.f, p.Total, err)
		}
	}
	wantFault(t, second(s.List(t.Context(), viewer, "Shape", catalog.Filter{Cursor: "!"})), fault.Invalid, "bad_cursor")
	wantFault(t, second(s.List(t.Context(), viewer, "nope", catalog.Filter{})), fault.NotFound, "unknown_kind")
	var names []string
	f := catalog.Filter{Limit: 1}
	for {
		p, err := s.List(t.Context(), viewer, "shapes", f)
		if err != nil || len(p.Items) != 1 {
			t.Fatalf("%+v %v", p, err)
		}
		names = append(names, p.Items[0].Metadata.Name)
		if f.Cursor = p.Next; f.Cursor == "" {
			break
		}
	}
	if !slices.Equal(names, []string{"repeat_rate", "revenue", "revenue_net"}) {
		t.Error(names)
	}
}

func TestRevisions(t *testing.T) {
	t.Parallel()
	s, _ := newService(t)
	for i := range 3 {
		r := sh("a")
		r.Spec.(*shape).Count = i
		put(t, s, r)
	}
	revs, err := s.Revisions(t.Context(), viewer, "Shape", "a")
	if err != nil || len(revs) != 3 || revs[0].Revision != 3 || revs[0].Author != "mei" || revs[0].Action != catalog.Update {
		t.Fatalf("%+v %v", revs, err)
	}
	want := "--- Shape/a@2\n+++ Shape/a@3\n@@ -3,4 +3,4 @@\n   name: a\n spec:\n   type: good\n-  count: 1\n+  count: 2\n"
	if revs[0].Diff != want {
		t.Errorf("%s", revs[0].Diff)
	}
	if got := fmt.Sprint(revs[0].Parts, revs[2].Parts); got != "[spec.count] []" {
		t.Errorf("parts: %s", got)
	}
	old, err := s.RevisionAt(t.Context(), viewer, "Shape", "a", 2)
	if err != nil || old.Spec.(*shape).Count != 1 {
		t.Errorf("%+v %v", old, err)
	}
	wantFault(t, second(s.RevisionAt(t.Context(), viewer, "Shape", "a", 9)), fault.NotFound, "unknown_revision")
	if d, err := s.Diff(t.Context(), viewer, "Shape", "a", 1, 1); d != "" || err != nil {
		t.Error(d, err)
	}
}

func TestReferences(t *testing.T) {
	t.Parallel()
	s, _ := newService(t)
	put(t, s, sh("a"))
	put(t, s, sh("b", "a"))
	u, err := s.References(t.Context(), viewer, "Shape", "a")
	if err != nil || len(u.Uses) != 0 || len(u.UsedBy) != 1 || u.UsedBy[0].Name != "b" || u.UsedBy[0].Path != "needs[0]" {
		t.Errorf("%+v %v", u, err)
	}
	u, err = s.References(t.Context(), viewer, "Shape", "b")
	if err != nil || len(u.Uses) != 1 || fmt.Sprint(u.Uses[0].Kind, u.Uses[0].Name) != "Shapea" {
		t.Errorf("%+v %v", u, err)
	}
}

// TestSearchFollowsChanges: after any changes a search finds what it finds in a
// service that read everything anew, states included.
func TestSearchFollowsChanges(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		s, m := newService(t)
		names := []string{"a", "b", "ba", "c", "cab"}
		for range rapid.IntRange(1, 12).Draw(rt, "changes") {
			name := rapid.SampledFrom(names).Draw(rt, "name")
			var err error
			switch rapid.SampledFrom([]string{"put", "put", "put", "delete", "rename"}).Draw(rt, "what") {
			case "put":
				r := sh(name)
				r.Metadata.Title = text.Text{ZH: rapid.SampledFrom([]string{"", "复购", "销售"}).Draw(rt, "title")}
				if need := rapid.SampledFrom(names).Draw(rt, "need"); need != name && rapid.Bool().Draw(rt, "needs") {
					r.Spec.(*shape).Needs = []string{need}
				}
				_, err = s.Put(t.Context(), editor, r, catalog.PutOptions{})
			case "delete":
				_, err = s.Delete(t.Context(), editor, "Shape", name, catalog.DeleteOptions{Cascade: true})
			case "rename":
				_, err = s.Rename(t.Context(), editor, "Shape", name, rapid.SampledFrom(names).Draw(rt, "to"))
			}
			if f := new(fault.Error); err != nil && !errors.As(err, &f) {
				rt.Fatal(err)
			}
		}
		anew := openWith(t, m, nil)
		for _, q := range append(names, "复购", "销", "good") {
			got, err := s.Search(t.Context(), viewer, q, 0)
			want, errAnew := anew.Search(t.Context(), viewer, q, 0)
			if err != nil || errAnew != nil || !reflect.DeepEqual(got, want) {
				rt.Fatalf("%s: %+v, anew %+v (%v, %v)", q, got, want, err, errAnew)
			}
		}
		for i, r := range anew.Snapshot().All() {
			have := s.Snapshot().All()[i]
			if have.Ref() != r.Ref() || have.State != r.State || have.Revision != r.Revision || len(have.Findings) != len(r.Findings) {
				rt.Fatalf("%+v, anew %+v", have, r)
			}
		}
	})
}
