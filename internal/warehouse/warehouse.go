package warehouse

import (
	"context"
	"time"

	"lodestar/internal/calendar"
	"lodestar/internal/expr"
)

// Warehouse runs queries. Implementations are safe for concurrent use.
type Warehouse interface {
	Dialect() Dialect
	// Query runs one SELECT. Cancelling ctx stops the engine, not only the
	// wait. Faults: Canceled, Timeout, Unavailable (memory limit, closed).
	// The caller closes the rows.
	Query(ctx context.Context, q expr.SQL) (Rows, error)
	// State tells of a dataset's rows; ok is false when nothing was ever loaded.
	State(ctx context.Context, dataset string) (state State, ok bool, err error)
}

// Rows streams an answer. Next must be called before Values; the slice that
// Values returns is reused by the next call.
type Rows interface {
	Columns() []Column
	Next() bool
	// Values gives string, int64, float64, Decimal, bool, time.Time (UTC) or nil.
	// An engine that has no booleans gives 0 and 1 for them; As mends that where
	// the type is known.
	Values() []any
	Err() error
	Close() error
}

// Column describes a column of an answer. Precision and Scale are those of
// exact numbers, decimals and integers wider than 64 bits; Precision is 0 where
// the engine does not say.
type Column struct {
	Name             string
	Type             expr.Type
	Precision, Scale int
}

// State is what the load ledger and the table say of a dataset now.
type State struct {
	Dataset  string    // name
	Table    string    // quoted, schema-qualified name to select from
	Version  int64     // data version: grows by at least 1 with every change of rows
	Rows     int64     // rows in the table
	Rejects  int64     // rows set aside by the last load
	Outdated int64     // rows of which a newer version was set aside: they are older than at their source
	Absent   int64     // keys without a row here, because what came for them was set aside
	LoadedAt time.Time // when the last load committed
	// BroughtAt is up to when the rows can tell what happened: when the newest of
	// them were loaded. Undoing, converting and loading nothing bring none.
	BroughtAt time.Time
	// MinTime and MaxTime bound each date or timestamp column, by column name;
	// a column without values is missing.
	MinTime, MaxTime map[string]time.Time
	// Newest is the newest value of each of those columns that was not later than
	// BroughtAt (and Slack): of what comes after it no row can tell that it happened. A day
	// counts from when it begins. A column is missing when all of its values were
	// later, or when that is not known.
	Newest map[string]time.Time
	// Future is how many rows of a column were later.
	Future map[string]int64
	// Kept tells, by column name, of the times that Table reads in another form
	// than the one in which they are kept.
	Kept map[string]Kept
	// KeyBroken is set when the declared primary key turned out not to be unique.
	KeyBroken bool
	// Engine names the one of Engines that holds the rows; empty for the one
	// that was asked.
	Engine string
	// TTL is for how long rows count as unchanged where others write to them, so
	// that there is no true version; 0 where there is one.
	TTL time.Duration
}

// Dialect is what differs between engines: at most 15 methods.
type Dialect interface {
	expr.Dialect
	Name() string
	// Rebind turns ? into the engine's placeholders.
	Rebind(text string) string
	// ColumnType is the engine's type for a stored column.
	ColumnType(t expr.Type, precision, scale int) string
	// Aggregate writes one aggregate call.
	Aggregate(a Aggregate) expr.SQL
	// Truncate gives the start of the period in which a naive timestamp lies;
	// grain Week starts on the weekday given, and quarter and year in yearStart.
	Truncate(x expr.SQL, g calendar.Grain, weekStart time.Weekday, yearStart time.Month) expr.SQL
	// Order writes a term of ORDER BY: values without a value come last either
	// way. x may be the name of a column of the answer; where it is written more
	// than once, that must be a column of a table.
	Order(x expr.SQL, desc bool) expr.SQL
	// Rows writes a table of literal rows, to stand in FROM with an alias after
	// it. There is at least one row.
	Rows(names []string, types []expr.Type, rows [][]expr.SQL) expr.SQL
	// AddSeconds moves a naive timestamp; seconds may be any integer expression.
	AddSeconds(x, seconds expr.SQL) expr.SQL
	// SecondsBetween counts the whole seconds from one timestamp to another.
	SecondsBetween(from, to expr.SQL) expr.SQL
}

// Aggregate is one aggregate over rows.
type Aggregate struct {
	Func       string   // sum count count_distinct min max avg median percentile any
	Arg        expr.SQL // empty text for count of rows
	Filter     expr.SQL // empty text for none; rows where it is not true do not count
	Percentile float64  // in [0,1], for percentile
	// Discrete takes a percentile that is one of the values: the first, in
	// order, that as large a share of them does not exceed. Otherwise it is
	// interpolated between two.
	Discrete bool
	// Approximate asks for a sketch of distinct counts, medians and percentiles;
	// an engine without one computes exactly.
	Approximate bool
}

// NullsLast is Dialect.Order in standard SQL.
func NullsLast(x expr.SQL, desc bool) expr.SQL {
	if desc {
		return expr.Concat(x, " DESC NULLS LAST")
	}
	return expr.Concat(x, " NULLS LAST")
}
