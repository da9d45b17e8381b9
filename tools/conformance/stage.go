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
	"lodestar/internal/expr"
	"lodestar/internal/fault"
	"lodestar/internal/importer/metricflow"
	"lodestar/internal/kinds"
	"lodestar/internal/query"
	"lodestar/internal/semantic"
	"lodestar/internal/warehouse"
)

// stage runs the cases of a suite on one engine.
type stage struct {
	suite *suite
	bed   bed
	plain bool
	plays map[string]*play
}

// play is a manifest that has been imported. It is a warehouse whose datasets
// are the tables of the manifest.
type play struct {
	bed
	im      *metricflow.Import
	edition int // of the compiled model
	model   *semantic.Model
	broken  []catalog.Finding
	states  map[string]warehouse.State
	engine  *query.Engine
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

func newStage(s *suite, b bed, plain bool) *stage {
	return &stage{suite: s, bed: b, plain: plain, plays: map[string]*play{}}
}

// load fills the tables.
func (s *stage) load(ctx context.Context) error {
	for _, t := range s.suite.tables {
		if err := t.make(ctx, s.bed); err != nil {
			return err
		}
	}
	return nil
}

// now is after all rows.
func now() time.Time { return time.Date(2060, 1, 1, 0, 0, 0, 0, time.UTC) }

// open imports a manifest, once.
func (s *stage) open(name string) (*play, error) {
	if p := s.plays[name]; p != nil {
		return p, nil
	}
	files, err := s.suite.manifest(name)
	if err != nil {
		return nil, err
	}
	p := &play{bed: s.bed, im: metricflow.New(files, s.suite.columns), edition: -1, states: map[string]warehouse.State{}}
	for dataset, src := range p.im.Sources() {
		t := s.suite.table(src.Table)
		if t == nil {
			continue // a question about it fails
		}
		low, high := t.bounds()
		table, err := s.table(t, dataset, src)
		if err != nil {
			return nil, err
		}
		p.states[dataset] = warehouse.State{Dataset: dataset, Table: table, Version: 1, Rows: int64(len(t.rows)),
			LoadedAt: now(), MinTime: renamed(low, src), MaxTime: renamed(high, src)}
	}
	p.engine = query.New(query.Config{Model: func() *semantic.Model { return p.model }, Warehouse: p, Now: now,
		CacheBytes: -1, Plain: s.plain})
	s.plays[name] = p
	return p, nil
}

// table gives what to select a dataset's rows from: the table, or a view where
// columns have other names.
func (s *stage) table(t *dataTable, dataset string, src metricflow.Source) (string, error) {
	same := true
	list := make([]string, len(src.Columns))
	d := s.bed.Dialect()
	for i, c := range src.Columns {
		same = same && c.Name == c.Source
		list[i] = d.Quote(c.Source) + " AS " + d.Quote(c.Name)
	}
	if same {
		return s.bed.Table(t.name), nil
	}
	view := s.bed.Table("v_" + t.name + "_" + dataset)
	ctx := context.Background()
	if err := s.bed.Exec(ctx, expr.SQL{Text: "DROP VIEW IF EXISTS " + view}); err != nil {
		return "", err
	}
	return view, s.bed.Exec(ctx, expr.SQL{Text: "CREATE VIEW " + view + " AS SELECT " + strings.Join(list, ", ") + " FROM " + s.bed.Table(t.name)})
}

func renamed(by map[string]time.Time, src metricflow.Source) map[string]time.Time {
	out := map[string]time.Time{}
	for _, c := range src.Columns {
		if t, ok := by[c.Source]; ok {
			out[c.Name] = t
		}
	}
	return out
}

// State makes a play a warehouse.
func (p *play) State(_ context.Context, dataset string) (warehouse.State, bool, error) {
	s, ok := p.states[dataset]
	return s, ok, nil
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
func (s *stage) run(ctx context.Context, c testCase, verbose bool) result {
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
	p, err := s.open(c.Manifest)
	if err != nil {
		r.err = err
		return r
	}
	got, request, err := p.ask(ctx, c)
	r.got, r.request = got, request
	if err == nil {
		err = compare(want, got, c)
	}
	r.err = err
	if err != nil && verbose {
		r.detail = p.explain(ctx, request, want, got)
	}
	return r
}

// answer is what came back, under MetricFlow's names. Times are time.Time.
type answer struct {
	columns []string
	rows    [][]any
}

func (p *play) ask(ctx context.Context, c testCase) (*answer, *query.Request, error) {
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
	res, err := p.engine.Query(ctx, access.Local("conformance"), t.Request)
	if err != nil {
		return nil, &t.Request, faultText(err)
	}
	if res.Truncated && c.Limit == nil {
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
func (p *play) explain(ctx context.Context, r *query.Request, want *expectation, got *answer) string {
	var b strings.Builder
	if r != nil {
		if text, err := json.Marshal(r); err == nil {
			b.WriteString("  request " + string(text) + "\n")
		}
		if list, err := p.engine.Statements(ctx, access.Local("conformance"), *r); err == nil {
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
