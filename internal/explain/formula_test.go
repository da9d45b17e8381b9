package explain_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"lodestar/internal/explain"
	"lodestar/internal/semantic"
)

// leafNames are simple metrics that random formulas are made of.
var leafNames = []string{"a", "b", "c", "d", "e", "f"}

func leafMetrics() map[string]*semantic.MetricSpec {
	out := map[string]*semantic.MetricSpec{}
	for _, n := range leafNames {
		out[n] = sum("amount")
	}
	return out
}

// randomFormula writes an expression of at most the depth.
func randomFormula(r *rand.Rand, depth int) string {
	if depth == 0 || r.IntN(4) == 0 {
		if r.IntN(8) == 0 {
			return fmt.Sprint(1 + r.IntN(9))
		}
		return leafNames[r.IntN(len(leafNames))]
	}
	l, right := randomFormula(r, depth-1), randomFormula(r, depth-1)
	switch r.IntN(12) {
	case 0:
		return "coalesce(" + l + ", " + right + ")"
	case 1:
		return "abs(" + l + " - " + right + ")"
	case 2:
		return "case when " + l + " > " + right + " then " + l + " else " + right + " end"
	case 3:
		return "-(" + l + ")"
	}
	return "(" + l + []string{" + ", " - ", " * ", " / "}[r.IntN(4)] + right + ")"
}

func formulaOf(t testing.TB, src string) *explain.Formula {
	t.Helper()
	metrics := leafMetrics()
	metrics["top"] = derived(src)
	f, err := explain.NewFormula(modelOf(t, metrics).Metric("top"))
	if err != nil {
		t.Fatalf("%s: %v", src, err)
	}
	return f
}

// leafValues gives every leaf metric one value, sometimes 0 or the same as before.
func leafValues(r *rand.Rand, f *explain.Formula, like []float64) []float64 {
	by := map[string]float64{}
	out := make([]float64, len(f.Leaves))
	for i, l := range f.Leaves {
		v, ok := by[l.Metric.Name]
		if !ok {
			v = math.Round(100*(r.Float64()*20-4)) / 100
			switch {
			case r.IntN(20) == 0:
				v = 0
			case like != nil && r.IntN(4) == 0:
				v = like[i]
			}
			by[l.Metric.Name] = v
		}
		out[i] = v
	}
	return out
}

// TestSplitRandomFormulas checks on 10,000 random formulas that parts add up to
// the change on every level, that going back in time turns every sign, and
// that a leaf that did not move has no part.
func TestSplitRandomFormulas(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	split := 0
	for range 10_000 {
		src := randomFormula(r, 1+r.IntN(5))
		if !strings.ContainsAny(strings.NewReplacer("coalesce", "", "abs", "", "case", "", "when", "", "then", "", "else", "", "end", "").Replace(src), "abcdef") {
			src += " + a"
		}
		f := formulaOf(t, src)
		from := leafValues(r, f, nil)
		to := leafValues(r, f, from)
		parts, ok := f.Split(from, to)
		if !ok {
			continue
		}
		split++
		a, b := f.Eval(from), f.Eval(to)
		total, size := 0.0, math.Max(math.Abs(a), math.Abs(b))
		sizes := 0.0
		for _, p := range parts {
			total += p
			sizes += math.Abs(p)
		}
		tolerance := 1e-9 * math.Max(size, sizes)
		if math.Abs(total-(b-a)) > tolerance {
			t.Fatalf("%s: parts %v add up to %v, the change is %v", src, parts, total, b-a)
		}
		back, ok := f.Split(to, from)
		if !ok {
			t.Fatalf("%s: splits one way only", src)
		}
		for i := range parts {
			if math.Abs(back[i]+parts[i]) > tolerance {
				t.Fatalf("%s: leaf %d has %v one way and %v the other", src, i, parts[i], back[i])
			}
			if from[i] == to[i] && math.Abs(parts[i]) > tolerance {
				t.Fatalf("%s: leaf %d did not move and has %v", src, i, parts[i])
			}
		}
		checkLevels(t, src, f, from, to, tolerance)
	}
	if split < 6000 {
		t.Errorf("only %d formulas could be split", split)
	}
}

// checkLevels checks that on every level the parts add up to what they are
// parts of.
func checkLevels(t *testing.T, src string, f *explain.Formula, from, to []float64, tolerance float64) {
	t.Helper()
	s, ok := f.FormulaSplit(from, to)
	if !ok {
		t.Fatalf("%s: no formula split", src)
	}
	if math.Abs(s.Residual) > tolerance {
		t.Fatalf("%s: residual %v", src, s.Residual)
	}
	var walk func(parts []explain.FormulaPart)
	walk = func(parts []explain.FormulaPart) {
		for _, p := range parts {
			if len(p.Parts) == 0 {
				continue
			}
			total := 0.0
			for _, c := range p.Parts {
				total += c.Contribution
			}
			if math.Abs(total-p.Contribution) > tolerance {
				t.Fatalf("%s: the parts of %s add up to %v, not %v", src, p.Title.EN, total, p.Contribution)
			}
			walk(p.Parts)
		}
	}
	walk(s.Parts)
}

func TestSplitKnownValues(t *testing.T) {
	t.Parallel()
	cases := []struct {
		formula  string
		from, to []float64
		want     []float64
	}{
		{"a + b", []float64{1, 2}, []float64{4, 1}, []float64{3, -1}},
		{"a - b", []float64{1, 2}, []float64{4, 1}, []float64{3, 1}},
		// 1000 × .05 × 40 → 1200 × .045 × 42: Shapley values by hand.
		{"a * b * c", []float64{1000, .05, 40}, []float64{1200, .045, 42}, []float64{389.3333333333333, -225.6666666666667, 104.3333333333333}},
		{"a / b", []float64{10, 5}, []float64{12, 4}, []float64{0.45, 0.55}},
		{"a / nullif(b, 0)", []float64{10, 5}, []float64{12, 4}, []float64{0.45, 0.55}},
		{"2 * a", []float64{1}, []float64{3}, []float64{4}},
		{"coalesce(a, 0) + b", []float64{math.NaN(), 1}, []float64{3, 1}, []float64{3, 0}},
	}
	for _, c := range cases {
		f := formulaOf(t, c.formula)
		got, ok := f.Split(c.from, c.to)
		if !ok {
			t.Fatalf("%s: not split", c.formula)
		}
		for i := range c.want {
			if math.Abs(got[i]-c.want[i]) > 1e-9*math.Max(1, math.Abs(c.want[i])) {
				t.Errorf("%s: parts %v, want %v", c.formula, got, c.want)
				break
			}
		}
	}
}

// TestSplitWithoutValue: a side without value cannot be split; a state without
// value on the way is walked round.
func TestSplitWithoutValue(t *testing.T) {
	t.Parallel()
	f := formulaOf(t, "a / b")
	if _, ok := f.Split([]float64{1, 0}, []float64{1, 2}); ok {
		t.Error("a change from no value was split")
	}
	// With b falling to 0 before c rises the divisor is 0: only c first counts.
	f = formulaOf(t, "a / (b + c)")
	parts, ok := f.Split([]float64{1, 1, 0}, []float64{1, 0, 2})
	if !ok {
		t.Fatal("not split")
	}
	if math.Abs(parts[1]-(0.5-1.0/3)) > 1e-12 || math.Abs(parts[2]-(1.0/3-1)) > 1e-12 {
		t.Errorf("parts %v", parts)
	}
	// No order works: both divisors are 0 unless everything moves at once.
	f = formulaOf(t, "1 / (a * b + c * d)")
	if _, ok := f.Split([]float64{0, 1, 1, 1}, []float64{1, 1, 0, 1}); !ok {
		t.Error("a way round was not found")
	}
	f = formulaOf(t, "a / b + a / c")
	if _, ok := f.Split([]float64{1, 1, 1, 0}, []float64{1, 0, 1, 1}); ok {
		t.Error("a change from no value was split")
	}
}

// TestSplitSymmetry: leaves that enter alike and move alike have equal parts.
func TestSplitSymmetry(t *testing.T) {
	t.Parallel()
	for _, src := range []string{"a * b", "a * b / c", "(a + b) / c", "c / (a + b)", "c - a * b"} {
		f := formulaOf(t, src)
		from, to := make([]float64, len(f.Leaves)), make([]float64, len(f.Leaves))
		for i, l := range f.Leaves {
			from[i], to[i] = 3, 5
			if l.Metric.Name == "c" {
				from[i], to[i] = 7, 2
			}
		}
		parts, ok := f.Split(from, to)
		if !ok {
			t.Fatal(src)
		}
		seen := map[string]float64{}
		for i, l := range f.Leaves {
			seen[l.Metric.Name] = parts[i]
		}
		if math.Abs(seen["a"]-seen["b"]) > 1e-12 {
			t.Errorf("%s: a has %v, b has %v", src, seen["a"], seen["b"])
		}
	}
}

// TestSplitManyLeaves: above twelve occurrences operands change level by level
// and parts still add up.
func TestSplitManyLeaves(t *testing.T) {
	t.Parallel()
	f := formulaOf(t, "(a*b + c*d + e*f + a*c) / (b + d + f + e + a) + (a - b) * (c - d)")
	if len(f.Leaves) <= 12 {
		t.Fatal("too few leaves for this test")
	}
	r := rand.New(rand.NewPCG(3, 4))
	for range 50 {
		from, to := leafValues(r, f, nil), leafValues(r, f, nil)
		parts, ok := f.Split(from, to)
		if !ok {
			continue
		}
		total, sizes := 0.0, 0.0
		for _, p := range parts {
			total += p
			sizes += math.Abs(p)
		}
		if want := f.Eval(to) - f.Eval(from); math.Abs(total-want) > 1e-9*math.Max(sizes, math.Abs(want)) {
			t.Fatalf("parts add up to %v, want %v", total, want)
		}
	}
}

func TestAdditive(t *testing.T) {
	t.Parallel()
	metrics := leafMetrics()
	metrics["ratio"] = derived("a / b")
	metrics["through"] = derived("c * (a / c) + b")
	metrics["product"] = derived("a * b")
	metrics["people"] = &semantic.MetricSpec{Type: "simple", Dataset: "sales", Agg: "count_distinct", Expr: "buyer"}
	m := modelOf(t, metrics)
	for name, want := range map[string]bool{"a": true, "through": true, "ratio": false, "product": false, "people": false} {
		if got := explain.Additive(m.Metric(name)); got != want {
			t.Errorf("Additive(%s) = %v", name, got)
		}
	}
}
