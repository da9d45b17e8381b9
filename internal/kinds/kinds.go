package kinds

import (
	"maps"
	"slices"

	"lodestar/internal/catalog"
	"lodestar/internal/metrictest"
	"lodestar/internal/process"
	"lodestar/internal/semantic"
	"lodestar/internal/target"
	"lodestar/internal/tree"
)

// Choices lists the words that fields of specs take, by type and key, such as
// "semantic.MetricSpec.agg". They are the lists that validation uses.
func Choices() map[string][]string {
	out := map[string][]string{"catalog.Metadata.sensitivity": catalog.Sensitivities()}
	for _, c := range []map[string][]string{semantic.Choices(), target.Choices(), tree.Choices()} {
		maps.Copy(out, c)
	}
	return out
}

// All lists every kind, in the order in which they build on each other.
func All() []catalog.Kind {
	return slices.Concat(semantic.Kinds(), target.Kinds(), tree.Kinds(), process.Kinds(), metrictest.Kinds())
}
