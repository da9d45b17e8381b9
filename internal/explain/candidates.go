package explain

import (
	"slices"
	"strings"

	"lodestar/internal/expr"
	"lodestar/internal/fault"
	"lodestar/internal/semantic"
	"lodestar/internal/text"
)

// candidates lists the dimensions to try: those named, or all that fit and
// stand for a grouping people think in. Keys of the metric's own rows, foreign
// keys (the dimensions they lead to are there), numbers and times are passed
// over.
func (e *explainer) candidates() ([]semantic.DimensionInfo, error) {
	all := e.model.Dimensions([]string{e.request.Metric})
	if len(e.request.By) > 0 {
		var out []semantic.DimensionInfo
		for _, name := range e.request.By {
			i := slices.IndexFunc(all, func(d semantic.DimensionInfo) bool { return d.Name == name })
			if i < 0 || !all[i].Fits {
				return nil, misfit(all, i, name)
			}
			if all[i].Many {
				return nil, fault.New(fault.Invalid, "many_values", text.Text{
					ZH: "一行可能有几个“{title}”，各部分相加不等于总变化，不能用来归因",
					EN: "a row may have several of {title}, so its parts do not add up to the change"}, "name", name, "title", all[i].Title)
			}
			out = append(out, all[i])
		}
		return out, nil
	}
	known, named := map[string]bool{}, map[string]bool{}
	for _, d := range all {
		known[d.Name] = d.Fits
	}
	var out []semantic.DimensionInfo
	for _, d := range all {
		if d.Fits && !e.pinned(d.Name) && !e.detour(d.Name, known) && !twin(d.Name, known) && e.role(d) != neither {
			out = append(out, d)
			named[pathOf(d.Name)] = named[pathOf(d.Name)] || e.role(d) == groups && looksLikeName(d.Name)
		}
	}
	out = slices.DeleteFunc(out, func(d semantic.DimensionInfo) bool { return e.role(d) == names && named[pathOf(d.Name)] })
	slices.SortStableFunc(out, func(a, b semantic.DimensionInfo) int {
		if d := strings.Count(a.Name, ".") - strings.Count(b.Name, "."); d != 0 {
			return d
		}
		return int(e.role(a)) - int(e.role(b))
	})
	return out[:min(len(out), maxDimensions)], nil
}

// detour reports whether a path only leads round to something nearer:
// order.store.name when there is store.name.
func (e *explainer) detour(name string, known map[string]bool) bool {
	home := e.formula.Metric.Datasets[0]
	far, err := home.Field(name)
	if err != nil {
		return false
	}
	for rest := name; ; {
		var ok bool
		if _, rest, ok = strings.Cut(rest, "."); !ok {
			return false
		}
		if near, err := home.Field(rest); known[rest] && err == nil && near.End() == far.End() {
			return true
		}
	}
}

// twin reports whether a column is another column in a second language.
func twin(name string, known map[string]bool) bool {
	for _, end := range []string{"_en", "_zh", "_cn"} {
		if stem, ok := strings.CutSuffix(name, end); ok && known[stem] {
			return true
		}
	}
	return false
}

func misfit(all []semantic.DimensionInfo, i int, name string) error {
	if i >= 0 {
		return fault.New(fault.Invalid, "dimension_does_not_fit", all[i].Reason, "name", name)
	}
	var known []string
	for _, d := range all {
		known = append(known, d.Name)
	}
	return fault.New(fault.Invalid, "unknown_dimension", text.Text{
		ZH: "没有名为 {name} 的维度", EN: "there is no dimension named {name}"},
		"name", name, "guess", expr.Didyoumean(name, known))
}

// pinned reports whether the request's condition already holds the dimension
// at one value.
func (e *explainer) pinned(dimension string) bool {
	if e.request.Where == "" {
		return false
	}
	n, err := expr.Parse(e.request.Where)
	return err == nil && pins(n, dimension)
}

func pins(n expr.Node, dimension string) bool {
	switch n := n.(type) {
	case *expr.Binary:
		if n.Op == "and" {
			return pins(n.L, dimension) || pins(n.R, dimension)
		}
		if n.Op == "=" {
			l, lok := n.L.(*expr.Name)
			r, rok := n.R.(*expr.Name)
			return lok && !rok && strings.Join(l.Parts, ".") == dimension ||
				rok && !lok && strings.Join(r.Parts, ".") == dimension
		}
	case *expr.IsNull:
		name, ok := n.X.(*expr.Name)
		return ok && !n.Not && strings.Join(name.Parts, ".") == dimension
	}
	return false
}

// role says what a dimension is to a person who asks why.
type role int

const (
	neither role = iota
	groups       // a grouping: region, channel, big order
	names        // the key of something related: used when it has no better name
)

func (e *explainer) role(d semantic.DimensionInfo) role {
	dataset := e.model.Dataset(d.Dataset)
	if dataset == nil || d.Many { // parts of members would not add up
		return neither
	}
	own := !strings.Contains(d.Name, ".")
	column := d.Name[strings.LastIndexByte(d.Name, '.')+1:]
	key := len(dataset.Spec.PrimaryKey) == 1 && dataset.Spec.PrimaryKey[0] == column
	for _, r := range dataset.Relations() {
		if len(r.Pairs) == 1 && r.Pairs[0][0] == column {
			return neither
		}
	}
	switch {
	case key && own:
		return neither
	case key:
		return names
	case d.Type == expr.String || d.Type == expr.Boolean:
		return groups
	case d.Type == expr.Integer && looksLikeKey(column):
		return groups
	}
	return neither
}

// looksLikeName tells a column by which people call something, so that its key
// need not be shown.
func looksLikeName(column string) bool {
	return strings.HasSuffix(column, "name") || strings.HasSuffix(column, "title")
}

// looksLikeKey tells numbers that name things from numbers that count.
func looksLikeKey(column string) bool {
	for _, end := range []string{"id", "key", "code", "type", "group", "level", "status", "category"} {
		if column == end || strings.HasSuffix(column, "_"+end) {
			return true
		}
	}
	return false
}
