package quality

import (
	"context"
	"time"

	"lodestar/internal/text"
)

// The verdicts about a rule.
const (
	Kept    = "kept"
	Broken  = "broken"
	Unknown = "unknown" // it could not be judged; the note says why
)

// Why a run began.
const (
	ByChange   = "change"   // of rows or rules
	BySchedule = "schedule" // its time had come
	ByHand     = "hand"
)

// Run is one check of a dataset's rules.
type Run struct {
	ID      string    `json:"id"`
	Dataset string    `json:"dataset"`
	At      time.Time `json:"at"`
	Millis  float64   `json:"millis"`
	Trigger string    `json:"trigger"` // change | schedule | hand
	By      string    `json:"by,omitempty"`
	Rows    int64     `json:"rows"` // of the dataset then
	// Versions are the data versions that the verdicts are about, by dataset;
	// Revision is that of the dataset's definition.
	Versions map[string]int64 `json:"versions"`
	Revision int              `json:"revision"`
	Results  []Result         `json:"results" nullable:"false"`
}

// Result is what a run found of one rule.
type Result struct {
	Rule     string    `json:"rule"` // its id
	Kind     string    `json:"kind"` // not_null, unique, …
	Title    text.Text `json:"title"`
	Severity string    `json:"severity"`
	Columns  []string  `json:"columns,omitempty"` // those it looks at; none for the rows as such
	State    string    `json:"state"`             // kept | broken | unknown
	Checked  int64     `json:"checked"`           // rows, or periods
	Broken   int64     `json:"broken"`            // of them
	Sampled  bool      `json:"sampled,omitempty"`
	// Observed is the number that was compared with Bound, where there is one:
	// a share of rows, an index, seconds.
	Observed *float64  `json:"observed,omitempty"`
	Bound    *float64  `json:"bound,omitempty"`
	Since    time.Time `json:"since,omitzero"` // of the first run in a row that found it broken
	Note     text.Text `json:"note"`
	Examples *Examples `json:"examples,omitempty"`
}

// Examples are some of what breaks a rule. Values are texts, numbers, booleans
// or null.
type Examples struct {
	Columns []string `json:"columns"`
	Rows    [][]any  `json:"rows"`
}

// Store keeps runs.
type Store interface {
	// Put adds a run and forgets all but the newest of its dataset.
	Put(ctx context.Context, r Run, keep int) error
	// Newest gives the newest run of each dataset, by dataset.
	Newest(ctx context.Context) ([]Run, error)
	// Runs lists the runs of a dataset, newest first; without examples but for
	// the first.
	Runs(ctx context.Context, dataset string, limit int) ([]Run, error)
}

// result begins the result of a rule.
func (c *check) result(state string) Result {
	r := c.rule
	return Result{Rule: r.ID, Kind: r.Rule, Title: r.Label(), Severity: r.Level(), Columns: r.Columns, State: state}
}

// unknown is the result of a rule that cannot be judged.
func (c *check) unknown(note text.Text) Result {
	out := c.result(Unknown)
	out.Note = note
	return out
}

var (
	noRows     = text.Text{ZH: "还没有数据", EN: "there are no rows yet"}
	noneLooked = text.Text{ZH: "没有可检查的行：要么没有数据，要么所检查的列都没有值", EN: "there is no row to check: none at all, or none with a value"}
)

// judged is the result of counting rows. Of no rows nothing can be said.
func (c *check) judged(checked, broken int64) Result {
	if checked == 0 {
		return c.unknown(noneLooked)
	}
	out := c.result(Kept)
	out.Checked, out.Broken = checked, broken
	allow := c.rule.Allow
	share := float64(broken) / float64(checked)
	out.Observed, out.Bound = &share, &allow
	if share > allow {
		out.State = Broken
	}
	return out
}
