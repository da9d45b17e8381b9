package query

import (
	"fmt"
	"strconv"
	"time"

	"lodestar/internal/calendar"
	"lodestar/internal/expr"
	"lodestar/internal/semantic"
	"lodestar/internal/warehouse"
)

// pieces of a scan as SQL, before they are put together.
type pieces struct {
	keys  []expr.SQL // as plan.keys
	group []expr.SQL // what to group by in place of a key; empty text for the key itself
	slots []int
	aggs  []expr.SQL // as slots
	from  expr.SQL
	where []expr.SQL
}

// scanWriter writes one scan.
type scanWriter struct {
	d warehouse.Dialect
	p *plan
	s *scan
}

func columnName(d warehouse.Dialect, i int) string { return d.Quote("c" + strconv.Itoa(i)) }
func keyName(d warehouse.Dialect, i int) string    { return d.Quote("_k" + strconv.Itoa(i)) }
func slotName(d warehouse.Dialect, i int) string   { return d.Quote("_l" + strconv.Itoa(i)) }

func codeName(d warehouse.Dialect, i int) string { return d.Quote("_g" + strconv.Itoa(i)) }

func raw(s string) expr.SQL { return expr.SQL{Text: s} }

func (w scanWriter) pieces() pieces {
	if w.s.early {
		return w.earlyPieces()
	}
	if w.s.journey != nil {
		return w.journeyPieces()
	}
	if w.s.level != nil && w.s.spine == nil {
		return w.levelPieces(w.rowPieces())
	}
	if w.s.shares() {
		return w.sharedPieces()
	}
	return w.rowPieces()
}

func (w scanWriter) rowPieces() pieces {
	out := w.groupPieces()
	for _, l := range w.s.leaves {
		if !l.unread {
			out.slots = append(out.slots, l.slot)
			out.aggs = append(out.aggs, w.aggregate(l))
		}
	}
	return out
}

// groupPieces is rowPieces without the aggregates.
func (w scanWriter) groupPieces() pieces {
	out := pieces{from: w.from(w.table(w.s.dataset))}
	for i, f := range w.s.keys {
		out.keys = append(out.keys, w.key(i, f))
	}
	out.where = append(w.all(w.s.where), w.within()...)
	if w.s.alone != "" {
		out.where = append(out.where, w.unmatched())
	}
	if w.s.either {
		out.where = append(out.where, w.eitherFilter())
	}
	if m := w.memberFilter(out.keys); m.Text != "" && w.s.level == nil { // members do not decide which row is the last
		out.where = append(out.where, m)
	}
	for i, coded := range w.s.coded {
		if out.group == nil {
			out.group = make([]expr.SQL, len(out.keys))
		}
		if coded {
			out.group[i] = raw(w.s.alias(pathName(w.s.keys[i].Path)) + "." + codeName(w.d, i))
			out.keys[i] = w.d.Aggregate(warehouse.Aggregate{Func: "any", Arg: out.keys[i]})
		}
	}
	return out
}

func (w scanWriter) typed(t *expr.Typed) expr.SQL { return w.printer(nil).Print(t) }

// all writes conditions of which each must hold.
func (w scanWriter) all(conds []cond) (out []expr.SQL) {
	for _, c := range conds {
		out = append(out, w.typed(c.typed))
		for _, b := range c.typed.Bounds(w.p.q.cal.Zone) {
			if f, ok := b.Symbol.Ref.(*semantic.Field); ok {
				out = append(out, w.keptWithin(f, b.Range)...)
			}
		}
	}
	return out
}

func (w scanWriter) printer(path []*semantic.Relation) expr.Printer {
	p := expr.Printer{Dialect: w.d, Zone: w.p.q.cal.Zone,
		Column: func(ref any) expr.SQL {
			if own, ok := ref.(semantic.OwnTime); ok {
				return w.ownPeriod(own.Grain)
			}
			if m, ok := ref.(*mark); ok {
				return w.manyMark(m)
			}
			return w.field(ref.(*semantic.Field).From(path))
		}}
	if len(w.s.zone) > 1 || len(w.s.zone) == 1 && w.s.zone[0].Offset != 0 {
		p.Local = func(x expr.SQL) expr.SQL { return local(w.d, w.s.zone, x) }
		p.LocalColumn = func(ref any) (expr.SQL, bool) {
			f, ok := ref.(*semantic.Field)
			if !ok {
				return expr.SQL{}, false
			}
			return w.keptClock(f.From(path))
		}
	}
	return p
}

// field writes a column, or the expression of a computed one.
func (w scanWriter) field(f *semantic.Field) expr.SQL {
	if x, ok := w.rolledField(f); ok {
		return x
	}
	if f.Many() {
		return w.manyField(f)
	}
	if w.crosses(f) {
		return w.crossed(f)
	}
	if f.Grain != "" {
		return w.periodOf(f.Stored(), f.Grain)
	}
	if f.Computed != nil && f.Computed.Lookup != nil {
		return w.lookupValue(f)
	}
	if f.Computed != nil {
		return w.printer(f.Path).Print(f.Computed.Typed)
	}
	return raw(w.s.alias(pathName(f.Path)) + "." + w.d.Quote(f.Column.Name))
}

// key writes what rows are grouped by: periods by the wall clock of their
// start.
func (w scanWriter) key(i int, f *semantic.Field) expr.SQL {
	if f == nil {
		return w.d.Literal(int64(1), expr.Integer)
	}
	k := w.p.q.keys[w.p.keys[i]]
	if !k.isTime() {
		return w.field(f)
	}
	return w.period(f, k.by.Time)
}

// period writes the label of the period in which a time column lies.
func (w scanWriter) period(f *semantic.Field, g calendar.Grain) expr.SQL {
	if w.s.rollup != nil {
		return w.d.Truncate(w.rolled(w.s.rollup.time), g, w.p.q.cal.WeekStart, w.p.q.cal.YearStart)
	}
	if x, ok := w.namedPeriod(f, g); ok {
		return x
	}
	x := w.field(f)
	if f.Type == expr.Timestamp {
		x = w.clock(f)
	}
	plain, weekStart, _ := w.p.q.cal.Engine(g)
	return w.d.Truncate(x, plain, weekStart, w.p.q.cal.YearStart)
}

// ownPeriod writes the period of the scan's own time as a date, or as the
// instant of its start when it is shorter than a day.
func (w scanWriter) ownPeriod(g calendar.Grain) expr.SQL {
	return w.periodOf(w.s.own, g)
}

// periodOf is ownPeriod for any time column.
func (w scanWriter) periodOf(f *semantic.Field, g calendar.Grain) expr.SQL {
	if x, ok := w.shownPeriod(f, g); ok {
		return x
	}
	x := w.period(f, g)
	if g.Fine() {
		if f.Type == expr.Timestamp {
			return w.utc(f, x)
		}
		return x
	}
	return w.d.Cast(x, expr.Timestamp, expr.Date)
}

// within bounds the time column. A date is its midnight.
func (w scanWriter) within() []expr.SQL {
	if w.s.time == nil {
		return nil
	}
	if w.s.rollup != nil {
		return w.rolledWithin()
	}
	return w.between(w.s.time, w.s.within)
}

func (w scanWriter) between(f *semantic.Field, r calendar.Range) []expr.SQL {
	if f.Type == expr.Date {
		for _, at := range []*time.Time{&r.From, &r.To} {
			if !at.IsZero() {
				*at = w.p.q.firstDate(*at)
			}
		}
	}
	return append(bounded(w.d, w.field(f), f.Type, r), w.keptWithin(f, r)...)
}

func (w scanWriter) filter(conds []cond) expr.SQL {
	out := make([]expr.SQL, len(conds))
	for i, c := range conds {
		out[i] = w.typed(c.typed)
	}
	return expr.Join(out, " AND ")
}

func (w scanWriter) eitherFilter() expr.SQL {
	var any []expr.SQL
	seen := map[string]bool{}
	for _, l := range w.s.leaves {
		f := w.filter(l.filter)
		id := f.Text + fmt.Sprint(f.Args...)
		if !seen[id] {
			seen[id] = true
			any = append(any, f)
		}
	}
	if len(any) == 1 {
		return any[0]
	}
	for i, f := range any {
		any[i] = expr.Concat("(", f, ")")
	}
	return expr.Concat("(", expr.Join(any, " OR "), ")")
}

func (w scanWriter) aggregate(l scanLeaf) expr.SQL {
	if w.s.rollup != nil {
		return w.rolledAggregate(l)
	}
	agg := w.p.q.leafOf(l.slot).agg()
	call := warehouse.Aggregate{Func: agg.Func, Percentile: agg.Percentile, Discrete: agg.Discrete, Approximate: agg.Sketch}
	if agg.Arg != nil {
		call.Arg = w.typed(agg.Arg)
	}
	if len(l.filter) > 0 {
		call.Filter = w.filter(l.filter)
	}
	if agg.Weight != nil {
		return w.weighted(call, w.typed(agg.Weight))
	}
	return w.d.Aggregate(call)
}

// memberFilter keeps or drops the groups with the given key values. Each test
// is written so that it is never NULL.
func (w scanWriter) memberFilter(keys []expr.SQL) expr.SQL {
	m := w.p.members
	if m == nil {
		return expr.SQL{}
	}
	exprs := make([]expr.SQL, len(m.keys))
	for i, k := range m.keys {
		exprs[i] = w.memberKey(k, keys)
	}
	var picked expr.SQL
	if len(m.keys) == 1 {
		picked = w.oneOf(exprs[0], m)
	} else {
		picked = w.anyTuple(exprs, m)
	}
	if m.not {
		return expr.Concat("NOT ", picked)
	}
	return picked
}

// memberKey finds the expression of a key, which need not be one that the plan
// groups by.
func (w scanWriter) memberKey(k int, keys []expr.SQL) expr.SQL {
	for i, have := range w.p.keys {
		if have == k {
			return keys[i]
		}
	}
	return w.field(w.p.q.keys[k].fields[w.s.dataset])
}

func (w scanWriter) oneOf(x expr.SQL, m *members) expr.SQL {
	t := w.p.q.keys[m.keys[0]].typ
	var values []expr.SQL
	null := false
	for _, row := range m.rows {
		if row[0] == nil {
			null = true
		} else {
			values = append(values, w.d.Literal(row[0], t))
		}
	}
	isNull := expr.Concat(x, " IS NULL")
	switch {
	case len(values) == 0 && !null:
		return raw("(1 = 0)")
	case len(values) == 0:
		return expr.Concat("(", isNull, ")")
	case null:
		return expr.Concat("(", x, " IN (", expr.Join(values, ", "), ") OR ", isNull, ")")
	}
	return expr.Concat("(", x, " IN (", expr.Join(values, ", "), ") AND ", x, " IS NOT NULL)")
}

func (w scanWriter) anyTuple(exprs []expr.SQL, m *members) expr.SQL {
	if len(m.rows) == 0 {
		return raw("(1 = 0)")
	}
	tuples := make([]expr.SQL, len(m.rows))
	for i, row := range m.rows {
		tests := make([]expr.SQL, len(row))
		for j, v := range row {
			if v == nil {
				tests[j] = expr.Concat(exprs[j], " IS NULL")
			} else {
				tests[j] = expr.Concat("(", exprs[j], " = ", w.d.Literal(v, w.p.q.keys[m.keys[j]].typ), " AND ", exprs[j], " IS NOT NULL)")
			}
		}
		tuples[i] = expr.Concat("(", expr.Join(tests, " AND "), ")")
	}
	return expr.Concat("(", expr.Join(tuples, " OR "), ")")
}

// from writes the fact and the joins.
func (w scanWriter) from(fact expr.SQL) expr.SQL {
	out := expr.Concat(fact, " AS "+baseAlias)
	if w.s.alone != "" {
		out = w.fromAlone(out)
	} else if w.s.cross != nil {
		out = expr.Concat(out, " CROSS JOIN ", w.table(w.s.cross.Dataset), " AS "+crossAlias)
	}
	for _, j := range w.s.joins {
		if j.path == w.s.alone {
			continue
		}
		kind := " LEFT JOIN "
		if j.inner {
			kind = " JOIN "
		}
		out = expr.Concat(out, kind, w.coded(j), " AS "+j.alias+" ON ", w.on(j))
	}
	return out
}

// coded is the table of a join, with numbers for texts that are grouped by.
// A missing text has no number, like a row that is not there.
func (w scanWriter) coded(j join) expr.SQL {
	if j.lookup != nil {
		return w.lookupTable(j)
	}
	if j.bundle != nil {
		return w.bundleTable(j.bundle)
	}
	out := w.table(j.rel.To)
	for i, coded := range w.s.coded {
		if coded && pathName(w.s.keys[i].Path) == j.path {
			column := w.d.Quote(w.s.keys[i].Column.Name)
			out = expr.Concat("(SELECT *, CASE WHEN "+column+" IS NOT NULL THEN dense_rank() OVER (ORDER BY "+column+") END AS "+
				codeName(w.d, i)+" FROM ", out, " AS g)")
		}
	}
	return out
}

// table is where a dataset's rows are; one that was never loaded is a table
// without rows.
func (w scanWriter) table(d *semantic.Dataset) expr.SQL {
	if w.s.rollup != nil {
		return raw(w.s.rollup.table)
	}
	if s, ok := w.p.q.stateOf(d.Name); ok {
		return raw(s.Table)
	}
	columns := make([]expr.SQL, len(d.Spec.Columns))
	for i, c := range d.Spec.Columns {
		columns[i] = expr.Concat(w.d.Cast(w.d.Literal(nil, expr.Null), expr.Null, c.Type), " AS "+w.d.Quote(c.Name))
	}
	return expr.Concat("(SELECT ", expr.Join(columns, ", "), " FROM (SELECT 1 AS n) AS one WHERE 1 = 0)")
}

// earlyPieces groups by foreign keys first; see aggregateEarly.
func (w scanWriter) earlyPieces() pieces {
	var list, where []expr.SQL
	out := pieces{}
	for i, f := range w.s.keys {
		if f != nil && allOwn(f) {
			list = append(list, expr.Concat(w.key(i, f), " AS "+keyName(w.d, i)))
			out.keys = append(out.keys, raw(baseAlias+"."+keyName(w.d, i)))
		} else {
			out.keys = append(out.keys, w.key(i, f))
		}
	}
	seen := map[string]bool{}
	for _, j := range w.s.joins {
		for _, p := range j.rel.Pairs {
			if j.from == baseAlias && !seen[p[0]] {
				seen[p[0]] = true
				list = append(list, raw(baseAlias+"."+w.d.Quote(p[0])))
			}
		}
	}
	groups := len(list)
	for _, c := range w.s.where {
		if _, related := sides(c.typed); related {
			out.where = append(out.where, w.typed(c.typed))
		} else {
			where = append(where, w.all([]cond{c})...)
		}
	}
	where = append(where, w.within()...)
	if w.s.either {
		where = append(where, w.eitherFilter())
	}
	for _, l := range w.s.leaves {
		if l.unread {
			continue
		}
		list = append(list, expr.Concat(w.aggregate(l), " AS "+slotName(w.d, l.slot)))
		out.slots = append(out.slots, l.slot)
		again := combining(w.p.q.leafOf(l.slot).agg().Func)
		out.aggs = append(out.aggs, w.d.Aggregate(warehouse.Aggregate{Func: again, Arg: raw(baseAlias + "." + slotName(w.d, l.slot))}))
	}
	if m := w.memberFilter(out.keys); m.Text != "" {
		out.where = append(out.where, m)
	}
	inner := selectSQL(list, expr.Concat(w.table(w.s.dataset), " AS "+baseAlias), where, make([]expr.SQL, groups))
	out.from = w.from(expr.Concat("(", inner, ")"))
	return out
}

// grouping is what to group the pieces by.
func (p pieces) grouping() []expr.SQL {
	if p.group != nil {
		return p.group
	}
	return make([]expr.SQL, len(p.keys))
}

// selectSQL puts a statement together. It is grouped by as many of list as
// there are groups, or by a group itself where it has a text.
func selectSQL(list []expr.SQL, from expr.SQL, where, groups []expr.SQL) expr.SQL {
	out := expr.Concat("SELECT ", expr.Join(list, ", "), " FROM ", from)
	if len(where) > 0 {
		out = expr.Concat(out, " WHERE ", expr.Join(where, " AND "))
	}
	for i, g := range groups {
		sep := ", "
		if i == 0 {
			sep = " GROUP BY "
		}
		if g.Text == "" {
			g = raw(strconv.Itoa(i + 1))
		}
		out = expr.Concat(out, sep, g)
	}
	return out
}
