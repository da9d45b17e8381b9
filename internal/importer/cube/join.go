package cube

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"lodestar/internal/catalog"
	"lodestar/internal/expr"
	"lodestar/internal/importer/sqltext"
	"lodestar/internal/semantic"
	"lodestar/internal/text"
)

// relations are the words for a join in the new and the old form, and whether
// the cube it stands in is the many side.
var relations = map[string]struct {
	cardinality string
	here        bool
}{
	"many_to_one": {"many_to_one", true}, "belongs_to": {"many_to_one", true}, "belongsTo": {"many_to_one", true},
	"one_to_one": {"one_to_one", true}, "has_one": {"one_to_one", true}, "hasOne": {"one_to_one", true},
	"one_to_many": {"many_to_one", false}, "has_many": {"many_to_one", false}, "hasMany": {"many_to_one", false},
}

func (m *reader) joins(c *cube) {
	for _, j := range c.parts["joins"] {
		name := at(j, "name").Text()
		m.strict(j, "join", c.name+"."+name, joinKeys)
		other := m.cubes[name]
		rel, known := relations[at(j, "relationship").Text()]
		if other == nil || !known {
			m.report.Fail(j.Position(), "join", c.name+"."+name, "bad_join", text.Text{
				EN: "a join names a cube that there is and many_to_one, one_to_many or one_to_one",
				ZH: "join 须指明已有的 cube，以及 many_to_one、one_to_many 或 one_to_one"})
			continue
		}
		pairs, err := m.pairs(c, other, at(j, "sql").Text())
		if err != nil {
			m.lose(j, c.object(), "join", text.Text{EN: "the join to {name} is not taken over: {why}", ZH: "到 {name} 的 join 没有导入：{why}"}, "name", name, "why", err)
			continue
		}
		many, one, to := c, other, name
		if !rel.here {
			many, one, to = other, c, c.name
		}
		columns := map[string]string{}
		var key []string
		for _, p := range pairs {
			a, b := p[0], p[1]
			if !rel.here {
				a, b = b, a
			}
			columns[a], key = b, append(key, b)
		}
		if slices.ContainsFunc(many.spec.Relationships, func(r semantic.Relationship) bool { return r.To == one.dataset && equalPairs(r.Columns, columns) }) {
			continue // told from the other side already
		}
		if slices.ContainsFunc(many.spec.Relationships, func(r semantic.Relationship) bool { return r.To == one.dataset }) {
			m.lose(j, c.object(), "join", text.Text{
				EN: "a second way from {a} to {b} is not taken over: Cube does not name ways", ZH: "从 {a} 到 {b} 的第二条路径没有导入：Cube 不区分路径名称"}, "a", many.name, "b", one.name)
			continue
		}
		m.uniqueKey(one, key, j)
		for a, b := range columns {
			m.sameType(many, a, one, b, j)
		}
		used := sqltext.Register{}
		for _, r := range many.spec.Relationships {
			used[r.Name] = true
		}
		many.spec.Relationships = append(many.spec.Relationships, semantic.Relationship{Name: used.Take(to), To: one.dataset, Columns: columns, Cardinality: rel.cardinality})
	}
}

func equalPairs(a, b map[string]string) bool {
	if len(a) != len(b) {
		return false
	}
	for k, v := range a {
		if b[k] != v {
			return false
		}
	}
	return true
}

func (m *reader) uniqueKey(c *cube, key []string, at catalog.Document) {
	same := func(have []string) bool {
		return len(have) == len(key) && !slices.ContainsFunc(have, func(k string) bool { return !slices.Contains(key, k) })
	}
	switch {
	case same(c.spec.PrimaryKey) || slices.ContainsFunc(c.spec.UniqueKeys, same):
		return
	case len(c.spec.PrimaryKey) == 0:
		c.spec.PrimaryKey = key
	default:
		c.spec.UniqueKeys = append(c.spec.UniqueKeys, key)
	}
	m.lose(at, c.object(), "key_assumed", text.Text{
		EN: "{columns} were not declared a key; they are one here, as the join means it", ZH: "{columns} 没有声明为键，按 join 的含义设为唯一键"}, "columns", strings.Join(key, ", "))
}

var braced = regexp.MustCompile(`^\s*\$?\{\s*(\w+)(?:\.(\w+))?\s*\}(?:\s*\.\s*(\w+|"[^"]+"))?\s*$`)

// pairs reads a condition of equal columns, joined by AND: the column here and
// the one of the other cube.
func (m *reader) pairs(c, other *cube, sql string) ([][2]string, error) {
	if special.MatchString(sql) {
		return nil, errTemplate
	}
	var out [][2]string
	for _, part := range regexp.MustCompile(`(?i)\s+and\s+`).Split(strings.TrimSpace(sql), -1) {
		left, right, ok := strings.Cut(part, "=")
		a, okA := m.side(c, left)
		b, okB := m.side(c, right)
		if !ok || !okA || !okB {
			return nil, fmt.Errorf("%q is no pair of columns", part)
		}
		switch {
		case a.cube == c && b.cube == other:
			out = append(out, [2]string{a.column, b.column})
		case a.cube == other && b.cube == c:
			out = append(out, [2]string{b.column, a.column})
		default:
			return nil, fmt.Errorf("%q is no pair of columns", part)
		}
	}
	return out, nil
}

type side struct {
	cube   *cube
	column string
}

// side reads {CUBE}.column, {CUBE.dimension}, {cube.dimension}, {dimension} or
// {cube}.column.
func (m *reader) side(c *cube, s string) (side, bool) {
	p := braced.FindStringSubmatch(s)
	if p == nil {
		if column, bare := sqltext.Column(s); bare {
			return side{c, m.columnOf(c, column)}, true
		}
		return side{}, false
	}
	of := m.cubes[p[1]]
	if p[1] == "CUBE" {
		of = c
	}
	switch {
	case of == nil && p[2] == "" && p[3] == "":
		name, ok := c.dimensions[p[1]]
		return side{c, name}, ok && isColumn(c, name)
	case of == nil || p[2] == "" && p[3] == "":
		return side{}, false
	case p[3] != "":
		return side{of, m.columnOf(of, p[3])}, true
	}
	name, ok := of.dimensions[p[2]]
	return side{of, name}, ok && isColumn(of, name)
}

func isColumn(c *cube, name string) bool {
	return slices.ContainsFunc(c.spec.Columns, func(col semantic.Column) bool { return col.Name == name })
}

// numeric makes columns that are added up numbers where nothing else is known
// of them.
func numeric(c *cube, src string) {
	n, err := expr.Parse(src)
	if err != nil {
		return
	}
	for _, name := range expr.Names(n) {
		for i := range c.spec.Columns {
			if col := &c.spec.Columns[i]; len(name.Parts) == 1 && col.Name == name.Parts[0] && col.Type == expr.String {
				col.Type = expr.Float
			}
		}
	}
}

// sameType gives both columns of a join one type: the other's where one was
// taken for text or a number of any sort for want of anything better.
func (m *reader) sameType(a *cube, x string, b *cube, y string, at catalog.Document) {
	p, q := column(a, x), column(b, y)
	if p == nil || q == nil || p.Type == q.Type {
		return
	}
	t := q.Type
	if t == expr.String || t == expr.Float && p.Type == expr.Integer {
		t = p.Type
	}
	p.Type, q.Type = t, t
	m.lose(at, a.object(), "type_guessed", text.Text{
		EN: "{x} and {y} are joined: both were taken for {type}", ZH: "{x} 与 {y} 相关联，均按 {type} 处理"}, "x", x, "y", y, "type", t)
}

func column(c *cube, name string) *semantic.Column {
	for i := range c.spec.Columns {
		if c.spec.Columns[i].Name == name {
			return &c.spec.Columns[i]
		}
	}
	return nil
}
