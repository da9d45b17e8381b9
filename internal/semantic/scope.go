package semantic

import (
	"slices"
	"strings"

	"lodestar/internal/calendar"
	"lodestar/internal/expr"
	"lodestar/internal/text"
)

// deepest is how many relationships a path in lists of fields may have. Paths
// that people write may be longer.
const deepest = 4

// Scope resolves names as seen from the dataset: own columns and computed
// dimensions, headers in backquotes, and paths of relationship names. Refs are
// *Field.
func (d *Dataset) Scope() expr.Scope { return scope{d: d, own: true} }

// Field finds a column or computed dimension by its path; the error is an
// *expr.Error with code unknown_name or ambiguous_path.
func (d *Dataset) Field(path string) (*Field, error) {
	if f := d.byName[path]; f != nil {
		return f, nil
	}
	return scope{d: d}.field(strings.Split(path, "."))
}

type scope struct {
	d   *Dataset
	own bool // the metric's own time may be named
}

// OwnTime stands for the metric's own time at a grain, written time.month in a
// condition. It is the period of the answer: of a metric over another time it
// is the period that the value is shown for, not the one it is taken from.
type OwnTime struct{ Grain calendar.Grain }

// ownTime reads time.month.
func (s scope) ownTime(parts []string) (OwnTime, bool) {
	if len(parts) != 2 || parts[0] != "time" || !s.own || s.d.Time == nil {
		return OwnTime{}, false
	}
	g := calendar.Grain(parts[1])
	return OwnTime{g}, s.d.grains[g] != ""
}

// Resolve satisfies expr.Scope.
func (s scope) Resolve(parts []string) (expr.Symbol, error) {
	if own, ok := s.ownTime(parts); ok {
		return expr.Symbol{Ref: own, Type: s.d.grains[own.Grain]}, nil
	}
	f, err := s.field(parts)
	if err != nil {
		return expr.Symbol{}, err
	}
	return expr.Symbol{Ref: f, Type: f.Type}, nil
}

func (s scope) field(parts []string) (*Field, error) {
	f, err := s.column(parts)
	if err == nil || len(parts) < 2 {
		return f, err
	}
	last := len(parts) - 1
	if g := calendar.Grain(parts[last]); s.d.grains[g] != "" {
		if t, terr := s.column(parts[:last]); terr == nil && t.Column != nil && t.Type.IsTime() {
			p := *t
			p.Grain, p.Type = g, s.d.grains[g]
			if g.Fine() {
				p.Type = t.Type
			}
			return &p, nil
		}
	}
	return nil, err
}

func (s scope) column(parts []string) (*Field, error) {
	if f := s.d.byName[strings.Join(parts, ".")]; f != nil {
		return f, nil
	}
	at := s.d
	var path []*Relation
	for i, p := range parts[:len(parts)-1] {
		r := at.relations[p]
		if r == nil {
			return nil, s.unknownRelation(at, parts, i)
		}
		path = r.after(path)
		at = r.To
	}
	name := parts[len(parts)-1]
	if c := at.columns[name]; c != nil {
		return &Field{Path: path, Dataset: at, Column: c, Type: c.Type}, nil
	}
	if c := at.computed[name]; c != nil {
		if at.ensure != nil {
			if err := at.ensure(at, c); err != nil {
				return nil, err
			}
		}
		return &Field{Path: path, Dataset: at, Computed: c, Type: c.Type()}, nil
	}
	if c := at.sources[strings.TrimSpace(name)]; c != nil {
		return s.column(append(slices.Clone(parts[:len(parts)-1]), c.Name))
	}
	return nil, s.unknownField(parts)
}

func (s scope) unknownRelation(at *Dataset, parts []string, i int) error {
	if i == 0 && parts[0] == s.d.Name {
		if _, err := s.field(parts[1:]); err == nil {
			return withSuggestion(expr.UnknownName(strings.Join(parts, "."), nil), strings.Join(parts[1:], "."))
		}
	}
	names := make([]string, 0, len(at.relations))
	for n := range at.relations {
		names = append(names, n)
	}
	slices.Sort(names)
	e := &expr.Error{Code: "unknown_relationship", Text: text.Text{
		ZH: "数据集 {dataset} 没有名为 {name} 的关系",
		EN: "the dataset {dataset} has no relationship {name}"}.With("dataset", at.Name, "name", parts[i])}
	if near := expr.Didyoumean(parts[i], names); near != "" {
		fixed := slices.Clone(parts)
		fixed[i] = near
		return withSuggestion(e, strings.Join(fixed, "."))
	}
	return e
}

// unknownField explains a name that is no column here: it may be one that
// several relationships lead to, one that exactly one leads to, or a slip.
func (s scope) unknownField(parts []string) error {
	name := strings.Join(parts, ".")
	var near, all []string
	s.d.walk(func(path []*Relation, at *Dataset) {
		prefix := ""
		for _, r := range path {
			prefix += r.Name + "."
		}
		for _, n := range at.names() {
			all = append(all, prefix+n)
			if n == name && len(path) > 0 {
				near = append(near, prefix+n)
			}
		}
	})
	switch {
	case len(near) > 1:
		return &expr.Error{Code: "ambiguous_path", Suggestion: near[0], Text: text.Text{
			ZH: "{name} 不是数据集 {dataset} 自己的列，有几条关系都能到达同名的列，请写明其中一条：{paths}",
			EN: "{name} is no column of {dataset} itself and several relationships lead to one of that name; write which: {paths}"}.
			With("name", name, "dataset", s.d.Name, "paths", strings.Join(near, ", "))}
	case len(near) == 1:
		return withSuggestion(expr.UnknownName(name, nil), near[0])
	}
	return expr.UnknownName(name, all)
}

func withSuggestion(e *expr.Error, s string) *expr.Error {
	e.Suggestion = s
	e.Text.ZH += "，是不是想写 " + s + "？"
	e.Text.EN += "; did you mean " + s + "?"
	return e
}

// names lists own columns, then computed dimensions, as declared.
func (d *Dataset) names() []string {
	out := make([]string, 0, len(d.Spec.Columns)+len(d.Spec.Dimensions))
	for _, c := range d.Spec.Columns {
		out = append(out, c.Name)
	}
	for _, c := range d.Spec.Dimensions {
		out = append(out, c.Name)
	}
	return out
}

// walk visits the dataset and all that to-one paths lead to, near ones first.
// No path comes back to a dataset that it has left.
func (d *Dataset) walk(visit func(path []*Relation, at *Dataset)) {
	type stop struct {
		path []*Relation
		at   *Dataset
	}
	queue := []stop{{at: d}}
	for len(queue) > 0 {
		s := queue[0]
		queue = queue[1:]
		visit(s.path, s.at)
		if len(s.path) == deepest {
			continue
		}
		for _, r := range s.at.Relations() {
			been := r.To == d || slices.ContainsFunc(s.path, func(p *Relation) bool { return p.To == r.To })
			if !been {
				queue = append(queue, stop{append(slices.Clone(s.path), r), r.To})
			}
		}
	}
}
