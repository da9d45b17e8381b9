package semantic

import "slices"

// depthFirst calls done for all names and what they lead to, what a name leads to
// before itself. Each circle on the way is told, with its first name again at the
// end.
func depthFirst(names []string, next func(name string) []string, circle func(round []string), done func(name string)) {
	seen := map[string]bool{}
	var way []string
	var visit func(name string)
	visit = func(name string) {
		if i := slices.Index(way, name); i >= 0 {
			circle(append(slices.Clone(way[i:]), name))
			return
		}
		if seen[name] {
			return
		}
		seen[name] = true
		way = append(way, name)
		for _, other := range next(name) {
			visit(other)
		}
		way = way[:len(way)-1]
		done(name)
	}
	for _, name := range names {
		visit(name)
	}
}
