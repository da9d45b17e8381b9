package query

import (
	"fmt"
	"slices"

	"lodestar/internal/expr"
	"lodestar/internal/fault"
	"lodestar/internal/semantic"
	"lodestar/internal/text"
)

// Share asks for a value as a part of the same metric over a coarser group,
// its parent: that of the row without the dimensions that Of leaves out. The
// parent's value is computed from the rows of facts, never from rows of the
// answer.
type Share struct {
	Of   []string `json:"of,omitempty"`   // names of By that the parent keeps; see Over for time
	Over string   `json:"over,omitempty"` // period: each period apart, the default | range: all periods together
}

// Rank asks for the place of a value among the rows of its parent, as RANK of
// SQL: 1 is first, equals share a place and leave the next ones free; no value
// has no rank.
type Rank struct {
	Within []string `json:"within,omitempty"` // names of By that the parent keeps; see Over for time
	Over   string   `json:"over,omitempty"`   // period: each period apart, the default | range: all periods together
	Order  string   `json:"order,omitempty"`  // desc: the largest is 1, the default | asc
}

// Moving asks for what a metric comes to over the last periods, as the calendar
// has them and not as rows happen to exist.
type Moving struct {
	Window string `json:"window"`        // "7 days", "4 weeks", the period of the row included
	Agg    string `json:"agg,omitempty"` // avg, the default | sum | min | max, of the values of periods
}

// option is what is made of a metric's values once they are there.
type option struct {
	kind   string // share | rank | moving
	parent []int  // positions in question.keys, of share and rank
	asc    bool   // of rank
	moving movingTerm
}

func (q *question) optional() bool {
	return slices.ContainsFunc(q.metrics, func(a asked) bool { return a.option != nil })
}

func (q *question) hasOption(kind string) bool {
	return slices.ContainsFunc(q.metrics, func(a asked) bool { return a.option != nil && a.option.kind == kind })
}

// typ is the type of what is shown.
func (a asked) typ() expr.Type {
	switch {
	case a.option == nil:
		return a.metric.Type
	case a.option.kind == "rank":
		return expr.Integer
	}
	return expr.Float
}

// wide reports whether the rest of the work needs all groups of the answer:
// to rank among them, to look back along them, or because what chooses or
// orders rows is only known afterwards.
func (q *question) wide() bool {
	if !q.optional() {
		return false
	}
	if q.fill || q.hasOption("rank") || q.hasOption("moving") || q.having != nil && q.readsOption(q.having) {
		return true
	}
	return (q.top == nil || q.split()) && slices.ContainsFunc(q.order, func(o orderTerm) bool { return q.optionAt(o.column) != nil })
}

// optionAt is the option behind a column; nil for none.
func (q *question) optionAt(column int) *option {
	if column < len(q.keys) || q.rows != nil {
		return nil
	}
	m, _, _ := q.parts(column)
	return q.metrics[m].option
}

func (q *question) readsOption(t *expr.Typed) bool {
	return slices.ContainsFunc(t.Symbols(), func(s expr.Symbol) bool {
		i, ok := s.Ref.(int)
		return ok && q.optionAt(i) != nil
	})
}

func resolveOptions(q *question, r Request) error {
	for i, ref := range r.Metrics {
		path := fmt.Sprintf("metrics[%d]", i)
		given := 0
		for _, there := range []bool{ref.Share != nil, ref.Rank != nil, ref.Moving != nil} {
			if there {
				given++
			}
		}
		if given > 1 {
			return invalid(path, "one_option", text.Text{
				ZH: "share、rank、moving 一次只能写一个；要几个就把指标写几次", EN: "share, rank and moving exclude one another; to have several, ask for the metric several times"})
		}
		o, err := q.resolveOption(path, ref, q.metrics[i].metric, r.Time != nil)
		if err != nil {
			return err
		}
		q.metrics[i].option = o
	}
	return nil
}

func (q *question) resolveOption(path string, ref MetricRef, m *semantic.Metric, ranged bool) (o *option, err error) {
	switch {
	case ref.Share != nil:
		o = &option{kind: "share"}
		o.parent, err = q.parentKeys(path+".share", "of", ref.Share.Of, ref.Share.Over)
		if err == nil && len(q.keys) > 0 && len(o.parent) == len(q.keys) {
			err = invalid(path+".share.of", "share_of_itself", text.Text{
				ZH: "of 留下了所有维度，占比只能是 100%；请至少去掉一个", EN: "of keeps every dimension, so each share is 100%; leave one out"})
		}
	case ref.Rank != nil:
		o = &option{kind: "rank", asc: ref.Rank.Order == "asc"}
		if ref.Rank.Order != "" && ref.Rank.Order != "asc" && ref.Rank.Order != "desc" {
			return nil, oneOf(path+".rank.order", ref.Rank.Order, "desc asc")
		}
		o.parent, err = q.parentKeys(path+".rank", "within", ref.Rank.Within, ref.Rank.Over)
	case ref.Moving != nil:
		o = &option{kind: "moving"}
		o.moving, err = q.resolveMoving(path+".moving", *ref.Moving, m, ranged)
	}
	return o, err
}

func oneOf(path, value, all string) error {
	return invalid(path, "unknown_choice", text.Text{
		ZH: "{value} 不可用，可选：{all}", EN: "{value} is not possible here; there are {all}"}, "value", value, "all", all)
}

// parentKeys finds the keys that a parent keeps: those named, and all times as
// long as some other dimension is left out and no time is named. Without such a
// dimension it is the periods that are looked at side by side.
func (q *question) parentKeys(path, field string, names []string, over string) ([]int, error) {
	if over != "" && over != "period" && over != "range" {
		return nil, oneOf(path+".over", over, "period range")
	}
	kept := map[int]bool{}
	timed := over == "range"
	for i, name := range names {
		at := slices.IndexFunc(q.keys, func(k key) bool { return k.name == name })
		if at < 0 {
			return nil, q.notAsked(fmt.Sprintf("%s.%s[%d]", path, field, i), name)
		}
		kept[at] = true
		timed = timed || q.keys[at].isTime()
	}
	left := false
	for i, k := range q.keys {
		left = left || !k.isTime() && !kept[i]
	}
	var out []int
	for i, k := range q.keys {
		if kept[i] || k.isTime() && left && !timed {
			out = append(out, i)
		}
	}
	return out, nil
}

func (q *question) notAsked(path, name string) error {
	names := make([]string, len(q.keys))
	for i, k := range q.keys {
		names[i] = k.name
	}
	return suggest(invalid(path, "not_grouped_by", text.Text{
		ZH: "{name} 不在 by 里；占比和排名只能留下问题里有的维度", EN: "{name} is not in by; shares and ranks keep dimensions that the question is grouped by"}, "name", name), name, names)
}

// tooManyGroups is the fault when not all groups can be looked at.
func (q *question) tooManyGroups() error {
	return fault.New(fault.Invalid, "too_many_groups", text.Text{
		ZH: "占比、排名和移动平均要看所有分组，这里超过了 {n} 个；请加条件、缩短范围或减少维度",
		EN: "shares, ranks and moving averages look at all groups, and there are more than {n}; add a condition, shorten the range or use fewer dimensions"}, "n", MaxLimit).
		At("by", "too_many_groups", text.Text{ZH: "分组太多", EN: "too many groups"})
}

var optionTitles = map[string]text.Text{
	"share":  {ZH: "{t}占比", EN: "{t}, share"},
	"rank":   {ZH: "{t}排名", EN: "{t}, rank"},
	"moving": {ZH: "{t}（近 {n} {g}{a}）", EN: "{t}, {a} over {n} {g}"},
}

// describe makes the column of a metric one of an option.
func (o *option) describe(c *Column) {
	if o == nil {
		return
	}
	c.Option = o.kind
	switch o.kind {
	case "share":
		c.Type, c.Unit, c.Format = string(expr.Float), "percent", ""
		c.Title = optionTitles[o.kind].With("t", c.Title)
	case "rank":
		c.Type, c.Unit, c.Format = string(expr.Integer), "", ""
		c.Title = optionTitles[o.kind].With("t", c.Title)
	case "moving":
		c.Type = string(expr.Float)
		c.Title = o.moving.title(c.Title)
	}
}
