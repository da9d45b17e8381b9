package semantic

import (
	"bytes"
	"encoding/json"

	"lodestar/internal/calendar"
	"lodestar/internal/expr"
	"lodestar/internal/steps"
	"lodestar/internal/text"
)

// DatasetSpec describes a table of rows: its columns, key, time and how it
// relates to other datasets.
type DatasetSpec struct {
	// Columns are the stored columns. Those of a dataset made by steps follow from
	// the steps; what is written of them here goes before.
	Columns       []Column       `json:"columns,omitempty"`
	PrimaryKey    []string       `json:"primaryKey,omitempty"` // composite allowed
	UniqueKeys    [][]string     `json:"uniqueKeys,omitempty"` // other keys that relationships may lead to
	Time          string         `json:"time,omitempty"`       // a column, or a path along many_to_one such as order.ordered_at
	Zone          string         `json:"zone,omitempty"`       // IANA name; how naive timestamps are read at load
	Relationships []Relationship `json:"relationships,omitempty"`
	Dimensions    []Dimension    `json:"dimensions,omitempty"` // computed; every column is a dimension already
	Source        *Source        `json:"source,omitempty"`
	Freshness     *Freshness     `json:"freshness,omitempty"`

	event bool // the rows come from event intake
	// Quality lists what is promised about the rows.
	Quality []QualityRule `json:"quality,omitempty"`
	// QualitySchedule says when the rules are checked; without one after each
	// change of rows, and once a day where the rows stay on a connection.
	QualitySchedule *Schedule `json:"qualitySchedule,omitempty"`
}

// Column is a stored column.
type Column struct {
	Name      string    `json:"name"`             // ASCII, [a-z][a-z0-9_]*
	Source    string    `json:"source,omitempty"` // header in files, when it differs from the name
	Type      expr.Type `json:"type"`
	Precision int       `json:"precision,omitempty"` // decimals: digits in all, default 18
	Scale     int       `json:"scale,omitempty"`     // decimals: digits after the point, default 6 when precision is 0
	Zone      string    `json:"zone,omitempty"`
	Format    string    `json:"format,omitempty"` // date and number patterns at load, e.g. "%Y%m%d"
	Nulls     []string  `json:"nulls,omitempty"`  // further texts that mean no value
	// Entity says what the values identify, such as customer: columns of one
	// entity are one dimension in whichever dataset.
	Entity string    `json:"entity,omitempty"`
	Title  text.Text `json:"title,omitzero"`
}

// Relationship leads from many rows here to one row there.
type Relationship struct {
	Name        string            `json:"name"`
	To          string            `json:"to"`                // dataset
	Columns     map[string]string `json:"columns,omitempty"` // here → there; there must be a whole key, unless Validity is set
	Cardinality string            `json:"cardinality"`       // many_to_one | one_to_one | many_to_many
	// Through is the dataset of pairs of a many-to-many relationship.
	Through string `json:"through,omitempty"`
	// Via names the relationships of Through that lead here and there, when
	// several do.
	Via []string `json:"via,omitempty"`
	// Also holds further pairs that must be equal but are not part of the key,
	// such as the day of a partition. "start.day" is the column of the dataset
	// that a path begins with, where it has one.
	Also     map[string]string `json:"also,omitempty"`
	Validity *Validity         `json:"validity,omitempty"`
}

// Validity names the columns there between which a row holds: From <= t, and t
// < To or To is NULL, where t is the metric's time.
type Validity struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// Dimension is a computed column: an expression, or the value that a metric
// has for each value of a key.
type Dimension struct {
	Name   string    `json:"name"`
	Expr   string    `json:"expr,omitempty"`
	Metric string    `json:"metric,omitempty"`
	By     string    `json:"by,omitempty"` // the key as seen from the metric
	On     string    `json:"on,omitempty"` // the key here; default the primary key
	Entity string    `json:"entity,omitempty"`
	Title  text.Text `json:"title,omitzero"`
}

// Source says where rows come from: files, so that a folder of definitions can
// be loaded with one command, a table that is asked where it lives, or another
// dataset, by steps.
type Source struct {
	Files  []string `json:"files,omitempty"` // relative to the definitions' folder or to --source
	Format *Format  `json:"format,omitempty"`
	// Connection is where the rows are. They stay there and are asked there,
	// unless Sync brings them here.
	Connection string `json:"connection,omitempty"`
	Table      string `json:"table,omitempty"` // of the connection: schema.table
	Sync       *Sync  `json:"sync,omitempty"`
	// From is a dataset that this one is made of, by Steps.
	From  string       `json:"from,omitempty"`
	Steps []steps.Step `json:"steps,omitempty"`
	// Refresh says when it is made anew; default whenever a dataset that it is
	// made of has new rows.
	Refresh *Schedule `json:"refresh,omitempty"`
}

// Format is how a file is read; what is not set is detected.
type Format struct {
	Type       string   `json:"type,omitempty"`       // csv | json | ndjson | parquet | xlsx
	Delimiter  string   `json:"delimiter,omitempty"`  // one character, "tab", or "blanks" for runs of blanks
	Quote      string   `json:"quote,omitempty"`      // one character
	Encoding   string   `json:"encoding,omitempty"`   // utf-8 | gb18030 | utf-16 | windows-1252
	Header     *int     `json:"header,omitempty"`     // line of the header, from 1; 0 for none
	SkipFooter int      `json:"skipFooter,omitempty"` // rows at the end that are not data
	Sheet      string   `json:"sheet,omitempty"`      // xlsx
	Nulls      []string `json:"nulls,omitempty"`
}

// Direct tells the connection and the table of rows that stay where they are;
// both are empty for rows that are loaded.
func (s *DatasetSpec) Direct() (connection, table string) {
	if s.Source == nil || s.Source.Sync != nil {
		return "", ""
	}
	return s.Source.Connection, s.Source.Table
}

// Prepared reports whether the dataset is made of others by steps.
func (s *DatasetSpec) Prepared() bool {
	return s.Source != nil && (s.Source.From != "" || len(s.Source.Steps) > 0)
}

// Freshness is the promise how old the newest row may be.
type Freshness struct {
	Within string `json:"within"` // "26 hours", "8 days"
}

// MetricSpec defines a number.
type MetricSpec struct {
	Type string `json:"type"` // simple | ratio | derived | cumulative | conversion | retention

	// simple
	Dataset    string  `json:"dataset,omitempty"`
	Agg        string  `json:"agg,omitempty"` // sum count count_distinct min max avg median percentile
	Expr       string  `json:"expr,omitempty"`
	Where      string  `json:"where,omitempty"`
	Time       string  `json:"time,omitempty"`       // another time column of the dataset, or a path
	Percentile float64 `json:"percentile,omitempty"` // 0.9
	Discrete   bool    `json:"discrete,omitempty"`   // the percentile is one of the values, not between two
	Empty      string  `json:"empty,omitempty"`      // "0" | "null": value over no rows; default by agg
	Weight     string  `json:"weight,omitempty"`     // agg: weighted_avg: what each row counts for
	// Approximate counts distinct values and finds percentiles by sketch:
	// faster, within about one in a hundred.
	Approximate bool     `json:"approximate,omitempty"`
	Balance     *Balance `json:"balance,omitempty"` // a level, such as stock: not added up over time
	Pad         bool     `json:"pad,omitempty"`     // periods without rows are rows of the answer, too

	// cumulative: Metric over a trailing window, a period to date, or all time
	Metric string         `json:"metric,omitempty"`
	Window string         `json:"window,omitempty"` // "7 days"; of a conversion: how long after the base
	ToDate calendar.Grain `json:"toDate,omitempty"`
	Reread string         `json:"reread,omitempty"` // value of a coarser period: last (default) | first | average

	// conversion and retention: entities of Base that came to Conversion, or
	// came back to Return
	Base        *Input         `json:"base,omitempty"`
	Conversion  *Input         `json:"conversion,omitempty"`
	Return      *Input         `json:"return,omitempty"`
	Entity      *Entity        `json:"entity,omitempty"`
	Constant    []ConstantPair `json:"constant,omitempty"`    // equal in both rows of a conversion
	Calculation string         `json:"calculation,omitempty"` // rate (default) | count
	Period      calendar.Grain `json:"period,omitempty"`      // retention: day | week | month
	After       int            `json:"after,omitempty"`       // retention: how many periods later
	Bounded     bool           `json:"bounded,omitempty"`     // retention: in exactly that period, not in any later one

	// ratio
	Numerator   *Input `json:"numerator,omitempty"`
	Denominator *Input `json:"denominator,omitempty"`

	// derived: Expr over metric names, or over the aliases in Inputs
	Inputs map[string]Input `json:"inputs,omitempty"`

	Unit      string `json:"unit,omitempty"`      // percent (a fraction is stored), a currency code, or any word
	Direction string `json:"direction,omitempty"` // up | down: which way is good; empty for neither
	Role      string `json:"role,omitempty"`      // north_star | result | process | early_warning | guardrail
	Format    string `json:"format,omitempty"`    // decimals shown, e.g. "0.00"

	Rules string `json:"rules,omitempty"` // metricflow: follow its rules where they differ, see docs/metrics.md

	Pitfalls text.Text `json:"pitfalls,omitzero"` // what people get wrong about it
	Action   text.Text `json:"action,omitzero"`   // what one can do about it
}

// Input is a metric used inside another, with a filter of its own, perhaps of
// an earlier time.
type Input struct {
	Metric   string         `json:"metric"`
	Where    string         `json:"where,omitempty"`
	Offset   string         `json:"offset,omitempty"`   // "1 month": each period takes the value of the one so much earlier
	OffsetTo calendar.Grain `json:"offsetTo,omitempty"` // each period takes the value at the start of its month, year, …
}

// Balance says which rows of a level count: those of the last (or first) time
// in the period asked, for each group of By.
type Balance struct {
	Take string   `json:"take"`           // last | first
	Over string   `json:"over,omitempty"` // time column; default the metric's own
	By   []string `json:"by,omitempty"`   // each combination of values has its own last time
}

// Entity is the column that says who did it, on both sides. In YAML a name
// stands for both.
type Entity struct {
	Base  string `json:"base"`
	Other string `json:"other"` // of the conversion or return
}

// UnmarshalJSON accepts a name or an object.
func (e *Entity) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		err := json.Unmarshal(b, &e.Base)
		e.Other = e.Base
		return err
	}
	type plain Entity
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	return dec.Decode((*plain)(e))
}

// ConstantPair names a column of the base and one of the conversion whose
// values must be equal.
type ConstantPair struct {
	Base       string `json:"base"`
	Conversion string `json:"conversion"`
}

// WorkspaceSpec holds what the whole workspace shares. There is one, named
// "workspace".
type WorkspaceSpec struct {
	Zone      string `json:"zone"`                // IANA name
	WeekStart string `json:"weekStart,omitempty"` // monday (default) … sunday
	YearStart int    `json:"yearStart,omitempty"` // first month of the fiscal year, 1 to 12
	Currency  string `json:"currency,omitempty"`  // ISO 4217
	AsOf      string `json:"asOf,omitempty"`      // now | latest | a date; default now
	Tree      string `json:"tree,omitempty"`      // the tree that the home page shows
	Calendar  string `json:"calendar,omitempty"`  // the calendar of queries that name none
	RedUp     bool   `json:"redUp,omitempty"`     // good is red, as in Chinese markets
	// Spines bound the periods of metrics that follow MetricFlow's rules, by
	// grain: "day": "mf_time_spine.ds".
	Spines map[calendar.Grain]string `json:"spines,omitempty"`
	Events *EventRules               `json:"events,omitempty"` // what holds for all events
}
