package datasync

import (
	"context"
	"time"

	"lodestar/internal/expr"
	"lodestar/internal/fault"
	"lodestar/internal/ingest"
	"lodestar/internal/semantic"
)

// What made a run begin.
const (
	BySchedule = "schedule"
	ByPerson   = "person"
	ByEvent    = "event"    // a dataset that it comes after has new rows
	ByBackfill = "backfill" // somebody asked for a range
)

// The states of a run.
const (
	Waiting  = "waiting" // for its turn, or for the next attempt
	Running  = "running"
	Done     = "done"
	Failed   = "failed"
	Canceled = "canceled"
)

// The phases of a run that is running.
const (
	Connecting = "connecting"
	Reading    = "reading"
	Loading    = "loading"
	Comparing  = "comparing" // keys, for rows that are gone
)

// Run is one sync of one dataset, all its attempts together.
type Run struct {
	ID         string    `json:"id"`
	Dataset    string    `json:"dataset"`
	Connection string    `json:"connection"`
	Table      string    `json:"table"`
	Mode       string    `json:"mode"`            // full | incremental | changes
	Trigger    string    `json:"trigger"`         // schedule | person | event | backfill
	Actor      string    `json:"actor,omitempty"` // who asked
	From       string    `json:"from,omitempty"`  // of a back-fill: [from, to) of the cursor
	To         string    `json:"to,omitempty"`
	Full       bool      `json:"full,omitempty"` // everything was asked for once more
	State      string    `json:"state"`          // waiting | running | done | failed | canceled
	Phase      string    `json:"phase,omitempty"`
	Attempt    int       `json:"attempt"` // from 1
	CreatedAt  time.Time `json:"createdAt"`
	StartedAt  time.Time `json:"startedAt,omitzero"` // of the first attempt
	EndedAt    time.Time `json:"endedAt,omitzero"`
	NextTry    time.Time `json:"nextTry,omitzero"` // after an attempt that failed
	Read       int64     `json:"read"`             // records that the source gave
	Loaded     int64     `json:"loaded"`
	Rejected   int64     `json:"rejected"`
	Deleted    int64     `json:"deleted"`
	Missing    int64     `json:"missing,omitempty"` // keys that are there and not here, of those compared, that could not be fetched
	Pieces     int       `json:"pieces"`            // commits
	Bytes      int64     `json:"bytes"`             // spooled
	// Behind is how many seconds after its commit at the source the newest row
	// was read; 0 when nothing was left there.
	Behind   int64         `json:"behind"`
	Error    *ingest.Note  `json:"error,omitempty"` // of the last attempt
	Warnings []ingest.Note `json:"warnings,omitempty"`
}

// Ended reports whether the run is over.
func (r Run) Ended() bool { return r.State == Done || r.State == Failed || r.State == Canceled }

// Request asks for a run.
type Request struct {
	// From and To read a range of the cursor again: dates, times or numbers,
	// [from, to). Times without an offset are in the workspace's zone.
	From string `json:"from,omitempty"`
	To   string `json:"to,omitempty"`
	Full bool   `json:"full,omitempty"` // read everything once more, in place of what is there
}

// Drift is a column that the source has and the dataset has not.
type Drift struct {
	Column string    `json:"column"`
	Type   expr.Type `json:"type"`
	Native string    `json:"native,omitempty"`
}

// Status tells how a dataset's sync stands.
type Status struct {
	Dataset    string            `json:"dataset"`
	Connection string            `json:"connection"`
	Table      string            `json:"table"`
	Mode       string            `json:"mode"`
	Schedule   semantic.Schedule `json:"schedule"`
	Paused     bool              `json:"paused,omitempty"`
	Next       time.Time         `json:"next,omitzero"`         // when it runs by itself
	SyncedAt   time.Time         `json:"syncedAt,omitzero"`     // when the last run ended that was done
	Behind     int64             `json:"behind"`                // of that run, in seconds
	Failing    bool              `json:"failing,omitempty"`     // the last run that ended has failed
	Outdated   int64             `json:"outdated,omitempty"`    // rows here that are older than at their source
	Absent     int64             `json:"absent,omitempty"`      // rows there that did not fit, and have none here
	Drift      []Drift           `json:"drift,omitempty"`       // found by the last run
	Last       *Run              `json:"last,omitempty"`        // that ended
	Current    *Run              `json:"current,omitempty"`     // that waits or runs
	Runs       []Run             `json:"runs" nullable:"false"` // newest first
}

// Upcoming tells when a dataset runs by itself.
type Upcoming struct {
	Due   bool        `json:"due,omitempty"`          // a run is late, or there was none yet: it runs at once
	Times []time.Time `json:"times" nullable:"false"` // the next ones after that; none without every or cron
}

// Memory is what is kept of a dataset's sync from run to run.
type Memory struct {
	Paused bool      `json:"paused,omitempty"`
	Since  time.Time `json:"since"`         // when its schedule was first seen
	Last   time.Time `json:"last,omitzero"` // when a run was last asked for
	// Version is the newest data version, of the datasets that it comes after,
	// for which a run was asked.
	Version int64 `json:"version,omitempty"`
	// Columns are those that the source had, with their types there, when
	// they were last accepted; Drift those that came since.
	Columns map[string]expr.Type `json:"columns,omitempty"`
	Drift   []Drift              `json:"drift,omitempty"`
	// Added are headers of files whose columns were taken into the dataset: files
	// from before do not have them.
	Added []string `json:"added,omitempty"`
	Held  []Held   `json:"held,omitempty"`
}

// Held is a reader for which a source keeps something until told to forget it.
type Held struct {
	Connection string   `json:"connection"`
	Table      string   `json:"table"`
	Reader     string   `json:"reader"`
	Mode       string   `json:"mode"`
	Key        []string `json:"key"` // names there
}

// Store keeps runs and memories.
type Store interface {
	// PutRun stores a run in place of what was there under its id.
	PutRun(ctx context.Context, r Run) error
	// GetRun answers a NotFound fault.
	GetRun(ctx context.Context, id string) (Run, error)
	// Runs lists runs, newest first: of one dataset, or of all when it is empty.
	Runs(ctx context.Context, dataset string, limit int) ([]Run, error)
	// Open lists the runs that have not ended, oldest first.
	Open(ctx context.Context) ([]Run, error)
	// Prune lets go of runs that ended, but for the newest of each dataset.
	Prune(ctx context.Context, keep int) (int, error)
	Memories(ctx context.Context) (map[string]Memory, error)
	PutMemory(ctx context.Context, dataset string, m Memory) error
	DropMemory(ctx context.Context, dataset string) error
}

func noteOf(err error) *ingest.Note {
	f := fault.Of(err)
	return &ingest.Note{Code: f.Code, Text: f.Text}
}
