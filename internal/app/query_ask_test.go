package app_test

import (
	"fmt"
	"slices"
	"time"

	"lodestar/internal/calendar"
	"lodestar/internal/query"
)

// asked is a made-up question with its conditions in Go.
type asked struct {
	query.Request
	where *worldCond
	refs  []*worldCond // by metric
	least *float64     // having o0 >= least
}

// some picks metrics that can be asked together: at least one dimension is
// common to all.
func (w *world) some() ([]*worldMetric, []place) {
	d := w.rng
	for {
		var out []*worldMetric
		several := 1 + d.IntN(4)
		wide := d.one(5) // many filtered sums and counts share one scan
		if wide {
			several = 5 + d.IntN(8)
		}
		for range several {
			m := w.metrics[d.IntN(len(w.metrics))]
			for w.plain && (w.moves(m) || w.level(m)) || wide && (m.kind != "simple" || m.agg != "sum" && m.agg != "count" && m.agg != "min" && m.agg != "max") {
				m = w.metrics[d.IntN(len(w.metrics))]
			}
			out = append(out, m)
		}
		if at := common(w.facts(out...)); len(at) > 0 {
			return out, at
		}
	}
}

// request makes up a question that is valid for the metrics drawn.
func (w *world) request(zone string) asked {
	d := w.rng
	ms, at := w.some()
	r := asked{Request: query.Request{Timezone: zone}}
	moves, dated := false, false
	for i, m := range ms {
		ref := query.MetricRef{Metric: m.name, As: fmt.Sprintf("o%d", i)}
		var c *worldCond
		if d.one(3) || len(ms) > 4 {
			c = w.someCond(at, 1)
			ref.Where = c.text
		}
		r.Metrics, r.refs = append(r.Metrics, ref), append(r.refs, c)
		moves = moves || w.moves(m)
	}
	for _, s := range w.facts(ms...) {
		dated = dated || s.timeKind() == "date"
	}
	d.Shuffle(len(at), func(i, j int) { at[i], at[j] = at[j], at[i] })
	for _, p := range at[:min(len(at), d.IntN(3))] {
		r.By = append(r.By, query.By{Dimension: p.path})
	}
	if d.one(2) {
		grains := []calendar.Grain{"day", "week", "month", "quarter", "year"}
		if !moves && !dated {
			grains = append(grains, "hour", "hour")
		}
		r.By = append(r.By, query.By{Time: grains[d.IntN(len(grains))]})
	}
	if d.one(3) {
		r.where = w.someCond(at, 2)
		r.Where = r.where.text
	}
	w.askTime(&r, moves, dated)
	r.Totals = d.one(3)
	if len(r.By) > 0 && r.By[0].Time == "" && d.one(3) {
		r.Top = &query.Top{N: 1 + d.IntN(3), By: "o0", Others: true}
	}
	r.Fill = d.one(4) && (r.Time != nil || grainOf(r.By) != calendar.Hour) // years of hours are refused
	w.askOrder(&r)
	return r
}

// askTime asks for a stretch around an odd day, or for one anywhere.
func (w *world) askTime(r *asked, moves, dated bool) {
	d := w.rng
	if !moves && d.one(2) {
		return
	}
	days := []int{1, 7, 28, 30, 90}[d.IntN(5)]
	from := w.someDay(days)
	r.Time = &query.TimeRange{From: from.Format(time.DateOnly), To: from.AddDate(0, 0, days).Format(time.DateOnly)}
	if d.one(3) { // whole months
		from = from.AddDate(0, 0, 1-from.Day())
		r.Time = &query.TimeRange{From: from.Format(time.DateOnly), To: from.AddDate(0, 1+d.IntN(3), 0).Format(time.DateOnly)}
	}
	switch {
	case d.one(2):
		r.Compare = &query.Compare{To: d.pick("previous_period", "previous_week", "previous_month", "previous_year"), Align: d.pick("", "", "weekday")}
	case !moves && !dated && d.one(4): // not whole days
		r.Time.From = from.Add(time.Duration(d.IntN(24*60)) * time.Minute).Format("2006-01-02T15:04:05Z")
		r.Time.To = from.Add(time.Duration(24*60+d.IntN(9*24*60)) * time.Minute).Format("2006-01-02T15:04:05Z")
	}
}

// someDay is one that rows may be near to, or an odd one.
func (w *world) someDay(days int) time.Time {
	d := w.rng
	at, _ := time.Parse(time.DateOnly, d.pick(anchors...))
	for range 4 { // usually near to a row
		s := w.datasets[d.IntN(len(w.datasets))]
		if !s.fact || len(s.rows) == 0 {
			continue
		}
		if t, ok := s.lookup(s.rows[d.IntN(len(s.rows))], s.time).(time.Time); ok {
			at = t.Truncate(24 * time.Hour)
			break
		}
	}
	return at.AddDate(0, 0, -d.IntN(days))
}

// askOrder asks for conditions on values, another order, or fewer rows.
func (w *world) askOrder(r *asked) {
	d := w.rng
	if r.Top == nil && len(r.By) > 0 && d.one(5) {
		least := float64(d.IntN(8))
		r.least, r.Having = &least, fmt.Sprintf("o0 >= %v", least)
	}
	if d.one(4) {
		r.Order = []string{d.pick("", "-") + "o0"}
		if len(r.By) > 0 && d.one(2) {
			r.Order = append(r.Order, d.pick("", "-")+r.By[0].Name())
		}
	}
	if d.one(6) {
		r.Limit = 1 + d.IntN(6)
	}
}

// note counts what a question and its answer are an example of.
func (o *oracle) note(seen tally, got *query.Result) {
	r, w := o.ask, o.w
	facts := map[*worldSet]bool{}
	for i := range r.Metrics {
		m := o.metric(i)
		for _, s := range w.facts(m) {
			facts[s] = true
		}
		w.any(m, func(m *worldMetric) bool {
			seen.add("type "+m.kind, true)
			seen.add("aggregate "+m.agg, m.agg != "")
			seen.add("filter of a metric", m.where != nil)
			seen.add("filter of an input", m.a.where != nil || m.b.where != nil)
			seen.add("offset", m.a.offset != "" || m.b.offset != "")
			seen.add("window", m.over.window != "")
			seen.add("period to date", m.over.toDate != "")
			seen.add("re-read by the first day", m.over.first)
			seen.add("balance", m.balance != nil)
			seen.add("balance by group", m.balance != nil && len(m.balance.By) > 0)
			seen.add("empty: said", m.zero != "")
			return false
		})
		seen.add("filter of a reference", r.refs[i] != nil)
	}
	linked, apart := false, false
	for s := range facts {
		for other := range facts {
			if s != other {
				onto := slices.ContainsFunc(s.links, func(l worldLink) bool { return l.to == other }) ||
					slices.ContainsFunc(other.links, func(l worldLink) bool { return l.to == s })
				linked, apart = linked || onto, apart || !onto
			}
		}
	}
	seen.add("fan-out", linked)
	seen.add("chasm", apart)
	o.noteShape(seen, got)
}

func (o *oracle) noteShape(seen tally, got *query.Result) {
	r := o.ask
	deep := false
	for _, b := range r.By {
		deep = deep || len(b.Dimension) > 0 && depthOf(b.Dimension) >= 2
		seen.add("by "+string(b.Time), b.Time != "")
	}
	seen.add("two hops or more", deep)
	seen.add("no group", len(r.By) == 0)
	seen.add("where", r.Where != "")
	seen.add("having", r.Having != "")
	seen.add("order", len(r.Order) > 0)
	seen.add("limit", r.Limit > 0)
	seen.add("fill", r.Fill && grainOf(r.By) != "")
	seen.add("totals", r.Totals)
	seen.add("top with others", r.Top != nil && len(got.Others) > 0)
	seen.add("zone "+got.Timezone, true)
	for _, row := range got.Rows {
		null := false
		for _, v := range row[:len(r.By)] {
			null = null || v == nil
		}
		seen.add("NULL member", null)
		seen.add("group without a value", slices.Contains(row[len(r.By):len(r.By)+len(r.Metrics)], nil))
	}
	seen.add("answer without rows", len(got.Rows) == 0)
	if o.cur == nil {
		return
	}
	seen.add("clocks change in the range", clocksChange(o.cur))
	seen.add("clocks change between the ranges", o.prev != nil && clocksChange(&calendar.Range{From: o.prev.From, To: o.cur.To}))
	seen.add("leap day in the range", leap(o.cur))
	seen.add("leap day in one of two ranges", o.prev != nil && leap(o.cur) != leap(o.prev))
	if o.prev != nil {
		seen.add("compare "+r.Compare.To, true)
		seen.add("compare by weekday", r.Compare.Align == "weekday")
		last, before := o.day(o.cur.To).AddDate(0, 0, -1), o.day(o.prev.To).AddDate(0, 0, -1)
		seen.add("month ends of different days", last.AddDate(0, 0, 1).Day() == 1 && before.AddDate(0, 0, 1).Day() == 1 && last.Day() != before.Day())
	}
}

func depthOf(path string) int {
	n := 0
	for _, c := range path {
		if c == '.' {
			n++
		}
	}
	return n
}

func clocksChange(r *calendar.Range) bool {
	_, a := r.From.Zone()
	_, b := r.To.Zone()
	for at := r.From; at.Before(r.To); at = at.AddDate(0, 0, 1) {
		if _, c := at.Zone(); c != a {
			return true
		}
	}
	return a != b
}

func leap(r *calendar.Range) bool {
	for at := r.From; at.Before(r.To); at = at.AddDate(0, 0, 1) {
		if at.Month() == time.February && at.Day() == 29 {
			return true
		}
	}
	return false
}
