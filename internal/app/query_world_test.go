package app_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"lodestar/internal/calendar"
	"lodestar/internal/catalog"
	"lodestar/internal/expr"
	"lodestar/internal/semantic"
)

type dice struct{ *rand.Rand }

func (d *dice) pick(list ...string) string { return list[d.IntN(len(list))] }
func (d *dice) one(in int) bool            { return d.IntN(in) == 0 }

var worldZones = []string{"UTC", "Asia/Shanghai", "America/New_York", "Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe", "Europe/London", "America/Sao_Paulo"}

// anchors are days on which something is odd: clocks change in one of the zones,
// a month or a leap year ends. Shanghai changed its clocks until 1991.
var anchors = []string{"2025-03-09", "2025-11-02", "2025-03-30", "2025-10-26", "2025-10-05", "2025-04-06", "1990-04-15", "1991-09-15", "2018-11-04",
	"2024-02-29", "2025-02-28", "2025-03-31", "2025-05-31", "2024-12-31", "2026-01-01"}

// world is a schema with rows, all made up: a forest of related datasets, and
// facts that stand on them, perhaps on each other.
type world struct {
	rng       *dice
	datasets  []*worldSet
	metrics   []*worldMetric
	zone      string
	weekStart string
	yearStart int
	seen      tally // shapes of the schema
	plain     bool  // ask for metrics of their own time only, and no levels
}

type worldRow = map[string]any // nil is NULL; times are time.Time

type worldSet struct {
	name    string
	columns []string // in order; types by name below
	types   map[string]string
	key     []string // none for no key
	time    string   // a column, or a path
	links   []worldLink
	over    string // an integer column; "over >= 2" is the computed dimension "big"
	fact    bool
	rows    []worldRow
	byKey   map[string]worldRow
}

type worldLink struct {
	name    string
	columns []string // here, facing the key there
	to      *worldSet
}

// place is what a path leads to.
type place struct {
	path, column string
	set          *worldSet
	depth        int
}

func (p place) kind() string {
	if p.column == "big" {
		return "boolean"
	}
	return p.set.types[p.column]
}

// tally counts the shapes that came up.
type tally map[string]int

func (t tally) add(shape string, when bool) {
	if when {
		t[shape]++
	}
}

// newWorld makes up schema and rows: one to four related datasets with keys of
// one or two columns, each perhaps leading to an earlier one; one to three facts
// that lead to some of them, perhaps twice (roles), the later ones perhaps to an
// earlier fact (a fan-out), with numbers, and metrics over all that.
func newWorld(seed uint64) *world {
	d := &dice{rand.New(rand.NewPCG(seed, 7))}
	w := &world{rng: d, zone: d.pick(worldZones...), weekStart: d.pick("monday", "sunday", "saturday"), yearStart: 1 + d.IntN(12), seen: tally{}}
	at, _ := time.Parse(time.DateOnly, d.pick(anchors...))
	span := []int{3, 40, 400, 800}[d.IntN(4)]
	start := at.AddDate(0, 0, -d.IntN(span)).Add(time.Duration(d.IntN(24)) * time.Hour)
	for i := range 1 + d.IntN(4) {
		w.dimension(i)
	}
	for i := range 1 + d.IntN(3) {
		w.factSet(i)
	}
	for _, s := range w.datasets {
		n := 1 + d.IntN(6)
		if s.fact {
			n = d.IntN(50)
		}
		w.fillSet(s, n, start, span)
	}
	w.makeMetrics()
	return w
}

func (s *worldSet) column(name, kind string) string {
	s.columns, s.types[name] = append(s.columns, name), kind
	return name
}

func (s *worldSet) link(name string, to *worldSet) {
	l := worldLink{name: name, to: to}
	for i, k := range to.key {
		l.columns = append(l.columns, s.column(fmt.Sprintf("%s_id%d", name, i), to.types[k]))
	}
	s.links = append(s.links, l)
}

func (w *world) dimension(i int) {
	d, one := w.rng, []string{"city", "store", "item", "person"}[i]
	s := &worldSet{name: one + "_list", types: map[string]string{}}
	for k := range 1 + d.IntN(4)/3 {
		s.key = append(s.key, s.column(fmt.Sprintf("%s_key%d", one, k), d.pick("integer", "string")))
	}
	s.column(one+"_kind", "string")
	if d.one(2) {
		s.over = s.column(one+"_size", "integer")
	}
	if d.one(2) {
		s.column(one+"_good", "boolean")
	}
	if i > 0 && !d.one(3) {
		to := w.datasets[d.IntN(i)]
		s.link("its_"+strings.TrimSuffix(to.name, "_list"), to)
	}
	w.seen.add("key of two columns", len(s.key) == 2)
	w.datasets = append(w.datasets, s)
}

func (w *world) factSet(i int) {
	d, name := w.rng, []string{"sales", "visits", "lines"}[i]
	s := &worldSet{name: name, types: map[string]string{}, fact: true}
	if d.one(2) || i == 0 {
		s.key = []string{s.column(name+"_key", "integer")}
	}
	for j, to := range w.datasets {
		one := strings.TrimSuffix(to.name, "_list")
		switch {
		case to.fact && len(to.key) > 0 && d.one(2):
			s.link("of_"+to.name, to)
			w.seen.add("fact on a fact", true)
		case !to.fact && (j == 0 || !d.one(3)):
			s.link(one, to)
			if d.one(4) {
				s.link("other_"+one, to)
				w.seen.add("two roles", true)
			}
		}
	}
	s.time = s.column(name+"_at", d.pick("timestamp", "timestamp", "date"))
	for _, l := range s.links {
		if l.to.fact && d.one(3) && !strings.Contains(l.to.time, ".") {
			s.time = l.name + "." + l.to.time
			w.seen.add("time along a path", true)
		}
	}
	s.column(name+"_channel", "string")
	s.column(name+"_who", "string")
	s.over = s.column(name+"_n", "integer")
	s.column(name+"_m", "integer")
	s.column(name+"_price", "decimal")
	w.datasets = append(w.datasets, s)
}

func (w *world) fillSet(s *worldSet, n int, start time.Time, span int) {
	d := w.rng
	s.byKey = map[string]worldRow{}
	for i := range n {
		row := worldRow{}
		for _, c := range s.columns {
			row[c] = w.someCell(s.types[c], start, span)
		}
		for k, c := range s.key {
			id := i
			if len(s.key) == 2 {
				id = []int{i / 2, i % 2}[k]
			}
			row[c] = keyValue(s.types[c], id)
		}
		for _, l := range s.links {
			w.pointTo(row, l)
		}
		s.byKey[s.keyOf(row, s.key)] = row
		s.rows = append(s.rows, row)
	}
	d.Shuffle(len(s.rows), func(i, j int) { s.rows[i], s.rows[j] = s.rows[j], s.rows[i] })
}

// pointTo writes the key of a row there, of none there, or none at all.
func (w *world) pointTo(row worldRow, l worldLink) {
	d := w.rng
	id := d.IntN(len(l.to.rows) + 1)
	for k, c := range l.columns {
		part := id
		if len(l.columns) == 2 {
			part = []int{id / 2, id % 2}[k]
		}
		row[c] = keyValue(l.to.types[l.to.key[k]], part)
		if d.one(7) {
			row[c] = nil
			w.seen.add("NULL key", true)
		}
	}
	w.seen.add("key that leads nowhere", id == len(l.to.rows))
}

func keyValue(kind string, id int) any {
	if kind == "string" {
		return fmt.Sprintf("k%d", id)
	}
	return id - 1
}

func (w *world) someCell(kind string, start time.Time, span int) any {
	d := w.rng
	if d.one(6) {
		return nil
	}
	switch kind {
	case "integer":
		return d.IntN(8) - 1
	case "decimal":
		return float64(d.IntN(80)-8) / 4
	case "string":
		return d.pick("a", "A", "b", "x", "o'k", "null", "中")
	case "boolean":
		return d.one(2)
	case "timestamp":
		return start.Add(time.Duration(d.IntN(span*24*60)) * time.Minute)
	}
	return start.Truncate(24*time.Hour).AddDate(0, 0, d.IntN(span))
}

// places lists what can be reached, to a depth.
func (s *worldSet) places(prefix string, depth int) []place {
	var out []place
	for _, c := range s.columns {
		if t := s.types[c]; t != "decimal" && t != "timestamp" && t != "date" {
			out = append(out, place{prefix + c, c, s, strings.Count(prefix, ".")})
		}
	}
	if s.over != "" {
		out = append(out, place{prefix + "big", "big", s, strings.Count(prefix, ".")})
	}
	if depth > 0 {
		for _, l := range s.links {
			out = append(out, l.to.places(prefix+l.name+".", depth-1)...)
		}
	}
	return out
}

// common lists what can be reached by the same words from all of several facts.
func common(facts []*worldSet) []place {
	out := facts[0].places("", 4)
	for _, s := range facts[1:] {
		mine := s.places("", 4)
		out = slices.DeleteFunc(out, func(p place) bool { return !slices.Contains(mine, p) })
	}
	return out
}

// keyOf is a key's text, "" when a part is NULL.
func (s *worldSet) keyOf(row worldRow, columns []string) string {
	out := ""
	for _, c := range columns {
		if row[c] == nil {
			return ""
		}
		out += fmt.Sprint(row[c]) + "\x00"
	}
	return out
}

// lookup follows a path from a row.
func (s *worldSet) lookup(row worldRow, path string) any {
	head, rest, more := strings.Cut(path, ".")
	if !more {
		if head != "big" || s.over == "" {
			return row[head]
		}
		if n, ok := row[s.over].(int); ok {
			return n >= 2
		}
		return nil
	}
	for _, l := range s.links {
		if l.name != head {
			continue
		}
		if key := s.keyOf(row, l.columns); key != "" && l.to.byKey[key] != nil {
			return l.to.lookup(l.to.byKey[key], rest)
		}
	}
	return nil
}

// timeKind is the type of the time of a fact.
func (s *worldSet) timeKind() string {
	at := s
	column := s.time
	if head, rest, more := strings.Cut(s.time, "."); more {
		for _, l := range s.links {
			if l.name == head {
				at, column = l.to, rest
			}
		}
	}
	return at.types[column]
}

// resources turns the world into definitions.
func (w *world) resources() []*catalog.Resource {
	rs := []*catalog.Resource{{Kind: "Workspace", Metadata: catalog.Metadata{Name: "workspace"},
		Spec: &semantic.WorkspaceSpec{Zone: w.zone, WeekStart: w.weekStart, YearStart: w.yearStart}}}
	for _, s := range w.datasets {
		spec := &semantic.DatasetSpec{Time: s.time, PrimaryKey: s.key}
		for _, c := range s.columns {
			spec.Columns = append(spec.Columns, semantic.Column{Name: c, Type: expr.Type(s.types[c])})
		}
		if s.over != "" {
			spec.Dimensions = []semantic.Dimension{{Name: "big", Expr: s.over + " >= 2"}}
		}
		for _, l := range s.links {
			r := semantic.Relationship{Name: l.name, To: l.to.name, Columns: map[string]string{}, Cardinality: "many_to_one"}
			for i, c := range l.columns {
				r.Columns[c] = l.to.key[i]
			}
			spec.Relationships = append(spec.Relationships, r)
		}
		rs = append(rs, &catalog.Resource{Kind: "Dataset", Metadata: catalog.Metadata{Name: s.name}, Spec: spec})
	}
	for _, m := range w.metrics {
		rs = append(rs, &catalog.Resource{Kind: "Metric", Metadata: catalog.Metadata{Name: m.name}, Spec: m.spec(w)})
	}
	return rs
}

// rollups makes up roll-ups of a world.
func (w *world) rollups() []*catalog.Resource {
	d := w.rng
	var out []*catalog.Resource
	for i := range 4 {
		m := w.metrics[d.IntN(len(w.metrics))]
		if m.kind != "simple" {
			continue
		}
		dims := m.set.places("", 2)
		d.Shuffle(len(dims), func(i, j int) { dims[i], dims[j] = dims[j], dims[i] })
		spec := &semantic.RollupSpec{Dataset: m.set.name,
			Grain: []calendar.Grain{calendar.Day, calendar.Day, calendar.Week, calendar.Month, semantic.NoTime}[d.IntN(5)]}
		for _, p := range dims[:1+d.IntN(min(len(dims), 6))] {
			spec.Dimensions = append(spec.Dimensions, p.path)
		}
		out = append(out, &catalog.Resource{Kind: semantic.KindRollup, Metadata: catalog.Metadata{Name: fmt.Sprintf("r%d", i)}, Spec: spec})
	}
	return out
}

func (w *world) fillBench(b *queryBench) {
	b.now = time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC) // no range reaches past it
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
		b.fill(s.name, rows)
		if w.rng.one(2) && len(b.places) == 0 { // makes aggregating before joining look worth it
			st := b.states[s.name]
			st.Rows = 1 << 40
			b.states[s.name] = st
		}
	}
}
