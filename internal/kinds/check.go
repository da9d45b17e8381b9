package kinds

import (
	"context"

	"lodestar/internal/catalog"
	"lodestar/internal/semantic"
)

// checked is a spec that stands on the model, such as a tree.
type checked interface {
	Check(*semantic.Model) []catalog.Finding
}

// Check finds what is wrong with a whole set of definitions together: the
// model that it compiles to, and the trees and targets that stand on it.
func Check(_ context.Context, rs []*catalog.Resource) []catalog.Finding {
	return CheckCompiled(semantic.Compile, rs)
}

// CheckCompiled is Check with another way to compile, such as one that
// remembers.
func CheckCompiled(compile func([]*catalog.Resource) (*semantic.Model, []catalog.Finding), rs []*catalog.Resource) []catalog.Finding {
	model, findings := compile(rs)
	for _, r := range rs {
		spec, ok := r.Spec.(checked)
		if !ok {
			continue
		}
		for _, f := range spec.Check(model) {
			f.Kind, f.Name = r.Kind, r.Metadata.Name
			findings = append(findings, f)
		}
	}
	return findings
}
