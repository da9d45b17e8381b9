package query

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"lodestar/internal/expr"
	"lodestar/internal/warehouse"
)

// sharedAlias is the groups that aggregates share, in SQL.
const sharedAlias = "f"

// shares reports whether aggregates are put together from parts that they
// share.
func (s *scan) shares() bool {
	return s.flags != nil || slices.ContainsFunc(s.leaves, func(l scanLeaf) bool { return l.linear != nil })
}

// sharedPieces writes a scan in two steps. The first groups by the keys and by
// which flags hold, and computes each part once; the second makes each
// aggregate of these. Without flags a group is one row already.
func (w scanWriter) sharedPieces() pieces {
	rows := w.groupPieces()
	parts := sharedParts{w: w, had: map[string]expr.SQL{}, flag: map[string]expr.SQL{}}
	out := pieces{}
	for i, k := range rows.keys {
		parts.list = append(parts.list, expr.Concat(k, " AS "+keyName(w.d, i)))
		out.keys = append(out.keys, raw(sharedAlias+"."+keyName(w.d, i)))
	}
	groups := rows.grouping()
	for i, c := range w.s.flags {
		name := w.d.Quote("_f" + strconv.Itoa(i))
		parts.list = append(parts.list, expr.Concat("CASE WHEN ", w.typed(c.typed), " THEN 1 ELSE 0 END AS "+name))
		groups = append(groups, expr.SQL{})
		parts.flag[c.text] = raw(sharedAlias + "." + name + " = 1")
	}
	for _, l := range w.s.leaves {
		if l.unread {
			continue
		}
		out.slots = append(out.slots, l.slot)
		if l.linear != nil {
			out.aggs = append(out.aggs, parts.linear(l))
		} else {
			out.aggs = append(out.aggs, parts.whole(l))
		}
	}
	if w.s.flags == nil {
		out.group = []expr.SQL{} // grouped already
	}
	out.from = expr.Concat("(", selectSQL(parts.list, rows.from, rows.where, groups), ") AS "+sharedAlias)
	return out
}

// sharedParts collects what the first step computes.
type sharedParts struct {
	w    scanWriter
	list []expr.SQL
	had  map[string]expr.SQL // aggregate → its column
	flag map[string]expr.SQL // condition → test
}

// whole is an aggregate that is a part itself.
func (s *sharedParts) whole(l scanLeaf) expr.SQL {
	inner := l
	if s.w.s.flags != nil {
		inner.filter = nil
	}
	return s.again(s.w.p.q.leafOf(l.slot).agg().Func, s.column(s.w.aggregate(inner)), l)
}

// linear makes the sum of a linear expression of the sums of its columns.
func (s *sharedParts) linear(l scanLeaf) expr.SQL {
	filter := s.present(l.linear)
	if s.w.s.flags == nil && len(l.filter) > 0 {
		filter = append(filter, s.w.filter(l.filter))
	}
	part := func(call warehouse.Aggregate, times expr.Exact) expr.SQL {
		call.Filter = expr.Join(filter, " AND ")
		x := s.again(call.Func, s.column(s.w.d.Aggregate(call)), l)
		if times.IsOne() {
			return x
		}
		return expr.Concat("(", times.SQL(s.w.d), " * ", x, ")")
	}
	var sum []expr.SQL
	for _, t := range l.linear.Terms {
		sum = append(sum, part(warehouse.Aggregate{Func: "sum", Arg: s.w.printer(nil).Column(t.Column.Ref)}, t.Factor))
	}
	if c := l.linear.Constant; c != nil {
		sum = append(sum, part(warehouse.Aggregate{Func: "count"}, *c))
	}
	return expr.Concat("(", expr.Join(sum, " + "), ")")
}

// present tests that all columns have a value; the sum of a single column
// needs no test.
func (s *sharedParts) present(l *expr.Linear) []expr.SQL {
	if len(l.Terms) == 1 && l.Constant == nil {
		return nil
	}
	var out []expr.SQL
	for _, t := range l.Terms {
		out = append(out, expr.Concat(s.w.printer(nil).Column(t.Column.Ref), " IS NOT NULL"))
	}
	slices.SortFunc(out, func(a, b expr.SQL) int { return strings.Compare(a.Text, b.Text) })
	return out
}

// column is where the first step leaves an aggregate.
func (s *sharedParts) column(aggregate expr.SQL) expr.SQL {
	id := aggregate.Text + fmt.Sprint(aggregate.Args...)
	column, ok := s.had[id]
	if !ok {
		name := s.w.d.Quote("_s" + strconv.Itoa(len(s.had)))
		column = raw(sharedAlias + "." + name)
		s.had[id] = column
		s.list = append(s.list, expr.Concat(aggregate, " AS "+name))
	}
	return column
}

// again combines a part over the groups in which the leaf's conditions hold.
func (s *sharedParts) again(f string, column expr.SQL, l scanLeaf) expr.SQL {
	if s.w.s.flags == nil {
		return column
	}
	var tests []expr.SQL
	for _, c := range l.filter {
		tests = append(tests, s.flag[c.text])
	}
	return s.w.d.Aggregate(warehouse.Aggregate{Func: combining(f), Arg: column, Filter: expr.Join(tests, " AND ")})
}
