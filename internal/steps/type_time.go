package steps

import (
	"slices"
	"time"

	"lodestar/internal/expr"
	"lodestar/internal/text"
)

// session types the step: the same rows, with the columns that tell the session.
func (t *typer) session(s *Session) {
	path := t.path + ".session"
	from := append(t.exact(path+".by", s.By), t.exact(path+".change", s.Change)...)
	if c := t.column(path+".time", s.Time); c != nil {
		if c.Type != expr.Timestamp {
			t.report(problem(path+".time", "wrong_type", text.Text{
				ZH: "{column} 是 {type}，这里要时间列（timestamp）；可以先用 cast 转换",
				EN: "{column} is {type}; this needs a column of times (timestamp), which a cast can make"}, "column", c.Name, "type", c.Type))
		}
		from = append(from, *c)
	}
	for _, c := range []Column{{Name: s.Named("id"), Type: expr.String}, {Name: s.Named("start"), Type: expr.Timestamp},
		{Name: s.Named("number"), Type: expr.Integer}, {Name: s.Named("row"), Type: expr.Integer}} {
		if t.before.Column(c.Name) != nil {
			t.report(problem(path+".as", "duplicate", text.Text{
				ZH: "这里已有名为 {name} 的列，请写 as 另起名字", EN: "there is a column {name} here already; write another name in as"}, "name", c.Name))
		}
		c.From = union(from)
		t.after.Columns = append(t.after.Columns, c)
	}
}

// exact finds columns whose values are equal or are not, without doubt.
func (t *typer) exact(path string, names []string) []Column {
	columns := t.columns(path, names)
	for _, c := range columns {
		if c.Type == expr.Float {
			t.report(problem(at(path, slices.Index(names, c.Name)), "wrong_type", text.Text{
				ZH: "{column} 是 float，是否相等说不准；请先转成 integer、decimal 或 string",
				EN: "{column} is float, whose values are only about equal; cast it to integer, decimal or string first"}, "column", c.Name))
		}
	}
	return columns
}

// asOf checks the times by which a join chooses one row.
func (t *typer) asOf(path string, a *AsOf, there *Stage) {
	here, other := t.column(path+".time", a.Time), there.Column(a.Other)
	if other == nil {
		t.report(t.unknown(path+".other", a.Other, there.Names()))
	}
	if here == nil || other == nil {
		return
	}
	switch {
	case !here.Type.IsTime():
		t.report(problem(path+".time", "wrong_type", text.Text{
			ZH: "{column} 是 {type}，这里要日期或时间列", EN: "{column} is {type}; this needs a column of dates or times"}, "column", here.Name, "type", here.Type))
	case other.Type != here.Type:
		t.report(problem(path+".other", "key_type", text.Text{
			ZH: "这里的 {here} 是 {a}，那边的 {there} 是 {b}，无法比较先后；请先用 cast 转成同一类型",
			EN: "{here} is {a} here, but {there} is {b} there, so they cannot be compared; cast one of them first"},
			"here", here.Name, "a", here.Type, "there", other.Name, "b", other.Type))
	case here.Type == expr.Date && a.Window()%(24*time.Hour) != 0:
		t.report(problem(path+".within", "bad_span", text.Text{
			ZH: "{column} 只到天，within 请写整天，例如 30 days", EN: "{column} has whole days only; write within in days, such as 30 days"}, "column", here.Name))
	}
	t.decide(*here, *other)
}
