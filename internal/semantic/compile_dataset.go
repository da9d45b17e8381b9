package semantic

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"lodestar/internal/calendar"
	"lodestar/internal/catalog"
	"lodestar/internal/expr"
	"lodestar/internal/text"
)

func newDataset(r *catalog.Resource, spec *DatasetSpec) *Dataset {
	d := &Dataset{Name: r.Metadata.Name, Title: r.Metadata.Title, Description: r.Metadata.Description,
		Revision: r.Revision, Spec: spec,
		columns: map[string]*Column{}, sources: map[string]*Column{}, relations: map[string]*Relation{}, computed: map[string]*Computed{}}
	if d.Title.IsZero() {
		d.Title = text.Same(d.Name)
	}
	for i := range spec.Columns {
		col := &spec.Columns[i]
		d.columns[col.Name] = col
		if col.Source != "" {
			d.sources[strings.TrimSpace(col.Source)] = col
		}
	}
	for _, dim := range spec.Dimensions {
		d.computed[dim.Name] = &Computed{Name: dim.Name, Title: dim.Title}
	}
	if spec.Freshness != nil {
		d.Within = spanOf(spec.Freshness.Within)
	}
	return d
}

// spanOf gives the length of a span such as "26 hours"; months count 30 days
// and years 365, which is exact enough for a promise.
func spanOf(s string) time.Duration {
	n, g, err := calendar.ParseSpan(s)
	if err != nil {
		return 0 // Validate has said so
	}
	day := 24 * time.Hour
	unit := map[calendar.Grain]time.Duration{calendar.Second: time.Second, calendar.Minute: time.Minute, calendar.Hour: time.Hour, calendar.Day: day,
		calendar.Week: 7 * day, calendar.Month: 30 * day, calendar.Quarter: 91 * day, calendar.Year: 365 * day}[g]
	return time.Duration(n) * unit
}

func (c *compiler) datasetNames() []string { return slices.Sorted(maps.Keys(c.model.datasets)) }

// relate resolves the relationships of all datasets.
func (c *compiler) relate() {
	for _, name := range c.datasetNames() {
		d := c.model.datasets[name]
		for i, spec := range d.Spec.Relationships {
			if spec.Cardinality != manyToMany {
				c.relation(d, fmt.Sprintf("relationships[%d]", i), spec)
			}
		}
	}
	c.relateMany()
}

func (c *compiler) relation(d *Dataset, path string, spec Relationship) {
	to := c.model.datasets[spec.To]
	if to == nil {
		c.needs(KindDataset, d.Name, path+".to", KindDataset, spec.To, c.datasetNames())
		return
	}
	if spec.Validity == nil && len(to.Spec.PrimaryKey) == 0 && len(to.Spec.UniqueKeys) == 0 {
		c.report(KindDataset, d.Name, problem(path+".to", "no_primary_key", text.Text{
			ZH: "数据集 {to} 没有主键，不能作为“一”的一侧", EN: "the dataset {to} has no primary key, so it cannot be the one side"}, "to", to.Name))
		return
	}
	r := &Relation{Name: spec.Name, From: d, To: to, OneToOne: spec.Cardinality == "one_to_one"}
	back := map[string]string{}
	for _, here := range slices.Sorted(maps.Keys(spec.Columns)) {
		there := spec.Columns[here]
		if to.columns[there] == nil {
			f := to.Spec.unknownColumn(path+".columns."+here, there)
			c.report(KindDataset, d.Name, f)
			return
		}
		if other, twice := back[there]; twice {
			c.report(KindDataset, d.Name, problem(path+".columns."+here, "duplicate", text.Text{
				ZH: "{there} 已经和 {other} 对应", EN: "{there} is already paired with {other}"}, "there", there, "other", other))
			return
		}
		back[there] = here
	}
	whole := to.Spec.keyOf(back)
	if spec.Validity != nil { // rows of a history are told apart by their time
		whole = slices.Sorted(maps.Keys(back))
	}
	if len(whole) == 0 {
		whole = to.Spec.PrimaryKey // for the message
	}
	for _, key := range whole {
		here, ok := back[key]
		if !ok {
			c.report(KindDataset, d.Name, problem(path+".columns", "incomplete_key", text.Text{
				ZH: "必须对应 {to} 的整个主键（{key}），缺少 {missing}",
				EN: "the columns must cover the whole key of {to} ({key}); {missing} is missing"},
				"to", to.Name, "key", to.Spec.keyNames(), "missing", key))
			return
		}
		if a, b := d.columns[here].Type, to.columns[key].Type; !sameKeyType(a, b) {
			c.report(KindDataset, d.Name, keyTypes(path+".columns."+here, d, here, a, to, key, b))
			return
		}
		r.Pairs = append(r.Pairs, [2]string{here, key})
		delete(back, key)
	}
	for _, there := range slices.Sorted(maps.Keys(back)) {
		c.report(KindDataset, d.Name, problem(path+".columns."+back[there], "not_a_key", text.Text{
			ZH: "{there} 不是 {to} 主键的一部分", EN: "{there} is not part of the key of {to}"}, "there", there, "to", to.Name))
		return
	}
	if c.also(r, path, spec) && c.valid(r, path, spec.Validity) {
		d.relations[spec.Name] = r
	}
}

// sameKeyType says whether keys of these types can be compared as they are.
// Decimals and integers compare exactly; floats never make a key.
func sameKeyType(a, b expr.Type) bool {
	exact := func(t expr.Type) bool { return t == expr.Integer || t == expr.Decimal }
	return a == b || exact(a) && exact(b)
}

func keyTypes(path string, d *Dataset, here string, a expr.Type, to *Dataset, key string, b expr.Type) catalog.Finding {
	f := problem(path, "key_type", text.Text{
		ZH: "{from}.{here} 是 {a}，{to}.{key} 是 {b}，类型不同无法对应。把 {here} 列声明为 type: {b}，或把 {key} 列声明为 type: {a}；在表达式里可写 cast({here} as {b})",
		EN: "{from}.{here} is {a} but {to}.{key} is {b}, so they cannot match. Declare {here} as type: {b}, or {key} as type: {a}; in an expression write cast({here} as {b})"},
		"from", d.Name, "here", here, "a", a, "to", to.Name, "key", key, "b", b)
	f.Suggestion = fmt.Sprintf("cast(%s as %s)", here, b)
	return f
}

// leaveOutDependants removes bad datasets, and those that lead to bad ones.
func (c *compiler) leaveOutDependants() {
	for again := true; again; {
		again = false
		for _, name := range c.datasetNames() {
			d := c.model.datasets[name]
			for i, spec := range d.Spec.Relationships {
				for _, to := range [][2]string{{"to", spec.To}, {"through", spec.Through}} {
					if c.bad[catalog.Ref{Kind: KindDataset, Name: to[1]}] && !c.bad[catalog.Ref{Kind: KindDataset, Name: name}] {
						c.needs(KindDataset, name, fmt.Sprintf("relationships[%d].%s", i, to[0]), KindDataset, to[1], nil)
					}
				}
			}
			if d.Spec.Prepared() && !c.bad[catalog.Ref{Kind: KindDataset, Name: name}] {
				for _, ref := range d.Spec.Source.refs() {
					if c.bad[catalog.Ref{Kind: KindDataset, Name: ref.Name}] {
						c.needs(KindDataset, name, ref.Path, KindDataset, ref.Name, nil)
						break
					}
				}
			}
			if c.bad[catalog.Ref{Kind: KindDataset, Name: name}] {
				delete(c.model.datasets, name)
				again = true
			}
		}
	}
}

// computeAll types the computed dimensions and finds the time columns.
func (c *compiler) computeAll() {
	for _, name := range c.datasetNames() {
		d := c.model.datasets[name]
		for i, dim := range d.Spec.Dimensions {
			err := c.compute(d, d.computed[dim.Name])
			if err != nil && !(c.deferring && errors.Is(err, errDeferred)) {
				c.report(KindDataset, name, ofExpr(fmt.Sprintf("dimensions[%d].%s", i, faultyPart(dim, err)), err))
			}
		}
		if d.Spec.Time == "" || d.Time != nil {
			continue
		}
		f, err := c.timeField(d, d.Spec.Time)
		if err != nil {
			c.report(KindDataset, name, ofExpr("time", err))
			continue
		}
		d.Time = f
	}
}

// compute types one computed dimension, and those that it needs before it.
func (c *compiler) compute(d *Dataset, comp *Computed) error {
	if comp.Typed != nil || comp.Lookup != nil {
		return nil
	}
	name := d.Name + "." + comp.Name
	if slices.Contains(c.computeWay, name) {
		way := append(slices.Clone(c.computeWay[slices.Index(c.computeWay, name):]), name)
		return &expr.Error{Code: "cycle", Text: text.Text{
			ZH: "计算列互相引用成环：{way}", EN: "computed columns go round in a circle: {way}"}.With("way", strings.Join(way, " → "))}
	}
	c.computeWay = append(c.computeWay, name)
	defer func() { c.computeWay = c.computeWay[:len(c.computeWay)-1] }()
	dim := d.dimension(comp.Name)
	if dim.Metric != "" {
		return c.lookup(d, comp, dim)
	}
	n, err := expr.Parse(dim.Expr)
	if err != nil {
		return err
	}
	t, err := expr.Check(n, scope{d: d})
	if err != nil {
		return err
	}
	if many(t) {
		return manyValues(comp.Name)
	}
	comp.Typed = t
	return nil
}

func (d *Dataset) dimension(name string) *Dimension {
	for i := range d.Spec.Dimensions {
		if d.Spec.Dimensions[i].Name == name {
			return &d.Spec.Dimensions[i]
		}
	}
	return nil
}

func (c *compiler) timeField(d *Dataset, path string) (*Field, error) {
	f, err := scope{d: d}.field(strings.Split(path, "."))
	if errors.Is(err, errDeferred) {
		return nil, &expr.Error{Code: "time_by_metric", Text: text.Text{
			ZH: "{name} 取自一个指标，不能当作时间列", EN: "{name} comes from a metric, so it cannot be the time"}.With("name", path)}
	}
	if err != nil {
		return nil, err
	}
	if !f.Type.IsTime() {
		return nil, notTime(path, f)
	}
	if f.Many() {
		return nil, manyValues(path)
	}
	if f.AtTime() {
		return nil, &expr.Error{Code: "time_by_validity", Text: text.Text{
			ZH: "{name} 经过一条按时间取有效行的关系，不能当作时间列",
			EN: "{name} lies behind a relationship that itself needs the time, so it cannot be the time"}.With("name", path)}
	}
	return f, nil
}

func notTime(path string, f *Field) error {
	return &expr.Error{Code: "not_time", Text: text.Text{
		ZH: "{name} 的类型是 {type}，时间列须是 date 或 timestamp",
		EN: "{name} is {type}; a time column must be a date or a timestamp"}.With("name", path, "type", f.Type)}
}

// mostFields bounds the list of fields of one dataset.
const mostFields = 5000

// collectFields lists every field that paths lead to.
func (d *Dataset) collectFields() {
	d.byName = map[string]*Field{}
	d.walk(func(path []*Relation, at *Dataset) {
		for _, n := range at.names() {
			if len(d.reach) == mostFields {
				return
			}
			f := &Field{Path: path, Dataset: at}
			if f.Column = at.columns[n]; f.Column != nil {
				f.Type = f.Column.Type
			} else {
				f.Computed = at.computed[n]
				f.Type = f.Computed.Type()
			}
			d.reach = append(d.reach, f)
			d.byName[f.String()] = f
		}
	})
}
