package quality

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"lodestar/internal/access"
	"lodestar/internal/fault"
	"lodestar/internal/semantic"
	"lodestar/internal/text"
)

func asFault(err error, f **fault.Error) bool { return errors.As(err, f) }

// How much a rule counts in a score.
const (
	errorWeight   = 3
	warningWeight = 1
)

// Score is how much of what was promised is kept: the weights of rules that are
// kept (an error counts 3, a warning 1) over the weights of all that could be
// judged.
type Score struct {
	Value   *float64 `json:"value"` // in [0,1]; null when no rule was judged
	Rules   int      `json:"rules"`
	Kept    int      `json:"kept"`
	Broken  int      `json:"broken"`
	Unknown int      `json:"unknown"` // not judged: they do not count
	// Errors says how many of the broken ones have severity error.
	Errors int `json:"errors"`
}

func (s *Score) add(state, severity string, kept, all *int) {
	s.Rules++
	weight := warningWeight
	if severity == semantic.SeverityError {
		weight = errorWeight
	}
	switch state {
	case Kept:
		s.Kept++
		*kept += weight
		*all += weight
	case Broken:
		s.Broken++
		*all += weight
		if severity == semantic.SeverityError {
			s.Errors++
		}
	default:
		s.Unknown++
	}
}

// scoreOf counts results; reads chooses those that bear on what is scored.
func scoreOf(list []standing) Score {
	var s Score
	kept, all := 0, 0
	for _, x := range list {
		s.add(x.State, x.Severity, &kept, &all)
	}
	if all > 0 {
		v := float64(kept) / float64(all)
		s.Value = &v
	}
	return s
}

// standing is a rule as it is defined now with what was found of it last.
type standing struct {
	rule *semantic.Rule
	Result
}

// standings lists the rules of a dataset that bear on the columns; nil columns
// are all of them. A rule that was never judged is unknown.
func (s *Service) standings(d *semantic.Dataset, columns []string) []standing {
	s.mu.RLock()
	run := s.newest[d.Name]
	s.mu.RUnlock()
	var out []standing
	for _, r := range d.Rules() {
		if !bears(r.Columns, columns) {
			continue
		}
		x := standing{rule: r, Result: Result{Rule: r.ID, State: Unknown}}
		if i := slices.IndexFunc(run.Results, func(x Result) bool { return x.Rule == r.ID }); i >= 0 {
			x.Result = run.Results[i]
		}
		x.Kind, x.Title, x.Severity, x.Columns = r.Rule, r.Label(), r.Level(), r.Columns
		out = append(out, x)
	}
	return out
}

// DatasetScore is that of all rules of a dataset.
func (s *Service) DatasetScore(d *semantic.Dataset) Score { return scoreOf(s.standings(d, nil)) }

// MetricScore is that of the rules that bear on columns which the metric reads,
// and of those about the rows as such.
func (s *Service) MetricScore(m *semantic.Metric) Score {
	var all []standing
	for _, use := range semantic.Uses(m) {
		all = append(all, s.standings(use.Dataset, use.Columns)...)
	}
	return scoreOf(all)
}

// Mark says that data are not what they were promised to be.
type Mark struct {
	Dataset string    `json:"dataset"`
	Title   text.Text `json:"title"` // of the dataset
	Rule    string    `json:"rule"`
	Label   text.Text `json:"label"` // of the rule
	Kind    string    `json:"kind"`
	Since   time.Time `json:"since"`
	Columns []string  `json:"columns,omitempty"`
}

// Marks lists the rules of severity error that are broken and bear on the
// columns of a dataset. It asks nobody: it is about what the newest run found.
func (s *Service) Marks(d *semantic.Dataset, columns []string) []Mark {
	var out []Mark
	for _, x := range s.standings(d, columns) {
		if x.State == Broken && x.Severity == semantic.SeverityError {
			out = append(out, Mark{Dataset: d.Name, Title: d.Title, Rule: x.Rule, Label: x.Title, Kind: x.Kind, Since: x.Since, Columns: x.Columns})
		}
	}
	return out
}

// MetricMarks is Marks for what a metric reads.
func (s *Service) MetricMarks(m *semantic.Metric) []Mark {
	var out []Mark
	for _, use := range semantic.Uses(m) {
		out = append(out, s.Marks(use.Dataset, use.Columns)...)
	}
	return out
}

// Standing is how a dataset or metric is doing.
type Standing struct {
	Name  string    `json:"name"`
	Title text.Text `json:"title"`
	Score Score     `json:"score"`
	Marks []Mark    `json:"marks" nullable:"false"`
	// CheckedAt is when the rules of a dataset were checked last.
	CheckedAt time.Time `json:"checkedAt,omitzero"`
}

// Scores tells how all datasets with rules and all metrics over them are doing.
type Scores struct {
	Datasets []Standing `json:"datasets" nullable:"false"`
	Metrics  []Standing `json:"metrics" nullable:"false"`
}

// Scores gives all scores and marks, by name.
func (s *Service) Scores(_ context.Context, who access.Actor) (Scores, error) {
	out := Scores{Datasets: []Standing{}, Metrics: []Standing{}}
	if err := who.Must(access.Viewer); err != nil {
		return out, err
	}
	m := s.Model()
	for _, d := range m.Datasets() {
		if len(d.Rules()) == 0 {
			continue
		}
		s.mu.RLock()
		at := s.newest[d.Name].At
		s.mu.RUnlock()
		out.Datasets = append(out.Datasets, Standing{d.Name, d.Title, s.DatasetScore(d), notNil(s.Marks(d, nil)), at})
	}
	for _, metric := range m.Metrics() {
		if score := s.MetricScore(metric); score.Rules > 0 {
			out.Metrics = append(out.Metrics, Standing{Name: metric.Name, Title: metric.Title, Score: score, Marks: notNil(s.MetricMarks(metric))})
		}
	}
	slices.SortFunc(out.Metrics, func(a, b Standing) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
}

func notNil[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
