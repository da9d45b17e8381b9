package prepare

import (
	"context"
	"slices"
	"strings"
	"time"

	"lodestar/internal/access"
	"lodestar/internal/fault"
	"lodestar/internal/ingest"
	"lodestar/internal/semantic"
	"lodestar/internal/steps"
	"lodestar/internal/text"
)

// Preparation tells how a dataset is made: from what, and whether its rows are
// those of now.
type Preparation struct {
	Dataset string    `json:"dataset"`
	Inputs  []Source  `json:"inputs"`
	Stages  []Stage   `json:"stages"`
	Columns []Lineage `json:"columns"`
	// Decides lists the columns that decided which rows there are and which
	// belong together, without giving a value.
	Decides []steps.Origin `json:"decides"`
	// State is current, behind (it will be made by itself or by its schedule),
	// waiting (an input has no rows) or failed.
	State  string       `json:"state"`
	Next   string       `json:"next"` // how it would be made now: replace, append or change; empty when current
	MadeAt *time.Time   `json:"madeAt,omitempty"`
	Error  *ingest.Note `json:"error,omitempty"`
}

// Source is a dataset that another is made of, with the version that was used
// and the newest one.
type Source struct {
	Dataset string `json:"dataset"`
	Used    int64  `json:"used"` // 0 when never
	Version int64  `json:"version"`
}

// Lineage says where the values of a column come from.
type Lineage struct {
	Name string         `json:"name"`
	From []steps.Origin `json:"from"` // of the datasets that it is made of
	// Roots are the columns at the beginning, through all datasets that are made
	// themselves.
	Roots []steps.Origin `json:"roots"`
}

// Of tells how a dataset is made.
func (s *Service) Of(ctx context.Context, actor access.Actor, dataset string) (*Preparation, error) {
	if err := actor.Must(access.Viewer); err != nil {
		return nil, err
	}
	m, d, err := s.dataset(dataset)
	if err != nil {
		return nil, err
	}
	plan := m.Plan(d)
	out := &Preparation{Dataset: dataset, Inputs: []Source{}, Stages: []Stage{}, Columns: []Lineage{}, Decides: plan.Last().Decides}
	if out.Decides == nil {
		out.Decides = []steps.Origin{}
	}
	for i := range plan.Stages {
		out.Stages = append(out.Stages, stageOf(&plan.Stages[i]))
	}
	found := beginnings{model: m, known: map[steps.Origin][]steps.Origin{}}
	for _, c := range plan.Last().Columns {
		from := c.From
		if from == nil {
			from = []steps.Origin{}
		}
		out.Columns = append(out.Columns, Lineage{c.Name, from, found.roots(from)})
	}
	return out, s.state(ctx, m, d, plan, out)
}

// beginnings remembers where columns begin, because many ways may lead through
// one.
type beginnings struct {
	model *semantic.Model
	known map[steps.Origin][]steps.Origin
}

// roots follows columns to datasets that are not made of others.
func (b beginnings) roots(list []steps.Origin) []steps.Origin {
	out := []steps.Origin{}
	for _, o := range list {
		out = append(out, b.of(o)...)
	}
	slices.SortFunc(out, func(a, b steps.Origin) int { return strings.Compare(a.Dataset+"."+a.Column, b.Dataset+"."+b.Column) })
	return slices.Compact(out)
}

func (b beginnings) of(o steps.Origin) []steps.Origin {
	if out, ok := b.known[o]; ok {
		return out
	}
	plan := (*steps.Plan)(nil)
	if d := b.model.Dataset(o.Dataset); d != nil {
		plan = b.model.Plan(d)
	}
	out := []steps.Origin{}
	if plan == nil {
		out = append(out, o)
	} else if c := plan.Last().Column(o.Column); c != nil {
		out = b.roots(c.From)
	}
	b.known[o] = out
	return out
}

func (s *Service) state(ctx context.Context, m *semantic.Model, d *semantic.Dataset, plan *steps.Plan, out *Preparation) error {
	text, err := s.Warehouse.Mark(ctx, d.Name)
	if err != nil {
		return err
	}
	used := readMark(text).Inputs
	for _, name := range plan.Inputs() {
		state, _, err := s.Warehouse.State(ctx, name)
		if err != nil {
			return err
		}
		out.Inputs = append(out.Inputs, Source{name, used[name], state.Version})
	}
	own, ok, err := s.Warehouse.State(ctx, d.Name)
	if err != nil {
		return err
	}
	if ok {
		out.MadeAt = &own.LoadedAt
	}
	j, err := s.job(ctx, m, d)
	if fault.Is(err, fault.Conflict) || fault.Is(err, fault.NotFound) || fault.Is(err, fault.Unavailable) {
		f := fault.Of(err)
		out.State, out.Error = "waiting", &ingest.Note{Code: f.Code, Text: f.Text}
		return nil
	}
	if err != nil {
		return err
	}
	if j.current() {
		out.State = "current"
		return nil
	}
	out.State, out.Next = "behind", j.mode()
	s.mu.Lock()
	defer s.mu.Unlock()
	if f, failed := s.failed[d.Name]; failed && f.of == j.of() {
		out.State, out.Error = "failed", f.why
	}
	return nil
}

// Table is a dataset that steps can read.
type Table struct {
	Dataset string    `json:"dataset"`
	Title   text.Text `json:"title,omitzero"`
	Columns []Column  `json:"columns"`
	Key     []string  `json:"key,omitempty"`
}

// Tables lists the datasets that steps can read, by name.
func (s *Service) Tables(_ context.Context, actor access.Actor) ([]Table, error) {
	if err := actor.Must(access.Viewer); err != nil {
		return nil, err
	}
	m := s.Model()
	out := []Table{}
	for _, d := range m.Datasets() {
		if in := m.Input(d.Name); in != nil {
			out = append(out, Table{d.Name, d.Title, columnsOf(in.Columns), in.Key})
		}
	}
	return out, nil
}
