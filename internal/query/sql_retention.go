package query

import (
	"strconv"

	"lodestar/internal/calendar"
	"lodestar/internal/expr"
	"lodestar/internal/semantic"
	"lodestar/internal/warehouse"
)

// retentionPieces counts the members of cohorts: the entities that have base
// rows in a period, once for each period and group. Those who came back are
// found under the cohort that they came back for.
func (w scanWriter) retentionPieces() pieces {
	j, o := w.s.journey, w.other()
	ret := j.of.Return
	var list, back []expr.SQL
	out := pieces{}
	var keys []expr.SQL
	for i, f := range w.s.keys {
		k := w.key(i, f)
		keys = append(keys, k)
		list = append(list, w.named(k, "_k"+strconv.Itoa(i)))
		out.keys = append(out.keys, raw(journeyAlias+"."+keyName(w.d, i)))
	}
	where := w.sideRows(j.of.Base, w.s.where)
	if m := w.memberFilter(keys); m.Text != "" {
		where = append(where, m)
	}
	list = append(list, w.named(w.field(j.of.Base.Entity), "_entity"), w.named(w.period(j.of.Base.Time, ret.Period), "_cohort"))
	members := selectSQL(list, w.from(w.table(w.s.dataset)), where, make([]expr.SQL, len(list)))
	cohort, groups := w.cohortOf(o.period(j.of.Other.Time, ret.Period), ret), 2
	if !ret.Bounded {
		cohort, groups = w.d.Aggregate(warehouse.Aggregate{Func: "max", Arg: cohort}), 1
	}
	back = []expr.SQL{w.named(o.field(j.of.Other.Entity), "_entity"), w.named(cohort, "_cohort")}
	came := selectSQL(back, o.from(o.table(j.other.dataset)), o.sideRows(j.of.Other, j.other.where), make([]expr.SQL, groups))
	on := expr.Concat(w.of("r", "_entity"), " = ", w.of(journeyAlias, "_entity"), " AND ", w.of("r", "_cohort"))
	if ret.Bounded {
		on = expr.Concat(on, " = ")
	} else {
		on = expr.Concat(on, " >= ")
	}
	on = expr.Concat(on, w.of(journeyAlias, "_cohort"))
	out.from = expr.Concat("(", members, ") AS "+journeyAlias+" LEFT JOIN (", came, ") AS r ON ", on)
	over := expr.Concat(w.of(journeyAlias, "_cohort"), " < ", w.d.Literal(j.before, expr.Timestamp))
	one, zero := w.d.Literal(int64(1), expr.Integer), w.d.Literal(int64(0), expr.Integer)
	for _, l := range w.s.leaves {
		if l.unread {
			continue
		}
		x := one
		if !w.p.q.leafOf(l.slot).agg().Cohort {
			x = expr.Concat("CASE WHEN ", w.of("r", "_entity"), " IS NOT NULL THEN ", one, " ELSE ", zero, " END")
		}
		out.slots = append(out.slots, l.slot)
		out.aggs = append(out.aggs, w.d.Aggregate(warehouse.Aggregate{Func: "sum", Arg: expr.Concat("CASE WHEN ", over, " THEN ", x, " END")}))
	}
	return out
}

// cohortOf is the period that a return belongs to as the one so many periods
// later.
func (w scanWriter) cohortOf(period expr.SQL, r *semantic.Return) expr.SQL {
	if r.Period == calendar.Month {
		return w.monthsBefore(period, r.After)
	}
	return w.earlier(period, semantic.Span{N: r.After, Grain: r.Period})
}
