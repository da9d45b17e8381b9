package semantic

import (
	"maps"
	"slices"

	"lodestar/internal/catalog"
)

// CompileDrafts compiles metrics that are not stored together with what they
// need of the stored resources; drafts replace stored metrics of their names.
// What does not serve the drafts, such as other metrics and roll-ups, stays
// outside, so that this is quick in a large workspace, too. The findings are
// those of the drafts, and of what they need.
func CompileDrafts(rs []*catalog.Resource, drafts map[string]*MetricSpec) (*Model, []catalog.Finding) {
	metrics := map[string]*catalog.Resource{}
	var kept []*catalog.Resource
	for _, r := range rs {
		switch {
		case r.Kind == KindMetric:
			metrics[r.Metadata.Name] = r
		case isOurs(r.Kind):
			kept = append(kept, r)
		}
	}
	var found []catalog.Finding
	for _, name := range slices.Sorted(maps.Keys(drafts)) {
		r := &catalog.Resource{Kind: KindMetric, Metadata: catalog.Metadata{Name: name}, Spec: drafts[name]}
		metrics[name] = r
		kept = append(kept, r)
		for _, f := range drafts[name].Validate(r.Metadata) {
			f.Kind, f.Name, f.Path = KindMetric, name, "spec."+f.Path
			found = append(found, f)
		}
	}
	for at := 0; at < len(kept); at++ {
		for _, ref := range kept[at].Spec.Refs() {
			if below := metrics[ref.Name]; ref.Kind == KindMetric && below != nil && !slices.Contains(kept, below) {
				kept = append(kept, below)
			}
		}
	}
	model, more := Compile(kept)
	return model, append(found, more...)
}
