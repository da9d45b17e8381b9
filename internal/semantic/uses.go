package semantic

import (
	"maps"
	"slices"

	"lodestar/internal/expr"
)

// Use says which stored columns of a dataset something reads.
type Use struct {
	Dataset *Dataset
	Columns []string // in order of the alphabet, each once
}

// Reading gathers what is read. The zero Reading is empty.
type Reading struct {
	columns map[*Dataset]map[string]bool
}

func (r *Reading) touch(d *Dataset) map[string]bool {
	if r.columns == nil {
		r.columns = map[*Dataset]map[string]bool{}
	}
	if r.columns[d] == nil {
		r.columns[d] = map[string]bool{}
	}
	return r.columns[d]
}

// Field adds a field: the columns behind it, and those that its path is joined
// by on both sides. Of a value of a metric it is what the metric reads, too.
func (r *Reading) Field(f *Field) {
	if f == nil {
		return
	}
	for _, rel := range f.Path {
		r.relation(rel)
	}
	switch {
	case f.Column != nil:
		r.touch(f.Dataset)[f.Column.Name] = true
	case f.Computed != nil && f.Computed.Lookup != nil:
		r.touch(f.Dataset)[f.Computed.Lookup.On.Name] = true
		r.Metric(f.Computed.Lookup.Metric)
	case f.Computed != nil:
		r.Typed(f.Computed.Typed)
	}
}

func (r *Reading) relation(rel *Relation) {
	if rel.Bridge != nil {
		r.relation(rel.Bridge.Back)
		r.relation(rel.Bridge.On)
		return
	}
	for _, p := range rel.Pairs {
		r.touch(rel.From)[p[0]] = true
		r.touch(rel.To)[p[1]] = true
	}
	for _, also := range rel.Also {
		if also.Here != nil {
			r.touch(rel.From)[also.Here.Name] = true
		}
		r.touch(rel.To)[also.There.Name] = true
	}
	if rel.Valid != nil {
		r.touch(rel.To)[rel.Valid.From.Name] = true
		r.touch(rel.To)[rel.Valid.To.Name] = true
	}
}

// Typed adds the fields of an expression.
func (r *Reading) Typed(t *expr.Typed) {
	if t == nil {
		return
	}
	for _, s := range t.Symbols() {
		if f, ok := s.Ref.(*Field); ok {
			r.Field(f)
		}
	}
}

// Metric adds what a metric is made of.
func (r *Reading) Metric(m *Metric) {
	if m.Formula != nil {
		for _, o := range m.Formula.Operands {
			r.Metric(o.Metric)
			if o.Filter != nil {
				for _, t := range o.Filter.On {
					r.Typed(t)
				}
			}
		}
		return
	}
	if m.Simple != nil {
		r.aggregation(m.Simple)
	}
}

func (r *Reading) aggregation(a *Aggregation) {
	r.touch(a.Dataset)
	r.Typed(a.Arg)
	r.Typed(a.Where)
	r.Typed(a.Weight)
	r.Field(a.Time)
	if b := a.Balance; b != nil {
		r.Field(b.Over)
		for _, f := range b.By {
			r.Field(f)
		}
	}
	if j := a.Journey; j != nil {
		r.Typed(j.Arg)
		for _, side := range []Side{j.Base, j.Other} {
			r.side(side)
		}
	}
}

func (r *Reading) side(s Side) {
	for _, f := range append([]*Field{s.Entity, s.Time}, s.Constant...) {
		r.Field(f)
	}
	for _, c := range s.Where {
		r.Typed(c.Typed)
	}
}

// Uses lists what was added, by dataset.
func (r *Reading) Uses() []Use {
	var out []Use
	for _, d := range slices.SortedFunc(maps.Keys(r.columns), func(a, b *Dataset) int { return compareText(a.Name, b.Name) }) {
		out = append(out, Use{d, slices.AppendSeq([]string{}, maps.Keys(r.columns[d]))})
		slices.Sort(out[len(out)-1].Columns)
	}
	return out
}

// Uses lists the stored columns that a metric reads: what it aggregates, its
// conditions, times and the keys by which they are reached.
func Uses(m *Metric) []Use {
	var r Reading
	r.Metric(m)
	return r.Uses()
}
