package metricflow

import (
	"slices"
	"strings"

	"lodestar/internal/catalog"
	"lodestar/internal/expr"
	"lodestar/internal/semantic"
	"lodestar/internal/text"
)

// table is a model on its way to a dataset.
type table struct {
	model   *model
	name    string // of the dataset
	source  string // table in the warehouse
	spec    *semantic.DatasetSpec
	meta    catalog.Metadata
	columns map[string]*semantic.Column // by the source's name in lower case
	taken   register                    // columns and dimensions
	dims    map[string]field            // by the model's name
	keys    map[string]field            // entities by name
}

// field is a column or computed dimension of a dataset.
type field struct {
	name   string
	typ    expr.Type
	column string // the stored column that it is, or only renames; "" for others
}

// Scope of the table's own columns, by the names of the source.
func (t *table) Resolve(parts []string) (expr.Symbol, error) {
	c := t.columns[strings.ToLower(parts[len(parts)-1])]
	if c == nil || len(parts) > 1 {
		return expr.Symbol{}, expr.UnknownName(strings.Join(parts, "."), t.columnNames())
	}
	return expr.Symbol{Ref: c, Type: c.Type}, nil
}

// stored is the scope of a table's columns by the names that they have here.
type stored struct{ t *table }

func (s stored) Resolve(parts []string) (expr.Symbol, error) {
	for _, c := range s.t.columns {
		if len(parts) == 1 && c.Name == parts[0] {
			return expr.Symbol{Ref: c, Type: c.Type}, nil
		}
	}
	return expr.Symbol{}, expr.UnknownName(strings.Join(parts, "."), s.t.columnNames())
}

func (t *table) columnNames() []string {
	var out []string
	for _, c := range t.spec.Columns {
		out = append(out, c.Name)
	}
	return out
}

// column adds a column of the source.
func (t *table) column(source string, typ expr.Type) {
	id := strings.ToLower(source)
	if t.columns[id] != nil {
		return
	}
	c := semantic.Column{Name: t.taken.take(source), Type: typ}
	if c.Name != source {
		c.Source = source
	}
	t.spec.Columns = append(t.spec.Columns, c)
	t.columns[id] = &c
}

// addTable begins the dataset of a model with its columns.
func (im *Import) addTable(m *model) {
	t := &table{model: m, source: m.table, name: im.names.take(m.name), spec: &semantic.DatasetSpec{},
		columns: map[string]*semantic.Column{}, taken: register{}, dims: map[string]field{}, keys: map[string]field{}}
	t.meta = catalog.Metadata{Name: t.name, Title: text.Same(m.label), Description: text.Same(m.description)}
	im.tables = append(im.tables, t)
	if im.schema != nil {
		if cols, ok := im.schema(m.table); ok {
			for _, c := range cols {
				t.column(c.Name, c.Type)
			}
			return
		}
	}
	t.guess(im.usesOf(m))
}

// use is an expression over a model's columns and the type it should have.
type use struct {
	text string
	typ  expr.Type
}

// usesOf lists the expressions of a model, the telling ones first.
func (im *Import) usesOf(m *model) []use {
	var out []use
	for _, d := range m.dimensions {
		if d.time {
			out = append(out, use{d.expr, expr.Timestamp})
		}
	}
	aggregation := func(a *aggregation) {
		t := expr.Type("")
		switch a.agg {
		case "sum", "average", "percentile", "median", "min", "max":
			t = expr.Float
		case "sum_boolean":
			t = expr.Boolean
		}
		out = append(out, use{a.expr, t})
	}
	for _, x := range m.measures {
		aggregation(&x.aggregation)
	}
	for _, x := range im.m.metrics {
		if x.agg != nil && x.agg.model == m {
			aggregation(x.agg)
		}
	}
	for _, e := range m.entities {
		out = append(out, use{e.expr, ""})
	}
	for _, d := range m.dimensions {
		out = append(out, use{d.expr, im.filterType(m, d)})
	}
	return out
}

// filterType guesses a dimension's type from the filters that name it.
func (im *Import) filterType(m *model, d *dimension) expr.Type {
	g := guesser{}
	for _, x := range im.m.metrics {
		filters := slices.Clone(x.filters)
		for _, in := range x.parts() {
			filters = append(filters, in.filters...)
		}
		for _, f := range filters {
			sql, refs, err := references(f)
			if err != nil {
				continue
			}
			n, err := parseSQL(sql)
			if err != nil {
				continue
			}
			g.want(n, expr.Boolean)
			for i, ref := range refs {
				last := ref.name
				if _, tail, ok := cutLast(ref.name); ok {
					last = tail
				}
				if t := g[hole(i)]; last == d.name && t != "" {
					return t
				}
			}
			clear(g)
		}
	}
	return ""
}

// guess makes columns of the names in expressions.
func (t *table) guess(uses []use) {
	g := guesser{}
	var names []string
	for _, u := range uses {
		n, err := parseSQL(u.text)
		if err != nil {
			continue // said where it is used
		}
		g.want(n, u.typ)
		for _, x := range expr.Names(n) {
			if len(x.Parts) == 1 && !slices.Contains(names, x.Parts[0]) {
				names = append(names, x.Parts[0])
			}
		}
	}
	for _, n := range names {
		typ := g[strings.ToLower(n)]
		if typ == "" {
			typ = expr.String
		}
		t.column(n, typ)
	}
}

// dimension gives a model's dimension a field.
func (im *Import) dimension(t *table, d *dimension) {
	f, computed, ok := im.field(t, d.at, "dimension "+t.model.name+"."+d.name, d.expr, d.name)
	if !ok {
		return
	}
	if d.time && !f.typ.IsTime() {
		if f.typ != expr.String {
			im.report.Fail(d.at, "semantic_model", t.model.name, "not_time", text.Text{
				EN: "{name} is a time but its column is {type}", ZH: "{name} 是时间，但列的类型是 {type}"}, "name", d.name, "type", f.typ)
			return
		}
		if slices.Index(grains, d.grain) < slices.Index(grains, "day") {
			im.report.Fail(d.at, "semantic_model", t.model.name, "not_time", text.Text{
				EN: "{name} is text and asked by {grain}; only days can be read from text", ZH: "{name} 是文本且粒度为 {grain}；文本只能读成日期"},
				"name", d.name, "grain", d.grain)
			return
		}
		computed = &expr.Cast{X: computed, To: expr.Date}
		f = field{name: "", typ: expr.Date}
	}
	if d.time && f.column != "" {
		f.name = f.column // the planner knows how far the rows of a column go
	}
	if f.column == "" || f.name != f.column {
		f.name = t.computed(d.name, computed, d.label, "")
	} else {
		t.title(f.column, d.label)
	}
	t.dims[d.name] = f
}

func (t *table) title(column, label string) {
	for i := range t.spec.Columns {
		if t.spec.Columns[i].Name == column && label != "" {
			t.spec.Columns[i].Title = text.Same(label)
		}
	}
}

// computed adds a computed dimension and gives its name.
func (t *table) computed(as string, n expr.Node, label, entity string) string {
	d := semantic.Dimension{Name: t.taken.take(as), Expr: n.String(), Entity: entity}
	if label != "" {
		d.Title = text.Same(label)
	}
	t.spec.Dimensions = append(t.spec.Dimensions, d)
	return d.Name
}

// field reads an expression over a table's columns. A field whose name is that
// of its column needs nothing more.
func (im *Import) field(t *table, at catalog.Position, what, src, called string) (field, expr.Node, bool) {
	n, typ, ok := im.expression(t, at, what, src)
	if !ok {
		return field{}, nil, false
	}
	if name, plain := n.(*expr.Name); plain {
		f := field{typ: typ, column: name.Parts[0], name: called}
		if nativeName(called) == f.column {
			f.name = f.column
		}
		return f, n, true
	}
	return field{typ: typ}, n, true
}

// expression parses SQL over a table's columns and names columns as they are
// named here.
func (im *Import) expression(t *table, at catalog.Position, what, src string) (expr.Node, expr.Type, bool) {
	bad := func(err error) (expr.Node, expr.Type, bool) {
		im.report.Fail(at, "semantic_model", t.model.name, "expression", text.Text{
			EN: "the expression {sql} of {what} cannot be taken over: {why}", ZH: "{what} 的表达式 {sql} 无法导入：{why}"},
			"sql", src, "what", what, "why", why(err))
		return nil, "", false
	}
	n, err := parseSQL(src)
	if err != nil {
		return bad(err)
	}
	out, err := rebuild(n, func(x *expr.Name) (expr.Node, bool, error) {
		sym, err := t.Resolve(x.Parts)
		if err != nil {
			return nil, false, err
		}
		c := sym.Ref.(*semantic.Column)
		return name(c.Name), c.Type.IsTime(), nil
	})
	if err != nil {
		return bad(err)
	}
	typed, err := expr.Check(out, stored{t})
	if err != nil {
		return bad(err)
	}
	return out, typed.Type(), true
}

// key gives a model's entity a field named like the entity, under the same name
// in every dataset.
func (im *Import) key(t *table, e *entity) {
	as := im.entities[e.name]
	f, n, ok := im.field(t, e.at, "entity "+t.model.name+"."+e.name, e.expr, as)
	if !ok {
		return
	}
	if f.column != "" && f.name == f.column {
		for i := range t.spec.Columns {
			if t.spec.Columns[i].Name == f.column {
				t.spec.Columns[i].Entity = as
			}
		}
	} else {
		f.name = t.computed(as, n, "", as)
	}
	t.keys[e.name] = f
}

// nameEntities finds a name for each entity that is free wherever it occurs.
func (im *Import) nameEntities() {
	im.entities = map[string]string{}
	used := register{}
	for _, t := range im.tables {
		for _, e := range t.model.entities {
			if im.entities[e.name] != "" {
				continue
			}
			as := nativeName(e.name)
			for used[as] || !im.freeEverywhere(e.name, as) {
				as = nativeName(as + "_key")
			}
			used[as] = true
			im.entities[e.name] = as
		}
	}
}

// freeEverywhere reports whether no dataset with the entity has another thing
// of the name.
func (im *Import) freeEverywhere(entity, as string) bool {
	for _, t := range im.tables {
		e := t.model.entity(entity)
		if e == nil || !t.taken[as] {
			continue
		}
		c := t.columns[strings.ToLower(e.expr)]
		if c == nil || c.Name != as {
			return false
		}
	}
	return true
}
