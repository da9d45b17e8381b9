package stats_test

import (
	"encoding/json"
	"math"
	"os"
	"testing"

	"lodestar/internal/stats"
)

// vectors are values that statsmodels and scipy computed.
type vectors struct {
	Granger struct {
		Data  map[string][]float64 `json:"data"`
		Tests []struct {
			X     string    `json:"x"`
			Y     string    `json:"y"`
			Lag   int       `json:"lag"`
			FTest []float64 `json:"ssr_ftest"`
		} `json:"tests"`
	} `json:"granger"`
	ACF      []float64 `json:"acf_realgdp"`
	Multiple struct {
		P  []float64 `json:"p"`
		BH []float64 `json:"fdr_bh"`
	} `json:"multiple_testing"`
	LMG struct {
		X  [][]float64 `json:"X"`
		Y  []float64   `json:"y"`
		R2 float64     `json:"r2"`
		To []float64   `json:"lmg"`
	} `json:"lmg_longley"`
	Products []struct {
		F0      []float64 `json:"f0"`
		F1      []float64 `json:"f1"`
		Shapley []float64 `json:"shapley"`
	} `json:"product_decomposition"`
}

func reference(t *testing.T) vectors {
	t.Helper()
	raw, err := os.ReadFile("../../../shared/data/refvectors/stats_vectors.json")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip("the reference vectors are not on this machine")
	}
	var v vectors
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func near(a, b, tolerance float64) bool {
	return math.Abs(a-b) <= tolerance*max(1, math.Abs(a), math.Abs(b))
}

func allNear(t *testing.T, what string, got, want []float64, tolerance float64) {
	t.Helper()
	if len(got) != len(want) || len(got) == 0 {
		t.Fatalf("%s: %d values, want %d", what, len(got), len(want))
	}
	for i := range got {
		if !near(got[i], want[i], tolerance) {
			t.Errorf("%s[%d] = %v, want %v", what, i, got[i], want[i])
		}
	}
}

func TestAutocorrelationAgainstReference(t *testing.T) {
	t.Parallel()
	v := reference(t)
	allNear(t, "acf", stats.Autocorrelation(v.Granger.Data["realgdp"], len(v.ACF)-1), v.ACF, 1e-12)
}

func TestFalseDiscoveryAgainstReference(t *testing.T) {
	t.Parallel()
	v := reference(t)
	allNear(t, "fdr_bh", stats.FalseDiscovery(v.Multiple.P), v.Multiple.BH, 1e-12)
}

// TestLeastSquaresAgainstReference works Granger's F out of two fits with
// lags, the same rows that an autoregression uses.
func TestLeastSquaresAgainstReference(t *testing.T) {
	t.Parallel()
	v := reference(t)
	if len(v.Granger.Tests) == 0 {
		t.Fatal("no tests in the file")
	}
	for _, tt := range v.Granger.Tests {
		x, y := v.Granger.Data[tt.X], v.Granger.Data[tt.Y]
		var short, long [][]float64
		var target []float64
		for i := tt.Lag; i < len(y); i++ {
			row := []float64{1}
			for j := 1; j <= tt.Lag; j++ {
				row = append(row, y[i-j])
			}
			short = append(short, row)
			full := append([]float64(nil), row...)
			for j := 1; j <= tt.Lag; j++ {
				full = append(full, x[i-j])
			}
			long, target = append(long, full), append(target, y[i])
		}
		a, ok1 := stats.LeastSquares(short, target)
		b, ok2 := stats.LeastSquares(long, target)
		if !ok1 || !ok2 {
			t.Fatalf("%+v does not fit", tt)
		}
		df := float64(len(target) - 2*tt.Lag - 1)
		f := (a.RSS - b.RSS) / float64(tt.Lag) / (b.RSS / df)
		if !near(f, tt.FTest[0], 1e-9) || df != tt.FTest[2] {
			t.Errorf("%s -> %s lag %d: F = %v with %v, want %v with %v", tt.X, tt.Y, tt.Lag, f, df, tt.FTest[0], tt.FTest[2])
		}
	}
}

// TestShapleyOfExplainedVariance divides R² among regressors (LMG), on data
// famous for being hard to fit.
func TestShapleyOfExplainedVariance(t *testing.T) {
	t.Parallel()
	v := reference(t)
	total := 0.0
	for _, y := range v.LMG.Y {
		d := y - stats.Mean(v.LMG.Y)
		total += d * d
	}
	parts, err := stats.Shapley(len(v.LMG.To), func(mask uint) float64 {
		rows := make([][]float64, len(v.LMG.X))
		for i, x := range v.LMG.X {
			rows[i] = []float64{1}
			for j := range x {
				if mask>>j&1 == 1 {
					rows[i] = append(rows[i], x[j])
				}
			}
		}
		fit, ok := stats.LeastSquares(rows, v.LMG.Y)
		if !ok {
			return math.NaN()
		}
		return 1 - fit.RSS/total
	})
	if err != nil {
		t.Fatal(err)
	}
	allNear(t, "lmg", parts, v.LMG.To, 1e-8)
}

func TestShapleyOfProducts(t *testing.T) {
	t.Parallel()
	for _, p := range reference(t).Products {
		parts, err := stats.Shapley(len(p.F0), func(mask uint) float64 {
			out := 1.0
			for i := range p.F0 {
				if mask>>i&1 == 1 {
					out *= p.F1[i]
				} else {
					out *= p.F0[i]
				}
			}
			return out
		})
		if err != nil {
			t.Fatal(err)
		}
		allNear(t, "shapley", parts, p.Shapley, 1e-9)
	}
}
