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
		p.joinsOf(&s)
		scans[i] = s
	}
	p.scans = scans
	p.eachOther(p.joinsOf)
	return p
}

func (p *plan) joinsOf(s *scan) {
	s.joins = nil
	if s.rollup != nil { // all is in one table
		return
	}
	s.eachNamed(p.q, func(f *semantic.Field) {
		if f.Many() {
			p.bundleValue(s, f)
			return
		}
		readFields(f, func(f *semantic.Field) {
			s.join(f.Path)
			if f.Computed != nil {
				p.joinLookup(s, f)
			}
		})
	})
	s.eachMark(func(m *mark) { p.bundleMark(s, m) })
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
			alias = aliasName(s)
			s.joins = append(s.joins, join{path: name, from: from, alias: alias, rel: r})
		}
		from = alias
	}
}

// aliasName is that of the next join.
func aliasName(s *scan) string { return fmt.Sprintf("j%d", len(s.joins)+1) }

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
// opened up.
func (s *scan) eachField(q *question, visit func(*semantic.Field)) {
	s.eachNamed(q, func(f *semantic.Field) { storedFields(f, visit) })
}

// eachNamed visits the fields that the scan reads, as named. Those of conditions
// come first, so that the joins which leave rows out come before those that only
// look something up.
func (s *scan) eachNamed(q *question, visit func(*semantic.Field)) {
	if s.own != nil { // first, since joins may need it
		visit(s.own)
	}
	for _, f := range s.picked {
		visit(f)
	}
	if s.time != nil {
		visit(s.time)
	}
	for _, f := range s.reads {
		visit(f)
	}
	if s.level != nil {
		visit(s.level.Over)
		for _, f := range s.level.By {
			visit(f)
		}
	}
	for _, c := range s.where {
		namedFields(c.typed, visit)
	}
	for _, f := range s.keys {
		if f != nil {
			visit(f)
		}
	}
	for _, l := range s.leaves {
		agg := q.leafOf(l.slot).agg()
		for _, arg := range []*expr.Typed{agg.Arg, agg.Weight} {
			if arg != nil && !l.unread {
				namedFields(arg, visit)
			}
		}
		for _, c := range l.filter {
			namedFields(c.typed, visit)
		}
	}
}

func (q *question) leafOf(slot int) leaf { return q.leaves[slot%len(q.leaves)] }

// namedFields visits the fields of an expression.
func namedFields(t *expr.Typed, visit func(*semantic.Field)) {
	for _, s := range t.Symbols() {
		if f, ok := s.Ref.(*semantic.Field); ok {
			visit(f)
		}
	}
}

func typedFields(t *expr.Typed, visit func(*semantic.Field)) {
	namedFields(t, func(f *semantic.Field) { storedFields(f, visit) })
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

// storedFields visits the stored columns behind a field; of the value of a
// metric it is the key here.
func storedFields(f *semantic.Field, visit func(*semantic.Field)) {
	readFields(f, func(f *semantic.Field) {
		if f.Computed != nil {
			f = lookupKey(f)
		}
		visit(f)
	})
}

// readFields visits the stored columns and the values of metrics behind a
// field.
func readFields(f *semantic.Field, visit func(*semantic.Field)) {
	if f.Computed == nil || f.Computed.Lookup != nil {
		visit(f.Stored())
		return
	}
	for _, s := range f.Computed.Typed.Symbols() {
		readFields(s.Ref.(*semantic.Field).From(f.Path), visit)
	}
}

// sameField compares by meaning; two paths may have been resolved apart.
func sameField(a, b *semantic.Field) bool {
	if a == b || a == nil || b == nil {
		return a == b
	}
	if a.Column != b.Column || a.Grain != b.Grain || a.Computed != b.Computed || len(a.Path) != len(b.Path) {
		return false
	}
	for i := range a.Path {
		if a.Path[i] != b.Path[i] {
			return false
		}
	}
	return true
}
