// Package identity finds out which ids belong to one entity: the lead of the
// CRM, the user of the product, the phone and the device. Sources assert links
// between ids; the strongest links are taken first, and a link that would make
// an entity larger than entities are is held back as a conflict, for a person to
// judge. The result is a function of the set of links and rules alone, so that
// links that come bit by bit, late or in another order end in the same entities,
// and a merge is undone by taking a link away.
package identity

import (
	"cmp"
	"slices"
	"time"
)

// ID is an id of some kind, such as phone +8613800138000. Values are compared as
// they are; see Normal.
type ID struct {
	Kind  string `json:"kind"`
	Value string `json:"value"`
}

// Link is the assertion of a source that two ids are of one entity. At is when
// it was first made, the zero time for not known; Seen is how often. An
// assertion repeated is one link.
type Link struct {
	A, B   ID
	Source string
	At     time.Time
	Seen   int
}

// Rules say how links become entities.
type Rules struct {
	// Kinds are the kinds of ids, the one that names an entity best first.
	// Ids of other kinds are not taken.
	Kinds []Kind
	// Priority of each source; links of a higher one are taken first. A source
	// that is missing has 0.
	Priority map[string]int
	// Most is the largest number of ids in one entity; 0 for 1,000.
	Most int
	// Apart are pairs of ids that are never of one entity, whatever links them.
	Apart [][2]ID
}

// Kind is a kind of ids.
type Kind struct {
	Name string
	// Most is how many ids of the kind one entity may have; 0 for any number.
	Most int
}

// DefaultMost is the largest entity where Rules do not say.
const DefaultMost = 1000

// Entity is what ids have been brought together.
type Entity struct {
	// ID names the entity: of its best kind the id that was seen first. It
	// changes when a better one comes along.
	ID  ID
	IDs []ID // all of them, by kind as the rules list them, then by value
}

// stronger orders links: the priority of their source, how often they were
// asserted (by powers of two, so that one more rarely changes the order), the
// earlier one, and then their names, so that the order is whole.
func (g *Graph) stronger(a, b *link) int {
	return cmp.Or(
		cmp.Compare(b.rank, a.rank),
		a.at.Compare(b.at),
		cmp.Compare(g.names[a.source], g.names[b.source]),
		g.order(a.a, b.a), g.order(a.b, b.b))
}

// order compares two ids by kind and value.
func (g *Graph) order(a, b int32) int {
	if a == b {
		return 0
	}
	return cmp.Or(cmp.Compare(g.kind[a], g.kind[b]), cmp.Compare(g.value[a], g.value[b]))
}

// earlier reports whether a moment comes before another one; a moment that is
// known counts before one that is not.
func earlier(a, b time.Time) bool { return !a.IsZero() && (b.IsZero() || a.Before(b)) }

func rankOf(priority, seen int) int64 {
	power := 0
	for ; seen > 1; seen >>= 1 {
		power++
	}
	return int64(priority)<<8 + int64(min(power, 255))
}

// better reports whether an entity is rather named by the first of two ids.
func (g *Graph) better(a, b int32) bool {
	return cmp.Or(cmp.Compare(g.kind[a], g.kind[b]), g.first[a].Compare(g.first[b]), cmp.Compare(g.value[a], g.value[b])) < 0
}

// entity describes the entity of ids.
func (g *Graph) entity(members []int32) Entity {
	best := members[0]
	for _, m := range members[1:] {
		if g.better(m, best) {
			best = m
		}
	}
	sorted := slices.Clone(members)
	slices.SortFunc(sorted, g.order)
	e := Entity{ID: g.id(best), IDs: make([]ID, len(sorted))}
	for i, m := range sorted {
		e.IDs[i] = g.id(m)
	}
	return e
}
