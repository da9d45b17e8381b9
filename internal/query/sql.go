package query

import (
	"fmt"
	"strings"
	"time"

	"lodestar/internal/calendar"
	"lodestar/internal/expr"
	"lodestar/internal/semantic"
	"lodestar/internal/warehouse"
)

// statement writes the plan for an engine. One scan makes a plain SELECT …
// GROUP BY; several are put together with UNION ALL and grouped again. Columns
// come out as c0, c1, … by their position in the answer.
func (p *plan) statement(d warehouse.Dialect) (expr.SQL, error) {
	body, err := p.body(d)
	if err != nil {
		return expr.SQL{}, err
	}
	if p.having != nil {
		having := expr.Printer{Dialect: d, Zone: p.q.cal.Zone, Column: func(ref any) expr.SQL {
			return raw(columnName(d, ref.(int)))
		}}.Print(p.having)
		body = expr.Concat("SELECT * FROM (", body, ") AS h WHERE ", having)
	}
	return p.tail(d, body, p.order, p.limit), nil
}

func (p *plan) tail(d warehouse.Dialect, body expr.SQL, order []orderTerm, limit int) expr.SQL {
	if len(p.keys) == 0 {
		return body
	}
	terms := make([]expr.SQL, len(order))
	wrap := false
	for i, o := range order {
		name := columnName(d, o.column)
		terms[i] = d.Order(raw(name), o.desc)
		// Where names of the answer stand in expressions, they must be columns
		// of a table: not every engine finds them there.
		wrap = wrap || strings.Count(terms[i].Text, name) > 1
	}
	if wrap {
		body = expr.Concat("SELECT * FROM (", body, ") AS o")
	}
	if len(terms) > 0 {
		body = expr.Concat(body, " ORDER BY ", expr.Join(terms, ", "))
	}
	if limit > 0 {
		body = expr.Concat(body, fmt.Sprintf(" LIMIT %d", limit))
	}
	return body
}

func (p *plan) body(d warehouse.Dialect) (expr.SQL, error) {
	if p.whole != "" {
		return raw("SELECT * FROM " + d.Quote(p.whole)), nil
	}
	if p.q.rows != nil {
		return p.rowsBody(d), nil
	}
	if len(p.scans) == 1 && len(p.given) == 0 && p.scans[0].period == 0 && p.scans[0].spine == nil {
		s := &p.scans[0]
		parts := scanWriter{d, p, s}.pieces()
		if p.plainWorks(parts) {
			return p.plain(d, s, parts), nil
		}
	}
	return p.combined(d)
}

// plainWorks reports whether aggregates may be written right where they are
// used: not when one that has arguments would be written twice, since engines
// then compute it twice.
func (p *plan) plainWorks(parts pieces) bool {
	count := make([]int, len(p.q.leaves))
	for _, c := range p.columns {
		m, _, _ := p.q.parts(c)
		p.q.metrics[m].value.uses(count)
	}
	for i, slot := range parts.slots {
		if len(parts.aggs[i].Args) > 0 && count[slot] > 1 {
			return false
		}
	}
	return true
}

func (p *plan) plain(d warehouse.Dialect, s *scan, parts pieces) expr.SQL {
	list := p.keyList(d, parts.keys)
	by := map[int]expr.SQL{}
	for i, slot := range parts.slots {
		by[slot] = parts.aggs[i]
	}
	v := valueWriter{d: d, q: p.q, whole: !s.early && s.flags == nil && s.rollup == nil, slot: func(i int) expr.SQL { return by[i] }}
	for _, c := range p.columns {
		list = append(list, expr.Concat(v.column(c), " AS "+columnName(d, c)))
	}
	return selectSQL(list, parts.from, parts.where, parts.grouping())
}

func (p *plan) keyList(d warehouse.Dialect, keys []expr.SQL) []expr.SQL {
	list := make([]expr.SQL, len(keys), len(keys)+len(p.columns))
	for i, k := range keys {
		list[i] = expr.Concat(k, " AS "+columnName(d, max(p.keys[i], 0)))
	}
	return list
}

// combined aggregates each scan apart, puts the groups under one another and
// groups them again. Each value is in one scan only, so any picks it.
func (p *plan) combined(d warehouse.Dialect) (expr.SQL, error) {
	slots := p.slots()
	branches, err := p.branches(d, slots)
	if err != nil {
		return expr.SQL{}, err
	}
	keys := make([]expr.SQL, len(p.keys))
	for i := range keys {
		keys[i] = raw("u." + keyName(d, i))
	}
	v := valueWriter{d: d, q: p.q, slot: func(i int) expr.SQL { return raw("u." + slotName(d, i)) }}
	var groups []expr.SQL
	if p.several() {
		groups = make([]expr.SQL, len(keys))
		v.slot = func(i int) expr.SQL {
			return d.Aggregate(warehouse.Aggregate{Func: "any", Arg: raw("u." + slotName(d, i))})
		}
	}
	list := p.keyList(d, keys)
	for _, c := range p.columns {
		list = append(list, expr.Concat(v.column(c), " AS "+columnName(d, c)))
	}
	return selectSQL(list, expr.Concat("(", expr.Join(branches, " UNION ALL "), ") AS u"), nil, groups), nil
}

// slots lists the values that the scans and what is given compute.
func (p *plan) slots() []int {
	var out []int
	for _, s := range p.scans {
		for _, l := range s.leaves {
			if !l.unread {
				out = append(out, l.slot)
			}
		}
	}
	for _, g := range p.given {
		out = append(out, g.slots...)
	}
	return out
}

// several reports whether a group may come from more than one scan.
func (p *plan) several() bool {
	n := len(p.scans)
	for _, g := range p.given {
		n += g.scans
	}
	return n > 1
}

// branches writes the groups of each scan, and those given.
func (p *plan) branches(d warehouse.Dialect, slots []int) ([]expr.SQL, error) {
	var out []expr.SQL
	nulls := make(map[int]expr.SQL, len(slots)) // each is written once, for all branches
	for _, slot := range slots {
		nulls[slot] = expr.Concat(d.Literal(nil, p.q.leafOf(slot).metric.Type), " AS "+slotName(d, slot))
	}
	for i := range p.scans {
		b, err := p.branch(d, &p.scans[i], slots, nulls)
		if err != nil {
			return nil, err
		}
		out = append(out, b)
	}
	for _, g := range p.given {
		out = append(out, p.givenBranch(d, g, slots, nulls))
	}
	return out, nil
}

// branch is one scan with a column for every slot of the plan.
func (p *plan) branch(d warehouse.Dialect, s *scan, slots []int, nulls map[int]expr.SQL) (expr.SQL, error) {
	if s.spine != nil {
		return p.spineBranch(d, s, slots), nil
	}
	parts := scanWriter{d, p, s}.pieces()
	move, err := p.moves(s)
	if err != nil {
		return expr.SQL{}, err
	}
	list := make([]expr.SQL, 0, len(parts.keys)+len(slots))
	for i, k := range parts.keys {
		if r := move[i]; len(r) == 1 && r[0].mapped && r[0].shift != 0 {
			k = d.AddSeconds(k, d.Literal(int64(r[0].shift/time.Second), expr.Integer))
		}
		list = append(list, expr.Concat(k, " AS "+keyName(d, i)))
	}
	have := map[int]expr.SQL{}
	for i, slot := range parts.slots {
		have[slot] = parts.aggs[i]
	}
	for _, slot := range slots {
		if x, ok := have[slot]; ok {
			list = append(list, expr.Concat(x, " AS "+slotName(d, slot)))
		} else {
			list = append(list, nulls[slot])
		}
	}
	out := selectSQL(list, parts.from, parts.where, parts.grouping())
	return p.moved(d, out, move, slots), nil
}

// moves gives, for each time key of a scan of the earlier period, how its
// periods move onto those of the current one.
func (p *plan) moves(s *scan) (map[int][]run, error) {
	out := map[int][]run{}
	if s.period == 0 {
		return out, nil
	}
	for i, k := range p.keys {
		if k == noKey || !p.q.keys[k].isTime() {
			continue
		}
		a, err := p.q.align(p.q.keys[k].by.Time)
		if err != nil {
			return nil, err
		}
		out[i] = a.runs
	}
	return out, nil
}

// moved wraps a branch whose periods move by different times; periods without
// a counterpart are left out, rows without a time stay.
func (p *plan) moved(d warehouse.Dialect, branch expr.SQL, move map[int][]run, slots []int) expr.SQL {
	several := false
	for _, r := range move {
		several = several || len(r) > 1 || len(r) == 1 && !r[0].mapped
	}
	if !several {
		return branch
	}
	var list, where []expr.SQL
	for i := range p.keys {
		name := raw("m." + keyName(d, i))
		r, ok := move[i]
		if !ok || len(r) < 2 && (len(r) == 0 || r[0].mapped) {
			list = append(list, name)
			continue
		}
		x := moveCase(d, name, r)
		list = append(list, expr.Concat(x, " AS "+keyName(d, i)))
		where = append(where, expr.Concat("(", x, " IS NOT NULL OR ", name, " IS NULL)"))
	}
	for _, slot := range slots {
		list = append(list, raw("m."+slotName(d, slot)))
	}
	return selectSQL(list, expr.Concat("(", branch, ") AS m"), where, nil)
}

func moveCase(d warehouse.Dialect, x expr.SQL, runs []run) expr.SQL {
	to := func(r run) expr.SQL {
		if !r.mapped {
			return d.Literal(nil, expr.Timestamp)
		}
		return d.AddSeconds(x, d.Literal(int64(r.shift/time.Second), expr.Integer))
	}
	if len(runs) == 1 {
		return to(runs[0])
	}
	out := expr.Concat("CASE")
	for _, r := range runs[:len(runs)-1] {
		out = expr.Concat(out, " WHEN ", x, " < ", d.Literal(r.until, expr.Timestamp), " THEN ", to(r))
	}
	return expr.Concat(out, " ELSE ", to(runs[len(runs)-1]), " END")
}

// valueWriter writes the columns of an answer over aggregates.
type valueWriter struct {
	d     warehouse.Dialect
	q     *question
	slot  func(int) expr.SQL
	whole bool // slots are aggregates over rows: a count is never NULL there
}

func (w valueWriter) column(c int) expr.SQL {
	m, current, previous := w.q.parts(c)
	v := w.q.metrics[m].value
	if !previous {
		return w.value(v, 0)
	}
	before := w.value(v, 1)
	if !current {
		return before
	}
	change := expr.Concat("(", w.value(v, 0), " - ", before, ")")
	if (c-len(w.q.keys)-len(w.q.metrics))%3 == 1 {
		return change
	}
	return expr.Concat("CASE WHEN ", before, " > 0 THEN ", w.d.Divide(change, before), " END")
}

func (w valueWriter) value(v *value, period int) expr.SQL {
	if v.formula != nil {
		return expr.Printer{Dialect: w.d, Column: func(ref any) expr.SQL {
			return w.value(v.args[ref.(*semantic.Operand)], period)
		}}.Print(v.formula.Expr)
	}
	agg := w.q.leaves[v.leaf].agg()
	x := w.slot(w.q.slot(v.leaf, period))
	counts := agg.Func == "count" || agg.Func == "count_distinct"
	switch {
	case agg.Zero && !(counts && w.whole):
		return w.d.Call("coalesce", []expr.SQL{x, w.d.Literal(int64(0), expr.Integer)})
	case !agg.Zero && counts:
		return w.d.Call("nullif", []expr.SQL{x, w.d.Literal(int64(0), expr.Integer)})
	}
	return x
}

// firstDate is the first date that begins at or after an instant, as midnight
// UTC.
func (q *question) firstDate(t time.Time) time.Time {
	day := calendar.Civil(t, q.cal.Zone)
	date := day.Truncate(24 * time.Hour)
	if start := q.cal.Start(t, calendar.Day); start.Equal(t) {
		return q.label(start.Add(12*time.Hour), calendar.Day)
	}
	return date.AddDate(0, 0, 1)
}
