package semantic

import (
	"maps"
	"slices"
	"strings"

	"lodestar/internal/catalog"
	"lodestar/internal/expr"
	"lodestar/internal/text"
)

// UnifiedEntity is a compiled entity.
type UnifiedEntity struct {
	Name string
	Meta catalog.Metadata
	Spec *EntitySpec
	// Maps are the datasets that lead from ids to unified entities, one for each
	// kind and type that a column has; empty for an entity without links.
	Maps []EntityMap
}

// EntityMap is a dataset with a row for each value of a kind of ids: the value
// in the column that is called like the kind, the unified entity in UnifiedID.
type EntityMap struct {
	Kind    string
	Dataset *Dataset
	// Columns are those whose values it holds.
	Columns []EntityColumn
}

// EntityColumn is a column with ids of a kind.
type EntityColumn struct{ Dataset, Column string }

// UnifiedID is the column with the unified entity.
const UnifiedID = "id"

// Unified is the name of the relationship that leads from a dataset with ids to
// their unified entity, such as unified_customer: its id counts customers
// whichever ids they come by.
func Unified(entity string) string { return "unified_" + entity }

// UnifiedEntity gives an entity by name; nil when there is none or it is bad.
func (m *Model) UnifiedEntity(name string) *UnifiedEntity { return m.entities[name] }

// UnifiedEntities lists the entities by name.
func (m *Model) UnifiedEntities() []*UnifiedEntity { return sortedValues(m.entities) }

// Linkable gives the dataset that a link of an entity names: one of the model, or
// one of calls, which are there as soon as there is an entity.
func (m *Model) Linkable(name string) *Dataset {
	if d := m.Dataset(name); d != nil || !slices.Contains(SystemDatasets(), name) {
		return d
	}
	return newDataset(&catalog.Resource{Kind: KindDataset, Metadata: catalog.Metadata{Name: name}}, SystemDataset(name))
}

// entityDatasets makes the datasets of unified entities, and leads to them from
// every dataset that has ids.
func (c *compiler) entityDatasets() {
	for _, name := range slices.Sorted(maps.Keys(c.model.entities)) {
		e := c.model.entities[name]
		if len(e.Spec.Links) == 0 || !c.linksFit(e) {
			continue
		}
		c.entityMaps(e)
		c.leadToEntity(e)
	}
}

// linksFit checks what the links name against the datasets.
func (c *compiler) linksFit(e *UnifiedEntity) bool {
	fit := true
	for i, l := range e.Spec.Links {
		d := c.model.datasets[l.Dataset]
		if d == nil {
			c.needs(KindEntity, e.Name, at("links", i)+".dataset", KindDataset, l.Dataset, c.datasetNames())
			fit = false
			continue
		}
		columns := slices.Sorted(maps.Keys(l.IDs))
		if l.Time != "" {
			columns = append(columns, l.Time)
		}
		for _, column := range columns {
			if d.columns[column] == nil {
				c.report(KindEntity, e.Name, d.Spec.unknownColumn(at("links", i)+".ids", column))
				fit = false
			}
		}
		for _, column := range slices.Sorted(maps.Keys(l.IDs)) {
			if col := d.columns[column]; col != nil && col.Type == expr.Float {
				c.report(KindEntity, e.Name, caution(at("links", i)+".ids."+column, "float_ids", text.Text{
					ZH: "{dataset}.{column} 是浮点数：12345.0 按 12345 比较，但带小数或达到 2^53 的值不算编号；请把该列改为 integer 或 string",
					EN: "{dataset}.{column} is a float: 12345.0 is compared as 12345, but values with a fraction, and those from 2^53 on, are no ids; make the column an integer or a string"},
					"dataset", l.Dataset, "column", column))
			}
		}
	}
	if !fit {
		delete(c.model.entities, e.Name)
	}
	return fit
}

// entityMaps makes a dataset for each kind of ids that a column has, and for
// each type in which they are kept: one system has numbers where another has
// texts.
func (c *compiler) entityMaps(e *UnifiedEntity) {
	for _, kind := range e.Spec.Kinds() {
		found := map[expr.Type][]EntityColumn{}
		for _, name := range c.datasetNames() {
			for _, col := range c.model.datasets[name].Spec.Columns {
				if col.Entity != kind {
					continue
				}
				if col.Type != expr.String && col.Type != expr.Integer {
					c.report(KindEntity, e.Name, problem("ids", "bad_type", text.Text{
						ZH: "{dataset}.{column} 的类型是 {type}，编号须为文本或整数",
						EN: "{dataset}.{column} is {type}; ids are texts or integers"}, "dataset", name, "column", col.Name, "type", col.Type))
					continue
				}
				found[col.Type] = append(found[col.Type], EntityColumn{name, col.Name})
			}
		}
		for _, typ := range []expr.Type{expr.String, expr.Integer} {
			if len(found[typ]) > 0 {
				e.Maps = append(e.Maps, EntityMap{Kind: kind, Dataset: c.entityMap(e, kind, typ), Columns: found[typ]})
			}
		}
	}
	for _, m := range e.Maps {
		c.model.datasets[m.Dataset.Name] = m.Dataset
	}
}

// isEntityMap tells whether a name may be that of an EntityMap's dataset.
func isEntityMap(name string) bool {
	return strings.HasPrefix(name, Unified("")) && strings.Contains(name, "_by_")
}

func (c *compiler) entityMap(e *UnifiedEntity, kind string, typ expr.Type) *Dataset {
	name := Unified(e.Name) + "_by_" + kind
	if typ != expr.String {
		name += "_" + string(typ)
	}
	spec := &DatasetSpec{PrimaryKey: []string{kind}, Columns: []Column{
		{Name: kind, Type: typ, Entity: kind}, {Name: UnifiedID, Type: expr.String, Entity: e.Name, Title: unifiedTitle(e)}}}
	d := newDataset(&catalog.Resource{Kind: KindDataset, Metadata: catalog.Metadata{Name: name, Title: unifiedTitle(e)}}, spec)
	d.grains, d.ensure = c.model.grains, c.compute
	return d
}

func unifiedTitle(e *UnifiedEntity) text.Text {
	t := e.Meta.Title
	if t.IsZero() {
		t = text.Same(e.Name)
	}
	return text.Text{ZH: "统一" + t.In(text.ZH), EN: "Unified " + t.In(text.EN)}
}

// leadToEntity adds the relationship to datasets with ids: by the best kind of
// ids that a dataset has.
func (c *compiler) leadToEntity(e *UnifiedEntity) {
	led := map[string]bool{}
	for _, m := range e.Maps {
		for _, at := range m.Columns {
			d := c.model.datasets[at.Dataset]
			name := Unified(e.Name)
			if led[d.Name] || d.taken(name) {
				continue
			}
			led[d.Name] = true
			spec := *d.Spec
			spec.Relationships = append(slices.Clone(spec.Relationships), Relationship{Name: name, To: m.Dataset.Name,
				Columns: map[string]string{at.Column: m.Kind}, Cardinality: "many_to_one"})
			d.Spec = &spec
		}
	}
}

// taken reports whether a name means something in a dataset already.
func (d *Dataset) taken(name string) bool {
	return d.columns[name] != nil || d.computed[name] != nil ||
		slices.ContainsFunc(d.Spec.Relationships, func(r Relationship) bool { return r.Name == name })
}
