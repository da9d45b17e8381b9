package sqlmap

import (
	"slices"
	"strings"

	"lodestar/internal/calendar"
	"lodestar/internal/expr"
	"lodestar/internal/pgwire/pgcat"
	"lodestar/internal/pgwire/pgsql"
	"lodestar/internal/query"
	"lodestar/internal/semantic"
	"lodestar/internal/text"
)

// aggregates are the functions that ask for a metric.
var aggregates = map[string]bool{"measure": true, "agg": true, "sum": true, "avg": true, "min": true, "max": true, "count": true,
	"median": true, "count_distinct": true, "approx_count_distinct": true}

// resolve finds the column that a name means.
func (sh *shape) resolve(x *pgsql.Column) (column, error) {
	n := len(x.Parts)
	name := x.Parts[n-1].Name
	qualified := n > 1
	if qualified && x.Parts[n-2].Name == sh.alias && (n < 3 || sh.schema == "" || x.Parts[n-3].Name == sh.schema) {
		qualified = false
	}
	if qualified && sh.base != nil { // a path of relationships written with dots
		parts := make([]string, n)
		for i, id := range x.Parts {
			parts[i] = id.Name
		}
		if parts[0] == sh.alias {
			parts = parts[1:]
		}
		if at, ok := sh.base.byName[strings.Join(parts, ".")]; ok {
			return sh.cols[at], nil
		}
	}
	if !qualified {
		found := -1
		for i, c := range sh.cols {
			if c.name == name {
				if found >= 0 {
					return column{}, pgsql.Fail(pgsql.StateAmbiguous, x.Pos(), text.Text{ZH: "列名 {n} 不明确", EN: "column {n} is ambiguous"}, "n", name)
				}
				found = i
			}
		}
		if found >= 0 {
			return sh.cols[found], nil
		}
		if sh.base != nil {
			if at, ok := sh.base.byName[name]; ok {
				return sh.cols[at], nil
			}
		}
	}
	return column{}, sh.unknown(x)
}

func (sh *shape) unknown(x *pgsql.Column) error {
	parts := make([]string, len(x.Parts))
	for i, id := range x.Parts {
		parts[i] = id.Name
	}
	name := strings.Join(parts, ".")
	var names []string
	for _, c := range sh.cols {
		names = append(names, c.name)
	}
	e := pgsql.Fail(pgsql.StateNoColumn, x.Pos(), text.Text{ZH: "没有名为 {n} 的列", EN: "there is no column {n}"}, "n", name)
	if near := expr.Didyoumean(parts[len(parts)-1], names); near != "" {
		return e.Hinted(text.Text{ZH: "是不是想写 {s}？", EN: "did you mean {s}?"}, "s", near)
	}
	return e.Hinted(text.Text{ZH: "用 \\d 表名 查看有哪些列", EN: "\\d TABLE lists the columns"})
}

// term finds what an expression stands for.
func (c *clause) term(x pgsql.Expr) (term, error) {
	switch x := x.(type) {
	case *pgsql.Column:
		col, err := c.src.resolve(x)
		return col.term, err
	case *pgsql.Cast:
		return c.cast(x)
	case *pgsql.Call:
		if x.Over != nil {
			return term{}, unsupported(x.Pos(), text.Text{ZH: "窗口函数", EN: "a window function"}, text.Text{
				ZH: "占比、排名和移动平均请用查询对象的 share、rank、moving（docs/query.md）", EN: "shares, ranks and moving averages are share, rank and moving of the question object (docs/query.md)"})
		}
		if aggregates[x.Name] {
			return c.aggregate(x)
		}
		switch x.Name {
		case "date_trunc":
			if t, ok, err := c.dateTrunc(x); ok || err != nil {
				return t, err
			}
		case "extract", "date_part":
			if t, ok, err := c.datePart(x); ok || err != nil {
				return t, err
			}
		case "date":
			if len(x.Args) == 1 {
				return c.cast(&pgsql.Cast{At: x.At, X: x.Args[0], To: pgsql.Type{At: x.At, Name: "date"}})
			}
		}
	}
	if isConstant(x) {
		v, err := c.p.w.Catalog.Constant(c.p.ctx, x, c.p.sess)
		return term{kind: constTerm, value: v}, err
	}
	return c.computed(x)
}

// isConstant reports whether an expression names no column.
func isConstant(x pgsql.Expr) bool {
	constant := true
	pgsql.Walk(x, func(x pgsql.Expr) bool {
		switch x := x.(type) {
		case *pgsql.Column, *pgsql.Star, *pgsql.Sub:
			constant = false
		case *pgsql.In:
			constant = constant && x.Sub == nil
		case *pgsql.Quantified:
			constant = constant && x.Sub == nil
		case *pgsql.Call:
			constant = constant && !aggregates[x.Name]
		}
		return constant
	})
	return constant
}

// sameType are the casts that change nothing about a dimension or metric.
func sameType(t expr.Type, to string) bool {
	switch t {
	case expr.String:
		return to == "text" || to == "varchar" || to == "bpchar" || to == "name"
	case expr.Integer:
		return to == "int8" || to == "int4"
	case expr.Decimal:
		return to == "numeric"
	case expr.Float:
		return to == "float8" || to == "float4"
	case expr.Boolean:
		return to == "bool"
	case expr.Date:
		return to == "date"
	case expr.Timestamp:
		return to == "timestamptz" || to == "timestamp"
	}
	return false
}

func (c *clause) cast(x *pgsql.Cast) (term, error) {
	if isConstant(x) {
		v, err := c.p.w.Catalog.Constant(c.p.ctx, x, c.p.sess)
		return term{kind: constTerm, value: v}, err
	}
	t, err := c.term(x.X)
	if err != nil {
		return t, err
	}
	if t.kind == timeTerm && !x.To.Array {
		switch x.To.Name {
		case "timestamp", "timestamptz":
			t.date = false
			return t, nil
		case "date":
			if t.by.Time.Fine() {
				return c.truncated(t, calendar.Day, true)
			}
			t.date = true
			return t, nil
		}
	}
	if (t.kind == dimTerm || t.kind == metricTerm) && !x.To.Array {
		if sameType(t.typ, x.To.Name) {
			return t, nil
		}
		if t.kind == dimTerm && t.typ == expr.Timestamp && x.To.Name == "date" {
			out, err := c.truncated(t, calendar.Day, true)
			return out, err
		}
		if t.kind == dimTerm && t.typ == expr.Date && (x.To.Name == "timestamp" || x.To.Name == "timestamptz") {
			return c.truncated(t, calendar.Day, false)
		}
	}
	return c.computed(x)
}

// truncated gives a time, or a dimension that is one, at a grain.
func (c *clause) truncated(t term, g calendar.Grain, date bool) (term, error) {
	by := query.By{Time: g}
	if t.kind == timeTerm {
		by.Of = t.by.Of
	} else {
		by.Of = t.by.Dimension
	}
	return term{kind: timeTerm, by: by, typ: expr.Date, date: date, bys: []query.By{by}}, nil
}

func literal(x pgsql.Expr) (string, bool) {
	if t, ok := x.(*pgsql.Text); ok {
		return strings.ToLower(t.Value), true
	}
	if t, ok := x.(*pgsql.Cast); ok {
		return literal(t.X)
	}
	return "", false
}

// dateTrunc maps date_trunc('grain', time); ok is false when the time is none
// that rows can be grouped by.
func (c *clause) dateTrunc(x *pgsql.Call) (t term, ok bool, err error) {
	if len(x.Args) != 2 || isConstant(x) {
		return t, false, nil
	}
	word, isText := literal(x.Args[0])
	if !isText {
		return t, true, unsupported(x.Args[0].Pos(), text.Text{ZH: "date_trunc 的算出来的粒度", EN: "a computed grain of date_trunc"}, text.Text{})
	}
	if t, err = c.term(x.Args[1]); err != nil {
		return t, true, err
	}
	if t.kind != timeTerm && !(t.kind == dimTerm && t.typ.IsTime()) {
		return t, false, nil
	}
	g, err := calendar.ParseGrain(word)
	if err != nil || !slices.Contains(calendar.Grains(), g) {
		return t, true, pgsql.Fail(pgsql.StateBadValue, x.Args[0].Pos(), text.Text{
			ZH: "没有名为 {g} 的时间粒度，可用的有 minute hour day week month quarter year",
			EN: "no time grain {g}; there are minute hour day week month quarter year"}, "g", word)
	}
	if t.kind == timeTerm && t.by.Time != "" && !t.by.Time.Nests(g) {
		if g.Nests(t.by.Time) {
			return t, true, nil // already as coarse as that
		}
		return t, true, unsupported(x.Pos(), text.Text{ZH: "把{a}再取到{b}", EN: "taking {a}s to {b}s"}.With("a", t.by.Time, "b", g), text.Text{})
	}
	t, err = c.truncated(t, g, false)
	return t, true, err
}

// datePart maps extract(part from time).
func (c *clause) datePart(x *pgsql.Call) (t term, ok bool, err error) {
	if len(x.Args) != 2 || isConstant(x) {
		return t, false, nil
	}
	part, isText := literal(x.Args[0])
	if t, err = c.term(x.Args[1]); err != nil || !isText {
		return t, err != nil, err
	}
	if t.kind != timeTerm || t.by.Time != "" && t.by.Time != calendar.Day {
		return t, false, nil
	}
	mod := ""
	switch part {
	case "year", "quarter", "month", "day", "doy":
	case "isodow":
		part = "dow"
	case "dow":
		mod = " % 7" // Sunday is 0 there, 7 here
	default:
		return t, true, unsupported(x.Pos(), text.Text{ZH: "取时间的 {p}", EN: "taking {p} of a time"}.With("p", part), text.Text{})
	}
	by := query.By{Part: part, Of: t.by.Of}
	if mod == "" {
		return term{kind: partTerm, by: by, typ: expr.Integer, bys: []query.By{by}}, true, nil
	}
	return term{kind: computedTerm, typ: expr.Integer, bys: []query.By{by}, order: by.Name(), text: nameSource(by.Name()) + mod}, true, nil
}

var measureHint = text.Text{ZH: "请写 MEASURE({m})", EN: "write MEASURE({m})"}

// aggregate maps MEASURE(m), or a function that computes what the metric does.
func (c *clause) aggregate(x *pgsql.Call) (term, error) {
	if len(x.Args) != 1 || x.Star || len(x.OrderBy) > 0 {
		if x.Star || len(x.Args) == 0 {
			return term{}, unsupported(x.Pos(), text.Same("COUNT(*)"), text.Text{
				ZH: "这里没有明细行；请选用计数类指标，或写 SELECT COUNT(*) FROM (SELECT …)", EN: "there are no single rows here; ask a metric that counts, or write SELECT COUNT(*) FROM (SELECT …)"})
		}
		return term{}, unsupported(x.Pos(), text.Text{ZH: "这样的聚合", EN: "this form of aggregate"}, shapeHint)
	}
	t, err := c.metricArg(x.Args[0])
	if err != nil {
		return t, err
	}
	fn := x.Name
	if fn == "agg" {
		fn = "measure"
	}
	if t.kind != metricTerm {
		if !c.src.open && c.identity && (fn == "sum" || fn == "min" || fn == "max" || fn == "avg") && c.grouped && t.kind == computedTerm {
			return t, nil
		}
		return t, unsupported(x.Pos(), text.Text{ZH: "对维度或计算结果用 {f}", EN: "{f} of a dimension or an expression"}.With("f", strings.ToUpper(x.Name)), text.Text{
			ZH: "指标在定义里已经写明如何聚合；请选用指标", EN: "how to aggregate is part of a metric's definition; ask a metric"})
	}
	m := t.metric
	if t.asked { // of a sub-select
		return c.again(x, fn, t)
	}
	if fn != "measure" && !matches(m, fn, x.Distinct) {
		return t, unsupported(x.Pos(), text.Text{ZH: "对指标 {m} 用 {f}：它不是这样聚合的", EN: "{f} of the metric {m}, which is not aggregated that way,"}.With("f", strings.ToUpper(fn), "m", m.Name),
			measureHint.With("m", m.Name))
	}
	where := ""
	if x.Filter != nil {
		if where, err = c.p.rowCondition(c.src, x.Filter); err != nil {
			return t, err
		}
	}
	return c.p.ask(m, where), nil
}

// metricArg finds the metric inside MEASURE(…): a metric before a dimension of
// the same name.
func (c *clause) metricArg(x pgsql.Expr) (term, error) {
	if col, ok := x.(*pgsql.Column); ok && c.src.base != nil {
		last := col.Parts[len(col.Parts)-1].Name
		if m := c.src.base.metrics[last]; m != nil && (len(col.Parts) == 1 || col.Parts[len(col.Parts)-2].Name == c.src.alias) {
			return term{kind: metricTerm, metric: m, typ: m.Type}, nil
		}
	}
	if cast, ok := x.(*pgsql.Cast); ok { // SUM(CAST(m AS …)) as some tools write
		inner, err := c.metricArg(cast.X)
		if err == nil && inner.kind == metricTerm {
			return inner, nil
		}
	}
	return c.term(x)
}

// again aggregates a metric of a sub-select over groups of its rows.
func (c *clause) again(x *pgsql.Call, fn string, t term) (term, error) {
	if x.Filter != nil {
		return t, unsupported(x.Filter.Pos(), text.Text{ZH: "子查询结果上的 FILTER", EN: "FILTER over a sub-select"}, text.Text{})
	}
	switch {
	case c.identity && fn != "count" && fn != "count_distinct" && fn != "median":
	case fn == "measure", fn == "sum" && t.metric.Class == semantic.Additive && matches(t.metric, "sum", false),
		fn == "sum" && t.metric.Class == semantic.Additive && matches(t.metric, "count", false):
	default:
		return t, unsupported(x.Pos(), text.Text{ZH: "把 {m} 的分组结果再用 {f} 汇总", EN: "{f} over grouped values of {m}"}.With("f", strings.ToUpper(fn), "m", t.metric.Name),
			text.Text{ZH: "请在一层里直接写 MEASURE({m})，由定义决定怎样汇总", EN: "ask MEASURE({m}) in one select; its definition says how it adds up"}.With("m", t.metric.Name))
	}
	t.again = true
	return t, nil
}

// matches reports whether a metric is what the SQL function of its own values
// would be.
func matches(m *semantic.Metric, fn string, distinct bool) bool {
	if m.Simple == nil {
		return fn == "sum" && m.Class == semantic.Additive
	}
	have := m.Simple.Func
	switch fn {
	case "count":
		if distinct {
			return have == "count_distinct"
		}
		return have == "count"
	case "sum":
		return (have == "sum" || have == "count") && m.Class == semantic.Additive
	case "count_distinct", "approx_count_distinct":
		return have == "count_distinct"
	}
	return have == fn
}

// computed maps an expression over other columns of the answer.
func (c *clause) computed(x pgsql.Expr) (term, error) {
	w := &writer{p: c.p, leaf: func(x pgsql.Expr) (piece, bool, error) { return c.leaf(x) }}
	pc, err := w.write(x)
	if err != nil {
		return term{}, err
	}
	t := term{kind: computedTerm, text: pc.text, bys: w.bys, names: w.names}
	typed, err := c.p.check(t)
	if err != nil {
		return t, c.p.placed(err, x.Pos())
	}
	t.typ = typed.Type()
	return t, nil
}

// leaf writes a column or aggregate by its name in the answer.
func (c *clause) leaf(x pgsql.Expr) (piece, bool, error) {
	switch x := x.(type) {
	case *pgsql.Column:
	case *pgsql.Call:
		if !aggregates[x.Name] && x.Name != "date_trunc" && x.Name != "extract" && x.Name != "date_part" {
			return piece{}, false, nil
		}
		if isConstant(x) {
			return piece{}, false, nil
		}
	default:
		return piece{}, false, nil
	}
	t, err := c.leafTerm(x)
	if err != nil {
		return piece{}, true, err
	}
	if t.kind == constTerm {
		return piece{}, false, nil
	}
	if t, err = c.fit(c.p.settled(t), x.Pos()); err != nil {
		return piece{}, true, err
	}
	return piece{text: "(" + t.source() + ")", typ: t.answerType(), bys: t.bys, names: t.names}, true, nil
}

// leafTerm is term, but never a computed one of the call itself, which would
// go round in circles.
func (c *clause) leafTerm(x pgsql.Expr) (term, error) {
	if call, ok := x.(*pgsql.Call); ok && !aggregates[call.Name] {
		f := c.datePart
		if call.Name == "date_trunc" {
			f = c.dateTrunc
		}
		t, ok, err := f(call)
		if !ok && err == nil {
			return term{kind: constTerm}, nil // not a leaf
		}
		return t, err
	}
	return c.term(x)
}

// answerScope knows the columns of the answer by name.
type answerScope struct{ p *planner }

// Resolve satisfies expr.Scope; refs are names.
func (s answerScope) Resolve(parts []string) (expr.Symbol, error) {
	name := strings.Join(parts, ".")
	for _, r := range s.p.refs {
		if r.Name() == name {
			return expr.Symbol{Ref: name, Type: s.p.w.model.Metric(r.Metric).Type}, nil
		}
	}
	if s.p.table != nil {
		if at, ok := s.p.table.byName[name]; ok && s.p.table.columns[at].term.kind == dimTerm {
			return expr.Symbol{Ref: name, Type: s.p.table.columns[at].term.typ}, nil
		}
	}
	of, last, _ := cutLast(name)
	if slices.Contains([]string{"year", "quarter", "month", "day", "dow", "doy"}, last) && s.p.parts[name] {
		return expr.Symbol{Ref: name, Type: expr.Integer}, nil
	}
	if g, err := calendar.ParseGrain(last); err == nil && of != "" {
		if g.Fine() {
			return expr.Symbol{Ref: name, Type: expr.Timestamp}, nil
		}
		return expr.Symbol{Ref: name, Type: expr.Date}, nil
	}
	return expr.Symbol{}, expr.UnknownName(name, nil)
}

func cutLast(s string) (before, after string, found bool) {
	i := strings.LastIndexByte(s, '.')
	if i < 0 {
		return "", s, false
	}
	return s[:i], s[i+1:], true
}

// check finds the type of a computed term.
func (p *planner) check(t term) (*expr.Typed, error) {
	n, err := expr.Parse(t.text)
	if err != nil {
		return nil, err
	}
	p.parts = map[string]bool{}
	for _, by := range t.bys {
		if by.Part != "" {
			p.parts[by.Name()] = true
		}
	}
	return expr.Check(n, answerScope{p})
}

// placed turns an error of the expression language into one of the statement.
func (p *planner) placed(err error, at int) error {
	if e, ok := err.(*expr.Error); ok {
		return pgsql.Fail(pgsql.StateBadType, at, e.Text)
	}
	return err
}

// valueOf is the constant that an expression is.
func (p *planner) valueOf(x pgsql.Expr) (pgcat.Value, error) {
	return p.w.Catalog.Constant(p.ctx, x, p.sess)
}
