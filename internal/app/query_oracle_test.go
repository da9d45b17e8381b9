package app_test

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"lodestar/internal/calendar"
	"lodestar/internal/query"
)

// The oracle answers questions by walking over rows with maps. It shares no
// code with the engine but the calendar.
type oracle struct {
	w    *world
	ask  asked
	cal  calendar.Calendar
	cur  *calendar.Range
	prev *calendar.Range
}

// fact is one use of a simple metric with all its filters, and the times it is
// read at, the outermost first.
type fact struct {
	m     *worldMetric
	conds []*worldCond
	overs []worldOver
}

func (f fact) id() string { return fmt.Sprint(f.m.name, f.conds, f.overs) }

func (f fact) takes(row worldRow) bool {
	for _, c := range f.conds {
		if c != nil && c.eval(f.m.set, row) != yes {
			return false
		}
	}
	return true
}

// with adds a condition and another time.
func (f fact) with(c *worldCond, over ...worldOver) fact {
	f.conds = append(slices.Clone(f.conds), c)
	f.overs = append(slices.Clone(f.overs), over...)
	return f
}

// facts lists the uses of simple metrics under one, given what is known of it.
func (o *oracle) facts(m *worldMetric, f fact, visit func(fact)) {
	switch m.kind {
	case "simple":
		f = f.with(m.where)
		f.m = m
		visit(f)
	case "cumulative":
		o.facts(o.w.metrics[m.base], f.with(nil, m.over), visit)
	default:
		for _, in := range []worldInput{m.a, m.b} {
			o.facts(o.w.metrics[in.metric], in.of(f), visit)
		}
	}
}

func (in worldInput) of(f fact) fact {
	if in.offset == "" {
		return f.with(in.where)
	}
	return f.with(in.where, worldOver{offset: in.offset})
}

// value computes a metric from the rows of its facts.
func (o *oracle) value(m *worldMetric, f fact, rows func(fact) []worldRow) any {
	switch m.kind {
	case "simple":
		var out any
		o.facts(m, f, func(f fact) { out = m.aggregate(rows(f)) })
		return out
	case "cumulative":
		return o.value(o.w.metrics[m.base], f.with(nil, m.over), rows)
	}
	a, b := o.value(o.w.metrics[m.a.metric], m.a.of(f), rows), o.value(o.w.metrics[m.b.metric], m.b.of(f), rows)
	return calculate(m.op, a, b)
}

// asFact is what every metric of a reference starts with.
func (o *oracle) asFact(i int) fact { return fact{conds: []*worldCond{o.ask.where, o.ask.refs[i]}} }

func (o *oracle) metric(i int) *worldMetric { return o.w.named(o.ask.Metrics[i].Metric) }

func (w *world) named(name string) *worldMetric {
	for _, m := range w.metrics {
		if m.name == name {
			return m
		}
	}
	panic(name)
}

// instant of a row's time; dates are local midnights.
func (o *oracle) instant(s *worldSet, row worldRow) (time.Time, bool) {
	t, ok := s.lookup(row, s.time).(time.Time)
	if ok && s.timeKind() == "date" {
		t = calendar.Resolve(t, o.cal.Zone)
	}
	return t, ok
}

func (o *oracle) day(t time.Time) time.Time {
	return calendar.Civil(t, o.cal.Zone).Truncate(24 * time.Hour)
}

// noValue is a key without a value; a text that reads null is not one.
const noValue = "∅"

func keyCell(v any) string {
	if v == nil {
		return noValue
	}
	return cell(v)
}

func (o *oracle) period(t time.Time, g calendar.Grain) string {
	start := o.cal.Start(t, g)
	if g == calendar.Hour || g == calendar.Minute {
		return calendar.Resolve(calendar.Civil(start, o.cal.Zone).Truncate(time.Minute), o.cal.Zone).Format(time.RFC3339)
	}
	return calendar.Civil(start, o.cal.Zone).Format(time.DateOnly)
}

type keeps func(*worldSet, worldRow) bool

// values computes every metric for every group that has a row; and for a group
// that has none.
func (o *oracle) values(by []query.By, r *calendar.Range, keep keeps) (map[string][]any, []any) {
	groups := map[string]bool{}
	bags := map[string]map[string][]worldRow{}
	for i := range o.ask.Metrics {
		o.facts(o.metric(i), o.asFact(i), func(f fact) {
			if bags[f.id()] == nil {
				bags[f.id()] = o.bag(f, by, r, keep)
			}
			for g := range bags[f.id()] {
				groups[g] = true
			}
		})
	}
	value := func(g string) []any {
		out := make([]any, len(o.ask.Metrics))
		for i := range out {
			out[i] = o.value(o.metric(i), o.asFact(i), func(f fact) []worldRow { return bags[f.id()][g] })
		}
		return out
	}
	if len(by) == 0 {
		groups[""] = true
	}
	out := map[string][]any{}
	for g := range groups {
		out[g] = value(g)
	}
	return out, value("\x00 no such group")
}

// bag finds the rows of a fact for each group.
func (o *oracle) bag(f fact, by []query.By, r *calendar.Range, keep keeps) map[string][]worldRow {
	out := map[string][]worldRow{}
	add := func(label string, rows []worldRow) {
		for _, row := range f.m.last(o, rows) {
			if keep == nil || keep(f.m.set, row) {
				g := o.group(f.m.set, row, by, label)
				out[g] = append(out[g], row)
			}
		}
	}
	grain := grainOf(by)
	if len(f.overs) > 0 {
		o.windows(f, grain, *r, add)
		return out
	}
	byPeriod := map[string][]worldRow{}
	for _, row := range f.m.set.rows {
		at, ok := o.instant(f.m.set, row)
		if !f.takes(row) || r != nil && (!ok || at.Before(r.From) || !at.Before(r.To)) {
			continue
		}
		label := noValue
		if grain != "" && ok {
			label = o.period(at, grain)
		}
		byPeriod[label] = append(byPeriod[label], row)
	}
	for label, rows := range byPeriod {
		add(label, rows)
	}
	return out
}

func grainOf(by []query.By) calendar.Grain {
	for _, b := range by {
		if b.Time != "" {
			return b.Time
		}
	}
	return ""
}

// group names the group of a row: one text per key.
func (o *oracle) group(s *worldSet, row worldRow, by []query.By, period string) string {
	parts := make([]string, len(by))
	for i, b := range by {
		if parts[i] = period; b.Time == "" {
			parts[i] = keyCell(s.lookup(row, b.Dimension))
		}
	}
	return strings.Join(parts, "|")
}

// last keeps, of a level's rows in one period, those of the last (or first)
// time of their group.
func (m *worldMetric) last(o *oracle, rows []worldRow) []worldRow {
	if m.balance == nil {
		return rows
	}
	edge := map[string]time.Time{}
	group := func(row worldRow) string {
		out := ""
		for _, p := range m.balance.By {
			out += keyCell(m.set.lookup(row, p)) + "|"
		}
		return out
	}
	for _, row := range rows {
		if at, ok := o.instant(m.set, row); ok {
			have, some := edge[group(row)]
			if !some || m.balance.Take == "last" && at.After(have) || m.balance.Take == "first" && at.Before(have) {
				edge[group(row)] = at
			}
		}
	}
	var out []worldRow
	for _, row := range rows {
		if at, ok := o.instant(m.set, row); ok && at.Equal(edge[group(row)]) {
			out = append(out, row)
		}
	}
	return out
}

// windows gives the rows that each period reads, where these are not its own.
func (o *oracle) windows(f fact, g calendar.Grain, r calendar.Range, add func(string, []worldRow)) {
	first, last := o.day(r.From), o.day(r.To)
	type span struct{ label, from, to time.Time }
	spans := []span{{from: first, to: last}}
	if g != "" {
		spans = nil
		civil := o.cal
		civil.Zone = time.UTC
		for at := civil.Start(first, g); at.Before(last); at = civil.Next(at, g) {
			s := span{at, at, civil.Next(at, g)}
			if s.from.Before(first) {
				s.from = first
			}
			if s.to.After(last) {
				s.to = last
			}
			spans = append(spans, s)
		}
	}
	for _, s := range spans {
		from, to := o.reach(f.overs, g, s.from, s.to)
		var rows []worldRow
		for _, row := range f.m.set.rows {
			at, ok := o.instant(f.m.set, row)
			if ok && f.takes(row) && !o.day(at).Before(from) && o.day(at).Before(to) {
				rows = append(rows, row)
			}
		}
		label := noValue
		if g != "" {
			label = s.label.Format(time.DateOnly)
		}
		add(label, rows)
	}
}

// reach gives the civil days that a period reads: moved first, then what leads
// up to its last day.
func (o *oracle) reach(overs []worldOver, g calendar.Grain, from, to time.Time) (time.Time, time.Time) {
	windowed := slices.ContainsFunc(overs, func(v worldOver) bool { return v.offset == "" })
	for _, v := range overs {
		last := to.AddDate(0, 0, -1)
		if v.first && g != "" { // without time it is the value at the end
			last = from
		}
		civil := o.cal
		civil.Zone = time.UTC
		switch {
		case v.offset != "":
			unit, n := spanWords(v.offset)
			if !windowed && g == calendar.Week {
				unit, n = inWeeks(unit, n)
			}
			from = back(from, unit, n)
			if unit == calendar.Day || unit == calendar.Week || to.Day() == 1 {
				to = back(to, unit, n)
			} else {
				to = back(last, unit, n).AddDate(0, 0, 1)
			}
		case v.window != "":
			unit, n := spanWords(v.window)
			to = last.AddDate(0, 0, 1)
			from = back(to, unit, n)
		case v.toDate != "":
			from, to = civil.Start(last, v.toDate), last.AddDate(0, 0, 1)
		default:
			from, to = time.Time{}, last.AddDate(0, 0, 1)
		}
	}
	return from, to
}

func spanWords(s string) (calendar.Grain, int) {
	var n int
	var unit string
	if _, err := fmt.Sscanf(s, "%d %s", &n, &unit); err != nil {
		panic(err)
	}
	return calendar.Grain(strings.TrimSuffix(unit, "s")), n
}

// inWeeks keeps weeks whole: a month is four of them.
func inWeeks(unit calendar.Grain, n int) (calendar.Grain, int) {
	weeks := map[calendar.Grain]int{calendar.Month: 4, calendar.Quarter: 13, calendar.Year: 52}[unit]
	if weeks == 0 {
		return unit, n
	}
	return calendar.Week, n * weeks
}

// back goes n units back; a month without such a day gives its last.
func back(t time.Time, unit calendar.Grain, n int) time.Time {
	months := map[calendar.Grain]int{calendar.Month: 1, calendar.Quarter: 3, calendar.Year: 12}[unit] * n
	switch unit {
	case calendar.Day:
		return t.AddDate(0, 0, -n)
	case calendar.Week:
		return t.AddDate(0, 0, -7*n)
	}
	first := time.Date(t.Year(), t.Month()-time.Month(months), 1, 0, 0, 0, 0, time.UTC)
	return first.AddDate(0, 0, min(t.Day(), first.AddDate(0, 1, -1).Day())-1)
}
