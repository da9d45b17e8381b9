package target

import "lodestar/internal/calendar"

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
