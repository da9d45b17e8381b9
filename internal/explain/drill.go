package explain

import (
	"cmp"
	"context"
	"math"
	"slices"

	"golang.org/x/sync/errgroup"

	"lodestar/internal/text"
)

// What a second dimension must do to be told: hold most of the member's own
// change, and clearly more of it than of its volume.
const (
	drillDimensions = 4
	concentrated    = 0.8
	beyondVolume    = 0.3
)

// inner is where inside a member its change is concentrated.
type inner struct {
	m     *members
	value any
	share float64 // of the member's own change
	edge  float64 // share of the change less share of the volume
}

// drill looks inside the member that explains most, by the other dimensions
// that explain best, for a part in which its change is concentrated. Failures
// leave the detail out.
func (e *explainer) drill(ctx context.Context, c candidate, found []*members) *inner {
	if e.plan.method == byMembers {
		return nil
	}
	var others []*members
	for _, m := range found {
		if m != c.m && !m.skipped && len(m.grid.values) <= maxMembers {
			others = append(others, m)
		}
	}
	slices.SortStableFunc(others, func(a, b *members) int { return cmp.Compare(b.strongest(), a.strongest()) })
	others = others[:min(len(others), drillDimensions)]
	results := make([]*inner, len(others))
	var g errgroup.Group
	for i, m := range others {
		g.Go(func() error {
			results[i] = e.look(ctx, c, m)
			return nil
		})
	}
	_ = g.Wait() // look gives no error: what cannot be read is left out
	var best *inner
	for _, r := range results {
		if r != nil && (best == nil || r.edge > best.edge) {
			best = r
		}
	}
	return best
}

func (m *members) strongest() float64 {
	best := 0.0
	for _, s := range m.scores {
		best = math.Max(best, math.Abs(s.pure))
	}
	return best
}

// look splits a member's own change by another dimension; nil when it is not
// concentrated there, or lies in one member as a matter of course, as a store
// does in its city.
func (e *explainer) look(ctx context.Context, c candidate, by *members) *inner {
	bare := window{from: e.window.from, to: e.window.to, lag: 1}
	g, err := e.fetch(ctx, bare, by.info.Name, filter(c.m.info.Name, c.m.grid.values[c.i]), maxMembers+1)
	if err != nil || g.cut || len(g.values) < 2 {
		return nil
	}
	before, now := e.at(c.m.grid)
	n := len(e.ask.column)
	from := cells{total: orZero(c.m.grid.leaves(e.ask, c.i, before), n)}
	to := cells{total: orZero(c.m.grid.leaves(e.ask, c.i, now), n)}
	for i := range g.values {
		from.members, from.own = append(from.members, g.leaves(e.ask, i, 0)), append(from.own, g.own(e.ask, i, 0))
		to.members, to.own = append(to.members, g.leaves(e.ask, i, 1)), append(to.own, g.own(e.ask, i, 1))
	}
	s, ok := e.formula.split(e.plan, from, to, nil)
	change := e.formula.Eval(to.total) - e.formula.Eval(from.total)
	if !ok || change == 0 {
		return nil
	}
	volume := 0.0
	for _, w := range s.weight {
		volume += w
	}
	var best *inner
	for i, p := range s.parts {
		r := &inner{m: by, value: g.values[i], share: p / change, edge: p/change - s.weight[i]/volume}
		if r.share >= concentrated && r.share <= 1.5 && r.edge >= beyondVolume && (best == nil || r.share > best.share) {
			best = r
		}
	}
	return best
}

// words says where inside the member the change lies.
func (r *inner) words() text.Text {
	if r == nil {
		return text.Text{}
	}
	return text.Text{ZH: "，其中{d}“{v}”占 {share}", EN: ", {share} of that in {d} “{v}”"}.
		With("d", r.m.info.Title, "v", valueText(r.value), "share", percentText(math.Min(1, r.share)))
}
