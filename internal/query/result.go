package query

import (
	"time"

	"lodestar/internal/calendar"
	"lodestar/internal/text"
)

// Result is the answer of the public contract. Values in rows are string,
// int64, float64, warehouse.Decimal, bool or nil; times are text already
// (dates as 2026-01-05, finer times as RFC 3339 with the zone's offset).
type Result struct {
	Columns       []Column             `json:"columns"`
	Rows          [][]any              `json:"rows"`
	Totals        [][]any              `json:"totals,omitempty"` // one row, dimensions null
	Others        [][]any              `json:"others,omitempty"` // one row per time bucket
	Range         *calendar.Range      `json:"range,omitempty"`
	PreviousRange *calendar.Range      `json:"previousRange,omitempty"`
	Incomplete    bool                 `json:"incomplete,omitempty"` // the range reaches past the data or past now
	AsOf          time.Time            `json:"asOf"`
	Timezone      string               `json:"timezone"`
	DataVersions  map[string]int64     `json:"dataVersions"` // by dataset
	Freshness     map[string]Freshness `json:"freshness"`    // by metric output name
	Warnings      []Warning            `json:"warnings,omitempty"`
	Truncated     bool                 `json:"truncated,omitempty"`
	Cached        bool                 `json:"cached,omitempty"`
	Millis        float64              `json:"millis"`
}

// Column describes a column of the answer.
type Column struct {
	Name    string    `json:"name"`
	Type    string    `json:"type"` // expr type name
	Title   text.Text `json:"title"`
	Metric  string    `json:"metric,omitempty"`
	Version int       `json:"version,omitempty"` // revision of the metric's definition
	Unit    string    `json:"unit,omitempty"`
	Format  string    `json:"format,omitempty"`
	Grain   string    `json:"grain,omitempty"` // for time columns
	// Labels say what people call the periods of a grain that the calendar
	// names, by the value in rows.
	Labels map[string]text.Text `json:"labels,omitempty"`
	Part   string               `json:"part,omitempty"`   // "" | previous | change | change_rate
	Option string               `json:"option,omitempty"` // "" | share | rank | moving
}

// Freshness says how new the data behind a metric are.
type Freshness struct {
	LoadedAt time.Time `json:"loadedAt"`
	DataTo   time.Time `json:"dataTo,omitzero"` // newest time seen
	Late     bool      `json:"late,omitempty"`  // the dataset's promise is broken
	// Connection is where the rows are, if they are not kept here. Nobody tells
	// when they change: they count as unchanged for so many seconds.
	Connection string `json:"connection,omitempty"`
	TTL        int64  `json:"ttl,omitempty"`
	// Distrust lists the promises about the data that are broken.
	Distrust []Distrust `json:"distrust,omitempty"`
}

// Warning tells what to keep in mind when reading the numbers.
type Warning struct {
	Code   string         `json:"code"`
	Params map[string]any `json:"params,omitempty"`
	Text   text.Text      `json:"text"`
}
