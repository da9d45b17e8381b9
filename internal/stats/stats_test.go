package stats_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"lodestar/internal/stats"
)

func TestDescribe(t *testing.T) {
	t.Parallel()
	nan := math.NaN()
	for _, tt := range []struct {
		name      string
		got, want float64
	}{
		{"mean", stats.Mean([]float64{1, nan, 2, 6}), 3},
		{"median of an even number", stats.Median([]float64{4, 1, 3, 2}), 2.5},
		{"quantile", stats.Quantile([]float64{1, 2, 3, 4}, 0.9), 3.7},
		{"quantile 1", stats.Quantile([]float64{1, 2, 3}, 1), 3},
		{"MAD", stats.MAD([]float64{1, 1, 2, 2, 4, 6, 9}), 1},
		{"spread of normal quantiles", stats.Spread([]float64{-0.6744897501960817, 0, 0.6744897501960817}), 1},
		{"spread when most are equal", stats.Spread([]float64{5, 5, 5, 5, 10}), 1.2533141373155003},
		{"sum", stats.Sum(1, 1e100, 1, -1e100), 2},
	} {
		if !near(tt.got, tt.want, 1e-12) {
			t.Errorf("%s: %v, want %v", tt.name, tt.got, tt.want)
		}
	}
	for name, v := range map[string]float64{"mean": stats.Mean(nil), "quantile": stats.Quantile([]float64{1}, 1.5), "spread": stats.Spread(nil)} {
		if !math.IsNaN(v) {
			t.Errorf("%s of nothing is %v", name, v)
		}
	}
}

func TestRobustScore(t *testing.T) {
	t.Parallel()
	history := []float64{-2, -1, 0, 1, 2, 100} // one outlier hardly counts
	if z, ok := stats.RobustScore(10, history); !ok || z < 4 || z > 8 {
		t.Errorf("a clear jump scores %v %v", z, ok)
	}
	if z, ok := stats.RobustScore(0.5, history); !ok || math.Abs(z) > 0.1 {
		t.Errorf("the usual change scores %v %v", z, ok)
	}
	if z, ok := stats.RobustScore(-1, []float64{0, 0, 0, 0}); !ok || z != -stats.MaxScore {
		t.Errorf("a change of a constant scores %v %v", z, ok)
	}
	if z, ok := stats.RobustScore(0, []float64{0, 0, 0, 0}); !ok || z != 0 {
		t.Errorf("no change scores %v %v", z, ok)
	}
	if _, ok := stats.RobustScore(1, []float64{1, 2, math.NaN(), 3}); ok {
		t.Error("three changes are not a history")
	}
}

func TestPearson(t *testing.T) {
	t.Parallel()
	// Anscombe's first pair; r is published as 0.81642, p by t(9) is 0.00217.
	x := []float64{10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5}
	y := []float64{8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68}
	c, ok := stats.Pearson(x, y)
	if !ok || c.N != 11 || !near(c.R, 0.81642, 1e-5) || !near(c.P, 0.00217, 1e-5) {
		t.Errorf("%+v %v", c, ok)
	}
	if _, ok := stats.Pearson([]float64{0.1, 0.1, 0.1, 0.1}, []float64{1, 2, 3, 4}); ok {
		t.Error("a constant correlates with nothing")
	}
	c, ok = stats.Pearson([]float64{1, math.NaN(), 2, 3}, []float64{2, 5, 4, 6})
	if !ok || c.N != 3 || !near(c.R, 1, 1e-12) || c.P > 1e-6 {
		t.Errorf("a missing value: %+v %v", c, ok)
	}
}

func TestPearsonProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(3, 40).Draw(t, "n")
		g := rapid.Float64Range(-1e6, 1e6)
		x := rapid.SliceOfN(g, n, n).Draw(t, "x")
		y := rapid.SliceOfN(g, n, n).Draw(t, "y")
		c, ok := stats.Pearson(x, y)
		if !ok {
			return
		}
		if c.R < -1 || c.R > 1 || c.P < 0 || c.P > 1 {
			t.Fatalf("out of range: %+v", c)
		}
		back, _ := stats.Pearson(y, x)
		if !near(back.R, c.R, 1e-9) {
			t.Fatalf("not symmetric: %v %v", c.R, back.R)
		}
	})
}

func TestLagged(t *testing.T) {
	t.Parallel()
	x := []float64{1, 5, 2, 8, 3, 9, 4, 7}
	y := append([]float64{0, 0}, x[:6]...) // y follows x after two steps
	for lag, perfect := range map[int]bool{2: true, 0: false, 1: false, 8: false, -9: false} {
		c, ok := stats.Lagged(x, y, lag)
		if (ok && c.R > 0.999999) != perfect {
			t.Errorf("lag %d: %+v", lag, c)
		}
	}
	if c, ok := stats.Lagged(y, x, -2); !ok || c.R < 0.999999 || c.N != 6 {
		t.Errorf("a negative lag looks the other way: %+v", c)
	}
}

func TestAutoregressionIsFound(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	xs := make([]float64, 3000)
	for i := 2; i < len(xs); i++ {
		xs[i] = 1 + 0.6*xs[i-1] - 0.3*xs[i-2] + r.NormFloat64()
	}
	a, ok := stats.FitAutoregression(xs, 8)
	if !ok || len(a.Lags) < 2 || math.Abs(a.Lags[0]-0.6) > 0.06 || math.Abs(a.Lags[1]+0.3) > 0.06 || math.Abs(a.Intercept-1) > 0.15 {
		t.Fatalf("%+v %v", a, ok)
	}
	white := stats.Autocorrelation(a.Residuals(xs)[len(a.Lags):], 5)
	for lag, c := range white[1:] {
		if math.Abs(c) > 0.06 {
			t.Errorf("the residuals still correlate at lag %d: %v", lag+1, c)
		}
	}
}

func TestAutoregressionWithGaps(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	xs := make([]float64, 60)
	for i := 1; i < len(xs); i++ {
		xs[i] = 0.7*xs[i-1] + r.NormFloat64()
	}
	xs[20] = math.NaN()
	a, ok := stats.FitAutoregression(xs, 4)
	if !ok || len(a.Lags) == 0 {
		t.Fatalf("%+v %v", a, ok)
	}
	for i, v := range a.Residuals(xs) {
		missing := i < len(a.Lags) || i >= 20 && i <= 20+len(a.Lags)
		if math.IsNaN(v) != missing {
			t.Errorf("residual %d is %v", i, v)
		}
	}
	if _, ok := stats.FitAutoregression(nil, 4); ok {
		t.Error("nothing was fitted")
	}
}

// TestLeadCorrelation: what truly leads is found at its lag, and two series
// that each wander by themselves are not called leading more often than chance.
func TestLeadCorrelation(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(5, 6))
	false1, false2 := 0, 0
	const runs, n = 300, 120
	wander := func() []float64 {
		xs := make([]float64, n)
		for i := 1; i < n; i++ {
			xs[i] = 0.95*xs[i-1] + r.NormFloat64()
		}
		return xs
	}
	for range runs {
		x, y := wander(), wander()
		if c, ok := stats.LeadCorrelation(x, y, 1, 8); !ok || c.P < 0.05 {
			false1++
		}
		if c, ok := stats.Lagged(x, y, 1); !ok || c.P < 0.05 {
			false2++
		}
		lead := make([]float64, n)
		for i := 2; i < n; i++ {
			lead[i] = 0.5*lead[i-1] + 0.8*x[i-2] - 0.76*x[max(0, i-3)] + r.NormFloat64()
		}
		if c, ok := stats.LeadCorrelation(x, lead, 2, 8); !ok || c.R < 0.2 {
			t.Fatalf("the lead was not found: %+v", c)
		}
	}
	if false1 > runs/10 {
		t.Errorf("%d of %d unrelated pairs were called leading", false1, runs)
	}
	if false2 < runs/4 {
		t.Errorf("the plain correlation fooled us only %d times; the test shows nothing", false2)
	}
}

func TestShapleyAxioms(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		k := rapid.IntRange(1, 6).Draw(t, "players")
		table := rapid.SliceOfN(rapid.Float64Range(-1e6, 1e6), 1<<k, 1<<k).Draw(t, "f")
		parts, err := stats.Shapley(k, func(m uint) float64 { return table[m] })
		if err != nil {
			t.Fatal(err)
		}
		// By the definition: the mean over all orders of joining.
		want := make([]float64, k)
		count := 0.0
		orders(k, func(order []int) {
			count++
			mask := 0
			for _, i := range order {
				want[i] += table[mask|1<<i] - table[mask]
				mask |= 1 << i
			}
		})
		for i := range want {
			if math.Abs(parts[i]-want[i]/count) > 1e-6 {
				t.Fatalf("player %d gets %v, want %v", i, parts[i], want[i]/count)
			}
		}
		// A player who changes nothing gets nothing; the mirror image flips signs.
		with, err := stats.Shapley(k+1, func(m uint) float64 { return table[m&(1<<k-1)] })
		if err != nil || with[k] != 0 {
			t.Fatalf("the idle player gets %v %v", with[k], err)
		}
		back, err := stats.Shapley(k, func(m uint) float64 { return table[len(table)-1-int(m)] })
		for i := range back {
			if err != nil || math.Abs(back[i]+parts[i]) > 1e-6 {
				t.Fatalf("back in time %v, forward %v, %v", back[i], parts[i], err)
			}
		}
	})
}

func orders(k int, f func([]int)) {
	order := make([]int, 0, k)
	var grow func()
	grow = func() {
		if len(order) == k {
			f(order)
			return
		}
		for i := range k {
			if !slices.Contains(order, i) {
				order = append(order, i)
				grow()
				order = order[:len(order)-1]
			}
		}
	}
	grow()
}

func TestShapleyRefuses(t *testing.T) {
	t.Parallel()
	one := func(uint) float64 { return 1 }
	if _, err := stats.Shapley(stats.MaxPlayers+1, one); err == nil {
		t.Error("too many players were accepted")
	}
	if _, err := stats.Shapley(2, func(m uint) float64 { return 1 / float64(m) }); err == nil {
		t.Error("an infinite value was accepted")
	}
	if parts, err := stats.Shapley(0, one); err != nil || len(parts) != 0 {
		t.Errorf("nobody: %v %v", parts, err)
	}
	if parts, err := stats.Shapley(stats.MaxPlayers, func(m uint) float64 { return float64(m) * 1e-3 }); err != nil || !near(parts[11], 2.048, 1e-12) {
		t.Errorf("twelve: %v %v", parts, err)
	}
}

func TestCheckParts(t *testing.T) {
	t.Parallel()
	if err := stats.CheckParts(10, 13, []float64{1, 2}); err != nil {
		t.Error(err)
	}
	if err := stats.CheckParts(10, 13, []float64{1, 2.1}); err == nil {
		t.Error("a miss went unseen")
	}
	if err := stats.CheckParts(1e12, 1e12, []float64{1e12, -1e12 + 1}); err != nil {
		t.Errorf("tolerance is relative to the largest number: %v", err)
	}
	if err := stats.CheckParts(0, math.NaN(), nil); err == nil {
		t.Error("NaN passed")
	}
}

func TestRoundParts(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOfN(rapid.Float64Range(-1e6, 1e6), 0, 30).Draw(t, "parts")
		decimals := rapid.IntRange(0, 3).Draw(t, "decimals")
		unit := math.Pow(10, -float64(decimals))
		got := stats.RoundParts(parts, decimals)
		total := math.Round(stats.Sum(parts...)/unit) * unit
		if math.Abs(stats.Sum(got...)-total) > 1e-6*unit*max(1, math.Abs(total)) {
			t.Fatalf("%v sum to %v, want %v", got, stats.Sum(got...), total)
		}
		for i := range got {
			if math.Abs(got[i]-parts[i]) > unit*(1+1e-6) {
				t.Fatalf("part %v became %v", parts[i], got[i])
			}
		}
	})
	if got := stats.RoundParts([]float64{33.333, 33.333, 33.334}, 0); !slices.Equal(got, []float64{33, 33, 34}) {
		t.Errorf("%v", got)
	}
}

func TestFalseDiscoveryKeepsOrder(t *testing.T) {
	t.Parallel()
	got := stats.FalseDiscovery([]float64{0.04, 0.01, 0.03})
	allNear(t, "adjusted", got, []float64{0.04, 0.03, 0.04}, 1e-12)
	if len(stats.FalseDiscovery(nil)) != 0 {
		t.Error("nothing in, something out")
	}
}
