package catalog_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"lodestar/internal/access"
	"lodestar/internal/catalog"
	"lodestar/internal/fault"
	"lodestar/internal/text"
)

func TestPut(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s, m := newService(t)
	var seen []int
	cancel := s.Subscribe(func(snap catalog.Snapshot) { seen = append(seen, snap.Revision) })
	zero, one, five := 0, 1, 5
	r, err := s.Put(ctx, editor, sh("a"), catalog.PutOptions{IfRevision: &zero})
	if err != nil || r.Revision != 1 || r.Author != "mei" || !r.UpdatedAt.Equal(now()) || r.State != catalog.Published {
		t.Fatalf("%+v %v", r, err)
	}
	f := wantFault(t, second(s.Put(ctx, editor, sh("a"), catalog.PutOptions{IfRevision: &zero})), fault.Conflict, "revision_conflict")
	if f.Params["revision"] != 1 || f.Params["author"] != "mei" {
		t.Errorf("%+v", f.Params)
	}
	wantFault(t, second(s.Put(ctx, editor, sh("zzz"), catalog.PutOptions{IfRevision: &five})), fault.Conflict, "revision_conflict")
	if same := put(t, s, sh("a")); same.Revision != 1 {
		t.Error("the same again made a revision")
	}
	changed := sh("a")
	changed.Metadata.Title = text.Same("A")
	if r, err := s.Put(ctx, editor, changed, catalog.PutOptions{IfRevision: &one}); err != nil || r.Revision != 2 {
		t.Fatalf("%+v %v", r, err)
	}
	if !slices.Equal(seen, []int{1, 2}) || len(m.entries) != 2 || m.entries[1].Action != "shape.update" {
		t.Errorf("%v %+v", seen, m.entries)
	}
	cancel()
	bad := sh("b", "nowhere")
	bad.Spec.(*shape).Type = "bad"
	f = wantFault(t, second(s.Put(ctx, editor, bad, catalog.PutOptions{})), fault.Invalid, "invalid_definition")
	if len(f.Fields) != 2 || f.Fields[0].Path != "spec.type" || f.Fields[1].Path != "spec.needs[0]" {
		t.Errorf("%+v", f.Fields)
	}
	m.broken = errors.New("disk full")
	if _, err := s.Put(ctx, editor, sh("c"), catalog.PutOptions{}); !errors.Is(err, m.broken) {
		t.Error(err)
	}
	if _, ok := s.Snapshot().Get("Shape", "c"); ok || len(seen) != 2 {
		t.Error("a change that was not stored is seen")
	}
	wantFault(t, second(s.Put(ctx, editor, &catalog.Resource{Kind: "Nope"}, catalog.PutOptions{})), fault.NotFound, "unknown_kind")
}

func second[T any](_ T, err error) error { return err }

func TestConcurrentPut(t *testing.T) {
	t.Parallel()
	s, _ := newService(t)
	put(t, s, sh("a"))
	var wg sync.WaitGroup
	won := make([]bool, 16)
	for i := range won {
		wg.Go(func() {
			r, one := sh("a"), 1
			r.Spec.(*shape).Count = i + 1
			_, err := s.Put(context.Background(), editor, r, catalog.PutOptions{IfRevision: &one})
			won[i] = err == nil
			if err != nil && fault.Of(err).Code != "revision_conflict" {
				t.Error(err)
			}
			s.Snapshot().All()
		})
	}
	wg.Wait()
	if n := len(slices.DeleteFunc(won, func(b bool) bool { return !b })); n != 1 {
		t.Fatalf("%d won", n)
	}
}

func TestRights(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s, _ := newService(t)
	put(t, s, sh("a"))
	files := []catalog.File{{Name: "f", Text: ""}}
	reads := func(who access.Actor) []error {
		return []error{
			second(s.Get(ctx, who, "Shape", "a")), second(s.List(ctx, who, "Shape", catalog.Filter{})), second(s.Search(ctx, who, "a", 0)),
			second(s.Export(ctx, who, "", "")), second(s.Revisions(ctx, who, "Shape", "a")), second(s.RevisionAt(ctx, who, "Shape", "a", 1)),
			second(s.Diff(ctx, who, "Shape", "a", 1, 1)), second(s.References(ctx, who, "Shape", "a")), second(s.Validate(ctx, who, files)),
			second(s.Apply(ctx, who, files, catalog.ApplyOptions{DryRun: true})),
		}
	}
	writes := func(who access.Actor) []error {
		return []error{
			second(s.Put(ctx, who, sh("b"), catalog.PutOptions{})), second(s.Delete(ctx, who, "Shape", "a", catalog.DeleteOptions{})),
			second(s.Rename(ctx, who, "Shape", "a", "b")), second(s.Apply(ctx, who, files, catalog.ApplyOptions{})),
		}
	}
	for i, err := range append(reads(access.Actor{}), writes(access.Actor{})...) {
		if !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("%d: nobody got %v", i, err)
		}
	}
	for i, err := range reads(viewer) {
		if err != nil {
			t.Errorf("%d: viewer got %v", i, err)
		}
	}
	for i, err := range writes(viewer) {
		if !fault.Is(err, fault.Denied) {
			t.Errorf("%d: viewer got %v", i, err)
		}
	}
}

func TestDelete(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s, _ := newService(t)
	for _, r := range []*catalog.Resource{sh("a"), sh("b", "a"), sh("c", "b"), sh("d")} {
		put(t, s, r)
	}
	f := wantFault(t, second(s.Delete(ctx, editor, "Shape", "a", catalog.DeleteOptions{})), fault.Conflict, "in_use")
	if len(f.Fields) != 2 || f.Fields[0].Path != "Shape/b" {
		t.Errorf("%+v", f.Fields)
	}
	five := 5
	wantFault(t, second(s.Delete(ctx, editor, "Shape", "d", catalog.DeleteOptions{IfRevision: &five})), fault.Conflict, "revision_conflict")
	gone, err := s.Delete(ctx, editor, "Shape", "a", catalog.DeleteOptions{Cascade: true})
	if err != nil || len(gone) != 3 || len(s.Snapshot().All()) != 1 {
		t.Fatalf("%v %v", gone, err)
	}
	f = wantFault(t, second(s.Delete(ctx, editor, "Shape", "dd", catalog.DeleteOptions{})), fault.NotFound, "unknown_shape")
	if f.Params["suggestion"] != "d" {
		t.Errorf("%+v", f.Params)
	}
	if r := put(t, s, sh("a")); r.Revision != 3 {
		t.Errorf("a name that returns goes on at %d", r.Revision)
	}
	revs, err := s.Revisions(ctx, viewer, "Shape", "a")
	if err != nil || len(revs) != 3 || revs[1].Action != catalog.Delete || !strings.Contains(revs[1].Diff, "-  name: a") {
		t.Errorf("%+v %v", revs, err)
	}
	wantFault(t, second(s.RevisionAt(ctx, viewer, "Shape", "a", 2)), fault.NotFound, "unknown_revision")
}

func TestRename(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s, m := newService(t)
	put(t, s, sh("a"))
	put(t, s, sh("b", "a", "a"))
	before := len(m.records)
	r, err := s.Rename(ctx, editor, "Shape", "a", "z")
	if err != nil || r.Metadata.Name != "z" || r.Revision != 1 {
		t.Fatalf("%+v %v", r, err)
	}
	b, _ := s.Snapshot().Get("Shape", "b")
	if !slices.Equal(b.Spec.(*shape).Needs, []string{"z", "z"}) || b.Revision != 2 || len(m.records) != before+3 {
		t.Errorf("%+v", b.Spec)
	}
	if _, ok := s.Snapshot().Get("Shape", "a"); ok {
		t.Error("the old name is still there")
	}
	wantFault(t, second(s.Rename(ctx, editor, "Shape", "z", "b")), fault.Conflict, "name_taken")
	wantFault(t, second(s.Rename(ctx, editor, "Shape", "z", "week")), fault.Invalid, "name_reserved")
	put(t, s, &catalog.Resource{Kind: "Stiff", Metadata: catalog.Metadata{Name: "s"}, Spec: &stiff{Of: "z"}})
	wantFault(t, second(s.Rename(ctx, editor, "Shape", "z", "y")), fault.Invalid, "cannot_follow")
}

func TestChecker(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	// Every shape that needs another must have its size.
	checker := catalog.CheckerFunc(func(_ context.Context, rs []*catalog.Resource) []catalog.Finding {
		sizes := map[string]float64{}
		for _, r := range rs {
			if s, ok := r.Spec.(*shape); ok {
				sizes[r.Metadata.Name] = s.Size
			}
		}
		var out []catalog.Finding
		for _, r := range rs {
			s, _ := r.Spec.(*shape)
			for i, n := range r.Spec.Refs() {
				if size, ok := sizes[n.Name]; s != nil && ok && size != s.Size {
					out = append(out, catalog.Finding{Kind: r.Kind, Name: r.Metadata.Name, Path: fmt.Sprintf("spec.needs[%d]", i),
						Rule: "size", Severity: catalog.Error, Text: text.Same("size")})
				}
			}
		}
		return out
	})
	m := &memory{}
	s := openWith(t, m, func(c *catalog.Config) { c.Checker = checker })
	put(t, s, sh("a"))
	put(t, s, sh("b", "a"))
	grown := sh("a")
	grown.Spec.(*shape).Size = 2
	f := wantFault(t, second(s.Put(ctx, editor, grown, catalog.PutOptions{})), fault.Invalid, "invalid_definition")
	if f.Fields[0].Code != "size" {
		t.Errorf("%+v", f)
	}
	both := "kind: Shape\nmetadata: {name: a}\nspec: {type: good, size: 2}\n---\nkind: Shape\nmetadata: {name: b}\nspec: {type: good, size: 2, needs: [a]}\n"
	rep, err := s.Apply(ctx, editor, []catalog.File{{Name: "f", Text: both}}, catalog.ApplyOptions{})
	if err != nil || !rep.Applied || !rep.OK() {
		t.Fatalf("%+v %v", rep, err)
	}
	// What harms a stored resource is left out; what is good goes in.
	text := "kind: Shape\nmetadata: {name: a}\nspec: {type: good, size: 3}\n---\nkind: Shape\nmetadata: {name: c}\nspec: {type: good}\n"
	rep, err = s.Apply(ctx, editor, []catalog.File{{Name: "f", Text: text}}, catalog.ApplyOptions{KeepGoing: true})
	if err != nil || !rep.Applied || rep.OK() {
		t.Fatalf("%+v %v", rep, err)
	}
	a, _ := s.Snapshot().Get("Shape", "a")
	if _, ok := s.Snapshot().Get("Shape", "c"); !ok || a.Spec.(*shape).Size != 2 {
		t.Errorf("kept going badly: %+v", rep.Changes)
	}
}

func TestQuarantine(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	m := &memory{}
	good := openWith(t, m, nil)
	for _, r := range []*catalog.Resource{sh("a"), sh("b", "a"), sh("c", "b"), sh("d")} {
		put(t, good, r)
	}
	sick := true
	s := openWith(t, m, func(c *catalog.Config) {
		c.Checker = catalog.CheckerFunc(func(context.Context, []*catalog.Resource) []catalog.Finding {
			if !sick {
				return nil
			}
			return []catalog.Finding{{Kind: "Shape", Name: "a", Path: "spec.type", Rule: "gone", Severity: catalog.Error, Text: text.Same("gone")}}
		})
	})
	states := func() (out []string) {
		for _, r := range s.Snapshot().All() {
			rule := ""
			if len(r.Findings) > 0 {
				rule = r.Findings[0].Rule
			}
			out = append(out, r.Metadata.Name+" "+string(r.State)+" "+rule)
		}
		return out
	}
	if got := states(); !slices.Equal(got, []string{"a quarantined gone", "b quarantined needs_quarantined", "c quarantined needs_quarantined", "d published "}) {
		t.Errorf("%v", got)
	}
	if len(s.Snapshot().Published("Shape")) != 1 {
		t.Error("what is in quarantine is published")
	}
	// What is bad already does not stand in the way of others.
	put(t, s, sh("e"))
	page, err := s.List(ctx, viewer, "shapes", catalog.Filter{State: catalog.Quarantined})
	if err != nil || len(page.Items) != 3 {
		t.Errorf("%+v %v", page, err)
	}
	sick = false
	s.Recheck(ctx)
	if n := len(s.Snapshot().Published("")); n != 5 {
		t.Errorf("%d are well again", n)
	}
	// A record that no longer fits its spec, and one of a kind that is gone.
	m.records = append(m.records,
		catalog.Record{Kind: "Shape", Name: "d", Revision: 2, Body: []byte(`{"metadata": {"name": "d"}, "spec": {"size": "big"}}`)},
		catalog.Record{Kind: "Old", Name: "o", Revision: 1, Body: []byte(`{}`)})
	s = openWith(t, m, nil)
	d, _ := s.Snapshot().Get("Shape", "d")
	if d.State != catalog.Quarantined || d.Findings[0].Rule != "wrong_type" || len(s.Snapshot().All()) != 5 {
		t.Errorf("%+v", d)
	}
	if r := put(t, s, sh("d")); r.State != catalog.Published || r.Revision != 3 {
		t.Errorf("not mended: %+v", r)
	}
}

func TestApply(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s, m := newService(t)
	src := "kind: Shape\nmetadata: {name: b}\nspec: {type: good, needs: [a]}\n---\nkind: Shape\nmetadata: {name: a}\nspec: {type: good}\n"
	files := []catalog.File{{Name: "x.yaml", Text: src}}
	dry, err := s.Apply(ctx, viewer, files, catalog.ApplyOptions{DryRun: true})
	if err != nil || dry.Applied || len(dry.Changes) != 2 || len(m.records) != 0 {
		t.Fatalf("%+v %v", dry, err)
	}
	rep, err := s.Apply(ctx, editor, files, catalog.ApplyOptions{})
	if err != nil || !rep.Applied || rep.Changes[0].Action != catalog.Create || !strings.HasPrefix(rep.Changes[0].Diff, "--- /dev/null\n+++ Shape/b@1\n@@ -0,0 +1,6 @@\n+kind: Shape\n") {
		t.Fatalf("%+v %v", rep, err)
	}
	rep, err = s.Apply(ctx, editor, files, catalog.ApplyOptions{})
	if err != nil || rep.Changes[0].Action != catalog.None || rep.Changes[1].Action != catalog.None || len(m.records) != 2 {
		t.Fatalf("%+v %v", rep, err)
	}
	bad := []catalog.File{
		{Name: "1.yaml", Text: "kind: Shape\nmetadata: {name: n1}\nspec: {type: good, needs: [n3]}\n"},
		{Name: "2.yaml", Text: "kind: Shape\nmetadata: {name: n2}\nspec: {type: good}\n---\nkind: Shape\nmetadata: {name: n3}\nspec: {type: bad}\n"},
		{Name: "3.yaml", Text: "kind: Shape\nmetadata: {name: n2}\nspec: {type: other}\n"},
	}
	rep, err = s.Apply(ctx, editor, bad, catalog.ApplyOptions{})
	if err != nil || rep.Applied || len(rep.Changes) != 0 || len(m.records) != 2 {
		t.Fatalf("%+v %v", rep, err)
	}
	var lines []string
	for _, f := range rep.Findings {
		lines = append(lines, f.String())
	}
	want := []string{
		`3.yaml:2:18: error: Shape n2: metadata.name: this is defined already at 2.yaml:1 (defined_twice)`,
		`1.yaml:3:28: error: Shape n1: spec.needs[0]: this needs the shape n3, which is in quarantine; mend that first (needs_quarantined)`,
		`2.yaml:7:14: error: Shape n3: spec.type: bad is bad (bad_type); did you mean "good"?`,
	}
	if !slices.Equal(lines, want) {
		t.Errorf("got\n%s", strings.Join(lines, "\n"))
	}
	rep, err = s.Apply(ctx, editor, bad, catalog.ApplyOptions{KeepGoing: true})
	if err != nil || !rep.Applied || len(rep.Changes) != 1 || rep.Changes[0].Name != "n2" {
		t.Fatalf("%+v %v", rep, err)
	}
	huge := make([]catalog.File, 5001)
	wantFault(t, second(s.Apply(ctx, editor, huge, catalog.ApplyOptions{})), fault.TooLarge, "too_many_definitions")
	parsed, err := s.Validate(ctx, viewer, bad[1:2])
	if err != nil || len(parsed.Findings) != 1 || len(parsed.Resources) != 2 {
		t.Errorf("%+v %v", parsed, err)
	}
}

func TestApplyExportApply(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		m := &memory{}
		s := openWith(t, m, nil)
		n := rapid.IntRange(1, 4).Draw(rt, "n")
		for i := range n {
			spec := anyShape().Draw(rt, "spec")
			spec.Needs = nil
			for j := range i {
				if rapid.Bool().Draw(rt, "needs") {
					spec.Needs = append(spec.Needs, fmt.Sprint("s", j))
				}
			}
			if spec.Type == "bad" {
				spec.Type = "good"
			}
			r := &catalog.Resource{Kind: "Shape", Metadata: catalog.Metadata{Name: fmt.Sprint("s", i), Title: anyBoth().Draw(rt, "title")}, Spec: spec}
			if _, err := s.Put(context.Background(), editor, r, catalog.PutOptions{}); err != nil {
				rt.Fatal(err)
			}
		}
		y, err := s.Export(context.Background(), viewer, "", "")
		if err != nil {
			rt.Fatal(err)
		}
		rep, err := s.Apply(context.Background(), editor, []catalog.File{{Name: "all", Text: string(y)}}, catalog.ApplyOptions{})
		if err != nil || !rep.OK() || len(rep.Changes) != n {
			rt.Fatalf("%+v %v\n%s", rep, err, y)
		}
		for _, c := range rep.Changes {
			if c.Action != catalog.None {
				rt.Fatalf("%+v", c)
			}
		}
		// And from nothing, and after a restart, the same comes out.
		other := openWith(t, &memory{}, nil)
		if _, err := other.Apply(context.Background(), editor, []catalog.File{{Name: "all", Text: string(y)}}, catalog.ApplyOptions{}); err != nil {
			rt.Fatal(err)
		}
		for _, again := range []*catalog.Service{other, openWith(t, m, nil)} {
			y2, err := again.Export(context.Background(), viewer, "shapes", "")
			if err != nil || string(y2) != string(y) {
				rt.Fatalf("%v\n%s\n%s", err, y, y2)
			}
		}
	})
}

// Malformed texts are refused with a reason and change nothing.
func TestMalformed(t *testing.T) {
	t.Parallel()
	s, m := newService(t)
	put(t, s, sh("a"))
	random := rand.New(rand.NewPCG(1, 2))
	junk := []string{"[", "}", "\"", "'", ": ", "- ", "\t", "&a ", "*a", "!!x ", "? ", "|", ">", "%", "@", "`", "\n", "---", "\x00", "\xff", "🌟", "{", "<<: ", "#", "1e999"}
	refused := 0
	for range 400 {
		src := []byte(sample)
		for range 1 + random.IntN(6) {
			at := random.IntN(len(src))
			switch random.IntN(3) {
			case 0:
				src = slices.Insert(src, at, []byte(junk[random.IntN(len(junk))])...)
			case 1:
				src = slices.Delete(src, at, min(len(src), at+1+random.IntN(8)))
			default:
				src[at] = byte(random.IntN(256))
			}
		}
		rep, err := s.Apply(context.Background(), editor, []catalog.File{{Name: "f", Text: string(src)}}, catalog.ApplyOptions{DryRun: true})
		if err != nil {
			t.Fatalf("%v\n%q", err, src)
		}
		if rep.OK() {
			continue
		}
		refused++
		rep, err = s.Apply(context.Background(), editor, []catalog.File{{Name: "f", Text: string(src)}}, catalog.ApplyOptions{})
		if err != nil || rep.Applied || len(m.records) != 1 {
			t.Fatalf("%+v %v\n%q", rep, err, src)
		}
		for _, f := range rep.Findings {
			if f.Line < 1 || f.Column < 1 || f.Text.EN == "" || f.Text.ZH == "" {
				t.Errorf("%+v for %q", f, src)
			}
		}
	}
	if refused < 200 {
		t.Errorf("only %d of 400 were malformed", refused)
	}
}

func TestOwners(t *testing.T) {
	t.Parallel()
	s := openWith(t, &memory{}, func(c *catalog.Config) { c.KnownPerson = func(n string) bool { return n == "mei" } })
	r := sh("a")
	r.Metadata.Owner, r.Metadata.Steward = "nobody", "数据组"
	got := put(t, s, r)
	if got.State != catalog.Published || len(got.Findings) != 1 || got.Findings[0].Rule != "unknown_person" {
		t.Errorf("%+v", got.Findings)
	}
}
