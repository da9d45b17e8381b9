package stats

import (
	"math"
	"slices"
)

// Sum adds with compensation, so that the error does not grow with the number
// of terms (Neumaier).
func Sum(xs ...float64) float64 {
	sum, lost := 0.0, 0.0
	for _, x := range xs {
		t := sum + x
		if math.Abs(sum) >= math.Abs(x) {
			lost += (sum - t) + x
		} else {
			lost += (x - t) + sum
		}
		sum = t
	}
	if math.IsNaN(lost) || math.IsInf(sum, 0) {
		return sum
	}
	return sum + lost
}

// present drops missing values.
func present(xs []float64) []float64 {
	out := make([]float64, 0, len(xs))
	for _, x := range xs {
		if !math.IsNaN(x) {
			out = append(out, x)
		}
	}
	return out
}

// Mean is the arithmetic mean of the values that are not NaN; NaN when there
// are none.
func Mean(xs []float64) float64 {
	xs = present(xs)
	if len(xs) == 0 {
		return math.NaN()
	}
	return Sum(xs...) / float64(len(xs))
}

// Quantile is the p-quantile, p in [0,1], interpolated between neighbours
// (type 7), of the values that are not NaN; NaN when there are none or p is
// outside.
func Quantile(xs []float64, p float64) float64 {
	xs = present(xs)
	if len(xs) == 0 || !(p >= 0 && p <= 1) {
		return math.NaN()
	}
	slices.Sort(xs)
	at := p * float64(len(xs)-1)
	below := int(math.Floor(at))
	if below+1 >= len(xs) || xs[below] == xs[below+1] {
		return xs[below]
	}
	part := at - float64(below)
	return xs[below]*(1-part) + xs[below+1]*part
}

// Median is the 0.5-quantile.
func Median(xs []float64) float64 { return Quantile(xs, 0.5) }

// MAD is the median absolute deviation from the median, in the unit of the
// values and without a scaling factor.
func MAD(xs []float64) float64 {
	m := Median(xs)
	dev := make([]float64, len(xs))
	for i, x := range xs {
		dev[i] = math.Abs(x - m)
	}
	return Median(dev)
}

// Factors that make a measure of spread estimate the standard deviation of
// normal noise.
const (
	madToSD  = 1.4826022185056018 // 1 / Φ⁻¹(3/4)
	meanToSD = 1.2533141373155003 // √(π/2)
)

// Spread estimates the standard deviation in a way that outliers hardly move:
// from MAD, or, when more than half of the values are equal, from the mean
// absolute deviation. It is 0 when all are equal and NaN when there are none.
func Spread(xs []float64) float64 {
	if s := MAD(xs) * madToSD; s != 0 {
		return s
	}
	m := Median(xs)
	dev := make([]float64, len(xs))
	for i, x := range xs {
		dev[i] = math.Abs(x - m)
	}
	return Mean(dev) * meanToSD
}

// MaxScore bounds robust scores, so that a change of a constant series has a
// finite one.
const MaxScore = 99

// RobustScore tells how many usual deviations a change lies from the usual
// change, by median and Spread of the history of changes. It is in
// [-MaxScore, MaxScore]; ok is false with fewer than four known changes, which
// say nothing about what is usual.
func RobustScore(change float64, history []float64) (score float64, ok bool) {
	history = present(history)
	if len(history) < 4 || math.IsNaN(change) {
		return 0, false
	}
	off := change - Median(history)
	if off == 0 {
		return 0, true
	}
	score = off / Spread(history)
	return max(-MaxScore, min(MaxScore, score)), true
}
