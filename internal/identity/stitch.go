package identity

import "slices"

// stitch brings the clusters of links up to date. Links that are new come after
// those that were stitched, or their cluster is stitched anew.
func (g *Graph) stitch(fresh []*link) {
	byCluster := map[*cluster][]*link{}
	for _, l := range fresh {
		c := g.groups[g.clusters.find(l.a)]
		byCluster[c] = append(byCluster[c], l)
	}
	for c, links := range byCluster {
		slices.SortFunc(links, g.stronger)
		if c.sorted && (c.last == nil || g.stronger(c.last, links[0]) < 0) {
			for _, l := range links {
				g.take(l)
			}
			c.last = links[len(links)-1]
			continue
		}
		g.again(c)
	}
}

// again stitches a cluster from its first link to its last.
func (g *Graph) again(c *cluster) {
	for _, i := range c.ids {
		g.clear(i)
	}
	slices.SortFunc(c.links, g.stronger)
	for _, l := range c.links {
		g.take(l)
	}
	c.sorted = true
	if n := len(c.links); n > 0 {
		c.last = c.links[n-1]
	}
}

// clear makes an id an entity of its own.
func (g *Graph) clear(i int32) {
	g.entities.reset(i)
	counts := g.counts[int(i)*len(g.most) : int(i+1)*len(g.most)]
	clear(counts)
	counts[g.kind[i]] = 1
	g.mark(i)
}

// mark notes that an id, an entity of its own, has one to stay apart from.
func (g *Graph) mark(i int32) {
	if len(g.apart) == 0 {
		return
	}
	if delete(g.marked, i); g.apart[g.id(i)] != nil {
		g.marked[i] = []int32{i}
	}
}

// parted reports whether ids of two entities must stay apart.
func (g *Graph) parted(a, b int32) bool {
	for _, i := range g.marked[a] {
		for _, other := range g.apart[g.id(i)] {
			if j, ok := g.index[other]; ok && g.entities.find(j) == b {
				return true
			}
		}
	}
	return false
}

// take joins two entities by a link, unless one of the limits holds it.
func (g *Graph) take(l *link) {
	a, b := g.entities.find(l.a), g.entities.find(l.b)
	l.held = -1
	if a == b {
		return
	}
	n := len(g.most)
	ca, cb := g.counts[int(a)*n:int(a+1)*n], g.counts[int(b)*n:int(b+1)*n]
	if int(g.entities.size[a])+int(g.entities.size[b]) > g.rules.Most {
		l.held = int16(n)
		return
	}
	for k, most := range g.most {
		if int32(ca[k])+int32(cb[k]) > most {
			l.held = int16(k)
			return
		}
	}
	if g.parted(a, b) {
		l.held = int16(n + 1)
		return
	}
	root, gone := g.entities.union(a, b)
	if list := g.marked[gone]; list != nil {
		g.marked[root] = append(g.marked[root], list...)
		delete(g.marked, gone)
	}
	into, from := g.counts[int(root)*n:int(root+1)*n], g.counts[int(gone)*n:int(gone+1)*n]
	for k := range into {
		into[k] += from[k]
	}
}
