package steps

import (
	"cmp"
	"time"

	"lodestar/internal/calendar"
	"lodestar/internal/expr"
)

// Step is one change of a table. Exactly one of its keys is written, besides
// the note.
type Step struct {
	Select      []string          `json:"select,omitempty"`      // columns to keep, in this order
	Drop        []string          `json:"drop,omitempty"`        // columns to leave out
	Rename      map[string]string `json:"rename,omitempty"`      // the name now: the new name
	Cast        []Cast            `json:"cast,omitempty"`        // columns that get another type
	Filter      string            `json:"filter,omitempty"`      // rows to keep: a condition
	Derive      []Derived         `json:"derive,omitempty"`      // columns that are worked out; a later one may use an earlier
	Join        *Join             `json:"join,omitempty"`        // columns from another dataset
	Union       *Union            `json:"union,omitempty"`       // rows from other datasets
	Aggregate   *Aggregate        `json:"aggregate,omitempty"`   // one row a group
	Deduplicate *Deduplicate      `json:"deduplicate,omitempty"` // one row of those that are alike
	Pivot       *Pivot            `json:"pivot,omitempty"`       // values of a column become columns
	Unpivot     *Unpivot          `json:"unpivot,omitempty"`     // columns become rows
	Fill        []Fill            `json:"fill,omitempty"`        // values where there is none
	Split       *Split            `json:"split,omitempty"`       // a text into columns or rows
	Standardise []Standard        `json:"standardise,omitempty"` // one way of writing
	Map         *Mapping          `json:"map,omitempty"`         // values into others
	Mask        []Mask            `json:"mask,omitempty"`        // what not everybody may see
	Session     *Session          `json:"session,omitempty"`     // which rows belong to one session
	Sample      *Sample           `json:"sample,omitempty"`      // a part of the rows, always the same
	Note        string            `json:"note,omitempty"`        // why, for people
}

// Cast gives a column another type.
type Cast struct {
	Column    string    `json:"column"`
	Type      expr.Type `json:"type"`
	Precision int       `json:"precision,omitempty"` // decimals: digits in all, default 18
	Scale     int       `json:"scale,omitempty"`     // decimals: digits after the point, default 6 when precision is 0
	// Format is how dates are written, such as "%Y%m%d"; several are divided by
	// "|". For numbers "loose" also takes thousands commas, currency signs and %.
	Format string `json:"format,omitempty"`
	// OnError says what happens to a value that does not convert: null (default,
	// it is counted) or reject (the row is set aside).
	OnError string `json:"onError,omitempty"`
}

// Derived is a column that is worked out; one of that name is replaced.
type Derived struct {
	Name      string `json:"name"`
	Expr      string `json:"expr"`
	Precision int    `json:"precision,omitempty"` // decimals: digits in all, default 18
	Scale     int    `json:"scale,omitempty"`     // decimals: digits after the point, default 6 when precision is 0
}

// Join looks up the rows of another dataset by columns that are equal.
type Join struct {
	Dataset string            `json:"dataset"`
	Kind    string            `json:"kind,omitempty"`    // left (default) | inner | full | anti
	On      map[string]string `json:"on"`                // column here: column there
	Columns []string          `json:"columns,omitempty"` // wanted from there
	Prefix  string            `json:"prefix,omitempty"`  // before their names
	// Many allows that several rows there match one here, so that rows multiply;
	// otherwise that is an error.
	Many bool `json:"many,omitempty"`
	// AsOf takes one row there for each row here: the last or first one at or
	// before its time.
	AsOf *AsOf `json:"asof,omitempty"`
}

// AsOf chooses one row of those that match, by time.
type AsOf struct {
	Time   string `json:"time"`             // column here: the time of the row
	Other  string `json:"other"`            // column there: at or before that
	Within string `json:"within,omitempty"` // and no longer before, such as "30 days"; default at any time before
	Which  string `json:"which,omitempty"`  // last (default) | first, in the order of time
}

// Union adds the rows of other datasets, by the names of their columns. What a
// dataset has not is empty there.
type Union struct {
	Datasets []string `json:"datasets"`
	Origin   string   `json:"origin,omitempty"` // a new column that says which dataset a row is from
}

// Aggregate makes one row of each group of rows.
type Aggregate struct {
	By     []string `json:"by,omitempty"` // columns; without any, all rows are one group
	Values []Value  `json:"values"`
}

// Value is an aggregate of a group.
type Value struct {
	Name       string  `json:"name"`
	Agg        string  `json:"agg"`            // sum count count_distinct min max avg median percentile
	Expr       string  `json:"expr,omitempty"` // of each row; a count may go without
	Where      string  `json:"where,omitempty"`
	Percentile float64 `json:"percentile,omitempty"` // 0.9
	Discrete   bool    `json:"discrete,omitempty"`   // the percentile is one of the values
}

// Deduplicate keeps one row of those that are equal in some columns.
type Deduplicate struct {
	By    []string `json:"by,omitempty"`    // columns that are equal; without any, all
	Order []string `json:"order,omitempty"` // columns; a minus before the name for descending
	Keep  string   `json:"keep,omitempty"`  // first (default) | last, in that order
}

// Pivot makes a column of each declared value of a column.
type Pivot struct {
	By     []string     `json:"by,omitempty"` // one row for each combination of these
	Column string       `json:"column"`
	Values []PivotValue `json:"values"`
	Agg    string       `json:"agg"`            // as in aggregate
	Expr   string       `json:"expr,omitempty"` // of each row
}

// PivotValue is a value and the column that it becomes.
type PivotValue struct {
	Value string `json:"value"`
	Name  string `json:"name"`
}

// Unpivot makes a row of each of some columns.
type Unpivot struct {
	Columns     []string `json:"columns"`
	Name        string   `json:"name"`                  // the new column that holds their names
	Value       string   `json:"value"`                 // the new column that holds their values
	DropMissing bool     `json:"dropMissing,omitempty"` // without rows that would hold no value
}

// Fill puts a value where there is none: a constant, or that of a row before or
// after.
type Fill struct {
	Column string   `json:"column"`
	With   string   `json:"with,omitempty"`  // a constant
	From   string   `json:"from,omitempty"`  // before | after: the nearest row with a value, in the order
	Order  []string `json:"order,omitempty"` // columns; a minus before the name for descending
	By     []string `json:"by,omitempty"`    // within rows that are equal in these
}

// Split divides a text at a separator, into columns or into rows.
type Split struct {
	Column   string   `json:"column"`
	By       string   `json:"by"`                 // the separator
	Into     []string `json:"into,omitempty"`     // new columns; the last takes the rest
	Rows     bool     `json:"rows,omitempty"`     // a row for each part instead
	Position string   `json:"position,omitempty"` // with rows: a new column that counts the parts from 1
}

// Standard writes the values of a column in one way.
type Standard struct {
	Column   string   `json:"column"`
	As       string   `json:"as"`                 // trim | lower | upper | width | phone | date | province | city
	Patterns []string `json:"patterns,omitempty"` // of dates, such as "%d.%m.%Y"; default the common ones
	// OnError says what happens to a value that is not understood: null (default,
	// it is counted), keep, or reject (the row is set aside).
	OnError string `json:"onError,omitempty"`
}

// Mapping turns values of a column into others.
type Mapping struct {
	Column  string            `json:"column"`
	Into    string            `json:"into,omitempty"`    // a new column; default the same one
	Values  map[string]string `json:"values"`            // from: to
	Default string            `json:"default,omitempty"` // for values that are not listed
	// Keep leaves values that are not listed as they are; without it and without
	// a default they become empty and are counted.
	Keep    bool   `json:"keep,omitempty"`
	Missing string `json:"missing,omitempty"` // for rows without a value
}

// Mask hides what a value says of a person.
type Mask struct {
	Column string `json:"column"`
	How    string `json:"how"`            // hash | partial | generalise | drop
	Salt   *Salt  `json:"salt,omitempty"` // hash: what makes guessing impossible
	Left   int    `json:"left,omitempty"` // partial: characters shown at the beginning
	Right  int    `json:"right,omitempty"`
	Step   int64  `json:"step,omitempty"` // generalise numbers: down to a multiple of this
	To     string `json:"to,omitempty"`   // generalise: week | month | quarter | year for dates; province | city for places
}

// Salt names a secret of the vault.
type Salt struct {
	Vault string `json:"vault"`
}

// Session tells which rows belong to one session: those with the same key, in
// the order of time, until a pause that is longer than the gap. It adds columns
// that are called like As, with _id (the same as long as the session begins with
// the same row), _start (its first time), _number (of the sessions of the key,
// from 1) and _row (of the rows of the session, from 1). A row without its whole
// key or without a time is in no session, and these are empty.
type Session struct {
	By   []string `json:"by"`            // the key: rows of a session are equal in these, such as the device
	Time string   `json:"time"`          // a column of times
	Gap  string   `json:"gap,omitempty"` // the longest pause within a session; default 30 minutes
	// Change lists columns that begin a new session with another value than the
	// last one, such as the campaign. A row without a value there begins none.
	Change   []string `json:"change,omitempty"`
	Midnight bool     `json:"midnight,omitempty"` // a new one begins with each day of the workspace's clocks
	As       string   `json:"as,omitempty"`       // what the names of the new columns begin with; default session
}

// Named gives the name of a new column: id, start, number or row.
func (s *Session) Named(what string) string { return cmp.Or(s.As, "session") + "_" + what }

// Pause gives the longest pause within a session.
func (s *Session) Pause() time.Duration {
	if s.Gap == "" {
		return 30 * time.Minute
	}
	return spanOf(s.Gap)
}

// Window gives how long before its time a row may be matched; 0 for any time.
func (a *AsOf) Window() time.Duration { return spanOf(a.Within) }

// spanOf reads a length of time such as "30 minutes"; 0 for what is none. A day
// has 24 hours. Months and the like have no length.
func spanOf(s string) time.Duration {
	n, g, err := calendar.ParseSpan(s)
	if err != nil {
		return 0
	}
	return time.Duration(n) * map[calendar.Grain]time.Duration{calendar.Second: time.Second, calendar.Minute: time.Minute,
		calendar.Hour: time.Hour, calendar.Day: 24 * time.Hour, calendar.Week: 7 * 24 * time.Hour}[g]
}

// Sample keeps a part of the rows. The same rows give the same part.
type Sample struct {
	Share float64  `json:"share,omitempty"` // of the rows, such as 0.1
	Count int64    `json:"count,omitempty"` // or so many
	By    []string `json:"by,omitempty"`    // rows that are equal in these stay together; default all columns
	Seed  string   `json:"seed,omitempty"`  // any text: another one, another part
}

// The words that fields take.
var (
	onErrors    = []string{"null", "reject"}
	onUnknowns  = []string{"null", "keep", "reject"}
	joinKinds   = []string{"left", "inner", "full", "anti"}
	whiches     = []string{"last", "first"}
	keeps       = []string{"first", "last"}
	fillFroms   = []string{"before", "after"}
	standards   = []string{"trim", "lower", "upper", "width", "phone", "date", "province", "city"}
	masks       = []string{"hash", "partial", "generalise", "drop"}
	coarser     = []string{"week", "month", "quarter", "year", "province", "city"}
	aggregates  = []string{"sum", "count", "count_distinct", "min", "max", "avg", "median", "percentile"}
	columnTypes = []string{"string", "integer", "decimal", "float", "boolean", "date", "timestamp"}
)

// Choices lists the words that fields take, by type and key, for schemas and
// forms.
func Choices() map[string][]string {
	return map[string][]string{
		"steps.Cast.type": columnTypes, "steps.Cast.onError": onErrors,
		"steps.Join.kind": joinKinds, "steps.AsOf.which": whiches, "steps.Value.agg": aggregates, "steps.Pivot.agg": aggregates,
		"steps.Deduplicate.keep": keeps, "steps.Fill.from": fillFroms,
		"steps.Standard.as": standards, "steps.Standard.onError": onUnknowns,
		"steps.Mask.how": masks, "steps.Mask.to": coarser,
	}
}

// Kinds lists what a step may be, by its key in a definition.
func Kinds() []string {
	return []string{"select", "drop", "rename", "cast", "filter", "derive", "join", "union", "aggregate", "deduplicate",
		"pivot", "unpivot", "fill", "split", "standardise", "map", "mask", "session", "sample"}
}

// Kind tells the one key that the step has; empty when there is none or more
// than one.
func (s *Step) Kind() string {
	kinds := s.kinds()
	if len(kinds) != 1 {
		return ""
	}
	return kinds[0]
}

func (s *Step) kinds() []string {
	var out []string
	for _, k := range []struct {
		name string
		set  bool
	}{{"select", s.Select != nil}, {"drop", s.Drop != nil}, {"rename", s.Rename != nil}, {"cast", s.Cast != nil},
		{"filter", s.Filter != ""}, {"derive", s.Derive != nil}, {"join", s.Join != nil}, {"union", s.Union != nil},
		{"aggregate", s.Aggregate != nil}, {"deduplicate", s.Deduplicate != nil}, {"pivot", s.Pivot != nil},
		{"unpivot", s.Unpivot != nil}, {"fill", s.Fill != nil}, {"split", s.Split != nil},
		{"standardise", s.Standardise != nil}, {"map", s.Map != nil}, {"mask", s.Mask != nil},
		{"session", s.Session != nil}, {"sample", s.Sample != nil}} {
		if k.set {
			out = append(out, k.name)
		}
	}
	return out
}

// Datasets lists the other datasets that a step reads, with their paths in it.
func (s *Step) Datasets() (names, paths []string) {
	switch {
	case s.Join != nil:
		return []string{s.Join.Dataset}, []string{"join.dataset"}
	case s.Union != nil:
		for i, d := range s.Union.Datasets {
			names, paths = append(names, d), append(paths, at("union.datasets", i))
		}
	}
	return names, paths
}

// Renamed gives the step as it reads when a dataset has another name.
func (s Step) Renamed(from, to string) Step {
	switch {
	case s.Join != nil && s.Join.Dataset == from:
		j := *s.Join
		j.Dataset = to
		s.Join = &j
	case s.Union != nil:
		u := *s.Union
		u.Datasets = append([]string(nil), u.Datasets...)
		for i, d := range u.Datasets {
			if d == from {
				u.Datasets[i] = to
			}
		}
		s.Union = &u
	}
	return s
}
