package explain

import (
	"lodestar/internal/calendar"
	"lodestar/internal/query"
	"lodestar/internal/text"
)

// Request asks why a metric moved: POST /api/v1/explain.
type Request struct {
	Metric string `json:"metric"`
	Where  string `json:"where,omitempty"`
	// From and To are the two periods. When only To is set, From is the period
	// before it; when neither, the last complete Period is compared with the
	// one before.
	From     *query.TimeRange `json:"from,omitempty"`
	To       *query.TimeRange `json:"to,omitempty"`
	Period   calendar.Grain   `json:"period,omitempty"`  // default week
	Compare  string           `json:"compare,omitempty"` // previous_period (default) | previous_year | …
	By       []string         `json:"by,omitempty"`      // dimensions to try; default: all that fit
	Limit    int              `json:"limit,omitempty"`   // members shown per dimension, default 8
	Timezone string           `json:"timezone,omitempty"`
	AsOf     string           `json:"asOf,omitempty"`
}

// Explanation is the answer. Contributions are in the metric's own unit.
type Explanation struct {
	Metric     string           `json:"metric"`
	Title      text.Text        `json:"title"`
	Unit       string           `json:"unit"`
	Format     string           `json:"format"`
	Direction  string           `json:"direction"`
	From       calendar.Range   `json:"from"`
	To         calendar.Range   `json:"to"`
	ValueFrom  *float64         `json:"valueFrom"`
	ValueTo    *float64         `json:"valueTo"`
	Change     *float64         `json:"change"`
	ChangeRate *float64         `json:"changeRate"`
	Unusual    bool             `json:"unusual"`    // the change, or a part of it, is outside what history makes likely
	Score      float64          `json:"score"`      // the whole change in units of the usual noise
	Formula    *FormulaSplit    `json:"formula"`    // nil for simple metrics
	Dimensions []DimensionSplit `json:"dimensions"` // best first
	Findings   []Finding        `json:"findings"`   // what matters most, first
	Sentence   text.Text        `json:"sentence"`
	Warnings   []query.Warning  `json:"warnings"`
}

// FormulaSplit is the change along the formula; Parts add up to the change.
type FormulaSplit struct {
	Parts    []FormulaPart `json:"parts"`
	Residual float64       `json:"residual"` // 0 but for rounding
}

// FormulaPart is one operand; its own Parts add up to its Contribution.
type FormulaPart struct {
	Metric       string        `json:"metric"` // "" for a sub-expression
	Title        text.Text     `json:"title"`
	Op           string        `json:"op"` // + − × ÷
	Unit         string        `json:"unit"`
	Format       string        `json:"format"`
	From         *float64      `json:"from"` // the operand's own values
	To           *float64      `json:"to"`
	Contribution float64       `json:"contribution"` // in the explained metric's unit
	Share        *float64      `json:"share"`        // contribution / change
	Parts        []FormulaPart `json:"parts,omitempty"`
}

// DimensionSplit is the change along one dimension. Members + Others +
// Overlap = change, when Adds is true.
type DimensionSplit struct {
	Dimension string    `json:"dimension"`
	Title     text.Text `json:"title"`
	Method    string    `json:"method"` // sum | mix_rate | distinct | shapley | members
	Adds      bool      `json:"adds"`
	Members   []Member  `json:"members"`
	Others    *Member   `json:"others"`  // the rest, summed; Count says how many
	Overlap   float64   `json:"overlap"` // entities counted under several members
	Count     int       `json:"count"`   // members in all
	Score     float64   `json:"score"`   // how well this dimension explains
}

// Member is one value of a dimension.
type Member struct {
	Value        any      `json:"value"` // null is the group without a value
	From         *float64 `json:"from"`
	To           *float64 `json:"to"`
	Contribution float64  `json:"contribution"`
	Mix          *float64 `json:"mix"`  // ratios: effect of the changed weight
	Rate         *float64 `json:"rate"` // ratios: effect of the changed rate
	Share        *float64 `json:"share"`
	Unusual      bool     `json:"unusual"`
	Score        float64  `json:"score"` // contribution in units of this member's usual noise
	Count        int      `json:"count,omitempty"`
	Filter       string   `json:"filter,omitempty"` // expression that selects it, for drilling down
}

// Finding is one line of the ranked answer.
type Finding struct {
	Kind         string    `json:"kind"` // formula | dimension | late_data | data_quality
	Metric       string    `json:"metric,omitempty"`
	Dimension    string    `json:"dimension,omitempty"`
	Value        any       `json:"value,omitempty"`
	Contribution float64   `json:"contribution"`
	Share        *float64  `json:"share"`
	Unusual      bool      `json:"unusual"`
	Score        float64   `json:"score"`
	Where        string    `json:"where,omitempty"` // expression that selects the member, for drilling down
	Text         text.Text `json:"text"`
}
