package explain_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"lodestar/internal/access"
	"lodestar/internal/explain"
	"lodestar/internal/explain/explaintest"
	"lodestar/internal/semantic"
)

// shop is a simulated chain: its rows carry weekly noise on every level and, if
// asked for, something planted in the last complete week.
type shop struct {
	seed  uint64
	weeks int
	// plant changes the expected visits, conversion and basket of a row.
	plant func(week int, day time.Time, store, channel string) (visits, conversion, basket float64)
	// drop leaves a row out.
	drop func(day time.Time, store string) bool
}

var (
	stores   = []string{"s01", "s02", "s03", "s04", "s05", "s06", "s07", "s08", "s09", "s10", "s11", "s12"}
	channels = []string{"store", "app", "delivery"}
	zone     = time.FixedZone("CST", 8*3600)
	lastDay  = time.Date(2026, 3, 2, 0, 0, 0, 0, zone) // a Monday: the last complete week ends here
)

func poisson(r *rand.Rand, mean float64) int64 {
	return int64(math.Max(0, math.Round(mean+math.Sqrt(mean)*r.NormFloat64())))
}

func (s shop) rows() []explaintest.Row {
	r := rand.New(rand.NewPCG(s.seed, 7))
	weeks := s.weeks
	if weeks == 0 {
		weeks = 34
	}
	size := map[string]float64{}
	for _, st := range stores {
		size[st] = 0.5 + r.Float64()
	}
	var out []explaintest.Row
	start := lastDay.AddDate(0, 0, -7*weeks)
	for w := range weeks {
		all := math.Exp(0.03 * r.NormFloat64())
		local := map[string]float64{}
		for _, st := range stores {
			local[st] = math.Exp(0.03 * r.NormFloat64())
		}
		for d := range 7 {
			day := start.AddDate(0, 0, 7*w+d)
			for _, st := range stores {
				if s.drop != nil && s.drop(day, st) {
					continue
				}
				for c, ch := range channels {
					v, conv, basket := 1.0, 1.0, 1.0
					if s.plant != nil {
						v, conv, basket = s.plant(w-weeks+1, day, st, ch)
					}
					visits := poisson(r, v*all*local[st]*size[st]*[]float64{120, 60, 40}[c])
					orders := poisson(r, conv*0.3*float64(visits))
					amount := 0.0
					if orders > 0 {
						amount = basket * (30*float64(orders) + 12*math.Sqrt(float64(orders))*r.NormFloat64())
					}
					out = append(out, explaintest.Row{
						"at": day.Add(12 * time.Hour), "store": st, "channel": ch, "product": fmt.Sprintf("p%d", r.IntN(9)),
						"big": r.IntN(5) == 0, "buyer": fmt.Sprintf("b%d", r.IntN(4000)),
						"amount": amount, "orders": orders, "visits": visits})
				}
			}
		}
	}
	return out
}

func shopMetrics() map[string]*semantic.MetricSpec {
	conversion := derived("orders / visits")
	conversion.Unit = "percent"
	return map[string]*semantic.MetricSpec{
		"revenue": sum("amount"), "orders": sum("orders"), "visits": sum("visits"), "conversion": conversion,
		"sales":   derived("visits * conversion * basket"),
		"basket":  derived("revenue / orders"),
		"buyers":  {Type: "simple", Dataset: "sales", Agg: "count_distinct", Expr: "buyer"},
		"average": {Type: "simple", Dataset: "sales", Agg: "avg", Expr: "amount"},
		"spend":   derived("revenue / buyers"),
		"square":  derived("orders * visits"),
	}
}

func (s shop) service(t testing.TB) (*explain.Service, *explaintest.Engine) {
	t.Helper()
	model := modelOf(t, shopMetrics())
	engine := &explaintest.Engine{Model: model, Rows: map[string][]explaintest.Row{"sales": s.rows()}, AsOf: lastDay.Add(9 * time.Hour)}
	return explain.New(explain.Config{Query: engine, Model: func() *semantic.Model { return model }}), engine
}

func (s shop) explain(t testing.TB, r explain.Request) *explain.Explanation {
	t.Helper()
	service, _ := s.service(t)
	x, err := service.Explain(t.Context(), access.Actor{}, r)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range x.Dimensions {
		checkAddsUp(t, x, d)
	}
	return x
}

// checkAddsUp checks that members, others and overlap make the whole change.
func checkAddsUp(t testing.TB, x *explain.Explanation, d explain.DimensionSplit) {
	t.Helper()
	if !d.Adds {
		return
	}
	total, sizes := d.Overlap, math.Abs(d.Overlap)
	for _, m := range d.Members {
		total += m.Contribution
		sizes += math.Abs(m.Contribution)
		if m.Mix != nil && math.Abs(*m.Mix+*m.Rate-m.Contribution) > 1e-12*math.Max(1, math.Abs(m.Contribution)) {
			t.Errorf("%s %v: mix %v and rate %v make no %v", d.Dimension, m.Value, *m.Mix, *m.Rate, m.Contribution)
		}
	}
	if d.Others != nil {
		total += d.Others.Contribution
		sizes += math.Abs(d.Others.Contribution)
	}
	if tolerance := 1e-9 * math.Max(math.Max(math.Abs(*x.ValueFrom), math.Abs(*x.ValueTo)), sizes); math.Abs(total-*x.Change) > tolerance {
		t.Errorf("%s by %s: parts add up to %v, the change is %v", x.Metric, d.Dimension, total, *x.Change)
	}
}

// event is something that can be planted, and how to recognise it.
type event struct {
	name   string
	metric string
	seeds  int
	plant  func(r *rand.Rand) (func(int, time.Time, string, string) (float64, float64, float64), func(explain.Finding) bool)
}

func is(dimension string, value any) func(explain.Finding) bool {
	return func(f explain.Finding) bool {
		return f.Kind == "dimension" && f.Dimension == dimension && f.Value == value
	}
}

func events() []event {
	conversionFalls := func(r *rand.Rand) (func(int, time.Time, string, string) (float64, float64, float64), func(explain.Finding) bool) {
		hit := stores[r.IntN(len(stores))]
		return func(week int, _ time.Time, store, _ string) (float64, float64, float64) {
			if week == 0 && store == hit {
				return 1, 0.6, 1
			}
			return 1, 1, 1
		}, is("store", hit)
	}
	promotion := func(r *rand.Rand) (func(int, time.Time, string, string) (float64, float64, float64), func(explain.Finding) bool) {
		hit := channels[r.IntN(len(channels))]
		return func(week int, _ time.Time, _, channel string) (float64, float64, float64) {
			if week == 0 && channel == hit {
				return 1.5, 1, 1
			}
			return 1, 1, 1
		}, is("channel", hit)
	}
	return []event{
		{"conversion falls in a store", "conversion", 30, conversionFalls},
		{"conversion falls in a store, seen in sales", "sales", 10, conversionFalls},
		{"conversion falls in a store, seen in revenue", "revenue", 10, conversionFalls},
		{"promotion in a channel", "revenue", 10, promotion},
	}
}

// TestPlantedEvents plants something in the last complete week under many seeds
// and looks for it among the findings.
func TestPlantedEvents(t *testing.T) {
	t.Parallel()
	for _, e := range events() {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			seeds, first, second := e.seeds, 0, 0
			for seed := range uint64(e.seeds) {
				plant, right := e.plant(rand.New(rand.NewPCG(seed, 99)))
				x := shop{seed: seed, plant: plant}.explain(t, explain.Request{Metric: e.metric})
				switch {
				case len(x.Findings) > 0 && right(x.Findings[0]):
					first++
				case len(x.Findings) > 1 && right(x.Findings[1]):
					second++
				default:
					t.Logf("seed %d: %s", seed, x.Sentence.EN)
				}
			}
			if first < seeds*9/10 || first+second < seeds {
				t.Errorf("named first %d times, second %d times, of %d", first, second, seeds)
			}
		})
	}
}

// TestQuietWeeks: nothing is called unusual when nothing happened.
func TestQuietWeeks(t *testing.T) {
	t.Parallel()
	loud := 0
	const seeds = 20
	for seed := range uint64(seeds) {
		metric := []string{"conversion", "revenue", "sales", "basket"}[seed%4]
		x := shop{seed: 1000 + seed}.explain(t, explain.Request{Metric: metric})
		unusual := x.Unusual
		for _, f := range x.Findings {
			unusual = unusual || f.Unusual
		}
		if unusual {
			loud++
			t.Logf("seed %d %s: %s (score %.1f)", seed, metric, x.Sentence.EN, x.Score)
		}
	}
	if loud > 0 {
		t.Errorf("%d of %d quiet weeks were called unusual", loud, seeds)
	}
}

// TestLateFeed: rows that stop before the week ends are late data, not a fall.
func TestLateFeed(t *testing.T) {
	t.Parallel()
	for seed := range uint64(5) {
		x := shop{seed: seed, drop: func(day time.Time, _ string) bool { return !day.Before(lastDay.AddDate(0, 0, -3)) }}.
			explain(t, explain.Request{Metric: "revenue"})
		if len(x.Findings) == 0 || x.Findings[0].Kind != "late_data" || x.Findings[0].Dimension != "" {
			t.Fatalf("seed %d: %+v", seed, x.Findings)
		}
		t.Log(x.Sentence.ZH)
	}
	x := shop{seed: 3, drop: func(day time.Time, store string) bool {
		return store == "s04" && !day.Before(lastDay.AddDate(0, 0, -3))
	}}.explain(t, explain.Request{Metric: "revenue"})
	if f := x.Findings[0]; f.Kind != "late_data" || f.Dimension != "store" || f.Value != "s04" {
		t.Errorf("one store's feed: %+v", f)
	}
	for seed := range uint64(5) {
		for _, f := range (shop{seed: seed}).explain(t, explain.Request{Metric: "revenue"}).Findings {
			if f.Kind == "late_data" {
				t.Errorf("seed %d: complete data are called late: %s", seed, f.Text.EN)
			}
		}
	}
}

// TestMethods: each kind of metric is split by the method that is exact for it.
func TestMethods(t *testing.T) {
	t.Parallel()
	for metric, want := range map[string]string{
		"revenue": "sum", "sales": "sum", "conversion": "mix_rate", "basket": "mix_rate",
		"buyers": "distinct", "average": "members", "spend": "mix_rate", "square": "shapley",
	} {
		x := shop{seed: 5, weeks: 12}.explain(t, explain.Request{Metric: metric, Limit: 3})
		if len(x.Dimensions) == 0 {
			t.Fatalf("%s: no dimensions", metric)
		}
		for _, d := range x.Dimensions {
			if d.Method != want {
				t.Errorf("%s by %s: %s, want %s", metric, d.Dimension, d.Method, want)
			}
			if d.Adds != (want != "members") {
				t.Errorf("%s by %s: adds is %v", metric, d.Dimension, d.Adds)
			}
			if metric == "buyers" && d.Dimension == "store" && d.Overlap == 0 {
				t.Error("buyers of several stores are not named as overlap")
			}
		}
	}
}
