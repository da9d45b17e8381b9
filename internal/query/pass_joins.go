package query

import (
	"fmt"
	"strings"

	"lodestar/internal/expr"
	"lodestar/internal/semantic"
)

// baseAlias is the fact itself.
const baseAlias = "t"

// addJoins follows each path that a scan uses, once, and no other. Paths lead
// to at most one row, so a join that is not used would change nothing.
func addJoins(p plan) plan {
	scans := make([]scan, len(p.scans))
	for i, s := range p.scans {
		s.joins = nil
		if s.rollup != nil { // all is in one table
			scans[i] = s
			continue
		}
		s.eachField(p.q, func(f *semantic.Field) { s.join(f.Path) })
		scans[i] = s
	}
	p.scans = scans
	return p
}

func (s *scan) join(path []*semantic.Relation) {
	from, name := baseAlias, ""
	for i, r := range path {
		if i > 0 {
			name += "."
		}
		name += r.Name
		alias := s.alias(name)
		if alias == "" {
			alias = fmt.Sprintf("j%d", len(s.joins)+1)
			s.joins = append(s.joins, join{path: name, from: from, alias: alias, rel: r})
		}
		from = alias
	}
}

func (s *scan) alias(path string) string {
	if path == "" {
		return baseAlias
	}
	for _, j := range s.joins {
		if j.path == path {
			return j.alias
		}
	}
	return ""
}

func pathName(path []*semantic.Relation) string {
	switch len(path) {
	case 0:
		return ""
	case 1:
		return path[0].Name
	}
	names := make([]string, len(path))
	for i, r := range path {
		names[i] = r.Name
	}
	return strings.Join(names, ".")
}

// eachField visits the stored columns that the scan reads; computed ones are
// opened up. Those of conditions come first, so that the joins which leave rows
// out come before those that only look something up.
func (s *scan) eachField(q *question, visit func(*semantic.Field)) {
	if s.own != nil { // first, since joins may need it
		storedFields(s.own, visit)
	}
	for _, f := range s.picked {
		storedFields(f, visit)
	}
	if s.time != nil {
		storedFields(s.time, visit)
	}
	if s.level != nil {
		storedFields(s.level.Over, visit)
		for _, f := range s.level.By {
			storedFields(f, visit)
		}
	}
	for _, c := range s.where {
		typedFields(c.typed, visit)
	}
	for _, f := range s.keys {
		if f != nil {
			storedFields(f, visit)
		}
	}
	for _, l := range s.leaves {
		agg := q.leafOf(l.slot).agg()
		for _, arg := range []*expr.Typed{agg.Arg, agg.Weight} {
			if arg != nil && !l.unread {
				typedFields(arg, visit)
			}
		}
		for _, c := range l.filter {
			typedFields(c.typed, visit)
		}
	}
}

func (q *question) leafOf(slot int) leaf { return q.leaves[slot%len(q.leaves)] }

func typedFields(t *expr.Typed, visit func(*semantic.Field)) {
	for _, s := range t.Symbols() {
		if f, ok := s.Ref.(*semantic.Field); ok {
			storedFields(f, visit)
		}
	}
}

// ownTimes reports whether an expression names the metric's own time, and
// whether it names nothing else.
func ownTimes(t *expr.Typed) (some, only bool) {
	only = true
	for _, s := range t.Symbols() {
		if _, ok := s.Ref.(semantic.OwnTime); ok {
			some = true
		} else {
			only = false
		}
	}
	return some, some && only
}

func storedFields(f *semantic.Field, visit func(*semantic.Field)) {
	if f.Computed == nil {
		visit(f)
		return
	}
	for _, s := range f.Computed.Typed.Symbols() {
		storedFields(s.Ref.(*semantic.Field).From(f.Path), visit)
	}
}

// sameField compares by meaning; two paths may have been resolved apart.
func sameField(a, b *semantic.Field) bool {
	if a == b || a == nil || b == nil {
		return a == b
	}
	if a.Column != b.Column || a.Computed != b.Computed || len(a.Path) != len(b.Path) {
		return false
	}
	for i := range a.Path {
		if a.Path[i] != b.Path[i] {
			return false
		}
	}
	return true
}
