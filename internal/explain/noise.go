package explain

import (
	"math"

	"lodestar/internal/stats"
)

// What counts as history, and how sure one has to be.
const (
	historyPeriods = 26    // earlier changes that noise is estimated from
	levelPeriods   = 8     // periods that make up the usual level
	minHistory     = 6     // fewer earlier changes than this give no score
	priorPeriods   = 8     // how many periods of a member's own history the noise of all members is worth
	familyError    = 0.002 // chance that a quiet change is called unusual, over everything looked at
)

// spread gives the centre and the standard deviation of a sample, hardly moved
// by a few outliers: deviations from the median are cut at 2.5 robust
// deviations (1.4826 × MAD) before they are averaged.
func spread(sample []float64) (centre, deviation float64) {
	centre = stats.Median(sample)
	abs := make([]float64, len(sample))
	for i, x := range sample {
		abs[i] = math.Abs(x - centre)
	}
	limit := 2.5 * 1.4826 * stats.Median(abs)
	if limit == 0 {
		limit = math.Inf(1) // more than half are equal: only the others tell
	}
	sum := 0.0
	for _, a := range abs {
		a = math.Min(a, limit)
		sum += a * a
	}
	// 1.03 makes up for the cut; n-1 for the centre being estimated.
	return centre, 1.03 * math.Sqrt(sum/math.Max(1, float64(len(sample)-1)))
}

// normal turns a deviation in units of a scale that was estimated from about
// dof values into the deviation in units of a known scale that is as unlikely
// (Wallace's approximation of Student's t).
func normal(t, dof float64) float64 {
	z := math.Sqrt(dof*math.Log1p(t*t/dof)) * (8*dof + 1) / (8*dof + 3)
	return math.Copysign(z, t)
}

// pooled estimates the variance of members' parts per unit of weight from all
// members together, for those that have little history of their own.
func pooled(history [][]float64, weights []float64) float64 {
	variance, weight := 0.0, 0.0
	for i, h := range history {
		if weights[i] <= 0 || len(h) < minHistory {
			continue
		}
		_, sd := spread(h)
		variance += sd * sd
		weight += weights[i]
	}
	if weight == 0 {
		return 0
	}
	return variance / weight
}

// moved counts the periods in which a member had a part at all: only those say
// how much it usually moves.
func moved(history []float64) float64 {
	n := 0.0
	for _, x := range history {
		if x != 0 {
			n++
		}
	}
	return n
}

// score tells how far a change lies outside its history, in standard
// deviations of normal noise; prior is the variance expected from the noise of
// the others, 0 for none. It is 0 when there is too little history.
func score(now float64, history []float64, prior float64) float64 {
	n := float64(len(history))
	if len(history) < minHistory {
		return 0
	}
	centre, sd := spread(history)
	variance, dof := sd*sd, 0.75*n
	if prior > 0 {
		own := moved(history)
		variance = (own*variance + priorPeriods*prior) / (own + priorPeriods)
		dof = 0.75 * (own + priorPeriods)
	}
	if variance == 0 {
		if now == centre {
			return 0
		}
		return math.Copysign(stats.MaxScore, now-centre)
	}
	return max(-stats.MaxScore, min(stats.MaxScore, normal((now-centre)/math.Sqrt(variance), dof)))
}

// contrast puts a member's scores together: of its part, of what of it goes
// beyond what all others did, and of what the others did. What it did beyond
// the others is what it explains; but when the others moved unusually and the
// member did not, the news is with them, so the score is less by how much of
// the movement is theirs.
func contrast(own, beyond, rest, part float64) evidence {
	if beyond*part <= 0 || own == 0 {
		return evidence{own: own}
	}
	return evidence{own: own, pure: beyond * math.Abs(own) / math.Hypot(own, rest)}
}

// neverUnusual stands for the number of tests where nothing is to be called
// unusual.
const neverUnusual = -1

// unusual reports whether a score is one that quiet data show with less than
// familyError in any of the tests made.
func unusual(score float64, tests int) bool {
	return tests != neverUnusual && math.Erfc(math.Abs(score)/math.Sqrt2)*float64(max(1, tests)) <= familyError
}

// evidence scores a part of the newest change in two ways, against the period
// it is compared with and against the usual level of the periods before, and
// keeps the stronger: something new shows best against the level, a return to
// normal only against the period before.
type evidence struct {
	own  float64 // score of the part itself
	pure float64 // score after contrast with the rest
}

func stronger(a, b evidence) evidence {
	if math.Abs(b.pure) > math.Abs(a.pure) || b.pure == a.pure && math.Abs(b.own) > math.Abs(a.own) {
		return b
	}
	return a
}
