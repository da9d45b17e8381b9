package identity_test

import (
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"lodestar/internal/identity"
)

// TestPopulation stitches people whose ids are known, with one link in twenty
// wrong: a few thousand ids, and a million under LODESTAR_SOAK. It shows
// precision and recall, that pieces in another order end in the same entities,
// and that none exceeds its limit.
func TestPopulation(t *testing.T) {
	t.Parallel()
	ids, pieces := 5_000, 10
	if os.Getenv("LODESTAR_SOAK") != "" {
		ids, pieces = 1_000_000, 100
	}
	p := population(7, ids, 0.05)
	limits := identity.Rules{Most: 12, Kinds: []identity.Kind{{Name: "user", Most: 1}, {Name: "phone", Most: 3}, {Name: "device", Most: 6}}}
	whole := graph(t, limits)
	began := time.Now()
	whole.Add(p.links...)
	t.Logf("%d ids, %d links, all at once: %v", len(p.owner), len(p.links), time.Since(began).Round(time.Millisecond))

	precision, recall, largest := judge(p, whole)
	t.Logf("precision %.4f, recall %.4f, largest entity %d, %d links held", precision, recall, largest, len(whole.Conflicts(len(p.links))))
	if largest > limits.Most {
		t.Errorf("an entity of %d ids", largest)
	}
	for e := range whole.Entities() {
		count := map[string]int{}
		for _, id := range e.IDs {
			count[id.Kind]++
		}
		if count["user"] > 1 || count["phone"] > 3 || count["device"] > 6 {
			t.Fatalf("beyond its limits: %v", e)
		}
	}
	if precision < 0.93 || recall < 0.80 {
		t.Errorf("precision %.4f, recall %.4f", precision, recall)
	}
	loose := graph(t, identity.Rules{Most: 60_000, Kinds: []identity.Kind{{Name: "user"}, {Name: "phone"}, {Name: "device"}}})
	loose.Add(p.links...)
	without, _, most := judge(p, loose)
	t.Logf("without limits: precision %.4f, largest entity %d", without, most)
	if without >= precision {
		t.Error("limits do not help")
	}

	shuffled := graph(t, limits)
	r := rand.New(rand.NewPCG(3, 3))
	r.Shuffle(len(p.links), func(i, j int) { p.links[i], p.links[j] = p.links[j], p.links[i] })
	began = time.Now()
	for i := range pieces {
		shuffled.Add(p.links[len(p.links)*i/pieces : len(p.links)*(i+1)/pieces]...)
	}
	t.Logf("in %d pieces, in another order: %v", pieces, time.Since(began).Round(time.Millisecond))
	if entities(whole) != entities(shuffled) {
		t.Error("another order makes other entities")
	}
}

func graph(t *testing.T, r identity.Rules) *identity.Graph {
	t.Helper()
	g, err := identity.NewGraph(r)
	if err != nil {
		t.Fatal(err)
	}
	return g
}
