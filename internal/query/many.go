package query

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"lodestar/internal/expr"
	"lodestar/internal/semantic"
	"lodestar/internal/text"
	"lodestar/internal/warehouse"
)

// A many-to-many relationship leads from a row to any number of members. Each
// row is joined with one line for each of the members that the question groups
// by, so a row counts once in each; conditions become marks on these lines, so
// that without grouping there is one line a row, and nothing is counted twice.

// bundle is what a scan reads through one many-to-many relationship.
type bundle struct {
	prefix []*semantic.Relation // up to and with the relationship
	values []*semantic.Field    // grouped by
	marks  []*mark
	inner  scan // of the pairs
}

// mark is a condition about members: some member must satisfy it.
type mark struct {
	prefix []*semantic.Relation
	text   string
	typed  *expr.Typed // as seen from the dataset
	empty  bool        // whether it holds for a row without members
	denied bool        // it stands under not, so it is about all members of the row
}

// manyAt is the place of the many-to-many relationship in a path; -1 for none.
func manyAt(path []*semantic.Relation) int {
	return slices.IndexFunc(path, func(r *semantic.Relation) bool { return r.Bridge != nil })
}

// bundleName is the path of a bundle among joins. What is denied of all members
// does not go with what the question groups by.
func bundleName(prefix []*semantic.Relation, denied bool) string {
	if denied {
		return "!" + pathName(prefix)
	}
	return "*" + pathName(prefix)
}

// marked replaces the conditions about members in a condition by marks. Those
// joined by and (or by or) that are about the same relationship are about the
// same member; not stands outside: no member may satisfy what it denies.
func marked(t *expr.Typed, d *semantic.Dataset) (*expr.Typed, error) {
	if !slices.ContainsFunc(t.Symbols(), func(s expr.Symbol) bool {
		f, ok := s.Ref.(*semantic.Field)
		return ok && f.Many()
	}) {
		return t, nil
	}
	m := &marker{d: d, marks: map[string]*mark{}}
	n, err := m.rewrite(t.Node(), false)
	if err != nil {
		return nil, err
	}
	return expr.CheckBool(n, m)
}

type marker struct {
	d     *semantic.Dataset
	marks map[string]*mark
}

// Resolve satisfies expr.Scope.
func (m *marker) Resolve(parts []string) (expr.Symbol, error) {
	if found := m.marks[parts[0]]; found != nil && len(parts) == 1 {
		return expr.Symbol{Ref: found, Type: expr.Boolean}, nil
	}
	return m.d.Scope().Resolve(parts)
}

// about tells which many-to-many relationships a node is about, and whether it
// names anything else.
func (m *marker) about(n expr.Node) (prefixes map[string][]*semantic.Relation, other bool) {
	prefixes = map[string][]*semantic.Relation{}
	for _, name := range namesIn(n) {
		f, err := m.d.Field(name)
		if err != nil || !f.Many() {
			other = true
			continue
		}
		prefix := f.Path[:manyAt(f.Path)+1]
		prefixes[pathName(prefix)] = prefix
	}
	return prefixes, other
}

func (m *marker) rewrite(n expr.Node, denied bool) (expr.Node, error) {
	prefixes, other := m.about(n)
	switch len(prefixes) {
	case 0:
		return n, nil
	case 1:
		if _, not := n.(*expr.Unary); !other && !not {
			return m.mark(n, denied)
		}
	}
	switch n := n.(type) {
	case *expr.Unary:
		x, err := m.rewrite(n.X, true)
		return &expr.Unary{Span: n.Span, Op: n.Op, X: x}, err
	case *expr.Binary:
		if n.Op == "and" || n.Op == "or" {
			return m.group(n, denied)
		}
	}
	return nil, &expr.Error{Code: "mixed_members", Offset: n.Where().Offset, End: n.Where().End, Text: text.Text{
		ZH: "一个比较里不能同时用多对多关系的列和别的列", EN: "a comparison cannot mix columns behind a many-to-many relationship with others"}}
}

// group puts what is about the same relationship together.
func (m *marker) group(n *expr.Binary, denied bool) (expr.Node, error) {
	var order []string
	same := map[string]expr.Node{}
	for i, part := range flatten(n, n.Op, nil) {
		prefixes, other := m.about(part)
		id := strconv.Itoa(i)
		if _, not := part.(*expr.Unary); len(prefixes) == 1 && !other && !not {
			for name := range prefixes {
				id = name
			}
		}
		if same[id] == nil {
			order = append(order, id)
			same[id] = part
		} else {
			same[id] = &expr.Binary{Span: n.Span, Op: n.Op, L: same[id], R: part}
		}
	}
	var out expr.Node
	for _, id := range order {
		x, err := m.rewrite(same[id], denied)
		if err != nil {
			return nil, err
		}
		if out == nil {
			out = x
		} else {
			out = &expr.Binary{Span: n.Span, Op: n.Op, L: out, R: x}
		}
	}
	return out, nil
}

func flatten(n expr.Node, op string, out []expr.Node) []expr.Node {
	if b, ok := n.(*expr.Binary); ok && b.Op == op {
		return flatten(b.R, op, flatten(b.L, op, out))
	}
	return append(out, n)
}

func (m *marker) mark(n expr.Node, denied bool) (expr.Node, error) {
	t, err := expr.CheckBool(n, m.d.Scope())
	if err != nil {
		return nil, err
	}
	v, err := expr.Env{Value: func(any) any { return nil }}.Eval(t)
	if err != nil {
		return nil, err
	}
	f := t.Symbols()[0].Ref.(*semantic.Field)
	name := fmt.Sprintf("__m%d", len(m.marks))
	m.marks[name] = &mark{prefix: f.Path[:manyAt(f.Path)+1], text: n.String(), typed: t, empty: v == true, denied: denied}
	return &expr.Name{Span: n.Where(), Parts: []string{name}}, nil
}

// togetherMembers puts conjuncts about the same many-to-many relationship
// together again, so that they are about the same member.
func togetherMembers(parts []expr.Node, d *semantic.Dataset) []expr.Node {
	m := &marker{d: d}
	at := map[string]int{}
	var out []expr.Node
	for _, part := range parts {
		prefixes, other := m.about(part)
		_, not := part.(*expr.Unary)
		if len(prefixes) != 1 || other || not {
			out = append(out, part)
			continue
		}
		for name := range prefixes {
			if i, ok := at[name]; ok {
				out[i] = &expr.Binary{Span: part.Where(), Op: "and", L: out[i], R: part}
			} else {
				at[name] = len(out)
				out = append(out, part)
			}
		}
	}
	return out
}

// marksOf visits the marks in a condition.
func marksOf(t *expr.Typed, visit func(*mark)) {
	for _, s := range t.Symbols() {
		if m, ok := s.Ref.(*mark); ok {
			visit(m)
		}
	}
}

func (s *scan) eachMark(visit func(*mark)) {
	for _, c := range s.conds() {
		marksOf(c.typed, visit)
	}
}

// bundle finds or adds the join of a many-to-many relationship.
func (s *scan) bundle(prefix []*semantic.Relation, denied bool) *bundle {
	s.join(prefix[:len(prefix)-1])
	name := bundleName(prefix, denied)
	for _, j := range s.joins {
		if j.path == name {
			return j.bundle
		}
	}
	b := &bundle{prefix: prefix, inner: scan{dataset: prefix[len(prefix)-1].Bridge.Dataset}}
	s.joins = append(s.joins, join{path: name, from: s.alias(pathName(prefix[:len(prefix)-1])), alias: aliasName(s), bundle: b})
	return b
}

// inside gives a field behind the relationship as seen from the pairs.
func (b *bundle) inside(f *semantic.Field) *semantic.Field {
	g := *f
	g.Path = append([]*semantic.Relation{b.prefix[len(b.prefix)-1].Bridge.On}, f.Path[len(b.prefix):]...)
	return &g
}

func (p *plan) bundleValue(s *scan, f *semantic.Field) {
	b := s.bundle(f.Path[:manyAt(f.Path)+1], false)
	if !slices.ContainsFunc(b.values, func(g *semantic.Field) bool { return sameField(f, g) }) {
		b.values = append(b.values, f)
		p.bundleJoins(b, f)
	}
}

func (p *plan) bundleMark(s *scan, m *mark) {
	b := s.bundle(m.prefix, m.denied)
	if !slices.ContainsFunc(b.marks, func(o *mark) bool { return o.text == m.text }) {
		b.marks = append(b.marks, m)
		namedFields(m.typed, func(f *semantic.Field) { p.bundleJoins(b, f) })
	}
}

func (p *plan) bundleJoins(b *bundle, f *semantic.Field) {
	if f.AtTime() {
		p.err = ofExpr("by", &expr.Error{Code: "many_values", Text: text.Text{
			ZH: "{name}：多对多关系之后不能再取当时有效的行", EN: "{name}: behind a many-to-many relationship no row that was valid at the time can be found"}.With("name", f.String())})
		return
	}
	readFields(b.inside(f), func(f *semantic.Field) {
		b.inner.join(f.Path)
		if f.Computed != nil {
			p.joinLookup(&b.inner, f)
		}
	})
}

// bundleTable writes the lines of a bundle.
func (w scanWriter) bundleTable(b *bundle) expr.SQL {
	inner := b.inner
	inner.zone = w.s.zone
	in := scanWriter{w.d, w.p, &inner}
	var list []expr.SQL
	for i, pair := range b.prefix[len(b.prefix)-1].Bridge.Back.Pairs {
		list = append(list, raw(baseAlias+"."+w.d.Quote(pair[0])+" AS "+w.d.Quote("_b"+strconv.Itoa(i))))
	}
	for i, f := range b.values {
		list = append(list, expr.Concat(in.field(b.inside(f)), " AS "+w.d.Quote("_v"+strconv.Itoa(i))))
	}
	groups := make([]expr.SQL, len(list))
	for i, m := range b.marks {
		printer := in.printer(nil)
		printer.Column = func(ref any) expr.SQL { return in.field(b.inside(ref.(*semantic.Field))) }
		printer.LocalColumn = func(ref any) (expr.SQL, bool) { return in.keptClock(b.inside(ref.(*semantic.Field))) }
		one := expr.Concat("CASE WHEN ", printer.Print(m.typed), " THEN 1 ELSE 0 END")
		list = append(list, expr.Concat(w.d.Aggregate(warehouse.Aggregate{Func: "max", Arg: one}), " AS "+w.d.Quote("_h"+strconv.Itoa(i))))
	}
	return expr.Concat("(", selectSQL(list, in.from(in.table(inner.dataset)), nil, groups), ")")
}

// bundleOn writes the condition of a bundle's join.
func (w scanWriter) bundleOn(j join) expr.SQL {
	var on []string
	for i, pair := range j.bundle.prefix[len(j.bundle.prefix)-1].Bridge.Back.Pairs {
		on = append(on, j.alias+"."+w.d.Quote("_b"+strconv.Itoa(i))+" = "+j.from+"."+w.d.Quote(pair[1]))
	}
	return raw(strings.Join(on, " AND "))
}

// manyField writes a value behind a many-to-many relationship.
func (w scanWriter) manyField(f *semantic.Field) expr.SQL {
	for _, j := range w.s.joins {
		if j.bundle == nil {
			continue
		}
		if i := slices.IndexFunc(j.bundle.values, func(g *semantic.Field) bool { return sameField(f, g) }); i >= 0 {
			return raw(j.alias + "." + w.d.Quote("_v"+strconv.Itoa(i)))
		}
	}
	w.p.err = manyHere("where", f.String())
	return w.d.Literal(nil, f.Type)
}

// manyMark writes whether a member satisfies a condition.
func (w scanWriter) manyMark(m *mark) expr.SQL {
	name := bundleName(m.prefix, m.denied)
	for _, j := range w.s.joins {
		if j.path != name {
			continue
		}
		i := slices.IndexFunc(j.bundle.marks, func(o *mark) bool { return o.text == m.text })
		empty := int64(0)
		if m.empty {
			empty = 1
		}
		return expr.Concat("(", w.d.Call("coalesce", []expr.SQL{raw(j.alias + "." + w.d.Quote("_h"+strconv.Itoa(i))), w.d.Literal(empty, expr.Integer)}),
			" = ", w.d.Literal(int64(1), expr.Integer), ")")
	}
	w.p.err = manyHere("where", m.text)
	return raw("(1 = 0)")
}

func manyHere(path, name string) error {
	return invalid(path, "many_values", text.Text{
		ZH: "{name} 经过多对多关系，一行可能有几个值，这里不能用",
		EN: "{name} lies behind a many-to-many relationship, so a row may have several values; it cannot be used here"}, "name", name)
}

// resolveMany refuses what needs one value for each row.
func resolveMany(q *question, r Request) error {
	for i, k := range q.keys {
		for _, f := range k.fields {
			several := f.Many()
			storedFields(f, func(g *semantic.Field) { several = several || g.Many() })
			if !several {
				continue
			}
			if k.isTime() || k.by.Part != "" {
				return manyHere(fmt.Sprintf("by[%d]", i), k.name)
			}
			if r.Top != nil && r.Top.Others {
				return invalid("top.others", "many_values", text.Text{
					ZH: "{name} 经过多对多关系，一行可能同时属于几个成员，不能合成“其他”",
					EN: "{name} lies behind a many-to-many relationship: a row may belong to several members, so there are no others"}, "name", k.name)
			}
		}
	}
	return nil
}

// anyMany reports whether a leaf reads anything behind a many-to-many
// relationship.
func (q *question) anyMany(l leaf) bool {
	found := false
	q.leafFields(l, func(f *semantic.Field) { found = found || f.Many() })
	return found
}

// manyWarnings says by which dimensions a row counts in several groups.
func (q *question) manyWarnings() []Warning {
	var out []Warning
	for _, k := range q.keys {
		if k.sample != nil && k.sample.Many() && q.rows == nil {
			out = append(out, warn("counted_in_each", text.Text{
				ZH: "一行可能有几个“{title}”，在每个里各算一次，所以各行相加可能大于合计",
				EN: "a row may have several of {title} and counts in each, so the rows may add up to more than the total"}, "dimension", k.name, "title", k.sample.Title()))
		}
	}
	return out
}
