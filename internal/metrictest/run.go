package metrictest

import (
	"context"
	"fmt"
	"time"

	"lodestar/internal/access"
	"lodestar/internal/calendar"
	"lodestar/internal/catalog"
	"lodestar/internal/expr"
	"lodestar/internal/fault"
	"lodestar/internal/query"
	"lodestar/internal/semantic"
	"lodestar/internal/text"
	"lodestar/internal/warehouse"
)

// Bench is a throw-away engine.
type Bench interface {
	Dialect() warehouse.Dialect
	// Query runs one SELECT, as warehouse.Warehouse says.
	Query(ctx context.Context, q expr.SQL) (warehouse.Rows, error)
	// Fill makes a table of rows in place of the one that the dataset had, and
	// gives the quoted name to select from. Values are nil, string (also for
	// decimals), int64, float64, bool, or time.Time in UTC.
	Fill(ctx context.Context, dataset string, columns []warehouse.StoredColumn, rows [][]any) (table string, err error)
	Close() error
}

// Outcome is how one case went.
type Outcome struct {
	Test  string           `json:"test"`
	Case  int              `json:"case"`           // from 1
	Name  string           `json:"name,omitempty"` // what the case says it shows
	OK    bool             `json:"ok"`
	Rule  string           `json:"rule,omitempty"` // why not: a stable word
	Text  text.Text        `json:"text,omitzero"`  // why not
	Diff  *Diff            `json:"diff,omitempty"`
	Path  string           `json:"path,omitempty"` // in the spec
	At    catalog.Position `json:"at,omitzero"`
	Took  time.Duration    `json:"-"`
	Asked []string         `json:"metrics,omitempty"`
}

// Label names the case for people: the test, and which of its cases.
func (o Outcome) Label() string {
	switch {
	case o.Name != "":
		return o.Test + " / " + o.Name
	case o.Case > 0:
		return fmt.Sprintf("%s / %d", o.Test, o.Case)
	}
	return o.Test
}

// Words says what went wrong, with the rows that differ.
func (o Outcome) Words(l text.Lang) string {
	s := o.Text.In(l)
	if o.Diff != nil {
		s += "\n" + o.Diff.Table(l)
	}
	return s
}

// Run runs the cases of a test, which must be a resource of this package's
// kind. The error is one of the engine; what is wrong with the test or its
// answer is in the outcomes.
func Run(ctx context.Context, b Bench, m *semantic.Model, r *catalog.Resource) ([]Outcome, error) {
	spec, ok := r.Spec.(*Spec)
	if !ok {
		return nil, fmt.Errorf("%s %s is no test", r.Kind, r.Metadata.Name)
	}
	fill := &filled{Bench: b, states: map[string]warehouse.State{}}
	now, err := fill.all(ctx, spec, m)
	if err != nil {
		if !fault.Is(err, fault.Invalid) {
			return nil, err
		}
		f := fault.Of(err)
		return []Outcome{{Test: r.Metadata.Name, Rule: f.Code, Text: f.Text, Path: "spec." + pathOf(err), At: at(r, pathOf(err))}}, nil
	}
	engine := query.New(query.Config{Model: func() *semantic.Model { return m }, Warehouse: fill,
		Now: func() time.Time { return now }, CacheBytes: -1})
	var out []Outcome
	for i := range spec.Cases {
		start := time.Now()
		o, err := runCase(ctx, engine, r, spec, i)
		if err != nil {
			return nil, err
		}
		o.Took = time.Since(start)
		out = append(out, o)
	}
	return out, nil
}

func runCase(ctx context.Context, e *query.Engine, r *catalog.Resource, spec *Spec, i int) (Outcome, error) {
	c := &spec.Cases[i]
	path := fmt.Sprintf("cases[%d]", i)
	o := Outcome{Test: r.Metadata.Name, Case: i + 1, Name: c.Name, Path: "spec." + path, At: at(r, path)}
	fail := func(where, rule string, t text.Text) (Outcome, error) {
		o.Rule, o.Text, o.Path, o.At = rule, t, "spec."+path+where, at(r, path+where)
		return o, nil
	}
	q, err := c.request()
	if err == nil {
		for _, m := range q.Metrics {
			o.Asked = append(o.Asked, m.Metric)
		}
		var res *query.Result
		if res, err = e.Query(ctx, access.Local("test"), q); err == nil {
			if c.Error != "" {
				return fail(".error", "no_error", text.Text{
					ZH: "期望出现错误 {code}，查询却给出了结果", EN: "the error {code} was expected, but there was an answer"}.With("code", c.Error))
			}
			return c.judge(o, r, path, res)
		}
	}
	f := fault.Of(err)
	switch {
	case ctx.Err() != nil || f.Kind == fault.Internal || f.Kind == fault.Unavailable:
		return o, err
	case c.Error == f.Code:
		o.OK = true
		return o, nil
	case c.Error != "":
		return fail(".error", "other_error", text.Text{
			ZH: "期望出现错误 {code}，实际是 {got}：{why}", EN: "the error {code} was expected, not {got}: {why}"}.With("code", c.Error, "got", f.Code, "why", f.Text))
	}
	return fail(".query", f.Code, f.Text)
}

// filled is a bench with the rows of one test.
type filled struct {
	Bench
	states map[string]warehouse.State
}

// all fills in the test's rows and gives its clock.
func (f *filled) all(ctx context.Context, s *Spec, m *semantic.Model) (time.Time, error) {
	tables, err := s.tables(m)
	if err != nil {
		return time.Time{}, err
	}
	zone := m.Calendar().Zone
	if zone == nil {
		zone = time.UTC
	}
	newest := time.Date(2000, 1, 1, 0, 0, 0, 0, zone)
	for name, t := range tables {
		if t.state.Table, err = f.Fill(ctx, name, t.columns, t.rows); err != nil {
			return time.Time{}, err
		}
		if t.newest.After(newest) {
			newest = t.newest
		}
		f.states[name] = t.state
	}
	now := m.Calendar().Next(newest, calendar.Day)
	if s.Now != "" {
		if now, err = parseTime(s.Now, zone); err != nil {
			return time.Time{}, unusable("now", "bad_value", text.Text{ZH: "now 不是时间", EN: "now is no time"})
		}
	}
	for name, st := range f.states {
		st.LoadedAt, st.BroughtAt = now, now
		tables[name].tellNewest(&st, zone)
		f.states[name] = st
	}
	return now, nil
}

// State gives the rows of the test; other datasets have none.
func (f *filled) State(_ context.Context, dataset string) (warehouse.State, bool, error) {
	s, ok := f.states[dataset]
	return s, ok, nil
}
