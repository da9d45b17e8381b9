package query

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"lodestar/internal/calendar"
	"lodestar/internal/expr"
	"lodestar/internal/semantic"
	"lodestar/internal/text"
)

// rowsTerm is what a question without metrics asks of the rows of a dataset.
type rowsTerm struct {
	distinct bool
	extent   bool
	// full adds the rows of related datasets that match none: MetricFlow's
	// rules. Its time is that of a spine, with which each row is paired.
	full  bool
	cross *semantic.Field
}

// needsMetrics is the fault for parts of a request that make no sense without
// metrics.
func needsMetrics(path string) error {
	return invalid(path, "needs_metrics", text.Text{
		ZH: "没有指标的查询不能用 {part}", EN: "{part} needs metrics"}, "part", path)
}

// onlyRows is the fault for parts of a request that make no sense with metrics.
func onlyRows(r Request) error {
	path := "from"
	switch {
	case r.Distinct != nil:
		path = "distinct"
	case r.Extent:
		path = "extent"
	case r.Rules != "":
		path = "rules"
	}
	return invalid(path, "only_without_metrics", text.Text{
		ZH: "{part} 只用于没有指标的查询", EN: "{part} is for questions without metrics"}, "part", path)
}

// resolveRows prepares a question without metrics: one that counts the rows of
// a dataset and shows the groups only.
func resolveRows(q *question, r Request) error {
	switch {
	case len(r.By) == 0:
		return invalid("metrics", "no_metrics", text.Text{
			ZH: "至少要选一个指标或维度", EN: "ask for at least one metric or dimension"})
	case r.Totals:
		return needsMetrics("totals")
	case r.Top != nil:
		return needsMetrics("top")
	case r.Compare != nil:
		return needsMetrics("compare")
	case r.Fill:
		return needsMetrics("fill")
	case strings.TrimSpace(r.Having) != "":
		return needsMetrics("having")
	case r.Rules != "" && r.Rules != semantic.MetricFlowRules:
		return invalid("rules", "unknown_rules", text.Text{
			ZH: "没有名为 {name} 的规则，可用：{all}", EN: "there are no rules {name}; use {all}"}, "name", r.Rules, "all", semantic.MetricFlowRules)
	}
	q.rows = &rowsTerm{distinct: r.Distinct == nil || *r.Distinct, extent: r.Extent, full: r.Rules == semantic.MetricFlowRules}
	var spine *semantic.Field
	if q.rows.full {
		var err error
		if spine, err = q.spineOf(r); err != nil {
			return err
		}
	}
	d, err := q.rowsFrom(r, spine)
	if err != nil {
		return err
	}
	count := rowsOf(d)
	if spine != nil {
		count.Simple.Time = spine
		if spine.Dataset != d {
			q.rows.cross = spine
		}
	}
	q.facts = []*semantic.Dataset{d}
	q.leaf(count, nil, nil)
	return nil
}

// spineOf is the column of the coarsest spine that still has the periods that a
// question names; nil when it names none.
func (q *question) spineOf(r Request) (*semantic.Field, error) {
	var grains []calendar.Grain
	for _, by := range r.By {
		if (by.Time != "" || by.Part != "") && by.Of == "" {
			grains = append(grains, calendar.Day)
			if by.Time != "" && rank(by.Time) >= 0 {
				grains = append(grains, by.Time)
			}
		}
	}
	n, err := parseWhere(r.Where)
	if err != nil {
		return nil, err
	}
	for _, name := range namesIn(n) {
		if parts := strings.Split(name, "."); len(parts) == 2 && parts[0] == "time" {
			grains = append(grains, calendar.Day)
			if g := calendar.Grain(parts[1]); rank(g) >= 0 {
				grains = append(grains, g)
			}
		}
	}
	if r.Time != nil && r.Time.Of == "" {
		grains = append(grains, calendar.Day)
	}
	if len(grains) == 0 {
		return nil, nil
	}
	spines := q.model.Workspace().Spines
	for _, g := range slices.Backward(calendar.Grains()) {
		if f := q.model.SpineField(spines[g]); f != nil && rank(g) <= rank(finest(grains)) {
			return f, nil
		}
	}
	return nil, invalid("by", "no_spine", text.Text{
		ZH: "工作区没有声明可用的时间表（spines）", EN: "the workspace declares no spine for these periods"})
}

func parseWhere(where string) (expr.Node, error) {
	if strings.TrimSpace(where) == "" {
		return nil, nil
	}
	n, err := expr.Parse(where)
	if err != nil {
		return nil, ofExpr("where", err)
	}
	return n, nil
}

func namesIn(n expr.Node) []string {
	if n == nil {
		return nil
	}
	var out []string
	for _, name := range expr.Names(n) {
		out = append(out, strings.Join(name.Parts, "."))
	}
	return out
}

// rowsFrom finds the dataset whose rows are asked: the one named, or the one
// that reaches all names with the fewest joins.
func (q *question) rowsFrom(r Request, spine *semantic.Field) (*semantic.Dataset, error) {
	if r.From != "" {
		if d := q.model.Dataset(r.From); d != nil {
			return d, nil
		}
		return nil, unknownDataset(q.model, "from", r.From)
	}
	names, timed, err := rowNames(r)
	if err != nil {
		return nil, err
	}
	if spine != nil && len(names) == 0 {
		return spine.Dataset, nil
	}
	fewest, best := 0, []*semantic.Dataset(nil)
	for _, d := range q.model.Datasets() {
		joins, ok := joinsFor(d, names)
		switch {
		case !ok || timed && spine == nil && d.Time == nil:
		case best == nil || joins < fewest:
			fewest, best = joins, []*semantic.Dataset{d}
		case joins == fewest:
			best = append(best, d)
		}
	}
	switch len(best) {
	case 0:
		return nil, noOrigin(q.model, names)
	case 1:
		return best[0], nil
	}
	var all []string
	for _, d := range best {
		all = append(all, d.Name)
	}
	f := invalid("from", "ambiguous_from", text.Text{
		ZH: "有几个数据集都能给出这些维度，请用 from 写明其中一个：{all}",
		EN: "several datasets offer these dimensions; say which with from: {all}"}, "all", strings.Join(all, ", "))
	f.Params["candidates"] = all
	return nil, f
}

// rowNames lists the dimensions that a question names, and whether it names the
// rows' own time.
func rowNames(r Request) (names []string, timed bool, err error) {
	add := func(name string) {
		if name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, by := range r.By {
		add(by.Dimension)
		add(by.Of)
		timed = timed || by.Dimension == "" && by.Of == ""
	}
	n, err := parseWhere(r.Where)
	if err != nil {
		return nil, false, err
	}
	for _, name := range namesIn(n) {
		if strings.HasPrefix(name, "time.") {
			timed = true
		} else {
			add(name)
		}
	}
	if r.Time != nil {
		add(r.Time.Of)
		timed = timed || r.Time.Of == ""
	}
	return names, timed, nil
}

// joinsFor counts the joins by which a dataset reaches all names.
func joinsFor(d *semantic.Dataset, names []string) (int, bool) {
	paths := map[string]bool{}
	for _, name := range names {
		f, err := d.Field(name)
		if err != nil {
			return 0, false
		}
		for i := range f.Path {
			paths[pathName(f.Path[:i+1])] = true
		}
	}
	return len(paths), true
}

func unknownDataset(m *semantic.Model, path, name string) error {
	var names []string
	for _, d := range m.Datasets() {
		names = append(names, d.Name)
	}
	f := semantic.UnknownDataset(name)
	if near := expr.Didyoumean(name, names); near != "" {
		f.Params["suggestion"] = near
		f.Text.ZH += "，是不是想写 " + near + "？"
		f.Text.EN += "; did you mean " + near + "?"
	}
	return f.At(path, f.Code, f.Text)
}

// noOrigin explains that no dataset reaches all names: perhaps because one is
// known nowhere.
func noOrigin(m *semantic.Model, names []string) error {
	known := map[string]bool{}
	for _, d := range m.Datasets() {
		for _, f := range d.Fields() {
			known[f.String()] = true
		}
	}
	for i, name := range names {
		if !known[name] {
			return ofExpr(fmt.Sprintf("by[%d]", i), expr.UnknownName(name, slices.Sorted(maps.Keys(known))))
		}
	}
	return invalid("by", "no_origin", text.Text{
		ZH: "没有一个数据集能同时到达 {names}", EN: "no dataset leads to all of {names}"}, "names", strings.Join(names, ", "))
}

// resolveExtent makes two keys of the one whose least and greatest value are
// asked.
func resolveExtent(q *question, _ Request) error {
	if q.rows == nil || !q.rows.extent {
		return nil
	}
	if len(q.keys) != 1 {
		return invalid("extent", "extent_of_one", text.Text{
			ZH: "extent 只能用于一个维度", EN: "extent takes one dimension"})
	}
	if q.keys[0].typ == expr.Boolean {
		return invalid("extent", "extent_of_boolean", text.Text{
			ZH: "{name} 是布尔值，没有最小和最大", EN: "{name} is true or false and has no least and greatest value"}, "name", q.keys[0].name)
	}
	least, greatest := q.keys[0], q.keys[0]
	least.name, least.end = least.name+"__min", "min"
	greatest.name, greatest.end = greatest.name+"__max", "max"
	q.keys = []key{least, greatest}
	return nil
}

var endTitles = map[string]text.Text{
	"min": {ZH: "{t}（最小）", EN: "{t}, least"},
	"max": {ZH: "{t}（最大）", EN: "{t}, greatest"},
}
