package main

import (
	"hash/fnv"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"lodestar/internal/importer"
	"lodestar/internal/importer/metricflow"
	"lodestar/internal/query"
	"lodestar/internal/semantic"
)

// TestRenamedPermutedShifted asks the same questions of another world: every
// identifier has another name and rows stand in another order, and where
// months play no part all dates are 364 days later. The verdicts must be the
// same, so nothing can hang on the names or the order of the cases.
func TestRenamedPermutedShifted(t *testing.T) {
	for _, engine := range engineNames() {
		if engine == "duckdb" || allEngines() {
			t.Run(engine, func(t *testing.T) { inOtherWorlds(t, engine) })
		}
	}
}

func inOtherWorlds(t *testing.T, engine string) {
	base, err := openSuite(casesDir(t))
	if err != nil {
		t.Fatal(err)
	}
	o := options{engine: engine, optimiser: "on"}
	st := stageOf(t, base, o)
	results := st.runAll(t.Context(), o, func(result) {})
	if b, ok := st.bed.(*serverBed); ok { // the same server will do
		o.dsn = b.dsn
	}
	for _, w := range []world{{name: "renamed and permuted"}, {name: "and shifted", days: 364}} {
		t.Run(w.name, func(t *testing.T) { w.compare(t, base, results, o) })
	}
}

func (w *world) compare(t *testing.T, base *suite, results []result, o options) {
	w.learn(t, base)
	again := runOn(t, w.suite(t, base, results), o)
	before := map[string]result{}
	for _, r := range results {
		before[r.name] = r
	}
	passed := 0
	for _, r := range again {
		b := before[r.name]
		if (b.err == nil) != (r.err == nil) {
			t.Errorf("%s: before %v, now %v", r.name, b.err, r.err)
		} else if r.err == nil && r.skipped == "" {
			passed++
		}
	}
	if passed < 60 {
		t.Errorf("only %d cases could be compared", passed)
	}
	t.Logf("%d of %d cases pass in both worlds", passed, len(again))
}

// world is a way to say the same in other words.
type world struct {
	name  string
	days  int
	names map[string]string
}

var words = regexp.MustCompile(`[A-Za-z0-9_]+`)

// rename changes one identifier; names with double underscores part by part.
func (w *world) rename(word string) string {
	parts := strings.Split(word, "__")
	for i, p := range parts {
		if to, ok := w.names[strings.ToLower(p)]; ok {
			parts[i] = to
		}
	}
	return strings.Join(parts, "__")
}

func (w *world) text(s string) string {
	return w.dates(words.ReplaceAllStringFunc(s, w.rename))
}

var day = regexp.MustCompile(`\b\d{4}-\d{2}-\d{2}\b`)

func (w *world) dates(s string) string {
	return day.ReplaceAllStringFunc(s, func(d string) string {
		at, err := time.Parse(time.DateOnly, d)
		if err != nil {
			return d
		}
		return at.AddDate(0, 0, w.days).Format(time.DateOnly)
	})
}

// taken words mean something in manifests and are never names there.
var taken = strings.Fields(`primary unique foreign natural categorical time simple ratio derived cumulative conversion sum min max
	average count count_distinct sum_boolean percentile median first last demo metric_time conversion_rate conversions true false day
	month week quarter year hour days hours months second minute millisecond and or not is null in cast as timestamp nullif case when
	then else end dimension timedimension entity metric`)

var named = regexp.MustCompile(`(?m)^\s*(?:- )?(name|alias|expr|primary_entity|entity|numerator|denominator|measure|column_name|location|base_property|conversion_property):\s*"?([A-Za-z0-9_.]+)"?\s*$`)

// learn finds all identifiers: of tables, columns and manifests.
func (w *world) learn(t *testing.T, s *suite) {
	w.names = map[string]string{}
	add := func(id string) {
		id = strings.ToLower(id)
		if id == "" || slices.Contains(taken, id) || id[0] >= '0' && id[0] <= '9' {
			return
		}
		h := fnv.New32a()
		h.Write([]byte("another world " + id))
		w.names[id] = "z" + strconv.FormatUint(uint64(h.Sum32()), 36)
	}
	for name, table := range s.tables {
		add(name)
		for _, c := range table.Columns {
			add(c.Name)
		}
	}
	for _, c := range s.cases {
		files, err := s.manifest(c.Manifest)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			for _, m := range named.FindAllStringSubmatch(string(f.Data), -1) {
				for part := range strings.SplitSeq(m[2], ".") {
					add(part)
				}
			}
		}
	}
	seen := map[string]string{}
	for id, to := range w.names {
		if other, twice := seen[to]; twice {
			t.Fatalf("%s and %s get the same name", id, other)
		}
		seen[to] = id
	}
}

var key = regexp.MustCompile(`^(\s*(?:- )?)([a-z_]+:)(.*)$`)

// yaml renames the values of a manifest and leaves its keys.
func (w *world) yaml(src string) string {
	lines := strings.Split(src, "\n")
	for i, line := range lines {
		if m := key.FindStringSubmatch(line); m != nil {
			lines[i] = m[1] + m[2] + w.text(m[3])
		} else {
			lines[i] = w.text(line)
		}
	}
	return strings.Join(lines, "\n")
}

// suite is the whole suite in the other world, without the cases that it does
// not hold for.
func (w *world) suite(t *testing.T, s *suite, results []result) *suite {
	out := &suite{tables: map[string]*dataTable{}, schema: s.schema, manifests: map[string][]importer.File{}, expects: map[string]*expectation{}}
	random := rand.New(rand.NewPCG(1, 2))
	for name, table := range s.tables {
		moved := &dataTable{name: w.rename(name), Count: table.Count}
		for _, c := range table.Columns {
			moved.Columns = append(moved.Columns, dataColumn{w.rename(c.Name), c.Type})
		}
		for _, row := range table.rows {
			cells := make([]any, len(row))
			for i, v := range row {
				cells[i] = w.cell(v)
			}
			moved.rows = append(moved.rows, cells)
		}
		random.Shuffle(len(moved.rows), func(i, j int) { moved.rows[i], moved.rows[j] = moved.rows[j], moved.rows[i] })
		out.tables[moved.name] = moved
	}
	for name, files := range s.manifests {
		for _, f := range files {
			out.manifests[name] = append(out.manifests[name], importer.File{Name: f.Name, Data: []byte(w.yaml(string(f.Data)))})
		}
	}
	for i, c := range s.cases {
		if c.SkipReason != "" || w.days != 0 && !movable(t, s, c, results[i]) {
			continue
		}
		e, err := s.expected(c.Name)
		if err != nil {
			t.Fatal(err)
		}
		if e.Hash != "" && results[i].err != nil {
			continue // no rows to move
		}
		out.cases = append(out.cases, w.asked(c))
		out.expects[c.Name] = w.expectation(e, results[i])
	}
	return out
}

// cell moves a time, also one written as text; other values stay.
func (w *world) cell(v any) any {
	switch v := v.(type) {
	case time.Time:
		return v.AddDate(0, 0, w.days)
	case string:
		if len(v) == len(time.DateOnly) {
			return w.dates(v)
		}
	}
	return v
}

func (w *world) asked(c testCase) testCase {
	each := func(list []string) []string {
		out := make([]string, len(list))
		for i, s := range list {
			out[i] = w.text(s)
		}
		return out
	}
	c.Metrics, c.GroupBy, c.Where, c.OrderBy = each(c.Metrics), each(c.GroupBy), each(c.Where), each(c.OrderBy)
	c.TimeConstraint, c.SavedQuery = each(c.TimeConstraint), w.text(c.SavedQuery)
	return c
}

func (w *world) expectation(e *expectation, was result) *expectation {
	out := *e
	out.Columns = slices.Clone(e.Columns)
	for i := range out.Columns {
		out.Columns[i].Name = w.rename(out.Columns[i].Name)
	}
	rows := func(list [][]any) [][]any {
		moved := make([][]any, len(list))
		for r, row := range list {
			moved[r] = slices.Clone(row)
			for i, v := range row {
				if s, ok := v.(string); ok && e.Columns[i].Type == "timestamp" {
					moved[r][i] = w.dates(s[:10]) + s[10:]
				}
			}
		}
		return moved
	}
	out.Rows = rows(e.Rows)
	if e.AlsoAccepted != nil {
		also := rows(*e.AlsoAccepted)
		out.AlsoAccepted = &also
	}
	if e.Hash != "" {
		a := &answer{}
		for _, c := range was.got.columns {
			a.columns = append(a.columns, w.rename(c))
		}
		for _, row := range was.got.rows {
			cells := make([]any, len(row))
			for i, v := range row {
				cells[i] = v
				if at, ok := v.(time.Time); ok {
					cells[i] = at.AddDate(0, 0, w.days)
				}
			}
			a.rows = append(a.rows, cells)
		}
		out.Hash = hash(a)
	}
	return &out
}

var months = regexp.MustCompile(`month|quarter|year|alien_day`)

// movable reports whether months, quarters and years play no part in a case:
// 364 days later, days and weeks are the same and those are not.
func movable(t *testing.T, s *suite, c testCase, was result) bool {
	said := strings.Join(c.GroupBy, " ") + strings.Join(c.Where, " ") + strings.Join(c.OrderBy, " ") + c.SavedQuery
	if was.request == nil || months.MatchString(said) || strings.Contains(said, "extract_") && !strings.Contains(said, "extract_dow") {
		return false
	}
	for _, by := range was.request.By {
		if months.MatchString(string(by.Time)) {
			return false
		}
	}
	if r := was.request.Time; r != nil && widerThanDays(c, r) {
		return false
	}
	files, err := s.manifest(c.Manifest)
	if err != nil {
		t.Fatal(err)
	}
	return !monthly(definitions(files, s), was.request)
}

func widerThanDays(c testCase, r *query.TimeRange) bool {
	if len(c.TimeConstraint) != 2 {
		return true
	}
	return r.From[:10] != c.TimeConstraint[0][:10]
}

func definitions(files []importer.File, s *suite) map[string]*semantic.MetricSpec {
	out := map[string]*semantic.MetricSpec{}
	for _, r := range metricflow.New(files, s.columns).Resources() {
		if spec, ok := r.Spec.(*semantic.MetricSpec); ok {
			out[r.Metadata.Name] = spec
		}
	}
	return out
}

// monthly reports whether a metric asked, or one below it, speaks of months.
func monthly(all map[string]*semantic.MetricSpec, r *query.Request) bool {
	var look func(name string) bool
	look = func(name string) bool {
		spec := all[name]
		if spec == nil {
			return true
		}
		if months.MatchString(spec.Window + string(spec.ToDate) + spec.Time + spec.Where) {
			return true
		}
		var below []semantic.Input
		for _, in := range spec.Inputs {
			below = append(below, in)
		}
		for _, in := range []*semantic.Input{spec.Numerator, spec.Denominator, spec.Base, spec.Conversion} {
			if in != nil {
				below = append(below, *in)
			}
		}
		if spec.Metric != "" {
			below = append(below, semantic.Input{Metric: spec.Metric})
		}
		return slices.ContainsFunc(below, func(in semantic.Input) bool {
			return months.MatchString(in.Offset+string(in.OffsetTo)) || look(in.Metric)
		})
	}
	return slices.ContainsFunc(r.Metrics, func(m query.MetricRef) bool { return look(m.Metric) })
}
