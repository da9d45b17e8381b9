package semantic

import (
	"slices"
	"strings"

	"lodestar/internal/expr"
)

// Identity reports whether the relationship leads from each row to itself: it
// pairs the key with itself. Nothing is joined for it; it lets a name such as
// customer.region mean the same from orders and from customers.
func (r *Relation) Identity() bool {
	if r.From != r.To || r.Valid != nil || r.Bridge != nil {
		return false
	}
	for _, p := range r.Pairs {
		if p[0] != p[1] {
			return false
		}
	}
	return true
}

// after is a path that goes on with the relationship.
func (r *Relation) after(path []*Relation) []*Relation {
	if r.Identity() {
		return path
	}
	return append(path, r)
}

// keyOf gives the key of the dataset that the columns are: the primary key, or
// one of the other unique keys; nil when they are none.
func (s *DatasetSpec) keyOf(columns map[string]string) []string {
	fits := func(key []string) bool {
		if len(key) == 0 || len(key) != len(columns) {
			return false
		}
		for _, k := range key {
			if _, ok := columns[k]; !ok {
				return false
			}
		}
		return true
	}
	for _, key := range append([][]string{s.PrimaryKey}, s.UniqueKeys...) {
		if fits(key) {
			return key
		}
	}
	return nil
}

// End says in which column the path ends. Two names mean the same dimension
// when their ends are equal. A column of an entity counts as the entity, one
// that is the whole foreign key of a relationship as the key it points to, and
// a computed one that only gives another name as that other. The value of a
// metric is that value wherever its key is the same.
func (f *Field) End() string {
	if f.Computed != nil && f.Computed.Lookup != nil && f.entity() == "" {
		l := f.Computed.Lookup
		key := &Field{Dataset: f.Dataset, Column: l.On, Type: l.On.Type}
		return "metric " + l.Metric.Name + " by " + l.By + " of " + key.End()
	}
	for range 8 { // keys and names may point on; a ring of keys must not hang
		if e := f.entity(); e != "" {
			return "entity " + e
		}
		next := f.next()
		if next == nil {
			break
		}
		f = next
	}
	return f.Dataset.Name + "." + f.Name()
}

func (f *Field) entity() string {
	if f.Column != nil {
		return f.Column.Entity
	}
	if d := f.Dataset.dimension(f.Computed.Name); d != nil {
		return d.Entity
	}
	return ""
}

// next is the column that this one stands for, or nil.
func (f *Field) next() *Field {
	if f.Computed != nil {
		if f.Computed.Typed == nil {
			return nil
		}
		if _, name := f.Computed.Typed.Node().(*expr.Name); name {
			if to, ok := f.Computed.Typed.Symbols()[0].Ref.(*Field); ok {
				return to
			}
		}
		return nil
	}
	var only *Relation
	for _, r := range f.Dataset.Relations() {
		if len(r.Pairs) == 1 && r.Pairs[0][0] == f.Column.Name && r.To != f.Dataset {
			if only != nil && (only.To != r.To || only.Pairs[0][1] != r.Pairs[0][1]) {
				return nil
			}
			only = r
		}
	}
	if only == nil {
		return nil
	}
	c := only.To.columns[only.Pairs[0][1]]
	return &Field{Dataset: only.To, Column: c, Type: c.Type}
}

// keyNames lists the keys of a dataset for messages.
func (s *DatasetSpec) keyNames() string {
	var out []string
	for _, key := range append([][]string{s.PrimaryKey}, s.UniqueKeys...) {
		if len(key) > 0 {
			out = append(out, strings.Join(slices.Clone(key), ", "))
		}
	}
	return strings.Join(out, "; ")
}
