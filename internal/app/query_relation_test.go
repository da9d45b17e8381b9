package app_test

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"lodestar/internal/calendar"
	"lodestar/internal/catalog"
	"lodestar/internal/query"
	"lodestar/internal/semantic"
)

// relWorld is a schema with histories, composite keys, partitions and values of
// metrics, filled with made-up rows. Its oracle walks over rows.
type relWorld struct {
	rng  *dice
	rows map[string][]map[string]any
	zone *time.Location
}

const relModel = `kind: Dataset
metadata: {name: teams}
spec:
  columns: [{name: team, type: integer}, {name: since, type: date}, {name: until, type: date}, {name: boss, type: string}]
  primaryKey: [team, since]
---
kind: Dataset
metadata: {name: clerks}
spec:
  columns: [{name: clerk, type: integer}, {name: since, type: timestamp}, {name: until, type: timestamp}, {name: grade, type: string}, {name: team, type: integer}]
  relationships:
    - {name: team_then, to: teams, columns: {team: team}, cardinality: many_to_one, validity: {from: since, to: until}}
---
kind: Dataset
metadata: {name: parts}
spec:
  columns: [{name: a, type: integer}, {name: b, type: string}, {name: size, type: integer}]
  primaryKey: [b, a]
---
kind: Dataset
metadata: {name: desks}
spec:
  columns: [{name: clerk, type: integer}, {name: day, type: date}, {name: room, type: string}]
  primaryKey: [clerk]
---
kind: Dataset
metadata: {name: people}
spec:
  columns: [{name: clerk, type: integer}, {name: city, type: string}]
  primaryKey: [clerk]
  relationships:
    - {name: desk, to: desks, columns: {clerk: clerk}, cardinality: many_to_one, also: {start.day: day}}
    - {name: badges, to: badges, through: wears, cardinality: many_to_many}
  dimensions:
    - {name: sold, metric: sold, by: clerk}
    - {name: sales, metric: sales, by: clerk}
    - {name: each, metric: each, by: clerk, on: clerk}
    - {name: middle, metric: middle, by: clerk}
    - {name: ever, metric: ever, by: clerk}
    - {name: senior, metric: senior, by: person.clerk}
    - {name: keen, expr: "sales >= 3 or sold > 10"}
    - {name: friends, metric: keen_sales, by: person.city, on: city}
---
kind: Dataset
metadata: {name: badges}
spec:
  columns: [{name: badge, type: integer}, {name: kind, type: string}]
  primaryKey: [badge]
---
kind: Dataset
metadata: {name: wears}
spec:
  columns: [{name: clerk, type: integer}, {name: badge, type: integer}]
  relationships:
    - {name: person, to: people, columns: {clerk: clerk}, cardinality: many_to_one}
    - {name: badge, to: badges, columns: {badge: badge}, cardinality: many_to_one}
---
kind: Dataset
metadata: {name: sales}
spec:
  columns: [{name: at, type: timestamp}, {name: day, type: date}, {name: clerk, type: integer}, {name: a, type: integer}, {name: b, type: string}, {name: n, type: integer}]
  time: at
  relationships:
    - {name: clerk_then, to: clerks, columns: {clerk: clerk}, cardinality: many_to_one, validity: {from: since, to: until}}
    - {name: part, to: parts, columns: {a: a, b: b}, cardinality: many_to_one}
    - {name: desk, to: desks, columns: {clerk: clerk}, cardinality: many_to_one, also: {day: day}}
    - {name: person, to: people, columns: {clerk: clerk}, cardinality: many_to_one}
---
kind: Metric
metadata: {name: sold}
spec: {type: simple, dataset: sales, agg: sum, expr: n}
---
kind: Metric
metadata: {name: sales}
spec: {type: simple, dataset: sales, agg: count}
---
kind: Metric
metadata: {name: middle}
spec: {type: simple, dataset: sales, agg: median, expr: n}
---
kind: Metric
metadata: {name: by_days}
spec: {type: simple, dataset: sales, agg: sum, expr: n, time: day}
---
kind: Metric
metadata: {name: senior}
spec: {type: simple, dataset: sales, agg: count, where: "clerk_then.grade = 'p'"}
---
kind: Metric
metadata: {name: keen_sales}
spec: {type: simple, dataset: sales, agg: count_distinct, expr: clerk, where: "person.sales >= 2"}
---
kind: Metric
metadata: {name: each}
spec: {type: ratio, numerator: {metric: sold}, denominator: {metric: sales}}
---
kind: Metric
metadata: {name: ever}
spec: {type: cumulative, metric: sold}
`

// relMetrics says what the oracle does for each simple metric.
var relMetrics = map[string]struct {
	m     *worldMetric
	where string
	byDay bool
}{
	"sold":       {m: &worldMetric{agg: "sum", x: ofColumn("n")}},
	"sales":      {m: &worldMetric{agg: "count"}},
	"middle":     {m: &worldMetric{agg: "median", x: ofColumn("n")}},
	"by_days":    {m: &worldMetric{agg: "sum", x: ofColumn("n")}, byDay: true},
	"senior":     {m: &worldMetric{agg: "count"}, where: "clerk_then.grade = p"},
	"keen_sales": {m: &worldMetric{agg: "count_distinct", x: ofColumn("clerk")}, where: "person.sales >= 2"},
}

func newRelWorld(seed uint64) *relWorld {
	d := &dice{rand.New(rand.NewPCG(seed, 11))}
	w := &relWorld{rng: d, rows: map[string][]map[string]any{}}
	start := time.Date(2025, time.Month(1+d.IntN(12)), 1+d.IntN(28), 0, 0, 0, 0, time.UTC)
	maybe := func(v any) any {
		if d.one(7) {
			return nil
		}
		return v
	}
	add := func(set string, row map[string]any) { w.rows[set] = append(w.rows[set], row) }
	history := func(set, key string, ids int, step time.Duration, rest func(map[string]any)) {
		for id := range ids {
			from := start.Add(time.Duration(d.IntN(20)-5) * step)
			for range d.IntN(4) {
				to := from.Add(time.Duration(1+d.IntN(20)) * step)
				row := map[string]any{key: id, "since": from, "until": to}
				last := d.one(3)
				if last {
					row["until"] = nil
				}
				rest(row)
				add(set, row)
				if last {
					break
				}
				from = to.Add(time.Duration(d.IntN(2)*d.IntN(5)) * step)
			}
		}
	}
	history("teams", "team", 3, 24*time.Hour, func(r map[string]any) { r["boss"] = maybe(d.pick("a", "b", "c")) })
	history("clerks", "clerk", 5, time.Hour*7, func(r map[string]any) {
		r["grade"], r["team"] = maybe(d.pick("p", "q")), maybe(d.IntN(4))
	})
	for a := range 3 {
		for _, b := range []string{"x", "y"} {
			if !d.one(4) {
				add("parts", map[string]any{"a": a, "b": b, "size": maybe(d.IntN(3))})
			}
		}
	}
	for c := range 6 {
		if !d.one(4) {
			add("desks", map[string]any{"clerk": c, "day": maybe(start.AddDate(0, 0, d.IntN(4))), "room": maybe(d.pick("n", "s"))})
		}
		if !d.one(4) {
			add("people", map[string]any{"clerk": c, "city": maybe(d.pick("k", "l"))})
		}
	}
	for b := range 4 {
		if !d.one(4) {
			add("badges", map[string]any{"badge": b, "kind": maybe(d.pick("g", "h"))})
		}
	}
	for range d.IntN(12) {
		add("wears", map[string]any{"clerk": maybe(d.IntN(6)), "badge": maybe(d.IntN(4))})
	}
	for range d.IntN(40) {
		add("sales", map[string]any{"at": maybe(start.Add(time.Duration(d.IntN(30*24*60)) * time.Minute)),
			"day": maybe(start.AddDate(0, 0, d.IntN(20)*d.IntN(2))), "clerk": maybe(d.IntN(6)), "a": maybe(d.IntN(4)),
			"b": maybe(d.pick("x", "y")), "n": maybe(d.IntN(9) - 1)})
	}
	return w
}

// clock is a time as wall clocks show it; dates are midnights already.
func (w *relWorld) clock(t time.Time, isDate bool) time.Time {
	if isDate {
		return t
	}
	return calendar.Civil(t, w.zone)
}

// find gives the related row of a path's next step; nil when there is none.
// The fact is the sale that the path began with.
func (w *relWorld) find(from map[string]any, step string, fact map[string]any, byDay bool) map[string]any {
	at := "at"
	if byDay {
		at = "day"
	}
	valid := func(r map[string]any, dates bool) bool {
		t, ok := fact[at].(time.Time)
		if !ok {
			return false
		}
		since := r["since"].(time.Time)
		until, ends := r["until"].(time.Time)
		if dates != byDay { // a date against an instant: by wall clocks
			t, since = w.clock(t, byDay), w.clock(since, dates)
			if ends {
				until = w.clock(until, dates)
			}
		}
		return !t.Before(since) && (!ends || t.Before(until))
	}
	same := func(r map[string]any, pairs ...string) bool {
		for _, p := range pairs {
			if from[p] == nil || r[p] == nil || from[p] != r[p] {
				return false
			}
		}
		return true
	}
	sets := map[string]string{"clerk_then": "clerks", "team_then": "teams", "part": "parts", "desk": "desks", "person": "people"}
	for _, r := range w.rows[sets[step]] {
		ok := false
		switch step {
		case "clerk_then":
			ok = same(r, "clerk") && valid(r, false)
		case "team_then":
			ok = same(r, "team") && valid(r, true)
		case "part":
			ok = same(r, "a", "b")
		case "desk":
			ok = same(r, "clerk") && fact["day"] != nil && r["day"] != nil && fact["day"] == r["day"]
		case "person":
			ok = same(r, "clerk")
		}
		if ok {
			return r
		}
	}
	return nil
}

func (w *relWorld) value(fact map[string]any, path string, byDay bool) any {
	row := fact
	parts := strings.Split(path, ".")
	for _, step := range parts[:len(parts)-1] {
		if row = w.find(row, step, fact, byDay); row == nil {
			return nil
		}
	}
	name := parts[len(parts)-1]
	if v, stored := row[name]; stored {
		return v
	}
	return w.looked(row, name)
}

// looked is the value of a metric for a person.
func (w *relWorld) looked(person map[string]any, name string) any {
	key, metric := "clerk", name
	if name == "friends" {
		key, metric = "city", "keen_sales"
	}
	if person[key] == nil {
		return nil
	}
	var mine []map[string]any
	for _, s := range w.rows["sales"] {
		path := "clerk"
		if name == "friends" {
			path = "person.city"
		} else if name == "senior" {
			path = "person.clerk"
		}
		if w.value(s, path, false) == person[key] {
			mine = append(mine, s)
		}
	}
	sold, sales := w.aggregate("sold", mine), w.aggregate("sales", mine)
	switch name {
	case "keen":
		many := sales.(float64) >= 3
		if !many && sold == nil {
			return nil
		}
		return many || sold.(float64) > 10
	case "each":
		if sold == nil || sales == 0.0 {
			return nil
		}
		return sold.(float64) / sales.(float64)
	case "ever": // rows without a time are in no period
		return w.aggregate("sold", slices.DeleteFunc(mine, func(r map[string]any) bool { return r["at"] == nil }))
	}
	return w.aggregate(metric, mine)
}

func (w *relWorld) aggregate(metric string, rows []map[string]any) any {
	def := relMetrics[metric]
	var kept []map[string]any
	for _, r := range rows {
		if w.holds(r, def.where, def.byDay) {
			kept = append(kept, r)
		}
	}
	return def.m.aggregate(kept)
}

// holds evaluates "path = x", "path >= 2", "path is null" and "path", joined
// by and.
func (w *relWorld) holds(fact map[string]any, cond string, byDay bool) bool {
	for part := range strings.SplitSeq(cond, " and ") {
		f := strings.Fields(strings.ReplaceAll(part, "'", ""))
		if len(f) == 0 {
			continue
		}
		v := w.value(fact, f[0], byDay)
		switch {
		case len(f) == 1:
			if v != true {
				return false
			}
		case f[1] == "is":
			if v != nil {
				return false
			}
		case v == nil:
			return false
		case f[1] == "=" && fmt.Sprint(v) != f[2]:
			return false
		case f[1] == ">=":
			x, _ := query.Float(v)
			if x < float64(f[2][0]-'0') {
				return false
			}
		}
	}
	return true
}

func (w *relWorld) define(b *queryBench, zone string) {
	b.t.Helper()
	rs := []*catalog.Resource{{Kind: "Workspace", Metadata: catalog.Metadata{Name: "workspace"}, Spec: &semantic.WorkspaceSpec{Zone: zone}}}
	b.define(append(rs, parseResources(b.t, relModel)...))
	for _, d := range b.model.Datasets() {
		var rows [][]string
		for _, r := range w.rows[d.Name] {
			var cells []string
			for _, c := range d.Spec.Columns {
				switch v := r[c.Name].(type) {
				case nil:
					cells = append(cells, "")
				case time.Time:
					cells = append(cells, v.Format("2006-01-02 15:04:05"))
				default:
					cells = append(cells, fmt.Sprint(v))
				}
			}
			rows = append(rows, cells)
		}
		b.fill(d.Name, rows)
		if w.rng.one(2) { // makes aggregating before joining look worth it
			s := b.states[d.Name]
			s.Rows = 1 << 40
			b.states[d.Name] = s
		}
	}
}

var relDims = []string{"clerk_then.grade", "clerk_then.team_then.boss", "part.size", "desk.room", "person.desk.room", "person.city",
	"person.sold", "person.sales", "person.keen", "person.middle", "person.senior", "person.friends", "person.ever", "person.each", "b"}

var relConds = []string{"clerk_then.grade = 'p'", "clerk_then.team_then.boss is null", "part.size >= 1", "person.sales >= 2", "person.keen",
	"desk.room = 'n'", "person.sold is null", "person.city = 'k' and person.senior >= 1"}

// TestRelationsAgainstOracle asks made-up questions about histories,
// composite keys, partitions and values of metrics.
func TestRelationsAgainstOracle(t *testing.T) {
	t.Parallel()
	b := openQueryBench(t)
	worlds := 24
	if testing.Short() {
		worlds = 8
	}
	for seed := range worlds {
		w := newRelWorld(uint64(seed))
		zone := w.rng.pick(worldZones...)
		w.zone, _ = time.LoadLocation(zone)
		w.define(b, zone)
		for range 8 {
			w.ask(t, b)
			w.askMembers(t, b)
			w.askMany(t, b)
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// ask compares the answer to a question about metrics.
func (w *relWorld) ask(t *testing.T, b *queryBench) {
	d := w.rng
	names := slices.Sorted(maps.Keys(relMetrics))
	d.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	names = names[:1+d.IntN(4)]
	r := query.Request{Totals: d.one(3)}
	for _, n := range names {
		r.Metrics = append(r.Metrics, query.MetricRef{Metric: n})
	}
	by := w.dims(2)
	for _, dim := range by {
		r.By = append(r.By, query.By{Dimension: dim})
	}
	if d.one(2) {
		r.Where = d.pick(relConds...)
	}
	groups := func(by []string) map[string][]any {
		sets := map[string]map[string][]map[string]any{}
		all := map[string]bool{}
		for _, n := range names {
			sets[n] = map[string][]map[string]any{}
			def := relMetrics[n]
			for _, s := range w.rows["sales"] {
				if w.holds(s, r.Where, def.byDay) && w.holds(s, def.where, def.byDay) {
					g := w.group(s, by, def.byDay)
					sets[n][g] = append(sets[n][g], s)
					all[g] = true
				}
			}
		}
		if len(by) == 0 {
			all[""] = true
		}
		out := map[string][]any{}
		for g := range all {
			for _, n := range names {
				out[g] = append(out[g], relMetrics[n].m.aggregate(sets[n][g]))
			}
		}
		return out
	}
	w.compare(t, b, r, len(by), groups(by), func() map[string][]any { return groups(nil) })
}

func (w *relWorld) dims(most int) []string {
	dims := slices.Clone(relDims)
	w.rng.Shuffle(len(dims), func(i, j int) { dims[i], dims[j] = dims[j], dims[i] })
	return dims[:w.rng.IntN(most+1)]
}

func (w *relWorld) group(fact map[string]any, by []string, byDay bool) string {
	parts := make([]string, len(by))
	for i, dim := range by {
		parts[i] = keyCell(w.value(fact, dim, byDay))
	}
	return strings.Join(parts, "|")
}

func (w *relWorld) compare(t *testing.T, b *queryBench, r query.Request, keys int, want map[string][]any, totals func() map[string][]any) {
	t.Helper()
	for _, plain := range []bool{false, true} {
		got, err := b.engine(plain).Query(t.Context(), asker, r)
		if err != nil {
			t.Fatalf("plain %v: %v\n%s", plain, err, describeRequest(r))
		}
		diff := sameGroups(got.Rows, keys, want)
		if r.Totals {
			diff = append(diff, sameGroups(got.Totals, keys, map[string][]any{strings.Repeat("|"+noValue, keys): totals()[""]})...)
		}
		if len(diff) > 0 {
			plan, _ := b.engine(plain).Plan(t.Context(), asker, r)
			t.Fatalf("plain %v: %s\n%s\n%s", plain, describeRequest(r), strings.Join(diff, "\n"), plan.Statements[0].SQL)
		}
	}
}

// sameGroups compares rows with groups, whose names may begin with a bar.
func sameGroups(rows [][]any, keys int, want map[string][]any) []string {
	var diff []string
	seen := map[string]bool{}
	for _, r := range rows {
		var parts []string
		for _, k := range r[:keys] {
			parts = append(parts, keyCell(k))
		}
		g := strings.Join(parts, "|")
		values, ok := want[g]
		if !ok {
			values, ok = want["|"+g]
		}
		if !ok || seen[g] {
			diff = append(diff, fmt.Sprintf("row %q should not be, or not twice", g))
			continue
		}
		seen[g] = true
		for i, v := range values {
			x, _ := query.Float(r[keys+i])
			if (v == nil) != (r[keys+i] == nil) || v != nil && math.Abs(x-v.(float64)) > 1e-9*max(1, math.Abs(x)) {
				diff = append(diff, fmt.Sprintf("%q value %d is %v, want %v", g, i, r[keys+i], v))
			}
		}
	}
	if len(seen) != len(want) {
		diff = append(diff, fmt.Sprintf("%d groups, want %d: %v", len(seen), len(want), slices.Sorted(maps.Keys(want))))
	}
	return diff
}

// askMembers compares questions without metrics.
func (w *relWorld) askMembers(t *testing.T, b *queryBench) {
	d := w.rng
	by := w.dims(3)
	if len(by) == 0 {
		by = []string{"part.size"}
	}
	r := query.Request{From: "sales"}
	for _, dim := range by {
		r.By = append(r.By, query.By{Dimension: dim})
	}
	if d.one(2) {
		r.Where = d.pick(relConds...)
	}
	var all []string
	for _, s := range w.rows["sales"] {
		if w.holds(s, r.Where, false) {
			all = append(all, w.group(s, by, false))
		}
	}
	if d.one(2) {
		no := false
		r.Distinct = &no
		w.sameList(t, b, r, all)
		return
	}
	want := map[string][]any{}
	for _, g := range all {
		want[g] = []any{}
	}
	w.compare(t, b, r, len(by), want, nil)
	if dim := by[0]; dim != "person.keen" && r.Where == "" {
		w.extent(t, b, dim)
	}
}

func (w *relWorld) sameList(t *testing.T, b *queryBench, r query.Request, want []string) {
	t.Helper()
	sort.Strings(want)
	for _, plain := range []bool{false, true} {
		got, err := b.engine(plain).Query(t.Context(), asker, r)
		if err != nil {
			t.Fatalf("plain %v: %v\n%s", plain, err, describeRequest(r))
		}
		var have []string
		for _, row := range got.Rows {
			var parts []string
			for _, k := range row {
				parts = append(parts, keyCell(k))
			}
			have = append(have, strings.Join(parts, "|"))
		}
		sort.Strings(have)
		if !slices.Equal(have, want) {
			t.Fatalf("plain %v: %s\ngot  %q\nwant %q", plain, describeRequest(r), have, want)
		}
	}
}

// extent compares the least and greatest value with those of the sorted values.
func (w *relWorld) extent(t *testing.T, b *queryBench, dim string) {
	t.Helper()
	var least, greatest any
	less := func(a, b any) bool {
		x, isNumber := query.Float(a)
		y, _ := query.Float(b)
		if isNumber {
			return x < y
		}
		return a.(string) < b.(string)
	}
	for _, s := range w.rows["sales"] {
		v := w.value(s, dim, false)
		if v == nil {
			continue
		}
		if least == nil || less(v, least) {
			least = v
		}
		if greatest == nil || less(greatest, v) {
			greatest = v
		}
	}
	w.sameList(t, b, query.Request{From: "sales", By: []query.By{{Dimension: dim}}, Extent: true}, []string{keyCell(least) + "|" + keyCell(greatest)})
}

func parseResources(t *testing.T, src string) []*catalog.Resource {
	t.Helper()
	rs, findings := catalog.Decode("model", []byte(src), semantic.Kinds())
	for _, f := range findings {
		t.Fatal(f.Text.EN)
	}
	return rs
}
