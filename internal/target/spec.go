package target

import "lodestar/internal/calendar"

// Spec is kind Target.
type Spec struct {
	Metric string             `json:"metric"`
	Where  string             `json:"where,omitempty"`
	Period calendar.Grain     `json:"period"`
	Values map[string]float64 `json:"values"`         // first day, 2026-01, 2026-Q1, 2026-W05 or 2026 → value
	Pace   string             `json:"pace,omitempty"` // even (default) | history
	// Direction is which side of the value is wanted; default from the metric, else up.
	Direction string `json:"direction,omitempty"`
}

// State is a target measured against the value so far.
type State struct {
	Target   string         `json:"target"` // resource name
	Period   calendar.Grain `json:"period"`
	Range    calendar.Range `json:"range"`    // the target's period
	Value    float64        `json:"value"`    // wanted by the end
	Actual   *float64       `json:"actual"`   // so far
	Expected *float64       `json:"expected"` // wanted by now
	Pace     *float64       `json:"pace"`     // actual / expected, turned round for direction down
	Elapsed  float64        `json:"elapsed"`  // share of the period that is over, by the pace chosen
	Status   string         `json:"status"`   // ahead | on_track | at_risk | behind | unknown
}
