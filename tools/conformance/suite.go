package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"lodestar/internal/importer"
	"lodestar/internal/importer/metricflow"
)

// suite is a folder of cases.
type suite struct {
	dir    string
	cases  []testCase
	tables map[string]*dataTable
	schema string // name that manifests put in front of tables

	manifests map[string][]importer.File // read so far
	expects   map[string]*expectation    // the same
}

// testCase is an item of cases.json.
type testCase struct {
	Name           string   `json:"name"`
	Group          string   `json:"group"`
	Description    string   `json:"description"`
	Manifest       string   `json:"manifest"`
	Metrics        []string `json:"metrics"`
	GroupBy        []string `json:"group_by"`
	Where          []string `json:"where"`
	TimeConstraint []string `json:"time_constraint"`
	OrderBy        []string `json:"order_by"`
	Limit          *int     `json:"limit"`
	MinMaxOnly     bool     `json:"min_max_only"`
	ApplyGroupBy   *bool    `json:"apply_group_by"`
	SavedQuery     string   `json:"saved_query"`
	CheckOrder     bool     `json:"check_order"`
	AllowEmpty     bool     `json:"allow_empty"`
	SkipReason     string   `json:"skip_reason"`
}

// query is the case as MetricFlow's question.
func (c testCase) query() metricflow.Query {
	q := metricflow.Query{Metrics: c.Metrics, GroupBy: c.GroupBy, Where: c.Where, OrderBy: c.OrderBy, MinMax: c.MinMaxOnly,
		KeepRows: c.ApplyGroupBy != nil && !*c.ApplyGroupBy, SavedName: c.SavedQuery}
	if len(c.TimeConstraint) == 2 {
		q.From, q.To = c.TimeConstraint[0], c.TimeConstraint[1]
	}
	if c.Limit != nil {
		q.Limit = *c.Limit
	}
	return q
}

// expectation is a file of expected/.
type expectation struct {
	Case    string `json:"case"`
	Columns []struct {
		Name string `json:"name"`
		Type string `json:"type"`
	} `json:"columns"`
	RowCount     int      `json:"row_count"`
	Rows         [][]any  `json:"rows"`
	AlsoAccepted *[][]any `json:"also_accepted"`
	Hash         string   `json:"hash"`
}

func readJSON(path string, into any) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(b, into); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// openSuite reads everything but the expectations.
func openSuite(dir string) (*suite, error) {
	s := &suite{dir: dir, tables: map[string]*dataTable{}, manifests: map[string][]importer.File{}, expects: map[string]*expectation{}}
	if err := readJSON(filepath.Join(dir, "cases.json"), &s.cases); err != nil {
		return nil, err
	}
	if len(s.cases) == 0 {
		return nil, fmt.Errorf("%s holds no cases", dir)
	}
	var schema struct {
		Schema string                `json:"schema"`
		Tables map[string]*dataTable `json:"tables"`
	}
	if err := readJSON(filepath.Join(dir, "tables", "schema.json"), &schema); err != nil {
		return nil, err
	}
	s.schema = schema.Schema
	for name, t := range schema.Tables {
		if err := t.read(filepath.Join(dir, "tables")); err != nil {
			return nil, fmt.Errorf("table %s: %w", name, err)
		}
		t.name = name
		s.tables[name] = t
	}
	return s, nil
}

// expected reads what a case must give.
func (s *suite) expected(name string) (*expectation, error) {
	if e := s.expects[name]; e != nil {
		return e, nil
	}
	e := &expectation{}
	if err := readJSON(filepath.Join(s.dir, "expected", name+".json"), e); err != nil {
		return nil, err
	}
	s.expects[name] = e
	return e, nil
}

// manifest reads the files of a manifest.
func (s *suite) manifest(name string) ([]importer.File, error) {
	if files := s.manifests[name]; files != nil {
		return files, nil
	}
	dir := filepath.Join(s.dir, "manifests", name)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var out []importer.File
	for _, e := range entries {
		if !slices.Contains([]string{".yaml", ".yml", ".json"}, filepath.Ext(e.Name())) {
			continue
		}
		b, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return nil, err
		}
		out = append(out, importer.File{Name: name + "/" + e.Name(), Data: b})
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("the manifest %s has no files", name)
	}
	s.manifests[name] = out
	return out, nil
}

// table finds a table by the name that a manifest gives it.
func (s *suite) table(written string) *dataTable {
	name := written[strings.LastIndex(written, ".")+1:]
	if t := s.tables[name]; t != nil {
		return t
	}
	return s.tables[strings.ToLower(name)]
}

// columns is the schema that an import looks types up in.
func (s *suite) columns(written string) ([]importer.Column, bool) {
	t := s.table(written)
	if t == nil {
		return nil, false
	}
	out := make([]importer.Column, len(t.Columns))
	for i, c := range t.Columns {
		out[i] = importer.Column{Name: c.Name, Type: c.typ()}
	}
	return out, true
}
