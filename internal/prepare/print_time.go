package prepare

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"lodestar/internal/expr"
	"lodestar/internal/steps"
)

// Columns of parts between those of a step. No column of a person begins so.
const (
	colBefore = "__before" // the time of the row before
	colCount  = "__count"  // of the rows of the key, from 1
	colBegan  = "__began"  // the time, in rows that begin a session
	colFirst  = "__first"  // what sets it apart from another that begins then
)

// session writes the step in four parts: what the row before was like; which
// rows begin a session; what the session of a row is; its id.
func (w *writer) session(s *steps.Session) {
	t, names := w.table(w.stage, ""), w.before.Names()
	key := expr.Join(w.cols(s.By), ", ")
	at := w.col(s.Time)
	was := func(i int) string { return fmt.Sprintf("__was%d", i) } // the last value of what may change

	t.put(colBefore, expr.Concat("lag(", at, ") OVER w"))
	t.put(colCount, expr.SQL{Text: "row_number() OVER w"})
	for i, c := range s.Change {
		t.put(was(i), expr.Concat("last_value(", w.col(c), " IGNORE NULLS) OVER (w ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)"))
	}
	t.window = expr.Concat("PARTITION BY ", key, " ORDER BY ", w.orderTerms(append([]string{s.Time}, s.Change...), false, s.By))
	t.flush()

	before := w.col(colBefore)
	begins := []expr.SQL{expr.Concat(before, " IS NULL"),
		expr.Concat(fmt.Sprintf("%s - to_microseconds(%d) > ", at.Text, s.Pause().Microseconds()), before)}
	var first []expr.SQL
	for i, c := range s.Change {
		begins = append(begins, expr.Concat("(", w.col(c), " IS NOT NULL AND ", w.col(c), " IS DISTINCT FROM t."+was(i)+")"))
		first = append(first, expr.Concat("coalesce(", w.part(c), ", ';')"))
	}
	if s.Midnight {
		begins = append(begins, expr.Concat("CAST(", w.zone.local(at), " AS DATE) <> CAST(", w.zone.local(before), " AS DATE)"))
	}
	in := []expr.SQL{expr.Concat(at, " IS NOT NULL")}
	for _, c := range w.cols(s.By) {
		in = append(in, expr.Concat(c, " IS NOT NULL"))
	}
	began := expr.Concat(expr.Join(in, " AND "), " AND (", expr.Join(begins, " OR "), ")")
	t.names = append(slices.Clone(names), colCount)
	t.put(colBegan, expr.Concat("CASE WHEN ", began, " THEN ", at, " END"))
	if len(first) > 0 {
		t.put(colFirst, expr.Concat("CASE WHEN ", began, " THEN concat(", expr.Join(first, ", "), ") END"))
	}
	t.flush()

	// Rows without a time come last among those of their key.
	mine := func(x expr.SQL) expr.SQL { return expr.Concat("CASE WHEN ", at, " IS NOT NULL THEN ", x, " END") }
	last := func(x string) expr.SQL { return expr.SQL{Text: "last_value(" + x + " IGNORE NULLS) OVER w"} }
	began, count := w.col(colBegan), w.col(colCount)
	first = nil
	if len(s.Change) > 0 {
		first = []expr.SQL{last(w.col(colFirst).Text)}
	}
	t.names = slices.Clone(names)
	t.put(s.Named("start"), mine(last(began.Text)))
	t.put(s.Named("number"), mine(expr.Concat("nullif(count(", began, ") OVER w, 0)")))
	t.put(s.Named("row"), mine(expr.Concat(count, " + 1 - ", last("CASE WHEN "+began.Text+" IS NOT NULL THEN "+count.Text+" END"))))
	if len(first) > 0 {
		t.put(colFirst, first[0])
	}
	t.window = expr.Concat("PARTITION BY ", key, " ORDER BY ", count, " ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW")
	t.flush()

	start := w.col(s.Named("start"))
	var parts []expr.SQL
	for _, c := range s.By {
		parts = append(parts, w.part(c))
	}
	parts = append(parts, expr.Concat("epoch_us(", start, ")"))
	if len(first) > 0 {
		parts = append(parts, expr.SQL{Text: "';'"}, w.col(colFirst))
	}
	t.names = w.after.Names()
	t.put(s.Named("id"), expr.Concat("CASE WHEN ", start, " IS NOT NULL THEN md5(concat(", expr.Join(parts, ", "), ")) END"))
	t.flush()
}

// part writes a value so that no two lists of values, one after the other, look
// alike: a text after its length, anything else before a semicolon.
func (w *writer) part(column string) expr.SQL {
	x := w.col(column)
	if w.before.Column(column).Type == expr.String {
		return expr.Concat("(length(", x, ") || ':' || ", x, ")")
	}
	return expr.Concat("(CAST(", x, " AS VARCHAR) || ';')")
}

// asOf writes a join that takes one row there, by time. Of those at one time,
// the one that comes first by what tells rows apart there is taken.
func (w *writer) asOf(t *table, j *steps.Join, other expr.SQL) {
	a, window := j.AsOf, j.AsOf.Window()
	here, there := w.col(a.Time), expr.SQL{Text: "o." + w.quote(a.Other)}
	from, on := w.candidates(j, other), w.pairs(j)
	switch {
	case a.Which != "first":
		t.joins = append(t.joins, expr.Concat(" ASOF LEFT JOIN ", from, " o ON ", on, " AND ", here, " >= ", there))
	case window > 0:
		t.joins = append(t.joins, expr.Concat(" ASOF LEFT JOIN ", from, " o ON ", on, " AND ", w.earlier(a), " <= ", there))
	default:
		t.joins = append(t.joins, expr.Concat(" LEFT JOIN ", from, " o ON ", on))
	}
	fits := expr.Concat(there, " <= ", here) // which the engine takes for granted where there is no time here
	if a.Which != "first" && window > 0 {
		fits = expr.Concat(fits, " AND ", there, " >= ", w.earlier(a))
	}
	switch j.Kind {
	case "anti":
		t.where = append(t.where, expr.Concat("(", fits, ") IS NOT TRUE"))
	case "inner":
		t.where = append(t.where, fits)
	}
	for _, name := range j.Columns {
		t.put(j.Prefix+name, expr.Concat("CASE WHEN ", fits, " THEN o."+w.quote(name)+" END"))
	}
	t.flush()
}

// earlier writes the time at which the window before a row begins.
func (w *writer) earlier(a *steps.AsOf) expr.SQL {
	if w.before.Column(a.Time).Type == expr.Date {
		return expr.Concat("(", w.col(a.Time), fmt.Sprintf(" - %d)", a.Window()/(24*time.Hour)))
	}
	return expr.Concat("(", w.col(a.Time), fmt.Sprintf(" - to_seconds(%d))", int64(a.Window()/time.Second)))
}

// candidates are the rows there of which one may be taken: one for each key and
// time, or for each key when it is the first of all. Those without a key or time
// go first, since the engine would match a key of which a part is missing with
// another one like that.
func (w *writer) candidates(j *steps.Join, other expr.SQL) expr.SQL {
	in := w.after.Others[0]
	same := slices.Compact(slices.Sorted(maps.Values(j.On)))
	there := func(names []string) (out []expr.SQL) {
		for _, n := range names {
			out = append(out, expr.SQL{Text: "o." + w.quote(n)})
		}
		return out
	}
	wanted := slices.Concat(same, []string{j.AsOf.Other}, j.Columns)
	slices.Sort(wanted)
	whole := append(there(same), there([]string{j.AsOf.Other})...)
	q := expr.Concat("SELECT ", expr.Join(there(slices.Compact(wanted)), ", "), " FROM ", other, " o WHERE ", expr.Join(whole, " IS NOT NULL AND "), " IS NOT NULL")

	order := []string{j.AsOf.Other}
	if j.AsOf.Which != "first" || j.AsOf.Window() > 0 {
		same, order = append(same, j.AsOf.Other), nil
	}
	known := !w.broken(in.Name) && len(in.Key) > 0
	if alone := known && !slices.ContainsFunc(in.Key, func(k string) bool { return !slices.Contains(same, k) }); alone {
		return expr.Concat("(", q, ")")
	}
	if known {
		order = append(order, in.Key...)
	} else {
		for _, c := range in.Columns {
			order = append(order, c.Name)
		}
	}
	var terms []expr.SQL
	for _, x := range there(order) {
		terms = append(terms, w.Dialect.Order(x, false))
	}
	return expr.Concat("(", q, " QUALIFY row_number() OVER (PARTITION BY ", expr.Join(there(same), ", "), " ORDER BY ", expr.Join(terms, ", "), ") = 1)")
}
