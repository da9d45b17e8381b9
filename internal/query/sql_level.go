package query

import (
	"slices"
	"strconv"

	"lodestar/internal/calendar"
	"lodestar/internal/expr"
	"lodestar/internal/warehouse"
)

// Names in the SQL of a level.
const (
	levelAlias = "e"
	momentName = "_when" // when a row was
	lastName   = "_last" // the last such time of its group and period
	amongName  = "_in"   // 1 for rows of the members that are shown
)

// levelPieces keeps, of the rows that pass all conditions, those of the last
// (or first) time of their group and of the period they are counted in.
func (w scanWriter) levelPieces(rows pieces) pieces {
	list := make([]expr.SQL, 0, len(rows.keys)+len(rows.slots)+2)
	out := pieces{slots: rows.slots, where: w.isLast()}
	parts := w.levelGroups()
	for i, k := range rows.keys {
		list = append(list, expr.Concat(k, " AS "+keyName(w.d, i)))
		out.keys = append(out.keys, raw(levelAlias+"."+keyName(w.d, i)))
		if w.splitsLevel(i) {
			parts = append(parts, k)
		}
	}
	for _, l := range w.s.leaves {
		if l.unread {
			continue
		}
		list = append(list, w.arguments(l)...)
		out.aggs = append(out.aggs, w.over(l, levelAlias))
	}
	at := w.moment()
	list = append(list, expr.Concat(at, " AS "+w.d.Quote(momentName)), w.lastOf(at, parts))
	list = append(list, w.among(rows.keys)...)
	out.from = expr.Concat("(", selectSQL(list, rows.from, rows.where, nil), ") AS "+levelAlias)
	return out
}

// isLast keeps what counts: rows of the last time, of the members shown.
func (w scanWriter) isLast() []expr.SQL {
	out := []expr.SQL{raw(levelAlias + "." + w.d.Quote(momentName) + " = " + levelAlias + "." + w.d.Quote(lastName))}
	if w.p.members != nil {
		out = append(out, raw(levelAlias+"."+w.d.Quote(amongName)+" = 1"))
	}
	return out
}

// among marks the rows of the top members, or of the others. All rows decide
// which time is the last, so that what is shown is the same as without a top.
func (w scanWriter) among(keys []expr.SQL) []expr.SQL {
	m := w.memberFilter(keys)
	if m.Text == "" {
		return nil
	}
	return []expr.SQL{expr.Concat("CASE WHEN ", m, " THEN 1 END AS "+w.d.Quote(amongName))}
}

// over aggregates what arguments wrote.
func (w scanWriter) over(l scanLeaf, alias string) expr.SQL {
	agg := w.p.q.leafOf(l.slot).agg()
	call := warehouse.Aggregate{Func: agg.Func, Arg: raw(alias + "." + slotName(w.d, l.slot)), Percentile: agg.Percentile, Discrete: agg.Discrete, Approximate: agg.Sketch}
	if agg.Weight != nil {
		return w.weighted(call, raw(alias+"."+weightName(w.d, l.slot)))
	}
	return w.d.Aggregate(call)
}

// weighted is the sum of values times weights by the sum of the weights of
// rows that have a value.
func (w scanWriter) weighted(call warehouse.Aggregate, weight expr.SQL) expr.SQL {
	x := call.Arg
	call.Func, call.Arg = "sum", expr.Concat("(", x, " * ", weight, ")")
	over := w.d.Aggregate(call)
	call.Arg = expr.Concat("CASE WHEN ", x, " IS NOT NULL THEN ", weight, " END")
	return w.d.Divide(over, w.d.Aggregate(call))
}

func weightName(d warehouse.Dialect, slot int) string { return d.Quote("_w" + strconv.Itoa(slot)) }

// arguments are what a leaf aggregates, row by row, with their names.
func (w scanWriter) arguments(l scanLeaf) []expr.SQL {
	out := []expr.SQL{expr.Concat(w.argument(l), " AS "+slotName(w.d, l.slot))}
	if weight := w.p.q.leafOf(l.slot).agg().Weight; weight != nil {
		out = append(out, expr.Concat(w.typed(weight), " AS "+weightName(w.d, l.slot)))
	}
	return out
}

// argumentNames are the names that arguments gives, of a table.
func (w scanWriter) argumentNames(l scanLeaf, alias string) []expr.SQL {
	out := []expr.SQL{raw(alias + "." + slotName(w.d, l.slot))}
	if w.p.q.leafOf(l.slot).agg().Weight != nil {
		out = append(out, raw(alias+"."+weightName(w.d, l.slot)))
	}
	return out
}

func (w scanWriter) lastOf(at expr.SQL, parts []expr.SQL) expr.SQL {
	call := "min("
	if w.s.level.Last {
		call = "max("
	}
	window := expr.SQL{}
	if len(parts) > 0 {
		window = expr.Concat("PARTITION BY ", expr.Join(parts, ", "))
	}
	return expr.Concat(call, at, ") OVER (", window, ") AS "+w.d.Quote(lastName))
}

// moment is the time that decides which row is the last.
func (w scanWriter) moment() expr.SQL {
	f := w.s.level.Over
	if w.s.level.ToDay && f.Type == expr.Timestamp {
		return w.period(f, calendar.Day)
	}
	return w.field(f)
}

func (w scanWriter) levelGroups() []expr.SQL {
	var out []expr.SQL
	for _, f := range w.s.level.By {
		out = append(out, w.field(f))
	}
	return out
}

// splitsLevel reports whether a key is a period of the level's time, or a part
// of it such as the day of the week: each then has a last time of its own.
func (w scanWriter) splitsLevel(i int) bool {
	if w.p.keys[i] == noKey {
		return false
	}
	k := w.p.q.keys[w.p.keys[i]]
	if k.isTime() {
		return sameField(w.s.keys[i], w.s.level.Over)
	}
	return slices.ContainsFunc(w.s.leaves, func(l scanLeaf) bool {
		leaf := w.p.q.leafOf(l.slot)
		of := w.s.level.Over
		return k.by.Of == "" && sameField(leaf.agg().Time, of) && k.by.Part != "" || k.by.Of != "" && w.p.q.ownPart(leaf, k, of)
	})
}

// argument is what a leaf aggregates, row by row; NULL where its filter does
// not hold.
func (w scanWriter) argument(l scanLeaf) expr.SQL {
	agg := w.p.q.leafOf(l.slot).agg()
	if j := w.s.journey; j != nil && j.of.Arg != nil {
		return w.converted()
	}
	x := w.d.Literal(int64(1), expr.Integer)
	if agg.Arg != nil {
		x = w.typed(agg.Arg)
	}
	if len(l.filter) == 0 {
		return x
	}
	return expr.Concat("CASE WHEN ", w.filter(l.filter), " THEN ", x, " END")
}
