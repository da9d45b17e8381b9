package explain

import "testing"

// TestNamed finds the metric that a product of metrics comes down to.
func TestNamed(t *testing.T) {
	one := 1.0
	part := func(metric string, contribution float64, parts ...FormulaPart) FormulaPart {
		return FormulaPart{Metric: metric, Contribution: contribution, From: &one, To: &one, Parts: parts}
	}
	product := part("", -40, part("visits", -3), part("", -30, part("conversion", -28), part("size", -2)), part("share", -7))
	for _, c := range []struct {
		part FormulaPart
		want string
	}{
		{product, "conversion"},
		{part("orders", -40, part("visits", -40)), "orders"},
		{part("", -40, part("a", -15), part("b", -15), part("c", -10)), ""},
		{part("", -40, part("a", 40), part("b", -80)), "b"},
		{part("", 0, part("a", 5), part("b", -5)), ""},
	} {
		if got := named(c.part).Metric; got != c.want {
			t.Errorf("%v comes down to %q, want %q", c.part, got, c.want)
		}
	}
}
