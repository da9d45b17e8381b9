package pgcat

import (
	"cmp"
	"hash/fnv"
	"slices"
	"strconv"

	"lodestar/internal/pgwire/pgsql"
	"lodestar/internal/text"
)

// View is a table that people can ask, as the catalogue shows it.
type View struct {
	Schema, Name string
	Comment      text.Text
	Columns      []ViewColumn
}

// ViewColumn is a column of a View.
type ViewColumn struct {
	Name    string
	Type    OID
	Comment text.Text
}

// Catalog is what there is to look at. It never changes and is safe for
// concurrent use.
type Catalog struct {
	views     []*relation
	tables    map[string]*Table // by schema and name, with a dot
	schemas   []schema
	byOID     map[int64]*relation
	relations []*relation // views first, then the tables of the catalogue itself
}

type schema struct {
	oid  int64
	name string
}

type relation struct {
	oid          int64
	schema, name string
	kind         string // r, or v for the tables of the catalogue
	view         *View
	table        *Table
}

// Fixed numbers of PostgreSQL.
const (
	pgCatalogOID = int64(11)
	publicOID    = int64(2200)
	infoOID      = int64(13000)
	roleOID      = int64(10)
	databaseOID  = int64(5)
)

// fixedOID are tables that clients know by number.
var fixedOID = map[string]int64{"pg_type": 1247, "pg_attribute": 1249, "pg_proc": 1255, "pg_class": 1259, "pg_authid": 1260,
	"pg_database": 1262, "pg_constraint": 2606, "pg_namespace": 2615, "pg_extension": 3079}

// New makes the catalogue of these views and schemas, some of which may be
// empty.
func New(schemas []string, views []View) *Catalog {
	cat := &Catalog{tables: map[string]*Table{}, byOID: map[int64]*relation{}}
	taken := map[int64]bool{}
	cat.schemas = []schema{{pgCatalogOID, "pg_catalog"}, {infoOID, "information_schema"}, {publicOID, "public"}}
	for _, s := range schemas {
		if _, have := cat.schemaOID(s); !have {
			cat.schemas = append(cat.schemas, schema{numberOf("schema", s, "", once(taken)), s})
		}
	}
	for i := range views {
		v := &views[i]
		t := &Table{Schema: v.Schema, Name: v.Name}
		for _, c := range v.Columns {
			t.Columns = append(t.Columns, Column{c.Name, c.Type})
		}
		cat.add(&relation{oid: numberOf("table", v.Schema, v.Name, once(taken)), schema: v.Schema, name: v.Name, kind: "r", view: v, table: t})
	}
	cat.views = cat.relations
	for _, def := range systemTables() {
		oid := fixedOID[def.Name]
		if oid == 0 || def.Schema != "pg_catalog" {
			oid = numberOf("table", def.Schema, def.Name, once(taken))
		}
		cat.add(&relation{oid: oid, schema: def.Schema, name: def.Name, kind: "v", table: def})
	}
	cat.fill()
	return cat
}

func (cat *Catalog) add(r *relation) {
	cat.relations = append(cat.relations, r)
	cat.byOID[r.oid] = r
	cat.tables[r.schema+"."+r.name] = r.table
}

// once tells number which numbers are in use, and notes those it asks about.
func once(m map[int64]bool) func(int64) bool {
	return func(n int64) bool {
		if m[n] {
			return true
		}
		m[n] = true
		return false
	}
}

// numberOf gives things the same number at each start.
func numberOf(kind, a, b string, taken func(int64) bool) int64 {
	h := fnv.New32a()
	h.Write([]byte(kind + "\x00" + a + "\x00" + b))
	n := int64(h.Sum32()&0x3fffffff) + 20000
	for taken(n) {
		n++
	}
	return n
}

// IsView reports whether a name leads to a table of numbers, and to which.
func (cat *Catalog) IsView(name []pgsql.Ident, sess *Session) (*View, bool) {
	t, err := cat.find(name, sess)
	if err != nil {
		return nil, false
	}
	for _, r := range cat.views {
		if r.table == t {
			return r.view, true
		}
	}
	return nil, false
}

func (cat *Catalog) relation(oid int64) *relation { return cat.byOID[oid] }

func (cat *Catalog) oidOf(t *Table) int64 {
	for _, r := range cat.relations {
		if r.table == t {
			return r.oid
		}
	}
	return 0
}

func (cat *Catalog) schemaOID(name string) (int64, bool) {
	for _, s := range cat.schemas {
		if s.name == name {
			return s.oid, true
		}
	}
	return 0, false
}

func (cat *Catalog) schemaName(oid int64) (string, bool) {
	for _, s := range cat.schemas {
		if s.oid == oid {
			return s.name, true
		}
	}
	return "", false
}

// Schemas lists the schemas by name, those of the catalogue first.
func (cat *Catalog) Schemas() []string {
	out := make([]string, len(cat.schemas))
	for i, s := range cat.schemas {
		out[i] = s.name
	}
	return out
}

// find looks a table up, along the path when no schema is named.
func (cat *Catalog) find(name []pgsql.Ident, sess *Session) (*Table, error) {
	last := name[len(name)-1]
	shown := quoteIdent(last.Name)
	if n := len(name); n > 1 {
		s := name[n-2].Name
		shown = quoteIdent(s) + "." + shown
		if n > 2 && name[n-3].Name != sess.Database {
			return nil, pgsql.Fail(pgsql.StateUnsupported, name[0].Pos(), text.Text{
				ZH: "不能查询别的数据库 {d}", EN: "another database, {d}, cannot be asked from here"}, "d", name[n-3].Name)
		}
		if t := cat.tables[s+"."+last.Name]; t != nil {
			return t, nil
		}
		if _, ok := cat.schemaOID(s); !ok {
			return nil, pgsql.Fail("3F000", name[0].Pos(), text.Text{ZH: "没有名为 {name} 的模式", EN: "there is no schema {name}"}, "name", quoteIdent(s)).
				Hinted(text.Text{ZH: "业务域就是模式，用 \\dn 查看", EN: "domains are schemas; \\dn lists them"})
		}
	} else {
		for _, s := range append([]string{"pg_catalog"}, sess.Path...) {
			if t := cat.tables[s+"."+last.Name]; t != nil {
				return t, nil
			}
		}
	}
	return nil, pgsql.Fail(pgsql.StateNoTable, name[0].Pos(), text.Text{ZH: "没有名为 {name} 的表", EN: "there is no table {name}"}, "name", shown).
		Hinted(text.Text{ZH: "指标在 模式.metrics 里，用 \\dt *.* 查看", EN: "metrics are in SCHEMA.metrics; \\dt *.* lists the tables"})
}

// path is the search path without schemas that are not there.
func (c *compiler) path() []string {
	var out []string
	for _, s := range c.sess.Path {
		if _, ok := c.cat.schemaOID(s); ok {
			out = append(out, s)
		}
	}
	return out
}

func (c *compiler) firstSchema() any {
	if p := c.path(); len(p) > 0 {
		return p[0]
	}
	return nil
}

// visible reports whether a table can be named without its schema.
func (c *compiler) visible(oid int64) bool {
	r := c.cat.relation(oid)
	if r == nil {
		return false
	}
	path := append([]string{"pg_catalog"}, c.sess.Path...)
	at := slices.Index(path, r.schema)
	if at < 0 {
		return false
	}
	for _, s := range path[:at] {
		if c.cat.tables[s+"."+r.name] != nil {
			return false
		}
	}
	return true
}

// description is the comment on a table (column 0) or column; nil for none.
func (cat *Catalog) description(oid, column int64, lang text.Lang) any {
	r := cat.relation(oid)
	if r == nil || r.view == nil {
		return nil
	}
	t := r.view.Comment
	if column > 0 && column <= int64(len(r.view.Columns)) {
		t = r.view.Columns[column-1].Comment
	}
	if s := t.In(lang); s != "" {
		return s
	}
	return nil
}

func sortTables(list []*Table) {
	slices.SortFunc(list, func(a, b *Table) int { return cmp.Compare(a.Schema+"."+a.Name, b.Schema+"."+b.Name) })
}

func itoa(n int) string { return strconv.Itoa(n) }
