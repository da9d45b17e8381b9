package job

import (
	"context"
	"encoding/json"
	"time"
)

// State of a job.
type State string

// The states.
const (
	Waiting State = "waiting" // until RunAt
	Running State = "running" // under a lease
	Done    State = "done"
	Failed  State = "failed" // tried MaxAttempts times, or failed for good
)

// Job is one piece of work as stored.
type Job struct {
	ID          int64           `json:"id"`
	Kind        string          `json:"kind"`
	Payload     json.RawMessage `json:"payload"`
	Dedupe      string          `json:"dedupe"` // "" for none
	State       State           `json:"state"`
	Attempt     int             `json:"attempt"` // 1 while tried for the first time
	MaxAttempts int             `json:"maxAttempts"`
	RunAt       time.Time       `json:"runAt"`
	LeaseUntil  time.Time       `json:"leaseUntil"` // while running
	Error       string          `json:"error"`      // of the last attempt
	CreatedAt   time.Time       `json:"createdAt"`
	EndedAt     time.Time       `json:"endedAt"`
}

// New is what is asked for a job.
type New struct {
	Kind    string
	Payload any    // encoded as JSON
	Dedupe  string // a second job of the kind with the same key is not added while one waits or runs
	RunAt   time.Time
	// MaxAttempts is how often it is tried; default 5.
	MaxAttempts int
}

// Store keeps jobs. Every method is one transaction.
type Store interface {
	// Add stores a job; added is false when the dedupe key held it back.
	Add(ctx context.Context, j Job) (id int64, added bool, err error)
	// Take leases the job that is due the longest among the kinds, one whose
	// lease ran out included, and counts the attempt. ok is false when there
	// is none.
	Take(ctx context.Context, kinds []string, now, leaseUntil time.Time) (j Job, ok bool, err error)
	// Beat extends a lease; false when the job is no longer at this attempt.
	Beat(ctx context.Context, id int64, attempt int, leaseUntil time.Time) (bool, error)
	// Finish sets state, error, run-at and end of a running job, only while it
	// is at this attempt.
	Finish(ctx context.Context, j Job) (bool, error)
	// Release ends the leases of jobs of the kinds, which then wait until now.
	Release(ctx context.Context, kinds []string, now time.Time) (int, error)
	// Hasten lets jobs of the kinds that wait for a later moment wait until now.
	Hasten(ctx context.Context, kinds []string, now time.Time) (int, error)
	// Get answers a NotFound fault.
	Get(ctx context.Context, id int64) (Job, error)
	// Prune removes jobs that ended before the time.
	Prune(ctx context.Context, before time.Time) (int, error)
}
