package kinds

import (
	"lodestar/internal/catalog"
	"lodestar/internal/semantic"
	"lodestar/internal/target"
	"lodestar/internal/text"
	"lodestar/internal/tree"
)

// All lists every kind, in the order in which they build on each other.
func All() []catalog.Kind {
	return append(semantic.Kinds(),
		catalog.Kind{Name: "Target", Plural: "targets", Title: text.Text{ZH: "目标", EN: "Target"},
			New: func() catalog.Spec { return new(target.Spec) }},
		catalog.Kind{Name: "Tree", Plural: "trees", Title: text.Text{ZH: "指标树", EN: "Metric tree"},
			New: func() catalog.Spec { return new(tree.Spec) }})
}

// Of finds a kind by its name ("Metric") or plural ("metrics").
func Of(name string) (catalog.Kind, bool) {
	for _, k := range All() {
		if k.Name == name || k.Plural == name {
			return k, true
		}
	}
	return catalog.Kind{}, false
}
