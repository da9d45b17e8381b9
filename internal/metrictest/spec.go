package metrictest

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"lodestar/internal/catalog"
	"lodestar/internal/fault"
	"lodestar/internal/query"
	"lodestar/internal/semantic"
	"lodestar/internal/text"
)

// KindTest is the name of the kind.
const KindTest = "Test"

// Kinds lists the kind of this package.
func Kinds() []catalog.Kind {
	return []catalog.Kind{{Name: KindTest, Plural: "tests", Title: text.Text{ZH: "指标测试", EN: "Metric test"},
		New: func() catalog.Spec { return &Spec{} }}}
}

// Limits of one test: it is an example, not a data set.
const (
	maxRows  = 5000
	maxCases = 200
)

// Spec is kind Test. Datasets that have no rows here are empty.
type Spec struct {
	// Now is what the clock shows, such as 2026-02-01; default the midnight
	// after the newest time among the rows.
	Now string `json:"now,omitempty"`
	// Data are rows by dataset: column and value; a column left out has none.
	Data map[string][]map[string]any `json:"data,omitempty"`
	// CSV are rows by dataset as comma-separated text with a header.
	CSV map[string]string `json:"csv,omitempty"`
	// Files name CSV files by dataset, relative to the file of the test. Only
	// "lodestar test" reads them: what is stored carries its rows.
	Files map[string]string `json:"files,omitempty"`
	Cases []Case            `json:"cases"`
}

// Case is a question and its answer.
type Case struct {
	Name  string         `json:"name,omitempty"` // says what it shows
	Query map[string]any `json:"query"`          // the query object
	// Expect lists the rows of the answer: column and value. All rows name the
	// same columns; other columns of the answer are not looked at.
	Expect []map[string]any `json:"expect,omitempty"`
	Totals []map[string]any `json:"totals,omitempty"` // the total, when it matters
	Others []map[string]any `json:"others,omitempty"` // the rows of all others, when they matter
	// Ordered says that the order of the rows matters, too.
	Ordered bool `json:"ordered,omitempty"`
	// Tolerance is how far a number may be off; default a billionth of it.
	Tolerance float64 `json:"tolerance,omitempty"`
	Error     string  `json:"error,omitempty"` // the code of the error that the question ends in
}

var _ catalog.Spec = (*Spec)(nil)

// request reads the question.
func (c *Case) request() (query.Request, error) {
	b, err := json.Marshal(c.Query)
	if err != nil {
		return query.Request{}, err
	}
	return query.Decode(b)
}

// Validate checks the test by itself.
func (s *Spec) Validate(catalog.Metadata) []catalog.Finding {
	var out []catalog.Finding
	add := func(path, rule string, t text.Text, pairs ...any) {
		out = append(out, catalog.Finding{Path: path, Rule: rule, Severity: catalog.Error, Text: t.With(pairs...)})
	}
	if s.Now != "" {
		if _, err := parseTime(s.Now, time.UTC); err != nil {
			add("now", "bad_value", text.Text{ZH: "now 应写成 2026-02-01 或 2026-02-01 09:00", EN: "write now like 2026-02-01 or 2026-02-01 09:00"})
		}
	}
	seen := map[string]string{}
	for _, part := range []struct {
		key   string
		names []string
	}{{"data", slices.Sorted(maps.Keys(s.Data))}, {"csv", slices.Sorted(maps.Keys(s.CSV))}, {"files", slices.Sorted(maps.Keys(s.Files))}} {
		for _, name := range part.names {
			if other := seen[name]; other != "" {
				add(part.key+"."+name, "duplicate", text.Text{
					ZH: "{name} 的数据行已写在 {other} 中", EN: "the rows of {name} are given under {other} already"}, "name", name, "other", other)
			}
			seen[name] = part.key
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.Files)) {
		add("files."+name, "rows_elsewhere", text.Text{
			ZH: "保存在工作区的测试须自带数据行：请写在 data 或 csv 中；或把测试放进名称以 _test.yaml 结尾的文件，只由 lodestar test 运行",
			EN: "a stored test carries its rows: write them under data or csv; or put the test into a file whose name ends in _test.yaml, for lodestar test alone"})
	}
	switch {
	case len(s.Cases) == 0:
		add("cases", "required", text.Text{ZH: "至少写一个 query 和期望的结果", EN: "give at least one query with what it should answer"})
	case len(s.Cases) > maxCases:
		add("cases", "too_many", text.Text{ZH: "一个测试最多 {n} 个用例", EN: "a test may have at most {n} cases"}, "n", maxCases)
	}
	for i := range s.Cases {
		out = append(out, s.Cases[i].validate(fmt.Sprintf("cases[%d]", i))...)
	}
	return out
}

func (c *Case) validate(path string) []catalog.Finding {
	var out []catalog.Finding
	add := func(path, rule string, t text.Text, pairs ...any) {
		out = append(out, catalog.Finding{Path: path, Rule: rule, Severity: catalog.Error, Text: t.With(pairs...)})
	}
	if len(c.Query) == 0 {
		add(path+".query", "required", text.Text{ZH: "缺少 query", EN: "the query is missing"})
	} else if _, err := c.request(); err != nil {
		f := fault.Of(err)
		at := path + ".query"
		if len(f.Fields) > 0 && f.Fields[0].Path != "" {
			at += "." + f.Fields[0].Path
		}
		add(at, f.Code, f.Text)
	}
	if c.Tolerance < 0 {
		add(path+".tolerance", "bad_value", text.Text{ZH: "tolerance 不能为负", EN: "the tolerance must not be negative"})
	}
	if c.Error != "" && len(c.Expect)+len(c.Totals)+len(c.Others) > 0 {
		add(path+".error", "bad_value", text.Text{ZH: "期望出错时不能同时期望数据行", EN: "a case expects either an error or rows"})
	}
	for _, rows := range c.parts() {
		for i, row := range rows.expected {
			if i > 0 && !sameKeys(row, rows.expected[0]) {
				add(fmt.Sprintf("%s.%s[%d]", path, rows.name, i), "other_columns", text.Text{
					ZH: "各行须写相同的列；没有值时写 null", EN: "all rows name the same columns; write null for no value"})
			}
		}
	}
	return out
}

func sameKeys(a, b map[string]any) bool {
	return slices.Equal(slices.Sorted(maps.Keys(a)), slices.Sorted(maps.Keys(b)))
}

// Refs names the metrics asked for and the datasets that have rows.
func (s *Spec) Refs() []catalog.Ref {
	var out []catalog.Ref
	for _, part := range []struct {
		key   string
		names []string
	}{{"data", slices.Sorted(maps.Keys(s.Data))}, {"csv", slices.Sorted(maps.Keys(s.CSV))}, {"files", slices.Sorted(maps.Keys(s.Files))}} {
		for _, name := range part.names {
			out = append(out, catalog.Ref{Kind: semantic.KindDataset, Name: name, Path: part.key + "." + name})
		}
	}
	for i := range s.Cases {
		r, err := s.Cases[i].request()
		if err != nil || s.Cases[i].Error != "" {
			continue // said by Validate; or an error about an unknown metric may be what is expected
		}
		for j, m := range r.Metrics {
			if m.Metric != "" {
				out = append(out, catalog.Ref{Kind: semantic.KindMetric, Name: m.Metric, Path: fmt.Sprintf("cases[%d].query.metrics[%d]", i, j)})
			}
		}
	}
	return out
}

// Rename gives a copy that follows a dataset or metric to another name. The
// answer's columns keep their names.
func (s *Spec) Rename(kind, from, to string) catalog.Spec {
	c := *s
	switch kind {
	case semantic.KindDataset:
		c.Data, c.CSV, c.Files = moved(s.Data, from, to), moved(s.CSV, from, to), moved(s.Files, from, to)
	case semantic.KindMetric:
		c.Cases = slices.Clone(s.Cases)
		for i := range c.Cases {
			c.Cases[i].Query = renameMetric(c.Cases[i].Query, from, to)
		}
	}
	return &c
}

func moved[V any](m map[string]V, from, to string) map[string]V {
	v, ok := m[from]
	if !ok {
		return m
	}
	out := maps.Clone(m)
	delete(out, from)
	out[to] = v
	return out
}

func renameMetric(q map[string]any, from, to string) map[string]any {
	list, ok := q["metrics"].([]any)
	if !ok {
		return q
	}
	out := maps.Clone(q)
	list = slices.Clone(list)
	for i, m := range list {
		switch m := m.(type) {
		case string:
			if m == from {
				list[i] = map[string]any{"metric": to, "as": from}
			}
		case map[string]any:
			if m["metric"] == from {
				ref := maps.Clone(m)
				ref["metric"] = to
				if _, named := ref["as"]; !named {
					ref["as"] = from
				}
				list[i] = ref
			}
		}
	}
	out["metrics"] = list
	return out
}
