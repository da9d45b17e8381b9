package warehouse

import (
	"context"
	"time"

	"lodestar/internal/expr"
)

// StoredColumn is a column of a stored table.
type StoredColumn struct {
	Name      string    `json:"name"`
	Type      expr.Type `json:"type"`
	Precision int       `json:"precision,omitempty"` // decimals; 0 means 18
	Scale     int       `json:"scale,omitempty"`
}

// Room is what rows take on disk, in bytes.
type Room struct {
	Bytes int64 // of the file
	Free  int64 // the part of it that rows have left, and that new rows will take
}

// LoadSpec describes one change of a dataset's rows. In mode change, a row whose
// line is negative holds the key of one that is gone; it needs Key, and Lines
// when there are such rows. In mode retain, Columns are those of Key, and rows
// whose key was not read go: nothing is loaded.
type LoadSpec struct {
	ID      string // of the run; names the table of rejects
	Dataset string
	Mode    string // replace | append | upsert | change | retain
	File    string // name for the ledger, never used as a path
	Actor   string
	At      time.Time
	Columns []StoredColumn
	Key     []string // columns of the declared primary key, or none
	Lines   bool     // rows come with the line they stood on
	// BroughtAt is up to when the rows can tell what happened, where they were not
	// brought from outside just now; zero is At.
	BroughtAt time.Time
	// Zone is where days begin, for columns of dates; nil where that is not known:
	// then a day has begun when it has anywhere on earth.
	Zone *time.Location
}

// Brought is up to when the rows can tell what happened.
func (s LoadSpec) Brought() time.Time {
	if s.BroughtAt.IsZero() {
		return s.At
	}
	return s.BroughtAt
}

// LocalStep says that local times before Before are Offset seconds ahead of
// UTC. The last step of a list has a zero Before and holds for all later times.
type LocalStep struct {
	Before time.Time // naive local time, as if it were UTC
	Offset int
}

// CSV says how to read a staged text file strictly: the first value that does
// not fit its column ends the reading with an error.
type CSV struct {
	Path      string // in the staging directory
	Delimiter byte
	Quote     byte     // 0 for none
	Newline   string   // "\n", "\r\n" or "\r"
	Skip      int      // lines before the first record
	Nulls     []string // unquoted texts that mean no value, besides nothing at all
	Columns   []CSVColumn
}

// CSVColumn is a column of a text file, in the order of the file.
type CSVColumn struct {
	To     int         // index in LoadSpec.Columns; LineColumn for the line number; Ignored for none
	Format string      // dates: "%Y%m%d" and the like; empty for 2026-01-05
	Zone   []LocalStep // timestamps: how they become UTC; none when they are UTC
}

// What a CSVColumn may lead to besides a stored column.
const (
	Ignored    = -1
	LineColumn = -2
)

// Duplicate is a row whose key another row has.
type Duplicate struct {
	Line  int64 // of the row that goes
	Other int64 // of the row that stays; 0 for one that was there before an append
}

// Outcome is what a load says of itself when it commits.
type Outcome struct {
	Hash     string
	Records  int64 // in the file
	Rejected int64
	// Mark is from where a source is read next; nil leaves it as it was.
	Mark *string
}

// Change is one load under way, in one transaction of the engine. Methods are
// called one after the other by one goroutine; Rollback may follow anything,
// also Commit, and then does nothing.
type Change interface {
	// Read appends the records of a text file and tells how many there were.
	// An error leaves the Change fit only for Rollback.
	Read(ctx context.Context, file CSV) (rows int64, err error)
	// ReadParquet appends the rows of a Parquet file. from names the file's
	// column for each stored column; empty leaves it NULL.
	ReadParquet(ctx context.Context, path string, from []string, zones [][]LocalStep) (rows int64, err error)
	// Fill appends the answer of a query over the tables of datasets, and the
	// keys of rows that go, and takes the rejects of another.
	Fill(ctx context.Context, f Filling) (rows, rejects int64, err error)
	// KeysUnique reports whether no key is missing or there twice among the
	// rows read by this Change and, when it appends, those already there.
	KeysUnique(ctx context.Context) (bool, error)
	// Duplicates lists rows to go, in the order of their lines; it needs Lines.
	// The first row of a key stays, or the last.
	Duplicates(ctx context.Context, keepLast bool, each func(Duplicate) error) error
	// DropDuplicates removes what Duplicates lists.
	DropDuplicates(ctx context.Context, keepLast bool) (int64, error)
	// Fold leaves of several rows with one key only the last, that is the one
	// whose line is the largest without its sign, and counts the others as
	// folded. Unless the mode is change, rows of keys that are gone are let go
	// of too. It needs Lines.
	Fold(ctx context.Context) error
	// Rejects takes the rejects from a text file with the columns n, line,
	// column, reason, value, raw (comma, double quotes, no header). A row with
	// n = 0 holds the header of the file and does not count.
	Rejects(ctx context.Context, path string) (rows int64, err error)
	// Refused takes the keys of records that were set aside for another reason than
	// their key: lines of text with the line and then the columns of Key (comma,
	// double quotes, no header). Those of which a record fits are left out: with
	// keepLast one on a later line, else any. Until a later change says more of them
	// they count as State.Outdated or State.Absent. It comes before Fold and needs Lines.
	Refused(ctx context.Context, path string, keepLast bool) error
	// Missing counts the rows read whose key is neither that of a row of the dataset
	// nor of one that did not fit, and gives their values of a column of texts, once
	// each and in order, at most so many; none for no column. It comes before Apply.
	Missing(ctx context.Context, column string, most int) (n int64, values []string, err error)
	// Apply brings the rows into the dataset's table by the mode.
	Apply(ctx context.Context) error
	// Idle reports, after Apply, that keys were compared and nothing has to go.
	Idle() bool
	// Commit checks that records = loaded + rejected + folded + gone, and that
	// the table has as many rows as follows from that; it writes the ledger,
	// the mark with it, and makes everything visible at once.
	Commit(ctx context.Context, o Outcome) (State, error)
	Rollback() error
}

// Filling is rows that the engine works out itself.
type Filling struct {
	Rows expr.SQL // with the columns of the spec in their order
	// Gone are keys of rows that go, with the columns of the key in their order;
	// empty for none. It needs Lines and the mode change.
	Gone expr.SQL
	// Rejects have the columns n, line, column, reason, value, raw; empty for
	// none.
	Rejects expr.SQL
}

// LedgerEntry is one committed change of rows.
type LedgerEntry struct {
	Version  int64
	Load     string
	Dataset  string
	Mode     string
	File     string
	Hash     string
	Actor    string
	At       time.Time
	Rows     int64
	Records  int64
	Loaded   int64
	Rejected int64
	Folded   int64 // of which a later row of the same load took the place
	Gone     int64 // that say that a row is gone
	Deleted  int64 // rows that went because of that
	Outdated int64 // State.Outdated and State.Absent after it
	Absent   int64
	Synced   bool // it carries the mark of a source
	Columns  []StoredColumn
	MaxTime  map[string]time.Time // the newest value of each column of times, in all rows there were then
	Newest   map[string]time.Time // the newest that counts, as in State
	CanUndo  bool                 // only ever true of the newest entry of a dataset
}

// Loss says how many values of a column would not convert to its new type.
type Loss struct {
	Column  string
	From    expr.Type // empty for a new column
	To      expr.Type // empty for a column that goes
	Lost    int64
	Samples []string
}

// FileColumn describes a column of a Parquet file.
type FileColumn struct {
	Name      string
	Type      expr.Type // the nearest one
	Precision int       // decimals
	Scale     int
	Exact     bool // the file's type holds no value that Type does not
	Zoned     bool // a timestamp that is an instant already
}
