package kinds

import (
	"context"

	"lodestar/internal/catalog"
	"lodestar/internal/semantic"
)

// Check finds what is wrong with a whole set of definitions together: the
// model that it compiles to, and the trees and targets that stand on it.
func Check(_ context.Context, rs []*catalog.Resource) []catalog.Finding {
	_, findings := Compile(rs)
	return findings
}

// Compile gives the model of a set of definitions and everything that is wrong
// with them.
func Compile(rs []*catalog.Resource) (*semantic.Model, []catalog.Finding) {
	return semantic.Compile(rs)
}
