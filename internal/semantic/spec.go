package semantic

import (
	"lodestar/internal/expr"
	"lodestar/internal/text"
)

// DatasetSpec describes a table of rows: its columns, key, time and how it
// relates to other datasets.
type DatasetSpec struct {
	Columns       []Column       `json:"columns"`
	PrimaryKey    []string       `json:"primaryKey,omitempty"` // composite allowed
	Time          string         `json:"time,omitempty"`       // a column, or a path along many_to_one such as order.ordered_at
	Zone          string         `json:"zone,omitempty"`       // IANA name; how naive timestamps are read at load
	Relationships []Relationship `json:"relationships,omitempty"`
	Dimensions    []Dimension    `json:"dimensions,omitempty"` // computed; every column is a dimension already
	Source        *Source        `json:"source,omitempty"`
	Freshness     *Freshness     `json:"freshness,omitempty"`
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
	Title     text.Text `json:"title,omitzero"`
}

// Relationship leads from many rows here to one row there.
type Relationship struct {
	Name        string            `json:"name"`
	To          string            `json:"to"`          // dataset
	Columns     map[string]string `json:"columns"`     // here → there; there must be the whole primary key
	Cardinality string            `json:"cardinality"` // many_to_one | one_to_one
}

// Dimension is a computed column.
type Dimension struct {
	Name  string    `json:"name"`
	Expr  string    `json:"expr"`
	Title text.Text `json:"title,omitzero"`
}

// Source says where rows come from, so that a folder of definitions can be
// loaded with one command.
type Source struct {
	Files  []string `json:"files,omitempty"` // relative to the definitions' folder or to --source
	Format *Format  `json:"format,omitempty"`
}

// Format is how a file is read; what is not set is detected.
type Format struct {
	Type       string   `json:"type,omitempty"`       // csv | json | ndjson | parquet | xlsx
	Delimiter  string   `json:"delimiter,omitempty"`  // one character, "tab", or "blanks" for runs of blanks
	Quote      string   `json:"quote,omitempty"`      // one character
	Encoding   string   `json:"encoding,omitempty"`   // utf-8 | gb18030 | utf-16
	Header     *int     `json:"header,omitempty"`     // line of the header, from 1; 0 for none
	SkipFooter int      `json:"skipFooter,omitempty"` // rows at the end that are not data
	Sheet      string   `json:"sheet,omitempty"`      // xlsx
	Nulls      []string `json:"nulls,omitempty"`
}

// Freshness is the promise how old the newest row may be.
type Freshness struct {
	Within string `json:"within"` // "26 hours", "8 days"
}

// MetricSpec defines a number.
type MetricSpec struct {
	Type string `json:"type"` // simple | ratio | derived

	// simple
	Dataset    string  `json:"dataset,omitempty"`
	Agg        string  `json:"agg,omitempty"` // sum count count_distinct min max avg median percentile
	Expr       string  `json:"expr,omitempty"`
	Where      string  `json:"where,omitempty"`
	Time       string  `json:"time,omitempty"`       // another time column of the dataset, or a path
	Percentile float64 `json:"percentile,omitempty"` // 0.9
	Empty      string  `json:"empty,omitempty"`      // "0" | "null": value over no rows; default by agg

	// ratio
	Numerator   *Input `json:"numerator,omitempty"`
	Denominator *Input `json:"denominator,omitempty"`

	// derived: Expr over metric names, or over the aliases in Inputs
	Inputs map[string]Input `json:"inputs,omitempty"`

	Unit      string `json:"unit,omitempty"`      // percent (a fraction is stored), a currency code, or any word
	Direction string `json:"direction,omitempty"` // up | down: which way is good; empty for neither
	Role      string `json:"role,omitempty"`      // north_star | result | process | early_warning | guardrail
	Format    string `json:"format,omitempty"`    // decimals shown, e.g. "0.00"

	Pitfalls text.Text `json:"pitfalls,omitzero"` // what people get wrong about it
	Action   text.Text `json:"action,omitzero"`   // what one can do about it
}

// Input is a metric used inside another, with a filter of its own.
type Input struct {
	Metric string `json:"metric"`
	Where  string `json:"where,omitempty"`
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
	RedUp     bool   `json:"redUp,omitempty"`     // good is red, as in Chinese markets
}
