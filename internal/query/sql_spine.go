package query

import (
	"slices"
	"strconv"

	"lodestar/internal/expr"
	"lodestar/internal/warehouse"
)

// Names in the SQL of a spine.
const (
	spineAlias  = "s" // the periods
	bucketAlias = "b" // the rows, in buckets
)

// spineBranch joins the buckets of a scan to the periods that take their
// values from them, and groups by period.
func (p *plan) spineBranch(d warehouse.Dialect, s *scan, slots []int) expr.SQL {
	w := spineWriter{scanWriter{d, p, s}, s.spine, map[int]string{}}
	for i, at := range s.spine.own {
		w.own[at] = w.name("p" + strconv.Itoa(i))
	}
	for i, at := range s.spine.parts {
		w.own[at] = w.name("d" + strconv.Itoa(i))
	}
	out := w.grouped()
	if s.spine.pad {
		out = w.padded(out)
	}
	if s.spine.pick != "" {
		out = w.picked(out)
	}
	var list []expr.SQL
	for i := range p.keys {
		list = append(list, raw("p."+keyName(d, i)))
	}
	have := map[int]bool{}
	for _, l := range s.leaves {
		have[l.slot] = !l.unread
	}
	for _, slot := range slots {
		x := raw("p." + slotName(d, slot))
		if !have[slot] {
			x = d.Literal(nil, p.q.leafOf(slot).metric.Type)
		}
		list = append(list, expr.Concat(x, " AS "+slotName(d, slot)))
	}
	return selectSQL(list, expr.Concat("(", out, ") AS p"), nil, nil)
}

type spineWriter struct {
	scanWriter
	sp  *spine
	own map[int]string // position of a key → column of the spine that it is
}

func (w spineWriter) name(prefix string) string { return w.d.Quote("_" + prefix) }

// periods is the spine as a table: its labels, bounds, and the period itself
// where one of several is picked.
func (w spineWriter) periods(which []spineRow) expr.SQL {
	names, types := []string{"_lo", "_hi", "_at"}, []expr.Type{expr.Timestamp, expr.Timestamp, expr.Timestamp}
	for i := range w.sp.own {
		names, types = append(names, "_p"+strconv.Itoa(i)), append(types, expr.Timestamp)
	}
	for i := range w.sp.parts {
		names, types = append(names, "_d"+strconv.Itoa(i)), append(types, expr.Integer)
	}
	rows := make([][]any, 0, max(1, len(which)))
	for _, r := range which {
		from := r.from
		if from.IsZero() {
			from = firstYear.AddDate(-1969, 0, 0) // before all
		}
		row := []any{from, r.to, r.at}
		for _, l := range r.labels {
			row = append(row, l)
		}
		for _, part := range r.parts {
			row = append(row, part)
		}
		rows = append(rows, row)
	}
	if len(rows) == 0 { // a period that no row can be in
		row := make([]any, len(names))
		for i := range row {
			if row[i] = firstYear; types[i] == expr.Integer {
				row[i] = int64(0)
			}
		}
		rows = append(rows, row)
	}
	return tableOf(w.d, names, types, rows, 2)
}

// grouped aggregates per period and the other keys. What combines is
// aggregated per bucket first, so that a row is read once however many windows
// it is in.
func (w spineWriter) grouped() expr.SQL {
	parts, at := w.rowPieces(), w.period(w.s.own, w.sp.bucket)
	if w.s.journey != nil {
		parts, at = w.conversionPieces(at), w.of(journeyAlias, "_bucket")
	}
	combines := w.s.level == nil
	for _, l := range w.s.leaves {
		combines = combines && (l.unread || combinable(w.p.q.leafOf(l.slot).agg().Func))
	}
	periods, rows := spineAlias, bucketAlias
	if w.s.level != nil {
		periods, rows = levelAlias, levelAlias
	}
	list := []expr.SQL{expr.Concat(at, " AS "+w.name("t"))}
	var outer []expr.SQL
	for i, k := range parts.keys {
		if own, ok := w.own[i]; ok {
			outer = append(outer, raw(periods+"."+own+" AS "+keyName(w.d, i)))
			continue
		}
		list = append(list, expr.Concat(k, " AS "+keyName(w.d, i)))
		outer = append(outer, raw(rows+"."+keyName(w.d, i)+" AS "+keyName(w.d, i)))
	}
	groups := len(list)
	if w.sp.pick != "" {
		outer = append(outer, raw(periods+"."+w.name("at")+" AS "+w.name("at")))
	}
	by := len(outer)
	read := 0
	for _, l := range w.s.leaves {
		if l.unread {
			continue
		}
		inner := parts.aggs[read]
		read++
		if !combines {
			list = append(list, w.arguments(l)...)
			outer = append(outer, expr.Concat(w.over(l, rows), " AS "+slotName(w.d, l.slot)))
			continue
		}
		call := warehouse.Aggregate{Func: combining(w.p.q.leafOf(l.slot).agg().Func), Arg: raw(rows + "." + slotName(w.d, l.slot))}
		list = append(list, expr.Concat(inner, " AS "+slotName(w.d, l.slot)))
		outer = append(outer, expr.Concat(w.d.Aggregate(call), " AS "+slotName(w.d, l.slot)))
	}
	if !combines {
		groups = 0
	}
	if w.s.level != nil {
		list = append(list, w.levelColumns(parts.keys)...)
	}
	buckets := selectSQL(list, parts.from, parts.where, make([]expr.SQL, groups))
	t := bucketAlias + "." + w.name("t")
	from := expr.Concat(w.periods(w.sp.rows), " AS "+spineAlias+" JOIN (", buckets, ") AS "+bucketAlias+" ON "+
		t+" >= "+spineAlias+"."+w.name("lo")+" AND "+t+" < "+spineAlias+"."+w.name("hi"))
	if w.s.level == nil {
		return selectSQL(outer, from, nil, make([]expr.SQL, by))
	}
	return selectSQL(outer, w.levelRows(from), w.isLast(), make([]expr.SQL, by))
}

// levelColumns gives rows what tells the last one of each group.
func (w spineWriter) levelColumns(keys []expr.SQL) []expr.SQL {
	list := []expr.SQL{expr.Concat(w.moment(), " AS "+w.d.Quote(momentName))}
	for i, x := range w.levelGroups() {
		list = append(list, expr.Concat(x, " AS "+w.name("g"+strconv.Itoa(i))))
	}
	return append(list, w.among(keys)...)
}

// levelRows finds the last time of each group in each period.
func (w spineWriter) levelRows(from expr.SQL) expr.SQL {
	list := []expr.SQL{raw(spineAlias + "." + w.name("at")), raw(bucketAlias + "." + w.d.Quote(momentName))}
	var parts []expr.SQL
	for n := range w.sp.own {
		x := raw(spineAlias + "." + w.name("p"+strconv.Itoa(n)))
		list, parts = append(list, x), append(parts, x)
	}
	for n := range w.sp.parts {
		x := raw(spineAlias + "." + w.name("d"+strconv.Itoa(n)))
		list, parts = append(list, x), append(parts, x)
	}
	for i := range w.s.level.By {
		parts = append(parts, raw(bucketAlias+"."+w.name("g"+strconv.Itoa(i))))
	}
	for i := range w.p.keys {
		if _, own := w.own[i]; !own {
			list = append(list, raw(bucketAlias+"."+keyName(w.d, i)))
		}
	}
	for _, l := range w.s.leaves {
		if !l.unread {
			list = append(list, w.argumentNames(l, bucketAlias)...)
		}
	}
	if w.p.members != nil {
		list = append(list, raw(bucketAlias+"."+w.d.Quote(amongName)))
	}
	list = append(list, w.lastOf(raw(bucketAlias+"."+w.d.Quote(momentName)), parts))
	return expr.Concat("(", selectSQL(list, from, nil, nil), ") AS "+levelAlias)
}

// combinable reports whether values of parts combine to that of the whole.
func combinable(f string) bool {
	switch f {
	case "sum", "count", "min", "max":
		return true
	}
	return false
}

// combining is the aggregate that puts the values of parts together.
func combining(f string) string {
	if f == "count" {
		return "sum"
	}
	return f
}

// picked reduces the periods that share their labels to one value.
func (w spineWriter) picked(grouped expr.SQL) expr.SQL {
	var keys, list []expr.SQL
	for i := range w.p.keys {
		keys = append(keys, raw("q."+keyName(w.d, i)))
	}
	list = append(list, keys...)
	if w.sp.pick == "average" {
		for _, l := range w.s.leaves {
			if !l.unread {
				x := warehouse.Aggregate{Func: "avg", Arg: raw("q." + slotName(w.d, l.slot))}
				list = append(list, expr.Concat(w.d.Aggregate(x), " AS "+slotName(w.d, l.slot)))
			}
		}
		return selectSQL(list, expr.Concat("(", grouped, ") AS q"), nil, make([]expr.SQL, len(keys)))
	}
	order := w.d.Order(raw("q."+w.name("at")), w.sp.pick == "last")
	for _, l := range w.s.leaves {
		if !l.unread {
			list = append(list, raw("q."+slotName(w.d, l.slot)))
		}
	}
	list = append(list, expr.Concat("row_number() OVER (PARTITION BY ", expr.Join(keys, ", "), " ORDER BY ", order, ") AS "+w.name("n")))
	numbered := selectSQL(list, expr.Concat("(", grouped, ") AS q"), nil, nil)
	return expr.Concat("SELECT * FROM (", numbered, ") AS n WHERE n."+w.name("n")+" = 1")
}

// padded adds the periods in which no group has rows.
func (w spineWriter) padded(grouped expr.SQL) expr.SQL {
	var there, missing []expr.SQL
	var on []expr.SQL
	first := ""
	for i, key := range w.p.keys {
		there = append(there, raw("g."+keyName(w.d, i)))
		if own, ok := w.own[i]; ok {
			missing = append(missing, raw(spineAlias+"."+own+" AS "+keyName(w.d, i)))
			on = append(on, raw("g."+keyName(w.d, i)+" = "+spineAlias+"."+own))
			first = keyName(w.d, i)
			continue
		}
		missing = append(missing, expr.Concat(w.d.Literal(nil, w.p.q.keyType(key)), " AS "+keyName(w.d, i)))
	}
	if w.sp.pick != "" {
		there, missing = append(there, raw("g."+w.name("at"))), append(missing, raw(spineAlias+"."+w.name("at")+" AS "+w.name("at")))
		on = append(on, raw("g."+w.name("at")+" = "+spineAlias+"."+w.name("at")))
	}
	by := len(missing)
	for _, l := range w.s.leaves {
		if !l.unread {
			there = append(there, raw("g."+slotName(w.d, l.slot)))
			missing = append(missing, expr.Concat(w.nothing(l), " AS "+slotName(w.d, l.slot)))
		}
	}
	shown := slices.DeleteFunc(slices.Clone(w.sp.rows), func(r spineRow) bool { return r.bare })
	if len(shown) == 0 {
		return grouped
	}
	gap := selectSQL(missing, expr.Concat(w.periods(shown), " AS "+spineAlias+" LEFT JOIN (", grouped, ") AS g ON ", expr.Join(on, " AND ")),
		[]expr.SQL{raw("g." + first + " IS NULL")}, make([]expr.SQL, by))
	return expr.Concat(selectSQL(there, expr.Concat("(", grouped, ") AS g"), nil, nil), " UNION ALL ", gap)
}

// nothing is the value of a period without rows. An average over periods
// counts it.
func (w spineWriter) nothing(l scanLeaf) expr.SQL {
	leaf := w.p.q.leafOf(l.slot)
	if w.sp.pick == "average" && leaf.agg().Zero {
		return w.d.Literal(int64(0), expr.Integer)
	}
	return w.d.Literal(nil, leaf.metric.Type)
}
