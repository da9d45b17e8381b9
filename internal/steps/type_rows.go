package steps

import (
	"maps"
	"regexp"
	"slices"

	"lodestar/internal/catalog"
	"lodestar/internal/expr"
	"lodestar/internal/text"
)

var floatText = regexp.MustCompile(`^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?$`)

var decimalText = regexp.MustCompile(`^[+-]?[0-9]{1,38}(\.[0-9]{1,38})?$`)

// other finds a dataset that the step reads.
func (t *typer) other(path, name string) *Input {
	in := t.datasets(name)
	if in == nil {
		t.report(problem(path, "unknown_reference", text.Text{
			ZH: "没有名为 {name} 的可用数据集", EN: "there is no dataset {name} that can be read"}, "name", name))
		return nil
	}
	t.after.Others = append(t.after.Others, in)
	return in
}

// Comparable tells whether values of two types are equal when they look equal.
func Comparable(a, b expr.Type) bool {
	exact := func(t expr.Type) bool { return t == expr.Integer || t == expr.Decimal }
	return a == b || exact(a) && exact(b)
}

func (t *typer) join(j *Join) {
	path := t.path + ".join"
	other := t.other(path+".dataset", j.Dataset)
	if other == nil {
		return
	}
	there := &Stage{Columns: other.Columns}
	for _, here := range slices.Sorted(maps.Keys(j.On)) {
		a := t.column(path+".on."+here, here)
		b := there.Column(j.On[here])
		switch {
		case b == nil:
			t.report(t.unknown(path+".on."+here, j.On[here], there.Names()))
		case a == nil:
		case !Comparable(a.Type, b.Type):
			t.report(problem(path+".on."+here, "key_type", text.Text{
				ZH: "这里的 {here} 是 {a}，{dataset} 的 {there} 是 {b}，无法对应；请先用 cast 转成同一类型",
				EN: "{here} is {a} here, but {there} of {dataset} is {b}, so they cannot match; cast one of them first"},
				"here", here, "a", a.Type, "dataset", j.Dataset, "there", b.Name, "b", b.Type))
		default:
			t.decide(*a, *b)
			if j.Kind == "full" {
				both, _ := widest(*a, *b)
				both.From, both.Copy = merge(a.From, b.From), Origin{}
				t.set(both)
			}
		}
	}
	if j.AsOf != nil {
		t.asOf(path+".asof", j.AsOf, there)
	}
	for i, name := range j.Columns {
		c := there.Column(name)
		if c == nil {
			t.report(t.unknown(at(path+".columns", i), name, there.Names()))
			continue
		}
		next := *c
		next.Name, next.Copy = j.Prefix+name, Origin{}
		if f := checkName(at(path+".columns", i), next.Name); len(f) > 0 {
			t.report(f...)
		} else if t.after.Column(next.Name) != nil {
			t.report(problem(at(path+".columns", i), "duplicate", text.Text{
				ZH: "这里已有名为 {name} 的列，请写 prefix 加前缀", EN: "there is a column {name} here already; write a prefix"}, "name", next.Name))
		} else {
			t.after.Columns = append(t.after.Columns, next)
		}
	}
	if j.Many || j.Kind == "full" {
		t.after.Key = nil
	}
	if j.Kind == "full" {
		for i := range t.after.Columns {
			t.after.Columns[i].Copy = Origin{}
		}
	}
}

// widest is the type that values of both types fit; ok is false for none.
func widest(a, b Column) (Column, bool) {
	switch {
	case a.Type == expr.Decimal && b.Type == expr.Decimal:
		scale := max(a.Scale, b.Scale)
		a.Precision, a.Scale = min(38, max(a.Precision-a.Scale, b.Precision-b.Scale)+scale), scale
		return a, true
	case a.Type == b.Type:
		return a, true
	case !a.Type.IsNumber() || !b.Type.IsNumber():
		return a, false
	case a.Type == expr.Float || b.Type == expr.Float:
		a.Type, a.Precision, a.Scale = expr.Float, 0, 0
	case b.Type == expr.Decimal: // and an integer here
		a.Type, a.Precision, a.Scale = b.Type, max(b.Precision, min(38, 19+b.Scale)), b.Scale
	default:
		a.Precision = max(a.Precision, min(38, 19+a.Scale))
	}
	return a, true
}

func (t *typer) union(u *Union) {
	for i := range t.after.Columns {
		t.after.Columns[i].Copy = Origin{}
	}
	for i, name := range u.Datasets {
		path := at(t.path+".union.datasets", i)
		other := t.other(path, name)
		if other == nil {
			continue
		}
		for _, c := range other.Columns {
			c.Copy = Origin{}
			have := t.after.Column(c.Name)
			if have == nil {
				t.after.Columns = append(t.after.Columns, c)
				continue
			}
			next, ok := widest(*have, c)
			if !ok {
				t.report(problem(path, "wrong_type", text.Text{
					ZH: "列 {column} 前面是 {a}，在 {dataset} 中是 {b}；请先转成同一类型",
					EN: "the column {column} is {a} so far and {b} in {dataset}; cast one of them first"},
					"column", c.Name, "a", have.Type, "dataset", name, "b", c.Type))
				continue
			}
			next.From = merge(have.From, c.From)
			*have = next
		}
	}
	t.after.Key = nil
	if u.Origin != "" {
		t.after.Columns = append(t.after.Columns, Column{Name: u.Origin, Type: expr.String})
	}
}

// value types an aggregate over an expression at a path of the step.
func (t *typer) value(name, agg, path, src string) Column {
	out := Column{Name: name, Type: expr.Float}
	if src == "" {
		out.Type = expr.Integer
		return out
	}
	typed, from := t.expr(path, src, expr.Check)
	if typed == nil {
		return out
	}
	out.From = from
	switch agg {
	case "count", "count_distinct":
		out.Type = expr.Integer
		return out
	case "min", "max":
		out.Type = typed.Type()
		out.Precision, out.Scale = t.digits(typed)
		if out.Type != expr.Boolean {
			return out
		}
	case "sum":
		out.Type = typed.Type()
		if out.Type == expr.Decimal {
			_, out.Scale = t.digits(typed)
			out.Precision = 38
		}
	}
	if !typed.Type().IsNumber() {
		t.report(problem(t.path+"."+path, "wrong_type", text.Text{
			ZH: "{agg} 不能用于 {type}", EN: "{agg} is not for {type}"}, "agg", agg, "type", typed.Type()))
	}
	return out
}

func (t *typer) aggregate(a *Aggregate) {
	by := t.columns(t.path+".aggregate.by", a.By)
	t.decide(by...)
	columns := slices.Clone(by)
	for i, v := range a.Values {
		p := at("aggregate.values", i)
		c := t.value(v.Name, v.Agg, p+".expr", v.Expr)
		if v.Where != "" {
			_, from := t.expr(p+".where", v.Where, expr.CheckBool)
			c.From = merge(c.From, from)
		}
		columns = append(columns, c)
	}
	t.grouped(columns, a.By)
}

// grouped leaves the columns of groups.
func (t *typer) grouped(columns []Column, by []string) {
	for i := range columns {
		columns[i].Copy = Origin{}
	}
	t.after.Columns, t.after.Key = columns, slices.Clone(by)
}

func (t *typer) deduplicate(d *Deduplicate) {
	by := t.columns(t.path+".deduplicate.by", d.By)
	t.decide(append(by, t.ordered(t.path+".deduplicate.order", d.Order)...)...)
	if len(d.By) > 0 {
		t.after.Key = slices.Clone(d.By)
	}
	switch { // what chooses among rows that are alike; without by that is in everything
	case len(d.By) > 0 && len(d.Order) > 0:
	case len(d.By) > 0 && len(t.before.Key) > 0:
		t.decide(t.columns("", t.before.Key)...)
	default:
		t.decide(t.before.Columns...)
	}
}

func (t *typer) pivot(p *Pivot) {
	path := t.path + ".pivot"
	by := t.columns(path+".by", p.By)
	c := t.column(path+".column", p.Column)
	if c == nil {
		return
	}
	t.decide(by...)
	columns := slices.Clone(by)
	value := t.value("", p.Agg, "pivot.expr", p.Expr)
	value.From = merge(value.From, c.From)
	for i, v := range p.Values {
		if !c.holds(v.Value) {
			t.report(t.unread(at(path+".values", i)+".value", v.Value, c))
		}
		value.Name = v.Name
		columns = append(columns, value)
	}
	t.grouped(columns, p.By)
}

func (t *typer) unpivot(u *Unpivot) {
	path := t.path + ".unpivot"
	list := t.columns(path+".columns", u.Columns)
	if len(list) < len(u.Columns) {
		return
	}
	value := list[0]
	for i, c := range list {
		next, ok := widest(value, c)
		if !ok {
			t.report(t.mixed(at(path+".columns", i), c, value))
			return
		}
		value = next
	}
	value.Name, value.From, value.Copy, value.Title = u.Value, union(list), Origin{}, text.Text{}
	key := t.before.Key
	t.keep(slices.DeleteFunc(t.after.Columns, func(c Column) bool { return slices.Contains(u.Columns, c.Name) }))
	t.after.Columns = append(t.after.Columns, Column{Name: u.Name, Type: expr.String, From: value.From}, value)
	if t.after.Key != nil {
		t.after.Key = append(slices.Clone(key), u.Name)
	}
	if u.DropMissing {
		t.decide(value)
	}
}

func (t *typer) mixed(path string, c, value Column) catalog.Finding {
	return problem(path, "wrong_type", text.Text{
		ZH: "{column} 是 {b}，前面的列是 {a}；请先转成同一类型", EN: "{column} is {b}, the columns before are {a}; cast them to one type first"},
		"column", c.Name, "a", value.Type, "b", c.Type)
}
