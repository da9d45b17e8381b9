package query

import (
	"math"
	"strconv"

	"lodestar/internal/calendar"
	"lodestar/internal/expr"
	"lodestar/internal/semantic"
	"lodestar/internal/warehouse"
)

// Names in the SQL of a journey.
const journeyAlias = "m"

// other writes the other side of the scan.
func (w scanWriter) other() scanWriter { return scanWriter{w.d, w.p, &w.s.journey.other} }

func (w scanWriter) named(x expr.SQL, name string) expr.SQL {
	return expr.Concat(x, " AS "+w.d.Quote(name))
}

func (w scanWriter) of(alias, name string) expr.SQL { return raw(alias + "." + w.d.Quote(name)) }

// wall writes a time by the clocks of the query's zone.
func (w scanWriter) wall(f *semantic.Field) expr.SQL {
	if f.Type == expr.Date {
		return w.d.Cast(w.field(f), expr.Date, expr.Timestamp)
	}
	return w.clock(f)
}

func (w scanWriter) journeyPieces() pieces {
	if w.s.journey.of.Return != nil {
		return w.retentionPieces()
	}
	return w.conversionPieces(expr.SQL{})
}

// sideRows are the conditions on rows of one side: those given, and that what
// must be equal has a value.
func (w scanWriter) sideRows(side semantic.Side, conds []cond) []expr.SQL {
	out := append(w.all(conds), w.within()...)
	for _, f := range sideFields(side) {
		out = append(out, expr.Concat(w.field(f), " IS NOT NULL"))
	}
	return out
}

// A conversion's base row is the one that stands right before it when the rows
// of both sides with the same entity and constants are put in order of time. So
// nothing is joined: both are put under one another, base rows are numbered
// through, and each conversion takes over from the base row of its number.

// track is a column of both sides under one another.
type track struct {
	name        string
	base, other expr.SQL
	use         use
}

type use int

const (
	matching use = iota // only decides what belongs together
	kept                // of the conversion itself
	carried             // conversions take it over from their base row
)

// conversionPieces aggregates conversions by the keys of their base rows.
// bucket, when it is not empty, is carried over like a key.
func (w scanWriter) conversionPieces(bucket expr.SQL) pieces {
	j := w.s.journey
	out := pieces{}
	tracks, equal, order := w.matched()
	var keys []expr.SQL
	for i, f := range w.s.keys {
		k := w.key(i, f)
		keys = append(keys, k)
		tracks = append(tracks, track{"_k" + strconv.Itoa(i), k, w.d.Literal(nil, w.p.q.keyType(w.p.keys[i])), carried})
		out.keys = append(out.keys, raw(journeyAlias+"."+keyName(w.d, i)))
	}
	if bucket.Text != "" {
		tracks = append(tracks, track{"_bucket", bucket, w.d.Literal(nil, expr.Timestamp), carried})
	}
	out.where = []expr.SQL{raw(journeyAlias + "." + w.d.Quote("_other") + " = 1"), raw(journeyAlias + "." + w.d.Quote("_n") + " > 0")}
	if ok, some := w.counted(keys); some {
		tracks = append(tracks, track{"_ok", ok, w.d.Literal(nil, expr.Integer), carried})
		out.where = append(out.where, raw(journeyAlias+"."+w.d.Quote("_ok")+" = 1"))
	}
	if j.of.Window.N > 0 {
		out.where = append(out.where, expr.Concat(w.of(journeyAlias, "_since"), " > ",
			w.earlier(w.of(journeyAlias, "_clock"), j.of.Window)))
	}
	for _, l := range w.s.leaves {
		if l.unread {
			continue
		}
		agg := w.p.q.leafOf(l.slot).agg()
		out.slots = append(out.slots, l.slot)
		out.aggs = append(out.aggs, w.d.Aggregate(warehouse.Aggregate{Func: agg.Func, Arg: w.converted(),
			Percentile: agg.Percentile, Discrete: agg.Discrete, Approximate: agg.Sketch}))
	}
	inside := j.inside
	if j.of.Loose {
		inside = w.s.where
	}
	var base, other, list []expr.SQL
	for _, t := range tracks {
		base, other = append(base, w.named(t.base, t.name)), append(other, w.named(t.other, t.name))
		switch t.use {
		case carried:
			list = append(list, expr.Concat("first_value(", w.of("n", t.name), ") OVER (PARTITION BY ",
				expr.Join(append(qualified(w, "n", equal), w.of("n", "_n")), ", "), " ORDER BY ", w.of("n", "_other"), ") AS "+w.d.Quote(t.name)))
		case kept:
			list = append(list, w.of("n", t.name))
		}
	}
	list = append(list, w.of("n", "_n"))
	both := expr.Concat(selectSQL(base, w.from(w.table(w.s.dataset)), w.sideRows(j.of.Base, inside), nil), " UNION ALL ",
		selectSQL(other, w.other().from(w.other().table(j.other.dataset)), w.other().sideRows(j.of.Other, j.other.where), nil))
	numbered := expr.Concat("SELECT u.*, sum(1 - ", w.of("u", "_other"), ") OVER (PARTITION BY ", expr.Join(qualified(w, "u", equal), ", "),
		" ORDER BY ", expr.Join(order, ", "), " ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS "+w.d.Quote("_n")+" FROM (", both, ") AS u")
	out.from = expr.Concat("(", selectSQL(list, expr.Concat("(", numbered, ") AS n"), nil, nil), ") AS "+journeyAlias)
	return out
}

// converted is what is aggregated over conversions; empty for a count of rows.
func (w scanWriter) converted() expr.SQL {
	if w.s.journey.of.Arg == nil {
		return expr.SQL{}
	}
	return w.of(journeyAlias, "_value")
}

func qualified(w scanWriter, alias string, names []string) []expr.SQL {
	out := make([]expr.SQL, len(names))
	for i, n := range names {
		out[i] = w.of(alias, n)
	}
	return out
}

// matched lists what decides which base row a conversion belongs to: the
// columns that are equal, and the order. Base rows come before conversions of
// the same time; of several base rows of one time the last by key stands next
// to the conversion.
func (w scanWriter) matched() (tracks []track, equal []string, order []expr.SQL) {
	j, o := w.s.journey, w.other()
	a, b := j.of.Base, j.of.Other
	tracks = []track{{name: "_entity", base: w.field(a.Entity), other: o.field(b.Entity)}}
	equal = []string{"_entity"}
	for i := range a.Constant {
		name := "_same" + strconv.Itoa(i)
		tracks = append(tracks, track{name: name, base: w.field(a.Constant[i]), other: o.field(b.Constant[i])})
		equal = append(equal, name)
	}
	at := track{name: "_at", base: w.field(a.Time), other: o.field(b.Time)}
	if j.clock {
		at.base, at.other = w.wall(a.Time), o.wall(b.Time)
	}
	one, zero := w.d.Literal(int64(1), expr.Integer), w.d.Literal(int64(0), expr.Integer)
	tracks = append(tracks, at, track{name: "_other", base: zero, other: one, use: kept})
	order = []expr.SQL{w.of("u", "_at"), w.of("u", "_other")}
	for i, f := range j.of.Tie {
		name := "_o" + strconv.Itoa(i)
		tracks = append(tracks, track{name: name, base: w.field(f), other: w.d.Literal(nil, f.Type)})
		order = append(order, w.d.Order(w.of("u", name), false))
	}
	if j.of.Window.N > 0 {
		clock := track{name: "_clock", base: at.base, other: at.other, use: kept}
		if !j.clock && rank(j.of.Window.Grain) >= rank(calendar.Day) {
			clock.base, clock.other = w.wall(a.Time), o.wall(b.Time)
		}
		tracks = append(tracks, clock, track{name: "_since", base: clock.base, other: w.d.Literal(nil, expr.Timestamp), use: carried})
	}
	if arg := j.of.Arg; arg != nil {
		tracks = append(tracks, track{name: "_value", base: w.d.Literal(nil, arg.Type()), other: o.typed(arg), use: kept})
	}
	return tracks, equal, order
}

// counted tells which base rows the question is about: conversions of the
// others are matched, but not counted. some is false when it is about all.
func (w scanWriter) counted(keys []expr.SQL) (ok expr.SQL, some bool) {
	var tests []expr.SQL
	if !w.s.journey.of.Loose {
		for _, c := range w.s.where {
			tests = append(tests, w.typed(c.typed))
		}
	}
	if r := w.s.journey.shown; r != nil {
		tests = append(tests, w.between(w.s.time, *r)...)
	}
	if m := w.memberFilter(keys); m.Text != "" {
		tests = append(tests, m)
	}
	if len(tests) == 0 {
		return expr.SQL{}, false
	}
	for i, t := range tests {
		tests[i] = expr.Concat("(", t, ")")
	}
	return expr.Concat("CASE WHEN ", expr.Join(tests, " AND "), " THEN ", w.d.Literal(int64(1), expr.Integer), " ELSE ", w.d.Literal(int64(0), expr.Integer), " END"), true
}

const daySeconds = 24 * 60 * 60

// earlier moves a naive timestamp back by a span. Months keep the day, or take
// the last one there is.
func (w scanWriter) earlier(x expr.SQL, s semantic.Span) expr.SQL {
	seconds := map[calendar.Grain]int{calendar.Minute: 60, calendar.Hour: 60 * 60, calendar.Day: daySeconds, calendar.Week: 7 * daySeconds}[s.Grain]
	if seconds > 0 {
		return w.d.AddSeconds(x, w.d.Literal(-int64(s.N)*int64(seconds), expr.Integer))
	}
	n := s.N * map[calendar.Grain]int{calendar.Month: 1, calendar.Quarter: 3, calendar.Year: 12}[s.Grain]
	date := func(x expr.SQL) expr.SQL { return w.d.Call("date", []expr.SQL{x}) }
	month := w.month(x)
	before := w.monthsBefore(month, n)
	after := w.month(w.d.AddSeconds(before, w.d.Literal(int64(31*daySeconds), expr.Integer)))
	back := w.d.Call("days_between", []expr.SQL{date(before), date(month)})
	over := expr.Concat(w.d.Call("day", []expr.SQL{x}), " - ", w.d.Call("days_between", []expr.SQL{date(before), date(after)}))
	days := expr.Concat("(", back, " + ", w.d.Call("greatest", []expr.SQL{w.d.Literal(int64(0), expr.Integer), over}), ")")
	return w.d.AddSeconds(x, expr.Concat("(", days, " * ", w.d.Literal(int64(-daySeconds), expr.Integer), ")"))
}

func (w scanWriter) month(x expr.SQL) expr.SQL {
	return w.d.Truncate(x, calendar.Month, w.p.q.cal.WeekStart, w.p.q.cal.YearStart)
}

// monthsBefore moves the start of a month by n months: so many days back lies
// the middle of the month meant, however long the months between are.
func (w scanWriter) monthsBefore(month expr.SQL, n int) expr.SQL {
	const days = 365.2425 / 12
	back := int64(math.Round(days*float64(n) - days/2))
	return w.month(w.d.AddSeconds(month, w.d.Literal(-back*daySeconds, expr.Integer)))
}
