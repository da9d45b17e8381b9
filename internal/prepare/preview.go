package prepare

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"lodestar/internal/access"
	"lodestar/internal/catalog"
	"lodestar/internal/expr"
	"lodestar/internal/fault"
	"lodestar/internal/semantic"
	"lodestar/internal/steps"
	"lodestar/internal/text"
	"lodestar/internal/warehouse"
)

// PreviewRequest asks what a table is like after a step, of a list that need
// not be stored.
type PreviewRequest struct {
	Dataset string       `json:"dataset,omitempty"` // one that is stored; without it From and Steps count
	From    string       `json:"from,omitempty"`
	Steps   []steps.Step `json:"steps,omitempty"`
	Step    *int         `json:"step,omitempty"`   // after which, counted from 1; 0 for the input; default the last
	Rows    int          `json:"rows,omitempty"`   // at most 500; default 50
	Values  string       `json:"values,omitempty"` // a column whose most frequent values are wanted
}

// Preview is a look at the table after a step.
type Preview struct {
	Step    int      `json:"step"`   // shown; an earlier one than asked when something is wrong
	Stages  []Stage  `json:"stages"` // what is known of the table after each step; the first is the input
	Rows    [][]any  `json:"rows"`
	Total   int64    `json:"total"`  // rows after the step
	Before  int64    `json:"before"` // rows before it
	Lost    []Lost   `json:"lost"`   // values that did not convert, up to the step
	Fans    []FanOut `json:"fans"`   // joins of the step at which rows multiply
	Millis  int64    `json:"millis"`
	Values  []Count  `json:"values,omitempty"`
	Missing string   `json:"missing,omitempty"` // a dataset without rows, so that none can be shown
	// Findings are what is wrong in the steps; paths begin with from or steps.
	Findings []catalog.Finding `json:"findings"`
}

// Stage describes the table after a step.
type Stage struct {
	Kind    string   `json:"kind"` // of the step; input for the first
	Columns []Column `json:"columns"`
	Key     []string `json:"key,omitempty"` // what tells a row apart, when that is known
}

// Column is a column after a step, with the columns that it comes from.
type Column struct {
	Name      string         `json:"name"`
	Type      expr.Type      `json:"type"`
	Precision int            `json:"precision,omitempty"`
	Scale     int            `json:"scale,omitempty"`
	Title     text.Text      `json:"title,omitzero"`
	From      []steps.Origin `json:"from,omitempty"`
}

// Lost counts values that did not convert.
type Lost struct {
	Step   int    `json:"step"`
	Column string `json:"column"`
	Count  int64  `json:"count"`
	Reject bool   `json:"reject,omitempty"` // their rows are set aside
}

// FanOut counts the keys of a join that several rows of a dataset have.
type FanOut struct {
	Step    int    `json:"step"`
	Dataset string `json:"dataset"`
	Keys    int64  `json:"keys"`
}

// Count is a value with the number of rows that hold it.
type Count struct {
	Value any   `json:"value"`
	Count int64 `json:"count"`
}

// Limits of a preview.
const (
	mostRows     = 500
	defaultRows  = 50
	mostValues   = 200
	previewLimit = 2 * time.Minute
)

// Preview looks at the table after a step. It reads rows as they were before
// they are masked, so it is for those who may see the inputs and write steps.
func (s *Service) Preview(ctx context.Context, actor access.Actor, req PreviewRequest) (*Preview, error) {
	if err := actor.Must(access.Editor); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, previewLimit)
	defer cancel()
	m := s.Model()
	if req.Dataset != "" {
		_, d, err := s.dataset(req.Dataset)
		if err != nil {
			return nil, err
		}
		req.From, req.Steps = d.Spec.Source.From, d.Spec.Source.Steps
	}
	out := &Preview{Stages: []Stage{}, Rows: [][]any{}, Lost: []Lost{}, Fans: []FanOut{}, Findings: []catalog.Finding{}}
	plan := s.typed(m, req, out)
	if plan == nil {
		return out, nil
	}
	out.Step = len(plan.Stages) - 1
	if req.Step != nil {
		out.Step = max(0, min(out.Step, *req.Step))
	}
	short := &steps.Plan{Input: plan.Input, Stages: plan.Stages[:out.Step+1]}
	j, err := s.reading(ctx, short, out)
	if err != nil || j == nil {
		return out, err
	}
	st, err := s.printer(ctx, m, j).Print(short)
	if err != nil {
		return nil, err
	}
	began := time.Now()
	err = errors.Join(s.look(ctx, st, req, out), s.count(ctx, st, out))
	out.Millis = time.Since(began).Milliseconds()
	return out, err
}

// typed types the steps as far as they are right.
func (s *Service) typed(m *semantic.Model, req PreviewRequest, out *Preview) *steps.Plan {
	wrong := steps.Validate("steps", req.Steps)
	list := req.Steps
	if len(wrong) > 0 { // go on with those before the first that is wrong
		for n := range req.Steps {
			if len(steps.Validate("steps", req.Steps[:n+1])) > 0 {
				list = req.Steps[:n]
				break
			}
		}
	}
	plan, findings := steps.Type("steps", req.From, list, m.Input)
	out.Findings = append(append(out.Findings, wrong...), findings...)
	if plan == nil {
		f := catalog.Finding{Path: "from", Rule: "unknown_reference", Severity: catalog.Error, Text: text.Text{
			ZH: "没有名为 {name} 的可用数据集", EN: "there is no dataset {name} that can be read"}.With("name", req.From)}
		var names []string
		for _, d := range m.Datasets() {
			names = append(names, d.Name)
		}
		f.Suggestion = expr.Didyoumean(req.From, names)
		out.Findings = append(out.Findings, f)
		return nil
	}
	for i := range plan.Stages {
		out.Stages = append(out.Stages, stageOf(&plan.Stages[i]))
	}
	return plan
}

func stageOf(s *steps.Stage) Stage {
	out := Stage{Kind: "input", Key: s.Key, Columns: columnsOf(s.Columns)}
	if s.Step != nil {
		out.Kind = s.Step.Kind()
	}
	return out
}

func columnsOf(list []steps.Column) []Column {
	out := []Column{}
	for _, c := range list {
		out = append(out, Column{Name: c.Name, Type: c.Type, Precision: c.Precision, Scale: c.Scale, Title: c.Title, From: c.From})
	}
	return out
}

// reading finds the tables that a plan reads, all of their rows; nil when one
// has none yet.
func (s *Service) reading(ctx context.Context, plan *steps.Plan, out *Preview) (*job, error) {
	j := &job{plan: plan, states: map[string]warehouse.State{}}
	for _, name := range plan.Inputs() {
		state, ok, err := s.Warehouse.State(ctx, name)
		if err != nil {
			return nil, err
		}
		if !ok || state.Table == "" {
			out.Missing = name
			return nil, nil
		}
		j.states[name] = state
	}
	return j, nil
}

// look takes the first rows, and the values that are wanted.
func (s *Service) look(ctx context.Context, st *Statement, req PreviewRequest, out *Preview) error {
	limit := req.Rows
	if limit <= 0 {
		limit = defaultRows
	}
	stage := out.Step
	err := s.each(ctx, st.Rows(stage, min(limit, mostRows)), func(row []any) {
		out.Rows = append(out.Rows, row)
	})
	if err != nil || req.Values == "" {
		return err
	}
	if st.plan.Stages[stage].Column(req.Values) == nil {
		return fault.New(fault.Invalid, "unknown_column", text.Text{
			EN: "there is no column {name} after this step", ZH: "这一步之后没有名为 {name} 的列"}, "name", req.Values)
	}
	return s.each(ctx, st.Frequent(stage, req.Values, mostValues), func(row []any) {
		n, _ := row[1].(int64)
		out.Values = append(out.Values, Count{row[0], n})
	})
}

// each reads rows for display: times as text.
func (s *Service) each(ctx context.Context, q expr.SQL, do func([]any)) (err error) {
	rows, err := s.Warehouse.Query(ctx, q)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	columns := rows.Columns()
	for rows.Next() {
		row := slices.Clone(rows.Values())
		for i, v := range row {
			if t, ok := v.(time.Time); ok {
				layout := time.RFC3339
				if columns[i].Type == expr.Date {
					layout = time.DateOnly
				}
				row[i] = t.Format(layout)
			}
		}
		do(row)
	}
	return rows.Err()
}

// count counts rows before and after the step, what was lost, and multiplied.
func (s *Service) count(ctx context.Context, st *Statement, out *Preview) error {
	stages := []int{out.Step, max(0, out.Step-1)}
	counts, err := s.numbers(ctx, st.Count(stages, st.Losses), len(stages)+len(st.Losses))
	if err != nil {
		return err
	}
	out.Total, out.Before = counts[0], counts[1]
	for i, l := range st.Losses {
		if n := counts[len(stages)+i]; n > 0 {
			out.Lost = append(out.Lost, Lost{l.Stage, l.Column, n, l.Reject})
		}
	}
	for _, f := range st.Fans {
		n, err := s.numbers(ctx, st.Multiplied(f), 1)
		if err != nil {
			return err
		}
		if n[0] > 0 {
			out.Fans = append(out.Fans, FanOut{f.Stage, f.Dataset, n[0]})
		}
	}
	return nil
}

// Frequent selects the most frequent values of a column after a stage, with the
// number of rows that hold them.
func (s *Statement) Frequent(stage int, column string, limit int) expr.SQL {
	name := s.d.Quote(column)
	return s.with(s.ends[stage], expr.SQL{Text: "SELECT " + name + ", count(*) FROM " + s.name(stage) + " GROUP BY " + name +
		" ORDER BY 2 DESC, 1 NULLS LAST" + fmt.Sprintf(" LIMIT %d", limit)})
}
