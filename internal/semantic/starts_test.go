package semantic_test

import (
	"cmp"
	"testing"

	"lodestar/internal/catalog"
	"lodestar/internal/semantic"
)

// TestDatasetsThatStartEachOther: a circle of them is told at each of its
// members, whatever starts them, and nobody else is touched.
func TestDatasetsThatStartEachOther(t *testing.T) {
	t.Parallel()
	synced := func(name string, after ...string) *catalog.Resource {
		r := rawOrders()
		r.Metadata.Name = name
		r.Spec.(*semantic.DatasetSpec).Source = &semantic.Source{Connection: "c", Table: "a." + name, Sync: &semantic.Sync{Mode: "full", Schedule: semantic.Schedule{After: after}}}
		return r
	}
	refreshed := madeFrom("refreshed", "raw")
	refreshed.Spec.(*semantic.DatasetSpec).Source.Refresh = &semantic.Schedule{After: []string{"third"}}
	model, found := semantic.Compile([]*catalog.Resource{rawOrders(), refreshed,
		{Kind: semantic.KindConnection, Metadata: catalog.Metadata{Name: "c"}, Spec: &semantic.ConnectionSpec{Type: "postgres", Host: "h", User: "u"}},
		synced("itself", "itself"), synced("first", "third"), synced("second", "first"), synced("third", "second", "raw"),
		synced("made_again", "made"), madeFrom("made", "made_again"), synced("free", "raw"), synced("later", "free", "raw")})
	want := map[string]string{"itself": "spec.source.sync.after", "first": "spec.source.sync.after", "second": "spec.source.sync.after", "third": "spec.source.sync.after",
		"made_again": "spec.source.sync.after", "made": "spec.source.from"}
	rules := map[string]string{"refreshed": "broken_reference"} // it comes after one of them
	want["refreshed"] = "spec.source.refresh.after[0]"
	for _, f := range found {
		if want[f.Name] == f.Path && f.Rule == cmp.Or(rules[f.Name], "cycle") {
			delete(want, f.Name)
			continue
		}
		t.Errorf("%s %s: %s", f.Name, f.Path, f.Text.EN)
	}
	if len(want) > 0 {
		t.Errorf("not told: %v in %v", want, found)
	}
	for _, name := range []string{"free", "later", "raw"} {
		if model.Dataset(name) == nil {
			t.Errorf("%s is gone", name)
		}
	}
}
