package explain

import "math"

// partHistory is how each member's part in the change came out in every
// period, the newest last.
type partHistory struct {
	parts  [][]float64 // per member, per period
	weight []float64   // per member: mean weight over the earlier periods
	rest   [][]float64 // per member: what all others did
	beyond [][]float64 // per member: its part beyond what it would be had it moved like all others
}

// history splits the change into every period from the first, where base gives
// what a period is compared with.
func (e *explainer) history(all []cells, first int, slopes [][]float64, base func(period int) cells) partHistory {
	if len(all) <= first {
		return partHistory{}
	}
	n := len(all[0].members)
	h := newHistory(n)
	last := len(all) - 1
	for t := first; t <= last; t++ {
		s, ok := e.formula.split(e.plan, base(t), all[t], slopes[t])
		if !ok {
			if t == last {
				return partHistory{}
			}
			continue
		}
		h.add(s.parts, s.weight, t == last)
	}
	for i := range h.weight {
		h.weight[i] /= math.Max(1, float64(len(h.parts[i])-1))
	}
	return h
}

func newHistory(n int) partHistory {
	return partHistory{parts: make([][]float64, n), rest: make([][]float64, n), beyond: make([][]float64, n), weight: make([]float64, n)}
}

// add takes in one period.
func (h *partHistory) add(parts, weights []float64, last bool) {
	sum, weight := 0.0, 0.0
	for i, p := range parts {
		sum += p
		weight += weights[i]
	}
	for i, p := range parts {
		h.parts[i] = append(h.parts[i], p)
		h.rest[i] = append(h.rest[i], sum-p)
		beyond := p
		if others := weight - weights[i]; others > 0 {
			beyond = p - (sum-p)*weights[i]/others
		}
		h.beyond[i] = append(h.beyond[i], beyond)
		if !last {
			h.weight[i] += weights[i]
		}
	}
}

// changes compares each period with the one the request compares with.
func (e *explainer) changes(all []cells) partHistory {
	return e.history(all, e.window.lag, e.changeSlopes, func(t int) cells { return all[t-e.window.lag] })
}

// levels compares each period with the mean of the periods before it.
func (e *explainer) levels(all []cells) partHistory {
	return e.history(all, levelPeriods, e.levelSlopes, func(t int) cells { return mean(all[t-levelPeriods:t], len(e.ask.column)) })
}

// mean averages periods; members without rows count as 0.
func mean(periods []cells, leaves int) cells {
	out := cells{total: make([]float64, leaves),
		members: make([][]float64, len(periods[0].members)), own: make([]float64, len(periods[0].own))}
	for i := range out.members {
		out.members[i] = make([]float64, leaves)
	}
	share := 1 / float64(len(periods))
	for _, p := range periods {
		for j, v := range p.total {
			out.total[j] += v * share
		}
		for i, m := range p.members {
			for j, v := range m {
				if !math.IsNaN(v) {
					out.members[i][j] += v * share
				}
			}
			out.own[i] += p.own[i] * share
		}
	}
	return out
}

// scores judges the newest part of every member against its earlier ones; now
// is the members' weights in the newest period.
func (h partHistory) scores(now []float64) []evidence {
	out := make([]evidence, len(now))
	if len(h.parts) == 0 || len(h.parts[0]) < minHistory+1 {
		return out
	}
	last := len(h.parts[0]) - 1
	before := func(all [][]float64) [][]float64 {
		out := make([][]float64, len(all))
		for i, p := range all {
			out[i] = p[:last]
		}
		return out
	}
	parts, beyond := before(h.parts), before(h.beyond)
	partRate, beyondRate := pooled(parts, h.weight), pooled(beyond, h.weight)
	for i := range h.parts {
		// A member that is seen now and then carries more when it is seen than
		// on average: its noise comes in lumps of that size.
		weight := math.Max(h.weight[i], now[i])
		out[i] = contrast(
			score(h.parts[i][last], parts[i], partRate*weight),
			score(h.beyond[i][last], beyond[i], beyondRate*weight),
			score(h.rest[i][last], h.rest[i][:last], 0), h.parts[i][last])
	}
	return out
}
