package metricflow

import (
	"slices"

	"lodestar/internal/catalog"
	"lodestar/internal/semantic"
	"lodestar/internal/text"
)

// targets lists the tables that an entity leads to: where it is a key.
func (im *Import) targets(entity string) []*table {
	var out []*table
	for _, t := range im.tables {
		if e := t.model.entity(entity); e != nil && t.isKey(e) && t.keys[entity].column != "" {
			out = append(out, t)
		}
	}
	return out
}

// isKey reports whether an entity has one row here, of a history one at a time.
func (t *table) isKey(e *entity) bool {
	if e.kind == "natural" {
		from, to := t.model.validity()
		return from != nil && to != nil
	}
	return e.kind == "primary" || e.kind == "unique"
}

// relationName is the name of the relationship along an entity to a table, the
// same in all datasets: the entity's, and where it leads to several tables,
// with the table behind it for all but the first.
func (im *Import) relationName(entity string, to *table) string {
	name := im.entities[entity]
	if first := im.targets(entity); len(first) > 0 && first[0] != to {
		return nativeName(name + "_" + to.name)
	}
	return name
}

// keysOf declares the keys of a dataset.
func (im *Import) keysOf(t *table) {
	from, _ := t.model.validity()
	for _, e := range t.model.entities {
		col := t.keys[e.name].column
		switch {
		case col == "":
			continue
		case e.kind == "primary" && len(t.spec.PrimaryKey) == 0:
			t.spec.PrimaryKey = []string{col}
		case e.kind == "primary" || e.kind == "unique":
			if !slices.Equal(t.spec.PrimaryKey, []string{col}) {
				t.spec.UniqueKeys = append(t.spec.UniqueKeys, []string{col})
			}
		case e.kind == "natural" && from != nil:
			if start := t.dims[from.name].column; start != "" && len(t.spec.PrimaryKey) == 0 {
				t.spec.PrimaryKey = []string{col, start}
			}
		}
	}
}

// relate writes the relationships of a dataset, one for each entity and table
// that it leads to, and to itself, so that names mean the same from everywhere.
func (im *Import) relate(t *table) {
	for _, e := range t.model.entities {
		if t.keys[e.name].column == "" {
			if _, known := t.keys[e.name]; known && len(im.targets(e.name)) > 0 {
				im.report.Lose(e.at, "semantic_model "+t.model.name, "computed_key", text.Text{
					EN: "the key {name} is an expression; joins along it are not carried over", ZH: "键 {name} 是表达式，不导入沿它的连接"}, "name", e.name)
			}
			continue
		}
		for _, to := range im.targets(e.name) {
			if to == t && e.kind != "natural" {
				im.relation(t, e.name, to, im.relationName(e.name, to))
			} else if to != t && (e.kind != "natural" || to.model.entity(e.name).kind != "natural") {
				im.relation(t, e.name, to, im.relationName(e.name, to))
			}
		}
	}
}

// relation adds a relationship along an entity, unless it is there.
func (im *Import) relation(t *table, entity string, to *table, name string) {
	if slices.ContainsFunc(t.spec.Relationships, func(r semantic.Relationship) bool { return r.Name == name }) {
		return
	}
	there := to.model.entity(entity)
	r := semantic.Relationship{Name: name, To: to.name, Cardinality: "many_to_one",
		Columns: map[string]string{t.keys[entity].column: to.keys[entity].column}}
	if kind := t.model.entity(entity).kind; kind == "primary" || kind == "unique" {
		r.Cardinality = "one_to_one"
	}
	if to == t {
		t.spec.Relationships = append(t.spec.Relationships, r)
		return
	}
	r.Also = im.partitions(t, to)
	if there.kind == "natural" {
		from, until := to.model.validity()
		a, b := to.dims[from.name].column, to.dims[until.name].column
		if a == "" || b == "" {
			im.loseJoin(from.at, to, from.name)
			return
		}
		r.Validity = &semantic.Validity{From: a, To: b}
	}
	t.spec.Relationships = append(t.spec.Relationships, r)
	im.edition++
}

// partitions pairs the partition columns that both sides have. Where the near
// side has none, that of the dataset in which a path begins is compared.
func (im *Import) partitions(t, to *table) map[string]string {
	out := map[string]string{}
	for _, d := range to.model.dimensions {
		if !d.partition || !d.time {
			continue
		}
		there := to.dims[d.name].column
		here, known := t.partition(d.name)
		switch {
		case there == "" || known && here == "":
			im.loseJoin(d.at, to, d.name)
		case known:
			out[here] = there
		default:
			for _, first := range im.tables {
				if start, ok := first.partition(d.name); ok && start != "" && first != to {
					out["start."+start] = there
				}
			}
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// partition gives the column of a partition dimension; it is empty for an
// expression.
func (t *table) partition(name string) (column string, ok bool) {
	d := t.model.dimension(name)
	if d == nil || !d.partition || !d.time {
		return "", false
	}
	return t.dims[name].column, true
}

func (im *Import) loseJoin(at catalog.Position, t *table, name string) {
	im.report.Lose(at, "semantic_model "+t.model.name, "computed_key", text.Text{
		EN: "{name} is an expression and takes no part in joins here", ZH: "{name} 是表达式，这里不参与连接"}, "name", name)
}

// hop is one join of a path.
type hop struct {
	entity string
	to     *table
}

// element is something that can be asked for: a dimension, or a key.
type element struct {
	path []string // entities in front of the name
	name string
	dim  *dimension // nil for a key
	hops []hop
	at   *table // where it is a field
	f    field
}

// full is the name with its whole path.
func (e *element) full() string {
	out := ""
	for _, p := range e.path {
		out += p + "__"
	}
	return out + e.name
}

// elements lists what a table reaches: its own, and along one or two joins.
// Near ones come first; of two with one name the first counts.
func (im *Import) elements(t *table) []*element {
	if out, ok := im.reach[t]; ok {
		return out
	}
	var out []*element
	seen := map[string]bool{}
	add := func(path []string, hops []hop, at *table, skip string) {
		for _, d := range at.model.dimensions {
			if f, ok := at.dims[d.name]; ok {
				e := &element{path: path, name: d.name, dim: d, hops: hops, at: at, f: f}
				if !seen[e.full()] {
					seen[e.full()] = true
					out = append(out, e)
				}
			}
		}
		for _, k := range at.model.entities {
			if f, ok := at.keys[k.name]; ok && k.name != skip && (len(hops) == 0 || !slices.Contains(path, k.name)) {
				e := &element{path: path, name: k.name, hops: hops, at: at, f: f}
				if len(hops) == 0 {
					e.path = nil // own keys have no path
				}
				if !seen[e.full()] {
					seen[e.full()] = true
					out = append(out, e)
				}
			}
		}
	}
	own := []string(nil)
	if o := t.model.own(); o != "" {
		own = []string{o}
	}
	add(own, nil, t, "")
	for _, e := range t.model.entities { // own dimensions go by every key that has one row here
		if e.kind == "primary" || e.kind == "unique" {
			add([]string{e.name}, nil, t, "")
		}
	}
	im.eachJoin(t, func(e string, to *table) { add([]string{e}, []hop{{e, to}}, to, e) })
	im.eachJoin(t, func(e string, mid *table) {
		im.eachJoin(mid, func(e2 string, to *table) {
			if e2 != e && to != t {
				add([]string{e, e2}, []hop{{e, mid}, {e2, to}}, to, e2)
			}
		})
	})
	im.reach[t] = out
	return out
}

// eachJoin visits what relationships lead to.
func (im *Import) eachJoin(t *table, visit func(entity string, to *table)) {
	for _, e := range t.model.entities {
		for _, to := range im.targets(e.name) {
			if to != t && slices.ContainsFunc(t.spec.Relationships, func(r semantic.Relationship) bool {
				return r.Name == im.relationName(e.name, to)
			}) {
				visit(e.name, to)
			}
		}
	}
}

// native writes the path and name of an element as seen from a table. Unless
// it is asked of this table alone, own dimensions are named through the own
// key, as they are from everywhere else.
func (im *Import) native(t *table, e *element, alone bool) []string {
	return append(im.route(t, e, alone), e.f.name)
}

// route is the path of an element. A path of two joins begins with a
// relationship of its own: MetricFlow joins such a pair by itself, so a row in
// between that is there twice counts twice in each of them.
func (im *Import) route(t *table, e *element, alone bool) []string {
	switch len(e.hops) {
	case 0:
		if alone || e.dim == nil {
			return nil
		}
		return []string{im.relationName(e.path[0], t)}
	case 1:
		if pair, ok := im.pairs[e.hops[0]]; ok {
			im.relation(t, e.hops[0].entity, e.hops[0].to, pair)
			return []string{pair}
		}
		return []string{im.relationName(e.hops[0].entity, e.hops[0].to)}
	}
	first, second := e.hops[0], e.hops[1]
	pair := im.pairName(first, second)
	im.relation(t, first.entity, first.to, pair)
	return []string{pair, im.relationName(second.entity, second.to)}
}

func (im *Import) pairName(first, second hop) string {
	return nativeName(im.relationName(first.entity, first.to) + "_to_" + im.relationName(second.entity, second.to))
}

// pair notes the pairs of joins that a question needs: what else it asks of a
// model in between is read from the first pair, not joined once more.
func (im *Import) pair(q Query, metrics []*metric) error {
	im.pairs = map[hop]string{}
	facts := im.facts(metrics)
	names, err := namesOf(q)
	if err != nil || len(facts) == 0 {
		return err
	}
	for _, n := range names {
		e, err := im.find(n, facts)
		if head, _, ok := cutLast(n); err != nil && ok {
			e, err = im.find(head, facts)
		}
		if err != nil || len(e.hops) < 2 {
			continue // what cannot be found is told where it is translated
		}
		if _, ok := im.pairs[e.hops[0]]; !ok {
			im.pairs[e.hops[0]] = im.pairName(e.hops[0], e.hops[1])
		}
	}
	return nil
}
