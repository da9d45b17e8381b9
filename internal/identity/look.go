package identity

import (
	"cmp"
	"iter"
	"slices"
)

// Of gives the entity that an id belongs to; ok is false for an id that no link
// has named. It looks at the whole cluster of the id.
func (g *Graph) Of(id ID) (e Entity, ok bool) {
	i, ok := g.index[id]
	if !ok {
		return Entity{}, false
	}
	root := g.entities.find(i)
	members := []int32{}
	if c := g.groups[g.clusters.find(i)]; c == nil {
		members = append(members, i)
	} else {
		for _, m := range c.ids {
			if g.entities.find(m) == root {
				members = append(members, m)
			}
		}
	}
	return g.entity(members), true
}

// Entities lists all of them, in no order that means anything.
func (g *Graph) Entities() iter.Seq[Entity] {
	return func(yield func(Entity) bool) {
		members := make([][]int32, len(g.kind))
		for i := range g.kind {
			root := g.entities.find(int32(i))
			members[root] = append(members[root], int32(i))
		}
		for _, m := range members {
			if len(m) > 0 && !yield(g.entity(m)) {
				return
			}
		}
	}
}

// Conflicts lists links that were held back, the strongest first, at most limit.
func (g *Graph) Conflicts(limit int) []Claim {
	var held []*link
	for _, l := range g.links {
		if l.held >= 0 {
			held = append(held, l)
		}
	}
	slices.SortFunc(held, g.stronger)
	return g.claims(held[:min(limit, len(held))])
}

// Match says how well the ids of a source are known elsewhere.
type Match struct {
	Source  string
	IDs     int // that its links name
	Matched int // of them in an entity with an id that this source does not name
	Links   int
	Held    int
}

// Rate is the share of ids that are matched; 0 without ids.
func (m Match) Rate() float64 {
	if m.IDs == 0 {
		return 0
	}
	return float64(m.Matched) / float64(m.IDs)
}

// Matches reports on every source, by name.
func (g *Graph) Matches() []Match {
	named := make([]map[int32]bool, len(g.names)) // ids by source
	inside := make([]map[int32]int, len(g.names)) // ids of the source by entity
	out := make([]Match, len(g.names))
	for s, name := range g.names {
		out[s].Source = name
		named[s], inside[s] = map[int32]bool{}, map[int32]int{}
	}
	for _, l := range g.links {
		out[l.source].Links++
		if l.held >= 0 {
			out[l.source].Held++
		}
		for _, i := range []int32{l.a, l.b} {
			if !named[l.source][i] {
				named[l.source][i] = true
				inside[l.source][g.entities.find(i)]++
			}
		}
	}
	for s := range out {
		out[s].IDs = len(named[s])
		for i := range named[s] {
			root := g.entities.find(i)
			if int(g.entities.size[root]) > inside[s][root] {
				out[s].Matched++
			}
		}
	}
	slices.SortFunc(out, func(a, b Match) int { return cmp.Compare(a.Source, b.Source) })
	return out
}
