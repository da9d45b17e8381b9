package steps

import (
	"cmp"
	"slices"
	"strings"

	"lodestar/internal/catalog"
	"lodestar/internal/expr"
	"lodestar/internal/text"
)

// Origin is a column of a dataset that others are made from.
type Origin struct {
	Dataset string `json:"dataset"`
	Column  string `json:"column"`
}

// Column is a column after a step.
type Column struct {
	Name      string
	Type      expr.Type
	Precision int // decimals
	Scale     int
	Title     text.Text
	From      []Origin // what its values are made from, sorted
	Copy      Origin   // the column whose values these are, unchanged; zero for none
}

// Input is a dataset that steps read.
type Input struct {
	Name    string
	Columns []Column
	Key     []string // what tells a row apart; none when that is not known
}

// NewInput makes an input of its columns' names and types; where they come from
// is filled in.
func NewInput(name string, columns []Column, key []string) *Input {
	in := &Input{Name: name, Columns: slices.Clone(columns), Key: key}
	for i := range in.Columns {
		c := &in.Columns[i]
		if c.Type == expr.Decimal && c.Precision == 0 {
			c.Precision, c.Scale = 18, 6
		}
		c.Copy = Origin{name, c.Name}
		c.From = []Origin{c.Copy}
	}
	return in
}

// Stage is the table after a step; the first one is the input itself.
type Stage struct {
	Step    *Step // nil for the input
	Columns []Column
	// Key tells a row apart; none when that is not known.
	Key []string
	// Decides lists the columns that decided which rows there are, and which
	// belong together, so far.
	Decides []Origin
	// Exprs are the expressions of the step by their path in it, such as
	// "derive[0]". Their refs are names of columns before the step.
	Exprs map[string]*expr.Typed
	// Others are the datasets that the step reads besides, in its order.
	Others []*Input
}

// Column finds a column by name; nil when there is none.
func (s *Stage) Column(name string) *Column {
	for i := range s.Columns {
		if s.Columns[i].Name == name {
			return &s.Columns[i]
		}
	}
	return nil
}

// Names lists the columns in their order.
func (s *Stage) Names() []string {
	out := make([]string, len(s.Columns))
	for i := range s.Columns {
		out[i] = s.Columns[i].Name
	}
	return out
}

// Plan is a list of steps that has been typed: Stages[i] is the table after
// step i, counted from 1.
type Plan struct {
	Input  *Input
	Stages []Stage
}

// Last is the table in the end.
func (p *Plan) Last() *Stage { return &p.Stages[len(p.Stages)-1] }

// Inputs lists the datasets that are read, each once, the first one first.
func (p *Plan) Inputs() []string {
	out := []string{p.Input.Name}
	for i := range p.Stages {
		for _, o := range p.Stages[i].Others {
			if !slices.Contains(out, o.Name) {
				out = append(out, o.Name)
			}
		}
	}
	return out
}

// Names lists the datasets that a list of steps names, each once.
func Names(from string, list []Step) []string {
	out := []string{from}
	for i := range list {
		names, _ := list[i].Datasets()
		for _, n := range names {
			if !slices.Contains(out, n) {
				out = append(out, n)
			}
		}
	}
	return out
}

// Type types a list of steps that Validate has passed. datasets gives those
// that may be read; nil for a name that is none. It ends at the first step with
// something wrong: the plan then has the stages before it, and the findings say
// what, at paths that begin with the one given. There is no plan when the
// dataset to begin with is not there; the caller says so.
func Type(path string, from string, list []Step, datasets func(string) *Input) (*Plan, []catalog.Finding) {
	in := datasets(from)
	if in == nil {
		return nil, nil
	}
	p := &Plan{Input: in, Stages: []Stage{{Columns: in.Columns, Key: in.Key}}}
	for i := range list {
		t := &typer{before: p.Last(), path: at(path, i), datasets: datasets, in: in.Name}
		t.after = Stage{Step: &list[i], Columns: slices.Clone(t.before.Columns), Key: t.before.Key,
			Decides: t.before.Decides, Exprs: map[string]*expr.Typed{}}
		t.step(&list[i])
		if len(t.findings) == 0 {
			t.names()
		}
		if len(t.findings) > 0 {
			return p, t.findings
		}
		p.Stages = append(p.Stages, t.after)
	}
	return p, nil
}

// typer types one step.
type typer struct {
	path     string
	in       string
	before   *Stage
	after    Stage
	datasets func(string) *Input
	findings []catalog.Finding
}

func (t *typer) report(f ...catalog.Finding) { t.findings = append(t.findings, f...) }

// names reports two columns of one name, and a table without any.
func (t *typer) names() {
	seen := map[string]bool{}
	for _, c := range t.after.Columns {
		if seen[c.Name] {
			t.report(twice(t.path+"."+t.after.Step.Kind(), c.Name))
			return
		}
		seen[c.Name] = true
	}
	if len(seen) == 0 {
		t.report(problem(t.path+"."+t.after.Step.Kind(), "no_columns", text.Text{
			ZH: "这一步之后一列也不剩", EN: "no column is left after this step"}))
	}
}

// column finds a column, or reports. Where a step is a list, later parts see
// what earlier ones did.
func (t *typer) column(path, name string) *Column {
	if c := t.after.Column(name); c != nil {
		found := *c
		return &found
	}
	t.report(t.unknown(path, name, t.after.Names()))
	return nil
}

func (t *typer) unknown(path, name string, candidates []string) catalog.Finding {
	return unknown(path, "unknown_column", text.Text{ZH: "这里没有名为 {name} 的列", EN: "there is no column {name} here"}, name, candidates)
}

// columns finds several, each of which may be there once.
func (t *typer) columns(path string, names []string) []Column {
	var out []Column
	for i, n := range names {
		if slices.Index(names, n) < i {
			t.report(twice(at(path, i), n))
		} else if c := t.column(at(path, i), n); c != nil {
			out = append(out, *c)
		}
	}
	return out
}

// ordered finds the columns of an order, with a minus before descending ones.
func (t *typer) ordered(path string, order []string) []Column {
	names := make([]string, len(order))
	for i, o := range order {
		names[i] = strings.TrimPrefix(o, "-")
	}
	return t.columns(path, names)
}

// set puts a column in place of the one of its name, or at the end. A key with
// a changed column is none.
func (t *typer) set(c Column) {
	if slices.Contains(t.after.Key, c.Name) {
		t.after.Key = nil
	}
	if old := t.after.Column(c.Name); old != nil {
		if c.Title.IsZero() {
			c.Title = old.Title
		}
		*old = c
		return
	}
	t.after.Columns = append(t.after.Columns, c)
}

// decide notes columns that decide about rows.
func (t *typer) decide(columns ...Column) {
	for _, c := range columns {
		t.after.Decides = merge(t.after.Decides, c.From)
	}
}

// Resolve satisfies expr.Scope: names are those of columns before the step.
func (t *typer) Resolve(parts []string) (expr.Symbol, error) {
	name := strings.Join(parts, ".")
	if c := t.after.Column(name); c != nil {
		return expr.Symbol{Ref: name, Type: c.Type}, nil
	}
	return expr.Symbol{}, expr.UnknownName(name, t.after.Names())
}

// expr types an expression and keeps it. The scope is the table as the step has
// changed it so far.
func (t *typer) expr(path, src string, check func(expr.Node, expr.Scope) (*expr.Typed, error)) (*expr.Typed, []Origin) {
	n, err := expr.Parse(src)
	var typed *expr.Typed
	if err == nil {
		typed, err = check(n, t)
	}
	if err != nil {
		t.report(ofExpr(t.path+"."+path, err))
		return nil, nil
	}
	t.after.Exprs[path] = typed
	var from []Origin
	for _, s := range typed.Symbols() {
		from = merge(from, t.after.Column(s.Ref.(string)).From)
	}
	return typed, from
}

// digits gives those of a decimal expression: a column's own, or the default.
func (t *typer) digits(typed *expr.Typed) (precision, scale int) {
	if typed.Type() != expr.Decimal {
		return 0, 0
	}
	if n, ok := typed.Node().(*expr.Name); ok {
		if c := t.after.Column(strings.Join(n.Parts, ".")); c != nil {
			return c.Precision, c.Scale
		}
	}
	return 18, 6
}

// merge unites two sorted lists.
func merge(a, b []Origin) []Origin {
	out := slices.Concat(a, b)
	slices.SortFunc(out, func(x, y Origin) int {
		return cmp.Or(strings.Compare(x.Dataset, y.Dataset), strings.Compare(x.Column, y.Column))
	})
	return slices.Compact(out)
}

func union(columns []Column) []Origin {
	var out []Origin
	for _, c := range columns {
		out = merge(out, c.From)
	}
	return out
}
