package identity

import (
	"fmt"
	"math"
	"slices"
	"time"
)

// Graph holds links and the entities they make. It is not safe for concurrent
// use.
//
// Ids that any links connect, taken or held, form a cluster; links of different
// clusters never meet. So a change concerns the clusters it touches alone: they
// are stitched again, the strongest link first, and a link that comes last in
// the order of its cluster is only added.
type Graph struct {
	rules Rules
	kinds map[string]uint8
	most  []int32 // by kind; MaxInt32 for any number

	index map[ID]int32 // ids by number
	kind  []uint8
	value []string
	first []time.Time // when an id was first linked

	sources map[string]int32
	names   []string // of sources

	links map[pair]*link

	entities forest // of ids, by links taken
	clusters forest // of ids, by all links
	groups   map[int32]*cluster
	counts   []uint16 // ids of each kind in the entity, by root: len(kinds) each

	apart  map[ID][]ID       // by either id
	marked map[int32][]int32 // ids with one that must stay apart, by root of their entity
}

type pair struct {
	a, b   int32
	source int32
}

type link struct {
	a, b   int32
	source int32
	at     time.Time
	seen   int
	rank   int64
	held   int16 // -1 taken, else the kind whose limit held it; len(kinds) for all ids together, and one more for ids that stay apart
}

// cluster is ids that links connect, with those links.
type cluster struct {
	ids    []int32
	links  []*link
	last   *link // the weakest that was stitched; nil when none was
	sorted bool  // what was stitched was in order
}

// forest is a union-find: parents by path halving, the larger side stays root.
type forest struct{ parent, size []int32 }

func (f *forest) add() {
	f.parent = append(f.parent, int32(len(f.parent)))
	f.size = append(f.size, 1)
}

func (f *forest) find(i int32) int32 {
	for f.parent[i] != i {
		f.parent[i] = f.parent[f.parent[i]]
		i = f.parent[i]
	}
	return i
}

// union joins two roots and tells which one stays.
func (f *forest) union(a, b int32) (root, gone int32) {
	if f.size[a] < f.size[b] {
		a, b = b, a
	}
	f.parent[b] = a
	f.size[a] += f.size[b]
	return a, b
}

func (f *forest) reset(i int32) { f.parent[i], f.size[i] = i, 1 }

// NewGraph makes an empty graph. The error is rules that cannot be.
func NewGraph(rules Rules) (*Graph, error) {
	if rules.Most == 0 {
		rules.Most = DefaultMost
	}
	if len(rules.Kinds) == 0 || len(rules.Kinds) > 200 || rules.Most < 0 || rules.Most > math.MaxUint16 {
		return nil, fmt.Errorf("identity: %d kinds, at most %d ids in an entity", len(rules.Kinds), rules.Most)
	}
	g := &Graph{rules: rules, kinds: map[string]uint8{}, index: map[ID]int32{}, sources: map[string]int32{},
		links: map[pair]*link{}, groups: map[int32]*cluster{}, apart: map[ID][]ID{}, marked: map[int32][]int32{}}
	for _, p := range rules.Apart {
		g.apart[p[0]], g.apart[p[1]] = append(g.apart[p[0]], p[1]), append(g.apart[p[1]], p[0])
	}
	for i, k := range rules.Kinds {
		if _, twice := g.kinds[k.Name]; twice || k.Most < 0 {
			return nil, fmt.Errorf("identity: kind %s stands twice, or has a negative limit", k.Name)
		}
		g.kinds[k.Name] = uint8(i)
		most := int32(math.MaxInt32)
		if k.Most > 0 {
			most = int32(k.Most)
		}
		g.most = append(g.most, most)
	}
	return g, nil
}

func (g *Graph) id(i int32) ID { return ID{g.rules.Kinds[g.kind[i]].Name, g.value[i]} }

// intern gives the number of an id, a new one if need be; ok is false for a kind
// that the rules do not have.
func (g *Graph) intern(id ID, at time.Time) (i int32, ok bool) {
	if i, known := g.index[id]; known {
		return i, true
	}
	k, ok := g.kinds[id.Kind]
	if !ok {
		return 0, false
	}
	i = int32(len(g.kind))
	g.index[id] = i
	g.kind, g.value, g.first = append(g.kind, k), append(g.value, id.Value), append(g.first, at)
	g.entities.add()
	g.clusters.add()
	g.counts = append(g.counts, make([]uint16, len(g.most))...)
	g.counts[int(i)*len(g.most)+int(k)] = 1
	g.mark(i)
	return i, true
}

func (g *Graph) source(name string) int32 {
	if s, ok := g.sources[name]; ok {
		return s
	}
	s := int32(len(g.names))
	g.sources[name], g.names = s, append(g.names, name)
	return s
}

// Add takes in links, and stitches the clusters that they touch. A link that is
// there already is asserted again. It tells how many could not be taken in,
// because of an unknown kind, an empty value or two equal ids.
func (g *Graph) Add(links ...Link) (refused int) {
	var fresh []*link
	for _, l := range links {
		n, news, ok := g.put(l)
		if !ok {
			refused++
		}
		if news {
			fresh = append(fresh, n)
		}
	}
	g.stitch(fresh)
	return refused
}

// put stores a link and joins the clusters of its ids. news is set when that
// changes anything for its cluster; ok is false for a link that cannot be.
func (g *Graph) put(l Link) (n *link, news, ok bool) {
	if l.A == l.B || l.A.Value == "" || l.B.Value == "" {
		return nil, false, false
	}
	a, okA := g.intern(l.A, l.At)
	b, okB := g.intern(l.B, l.At)
	if !okA || !okB {
		return nil, false, false
	}
	if g.order(a, b) > 0 {
		a, b = b, a
	}
	g.seen(a, l.At)
	g.seen(b, l.At)
	key := pair{a, b, g.source(l.Source)}
	if n := g.links[key]; n != nil {
		return n, g.repeat(n, l), true
	}
	seen := max(l.Seen, 1)
	n = &link{a: a, b: b, source: key.source, at: l.At, seen: seen, rank: rankOf(g.rules.Priority[l.Source], seen), held: -1}
	g.links[key] = n
	c := g.join(a, b)
	c.links = append(c.links, n)
	return n, true, true
}

func (g *Graph) seen(i int32, at time.Time) {
	if earlier(at, g.first[i]) {
		g.first[i] = at
	}
}

// repeat asserts a link again, and tells whether it now stands elsewhere in the
// order of its cluster.
func (g *Graph) repeat(n *link, l Link) (moved bool) {
	n.seen += max(l.Seen, 1)
	rank := rankOf(g.rules.Priority[l.Source], n.seen)
	moved = rank != n.rank || earlier(l.At, n.at)
	n.rank = rank
	if earlier(l.At, n.at) {
		n.at = l.At
	}
	if moved {
		g.groups[g.clusters.find(n.a)].sorted = false
	}
	return moved
}

// join makes one cluster of two ids' clusters. An id without links has none.
func (g *Graph) join(a, b int32) *cluster {
	ra, rb := g.clusters.find(a), g.clusters.find(b)
	if ra == rb {
		return g.groups[ra]
	}
	x, y := g.groups[ra], g.groups[rb]
	root, gone := g.clusters.union(ra, rb)
	delete(g.groups, gone)
	switch {
	case x == nil && y == nil:
		x = &cluster{ids: []int32{ra, rb}, sorted: true}
	case x == nil:
		y.ids = append(y.ids, ra)
		x = y
	case y == nil:
		x.ids = append(x.ids, rb)
	default:
		if len(y.links) > len(x.links) {
			x, y = y, x
		}
		x.absorb(g, y)
	}
	g.groups[root] = x
	return x
}

// absorb takes over another cluster. Both are stitched already, and have not
// met: what the links of one side did is no matter to the other.
func (c *cluster) absorb(g *Graph, other *cluster) {
	if c.last == nil || other.last != nil && g.stronger(c.last, other.last) < 0 {
		c.last = other.last
	}
	c.sorted = c.sorted && other.sorted
	c.ids = append(c.ids, other.ids...)
	c.links = append(c.links, other.links...)
}

// Remove takes a link away, as if it had never been asserted, and stitches its
// cluster again. It reports whether there was one.
func (g *Graph) Remove(a, b ID, source string) bool {
	i, okA := g.index[a]
	j, okB := g.index[b]
	s, okS := g.sources[source]
	if !okA || !okB || !okS {
		return false
	}
	if g.order(i, j) > 0 {
		i, j = j, i
	}
	gone := g.links[pair{i, j, s}]
	if gone == nil {
		return false
	}
	delete(g.links, pair{i, j, s})
	root := g.clusters.find(i)
	c := g.groups[root]
	delete(g.groups, root)
	for _, m := range c.ids {
		g.clusters.reset(m)
		g.clear(m)
		g.first[m] = time.Time{}
	}
	rest := slices.DeleteFunc(c.links, func(l *link) bool { return l == gone })
	for _, l := range rest {
		g.seen(l.a, l.at)
		g.seen(l.b, l.at)
		n := g.join(l.a, l.b)
		n.links, n.sorted = append(n.links, l), false
	}
	g.stitch(rest)
	return true
}
