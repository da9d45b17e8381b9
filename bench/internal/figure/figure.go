// Package figure prints what the benchmarks measure: one JSON object a line on
// standard output, and progress for people on standard error.
package figure

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"time"
)

// Figure is one measured value with what it is held against.
type Figure struct {
	Bench    string   `json:"bench"`
	Case     string   `json:"case"`
	Value    float64  `json:"value"`
	Unit     string   `json:"unit"`
	Baseline *float64 `json:"baseline"` // measured in the same run, or a stated limit; null for none
	Ratio    *float64 `json:"ratio"`    // value / baseline
}

// Print writes a figure without a baseline.
func Print(bench, name string, value float64, unit string) {
	write(Figure{Bench: bench, Case: name, Value: round(value), Unit: unit})
}

// Against writes a figure with its baseline.
func Against(bench, name string, value float64, unit string, baseline float64) {
	b, r := round(baseline), round(value/baseline)
	write(Figure{Bench: bench, Case: name, Value: round(value), Unit: unit, Baseline: &b, Ratio: &r})
}

func write(f Figure) {
	line, err := json.Marshal(f)
	if err != nil {
		Fail(err)
	}
	fmt.Println(string(line))
}

// round keeps four digits.
func round(x float64) float64 {
	if x == 0 || math.IsInf(x, 0) || math.IsNaN(x) {
		return 0
	}
	p := math.Pow(10, 3-math.Floor(math.Log10(math.Abs(x))))
	return math.Round(x*p) / p
}

// Say tells people what is going on.
func Say(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }

// Fail ends the program with a message.
func Fail(err error) {
	fmt.Fprintln(os.Stderr, "bench:", err)
	os.Exit(1)
}

// Quantile picks a duration of many; q in [0,1].
func Quantile(d []time.Duration, q float64) time.Duration {
	s := slices.Sorted(slices.Values(d))
	return s[int(q*float64(len(s)-1)+0.5)]
}

// Millis is a duration in milliseconds.
func Millis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
