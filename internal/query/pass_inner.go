package query

import (
	"strings"

	"lodestar/internal/expr"
)

// joinInner turns joins into inner ones where a condition leaves out the rows
// that match nothing anyway: engines then start with the join that leaves out
// most.
func joinInner(p plan) plan {
	scans := make([]scan, len(p.scans))
	for i, s := range p.scans {
		if s.journey != nil { // rows that fail a condition take part in the match
			scans[i] = s
			continue
		}
		joins := append([]join(nil), s.joins...)
		if s.alone != "" {
			scans[i] = s
			continue
		}
		for _, c := range s.where {
			for _, path := range s.demands(c.typed.Node()) {
				for j := range joins {
					if joins[j].path == path || strings.HasPrefix(path, joins[j].path+".") {
						joins[j].inner = true
					}
				}
			}
		}
		s.joins = joins
		scans[i] = s
	}
	p.scans = scans
	return p
}

// demands lists the paths that must lead to a row for the condition to be true.
func (s *scan) demands(n expr.Node) []string {
	if b, ok := n.(*expr.Binary); ok {
		switch b.Op {
		case "and":
			return append(s.demands(b.L), s.demands(b.R)...)
		case "or":
			return nil
		}
	}
	return s.nullFrom(n)
}

// nullFrom lists the paths of which the node is NULL when they lead to no row.
func (s *scan) nullFrom(n expr.Node) []string {
	switch n := n.(type) {
	case *expr.Name:
		f, err := s.dataset.Field(strings.Join(n.Parts, "."))
		if err != nil || f.Computed != nil || len(f.Path) == 0 {
			return nil
		}
		return []string{pathName(f.Path)}
	case *expr.Unary:
		return s.nullFrom(n.X)
	case *expr.Binary:
		if n.Op == "and" || n.Op == "or" {
			return nil
		}
		return append(s.nullFrom(n.L), s.nullFrom(n.R)...)
	case *expr.In:
		return s.nullFrom(n.X)
	case *expr.Between:
		return s.nullFrom(n.X)
	case *expr.Like:
		return s.nullFrom(n.X)
	case *expr.Cast:
		return s.nullFrom(n.X)
	}
	return nil
}
