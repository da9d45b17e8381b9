package warehouse

import (
	"context"
	"time"
)

// MessageID identifies a message of an event source by a hash of its own id.
type MessageID [16]byte

// Events is a Warehouse that takes in what happens, message by message.
type Events interface {
	Warehouse
	// EventPosition is the place in the log of events up to which everything is
	// stored.
	EventPosition(ctx context.Context) (int64, error)
	// StoreEvents runs one transaction. It asks fill what to store, with which of
	// the messages are new: seen neither before nor earlier in the list. Fault
	// Conflict "columns_changed" when a table has other columns.
	StoreEvents(ctx context.Context, ids []MessageID, fill func(fresh []bool) (EventBatch, error)) error
	// ForgetMessages forgets messages that came before a time: they would count
	// as new.
	ForgetMessages(ctx context.Context, before time.Time) error
	// EventColumns gives the columns that a dataset's table has; none without one.
	EventColumns(ctx context.Context, dataset string) ([]StoredColumn, error)
	// Recast gives a dataset's table the columns of spec; see LoadSpec.
	Recast(ctx context.Context, spec LoadSpec) (State, error)
}

// EventBatch is what one transaction of StoreEvents does.
type EventBatch struct {
	At         time.Time
	Zone       *time.Location // as in LoadSpec
	Position   *int64         // in the log, behind the last message; nil leaves it
	Tables     []EventTable
	Taken      []TakenRows
	Quarantine []Quarantined
	Tallies    []Tally
	// Settled are quarantined messages that are stored now, dismissed, or judged
	// anew.
	Settled []Settled
}

// EventTable are rows for the table of a dataset, in the order of its columns.
type EventTable struct {
	Dataset string
	Columns []StoredColumn
	Rows    [][]any // as Rows.Values gives values
	// Checked leaves out rows whose first value the table has already. It is for
	// messages that may have come too long ago to be remembered.
	Checked bool
}

// TakenRows are rows that go from the table of a dataset, by two columns of texts.
type TakenRows struct {
	Dataset string
	Columns [2]string
	Keys    [][2]string
}

// Quarantined is a message that was set aside.
type Quarantined struct {
	ID        int64 // given when it is stored
	MessageID string
	Call      string // track, identify, …
	Event     string // of the plan; as sent when it is not in it
	Source    string // name of the write key
	UserID    string
	Received  time.Time
	SentAt    time.Time // by the sender's clock; zero when not told
	Reasons   string    // JSON
	Payload   string    // the message, JSON
	State     string    // open | stored | dismissed
	SettledAt time.Time // zero while it is open
	SettledBy string
}

// Settled says what became of a quarantined message.
type Settled struct {
	ID    int64
	State string // stored | dismissed; open with other reasons than before
	By    string
	// Reasons are those of an open one, as it is judged now; JSON.
	Reasons string
}

// Tally counts what happened to messages of one day.
type Tally struct {
	Day      time.Time // date in the workspace's zone
	Event    string
	Source   string
	What     string // received, stored, … or a kind of violation
	Property string
	N        int64
}

// QuarantineFilter selects quarantined messages; what is empty selects all.
type QuarantineFilter struct {
	Event  string
	Kind   string // of a reason
	Prop   string // of a reason
	State  string
	IDs    []int64
	Before int64 // only ids below it; 0 for all
	After  int64 // only ids above it, oldest first; 0 for newest first
	Limit  int
}

// QuarantineCount is how many open messages of an event have a reason.
type QuarantineCount struct {
	Event    string    `json:"event"`
	Layer    string    `json:"layer"` // event | property | id
	Kind     string    `json:"kind"`
	Property string    `json:"property"`
	N        int64     `json:"n"`
	First    time.Time `json:"first"`
	Last     time.Time `json:"last"`
	Found    string    `json:"found"`    // of one of them
	Expected string    `json:"expected"` // of one of them
}

// Quarantine is where messages are set aside.
type Quarantine interface {
	Quarantined(ctx context.Context, f QuarantineFilter) ([]Quarantined, error)
	QuarantineCounts(ctx context.Context) ([]QuarantineCount, error)
	// OpenMessages counts open messages by event.
	OpenMessages(ctx context.Context) (map[string]int64, error)
	// EditQuarantined gives an open message another payload.
	EditQuarantined(ctx context.Context, id int64, payload string) error
	// PurgeQuarantine deletes what was received before a time, and what was
	// settled before it, and tells how many went.
	PurgeQuarantine(ctx context.Context, before time.Time) (int64, error)
	// Tallies sums up counts of days in [from, to).
	Tallies(ctx context.Context, from, to time.Time) ([]Tally, error)
}
