package semantic

import (
	"strings"

	"lodestar/internal/expr"
	"lodestar/internal/text"
)

// NewFilter parses a condition and checks it against each of the datasets.
// Every name must be reachable from all of them and end in the same column.
// The error is an *expr.Error; with several datasets it names the one at fault.
func NewFilter(src string, datasets []*Dataset) (*Filter, error) {
	n, err := expr.Parse(src)
	if err != nil {
		return nil, err
	}
	f := &Filter{Text: src, Node: n, On: make(map[*Dataset]*expr.Typed, len(datasets))}
	for _, d := range datasets {
		t, err := expr.CheckBool(n, d.Scope())
		if err != nil {
			return nil, err
		}
		f.On[d] = t
	}
	if len(datasets) > 1 {
		for _, name := range expr.Names(n) {
			if err := SameEnd(strings.Join(name.Parts, "."), datasets); err != nil {
				e := *err
				e.Offset, e.End = name.Offset, name.End
				return nil, &e
			}
		}
	}
	return f, nil
}

// SameEnd checks that a name means the same column from each dataset. The
// name must resolve from all of them.
func SameEnd(name string, datasets []*Dataset) *expr.Error {
	first := ""
	for i, d := range datasets {
		f, err := d.Field(name)
		if err != nil {
			continue // the caller has looked it up; the own time has no column
		}
		end := f.End()
		if i == 0 {
			first = end
		} else if end != first {
			return &expr.Error{Code: "different_dimension", Text: text.Text{
				ZH: "{name} 在不同数据集里是不同的列（{a} 与 {b}），不能当作同一个维度；请改用两边关系都能到达的同一列",
				EN: "{name} is a different column in different datasets ({a} and {b}), so it is not one dimension; use a column that relationships from both lead to"}.
				With("name", name, "a", first, "b", end)}
		}
	}
	return nil
}
