package metrictest

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"lodestar/internal/calendar"
	"lodestar/internal/catalog"
	"lodestar/internal/expr"
	"lodestar/internal/fault"
	"lodestar/internal/semantic"
	"lodestar/internal/text"
	"lodestar/internal/warehouse"
)

// table is the rows of one dataset with their state, ready for an engine.
type table struct {
	columns []warehouse.StoredColumn
	rows    [][]any // text for decimals, so that no digit is lost
	newest  time.Time
	state   warehouse.State
}

// tables reads all rows of the test by the definitions of their datasets.
func (s *Spec) tables(m *semantic.Model) (map[string]*table, error) {
	out := map[string]*table{}
	for _, name := range slices.Sorted(maps.Keys(s.Data)) {
		t, err := newTable(m, name, "data."+name, s.Data[name])
		if err != nil {
			return nil, err
		}
		out[name] = t
	}
	for _, name := range slices.Sorted(maps.Keys(s.CSV)) {
		rows, err := csvRows("csv."+name, s.CSV[name])
		if err != nil {
			return nil, err
		}
		t, err := newTable(m, name, "csv."+name, rows)
		if err != nil {
			return nil, err
		}
		out[name] = t
	}
	return out, nil
}

func newTable(m *semantic.Model, name, path string, rows []map[string]any) (*table, error) {
	d := m.Dataset(name)
	if d == nil {
		return nil, unusable(path, "unknown_dataset", text.Text{
			ZH: "没有可用的数据集 {name}", EN: "there is no usable dataset {name}"}, "name", name)
	}
	if len(rows) > maxRows {
		return nil, unusable(path, "too_many_rows", text.Text{
			ZH: "一个测试中每个数据集最多 {n} 行", EN: "a test holds at most {n} rows of a dataset"}, "n", maxRows)
	}
	t := &table{state: warehouse.State{Dataset: name, Version: 1, Rows: int64(len(rows)),
		MinTime: map[string]time.Time{}, MaxTime: map[string]time.Time{}}}
	var names []string
	for _, c := range d.Spec.Columns {
		names = append(names, c.Name)
		t.columns = append(t.columns, warehouse.StoredColumn{Name: c.Name, Type: c.Type, Precision: c.Precision, Scale: c.Scale})
	}
	keys := map[string]int{}
	for i, row := range rows {
		at := fmt.Sprintf("%s[%d]", path, i)
		for _, k := range slices.Sorted(maps.Keys(row)) {
			if !slices.Contains(names, k) {
				return nil, unknownColumn(at+"."+k, name, k, names)
			}
		}
		values := make([]any, len(names))
		for j, c := range d.Spec.Columns {
			v, err := t.cell(row[c.Name], c, zoneOf(m, d.Spec, c))
			if err != nil {
				return nil, unusable(at+"."+c.Name, "bad_value", text.Text{
					ZH: "“{value}”不是 {type}", EN: "“{value}” is no {type}"}, "value", row[c.Name], "type", c.Type)
			}
			values[j] = v
		}
		t.rows = append(t.rows, values)
		if first, err := keyOf(d.Spec, names, values, keys, i); err != nil {
			return nil, unusable(at, "duplicate_key", text.Text{
				ZH: "第 {n} 行与第 {first} 行主键相同，或主键缺值", EN: "row {n} has the primary key of row {first}, or lacks a part of it"},
				"n", i+1, "first", first+1)
		}
	}
	return t, nil
}

var errKey = errors.New("key")

func keyOf(spec *semantic.DatasetSpec, names []string, values []any, seen map[string]int, i int) (int, error) {
	if len(spec.PrimaryKey) == 0 {
		return 0, nil
	}
	var b strings.Builder
	for _, k := range spec.PrimaryKey {
		v := values[slices.Index(names, k)]
		if v == nil {
			return i, errKey
		}
		fmt.Fprintf(&b, "%q,", fmt.Sprint(v))
	}
	first, twice := seen[b.String()]
	if twice {
		return first, errKey
	}
	seen[b.String()] = i
	return 0, nil
}

// zoneOf is the zone in which the column's naive times are meant.
func zoneOf(m *semantic.Model, d *semantic.DatasetSpec, c semantic.Column) *time.Location {
	for _, name := range []string{c.Zone, d.Zone} {
		if name == "" {
			continue
		}
		if zone, err := time.LoadLocation(name); err == nil {
			return zone
		}
	}
	if zone := m.Calendar().Zone; zone != nil {
		return zone
	}
	return time.UTC
}

// cell reads a value as its column wants it.
func (t *table) cell(v any, c semantic.Column, zone *time.Location) (any, error) {
	s, ok := plain(v)
	if !ok {
		return nil, nil
	}
	switch c.Type {
	case expr.String:
		return s, nil
	case expr.Integer:
		return strconv.ParseInt(s, 10, 64)
	case expr.Float:
		f, err := strconv.ParseFloat(s, 64)
		if math.IsInf(f, 0) || math.IsNaN(f) {
			return nil, strconv.ErrRange
		}
		return f, err
	case expr.Decimal:
		if f, err := strconv.ParseFloat(s, 64); err != nil || math.IsInf(f, 0) || math.IsNaN(f) || strings.ContainsAny(s, "xXpP_") {
			return nil, strconv.ErrSyntax
		}
		return s, fitsDecimal(s, c)
	case expr.Boolean:
		return strconv.ParseBool(s)
	}
	at, err := parseTime(s, zone)
	if err != nil {
		return nil, err
	}
	if c.Type == expr.Date {
		if at, err = time.Parse(time.DateOnly, s); err != nil {
			return nil, err
		}
	}
	if lo, some := t.state.MinTime[c.Name]; !some || at.Before(lo) {
		t.state.MinTime[c.Name] = at
	}
	if hi, some := t.state.MaxTime[c.Name]; !some || at.After(hi) {
		t.state.MaxTime[c.Name] = at
	}
	instant := at
	if c.Type == expr.Date {
		instant = calendar.Resolve(at, zone)
	}
	if instant.After(t.newest) {
		t.newest = instant
	}
	return at, nil
}

// tellNewest finds the newest times that are not of the future when the rows were
// brought.
func (t *table) tellNewest(s *warehouse.State, zone *time.Location) {
	s.Newest, s.Future = map[string]time.Time{}, map[string]int64{}
	for i, c := range t.columns {
		if !c.Type.IsTime() {
			continue
		}
		end := warehouse.Reached(c.Type, s.BroughtAt, zone)
		for _, row := range t.rows {
			at, ok := row[i].(time.Time)
			switch {
			case !ok:
			case at.After(end):
				s.Future[c.Name]++
			case s.Newest[c.Name].Before(at):
				s.Newest[c.Name] = at
			}
		}
	}
}

// fitsDecimal refuses a number with more digits before the point than the
// column holds; digits after it are rounded, as at load.
func fitsDecimal(s string, c semantic.Column) error {
	room := 12
	if c.Precision > 0 {
		room = c.Precision - c.Scale
	}
	f, err := strconv.ParseFloat(s, 64)
	if err == nil && math.Abs(f) >= math.Pow10(room) {
		return strconv.ErrRange
	}
	return err
}

// plain is the text of a value; nothing for no value.
func plain(v any) (string, bool) {
	switch v := v.(type) {
	case nil:
		return "", false
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), true
	}
	return fmt.Sprint(v), true
}

// parseTime reads a date, a wall clock in the zone, or an instant.
func parseTime(s string, zone *time.Location) (time.Time, error) {
	if at, err := time.Parse(time.RFC3339Nano, s); err == nil {
		return at.UTC(), nil
	}
	var last error
	for _, layout := range []string{time.DateOnly, "2006-01-02 15:04", "2006-01-02T15:04", time.DateTime, "2006-01-02T15:04:05"} {
		at, err := time.Parse(layout, s)
		if err == nil {
			return calendar.Resolve(at, zone).UTC(), nil
		}
		last = err
	}
	return time.Time{}, last
}

// csvRows reads a text with a header. An empty cell is no value.
func csvRows(path, src string) ([]map[string]any, error) {
	r := csv.NewReader(strings.NewReader(strings.TrimPrefix(src, "\ufeff")))
	r.TrimLeadingSpace = true
	head, err := r.Read()
	if errors.Is(err, io.EOF) {
		return nil, unusable(path, "bad_csv", text.Text{ZH: "CSV 缺少表头", EN: "the CSV has no header"})
	}
	var out []map[string]any
	for err == nil {
		var record []string
		if record, err = r.Read(); err == nil {
			row := map[string]any{}
			for i, name := range head {
				if record[i] != "" {
					row[strings.TrimSpace(name)] = record[i]
				}
			}
			for _, name := range head { // so that a column without values is known or not
				if _, ok := row[strings.TrimSpace(name)]; !ok {
					row[strings.TrimSpace(name)] = nil
				}
			}
			out = append(out, row)
		}
	}
	if !errors.Is(err, io.EOF) {
		return nil, unusable(path, "bad_csv", text.Text{ZH: "CSV 有误：{why}", EN: "the CSV cannot be read: {why}"}, "why", err)
	}
	return out, nil
}

func unknownColumn(path, dataset, name string, names []string) error {
	t := text.Text{ZH: "{dataset} 没有 {name} 列", EN: "{dataset} has no column {name}"}
	if near := expr.Didyoumean(name, names); near != "" {
		t.ZH += "，是不是想写 " + near + "？"
		t.EN += "; did you mean " + near + "?"
	}
	return unusable(path, "unknown_column", t, "dataset", dataset, "name", name)
}

// unusable is a test that cannot run: its rows or its expectation are wrong.
func unusable(path, rule string, t text.Text, pairs ...any) error {
	f := fault.New(fault.Invalid, rule, t, pairs...)
	return f.At(path, rule, f.Text)
}

// pathOf is where in the test a fault points.
func pathOf(err error) string {
	if f := fault.Of(err); len(f.Fields) > 0 && f.Fields[0].Path != "" {
		return f.Fields[0].Path
	}
	return ""
}

// at locates a path of the spec in the file of the test.
func at(r *catalog.Resource, path string) catalog.Position {
	for p := "spec." + path; ; {
		if pos, ok := r.Positions[p]; ok {
			return pos
		}
		cut := strings.LastIndexAny(p, ".[")
		if cut < 0 {
			return r.Positions[""]
		}
		p = p[:cut]
	}
}
