package query

import (
	"fmt"
	"strconv"

	"lodestar/internal/expr"
	"lodestar/internal/warehouse"
)

// When grouping by the filters first is worth it: from so many filtered
// aggregates on, and up to so many different conditions, because each may
// double the groups.
const (
	flagLeaves = 4
	mostFlags  = 12
)

// groupByFlags first groups by the keys and by which conditions hold, and then
// puts those groups together for each aggregate. Engines test a filter for
// every aggregate and row; this way each condition is tested once a row, and
// equal aggregates are computed once.
func groupByFlags(p plan) plan {
	scans := make([]scan, len(p.scans))
	for i, s := range p.scans {
		s.flags = p.flagsOf(&s)
		scans[i] = s
	}
	p.scans = scans
	return p
}

// flagsOf lists the different conditions of a scan's aggregates, nil when
// grouping by them is not worth it or not right.
func (p *plan) flagsOf(s *scan) []cond {
	if s.early || s.spine != nil || s.level != nil || s.journey != nil {
		return nil
	}
	var flags []cond
	filtered := 0
	for _, l := range s.leaves {
		if l.unread {
			continue
		}
		if !combinable(p.q.leafOf(l.slot).agg().Func) {
			return nil
		}
		if len(l.filter) > 0 {
			filtered++
		}
		for _, c := range l.filter {
			if !hasCond(flags, c) {
				flags = append(flags, c)
			}
		}
	}
	if filtered < flagLeaves || len(flags) > mostFlags {
		return nil
	}
	return flags
}

// Names in the SQL of flags.
const flagAlias = "f"

// flagPieces writes a scan that groups by its flags first.
func (w scanWriter) flagPieces() pieces {
	rows := w.rowPieces()
	out := pieces{slots: rows.slots}
	var list []expr.SQL
	for i, k := range rows.keys {
		list = append(list, expr.Concat(k, " AS "+keyName(w.d, i)))
		out.keys = append(out.keys, raw(flagAlias+"."+keyName(w.d, i)))
	}
	flag := map[string]expr.SQL{}
	for i, c := range w.s.flags {
		name := w.d.Quote("_f" + strconv.Itoa(i))
		list = append(list, expr.Concat("CASE WHEN ", w.typed(c.typed), " THEN 1 ELSE 0 END AS "+name))
		flag[c.text] = raw(flagAlias + "." + name + " = 1")
	}
	groups := make([]expr.SQL, len(list))
	had := map[string]string{} // aggregate without its filter → its column
	for _, l := range w.s.leaves {
		if l.unread {
			continue
		}
		inner := w.aggregate(scanLeaf{slot: l.slot})
		id := inner.Text + fmt.Sprint(inner.Args...)
		column, ok := had[id]
		if !ok {
			column = slotName(w.d, l.slot)
			had[id] = column
			list = append(list, expr.Concat(inner, " AS "+column))
		}
		again := warehouse.Aggregate{Func: combining(w.p.q.leafOf(l.slot).agg().Func), Arg: raw(flagAlias + "." + column)}
		var tests []expr.SQL
		for _, c := range l.filter {
			tests = append(tests, flag[c.text])
		}
		again.Filter = expr.Join(tests, " AND ")
		out.aggs = append(out.aggs, w.d.Aggregate(again))
	}
	out.from = expr.Concat("(", selectSQL(list, rows.from, rows.where, groups), ") AS "+flagAlias)
	return out
}
