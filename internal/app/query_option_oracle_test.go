package app_test

import (
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"lodestar/internal/calendar"
	"lodestar/internal/query"
)

// optionOracle says what shares, ranks and moving averages should be, from the
// values of the oracle over rows.
type optionOracle struct {
	*oracle
	ask  query.Request // with the options
	face map[string]string
}

// plainRequest is the question for the values that options are made of.
func plainRequest(r asked) asked {
	r.Metrics = slices.Clone(r.Metrics)
	for i, m := range r.Metrics {
		r.Metrics[i] = query.MetricRef{Metric: m.Metric, As: m.As, Where: m.Where}
	}
	return r
}

// parent says which keys a share or rank keeps, by the rule of the contract.
func (o *optionOracle) parent(named []string, over string) []int {
	free, timeNamed := false, false
	for _, b := range o.ask.By {
		listed := slices.Contains(named, b.Name())
		free = free || b.Time == "" && !listed
		timeNamed = timeNamed || b.Time != "" && listed
	}
	var out []int
	for i, b := range o.ask.By {
		switch {
		case slices.Contains(named, b.Name()):
			out = append(out, i)
		case b.Time != "" && free && !timeNamed && over != "range":
			out = append(out, i)
		}
	}
	return out
}

func project(group string, keys []int) string {
	parts := strings.Split(group, "|")
	out := make([]string, len(keys))
	for i, k := range keys {
		out[i] = parts[k]
	}
	return strings.Join(out, "|")
}

func (o *optionOracle) timeAt() int {
	return slices.IndexFunc(o.ask.By, func(b query.By) bool { return b.Time != "" })
}

// moves holds the values of periods, the earlier ones included.
type moves struct {
	labels []string
	shown  []string
	values map[string][]any // by group
	empty  []any
}

// moves walks over the periods of a range and as many before as any window
// here can need.
func (o *optionOracle) moves(p *optionPart, r *calendar.Range, seen map[string][]any) moves {
	by, at, keep := p.by, p.timeAt, p.keep
	g := by[at].Time
	out := moves{}
	if r == nil {
		out.values, out.empty = o.values(by, nil, keep)
		first, last := "", ""
		inside := out.values
		if p.shown != nil {
			inside = p.shown(inside)
		}
		for _, groups := range []map[string][]any{inside, seen} {
			for id := range groups {
				l := strings.Split(id, "|")[min(at, strings.Count(id, "|"))]
				if l == noValue {
					continue
				}
				if first == "" || o.at(l).Before(o.at(first)) {
					first = l
				}
				if last == "" || o.at(l).After(o.at(last)) {
					last = l
				}
			}
		}
		if first != "" {
			out.labels = o.labels(&calendar.Range{From: o.at(first), To: o.at(last).Add(1)}, g)
		}
		out.shown = out.labels
		return out
	}
	wide := *r
	wide.From = o.cal.Start(r.From, g)
	for range 32 {
		wide.From = o.cal.Start(wide.From.Add(-time.Second), g)
	}
	out.values, out.empty = o.values(by, &wide, keep)
	out.labels, out.shown = o.labels(&wide, g), o.labels(r, g)
	return out
}

// window lists the periods of a metric's window that ends with one, without
// those before its data.
func (o *optionOracle) window(m query.MetricRef, g calendar.Grain, labels []string, label string, begin string) []string {
	n, unit, err := o.cal.Span(m.Moving.Window)
	if err != nil {
		panic(err)
	}
	end := slices.Index(labels, label)
	from := max(0, end-n+1)
	if unit != g {
		// of days only: the calendar day after, so many units back
		day := o.at(label)
		after := calendar.Civil(day, o.cal.Zone).AddDate(0, 0, 1)
		back := after.AddDate(0, 0, -7*n)
		if unit == calendar.Month {
			back = after.AddDate(0, -n, 0)
			for back.Day() != after.Day() && back.Day() < 4 { // past the end of a shorter month
				back = back.AddDate(0, 0, -1)
			}
		}
		from = end
		for from > 0 && !calendar.Civil(o.at(labels[from-1]), o.cal.Zone).Before(back) {
			from--
		}
	}
	var out []string
	for _, l := range labels[from : end+1] {
		if begin == "" || !o.at(l).Before(o.at(o.period(o.at0(begin), g))) {
			out = append(out, l)
		}
	}
	return out
}

// begin is the first instant of the datasets of a metric; "" when they have no
// rows.
func (o *optionOracle) begin(m *worldMetric) string {
	var fs []fact
	o.facts(m, fact{}, func(f fact) { fs = append(fs, f) })
	first := time.Time{}
	for _, f := range fs {
		some := false
		for _, row := range f.m.set.rows {
			if t, ok := o.instant(f.m.set, row); ok {
				some = true
				if first.IsZero() || t.Before(first) {
					first = t
				}
			}
		}
		if !some {
			return ""
		}
	}
	return first.Format(time.RFC3339Nano)
}

func (o *optionOracle) at0(s string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		panic(err)
	}
	return t
}

func (o *optionOracle) movingValue(i int, by []query.By, at int, mv moves, series, label string) any {
	m := o.ask.Metrics[i]
	if !slices.Contains(mv.labels, label) {
		return nil
	}
	var xs []float64
	for _, l := range o.window(m, by[at].Time, mv.labels, label, o.begin(o.w.named(m.Metric))) {
		v := mv.empty[i]
		if row := mv.values[withPart(series, at, l)]; row != nil {
			v = row[i]
		}
		if v == nil && o.w.adds(o.w.named(m.Metric)) {
			v = 0.0
		}
		if v != nil {
			xs = append(xs, v.(float64))
		}
	}
	switch {
	case len(xs) == 0:
		return nil
	case m.Moving.Agg == "min":
		return slices.Min(xs)
	case m.Moving.Agg == "max":
		return slices.Max(xs)
	}
	sum := 0.0
	for _, x := range xs {
		sum += x
	}
	return sum / float64(len(xs))
}

// adds reports whether values of a metric add up.
func (w *world) adds(m *worldMetric) bool {
	switch m.kind {
	case "simple":
		return (m.agg == "sum" || m.agg == "count") && m.balance == nil
	case "derived":
		return (m.op == "+" || m.op == "-") && w.adds(w.metrics[m.a.metric]) && w.adds(w.metrics[m.b.metric])
	}
	return false
}

func withPart(group string, at int, part string) string {
	parts := strings.Split(group, "|")
	parts[at] = part
	return strings.Join(parts, "|")
}

// part of the answer: rows, others or totals.
type optionPart struct {
	by      []query.By
	keys    []int // of by, in the question
	keep    func(*worldSet, map[string]any) bool
	rows    map[string][]any
	cur     moves
	prev    moves
	timeAt  int // in by; -1 for none
	started bool
	shown   func(map[string][]any) map[string][]any // the groups that decide which periods there are
}

// start reads what windows go over and adds the rows that they make exist.
func (o *optionOracle) start(p *optionPart, empty []any, seen map[string][]any) {
	if p.timeAt < 0 || !slices.ContainsFunc(o.ask.Metrics, func(m query.MetricRef) bool { return m.Moving != nil }) {
		return
	}
	p.started = true
	p.cur = o.moves(p, o.cur, seen)
	if o.prev != nil {
		p.prev = o.moves(p, o.prev, nil)
	}
	have := o.movingGroups(p)
	for _, label := range p.cur.shown {
		for _, m := range o.ask.Metrics {
			if m.Moving == nil {
				continue
			}
			add := func(mv moves, end, show string) {
				if !slices.Contains(mv.labels, end) {
					return
				}
				window := o.window(m, p.by[p.timeAt].Time, mv.labels, end, "") // without regard to where the data begin
				for g := range mv.values {
					for _, l := range window {
						if in := withPart(g, p.timeAt, l); have[in] != nil && mv.values[in] != nil {
							if id := withPart(g, p.timeAt, show); p.rows[id] == nil {
								p.rows[id] = empty
							}
						}
					}
				}
			}
			add(p.cur, label, label)
			if o.prev != nil {
				if before, ok := o.faces(label, p.by[p.timeAt].Time); ok {
					add(p.prev, before, label)
				}
			}
		}
	}
}

// movingGroups lists the groups in which any moving metric has rows.
func (o *optionOracle) movingGroups(p *optionPart) map[string][]any {
	only := *o.oracle
	only.ask.Metrics, only.ask.refs = nil, nil
	for i, m := range o.ask.Metrics {
		if m.Moving != nil {
			only.ask.Metrics = append(only.ask.Metrics, o.oracle.ask.Metrics[i])
			only.ask.refs = append(only.ask.refs, o.oracle.ask.refs[i])
		}
	}
	groups, _ := only.values(p.by, nil, p.keep)
	return groups
}

// faces gives the period that one is compared with.
func (o *optionOracle) faces(label string, g calendar.Grain) (string, bool) {
	if o.face == nil {
		o.face = map[string]string{}
		for _, old := range o.labels(o.prev, g) {
			if moved, ok := o.move(old, []query.By{{Time: g}}); ok {
				o.face[moved] = old
			}
		}
	}
	old, ok := o.face[label]
	return old, ok
}

// options replaces values by options.
func (o *optionOracle) options(p *optionPart, kind string) map[string][]any {
	n := len(o.ask.Metrics)
	out := map[string][]any{}
	for g, v := range p.rows {
		out[g] = slices.Clone(v)
	}
	for i, m := range o.ask.Metrics {
		set := func(g string, now, before any) {
			out[g][i] = now
			if o.prev == nil {
				return
			}
			c := withChange([]any{now}, []any{before})
			if m.Rank != nil {
				c[3] = nil
			}
			copy(out[g][n+3*i:], c[1:])
		}
		columns := []int{i, n + 3*i}
		get := func(row []any, c int) any {
			if row == nil || c >= len(row) {
				return nil
			}
			return row[c]
		}
		switch {
		case m.Share != nil:
			keys := o.parent(m.Share.Of, m.Share.Over)
			by := make([]query.By, len(keys))
			for j, k := range keys {
				by[j] = o.ask.By[k]
			}
			whole, _ := o.merged(by, nil)
			for g, v := range p.rows {
				parent := v
				switch kind {
				case "rows":
					parent = whole[project(g, keys)]
				case "others":
					parent = nil
					if !slices.ContainsFunc(keys, func(k int) bool { return !slices.Contains(p.keys, k) }) {
						at := make([]int, len(keys))
						for j, k := range keys {
							at[j] = slices.Index(p.keys, k)
						}
						parent = whole[project(g, at)]
					}
				}
				share := func(c int) any {
					a, b := get(v, c), get(parent, c)
					if a == nil || b == nil || b.(float64) == 0 {
						return nil
					}
					return a.(float64) / b.(float64)
				}
				set(g, share(columns[0]), share(columns[1]))
			}
		case m.Rank != nil:
			keys := o.parent(m.Rank.Within, m.Rank.Over)
			for g, v := range p.rows {
				rank := func(c int) any {
					own := get(v, c)
					if kind != "rows" || own == nil {
						return nil
					}
					place := 1.0
					for h, w := range p.rows {
						x := get(w, c)
						if project(h, keys) != project(g, keys) || x == nil || math.Abs(x.(float64)-own.(float64)) < 1e-9 {
							continue
						}
						if (x.(float64) > own.(float64)) != (m.Rank.Order == "asc") {
							place++
						}
					}
					return place
				}
				set(g, rank(columns[0]), rank(columns[1]))
			}
		case m.Moving != nil:
			for g := range p.rows {
				label := noValue
				if p.started && kind != "totals" {
					label = strings.Split(g, "|")[p.timeAt]
				} else if len(p.cur.shown) > 0 {
					label = p.cur.shown[len(p.cur.shown)-1]
				}
				if label == noValue {
					set(g, nil, nil)
					continue
				}
				series := g
				if kind == "totals" {
					series = label
				}
				var before any
				if o.prev != nil {
					if face, ok := o.faces(label, p.by[p.timeAt].Time); ok {
						before = o.movingValue(i, p.by, p.timeAt, p.prev, series, face)
					}
				}
				set(g, o.movingValue(i, p.by, p.timeAt, p.cur, series, label), before)
			}
		}
	}
	return out
}

func (o *optionOracle) checkOptions(got *query.Result) []string {
	timeAt := o.timeAt()
	var nonTime, timeBy []query.By
	var timeKeys, dimKeys []int
	all := make([]int, len(o.ask.By))
	for i, b := range o.ask.By {
		all[i] = i
		if b.Time == "" {
			nonTime, dimKeys = append(nonTime, b), append(dimKeys, i)
		} else {
			timeBy, timeKeys = append(timeBy, b), append(timeKeys, i)
		}
	}
	rows, empty := o.merged(o.ask.By, nil)
	main := &optionPart{by: o.ask.By, keys: all, rows: rows, timeAt: timeAt}
	inTop := func(*worldSet, map[string]any) bool { return true }
	top := map[string]bool{}
	if o.ask.Top != nil {
		top = o.top(nonTime)
		inTop = func(s *worldSet, row map[string]any) bool { return top[o.group(s, row, nonTime, "")] }
	}
	shown := func(groups map[string][]any) map[string][]any {
		out := maps.Clone(groups)
		maps.DeleteFunc(out, func(g string, _ []any) bool { return o.ask.Top != nil && !top[project(g, dimKeys)] })
		return out
	}
	main.shown = shown
	o.start(main, empty, shown(rows))
	seen := shown(main.rows)
	if o.ask.Fill && timeAt >= 0 {
		o.fillSeen(main.rows, seen, empty, timeAt)
	}
	var diff []string
	diff = append(diff, o.same("rows", o.keyed(got.Rows, o.ask.By), shown(o.options(main, "rows")))...)
	if o.ask.Top != nil && !(o.ask.Fill && timeAt >= 0) {
		rest := func(s *worldSet, row map[string]any) bool { return !inTop(s, row) }
		groups, none := o.merged(timeBy, rest)
		if len(timeBy) == 0 && !o.anyRows(rest) {
			groups = nil
		}
		others := &optionPart{by: timeBy, keys: timeKeys, keep: rest, rows: groups, timeAt: min(timeAt, 0)}
		times := map[string][]any{}
		for _, have := range []map[string][]any{seen, groups} {
			for g := range have {
				if timeAt >= 0 {
					times[strings.Split(g, "|")[min(timeAt, strings.Count(g, "|"))]] = nil
				}
			}
		}
		o.start(others, none, times)
		diff = append(diff, o.same("others", o.keyed(got.Others, timeBy), o.options(others, "others"))...)
	}
	if o.ask.Totals {
		groups, none := o.merged(nil, nil)
		totals := &optionPart{by: timeBy, rows: map[string][]any{}, timeAt: min(timeAt, 0)}
		times := map[string][]any{}
		for g := range seen {
			if timeAt >= 0 {
				times[strings.Split(g, "|")[timeAt]] = nil
			}
		}
		o.start(totals, none, times)
		totals.rows = groups
		diff = append(diff, o.same("totals", o.keyed(got.Totals, nil), o.options(totals, "totals"))...)
	}
	return diff
}

// fillSeen is fill, with the periods of the rows that are shown.
func (o *optionOracle) fillSeen(rows, seen map[string][]any, empty []any, at int) {
	o.fill(seen, empty, at)
	labels := map[string]bool{}
	for g := range seen {
		labels[strings.Split(g, "|")[at]] = true
	}
	delete(labels, noValue)
	for _, g := range slices.Collect(maps.Keys(rows)) {
		for l := range labels {
			if id := withPart(g, at, l); rows[id] == nil {
				rows[id] = empty
			}
		}
	}
	maps.Copy(rows, seen)
}
