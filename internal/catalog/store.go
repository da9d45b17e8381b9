package catalog

import (
	"context"
	"encoding/json"
	"time"

	"lodestar/internal/audit"
)

// Action is what a revision did to a resource.
type Action string

// The actions. None is only in reports, for what is already so.
const (
	Create Action = "create"
	Update Action = "update"
	Delete Action = "delete"
	None   Action = "none"
)

// Record is one revision of a resource as stored.
type Record struct {
	Seq       int64 // rising over all resources; given by the store
	Kind      string
	Name      string
	Revision  int // 1, 2, … per resource; goes on when a deleted name returns
	Action    Action
	Author    string
	Via       string
	At        time.Time
	Body      json.RawMessage     // {"metadata": …, "spec": …}; nil for a deletion
	Positions map[string]Position // as in Resource
}

// Store keeps resources and their revisions.
type Store interface {
	// Current gives the newest record of every name, deletions included, by
	// kind and name.
	Current(ctx context.Context) ([]Record, error)
	// Commit appends records and writes the audit entries in one transaction.
	// When a record's revision is not exactly one above the newest stored
	// (somebody was faster) nothing is written and the fault is a Conflict
	// with code "revision_conflict". It gives the highest Seq written.
	Commit(ctx context.Context, records []Record, entries []audit.Entry) (int64, error)
	// Revisions gives all records of a name, newest first.
	Revisions(ctx context.Context, kind, name string) ([]Record, error)
}

type body struct {
	Metadata Metadata        `json:"metadata"`
	Spec     json.RawMessage `json:"spec"`
}

func encodeBody(r *Resource) (json.RawMessage, error) {
	spec, err := json.Marshal(r.Spec)
	if err != nil {
		return nil, err
	}
	return json.Marshal(body{Metadata: r.Metadata, Spec: spec})
}
