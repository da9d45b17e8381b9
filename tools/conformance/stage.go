package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"lodestar/internal/access"
	"lodestar/internal/catalog"
	"lodestar/internal/fault"
	"lodestar/internal/importer/metricflow"
	"lodestar/internal/kinds"
	"lodestar/internal/query"
	"lodestar/internal/semantic"
	"lodestar/internal/warehouse"
	"lodestar/internal/warehouse/direct"
)

// stage runs the cases of a suite on one engine. Tables are filled when the
// first manifest speaks of them.
type stage struct {
	suite  *suite
	bed    bed
	filled map[string]bool
	plays  map[string]*play
}

// play is a manifest that has been imported, over a warehouse whose datasets
// are the tables of the manifest.
type play struct {
	house   house
	im      *metricflow.Import
	edition int // of the compiled model
	model   *semantic.Model
	broken  []catalog.Finding
	engines map[string]*query.Engine // by setting of the optimiser
}

// result is the verdict on a case.
type result struct {
	name    string
	group   string
	skipped string
	err     error
	detail  string
	got     *answer
	request *query.Request
}

func newStage(s *suite, b bed) *stage {
	return &stage{suite: s, bed: b, filled: map[string]bool{}, plays: map[string]*play{}}
}

// now is after all rows.
func now() time.Time { return time.Date(2060, 1, 1, 0, 0, 0, 0, time.UTC) }

// open imports a manifest, once.
func (s *stage) open(ctx context.Context, name string) (*play, error) {
	if p := s.plays[name]; p != nil {
		return p, nil
	}
	files, err := s.suite.manifest(name)
	if err != nil {
		return nil, err
	}
	p := &play{im: metricflow.New(files, s.suite.columns), edition: -1, engines: map[string]*query.Engine{}}
	tables := map[string]direct.Table{}
	for dataset, src := range p.im.Sources() {
		t := s.suite.table(src.Table)
		if t == nil {
			continue // a question about it fails
		}
		if tables[dataset], err = s.table(ctx, t, dataset, src); err != nil {
			return nil, err
		}
	}
	if p.house, err = s.bed.Open(ctx, tables); err != nil {
		return nil, err
	}
	for _, optimiser := range []string{"on", "off"} {
		p.engines[optimiser] = query.New(query.Config{Model: func() *semantic.Model { return p.model }, Warehouse: p.house, Now: now,
			CacheBytes: -1, Plain: optimiser == "off"})
	}
	s.plays[name] = p
	return p, nil
}

// runAll runs the cases asked for.
func (s *stage) runAll(ctx context.Context, o options, done func(result)) []result {
	var out []result
	for _, c := range s.suite.cases {
		if (o.group == "" || c.Group == o.group) && strings.Contains(c.Name, o.name) {
			r := s.run(ctx, c, o)
			done(r)
			out = append(out, r)
		}
	}
	return out
}

// close closes the warehouses and the bed.
func (s *stage) close() error {
	var err error
	for _, p := range s.plays {
		err = errors.Join(err, p.house.Close())
	}
	return errors.Join(err, s.bed.Close())
}

// table gives where a dataset's rows are: the table, or a view where columns
// have other names.
func (s *stage) table(ctx context.Context, t *dataTable, dataset string, src metricflow.Source) (direct.Table, error) {
	if !s.filled[t.name] {
		if err := t.make(ctx, s.bed); err != nil {
			return direct.Table{}, err
		}
		s.filled[t.name] = true
	}
	out := direct.Table{Name: t.name}
	same := true
	list := make([]string, len(src.Columns))
	d := s.bed.Dialect()
	for i, c := range src.Columns {
		same = same && c.Name == c.Source
		list[i] = d.Quote(c.Source) + " AS " + d.Quote(c.Name)
		out.Columns = append(out.Columns, warehouse.StoredColumn{Name: c.Name, Type: c.Type})
	}
	if same {
		return out, nil
	}
	out.Name = fmt.Sprintf("v%d_%s", len(s.plays), dataset)
	return out, s.bed.Make(ctx, "VIEW", out.Name, "AS SELECT "+strings.Join(list, ", ")+" FROM "+s.bed.Table(t.name))
}

// compile brings the model up to date: the definitions go the way of all
// definitions, through YAML.
func (p *play) compile() error {
	if p.edition == p.im.Edition() {
		return nil
	}
	text, err := catalog.Encode(p.im.Resources())
	if err != nil {
		return err
	}
	rs, findings := catalog.Decode("imported.yaml", text, kinds.All())
	model, more := semantic.Compile(rs)
	p.model, p.edition = model, p.im.Edition()
	p.broken = nil
	for _, r := range rs {
		for _, f := range r.Spec.Validate(r.Metadata) {
			f.Kind, f.Name = r.Kind, r.Metadata.Name
			findings = append(findings, f)
		}
	}
	for _, f := range append(findings, more...) {
		if f.Severity == catalog.Error {
			p.broken = append(p.broken, f)
		}
	}
	return nil
}

// run gives the verdict on one case.
func (s *stage) run(ctx context.Context, c testCase, o options) result {
	r := result{name: c.Name, group: c.Group}
	if c.SkipReason != "" {
		r.skipped = c.SkipReason
		return r
	}
	want, err := s.suite.expected(c.Name)
	if err != nil {
		r.err = err
		return r
	}
	p, err := s.open(ctx, c.Manifest)
	if err != nil {
		r.err = err
		return r
	}
	got, request, err := p.ask(ctx, c, p.engines[o.optimiser])
	r.got, r.request = got, request
	if err == nil {
		err = compare(want, got, c)
	}
	r.err = err
	if err != nil && o.verbose {
		r.detail = explain(ctx, p.engines[o.optimiser], request, want, got)
	}
	return r
}

// answer is what came back, under MetricFlow's names. Times are time.Time.
type answer struct {
	columns []string
	rows    [][]any
}

func (p *play) ask(ctx context.Context, c testCase, e *query.Engine) (*answer, *query.Request, error) {
	t, err := p.im.Translate(c.query())
	if err != nil {
		return nil, nil, fmt.Errorf("not translated: %w", err)
	}
	if err := p.compile(); err != nil {
		return nil, &t.Request, err
	}
	for _, m := range t.Request.Metrics {
		if err := p.brokenMetric(m.Metric); err != nil {
			return nil, &t.Request, err
		}
	}
	res, err := e.Query(ctx, access.Local("conformance"), t.Request)
	if err != nil {
		return nil, &t.Request, faultText(err)
	}
	if res.Truncated && t.Request.Limit == query.MaxLimit {
		return nil, &t.Request, errors.New("the answer was cut off")
	}
	out, err := values(res, t)
	return out, &t.Request, err
}

// brokenMetric tells why a metric is not in the model.
func (p *play) brokenMetric(name string) error {
	if p.model.Metric(name) != nil {
		return nil
	}
	why := ""
	for _, f := range p.broken {
		if f.Name == name {
			why = f.String()
		}
	}
	for _, f := range p.broken { // a dataset that is left out takes its metrics along
		if f.Rule != "broken_reference" && (why == "" || strings.Contains(why, "broken_reference")) {
			why = f.String()
		}
	}
	return fmt.Errorf("the model has no metric %s: %s", name, why)
}

func faultText(err error) error {
	var f *fault.Error
	if !errors.As(err, &f) {
		return err
	}
	text := f.Text.EN
	if cause := f.Unwrap(); cause != nil {
		text += ": " + cause.Error()
	}
	return errors.New(f.Code + ": " + text)
}

// values gives the answer its names and Go values.
func values(res *query.Result, t metricflow.Translation) (*answer, error) {
	if len(res.Columns) != len(t.Columns) {
		return nil, fmt.Errorf("the answer has %d columns, not %d", len(res.Columns), len(t.Columns))
	}
	out := &answer{columns: t.Columns}
	for _, r := range res.Rows {
		row := make([]any, len(r))
		for i, v := range r {
			row[i] = v
			if s, ok := v.(string); ok && (res.Columns[i].Type == "date" || res.Columns[i].Type == "timestamp") {
				at, err := parseTime(s)
				if err != nil {
					return nil, err
				}
				row[i] = at
			}
		}
		out.rows = append(out.rows, row)
	}
	return out, nil
}

// explain shows the question, the statements, and some rows of both sides.
func explain(ctx context.Context, e *query.Engine, r *query.Request, want *expectation, got *answer) string {
	var b strings.Builder
	if r != nil {
		if text, err := json.Marshal(r); err == nil {
			b.WriteString("  request " + string(text) + "\n")
		}
		if list, err := e.Statements(context.WithoutCancel(ctx), access.Local("conformance"), *r); err == nil {
			for _, s := range list {
				b.WriteString(fmt.Sprintf("  %+v\n", s))
			}
		}
	}
	for _, row := range head(want.Rows) {
		b.WriteString(fmt.Sprintf("  want %v\n", row))
	}
	if got != nil {
		b.WriteString(fmt.Sprintf("  columns %v\n", got.columns))
		for _, row := range head(got.rows) {
			b.WriteString(fmt.Sprintf("  got  %v\n", row))
		}
	}
	return b.String()
}

func head(rows [][]any) [][]any { return rows[:min(len(rows), 12)] }
