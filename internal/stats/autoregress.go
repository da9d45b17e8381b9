package stats

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// ranked gives the indexes in ascending order of value, first come first.
func ranked(xs []float64) []int {
	out := make([]int, len(xs))
	for i := range out {
		out[i] = i
	}
	slices.SortStableFunc(out, func(a, b int) int {
		switch {
		case xs[a] < xs[b]:
			return -1
		case xs[a] > xs[b]:
			return 1
		}
		return 0
	})
	return out
}

// Fit is a least-squares fit.
type Fit struct {
	Coefficients []float64 // one for each column
	Residuals    []float64 // one for each row
	RSS          float64   // sum of squared residuals
}

// LeastSquares fits y by the columns of rows, to which the caller adds a
// column of ones for an intercept. ok is false when there are fewer rows than
// columns or the columns depend on each other.
func LeastSquares(rows [][]float64, y []float64) (Fit, bool) {
	n := len(rows)
	if n == 0 || n != len(y) || n < len(rows[0]) {
		return Fit{}, false
	}
	k := len(rows[0])
	a := mat.NewDense(n, k, nil)
	for i, r := range rows {
		a.SetRow(i, r)
	}
	// Columns of length one, so that units do not decide what is degenerate.
	size := make([]float64, k)
	for j := range k {
		col := mat.Col(nil, j, a)
		size[j] = mat.Norm(mat.NewVecDense(n, col), 2)
		if size[j] == 0 || math.IsNaN(size[j]) || math.IsInf(size[j], 0) {
			return Fit{}, false
		}
		for i := range n {
			a.Set(i, j, a.At(i, j)/size[j])
		}
	}
	var qr mat.QR
	qr.Factorize(a)
	if qr.Cond() > 1e12 {
		return Fit{}, false
	}
	var beta mat.VecDense
	if err := qr.SolveVecTo(&beta, false, mat.NewVecDense(n, slices.Clone(y))); err != nil {
		return Fit{}, false
	}
	f := Fit{Coefficients: make([]float64, k), Residuals: make([]float64, n)}
	squares := make([]float64, n)
	for i := range n {
		v := y[i]
		for j := range k {
			v -= a.At(i, j) * beta.AtVec(j)
		}
		f.Residuals[i], squares[i] = v, v*v
	}
	for j := range k {
		f.Coefficients[j] = beta.AtVec(j) / size[j]
	}
	f.RSS = Sum(squares...)
	return f, true
}

// Autoregression says how a series follows from its own past:
// x[t] = Intercept + Lags[0] x[t-1] + Lags[1] x[t-2] + … + noise.
type Autoregression struct {
	Intercept float64
	Lags      []float64 // empty for order 0
	AIC       float64   // n log(RSS/n) + 2 (order + 1), over the rows that all orders share
}

// FitAutoregression chooses the order from 0 to maxOrder by AIC on the same
// rows for each, and fits it by least squares on all rows that it can use. A
// row with a NaN in it or its lags is left out; orders that would leave fewer
// than three rows for each coefficient are not tried. ok is false when even
// order 0 has too few values.
func FitAutoregression(xs []float64, maxOrder int) (best Autoregression, ok bool) {
	for maxOrder > 0 && usable(xs, maxOrder) < 3*(maxOrder+1) {
		maxOrder--
	}
	found := -1
	for p := 0; p <= max(maxOrder, 0); p++ {
		rows, y := lagRows(xs, p, max(maxOrder, 0))
		fit, fits := LeastSquares(rows, y)
		if !fits {
			continue
		}
		n := float64(len(y))
		// A perfect fit has no finite logarithm; the floor is rounding noise.
		noise := max(fit.RSS/n, 1e-30*(1+Mean(squares(y))))
		aic := n*math.Log(noise) + 2*float64(p+1)
		if found < 0 || aic < best.AIC {
			found, best = p, Autoregression{AIC: aic}
		}
	}
	if found < 0 {
		return best, false
	}
	rows, y := lagRows(xs, found, found)
	fit, fits := LeastSquares(rows, y)
	if !fits {
		return best, false
	}
	best.Intercept, best.Lags = fit.Coefficients[0], fit.Coefficients[1:]
	return best, true
}

func squares(xs []float64) []float64 {
	out := make([]float64, len(xs))
	for i, x := range xs {
		out[i] = x * x
	}
	return out
}

func usable(xs []float64, p int) int {
	_, y := lagRows(xs, 0, p)
	return len(y)
}

// lagRows makes the rows of a regression of order p that start at skip and
// have no NaN in the value or its skip lags.
func lagRows(xs []float64, p, skip int) (rows [][]float64, y []float64) {
	for t := skip; t < len(xs); t++ {
		if slices.ContainsFunc(xs[t-skip:t+1], math.IsNaN) {
			continue
		}
		row := make([]float64, p+1)
		row[0] = 1
		for j := range p {
			row[j+1] = xs[t-j-1]
		}
		rows, y = append(rows, row), append(y, xs[t])
	}
	return rows, y
}

// Residuals gives what the autoregression did not expect at each step, NaN
// where a value or a lag is missing; the length is that of the series.
func (a Autoregression) Residuals(xs []float64) []float64 {
	out := make([]float64, len(xs))
	for t := range xs {
		out[t] = math.NaN()
		if t < len(a.Lags) {
			continue
		}
		v := xs[t] - a.Intercept
		for j, c := range a.Lags {
			v -= c * xs[t-j-1]
		}
		out[t] = v
	}
	return out
}

// Prewhiten gives the residuals of the series' own autoregression of order up
// to maxOrder, all NaN when it cannot be fitted.
func Prewhiten(xs []float64, maxOrder int) []float64 {
	a, ok := FitAutoregression(xs, maxOrder)
	if !ok {
		out := make([]float64, len(xs))
		for i := range out {
			out[i] = math.NaN()
		}
		return out
	}
	return a.Residuals(xs)
}
