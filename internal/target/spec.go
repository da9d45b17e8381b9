package target

import (
	"errors"
	"math"
	"slices"
	"time"

	"lodestar/internal/calendar"
	"lodestar/internal/catalog"
	"lodestar/internal/expr"
	"lodestar/internal/text"
)

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

var _ catalog.Spec = (*Spec)(nil)

var (
	paces      = []string{"even", "history"}
	directions = []string{"up", "down"}
)

// Choices lists the words that fields take, by type and key.
func Choices() map[string][]string {
	return map[string][]string{"target.Spec.pace": paces, "target.Spec.direction": directions,
		"target.Spec.period": {string(calendar.Day), string(calendar.Week), string(calendar.Month), string(calendar.Quarter), string(calendar.Year)}}
}

// Refs names the metric.
func (s *Spec) Refs() []catalog.Ref {
	if s.Metric == "" {
		return nil
	}
	return []catalog.Ref{{Kind: "Metric", Name: s.Metric, Path: "metric"}}
}

// Validate checks the target by itself: that the metric is named, the period
// is day to year, each key names a period of that length, and the words are
// known.
func (s *Spec) Validate(catalog.Metadata) []catalog.Finding {
	var out []catalog.Finding
	add := func(path, rule, suggestion string, t text.Text) {
		out = append(out, catalog.Finding{Path: path, Rule: rule, Severity: catalog.Error, Text: t, Suggestion: suggestion})
	}
	if s.Metric == "" {
		add("metric", "missing_metric", "", text.Text{ZH: "请写明是哪个指标的目标", EN: "say which metric the target is for"})
	}
	if s.Where != "" {
		if _, err := expr.Parse(s.Where); err != nil {
			add("where", "bad_expression", "", expressionText(err))
		}
	}
	shape := keyShape(s.Period)
	if shape == "" {
		add("period", "unknown_period", "month", text.Text{
			ZH: "目标周期须为 day、week、month、quarter 或 year",
			EN: "a target's period is day, week, month, quarter or year"})
		return out
	}
	if len(s.Values) == 0 {
		add("values", "no_values", shape, text.Text{ZH: "至少写一个周期的目标值", EN: "give the value of at least one period"})
	}
	s.validateValues(shape, add)
	if !slices.Contains(append([]string{""}, paces...), s.Pace) {
		add("pace", "unknown_pace", expr.Didyoumean(s.Pace, paces), text.Text{
			ZH: "进度算法须为 even（按天平均）或 history（按往期节奏）",
			EN: "pace is even (by days) or history (as in earlier periods)"})
	}
	if !slices.Contains(append([]string{""}, directions...), s.Direction) {
		add("direction", "unknown_direction", expr.Didyoumean(s.Direction, directions), text.Text{
			ZH: "方向须为 up 或 down", EN: "direction is up or down"})
	}
	return out
}

// validateValues checks keys against a plain calendar: which fiscal year the
// workspace keeps does not change whether a key is well formed.
func (s *Spec) validateValues(shape string, add func(path, rule, suggestion string, t text.Text)) {
	c := calendar.Calendar{Zone: time.UTC, WeekStart: time.Monday}
	seen := map[time.Time]string{}
	keys := make([]string, 0, len(s.Values))
	for key := range s.Values {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for _, key := range keys {
		path := "values." + key
		first, ok := ParseKey(key, s.Period, c)
		switch {
		case !ok:
			add(path, "bad_period_key", shape, text.Text{
				ZH: "“{key}”不是一个周期，应写成 {shape} 这样", EN: "“{key}” names no period; write it like {shape}",
			}.With("key", key, "shape", shape))
		case seen[first] != "":
			add(path, "duplicate_period", "", text.Text{
				ZH: "“{key}”与“{other}”是同一个周期", EN: "“{key}” and “{other}” are the same period",
			}.With("key", key, "other", seen[first]))
		}
		seen[first] = key
		if v := s.Values[key]; math.IsNaN(v) || math.IsInf(v, 0) {
			add(path, "bad_value", "", text.Text{ZH: "目标值须为数字", EN: "the value must be a number"})
		}
	}
}

func expressionText(err error) text.Text {
	var e *expr.Error
	if errors.As(err, &e) {
		return e.Text
	}
	return text.Same(err.Error())
}
