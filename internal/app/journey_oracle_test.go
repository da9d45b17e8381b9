package app_test

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// record is one row with the columns of the tables it leads to, by path; a
// missing entry is no value. Key "time" is the local date or time.
type record map[string]string

// readRecords reads a CSV file; empty cells are left out.
func readRecords(t *testing.T, path string) []record {
	t.Helper()
	f, err := os.Open(filepath.Clean(path))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	out := make([]record, 0, len(rows)-1)
	for _, r := range rows[1:] {
		rec := record{}
		for i, h := range rows[0] {
			if r[i] != "" {
				rec[h] = r[i]
			}
		}
		out = append(out, rec)
	}
	return out
}

// byKey indexes records by a column.
func byKey(rs []record, column string) map[string]record {
	out := make(map[string]record, len(rs))
	for _, r := range rs {
		out[r[column]] = r
	}
	return out
}

// attach copies the columns of the record that r leads to under prefix.
func (r record) attach(prefix string, to record, columns ...string) {
	for _, c := range columns {
		if v, ok := to[c]; ok {
			r[prefix+"."+c] = v
		}
	}
}

func (r record) number(column string) float64 {
	v, err := strconv.ParseFloat(r[column], 64)
	if err != nil {
		panic(fmt.Sprintf("%s: %v in %v", column, err, r))
	}
	return v
}

// bucket is the first day of the period in which the record lies.
func (r record) bucket(grain string) string {
	day, err := time.Parse(time.DateOnly, r["time"][:10])
	if err != nil {
		panic(err)
	}
	switch grain {
	case "week":
		day = day.AddDate(0, 0, -(int(day.Weekday())+6)%7)
	case "month":
		day = day.AddDate(0, 0, 1-day.Day())
	case "quarter":
		day = time.Date(day.Year(), (day.Month()-1)/3*3+1, 1, 0, 0, 0, 0, time.UTC)
	case "year":
		day = time.Date(day.Year(), 1, 1, 0, 0, 0, 0, time.UTC)
	}
	return day.Format(time.DateOnly)
}

// oracleMetric is a metric told once more, in plain Go: either an aggregate
// over the records of a dataset, or a combination of others.
type oracleMetric struct {
	dataset string
	agg     string // count count_distinct sum avg min max median p90
	value   func(record) float64
	column  string // for count_distinct
	keep    func(record) bool

	parts   []oracleMetric
	combine func(v []*float64) *float64
}

func ratio(a, b oracleMetric) oracleMetric {
	return oracleMetric{parts: []oracleMetric{a, b}, combine: func(v []*float64) *float64 { return divide(v[0], v[1]) }}
}

func (m oracleMetric) where(keep func(record) bool) oracleMetric {
	m.keep = keep
	return m
}

func divide(a, b *float64) *float64 {
	if a == nil || b == nil || *b == 0 {
		return nil
	}
	x := *a / *b
	return &x
}

func multiply(a, b *float64) *float64 {
	if a == nil || b == nil {
		return nil
	}
	x := *a * *b
	return &x
}

// by is a dimension (a path), or a grain of time.
type by struct{ dimension, grain string }

func (b by) of(r record) string {
	if b.grain != "" {
		return r.bucket(b.grain)
	}
	if v, ok := r[b.dimension]; ok {
		return v
	}
	return "∅"
}

// journeyOracle answers from records in memory. Groups are kept, as many metrics
// are asked by the same keys; they are numbers of records.
type journeyOracle struct {
	data    map[string][]record
	grouped map[string]map[string][]int
}

func newJourneyOracle(data map[string][]record) *journeyOracle {
	return &journeyOracle{data, map[string]map[string][]int{}}
}

func (o *journeyOracle) group(dataset string, keys []by) map[string][]int {
	id := fmt.Sprint(dataset, keys)
	if g, ok := o.grouped[id]; ok {
		return g
	}
	g, parts := map[string][]int{}, make([]string, len(keys))
	for i, r := range o.data[dataset] {
		for k, b := range keys {
			parts[k] = b.of(r)
		}
		name := strings.Join(parts, " | ")
		g[name] = append(g[name], i)
	}
	o.grouped[id] = g
	return g
}

// reading is a metric with what each of its leaves takes from each record, which
// is the same by whatever keys it is asked.
type reading struct {
	o      *journeyOracle
	m      oracleMetric
	leaves []leafReading
}

// leafReading has values for an aggregate of numbers, texts for one that counts
// what differs; no text is no value.
type leafReading struct {
	oracleMetric
	kept   []bool
	values []float64
	texts  []string
}

func (o *journeyOracle) read(m oracleMetric) reading {
	out := reading{o: o, m: m}
	for _, l := range m.leaves() {
		rs := o.data[l.dataset]
		r := leafReading{oracleMetric: l, kept: make([]bool, len(rs)), values: make([]float64, len(rs)), texts: make([]string, len(rs))}
		for i, row := range rs {
			if r.kept[i] = l.keep == nil || l.keep(row); !r.kept[i] {
				continue
			}
			switch l.agg {
			case "count":
			case "count_distinct":
				r.texts[i] = row[l.column]
			default:
				r.values[i] = l.value(row)
			}
		}
		out.leaves = append(out.leaves, r)
	}
	return out
}

// ask gives the value of every group that has a record of any part of the
// metric.
func (o *journeyOracle) ask(m oracleMetric, keys []by) map[string]*float64 { return o.read(m).by(keys) }

func (r reading) by(keys []by) map[string]*float64 {
	groups := make([]map[string][]int, len(r.leaves))
	all := map[string]bool{}
	for i, l := range r.leaves {
		groups[i] = map[string][]int{}
		for name, rows := range r.o.group(l.dataset, keys) {
			for _, row := range rows {
				if l.kept[row] {
					groups[i][name], all[name] = append(groups[i][name], row), true
				}
			}
		}
	}
	out := map[string]*float64{}
	for g := range all {
		next := 0
		out[g] = r.m.compute(func(oracleMetric) *float64 {
			v := r.leaves[next].aggregate(groups[next][g])
			next++
			return v
		})
	}
	return out
}

func (m oracleMetric) leaves() []oracleMetric {
	if m.combine == nil {
		return []oracleMetric{m}
	}
	var out []oracleMetric
	for _, p := range m.parts {
		out = append(out, p.leaves()...)
	}
	return out
}

func (m oracleMetric) compute(leaf func(oracleMetric) *float64) *float64 {
	if m.combine == nil {
		return leaf(m)
	}
	v := make([]*float64, len(m.parts))
	for i, p := range m.parts {
		v[i] = p.compute(leaf)
	}
	return m.combine(v)
}

func (l leafReading) aggregate(rows []int) *float64 {
	var x float64
	switch l.agg {
	case "count":
		x = float64(len(rows))
		return &x
	case "count_distinct":
		seen := map[string]bool{}
		for _, i := range rows {
			if l.texts[i] != "" {
				seen[l.texts[i]] = true
			}
		}
		x = float64(len(seen))
		return &x
	}
	var values []float64
	for _, i := range rows {
		values = append(values, l.values[i])
	}
	if len(values) == 0 {
		return nil
	}
	slices.Sort(values)
	switch l.agg {
	case "min":
		x = values[0]
	case "max":
		x = values[len(values)-1]
	case "median":
		x = interpolated(values, 0.5)
	case "p90":
		x = interpolated(values, 0.9)
	default:
		for _, v := range values {
			x += v
		}
		if l.agg == "avg" {
			x /= float64(len(values))
		}
	}
	return &x
}

// interpolated reads a value between the two nearest of sorted values.
func interpolated(values []float64, q float64) float64 {
	at := q * float64(len(values)-1)
	i := int(at)
	if i+1 == len(values) {
		return values[i]
	}
	return values[i] + (at-float64(i))*(values[i+1]-values[i])
}
