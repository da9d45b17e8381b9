package catalog

import (
	"cmp"
	"slices"
)

// Snapshot is all resources at one moment. It never changes, and nobody may
// change the resources that it gives out.
type Snapshot struct {
	// Revision rises with each change of the catalog.
	Revision int
	all      []*Resource // by kind, then name
	byRef    map[Ref]*Resource
	usedBy   map[Ref][]Ref // Path is where in the using resource
}

func key(kind, name string) Ref { return Ref{Kind: kind, Name: name} }

// NewSnapshot indexes resources, which are judged already.
func NewSnapshot(revision int, rs []*Resource) Snapshot {
	s := Snapshot{Revision: revision, all: slices.Clone(rs), byRef: make(map[Ref]*Resource, len(rs)), usedBy: map[Ref][]Ref{}}
	slices.SortFunc(s.all, compareResources)
	for _, r := range s.all {
		s.byRef[r.Ref()] = r
	}
	meant := map[Ref]Ref{}
	for _, r := range s.all {
		if kind := standsFor(r); kind != "" && s.byRef[key(kind, r.Metadata.Name)] == nil {
			meant[key(kind, r.Metadata.Name)] = r.Ref()
		}
	}
	for _, r := range s.all {
		for _, ref := range refsOf(r) {
			to := key(ref.Kind, ref.Name)
			if other, ok := meant[to]; ok {
				to = other
			}
			s.usedBy[to] = append(s.usedBy[to], Ref{Kind: r.Kind, Name: r.Metadata.Name, Path: ref.Path})
		}
	}
	return s
}

func compareResources(a, b *Resource) int {
	return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Metadata.Name, b.Metadata.Name))
}

func refsOf(r *Resource) []Ref {
	if r.Spec == nil {
		return nil
	}
	if r.said != nil && r.said.spec == r.Spec {
		return r.said.refs
	}
	return r.Spec.Refs()
}

// All gives every resource by kind and name, quarantined ones too.
func (s Snapshot) All() []*Resource { return slices.Clone(s.all) }

// Get finds a resource, quarantined or not.
func (s Snapshot) Get(kind, name string) (*Resource, bool) {
	r, ok := s.byRef[key(kind, name)]
	return r, ok
}

// Published gives the resources that can be used, of one kind or, for "", of all.
func (s Snapshot) Published(kind string) []*Resource {
	var out []*Resource
	for _, r := range s.all {
		if r.State == Published && (kind == "" || r.Kind == kind) {
			out = append(out, r)
		}
	}
	return out
}

// UsedBy gives who refers to the resource; Path is where in the one that refers.
func (s Snapshot) UsedBy(kind, name string) []Ref { return slices.Clone(s.usedBy[key(kind, name)]) }

// Dependants gives everything that needs the resource, directly or not,
// without the resource itself, by kind and name.
func (s Snapshot) Dependants(kind, name string) []Ref {
	start := key(kind, name)
	seen := map[Ref]bool{start: true}
	queue := []Ref{start}
	var out []Ref
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		for _, u := range s.usedBy[at] {
			k := key(u.Kind, u.Name)
			if !seen[k] {
				seen[k] = true
				queue = append(queue, k)
				out = append(out, k)
			}
		}
	}
	slices.SortFunc(out, func(a, b Ref) int { return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name)) })
	return out
}
