// Package source is the contract with places that rows are copied from:
// databases, folders of files, interfaces, logs. A connector reads what is new
// into a spool on disk and says from where to go on; the caller loads the spool,
// commits it together with that mark, and then tells the source. So a slow or
// broken source never holds up the warehouse, and a crash at any point neither
// loses nor doubles a row: what was not committed is read again from the mark.
// See docs/adr/0011-spool-then-load.md.
package source

import (
	"context"
	"io"
	"time"

	"lodestar/internal/expr"
	"lodestar/internal/text"
)

// Source is an open connection to a place with rows. One goroutine uses it at a
// time. Faults: Unavailable when nobody answers or the right is missing, Invalid
// when what is asked cannot be; their texts say what to do and hold no secret.
type Source interface {
	// Discover lists what can be read, by name, without columns.
	Discover(ctx context.Context) ([]Stream, error)
	// Describe tells everything about one stream; fault.NotFound when there is none.
	Describe(ctx context.Context, stream string) (Stream, error)
	// Read writes what is new since r.Mark into the spool. It ends when it has
	// caught up with the moment at which it began, or at a limit, and then may
	// be called again with the new mark. It waits for nothing: a log without
	// news gives no rows, and the same mark or one further on, so that the source
	// need not keep what others write there.
	Read(ctx context.Context, r Request, out Spool) (Result, error)
	// Acknowledge says that everything before the mark is stored for good, so
	// that the source need not keep it. Saying it again does no harm.
	Acknowledge(ctx context.Context, r Request, m Mark) error
	// Forget lets go of what the source keeps for a reader, such as a
	// replication slot. A reader that is not known is no error.
	Forget(ctx context.Context, r Request) error
	Close() error
}

// Sampler is a Source whose streams are files: what is in one is found out by
// looking into it.
type Sampler interface {
	// Sample writes a file of the stream into the spool: the newest one, or the
	// beginning of it where that can be read by itself.
	Sample(ctx context.Context, stream string, out Spool) error
}

// Stream is what can be read as rows: a table, a set of files, a topic.
type Stream struct {
	Name    string   `json:"name"` // as Request.Stream takes it, such as public.orders
	Columns []Column `json:"columns,omitempty"`
	// Sampled says that the columns are those of a sample: there may be others.
	Sampled bool `json:"sampled,omitempty"`
	// Once says that everything is given once: what was read cannot be read again.
	Once bool     `json:"-"`
	Key  []string `json:"key,omitempty"`  // names of the primary key's columns
	Rows int64    `json:"rows,omitempty"` // an estimate; 0 when not known
	// Files is the number of files in a stream of files, Bytes their size; 0 when
	// not known.
	Files int      `json:"files,omitempty"`
	Bytes int64    `json:"bytes,omitempty"`
	Modes []string `json:"modes"` // full, incremental, changes: what it can be read by; Describe tells
	// Why says what is missing for a mode that is not in Modes, in words.
	Why map[string]text.Text `json:"why,omitempty"`
}

// Column is a column of a stream.
type Column struct {
	Name      string    `json:"name"`
	Type      expr.Type `json:"type"` // the nearest one
	Precision int       `json:"precision,omitempty"`
	Scale     int       `json:"scale,omitempty"`
	Native    string    `json:"native,omitempty"` // as the source calls the type
	Required  bool      `json:"required,omitempty"`
	// Local says that times are what clocks showed, in a zone that is not said.
	Local bool `json:"-"`
	// Counts says that a boolean is a small whole number there, such as MariaDB's
	// tinyint(1), and is given as one when that is wanted.
	Counts bool `json:"-"`
	// Zone is that of times which say none, for a column that is wanted of a source
	// whose times may say one, such as JSON; nil for UTC.
	Zone *time.Location `json:"-"`
}

// The modes of reading; they are those of a dataset's sync.
const (
	Full        = "full"
	Incremental = "incremental"
	Changes     = "changes"
)

// Mark is a place in a stream, in the connector's own words. Empty is its
// beginning.
type Mark string

// Request says what to read.
type Request struct {
	Stream string
	// Reader names who reads, the same at every call: [a-z0-9_], at most 50
	// characters. What the source keeps for it is named after it.
	Reader  string
	Columns []Column // wanted, by their names there, with the types wanted
	Key     []string // names there; needed for incremental and changes
	Mode    string
	Cursor  string // name there
	// Lookback is how far before the mark an incremental read begins: by time
	// for dates and timestamps, by number for integers.
	Lookback       time.Duration
	LookbackNumber int64
	// From and To bound the cursor instead of the mark, for filling a gap: as
	// texts of the cursor's type, [From, To); the mark stays as it is.
	From, To string
	Mark     Mark
	// Limits after which Read ends, with Result.More; 0 is the connector's own.
	// Reads of everything and of a gap have none: they end with the last row.
	Rows  int64
	Bytes int64
}

// Result says what Read has done.
type Result struct {
	Mark Mark
	More bool // there was more to read when it ended
	// Whole says that the spool has every row there is, so that it replaces
	// what was there before. It then ends a read: More is false.
	Whole bool
	Rows  int64 // written; of files their number
	// Behind is how old the newest thing read was when it was read; 0 when the
	// source does not tell, or there is nothing more to come.
	Behind time.Duration
	// Others are the columns that what was read has besides those wanted, and
	// Without those wanted that none of its rows has, where the columns of a stream
	// are only known by a sample.
	Others  []Column
	Without []string
}

// Spool takes what a Read writes. It is on disk, and bounded by the space there.
type Spool interface {
	// Rows begins a table with these columns, in the order of Request.Columns
	// when they are all asked. Called once in a Read, or never; not together
	// with File.
	Rows(header []string) (Rows, error)
	// File begins a file as it is, such as a CSV or Parquet file that was
	// fetched; its name is for display and for its type.
	File(name string) (io.WriteCloser, error)
}

// Rows is a table being written. The order matters: of two rows with one key
// the later one counts.
type Rows interface {
	// Put adds a row that is new or has changed: texts in the order of the
	// header, nil for no value. Numbers are plain digits, booleans true and
	// false, dates 2026-01-31, timestamps 2026-01-31 23:59:59.999999 in UTC, or
	// as the clocks showed them in a column that is Local. The slice is not kept.
	Put(values [][]byte) error
	// Delete adds the key of a row that is gone, in the order of Request.Key.
	Delete(key [][]byte) error
	// CSV gives a writer for rows that are CSV text already, one record a line:
	// commas, double quotes, nothing for no value and "" for an empty text, as
	// PostgreSQL's COPY writes it. Not to be mixed with Put and Delete.
	CSV() (io.Writer, error)
}
