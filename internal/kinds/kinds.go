package kinds

import (
	"slices"

	"lodestar/internal/catalog"
	"lodestar/internal/metrictest"
	"lodestar/internal/semantic"
	"lodestar/internal/target"
	"lodestar/internal/tree"
)

// All lists every kind, in the order in which they build on each other.
func All() []catalog.Kind {
	return slices.Concat(semantic.Kinds(), target.Kinds(), tree.Kinds(), metrictest.Kinds())
}
