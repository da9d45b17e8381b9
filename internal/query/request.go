package query

import (
	"bytes"
	"encoding/json"
	"fmt"

	"lodestar/internal/calendar"
)

// Request is the query object of the public contract.
type Request struct {
	Metrics  []MetricRef `json:"metrics,omitempty"` // without any, the answer is the members of By
	By       []By        `json:"by,omitempty"`
	From     string      `json:"from,omitempty"`     // without metrics: the dataset whose rows are asked
	Distinct *bool       `json:"distinct,omitempty"` // without metrics: false keeps repeated rows
	Extent   bool        `json:"extent,omitempty"`   // without metrics: the least and greatest value of one dimension
	Rules    string      `json:"rules,omitempty"`    // without metrics: metricflow follows its rules
	Where    string      `json:"where,omitempty"`    // over dimensions
	Having   string      `json:"having,omitempty"`   // over output names
	Time     *TimeRange  `json:"time,omitempty"`
	Compare  *Compare    `json:"compare,omitempty"`
	Totals   bool        `json:"totals,omitempty"`
	Top      *Top        `json:"top,omitempty"`
	Order    []string    `json:"order,omitempty"` // output names, "-" in front for descending
	Limit    int         `json:"limit,omitempty"` // default 10,000
	Fill     bool        `json:"fill,omitempty"`
	Timezone string      `json:"timezone,omitempty"`
	AsOf     string      `json:"asOf,omitempty"`     // now | latest | a date; default from the workspace
	Calendar string      `json:"calendar,omitempty"` // default from the workspace
}

// MetricRef asks for a metric, perhaps under another name and filtered, or for
// what a value is among others: at most one of Share, Rank and Moving. In JSON
// it may be just the metric's name.
type MetricRef struct {
	Metric string  `json:"metric"`
	As     string  `json:"as,omitempty"`
	Where  string  `json:"where,omitempty"`
	Share  *Share  `json:"share,omitempty"`
	Rank   *Rank   `json:"rank,omitempty"`
	Moving *Moving `json:"moving,omitempty"`
}

// Name is the output name: As, or the metric's name, with _share, _rank or
// _moving behind it.
func (m MetricRef) Name() string {
	switch {
	case m.As != "":
		return m.As
	case m.Share != nil:
		return m.Metric + "_share"
	case m.Rank != nil:
		return m.Metric + "_rank"
	case m.Moving != nil:
		return m.Metric + "_moving"
	}
	return m.Metric
}

// UnmarshalJSON accepts a name or an object.
func (m *MetricRef) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		return json.Unmarshal(b, &m.Metric)
	}
	type plain MetricRef
	return strict(b, (*plain)(m))
}

// By is a dimension by name or path, or a time grain. In JSON it is either a
// string or {"time": "week", "of": "shipped_at", "as": "wk"}.
type By struct {
	Dimension string
	Time      calendar.Grain
	Of        string // a time column or path other than the metrics' own time
	As        string
	Part      string // year quarter month day dow doy: a part of the date, whatever the rest
}

// Name is the output name: as asked, "time.week", or "shipped_at.week".
func (b By) Name() string {
	switch {
	case b.As != "":
		return b.As
	case b.Part != "" && b.Of != "":
		return b.Of + "." + b.Part
	case b.Part != "":
		return "time." + b.Part
	case b.Time == "":
		return b.Dimension
	case b.Of != "":
		return b.Of + "." + string(b.Time)
	}
	return "time." + string(b.Time)
}

type byJSON struct {
	Dimension string         `json:"dimension,omitempty"`
	Time      calendar.Grain `json:"time,omitempty"`
	Of        string         `json:"of,omitempty"`
	As        string         `json:"as,omitempty"`
	Part      string         `json:"part,omitempty"`
}

// UnmarshalJSON accepts a name or an object.
func (b *By) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '"' {
		return json.Unmarshal(data, &b.Dimension)
	}
	var j byJSON
	if err := strict(data, &j); err != nil {
		return err
	}
	given := 0
	for _, s := range []string{string(j.Time), j.Dimension, j.Part} {
		if s != "" {
			given++
		}
	}
	if given != 1 {
		return fmt.Errorf(`by: give a dimension name, {"time": GRAIN} or {"part": PART}`)
	}
	*b = By(j)
	return nil
}

// MarshalJSON writes the shortest form.
func (b By) MarshalJSON() ([]byte, error) {
	if b.Time == "" && b.Part == "" && b.As == "" {
		return json.Marshal(b.Dimension)
	}
	return json.Marshal(byJSON(b))
}

// TimeRange is [From, To) or one of the relative forms; exactly one is set.
type TimeRange struct {
	From   string         `json:"from,omitempty"` // date or RFC 3339
	To     string         `json:"to,omitempty"`
	Last   string         `json:"last,omitempty"`    // "30 days": complete periods
	This   calendar.Grain `json:"this,omitempty"`    // the whole current period
	ToDate calendar.Grain `json:"to_date,omitempty"` // the current period so far
	Of     string         `json:"of,omitempty"`      // a time column or path other than the metrics' own
}

// Compare asks for the same numbers of an earlier range.
type Compare struct {
	To      string `json:"to"`                // previous_period, or previous_ and a grain: previous_year
	Align   string `json:"align,omitempty"`   // date (clamped month ends) | weekday | fiscal | working_day | trading_day | holiday; "" is weekday for weeks, fiscal for fiscal periods, else date
	Holiday string `json:"holiday,omitempty"` // with align holiday: which, such as spring_festival
}

// Top keeps the largest members of all dimensions that are not time.
type Top struct {
	N      int    `json:"n"`
	By     string `json:"by"` // output name; "-" is not needed: the largest come first
	Others bool   `json:"others,omitempty"`
}

func strict(b []byte, v any) error {
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	return dec.Decode(v)
}
