package sqlmap

import (
	"strings"
	"time"

	"lodestar/internal/calendar"
	"lodestar/internal/expr"
	"lodestar/internal/pgwire/pgcat"
	"lodestar/internal/pgwire/pgsql"
	"lodestar/internal/query"
	"lodestar/internal/text"
)

// filter maps one condition of a where clause: a constant, a bound of the
// metrics' time, a condition on dimensions, or over a sub-select one on its
// metrics.
func (p *planner) filter(src *shape, x pgsql.Expr) error {
	if isConstant(x) {
		return p.constantFilter(x)
	}
	c := &clause{p: p, src: src, out: src, identity: true}
	if handled, err := p.timeFilter(c, x); handled || err != nil {
		if err == nil && (src.limit >= 0 || src.offset > 0) {
			return filterAfterLimit(x.Pos())
		}
		return err
	}
	if src.limit >= 0 || src.offset > 0 || src.count {
		return filterAfterLimit(x.Pos())
	}
	if !src.open && p.onMetrics(c, x) {
		return c.having(x)
	}
	s, err := p.rowCondition(src, x)
	if err != nil {
		return err
	}
	p.where = append(p.where, s)
	p.note("where", x.Pos())
	return nil
}

func filterAfterLimit(at int) error {
	return unsupported(at, text.Text{ZH: "对带 LIMIT 的子查询再过滤", EN: "filtering the result of a sub-select with LIMIT"}, text.Text{})
}

func (p *planner) constantFilter(x pgsql.Expr) error {
	cast := &pgsql.Cast{At: pgsql.At(x.Pos()), X: x, To: pgsql.Type{At: pgsql.At(x.Pos()), Name: "bool"}}
	v, err := p.valueOf(cast)
	if err != nil {
		return err
	}
	if v.V != true && p.sess.ParamTypes == nil {
		p.noRows = true
	}
	return nil
}

// onMetrics reports whether a condition names a metric of a sub-select.
func (p *planner) onMetrics(c *clause, x pgsql.Expr) bool {
	found := false
	pgsql.Walk(x, func(x pgsql.Expr) bool {
		if col, ok := x.(*pgsql.Column); ok {
			if got, err := c.src.resolve(col); err == nil && len(got.term.names) > 0 {
				found = true
			}
		}
		return !found
	})
	return found
}

// rowCondition writes a condition on dimensions.
func (p *planner) rowCondition(src *shape, x pgsql.Expr) (string, error) {
	w := &writer{p: p, leaf: func(x pgsql.Expr) (piece, bool, error) {
		col, ok := x.(*pgsql.Column)
		if !ok {
			if call, isCall := x.(*pgsql.Call); isCall && aggregates[call.Name] {
				return piece{}, true, metricInWhere(x.Pos())
			}
			return piece{}, false, nil
		}
		got, err := src.resolve(col)
		if err != nil {
			return piece{}, true, err
		}
		pc, err := p.rowLeaf(got.term, x.Pos())
		return pc, true, err
	}}
	pc, err := w.write(x)
	if err != nil {
		return "", err
	}
	n, perr := expr.Parse(pc.text)
	if perr != nil {
		return "", p.placed(perr, x.Pos())
	}
	if _, err := expr.CheckBool(n, rowScope{p}); err != nil {
		return "", p.placed(err, x.Pos())
	}
	return n.String(), nil
}

func metricInWhere(at int) error {
	return pgsql.Fail(pgsql.StateGrouping, at, text.Text{ZH: "WHERE 里不能用指标", EN: "a metric is not allowed in WHERE"}).
		Hinted(text.Text{ZH: "对指标的条件请写在 HAVING 里", EN: "put conditions on metrics into HAVING"})
}

// rowLeaf writes a column as a condition on rows names it.
func (p *planner) rowLeaf(t term, at int) (piece, error) {
	switch t.kind {
	case dimTerm:
		return piece{text: nameSource(t.by.Dimension), typ: t.typ}, nil
	case metricTerm:
		return piece{}, metricInWhere(at)
	case timeTerm:
		if t.by.Of != "" {
			switch t.by.Time {
			case calendar.Day, calendar.Month, calendar.Quarter, calendar.Year:
				return piece{text: "date_trunc(" + expr.QuoteText(string(t.by.Time)) + ", " + nameSource(t.by.Of) + ")", typ: expr.Date}, nil
			}
		}
		return piece{}, unsupported(at, text.Text{ZH: "这种对时间的条件", EN: "this kind of condition on time"}, text.Text{
			ZH: "metric_time 只能与常量比较（>= < = BETWEEN），并用 AND 连接", EN: "compare metric_time with constants (>=, <, =, BETWEEN), joined with AND"})
	case computedTerm:
		simple := len(t.names) == 0
		for _, by := range t.bys {
			simple = simple && by.Dimension != ""
		}
		if simple {
			return piece{text: "(" + t.text + ")", typ: t.typ}, nil
		}
	case partTerm:
		if t.by.Of != "" && t.by.Part != "doy" {
			return piece{text: t.by.Part + "(" + nameSource(t.by.Of) + ")", typ: expr.Integer}, nil
		}
	}
	return piece{}, unsupported(at, text.Text{ZH: "对这一列的条件", EN: "a condition on this column"}, text.Text{})
}

// rowScope knows the dimensions of the table.
type rowScope struct{ p *planner }

// Resolve satisfies expr.Scope.
func (s rowScope) Resolve(parts []string) (expr.Symbol, error) {
	name := strings.Join(parts, ".")
	if s.p.table != nil {
		for _, c := range s.p.table.columns {
			if c.term.kind == dimTerm && c.term.by.Dimension == name {
				return expr.Symbol{Ref: name, Type: c.term.typ}, nil
			}
		}
	}
	return expr.Symbol{}, expr.UnknownName(name, nil)
}

// having maps a condition on the groups.
func (c *clause) having(x pgsql.Expr) error {
	if isConstant(x) {
		return c.p.constantFilter(x)
	}
	if !c.out.open && !c.src.open && c.grouped && !c.identity {
		return unsupported(x.Pos(), text.Text{ZH: "对再次分组的结果用 HAVING", EN: "HAVING over groups of groups"}, text.Text{})
	}
	t, err := c.computed(x)
	if err != nil {
		return err
	}
	if t.typ != expr.Boolean && t.typ != expr.Null {
		return pgsql.Fail(pgsql.StateBadType, x.Pos(), text.Text{ZH: "这里应为条件", EN: "a condition is needed here"})
	}
	c.p.having = append(c.p.having, t.text)
	c.p.needed = append(c.p.needed, t.names...)
	c.p.note("having", x.Pos())
	return nil
}

// flipped is the comparison with its sides exchanged.
var flipped = map[string]string{"=": "=", "<": ">", ">": "<", "<=": ">=", ">=": "<="}

// timeFilter maps comparisons of the metrics' time with constants.
func (p *planner) timeFilter(c *clause, x pgsql.Expr) (bool, error) {
	switch x := x.(type) {
	case *pgsql.Between:
		t, ok, err := p.ownTime(c, x.X)
		if !ok || err != nil {
			return ok, err
		}
		if x.Not || !isConstant(x.Lo) || !isConstant(x.Hi) {
			return true, timeOnly(x.Pos())
		}
		if err := p.bound(t, ">=", x.Lo); err != nil {
			return true, err
		}
		return true, p.bound(t, "<=", x.Hi)
	case *pgsql.Is:
		t, ok, err := p.ownTime(c, x.X)
		if ok && err == nil && !(x.What == "null" && x.Not) {
			err = timeOnly(x.Pos())
		}
		_ = t
		return ok, err
	case *pgsql.In:
		t, ok, err := p.ownTime(c, x.X)
		if !ok || err != nil {
			return ok, err
		}
		if x.Not || len(x.List) != 1 || !isConstant(x.List[0]) {
			return true, timeOnly(x.Pos())
		}
		return true, p.bound(t, "=", x.List[0])
	case *pgsql.Binary:
		op, column, value := x.Op, x.L, x.R
		if isConstant(x.L) {
			op, column, value = flipped[x.Op], x.R, x.L
		}
		if op == "" || flipped[op] == "" && op != "<>" || !isConstant(value) {
			return false, nil
		}
		t, ok, err := p.ownTime(c, column)
		if !ok || err != nil {
			return ok, err
		}
		if op == "<>" {
			return true, timeOnly(x.Pos())
		}
		return true, p.bound(t, op, value)
	}
	return false, nil
}

func timeOnly(at int) error {
	return unsupported(at, text.Text{ZH: "这种对时间的条件", EN: "this kind of condition on time"}, text.Text{
		ZH: "metric_time 只能与常量比较（>= < = BETWEEN），并用 AND 连接", EN: "compare metric_time with constants (>=, <, =, BETWEEN), joined with AND"})
}

// ownTime reports whether an expression is the metrics' own time, at which
// grain, or its year.
func (p *planner) ownTime(c *clause, x pgsql.Expr) (term, bool, error) {
	found := false
	pgsql.Walk(x, func(x pgsql.Expr) bool {
		if col, ok := x.(*pgsql.Column); ok {
			if got, err := c.src.resolve(col); err == nil && (got.term.kind == timeTerm && got.term.by.Of == "" || got.term.kind == partTerm && got.term.by.Of == "") {
				found = true
			}
		}
		return !found
	})
	if !found {
		return term{}, false, nil
	}
	t, err := c.term(x)
	if err != nil {
		return t, true, err
	}
	if t.kind == timeTerm && t.by.Of == "" || t.kind == partTerm && t.by.Part == "year" && t.by.Of == "" {
		return t, true, nil
	}
	return t, true, timeOnly(x.Pos())
}

// bound narrows the range of the metrics' time. A value without a time of day
// stands for its whole day.
func (p *planner) bound(t term, op string, value pgsql.Expr) error {
	at, known, err := p.instant(t, value)
	if err != nil || !known {
		return err
	}
	p.note("time", value.Pos())
	grain := t.by.Time
	if t.kind == partTerm {
		grain = calendar.Year
	}
	midnight := at.Equal(at.Truncate(24 * time.Hour))
	start, next := at, at.Add(time.Microsecond)
	aligned := true
	if grain != "" || midnight {
		if grain == "" {
			grain = calendar.Day
		}
		cal := p.w.model.Calendar()
		start = cal.Floor(at, grain)
		next = cal.Step(start, grain, 1)
		aligned = start.Equal(at)
	}
	from := next
	if aligned {
		from = at
	}
	switch op {
	case ">=":
		p.after(from)
	case ">":
		p.after(next)
	case "<":
		p.before(from)
	case "<=":
		p.before(next)
	case "=":
		if !aligned {
			p.noRows = true
		}
		p.after(start)
		p.before(next)
	}
	return nil
}

func (p *planner) after(t time.Time) {
	if p.lo == nil || t.After(*p.lo) {
		p.lo = &t
	}
}

func (p *planner) before(t time.Time) {
	if p.hi == nil || t.Before(*p.hi) {
		p.hi = &t
	}
}

// instant reads a constant as a time on clocks; known is false for parameters
// without a value yet, and for NULL, which no time equals.
func (p *planner) instant(t term, x pgsql.Expr) (at time.Time, known bool, err error) {
	want := pgcat.Timestamp
	if t.date {
		want = pgcat.Date
	}
	if t.kind == partTerm {
		want = pgcat.Int8
	}
	if n, ok := paramOf(x); ok && p.sess.ParamTypes != nil && n <= len(p.sess.ParamTypes) {
		if p.sess.ParamTypes[n-1] == 0 {
			p.sess.ParamTypes[n-1] = want
		}
		return at, false, nil
	}
	v, err := p.valueOf(x)
	if err != nil {
		return at, false, err
	}
	switch got := v.V.(type) {
	case nil:
		p.noRows = p.noRows || p.sess.ParamTypes == nil
		return at, false, nil
	case time.Time:
		if v.Type == pgcat.TimestampTZ {
			got = calendar.Civil(got, p.sess.Zone)
		}
		return got, true, p.inReach(got, x)
	case string:
		if t.kind != partTerm {
			c, zoned, ok := pgcat.ParseTime(got)
			if !ok {
				return at, false, pgsql.Fail(pgsql.StateBadDate, x.Pos(), text.Text{
					ZH: "{s} 不是时间，请写成 '2026-01-31' 或 '2026-01-31 08:00:00'", EN: "{s} is not a time; write '2026-01-31' or '2026-01-31 08:00:00'"}, "s", "'"+got+"'")
			}
			if zoned {
				c = calendar.Civil(c, p.sess.Zone)
			}
			return c, true, p.inReach(c, x)
		}
	}
	if t.kind == partTerm {
		if y, err := p.w.Catalog.Constant(p.ctx, &pgsql.Cast{At: pgsql.At(x.Pos()), X: x, To: pgsql.Type{At: pgsql.At(x.Pos()), Name: "int8"}}, p.sess); err == nil {
			if n, ok := y.V.(int64); ok && n > 0 && n < 9999 {
				return time.Date(int(n), 1, 1, 0, 0, 0, 0, time.UTC), true, nil
			}
		}
	}
	return at, false, timeOnly(x.Pos())
}

// inReach refuses years that calendars and engines do not share.
func (p *planner) inReach(t time.Time, x pgsql.Expr) error {
	if t.Year() < 1 || t.Year() > 9998 {
		return pgsql.Fail("22008", x.Pos(), text.Text{ZH: "时间超出范围", EN: "the time is out of range"})
	}
	return nil
}

// Ends of a range of which only one was given.
var (
	longAgo  = time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC)
	farAhead = time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)
)

// timeRange writes the range into the question.
func (p *planner) timeRange(r *query.Request, plan *Plan) {
	if p.lo == nil && p.hi == nil {
		return
	}
	lo, hi := longAgo, farAhead
	if p.lo != nil {
		lo = *p.lo
		if !lo.Before(hi) {
			hi = lo.AddDate(1, 0, 0)
		}
	}
	if p.hi != nil {
		hi = *p.hi
		if p.lo == nil && !lo.Before(hi) {
			lo = hi.AddDate(-1, 0, 0)
		}
	}
	if !lo.Before(hi) {
		plan.NoRows = true
		return
	}
	r.Time = &query.TimeRange{From: p.clock(lo), To: p.clock(hi)}
}

func (p *planner) clock(t time.Time) string {
	if t.Equal(t.Truncate(24 * time.Hour)) {
		return t.Format(time.DateOnly)
	}
	return calendar.Resolve(t, p.sess.Zone).In(p.sess.Zone).Format(time.RFC3339Nano)
}
