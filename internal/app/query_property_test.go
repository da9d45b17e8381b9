package app_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"lodestar/internal/calendar"
	"lodestar/internal/catalog"
	"lodestar/internal/expr"
	"lodestar/internal/query"
	"lodestar/internal/semantic"
)

type dice struct{ *rand.Rand }

func (d *dice) pick(list ...string) string { return list[d.IntN(len(list))] }
func (d *dice) one(in int) bool            { return d.IntN(in) == 0 }

var worldZones = []string{"UTC", "Asia/Shanghai", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Europe/London", "America/Sao_Paulo"}

// newWorld makes up a schema with rows: two levels of related datasets, two
// facts (a chasm), one of which has lines below it (a fan-out).
func newWorld(seed uint64) *world {
	d := &dice{rand.New(rand.NewPCG(seed, 7))}
	w := &world{rng: d}
	city := w.set("cities", "city", map[string]string{"city": "integer", "region": "string"}, 1+d.IntN(4))
	store := w.set("stores", "store", map[string]string{"store": "integer", "kind": "string", "city": "integer"}, 1+d.IntN(5))
	store.links["where"] = worldLink{"city", city}
	order := w.set("orders", "ord", map[string]string{"ord": "integer", "shop": "integer", "channel": "string", "at": "timestamp", "amount": "integer", "who": "string"}, d.IntN(40))
	order.links["store"] = worldLink{"shop", store}
	order.links["pickup"] = worldLink{"amount", store}
	order.time = "at"
	line := w.set("lines", "", map[string]string{"ord": "integer", "qty": "integer", "shop": "integer", "day": "date"}, d.IntN(60))
	line.links["order"] = worldLink{"ord", order}
	line.links["store"] = worldLink{"shop", store}
	line.time = "day"
	for _, s := range []*worldSet{order, line} {
		for _, col := range slices.Sorted(maps.Keys(s.types)) {
			if s.types[col] != "integer" || col == s.key && s == order && d.one(3) {
				continue
			}
			for _, agg := range []string{"sum", "min", "max", "avg", "median", "percentile", "count", "count_distinct"} {
				if d.one(4) {
					w.simple(s, agg, col)
				}
			}
		}
		w.simple(s, "count", "")
	}
	simple := len(w.metrics)
	for range 4 {
		m := worldMetric{name: fmt.Sprintf("m%d", len(w.metrics)), op: d.pick("/", "+", "-", "/"), a: d.IntN(simple), b: d.IntN(len(w.metrics))}
		if d.one(2) {
			m.bWhere = d.pick("store.kind = 'b'", "store.where.region <> 'x'", "store.kind is null")
		}
		w.metrics = append(w.metrics, m)
	}
	return w
}

func (w *world) simple(s *worldSet, agg, col string) {
	m := worldMetric{name: fmt.Sprintf("m%d", len(w.metrics)), set: s, agg: agg, column: col}
	if w.rng.one(3) {
		m.where = w.rng.pick("store.kind = 'a'", "store.where.region <> 'y'", "store.kind is null")
		if s.name == "orders" && w.rng.one(2) {
			m.where = w.rng.pick("channel = 'p'", "channel <> 'q'", "channel is null")
		}
	}
	if w.rng.one(4) && agg != "count_distinct" {
		m.zero = w.rng.pick("0", "null")
		if agg != "count" && m.zero == "null" || agg == "count" && m.zero == "0" {
			m.zero = ""
		}
	}
	w.metrics = append(w.metrics, m)
}

func (w *world) set(name, key string, types map[string]string, n int) *worldSet {
	s := &worldSet{name: name, key: key, types: types, columns: slices.Sorted(maps.Keys(types)), links: map[string]worldLink{}}
	d := w.rng
	start := time.Date(2025, time.Month(1+d.IntN(12)), 1+d.IntN(28), d.IntN(24), 0, 0, 0, time.UTC)
	span := []int{3, 40, 400}[d.IntN(3)] * 24 * 60
	for i := range n {
		row := map[string]any{}
		for _, c := range s.columns {
			switch {
			case c == key:
				row[c] = i + 1
			case d.one(6):
				row[c] = nil
			case types[c] == "integer":
				row[c] = d.IntN(8) - 1
			case types[c] == "string":
				row[c] = d.pick("a", "b", "x", "y", "p", "q", "null", "")
			case types[c] == "timestamp":
				row[c] = start.Add(time.Duration(d.IntN(span)) * time.Minute)
			default:
				row[c] = start.Truncate(24*time.Hour).AddDate(0, 0, d.IntN(span/1440))
			}
		}
		s.rows = append(s.rows, row)
	}
	w.datasets = append(w.datasets, s)
	return s
}

// resources turns the world into definitions.
func (w *world) resources(zone, weekStart string, yearStart int) []*catalog.Resource {
	rs := []*catalog.Resource{{Kind: "Workspace", Metadata: catalog.Metadata{Name: "workspace"},
		Spec: &semantic.WorkspaceSpec{Zone: zone, WeekStart: weekStart, YearStart: yearStart}}}
	for _, s := range w.datasets {
		spec := &semantic.DatasetSpec{Time: s.time}
		for _, c := range s.columns {
			spec.Columns = append(spec.Columns, semantic.Column{Name: c, Type: expr.Type(s.types[c])})
		}
		if s.key != "" {
			spec.PrimaryKey = []string{s.key}
		}
		for _, name := range slices.Sorted(maps.Keys(s.links)) {
			l := s.links[name]
			spec.Relationships = append(spec.Relationships, semantic.Relationship{Name: name, To: l.to.name,
				Columns: map[string]string{l.column: l.to.key}, Cardinality: "many_to_one"})
		}
		rs = append(rs, &catalog.Resource{Kind: "Dataset", Metadata: catalog.Metadata{Name: s.name}, Spec: spec})
	}
	for _, m := range w.metrics {
		spec := &semantic.MetricSpec{Type: "simple", Agg: m.agg, Expr: m.column, Where: m.where, Empty: m.zero}
		if m.agg == "percentile" {
			spec.Percentile = 0.9
		}
		if m.op != "" {
			spec = &semantic.MetricSpec{Type: "derived", Expr: "a " + m.op + " b", Inputs: map[string]semantic.Input{
				"a": {Metric: w.metrics[m.a].name}, "b": {Metric: w.metrics[m.b].name, Where: m.bWhere}}}
		} else {
			spec.Dataset = m.set.name
		}
		rs = append(rs, &catalog.Resource{Kind: "Metric", Metadata: catalog.Metadata{Name: m.name}, Spec: spec})
	}
	return rs
}

func (w *world) fillBench(b *queryBench) {
	for _, s := range w.datasets {
		rows := make([][]string, len(s.rows))
		for i, r := range s.rows {
			for _, c := range s.columns {
				v := ""
				switch x := r[c].(type) {
				case nil:
				case time.Time:
					v = x.Format("2006-01-02 15:04:05")
				default:
					v = fmt.Sprint(x)
				}
				rows[i] = append(rows[i], v)
			}
		}
		// An empty text is a value here, not NULL.
		b.fill(s.name, rows)
		for i, r := range s.rows {
			for _, c := range s.columns {
				if r[c] == "" {
					s.rows[i][c] = nil
				}
			}
		}
		if w.rng.one(2) && len(b.places) == 0 { // makes aggregating before joining look worth it
			st := b.states[s.name]
			st.Rows = 1 << 40
			b.states[s.name] = st
		}
	}
}

// request makes up a question that is valid for the metrics drawn.
func (w *world) request(zone string) query.Request {
	d := w.rng
	r := query.Request{Timezone: zone}
	both := false
	several, filtered := 1+d.IntN(4), 3
	wide := d.one(4) // many filtered sums and counts share one scan
	if wide {
		several, filtered = 5+d.IntN(8), 1
	}
	for i := range several {
		m := w.metrics[d.IntN(len(w.metrics))]
		for wide && (m.op != "" || m.agg != "sum" && m.agg != "count" && m.agg != "min" && m.agg != "max") {
			m = w.metrics[d.IntN(len(w.metrics))]
		}
		ref := query.MetricRef{Metric: m.name, As: fmt.Sprintf("o%d", i)}
		if d.one(filtered) {
			ref.Where = d.pick("store.kind = 'a'", "store.where.region = 'x'", "store.where.city <> 2", "store.kind is null")
		}
		r.Metrics = append(r.Metrics, ref)
		both = both || w.touches(m, "lines")
	}
	dims := []string{"store.kind", "store.where.region", "store.store", "store.where.city"}
	if !both {
		dims = append(dims, "channel", "pickup.kind", "pickup.where.region", "amount")
	}
	d.Shuffle(len(dims), func(i, j int) { dims[i], dims[j] = dims[j], dims[i] })
	for _, dim := range dims[:d.IntN(3)] {
		r.By = append(r.By, query.By{Dimension: dim})
	}
	grains := []calendar.Grain{"day", "week", "month", "quarter", "year"}
	if !both {
		grains = append(grains, "hour", "hour")
	}
	if d.one(2) {
		r.By = append(r.By, query.By{Time: grains[d.IntN(len(grains))]})
	}
	if d.one(3) {
		r.Where = d.pick("store.kind <> 'b'", "store.where.region is null", "store.kind = 'a' and store.where.city <> 1")
	}
	if d.one(2) {
		from := time.Date(2025, time.Month(1+d.IntN(14)), 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, d.IntN(2)*d.IntN(30))
		days := []int{1, 7, 28, 30, 90}[d.IntN(5)]
		r.Time = &query.TimeRange{From: from.Format(time.DateOnly), To: from.AddDate(0, 0, days).Format(time.DateOnly)}
		if d.one(2) {
			r.Time.To = from.AddDate(0, 1, 0).Format(time.DateOnly)
		}
		if d.one(2) {
			r.Compare = &query.Compare{To: d.pick("previous_period", "previous_week", "previous_month", "previous_year"), Align: d.pick("", "", "weekday")}
		}
	}
	r.Totals = d.one(3)
	if len(r.By) > 0 && r.By[0].Time == "" && d.one(3) {
		r.Top = &query.Top{N: 1 + d.IntN(3), By: "o0", Others: true}
	}
	r.Fill = d.one(4)
	return r
}

func (w *world) touches(m worldMetric, set string) bool {
	if m.op == "" {
		return m.set.name == set
	}
	return w.touches(w.metrics[m.a], set) || w.touches(w.metrics[m.b], set)
}

// TestQueryAgainstOracle asks made-up worlds made-up questions and compares
// with the oracle, optimiser on and off.
func TestQueryAgainstOracle(t *testing.T) {
	b := openQueryBench(t)
	worlds, asks := 40, 12
	if testing.Short() {
		worlds = 8
	}
	for seed := range worlds {
		checkWorld(t, b, uint64(seed), asks)
		if t.Failed() {
			return
		}
	}
}

func checkWorld(t *testing.T, b *queryBench, seed uint64, asks int) {
	w := newWorld(seed)
	zone := w.rng.pick(worldZones...)
	weekStart := w.rng.pick("monday", "sunday", "saturday")
	yearStart := 1 + w.rng.IntN(12)
	b.define(w.resources(zone, weekStart, yearStart))
	w.fillBench(b)
	for range asks {
		r := w.request(w.rng.pick(append(worldZones, "", "")...))
		for _, plain := range []bool{false, true} {
			got, err := b.engine(plain).Query(t.Context(), asker, r)
			if err != nil {
				t.Fatalf("seed %d plain %v: %v\n%s", seed, plain, err, describeRequest(r))
			}
			o := &oracle{w: w, req: r, cal: b.model.Calendar(), cur: got.Range, prev: got.PreviousRange}
			if o.cal.Zone, err = time.LoadLocation(got.Timezone); err != nil {
				t.Fatal(err)
			}
			if diff := o.check(got); len(diff) > 0 {
				plan, _ := b.engine(plain).Plan(t.Context(), asker, r)
				sql := ""
				if plan != nil {
					for _, s := range plan.Statements {
						sql += s.Part + ": " + s.SQL + "\n"
					}
				}
				t.Fatalf("seed %d plain %v:\n%s\n%s\n%s", seed, plain, describeRequest(r), strings.Join(diff, "\n"), sql)
			}
		}
	}
}

func describeRequest(r query.Request) string {
	b, err := json.Marshal(r)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// check compares an answer with what the oracle computes.
func (o *oracle) check(got *query.Result) []string {
	nonTime := make([]query.By, 0, len(o.req.By))
	var timeBy []query.By
	timeAt := -1
	for i, b := range o.req.By {
		if b.Time == "" {
			nonTime = append(nonTime, b)
		} else {
			timeBy, timeAt = append(timeBy, b), i
		}
	}
	var diff []string
	rows, empty := o.merged(o.req.By, nil)
	if o.req.Top != nil {
		top := o.top(nonTime)
		inTop := func(s *worldSet, row map[string]any) bool { return top[o.group(s, row, nonTime)] }
		rows, _ = o.merged(o.req.By, inTop)
		others, _ := o.merged(timeBy, func(s *worldSet, row map[string]any) bool { return !inTop(s, row) })
		if len(timeBy) == 0 && !o.anyRows(func(s *worldSet, row map[string]any) bool { return !inTop(s, row) }) {
			others = nil
		}
		if o.req.Fill && timeAt >= 0 {
			others = nil // filled too; checked by the scripts
		} else {
			diff = append(diff, o.same("others", o.keyed(got.Others, timeBy), others)...)
		}
	}
	if o.req.Fill && timeAt >= 0 {
		o.fill(rows, empty, timeAt)
	}
	diff = append(diff, o.same("rows", o.keyed(got.Rows, o.req.By), rows)...)
	if o.req.Totals {
		totals, _ := o.merged(nil, nil)
		diff = append(diff, o.same("totals", o.keyed(got.Totals, nil), totals)...)
	}
	return diff
}

func (o *oracle) anyRows(keep func(*worldSet, map[string]any) bool) bool {
	saved := o.req.By
	defer func() { o.req.By = saved }()
	cur, _ := o.values([]query.By{{Dimension: "_"}}, o.cur, keep)
	if o.prev != nil {
		prev, _ := o.values([]query.By{{Dimension: "_"}}, o.prev, keep)
		return len(cur)+len(prev) > 0
	}
	return len(cur) > 0
}

// merged joins the values of both periods: current, then previous, change and
// rate of each metric.
func (o *oracle) merged(by []query.By, keep func(*worldSet, map[string]any) bool) (map[string][]any, []any) {
	cur, empty := o.values(by, o.cur, keep)
	if o.req.Compare == nil {
		return cur, empty
	}
	before, emptyBefore := o.values(by, o.prev, keep)
	prev := map[string][]any{}
	for g, v := range before {
		if moved, ok := o.move(g, by); ok {
			prev[moved] = v
		}
	}
	out := map[string][]any{}
	for g := range prev {
		out[g] = nil
	}
	for g := range cur {
		out[g] = nil
	}
	for g := range out {
		c, p := cur[g], prev[g]
		if c == nil {
			c = empty
		}
		if p == nil {
			p = emptyBefore
		}
		out[g] = withChange(c, p)
	}
	return out, withChange(empty, emptyBefore)
}

func withChange(c, p []any) []any {
	row := append([]any{}, c...)
	for i := range c {
		var change, rate any
		if c[i] != nil && p[i] != nil {
			change = c[i].(float64) - p[i].(float64)
			if p[i].(float64) > 0 {
				rate = change.(float64) / p[i].(float64)
			}
		}
		row = append(row, p[i], change, rate)
	}
	return row
}

// move puts a group of the earlier range where it stands in the current one.
func (o *oracle) move(g string, by []query.By) (string, bool) {
	parts := strings.Split(g, "|")
	for i, b := range by {
		if b.Time == "" || parts[i] == noValue {
			continue
		}
		old, now := o.labels(o.prev, b.Time), o.labels(o.cur, b.Time)
		at := slices.Index(old, parts[i])
		fine := b.Time == "day" || b.Time == "hour"
		if fine && o.cal.Align(*o.cur, o.req.Compare.Align) != "weekday" && (o.req.Compare.To == "previous_month" || o.req.Compare.To == "previous_year") {
			found := ""
			for _, p := range o.cal.Periods(*o.cur, b.Time) {
				civil := calendar.Civil(p, o.cal.Zone).Truncate(time.Hour)
				back := civil.AddDate(0, -1, 0)
				if o.req.Compare.To == "previous_year" {
					back = civil.AddDate(-1, 0, 0)
				}
				if back.Day() == civil.Day() && old[at] == o.period(calendar.Resolve(back, o.cal.Zone), b.Time) && sameCivil(o, back) {
					found = o.period(p, b.Time)
				}
			}
			if found == "" {
				return "", false
			}
			parts[i] = found
			continue
		}
		if b.Time == "hour" { // hours face those that clocks show alike
			const clock = "2006-01-02T15:04:05"
			civil := func(t time.Time) time.Time { return calendar.Civil(t, o.cal.Zone) }
			days := civil(o.cur.From).Sub(civil(o.prev.From))
			was, err := time.Parse(clock, parts[i][:len(clock)])
			if err != nil {
				panic(err)
			}
			hour := was.Add(days)
			if found := o.period(calendar.Resolve(hour, o.cal.Zone), "hour"); sameCivil(o, hour) && slices.Contains(now, found) {
				parts[i] = found
				continue
			}
			return "", false
		}
		if at < 0 || at >= len(now) {
			return "", false
		}
		parts[i] = now[at]
	}
	return strings.Join(parts, "|"), true
}

// sameCivil says that clocks did show a wall clock.
func sameCivil(o *oracle, civil time.Time) bool {
	return calendar.Civil(calendar.Resolve(civil, o.cal.Zone), o.cal.Zone).Equal(civil)
}

func (o *oracle) labels(r *calendar.Range, g calendar.Grain) []string {
	var out []string
	for _, p := range o.cal.Periods(*r, g) {
		out = append(out, o.period(p, g))
	}
	return out
}

// top ranks members by the first metric over the whole range.
func (o *oracle) top(by []query.By) map[string]bool {
	all, _ := o.merged(by, nil)
	names := slices.SortedFunc(maps.Keys(all), func(a, b string) int {
		x, y := all[a][0], all[b][0]
		switch {
		case x == nil && y != nil:
			return 1
		case y == nil && x != nil:
			return -1
		case x != nil && math.Abs(x.(float64)-y.(float64)) > 1e-9:
			if x.(float64) > y.(float64) {
				return -1
			}
			return 1
		}
		return compareGroups(a, b)
	})
	out := map[string]bool{}
	for _, n := range names[:min(o.req.Top.N, len(names))] {
		out[n] = true
	}
	return out
}

// compareGroups orders by each key: numbers as numbers, null last.
func compareGroups(a, b string) int {
	x, y := strings.Split(a, "|"), strings.Split(b, "|")
	for i := range x {
		if x[i] == y[i] {
			continue
		}
		if x[i] == noValue {
			return 1
		}
		if y[i] == noValue {
			return -1
		}
		var m, n float64
		if c, err := fmt.Sscanf(x[i], "%g", &m); c == 1 && err == nil {
			if c, err := fmt.Sscanf(y[i], "%g", &n); c == 1 && err == nil {
				if m < n {
					return -1
				}
				return 1
			}
		}
		return strings.Compare(x[i], y[i])
	}
	return 0
}

// fill adds what fill should.
func (o *oracle) fill(rows map[string][]any, empty []any, at int) {
	var labels []string
	if o.cur != nil {
		labels = o.labels(o.cur, o.req.By[at].Time)
	} else {
		first, last := "", ""
		for g := range rows {
			p := strings.Split(g, "|")[at]
			if p == noValue {
				continue
			}
			if first == "" || o.at(p).Before(o.at(first)) {
				first = p
			}
			if last == "" || o.at(p).After(o.at(last)) {
				last = p
			}
		}
		if first != "" {
			labels = o.labels(&calendar.Range{From: o.at(first), To: o.at(last).Add(1)}, o.req.By[at].Time)
		}
	}
	members := map[string][]string{}
	for g := range rows {
		parts := strings.Split(g, "|")
		parts[at] = "*"
		members[strings.Join(parts, "|")] = parts
	}
	if len(o.req.By) == 1 {
		members["*"] = []string{"*"}
	}
	for _, parts := range members {
		for _, l := range labels {
			p := slices.Clone(parts)
			p[at] = l
			if g := strings.Join(p, "|"); rows[g] == nil {
				rows[g] = empty
			}
		}
	}
}

func (o *oracle) at(label string) time.Time {
	if t, err := time.Parse(time.RFC3339, label); err == nil {
		return t
	}
	t, err := time.ParseInLocation(time.DateOnly, label, time.UTC)
	if err != nil {
		panic(err)
	}
	return calendar.Resolve(t, o.cal.Zone)
}

// keyed reads an answer's rows by group; the column of earlier periods is left
// out.
func (o *oracle) keyed(rows [][]any, by []query.By) map[string][]any {
	out := map[string][]any{}
	for _, r := range rows {
		var parts []string
		for i, b := range o.req.By {
			for _, want := range by {
				if b == want {
					parts = append(parts, keyCell(r[i]))
				}
			}
		}
		values := r[len(o.req.By):]
		n := len(o.req.Metrics)
		if o.req.Compare != nil {
			times := len(values) - 4*n
			values = append(slices.Clone(values[:n]), values[n+times:]...)
		}
		out[strings.Join(parts, "|")] = values
	}
	return out
}

func (o *oracle) same(part string, got, want map[string][]any) []string {
	var diff []string
	for g, w := range want {
		if got[g] == nil {
			diff = append(diff, fmt.Sprintf("%s: no row %q, want %v", part, g, w))
			continue
		}
		for i := range w {
			x, ok := query.Float(got[g][i])
			if w[i] == nil && got[g][i] == nil {
				continue
			}
			if w[i] == nil || !ok || math.Abs(x-w[i].(float64)) > 1e-9*max(1, math.Abs(x)) {
				diff = append(diff, fmt.Sprintf("%s: %q value %d is %v, want %v", part, g, i, got[g][i], w[i]))
			}
		}
	}
	for g := range got {
		if want[g] == nil {
			diff = append(diff, fmt.Sprintf("%s: row %q should not be", part, g))
		}
	}
	slices.Sort(diff)
	return diff
}
