package process

import (
	"time"

	"lodestar/internal/target"
	"lodestar/internal/text"
)

// State is a process with how each of its steps stands now.
type State struct {
	Process string      `json:"process"` // resource name
	Title   text.Text   `json:"title"`
	Steps   []StepState `json:"steps" nullable:"false"`
	// Outside are the metrics of the workspace that are in no step of any process.
	Outside []Named `json:"outside" nullable:"false"`
}

// StepState is a step with its metrics, its events and what is missing.
type StepState struct {
	Name    string    `json:"name"`
	Stage   text.Text `json:"stage"` // empty when none is written
	Title   text.Text `json:"title"`
	Who     text.Text `json:"who"`
	Does    text.Text `json:"does"`
	Metrics []Metric  `json:"metrics" nullable:"false"`
	Events  []Event   `json:"events" nullable:"false"`
	Gaps    []Gap     `json:"gaps" nullable:"false"`
}

// Named is something with its title.
type Named struct {
	Name  string    `json:"name"`
	Title text.Text `json:"title"`
}

// Metric is a metric that a step moves.
type Metric struct {
	Named
	Unit   string `json:"unit"`
	Format string `json:"format"`
	// Target is how far along the target of the shortest period is; null when the
	// metric has none for now.
	Target *target.State `json:"target"`
}

// Event is an event that shows that a step happened.
type Event struct {
	Named
	Last *time.Time `json:"last"` // when one was received last; null for never
}

// What a step can lack.
const (
	Unmeasured   = "unmeasured"    // no metric measures it
	NotCollected = "not_collected" // there are no data for a metric of it
	Silent       = "silent"        // an event of it never came, or has stopped
)

// Gap is something that a step lacks.
type Gap struct {
	Code string    `json:"code"` // unmeasured | not_collected | silent
	Of   string    `json:"of"`   // Kind/name of the metric or event; empty for the step itself
	Text text.Text `json:"text"` // what is so, and what to do
}

// Place is a step that a metric is in.
type Place struct {
	Process Named     `json:"process"`
	Step    string    `json:"step"`
	Stage   text.Text `json:"stage"`
	Title   text.Text `json:"title"`
	Who     text.Text `json:"who"`
	Does    text.Text `json:"does"`
}
