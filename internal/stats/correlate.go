package stats

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Correlation is how two series move together.
type Correlation struct {
	R float64 // Pearson's coefficient in [-1, 1]
	N int     // pairs that entered
	P float64 // two-sided p-value of R = 0, by Student's t with N-2 degrees
}

// Pearson correlates two series of one length, pair by pair; pairs with a NaN
// are left out. ok is false with fewer than three pairs or when one series
// does not vary.
func Pearson(x, y []float64) (c Correlation, ok bool) {
	var a, b []float64
	for i := range min(len(x), len(y)) {
		if !math.IsNaN(x[i]) && !math.IsNaN(y[i]) {
			a, b = append(a, x[i]), append(b, y[i])
		}
	}
	c.N = len(a)
	if c.N < 3 {
		return c, false
	}
	ma, mb := Mean(a), Mean(b)
	var xx, yy, xy float64
	for i := range a {
		dx, dy := a[i]-ma, b[i]-mb
		xx, yy, xy = xx+dx*dx, yy+dy*dy, xy+dx*dy
	}
	if flat(xx, ma, c.N) || flat(yy, mb, c.N) {
		return c, false
	}
	c.R = max(-1, min(1, xy/math.Sqrt(xx)/math.Sqrt(yy)))
	c.P = correlationP(c.R, c.N)
	return c, true
}

// flat tells a constant series, in which rounding may leave a trace of
// variance, from one that varies.
func flat(squares, mean float64, n int) bool {
	const trace = 1e-14
	return squares <= float64(n)*trace*trace*mean*mean
}

// correlationP is the two-sided p-value of Student's t for a correlation.
func correlationP(r float64, n int) float64 {
	rest := (1 - r) * (1 + r)
	if rest <= 0 {
		return 0
	}
	df := float64(n - 2)
	t := math.Abs(r) * math.Sqrt(df/rest)
	return min(1, 2*distuv.StudentsT{Mu: 0, Sigma: 1, Nu: df}.Survival(t))
}

// Lagged pairs x with y lag steps later (a negative lag, earlier) and
// correlates the pairs as Pearson does.
func Lagged(x, y []float64, lag int) (Correlation, bool) {
	n := min(len(x), len(y))
	x, y = x[:n], y[:n]
	if lag <= -n || lag >= n {
		return Correlation{}, false
	}
	if lag < 0 {
		return Pearson(x[-lag:], y[:n+lag])
	}
	return Pearson(x[:n-lag], y[lag:])
}

// LeadCorrelation asks whether x leads y by lag steps when what each series
// says about its own next value is taken out first: both are prewhitened by
// their own autoregression of order up to maxOrder (8 is plenty), then
// correlated at the lag. Series that merely trend or swing together so do not
// seem to lead each other. Give it changes or other series without trend, of
// one length and step, NaN for a missing period. ok is false with fewer than
// eight pairs or a constant series.
func LeadCorrelation(x, y []float64, lag, maxOrder int) (Correlation, bool) {
	n := min(len(x), len(y))
	c, ok := Lagged(Prewhiten(x[:n], maxOrder), Prewhiten(y[:n], maxOrder), lag)
	return c, ok && c.N >= 8
}

// Autocorrelation gives the coefficients at lags 0 to maxLag of a series
// without gaps, by the usual estimate that divides by the whole variance. It
// is nil for a constant series.
func Autocorrelation(xs []float64, maxLag int) []float64 {
	m := Mean(xs)
	product := func(lag int) float64 {
		s := 0.0
		for i := lag; i < len(xs); i++ {
			s += (xs[i] - m) * (xs[i-lag] - m)
		}
		return s
	}
	whole := product(0)
	if !(whole > 0) {
		return nil
	}
	out := make([]float64, maxLag+1)
	for lag := range out {
		out[lag] = product(lag) / whole
	}
	return out
}

// FalseDiscovery adjusts p-values for having looked at many (Benjamini and
// Hochberg): calling those with a result <= q makes at most the share q of the
// calls false on average. The order is that of the argument.
func FalseDiscovery(p []float64) []float64 {
	order := ranked(p)
	out := make([]float64, len(p))
	least := 1.0
	for i := len(order) - 1; i >= 0; i-- {
		least = min(least, p[order[i]]*float64(len(p))/float64(i+1))
		out[order[i]] = least
	}
	return out
}
