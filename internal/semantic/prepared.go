package semantic

import (
	"fmt"
	"slices"

	"lodestar/internal/catalog"
	"lodestar/internal/expr"
	"lodestar/internal/steps"
	"lodestar/internal/text"
)

// validatePrepared checks what can be said of a dataset made by steps before
// the columns of the others are known.
func (s *DatasetSpec) validatePrepared() []catalog.Finding {
	var out []catalog.Finding
	src := s.Source
	if src.From == "" {
		out = append(out, problem("source.from", "required", text.Text{
			ZH: "缺少 from：这些步骤从哪个数据集开始", EN: "from is missing: the dataset that the steps begin with"}))
	}
	if len(src.Files) > 0 || src.Format != nil || src.Connection != "" || src.Table != "" || src.Sync != nil {
		out = append(out, problem("source.from", "two_sources", text.Text{
			ZH: "由步骤生成的数据集不能再写 files、connection 或 sync",
			EN: "a dataset made by steps has no files, connection or sync of its own"}))
	}
	out = append(out, steps.Validate("source.steps", src.Steps)...)
	if src.Refresh != nil {
		out = append(out, src.Refresh.Check("source.refresh.")...)
	}
	names, sources := map[string]string{}, map[string]string{}
	for i, c := range s.Columns {
		out = append(out, s.validateColumn(fmt.Sprintf("columns[%d]", i), c, names, sources)...)
	}
	return out
}

func (s *Source) refs() []catalog.Ref {
	var out []catalog.Ref
	if s.From != "" {
		out = append(out, catalog.Ref{Kind: KindDataset, Name: s.From, Path: "source.from"})
	}
	for i := range s.Steps {
		names, paths := s.Steps[i].Datasets()
		for j, name := range names {
			if name != "" {
				out = append(out, catalog.Ref{Kind: KindDataset, Name: name, Path: fmt.Sprintf("source.steps[%d].%s", i, paths[j])})
			}
		}
	}
	if s.Refresh != nil {
		for i, name := range s.Refresh.After {
			out = append(out, catalog.Ref{Kind: KindDataset, Name: name, Path: fmt.Sprintf("source.refresh.after[%d]", i)})
		}
	}
	return out
}

// renameInputs follows a dataset to another name.
func (s *Source) renameInputs(from, to string) {
	if s.From == from {
		s.From = to
	}
	s.Steps = slices.Clone(s.Steps)
	for i := range s.Steps {
		s.Steps[i] = s.Steps[i].Renamed(from, to)
	}
	if s.Refresh != nil && slices.Contains(s.Refresh.After, from) {
		r := *s.Refresh
		r.After = slices.Clone(r.After)
		for i, name := range r.After {
			if name == from {
				r.After[i] = to
			}
		}
		s.Refresh = &r
	}
}

// Input gives the dataset as steps read it.
func (d *Dataset) Input() *steps.Input {
	columns := make([]steps.Column, len(d.Spec.Columns))
	for i, c := range d.Spec.Columns {
		columns[i] = steps.Column{Name: c.Name, Type: c.Type, Precision: c.Precision, Scale: c.Scale, Title: c.Title}
	}
	return steps.NewInput(d.Name, columns, d.Spec.PrimaryKey)
}

// Plan types the dataset's steps; nil when it is not made by any.
func (m *Model) Plan(d *Dataset) *steps.Plan {
	if !d.Spec.Prepared() {
		return nil
	}
	plan, findings := steps.Type("", d.Spec.Source.From, d.Spec.Source.Steps, m.Input)
	if len(findings) > 0 {
		return nil
	}
	return plan
}

// Input gives a dataset as steps read it; nil for one that they cannot read:
// there is none, or its rows are elsewhere.
func (m *Model) Input(name string) *steps.Input {
	d := m.datasets[name]
	if d == nil {
		return nil
	}
	if connection, _ := d.Spec.Direct(); connection != "" {
		return nil
	}
	return d.Input()
}

// prepared works out the columns of datasets that are made by steps, each after
// those that it is made of.
func (c *compiler) prepared() {
	made := func(name string) *Dataset {
		if d := c.model.datasets[name]; d != nil && d.Spec.Prepared() {
			return d
		}
		return nil
	}
	depthFirst(c.datasetNames(), func(name string) []string {
		if d := made(name); d != nil {
			return steps.Names(d.Spec.Source.From, d.Spec.Source.Steps)
		}
		return nil
	}, func(round []string) {
		for _, n := range round[1:] {
			if !c.bad[catalog.Ref{Kind: KindDataset, Name: n}] {
				c.report(KindDataset, n, problem("source.from", "cycle", text.Text{
					ZH: "数据集互相生成，成了环：{way}", EN: "datasets are made of each other, in a circle: {way}"}, "way", arrows(round)))
			}
		}
	}, func(name string) {
		if d := made(name); d != nil {
			c.prepare(d)
		}
	})
	c.startEachOther()
	for _, name := range c.datasetNames() {
		if c.bad[catalog.Ref{Kind: KindDataset, Name: name}] {
			delete(c.model.datasets, name)
		}
	}
}

func arrows(names []string) string {
	out := ""
	for i, n := range names {
		if i > 0 {
			out += " → "
		}
		out += n
	}
	return out
}

// prepare types the steps of one dataset and gives it the columns that follow.
func (c *compiler) prepare(d *Dataset) {
	for _, ref := range d.Spec.Source.refs() {
		in := c.model.datasets[ref.Name]
		switch connection := ""; {
		case in == nil || c.bad[catalog.Ref{Kind: KindDataset, Name: ref.Name}]:
			if !c.bad[catalog.Ref{Kind: KindDataset, Name: d.Name}] {
				c.needs(KindDataset, d.Name, ref.Path, KindDataset, ref.Name, c.datasetNames())
			}
			return
		default:
			if connection, _ = in.Spec.Direct(); connection == "" {
				continue
			}
			c.report(KindDataset, d.Name, problem(ref.Path, "rows_elsewhere", text.Text{
				ZH: "{name} 的数据留在连接 {connection} 上；请先给它加上 sync，把数据同步进来",
				EN: "the rows of {name} stay on the connection {connection}; give it a sync first, so that they are copied here"},
				"name", ref.Name, "connection", connection))
			return
		}
	}
	plan, findings := steps.Type("source.steps", d.Spec.Source.From, d.Spec.Source.Steps, c.model.Input)
	if len(findings) == 0 {
		findings = d.complete(plan.Last())
	}
	for _, f := range findings {
		c.report(KindDataset, d.Name, f)
	}
}

// complete gives the dataset the columns that follow from its steps, with what
// the definition says of them, and checks what names them.
func (d *Dataset) complete(last *steps.Stage) []catalog.Finding {
	var out []catalog.Finding
	spec := *d.Spec
	spec.Columns = make([]Column, len(last.Columns))
	for i, c := range last.Columns {
		spec.Columns[i] = Column{Name: c.Name, Type: c.Type, Precision: c.Precision, Scale: c.Scale, Title: c.Title}
	}
	for i, written := range d.Spec.Columns {
		path := fmt.Sprintf("columns[%d]", i)
		c := spec.column(written.Name)
		switch {
		case c == nil:
			out = append(out, unknown(path+".name", "unknown_column", text.Text{
				ZH: "步骤的结果里没有名为 {name} 的列", EN: "the steps give no column {name}"}, written.Name, last.Names()))
			continue
		case c.Type != written.Type:
			f := problem(path+".type", "wrong_type", text.Text{
				ZH: "步骤给出的 {name} 是 {is}，不是 {written}；请加一个 cast 步骤，或改写这里的类型",
				EN: "the steps give {name} as {is}, not {written}; add a cast step, or change the type here"},
				"name", c.Name, "is", c.Type, "written", written.Type)
			f.Suggestion = string(c.Type)
			out = append(out, f)
			continue
		}
		if written.Precision == 0 {
			written.Precision, written.Scale = c.Precision, c.Scale
		}
		if written.Title.IsZero() {
			written.Title = c.Title
		}
		*c = written
	}
	if len(out) > 0 {
		return out
	}
	out = spec.validateColumns()
	d.Spec = &spec
	d.columns, d.sources = map[string]*Column{}, map[string]*Column{}
	for i := range spec.Columns {
		c := &spec.Columns[i]
		if c.Type == expr.Decimal && c.Precision == 0 {
			c.Precision, c.Scale = 18, 6
		}
		d.columns[c.Name] = c
		if c.Source != "" {
			d.sources[c.Source] = c
		}
	}
	return out
}
