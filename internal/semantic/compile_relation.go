package semantic

import (
	"maps"
	"slices"
	"strings"

	"lodestar/internal/expr"
	"lodestar/internal/text"
)

// startPrefix marks a column of the dataset that a path begins with.
const startPrefix = "start."

// also resolves the pairs of a relationship that are not part of its key.
func (c *compiler) also(r *Relation, path string, spec Relationship) bool {
	for _, here := range slices.Sorted(maps.Keys(spec.Also)) {
		at := path + ".also." + here
		pair := Also{There: r.To.columns[spec.Also[here]]}
		if pair.There == nil {
			c.report(KindDataset, r.From.Name, r.To.Spec.unknownColumn(at, spec.Also[here]))
			return false
		}
		var start bool
		if pair.Start, start = strings.CutPrefix(here, startPrefix); !start {
			pair.Start, pair.Here = "", r.From.columns[here]
			if pair.Here == nil {
				return false // Validate has said so
			}
			if !sameKeyType(pair.Here.Type, pair.There.Type) {
				c.report(KindDataset, r.From.Name, keyTypes(at, r.From, here, pair.Here.Type, r.To, pair.There.Name, pair.There.Type))
				return false
			}
		}
		r.Also = append(r.Also, pair)
	}
	return true
}

// valid resolves the columns between which a row holds.
func (c *compiler) valid(r *Relation, path string, v *Validity) bool {
	if v == nil {
		return true
	}
	r.Valid = &Valid{}
	for _, end := range []struct {
		name string
		at   string
		to   **Column
	}{{v.From, ".validity.from", &r.Valid.From}, {v.To, ".validity.to", &r.Valid.To}} {
		col := r.To.columns[end.name]
		if col == nil {
			c.report(KindDataset, r.From.Name, r.To.Spec.unknownColumn(path+end.at, end.name))
			return false
		}
		if !col.Type.IsTime() {
			c.report(KindDataset, r.From.Name, ofExpr(path+end.at, notTime(end.name, &Field{Dataset: r.To, Column: col, Type: col.Type})))
			return false
		}
		*end.to = col
	}
	return true
}

// StartColumn is the column to compare in a path from a dataset: one there of
// a type that can be compared; nil when the pair does not count.
func (a Also) StartColumn(d *Dataset) *Column {
	if a.Start == "" || d.columns[a.Start] == nil || !sameKeyType(d.columns[a.Start].Type, a.There.Type) {
		return nil
	}
	return d.columns[a.Start]
}

// AtTime reports whether the value depends on the metric's own time, because a
// relationship on the way leads to the row that was valid then.
func (f *Field) AtTime() bool {
	for _, r := range f.Path {
		if r.Valid != nil {
			return true
		}
	}
	if f.Computed != nil && f.Computed.Typed != nil {
		return atTime(f.Computed.Typed)
	}
	return false
}

func atTime(t *expr.Typed) bool {
	return t != nil && slices.ContainsFunc(t.Symbols(), func(s expr.Symbol) bool {
		f, ok := s.Ref.(*Field)
		return ok && f.AtTime()
	})
}

// needsTime finds what a simple metric without time would need it for.
func (c *compiler) needsTime(m *Metric, a *Aggregation) {
	if a.Time != nil {
		return
	}
	for _, part := range []struct {
		path string
		t    *expr.Typed
	}{{"expr", a.Arg}, {"where", a.Where}, {"weight", a.Weight}} {
		if atTime(part.t) {
			c.report(KindMetric, m.Name, problem(part.path, "no_time", text.Text{
				ZH: "{dataset} 没有时间列，而这里用到的关系只连到当时有效的行",
				EN: "{dataset} has no time, but a relationship used here leads to the row that was valid at the time"},
				"dataset", a.Dataset.Name))
		}
	}
}
