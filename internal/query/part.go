package query

import (
	"slices"
	"strings"

	"lodestar/internal/expr"
	"lodestar/internal/semantic"
	"lodestar/internal/text"
)

// datePart is a part of a time that rows may be grouped by, such as the day of
// the week, whatever the week.
type datePart struct {
	name  string
	title text.Text
}

var dateParts = []datePart{
	{"year", text.Text{ZH: "年份", EN: "year"}}, {"quarter", text.Text{ZH: "第几季度", EN: "quarter of the year"}},
	{"month", text.Text{ZH: "几月", EN: "month of the year"}}, {"day", text.Text{ZH: "几号", EN: "day of the month"}},
	{"dow", text.Text{ZH: "星期几", EN: "day of the week"}}, {"doy", text.Text{ZH: "一年中第几天", EN: "day of the year"}},
}

// partKey resolves a key such as {"part": "dow"}: the values are integers,
// Monday is 1.
func (q *question) partKey(path string, k key, r Request) (key, error) {
	at := slices.IndexFunc(dateParts, func(p datePart) bool { return p.name == k.by.Part })
	if at < 0 {
		return k, invalid(path, "unknown_part", text.Text{
			ZH: "没有名为 {part} 的日期部分，可用的有 year quarter month day dow doy",
			EN: "no part {part} of a date; there are year quarter month day dow doy"}, "part", k.by.Part)
	}
	var of map[*semantic.Dataset]*semantic.Field
	if k.by.Of != "" {
		var err error
		if of, err = q.timeFields(path, k.by.Of, r); err != nil {
			return k, err
		}
	}
	k.typ = expr.Integer
	k.fields = map[*semantic.Dataset]*semantic.Field{}
	k.byMetric = map[*semantic.Metric]*semantic.Field{}
	var times []*semantic.Field
	for i, l := range q.leaves {
		d, f := l.agg().Dataset, l.agg().Time
		if of != nil {
			f = of[d]
		}
		if f == nil {
			return k, noTime(path, l)
		}
		times = append(times, f)
		if same := slices.IndexFunc(times, func(t *semantic.Field) bool { return sameField(t, f) }); same < i &&
			q.leaves[same].agg().Dataset == d {
			k.byMetric[l.metric] = k.byMetric[q.leaves[same].metric] // one field, so that scans can be shared
			continue
		}
		scope := d.Scope()
		if len(f.Path) == 0 {
			scope = f.Dataset.Scope() // of a spine, when there are no metrics
		}
		typed, err := expr.Check(partOf(k.by.Part, f), scope)
		if err != nil {
			return k, ofExpr(path, err)
		}
		title := text.Text{ZH: "{c}（{p}）", EN: "{c} ({p})"}.With("c", f.Title(), "p", dateParts[at].title)
		part := &semantic.Field{Dataset: d, Type: expr.Integer,
			Computed: &semantic.Computed{Name: strings.ReplaceAll(f.String(), ".", "_") + "_" + k.by.Part, Title: title, Typed: typed}}
		k.byMetric[l.metric] = part
		if k.fields[d] == nil {
			k.fields[d] = part
		}
		if k.sample == nil {
			k.sample = part
		}
	}
	return k, nil
}

// partOf writes a part of a time column as an expression.
func partOf(part string, f *semantic.Field) expr.Node {
	t := &expr.Name{Parts: strings.Split(f.String(), ".")}
	if part != "doy" {
		return &expr.Call{Function: part, Args: []expr.Node{t}}
	}
	first := &expr.Call{Function: "date_trunc", Args: []expr.Node{&expr.Text{Value: "year"}, t}}
	days := &expr.Call{Function: "days_between", Args: []expr.Node{first, &expr.Call{Function: "date", Args: []expr.Node{t}}}}
	return &expr.Binary{Op: "+", L: days, R: &expr.Number{Text: "1"}}
}

// field is what a leaf groups by for a key that is no period.
func (k key) field(l leaf) *semantic.Field {
	if f := k.byMetric[l.metric]; f != nil {
		return f
	}
	return k.fields[l.agg().Dataset]
}
