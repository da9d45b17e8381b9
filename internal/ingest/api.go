package ingest

import (
	"time"

	"lodestar/internal/catalog"
	"lodestar/internal/expr"
	"lodestar/internal/semantic"
	"lodestar/internal/text"
)

// Upload is a file in the staging directory.
type Upload struct {
	ID    string    `json:"id"`
	Name  string    `json:"name"`  // as the person calls it, for display only
	Bytes int64     `json:"bytes"` // as sent, before decompression
	Hash  string    `json:"hash"`  // SHA-256, hex
	At    time.Time `json:"at"`
}

// DetectRequest asks how a file is written. What Format sets is taken as
// given. With a Dataset, columns are matched to its definition.
type DetectRequest struct {
	Upload  string          `json:"upload"`
	Format  semantic.Format `json:"format,omitzero"`
	Dataset string          `json:"dataset,omitempty"`
}

// Detection is what a look at the file's first records says.
type Detection struct {
	Format   semantic.Format       `json:"format"`
	Sheets   []string              `json:"sheets,omitempty"`  // xlsx
	Skipped  []string              `json:"skipped,omitempty"` // title lines above the header
	Footer   []string              `json:"footer,omitempty"`  // first cells of the rows taken for totals
	Columns  []DetectedColumn      `json:"columns"`
	Sample   [][]*string           `json:"sample"`  // first records as text; null for no value
	Sampled  int                   `json:"sampled"` // records looked at
	Complete bool                  `json:"complete"`
	Key      []KeyCandidate        `json:"key"`  // best first
	Time     string                `json:"time"` // column name, or empty
	Dataset  string                `json:"dataset,omitempty"`
	Name     string                `json:"name"` // proposed name for a new dataset
	Spec     *semantic.DatasetSpec `json:"spec"` // proposed, or the dataset's own
	Extra    []string              `json:"extra,omitempty"`
	Missing  []string              `json:"missing,omitempty"`
	LoadedAt *time.Time            `json:"loadedAt,omitempty"` // this very file was loaded then
	Warnings []Note                `json:"warnings,omitempty"`
}

// DetectedColumn is what is known of one column of a file.
type DetectedColumn struct {
	Header    string      `json:"header"`
	Name      string      `json:"name"`
	Title     text.Text   `json:"title,omitzero"`
	Type      expr.Type   `json:"type"`
	Precision int         `json:"precision,omitempty"`
	Scale     int         `json:"scale,omitempty"`
	Format    string      `json:"format,omitempty"`
	Rescued   int         `json:"rescued,omitempty"` // values that only Format makes readable
	Nulls     []string    `json:"nulls,omitempty"`
	Values    int         `json:"values"`
	Missing   int         `json:"missing"`
	Distinct  int         `json:"distinct"`
	Bad       int         `json:"bad"` // values that do not fit Type
	BadCells  []BadCell   `json:"badCells,omitempty"`
	Samples   []string    `json:"samples,omitempty"`
	Fits      []TypeCount `json:"fits,omitempty"`
}

// TypeCount is the evidence for a type: how many values fit it.
type TypeCount struct {
	Type   expr.Type `json:"type"`
	Format string    `json:"format,omitempty"`
	Count  int       `json:"count"`
}

// BadCell is a value that does not fit the type of its column.
type BadCell struct {
	Line int64  `json:"line"`
	Text string `json:"text"`
}

// KeyCandidate is a set of columns that could be the primary key.
type KeyCandidate struct {
	Columns []string `json:"columns"`
	Rows    int      `json:"rows"` // unique in so many records
}

// Note is something to tell the person.
type Note struct {
	Code string    `json:"code"`
	Text text.Text `json:"text"`
}

// The modes of a load.
const (
	Replace = "replace"
	Append  = "append"
	Upsert  = "upsert"
)

// LoadRequest asks for a load.
type LoadRequest struct {
	Upload       string          `json:"upload"`
	Dataset      string          `json:"dataset"`
	Mode         string          `json:"mode,omitempty"` // replace | append | upsert; required once there are rows
	Format       semantic.Format `json:"format,omitzero"`
	IgnoreExtra  bool            `json:"ignoreExtra,omitempty"`  // columns that the dataset does not have
	AllowMissing bool            `json:"allowMissing,omitempty"` // columns that the file does not have
	MaxRejects   string          `json:"maxRejects,omitempty"`   // "100" or "5%"; empty for no limit
	Create       *Draft          `json:"create,omitempty"`       // define the dataset first
}

// Draft is a dataset to be defined together with its first load.
type Draft struct {
	Metadata catalog.Metadata     `json:"metadata"`
	Spec     semantic.DatasetSpec `json:"spec"`
}

// The states of a load.
const (
	Running  = "running"
	Done     = "done"
	Failed   = "failed"
	Canceled = "canceled"
)

// Load is one run.
type Load struct {
	ID         string    `json:"id"`
	Dataset    string    `json:"dataset"`
	Mode       string    `json:"mode"` // replace | append | upsert | change | retain | undo | recast | drop
	File       string    `json:"file"`
	Actor      string    `json:"actor"`
	State      string    `json:"state"` // running | done | failed | canceled
	Phase      string    `json:"phase"` // waiting | reading | checking | saving | ended
	BytesDone  int64     `json:"bytesDone"`
	BytesTotal int64     `json:"bytesTotal"`
	Records    int64     `json:"records"`
	Loaded     int64     `json:"loaded"`
	Rejected   int64     `json:"rejected"`
	Folded     int64     `json:"folded,omitempty"`   // a later record of the same load took their place
	Gone       int64     `json:"gone,omitempty"`     // records that say that a row is gone
	Deleted    int64     `json:"deleted,omitempty"`  // rows that went because of that
	Outdated   int64     `json:"outdated,omitempty"` // rows there are afterwards that are older than at their source
	Absent     int64     `json:"absent,omitempty"`   // rows of the source that are not here because they did not fit
	Missing    int64     `json:"-"`                  // of keys that were compared those of rows that are not here, though nothing was wrong with them
	Version    int64     `json:"version,omitempty"`  // data version that it made
	StartedAt  time.Time `json:"startedAt"`
	EndedAt    time.Time `json:"endedAt,omitzero"`
	Error      *Note     `json:"error,omitempty"`
	Warnings   []Note    `json:"warnings,omitempty"`
}

// Status tells of a dataset's rows.
type Status struct {
	Name     string    `json:"name"`
	Rows     int64     `json:"rows"`
	Rejects  int64     `json:"rejects"`
	Outdated int64     `json:"outdated,omitempty"` // rows that are older than at their source: their newest version did not fit
	Absent   int64     `json:"absent,omitempty"`   // rows of the source that are not here: no version of them fitted
	LoadedAt time.Time `json:"loadedAt,omitzero"`
	DataTo   time.Time `json:"dataTo,omitzero"` // newest value of the time column that was not of the future when it was loaded
	// Future is how many rows were, and FutureTo the newest of them: they do not
	// count for freshness.
	Future    int64      `json:"future,omitempty"`
	FutureTo  *time.Time `json:"futureTo,omitempty"`
	Freshness string     `json:"freshness"` // fresh | late | none (no rows, all of them of the future, or no promise)
	Promise   string     `json:"promise,omitempty"`
	LateBy    string     `json:"lateBy,omitempty"` // how long the promise has been broken, as in "7h40m"
	Version   int64      `json:"version"`
	KeyBroken bool       `json:"keyBroken,omitempty"`
	CanUndo   bool       `json:"canUndo,omitempty"`
	Bytes     int64      `json:"bytes"` // on disk, estimated
	// Connection and Table say where rows are that are not kept here; nothing
	// else is told of them.
	Connection string `json:"connection,omitempty"`
	Table      string `json:"table,omitempty"`
}

// Table is rows for display; cells are as warehouse.Rows gives them, times as
// text.
type Table struct {
	Columns []TableColumn `json:"columns"`
	Rows    [][]any       `json:"rows"`
	Total   int64         `json:"total"`
}

// TableColumn heads a column of a Table.
type TableColumn struct {
	Name string    `json:"name"`
	Type expr.Type `json:"type"`
}

// Profile describes the values of each column.
type Profile struct {
	Rows    int64           `json:"rows"`
	Columns []ColumnProfile `json:"columns"`
}

// ColumnProfile describes the values of one column.
type ColumnProfile struct {
	Name      string    `json:"name"`
	Type      expr.Type `json:"type"`
	Missing   int64     `json:"missing"`
	Distinct  int64     `json:"distinct"`
	Min       any       `json:"min"`
	Max       any       `json:"max"`
	Mean      any       `json:"mean,omitempty"`
	Top       []Value   `json:"top,omitempty"`
	Histogram []Bin     `json:"histogram,omitempty"` // numbers and times: 20 equal bins
}

// Value is a value with the number of rows that hold it.
type Value struct {
	Value any   `json:"value"`
	Count int64 `json:"count"`
}

// Bin counts the values in [From, To); the last bin includes To.
type Bin struct {
	From  any   `json:"from"`
	To    any   `json:"to"`
	Count int64 `json:"count"`
}

// Reject is a record that was set aside.
type Reject struct {
	N      int64     `json:"n"`    // from 1 within the load
	Line   int64     `json:"line"` // physical line where the record starts, from 1
	Column string    `json:"column,omitempty"`
	Reason string    `json:"reason"` // see reasons.go
	Text   text.Text `json:"text"`
	Value  string    `json:"value,omitempty"`
	Raw    string    `json:"raw"`
}

// Rejects is one page of the last load's rejects.
type Rejects struct {
	Items []Reject      `json:"items"`
	Total int64         `json:"total"`
	ByWhy []RejectCount `json:"byReason"`
	Next  int64         `json:"next,omitempty"` // n to go on after; 0 at the end
}

// RejectCount says how many records were set aside for a reason.
type RejectCount struct {
	Reason string    `json:"reason"`
	Column string    `json:"column,omitempty"`
	Text   text.Text `json:"text"`
	Count  int64     `json:"count"`
}

// Relation tells how well a relationship's keys match.
type Relation struct {
	Relationship string  `json:"relationship"`
	To           string  `json:"to"`
	Matched      int64   `json:"matched"`   // rows whose key is found there
	Unmatched    int64   `json:"unmatched"` // rows with a key that is not
	Missing      int64   `json:"missing"`   // rows without a key
	Share        float64 `json:"share"`     // matched / (matched + unmatched)
}

// Suggestion proposes a relationship.
type Suggestion struct {
	From    string            `json:"from"`
	To      string            `json:"to"`
	Name    string            `json:"name"`
	Columns map[string]string `json:"columns"`
	Share   float64           `json:"share"` // of the values here that are found there
	Values  int64             `json:"values"`
}

// Recast says what changing the stored columns does.
type Recast struct {
	Rows    int64          `json:"rows"`
	Lost    int64          `json:"lost"` // values that do not convert
	Columns []RecastColumn `json:"columns"`
}

// RecastColumn is a column that changes.
type RecastColumn struct {
	Name    string    `json:"name"`
	From    expr.Type `json:"from,omitempty"` // empty for a new column
	To      expr.Type `json:"to,omitempty"`   // empty for a dropped one
	Lost    int64     `json:"lost"`
	Samples []string  `json:"samples,omitempty"`
}
