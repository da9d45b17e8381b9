package semantic

import (
	"fmt"
	"slices"
	"strings"

	"lodestar/internal/catalog"
	"lodestar/internal/expr"
	"lodestar/internal/text"
)

const manyToMany = "many_to_many"

func validateMany(path string, r Relationship) []catalog.Finding {
	var out []catalog.Finding
	if r.Through == "" {
		out = append(out, problem(path+".through", "required", text.Text{
			ZH: "多对多关系要用 through 写明中间的数据集", EN: "a many-to-many relationship says through which dataset of pairs it leads"}))
	}
	if len(r.Via) != 0 && len(r.Via) != 2 {
		out = append(out, problem(path+".via", "bad_value", text.Text{
			ZH: "via 写中间数据集的两个关系：通往这里的和通往对方的", EN: "via names two relationships of the dataset of pairs: the one that leads here and the one that leads there"}))
	}
	if len(r.Columns) > 0 || len(r.Also) > 0 || r.Validity != nil {
		out = append(out, problem(path+".columns", "bad_value", text.Text{
			ZH: "多对多关系的列由中间数据集的关系给出", EN: "the columns of a many-to-many relationship are those of the relationships of the dataset of pairs"}))
	}
	return out
}

// relateMany resolves the many-to-many relationships, which need the others.
func (c *compiler) relateMany() {
	for _, name := range c.datasetNames() {
		d := c.model.datasets[name]
		for i, spec := range d.Spec.Relationships {
			if spec.Cardinality == manyToMany {
				c.relationMany(d, fmt.Sprintf("relationships[%d]", i), spec)
			}
		}
	}
}

func (c *compiler) relationMany(d *Dataset, path string, spec Relationship) {
	to, pairs := c.model.datasets[spec.To], c.model.datasets[spec.Through]
	if to == nil {
		c.needs(KindDataset, d.Name, path+".to", KindDataset, spec.To, c.datasetNames())
		return
	}
	if pairs == nil {
		c.needs(KindDataset, d.Name, path+".through", KindDataset, spec.Through, c.datasetNames())
		return
	}
	back, ok := c.bridgeSide(d, pairs, d, path, spec.Via, 0)
	if !ok {
		return
	}
	on, ok := c.bridgeSide(d, pairs, to, path, spec.Via, 1)
	if !ok {
		return
	}
	d.relations[spec.Name] = &Relation{Name: spec.Name, From: d, To: to, Bridge: &Bridge{pairs, back, on}}
}

// bridgeSide finds the relationship of the dataset of pairs that leads to one side.
func (c *compiler) bridgeSide(d, pairs, to *Dataset, path string, via []string, which int) (*Relation, bool) {
	var fits []*Relation
	var names []string
	for _, r := range pairs.Relations() {
		if r.To == to && r.Bridge == nil && r.Valid == nil && len(r.Also) == 0 {
			names = append(names, r.Name)
			if len(via) != 2 || via[which] == r.Name {
				fits = append(fits, r)
			}
		}
	}
	switch {
	case len(fits) == 1:
		return fits[0], true
	case len(via) == 2:
		c.report(KindDataset, d.Name, unknown(fmt.Sprintf("%s.via[%d]", path, which), "unknown_relationship", text.Text{
			ZH: "{pairs} 没有通往 {to} 的关系 {name}", EN: "{pairs} has no relationship {name} that leads to {to}"}.
			With("pairs", pairs.Name, "to", to.Name), via[which], names))
	case len(fits) == 0:
		c.report(KindDataset, d.Name, problem(path+".through", "no_relationship", text.Text{
			ZH: "{pairs} 没有通往 {to} 的多对一关系", EN: "{pairs} has no many-to-one relationship that leads to {to}"},
			"pairs", pairs.Name, "to", to.Name))
	default:
		c.report(KindDataset, d.Name, problem(path+".via", "ambiguous_path", text.Text{
			ZH: "{pairs} 有几个关系通往 {to}，请用 via 写明：{all}", EN: "several relationships of {pairs} lead to {to}; say which with via: {all}"},
			"pairs", pairs.Name, "to", to.Name, "all", strings.Join(names, ", ")))
	}
	return nil, false
}

// Many reports whether a row can have several values of the field, because a
// many-to-many relationship lies on the way.
func (f *Field) Many() bool {
	return slices.ContainsFunc(f.Path, func(r *Relation) bool { return r.Bridge != nil })
}

func many(t *expr.Typed) bool {
	return t != nil && slices.ContainsFunc(t.Symbols(), func(s expr.Symbol) bool {
		f, ok := s.Ref.(*Field)
		return ok && f.Many()
	})
}

// manyValues is the error where one value is needed.
func manyValues(name string) *expr.Error {
	return &expr.Error{Code: "many_values", Text: text.Text{
		ZH: "{name} 经过多对多关系，一行可能有几个值，这里只能用一个值的列",
		EN: "{name} lies behind a many-to-many relationship, so a row may have several values; one value is needed here"}.With("name", name)}
}

// needsOne finds what a simple metric needs one value of for each row.
func (c *compiler) needsOne(m *Metric, a *Aggregation) {
	if many(a.Arg) {
		c.report(KindMetric, m.Name, ofExpr("expr", manyValues(m.Spec.Expr)))
	}
	if many(a.Weight) {
		c.report(KindMetric, m.Name, ofExpr("weight", manyValues(m.Spec.Weight)))
	}
	if a.Balance != nil && slices.ContainsFunc(a.Balance.By, (*Field).Many) {
		c.report(KindMetric, m.Name, ofExpr("balance.by", manyValues("balance.by")))
	}
}
